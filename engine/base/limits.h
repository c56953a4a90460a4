// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// Every limit that a person may meet, each named in the message that it causes. All are far beyond what documents and
/// arrays need; they are there so that a damaged or hostile file costs no more than an error.
namespace chainrule::limits {

inline constexpr std::size_t archiveMembers = 65535;  ///< Of a .npz.
/// Members that inflate to more than this, all together, must not inflate by more than `inflation`.
inline constexpr std::uint64_t inflatedBytes = std::uint64_t(1) << 30;
inline constexpr std::uint64_t inflation = 100;

}  // namespace chainrule::limits

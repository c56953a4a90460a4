// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// Every limit that a person may meet, each named in the message that it causes and in `chainrule --help`, which is made
/// from these. All are far beyond what documents and arrays need; they are there so that a damaged or hostile file costs
/// no more than an error.
namespace chainrule::limits {

inline constexpr std::size_t dimensions = 16;              ///< Of a tensor.
inline constexpr std::size_t jsonDepth = 100;              ///< Of lists and objects in one another in a document.
inline constexpr std::uint64_t jsonBytes = 0xffffffff;     ///< Of a document.
/// Of the numbers in a .npy file: more of them, if they are floating, are mapped and not read into memory.
inline constexpr std::uint64_t bytesReadIntoMemory = std::uint64_t(256) << 20;
inline constexpr std::uint64_t npyHeaderCharacters = 10000;  ///< NumPy's own.
inline constexpr std::size_t archiveMembers = 65535;  ///< Of a .npz.
/// Members that inflate to more than this, all together, must not inflate by more than `inflation`.
inline constexpr std::uint64_t inflatedBytes = std::uint64_t(1) << 30;
inline constexpr std::uint64_t inflation = 100;
/// Of undo in `chainrule edit`: as many steps as make this many nodes, which is a memory of some 500 MB, and never fewer than
/// `undoSteps`.
inline constexpr std::size_t undoNodes = 10'000'000;
inline constexpr std::size_t undoSteps = 100;

}  // namespace chainrule::limits

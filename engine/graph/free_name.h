// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace chainrule {

/// Gives out names that no node and no group of a diagram has, and none of them twice. For many at once: what
/// it has found taken it does not try again.
class FreeNames {
public:
    /// The diagram outlives it.
    explicit FreeNames(const Diagram& diagram);

    /// The wish itself, if it is a name and free.
    bool take(const std::string& wish);
    /// As freeName() says.
    std::string takeLike(std::string_view wish);

private:
    bool isFree(const std::string& name) const;

    const Diagram& m_diagram;
    std::unordered_set<std::string> m_taken;  // By groups, and by this.
    std::unordered_map<std::string, std::uint64_t> m_numbers;  // The last one tried behind each stem.
};

}  // namespace chainrule

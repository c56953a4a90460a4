// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace chainrule {

/// The global names of a script that are not its nodes': modules, helpers, Python's builtins. Nodes keep their
/// names, so these step aside: a module or a helper is renamed, a builtin is reached through its module.
class PythonNames {
public:
    /// `taken`: the names of all nodes and groups.
    explicit PythonNames(std::set<std::string, std::less<>> taken);

    /// Code of ours, of PyTorch's spelling or of a literal, with every global in it as this script calls it.
    /// Attributes, keywords of a call and what stands in quotes stay. Not for code that holds nodes' names.
    std::string rewritten(std::string_view code);
    /// What stands between the brackets of a call; also nan and inf become calls, as nothing imports them.
    std::string literal(std::string_view text);

    /// Whether a global has been asked for: whether its import or its helper is needed.
    bool uses(std::string_view global) const { return m_used.contains(global); }
    /// `import numpy as np`, for what has been used, grouped as usual.
    std::string imports() const;

private:
    std::string replaced(std::string_view code, bool isLiteral);
    const std::string& nameOf(std::string_view global);

    std::map<std::string, std::string, std::less<>> m_names;  // What each is called here.
    std::set<std::string, std::less<>> m_used;
};

/// A string as Python text, in double quotes where that needs no escapes.
std::string quoted(std::string_view text);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/python_names.h"

#include "engine/base/string_text.h"

#include <algorithm>
#include <array>

namespace chainrule {
namespace {

struct Module {
    std::string_view name;
    std::string_view usualName;  // What the scripts of others call it.
    bool isStandard;
};

constexpr std::array modules = {Module{"builtins", "builtins", true}, Module{"sys", "sys", true},
                                Module{"numpy", "np", false}, Module{"torch", "torch", false},
                                Module{"torch.nn.functional", "F", false}};

constexpr std::array helpers = {"attempt", "native", "show", "check", "check_error", "check_none", "same",
                                "differences", "checked", "outcome", "leaf"};

constexpr std::array builtins = {"BaseException", "Exception", "bool", "compile", "float", "getattr", "int",
                                 "isinstance", "len", "list", "print", "repr", "str", "type"};

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Where the token that begins at `start` ends: a string, a comment, a number, an identifier, or one character.
std::size_t endOfToken(std::string_view code, std::size_t start)
{
    const char first = code[start];
    std::size_t end = start + 1;
    if (first == '"' || first == '\'') {
        while (end < code.size() && code[end] != first)
            end += code[end] == '\\' ? 2 : 1;
        return std::min(end + 1, code.size());
    }
    if (first == '#')
        return std::min(code.find('\n', start), code.size());
    if (isLetter(first))
        while (end < code.size() && (isLetter(code[end]) || isDigit(code[end])))
            ++end;
    else if (isDigit(first))
        while (end < code.size() && (isLetter(code[end]) || isDigit(code[end]) || code[end] == '.'))
            ++end;
    return end;
}

}  // namespace

PythonNames::PythonNames(std::set<std::string, std::less<>> taken)
{
    const auto claim = [&](std::string_view wanted) {
        std::string name(wanted);
        while (taken.contains(name))
            name += '_';
        taken.insert(name);
        m_names.emplace(wanted, name);
    };
    std::map<std::string, std::string, std::less<>> shadowed;
    for (const std::string_view builtin : builtins)
        if (taken.contains(builtin))
            shadowed.emplace(builtin, builtin);
    for (const Module& module : modules)
        claim(module.usualName);
    for (const std::string_view helper : helpers)
        claim(helper);
    for (auto& [builtin, name] : shadowed)
        m_names.emplace(builtin, m_names.find("builtins")->second + "." + name);
}

const std::string& PythonNames::nameOf(std::string_view global)
{
    m_used.emplace(global);
    const std::string& name = m_names.find(global)->second;
    if (name.find('.') != std::string::npos)
        m_used.emplace("builtins");
    return name;
}

std::string PythonNames::replaced(std::string_view code, bool isLiteral)
{
    std::string text;
    bool isAttribute = false;
    for (std::size_t start = 0; start < code.size();) {
        const std::size_t end = endOfToken(code, start);
        const std::string_view token = code.substr(start, end - start);
        const bool isKeyword = end + 1 < code.size() && code[end] == '=' && code[end + 1] != '=';
        if (isLiteral && (token == "nan" || token == "inf"))
            text += replaced("float", false) + "(\"" + std::string(token) + "\")";
        else if (!isAttribute && !isKeyword && m_names.contains(token))
            text += nameOf(token);
        else
            text += token;
        isAttribute = token == ".";
        start = end;
    }
    return text;
}

std::string PythonNames::rewritten(std::string_view code)
{
    return replaced(code, false);
}

std::string PythonNames::literal(std::string_view text)
{
    return replaced(text, true) + (text.find('#') == std::string_view::npos ? "" : "\n");
}

std::string PythonNames::imports() const
{
    std::string text;
    bool wasStandard = true;
    for (const Module& module : modules) {
        if (!m_used.contains(module.usualName))
            continue;
        const std::string& name = m_names.find(module.usualName)->second;
        if (wasStandard && !module.isStandard && !text.empty())
            text += "\n";
        wasStandard = module.isStandard;
        text += "import " + std::string(module.name) + (name == module.name ? "" : " as " + name) + "\n";
    }
    return text;
}

std::string quoted(std::string_view text)
{
    std::string python = pythonString(text);
    if (python.find('"') == std::string::npos)
        python.front() = python.back() = '"';
    return python;
}

}  // namespace chainrule

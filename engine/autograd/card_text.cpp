// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/card_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chainrule {
namespace {

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view nameOf(const std::vector<std::string>& names, std::size_t index, std::string_view fallback)
{
    return index < names.size() && !names[index].empty() ? std::string_view(names[index]) : fallback;
}

/// Which input a record's text calls x: the first one that a gradient can go to, as in `where`, or just the first.
std::size_t inputOfX(const Op& op)
{
    for (std::size_t i = 0; const Parameter* const parameter = op.tensorParameter(i); ++i)
        if (parameter->differentiable)
            return i;
    return 0;
}

/// What a name in a record's text stands for; empty: for itself.
std::string meaning(std::string_view name, const Op& op, const CardNames& names)
{
    const std::size_t x = inputOfX(op);
    if (name == "x")
        return std::string(nameOf(names.inputs, x, name));
    if (name == "x_i")
        return names.receiver;
    if (name == "y")
        return std::string(nameOf(names.outputs, 0, name));
    if (name.size() == 3 && name[1] == '_' && name[2] >= '0' && name[2] <= '9')  // "x_0", "y_1"
        return std::string(nameOf(name[0] == 'x' ? names.inputs : names.outputs, std::size_t(name[2] - '0'), name));
    for (std::size_t i = 0; const Parameter* const parameter = op.tensorParameter(i); ++i)
        if (i != x && parameter->name == name)
            return std::string(nameOf(names.inputs, i, name));
    if (name.size() > 1 && name[0] == 'd')
        if (const std::string of = meaning(name.substr(1), op, names); !of.empty())
            return gradientOf(of);
    return {};
}

void replaceAll(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::string inSigns(std::string text)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> signs{{
        {" * ", " · "}, {" @ ", " · "}, {">=", "≥"}, {"<=", "≤"}, {"^2", "²"}, {"^T", "ᵀ"}, {"1/2", "½"}, {"-", "−"}, {"..", "…"}}};
    for (const auto& [from, to] : signs)
        replaceAll(text, from, to);
    return text;
}

/// Whether it has to stand in brackets to be multiplied.
bool isCompound(std::string_view text)
{
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(';
        depth -= text[i] == ')';
        const bool isOperator = text[i] == '+' || text[i] == '-' || text[i] == '/' || text[i] == ',';
        if (depth == 0 && isOperator && (i == 0 || text[i - 1] == ' ' || text[i] == ','))
            return true;
    }
    return false;
}

std::string inBrackets(std::string_view local, const Op& op, const CardNames& names)
{
    const std::string text = renamed(local, op, names);
    return isCompound(local) ? "(" + text + ")" : text;
}

std::string productText(const Op& op, const GradientPicture& picture, const CardNames& names, const std::string& upstream)
{
    std::string text;
    for (const auto& [input, isTransposed] : picture.factors) {
        const std::string name = input ? std::string(nameOf(names.inputs, *input, op.tensorParameter(*input)->name)) : upstream;
        text += (text.empty() ? "" : " · ") + (isTransposed && !input ? "(" + name + ")" : name) + (isTransposed ? "ᵀ" : "");
    }
    return text;
}

/// Of a record's text about all inputs, what it says of this one: "dx = dy" is "dy".
std::string_view clause(std::string_view gradient)
{
    const std::size_t equals = gradient.find(" = ");
    return equals == gradient.npos ? gradient : gradient.substr(equals + 3);
}

std::string sentText(const Op& op, std::size_t input, const CardNames& names)
{
    const GradientPicture& picture = op.picture(input);
    const std::string upstream = gradientOf(nameOf(names.outputs, 0, "y"));
    constexpr std::string_view mask = "1 where ";
    switch (picture.kind) {
    case Picture::Nothing: return "0";
    case Picture::Unchanged: return upstream;
    case Picture::Mask:
        if (picture.local.starts_with(mask) && picture.local.find(',') == picture.local.npos)
            return upstream + " where " + renamed(picture.local.substr(mask.size()), op, names);
        [[fallthrough]];
    case Picture::Elementwise: return upstream + " · " + inBrackets(picture.local, op, names);
    case Picture::Repeated:
        return upstream + (picture.local.empty() ? ", repeated" : " · " + inBrackets(picture.local, op, names));
    case Picture::Product: return productText(op, picture, names, upstream);
    case Picture::DiagonalMinusOuter:
        return "(" + renamed(picture.local, op, names) + ") · " + upstream;
    case Picture::Rearranged:
    case Picture::Scattered:
    case Picture::Cut:
    case Picture::Joined:
    case Picture::General: break;
    }
    return renamed(clause(op.gradient), op, names);
}

}  // namespace

std::string gradientOf(std::string_view name)
{
    return "∂L/∂" + std::string(name);
}

std::string dimsText(std::span<const std::int64_t> dims)
{
    std::string text = dims.size() == 1 ? "dim " : "dims ";
    for (std::size_t i = 0; i < dims.size(); ++i)
        text += (i == 0 ? "" : i + 1 == dims.size() ? " and " : ", ") + std::to_string(dims[i]);
    return text;
}

std::string renamed(std::string_view text, const Op& op, const CardNames& names)
{
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && isNameCharacter(text[end]))
            ++end;
        if (end == i) {
            result += text[end++];
        } else {
            const std::string_view name = text.substr(i, end - i);
            const std::string stands = meaning(name, op, names);
            result += stands.empty() ? std::string(name) : stands;
        }
        i = end;
    }
    return inSigns(std::move(result));
}

std::string ruleText(const Op& op, std::size_t input, const CardNames& names, std::span<const std::int64_t> summedDims)
{
    const std::string sent = sentText(op, input, names);
    return gradientOf(names.receiver) + " += "
           + (summedDims.empty() ? sent : "sum of " + sent + " over " + dimsText(summedDims));
}

}  // namespace chainrule

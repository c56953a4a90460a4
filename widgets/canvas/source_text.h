// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/tensor/literal_number.h"

#include <cstdint>
#include <optional>
#include <string>

namespace chainrule {

/// What a person types into a source.
struct SourceText {
    std::string attribute;  ///< Which holds it.
    std::string text;  ///< A literal, or a Python number.
    bool isLiteral = true;
};

/// Absent for what is not typed: computed, or from a file.
std::optional<SourceText> sourceText(const Node& node);

/// The source with another text, or why its op refuses it: PyTorch's or Python's words, with the offset in
/// the text. Precondition: the node is there and has a sourceText.
Result<SetAttribute> withSourceText(const Graph& graph, NodeId node, const std::string& text);

/// What brings the source back to how it is now, after it has been edited. The same precondition.
SetAttribute sourceAsItIs(const Graph& graph, NodeId node);

/// One number of a source that can be changed by itself.
class SourceNumber {
public:
    /// Element `element` (row-major) of its value; absent where that is no number in digits.
    static std::optional<SourceNumber> of(const Graph& graph, NodeId node, std::int64_t element);

    bool isInt() const { return std::holds_alternative<std::int64_t>(m_number.value); }
    /// The whole text with the number changed: an int by `steps`, another by as many hundredths of its order
    /// of magnitude. Decimal digits stay exact: 0.1 and two steps of 0.01 are 0.12.
    std::string changedBy(double steps) const;
    const std::string& text() const { return m_text; }

private:
    SourceNumber(std::string text, LiteralNumber number) : m_text(std::move(text)), m_number(number) {}

    std::string m_text;
    LiteralNumber m_number;
};

}  // namespace chainrule

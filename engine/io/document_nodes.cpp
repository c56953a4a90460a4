// SPDX-License-Identifier: GPL-3.0-or-later
// How DocumentReader reads nodes.
#include "engine/graph/name.h"
#include "engine/io/attribute_json.h"
#include "engine/io/document_reader.h"

#include <algorithm>

namespace chainrule {
namespace {

using Kind = JsonValue::Kind;

constexpr const char* inputsRule = "must be a list of node names, lists of them, and nulls";

Complaint unknownNode(std::string_view name) { return "there is no node " + shown(name); }

}  // namespace

std::pair<std::string_view, std::optional<std::string_view>> splitReference(std::string_view reference)
{
    const auto colon = reference.find(':');
    if (colon == reference.npos)
        return {reference, std::nullopt};
    return {reference.substr(0, colon), reference.substr(colon + 1)};
}

void DocumentReader::takeNode(const JsonValue& value)
{
    if (value.kind() != Kind::Object)
        return failNode(value, {}, "must be an object");
    const auto node = std::make_shared<Node>();
    NodeExtras extras;
    std::optional<Point> position;
    bool hasName = false;
    bool hasOp = false;
    value.forEachField([&](std::string_view key, const JsonValue& field) {
        if (m_error)
            return;
        const Complaint complaint = [&]() -> Complaint {
            if (key == "name")
                return hasName = true, takeName(field, node->name);
            if (key == "op")
                return hasOp = true, take(field, node->op);
            if (key == "inputs")
                return takeInputs(field, node);
            if (key == "attributes")
                return takeAttributes(field, node->attributes, extras.unreadAttributes);
            if (key == "position")
                return take(field, position);
            if (key == "retain_grad")
                return take(field, node->retainGrad);
            if (key == "muted")
                return take(field, node->muted);
            if (key == "comment")
                return take(field, extras.comment);
            return keep(key, field, extras.unknownFields);
        }();
        if (complaint)
            failNode(value, key, *complaint);
    });
    if (m_error)
        return;
    if (!hasName || !hasOp)
        return failNode(value, hasName ? "op" : "name", "missing");
    node->extras = std::move(extras);
    const NodeId id = m_diagram.graph.add(node);
    if (position)
        m_diagram.layout.positions.set(id, *position);
}

Result<AddNode> DocumentReader::addition(const JsonValue& value)
{
    const NodeId id = m_diagram.graph.nextId();
    takeNode(value);
    if (!m_error && !m_open.empty())  // Nothing comes that it could mean.
        failNode(value, "inputs", *unknownNode(m_open.front().name));
    if (m_error)
        return std::move(*m_error);
    return AddNode{id, m_diagram.graph.at(id), m_diagram.layout.positions.find(id)};
}

void DocumentReader::failNode(const JsonValue& value, std::string_view field, const std::string& what)
{
    if (m_error)
        return;
    std::string name;
    if (value.kind() == Kind::Object)
        value.forEachField([&](std::string_view key, const JsonValue& entry) {
            if (key == "name" && entry.kind() == Kind::String && isName(entry.string()))
                name = entry.string();
        });
    fail("node " + (name.empty() ? std::to_string(m_diagram.graph.size() + 1) : shown(name)), field, what);
    m_error->node = name;
}

Complaint DocumentReader::takeName(const JsonValue& value, std::string& out) const
{
    if (auto complaint = take(value, out))
        return complaint;
    if (auto complaint = nameComplaint(out))
        return complaint;
    if (m_diagram.graph.find(out))
        return m_isPiece ? "a node is called " + shown(out) : "two nodes have this name";
    return {};
}

Complaint DocumentReader::takeInputs(const JsonValue& value, const std::shared_ptr<Node>& node)
{
    if (value.kind() != Kind::List)
        return inputsRule;
    Complaint complaint;
    std::size_t open = 0;  // Nulls at the end are dropped, those before an input are not.
    value.forEachEntry([&](const JsonValue& entry) {
        if (complaint)
            return;
        if (entry.isNull()) {
            ++open;
            return;
        }
        for (; open > 0; --open)
            node->inputs.emplace_back();
        node->inputs.emplace_back();
        complaint = takeInput(entry, node, node->inputs.size() - 1);
    });
    return complaint;
}

Complaint DocumentReader::takeInput(const JsonValue& value, const std::shared_ptr<Node>& node,
                                    std::size_t index)
{
    Input& input = node->inputs[index];
    if (value.kind() != Kind::List)
        return takeReference(value, node, index, std::nullopt, input.value.emplace<Source>());
    auto& list = input.value.emplace<SourceList>();
    Complaint complaint;
    value.forEachEntry([&](const JsonValue& item) {
        list.emplace_back();
        if (!complaint && !item.isNull())
            complaint = takeReference(item, node, index, list.size() - 1, list.back().emplace());
    });
    return complaint;
}

Complaint DocumentReader::takeReference(const JsonValue& value, const std::shared_ptr<Node>& node,
                                        std::size_t input, std::optional<std::size_t> item, Source& out)
{
    if (value.kind() != Kind::String)
        return inputsRule;
    const auto [name, output] = splitReference(value.string());
    if (output && output->empty())
        return "there is no output's name behind the colon of " + shown(value.string());
    out.output = output.value_or("");
    if (const auto id = m_diagram.graph.find(name))
        out.node = *id;
    else if (isName(name))
        m_open.push_back({node, input, item, std::string(name)});
    else
        return unknownNode(name);
    return {};
}

Complaint DocumentReader::takeAttributes(const JsonValue& value, Attributes& read, RawFields& unread) const
{
    if (value.kind() != Kind::Object)
        return "must be an object";
    value.forEachField([&](std::string_view key, const JsonValue& field) {
        if (auto attribute = attributeFromJson(field))
            read.emplace(key, std::move(*attribute));
        else
            keep(key, field, unread);
    });
    std::ranges::sort(unread, {}, &RawField::key);  // As read ones are: the order of attributes means nothing.
    return {};
}

void DocumentReader::connectOpen()
{
    for (const Open& open : m_open) {
        const auto id = m_diagram.graph.find(open.name);
        if (!id) {
            fail("node " + shown(open.node->name), "inputs", *unknownNode(open.name));
            m_error->node = open.node->name;
            return;
        }
        auto& input = open.node->inputs[open.input].value;
        if (open.item)
            (*std::get_if<SourceList>(&input))[*open.item]->node = *id;
        else
            std::get_if<Source>(&input)->node = *id;
    }
    m_open.clear();
}

}  // namespace chainrule

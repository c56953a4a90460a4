// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/edit_json.h"

#include "engine/graph/node_error.h"
#include "engine/io/attribute_json.h"
#include "engine/io/document_reader.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <span>

namespace chainrule {
namespace {

using Kind = JsonValue::Kind;

/// A field of an edit: what takes its value, and whether the edit needs it.
struct Field {
    std::string_view name;
    std::function<Complaint(const JsonValue&)> take;
    enum class Need { Optional, Required } need = Need::Required;
};
using enum Field::Need;

Error refused(std::string_view edit, std::string_view field, const std::string& what)
{
    const std::string place = "edit " + shown(edit);
    return {Error::Kind::Document, (field.empty() ? place : place + ", field " + shown(field)) + ": " + what};
}

Failure readFields(std::string_view edit, const JsonValue& object, std::span<const Field> fields)
{
    if (object.kind() != Kind::Object)
        return refused(edit, {}, "must be an object");
    std::vector<std::string_view> seen;
    Failure failure;
    object.forEachField([&](std::string_view key, const JsonValue& value) {
        if (failure)
            return;
        seen.push_back(key);
        const auto field = std::ranges::find(fields, key, &Field::name);
        if (field == fields.end())
            failure = refused(edit, key, "the edit has no such field");
        else if (const Complaint complaint = field->take(value))
            failure = refused(edit, key, *complaint);
    });
    if (failure)
        return failure;
    for (const Field& field : fields)
        if (field.need == Required && std::ranges::find(seen, field.name) == seen.end())
            return refused(edit, field.name, "missing");
    return std::nullopt;
}

/// A field that takes anything that there is a take() for.
template <typename T>
auto into(T& out)
{
    return [&out](const JsonValue& value) { return take(value, out); };
}

template <typename T>
auto intoPresent(std::optional<T>& out)
{
    return [&out](const JsonValue& value) { return take(value, out.emplace()); };
}

Complaint noSuchNode(std::string_view name)
{
    return "there is no node " + shown(name);
}

/// Reads edits against a diagram, in which it finds what they name.
class EditReader {
public:
    explicit EditReader(const Diagram& diagram) : m_diagram(diagram) {}

    Result<Edit> read(const JsonValue& value) const;

private:
    Result<Edit> addition(const JsonValue& value) const;
    Result<Edit> removal(const JsonValue& value) const;
    Result<Edit> connection(const JsonValue& value) const;
    Result<Edit> disconnection(const JsonValue& value) const;
    Result<Edit> attribute(const JsonValue& value) const;
    Result<Edit> unset(const JsonValue& value) const;
    Result<Edit> mark(const JsonValue& value) const;
    Result<Edit> renaming(const JsonValue& value) const;
    Result<Edit> move(const JsonValue& value) const;
    Result<Edit> backward(const JsonValue& value) const;
    Result<Edit> several(const JsonValue& value) const;

    auto intoNode(NodeId& out) const
    {
        return [this, &out](const JsonValue& value) { return takeNode(value, out); };
    }
    Complaint takeNode(const JsonValue& value, NodeId& out) const;
    Complaint takeSource(const JsonValue& value, Source& out) const;
    Failure takeTarget(std::string_view edit, const JsonValue& value, Target& out, Field more = {}) const;
    Complaint takeParameter(const JsonValue& value, Target& out) const;

    const Diagram& m_diagram;
};

Complaint EditReader::takeNode(const JsonValue& value, NodeId& out) const
{
    if (value.kind() != Kind::String)
        return "must name a node";
    const auto id = m_diagram.graph.find(value.string());
    if (!id)
        return noSuchNode(value.string());
    out = *id;
    return {};
}

Complaint EditReader::takeSource(const JsonValue& value, Source& out) const
{
    if (value.kind() != Kind::String)
        return "must name a node, as \"node\" or \"node:output\"";
    const auto [name, output] = splitReference(value.string());
    if (output && output->empty())
        return "there is no output's name behind the colon of " + shown(value.string());
    const auto id = m_diagram.graph.find(name);
    if (!id)
        return noSuchNode(name);
    out = {*id, std::string(output.value_or(""))};
    return {};
}

/// By the catalogue's name or, for an input that it does not know, by number.
Complaint EditReader::takeParameter(const JsonValue& value, Target& out) const
{
    if (value.kind() == Kind::Int && value.integer() >= 0
        && value.integer() <= std::numeric_limits<std::uint32_t>::max()) {
        out.parameter = std::uint32_t(value.integer());
        return {};
    }
    if (value.kind() != Kind::String)
        return "must be the name of a parameter, or its number among the tensor parameters, from 0";
    const Node& node = m_diagram.graph.at(out.node);
    const Op* const op = findOp(node.op);
    if (!op)
        return "the operation " + shown(node.op) + " is unknown: give the input's number, from 0";
    std::string names;
    for (std::uint32_t i = 0; i < op->tensorParameterCount(); ++i) {
        const std::string_view name = op->tensorParameter(i)->name;
        if (name == value.string()) {
            out.parameter = i;
            return {};
        }
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return node.op + " takes no tensor called " + shown(value.string()) + ", it takes "
           + (names.empty() ? "none" : names);
}

/// "to", "parameter" and "item", and one field that only this edit has.
Failure EditReader::takeTarget(std::string_view edit, const JsonValue& value, Target& out, Field more) const
{
    std::optional<JsonValue> parameter;
    std::optional<std::int64_t> item;
    std::vector<Field> fields = {{"to", intoNode(out.node)},
                                 {"parameter",
                                  [&](const JsonValue& given) {
                                      parameter.emplace(given);
                                      return Complaint();
                                  }},
                                 {"item", into(item), Optional}};
    if (more.take)
        fields.push_back(std::move(more));
    if (auto failure = readFields(edit, value, fields))
        return failure;
    if (const Complaint complaint = takeParameter(*parameter, out))
        return refused(edit, "parameter", *complaint);
    if (item && *item > std::numeric_limits<std::uint32_t>::max())
        return refused(edit, "item", "there is no item " + std::to_string(*item));
    if (item)
        out.item = std::uint32_t(*item);
    return std::nullopt;
}

Result<Edit> EditReader::addition(const JsonValue& value) const
{
    auto addition = DocumentReader(m_diagram).addition(value);
    if (!addition)
        return addition.error();
    return Edit(*std::move(addition));
}

Result<Edit> EditReader::removal(const JsonValue& value) const
{
    RemoveNodes edit;
    if (value.kind() != Kind::List)
        return refused("remove", {}, "must be a list of node names");
    Complaint complaint;
    value.forEachEntry([&](const JsonValue& entry) {
        if (!complaint)
            complaint = takeNode(entry, edit.nodes.emplace_back());
    });
    if (complaint)
        return refused("remove", {}, *complaint);
    return Edit(std::move(edit));
}

Result<Edit> EditReader::connection(const JsonValue& value) const
{
    Connect edit;
    const auto takeFrom = [&](const JsonValue& from) { return takeSource(from, edit.from); };
    if (auto failure = takeTarget("connect", value, edit.to, {"from", takeFrom}))
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::disconnection(const JsonValue& value) const
{
    Disconnect edit;
    if (auto failure = takeTarget("disconnect", value, edit.to))
        return *failure;
    return Edit(edit);
}

Result<Edit> EditReader::attribute(const JsonValue& value) const
{
    SetAttribute edit;
    const auto takeValue = [&](const JsonValue& given) -> Complaint {
        auto attribute = attributeFromJson(given);
        if (!attribute)
            return "no attribute can be " + shown(given.text());
        edit.value = *std::move(attribute);
        return {};
    };
    const Field fields[] = {
        {"node", intoNode(edit.node)}, {"attribute", into(edit.attribute)}, {"value", takeValue}};
    if (auto failure = readFields("set", value, fields))
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::unset(const JsonValue& value) const
{
    UnsetAttribute edit;
    const Field fields[] = {{"node", intoNode(edit.node)}, {"attribute", into(edit.attribute)}};
    if (auto failure = readFields("unset", value, fields))
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::mark(const JsonValue& value) const
{
    Mark edit;
    const Field fields[] = {{"node", intoNode(edit.node)},
                            {"retain_grad", intoPresent(edit.retainGrad), Optional},
                            {"muted", intoPresent(edit.muted), Optional},
                            {"comment", intoPresent(edit.comment), Optional}};
    if (auto failure = readFields("mark", value, fields))
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::renaming(const JsonValue& value) const
{
    Rename edit;
    const Field fields[] = {{"node", intoNode(edit.node)}, {"to", into(edit.to)}};
    if (auto failure = readFields("rename", value, fields))
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::move(const JsonValue& value) const
{
    MoveNodes edit;
    if (value.kind() != Kind::Object)
        return refused("move", {}, "must be an object of nodes and positions");
    Failure failure;
    value.forEachField([&](std::string_view name, const JsonValue& position) {
        if (failure)
            return;
        const auto id = m_diagram.graph.find(name);
        if (!id) {
            failure = refused("move", {}, *noSuchNode(name));
            return;
        }
        if (const Complaint complaint = take(position, edit.positions.emplace_back(*id).point))
            failure = refused("move", name, *complaint);
    });
    if (failure)
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::backward(const JsonValue& value) const
{
    auto steps = DocumentReader(m_diagram).steps(value);
    if (!steps)
        return steps.error();
    return Edit(SetBackward{*std::move(steps)});
}

/// Each part finds what those before it added and renamed.
Result<Edit> EditReader::several(const JsonValue& value) const
{
    Several edit{"Edits", {}};
    std::optional<JsonValue> parts;
    const Field fields[] = {{"title", into(edit.title), Optional},
                            {"edits", [&](const JsonValue& given) {
                                 parts.emplace(given);
                                 return given.kind() == Kind::List ? Complaint() : "must be a list of edits";
                             }}};
    if (auto failure = readFields("several", value, fields))
        return *failure;
    Diagram growing = m_diagram;
    Failure failure;
    parts->forEachEntry([&](const JsonValue& part) {
        if (failure)
            return;
        const auto read = EditReader(growing).read(part);
        if (!read) {
            failure = read.error();
            return;
        }
        edit.edits.push_back(*read);
        auto grown = applyPart(growing, *read);
        if (grown)
            growing = *std::move(grown);
        else
            failure = grown.error();
    });
    if (failure)
        return *failure;
    return Edit(std::move(edit));
}

Result<Edit> EditReader::read(const JsonValue& value) const
{
    using Read = Result<Edit> (EditReader::*)(const JsonValue&) const;
    static constexpr std::pair<std::string_view, Read> reads[] = {
        {"add", &EditReader::addition},           {"connect", &EditReader::connection},
        {"disconnect", &EditReader::disconnection}, {"set", &EditReader::attribute},
        {"unset", &EditReader::unset},            {"mark", &EditReader::mark},
        {"rename", &EditReader::renaming},        {"move", &EditReader::move},
        {"remove", &EditReader::removal},         {"backward", &EditReader::backward},
        {"several", &EditReader::several}};
    const Error shape = {Error::Kind::Document, "an edit is an object of one field, such as {\"remove\": [\"p\"]}"};
    if (value.kind() != Kind::Object)
        return shape;
    std::optional<std::pair<std::string_view, JsonValue>> only;
    std::size_t count = 0;
    value.forEachField([&](std::string_view key, const JsonValue& field) {
        only.emplace(key, field);
        ++count;
    });
    if (count != 1)
        return shape;
    for (const auto& [name, read] : reads)
        if (name == only->first)
            return (this->*read)(only->second);
    return Error{Error::Kind::Document, "there is no edit " + shown(only->first)};
}

}  // namespace

Result<EditCommand> editFromJson(const Diagram& diagram, std::string_view line)
{
    const auto tree = jsonTree(line);
    if (!tree)
        return tree.error();
    const JsonValue value = tree->root();
    if (value.kind() == Kind::String && value.string() == "undo")
        return EditCommand(HistoryStep::Undo);
    if (value.kind() == Kind::String && value.string() == "redo")
        return EditCommand(HistoryStep::Redo);
    auto edit = EditReader(diagram).read(value);
    if (!edit)
        return edit.error();
    return EditCommand(*std::move(edit));
}

}  // namespace chainrule

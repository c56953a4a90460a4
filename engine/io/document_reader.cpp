// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/document_reader.h"

#include "engine/graph/name.h"
#include "engine/graph/plan.h"
#include "engine/io/document.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

namespace chainrule {
namespace {

using Kind = JsonValue::Kind;

/// The fields that are lists, and what messages call an entry.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> lists = {
    {{"nodes", "node"},
     {"backward", "backward pass"},
     {"frames", "frame"},
     {"notes", "note"},
     {"routes", "route"},
     {"groups", "group"}}};

const auto* listNamed(std::string_view field)
{
    const auto* const found =
        std::ranges::find(lists, field, &std::pair<std::string_view, std::string_view>::first);
    return found == lists.end() ? nullptr : found;
}

Complaint versionComplaint(const JsonValue& value)
{
    if (value.kind() != Kind::Int)
        return "must be the int 1";
    if (value.integer() != 1)
        return "version " + std::to_string(value.integer()) + " is unknown, this program reads version 1";
    return {};
}

/// Calls `read` for each entry of a list until it complains.
template <typename Read>
Complaint takeList(const JsonValue& value, const Read& read)
{
    if (value.kind() != Kind::List)
        return "must be a list";
    Complaint complaint;
    value.forEachEntry([&](const JsonValue& entry) {
        if (!complaint)
            complaint = read(entry);
    });
    return complaint;
}

}  // namespace

void DocumentReader::takeEntry(const std::string& field, JsonTree& tree)
{
    if (m_error || !listNamed(field))
        return;
    if (m_last.first != field)
        m_last = {field, 0};
    ++m_last.second;
    if (field == "nodes")
        takeNode(tree.root());
    else
        m_entries.push_back({field, m_last.second, std::move(tree)});
}

void DocumentReader::takeField(const std::string& field, JsonTree& tree)
{
    const JsonValue value = tree.root();
    if (field == "format") {
        const bool isRight = value.kind() == Kind::String && value.string() == "chainrule";
        m_formatComplaint = isRight ? Complaint() : "must be \"chainrule\"";
    } else if (field == "version") {
        m_versionComplaint = versionComplaint(value);
    } else if (listNamed(field)) {
        m_hasNodes |= field == "nodes";
        if (value.kind() != Kind::List)
            fail({}, field, "must be a list");
    } else if (field == "lesson") {
        if (value.kind() != Kind::Object)
            fail({}, field, "must be an object");
        m_diagram.lesson = compactJson(value.text());
    } else {
        keep(field, value, m_diagram.unknownFields);
    }
}

void DocumentReader::fail(const std::string& place, std::string_view field, const std::string& what)
{
    if (m_error)
        return;
    std::string message = place;
    if (!field.empty())
        message += std::string(place.empty() ? "" : ", ") + "field " + shown(field);
    m_error = Error{Error::Kind::Document, message + ": " + what};
}

template <typename Read>
void DocumentReader::readFields(const JsonValue& object, const std::string& place, const Read& read)
{
    if (object.kind() != Kind::Object)
        return fail(place, {}, "must be an object");
    object.forEachField([&](std::string_view key, const JsonValue& value) {
        if (const Complaint complaint = read(key, value))
            fail(place, key, *complaint);
    });
}

Complaint DocumentReader::takeSource(const JsonValue& value, Source& out) const
{
    if (value.kind() != Kind::String)
        return "must name a node, as \"node\" or \"node:output\"";
    const auto [name, output] = splitReference(value.string());
    if (output && output->empty())
        return "there is no output's name behind the colon of " + shown(value.string());
    const auto id = m_diagram.graph.find(name);
    if (!id)
        return "there is no node " + shown(name);
    out = {*id, std::string(output.value_or(""))};
    return {};
}

Complaint DocumentReader::takeNode(const JsonValue& value, NodeId& out) const
{
    if (value.kind() != Kind::String)
        return "must name a node";
    const auto id = m_diagram.graph.find(value.string());
    if (!id)
        return "there is no node " + shown(value.string());
    out = *id;
    return {};
}

Complaint DocumentReader::takeNodes(const JsonValue& value, std::vector<NodeId>& out) const
{
    return takeList(value, [&](const JsonValue& entry) { return takeNode(entry, out.emplace_back()); });
}

Complaint DocumentReader::takeSources(const JsonValue& value, std::vector<Source>& out) const
{
    return takeList(value, [&](const JsonValue& entry) { return takeSource(entry, out.emplace_back()); });
}

Complaint DocumentReader::takeGradients(const JsonValue& value, std::vector<std::optional<Source>>& out) const
{
    if (value.isNull())
        return {};
    return takeList(value, [&](const JsonValue& entry) -> Complaint {
        out.emplace_back();
        return entry.isNull() ? Complaint() : takeSource(entry, out.back().emplace());
    });
}

void DocumentReader::takeStep(const JsonValue& value, const std::string& place)
{
    Pass pass;
    ZeroGrad zeroGrad;
    std::string to;
    std::string passField;  // One that a zero_grad does not have.
    readFields(value, place, [&](std::string_view key, const JsonValue& field) -> Complaint {
        if (key == "zero_grad")
            return take(field, to) || (to != "none" && to != "zeros")
                       ? Complaint("must be \"none\" or \"zeros\"")
                       : Complaint();
        const bool isKnown = key == "roots" || key == "gradients" || key == "retain_graph"
                             || key == "create_graph" || key == "inputs";
        if (!isKnown)
            return keep(key, field, pass.unknownFields);
        passField = key;
        if (key == "roots")
            return takeSources(field, pass.roots);
        if (key == "gradients")
            return takeGradients(field, pass.gradients);
        if (key == "retain_graph")
            return take(field, pass.retainGraph);
        if (key == "create_graph")
            return take(field, pass.createGraph);
        return field.isNull() ? Complaint() : takeSources(field, pass.inputs.emplace());
    });
    if (!to.empty()) {
        if (!passField.empty())
            fail(place, passField, "does not go with \"zero_grad\"");
        zeroGrad.setToNone = to == "none";
        zeroGrad.unknownFields = std::move(pass.unknownFields);
        m_diagram.graph.backward.push_back(std::move(zeroGrad));
        return;
    }
    if (pass.roots.empty())
        fail(place, "roots", "must name a node");
    m_diagram.graph.backward.push_back(std::move(pass));
}

void DocumentReader::takeFrame(const JsonValue& value, const std::string& place)
{
    Frame frame;
    readFields(value, place, [&](std::string_view key, const JsonValue& field) {
        if (key == "title")
            return take(field, frame.title);
        if (key == "nodes")
            return takeNodes(field, frame.nodes);
        if (key == "no_grad")
            return take(field, frame.noGrad);
        return keep(key, field, frame.unknownFields);
    });
    m_diagram.graph.frames.push_back(std::move(frame));
}

void DocumentReader::takeNote(const JsonValue& value, const std::string& place)
{
    Note note;
    readFields(value, place, [&](std::string_view key, const JsonValue& field) {
        if (key == "text")
            return take(field, note.text);
        if (key == "position")
            return take(field, note.position);
        if (key == "size")
            return take(field, note.size);
        return keep(key, field, note.unknownFields);
    });
    m_diagram.layout.notes.push_back(std::move(note));
}

void DocumentReader::takeRoute(const JsonValue& value, const std::string& place)
{
    Route route;
    bool hasParameter = false;
    readFields(value, place, [&](std::string_view key, const JsonValue& field) {
        if (key == "to")
            return takeNode(field, route.to);
        if (key == "parameter")
            return hasParameter = true, take(field, route.parameter);
        if (key == "item")
            return take(field, route.item);
        if (key == "points")
            return take(field, route.points);
        return keep(key, field, route.unknownFields);
    });
    if (route.to.value == 0 || !hasParameter)
        fail(place, route.to.value == 0 ? "to" : "parameter", "missing");
    m_diagram.layout.routes.push_back(std::move(route));
}

void DocumentReader::takeGroup(const JsonValue& value, const std::string& place)
{
    Group group;
    readFields(value, place, [&](std::string_view key, const JsonValue& field) {
        if (key == "name")
            return take(field, group.name);
        if (key == "nodes")
            return takeNodes(field, group.nodes);
        if (key == "groups")
            return take(field, group.groups);
        if (key == "position")
            return take(field, group.position);
        if (key == "open")
            return take(field, group.isOpen);
        return keep(key, field, group.unknownFields);
    });
    if (!isName(group.name))
        fail(place, "name", group.name.empty() ? "missing" : shown(group.name) + " is no name for Python");
    else if (m_diagram.graph.find(group.name))
        fail(place, "name", "a node is called " + shown(group.name));
    m_diagram.layout.groups.push_back(std::move(group));
}

/// Names are unique, and groups contain one another as a forest.
void DocumentReader::checkGroups()
{
    const std::vector<Group>& groups = m_diagram.layout.groups;
    const auto place = [&](std::size_t i) { return "group " + shown(groups[i].name); };
    std::unordered_map<std::string_view, std::size_t> byName;
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (!byName.emplace(groups[i].name, i).second)
            return fail(place(i), "name", "two groups have this name");

    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> parents(groups.size(), none);
    for (std::size_t i = 0; i < groups.size(); ++i)
        for (const std::string& inner : groups[i].groups) {
            const auto found = byName.find(inner);
            if (found == byName.end())
                return fail(place(i), "groups", "there is no group " + shown(inner));
            if (parents[found->second] != none)
                return fail(place(i), "groups",
                            shown(inner) + " already is in the group "
                                + shown(groups[parents[found->second]].name));
            parents[found->second] = i;
        }

    std::vector<std::size_t> seen(groups.size(), none);  // From which group a walk outwards came by.
    for (std::size_t start = 0; start < groups.size(); ++start) {
        std::size_t i = start;
        for (; i != none && seen[i] == none; i = parents[i])
            seen[i] = start;
        if (i != none && seen[i] == start)
            return fail(place(i), "groups", "the group contains itself");
    }
}

Result<Diagram> DocumentReader::finish()
{
    // What is no document of this version cannot be blamed for its nodes.
    if (m_formatComplaint || m_versionComplaint)
        m_error.reset();
    if (m_formatComplaint)
        fail({}, "format", *m_formatComplaint);
    if (m_versionComplaint)
        fail({}, "version", *m_versionComplaint);
    if (!m_hasNodes)
        fail({}, "nodes", "missing");
    if (!m_error)
        connectOpen();
    for (const Entry& entry : m_entries) {
        if (m_error)
            break;
        const std::string place =
            std::string(listNamed(entry.field)->second) + ' ' + std::to_string(entry.number);
        const JsonValue value = entry.tree.root();
        if (entry.field == "backward")
            takeStep(value, place);
        else if (entry.field == "frames")
            takeFrame(value, place);
        else if (entry.field == "notes")
            takeNote(value, place);
        else if (entry.field == "routes")
            takeRoute(value, place);
        else
            takeGroup(value, place);
    }
    if (!m_error)
        checkGroups();
    if (m_error)
        return std::move(*m_error);
    if (const auto order = plan(m_diagram.graph); !order)
        return order.error();
    return std::move(m_diagram);
}

Result<std::vector<BackwardStep>> DocumentReader::steps(const JsonValue& value)
{
    m_diagram.graph.backward.clear();
    if (value.kind() != Kind::List)
        fail({}, "backward", "must be a list");
    else
        value.forEachEntry([&](const JsonValue& entry) {
            takeStep(entry, "backward pass " + std::to_string(m_diagram.graph.backward.size() + 1));
        });
    if (m_error)
        return std::move(*m_error);
    return std::move(m_diagram.graph.backward);
}

Result<Diagram> diagramFromJson(std::string_view text)
{
    DocumentReader reader;
    if (auto error = readJson(text, reader))
        return std::move(*error);
    return reader.finish();
}

Result<Document> documentFromJson(std::string source)
{
    auto diagram = diagramFromJson(source);
    if (!diagram)
        return diagram.error();
    return Document{std::move(*diagram), std::move(source)};
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/attribute_json.h"
#include "engine/io/document.h"
#include "engine/io/json_text.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace chainrule {
namespace {

/// Where an attribute stands: what a source holds comes first, what it is made into last, as on the page of
/// the contract; the others go by the alphabet, whatever the catalogue says, because the op may be unknown.
std::size_t rank(std::string_view attribute)
{
    constexpr std::array<std::string_view, 3> first = {"value", "array", "file"};
    constexpr std::array<std::string_view, 3> last = {"dtype", "requires_grad", "seed"};
    if (const auto found = std::ranges::find(first, attribute); found != first.end())
        return found - first.begin();
    const auto found = std::ranges::find(last, attribute);
    return first.size() + (found == last.end() ? 0 : 1 + (found - last.begin()));
}

/// Writes one JSON value piece by piece, with commas where they belong.
class Writer {
public:
    void open(char bracket)
    {
        m_out += bracket;
        m_isFirst = true;
    }
    void close(char bracket)
    {
        m_out += bracket;
        m_isFirst = false;
    }
    void key(std::string_view key)
    {
        separate();
        m_out += quotedJson(key);
        m_out += ": ";
    }
    /// An entry of a list, already JSON.
    void entry(std::string_view json)
    {
        separate();
        m_out += json;
    }
    void field(std::string_view name, std::string_view json)
    {
        key(name);
        m_out += json;
    }
    void flag(std::string_view name, bool value)
    {
        if (value)
            field(name, "true");
    }
    void raw(const RawFields& fields)
    {
        for (const RawField& unknown : fields)
            field(unknown.key, unknown.json);
    }
    /// What stands between entries that have lines of their own.
    void line(std::string_view text) { m_out += text; }

    std::string take() { return std::move(m_out); }

private:
    void separate()
    {
        if (!m_isFirst)
            m_out += ", ";
        m_isFirst = false;
    }

    std::string m_out;
    bool m_isFirst = true;
};

std::string json(Point point) { return '[' + jsonNumber(point.x) + ", " + jsonNumber(point.y) + ']'; }
std::string json(Size size) { return '[' + jsonNumber(size.width) + ", " + jsonNumber(size.height) + ']'; }

template <typename T, typename Spell>
std::string listJson(const std::vector<T>& values, const Spell& spell)
{
    std::string text = "[";
    for (const T& value : values)
        text += (text.size() == 1 ? "" : ", ") + spell(value);
    return text + ']';
}

class DiagramWriter {
public:
    explicit DiagramWriter(const Diagram& diagram) : m_diagram(diagram) {}

    std::string text();

private:
    std::string json(NodeId node) const { return quotedJson(m_diagram.graph.at(node).name); }
    std::string json(const Source& source) const
    {
        const std::string& name = m_diagram.graph.at(source.node).name;
        return quotedJson(source.output.empty() ? name : name + ':' + source.output);
    }
    std::string json(const std::optional<Source>& source) const { return source ? json(*source) : "null"; }
    std::string json(const Input& input) const
    {
        if (const SourceList* list = input.list())
            return json(*list);
        return input.single() ? json(*input.single()) : "null";
    }
    template <typename T>
    std::string json(const std::vector<T>& values) const
    {
        return listJson(values, [&](const T& value) { return json(value); });
    }

    void write(std::size_t index);
    void write(const Inputs& inputs);
    void writeAttributes(const Node& node);
    void write(const BackwardStep& step);
    void write(const Pass& pass);
    void write(const ZeroGrad& zeroGrad);
    void write(const Frame& frame);
    void write(const Note& note);
    void write(const Route& route);
    void write(const Group& group);
    template <typename T>
    void writeList(std::string_view field, const std::vector<T>& entries);

    const Diagram& m_diagram;
    Writer m_writer;
};

void DiagramWriter::write(const Inputs& inputs)
{
    std::size_t count = inputs.size();
    while (count > 0 && inputs[count - 1].isOpen())
        --count;
    if (count == 0)
        return;
    m_writer.key("inputs");
    m_writer.open('[');
    for (std::size_t i = 0; i < count; ++i)
        m_writer.entry(json(inputs[i]));
    m_writer.close(']');
}

void DiagramWriter::writeAttributes(const Node& node)
{
    RawFields fields = node.extras->unreadAttributes;
    for (const auto& [name, value] : node.attributes)
        fields.push_back({name, jsonFromAttribute(value)});
    if (fields.empty())
        return;
    std::ranges::sort(fields, {},
                      [](const RawField& f) { return std::tuple(rank(f.key), std::string_view(f.key)); });
    m_writer.key("attributes");
    m_writer.open('{');
    m_writer.raw(fields);
    m_writer.close('}');
}

void DiagramWriter::write(std::size_t index)
{
    const Node& node = m_diagram.graph[index];
    m_writer.field("name", quotedJson(node.name));
    m_writer.field("op", quotedJson(node.op));
    write(node.inputs);
    writeAttributes(node);
    if (const auto position = m_diagram.layout.positions.find(m_diagram.graph.ids()[index]))
        m_writer.field("position", chainrule::json(*position));
    m_writer.flag("retain_grad", node.retainGrad);
    m_writer.flag("muted", node.muted);
    if (!node.comment().empty())
        m_writer.field("comment", quotedJson(node.comment()));
    m_writer.raw(node.extras->unknownFields);
}

void DiagramWriter::write(const BackwardStep& step)
{
    std::visit([&](const auto& s) { write(s); }, step);
}

void DiagramWriter::write(const Pass& pass)
{
    m_writer.field("roots", json(pass.roots));
    if (!pass.gradients.empty())
        m_writer.field("gradients", json(pass.gradients));
    if (pass.retainGraph)
        m_writer.field("retain_graph", *pass.retainGraph ? "true" : "false");
    m_writer.flag("create_graph", pass.createGraph);
    if (pass.inputs)
        m_writer.field("inputs", json(*pass.inputs));
    m_writer.raw(pass.unknownFields);
}

void DiagramWriter::write(const ZeroGrad& zeroGrad)
{
    m_writer.field("zero_grad", zeroGrad.setToNone ? "\"none\"" : "\"zeros\"");
    m_writer.raw(zeroGrad.unknownFields);
}

void DiagramWriter::write(const Frame& frame)
{
    m_writer.field("title", quotedJson(frame.title));
    m_writer.field("nodes", json(frame.nodes));
    m_writer.flag("no_grad", frame.noGrad);
    m_writer.raw(frame.unknownFields);
}

void DiagramWriter::write(const Note& note)
{
    m_writer.field("text", quotedJson(note.text));
    m_writer.field("position", chainrule::json(note.position));
    if (note.size)
        m_writer.field("size", chainrule::json(*note.size));
    m_writer.raw(note.unknownFields);
}

void DiagramWriter::write(const Route& route)
{
    m_writer.field("to", json(route.to));
    m_writer.field("parameter", quotedJson(route.parameter));
    if (route.item)
        m_writer.field("item", std::to_string(*route.item));
    m_writer.field("points", listJson(route.points, [](Point point) { return chainrule::json(point); }));
    m_writer.raw(route.unknownFields);
}

void DiagramWriter::write(const Group& group)
{
    m_writer.field("name", quotedJson(group.name));
    m_writer.field("nodes", json(group.nodes));
    if (!group.groups.empty())
        m_writer.field("groups",
                       listJson(group.groups, [](const std::string& name) { return quotedJson(name); }));
    if (group.position)
        m_writer.field("position", chainrule::json(*group.position));
    m_writer.flag("open", group.isOpen);
    m_writer.raw(group.unknownFields);
}

/// A single entry stands beside its key; more stand below it, one a line.
template <typename T>
void DiagramWriter::writeList(std::string_view field, const std::vector<T>& entries)
{
    if (entries.empty())
        return;
    const bool isShort = entries.size() == 1;
    m_writer.line(",\n  " + quotedJson(field) + ": [");
    for (const T& entry : entries) {
        m_writer.line(isShort ? "" : &entry == entries.data() ? "\n    " : ",\n    ");
        m_writer.open('{');
        write(entry);
        m_writer.close('}');
    }
    m_writer.line(isShort ? "]" : "\n  ]");
}

std::string DiagramWriter::text()
{
    m_writer.line("{\n  \"format\": \"chainrule\",\n  \"version\": 1,\n  \"nodes\": [");
    for (std::size_t i = 0; i < m_diagram.graph.size(); ++i) {
        m_writer.line(i == 0 ? "\n    " : ",\n    ");
        m_writer.open('{');
        write(i);
        m_writer.close('}');
    }
    m_writer.line(m_diagram.graph.empty() ? "]" : "\n  ]");
    writeList("backward", m_diagram.graph.backward);
    writeList("frames", m_diagram.graph.frames);
    writeList("notes", m_diagram.layout.notes);
    writeList("routes", m_diagram.layout.routes);
    if (!m_diagram.lesson.empty())
        m_writer.line(",\n  \"lesson\": " + m_diagram.lesson);
    writeList("groups", m_diagram.layout.groups);
    for (const RawField& unknown : m_diagram.unknownFields)
        m_writer.line(",\n  " + quotedJson(unknown.key) + ": " + unknown.json);
    m_writer.line("\n}\n");
    return m_writer.take();
}

}  // namespace

std::string canonicalJson(const Diagram& diagram) { return DiagramWriter(diagram).text(); }

std::string savedText(const Document& loaded, const Diagram& now)
{
    return !loaded.source.empty() && loaded.diagram == now ? loaded.source : canonicalJson(now);
}

}  // namespace chainrule

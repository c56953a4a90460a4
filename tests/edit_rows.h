// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/io/document.h"
#include "tests/broken_documents.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <limits>

namespace chainrule {

/// Two leaves, what is made of them, and a use of everything that refers to nodes.
inline Diagram sample()
{
    auto read = diagramFromJson(document(R"(
        {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
        {"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}, "position": [0, 100]},
        {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [200, 0]},
        {"name": "m", "op": "max", "inputs": ["p"], "attributes": {"dim": 0}},
        {"name": "c", "op": "cat", "inputs": [["x", "m:values", "x", "y"]], "position": [600, 0]},
        {"name": "u", "op": "no.such", "inputs": ["x", null, ["y", null]]},
        {"name": "s", "op": "sum", "inputs": ["c"]})",
                                         R"(,
        "backward": [{"roots": ["s", "p"], "gradients": [null, "x"], "inputs": ["y"]},
                     {"zero_grad": "none"}, {"roots": ["p"], "gradients": ["y"]}],
        "frames": [{"title": "F", "nodes": ["p", "s"]}],
        "routes": [{"to": "p", "parameter": "input", "points": [[1, 1]]},
                   {"to": "p", "parameter": "other", "points": [[2, 2]]},
                   {"to": "c", "parameter": "tensors", "item": 0, "points": [[3, 3]]},
                   {"to": "c", "parameter": "tensors", "item": 1, "points": [[4, 4]]},
                   {"to": "c", "parameter": "tensors", "item": 3, "points": [[5, 5]]},
                   {"to": "u", "parameter": "other", "points": [[6, 6]]}],
        "groups": [{"name": "block", "nodes": ["p", "m"], "groups": ["inner"]}, {"name": "inner", "nodes": ["y"]}])"));
    if (!read)
        qFatal("%s", read.error().message.c_str());
    return *std::move(read);
}

inline NodeId named(const Diagram& diagram, const char* name)
{
    const auto id = diagram.graph.find(name);
    if (!id)
        qFatal("no node %s", name);
    return *id;
}

using MakeEdit = std::function<Edit(const Diagram&)>;

/// A new node behind those that there are.
inline AddNode adding(const Diagram& diagram, Node node, std::optional<Point> position = {})
{
    return {diagram.graph.nextId(), std::move(node), position};
}

inline Target to(const Diagram& diagram, const char* node, std::uint32_t parameter,
                 std::optional<std::uint32_t> item = {})
{
    return {named(diagram, node), parameter, item};
}

inline Connect link(const Diagram& diagram, const char* from, const char* node, std::uint32_t parameter,
                    std::optional<std::uint32_t> item = {})
{
    return {{named(diagram, from)}, to(diagram, node, parameter, item)};
}

inline QByteArray message(const auto& result)
{
    return result ? QByteArray() : QByteArray::fromStdString(result.error().message);
}

inline constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace chainrule

Q_DECLARE_METATYPE(chainrule::MakeEdit)

namespace chainrule {

/// Rows of an edit of the sample, of a node, and of its line in the document then.
inline void addEdits()
{
    QTest::addColumn<MakeEdit>("edit");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char* name, const char* node, const char* line, MakeEdit edit) {
        QTest::newRow(name) << std::move(edit) << QByteArray(node) << QByteArray(line);
    };
    row("add", "q", R"({"name": "q", "op": "neg", "inputs": ["m:indices"], "position": [1.5, -2]})",
        [](const Diagram& d) {
            return adding(d, {"q", "neg", {{Source{named(d, "m"), "indices"}}}}, Point{1.5, -2});
        });
    row("add without position", "q", R"({"name": "q", "op": "no.such"})", [](const Diagram& d) {
        return adding(d, {"q", "no.such"});
    });
    row("add drops the open end", "q", R"({"name": "q", "op": "where", "inputs": [null, "x"]})",
        [](const Diagram& d) {
            return adding(d, {"q", "where", {{}, {Source{named(d, "x")}}, {}}});
        });
    row("add with more inputs than the op has", "q",
        R"({"name": "q", "op": "neg", "inputs": ["x", ["y", null]]})", [](const Diagram& d) {
            return adding(d,
                          {"q", "neg", {{Source{named(d, "x")}}, {SourceList{Source{named(d, "y")}, {}}}}});
        });
    row("add with typed attributes", "q",
        R"({"name": "q", "op": "to", "attributes": {"a": "-inf", "b": [], "c": [1, 2], "dtype": "float64"}})",
        [](const Diagram& d) {
            Node node{"q", "to"};
            node.attributes = {{"a", -infinity},
                               {"b", FloatList()},
                               {"c", OptionalIntList{1, 2}},
                               {"dtype", DType::Float64}};
            return adding(d, node);
        });

    row("connect an open input", "p",
        R"({"name": "p", "op": "mul", "inputs": ["x", "x"], "position": [200, 0]})",
        [](const Diagram& d) { return link(d, "x", "p", 1); });
    row("connect behind the others", "u",
        R"({"name": "u", "op": "no.such", "inputs": ["x", "p", ["y", null]]})",
        [](const Diagram& d) { return link(d, "p", "u", 1); });
    row("connect an output", "s", R"({"name": "s", "op": "sum", "inputs": ["m:indices"]})",
        [](const Diagram& d) {
            return Connect{{named(d, "m"), "indices"}, to(d, "s", 0)};
        });
    row("connect an item", "c",
        R"({"name": "c", "op": "cat", "inputs": [["x", "m:values", "p", "y"]], "position": [600, 0]})",
        [](const Diagram& d) { return link(d, "p", "c", 0, 2); });
    row("append an item", "c",
        R"({"name": "c", "op": "cat", "inputs": [["x", "m:values", "x", "y", "p"]], "position": [600, 0]})",
        [](const Diagram& d) { return link(d, "p", "c", 0, 4); });
    row("connect a list", "c",
        R"({"name": "c", "op": "cat", "inputs": [["p", "m:values", "x", "y"]], "position": [600, 0]})",
        [](const Diagram& d) { return link(d, "p", "c", 0); });
    row("begin a list", "q", R"({"name": "q", "op": "stack", "inputs": [["x"]]})", [](const Diagram& d) {
        return Several{"", {adding(d, {"q", "stack"}), Connect{{named(d, "x")}, {d.graph.nextId(), 0}}}};
    });
    row("a list where one tensor stood", "q", R"({"name": "q", "op": "stack", "inputs": [["x", "y"]]})",
        [](const Diagram& d) {
            return Several{"",
                           {adding(d, {"q", "stack", {{Source{named(d, "x")}}}}),
                            Connect{{named(d, "y")}, {d.graph.nextId(), 0, 1}}}};
        });
    row("one tensor where a list stood", "q", R"({"name": "q", "op": "neg", "inputs": ["y"]})",
        [](const Diagram& d) {
            return Several{"",
                           {adding(d, {"q", "neg", {{SourceList{Source{named(d, "x")}}}}}),
                            Connect{{named(d, "y")}, {d.graph.nextId(), 0}}}};
        });
    row("connect an item of an unknown op", "u",
        R"({"name": "u", "op": "no.such", "inputs": ["x", null, ["y", "p"]]})",
        [](const Diagram& d) { return link(d, "p", "u", 2, 1); });

    row("disconnect", "p", R"({"name": "p", "op": "mul", "inputs": [null, "y"], "position": [200, 0]})",
        [](const Diagram& d) { return Disconnect{to(d, "p", 0)}; });
    row("disconnect the last", "p", R"({"name": "p", "op": "mul", "inputs": ["x"], "position": [200, 0]})",
        [](const Diagram& d) { return Disconnect{to(d, "p", 1)}; });
    row("disconnect before open ones", "u", R"({"name": "u", "op": "no.such", "inputs": ["x"]})",
        [](const Diagram& d) { return Disconnect{to(d, "u", 2)}; });
    row("disconnect an item", "c",
        R"({"name": "c", "op": "cat", "inputs": [["x", "x", "y"]], "position": [600, 0]})",
        [](const Diagram& d) { return Disconnect{to(d, "c", 0, 1)}; });
    row("disconnect an open item", "u", R"({"name": "u", "op": "no.such", "inputs": ["x", null, ["y"]]})",
        [](const Diagram& d) { return Disconnect{to(d, "u", 2, 1)}; });
    row("disconnect a list", "c", R"({"name": "c", "op": "cat", "position": [600, 0]})",
        [](const Diagram& d) { return Disconnect{to(d, "c", 0)}; });
    row("disconnect what the op has not", "q", R"({"name": "q", "op": "neg", "inputs": ["x"]})",
        [](const Diagram& d) {
            const Source x{named(d, "x")};
            return Several{"", {adding(d, {"q", "neg", {{x}, {x}}}), Disconnect{{d.graph.nextId(), 1}}}};
        });
    row("disconnect what is open", "s", R"({"name": "s", "op": "sum", "inputs": ["c"]})",
        [](const Diagram& d) {
            return Several{"", {Disconnect{to(d, "p", 1)}, Disconnect{to(d, "p", 1)}}};
        });

    row("set", "m", R"({"name": "m", "op": "max", "inputs": ["p"], "attributes": {"dim": 1}})",
        [](const Diagram& d) {
            return SetAttribute{named(d, "m"), "dim", std::int64_t(1)};
        });
    row("set another", "m",
        R"({"name": "m", "op": "max", "inputs": ["p"], "attributes": {"dim": 0, "keepdim": true}})",
        [](const Diagram& d) {
            return SetAttribute{named(d, "m"), "keepdim", true};
        });
    row("set what the op has not", "m",
        R"({"name": "m", "op": "max", "inputs": ["p"], "attributes": {"colour": null, "dim": 0}})",
        [](const Diagram& d) {
            return SetAttribute{named(d, "m"), "colour", None()};
        });
    row("set as the document holds it", "y",
        R"({"name": "y", "op": "tensor", "attributes": {"value": "nan", "dtype": "int64", "requires_grad": true}, "position": [0, 100]})",
        [](const Diagram& d) {
            return Several{"",
                           {SetAttribute{named(d, "y"), "dtype", DType::Int64},
                            SetAttribute{named(d, "y"), "value", std::nan("")}}};
        });
    row("unset", "m", R"({"name": "m", "op": "max", "inputs": ["p"]})", [](const Diagram& d) {
        return UnsetAttribute{named(d, "m"), "dim"};
    });
    row("unset what is not there", "x",
        R"({"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]})",
        [](const Diagram& d) {
            return UnsetAttribute{named(d, "x"), "dim"};
        });
    row("mark", "s", R"({"name": "s", "op": "sum", "inputs": ["c"], "retain_grad": true, "comment": "why"})",
        [](const Diagram& d) {
            return Mark{named(d, "s"), true, {}, "why"};
        });
    row("unmark", "s", R"({"name": "s", "op": "sum", "inputs": ["c"], "muted": true})", [](const Diagram& d) {
        const NodeId s = named(d, "s");
        return Several{"", {Mark{s, true, true, "why"}, Mark{s, false}, Mark{s, {}, {}, ""}}};
    });
    row("rename", "product",
        R"({"name": "product", "op": "mul", "inputs": ["x", "y"], "position": [200, 0]})",
        [](const Diagram& d) {
            return Rename{named(d, "p"), "product"};
        });
    row("references follow a rename", "c",
        R"({"name": "c", "op": "cat", "inputs": [["x", "most:values", "x", "y"]], "position": [600, 0]})",
        [](const Diagram& d) {
            return Rename{named(d, "m"), "most"};
        });
    row("rename to the same", "p",
        R"({"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [200, 0]})", [](const Diagram& d) {
            return Rename{named(d, "p"), "p"};
        });
    row("names are free again", "q",
        R"({"name": "q", "op": "mul", "inputs": ["p", "y"], "position": [200, 0]})", [](const Diagram& d) {
            return Several{"", {Rename{named(d, "p"), "q"}, Rename{named(d, "x"), "p"}}};
        });
    row("move in any order", "s", R"({"name": "s", "op": "sum", "inputs": ["c"], "position": [7, 8]})",
        [](const Diagram& d) {
            return MoveNodes{{{named(d, "s"), {5, 6}}, {named(d, "x"), {1, 2}}, {named(d, "s"), {7, 8}}}};
        });
    row("two links at once", "p", R"({"name": "p", "op": "mul", "inputs": ["y", "x"], "position": [200, 0]})",
        [](const Diagram& d) {
            return Several{"", {link(d, "x", "p", 1), link(d, "y", "p", 0)}};
        });
    row("a cycle on the way", "p",
        R"({"name": "p", "op": "mul", "inputs": ["m:values", "y"], "position": [200, 0]})",
        [](const Diagram& d) {
            return Several{"", {Connect{{named(d, "m"), "values"}, to(d, "p", 0)}, link(d, "x", "m", 0)}};
        });
}

/// Rows of an edit that is refused, of the whole message, and of the node that it names.
inline void addRefusedEdits()
{
    QTest::addColumn<MakeEdit>("edit");
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<QByteArray>("node");
    const auto row = [](const char* name, const char* words, const char* node, MakeEdit edit) {
        QTest::newRow(name) << std::move(edit) << QByteArray(words) << QByteArray(node);
    };
    const auto unknown = [&](const char* name, MakeEdit edit) {
        row(name, "there is no node with the id 99", "", std::move(edit));
    };
    row("keyword", R"(node 8, field "name": "lambda" is a keyword of Python)", "", [](const Diagram& d) {
        return adding(d, {"lambda", "neg"});
    });
    row("no identifier", R"(node 8, field "name": "a b" is no ASCII Python identifier)", "",
        [](const Diagram& d) {
            return adding(d, {"a b", "neg"});
        });
    row("no name", R"(node 8, field "name": "" is no ASCII Python identifier)", "", [](const Diagram& d) {
        return adding(d, {"", "neg"});
    });
    row("a node's name", R"(node "p", field "name": a node is called "p")", "p", [](const Diagram& d) {
        return adding(d, {"p", "neg"});
    });
    row("a group's name", R"(node "inner", field "name": a group is called "inner")", "inner",
        [](const Diagram& d) {
            return adding(d, {"inner", "neg"});
        });
    row("unknown input", R"(node "q", field "inputs": there is no node with the id 99)", "q",
        [](const Diagram& d) {
            return adding(d, {"q", "neg", {{Source{{99}}}}});
        });
    row("unknown item", R"(node "q", field "inputs": there is no node with the id 99)", "q",
        [](const Diagram& d) {
            return adding(d, {"q", "cat", {{SourceList{Source{{99}}}}}});
        });
    row("a node as its own input", R"(node "q", field "inputs": there is no node with the id 8)", "q",
        [](const Diagram& d) {
            return adding(d, {"q", "neg", {{Source{d.graph.nextId()}}}});
        });
    row("a position that is none", R"(node "q", field "position": must be two finite numbers)", "q",
        [](const Diagram& d) {
            return adding(d, {"q", "neg"}, Point{0, infinity});
        });

    unknown("remove", [](const Diagram& d) { return RemoveNodes{{named(d, "x"), {99}}}; });
    unknown("connect to", [](const Diagram& d) { return Connect{{named(d, "x")}, {{99}}}; });
    row("connect from", R"(node "p", field "inputs": there is no node with the id 99)", "p",
        [](const Diagram& d) {
            return Connect{{{99}}, to(d, "p", 0)};
        });
    unknown("disconnect", [](const Diagram&) { return Disconnect{{{99}}}; });
    unknown("set", [](const Diagram&) { return SetAttribute{{99}, "dim", true}; });
    unknown("unset", [](const Diagram&) { return UnsetAttribute{{99}, "dim"}; });
    unknown("mark", [](const Diagram&) { return Mark{{99}}; });
    unknown("rename", [](const Diagram&) { return Rename{{99}, "q"}; });
    unknown("move", [](const Diagram&) { return MoveNodes{{{{99}, {}}}}; });
    unknown("within several", [](const Diagram& d) {
        return Several{"", {Rename{named(d, "p"), "q"}, Several{"", {Mark{{99}}}}}};
    });

    row("beyond the inputs", R"(node "p", field "inputs": there is no input 3, mul takes 2)", "p",
        [](const Diagram& d) { return link(d, "x", "p", 2); });
    row("beyond none", R"(node "y", field "inputs": there is no input 1, tensor takes none)", "y",
        [](const Diagram& d) { return link(d, "x", "y", 0); });
    row("beyond those of an unknown op", R"(node "u", field "inputs": there is no input 4, the node has 3)",
        "u", [](const Diagram& d) { return link(d, "x", "u", 3); });
    row("disconnect beyond the inputs", R"(node "p", field "inputs": there is no input 3, mul takes 2)", "p",
        [](const Diagram& d) { return Disconnect{to(d, "p", 2)}; });
    row("replace what the op has not", R"(node "q", field "inputs": there is no input 2, neg takes 1)", "q",
        [](const Diagram& d) {
            const Source x{named(d, "x")};
            return Several{"", {adding(d, {"q", "neg", {{x}, {x}}}), Connect{x, {d.graph.nextId(), 1}}}};
        });
    row("an item of one tensor", R"(node "p", field "inputs": other takes one tensor, no list of them)", "p",
        [](const Diagram& d) { return link(d, "x", "p", 1, 0); });
    row("an item of an unknown op", R"(node "u", field "inputs": input 1 takes one tensor, no list of them)",
        "u", [](const Diagram& d) { return link(d, "x", "u", 0, 0); });
    row("disconnect an item of one tensor",
        R"(node "p", field "inputs": other takes one tensor, no list of them)", "p",
        [](const Diagram& d) { return Disconnect{to(d, "p", 1, 0)}; });
    row("an item beyond the next",
        R"(node "c", field "inputs": tensors has 4 items, the next to connect is item 4, not 5)", "c",
        [](const Diagram& d) { return link(d, "x", "c", 0, 5); });
    row("disconnect an item that is not there",
        R"(node "c", field "inputs": tensors has 4 items, there is no item 4)", "c",
        [](const Diagram& d) { return Disconnect{to(d, "c", 0, 4)}; });

    row("its own input", R"(node "p", field "inputs": the node is its own input)", "p",
        [](const Diagram& d) { return link(d, "p", "p", 0); });
    row("cycle", R"(node "p", field "inputs": the nodes p, m form a cycle)", "p", [](const Diagram& d) {
        return Connect{{named(d, "m"), "values"}, to(d, "p", 1)};
    });
    row("long cycle", R"(node "p", field "inputs": the nodes p, m, c, s form a cycle)", "p",
        [](const Diagram& d) { return link(d, "s", "p", 0); });
    row("cycle within several", R"(node "p", field "inputs": the nodes p, m form a cycle)", "p",
        [](const Diagram& d) {
            return Several{"", {link(d, "m", "p", 0), Rename{named(d, "s"), "t"}}};
        });

    row("rename to a keyword", R"(node "p", field "name": "None" is a keyword of Python)", "p",
        [](const Diagram& d) {
            return Rename{named(d, "p"), "None"};
        });
    row("rename to no identifier", R"(node "p", field "name": "größe" is no ASCII Python identifier)", "p",
        [](const Diagram& d) {
            return Rename{named(d, "p"), "größe"};
        });
    row("rename to a node's name", R"(node "p", field "name": a node is called "x")", "p",
        [](const Diagram& d) {
            return Rename{named(d, "p"), "x"};
        });
    row("rename to a group's name", R"(node "p", field "name": a group is called "block")", "p",
        [](const Diagram& d) {
            return Rename{named(d, "p"), "block"};
        });
    row("move out of the world", R"(node "x", field "position": must be two finite numbers)", "x",
        [](const Diagram& d) {
            return MoveNodes{{{named(d, "x"), {std::nan(""), 0}}}};
        });

    const auto passes = [&](const char* name, const char* words, std::function<Pass(const Source&)> pass) {
        row(name, words, "", [pass](const Diagram& d) {
            return SetBackward{{ZeroGrad(), pass({named(d, "s")})}};
        });
    };
    passes("no root", R"(backward pass 2, field "roots": must name a node)",
           [](const Source&) { return Pass(); });
    passes("unknown root", R"(backward pass 2, field "roots": there is no node with the id 99)",
           [](const Source& s) {
               return Pass{{s, {{99}}}};
           });
    passes("unknown gradient", R"(backward pass 2, field "gradients": there is no node with the id 99)",
           [](const Source& s) {
               return Pass{{s}, {std::nullopt, Source{{99}}}};
           });
    passes("unknown input of a pass", R"(backward pass 2, field "inputs": there is no node with the id 99)",
           [](const Source& s) {
               return Pass{.roots = {s}, .inputs = {{s, {{99}}}}};
           });
}

/// Rows of an edit and of what the undo menu calls it.
inline void addLabels()
{
    QTest::addColumn<MakeEdit>("edit");
    QTest::addColumn<QByteArray>("label");
    const auto row = [](const char* label, MakeEdit edit) {
        QTest::newRow(label) << std::move(edit) << QByteArray(label);
    };
    row("Add mul", [](const Diagram& d) { return adding(d, {"q", "mul"}); });
    row("Delete x, y", [](const Diagram& d) { return RemoveNodes{{named(d, "x"), named(d, "y")}}; });
    row("Delete 4 Nodes", [](const Diagram&) { return RemoveNodes{{{1}, {2}, {3}, {4}}}; });
    row("Connect x to p", [](const Diagram& d) { return link(d, "x", "p", 0); });
    row("Connect m:values to s", [](const Diagram& d) {
        return Connect{{named(d, "m"), "values"}, to(d, "s", 0)};
    });
    row("Disconnect y from p", [](const Diagram& d) { return Disconnect{to(d, "p", 1)}; });
    row("Disconnect m:values from c", [](const Diagram& d) { return Disconnect{to(d, "c", 0, 1)}; });
    row("Disconnect u", [](const Diagram& d) { return Disconnect{to(d, "u", 1)}; });
    row("Set dim of s", [](const Diagram& d) { return SetAttribute{named(d, "s"), "dim", None()}; });
    row("Reset dim of m", [](const Diagram& d) { return UnsetAttribute{named(d, "m"), "dim"}; });
    row("Retain Gradient of p", [](const Diagram& d) { return Mark{named(d, "p"), true}; });
    row("Stop Retaining Gradient of p", [](const Diagram& d) { return Mark{named(d, "p"), false}; });
    row("Mute p", [](const Diagram& d) { return Mark{named(d, "p"), {}, true}; });
    row("Unmute p", [](const Diagram& d) { return Mark{named(d, "p"), {}, false}; });
    row("Comment on p", [](const Diagram& d) { return Mark{named(d, "p"), {}, {}, "why"}; });
    row("Mark p", [](const Diagram& d) { return Mark{named(d, "p"), true, true}; });
    row("Rename p to product", [](const Diagram& d) { return Rename{named(d, "p"), "product"}; });
    row("Rename p to xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", [](const Diagram& d) {
        return Rename{named(d, "p"), std::string(50, 'x')};
    });
    row("Move p", [](const Diagram& d) { return MoveNodes{{{named(d, "p"), {}}}}; });
    row("Move 2 Nodes", [](const Diagram& d) {
        return MoveNodes{{{named(d, "p"), {}}, {named(d, "x"), {}}}};
    });
    const auto backward = [&](const char* label, std::function<void(std::vector<BackwardStep>&)> change) {
        row(label, [change](const Diagram& d) {
            SetBackward edit{d.graph.backward};
            change(edit.steps);
            return edit;
        });
    };
    backward("Backward from p", [](auto& steps) { steps.push_back(Pass{{{{3}}}}); });
    backward("Backward from p, m:values", [](auto& steps) {
        steps.push_back(Pass{{{{3}}, {{4}, "values"}}});
    });
    backward("Backward from x", [](auto& steps) { steps = {Pass{{{{1}}}}}; });
    backward("Zero Gradients", [](auto& steps) { steps.push_back(ZeroGrad()); });
    backward("Zero Gradients", [](auto& steps) { steps.clear(); });
    backward("Change Backward Passes", [](auto& steps) { steps.pop_back(); });
    row("Paste", [](const Diagram&) { return Several{"Paste", {RemoveNodes{{{1}}}}}; });
    row("Connect node to node", [](const Diagram&) { return Connect{{{99}}, {{98}}}; });
}

}  // namespace chainrule

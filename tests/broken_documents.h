// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTest>

#include <string>

namespace chainrule {

/// A document with these nodes and, behind a comma, these further fields.
inline std::string document(const std::string& nodes, const std::string& more = {})
{
    return R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]" + more + "}";
}

/// Rows of a text that is no document, and of the whole message that says why.
inline void addBrokenDocuments()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const std::string& text, const char* message) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << message;
    };
    // In a document whose only nodes are x and these.
    const auto nodes = [&](const char* name, const std::string& json, const char* message) {
        row(name, document(R"({"name": "x", "op": "f"}, )" + json), message);
    };
    const auto node = [&](const char* name, const std::string& fields, const char* message) {
        nodes(name, R"({"name": "p", "op": "f", )" + fields + "}", message);
    };
    const auto field = [&](const char* name, const std::string& json, const char* message) {
        row(name, document(R"({"name": "x", "op": "f"})", ", " + json), message);
    };

    row("no bytes", "", "line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
    row("blanks", " \n ", "line 2, column 2: unexpected end of input; expected '[', '{', or a literal");
    row("cut", "{\"a\": [1,\n 2", "line 2, column 3: unexpected end of input; expected ']'");
    row("cut string", "{\"a", "line 1, column 4: invalid string: missing closing quote");
    row("trailing comma", "{\"a\": [1,\n ]}",
        "line 2, column 2: unexpected ']'; expected '[', '{', or a literal");
    row("missing comma", "{\"a\": 1 \"bcd\": 2}",
        "line 1, column 9: unexpected string literal; expected '}'");
    row("missing colon", "{\"a\" 1}", "line 1, column 6: unexpected number literal; expected ':'");
    row("key without quotes", "{a: 1}", "line 1, column 2: invalid literal");
    row("single quotes", "{'a': 1}", "line 1, column 2: invalid literal");
    row("comment", "{} // x", "line 1, column 4: invalid literal");
    row("bytes behind", document("") + "\n{}", "line 2, column 1: unexpected '{'; expected end of input");
    row("NUL behind", document("") + std::string(1, '\0'), "line 1, column 51: a NUL byte");
    row("NUL inside", "{\"a\0\": 1}" + std::string(1, '\0'), "line 1, column 4: a NUL byte");
    row("NaN", "{\"a\": NaN}", "line 1, column 7: invalid literal");
    row("leading zero", "{\"a\": 01}", "line 1, column 8: unexpected number literal; expected '}'");
    row("plus", "{\"a\": +1}", "line 1, column 7: invalid literal");
    row("no digit", "{\"a\": 1.}", "line 1, column 9: invalid number; expected digit after '.'");
    row("hex", "{\"a\": 0x10}", "line 1, column 8: invalid literal");
    row("beyond double", "{\"ä\": 1e999}", "line 1, column 7: the number is too large");
    row("line end in string", "{\"a\nb\": 1}",
        "line 1, column 4: invalid string: control character U+000A (LF) must be "
        "escaped to \\u000A or \\n");
    row("bad escape", "{\"\\q\": 1}",
        "line 1, column 4: invalid string: forbidden character after backslash");
    row("half surrogate", "{\"\\ud800\": 1}",
        "line 1, column 9: invalid string: surrogate U+D800..U+DBFF must be "
        "followed by U+DC00..U+DFFF");
    row("no UTF-8", "{\"\xff\": 1}", "line 1, column 3: invalid string: ill-formed UTF-8 byte");
    row("Latin-1", "{\"\xe4\": 1}", "line 1, column 4: invalid string: ill-formed UTF-8 byte");
    row("UTF-16", std::string("\xff\xfe{\0", 4), "line 1, column 4: a NUL byte");
    row("a list", "[1]", "line 1, column 1: the outermost value must be an object");
    row("a number", "  7 ", "line 1, column 3: the outermost value must be an object");
    row("key twice", document("", ", \"nodes\": []"), "line 1, column 52: a key that the object already has");
    row("key twice in a node", document("{\"name\": \"x\",\n\"op\": \"f\", \"name\": \"y\"}"),
        "line 2, column 12: a key that the object already has");
    row("key twice by escape", document("", ", \"u\": {\"a\": 1, \"\\u0061\": 2}"),
        "line 1, column 66: a key that the object already has");

    row("no format", R"({"version": 1, "nodes": []})", "field \"format\": missing");
    row("other format", R"({"format": "Chainrule", "version": 1, "nodes": []})",
        "field \"format\": must be \"chainrule\"");
    row("no version", R"({"format": "chainrule", "nodes": []})", "field \"version\": missing");
    row("version 2", R"({"format": "chainrule", "nodes": [{"title": 1}], "version": 2})",
        "field \"version\": version 2 is unknown, this program reads version 1");
    row("version 1.0", R"({"format": "chainrule", "version": 1.0, "nodes": []})",
        "field \"version\": must be the int 1");
    row("version as text", R"({"format": "chainrule", "version": "1", "nodes": []})",
        "field \"version\": must be the int 1");
    row("no nodes", R"({"format": "chainrule", "version": 1})", "field \"nodes\": missing");
    row("nodes by name", R"({"format": "chainrule", "version": 1, "nodes": {"x": {}}})",
        "field \"nodes\": must be a list");

    nodes("node is text", "\"y\"", "node 2: must be an object");
    nodes("no name", R"({"op": "f"})", "node 2, field \"name\": missing");
    nodes("name is a number", R"({"op": "f", "name": 1})", "node 2, field \"name\": must be a string");
    nodes("empty name", R"({"op": "f", "name": ""})",
          "node 2, field \"name\": \"\" is no ASCII Python identifier");
    nodes("name with blank", R"({"op": "f", "name": "a b"})",
          "node 2, field \"name\": \"a b\" is no ASCII Python identifier");
    nodes("name beyond ASCII", R"({"op": "f", "name": "größe"})",
          "node 2, field \"name\": \"größe\" is no ASCII Python identifier");
    nodes("name is a keyword", R"({"op": "f", "name": "lambda"})",
          "node 2, field \"name\": \"lambda\" is a keyword of Python");
    nodes("name twice", R"({"op": "f", "name": "x"})",
          "node \"x\", field \"name\": two nodes have this name");
    nodes("no op", R"({"name": "p"})", "node \"p\", field \"op\": missing");
    nodes("op is null", R"({"op": null, "name": "p"})", "node \"p\", field \"op\": must be a string");
    const char* inputsRule =
        "node \"p\", field \"inputs\": must be a list of node names, lists of them, and nulls";
    node("inputs is text", R"("inputs": "x")", inputsRule);
    node("inputs is null", R"("inputs": null)", inputsRule);
    node("input is a number", R"("inputs": ["x", 1])", inputsRule);
    node("list in a list", R"("inputs": [["x", ["x"]]])", inputsRule);
    node("unknown input", R"("inputs": ["x", "q"])", "node \"p\", field \"inputs\": there is no node \"q\"");
    node("unknown output's node", R"("inputs": ["q:0"])",
         "node \"p\", field \"inputs\": there is no node \"q\"");
    node("unknown input in a list", R"("inputs": [["x", "q"]])",
         "node \"p\", field \"inputs\": there is no node \"q\"");
    node("input is no name", R"("inputs": ["x y"])",
         "node \"p\", field \"inputs\": there is no node \"x y\"");
    node("empty input", R"("inputs": [""])", "node \"p\", field \"inputs\": there is no node \"\"");
    node("no output behind the colon", R"("inputs": ["x:"])",
         "node \"p\", field \"inputs\": there is no output's name behind the colon of \"x:\"");
    node("attributes is a list", R"("attributes": [])",
         "node \"p\", field \"attributes\": must be an object");
    const char* pointRule = "node \"p\", field \"position\": must be a list of two numbers, [x, y]";
    node("position of three", R"("position": [1, 2, 3])", pointRule);
    node("position of text", R"("position": ["1", 2])", pointRule);
    node("position is null", R"("position": null)", pointRule);
    node("retain_grad is 1", R"("retain_grad": 1)",
         "node \"p\", field \"retain_grad\": must be true or false");
    node("muted is text", R"("muted": "true")", "node \"p\", field \"muted\": must be true or false");
    node("comment is a list", R"("comment": ["a"])", "node \"p\", field \"comment\": must be a string");
    node("the node's name stands last", R"("inputs": ["p"])",
         "node \"p\", field \"inputs\": the node is its own input");
    nodes("name behind the wrong field", R"({"muted": 0, "op": "f", "name": "late"})",
          "node \"late\", field \"muted\": must be true or false");
    node("cycle", R"("inputs": ["q"]}, {"name": "q", "op": "f", "inputs": [["p"]])",
         "node \"p\", field \"inputs\": the nodes p, q form a cycle");
    node(
        "cycle beside a chain",
        R"("inputs": ["a"]}, {"name": "a", "op": "f", "inputs": ["c"]}, {"name": "b", "op": "f", "inputs": ["a"]},
            {"name": "c", "op": "f", "inputs": ["x", "b"])",
        "node \"a\", field \"inputs\": the nodes a, b, c form a cycle");
    node("long text in a message",
         "\"inputs\": [\"" + std::string(59, 'x') + "ä" + std::string(999, 'x') + "\"]",
         ("node \"p\", field \"inputs\": there is no node \"" + std::string(59, 'x') + "…\"").c_str());

    field("backward is an object", R"("backward": {})", "field \"backward\": must be a list");
    field("pass is a name", R"("backward": ["x"])", "backward pass 1: must be an object");
    field("pass without roots", R"("backward": [{"gradients": []}])",
          "backward pass 1, field \"roots\": must name a node");
    field("roots is a name", R"("backward": [{"roots": "x"}])",
          "backward pass 1, field \"roots\": must be a list");
    field("root is null", R"("backward": [{"roots": ["x"]}, {"roots": [null]}])",
          "backward pass 2, field \"roots\": must name a node, as \"node\" or \"node:output\"");
    field("unknown root", R"("backward": [{"roots": ["q"]}])",
          "backward pass 1, field \"roots\": there is no node \"q\"");
    field("unknown gradient", R"("backward": [{"roots": ["x"], "gradients": [null, "q"]}])",
          "backward pass 1, field \"gradients\": there is no node \"q\"");
    field("unknown leaf", R"("backward": [{"roots": ["x"], "inputs": ["q"]}])",
          "backward pass 1, field \"inputs\": there is no node \"q\"");
    field("create_graph is null", R"("backward": [{"roots": ["x"], "create_graph": null}])",
          "backward pass 1, field \"create_graph\": must be true or false");
    field("retain_graph is 0", R"("backward": [{"roots": ["x"], "retain_graph": 0}])",
          "backward pass 1, field \"retain_graph\": must be true, false or null");
    field("zero_grad to one", R"("backward": [{"zero_grad": "ones"}])",
          "backward pass 1, field \"zero_grad\": must be \"none\" or \"zeros\"");
    field("zero_grad with roots", R"("backward": [{"zero_grad": "none", "roots": ["x"]}])",
          "backward pass 1, field \"roots\": does not go with \"zero_grad\"");
    field("frame is null", R"("frames": [null])", "frame 1: must be an object");
    field("unknown node in a frame", R"("frames": [{"nodes": ["x"]}, {"nodes": ["x", "q"]}])",
          "frame 2, field \"nodes\": there is no node \"q\"");
    field("output in a frame", R"("frames": [{"nodes": ["x:0"]}])",
          "frame 1, field \"nodes\": there is no node \"x:0\"");
    field("title is a number", R"("frames": [{"title": 1}])", "frame 1, field \"title\": must be a string");
    field("no_grad is text", R"("frames": [{"no_grad": "no"}])",
          "frame 1, field \"no_grad\": must be true or false");
    field("note is text", R"("notes": ["a"])", "note 1: must be an object");
    field("note's size", R"("notes": [{"text": "a", "size": 3}])",
          "note 1, field \"size\": must be a list of two numbers, [width, height]");
    field("route without end", R"("routes": [{"parameter": "input"}])", "route 1, field \"to\": missing");
    field("route without parameter", R"("routes": [{"to": "x"}])", "route 1, field \"parameter\": missing");
    field("route to nowhere", R"("routes": [{"to": "q", "parameter": "input"}])",
          "route 1, field \"to\": there is no node \"q\"");
    field("route's item", R"("routes": [{"to": "x", "parameter": "input", "item": -1}])",
          "route 1, field \"item\": must be an int from 0, or null");
    field("route's points", R"("routes": [{"to": "x", "parameter": "input", "points": [[1, 2], 3]}])",
          "route 1, field \"points\": must be a list of points, [[x, y], …]");
    field("group without name", R"("groups": [{"nodes": ["x"]}])", "group 1, field \"name\": missing");
    field("group's name", R"("groups": [{"name": "my block"}])",
          "group 1, field \"name\": \"my block\" is no name for Python");
    field("group called as a node", R"("groups": [{"name": "x"}])",
          "group 1, field \"name\": a node is called \"x\"");
    field("group's name twice", R"("groups": [{"name": "a"}, {"name": "a"}])",
          "group \"a\", field \"name\": two groups have this name");
    field("unknown node in a group", R"("groups": [{"name": "a", "nodes": ["q"]}])",
          "group 1, field \"nodes\": there is no node \"q\"");
    field("unknown group in a group", R"("groups": [{"name": "a", "groups": ["x"]}])",
          "group \"a\", field \"groups\": there is no group \"x\"");
    field("group in itself", R"("groups": [{"name": "a", "groups": ["a"]}])",
          "group \"a\", field \"groups\": the group contains itself");
    field("groups in a ring",
          R"("groups": [{"name": "c"}, {"name": "a", "groups": ["b"]}, {"name": "b", "groups": ["a"]}])",
          "group \"a\", field \"groups\": the group contains itself");
    field("group in two",
          R"("groups": [{"name": "a", "groups": ["c"]}, {"name": "b", "groups": ["c"]}, {"name": "c"}])",
          "group \"b\", field \"groups\": \"c\" already is in the group \"a\"");
    field("group's groups", R"("groups": [{"name": "a", "groups": [1]}])",
          "group 1, field \"groups\": must be a list of names");
    field("lesson is text", R"("lesson": "x")", "field \"lesson\": must be an object");
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/delta.h"
#include "engine/graph/edit.h"
#include "engine/io/document.h"
#include "engine/io/fragment.h"
#include "tests/broken_documents.h"
#include "tests/random_document.h"

#include <QTest>

#include <functional>
#include <limits>
#include <random>

using namespace chainrule;

namespace {

/// Two leaves, what is made of them, and a use of everything that refers to nodes.
Diagram sample()
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

NodeId named(const Diagram& diagram, const char* name)
{
    const auto id = diagram.graph.find(name);
    if (!id)
        qFatal("no node %s", name);
    return *id;
}

/// The line of the node in the document after the edit; or the error.
std::string lineOf(const Result<Diagram>& diagram, const char* name)
{
    if (!diagram)
        return diagram.error().message;
    const std::string text = canonicalJson(*diagram);
    const std::size_t begin = text.find(std::string("{\"name\": \"") + name + '"');
    if (begin == text.npos)
        return "no node " + std::string(name);
    const std::size_t end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin);
    return line.ends_with(',') ? line.substr(0, line.size() - 1) : line;
}

/// What stands behind the nodes.
std::string restOf(const Result<Diagram>& diagram)
{
    if (!diagram)
        return diagram.error().message;
    const std::string text = canonicalJson(*diagram);
    return text.substr(text.find("\n  ]") + 4);
}

QByteArray message(const auto& result)
{
    return result ? QByteArray() : QByteArray::fromStdString(result.error().message);
}

}  // namespace

class EditTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fragmentsComeBackUnderFreeNames()
    {
        const Diagram d = sample();
        const std::vector<NodeId> nodes = {named(d, "c"), named(d, "p"), named(d, "x")};
        const std::string text = fragmentText(d, nodes);
        QCOMPARE(text, R"({
  "format": "chainrule",
  "version": 1,
  "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
    {"name": "p", "op": "mul", "inputs": ["x"], "position": [200, 0]},
    {"name": "c", "op": "cat", "inputs": [["x", "x"]], "position": [600, 0]}
  ]
}
)");
        const auto edit = pasted(d, text, {1000, 500});
        QVERIFY2(edit, message(edit));
        QCOMPARE(edit->title, "Paste x, p, c");
        const auto after = apply(d, *edit);
        QCOMPARE(lineOf(after, "x1"),
                 R"({"name": "x1", "op": "tensor", "attributes": {"value": "3."}, "position": [1000, 500]})");
        QCOMPARE(lineOf(after, "c1"),
                 R"({"name": "c1", "op": "cat", "inputs": [["x1", "x1"]], "position": [1600, 500]})");
        QCOMPARE(diff(d, *after).added.size(), 3u);
        QVERIFY(diff(d, *after).changed.empty());

        const auto beside = apply(d, duplicated(d, nodes, {20, 30}));
        QCOMPARE(lineOf(beside, "p1"), R"({"name": "p1", "op": "mul", "inputs": ["x1", "y"], "position": [220, 30]})");
        QCOMPARE(lineOf(beside, "c1"),
                 R"({"name": "c1", "op": "cat", "inputs": [["x1", "m:values", "x1", "y"]], "position": [620, 30]})");
        QCOMPARE(restOf(beside), restOf(d));
    }
};

QTEST_GUILESS_MAIN(EditTest)
#include "tst_edit.moc"

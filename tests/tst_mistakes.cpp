// SPDX-License-Identifier: GPL-3.0-or-later
// Errors as lessons: what the examples' errors mean, and that each way out that is offered leads out.
#include "engine/autograd/mistakes.h"
#include "engine/autograd/remedies.h"
#include "engine/autograd/run.h"
#include "engine/graph/edit.h"
#include "engine/io/document.h"
#include "tests/places.h"

#include <QtTest>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace chainrule;
namespace fs = std::filesystem;

namespace {

std::string fileText(const fs::path& path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

Run ran(const Graph& graph)
{
    auto result = run(graph, {.readFile = [](const std::string& path) { return fileError(path); }});
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return *std::move(result);
}

std::vector<fs::path> errorExamples()
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(places::example()))
        if (entry.path().filename().string().starts_with("error_"))
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// The node of the example whose error is its own, and not that of an input.
NodeId failedNode(const Run& run)
{
    for (const NodeId id : run.evaluation.order())
        if (const auto& error = run.evaluation[id].error; error && error->kind != Error::Kind::NotEvaluated)
            return id;
    return {};
}

std::vector<std::string> titles(const std::vector<Several>& edits)
{
    std::vector<std::string> all;
    for (const Several& edit : edits)
        all.push_back(edit.title);
    return all;
}

Diagram diagramOf(const std::string& nodes)
{
    auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]}");
    if (!diagram)
        qFatal("%s", diagram.error().message.c_str());
    return *std::move(diagram);
}

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const std::string& word : words)
        all += (all.empty() ? "" : "; ") + word;
    return all;
}

}  // namespace

class TestMistakes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyErrorExampleIsExplainedAndItsWaysOutLeadOut_data()
    {
        QTest::addColumn<QString>("file");
        for (const fs::path& path : errorExamples())
            QTest::newRow(path.stem().c_str()) << QString::fromStdString(path.string());
    }

    void everyErrorExampleIsExplainedAndItsWaysOutLeadOut()
    {
        QFETCH(QString, file);
        const auto diagram = diagramFromJson(fileText(file.toStdString()));
        QVERIFY(diagram);
        const Run failed = ran(diagram->graph);
        const NodeId node = failedNode(failed);
        const Error* const error = node.value ? failed.evaluation[node].error.get() : failed.error();
        QVERIFY(error);
        const Mistake* const mistake = mistakeBehind(*error);
        QVERIFY2(mistake, error->message.c_str());
        QVERIFY(mistake->meaning.size() > 20 && mistake->meaning.ends_with('.'));
        if (!node.value)
            return;
        const std::vector<Several> ways = remediesFor(*diagram, failed.evaluation, node);
        QCOMPARE(ways.empty(), mistake->remedies.empty());
        std::set<std::string> seen;
        for (const Several& way : ways) {
            QVERIFY2(seen.insert(way.title).second, way.title.c_str());
            const auto mended = apply(*diagram, way);
            QVERIFY2(mended, way.title.c_str());
            const Run again = ran(mended->graph);
            QVERIFY2(!again.evaluation[node].error, way.title.c_str());
            QVERIFY2(failedNode(again).value == 0, way.title.c_str());
        }
    }

    void thereAreAtLeastTwentyOfThem()
    {
        std::set<const Mistake*> known;
        for (const fs::path& path : errorExamples()) {
            const auto diagram = diagramFromJson(fileText(path));
            const Run failed = ran(diagram->graph);
            const NodeId node = failedNode(failed);
            known.insert(mistakeBehind(node.value ? *failed.evaluation[node].error : *failed.error()));
        }
        QVERIFY2(errorExamples().size() >= 20 && known.size() >= 20,
                 std::to_string(known.size()).c_str());
    }

    void everyWordsOfMistakesFindTheirMistake()
    {
        for (const Mistake& mistake : allMistakes())
            for (const std::string_view words : mistake.words)
                QCOMPARE(mistakeBehind({mistake.kind, std::string(words)}), &mistake);
    }

    void whatIsNoKnownMistakeIsNotExplained()
    {
        QVERIFY(!mistakeBehind(runtimeError("something else")));
        QVERIFY(!mistakeBehind(valueError("grad can be implicitly created only for scalar outputs")));
        QVERIFY(!mistakeBehind(runtimeError("element 0 of tensors does not require")));
    }

    void waysOut_data()
    {
        QTest::addColumn<QString>("nodes");
        QTest::addColumn<QString>("expected");
        const auto tensor = [](const std::string& name, const std::string& value) {
            return "{\"name\": \"" + name + "\", \"op\": \"tensor\", \"attributes\": {\"value\": \"" + value + "\"}}, ";
        };
        const auto row = [](const char* name, const std::string& nodes, const char* expected) {
            QTest::newRow(name) << QString::fromStdString(nodes) << QString::fromLatin1(expected);
        };
        row("brackets", R"({"name": "y", "op": "tensor", "attributes": {"value": "[1], [2]"}})",
            "Put Brackets Around All");
        row("points", R"({"name": "y", "op": "tensor", "attributes": {"value": "[-1, 20]", "requires_grad": true}})",
            "Write Decimal Points");
        row("truths", R"({"name": "y", "op": "tensor", "attributes": {"value": "True", "requires_grad": true}})",
            "Set dtype to float32");
        row("column", tensor("x", "[[1., 2., 3.], [4., 5., 6.]]") + tensor("b", "[1., 2.]")
                          + R"({"name": "y", "op": "mul", "inputs": ["x", "b"]})",
            "Insert unsqueeze(b, dim=1); Insert transpose(x, dim0=0, dim1=1)");
        row("product", tensor("x", "[[1., 2., 3.], [4., 5., 6.]]") + R"({"name": "y", "op": "matmul", "inputs": ["x", "x"]})",
            "Insert transpose(x, dim0=0, dim1=1) for input; Insert transpose(x, dim0=0, dim1=1) for other");
        row("dtypes", tensor("x", "[[1]]") + tensor("w", "[[1.]]") + R"({"name": "y", "op": "matmul", "inputs": ["w", "x"]})",
            "Insert to(x, dtype=float32)");
        row("list item", tensor("a", "[[1.]]") + tensor("b", "[2.]") + R"({"name": "y", "op": "cat", "inputs": [["a", "b"]]})",
            "Insert unsqueeze(b, dim=0); Insert unsqueeze(b, dim=1)");
        row("dim", tensor("x", "[1., 2.]") + R"({"name": "y", "op": "sum", "inputs": ["x"], "attributes": {"dim": [0, 3]}})", "");
        row("index", tensor("x", "[1., 2.]")
                         + R"({"name": "y", "op": "select", "inputs": ["x"], "attributes": {"dim": 0, "index": 7}})",
            "Set index to -1");
        row("no error", tensor("x", "[1., 2.]") + R"({"name": "y", "op": "neg", "inputs": ["x"]})", "");
        row("failed input", tensor("x", "[1., [2.]]") + R"({"name": "y", "op": "neg", "inputs": ["x"]})", "");
    }

    void waysOut()
    {
        QFETCH(QString, nodes);
        QFETCH(QString, expected);
        const Diagram diagram = diagramOf(nodes.toStdString());
        const Run failed = ran(diagram.graph);
        const auto ways = remediesFor(diagram, failed.evaluation, *diagram.graph.find("y"));
        QCOMPARE(QString::fromStdString(joined(titles(ways))), expected);
    }

    void theInsertedNodeStandsBetween()
    {
        const auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "x", "op": "tensor", "attributes": {"value": "[1, 2]"}, "position": [0, 100]},
            {"name": "mean", "op": "mean", "inputs": ["x"], "position": [600, 0]}]})");
        const Run failed = ran(diagram->graph);
        const NodeId mean = *diagram->graph.find("mean");
        const auto ways = remediesFor(*diagram, failed.evaluation, mean);
        QCOMPARE(ways.size(), std::size_t(1));
        const auto mended = apply(*diagram, ways.front());
        QVERIFY(mended);
        const NodeId added = mended->graph.ids().back();
        QCOMPARE(mended->layout.positions.find(added), std::optional(Point{300, 50}));
        QCOMPARE(mended->graph.at(mean).inputs[0], Input{Source{added}});
    }

    void whatRequiresGradIsTriedRequiringGrad()
    {
        const auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "x", "op": "tensor", "attributes": {"value": "[1., 2.]", "requires_grad": true}},
            {"name": "y", "op": "mul", "inputs": ["x", "x"]},
            {"name": "array", "op": "numpy", "inputs": ["y"]}]})");
        const Run failed = ran(diagram->graph);
        const NodeId array = *diagram->graph.find("array");
        QCOMPARE(joined(titles(remediesFor(*diagram, failed.evaluation, array))), std::string("Insert detach(y)"));
    }

    void operandsAreNamed()
    {
        const Diagram diagram = diagramOf(R"(
            {"name": "x", "op": "tensor", "attributes": {"value": "[1., 2.]"}},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "m", "op": "max", "inputs": ["x"], "attributes": {"dim": 0}},
            {"name": "y", "op": "add", "inputs": ["x", "two"]},
            {"name": "z", "op": "stack", "inputs": [["x", "m:indices", "x"]]})");
        const Run result = ran(diagram.graph);
        QCOMPARE(operandsText(result.evaluation, *diagram.graph.find("y")), std::string("x: float32 [2], two: a number"));
        QCOMPARE(operandsText(result.evaluation, *diagram.graph.find("z")),
                 std::string("x: float32 [2], m.indices: int64 []"));
    }

    void largeInputsCanBeStopped()
    {
        const Diagram diagram = diagramOf(R"(
            {"name": "x", "op": "ones", "attributes": {"size": [2000, 3000]}},
            {"name": "y", "op": "matmul", "inputs": ["x", "x"]})");
        const Run failed = ran(diagram.graph);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(remediesFor(diagram, failed.evaluation, *diagram.graph.find("y"), stop.get_token()).empty());
    }
};

QTEST_APPLESS_MAIN(TestMistakes)
#include "tst_mistakes.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The backward graph that a run leaves, compared with PyTorch's: see tests/golden/grad_fns.py.
#include "engine/autograd/grad_graph.h"
#include "engine/io/document.h"
#include "engine/io/npy.h"
#include "tests/places.h"
#include "tests/random_graph.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <set>

using namespace chainrule;

namespace {

std::string content(const std::filesystem::path& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<const Replay> replayOf(const Graph& graph, const std::filesystem::path& folder = {})
{
    auto result = run(graph, {.readFile = [&](const std::string& path) -> Result<Tensor> {
        const auto array = readNpy(folder / path);
        return array ? Result<Tensor>(array->tensor) : array.error();
    }});
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result)));
}

Graph graphOf(const std::string& nodes, const std::string& backward = "")
{
    auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + R"(], "backward": [)"
                                   + backward + "]}");
    if (!diagram)
        qFatal("%s", diagram.error().message.c_str());
    return diagram->graph;
}

const std::string x = R"({"name": "x", "op": "tensor", "attributes": {"value": "[1., 2., 3.]", "requires_grad": true}}, )";

/// A graph in the words of the golden file, after all passes.
class Walk {
public:
    explicit Walk(const GradGraph& graph)
        : m_graph(graph), m_evaluation(graph.replay().run().evaluation),
          m_moment(Moment(std::shared_ptr<const Replay>(std::shared_ptr<void>(), &graph.replay())))
    {
        for (const NodeId id : m_evaluation.order())
            for (std::uint32_t k = 0; k < m_evaluation[id].outputs.size(); ++k) {
                const std::string name = m_evaluation.graph().at(id).name;
                m_variables[m_evaluation.hasNamedOutputs(id) ? name + "[" + std::to_string(k) + "]" : name] = {id, k};
            }
        std::vector<std::string> starts;
        for (const auto& [name, output] : m_variables)
            start(name, m_evaluation.value(output), starts);
        for (const auto& [name, output] : m_variables)
            if (const Value& value = m_evaluation.value(output); value.requiresGrad())
                if (const auto owner = m_evaluation.owner(value.place()))
                    if (const Value* const grad = graph.replay().run().stored.find(*owner))
                        start(name + ".grad", *grad, starts);
        for (auto text = starts.rbegin(); text != starts.rend(); ++text)
            m_texts.insert(m_texts.begin(), *text);
        const HeldBytes held = graph.held(m_moment);
        if (!starts.empty())
            m_texts.push_back(std::to_string(held.all) + " bytes, " + std::to_string(held.alone) + " alone");
    }

    QString text() const
    {
        QString all;
        for (const std::string& line : m_texts)
            all += QString::fromStdString(line) + QLatin1Char('\n');
        return all;
    }

private:
    void start(const std::string& name, const Value& value, std::vector<std::string>& starts)
    {
        if (!value.requiresGrad() || !m_evaluation.tape().op(value.place().entry))
            return;
        starts.push_back(name + ": " + visit({m_graph.rangeOf(value.place().entry).first, 0}));
    }

    std::string visit(const GradEdge& edge)
    {
        if (edge.to == GradEdge::none)
            return "-";
        const GradNode& node = m_graph[edge.to];
        if (node.isLeaf) {
            for (const auto& [name, output] : m_variables)
                if (m_graph.gradFn(output) == edge.to)
                    return name;
            return "?";
        }
        const auto known = m_numbers.find(edge.to);
        if (known != m_numbers.end())
            return std::to_string(known->second) + outputText(edge);
        const std::size_t number = m_numbers.emplace(edge.to, m_texts.size()).first->second;
        m_texts.emplace_back();
        std::map<std::string, std::string> saved;
        std::vector<SavedEdge> tensors(m_graph.saved(edge.to).begin(), m_graph.saved(edge.to).end());
        std::ranges::sort(tensors, {}, &SavedEdge::name);
        std::string kept;
        for (const SavedEdge& tensor : tensors)
            kept += (kept.empty() ? " " : "; ") + textOf(edge.to, tensor);
        std::string next;
        for (const GradEdge& to : m_graph.next(edge.to))
            next += (next.empty() ? "" : ", ") + visit(to);
        m_texts[number] = std::string(node.name) + " (" + next + ")" + kept;
        return std::to_string(number) + outputText(edge);
    }

    static std::string outputText(const GradEdge& edge)
    {
        return edge.output > 0 ? "#" + std::to_string(edge.output) : "";
    }

    std::string textOf(std::uint32_t node, const SavedEdge& saved)
    {
        const std::string start = std::string(saved.name) + " ";
        if (m_graph.state(node, m_moment) == SavedState::Freed)
            return start + "freed";
        std::string memory = "-";
        if (saved.bytes > 0) {
            memory = std::to_string(m_memories.emplace(saved.storage, m_memories.size()).first->second);
            memory += m_graph.storages()[saved.storage].value ? "*" : "";
        }
        return start + std::string(name(saved.dtype)) + chainrule::text(saved.shape) + " @" + memory;
    }

    const GradGraph& m_graph;
    const Evaluation& m_evaluation;
    Moment m_moment;
    std::map<std::string, OutputId> m_variables;
    std::map<std::uint32_t, std::size_t> m_numbers;
    std::map<std::uint32_t, std::size_t> m_memories;
    std::vector<std::string> m_texts;
};

}  // namespace

class GradGraphTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isThatOfPyTorch_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("expected");
        const nlohmann::json all = nlohmann::json::parse(content(places::golden("grad_graphs.json")));
        for (const auto& [folder, documents] : all.items()) {
            if (folder == "torch")
                continue;
            for (const auto& [name, texts] : documents.items()) {
                QString expected;
                for (const auto& text : texts)
                    expected += QString::fromStdString(text.get<std::string>()) + QLatin1Char('\n');
                const auto path = (folder == "documents" ? places::golden("documents") : places::example())
                                  / (name + ".chainrule");
                QTest::addRow("%s", name.c_str()) << QString::fromStdString(path.string()) << expected;
            }
        }
    }

    /// Names, next_functions, what was saved and whose memory it is, what was freed, and the bytes that are still held.
    void isThatOfPyTorch()
    {
        QFETCH(QString, path);
        QFETCH(QString, expected);
        const std::filesystem::path file = path.toStdString();
        const auto diagram = diagramFromJson(content(file));
        QVERIFY(diagram);
        const GradGraph graph(replayOf(diagram->graph, file.parent_path()));
        const QString text = Walk(graph).text();
        QCOMPARE(text, expected);
    }

    void statesFollowTheSteps()
    {
        const Graph graph = graphOf(x + R"({"name": "y", "op": "mul", "inputs": ["x", "x"]},
                                           {"name": "s", "op": "sum", "inputs": ["y"]})",
                                    R"({"roots": ["s"], "retain_graph": true}, {"roots": ["s"]})");
        const auto replay = replayOf(graph);
        const GradGraph grads(replay);
        const std::uint32_t mul = *grads.gradFn({*graph.find("y"), 0});
        QCOMPARE(grads[mul].name, std::string_view("MulBackward0"));
        QCOMPARE(grads[mul].node, graph.find("y"));
        QVERIFY(grads[*grads.gradFn({*graph.find("x"), 0})].isLeaf);
        const auto stateAt = [&](std::ptrdiff_t step) { return grads.state(mul, Moment(replay).atStep(step)); };
        const auto heldAt = [&](std::ptrdiff_t step) { return grads.held(Moment(replay).atStep(step)).all; };
        QCOMPARE(stateAt(-2), SavedState::NotYet);
        QCOMPARE(stateAt(-1), SavedState::Held);
        QCOMPARE(stateAt(2), SavedState::Held);  // The root's own gradient, and what sum sent.
        QCOMPARE(stateAt(3), SavedState::Kept);
        QCOMPARE(stateAt(6), SavedState::Kept);
        QCOMPARE(stateAt(7), SavedState::Freed);
        QCOMPARE(heldAt(-2), 0);
        QCOMPARE(heldAt(0), 12);  // x twice, in one memory.
        QCOMPARE(heldAt(7), 0);
    }

    /// A gradient in the graph keeps what its pass ran through from the moment when it is computed.
    void gradientsInTheGraphKeep()
    {
        const Graph graph = graphOf(x + R"({"name": "e", "op": "exp", "inputs": ["x"]},
                                           {"name": "s", "op": "sum", "inputs": ["e"]},
                                           {"name": "g", "op": "autograd.grad", "inputs": ["s", "x"]})");
        const auto replay = replayOf(graph);
        const GradGraph grads(replay);
        const std::uint32_t exp = *grads.gradFn({*graph.find("e"), 0});
        QCOMPARE(grads.state(exp, Moment(replay).atStep(-1)), SavedState::Held);
        QCOMPARE(grads.state(exp, Moment(replay).atStep(0)), SavedState::Kept);
        const auto ofGradient = grads.nodesOf(*graph.find("g"));
        QCOMPARE(ofGradient.size(), std::size_t(1));
        QCOMPARE(grads[ofGradient[0]].name, std::string_view("MulBackward0"));
        QCOMPARE(grads.next(ofGradient[0])[1].to, exp);
        const SavedEdge& saved = grads.saved(exp)[0];
        QCOMPARE(grads.storages()[saved.storage].value, std::optional(OutputId{*graph.find("e"), 0}));
    }

    /// Of whatever graph: nodes come before what they lead to, and something leads to each; what is held never grows
    /// in a pass that retains nothing and creates nothing.
    void isWellFormed()
    {
        for (unsigned seed = 0; seed < 300; ++seed) {
            const auto replay = replayOf(RandomGraph(seed).graph());
            const Evaluation& evaluation = replay->run().evaluation;
            const GradGraph grads(replay);
            std::set<std::uint32_t> reached;
            for (const NodeId id : evaluation.order())
                for (const std::uint32_t node : grads.nodesOf(id))
                    reached.insert(node);
            for (std::uint32_t node = 0; node < grads.size(); ++node) {
                const std::string where = "seed " + std::to_string(seed) + ", node " + std::to_string(node);
                QVERIFY2(reached.contains(node) || grads[node].pass > 0 || !grads[node].isLeaf, where.c_str());
                for (const GradEdge& edge : grads.next(node)) {
                    QVERIFY2(edge.to == GradEdge::none || (edge.to > node && edge.to < grads.size()), where.c_str());
                    reached.insert(edge.to);
                }
                QVERIFY2(reached.contains(node) || grads[node].pass > 0, where.c_str());
                QVERIFY2(!grads[node].name.empty(), where.c_str());
            }
            for (std::size_t position = 1; position <= replay->length(); ++position) {
                const HeldBytes before = grads.held(Moment(replay, position - 1)), after = grads.held(Moment(replay, position));
                QVERIFY(after.alone <= after.all);
                const bool isCreated = std::ranges::any_of(evaluation.graph().backward, [](const BackwardStep& step) {
                    return std::holds_alternative<Pass>(step) && std::get<Pass>(step).createGraph;
                });
                QVERIFY2(isCreated || after.all <= before.all, ("seed " + std::to_string(seed)).c_str());
            }
        }
    }
};

QTEST_GUILESS_MAIN(GradGraphTest)
#include "tst_grad_graph.moc"

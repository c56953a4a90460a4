// SPDX-License-Identifier: GPL-3.0-or-later
// What a view may show at each step of a backward pass.
#include "engine/autograd/replay.h"
#include "engine/io/document.h"
#include "engine/ops/operators.h"
#include "tests/random_graph.h"
#include "tests/support.h"
#include "tests/theatre_graph.h"

#include <set>

using namespace chainrule;

namespace {

using Kind = GradState::Kind;

Graph graphOf(const std::string& nodes, const std::string& backward)
{
    auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + R"(], "backward": [)"
                                   + backward + "]}");
    if (!diagram)
        qFatal("%s", diagram.error().message.c_str());
    return diagram->graph;
}

Moment momentOf(const Graph& graph)
{
    auto result = run(graph, {.readFile = {}});
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result))));
}

/// A graph, and its nodes by name.
struct Shown {
    Moment end;

    Shown(const std::string& nodes, const std::string& backward) : end(momentOf(graphOf(nodes, backward))) {}

    OutputId output(const char* name, std::uint32_t index = 0) const
    {
        return {*end.evaluation().graph().find(name), index};
    }
    Target target(const char* name, std::uint32_t parameter = 0, std::optional<std::uint32_t> item = {}) const
    {
        return {*end.evaluation().graph().find(name), parameter, item};
    }
    /// "1.0 2/3": what flows, and the contributions that have arrived of those that will.
    std::string flow(std::size_t position, const char* name) const
    {
        const Moment moment = end.at(position);
        const auto flowing = moment.flowing(output(name));
        const auto [arrived, all] = moment.contributions(output(name));
        return (flowing ? ::chainrule::text(flowing->item()) : "-") + " " + std::to_string(arrived) + "/"
               + std::to_string(all);
    }
    std::string grad(std::size_t position, const char* name) const
    {
        constexpr const char* kinds[] = {"None", "not retained", "not yet", "zeros", "fresh", "sum of "};
        const GradState state = end.at(position).stored(output(name));
        std::string words = kinds[int(state.kind)];
        if (state.kind == Kind::Accumulated)
            words += std::to_string(state.passes);
        if (!state.tensor.isNone())
            words += " " + ::chainrule::text(state.tensor.item());
        return words;
    }
};

/// What a replay should show, found the long way: from the list of events, and from runs of the first so many steps.
class LongWay {
public:
    explicit LongWay(const Graph& graph) : m_graph(graph), m_whole(runOf(graph))
    {
        for (std::size_t steps = 0; steps <= m_whole.steps.size(); ++steps) {
            Graph beginning = graph;
            beginning.backward.resize(steps);
            m_beginnings.push_back(runOf(beginning));
        }
        for (const NodeId id : graph.ids())
            noteLinks(id);
    }

    struct Link {
        Target target;
        Source source;
        std::size_t input;
    };
    const std::vector<Link>& links() const { return m_links; }

    /// The step to which the last event before `position` belongs.
    std::size_t stepAt(std::size_t position) const
    {
        const std::size_t event = position == 0 ? 0 : position - 1;
        for (std::size_t i = 0; i < m_whole.steps.size(); ++i)
            if (m_whole.steps[i].firstEvent <= event && event < m_whole.steps[i].endEvent)
                return i;
        return 0;
    }

    std::pair<int, int> contributions(std::size_t position, OutputId output) const
    {
        std::pair<int, int> counts{0, 0};
        for (std::size_t i = 0; i < m_whole.events.size(); ++i)
            if (reaches(i, position, output)) {
                counts.first += i < position;
                ++counts.second;
            }
        return counts;
    }

    std::optional<Tensor> flowing(std::size_t position, OutputId output) const
    {
        std::optional<Value> sum;
        for (std::size_t i = 0; i < position; ++i)
            if (reaches(i, position, output)) {
                const Value contribution(m_whole.events[i].contribution);
                sum = sum ? *sum + contribution : contribution;
            }
        return sum ? std::optional(sum->tensor()) : std::nullopt;
    }

    GradState stored(std::size_t position, OutputId output) const
    {
        GradState state = storedSoFar(position, output);
        if (state.kind != Kind::IsNone && state.kind != Kind::NotRetained)
            return state;
        for (std::size_t later = position + 1; later <= m_whole.events.size(); ++later)
            if (!storedSoFar(later, output).tensor.isNone())
                return {Kind::NotYet};
        return state;
    }

    LinkState link(std::size_t position, const Link& link) const
    {
        if (!canCarry(link))
            return bringsGradient(link) ? LinkState::Detached : LinkState::NoGradient;
        LinkState state = LinkState::Carries;
        for (std::size_t i = 0; i < position; ++i)
            if (stepAt(i + 1) == stepAt(position) && comesThrough(i, link))
                state = i + 1 == position && position < m_whole.events.size() ? LinkState::Flowing
                                                                               : LinkState::Carried;
        return state;
    }

private:
    static Run runOf(const Graph& graph)
    {
        auto result = run(graph, {.readFile = {}});
        if (!result)
            qFatal("%s", result.error().message.c_str());
        return *std::move(result);
    }

    void noteLinks(NodeId id)
    {
        const Node& node = m_graph.at(id);
        std::size_t input = 0;
        for (std::uint32_t number = 0; number < node.inputs.size(); ++number)
            if (const SourceList* const list = node.inputs[number].list())
                for (std::uint32_t item = 0; item < list->size(); ++item)
                    m_links.push_back({{id, number, item}, *(*list)[item], input++});
            else
                m_links.push_back({{id, number}, *node.inputs[number].single(), input++});

        // Which links carry gradients shows when the node's own outputs are differentiated.
        const Evaluation& evaluation = m_beginnings[0].evaluation;
        for (const Value& output : evaluation[id].outputs) {
            if (!output.requiresGrad() || handsOn(id) || output.tape().isSevered(output.place().entry))
                continue;
            std::vector<BackwardEvent> events;
            const Root roots[] = {{output, Value(Tensor::full(output.tensor().shape(), 1.0, output.tensor().dtype()))}};
            if (const auto pass = backward(roots, {.retainGraph = true, .events = &events}); !pass)
                qFatal("%s", pass.error->message.c_str());
            for (const BackwardEvent& event : events)
                if (event.from == output.place().entry)
                    m_carrying.insert({id, event.input});
        }
    }

    const Value* find(OutputId output) const
    {
        const auto& outputs = m_whole.evaluation[output.node].outputs;
        return output.index < outputs.size() ? &outputs[output.index] : nullptr;
    }

    bool reaches(std::size_t event, std::size_t position, OutputId output) const
    {
        const Value* const value = find(output);
        return value && value->requiresGrad() && value->place() == m_whole.events[event].to
               && stepAt(event + 1) == stepAt(position);
    }

    bool handsOn(NodeId id) const
    {
        const auto& outputs = m_whole.evaluation[id].outputs;
        return outputs.size() == 1 && outputs[0].requiresGrad()
               && m_whole.evaluation.owner(outputs[0].place()) != OutputId{id, 0};
    }

    /// Whether what goes into the link requires grad, and comes out.
    bool bringsGradient(const Link& link) const
    {
        const auto output = m_whole.evaluation.resolve(link.source);
        return output && m_whole.evaluation.value(*output).requiresGrad()
               && !m_whole.evaluation[link.target.node].error;
    }

    bool canCarry(const Link& link) const
    {
        return handsOn(link.target.node) ? link.input == 0 : m_carrying.contains({link.target.node, link.input});
    }

    bool comesThrough(std::size_t index, const Link& link) const
    {
        const BackwardEvent& event = m_whole.events[index];
        Source at;
        if (!event.from) {
            const auto& pass = std::get<Pass>(m_graph.backward[stepAt(index + 1)]);
            at = pass.roots[std::size_t(event.order)];
        } else {
            const NodeId from = m_whole.evaluation.owner({std::uint32_t(*event.from), 0})->node;
            if (link.target.node == from && link.input == event.input)
                return true;
            at = sourceOf(from, event.input);
        }
        while (handsOn(at.node)) {
            if (link.target.node == at.node && link.input == 0)
                return true;
            at = sourceOf(at.node, 0);
        }
        return false;
    }

    Source sourceOf(NodeId node, std::size_t input) const
    {
        return std::ranges::find_if(m_links, [&](const Link& link) {
            return link.target.node == node && link.input == input;
        })->source;
    }

    GradState storedSoFar(std::size_t position, OutputId output) const
    {
        const Value* const value = find(output);
        if (!value || !value->requiresGrad())
            return {};
        const OutputId owner = *m_whole.evaluation.owner(value->place());
        std::size_t steps = m_whole.steps.size();
        if (position < m_whole.events.size()) {
            const auto [arrived, all] = contributions(position, output);
            steps = stepAt(position) + (position > 0 && all > 0 && arrived == all);
        }
        const StoredGradients& gradients = m_beginnings[steps].stored;
        const bool isKept = m_whole.evaluation.isLeaf(*value) || m_graph.at(owner.node).retainGrad;
        const Value* const grad = gradients.find(owner);
        if (!grad)
            return {isKept ? Kind::IsNone : Kind::NotRetained};
        const int passes = gradients.passes(owner);
        return {passes == 0 ? Kind::Zeros : passes == 1 ? Kind::Fresh : Kind::Accumulated, grad->tensor(), passes};
    }

    Graph m_graph;
    Run m_whole;
    std::vector<Run> m_beginnings;  // By number of steps.
    std::vector<Link> m_links;
    std::set<std::pair<NodeId, std::size_t>> m_carrying;
};

std::string words(const GradState& state)
{
    return std::to_string(int(state.kind)) + " " + std::to_string(state.passes) + " " + text(state.tensor);
}

std::string words(const std::optional<Tensor>& tensor)
{
    return tensor ? text(*tensor) : "-";
}

std::string leaf(const std::string& name, const std::string& value)
{
    return R"({"name": ")" + name + R"(", "op": "tensor", "attributes": {"value": ")" + value
           + R"(", "requires_grad": true}},)";
}

std::string node(const std::string& name, const std::string& op, const std::string& inputs,
                 const std::string& more = "")
{
    return R"({"name": ")" + name + R"(", "op": ")" + op + R"(", "inputs": [)" + inputs + "]" + more + "},";
}

std::string nodes(std::string list)
{
    list.pop_back();
    return list;
}

}  // namespace

class ReplayTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contributionsArriveOneByOne()
    {
        const Shown shown(nodes(leaf("x", "3.") + node("y", "mul", R"("x", "x")") + node("z", "add", R"("y", "x")")),
                          R"({"roots": ["z"]})");
        // Events: root z; z to y and x; y to x twice.
        QCOMPARE(shown.end.position(), 5u);
        const char* const flows[] = {"- 0/3", "- 0/3", "- 0/3", "1.0 1/3", "4.0 2/3", "7.0 3/3"};
        for (std::size_t k = 0; k <= 5; ++k) {
            QCOMPARE(shown.flow(k, "x"), std::string(flows[k]));
            QCOMPARE(shown.grad(k, "x"), std::string(k < 5 ? "not yet" : "fresh 7.0"));
            QCOMPARE(shown.grad(k, "y"), std::string("not retained"));
        }
        QCOMPARE(shown.flow(1, "z"), std::string("1.0 1/1"));
        const Moment moment = shown.end.at(4);
        QVERIFY(moment.activeLink() == shown.target("y", 0));
        QVERIFY(moment.activeOutput() == shown.output("x"));
        QVERIFY(moment.link(shown.target("y", 0)) == LinkState::Flowing);
        QVERIFY(moment.link(shown.target("y", 1)) == LinkState::Carries);
        QVERIFY(moment.link(shown.target("z", 1)) == LinkState::Carried);
        QVERIFY(!shown.end.active() && !shown.end.at(0).active());
        QVERIFY(shown.end.link(shown.target("y", 1)) == LinkState::Carried);
        QVERIFY(shown.end.link(shown.target("y", 2)) == LinkState::NoGradient);
        QVERIFY(shown.end.at(1).activeOutput() == shown.output("z"));
        QVERIFY(!shown.end.at(1).activeLink());
    }

    void mutedNodeIsTheTensorItHandsOn()
    {
        const Shown shown(nodes(leaf("x", "3.") + node("m", "tanh", R"("x")", R"(, "muted": true)")
                                + node("z", "mul", R"("m", "x")")),
                          R"({"roots": ["z"]})");
        QCOMPARE(shown.end.position(), 3u);
        const Moment first = shown.end.at(2);
        QVERIFY(first.activeLink() == shown.target("z", 0));
        QVERIFY(first.activeOutput() == shown.output("m"));
        QVERIFY(first.link(shown.target("m")) == LinkState::Flowing);
        for (const char* const name : {"x", "m"}) {
            QCOMPARE(shown.flow(2, name), std::string("3.0 1/2"));
            QCOMPARE(shown.grad(2, name), std::string("not yet"));
            QCOMPARE(shown.grad(3, name), std::string("fresh 6.0"));
        }
        QVERIFY(shown.end.link(shown.target("m")) == LinkState::Carried);
        QCOMPARE(shown.end.replay().returns(shown.target("m")).size(), 1u);
    }

    void itemsOfAListAreLinks()
    {
        const Shown shown(nodes(leaf("x", "[1., 2.]") + leaf("y", "[3.]") + node("c", "cat", R"(["x", "y", "x"])")
                                + node("s", "sum", R"("c")")),
                          R"({"roots": ["s"]})");
        QVERIFY(shown.end.replay().link(3) == shown.target("c", 0, 1));
        QVERIFY(shown.end.at(3).link(shown.target("c", 0, 0)) == LinkState::Flowing);
        QVERIFY(shown.end.at(3).link(shown.target("c", 0, 1)) == LinkState::Carries);
        QVERIFY(shown.end.at(3).link(shown.target("c", 0, 7)) == LinkState::NoGradient);
        QVERIFY(shown.end.replay().receiver(3) == shown.output("y"));
    }

    void storedGradientsSumPassesUntilTheyAreZeroed()
    {
        const Shown shown(nodes(leaf("x", "3.") + node("y", "add", R"("x", "x")", R"(, "retain_grad": true)")),
                          R"({"roots": ["y"]}, {"roots": ["y"]}, {"zero_grad": "zeros"}, {"roots": ["y"]},
                             {"zero_grad": "none"})");
        // Three events a pass.
        const char* const x[] = {"not yet", "not yet", "not yet", "fresh 2.0", "fresh 2.0", "fresh 2.0",
                                 "sum of 2 4.0", "zeros 0.0", "zeros 0.0", "None"};
        const char* const y[] = {"not yet", "fresh 1.0", "fresh 1.0", "fresh 1.0", "sum of 2 2.0", "sum of 2 2.0",
                                 "sum of 2 2.0", "sum of 3 3.0", "sum of 3 3.0", "sum of 3 3.0"};
        for (std::size_t k = 0; k < std::size(x); ++k) {
            QCOMPARE(shown.grad(k, "x"), std::string(x[k]));
            QCOMPARE(shown.grad(k, "y"), std::string(y[k]));
        }
        QCOMPARE(shown.flow(4, "x"), std::string("- 0/2"));
        QCOMPARE(shown.flow(3, "x"), std::string("2.0 2/2"));
    }

    void everyPositionShowsWhatHasHappenedByThen()
    {
        const unsigned seed = qEnvironmentVariableIntValue("SEED") ? qEnvironmentVariableIntValue("SEED") : 20260;
        int events = 0, passes = 0, failures = 0, notYet = 0, flowing = 0;
        for (unsigned walk = seed; walk < seed + 1000; ++walk) {
            RandomGraph random(walk);
            const Graph graph = random.graph();
            const LongWay expected(graph);
            const Moment end = momentOf(graph);
            const Evaluation& evaluation = end.evaluation();
            events += int(end.position());
            passes += end.run().passes();
            failures += end.run().error() != nullptr;
            for (int i = 0; i < 4; ++i) {
                const std::size_t k = i == 0 ? end.position() : std::size_t(random.below(int(end.position()) + 1));
                const std::string where = "seed " + std::to_string(walk) + ", position " + std::to_string(k) + ", ";
                const Moment moment = end.at(k);
                for (const NodeId id : graph.ids())
                    for (std::uint32_t output = 0; output <= evaluation[id].outputs.size(); ++output) {
                        const OutputId which{id, output};
                        const std::string at = where + graph.at(id).name + ":" + std::to_string(output) + ": ";
                        QCOMPARE(at + words(moment.flowing(which)), at + words(expected.flowing(k, which)));
                        QCOMPARE(at + words(moment.stored(which)), at + words(expected.stored(k, which)));
                        QVERIFY2(moment.contributions(which) == expected.contributions(k, which), at.c_str());
                        notYet += moment.stored(which).kind == Kind::NotYet;
                    }
                for (const LongWay::Link& link : expected.links()) {
                    const std::string at = where + graph.at(link.target.node).name + " input "
                                           + std::to_string(link.input) + ": ";
                    const LinkState state = moment.link(link.target);
                    QCOMPARE(at + std::to_string(int(state)), at + std::to_string(int(expected.link(k, link))));
                    flowing += state == LinkState::Flowing;
                    if (state == LinkState::Flowing && moment.activeLink() == link.target)
                        QVERIFY2(moment.activeOutput() == *evaluation.resolve(link.source), at.c_str());
                }
            }
        }
        qInfo("from seed %u: %d events, %d passes, %d failed, %d not yet, %d flowing", seed, events, passes, failures,
              notYet, flowing);
        QVERIFY(events > 5000 && passes > 500 && failures > 100 && notYet > 1000 && flowing > 1000);
    }

    void forwardStepsShowWhatHasBeenComputedByThen()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int hidden = 0;
        for (int round = 0; round < 100; ++round) {
            const Moment end = TheatreGraph::momentOf(random.graph());
            const auto order = end.evaluation().order();
            const auto count = std::ptrdiff_t(order.size());
            for (std::ptrdiff_t step = -count; step <= 0; ++step) {
                const Moment moment = end.atStep(step);
                QCOMPARE(moment.step(), step);
                QCOMPARE(moment.evaluated(), std::size_t(count + step));
                QCOMPARE(moment.position(), std::size_t(0));
                QCOMPARE(moment.isForward(), step < 0);
                QVERIFY(!moment.active() && (!moment.isAtEnd() || (step == 0 && end.position() == 0)));
                QVERIFY(moment.computing() == (step < 0 && step > -count ? std::optional(order[std::size_t(count + step - 1)])
                                                                          : std::nullopt));
                for (std::ptrdiff_t i = 0; i < count; ++i) {
                    const NodeId id = order[std::size_t(i)];
                    const bool isComputed = i < count + step;
                    QVERIFY(moment.result(id) == (isComputed ? &end.evaluation()[id] : nullptr));
                    QVERIFY(!moment.flowing({id}) && (isComputed || moment.stored({id}).kind == GradState::Kind::IsNone));
                    const LinkState link = moment.link({id, 0});
                    QVERIFY((link == LinkState::NotYet) == !isComputed);
                    hidden += !isComputed;
                }
            }
            QCOMPARE(end.atStep(-count - 5).step(), -count);
            QCOMPARE(end.atStep(1'000'000).step(), std::ptrdiff_t(end.position()));
        }
        QVERIFY(hidden > 1000);
    }

    void linksSayWhereGradientsAreCut()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[1., 2.]")
                               .constant("c", "[3., 4.]")
                               .node("d", "detach", R"("x")")
                               .node("i", "argmax", R"("x")")
                               .node("y", "mul", R"("d", "x")")
                               .node("z", "mul", R"("y", "c")")
                               .node("s", "sum", R"("z")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const auto link = [&](const char* node, std::uint32_t input) {
            return end.link({outputOf(end, node).node, input});
        };
        QVERIFY(link("d", 0) == LinkState::Detached && link("i", 0) == LinkState::Detached);
        QVERIFY(link("y", 0) == LinkState::NoGradient && link("y", 1) == LinkState::Carried);
        QVERIFY(link("z", 0) == LinkState::Carried && link("z", 1) == LinkState::NoGradient);
    }

    void emptyMomentShowsNothing()
    {
        const Moment moment;
        QVERIFY(moment.isEmpty() && moment.isAtEnd());
        QVERIFY(!moment.result({1}) && !moment.active() && !moment.flowing({{1}}));
        QVERIFY(moment.contributions({{1}}) == std::pair(0, 0));
        QVERIFY(moment.stored({{1}}).kind == Kind::IsNone);
        QVERIFY(moment.link({{1}}) == LinkState::NoGradient);
    }
};

QTEST_GUILESS_MAIN(ReplayTest)
#include "tst_replay.moc"

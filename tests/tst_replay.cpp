// SPDX-License-Identifier: GPL-3.0-or-later
// What a view may show at each step of a backward pass.
#include "engine/autograd/replay.h"
#include "engine/io/document.h"
#include "engine/ops/operators.h"
#include "tests/random_graph.h"
#include "tests/support.h"

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

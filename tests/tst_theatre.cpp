// SPDX-License-Identifier: GPL-3.0-or-later
// What is read from the events of a backward pass: where NaN began, how healthy gradients are, what a number is made of.
#include "engine/autograd/anomaly.h"
#include "engine/autograd/anomaly_cause.h"
#include "engine/autograd/breakpoint.h"
#include "engine/autograd/engine_queue.h"
#include "engine/autograd/explanation.h"
#include "engine/autograd/health.h"
#include "engine/autograd/local_rule.h"
#include "tests/random_graph.h"
#include "tests/theatre_graph.h"

#include <cmath>
#include <map>

using namespace chainrule;

namespace {

using Cause = AnomalyCause;
using Where = Anomaly::Where;

AnomalyTrace traceOf(const Moment& moment)
{
    auto trace = traceAnomalies(moment);
    if (!trace)
        qFatal("%s", trace.error().message.c_str());
    return *std::move(trace);
}

std::string causeText(Cause cause)
{
    constexpr const char* names[] = {"given", "overflow", "at zero", "at pole", "outside domain", "0/0", "0*inf",
                                     "inf-inf", "inf/inf", "at infinity", "unknown"};
    return names[int(cause)];
}

/// "y: at zero of 0, cells 0 2": what was found, without the sentence.
std::string text(const Moment& moment, const std::optional<Anomaly>& anomaly)
{
    if (!anomaly)
        return "none";
    const auto name = [&](NodeId node) { return moment.evaluation().graph().at(node).name; };
    std::string words = anomaly->node ? name(*anomaly->node) : "-";
    if (anomaly->where != Where::Value)
        words += (anomaly->where == Where::Sum ? " + " : " > ") + name(anomaly->output->node);
    words += ": " + causeText(anomaly->cause);
    if (anomaly->input)
        words += " of " + std::to_string(*anomaly->input);
    words += ", cells";
    for (const std::int64_t cell : anomaly->cells)
        words += " " + std::to_string(cell);
    return words;
}

/// A node of that op on constants a and b.
Moment computed(const std::string& op, const std::string& a, const std::string& b = "",
                const std::string& dtype = "float64")
{
    TheatreGraph graph;
    graph.constant("a", a, dtype);
    if (!b.empty())
        graph.constant("b", b, dtype);
    return graph.node("y", op, b.empty() ? R"("a")" : R"("a", "b")").end();
}

}  // namespace

class TheatreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void firstBadValueIsExplained_data()
    {
        QTest::addColumn<std::string>("op");
        QTest::addColumn<std::string>("a");
        QTest::addColumn<std::string>("b");
        QTest::addColumn<std::string>("dtype");
        QTest::addColumn<std::string>("found");
        const auto row = [](const char* op, const char* a, const char* b, const char* dtype, const char* found) {
            QTest::addRow("%s %s %s %s", op, a, b, dtype)
                << std::string(op) << std::string(a) << std::string(b) << std::string(dtype) << std::string(found);
        };
        row("log", "[1., 0., 2., 0.]", "", "float64", "y: at zero of 0, cells 1 3");
        row("log", "[1., -3.]", "", "float64", "y: outside domain of 0, cells 1");
        row("sqrt", "-1.", "", "float32", "y: outside domain of 0, cells 0");
        row("pow", "-2.", "0.5", "float64", "y: outside domain of 0, cells 0");
        row("exp", "[1., 100.]", "", "float32", "y: overflow, cells 1");
        row("exp", "[1., 100.]", "", "float64", "none");
        row("exp", "[1000., 1.]", "", "float64", "y: overflow, cells 0");
        row("mul", "300.", "300.", "float16", "y: overflow, cells 0");
        row("mul", "1e200", "1e200", "float64", "y: overflow, cells 0");
        row("div", "[1., 2.]", "[0., 1.]", "float64", "y: at zero of 1, cells 0");
        row("div", "[0., 2.]", "[0., 1.]", "float64", "y: 0/0 of 1, cells 0");
        row("pow", "0.", "-2.", "float64", "y: at zero of 0, cells 0");
        row("exp", "[-inf, 0.]", "", "float64", "a: given, cells 0");
        row("tanh", "[0., 1000.]", "", "float32", "none");
    }

    void firstBadValueIsExplained()
    {
        QFETCH(std::string, op);
        QFETCH(std::string, a);
        QFETCH(std::string, b);
        QFETCH(std::string, dtype);
        QFETCH(std::string, found);
        const Moment moment = computed(op, a, b, dtype);
        const AnomalyTrace trace = traceOf(moment);
        QCOMPARE(text(moment, trace.forward), found);
        QVERIFY(!trace.backward && !trace.backwardNan);
    }

    /// The catalogue has no such operation yet: log(1 + x).
    void poleIsNoOverflow()
    {
        Op op = *findOp("log");
        op.forward = [](const Call<Tensor>& call) -> Result<Tensors> {
            return Tensors{log(Value(call.x()) + 1.0).tensor()};
        };
        const CauseFound found = causeOfValue({&op, {}, {Tensor::vector({-1, 2}, DType::Float64)}}, 0, 0);
        QCOMPARE(causeText(found.cause), std::string("at pole"));
        QVERIFY(found.input == 0u);
    }

    void nanOutOfInfinitiesIsTracedApart_data()
    {
        QTest::addColumn<std::string>("op");
        QTest::addColumn<std::string>("a");
        QTest::addColumn<std::string>("b");
        QTest::addColumn<std::string>("found");
        const auto row = [](const char* op, const char* a, const char* b, const char* found) {
            QTest::addRow("%s %s %s", op, a, b) << std::string(op) << std::string(a) << std::string(b)
                                                << std::string(found);
        };
        row("sub", "[1., inf]", "[1., inf]", "y: inf-inf, cells 1");
        row("sum", "[-inf, 3., inf]", "", "y: inf-inf, cells 0");
        row("mul", "[0., inf]", "[inf, 2.]", "y: 0*inf of 0, cells 0");
        row("div", "inf", "-inf", "y: inf/inf, cells 0");
        row("sin", "inf", "", "y: at infinity of 0, cells 0");
    }

    void nanOutOfInfinitiesIsTracedApart()
    {
        QFETCH(std::string, op);
        QFETCH(std::string, a);
        QFETCH(std::string, b);
        QFETCH(std::string, found);
        const Moment moment = computed(op, a, b);
        const AnomalyTrace trace = traceOf(moment);
        QVERIFY(trace.forward && trace.forward->cause == Cause::Given);
        QCOMPARE(text(moment, trace.forwardNan), found);
    }

    void maskedSquareRootIsZeroTimesInfinity()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[0., 4.]")
                               .constant("zero", "0.")
                               .node("y", "sqrt", R"("x")")
                               .node("m", "gt", R"("x", "zero")")
                               .node("z", "where", R"("m", "y", "zero")")
                               .node("s", "sum", R"("z")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const AnomalyTrace trace = traceOf(end);
        QVERIFY(!trace.forward && !trace.forwardNan);
        QCOMPARE(text(end, trace.backward), std::string("y > x: 0*inf of 0, cells 0"));
        QCOMPARE(trace.backward->sentence,
                 std::string("What y sends back to x has NaN in 1 of 2 elements, first at [0]. It is 0 · ∞: the upstream "
                             "gradient is 0, and the derivative is infinite because input is 0: ")
                     + std::string(findOp("sqrt")->gradient)
                     + ". To mask the result makes the 0; mask the input before instead.");
        const std::size_t event = *trace.backward->event;
        QVERIFY(!traceOf(end.at(event)).backward);  // Nothing of a later step.
        QCOMPARE(text(end, traceOf(end.at(event + 1)).backward), text(end, trace.backward));
    }

    void badContributionsAreExplained()
    {
        const auto sentBack = [](TheatreGraph graph) {
            const Moment end = graph.backward(R"({"roots": ["s"]})").end();
            const AnomalyTrace trace = traceOf(end);
            return text(end, trace.backward) + " | " + text(end, trace.backwardNan);
        };
        QCOMPARE(sentBack(TheatreGraph().leaf("x", "[0., 4.]").node("y", "sqrt", R"("x")").node("s", "sum", R"("y")")),
                 std::string("y > x: at zero of 0, cells 0 | none"));
        QCOMPARE(sentBack(TheatreGraph()
                              .leaf("x", "1e30", "float32")
                              .constant("c", "1e30", "float32")
                              .constant("d", "1e-30", "float32")
                              .node("t", "mul", R"("x", "d")")
                              .node("y", "mul", R"("t", "c")")
                              .node("s", "mul", R"("y", "c")")),
                 std::string("y > t: overflow, cells 0 | none"));
        // The square root's derivative is infinite at 0, and arrives with both signs.
        QCOMPARE(sentBack(TheatreGraph()
                              .leaf("x", "0.")
                              .node("y", "sqrt", R"("x")")
                              .node("z", "sqrt", R"("x")")
                              .node("s", "sub", R"("y", "z")")),
                 std::string("z > x: at zero of 0, cells 0 | - + x: inf-inf, cells 0"));
        QCOMPARE(sentBack(TheatreGraph().leaf("x", "2.").node("s", "exp", R"("x")")), std::string("none | none"));
    }

    void tracingStops()
    {
        std::stop_source stop;
        stop.request_stop();
        const auto trace = traceAnomalies(computed("log", "0."), stop.get_token());
        QVERIFY(!trace && trace.error().kind == Error::Kind::Cancelled);
    }

    void firstBadEventIsFoundInRandomGraphs()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int found = 0;
        const auto isBad = [](const Tensor& tensor) {
            bool isFinite = true;
            for (std::int64_t i = 0; i < tensor.size(); ++i)
                isFinite &= std::isfinite(as<double>(tensor.at(i)));
            return !isFinite;
        };
        for (int round = 0; round < 300; ++round) {
            const Moment end = TheatreGraph::momentOf(withRoots(random));
            std::optional<std::size_t> first;
            const auto& events = end.run().events;
            for (std::size_t i = 0; i < events.size() && !first; ++i) {
                bool isLater = false;
                for (const auto& dy : events[i].upstream)
                    isLater |= dy && isBad(*dy);
                if (isBad(events[i].contribution) && !isLater)
                    first = i;
            }
            const AnomalyTrace trace = traceOf(end);
            if (first) {
                ++found;
                QVERIFY2(trace.backward && trace.backward->event <= first, qPrintable(QString::number(round)));
                if (trace.backward->where == Where::Contribution)
                    QCOMPARE(*trace.backward->event, *first);
            }
        }
        QVERIFY(found > 0);
    }

    void healthCountsWhatIsThere()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[-1., 2., -3., 0.5]")
                               .constant("c", "[3e5, 4e5, 1., 3e5]")
                               .node("r", "relu", R"("x")")
                               .node("y", "mul", R"("r", "c")")
                               .node("s", "sum", R"("y")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const GradientHealth health = healthOf(end);
        QCOMPARE(text(end, health), std::string("x: 500000 zeros 2 exploding; r: 583095 zeros 0 exploding; "
                                                "y: 2 zeros 0 healthy; s: 1 zeros 0 healthy; "
                                                "r 2 dead 0 saturated of 4; y 0 dead 0 saturated of 4; "));
        QCOMPARE(health.slopes[0].deadShare(), 0.5);
        QCOMPARE(health.tensors[0].size.zeroShare(), 0.5);
        QCOMPARE(health.tensors[0].size.largest, 4e5);
        QVERIFY(healthOf(end, {.explodingAbove = 1e6}).tensors[0].size.band == GradientBand::Healthy);
        // Only what has happened: the root's own gradient.
        QCOMPARE(healthOf(end.at(1)).tensors.size(), std::size_t(1));
        QVERIFY(healthOf(end.at(1)).links.empty());
        QVERIFY(healthOf(Moment()).tensors.empty());
    }

    void saturatedIsCurvedAndDeadIsExact()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[[30., 0.], [1., 20.]]")
                               .constant("c", "0.001")
                               .node("g", "sigmoid", R"("x")")
                               .node("m", "mul", R"("g", "c")")
                               .node("p", "softmax", R"("m")", R"("dim": 0)")
                               .node("t", "transpose", R"("p")", R"("dim0": 0, "dim1": 1)")
                               .node("e", "mul", R"("t", "t")")
                               .node("s", "sum", R"("e")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        std::string slopes = text(end, healthOf(end));
        slopes = slopes.substr(slopes.find("g 0"));  // Elements mix in softmax, transpose and sum.
        QCOMPARE(slopes, std::string("g 0 dead 2 saturated of 4; m 0 dead 0 saturated of 4; "
                                     "e 0 dead 0 saturated of 4; e 0 dead 0 saturated of 4; "));
    }

    void bandsFollowTheNorm()
    {
        const auto band = [](double value) { return sizeOf(Tensor::scalar(value, DType::Float64)).band; };
        QVERIFY(band(0.99e-7) == GradientBand::Vanishing && band(1e-7) == GradientBand::Healthy);
        QVERIFY(band(0.0) == GradientBand::Vanishing && band(-1e4) == GradientBand::Healthy);
        QVERIFY(band(-1.01e4) == GradientBand::Exploding && band(1e200) == GradientBand::Exploding);
        QVERIFY(band(NAN) == GradientBand::NotFinite && band(-INFINITY) == GradientBand::NotFinite);
        QVERIFY(sizeOf(Tensor::full({0}, 0.0, DType::Float32)).band == GradientBand::Healthy);
    }

    void healthOfRandomGraphsIsCountedTheLongWay()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        std::size_t links = 0;
        for (int round = 0; round < 150; ++round) {
            const Moment end = TheatreGraph::momentOf(random.graph());
            const Moment moment = end.at(std::size_t(random.below(int(end.position()) + 1)));
            const GradientHealth health = healthOf(moment);
            for (const TensorHealth& of : health.tensors) {
                const Tensor flowing = *moment.flowing(of.output);
                double squares = 0, zeros = 0;
                for (std::int64_t i = 0; i < flowing.size(); ++i) {
                    squares += std::pow(as<double>(flowing.at(i)), 2);
                    zeros += as<double>(flowing.at(i)) == 0;
                }
                QVERIFY(isClose(of.size.statistics.l2, std::sqrt(squares), {1e-12, 0}));
                QVERIFY(isClose(of.size.zeroShare(), zeros / double(flowing.size()), {1e-15, 0}));
            }
            for (const LinkHealth& of : health.links) {
                ++links;
                std::vector<double> sum(std::size_t(of.size.statistics.count));
                for (std::size_t i = 0; i < moment.position(); ++i) {
                    const BackwardEvent& event = moment.run().events[i];
                    if (event.pass == moment.run().events[moment.position() - 1].pass
                        && moment.replay().link(i) == of.link)
                        for (std::size_t e = 0; e < sum.size(); ++e)
                            sum[e] += as<double>(event.contribution.at(std::int64_t(e)));
                }
                double squares = 0;
                for (const double x : sum)
                    squares += x * x;
                if (!moment.evaluation().graph().at(of.link.node).muted && squares > 0)
                    QVERIFY(isClose(of.size.statistics.l2, std::sqrt(squares), {1e-6, 0}));
                QVERIFY(moment.link(of.link) == LinkState::Carried || moment.link(of.link) == LinkState::Flowing);
            }
        }
        QVERIFY(links > 50);
    }

    void numberIsTakenApart()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[[1., 2.], [3., 4.]]")
                               .constant("w", "[[1., 0., -5.], [2., 7., 0.]]")
                               .constant("g", "[[1., 10., 100.], [2., 20., 200.]]")
                               .node("y", "matmul", R"("x", "w")")
                               .node("s", "sum", R"("x")")
                               .backward(R"({"roots": ["y", "s"], "gradients": ["g", null]})")
                               .end();
        // dx[1][0] = 2·1 + 20·0 - 200·5, and 1 from the sum.
        const Explanation found = explained(end, "x", 2);
        QCOMPARE(text(end, found), std::string("-997.0: y[5] 200.0*-5.0=-1000.0, y[3] 2.0*1.0=2.0, s[0] 1.0*1.0=1.0"));
        QCOMPARE(found.shares.size(), std::size_t(2));
        for (const Share& share : found.shares)
            QVERIFY(share.isComplete && share.remainder == 0);
        // The sum's share has come, the product's has not.
        QCOMPARE(text(end, explained(end.at(3), "x", 2)), std::string("1.0: s[0] 1.0*1.0=1.0"));
        QCOMPARE(text(end, explained(end, "s", 0)), std::string("1.0: given 1.0"));
        const auto path = largestPath(end, *cellOf(end.evaluation(), outputOf(end, "x"), 2));
        QCOMPARE(path->size(), std::size_t(2));
        QCOMPARE(text(end, path->back()), std::string("200.0: given 200.0"));
    }

    void termsWithoutEndHaveARemainder()
    {
        TheatreGraph graph;
        graph.leaf("x", "[2.]").node("r", "arange", "", R"("end": 5000, "dtype": "float64")");
        const Moment end = graph.node("y", "mul", R"("x", "r")")
                               .node("s", "sum", R"("y")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const Explanation all = explained(end, "x", 0, {.terms = 5000});
        QCOMPARE(all.terms.size(), std::size_t(4999));  // One of them is 0.
        QVERIFY(all.shares[0].isComplete && all.shares[0].remainder == 0 && all.number == 4999 * 2500);
        const Explanation some = explained(end, "x", 0, {.terms = 100});
        QCOMPARE(some.terms.size(), std::size_t(100));
        QVERIFY(!some.shares[0].isComplete);
        double sum = some.shares[0].remainder;
        for (const Term& term : some.terms)
            sum += term.value;
        QCOMPARE(sum, some.number);
        QVERIFY(!explained(end, "x", 0, {.work = 1}).terms.empty());
    }

    void nanIsExplainedToo()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[0., 4.]")
                               .constant("c", "[0., 1.]")
                               .node("y", "sqrt", R"("x")")
                               .node("z", "mul", R"("y", "c")")
                               .node("s", "sum", R"("z")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const Explanation found = explained(end, "x", 0);
        QCOMPARE(text(end, found), std::string("nan: y[0] 0.0*inf=nan"));
        QCOMPARE(found.shares[0].remainder, 0.0);
    }

    void maskedInfinityIsNothing()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[-1., 4.]")
                               .constant("g", "[inf, 1.]")
                               .node("y", "relu", R"("x")")
                               .backward(R"({"roots": ["y"], "gradients": ["g"]})")
                               .end();
        QCOMPARE(text(end, explained(end, "x", 0)), std::string("0.0: y[0] inf*0.0=0.0"));
    }

    void whatCannotBeExplainedIsRefused()
    {
        const Moment end = TheatreGraph().leaf("x", "[2., 3.]").node("s", "sum", R"("x")").node("t", "sum", R"("x")")
                               .backward(R"({"roots": ["s"]})").end();
        const auto cell = [&](const char* name, std::int64_t element) {
            return *cellOf(end.evaluation(), outputOf(end, name), element);
        };
        QVERIFY(explanation(end, cell("t", 0)).error().kind == Error::Kind::RuntimeError);
        QVERIFY(explanation(end.at(1), cell("x", 0)).error().kind == Error::Kind::RuntimeError);
        QVERIFY(explanation(end, cell("x", 2)).error().kind == Error::Kind::IndexError);
        QVERIFY(largestPath(end, cell("x", -1)).error().kind == Error::Kind::IndexError);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(explanation(end, cell("x", 1), {.stop = stop.get_token()}).error().kind == Error::Kind::Cancelled);
    }

    /// The terms against a difference quotient of the operation itself.
    void derivativesAreSlopes()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[[0.3, -1.2, 0.7], [0.1, 0.5, -0.4]]")
                               .constant("g", "[[1., -2., 3.], [4., 5., -6.]]")
                               .node("y", "softmax", R"("x")", R"("dim": 1)")
                               .backward(R"({"roots": ["y"], "gradients": ["g"]})")
                               .end();
        for (int element = 0; element < 6; ++element) {
            const Explanation found = explained(end, "x", element);
            QCOMPARE(found.terms.size(), std::size_t(3));  // Its row.
            const auto softmaxAt = [&](std::int64_t of, double step) {
                std::vector<double> x = elementsOf(end.evaluation().value(outputOf(end, "x")).tensor());
                x[std::size_t(element)] += step;
                const std::int64_t row = of / 3 * 3;
                double total = 0;
                for (std::int64_t i = row; i < row + 3; ++i)
                    total += std::exp(x[std::size_t(i)]);
                return std::exp(x[std::size_t(of)]) / total;
            };
            for (const Term& term : found.terms) {
                const std::int64_t of = term.upstream->element;
                const double slope = (softmaxAt(of, 1e-5) - softmaxAt(of, -1e-5)) / 2e-5;
                QVERIFY(std::abs(term.derivative - slope) < 1e-9);
            }
        }
    }

    void termsOfRandomGraphsSumToTheirNumbers()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int cells = 0;
        for (int round = 0; round < 200; ++round) {
            const Moment end = TheatreGraph::momentOf(random.graph());
            const Moment moment = end.at(std::size_t(random.below(int(end.position()) + 1)));
            for (std::size_t i = 0; i < moment.position(); ++i) {
                const BackwardEvent& event = moment.run().events[i];
                if (event.pass != moment.run().events[moment.position() - 1].pass || event.sum.size() == 0)
                    continue;
                checkSum(moment, {event.to, random.below(int(event.sum.size()))});
                ++cells;
                if (QTest::currentTestFailed())
                    return;
            }
        }
        QVERIFY(cells > 100);
    }

    void breakpointsAreFoundBothWays()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[0., 4.]")
                               .node("y", "sqrt", R"("x")")
                               .node("z", "mul", R"("y", "y")")
                               .node("s", "sum", R"("z")")
                               .backward(R"({"roots": ["s"], "retain_graph": true})")
                               .end();
        // Events: s; s to z; z to y, twice; y to x with an infinity.
        BreakpointSearch search(replayOf(end));
        const NodeId y = outputOf(end, "y").node;
        const std::vector<Breakpoint> atY = {AtNode{y}}, both = {AtNotFinite(), AtNode{y}};
        const std::vector<Breakpoint> large = {AtNormAbove{1.5}}, nowhere = {AtNode{{12345}}, AtNormAbove{INFINITY}};
        using Hit = BreakpointSearch::Hit;
        QCOMPARE(end.position(), 5u);
        QVERIFY(search.next(0, atY) == (Hit{3, 0}) && search.next(3, atY) == (Hit{4, 0}));
        QVERIFY(search.next(4, both) == (Hit{5, 0}) && !search.next(5, both));
        QVERIFY(search.previous(5, both) == (Hit{4, 1}) && !search.previous(3, both));
        QVERIFY(!search.previous(0, both) && search.previous(100, atY) == (Hit{4, 0}));
        QVERIFY(!search.next(0, nowhere) && !search.previous(5, nowhere) && !search.next(0, {}));
        QVERIFY(search.next(0, large) == (Hit{3, 0}));
        QVERIFY(search.holds(AtNode{y}, 5) && !search.holds(AtNode{y}, 2) && !search.holds(AtNotFinite(), 4));
    }

    void breakpointsHoldInTheForwardPassToo()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[-1., 4.]")
                               .node("y", "sqrt", R"("x")")
                               .node("s", "sum", R"("y")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        // Steps: -2 computes x, -1 y, 0 s; then s; s to y; y to x.
        BreakpointSearch search(replayOf(end));
        const std::vector<Breakpoint> atY = {AtNode{outputOf(end, "y").node}}, bad = {AtNotFinite()};
        const std::vector<Breakpoint> large = {AtNormAbove{0}};
        using Hit = BreakpointSearch::StepHit;
        QVERIFY(search.nextStep(-3, atY) == (Hit{-1, 0}) && search.nextStep(-1, atY) == (Hit{2, 0}));
        QVERIFY(search.nextStep(-3, bad) == (Hit{-1, 0}) && search.nextStep(-1, bad) == (Hit{0, 0}));
        QVERIFY(search.nextStep(0, bad) == (Hit{3, 0}) && search.nextStep(-3, large) == (Hit{1, 0}));
        QVERIFY(search.previousStep(2, atY) == (Hit{-1, 0}) && !search.previousStep(-1, atY));
        QVERIFY(search.previousStep(3, bad) == (Hit{0, 0}) && search.previousStep(0, bad) == (Hit{-1, 0}));
        QVERIFY(!search.previousStep(-3, bad) && !search.holdsAtStep(AtNotFinite(), -3));
    }

    void breakpointsOfRandomGraphsHoldAsTheLongWaySays()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int hits = 0;
        for (int round = 0; round < 150; ++round) {
            const Moment end = TheatreGraph::momentOf(random.graph());
            const auto ids = end.evaluation().graph().ids();
            const std::vector<Breakpoint> breakpoints = {AtNode{ids[std::size_t(random.below(int(ids.size())))]},
                                                         AtNormAbove{random.below(5) + 0.37}, AtNotFinite()};
            BreakpointSearch search(replayOf(end));
            for (std::size_t from = 0; from <= end.position(); ++from) {
                std::optional<std::size_t> next, previous;
                for (std::size_t p = end.position(); p > from; --p)
                    if (holdsTheLongWay(end, p, breakpoints))
                        next = p;
                for (std::size_t p = 1; p < from; ++p)
                    if (holdsTheLongWay(end, p, breakpoints))
                        previous = p;
                const auto foundNext = search.next(from, breakpoints), foundPrevious = search.previous(from, breakpoints);
                QVERIFY(foundNext.has_value() == next.has_value() && (!next || foundNext->position == *next));
                QVERIFY(foundPrevious.has_value() == previous.has_value()
                        && (!previous || foundPrevious->position == *previous));
                for (const auto& hit : {foundNext, foundPrevious})
                    if (hit && ++hits)
                        QVERIFY(search.holds(breakpoints[hit->breakpoint], hit->position));
            }
        }
        QVERIFY(hits > 300);
    }

    void queueIsTheEngines()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "3.")
                               .leaf("v", "2.")
                               .node("y", "mul", R"("x", "v")")
                               .node("z", "exp", R"("x")")
                               .node("s", "add", R"("y", "z")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        // Of those that are ready the one recorded last runs first, and leaves at once.
        const char* const queues[] = {"s | z1 y1 v1 x2", "s | z1 y1 v1 x2", "s: y | z1 v1 x2", "z y | v1 x2",
                                      "y | v1 x1",       "y: x | v1",       "|"};
        QCOMPARE(end.position(), 6u);
        for (std::size_t k = 0; k <= 6; ++k)
            QCOMPARE(text(end, queueAt(end.at(k))), std::string(queues[k]));
        QCOMPARE(text(end, queueAt(Moment())), std::string("|"));
    }

    void queueOfAFailedPassBeginsWithWhatFailed()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "3.")
                               .node("y", "exp", R"("x")")
                               .node("s", "neg", R"("y")")
                               .backward(R"({"roots": ["s"]}, {"roots": ["s"]})")
                               .end();
        QVERIFY(end.run().error());
        QCOMPARE(text(end, queueAt(end)), std::string("y | x1"));  // Its result was freed.
        QCOMPARE(text(end, queueAt(end.at(3))), std::string("|"));
    }

    void queuesOfRandomGraphsLeadToTheNextEvent()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int steps = 0;
        for (int round = 0; round < 200; ++round) {
            const Moment end = TheatreGraph::momentOf(random.graph());
            for (const StepOutcome& step : end.run().steps)
                for (std::size_t p = step.firstEvent + 1; p <= step.endEvent; ++p, ++steps) {
                    checkQueue(end, step, p);
                    if (QTest::currentTestFailed())
                        return;
                }
        }
        QVERIFY(steps > 300);
    }

private:
    /// "running: ready, next one first | waiting and for how many".
    static std::string text(const Moment& moment, const EngineQueue& queue)
    {
        const auto name = [&](const QueuedEntry& of) { return moment.evaluation().graph().at(*of.node).name; };
        std::string words;
        if (queue.running)
            words += name(*queue.running) + ": ";
        for (const QueuedEntry& of : queue.ready)
            words += name(of) + " ";
        words += "|";
        for (const QueuedEntry& of : queue.waiting)
            words += " " + name(of) + std::to_string(of.missing);
        return words;
    }

    static void checkQueue(const Moment& end, const StepOutcome& step, std::size_t position)
    {
        const EngineQueue queue = queueAt(end.at(position));
        const auto& events = end.run().events;
        const bool hasNext = position < step.endEvent;
        if (!hasNext && !step.error)
            QVERIFY(!queue.running && queue.ready.empty() && queue.waiting.empty());
        if (hasNext && events[position].from) {
            QVERIFY(queue.running || !queue.ready.empty());
            QVERIFY(queue.running.has_value() == (events[position - 1].from == events[position].from));
            QVERIFY((queue.running ? *queue.running : queue.ready[0]).entry == *events[position].from);
        }
        if (step.inputs)
            return;
        // What waits does so for the edges of all that has not run.
        const Tape& tape = end.evaluation().tape();
        std::map<std::uint32_t, int> missing;
        const auto count = [&](std::uint32_t entry, std::size_t firstInput) {
            for (std::size_t i = firstInput; i < tape.inputCount(entry); ++i)
                if (const Place* const source = tape.source(entry, i); source && !tape.isSevered(source->entry))
                    ++missing[source->entry];
        };
        for (const auto* list : {&queue.ready, &queue.waiting})
            for (const QueuedEntry& of : *list)
                count(of.entry, 0);
        if (queue.running)
            count(queue.running->entry, events[position].input);
        for (const QueuedEntry& of : queue.waiting)
            QCOMPARE(of.missing, missing[of.entry]);
        for (const QueuedEntry& of : queue.ready)
            QCOMPARE(missing[of.entry], 0);
        QCOMPARE(std::size_t(std::ranges::count_if(missing, [](const auto& of) { return of.second > 0; })),
                 queue.waiting.size());
    }

    static std::shared_ptr<const Replay> replayOf(const Moment& moment)
    {
        return {std::make_shared<const Moment>(moment), &moment.replay()};
    }

    static bool holdsTheLongWay(const Moment& end, std::size_t position, const std::vector<Breakpoint>& breakpoints)
    {
        const Moment moment = end.at(position);
        const Replay& replay = end.replay();
        const BackwardEvent& event = end.run().events[position - 1];
        const NodeId node = std::get<AtNode>(breakpoints[0]).node;
        const auto link = replay.link(position - 1);
        bool holds = link && link->node == node;
        for (std::uint32_t k = 0; k < end.evaluation()[node].outputs.size(); ++k)
            if (const Value& value = end.evaluation().value({node, k}); value.requiresGrad())
                holds |= value.place() == event.to;
        for (const NodeId id : {node})  // A muted node lets through what arrives at it.
            if (end.evaluation().graph().at(id).muted)
                holds |= moment.link({id, 0}) == LinkState::Flowing;
        for (const Tensor& tensor : {event.contribution, event.sum}) {
            double squares = 0;
            for (const double x : elementsOf(tensor)) {
                squares += x * x;
                holds |= !std::isfinite(x);
            }
            holds |= std::sqrt(squares) > std::get<AtNormAbove>(breakpoints[1]).norm;
        }
        return holds;
    }

    static Explanation explained(const Moment& moment, const char* name, std::int64_t element,
                                 const ExplanationOptions& options = {})
    {
        auto found = explanation(moment, *cellOf(moment.evaluation(), outputOf(moment, name), element), options);
        if (!found)
            qFatal("%s", found.error().message.c_str());
        return *std::move(found);
    }

    /// "-7.0: y[1] 2.0*-3.5=-7.0".
    static std::string text(const Moment& moment, const Explanation& explanation)
    {
        std::string words = pythonFloat(explanation.number) + ":";
        for (const Term& term : explanation.terms) {
            words += &term == explanation.terms.data() ? " " : ", ";
            if (!term.upstream) {
                words += "given " + pythonFloat(term.value);
                continue;
            }
            const OutputId owner = *moment.evaluation().owner(term.upstream->place);
            words += moment.evaluation().graph().at(owner.node).name + "[" + std::to_string(term.upstream->element)
                     + "] " + pythonFloat(term.gradient) + "*" + pythonFloat(term.derivative) + "="
                     + pythonFloat(term.value);
        }
        return words;
    }

    static void checkSum(const Moment& moment, const GradientCell& cell)
    {
        const auto found = explanation(moment, cell);
        QVERIFY(found);
        const DType dtype = moment.evaluation().tape().output(cell.place.entry, cell.place.output).dtype();
        const Tape& tape = moment.evaluation().tape();
        std::optional<Value> sum;
        for (const Share& share : found->shares) {
            const Value contribution(Tensor::scalar(share.contribution, dtype));
            sum = sum ? *sum + contribution : contribution;
            QVERIFY(share.isComplete);
            const auto& from = moment.run().events[share.event].from;
            const bool isWide = dtype == DType::Float64
                                && (!from || tape.output(*from, 0).dtype() == DType::Float64);
            const double unit = isWide ? 0x1p-53 : 0x1p-24;
            double size = 0, terms = 0;
            for (const Term& term : found->terms)
                if (term.event == share.event) {
                    size += std::abs(term.value);
                    terms += term.value;
                }
            if (std::isfinite(share.contribution))
                QVERIFY2(std::abs(share.remainder) <= 16 * unit * size
                             && std::abs(terms + share.remainder - share.contribution) <= 0x1p-52 * size,
                         qPrintable(QStringLiteral("%1 of %2").arg(share.remainder).arg(size)));
        }
        QVERIFY(isClose(sum->tensor().item(), found->number, {}));  // To the last bit.
        for (const Term& term : found->terms)
            if (term.upstream) {
                const auto arrived = moment.arrived(term.upstream->place);
                QVERIFY(!arrived.empty());
                const Tensor& gradient = moment.run().events[arrived.back()].sum;
                QVERIFY(isClose(gradient.at(term.upstream->element), term.gradient, {}));
            }
        for (std::size_t i = 1; i < found->terms.size(); ++i)
            QVERIFY(!(std::abs(found->terms[i - 1].value) < std::abs(found->terms[i].value)));
    }

    static GradientHealth healthOf(const Moment& moment, const HealthOptions& options = {})
    {
        auto health = gradientHealth(moment, options);
        if (!health)
            qFatal("%s", health.error().message.c_str());
        return *std::move(health);
    }

    static std::string text(const Moment& moment, const GradientHealth& health)
    {
        constexpr const char* bands[] = {"healthy", "vanishing", "exploding", "not finite"};
        const auto name = [&](NodeId node) { return moment.evaluation().graph().at(node).name; };
        std::string words;
        for (const TensorHealth& of : health.tensors)
            words += name(of.output.node) + ": " + std::to_string(std::lround(of.size.statistics.l2)) + " zeros "
                     + std::to_string(of.size.statistics.zeros) + " " + bands[int(of.size.band)] + "; ";
        for (const SlopeHealth& of : health.slopes)
            words += name(of.link.node) + " " + std::to_string(of.dead) + " dead " + std::to_string(of.saturated)
                     + " saturated of " + std::to_string(of.elements) + "; ";
        return words;
    }
    static std::string text(const Moment& moment, const std::optional<Anomaly>& anomaly)
    {
        return ::text(moment, anomaly);
    }

    /// A random graph some of whose nodes take square roots, which are infinitely steep at 0.
    static Graph withRoots(RandomGraph& random)
    {
        Graph graph = random.graph();
        for (const NodeId id : std::vector<NodeId>(graph.ids().begin(), graph.ids().end()))
            if (Node node = graph.at(id); node.inputs.size() == 1 && node.inputs[0].single() && random.below(2)
                                          && (node.op == "tanh" || node.op == "exp")) {
                node.op = "sqrt";
                graph.replace(id, std::move(node));
            }
        return graph;
    }
};

QTEST_GUILESS_MAIN(TheatreTest)
#include "tst_theatre.moc"

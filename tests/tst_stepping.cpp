// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/safe_selection.h"
#include "app/settings.h"
#include "tests/random_graph.h"
#include "tests/theatre_graph.h"
#include "tests/window_fixture.h"
#include "widgets/canvas/link_legend.h"
#include "widgets/player/queue_words.h"
#include "widgets/player/step_line.h"
#include "widgets/plots/health_chart.h"
#include "widgets/theme/number_field.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QMenu>
#include <QSignalSpy>
#include <QtTest>

#include <cmath>
#include <random>

using namespace chainrule;

namespace {

/// The introduction's example with its pass: steps -5 … 0 compute x, y, z, p, a; then a; a to p and to z; p to y.
constexpr auto withPass = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
 {"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}, "position": [0, 160]},
 {"name": "z", "op": "tensor", "attributes": {"value": "5.", "requires_grad": true}, "position": [0, 320]},
 {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [260, 80]},
 {"name": "a", "op": "add", "inputs": ["p", "z"], "position": [520, 160]}], "backward": [{"roots": ["a"]}]})";

/// where(x > 0, OP(x), 0) of an x with a 0.
QByteArray masked(const char* op, const char* value)
{
    return QByteArray(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": ")") + value + R"(", "requires_grad": true}},
 {"name": "zero", "op": "tensor", "attributes": {"value": "0."}},
 {"name": "mask", "op": "gt", "inputs": ["x", "zero"]},
 {"name": "y", "op": ")" + op + R"(", "inputs": ["x"]},
 {"name": "z", "op": "where", "inputs": ["mask", "y", "zero"]},
 {"name": "s", "op": "sum", "inputs": ["z"]}], "backward": [{"roots": ["s"]}]})";
}

template <typename W>
W* part(MainWindow* window, const char* name)
{
    return window->findChild<W*>(QLatin1String(name));
}

QString textOf(MainWindow* window, const char* name)
{
    const auto* const label = part<QLabel>(window, name);
    return label && label->isVisible() ? label->text() : QString();
}

std::ptrdiff_t step(MainWindow* window)
{
    return window->playback().moment().step();
}

/// The one that the step that is shown brought about.
const BackwardEvent& eventShown(MainWindow* window)
{
    const Moment& moment = window->playback().moment();
    if (moment.position() == 0)
        qFatal("no backward step is shown");
    return moment.run().events[moment.position() - 1];
}

double normOf(const Tensor& tensor)
{
    double squares = 0;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        squares += as<double>(tensor.at(i)) * as<double>(tensor.at(i));
    return std::sqrt(squares);
}

std::string describe(const Panel& panel)
{
    std::string text = std::to_string(int(panel.kind)) + panel.label.toStdString() + panel.word.toStdString();
    for (const Cell& cell : panel.cells)
        text += " " + cell.text.toStdString() + "/" + std::to_string(cell.ratio);
    return text;
}

std::string describe(const Face& face)
{
    std::string text = face.description.toStdString() + "|" + face.tooltip.toStdString() + "|" + face.footer.toStdString()
        + "|" + face.flags.join(u',').toStdString() + "|" + face.badge.toStdString() + "|" + face.type.toStdString()
        + (face.isActive ? " active" : "") + (face.isStale ? " stale" : "") + (face.isError ? " error" : "");
    for (const Face::Output& output : face.outputs)
        text += "|" + describe(output.value) + "|" + describe(output.gradient);
    return text;
}

std::string describe(const LinkFlow& flow)
{
    return std::to_string(int(flow.state)) + (flow.isValueBad ? " bad value" : "")
        + (flow.isGradientBad ? " bad gradient" : "") + (flow.norm ? " " + std::to_string(*flow.norm) : "");
}

/// All that the player says.
std::string describe(const Player& player)
{
    std::string text;
    for (const QLabel* const label : player.findChildren<QLabel*>())
        if (!label->isHidden())
            text += label->text().toStdString() + "|";
    for (const QAbstractButton* const button : player.findChildren<QAbstractButton*>())
        text += button->isEnabled() ? '1' : '0';
    const auto& line = *player.findChild<StepLine*>();
    return text + std::to_string(line.value()) + " in " + std::to_string(line.minimum()) + " … "
        + std::to_string(line.maximum()) + line.accessibleDescription().toStdString();
}

/// What the views show of a graph at a step.
struct Views {
    Scene scene;
    Player player;
    Diagram diagram;

    void show(const Diagram& now, const Moment& moment)
    {
        const Delta delta = diff(diagram, now);
        diagram = now;
        scene.show(now, delta);
        show(moment);
    }
    void show(const Moment& moment)
    {
        scene.show(moment);
        player.showMoment(moment);
        player.showQueue(queueAt(moment), 0);
    }
    std::string text() const
    {
        std::string all = describe(player);
        for (const NodeId id : diagram.graph.ids()) {
            all += "\n" + describe(scene.face(id));
            for (const std::uint32_t wire : scene.wiresOf(id))
                if (scene.wire(wire).to.node == id)
                    all += "\n   " + describe(scene.flow(wire));
        }
        return all;
    }
};

}  // namespace

class SteppingTest : public QObject {
    Q_OBJECT

private:
    Settings m_settings;

private Q_SLOTS:
    void init() { QSettings().clear(); }

    void forwardStepsBringValuesOneByOne()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        auto& line = *part<StepLine>(window, "steps");
        QCOMPARE(step(window), std::ptrdiff_t(4));
        line.setFocus();
        QTest::keyClick(&line, Qt::Key_Home);
        QCOMPARE(step(window), std::ptrdiff_t(0));
        QTest::keyClick(&line, Qt::Key_Home);
        QCOMPARE(step(window), std::ptrdiff_t(-5));
        const auto known = [&] {
            QString names;
            for (const NodeId id : window->document().diagram().graph.ids()) {
                const Face& face = window->view().scene().face(id);
                if (face.outputs[0].value.kind == Panel::Kind::NotYet)
                    continue;
                names += face.name;
                const NodeResult& result = window->playback().moment().evaluation()[id];
                if (face.outputs[0].value.cells[0].text != shortNumber(result.outputs[0].tensor().item()))
                    names += QLatin1Char('!');
            }
            return names;
        };
        QCOMPARE(known(), QString());
        window->view().setFocus();
        for (const char* const names : {"x", "xy", "xyz", "xyzp", "xyzpa"}) {
            QTest::keyClick(&window->view(), Qt::Key_F10);
            QCOMPARE(known(), QLatin1String(names));
        }
        QCOMPARE(step(window), std::ptrdiff_t(0));
        QTest::keyClick(&window->view(), Qt::Key_F9);
        QCOMPARE(known(), QStringLiteral("xyzp"));
        QCOMPARE(line.accessibleDescription(), QStringLiteral("forward, step 4 of 5, p, mul"));
        line.setFocus();
        QTest::keyClick(&line, Qt::Key_End);
        QCOMPARE(step(window), std::ptrdiff_t(4));
        QVERIFY(line.accessibleDescription().startsWith(QStringLiteral("step 4 of 4, y ← p")));
    }

    void queueIsSaidAtEachStep()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        const char* const expected[] = {
            "ready a   waiting p (0 of 1) · z (0 of 1) · y (0 of 1)", "ready a   waiting p (0 of 1) · z (0 of 1) · y (0 of 1)",
            "running a   ready p   waiting z (0 of 1) · y (0 of 1)", "ready p   waiting y (0 of 1)",
            "ready none   waiting none"};
        for (std::size_t position = 0; position <= 4; ++position) {
            window->playback().goTo(position);
            const QString text = textOf(window, "queue");
            QCOMPARE(text.section(QStringLiteral("   recorded"), 0, 0), QString::fromUtf8(expected[position]));
            QVERIFY(text.endsWith(QStringLiteral("recorded 4 contributions, 16 B")));
        }
        window->playback().goToStep(-2);
        QCOMPARE(textOf(window, "queue"), QStringLiteral("recorded 4 contributions, 16 B"));
    }

    void playStopsAtAMarkedNode()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        auto& player = *part<Player>(window, "player");
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_B);
        QVERIFY(window->view().scene().hasBreakpoint(node(window, "p")));
        auto& speed = *part<QComboBox>(window, "speed");
        speed.setFocus();
        QTest::keyClick(&speed, Qt::Key_Home);
        QCOMPARE(player.interval(), 2800);  // A quarter of the speed.
        QTest::keyClick(&speed, Qt::Key_End);
        QCOMPARE(player.interval(), 87);    // Eight times as fast.
        window->view().setFocus();
        window->playback().goToStep(-5);
        QTest::keyClick(&window->view(), Qt::Key_F7);
        QVERIFY(player.isPlaying());
        for (const std::ptrdiff_t stop : {-1, 2, 4}) {
            QTRY_VERIFY(!player.isPlaying());
            QCOMPARE(step(window), stop);
            if (stop < 4)
                QCOMPARE(textOf(window, "stopped"), QStringLiteral("Breakpoint: p"));
            QVERIFY(!window->commands().action(CommandId::Play)->isChecked());
            QTest::keyClick(&window->view(), Qt::Key_F7);
        }
        QVERIFY(step(window) == 0 && player.isPlaying());  // Anew, from the end.
        QTest::keyClick(&window->view(), Qt::Key_F7);
        QVERIFY(!player.isPlaying());
        QTest::keyClick(&window->view(), Qt::Key_F9);
        QCOMPARE(textOf(window, "stopped"), QString());  // Of another step.
    }

    void continueGoesToBreakpointsBothWays()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        const auto goOn = [&](Qt::KeyboardModifiers modifiers) { QTest::keyClick(&window->view(), Qt::Key_F8, modifiers); };
        select(window, "y");
        press(window, CommandId::BreakAtNode);
        window->playback().goToStep(-5);
        goOn({});
        QTRY_COMPARE(step(window), std::ptrdiff_t(-3));
        goOn({});
        QTRY_COMPARE(step(window), std::ptrdiff_t(4));
        goOn(Qt::ShiftModifier);
        QTRY_COMPARE(step(window), std::ptrdiff_t(-3));
        goOn(Qt::ShiftModifier);
        QTRY_COMPARE(hint(window), QStringLiteral("No breakpoint lies before this step."));
        QCOMPARE(step(window), std::ptrdiff_t(-3));
        press(window, CommandId::ClearBreakpoints);
        QVERIFY(!window->view().scene().hasBreakpoint(node(window, "y")));
        goOn({});
        QTRY_COMPARE(step(window), std::ptrdiff_t(4));
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("There is no breakpoint")));
    }

    void continueStopsAtNumbers()
    {
        Desk desk;
        MainWindow* const window = desk.open(masked("sqrt", "[0., 4.]"));
        QVERIFY(!window->breakpoints().stops().atNotFinite);
        auto* const box = part<QCheckBox>(window, "breakOnNaN");
        QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(6, box->height() / 2));
        QVERIFY(window->commands().action(CommandId::BreakAtNotFinite)->isChecked());
        window->playback().goToStep(-100);
        QTest::keyClick(&window->view(), Qt::Key_F8);
        QTRY_COMPARE(textOf(window, "stopped"), QStringLiteral("Breakpoint: NaN or Inf"));
        QVERIFY(!std::isfinite(normOf(eventShown(window).contribution)));
        for (std::size_t i = 0; i + 1 < window->playback().moment().position(); ++i)
            QVERIFY(std::isfinite(normOf(window->playback().moment().run().events[i].sum)));
        press(window, CommandId::BreakAtNotFinite);

        auto& limit = *part<NumberField>(window, "breakNorm");
        QCOMPARE(limit.text(), QStringLiteral("1e3"));
        limit.setFocus();
        limit.selectAll();
        QTest::keyClicks(&limit, QStringLiteral("1.2"));
        QTest::keyClick(&limit, Qt::Key_Return);
        QVERIFY(window->breakpoints().stops() == (Stops{false, true, 1.2}));
        QVERIFY(settings::stops() == (Stops{false, true, 1.2}));
        limit.selectAll();
        QTest::keyClicks(&limit, QStringLiteral("-x"));
        QTest::keyClick(&limit, Qt::Key_Return);
        QCOMPARE(limit.text(), QStringLiteral("1.2"));
        window->playback().goTo(0);
        window->view().setFocus();
        QTest::keyClick(&window->view(), Qt::Key_F8);
        QTRY_COMPARE(textOf(window, "stopped"), QStringLiteral("Breakpoint: norm > 1.2"));
        QVERIFY(normOf(eventShown(window).contribution) > 1.2);
        for (std::size_t i = 0; i + 1 < window->playback().moment().position(); ++i)
            QVERIFY(!(normOf(window->playback().moment().run().events[i].sum) > 1.2));
    }

    void aBreakpointGoesWithItsNode()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_B);
        const NodeId p = node(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_Delete);
        Desk::settle(window);
        QVERIFY(window->breakpoints().nodes().empty() && !window->view().scene().contains(p));
        QTest::keyClick(&window->view(), Qt::Key_F8);
        QTest::qWait(30);
        QCOMPARE(textOf(window, "stopped"), QString());
        press(window, CommandId::Undo);
        QVERIFY(!window->view().scene().hasBreakpoint(p));
        QVERIFY(!window->commands().action(CommandId::ClearBreakpoints)->isEnabled());
    }

    void breakpointsAreNoPartOfTheDocument()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        const Diagram before = window->document().diagram();
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_B);
        QVERIFY(window->document().diagram() == before && !window->document().isModified());
        QTest::keyClick(&window->view(), Qt::Key_B);
        QVERIFY(window->breakpoints().isEmpty());
    }

    void linksShowWhatFlowsOrAllAlike()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        window->playback().goTo(2);
        const Scene& scene = window->view().scene();
        const auto flow = [&](const char* to, std::uint32_t input) { return scene.flow({node(window, to), input}); };
        QVERIFY(flow("a", 0).state == LinkState::Flowing && flow("a", 0).norm == 1.0);
        QVERIFY(flow("a", 1).state == LinkState::Carries && !flow("a", 1).norm);
        QVERIFY(flow("p", 0).state == LinkState::NoGradient);
        const QImage shown = window->view().grab().toImage();
        QTest::keyClick(&window->view(), Qt::Key_O);
        QVERIFY(!window->view().showsGradients() && !settings::showsGradients());
        QVERIFY(window->view().grab().toImage() != shown);
        QTest::keyClick(&window->view(), Qt::Key_O);
        QVERIFY(window->view().grab().toImage() == shown);
        QTest::keyClick(&window->view(), Qt::Key_O, Qt::ShiftModifier);
        auto* const legend = window->findChild<LinkLegend*>();
        QVERIFY(legend->isVisible());
        QTest::mouseClick(legend, Qt::LeftButton);
        QVERIFY(!legend->isVisible() && !window->commands().action(CommandId::ShowLegend)->isChecked());
    }

    void flowsAreMeasuredAsTheLongWaySays()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        int measured = 0;
        for (int round = 0; round < 200; ++round) {
            const Graph graph = random.graph();
            const Moment end = TheatreGraph::momentOf(graph);
            Scene scene;
            scene.show(Diagram{graph, {}}, wholeOf(Diagram{graph, {}}));
            for (std::size_t k = 0; k <= end.position(); k += 1 + k / 4) {
                const Moment moment = end.at(k);
                scene.show(moment);
                for (const NodeId id : graph.ids())
                    for (const Link& link : scene.linksOf(id)) {
                        const LinkFlow flow = scene.flow(link.to);
                        QVERIFY(flow.state == moment.link(link.to));
                        const auto returned = moment.returned(link.to);
                        QCOMPARE(flow.norm.has_value(), !returned.empty());
                        if (returned.empty())
                            continue;
                        const double norm = normOf(end.run().events[returned.back()].contribution);
                        QVERIFY(flow.isGradientBad == !std::isfinite(norm));
                        QVERIFY(flow.isGradientBad || std::abs(*flow.norm - norm) <= 1e-9 * norm);
                        ++measured;
                    }
            }
        }
        QVERIFY(measured > 1000);
    }

    void statesOfGradAreToldApart()
    {
        const char* const pass = R"({"roots": ["s"], "retain_graph": true})";
        const char* const zeros = R"({"zero_grad": "zeros"})";
        const auto graph = [] {
            return TheatreGraph().leaf("x", "[1., 2.]").leaf("u", "3.").node("y", "mul", R"("x", "x")").node("s", "sum", R"("y")");
        };
        const auto said = [](const Moment& moment, const char* name, Freshness freshness = Freshness::Current) {
            const Face face = faceOf(Diagram{moment.evaluation().graph(), {}}, outputOf(moment, name).node, moment, freshness);
            const Panel& panel = face.outputs[0].gradient;
            return face.footer + QStringLiteral(" | ") + panel.label + u' '
                + (panel.kind == Panel::Kind::Word ? panel.word : panel.kind == Panel::Kind::NotYet ? QStringLiteral("…")
                                                                                                   : panel.cells[0].text);
        };
        const Moment none = graph().end();
        QCOMPARE(said(none, "x"), QStringLiteral("leaf · .grad is None | grad None"));
        QCOMPARE(said(none, "y"), QStringLiteral("MulBackward0 | grad None"));
        const Moment once = graph().backward(pass).end();
        QCOMPARE(said(once, "x"), QStringLiteral("leaf · .grad of one pass | .grad 2"));
        QCOMPARE(said(once, "u"), QStringLiteral("leaf · .grad is None | grad None"));
        QCOMPARE(said(once, "y"), QStringLiteral("MulBackward0 | grad 1"));  // What flowed; nothing is kept.
        QCOMPARE(inWords(once.stored(outputOf(once, "y"))), QStringLiteral(".grad is None: not retained, as this is no leaf"));
        QCOMPARE(said(once.at(2), "x"), QStringLiteral("leaf · not reached yet | grad …"));
        QCOMPARE(said(once, "x", Freshness::Stale), QStringLiteral("stale · leaf · .grad of one pass | .grad 2"));
        const Moment thrice = graph().backward(pass).backward(pass).backward(pass).end();
        QCOMPARE(said(thrice, "x"), QStringLiteral("leaf · .grad is the sum of 3 passes | .grad 6"));
        QCOMPARE(said(thrice, "y"), QStringLiteral("MulBackward0 | grad 1"));
        const Moment zeroed = graph().backward(pass).backward(zeros).end();
        QCOMPARE(said(zeroed, "x"), QStringLiteral("leaf · .grad is zeros since zero_grad | .grad 0"));
    }

    void healthIsThatOfEveryGradient()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        QTest::keyClick(&window->view(), Qt::Key_H, Qt::ControlModifier);
        auto* const chart = window->findChild<HealthChart*>();
        QVERIFY(chart->isVisible());
        for (const std::size_t k : {std::size_t(4), std::size_t(2), std::size_t(0)}) {
            window->playback().goTo(k);
            const Moment& moment = window->playback().moment();
            std::size_t norms = 0;
            for (const HealthChart::Point& point : chart->points()) {
                const auto gradient = moment.flowing({point.node});
                QCOMPARE(point.norm.has_value(), gradient.has_value());
                QVERIFY(!gradient || std::abs(*point.norm - normOf(*gradient)) < 1e-12);
                norms += point.norm.has_value();
            }
            QCOMPARE(norms, k == 4 ? std::size_t(4) : k == 2 ? std::size_t(2) : std::size_t(0));
        }
        window->playback().goTo(4);
        QTest::qWait(0);
        const auto& points = chart->points();
        const auto y = std::ranges::find(points, node(window, "y"), &HealthChart::Point::node);
        QTest::mouseClick(chart, Qt::LeftButton, {}, chart->position(std::size_t(y - points.begin())).toPoint());
        QVERIFY(window->view().current() == node(window, "y"));
    }

    void bandsCanBeSet()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        press(window, CommandId::ShowHealth);
        press(window, CommandId::HealthOnNodes);
        const auto finding = [&](const char* name) {
            const NodeHealth* const health = window->view().scene().health(node(window, name));
            return health ? findingWords(*health) : QStringLiteral("none");
        };
        QCOMPARE(finding("y"), QString());
        QCOMPARE(finding("x"), QStringLiteral("none"));
        auto& limit = *part<NumberField>(window, "explodingAbove");
        limit.setFocus();
        limit.selectAll();
        QTest::keyClicks(&limit, QStringLiteral("2"));
        QTest::keyClick(&limit, Qt::Key_Return);
        QCOMPARE(finding("y"), QStringLiteral("exploding 3"));
        QCOMPARE(settings::healthLimits().explodingAbove, 2.0);
        QVERIFY(textOf(window, "healthSummary").contains(QStringLiteral("exploding 1")));
        window->playback().goTo(3);
        QCOMPARE(finding("y"), QStringLiteral("none"));  // Nothing of a later step.
        press(window, CommandId::HealthOnNodes);
        QVERIFY(!window->view().scene().showsHealth());
    }

    void whatIsWrongIsSaidOnNodes()
    {
        const Moment end = TheatreGraph()
                               .leaf("x", "[-1., -2., 3.]")
                               .constant("small", "1e-12")
                               .node("r", "relu", R"("x")")
                               .node("t", "mul", R"("r", "small")")
                               .node("w", "tanh", R"("x")")
                               .node("u", "add", R"("t", "w")")
                               .node("s", "sum", R"("u")")
                               .backward(R"({"roots": ["s"]})")
                               .end();
        const HealthByNode nodes = healthByNode(*gradientHealth(end));
        const auto words = [&](const char* name) { return findingWords(nodes.at(outputOf(end, name).node)); };
        QCOMPARE(words("r"), QStringLiteral("dead 67 %"));
        QCOMPARE(words("t"), QString());
        QCOMPARE(words("s"), QString());
        QVERIFY(healthWords(nodes.at(outputOf(end, "r").node)).contains(QStringLiteral("norm 1.732e-12")));
    }

    void anomaliesAreSaidAndReached()
    {
        Desk desk;
        MainWindow* const window = desk.open(masked("sqrt", "[0., 4.]"));
        QTRY_VERIFY(!window->anomalies().isSearching());
        NoticeBar* const bar = shownBar(window);
        QVERIFY(bar && bar->text().startsWith(QStringLiteral("Backward: What y sends back to x has NaN in 1 of 2 elements, first at [0]. It is 0 · ∞")));
        QTest::mouseClick(offer(window, QStringLiteral("Go to Node")), Qt::LeftButton);
        QVERIFY(window->view().current() == node(window, "y"));
        QTest::mouseClick(offer(window, QStringLiteral("Go to Step")), Qt::LeftButton);
        QVERIFY(!std::isfinite(normOf(eventShown(window).contribution)));
        window->playback().goTo(0);
        window->view().select({});
        QTest::keyClick(&window->view(), Qt::Key_N);
        QVERIFY(window->view().current() == node(window, "y"));
        QVERIFY(!std::isfinite(normOf(eventShown(window).contribution)));
    }

    void maskingTheInputCures_data()
    {
        QTest::addColumn<QByteArray>("op");
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("root") << QByteArray("sqrt") << QByteArray("[0., 4.]");
        QTest::newRow("logarithm") << QByteArray("log") << QByteArray("[-1., 0., 2.]");
        QTest::newRow("logarithm of 0") << QByteArray("log") << QByteArray("[0., 2.]");
        QTest::newRow("root of negative") << QByteArray("sqrt") << QByteArray("[-1., 4.]");
    }

    void maskingTheInputCures()
    {
        QFETCH(QByteArray, op);
        QFETCH(QByteArray, value);
        Desk desk;
        MainWindow* const window = desk.open(masked(op.constData(), value.constData()));
        QTRY_VERIFY(!window->anomalies().isSearching());
        const Diagram before = window->document().diagram();
        const std::string sum = repr(window->playback().moment().result(node(window, "s"))->outputs[0].tensor());
        QPushButton* const cure = offer(window, QStringLiteral("Mask the Input Instead"));
        QVERIFY(cure);
        QTest::mouseClick(cure, Qt::LeftButton);
        Desk::settle(window);
        QTRY_VERIFY(!window->anomalies().isSearching());
        QVERIFY(!window->anomalies().hasAnomaly() && !shownBar(window));
        const Graph& graph = window->document().diagram().graph;
        const NodeId safe = node(window, "safe_y");
        QVERIFY(safe.value != 0 && graph.at(node(window, "y")).inputs[0] == Input{Source{safe}});
        QCOMPARE(graph.at(safe).op, graph.at(node(window, "z")).op);
        QVERIFY(graph.at(safe).inputs[0] == Input{Source{node(window, "mask")}}
                && graph.at(safe).inputs[1] == Input{Source{node(window, "x")}});
        QCOMPARE(repr(window->playback().moment().result(node(window, "s"))->outputs[0].tensor()), sum);
        QVERIFY(std::isfinite(normOf(*window->playback().moment().flowing({node(window, "x")}))));
        press(window, CommandId::Undo);
        QVERIFY(window->document().diagram() == before);
    }

    void whatIsNotMaskedHasNoSuchCure()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[0., 4.]", "requires_grad": true}},
 {"name": "y", "op": "log", "inputs": ["x"]},
 {"name": "s", "op": "sum", "inputs": ["y"]}], "backward": [{"roots": ["s"]}]})");
        QTRY_VERIFY(!window->anomalies().isSearching());
        QVERIFY(shownBar(window)->text().startsWith(QStringLiteral("Forward: ")));
        QVERIFY(!offer(window, QStringLiteral("Mask the Input Instead")) && offer(window, QStringLiteral("Go to Node")));
        QTest::mouseClick(offer(window, QStringLiteral("Go to Step")), Qt::LeftButton);
        QVERIFY(window->playback().moment().computing() == node(window, "y"));
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("[1., 4.]")});
        Desk::settle(window);
        QTRY_VERIFY(!window->anomalies().isSearching());
        QVERIFY(!shownBar(window));
    }

    // Bad input

    void backwardWhereNothingFlowsSaysSo()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[1., 4.]"}},
 {"name": "s", "op": "sum", "inputs": ["x"]}], "backward": [{"roots": ["s"]}]})");
        QVERIFY(shownBar(window)->text().contains(QStringLiteral("does not require grad and does not have a grad_fn")));
        QCOMPARE(window->playback().length(), std::size_t(0));
        QTest::keyClick(&window->view(), Qt::Key_F9);
        QCOMPARE(step(window), std::ptrdiff_t(-1));  // There is a forward pass still.
        for (const int key : {Qt::Key_F8, Qt::Key_F10, Qt::Key_F10, Qt::Key_F7})
            QTest::keyClick(&window->view(), Qt::Key(key));
        QTest::qWait(30);
        QVERIFY(!textOf(window, "queue").contains(QStringLiteral("ready s")));
    }

    void aGradientOfTheWrongShapeStopsThePass()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[1., 4.]", "requires_grad": true}},
 {"name": "y", "op": "mul", "inputs": ["x", "x"]},
 {"name": "g", "op": "tensor", "attributes": {"value": "[1., 1., 1.]"}}],
 "backward": [{"roots": ["y"], "gradients": ["g"]}]})");
        QVERIFY(shownBar(window)->text().contains(QStringLiteral("Mismatch in shape")));
        QCOMPARE(gradText(window, "x"), QStringLiteral("None"));
        for (const int key : {Qt::Key_F9, Qt::Key_F8, Qt::Key_F10})
            QTest::keyClick(&window->view(), Qt::Key(key));
        QTest::qWait(30);
        QVERIFY(window->playback().moment().isAtEnd());
    }

    /// Under the steps, whatever the width and however low the panel is made.
    void theWordsOfAFailedPassHaveRoom()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[1., 4.]", "requires_grad": true}},
 {"name": "y", "op": "mul", "inputs": ["x", "x"]},
 {"name": "s", "op": "sum", "inputs": ["y"]}],
 "backward": [{"roots": ["s"]}, {"roots": ["s"]}]})");
        const auto* const words = part<QLabel>(window, "passError");
        const auto* const line = part<QWidget>(window, "steps");
        auto* const dock = window->findChild<QDockWidget*>(QStringLiteral("player"));
        QVERIFY(words->isVisible() && words->text().contains(QStringLiteral("backward through the graph a second time")));
        for (const int width : {1400, 1000, 1200}) {
            window->resize(width, 800);
            window->resizeDocks({dock}, {40}, Qt::Vertical);
            QTRY_VERIFY2(words->height() >= words->heightForWidth(words->width()),
                         qPrintable(QStringLiteral("%1: %2 of %3").arg(width).arg(words->height()).arg(words->heightForWidth(words->width()))));
            QVERIFY(words->geometry().top() > line->geometry().bottom());
            QVERIFY(words->geometry().bottom() <= words->parentWidget()->height());
        }
    }

    void anEditDuringPlaybackKeepsTheStepOrEndsIt()
    {
        Desk desk;
        MainWindow* const window = desk.open(withPass);
        auto& player = *part<Player>(window, "player");
        window->playback().goToStep(-3);
        QTest::keyClick(&window->view(), Qt::Key_F7);
        QVERIFY(player.isPlaying());
        const std::ptrdiff_t at = step(window);
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("7.")});
        Desk::settle(window);
        QVERIFY(!player.isPlaying());  // It was another run.
        QCOMPARE(step(window), at);
        QTest::keyClick(&window->view(), Qt::Key_F7);
        window->document().apply(RemoveNodes{{node(window, "p")}});
        Desk::settle(window);
        QVERIFY(!player.isPlaying() && window->playback().moment().isAtEnd());
    }

    void aCancelledRunLeavesWhatWasShown()
    {
        Desk desk;
        QByteArray nodes = R"( {"name": "x", "op": "tensor", "attributes": {"value": "3.", "requires_grad": true}},
 {"name": "p", "op": "mul", "inputs": ["x", "x"]})";
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes
                                             + R"(], "backward": [{"roots": ["p"]}]})");
        window->playback().goTo(2);
        const std::size_t length = window->playback().length();
        window->live().setAutoRun(false);
        Several large{"Grow", {}};
        const Graph& graph = window->document().diagram().graph;
        NodeId last = graph.nextId();
        Node random{.name = "r", .op = "randn"};
        random.setAttribute("size", IntList{800, 800});
        large.edits.push_back(AddNode{last, random});
        for (int i = 0; i < 60; ++i) {
            const NodeId next{last.value + 1};
            large.edits.push_back(AddNode{next, {.name = "m" + std::to_string(i), .op = "matmul",
                                                 .inputs = {{Source{last}}, {Source{graph.nextId()}}}}});
            last = next;
        }
        large.edits.push_back(SetAttribute{node(window, "x"), "value", std::string("7.")});
        window->document().apply(large);
        window->live().run();
        QTest::qWait(30);  // Somewhere among the products.
        window->live().cancel();
        QTRY_VERIFY(!window->live().isRunning());
        QVERIFY(!window->live().isFresh());
        QCOMPARE(step(window), std::ptrdiff_t(2));
        QCOMPARE(window->playback().length(), length);
        QVERIFY(window->view().scene().isStale(node(window, "p")) && window->view().scene().face(node(window, "p")).isStale);
        QTest::keyClick(&window->view(), Qt::Key_F9);
        QCOMPARE(step(window), std::ptrdiff_t(1));
        QTest::keyClick(&window->view(), Qt::Key_F8);
        QTRY_COMPARE(step(window), std::ptrdiff_t(length));
    }

    void whatAStepDoesNotChangeIsNotDrawnAnew()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        std::mt19937 dice(seed);
        int pictures = 0;
        for (int round = 0; round < 25; ++round) {
            const Diagram diagram{random.graph(), {}};
            const Moment end = TheatreGraph::momentOf(diagram.graph);
            GraphView view, other;
            for (GraphView* const each : {&view, &other}) {
                each->resize(700, 500);
                each->showDiagram(diagram, wholeOf(diagram));
                each->showMoment(end);
                each->frameAll();
            }
            const auto all = int(end.replay().forwardLength() + end.replay().length());
            std::ptrdiff_t step = std::ptrdiff_t(dice() % unsigned(all + 1)) - std::ptrdiff_t(end.replay().forwardLength());
            for (int i = 0; i < 10; ++i) {
                view.showMoment(end.atStep(step));
                other.showMoment(end);
                other.showMoment(end.atStep(step));  // From the end everything is drawn anew.
                QVERIFY2(view.grab().toImage() == other.grab().toImage(),
                         ("seed " + std::to_string(seed) + ", step " + std::to_string(step)).c_str());
                step += std::ptrdiff_t(dice() % 5) - 2;
                ++pictures;
            }
        }
        QCOMPARE(pictures, 250);
    }

    void whatIsShownDependsOnTheStepAlone()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        std::mt19937 dice(seed);
        const auto below = [&](int count) { return int(dice() % unsigned(count)); };
        int compared = 0, edits = 0;
        for (int walk = 0; walk < 1000; ++walk) {
            Diagram diagram{random.graph(), {}};
            Playback playback;
            Views views;
            const auto newest = [&] { return TheatreGraph::momentOf(diagram.graph).sharedReplay(); };
            std::shared_ptr<const Replay> replay = newest();
            playback.show(replay);
            views.show(diagram, playback.moment());
            connect(&playback, &Playback::momentChanged, &views.player, [&](const Moment& moment) { views.show(moment); });
            for (int i = 0; i < 12; ++i) {
                const int all = int(replay->forwardLength() + replay->length());
                switch (below(8)) {
                case 0:
                    playback.goToStep(below(all + 1) - int(replay->forwardLength()));
                    break;
                case 1: {
                    Diagram edited{random.edited(diagram.graph), {}};
                    const Delta delta = diff(diagram, edited);
                    views.scene.show(edited, delta);
                    views.diagram = edited;
                    diagram = edited;
                    replay = newest();
                    playback.show(replay);
                    ++edits;
                    break;
                }
                case 2:
                case 3:
                case 4: playback.stepForward(); break;
                default: playback.stepBack();
                }
            }
            Views fresh;
            fresh.show(diagram, Moment(newest()).atStep(playback.moment().step()));
            const std::string what = "seed " + std::to_string(seed) + ", walk " + std::to_string(walk) + "\n";
            QCOMPARE(what + views.text(), what + fresh.text());
            compared += int(diagram.graph.size());
        }
        qInfo("%d nodes compared, %d edits", compared, edits);
        QVERIFY(compared > 5000 && edits > 1000);
    }
};

#include "tst_stepping.moc"
QTEST_MAIN(SteppingTest)

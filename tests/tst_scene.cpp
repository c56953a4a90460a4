// SPDX-License-Identifier: GPL-3.0-or-later
// Faces as text, the geometry of a scene, and the view that shows it: moving about, what it draws and says.
#include "tests/random_graph.h"
#include "tests/shown_graph.h"
#include "widgets/canvas/canvas_picture.h"
#include "widgets/canvas/decoration_painter.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/style_sheet.h"

#include <QBackingStore>
#include <QHelpEvent>
#include <QNativeGestureEvent>
#include <QSvgGenerator>
#include <QToolTip>
#include <QtTest>
#include <QWheelEvent>

#include <random>
#include <thread>

using namespace chainrule;

namespace {

const std::string network = R"(
    {"name": "x", "op": "tensor", "attributes": {"value": "[[1., -1., 0.5], [0.4, 1.5, -1.]]"}, "position": [0, 0]},
    {"name": "W", "op": "tensor", "attributes": {"value": "[[0.8, 0.3, -0.6], [-0.4, 1.1, 0.2]]",
                                                 "requires_grad": true}, "position": [0, 180]},
    {"name": "b", "op": "tensor", "attributes": {"value": "[0.1, -0.2]", "requires_grad": true}, "position": [0, 360]},
    {"name": "z", "op": "linear", "inputs": ["x", "W", "b"], "position": [240, 180]},
    {"name": "r", "op": "relu", "inputs": ["z"], "position": [480, 60]},
    {"name": "g", "op": "sigmoid", "inputs": ["z"], "position": [480, 320]},
    {"name": "m", "op": "mul", "inputs": ["r", "g"], "position": [720, 180]},
    {"name": "loss", "op": "mean", "inputs": ["m"], "position": [960, 180]})";
const std::string onePass = R"(, "backward": [{"roots": ["loss"]}])";

std::string tensor(const std::string& value, const std::string& more = {})
{
    return R"({"name": "t", "op": "tensor", "attributes": {"value": ")" + value + "\"" + more + "}}";
}

unsigned seed()
{
    const unsigned seed = qEnvironmentVariableIsSet("SEED") ? qEnvironmentVariableIntValue("SEED") : std::random_device()();
    qInfo("SEED=%u", seed);
    return seed;
}

/// A diagram of random nodes, each somewhere.
Diagram scattered(RandomGraph& random)
{
    Diagram diagram;
    diagram.graph = random.graph();
    for (const NodeId id : diagram.graph.ids())
        diagram.layout.positions.set(id, {random.below(1200) - 600.0, random.below(900) - 450.0});
    return diagram;
}

qreal between(QPointF a, QPointF b)
{
    return std::hypot(a.x() - b.x(), a.y() - b.y());
}

bool isPort(Hit::Part part)
{
    return part == Hit::Part::Input || part == Hit::Part::Output;
}

/// What lies under a point, looked for everywhere: the node with the largest id whose body or one of whose ports does,
/// of these the nearest port first; else the nearest link.
Hit searched(const Scene& scene, QPointF point, qreal reach)
{
    const auto ids = scene.diagram().graph.ids();
    for (std::size_t i = ids.size(); i-- > 0;) {
        Hit best{.node = ids[i]};
        qreal nearest = reach;
        const auto consider = [&](QPointF port, Hit hit) {
            if (between(port, point) <= nearest) {
                nearest = between(port, point);
                best = hit;
            }
        };
        for (const OutputId& output : scene.outputs(ids[i]))
            consider(scene.at(output), {.part = Hit::Part::Output, .node = ids[i], .output = output});
        for (const Target& input : scene.inputs(ids[i]))
            consider(scene.at(input), {.part = Hit::Part::Input, .node = ids[i], .target = input});
        if (isPort(best.part))
            return best;
        if (scene.box(ids[i]).contains(point))
            return {.part = Hit::Part::Body, .node = ids[i]};
    }
    Hit best;
    qreal nearest = reach;
    for (const NodeId id : ids)
        for (const Target& input : scene.inputs(id))
            if (const auto from = scene.connected(input)) {
                const qreal away = LinkPath{scene.at(*from), scene.at(input)}.distanceTo(point);
                if (away <= nearest) {
                    nearest = away;
                    best = {.part = Hit::Part::Link, .node = id, .target = input};
                }
            }
    return best;
}

void show(GraphView& view, const ShownGraph& graph, QSize size = {900, 600})
{
    view.resize(size);
    view.showDiagram(graph.diagram, wholeOf(graph.diagram));
    view.showMoment(graph.end);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
}

void sendWheel(QWidget& widget, QPointF at, QPoint angle, Qt::KeyboardModifiers modifiers = {}, QPoint pixels = {},
               Qt::ScrollPhase phase = Qt::NoScrollPhase)
{
    QWheelEvent event(at, widget.mapToGlobal(at), pixels, angle, Qt::NoButton, modifiers, phase, false);
    QApplication::sendEvent(&widget, &event);
}

void sendMouse(QWidget& widget, QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons buttons)
{
    QMouseEvent event(type, at, widget.mapToGlobal(at), button, buttons, Qt::NoModifier);
    QApplication::sendEvent(&widget, &event);
}

void dragWith(QWidget& widget, Qt::MouseButton button, QPointF from, QPointF to)
{
    sendMouse(widget, QEvent::MouseButtonPress, from, button, button);
    sendMouse(widget, QEvent::MouseMove, (from + to) / 2, Qt::NoButton, button);
    sendMouse(widget, QEvent::MouseMove, to, Qt::NoButton, button);
    sendMouse(widget, QEvent::MouseButtonRelease, to, button, Qt::NoButton);
}

/// How many pixels can be told apart.
int differingPixels(const QImage& a, const QImage& b)
{
    int count = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            const QColor p = a.pixelColor(x, y);
            const QColor q = b.pixelColor(x, y);
            const int difference = std::abs(p.red() - q.red()) + std::abs(p.green() - q.green())
                + std::abs(p.blue() - q.blue());
            count += difference > 24;
        }
    return count;
}

QImage picture(QWidget& widget)
{
    return widget.grab().toImage().convertToFormat(QImage::Format_RGB32);
}

/// What the window shows, without asking for it to be drawn.
QImage onScreen(QWidget& widget)
{
    return static_cast<const QImage*>(widget.backingStore()->paintDevice())->convertToFormat(QImage::Format_RGB32);
}

}  // namespace

class tst_scene : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void panelShowsTensor_data()
    {
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("panel");
        QTest::addColumn<QStringList>("flags");
        const auto row = [](const char* name, const std::string& node, const char* type, const char* panel,
                            QStringList flags = {}) {
            QTest::newRow(name) << QString::fromStdString(node) << QString::fromUtf8(type) << QString::fromUtf8(panel)
                                << flags;
        };
        const auto zeros = [](const char* size) {
            return std::string(R"({"name": "t", "op": "zeros", "attributes": {"size": )") + size + "}}";
        };
        row("scalar", tensor("0.54582"), "f32 scalar", ".54582");
        row("vector", tensor("[1, 2, 3, 4]"), "i64 4", "1 2 3 4");
        row("matrix", tensor("[[0.1624, -1.55], [1.4666, 0]]"), "f32 2×2", ".162 -1.55 | 1.47 0");
        row("three columns", tensor("[[0.1624, -1.55, 1234.0]]"), "f32 1×3", ".16 -1.5 1234");
        row("small and large", tensor("[1e-7, -2.5e20]"), "f32 2", "1e-7 -3e20");
        row("booleans", tensor("[True, False]"), "bool 2", "True False");
        row("many booleans", tensor("[True, False, True]"), "bool 3", "T F T");
        row("float64", tensor("[1.5]", R"(, "dtype": "float64")"), "f64 1", "1.5");
        row("bfloat16", tensor("[1.5]", R"(, "dtype": "bfloat16")"), "bf16 1", "1.5");
        row("long vector", zeros("[9]"), "f32 9", "heat map 1×9 of 1×9");
        row("large matrix", zeros("[100, 300]"), "f32 100×300", "heat map 50×60 of 100×300");
        row("rank 3", tensor("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]"), "i64 2×2×2", "1 2 | 3 4");
        row("rank 4", tensor("[[[[1, 2]]], [[[5, 6]]]]"), "i64 2×1×1×2", "1 2");
        row("empty", zeros("[0, 3]"), "f32 0×3", "empty");
        row("not finite", tensor("[float('nan'), float('inf'), -float('inf')]"), "f32 3", "nan inf -inf",
            {QStringLiteral("NaN 1"), QStringLiteral("Inf 2")});
        row("number", R"({"name": "t", "op": "number", "attributes": {"value": 2.5}})", "float", "2.5");
        row("int", R"({"name": "t", "op": "number", "attributes": {"value": 3}})", "int", "3");
    }
    void panelShowsTensor()
    {
        QFETCH(QString, node);
        QFETCH(QString, type);
        QFETCH(QString, panel);
        QFETCH(QStringList, flags);
        const Face face = ShownGraph(node.toStdString()).face("t");
        QCOMPARE(face.type, type);
        QCOMPARE(text(face.outputs.front().value), panel);
        QCOMPARE(face.flags, flags);
        QVERIFY(face.tooltip.startsWith(QStringLiteral("t · ")));
        for (const QString& flag : flags)
            QVERIFY2(face.tooltip.contains(flag), qPrintable(face.tooltip));
    }

    void slicesAreNamed()
    {
        const Panel three = panelOf(Tensor::full({2, 3, 4}, 1.0, DType::Float32));
        QCOMPARE(three.slice, QStringLiteral("[0, :, :]"));
        QCOMPARE(three.grid.rows, 3);
        QCOMPARE(three.grid.columns, 4);
        QCOMPARE(panelOf(Tensor::full({2, 5, 3, 4}, 1.0, DType::Float32)).slice, QStringLiteral("[0, 0, :, :]"));
        QVERIFY(panelOf(Tensor::full({3, 4}, 1.0, DType::Float32)).slice.isEmpty());
    }

    void cellsKnowTheirKind()
    {
        const Panel panel = panelOf(Tensor::vector({0, 2, -4, NAN, INFINITY, -INFINITY}));
        const Cell::Kind kinds[] = {Cell::Kind::Zero,   Cell::Kind::Number,           Cell::Kind::Number,
                                    Cell::Kind::NaN,    Cell::Kind::PositiveInfinity, Cell::Kind::NegativeInfinity};
        const float ratios[] = {0, 0.5F, -1, 0, 0, 0};
        QCOMPARE(panel.cells.size(), std::size_t(6));
        for (std::size_t i = 0; i < 6; ++i) {
            QVERIFY(panel.cells[i].kind == kinds[i]);
            QCOMPARE(panel.cells[i].ratio, ratios[i]);
        }
    }

    void numbersAreNeverMadeZeroOrFarOff()
    {
        std::mt19937 random(seed());
        for (int i = 0; i < 20000; ++i) {
            const double exponent = std::uniform_real_distribution(-40.0, 38.0)(random);
            const double value = std::pow(10, exponent) * (random() % 2 ? 1 : -1);
            for (const int characters : {3, 4, 8}) {
                const QString text = shortNumber(value, characters);
                bool isNumber = false;
                const double back = text.toDouble(&isNumber);
                QVERIFY2(isNumber && back != 0, qPrintable(text));
                // One digit at worst, and at most as many characters as that takes.
                QVERIFY2(std::abs(back - value) <= 0.5 * std::abs(value), qPrintable(text));
                const bool isLong = text.size() > characters + 1 + (value < 0);
                QVERIFY2(!isLong || text.contains(u'e'), qPrintable(text));
            }
            QVERIFY(std::abs(shortNumber(value).toDouble() - value) <= 0.06 * std::abs(value));
        }
    }

    void oneBadElementIsNeverLost()
    {
        std::mt19937 random(seed());
        for (int i = 0; i < 10; ++i) {
            const auto row = std::int64_t(random() % 1000);
            const auto column = std::int64_t(random() % 1000);
            Tensor tensor = Tensor::uninitialized({1000, 1000}, DType::Float32);
            float* const elements = tensor.writable<float>();
            for (int k = 0; k < 1000 * 1000; ++k)
                elements[k] = 1 + 0.5F * float(k % 7);
            elements[row * 1000 + column] = i % 2 == 0 ? NAN : -100.0F;
            // Also as a view that is not contiguous.
            const Tensor shown = i % 3 == 0 ? tensor.restrided({1000, 1000}, {1, 1000}) : tensor;
            const auto [r, c] = i % 3 == 0 ? std::pair(column, row) : std::pair(row, column);
            const Panel panel = panelOf(shown);
            const PanelGrid& grid = panel.grid;
            QVERIFY(grid.blockRows > 1 && grid.blockColumns > 1);
            int marked = 0;
            for (std::size_t k = 0; k < panel.cells.size(); ++k) {
                const bool isMarked = i % 2 == 0 ? panel.cells[k].kind == Cell::Kind::NaN : panel.cells[k].ratio == -1;
                marked += isMarked;
                QCOMPARE(isMarked, std::int64_t(k) == r / grid.blockRows * grid.columns + c / grid.blockColumns);
            }
            QCOMPARE(marked, 1);
            QCOMPARE(panel.nans, i % 2 == 0 ? 1 : 0);
        }
    }

    void gradientStatesAreSaidInWords()
    {
        const ShownGraph graph(network, onePass);
        QCOMPARE(graph.face("x").footer, QStringLiteral("requires_grad is off"));
        QCOMPARE(text(graph.face("x").outputs[0].gradient), QStringLiteral("None"));
        QCOMPARE(graph.face("W").badge, QStringLiteral("requires grad"));
        QCOMPARE(graph.face("W").footer, QStringLiteral("leaf · .grad of one pass"));
        QCOMPARE(graph.face("W").outputs[0].gradient.label, QStringLiteral(".grad"));
        QCOMPARE(graph.face("g").footer, QStringLiteral("SigmoidBackward0"));
        QCOMPARE(graph.face("g").outputs[0].gradient.label, QStringLiteral("grad"));
        QVERIFY(graph.face("g").tooltip.contains(QStringLiteral("not retained")));
        QCOMPARE(graph.face("loss").footer, QStringLiteral("root of this pass"));

        const ShownGraph before(network);
        QCOMPARE(before.face("W").footer, QStringLiteral("leaf · .grad is None"));
        QCOMPARE(text(before.face("z").outputs[0].gradient), QStringLiteral("None"));
    }

    void gradientAppearsAtItsStep()
    {
        const ShownGraph graph(network, onePass);
        QCOMPARE(graph.end.replay().length(), std::size_t(8));
        const QString dots = QStringLiteral("…");
        for (std::size_t k = 0; k <= 5; ++k) {
            QCOMPARE(text(graph.face("W", k).outputs[0].gradient), dots);
            QCOMPARE(graph.face("W", k).footer, QStringLiteral("leaf · not reached yet"));
            QVERIFY(!graph.face("W", k).isActive);
        }
        QCOMPARE(text(graph.face("loss", 0).outputs[0].gradient), dots);
        QCOMPARE(text(graph.face("loss", 1).outputs[0].gradient), QStringLiteral("1"));
        QCOMPARE(text(graph.face("z", 4).outputs[0].gradient), dots);
        QCOMPARE(graph.face("z", 4).footer, QStringLiteral("AddmmBackward0 · not reached yet"));
        const Face half = graph.face("z", 5);
        QVERIFY(half.isActive);
        QCOMPARE(half.footer, QStringLiteral("flowing, 1 of 2 · not retained"));
        QCOMPARE(graph.face("z", 6).footer, QStringLiteral("flowing, 2 of 2 · not retained"));
        QVERIFY(text(half.outputs[0].gradient) != text(graph.face("z", 6).outputs[0].gradient));
    }

    void passesAccumulateAndZeroGradClears()
    {
        const std::string nodes = tensor("2.", R"(, "requires_grad": true)")
            + R"(, {"name": "y", "op": "mul", "inputs": ["t", "t"], "retain_grad": true})";
        const std::string pass = R"({"roots": ["y"], "retain_graph": true})";
        const ShownGraph twice(nodes, R"(, "backward": [)" + pass + ", " + pass + "]");
        QCOMPARE(twice.face("t").footer, QStringLiteral("leaf · .grad is the sum of 2 passes"));
        QCOMPARE(text(twice.face("t").outputs[0].gradient), QStringLiteral("8"));
        QVERIFY(twice.face("t").tooltip.contains(QStringLiteral("flowed in this pass: 2 of 2")));
        QCOMPARE(twice.face("y").badge, QStringLiteral("retains grad"));
        QCOMPARE(twice.face("y").footer, QStringLiteral("root of this pass · .grad is the sum of 2 passes"));
        const ShownGraph zeros(nodes, R"(, "backward": [)" + pass + R"(, {"zero_grad": "zeros"}])");
        QCOMPARE(zeros.face("t").footer, QStringLiteral("leaf · .grad is zeros since zero_grad"));
        QCOMPARE(text(zeros.face("t").outputs[0].gradient), QStringLiteral("0"));
    }

    void errorsStandOnTheirNode()
    {
        const ShownGraph graph(R"(
            {"name": "a", "op": "tensor", "attributes": {"value": "[1., 2.]"}},
            {"name": "b", "op": "tensor", "attributes": {"value": "[1., 2., 3.]"}},
            {"name": "bad", "op": "add", "inputs": ["a", "b"]},
            {"name": "after", "op": "tanh", "inputs": ["bad"]},
            {"name": "strange", "op": "frobnicate", "inputs": ["a"]},
            {"name": "quiet", "op": "tanh", "inputs": ["a"], "muted": true})");
        const Face bad = graph.face("bad");
        QVERIFY(bad.isError && !bad.isDependent);
        QVERIFY2(bad.footer.startsWith(QStringLiteral("The size of tensor a (2) must match")), qPrintable(bad.footer));
        QVERIFY(bad.tooltip.contains(QStringLiteral("RuntimeError: The size of tensor a")));
        QVERIFY(bad.description.contains(bad.footer));
        const Face after = graph.face("after");
        QVERIFY(after.isDependent && !after.isError);
        QCOMPARE(after.footer, QStringLiteral("its input bad failed"));
        QVERIFY(graph.face("strange").isError);
        QVERIFY(graph.face("quiet").isMuted);
        QCOMPARE(graph.face("quiet").flags, QStringList{QStringLiteral("muted")});
        QVERIFY(!graph.face("a").isError);
    }

    void errorOfThePassStandsOnItsRoot()
    {
        const ShownGraph graph(R"({"name": "a", "op": "tensor", "attributes": {"value": "[1., 2.]", "requires_grad": true}},
                                  {"name": "b", "op": "tanh", "inputs": ["a"]})",
                               R"(, "backward": [{"roots": ["b"]}])");
        QVERIFY(graph.face("b").isError);
        QCOMPARE(graph.face("b").footer, QStringLiteral("grad can be implicitly created only for scalar outputs"));
        QVERIFY(!graph.face("a").isError);
        QCOMPARE(text(graph.face("b").outputs[0].value), QStringLiteral(".762 .964"));
    }

    void severalOutputsHaveARowEach()
    {
        const ShownGraph graph(tensor("[[1., 5.], [7., 2.]]")
                               + R"(, {"name": "m", "op": "max", "inputs": ["t"], "attributes": {"dim": 0}},
                                      {"name": "s", "op": "split", "inputs": ["t"],
                                       "attributes": {"split_size_or_sections": 1}})");
        const Face face = graph.face("m");
        QCOMPARE(face.outputs.size(), std::size_t(2));
        QCOMPARE(face.outputs[0].value.label, QStringLiteral("values"));
        QCOMPARE(text(face.outputs[0].value), QStringLiteral("7 5"));
        QCOMPARE(text(face.outputs[1].value), QStringLiteral("1 0"));
        QCOMPARE(graph.face("s").outputs[1].name, QStringLiteral("1"));
        const Scene scene = graph.scene();
        QCOMPARE(scene.outputs(graph["m"]).size(), std::size_t(2));
        QCOMPARE(scene.source({graph["m"], 1}).output, std::string("indices"));
        QVERIFY(scene.box(graph["m"]).height() > scene.box(graph["t"]).height());
    }

    void descriptionIsForListening()
    {
        const ShownGraph graph(network, onePass);
        QCOMPARE(graph.face("z").description,
                 QStringLiteral("z, linear, inputs x (2, 3) W (2, 3) b (2,), output float32 (2, 2), gradient ready"));
    }

    void nothingOfALaterStepIsShown()
    {
        RandomGraph random(seed());
        int checked = 0;
        for (int round = 0; round < 150; ++round) {
            Diagram diagram;
            diagram.graph = random.graph();
            const ShownGraph graph(diagram);
            const auto& events = graph.end.run().events;
            for (int i = 0; i < 4 && !events.empty(); ++i) {
                const auto k = std::size_t(random.below(int(events.size()) + 1));
                const Moment moment = graph.end.at(k);
                for (const NodeId id : diagram.graph.ids()) {
                    const Face face = faceOf(diagram, id, moment);
                    for (std::uint32_t o = 0; o < face.outputs.size(); ++o)
                        checked += checkedGradient(graph, {id, o}, face.outputs[o].gradient, k);
                    QVERIFY(face.isActive == (moment.activeOutput() && moment.activeOutput()->node == id));
                }
            }
        }
        QVERIFY(checked > 300);
    }

    void boxesDoNotOverlapWhereNobodyPlacedThem()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 100; ++round) {
            Diagram diagram;
            diagram.graph = random.graph();
            const NodeId placed = diagram.graph.ids()[random.below(int(diagram.graph.size()))];
            if (round % 2)
                diagram.layout.positions.set(placed, {300, 200});
            const ShownGraph graph(diagram);
            const Scene scene = graph.scene();
            for (const NodeId a : diagram.graph.ids()) {
                QCOMPARE(std::fmod(scene.box(a).height(), 4), 0.0);
                for (const NodeId b : diagram.graph.ids())
                    QVERIFY(a == b || !scene.box(a).intersects(scene.box(b)));
            }
        }
    }

    void everyPortHasItsOwnPlace()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 100; ++round) {
            const ShownGraph graph(scattered(random));
            const Scene scene = graph.scene();
            for (const NodeId id : graph.diagram.graph.ids()) {
                std::vector<QPointF> ports;
                for (const Target& input : scene.inputs(id)) {
                    ports.push_back(scene.at(input));
                    QCOMPARE(ports.back().x(), scene.box(id).left());
                }
                for (const OutputId& output : scene.outputs(id)) {
                    ports.push_back(scene.at(output));
                    QCOMPARE(ports.back().x(), scene.box(id).right());
                    QCOMPARE(scene.at(scene.source(output)), ports.back());
                }
                for (std::size_t a = 0; a < ports.size(); ++a) {
                    QVERIFY(ports[a].y() > scene.box(id).top() && ports[a].y() < scene.box(id).bottom());
                    for (std::size_t b = 0; b < a; ++b)
                        QVERIFY(between(ports[a], ports[b]) >= 12);
                }
            }
        }
    }

    void hitFindsWhatASearchEverywhereFinds()
    {
        RandomGraph random(seed());
        int ports = 0;
        int links = 0;
        for (int round = 0; round < 60; ++round) {
            const ShownGraph graph(scattered(random));
            Scene scene = graph.scene();
            for (int i = 0; i < 100; ++i) {
                QPointF point(random.below(1500) - 700, random.below(1200) - 550);
                const NodeId any = graph.diagram.graph.ids()[random.below(int(graph.diagram.graph.size()))];
                if (i % 3 == 0 && !scene.inputs(any).empty())
                    point = scene.at(scene.inputs(any).front()) + QPointF(random.below(20) - 10, random.below(20) - 10);
                const qreal reach = 2.1234 + random.below(12);  // Never just so far.
                const Hit expected = searched(scene, point, reach);
                const Hit hit = scene.hit(point, reach);
                ports += isPort(hit.part);
                links += hit.part == Hit::Part::Link;
                const bool isBody = hit.part == Hit::Part::Title || hit.part == Hit::Part::Value
                    || hit.part == Hit::Part::Gradient;
                QCOMPARE(int(isBody ? Hit::Part::Body : hit.part), int(expected.part));
                QCOMPARE(hit.node.value, expected.node.value);
                if (hit.part == Hit::Part::Input || hit.part == Hit::Part::Link)
                    QVERIFY(hit.target == expected.target);
                if (hit.part == Hit::Part::Output)
                    QVERIFY(hit.output == expected.output);
            }
        }
        QVERIFY(ports > 100 && links > 20);
    }

    void hitNamesTheElement()
    {
        const ShownGraph graph(network, onePass);
        const Scene scene = graph.scene();
        const QRectF panel = scene.shape(graph["W"]).valuePanel(0).translated(scene.box(graph["W"]).topLeft());
        for (const int row : {0, 1})
            for (const int column : {0, 1, 2}) {
                const Hit hit = scene.hit(panel.topLeft() + QPointF(24 * column + 12, 20 * row + 10), 1);
                QVERIFY(hit.part == Hit::Part::Value);
                QCOMPARE(hit.element.value_or(-1), std::int64_t(3 * row + column));
            }
        const QRectF gradient = scene.shape(graph["W"]).gradientPanel(0).translated(scene.box(graph["W"]).topLeft());
        QVERIFY(scene.hit(gradient.center(), 1).part == Hit::Part::Gradient);
        QVERIFY(scene.hit(scene.box(graph["W"]).topLeft() + QPointF(30, 14), 1).part == Hit::Part::Title);
    }

    void sceneFollowsEdits()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 60; ++round) {
            // From one diagram to another by its delta: as if it had been shown at once.
            Diagram first = scattered(random);
            Diagram second = first;
            second.graph = random.edited(first.graph);
            const NodeId moved = second.graph.ids()[random.below(int(second.graph.size()))];
            second.layout.positions.set(moved, {random.below(500) * 1.0, random.below(500) * 1.0});
            for (const NodeId id : second.graph.ids())  // Where others find a place depends on what was there before.
                if (!second.layout.positions.find(id))
                    second.layout.positions.set(id, {random.below(500) * 1.0, random.below(500) * 1.0});
            Scene scene;
            scene.show(first, wholeOf(first));
            scene.show(second, diff(first, second));
            scene.show(first, diff(second, first));
            scene.show(second, diff(first, second));
            Scene whole;
            whole.show(second, wholeOf(second));
            const QRectF everywhere(-5000, -5000, 10000, 10000);
            QCOMPARE(scene.nodesIn(everywhere).size(), whole.nodesIn(everywhere).size());
            QCOMPARE(scene.linksIn(everywhere).size(), whole.linksIn(everywhere).size());
            for (const NodeId id : second.graph.ids()) {
                if (scene.outputs(id).size() == whole.outputs(id).size())
                    QCOMPARE(scene.box(id), whole.box(id));
                else  // Of an output that was linked once its place remains.
                    QCOMPARE(scene.box(id).topLeft(), whole.box(id).topLeft());
                QCOMPARE(scene.linksOf(id).size(), whole.linksOf(id).size());
            }
        }
    }

    void editedNodesAndWhatDependsOnThemAreStale()
    {
        ShownGraph graph(network, onePass);
        Scene scene = graph.scene();
        for (const NodeId id : graph.diagram.graph.ids())
            QVERIFY(!scene.isStale(id));
        Diagram edited = graph.diagram;
        Node node = edited.graph.at(graph["b"]);
        node.setAttribute("value", std::string("[1., 2., 3.]"));
        edited.graph.replace(graph["b"], std::move(node));
        const QRectF before = scene.box(graph["b"]);
        scene.show(edited, diff(graph.diagram, edited));
        for (const char* const name : {"b", "z", "r", "g", "m", "loss"})
            QVERIFY(scene.isStale(graph[name]));
        for (const char* const name : {"x", "W"})
            QVERIFY(!scene.isStale(graph[name]));
        QVERIFY(scene.face(graph["z"]).isStale);
        QVERIFY(scene.face(graph["z"]).tooltip.contains(QStringLiteral("Out of date")));
        QCOMPARE(scene.box(graph["b"]), before);
        scene.show(momentOf(edited.graph));
        QVERIFY(!scene.isStale(graph["z"]));
        QVERIFY(scene.face(graph["z"]).isError);
        QCOMPARE(scene.box(graph["z"]).height(), before.height() + 20);  // As it was with values, of two rows.
        Diagram renamed = edited;
        Node other = renamed.graph.at(graph["x"]);
        other.name = "data";
        renamed.graph.replace(graph["x"], std::move(other));
        scene.show(renamed, diff(edited, renamed));
        QVERIFY(!scene.isStale(graph["x"]));
        QCOMPARE(scene.face(graph["x"]).name, QStringLiteral("data"));
    }

    void facesKeepTheirShapeThroughTheReplay()
    {
        const ShownGraph graph(network, onePass);
        Scene scene = graph.scene();
        for (std::size_t k = 0; k <= graph.end.replay().length(); ++k) {
            Scene other = graph.scene();
            other.show(graph.end.at(k));
            for (const NodeId id : graph.diagram.graph.ids())
                QCOMPARE(other.box(id), scene.box(id));
        }
    }

    void largeTensorsAreReadInTheBackground()
    {
        const ShownGraph graph(R"({"name": "t", "op": "ones", "attributes": {"size": [600, 500]}},
                                  {"name": "u", "op": "neg", "inputs": ["t"]})");
        GraphView view;
        show(view, graph);
        QSignalSpy ready(&view.scene().panels(), &PanelCache::ready);
        QTRY_VERIFY(view.scene().face(graph["t"]).outputs[0].value.kind == Panel::Kind::HeatMap);
        QTRY_VERIFY(view.scene().face(graph["u"]).outputs[0].value.kind == Panel::Kind::HeatMap);
        QVERIFY(!ready.isEmpty());
        QCOMPARE(text(view.scene().face(graph["u"]).outputs[0].value),
                 text(panelOf(graph.end.result(graph["u"])->outputs[0].tensor())));
        const CanvasPicture picture(graph.diagram, graph.end);  // A picture waits for them.
        QVERIFY(picture.scene().face(graph["t"]).outputs[0].value.kind == Panel::Kind::HeatMap);
    }

    void wheelZoomsAtTheMouse()
    {
        const ShownGraph graph(network, onePass);
        GraphView view;
        show(view, graph);
        std::mt19937 random(seed());
        for (int i = 0; i < 60; ++i) {
            const QPointF at(double(random() % 900), double(random() % 600));
            const QPointF before = view.toScene(at);
            const qreal scale = view.camera().scale();
            const int notches = int(random() % 7) - 3;
            sendWheel(view, at, {0, 120 * notches}, i % 2 ? Qt::ControlModifier : Qt::NoModifier);
            QVERIFY(between(view.toScene(at), before) * view.camera().scale() < 1e-6);
            QVERIFY(view.camera().scale() >= Camera::farthest && view.camera().scale() <= Camera::nearest);
            QVERIFY(notches == 0 || scale == Camera::nearest || scale <= Camera::farthest
                    || (view.camera().scale() > scale) == (notches > 0));
        }
    }

    void trackpadScrollsAndPinches()
    {
        const ShownGraph graph(network, onePass);
        GraphView view;
        show(view, graph);
        const qreal scale = view.camera().scale();
        const QPointF under = view.toScene(QPointF(300, 200));
        sendWheel(view, {300, 200}, {-34, 22}, {}, {-17, 11}, Qt::ScrollUpdate);
        QCOMPARE(view.camera().scale(), scale);
        QVERIFY(between(view.toWidget(under), QPointF(283, 211)) < 1e-6);
        view.setWheel(GraphView::Wheel::Scrolls);
        sendWheel(view, {300, 200}, {0, 120});
        QCOMPARE(view.camera().scale(), scale);
        const QPointF kept = view.toScene(QPointF(400, 300));
        QNativeGestureEvent pinch(Qt::ZoomNativeGesture, QPointingDevice::primaryPointingDevice(), 2, {400, 300},
                                  {400, 300}, {400, 300}, 0.25, {});
        QApplication::sendEvent(&view, &pinch);
        QCOMPARE(view.camera().scale(), scale * 1.25);
        QVERIFY(between(view.toWidget(kept), QPointF(400, 300)) < 1e-6);
    }

    void buttonsAndSpacePan()
    {
        const ShownGraph graph(network, onePass);
        GraphView view;
        show(view, graph);
        QSignalSpy menus(&view, &GraphView::contextMenuRequested);
        QSignalSpy edits(&view, &GraphView::editRequested);
        const auto pans = [&](Qt::MouseButton button) {
            const QPointF under = view.toScene(QPointF(450, 300));
            dragWith(view, button, {450, 300}, {390, 340});
            return between(view.toWidget(under), QPointF(390, 340)) < 1e-6;
        };
        QVERIFY(pans(Qt::MiddleButton));
        QVERIFY(pans(Qt::RightButton));
        QCOMPARE(menus.count(), 0);
        QTest::keyPress(&view, Qt::Key_Space);
        QVERIFY(pans(Qt::LeftButton));
        QTest::keyRelease(&view, Qt::Key_Space);
        QVERIFY(edits.isEmpty());
        const QPointF onNode = view.toWidget(view.scene().box(graph["z"]).topLeft() + QPointF(60, 14));
        QTest::mouseClick(&view, Qt::RightButton, {}, onNode.toPoint());
        QCOMPARE(menus.count(), 1);
        QCOMPARE(menus.front().front().value<Hit>().node.value, graph["z"].value);
    }

    void framingShowsEverything()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 20; ++round) {
            const ShownGraph graph(scattered(random));
            GraphView view;
            show(view, graph);
            view.zoomTo(3);
            view.frameAll();
            const QRectF seen = view.camera().toScene(QRectF(view.rect()));
            QVERIFY(seen.contains(view.scene().bounds()));
            const NodeId node = graph.diagram.graph.ids()[random.below(int(graph.diagram.graph.size()))];
            view.select({node});
            view.frameSelection();
            QVERIFY(view.camera().toScene(QRectF(view.rect())).contains(view.scene().box(node)));
            view.zoomTo(1);
            for (const NodeId id : graph.diagram.graph.ids()) {
                view.reveal(id);
                QVERIFY(view.camera().toScene(QRectF(view.rect())).contains(view.scene().box(id)));
            }
        }
    }

    void pannedPictureIsThatDrawnAnew()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 12; ++round) {
            const ShownGraph graph(scattered(random));
            GraphView view;
            show(view, graph, {640, 480});
            const qreal scales[] = {1, 0.7, 0.3, 0.12, 1.6, 2.5};
            view.zoomTo(scales[round % 6]);
            for (int i = 0; i < 6; ++i) {
                dragWith(view, Qt::MiddleButton, {300, 200},
                         QPointF(300 + random.below(120) - 60, 200 + random.below(120) - 60));
                const NodeId node = graph.diagram.graph.ids()[random.below(int(graph.diagram.graph.size()))];
                view.select({node});
                picture(view);
            }
            const QImage panned = picture(view);
            view.showMoment(graph.end);
            const QImage anew = picture(view);
            // Where something is cut may change how an edge or a letter is rounded, and nothing else.
            QVERIFY2(differingPixels(panned, anew) < 20, qPrintable(QStringLiteral("round %1").arg(round)));
        }
    }

    void zoomingSettlesToThatDrawnAnew()
    {
        RandomGraph random(seed());
        for (int round = 0; round < 6; ++round) {
            const ShownGraph graph(scattered(random));
            GraphView view;
            show(view, graph, {1280, 960});
            for (int i = 0; i < 5; ++i) {
                const int notches = (random.below(2) == 0 ? -1 : 1) * (1 + random.below(3));
                sendWheel(view, QPointF(random.below(1280), random.below(960)), {0, 120 * notches});
                QCoreApplication::processEvents();  // One frame; what is left of it is stretched once more.
                if (random.below(2) == 0)
                    dragWith(view, Qt::MiddleButton, {300, 200}, {330, 170});
            }
            QCoreApplication::processEvents();
            QTRY_VERIFY(view.isSettled());
            const QImage settled = onScreen(view);
            view.showMoment(graph.end);
            const QImage anew = picture(view);
            QVERIFY(differingPixels(settled, anew) < 60);
        }
    }

    void verdictsOnPortsComeWithoutTheMouse()
    {
        Diagram diagram;
        const NodeId leaf = diagram.graph.add({.name = "x", .op = "tensor", .attributes = {{"value", std::string("[1., 2.]")}}});
        diagram.layout.positions.set(leaf, {0, 0});
        for (int i = 0; i < 500; ++i) {
            const NodeId id = diagram.graph.add({.name = "n" + std::to_string(i), .op = i % 2 ? "add" : "mul"});
            diagram.layout.positions.set(id, {250.0 + i % 40 * 40, i / 40 * 30.0});
        }
        const ShownGraph graph(diagram);
        GraphView view;
        show(view, graph, {1280, 960});
        const QPointF from = view.toWidget(view.scene().at(OutputId{leaf}));
        QTest::mousePress(&view, Qt::LeftButton, {}, from.toPoint());
        QTest::mouseMove(&view, from.toPoint() + QPoint(6, 6));
        QTest::mouseMove(&view, from.toPoint() + QPoint(12, 60));
        QTest::qWait(50);
        QImage alone = onScreen(view);
        for (QImage before; before != alone;) {  // Until nothing changes any more.
            before = alone;
            QTest::qWait(500);
            alone = onScreen(view);
        }
        for (int i = 0; i < 20; ++i)
            view.repaint();
        QCOMPARE(differingPixels(alone, onScreen(view)), 0);
        QTest::keyClick(&view, Qt::Key_Escape);
    }

    void anErrorIsSeenOnASelectedNodeToo()
    {
        const ShownGraph graph(R"({"name": "a", "op": "tensor", "attributes": {"value": "[1.0, 2.0, 3.0]"}, "position": [0, 0]},
            {"name": "b", "op": "tensor", "attributes": {"value": "[1.0, 2.0]"}, "position": [0, 200]},
            {"name": "s", "op": "add", "inputs": ["a", "b"], "position": [300, 100]})");
        GraphView view;
        show(view, graph);
        view.zoomTo(1);
        view.select({graph["s"]});
        const QRectF box = view.camera().toWidget(view.scene().box(graph["s"]));
        const QImage seen = picture(view);
        const auto isAtTheEdge = [&](const QColor& colour) {  // Across the upper edge.
            for (int y = int(box.top()) - 5; y <= int(box.top()) + 3; ++y) {
                const QColor there = seen.pixelColor(int(box.center().x()), y);
                if (std::abs(there.red() - colour.red()) + std::abs(there.green() - colour.green())
                        + std::abs(there.blue() - colour.blue()) < 60)
                    return true;
            }
            return false;
        };
        const Theme& theme = Appearance::instance().theme();
        QVERIFY(isAtTheEdge(theme.error));
        QVERIFY(isAtTheEdge(theme.selection));
    }

    void pictureOfAllIsTheSameOnAnotherThread()
    {
        const ShownGraph graph(network, onePass
            + R"(, "notes": [{"text": "A note", "position": [0, -120]}], "frames": [{"title": "Layer", "nodes": ["z"]}])");
        const auto svg = [&] {
            CanvasPicture picture(graph.diagram, graph.end);
            QByteArray bytes;
            QBuffer buffer(&bytes);
            QSvgGenerator generator;
            generator.setOutputDevice(&buffer);
            generator.setSize(picture.size().toSize());
            QPainter painter(&generator);
            picture.paint(painter, darkTheme());
            painter.end();
            return bytes;
        };
        const QByteArray here = svg();
        for (const char* const word : {">A note<", ">Layer<", ">loss<", ">SigmoidBackward0<", ">1.47<"})
            QVERIFY2(here.contains(word), word);
        QByteArray there;
        std::thread([&] { there = svg(); }).join();
        QCOMPARE(there, here);
    }

    void tooltipsSayTheStateInWords()
    {
        const ShownGraph graph(network, onePass);
        GraphView view;
        show(view, graph, {1300, 800});
        const auto toolTip = [&](QPointF scene) {
            const QPoint at = view.toWidget(scene).toPoint();
            QHelpEvent event(QEvent::ToolTip, at, view.mapToGlobal(at));
            QApplication::sendEvent(&view, &event);
            return QToolTip::text();
        };
        const Scene& scene = view.scene();
        const QString z = toolTip(scene.box(graph["z"]).topLeft() + QPointF(60, 14));
        QVERIFY2(z.contains(QStringLiteral("z · linear")), qPrintable(z));
        QVERIFY2(z.contains(QStringLiteral(".grad is None: not retained")), qPrintable(z));
        const QString port = toolTip(scene.at(Target{graph["z"], 1}));
        QVERIFY2(port.contains(QStringLiteral("weight")), qPrintable(port));
        const Target target{graph["m"], 0};
        const QPointF onLink = LinkPath{scene.at(OutputId{graph["r"]}), scene.at(target)}.points()[3];
        const QString link = toolTip(onLink);
        QVERIFY2(link.contains(QStringLiteral("carried a gradient back in this pass")), qPrintable(link));
        toolTip(QPointF(-2000, -2000));
        QTRY_VERIFY(!QToolTip::isVisible());
    }

    void flowingLinkBearsALabel()
    {
        const ShownGraph graph(network, onePass);
        Scene scene = graph.scene();
        QCOMPARE(LinkPainter::flowText(scene), QString());
        scene.show(graph.end.at(6));
        QCOMPARE(LinkPainter::flowText(scene), QStringLiteral("∂L/∂z += 2×2"));
        scene.show(graph.end.at(1));  // The root's own gradient comes through no link.
        QCOMPARE(LinkPainter::flowText(scene), QString());
        const ShownGraph vector(R"(
    {"name": "x", "op": "tensor", "attributes": {"value": "[0., 4., 1.]", "requires_grad": true}},
    {"name": "y", "op": "neg", "inputs": ["x"]},
    {"name": "total", "op": "sum", "inputs": ["y"]})",
                                R"(, "backward": [{"roots": ["total"]}])");
        Scene other = vector.scene();
        other.show(vector.end.at(2));
        QCOMPARE(LinkPainter::flowText(other), QStringLiteral("∂L/∂y += (3,)"));
    }

    void theLabelOfAFlowingLinkCoversNoNode()
    {
        const ShownGraph graph(network, onePass);
        Scene scene = graph.scene();
        LinkPainter painter;
        int shown = 0;
        for (std::size_t k = 0; k <= graph.end.replay().length(); ++k) {
            scene.show(graph.end.at(k));
            const QRectF label = painter.flowBox(scene);
            QCOMPARE(label.isEmpty(), LinkPainter::flowText(scene).isEmpty());
            shown += !label.isEmpty();
            for (const NodeId id : graph.diagram.graph.ids())
                QVERIFY2(!scene.box(id).intersects(label), graph.diagram.graph.at(id).name.c_str());
        }
        QVERIFY(shown > 3);
    }

    void aBadValueIsNoBadGradient()
    {
        const ShownGraph graph(R"(
    {"name": "x", "op": "tensor", "attributes": {"value": "[0., 4., -1.]", "requires_grad": true}},
    {"name": "zero", "op": "tensor", "attributes": {"value": "0."}},
    {"name": "root", "op": "sqrt", "inputs": ["x"]},
    {"name": "mask", "op": "gt", "inputs": ["x", "zero"]},
    {"name": "safe", "op": "where", "inputs": ["mask", "root", "zero"]},
    {"name": "total", "op": "sum", "inputs": ["safe"]})",
                               R"(, "backward": [{"roots": ["total"]}])");
        Scene scene = graph.scene();
        const Theme& theme = Appearance::instance().theme();
        const auto colour = [&](const char* node, std::uint32_t input) {
            return LinkPainter::colour(theme, scene.flow({graph[node], input}));
        };
        scene.show(graph.end.at(0));
        QCOMPARE(colour("safe", 1), theme.nan);  // sqrt(-1) goes forward,
        QCOMPARE(colour("root", 0), theme.value);
        scene.show(graph.end);
        QVERIFY(scene.flow({graph["safe"], 1}).isValueBad);
        QCOMPARE(colour("safe", 1), theme.gradient);  // but 0, 1, 0 comes back there,
        QCOMPARE(colour("root", 0), theme.nan);  // and 0 * inf here.
    }

    void themesGoRound()
    {
        Appearance& appearance = Appearance::instance();
        QSignalSpy changes(&appearance, &Appearance::changed);
        appearance.choose(Appearance::Choice::Light);
        appearance.choose(Appearance::Choice::Dark);
        QVERIFY(appearance.theme().isDark);
        QCOMPARE(QApplication::palette().color(QPalette::Window), darkTheme().panel);
        appearance.choose(Appearance::Choice::Light);
        QVERIFY(changes.count() >= 2);
        QCOMPARE(QApplication::palette().color(QPalette::Window), lightTheme().panel);
        for (const Theme* const theme : {&darkTheme(), &lightTheme()}) {
            QVERIFY(!styleSheet(*theme).contains(u'@'));
            QVERIFY(styleSheet(*theme).contains(theme->gradient.name()));
        }
    }

    void iconsAreThereAndTinted()
    {
        Appearance::instance().choose(Appearance::Choice::Dark);
        const QDir icons(QStringLiteral(":/icons"));
        const QStringList names = icons.entryList({QStringLiteral("*.svg")});
        QVERIFY(names.size() > 20);
        for (const QString& name : names) {
            const QImage image = icon(QFileInfo(name).completeBaseName()).pixmap(QSize(16, 16), 2.0).toImage();
            QCOMPARE(image.size(), QSize(32, 32));
            bool isDrawn = false;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    isDrawn = isDrawn || qAlpha(image.pixel(x, y)) > 128;
            QVERIFY2(isDrawn, qPrintable(name));
        }
        const auto darkest = [](const QIcon& icon) {
            const QImage image = icon.pixmap(QSize(32, 32)).toImage();
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (qAlpha(image.pixel(x, y)) == 255)
                        return QColor(image.pixel(x, y));
            return QColor();
        };
        const QIcon undo = icon(QStringLiteral("undo"));
        QCOMPARE(darkest(undo), darkTheme().text);
        QCOMPARE(darkest(icon(QStringLiteral("undo"), IconRole::Error)), darkTheme().error);
        Appearance::instance().choose(Appearance::Choice::Light);
        QCOMPARE(darkest(undo), lightTheme().text);
        QTest::ignoreMessage(QtWarningMsg, "There is no icon \"no-such-icon\".");
        QVERIFY(darkest(icon(QStringLiteral("no-such-icon"))).isValid());
    }

private:
    /// Whether the panel showed a gradient, which then is the sum of events before `k`, found in the list itself.
    static int checkedGradient(const ShownGraph& graph, OutputId output, const Panel& panel, std::size_t k)
    {
        if (!panel.hasTensor())
            return 0;
        const Run& run = graph.end.run();
        const Value& value = run.evaluation.value(output);
        const auto isHere = [&](const BackwardEvent& event) { return event.to == value.place(); };
        std::vector<QString> possible;
        for (std::size_t i = 0; i < k; ++i)
            if (isHere(run.events[i]))
                possible.push_back(text(panelOf(run.events[i].sum)));
        // A step has changed a stored gradient once everything that it brings has arrived there.
        for (const StepOutcome& step : run.steps)
            for (const GradChange& change : step.changes) {
                std::size_t end = step.firstEvent;
                for (std::size_t i = step.firstEvent; i < step.endEvent; ++i)
                    if (isHere(run.events[i]))
                        end = i + 1;
                if (end <= k && !change.grad.isNone() && run.evaluation.value(change.output).place() == value.place())
                    possible.push_back(text(panelOf(change.grad)));
            }
        if (std::ranges::find(possible, text(panel)) == possible.end())
            qFatal("%s at %zu: %s", run.evaluation.graph().at(output.node).name.c_str(), k, qPrintable(text(panel)));
        return 1;
    }
};

QTEST_MAIN(tst_scene)
#include "tst_scene.moc"

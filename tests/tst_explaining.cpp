// SPDX-License-Identifier: GPL-3.0-or-later
// What the canvas says about numbers of gradients and about broadcasting, and where it leads.
#include "tests/window_fixture.h"
#include "widgets/canvas/broadcast_labels.h"
#include "widgets/canvas/gradient_number.h"
#include "widgets/inspector/term_list.h"

#include <QHelpEvent>
#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QToolTip>
#include <QtTest>

using namespace chainrule;

namespace {

/// loss = sum((W @ x + b) ** 2): b is repeated, W's gradient has rows that differ.
constexpr auto layer = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "W", "op": "tensor", "attributes": {"value": "[[1., 2., 3.], [4., 5., 6.]]", "requires_grad": true}, "position": [0, 0]},
 {"name": "x", "op": "tensor", "attributes": {"value": "[[1., -1.], [0.5, 2.], [3., 0.]]"}, "position": [0, 200]},
 {"name": "b", "op": "tensor", "attributes": {"value": "[0.25, -8.]", "requires_grad": true}, "position": [240, 260]},
 {"name": "m", "op": "matmul", "inputs": ["W", "x"], "position": [240, 60]},
 {"name": "z", "op": "add", "inputs": ["m", "b"], "position": [540, 60]},
 {"name": "q", "op": "mul", "inputs": ["z", "z"], "position": [820, 60]},
 {"name": "loss", "op": "sum", "inputs": ["q"], "position": [1100, 60]}], "backward": [{"roots": ["loss"]}]})";

/// The loss stands so close to p as one wants.
constexpr auto pair = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "p", "op": "tensor", "attributes": {"value": "[1., 2.]", "requires_grad": true}, "position": [0, 0]},
 {"name": "t", "op": "tensor", "attributes": {"value": "[[1., 2.], [3., 5.]]"}, "position": [0, 160]},
 {"name": "loss", "op": "mse_loss", "inputs": ["p", "t"], "position": [LEFT, 20]}], "backward": [{"roots": ["loss"]}]})";

QString textOf(MainWindow* window, const char* name)
{
    const auto* const label = window->findChild<QLabel*>(QLatin1String(name));
    return label && label->isVisible() ? label->text() : QString();
}

/// All that a node covers.
QRectF withPorts(const Scene& scene, NodeId id)
{
    constexpr qreal port = face_metrics::portRadius;
    return scene.box(id).adjusted(-port, 0, port, 0);
}

class ExplainingTest : public QObject {
    Q_OBJECT

    Settings m_settings;

    MainWindow* open(Desk& desk, const QByteArray& document)
    {
        MainWindow* const window = desk.open(document);
        window->view().zoomTo(1);
        return window;
    }

    /// The middle of a cell of the gradient's panel, in the canvas, which is scrolled to it.
    QPoint cell(MainWindow* window, const char* name, int row, int column)
    {
        GraphView& view = window->view();
        const NodeId id = node(window, name);
        view.reveal(id);
        const PanelGrid& grid = view.scene().face(id).outputs[0].gradient.grid;
        const QSizeF size(grid.size.width() / grid.columns, grid.size.height() / grid.rows);
        const QPointF corner = view.scene().box(id).topLeft() + view.scene().shape(id).gradientPanel(0).topLeft();
        return view.toWidget(corner + QPointF((column + 0.5) * size.width(), (row + 0.5) * size.height())).toPoint();
    }

    void hover(MainWindow* window, QPoint at)
    {
        QMouseEvent move(QEvent::MouseMove, at, window->view().mapToGlobal(QPointF(at)), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(&window->view(), &move);
    }

private Q_SLOTS:
    void init() { QSettings().clear(); }

    void aClickOnANumberOfAFaceExplainsIt()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "W", 1, 2));
        QCOMPARE(window->view().current(), node(window, "W"));
        const Tensor gradient = *window->playback().moment().flowing({node(window, "W")});
        QTRY_COMPARE(textOf(window, "explainedNumber"),
                     QStringLiteral("∂L/∂W[1, 2] = ") + QString::number(as<double>(gradient.at(5))));
        QVERIFY(window->view().hasFocus());  // The next key is the canvas's still.

        // One of another node, and of an output that is no leaf.
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "z", 0, 1));
        QTRY_VERIFY(textOf(window, "explainedNumber").startsWith(QStringLiteral("∂L/∂z[0, 1] = ")));
    }

    void whatIsNoPlainClickExplainsNothing()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        QSignalSpy asked(&window->view(), &GraphView::explanationRequested);
        const QPoint at = cell(window, "z", 0, 1);
        QTest::mouseClick(&window->view(), Qt::LeftButton, Qt::ControlModifier, at);
        QTest::mouseClick(&window->view(), Qt::LeftButton, Qt::ShiftModifier, at);
        const QPointF value = window->view().scene().shape(node(window, "z")).valuePanel(0).center();
        const QPointF corner = window->view().scene().box(node(window, "z")).topLeft();
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, window->view().toWidget(corner + value).toPoint());
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, window->view().toWidget(corner + QPointF(60, 14)).toPoint());
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "x", 0, 0));  // Which has no gradient.
        window->view().zoomTo(0.4);  // Faces show no numbers there.
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "z", 0, 1));
        QCOMPARE(asked.count(), 0);
        window->view().zoomTo(1);
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "z", 0, 1));
        QCOMPARE(asked.count(), 1);
    }

    void theNodeIsStillDraggedByItsFace()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        QSignalSpy asked(&view, &GraphView::explanationRequested);
        disconnect(&view, &GraphView::dragRequested, nullptr, nullptr);  // A drag would wait for its drop.
        QSignalSpy takenOut(&view, &GraphView::dragRequested);
        const auto drag = [&](QPoint from) {
            QTest::mousePress(&view, Qt::LeftButton, {}, from);
            for (const int far : {5, 15, 40}) {
                const QPoint at = from + QPoint(0, far);
                QMouseEvent move(QEvent::MouseMove, at, view.mapToGlobal(QPointF(at)), Qt::NoButton, Qt::LeftButton, {});
                QApplication::sendEvent(&view, &move);
            }
            QTest::mouseRelease(&view, Qt::LeftButton, {}, from + QPoint(0, 40));
        };
        drag(cell(window, "z", 0, 1));
        QCOMPARE(takenOut.count(), 1);
        const QRectF before = view.scene().box(node(window, "z"));
        drag(view.toWidget(before.topLeft() + QPointF(60, 14)).toPoint());
        QVERIFY(view.scene().box(node(window, "z")).top() > before.top() + 20);
        QCOMPARE(asked.count(), 0);
    }

    void hoveringANumberSaysWhatAClickDoes()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        QSignalSpy hints(&view, &GraphView::hinted);
        const QPoint at = cell(window, "z", 1, 1);
        hover(window, at);
        QCOMPARE(view.cursor().shape(), Qt::PointingHandCursor);
        QVERIFY(hints.last()[0].toString().startsWith(QStringLiteral("Click a number")));
        const auto ringed = [&] { return view.grab(QRect(at - QPoint(30, 14), QSize(60, 28))).toImage(); };
        const QImage there = ringed();
        hover(window, cell(window, "z", 0, 0));
        QVERIFY(there != ringed());
        hover(window, QPoint(3, 3));
        QVERIFY(view.cursor().shape() != Qt::PointingHandCursor);
        QVERIFY(hints.last()[0].toString().isEmpty());
    }

    void aKeyExplainsTheLargestNumber()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        window->findChild<QDockWidget*>(QStringLiteral("inspector"))->hide();
        select(window, "b");
        const Tensor gradient = *window->playback().moment().flowing({node(window, "b")});
        const bool isFirst = std::abs(as<double>(gradient.at(0))) > std::abs(as<double>(gradient.at(1)));
        QTest::keyClick(&window->view(), Qt::Key_E, Qt::ShiftModifier);
        QTRY_VERIFY2(textOf(window, "explainedNumber")
                         .startsWith(isFirst ? QStringLiteral("∂L/∂b[0] = ") : QStringLiteral("∂L/∂b[1] = ")),
                     qPrintable(textOf(window, "explainedNumber")));
        QTRY_VERIFY(window->findChild<TermList*>(QStringLiteral("terms"))->hasFocus());  // Enter goes on to the loss.
        QTest::keyClick(window->findChild<TermList*>(QStringLiteral("terms")), Qt::Key_Return);
        QTRY_VERIFY(textOf(window, "explainedNumber").startsWith(QStringLiteral("∂L/∂z")));

        select(window, "x");
        QVERIFY(!window->commands().action(CommandId::ExplainGradient)->isEnabled());
    }

    void theContextMenuExplainsTheNumberThatWasClicked()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        QTest::mouseClick(&window->view(), Qt::RightButton, {}, cell(window, "W", 0, 1));
        QMenu* menu = nullptr;
        QTRY_VERIFY((menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())));
        QCOMPARE(menu->actions().constFirst()->text(), QStringLiteral("Explain T&his Number"));
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
        QTRY_VERIFY(textOf(window, "explainedNumber").startsWith(QStringLiteral("∂L/∂W[0, 1] = ")));
    }

    void ofABlockTheWorstIsExplained()
    {
        Desk desk;
        QStringList numbers;
        for (int i = 0; i < 200; ++i)
            numbers << (i == 7 ? QStringLiteral("-90.") : QStringLiteral("1."));
        MainWindow* const window = open(desk, R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "v", "op": "tensor", "attributes": {"value": "[)" + numbers.join(u',').toUtf8() + R"(]", "requires_grad": true}},
 {"name": "w", "op": "mul", "inputs": ["v", "v"]},
 {"name": "s", "op": "sum", "inputs": ["w"]}], "backward": [{"roots": ["s"]}]})");
        QTest::mouseClick(&window->view(), Qt::LeftButton, {}, cell(window, "v", 0, 1));  // 4 … 7
        QTRY_VERIFY2(textOf(window, "explainedNumber").startsWith(QStringLiteral("∂L/∂v[7] = -180")),
                     qPrintable(textOf(window, "explainedNumber")));
        const auto largest = largestGradientNumber(window->view().scene(), node(window, "v"));
        QVERIFY(largest);
        QCOMPARE(largest->element, std::int64_t(7));
    }

    void broadcastingIsSaidOnItsLink()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        BroadcastLabels broadcasts;
        const auto labels = [&] { return broadcasts.labels(view.scene(), view.scene().bounds()); };
        QCOMPARE(labels().size(), std::size_t(1));
        QCOMPARE(labels()[0].target, (Target{node(window, "z"), 1}));
        QCOMPARE(labels()[0].shapes, QStringLiteral("(2,) → (2, 2)"));
        QCOMPARE(labels()[0].fold, QStringLiteral("sum over dim 0"));
        QVERIFY(!labels()[0].box.intersects(withPorts(view.scene(), node(window, "z"))));
        // The gradient has not come back yet two steps before; and forward, before z is there, nothing is said.
        QTest::keyClick(&view, Qt::Key_F9, Qt::ShiftModifier);
        QTRY_VERIFY(window->playback().moment().position() == 0);
        QCOMPARE(labels()[0].shapes, QStringLiteral("(2,) → (2, 2)"));
        QCOMPARE(labels()[0].fold, QString());
        QTest::keyClick(&view, Qt::Key_F9, Qt::ShiftModifier);
        QTRY_VERIFY(!window->playback().moment().result(node(window, "z")));
        QVERIFY(labels().empty());
    }

    void broadcastLabelsAreSeenWhereTheyCanBeRead()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        view.reveal(node(window, "z"));
        // What is within a label's frame, with and without the gradients' looks.
        const auto isShown = [&] {
            const QRectF box = BroadcastLabels().labels(view.scene(), view.scene().bounds())[0].box;
            const QRect area = QRectF(view.toWidget(box.topLeft()), view.toWidget(box.bottomRight())).toRect();
            const QImage image = view.grab(area).toImage().convertToFormat(QImage::Format_RGB32);
            int pixels = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    pixels += qBlue(image.pixel(x, y)) - qRed(image.pixel(x, y)) > 50;  // Links are orange here, or grey.
            return pixels > 10;
        };
        QVERIFY(isShown());
        QTest::keyClick(&view, Qt::Key_O);
        QVERIFY(!isShown());
        QTest::keyClick(&view, Qt::Key_O);
        QVERIFY(isShown());
        view.zoomTo(0.55);
        QVERIFY(!isShown());
    }

    void linksSayInWordsHowTheyBroadcast()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        view.reveal(node(window, "b"));
        const Scene& scene = view.scene();
        const QPointF ends[] = {scene.at(OutputId{node(window, "b")}), scene.at(Target{node(window, "z"), 1})};
        const QPoint at = view.toWidget(LinkPath{ends[0], ends[1]}.points()[4]).toPoint();
        QHelpEvent help(QEvent::ToolTip, at, view.mapToGlobal(at));
        QApplication::sendEvent(&view, &help);
        QVERIFY2(QToolTip::text().contains(QStringLiteral("repeated: (2,) → (2, 2)")), qPrintable(QToolTip::text()));
        QVERIFY(QToolTip::text().contains(QStringLiteral("its gradient is folded: sum over dim 0")));
    }

    void labelsKeepOffNodesAndEachOther()
    {
        Desk desk;
        // A column and a row, close to where they meet: both are repeated.
        MainWindow* const window = open(desk, R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "u", "op": "tensor", "attributes": {"value": "[[1.], [2.], [3.]]", "requires_grad": true}, "position": [0, 0]},
 {"name": "v", "op": "tensor", "attributes": {"value": "[[1., 2.]]", "requires_grad": true}, "position": [0, 180]},
 {"name": "w", "op": "mul", "inputs": ["u", "v"], "position": [310, 60]},
 {"name": "s", "op": "sum", "inputs": ["w"], "position": [560, 60]}], "backward": [{"roots": ["s"]}]})");
        const Scene& scene = window->view().scene();
        const auto labels = BroadcastLabels().labels(scene, scene.bounds());
        QCOMPARE(labels.size(), std::size_t(2));
        QVERIFY(!labels[0].box.intersects(labels[1].box));
        QCOMPARE(labels[0].shapes, QStringLiteral("(3, 1) → (3, 2)"));
        QCOMPARE(labels[0].fold, QStringLiteral("sum over dim 1"));
        QCOMPARE(labels[1].fold, QStringLiteral("sum over dim 0"));
        QVERIFY(labels[0].box.right() < scene.box(node(window, "w")).left());  // On the link, not behind the node.
        for (const auto& label : labels)
            for (const char* const name : {"u", "v", "w"})
                QVERIFY(!label.box.intersects(withPorts(scene, node(window, name))));
        QVERIFY(BroadcastLabels().labels(scene, scene.bounds(), scene.bounds()).empty());  // All is taken.
    }

    void labelsSayLessWhereNodesStandClose_data()
    {
        QTest::addColumn<int>("gap");
        QTest::addColumn<QString>("shapes");
        QTest::addColumn<QString>("fold");
        QTest::newRow("room") << 130 << QStringLiteral("(2,) → (2, 2)") << QStringLiteral("sum over dim 0");
        QTest::newRow("close") << 92 << QStringLiteral("(2,)→(2,2)") << QStringLiteral("Σ dim 0");
        QTest::newRow("closer") << 70 << QString() << QStringLiteral("Σ dim 0");
        QTest::newRow("no room") << 40 << QString() << QString();
        QTest::newRow("one on the other") << -60 << QString() << QString();
    }

    void labelsSayLessWhereNodesStandClose()
    {
        QFETCH(int, gap);
        QFETCH(QString, shapes);
        QFETCH(QString, fold);
        Desk desk;
        MainWindow* const window = open(desk, QByteArray(pair).replace("LEFT", QByteArray::number(176 + gap)));
        const Scene& scene = window->view().scene();
        const auto labels = BroadcastLabels().labels(scene, scene.bounds());
        QCOMPARE(labels.empty() ? QString() : labels[0].shapes, shapes);
        QCOMPARE(labels.empty() ? QString() : labels[0].fold, fold);
        for (const auto& label : labels)
            for (const char* const name : {"p", "t", "loss"})
                QVERIFY(!label.box.intersects(withPorts(scene, node(window, name))));
    }

    /// Labels hang on links wherever nodes lie about: over none of them, and over none of their ports.
    void labelsCoverNoPortWhereverNodesLie()
    {
        Desk desk;
        MainWindow* const window = open(desk, layer);
        GraphView& view = window->view();
        int said = 0;
        for (int x = 100; x <= 900; x += 50)
            for (int y = -150; y <= 400; y += 50) {
                window->document().apply(MoveNodes{{{node(window, "b"), Point{double(x), double(y)}}}});
                Desk::settle(window);
                const auto labels = BroadcastLabels().labels(view.scene(), view.scene().bounds());
                said += int(labels.size());
                for (const auto& label : labels)
                    for (const NodeId id : view.scene().nodesIn(view.scene().bounds()))
                        QVERIFY2(!label.box.intersects(withPorts(view.scene(), id)), qPrintable(QStringLiteral("%1 %2").arg(x).arg(y)));
            }
        QVERIFY(said > 20);
    }
};

}  // namespace

#include "tst_explaining.moc"
QTEST_MAIN(ExplainingTest)

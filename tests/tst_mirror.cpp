// SPDX-License-Identifier: GPL-3.0-or-later
// The backward graph in its dock: what it shows, with the engine's numbers, and how it and the canvas point at each other.
#include "tests/window_fixture.h"

#include <QSplitter>
#include <QTableView>

using namespace chainrule;

namespace {

constexpr auto chain = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[1., 2., 3.]", "requires_grad": true}, "position": [0, 0]},
 {"name": "w", "op": "tensor", "attributes": {"value": "[2., 2., 2.]", "requires_grad": true}, "position": [0, 220]},
 {"name": "p", "op": "mul", "inputs": ["x", "w"], "position": [300, 0]},
 {"name": "e", "op": "exp", "inputs": ["p"], "position": [600, 0]},
 {"name": "s", "op": "sum", "inputs": ["e"], "position": [900, 0]}],
 "backward": [{"roots": ["s"]}]})";

MirrorPanel* panelOf(MainWindow* window)
{
    return window->findChild<MirrorPanel*>();
}

MainWindow* withMirror(Desk& desk, const char* document)
{
    MainWindow* const window = desk.open(document);
    press(window, CommandId::ShowBackwardGraph);
    QTest::qWait(50);  // Until docks have their sizes.
    return window;
}

/// The box whose grad_fn has that name, of that node.
std::optional<std::uint32_t> find(MainWindow* window, const char* gradFn, const char* of)
{
    const GradGraph* const graph = panelOf(window)->view().graph();
    for (std::uint32_t i = 0; graph && i < graph->size(); ++i)
        if ((*graph)[i].name == gradFn && (*graph)[i].node == node(window, of))
            return i;
    return std::nullopt;
}

QPoint centreOf(MainWindow* window, std::uint32_t gradFn)
{
    const MirrorView& view = panelOf(window)->view();
    return view.camera().toWidget(view.layoutOfBoxes().box(gradFn)).center().toPoint();
}

/// "other float32 [3] 12 held w", row by row, as the table shows it.
QStringList rows(MainWindow* window)
{
    const auto* const table = window->findChild<QTableView*>(QStringLiteral("savedTensors"));
    QStringList all;
    for (int row = 0; row < table->model()->rowCount(); ++row) {
        QStringList cells;
        for (int column = SavedModel::Name; column < SavedModel::ColumnCount; ++column)
            cells << table->model()->index(row, column).data().toString();
        all << cells.join(QLatin1Char(' '));
    }
    return all;
}

QString summary(MainWindow* window)
{
    return window->findChild<QLabel*>(QStringLiteral("mirrorSummary"))->text();
}

}  // namespace

class MirrorTest : public QObject {
    Q_OBJECT

    Settings m_settings;

private Q_SLOTS:
    void isHiddenAtFirst()
    {
        Desk desk;
        MainWindow* const window = desk.open(chain);
        QVERIFY(!panelOf(window)->isVisible());
        QVERIFY(!panelOf(window)->view().graph());
    }

    /// Of all panels that may be open together, each has room, and so has the canvas.
    void hasRoomWhenItIsOpened()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        const int height = panelOf(window)->height();
        QVERIFY2(height >= 300, qPrintable(QString::number(height)));
        press(window, CommandId::ShowHealth);
        QTest::qWait(50);
        QCOMPARE(panelOf(window)->height(), height);
        QVERIFY2(panelOf(window)->view().width() >= 300, qPrintable(QString::number(panelOf(window)->view().width())));
        QVERIFY2(window->view().height() >= 250, qPrintable(QString::number(window->view().height())));
        press(window, CommandId::ShowBackwardGraph);
        press(window, CommandId::ShowBackwardGraph);
        QTest::qWait(50);
        QCOMPARE(panelOf(window)->height(), height);
    }

    void itsRoomGoesToTheCanvasWhenItIsClosed()
    {
        Desk desk;
        MainWindow* const window = desk.open(chain);
        QTest::qWait(50);
        const QWidget* const steps = window->findChild<QWidget*>(QStringLiteral("player"), Qt::FindDirectChildrenOnly);
        const int height = steps->height();
        const int canvas = window->view().height();
        for (const CommandId panel : {CommandId::ShowBackwardGraph, CommandId::ShowHealth}) {
            press(window, panel);
            QTest::qWait(50);
            QVERIFY(window->view().height() < canvas);
            QVERIFY2(steps->height() <= height, qPrintable(QString::number(steps->height())));
            const int before = steps->height();
            press(window, panel);
            QTest::qWait(50);
            QCOMPARE(steps->height(), before);
            QVERIFY2(window->view().height() >= canvas, qPrintable(QString::number(window->view().height())));
        }
    }

    void roomOfTheTableIsRemembered()
    {
        int width = 0;
        {
            Desk desk;
            MainWindow* const window = withMirror(desk, chain);
            auto* const splitter = panelOf(window)->findChild<QSplitter*>();
            QSplitterHandle* const handle = splitter->handle(1);
            const int before = splitter->sizes()[1];
            const QPoint middle = handle->rect().center();
            QTest::mousePress(handle, Qt::LeftButton, {}, middle);
            QTest::mouseMove(handle, middle + QPoint(120, 0));
            QTest::mouseRelease(handle, Qt::LeftButton, {}, middle + QPoint(120, 0));
            width = splitter->sizes()[1];
            QVERIFY(width < before - 100);
            window->close();
        }
        Desk desk;
        MainWindow* const window = desk.open(chain);
        if (!panelOf(window)->isVisible())
            press(window, CommandId::ShowBackwardGraph);
        QTest::qWait(50);
        const int found = panelOf(window)->findChild<QSplitter*>()->sizes()[1];
        QVERIFY2(std::abs(found - width) <= 3, qPrintable(QStringLiteral("%1 instead of %2").arg(found).arg(width)));
        press(window, CommandId::ShowBackwardGraph);  // The other tests' windows begin without it.
        window->close();
    }

    void boxesStandAsTheirNodesDo()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        const MirrorView& view = panelOf(window)->view();
        QVERIFY(view.graph());
        QCOMPARE(view.graph()->size(), std::size_t(5));
        QCOMPARE(QString::fromUtf8((*view.graph())[0].name.data()), QStringLiteral("SumBackward0"));
        const auto box = [&](const char* gradFn, const char* of) { return view.layoutOfBoxes().box(*find(window, gradFn, of)); };
        QVERIFY(box("AccumulateGrad", "x").right() < box("MulBackward0", "p").left());
        QVERIFY(box("MulBackward0", "p").right() < box("ExpBackward0", "e").left());
        QVERIFY(box("AccumulateGrad", "x").bottom() < box("AccumulateGrad", "w").top());
        for (std::uint32_t a = 0; a < view.graph()->size(); ++a)
            for (std::uint32_t b = 0; b < a; ++b)
                QVERIFY(!view.layoutOfBoxes().box(a).intersects(view.layoutOfBoxes().box(b)));
        panelOf(window)->view().frameAll();
        QVERIFY(view.rect().contains(view.camera().toWidget(view.layoutOfBoxes().bounds()).toAlignedRect()));

        // Where the node goes, its box goes.
        const qreal before = box("SumBackward0", "s").top();
        window->document().apply(MoveNodes{{{node(window, "s"), {900, 500}}}});
        QTRY_VERIFY(box("SumBackward0", "s").top() > before + 100);
    }

    /// Held, then freed step by step: rows and sums are those of a count by hand.
    void savedTensorsFollowTheSteps()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        press(window, CommandId::StepToStart);
        QCOMPARE(rows(window), QStringList({QStringLiteral("_saved_result float32 [3] 12 held e"),
                                            QStringLiteral("_saved_other float32 [3] 12 held w"),
                                            QStringLiteral("_saved_self float32 [3] 12 held x")}));
        QVERIFY2(summary(window).startsWith(QStringLiteral("5 grad_fns   holds 36 B")), qPrintable(summary(window)));
        for (int i = 0; i < 3; ++i)
            press(window, CommandId::StepForward);  // The root's own gradient, sum, exp.
        QVERIFY(rows(window)[0].contains(QStringLiteral("freed")));
        QVERIFY(rows(window)[1].contains(QStringLiteral("held")));
        QVERIFY2(summary(window).contains(QStringLiteral("holds 24 B")), qPrintable(summary(window)));
        const auto running = runningEntry(window->playback().moment());
        QVERIFY(running);
        QCOMPARE((*panelOf(window)->view().graph())[*find(window, "ExpBackward0", "e")].entry, *running);
        press(window, CommandId::StepToEnd);
        QCOMPARE(rows(window).filter(QStringLiteral("freed")).size(), 3);
        QVERIFY2(summary(window).contains(QStringLiteral("holds 0 B")), qPrintable(summary(window)));
        press(window, CommandId::StepToStart);
        press(window, CommandId::StepToStart);
        QCOMPARE(rows(window).filter(QStringLiteral("not yet")).size(), 3);
    }

    void choosingABoxSelectsItsNodeAndBack()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        MirrorView& view = panelOf(window)->view();
        const std::uint32_t mul = *find(window, "MulBackward0", "p");
        QTest::mouseClick(&view, Qt::LeftButton, {}, centreOf(window, mul));
        QCOMPARE(window->view().selection(), std::vector{node(window, "p")});
        QCOMPARE(view.current(), std::optional(mul));
        QCOMPARE(rows(window).size(), 2);
        QVERIFY2(view.accessibleDescription().startsWith(QStringLiteral("MulBackward0")), qPrintable(view.accessibleDescription()));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("next_functions: AccumulateGrad, AccumulateGrad")));

        select(window, "e");
        QCOMPARE(view.current(), std::nullopt);
        QCOMPARE(view.chosen(), std::vector{*find(window, "ExpBackward0", "e")});
        QCOMPARE(rows(window).size(), 1);

        view.setFocus();
        QTest::mouseClick(&view, Qt::LeftButton, {}, centreOf(window, *find(window, "ExpBackward0", "e")));
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.current(), std::optional(mul));
        QCOMPARE(window->view().selection(), std::vector{node(window, "p")});
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(window->view().selection(), std::vector{node(window, "e")});
        QTest::mouseClick(&view, Qt::LeftButton, {}, {2, 2});
        QVERIFY(window->view().selection().empty());
        QCOMPARE(rows(window).size(), 3);
    }

    void hoveringPointsAtTheOther()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        MirrorView& view = panelOf(window)->view();
        press(window, CommandId::FrameAll);
        const QImage canvas = window->view().grab().toImage();
        QTest::mouseMove(&view, centreOf(window, *find(window, "ExpBackward0", "e")));
        QVERIFY(window->view().grab().toImage() != canvas);
        QTest::mouseMove(&view, {2, 2});
        QCOMPARE(window->view().grab().toImage(), canvas);
        const QImage mirror = view.grab().toImage();
        const QRectF box = window->view().scene().box(node(window, "s"));
        QTest::mouseMove(&window->view(), window->view().toWidget(box.center()).toPoint());
        QVERIFY(view.grab().toImage() != mirror);
    }

    void wheelZoomsAndHomeShowsAll()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        MirrorView& view = panelOf(window)->view();
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_Home);
        const qreal before = view.camera().scale();
        QWheelEvent wheel({100, 60}, view.mapToGlobal(QPointF(100, 60)), {}, {0, 240}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(&view, &wheel);
        QVERIFY(view.camera().scale() > before * 1.3);
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.camera().scale(), before);
    }

    /// The grad_fns that a gradient in the graph is made of are its node's.
    void doubleBackwardIsLinkedToItsNode()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "2.", "requires_grad": true}, "position": [0, 0]},
 {"name": "three", "op": "number", "attributes": {"value": 3}, "position": [0, 220]},
 {"name": "y", "op": "pow", "inputs": ["x", "three"], "position": [300, 0]},
 {"name": "g", "op": "autograd.grad", "inputs": ["y", "x"], "position": [600, 0]}]})");
        const MirrorView& view = panelOf(window)->view();
        QVERIFY(find(window, "MulBackward0", "g"));
        QVERIFY(find(window, "MulBackward1", "g"));
        QVERIFY(find(window, "PowBackward0", "g"));
        select(window, "g");
        QCOMPARE(view.chosen().size(), std::size_t(3));
        QCOMPARE(rows(window).size(), 2);  // MulBackward0 the seed, PowBackward0 x.
        select(window, "y");
        QCOMPARE(rows(window), QStringList(QStringLiteral("_saved_self float32 [] 4 kept x")));
    }

    void followsEdits()
    {
        Desk desk;
        MainWindow* const window = withMirror(desk, chain);
        window->document().apply(RemoveNodes{{node(window, "e")}});
        Desk::settle(window);
        QVERIFY(!find(window, "ExpBackward0", "e"));
        QVERIFY(find(window, "MulBackward0", "p"));
        press(window, CommandId::ShowBackwardGraph);
        QVERIFY(!panelOf(window)->isVisible());
        press(window, CommandId::Undo);
        press(window, CommandId::ShowBackwardGraph);
        QTest::qWait(0);
        QVERIFY(find(window, "ExpBackward0", "e"));
    }

    /// 10 000 grad_fns are drawn within a frame of a few, however much of them is seen.
    void staysFastWithManyNodes()
    {
        std::string nodes = R"({"name": "x", "op": "tensor", "attributes": {"value": "1.", "requires_grad": true}})";
        for (int i = 0; i < 10'000; ++i)
            nodes += ",{\"name\": \"n" + std::to_string(i) + "\", \"op\": \"sin\", \"inputs\": [\""
                     + (i == 0 ? "x" : "n" + std::to_string(i - 1)) + "\"], \"position\": [" + std::to_string(260 * (i % 100))
                     + ", " + std::to_string(200 * (i / 100)) + "]}";
        Desk desk;
        MainWindow* const window =
            withMirror(desk, (R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]}").c_str());
        MirrorView& view = panelOf(window)->view();
        QTRY_VERIFY(view.graph());
        QCOMPARE(view.graph()->size(), std::size_t(10'001));
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 5; ++i)
            view.grab();
        const qint64 all = timer.restart() / 5;
        const qint64 slowest = 400;  // Of a debug build on a busy machine.
        QVERIFY2(all < slowest, qPrintable(QString::number(all)));
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(&view, Qt::Key_Plus);
        timer.restart();
        for (int i = 0; i < 5; ++i)
            view.grab();
        QVERIFY2(timer.elapsed() / 5 < slowest / 4, qPrintable(QString::number(timer.elapsed() / 5)));
    }
};

QTEST_MAIN(MirrorTest)
#include "tst_mirror.moc"

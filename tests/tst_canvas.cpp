// SPDX-License-Identifier: GPL-3.0-or-later
#include "canvas_bench.h"

#include "widgets/canvas/in_place_editor.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/palette/op_search.h"

#include <QAccessible>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>

using namespace chainrule;

namespace {

/// x, y and v are sources of several shapes; p = x * y; a stands apart with open inputs.
const std::string nodes = R"(
    {"name": "x", "op": "tensor", "attributes": {"value": "3.", "requires_grad": true}, "position": [0, 0]},
    {"name": "y", "op": "tensor", "attributes": {"value": "4."}, "position": [0, 200]},
    {"name": "v", "op": "tensor", "attributes": {"value": "[[1, 2], [3, 4]]"}, "position": [0, 400]},
    {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [300, 80]},
    {"name": "a", "op": "add", "position": [600, 300]})";
constexpr auto shift = Qt::ShiftModifier;
constexpr auto control = Qt::ControlModifier;
constexpr auto alt = Qt::AltModifier;

}  // namespace

class CanvasTest : public QObject {
    Q_OBJECT

private:
    QLineEdit* field(const CanvasBench& bench) const
    {
        auto* const editor = bench.view.findChild<InPlaceEditor*>();
        return editor ? editor->findChild<QLineEdit*>() : nullptr;
    }
    /// Types an op's name into the search that is open and takes the first.
    void chooseOp(const CanvasBench& bench, const QString& name)
    {
        auto* const search = bench.view.findChild<OpSearch*>();
        QVERIFY(search && search->isVisible());
        auto* const text = search->findChild<QLineEdit*>();
        QTest::keyClicks(text, name);
        QTest::keyClick(text, Qt::Key_Return);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }

private Q_SLOTS:
    // Links

    void dragFromOutputToInputConnects()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("p"), bench.input("a", 0));
        QCOMPARE(bench.source("a", 0), std::string("p"));
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void dragFromInputBackwardsConnects()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.input("a", 1), bench.output("p"));
        QCOMPARE(bench.source("a", 1), std::string("p"));
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void aLinkDroppedOnABodyTakesTheInputThatIsOpen()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("p"), bench.body("a"));
        bench.drop(bench.output("x"), bench.body("a"));
        QCOMPARE(bench.source("a", 0) + bench.source("a", 1), std::string("px"));
        QCOMPARE(bench.steps(), std::size_t(2));
    }

    void draggingALinksEndMovesIt()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.input("p", 1), bench.input("a", 0));
        QCOMPARE(bench.source("p", 1), std::string());
        QCOMPARE(bench.source("a", 0), std::string("y"));
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.drop(bench.input("a", 0), bench.input("a", 0) + QPoint(3, 5));
        QCOMPARE(bench.steps(), std::size_t(1));  // Back where it was.
    }

    void draggingALinksEndWithShiftCopiesIt()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.input("p", 1), bench.input("a", 0), shift);
        QCOMPARE(bench.source("p", 1), std::string("y"));
        QCOMPARE(bench.source("a", 0), std::string("y"));
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void aLinksEndDroppedOnNothingWithShiftIsGone()
    {
        CanvasBench bench(nodes);
        bench.drag(bench.input("p", 1), bench.empty());
        bench.release(bench.empty(), shift);
        QCOMPARE(bench.source("p", 1), std::string());
        QCOMPARE(bench.steps(), std::size_t(1));
        QVERIFY(!bench.view.findChild<OpSearch*>());
    }

    void draggingAnOutputWithControlMovesAllItsLinks()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("x"), bench.input("a", 1));
        bench.drop(bench.output("x"), bench.output("y"), control);
        QCOMPARE(bench.source("p", 0), std::string("y"));
        QCOMPARE(bench.source("p", 1), std::string("y"));
        QCOMPARE(bench.source("a", 1), std::string("y"));
        QCOMPARE(bench.steps(), std::size_t(2));
    }

    void aCycleIsRefusedInWords()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("p"), bench.input("a", 0));
        bench.drag(bench.output("a"), bench.input("p", 0), control);
        QVERIFY2(bench.hints.last().contains(QLatin1String("cycle")), qPrintable(bench.hints.last()));
        QVERIFY(bench.refusals.isEmpty());
        bench.release(bench.input("p", 0), control);  // Ctrl does not help.
        QCOMPARE(bench.refusals.size(), 1);
        QVERIFY2(bench.refusals.last().contains(QLatin1String("cycle")), qPrintable(bench.refusals.last()));
        QCOMPARE(bench.steps(), std::size_t(1));
        QVERIFY(!bench.rejected);
    }

    void whatTheOpRefusesIsNotConnectedButSaysWhy()
    {
        CanvasBench bench(
            nodes
            + R"(, {"name": "w", "op": "tensor", "attributes": {"value": "[1, 2, 3]"}, "position": [0, 600]})");
        bench.drop(bench.output("v"), bench.input("a", 0));
        bench.drag(bench.output("w"), bench.input("a", 1));
        const QString reason = bench.hints.last();
        QVERIFY2(
            reason.contains(QLatin1String("The size of tensor a (2) must match the size of tensor b (3)")),
            qPrintable(reason));
        QVERIFY2(reason.contains(QLatin1String("Ctrl")), qPrintable(reason));
        bench.release(bench.input("a", 1));
        QCOMPARE(bench.source("a", 1), std::string());
        QCOMPARE(bench.steps(), std::size_t(1));
        QCOMPARE(bench.hints.last(), QString());
    }

    void controlConnectsWhatOnlyTheOpRefuses()
    {
        CanvasBench bench(
            nodes
            + R"(, {"name": "w", "op": "tensor", "attributes": {"value": "[1, 2, 3]"}, "position": [0, 600]})");
        bench.drop(bench.output("v"), bench.input("a", 0));
        bench.drag(bench.output("w"), bench.input("a", 1));
        bench.release(bench.input("a", 1), control);
        QCOMPARE(bench.source("a", 1), std::string("w"));
        QVERIFY(bench.view.scene().face(bench.id("a")).isError);
    }

    void clickingTwoPortsConnectsThem()
    {
        CanvasBench bench(nodes);
        bench.click(bench.output("p"));
        bench.move(bench.empty());
        bench.move(bench.input("a", 1));
        bench.click(bench.input("a", 1));
        QCOMPARE(bench.source("a", 1), std::string("p"));
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.click(bench.input("a", 0));  // Backwards.
        bench.click(bench.output("x"));
        QCOMPARE(bench.source("a", 0), std::string("x"));
        bench.click(bench.output("y"));
        bench.click(bench.empty());
        bench.click(bench.input("a", 0));
        bench.key(Qt::Key_Escape);
        bench.click(bench.output("y"));
        bench.key(Qt::Key_Escape);
        QCOMPARE(bench.steps(), std::size_t(2));
    }

    void aLinkDroppedOnNothingAsksForAnOpAndWiresIt()
    {
        CanvasBench bench(nodes);
        const QPoint place = bench.empty() - QPoint(200, 0);
        bench.drop(bench.output("p"), place);
        QCOMPARE(bench.steps(), std::size_t(0));
        chooseOp(bench, QStringLiteral("relu"));
        QCOMPARE(bench.source("relu"), std::string("p"));
        QCOMPARE(bench.steps(), std::size_t(1));
        QCOMPARE(bench.selected(), QStringList{QStringLiteral("relu")});
        QVERIFY((bench.input("relu") - place).manhattanLength() < 40);
        bench.drop(bench.input("a", 1), bench.at({420, 460}));
        chooseOp(bench, QStringLiteral("tanh"));
        QCOMPARE(bench.source("a", 1), std::string("tanh"));
        QCOMPARE(bench.steps(), std::size_t(2));
    }

    void theSearchOffersWhatAcceptsTheTensor()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("p"), bench.empty());
        auto* const search = bench.view.findChild<OpSearch*>();
        QVERIFY(search);
        QTest::keyClicks(search->findChild<QLineEdit*>(), QStringLiteral("matmul"));
        QTest::keyClick(search->findChild<QLineEdit*>(), Qt::Key_Return);
        QCOMPARE(bench.steps(), std::size_t(0));  // Both of its arguments must have a dimension.
    }

    void aLinksEndThatFindsAnOpLeavesItsPlace()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.input("p", 1), bench.empty());
        chooseOp(bench, QStringLiteral("relu"));
        QCOMPARE(bench.source("relu"), std::string("y"));
        QCOMPARE(bench.source("p", 1), std::string());
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.undo();
        QCOMPARE(bench.source("p", 1), std::string("y"));
    }

    void itemsOfAListAreConnectedOneByOne()
    {
        CanvasBench bench(nodes + R"(, {"name": "c", "op": "stack", "position": [600, 0]})");
        bench.drop(bench.output("x"), bench.input("c", 0, 0));
        bench.drop(bench.output("y"), bench.input("c", 0, 1));
        bench.drop(bench.output("p"), bench.input("c", 0, 2));
        QCOMPARE(bench.source("c", 0, 0) + bench.source("c", 0, 1) + bench.source("c", 0, 2),
                 std::string("xyp"));
        bench.drop(bench.input("c", 0, 0), bench.input("a", 0));
        QCOMPARE(bench.source("c", 0, 0) + bench.source("c", 0, 1), std::string("yp"));
        QCOMPARE(bench.source("a", 0), std::string("x"));
    }

    void crossedLinksAreCut_data()
    {
        QTest::addColumn<bool>("withKey");
        QTest::addRow("X") << true;
        QTest::addRow("Ctrl and the right button") << false;
    }

    void crossedLinksAreCut()
    {
        QFETCH(bool, withKey);
        CanvasBench bench(nodes);
        QSignalSpy menus(&bench.view, &GraphView::contextMenuRequested);
        const QPoint middle = (bench.output("x") + bench.input("p", 0)) / 2;
        const QPoint other = (bench.output("y") + bench.input("p", 1)) / 2;
        const QPoint from = middle + QPoint(0, -60), to = other + QPoint(0, 60);
        if (withKey)
            QTest::keyPress(&bench.view, Qt::Key_X);
        bench.drop(from, to, withKey ? Qt::NoModifier : control, withKey ? Qt::LeftButton : Qt::RightButton);
        if (withKey)
            QTest::keyRelease(&bench.view, Qt::Key_X);
        QCOMPARE(bench.source("p", 0) + bench.source("p", 1), std::string());
        QCOMPARE(bench.steps(), std::size_t(1));
        QCOMPARE(menus.count(), 0);
        bench.drop(bench.empty(), bench.empty() - QPoint(30, 30));  // The key is up: a rubber band again.
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void aClickedLinkIsDeletedByItsKey()
    {
        CanvasBench bench(nodes);
        bench.click((bench.output("x") + bench.input("p", 0)) / 2);
        QCOMPARE(bench.view.currentLink(), std::optional(Target{bench.id("p"), 0}));
        bench.key(Qt::Key_Delete);
        QCOMPARE(bench.source("p", 0), std::string());
        QCOMPARE(bench.source("p", 1), std::string("y"));
        QCOMPARE(bench.view.currentLink(), std::nullopt);
    }

    // Nodes

    void draggingMovesWhatIsSelectedInOneStep()
    {
        CanvasBench bench(nodes);
        bench.click(bench.body("x"));
        bench.click(bench.body("y"), shift);
        bench.drop(bench.body("y"), bench.body("y") + QPoint(400, 190));
        QCOMPARE(bench.position("x") - QPointF(0, 0), bench.position("y") - QPointF(0, 200));
        QVERIFY((bench.position("x") - QPointF(400, 190)).manhattanLength() < 14);  // But for the guides.
        QCOMPARE(bench.position("p"), QPointF(300, 80));
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.undo();
        QCOMPARE(bench.position("x"), QPointF(0, 0));
    }

    void draggingANodeThatIsNotSelectedMovesItAlone()
    {
        CanvasBench bench(nodes);
        bench.click(bench.body("x"));
        bench.drop(bench.body("a"), bench.body("a") + QPoint(33, 150));
        QCOMPARE(bench.position("x"), QPointF(0, 0));
        QVERIFY(bench.position("a") != QPointF(600, 300));
        QCOMPARE(bench.selected(), QStringList{QStringLiteral("a")});
    }

    void shiftKeepsToTheGrid()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.body("a"), bench.body("a") + QPoint(35, 50), shift);
        QCOMPARE(bench.position("a"), QPointF(624, 360));
    }

    void nodesSnapIntoLine()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.body("a"), bench.body("a") + QPoint(-297, 200));  // 3 beside p's left edge.
        QCOMPARE(bench.position("a").x(), 300.0);
        bench.drop(bench.body("a"), bench.body("a") + QPoint(30, 0));
        QVERIFY(bench.position("a").x() != 300.0);
    }

    void aLinkSnapsStraight()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.output("p"), bench.input("a", 0));
        const auto rise = [&] { return bench.input("a", 0).y() - bench.output("p").y(); };
        QVERIFY(std::abs(rise()) > 20);
        bench.drop(bench.body("a"), bench.body("a") + QPoint(67, 4 - rise()));
        QCOMPARE(rise(), 0);
    }

    void aNodeDroppedOnALinkGoesInBetween()
    {
        CanvasBench bench(nodes + R"(, {"name": "r", "op": "relu", "position": [600, 0]})");
        bench.drop(bench.output("p"), bench.input("a", 0));
        const QRectF box = bench.view.scene().box(bench.id("r"));
        const QPoint middle = (bench.output("p") + bench.input("a", 0)) / 2;
        const QPoint by = middle - bench.at(box.center());
        bench.drag(bench.body("r"), bench.body("r") + by);
        QVERIFY(!bench.hints.last().isEmpty());
        bench.release(bench.body("r") + by);
        QCOMPARE(bench.source("r"), std::string("p"));
        QCOMPARE(bench.source("a", 0), std::string("r"));
        QCOMPARE(bench.steps(), std::size_t(2));
        const auto left = [&](const char* name) { return bench.view.scene().box(bench.id(name)).left(); };
        const auto right = [&](const char* name) { return bench.view.scene().box(bench.id(name)).right(); };
        QVERIFY(left("r") > right("p") && left("a") > right("r"));  // They have made room.
    }

    void altKeepsADroppedNodeOutOfALink()
    {
        CanvasBench bench(nodes + R"(, {"name": "r", "op": "relu", "position": [600, 0]})");
        bench.drop(bench.output("p"), bench.input("a", 0));
        const QRectF box = bench.view.scene().box(bench.id("r"));
        const QPoint by = (bench.output("p") + bench.input("a", 0)) / 2 - bench.at(box.center());
        bench.drag(bench.body("r"), bench.body("r") + by);
        bench.move(bench.body("r") + by, alt);
        bench.release(bench.body("r") + by, alt);
        QCOMPARE(bench.source("r"), std::string());
        QCOMPARE(bench.source("a", 0), std::string("p"));
        QVERIFY(bench.position("r") != QPointF(600, 0));
    }

    void draggingWithAltCopies()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.body("p"), bench.body("p") + QPoint(40, 250), alt);
        QCOMPARE(bench.diagram.graph.size(), std::size_t(6));
        QCOMPARE(bench.position("p"), QPointF(300, 80));
        QCOMPARE(bench.selected().size(), 1);
        const std::string copy = bench.selected().front().toStdString();
        QCOMPARE(bench.source(copy, 0) + bench.source(copy, 1), std::string("xy"));
        QCOMPARE(bench.position(copy), QPointF(340, 330));
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void aRubberBandSelects()
    {
        CanvasBench bench(nodes);
        const auto around = [&](const char* first, const char* last, Qt::KeyboardModifiers modifiers) {
            bench.drop(bench.part(first, {-30, -30}), bench.part(last, {100, 20}), modifiers);
        };
        around("x", "y", {});
        QCOMPARE(bench.selected(), (QStringList{QStringLiteral("x"), QStringLiteral("y")}));
        around("p", "p", shift);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x y p"));
        around("y", "v", control);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x v p"));
        around("a", "a", {});
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("a"));
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void clicksSelect()
    {
        CanvasBench bench(nodes);
        bench.click(bench.body("x"));
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x"));
        bench.click(bench.body("p"), shift);
        bench.click(bench.body("y"), control);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x y p"));
        QCOMPARE(bench.view.current(), bench.id("y"));
        bench.click(bench.body("x"), control);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("y p"));
        bench.click(bench.body("p"));
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("p"));
        bench.click(bench.body("p"), shift | alt);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x y p"));
        bench.click(bench.body("x"), control | alt);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x p"));
        bench.click(bench.empty());
        QCOMPARE(bench.selected().size(), 0);
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void theContextMenuIsAboutWhatWasClicked()
    {
        CanvasBench bench(nodes);
        QSignalSpy menus(&bench.view, &GraphView::contextMenuRequested);
        bench.click(bench.body("x"));
        bench.click(bench.body("p"), {}, Qt::RightButton);
        QCOMPARE(menus.count(), 1);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("p"));
    }

    // Escape, and what else ends a gesture

    void escapeLeavesNoTrace_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
        const auto none = Qt::KeyboardModifiers();
        QTest::addRow("link") << "output"
                              << "input" << none;
        QTest::addRow("link to nothing") << "output"
                                         << "empty" << none;
        QTest::addRow("link's end") << "connected"
                                    << "input" << none;
        QTest::addRow("all links") << "used"
                                   << "other output" << Qt::KeyboardModifiers(control);
        QTest::addRow("move") << "body"
                              << "empty" << none;
        QTest::addRow("copy") << "body"
                              << "empty" << Qt::KeyboardModifiers(alt);
        QTest::addRow("scrub") << "number"
                               << "number beside" << none;
        QTest::addRow("band") << "empty"
                              << "body" << none;
    }

    void escapeLeavesNoTrace()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(Qt::KeyboardModifiers, modifiers);
        CanvasBench bench(nodes);
        const std::map<QString, QPoint> places{
            {QStringLiteral("output"), bench.output("p")},
            {QStringLiteral("input"), bench.input("a", 0)},
            {QStringLiteral("connected"), bench.input("p", 0)},
            {QStringLiteral("used"), bench.output("x")},
            {QStringLiteral("body"), bench.body("a")},
            {QStringLiteral("other output"), bench.output("y")},
            {QStringLiteral("empty"), bench.empty()},
            {QStringLiteral("number"), bench.cell("x")},
            {QStringLiteral("number beside"), bench.cell("x") + QPoint(40, 2)}};
        const Diagram before = bench.diagram;
        const QImage picture = bench.view.grab().toImage();
        for (const bool isCancelled : {true, false}) {
            bench.drag(places.at(from), places.at(to), modifiers);
            QVERIFY(bench.view.grab().toImage() != picture);
            if (isCancelled)
                bench.key(Qt::Key_Escape);
            if (isCancelled) {
                QCOMPARE(bench.diagram, before);
                QCOMPARE(bench.steps(), std::size_t(0));
                QVERIFY(!bench.view.findChild<OpSearch*>());
                bench.release(places.at(to), modifiers);
                bench.click(bench.empty());
                bench.move({1, 1});
                QCOMPARE(bench.view.grab().toImage(), picture);
            } else {
                bench.release(places.at(to), modifiers);
                QVERIFY(bench.diagram != before || !bench.view.selection().empty()
                        || bench.view.findChild<OpSearch*>());
            }
        }
    }

    void theOtherButtonGivesADragUp()
    {
        CanvasBench bench(nodes);
        bench.drag(bench.body("a"), bench.body("a") + QPoint(50, 50));
        bench.press(bench.body("a"), {}, Qt::RightButton);
        bench.release(bench.body("a"), {}, Qt::RightButton);
        bench.release(bench.body("a") + QPoint(50, 50));
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void aDiagramThatChangesUnderADragEndsIt()
    {
        CanvasBench bench(nodes);
        bench.drag(bench.output("p"), bench.input("a", 0));
        bench.apply(RemoveNodes{{bench.id("p")}});
        bench.move(bench.input("a", 1));
        bench.release(bench.input("a", 1));
        QCOMPARE(bench.steps(), std::size_t(1));
        QCOMPARE(bench.source("a", 0) + bench.source("a", 1), std::string());
    }

    void aDragAtTheEdgeScrolls()
    {
        CanvasBench bench(nodes);
        const QPointF before = bench.view.toScene({0, 0});
        bench.drag(bench.body("a"), {bench.view.width() - 2, 300});
        QTRY_VERIFY(bench.view.toScene({0, 0}).x() > before.x() + 60);
        bench.release({bench.view.width() - 2, 300});
        QVERIFY(bench.position("a").x() > 600 + 60);
    }

    // Numbers

    void scrubbingChangesANumberLive()
    {
        CanvasBench bench(nodes);
        const QPoint from = bench.cell("x");
        bench.drag(from, from + QPoint(50, 3));
        QCOMPARE(bench.attribute("x", "value"), std::string("3.5"));
        QCOMPARE(bench.view.scene().face(bench.id("p")).outputs[0].value.cells[0].text, QStringLiteral("14"));
        bench.move(from + QPoint(100, 3));
        QCOMPARE(bench.attribute("x", "value"), std::string("4."));
        QVERIFY(bench.hints.last().startsWith(QLatin1String("4.")));
        bench.release(from + QPoint(100, 3));
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.drop(from, from + QPoint(-100, 0));
        QCOMPARE(bench.steps(), std::size_t(2));  // Another drag is another step.
        QCOMPARE(bench.attribute("x", "value"), std::string("3."));
        bench.undo();
        QCOMPARE(bench.attribute("x", "value"), std::string("4."));
    }

    void scrubbingIsFineWithShiftAndCoarseWithControl()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.cell("x"), bench.cell("x") + QPoint(50, 0), shift);
        QCOMPARE(bench.attribute("x", "value"), std::string("3.05"));
        bench.drop(bench.cell("x"), bench.cell("x") + QPoint(50, 0), control);
        QCOMPARE(bench.attribute("x", "value"), std::string("8.05"));
    }

    void scrubbingACellKeepsIntsAndTheRestOfTheText()
    {
        CanvasBench bench(nodes);
        bench.drop(bench.cell("v", 1, 0), bench.cell("v", 1, 0) + QPoint(33, 0));
        QCOMPARE(bench.attribute("v", "value"), std::string("[[1, 2], [7, 4]]"));
        bench.drop(bench.cell("v", 0, 1), bench.cell("v", 0, 1) + QPoint(-33, 0));
        QCOMPARE(bench.attribute("v", "value"), std::string("[[1, -2], [7, 4]]"));
    }

    void scrubbingAPythonNumberKeepsItsKind()
    {
        CanvasBench bench(R"({"name": "n", "op": "number", "attributes": {"value": 2}, "position": [0, 0]},
                             {"name": "f", "op": "number", "attributes": {"value": 0.5}, "position": [300, 0]})");
        bench.drop(bench.cell("n"), bench.cell("n") + QPoint(25, 0));
        QCOMPARE(bench.attribute("n", "value"), std::string("5"));
        bench.drop(bench.cell("f"), bench.cell("f") + QPoint(25, 0));
        QCOMPARE(bench.attribute("f", "value"), std::string("0.75"));
    }

    void whatIsComputedIsTakenOut_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QPoint>("way");
        QTest::addColumn<QString>("node");
        QTest::addColumn<bool>("isGradient");
        QTest::addRow("value") << "value" << QPoint(40, 3) << "p" << false;
        QTest::addRow("gradient") << "gradient" << QPoint(40, 3) << "x" << true;
        QTest::addRow("number of a source, downwards") << "number" << QPoint(3, 40) << "x" << false;
    }

    void whatIsComputedIsTakenOut()
    {
        QFETCH(QString, from);
        QFETCH(QPoint, way);
        QFETCH(QString, node);
        QFETCH(bool, isGradient);
        CanvasBench bench(nodes);
        bench.apply(SetBackward{{Pass{.roots = {{bench.id("p")}}}}});
        QSignalSpy drags(&bench.view, &GraphView::dragRequested);
        const QPoint start = from == QLatin1String("gradient") ? bench.gradient("x")
                             : from == QLatin1String("number") ? bench.cell("x")
                                                               : bench.cell("p");
        bench.drop(start, start + way);
        QCOMPARE(drags.count(), 1);
        QCOMPARE(drags[0][0].value<OutputId>().node, bench.id(node.toStdString()));
        QCOMPARE(drags[0][1].value<Which>() == Which::Gradient, isGradient);
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    // Typing

    void aDoubleClickOnTheNameEditsIt()
    {
        CanvasBench bench(nodes);
        bench.doubleClick(bench.title("p"));
        QVERIFY(field(bench));
        QCOMPARE(field(bench)->text(), QStringLiteral("p"));
        QTest::keyClicks(field(bench), QStringLiteral("product"));
        QCOMPARE(bench.steps(), std::size_t(0));
        QTest::keyClick(field(bench), Qt::Key_Return);
        QVERIFY(!field(bench) || !field(bench)->isVisible());
        QVERIFY(bench.id("product") != NodeId());
        QCOMPARE(bench.steps(), std::size_t(1));
        QVERIFY(bench.view.hasFocus());
    }

    void aNameThatIsTakenOrNoneSaysSo()
    {
        CanvasBench bench(nodes);
        bench.view.editName(bench.id("p"));
        const auto message = [&] {
            return bench.view.findChild<InPlaceEditor*>()->findChild<QLabel*>()->text();
        };
        QTest::keyClicks(field(bench), QStringLiteral("x"));
        QVERIFY2(message().contains(QLatin1String("a node is called")), qPrintable(message()));
        QTest::keyClick(field(bench), Qt::Key_Return);
        QVERIFY(field(bench));
        QTest::keyClicks(field(bench), QStringLiteral(" 1"));
        QVERIFY(!message().isEmpty());
        QTest::keyClick(field(bench), Qt::Key_Escape);
        QCOMPARE(bench.steps(), std::size_t(0));
        QVERIFY(bench.id("p") != NodeId());
    }

    void typingALiteralTakesEffectWithEveryKeyThatMakesSense()
    {
        CanvasBench bench(nodes);
        bench.doubleClick(bench.cell("x"));
        QLineEdit* const literal = field(bench);
        QVERIFY(literal);
        QCOMPARE(literal->text(), QStringLiteral("3."));
        QTest::keyClick(literal, Qt::Key_End);
        QTest::keyClicks(literal, QStringLiteral("5"));
        QCOMPARE(bench.attribute("x", "value"), std::string("3.5"));
        QCOMPARE(bench.view.scene().face(bench.id("p")).outputs[0].value.cells[0].text, QStringLiteral("14"));
        QTest::keyClicks(literal, QStringLiteral("e"));  // No number yet: the last good one stays.
        QCOMPARE(bench.attribute("x", "value"), std::string("3.5"));
        QTest::keyClicks(literal, QStringLiteral("1"));
        QCOMPARE(bench.attribute("x", "value"), std::string("3.5e1"));
        QTest::keyClick(literal, Qt::Key_Return);
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.undo();
        QCOMPARE(bench.attribute("x", "value"), std::string("3."));
    }

    void aTypoKeepsTheFieldOpenWithTheCaretOnIt()
    {
        CanvasBench bench(nodes);
        bench.view.editLiteral(bench.id("v"));
        QLineEdit* const literal = field(bench);
        literal->selectAll();
        QTest::keyClicks(literal, QStringLiteral("[[5, 2], [3]]"));
        QTest::keyClick(literal, Qt::Key_Return);
        QCOMPARE(field(bench), literal);
        QCOMPARE(literal->cursorPosition(), 9);
        const auto* const message = bench.view.findChild<InPlaceEditor*>()->findChild<QLabel*>();
        QVERIFY(message->isVisible());
        QCOMPARE(message->text(), QStringLiteral("expected sequence of length 2 at dim 1 (got 1)"));
        QCOMPARE(bench.attribute("v", "value"),
                 std::string("[[1, 2], [3, 4]]"));  // The last that made sense.
        literal->selectAll();
        QTest::keyClicks(literal, QStringLiteral("[[5, 2]], 1"));
        QCOMPARE(bench.attribute("v", "value"), std::string("[[5, 2]], "));
        QTest::keyClick(literal, Qt::Key_Escape);
        QCOMPARE(bench.attribute("v", "value"), std::string("[[1, 2], [3, 4]]"));
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void tabGoesOnToTheNextLiteral()
    {
        CanvasBench bench(nodes);
        bench.view.editLiteral(bench.id("x"));
        QTest::keyClicks(field(bench), QStringLiteral("7."));
        QTest::keyClick(field(bench), Qt::Key_Tab);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCOMPARE(field(bench)->text(), QStringLiteral("4."));
        QTest::keyClicks(field(bench), QStringLiteral("8."));
        QTest::keyClick(field(bench), Qt::Key_Backtab);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCOMPARE(field(bench)->text(), QStringLiteral("7."));
        QCOMPARE(bench.attribute("y", "value"), std::string("8."));
        QCOMPARE(bench.steps(), std::size_t(2));
    }

    void aClickElsewhereKeepsWhatWasTyped()
    {
        CanvasBench bench(nodes);
        bench.view.editLiteral(bench.id("x"));
        QTest::keyClicks(field(bench), QStringLiteral("9."));
        bench.view.setFocus();
        bench.click(bench.empty());
        QVERIFY(!field(bench) || !field(bench)->isVisible());
        QCOMPARE(bench.attribute("x", "value"), std::string("9."));
    }

    void theEditorFollowsTheView()
    {
        CanvasBench bench(nodes);
        bench.view.editLiteral(bench.id("v"));
        auto* const editor = bench.view.findChild<InPlaceEditor*>();
        const auto isThere = [&] {
            const QPoint panel =
                bench.part("v", bench.view.scene().shape(bench.id("v")).valuePanel(0).topLeft());
            return (editor->pos() - panel).manhattanLength() < 24;
        };
        QVERIFY(isThere());
        bench.view.zoomTo(1.5);
        bench.view.reveal(bench.id("v"));
        QVERIFY(isThere());
        bench.apply(MoveNodes{{{bench.id("v"), {100, 300}}}});
        QVERIFY(isThere());
        bench.apply(RemoveNodes{{bench.id("v")}});
        QVERIFY(!editor->isVisible());
    }

    void theSearchOpensWhereTheMouseIs_data()
    {
        QTest::addColumn<QString>("by");
        for (const char* by : {"double click", "Tab", "Space"})
            QTest::addRow("%s", by) << QString::fromLatin1(by);
    }

    void theSearchOpensWhereTheMouseIs()
    {
        QFETCH(QString, by);
        CanvasBench bench(nodes);
        const QPoint place(420, 560);
        bench.move(place);
        bench.view.setAttribute(Qt::WA_UnderMouse);
        if (by == QLatin1String("double click"))
            bench.doubleClick(place);
        else
            bench.key(by == QLatin1String("Tab") ? Qt::Key_Tab : Qt::Key_Space);
        chooseOp(bench, QStringLiteral("sigmoid"));
        QVERIFY(bench.id("sigmoid") != NodeId());
        QCOMPARE(bench.position("sigmoid"), bench.view.toScene(place));
        QCOMPARE(bench.steps(), std::size_t(1));
        QCOMPARE(bench.selected(), QStringList{QStringLiteral("sigmoid")});
    }

    void spaceThatPannedOpensNoSearch()
    {
        CanvasBench bench(nodes);
        QTest::keyPress(&bench.view, Qt::Key_Space);
        bench.drop(bench.empty(), bench.empty() - QPoint(50, 50));
        QTest::keyRelease(&bench.view, Qt::Key_Space);
        QVERIFY(!bench.view.findChild<OpSearch*>());
        QCOMPARE(bench.selected().size(), 0);
    }

    void aSymbolAddsItsOperationWired_data()
    {
        QTest::addColumn<QString>("symbol");
        QTest::addColumn<QString>("op");
        QTest::addColumn<bool>("hasTwo");
        for (const auto& [symbol, op] :
             {std::pair("+", "add"), std::pair("-", "sub"), std::pair("*", "mul"), std::pair("/", "div"),
              std::pair("@", "matmul"), std::pair("^", "pow")})
            QTest::addRow("%s", symbol) << QString::fromLatin1(symbol) << QString::fromLatin1(op) << true;
        QTest::addRow("- with one") << QStringLiteral("-") << QStringLiteral("neg") << false;
        QTest::addRow("+ with one") << QStringLiteral("+") << QStringLiteral("add") << false;
    }

    void aSymbolAddsItsOperationWired()
    {
        QFETCH(QString, symbol);
        QFETCH(QString, op);
        QFETCH(bool, hasTwo);
        CanvasBench bench(nodes);
        bench.click(bench.body("y"));
        if (hasTwo)
            bench.click(bench.body("x"), shift);  // Last: it stands on the right.
        QTest::keyClicks(&bench.view, symbol);
        QCOMPARE(bench.diagram.graph.size(), std::size_t(6));
        const std::string added = bench.selected().front().toStdString();
        QCOMPARE(bench.node(added).op, op.toStdString());
        QCOMPARE(bench.source(added, 0), std::string("y"));
        if (hasTwo)
            QCOMPARE(bench.source(added, 1), std::string("x"));
        QCOMPARE(bench.steps(), std::size_t(1));
        const QRectF box = bench.view.scene().box(bench.id(added));
        QCOMPARE(bench.view.scene().nodesIn(box).size(), std::size_t(1));  // It covers nothing.
    }

    // Keys

    void arrowsMoveWhatIsSelected()
    {
        CanvasBench bench(nodes);
        bench.click(bench.body("a"));
        bench.key(Qt::Key_Right);
        bench.key(Qt::Key_Down, shift);
        QCOMPARE(bench.position("a"), QPointF(604, 324));
        QCOMPARE(bench.steps(), std::size_t(2));
        QKeyEvent held(QEvent::KeyPress, Qt::Key_Left, {}, {}, true);
        bench.key(Qt::Key_Left);
        for (int i = 0; i < 3; ++i)
            QApplication::sendEvent(&bench.view, &held);
        QCOMPARE(bench.position("a"), QPointF(588, 324));
        QCOMPARE(bench.steps(), std::size_t(3));
    }

    void arrowsGoFromNodeToNode()
    {
        CanvasBench bench(nodes);
        bench.key(Qt::Key_Right);
        QCOMPARE(bench.selected().size(), 1);
        bench.view.select({bench.id("x")});
        bench.key(Qt::Key_Down, control);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("y"));
        bench.key(Qt::Key_Right, control);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("p"));
        bench.key(Qt::Key_BracketLeft);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("x"));
        bench.key(Qt::Key_BracketRight);
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("p"));
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void portsAreConnectedByKeys()
    {
        CanvasBench bench(nodes);
        const auto pick = [&](const char* node, const QString& text) {
            bench.view.select({bench.id(node)});
            bench.key(Qt::Key_Return);
            auto* const menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
            QVERIFY(menu);
            while (menu->activeAction() && !menu->activeAction()->text().startsWith(text))
                QTest::keyClick(menu, Qt::Key_Down);
            QTest::keyClick(menu, Qt::Key_Return);
        };
        pick("p", QStringLiteral("Output"));
        pick("a", QStringLiteral("Input other"));
        QVERIFY2(bench.hints.last().contains(QLatin1String("K connects p to other of a")),
                 qPrintable(bench.hints.last()));
        bench.key(Qt::Key_K);
        QCOMPARE(bench.source("a", 1), std::string("p"));
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void twoSelectedNodesAreConnectedByAKey()
    {
        CanvasBench bench(nodes);
        bench.click(bench.body("p"));
        bench.click(bench.body("a"), shift);
        bench.key(Qt::Key_K);
        QCOMPARE(bench.source("a", 0), std::string("p"));
        bench.view.select({});
        bench.click(bench.body("a"));
        bench.click(bench.body("p"), shift);
        bench.key(Qt::Key_K);
        QVERIFY2(bench.hints.last().contains(QLatin1String("cycle")), qPrintable(bench.hints.last()));
        bench.key(Qt::Key_K);
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void whatTheOpRefusesIsConnectedWhenTheKeyIsPressedTwice()
    {
        CanvasBench bench(
            nodes
            + R"(, {"name": "w", "op": "tensor", "attributes": {"value": "[1, 2, 3]"}, "position": [0, 600]})");
        bench.drop(bench.output("v"), bench.input("a", 0));
        bench.view.select({bench.id("w")});
        bench.view.select({bench.id("w"), bench.id("a")});
        bench.key(Qt::Key_K);
        QVERIFY2(bench.hints.last().contains(QLatin1String("must match")), qPrintable(bench.hints.last()));
        QCOMPARE(bench.steps(), std::size_t(1));
        bench.key(Qt::Key_K);
        QCOMPARE(bench.steps(), std::size_t(2));
        QCOMPARE(bench.source("a", 1), std::string("w"));
    }

    // Drops

    void anOpBecomesANodeWhereItIsDropped()
    {
        CanvasBench bench(nodes);
        QMimeData data;
        data.setData(QLatin1String(opMimeType), "tanh");
        const QPoint place(700, 120);
        QVERIFY(dropped(bench, data, place));
        QVERIFY(bench.view.scene().box(bench.id("tanh")).contains(bench.view.toScene(place)));
        QCOMPARE(bench.selected(), QStringList{QStringLiteral("tanh")});
        QCOMPARE(bench.steps(), std::size_t(1));
    }

    void filesAreAnnouncedAndDropped()
    {
        CanvasBench bench(nodes);
        QSignalSpy hovered(&bench.view, &GraphView::filesHovered);
        QSignalSpy files(&bench.view, &GraphView::filesDropped);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/a/ä b.npy"))});
        for (const auto& [place, node] :
             {std::pair(bench.empty(), NodeId()), std::pair(bench.body("x"), bench.id("x")),
              std::pair(bench.body("p"), NodeId())}) {
            QVERIFY(dropped(bench, data, place));
            QCOMPARE(files.last()[0].value<QList<QUrl>>(), data.urls());
            QCOMPARE(files.last()[1].toPointF(), bench.view.toScene(place));
            QCOMPARE(files.last()[2].value<NodeId>(), node);  // What is computed is no place for a file.
        }
        QCOMPARE(hovered.first()[0].value<QList<QUrl>>(), data.urls());
        QVERIFY(hovered.last()[0].value<QList<QUrl>>().isEmpty());
        QCOMPARE(bench.steps(), std::size_t(0));
    }

    void textWithNodesIsPasted()
    {
        CanvasBench bench(nodes);
        QMimeData data;
        data.setText(QStringLiteral(
            R"({"format": "chainrule", "version": 1, "nodes": [{"name": "x", "op": "randn"}]})"));
        QVERIFY(dropped(bench, data, bench.empty()));
        QCOMPARE(bench.diagram.graph.size(), std::size_t(6));
        QCOMPARE(bench.node(bench.selected().front().toStdString()).op, std::string("randn"));
        data.setText(QStringLiteral("hello"));
        dropped(bench, data, bench.empty());
        QCOMPARE(bench.steps(), std::size_t(1));
        QVERIFY(!bench.hints.last().isEmpty());
    }

    // Assistive technology

    void everyNodeIsAnItemWithNameDescriptionAndPlace()
    {
        CanvasBench bench(nodes);
        QAccessibleInterface* const canvas = QAccessible::queryAccessibleInterface(&bench.view);
        QVERIFY(canvas);
        QCOMPARE(canvas->role(), QAccessible::List);
        QCOMPARE(canvas->childCount(), 5);
        for (int i = 0; i < 5; ++i) {
            QAccessibleInterface* const item = canvas->child(i);
            const NodeId node = bench.diagram.graph.ids()[std::size_t(i)];
            QCOMPARE(item->role(), QAccessible::ListItem);
            QCOMPARE(item->text(QAccessible::Name),
                     QString::fromStdString(bench.diagram.graph.at(node).name));
            QCOMPARE(item->text(QAccessible::Description), bench.view.scene().face(node).description);
            QVERIFY(!item->text(QAccessible::Description).isEmpty());
            const QRectF box = bench.view.camera().toWidget(bench.view.scene().box(node));
            QCOMPARE(item->rect().topLeft(), bench.view.mapToGlobal(box.toAlignedRect().topLeft()));
            QCOMPARE(item->parent(), canvas);
            QCOMPARE(canvas->indexOfChild(item), i);
            const QPoint inside = bench.view.mapToGlobal(bench.body(bench.diagram.graph.at(node).name));
            QCOMPARE(canvas->childAt(inside.x(), inside.y()), item);
        }
    }

    void assistiveTechnologyPressesNodes()
    {
        CanvasBench bench(nodes);
        QAccessibleInterface* const canvas = QAccessible::queryAccessibleInterface(&bench.view);
        QAccessibleInterface* const item = canvas->child(3);
        QAccessibleActionInterface* const action = item->actionInterface();
        QVERIFY(action && action->actionNames().contains(QAccessibleActionInterface::pressAction()));
        QVERIFY(!item->state().selected);
        action->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(bench.selected().join(u' '), QStringLiteral("p"));
        QVERIFY(item->state().selected);
        bench.apply(RemoveNodes{{bench.id("p")}});
        QCOMPARE(canvas->childCount(), 4);
    }

    void assistiveTechnologyHearsOfChanges()
    {
        CanvasBench bench(nodes);
        QAccessible::setActive(true);
        if (!QTest::qWaitFor(&QAccessible::isActive, 1000))  // The answer comes over the bus.
            QSKIP("nobody listens on this platform; end_to_end runs this where somebody does");
        static std::vector<std::pair<QAccessible::Event, QString>> heard;
        heard.clear();
        QAccessible::installUpdateHandler([](QAccessibleEvent* event) {
            QAccessibleInterface* const about = event->accessibleInterface();
            heard.emplace_back(event->type(), about ? about->text(QAccessible::Name) : QString());
        });
        const auto hears = [&](QAccessible::Event event, const char* name) {
            return std::ranges::find(heard, std::pair(event, QString::fromLatin1(name))) != heard.end();
        };
        QAccessible::queryAccessibleInterface(&bench.view)->child(0)->text(QAccessible::Name);
        QVERIFY(QTest::qWaitForWindowExposed(&bench.view));
        bench.view.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&bench.view));
        bench.click(bench.body("x"));
        QVERIFY(hears(QAccessible::Focus, "x"));
        bench.apply(Rename{bench.id("x"), "weight"});
        QVERIFY(hears(QAccessible::NameChanged, "weight"));
        heard.clear();
        bench.view.showMoment(Moment());  // Other values.
        QVERIFY(hears(QAccessible::DescriptionChanged, "weight"));
        bench.apply(RemoveNodes{{bench.id("weight")}});
        QVERIFY(
            std::ranges::any_of(heard, [](const auto& one) { return one.first == QAccessible::ObjectHide; }));
        bench.undo();
        QVERIFY(hears(QAccessible::ObjectShow, "weight"));
        QAccessible::installUpdateHandler(nullptr);
    }

private:
    /// Drags it in and drops it there. @returns whether it was taken.
    bool dropped(CanvasBench& bench, const QMimeData& data, QPoint at)
    {
        QDragEnterEvent enter(at - QPoint(9, 9), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&bench.view, &enter);
        QDragMoveEvent move(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&bench.view, &move);
        QDropEvent drop(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&bench.view, &drop);
        return enter.isAccepted() && drop.isAccepted();
    }
};

QTEST_MAIN(CanvasTest)
#include "tst_canvas.moc"

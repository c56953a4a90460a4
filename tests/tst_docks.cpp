// SPDX-License-Identifier: GPL-3.0-or-later
// Palette, search and player, with real events on the real widgets.
#include "tests/dock_bench.h"
#include "widgets/palette/op_list.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/palette/op_search.h"
#include "widgets/palette/palette.h"
#include "widgets/player/player.h"
#include "widgets/player/step_line.h"

#include <QtTest>

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSlider>

#include <set>

using namespace chainrule;

namespace {

QPoint middleOf(const QAbstractItemView& view, const QModelIndex& index)
{
    return view.visualRect(index).center();
}

/// Counts the children that somebody gets.
class Children : public QObject {
public:
    int added = 0;

protected:
    bool eventFilter(QObject*, QEvent* event) override
    {
        added += event->type() == QEvent::ChildAdded;
        return false;
    }
};

}  // namespace

class DocksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rankingFindsWhatPeopleType_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("first");
        const char* const rows[][2] = {{"add", "add"},          {"MATM", "matmul"},     {"@", "matmul"},
                                       {"*", "mul"},            {"**", "pow"},          {"+", "add"},
                                       {"lsm", "log_softmax"},  {"F.relu", "relu"},     {"torch.sum", "sum"},
                                       {"bce", "binary_cross_entropy_with_logits"},     {"average", "mean"},
                                       {"entropy", "cross_entropy"},                    {"ma", "max"},
                                       {"log soft", "log_softmax"},                     {" tanh ", "tanh"}};
        for (const auto& [query, first] : rows)
            QTest::newRow(query) << QString::fromUtf8(query) << QString::fromUtf8(first);
    }

    void rankingFindsWhatPeopleType()
    {
        QFETCH(QString, query);
        const auto found = rankedOps(query);
        QVERIFY(!found.empty());
        QTEST(text(found.front()->name), "first");
    }

    void everyOpIsFoundFirstByItsName()
    {
        for (const Op& op : allOps())
            if (op.category != Category::Internal)
                QCOMPARE(text(rankedOps(text(op.name)).front()->name), text(op.name));
        QVERIFY(rankedOps(QStringLiteral("qqq")).empty());
        for (const Op* const op : rankedOps({}))
            QVERIFY(op->category != Category::Internal);
        const auto losses = rankedOps({}, [](const Op& op) { return op.category == Category::Loss; });
        QVERIFY(!losses.empty() && losses.size() < rankedOps({}).size());
    }

    void inPlaceOperationsAreExplainedAndTheirPlainOnesFound_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("found");
        QTest::addColumn<bool>("isExplained");
        const auto row = [](const char* query, const char* found, bool isExplained) {
            QTest::newRow(query) << QString::fromLatin1(query) << QString::fromLatin1(found) << isExplained;
        };
        row("add_", "add", true);
        row("RELU_", "relu", true);
        row("+=", "add", true);
        row("/=", "div", true);
        row("in-place", "", true);
        row("add", "add", false);
        row("log_", "log", true);
        row("mse_", "mse_loss", false);
        row("<=", "le", false);
        row("==", "eq", false);
        row("=", "", false);
        row("_", "", false);
    }

    void inPlaceOperationsAreExplainedAndTheirPlainOnesFound()
    {
        QFETCH(QString, query);
        QFETCH(QString, found);
        QFETCH(bool, isExplained);
        QCOMPARE(!inPlaceNote(query).isEmpty(), isExplained);
        Palette palette;
        palette.show();
        QTest::keyClicks(palette.findChild<QLineEdit*>(), query);
        QCOMPARE(palette.findChild<QLabel*>(QStringLiteral("paletteNote"))->isVisible(), isExplained);
        const auto ops = rankedOps(query);
        if (!found.isEmpty())
            QCOMPARE(text(ops.front()->name), found);
    }

    void tooltipSaysFormulaGradientAndSpelling()
    {
        for (const Op& op : allOps()) {
            const QString tip = opTooltip(op);
            for (const std::string_view part : {op.name, op.summary, op.formula, op.gradient})
                QVERIFY2(tip.contains(text(part).toHtmlEscaped()), op.name.data());
            QVERIFY(op.torch.empty() || tip.contains(QString::fromStdString(signature(op)).toHtmlEscaped()));
        }
    }

    void newNodesApplyAndSourcesEvaluate()
    {
        Diagram diagram;
        for (const Op* const op : rankedOps({})) {
            auto after = apply(diagram, newNode(diagram, *op, {1, 2}));
            QVERIFY2(after, op->name.data());
            diagram = *std::move(after);
        }
        const auto evaluation = evaluate(diagram.graph, {});
        QVERIFY(evaluation);
        QStringList sources;
        for (const NodeId id : diagram.graph.ids()) {
            const Node& node = diagram.graph.at(id);
            if (findOp(node.op)->category != Category::Source)
                continue;
            sources << text(node.name);
            const auto& error = (*evaluation)[id].error;
            QVERIFY2(!error, error ? error->message.c_str() : "");
        }
        QCOMPARE(sources.mid(0, 4), QString(QStringLiteral("x y z w")).split(u' '));
        QVERIFY(diagram.graph.find("relu"));
    }

    void paletteListsEveryOpUnderItsCategory()
    {
        Palette palette;
        auto& list = *palette.findChild<OpListView*>();
        auto& model = *static_cast<OpModel*>(list.model());
        std::set<const Op*> seen;
        Category category = Category::Internal;
        for (int row = 0; row < model.rowCount(); ++row) {
            const auto& [heading, op] = model[model.index(row)];
            if (!op)
                category = heading;
            else
                QCOMPARE(op->category, category);
            if (op)
                seen.insert(op);
            QCOMPARE(bool(model.flags(model.index(row)) & Qt::ItemIsSelectable), op != nullptr);
        }
        QCOMPARE(seen.size(), rankedOps({}).size());
        QVERIFY(palette.findChild<QLineEdit*>()->placeholderText().contains(QString::number(seen.size())));
        QCOMPARE(unnamedControls(palette), QStringList());
    }

    void paletteAsksByEnterAndDoubleClick()
    {
        Palette palette;
        palette.resize(240, 600);
        palette.show();
        palette.activateWindow();
        QSignalSpy asked(&palette, &Palette::opRequested);
        auto& field = *palette.findChild<QLineEdit*>();
        auto& list = *palette.findChild<OpListView*>();
        palette.startSearch();
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(asked.count(), 0);  // Nothing has been looked for.
        QTest::keyClicks(&field, QStringLiteral("relu"));
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(asked.takeFirst().front().toString(), QStringLiteral("relu"));
        QTest::keyClick(&field, Qt::Key_Escape);
        QVERIFY(field.text().isEmpty());
        QTest::keyClick(&field, Qt::Key_Down);
        QTest::keyClick(&list, Qt::Key_Down);
        QTest::keyClick(&list, Qt::Key_Return);
        QCOMPARE(asked.takeFirst().front().toString(), list.currentIndex().data().toString());
        const QModelIndex third = list.model()->index(3, 0);
        QTest::mouseClick(list.viewport(), Qt::LeftButton, {}, middleOf(list, third));
        QTest::mouseDClick(list.viewport(), Qt::LeftButton, {}, middleOf(list, third));
        QCOMPARE(asked.takeFirst().front().toString(), third.data().toString());
    }

    void paletteDragsTheOpsName()
    {
        Palette palette;
        palette.resize(240, 600);
        palette.show();
        auto& list = *palette.findChild<OpListView*>();
        const QModelIndex item = list.model()->index(2, 0);
        Children drags;  // Without a display the drag ends as soon as it has begun.
        list.installEventFilter(&drags);
        const QPoint start = middleOf(list, item);
        QTest::mousePress(list.viewport(), Qt::LeftButton, {}, start);
        QTest::mouseMove(list.viewport(), start + QPoint(6, 6));
        QCOMPARE(drags.added, 0);
        QTest::mouseMove(list.viewport(), start + QPoint(30, 30));
        QCOMPARE(drags.added, 1);
        const std::unique_ptr<QMimeData> data(list.model()->mimeData({list.currentIndex()}));
        QCOMPARE(QString::fromUtf8(data->data(QLatin1String(opMimeType))), item.data().toString());
    }

    void searchChoosesByKeysAndClick()
    {
        QWidget parent;
        parent.resize(600, 400);
        parent.setFocusPolicy(Qt::StrongFocus);
        parent.show();
        parent.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&parent));
        for (const bool byClick : {false, true}) {
            auto* const search = new OpSearch({}, &parent);
            QSignalSpy chosen(search, &OpSearch::chosen);
            search->openAt({590, 390});
            QVERIFY(parent.rect().contains(search->geometry()));
            auto& field = *search->findChild<QLineEdit*>();
            auto& list = *search->findChild<OpListView*>();
            QTest::keyClicks(&field, QStringLiteral("max"));
            const QString second = list.model()->index(1, 0).data().toString();
            if (byClick) {
                QTest::mouseClick(list.viewport(), Qt::LeftButton, {}, middleOf(list, list.model()->index(1, 0)));
            } else {
                QTest::keyClick(&field, Qt::Key_Down);
                QTest::keyClick(&field, Qt::Key_Down);
                QTest::keyClick(&field, Qt::Key_Up);
                QTest::keyClick(&field, Qt::Key_Return);
            }
            QCOMPARE(chosen.count(), 1);
            QCOMPARE(chosen.front().front().toString(), second);
            QVERIFY(parent.hasFocus());
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            QVERIFY(!parent.findChild<OpSearch*>());
        }
    }

    void searchClosesByEscapeAndByAClickElsewhere()
    {
        QWidget parent;
        parent.resize(800, 600);
        parent.show();
        for (const bool byClick : {false, true}) {
            QPointer<OpSearch> search = new OpSearch({}, &parent);
            QSignalSpy chosen(search, &OpSearch::chosen);
            search->openAt({10, 10});
            QCOMPARE(unnamedControls(*search), QStringList());
            if (byClick)
                QTest::mouseClick(&parent, Qt::LeftButton, {}, {790, 590});
            else
                QTest::keyClick(search->findChild<QLineEdit*>(), Qt::Key_Escape);
            QCOMPARE(chosen.count(), 0);
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            QVERIFY(!search);
        }
    }

    void searchOffersWhatIsUsedMostAndOnlyWhatFits()
    {
        QWidget parent;
        const Op& rare = *findOp("split");
        for (int i = 0; i < 50; ++i)
            countUse(rare);
        OpSearch all({}, &parent);
        QCOMPARE(all.findChild<OpListView*>()->model()->index(0, 0).data().toString(), QStringLiteral("split"));
        OpSearch some([](const Op& op) { return op.name == "tanh"; }, &parent);
        QCOMPARE(some.findChild<OpListView*>()->model()->rowCount(), 1);
    }

    void playerSaysWhichStepAndAsksForOthers()
    {
        const Diagram diagram = *diagramFromJson(example);
        const Moment start(replayOf(diagram.graph), 0);
        Player player;
        player.resize(900, 140);
        player.show();
        player.activateWindow();
        QSignalSpy asked(&player, &Player::stepRequested);
        Moment now = start;
        connect(&player, &Player::stepRequested, &player, [&](std::ptrdiff_t step) {
            now = start.atStep(step);
            player.showMoment(now);
        });
        player.showMoment({});
        auto& line = *player.findChild<StepLine*>();
        QVERIFY(player.findChild<QLabel*>(QStringLiteral("emptyPlayer"))->isVisible());
        QVERIFY(player.findChild<QLabel*>(QStringLiteral("emptyPlayer"))->text().contains(QStringLiteral("F6")));
        player.showMoment(now);
        QVERIFY(!player.findChild<QLabel*>(QStringLiteral("emptyPlayer"))->isVisible());
        QCOMPARE(asked.count(), 0);  // To be shown is not to ask.
        const int length = int(start.replay().length());
        const auto button = [&](const char* name) { return player.findChild<QAbstractButton*>(QLatin1String(name)); };
        const auto click = [&](const char* name) { QTest::mouseClick(button(name), Qt::LeftButton); };
        QVERIFY(button("back")->isEnabled());  // Into the forward pass.
        click("last");
        QCOMPARE(now.position(), std::size_t(length));
        QVERIFY(!button("forward")->isEnabled());
        click("back");
        QCOMPARE(now.position(), std::size_t(length - 1));
        click("first");
        QCOMPARE(now.position(), std::size_t(0));
        click("forward");
        QCOMPARE(line.accessibleDescription(), QStringLiteral("step 1 of %1, loss, root").arg(length));
        line.setFocus();
        QTest::keyClick(&line, Qt::Key_Right);
        QCOMPARE(now.position(), std::size_t(2));
        QCOMPARE(line.accessibleDescription(), QStringLiteral("step 2 of %1, m ← loss, MeanBackward0").arg(length));
        QTest::keyClick(&line, Qt::Key_End);
        QCOMPARE(now.position(), std::size_t(length));
        QTest::keyClick(&line, Qt::Key_Left);
        QTest::keyClick(&line, Qt::Key_Home);
        QCOMPARE(now.position(), std::size_t(0));
        QTest::mousePress(&line, Qt::LeftButton, {}, line.dot(3).toPoint());
        QCOMPARE(now.position(), std::size_t(3));
        QTest::mouseMove(&line, line.dot(5).toPoint());
        QTest::mouseRelease(&line, Qt::LeftButton, {}, line.dot(5).toPoint());
        QCOMPARE(now.position(), std::size_t(5));
        QCOMPARE(unnamedControls(player), QStringList());
    }

    void playerPlaysToTheEnd()
    {
        const Diagram diagram = *diagramFromJson(example);
        Moment now(replayOf(diagram.graph));
        Player player;
        player.show();
        connect(&player, &Player::stepRequested, &player, [&](std::ptrdiff_t step) {
            now = now.atStep(step);
            player.showMoment(now);
        });
        player.showMoment(now);
        auto& speed = *player.findChild<QComboBox*>();
        QTest::keyClick(&speed, Qt::Key_End);
        QTest::mouseClick(player.findChild<QAbstractButton*>(QStringLiteral("play")), Qt::LeftButton);
        QVERIFY(player.isPlaying());
        QCOMPARE(now.position(), std::size_t(0));  // From the end it begins anew.
        QTRY_VERIFY_WITH_TIMEOUT(now.isAtEnd(), 10'000);
        QVERIFY(!player.isPlaying());
    }

    void playerTellsPassesApartAndDrawsOnlyWhatIsVisible()
    {
        Graph graph;
        NodeId last = graph.add({.name = "x", .op = "tensor",
                                 .attributes = {{"value", std::string("1.")}, {"requires_grad", true}}});
        for (int i = 0; i < 5000; ++i)
            last = graph.add({.name = "n" + std::to_string(i), .op = "neg", .inputs = {{Source{last}}}});
        graph.backward = {Pass{.roots = {{last}}, .retainGraph = true}, Pass{.roots = {{last}}}};
        const Moment end(replayOf(graph));
        QVERIFY(end.replay().length() > 10'000);
        Player player;
        player.resize(900, 160);
        player.show();
        player.showMoment(end);
        QVERIFY(player.findChild<QSlider*>(QStringLiteral("overview"))->isVisible());
        auto& line = *player.findChild<StepLine*>();
        QVERIFY(line.accessibleDescription().contains(QStringLiteral("pass 2")));
        player.showMoment(end.at(10));
        QVERIFY(line.accessibleDescription().contains(QStringLiteral("pass 1")));
        QVERIFY(QRectF(line.rect()).contains(line.dot(10)));
        QElapsedTimer timer;
        timer.start();
        for (std::size_t position = 5000; position < 5020; ++position) {
            player.showMoment(end.at(position));
            line.repaint();
        }
        QVERIFY2(timer.elapsed() < 2000, std::to_string(timer.elapsed()).c_str());  // 10 000 dots took far longer.
    }
};

#include "tst_docks.moc"
QTEST_MAIN(DocksTest)

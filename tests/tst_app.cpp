// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/edit_commands.h"
#include "app/find.h"
#include "app/settings.h"
#include "app/tensor_drag.h"
#include "engine/io/npy.h"
#include "engine/tensor/printing.h"
#include "tests/faulty_file_system.h"
#include "tests/places.h"
#include "tests/window_fixture.h"
#include "widgets/canvas/canvas_picture.h"
#include "widgets/inspector/file_field.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPointer>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>
#include <QtTest>
#include <QWheelEvent>

using namespace chainrule;

class AppTest : public QObject {
    Q_OBJECT

private:
    Settings m_settings;

private Q_SLOTS:
    void init() { QSettings().clear(); }

    // Commands

    void everyCommandDoesSomethingAndSaysWhat()
    {
        Desk desk;
        const MainWindow* const window = desk.openEmpty();
        QCOMPARE(window->commands().dead().size(), std::size_t(0));
        for (const Command& command : allCommands()) {
            QVERIFY2(*command.help, command.text);
            const QString icon = QStringLiteral(":/icons/%1.svg").arg(QLatin1String(command.icon));
            QVERIFY2(!*command.icon || QFile::exists(icon), qPrintable(icon));
        }
    }

    void noKeyMeansTwoThings()
    {
        std::map<QString, QString> taken;
        for (const Command& command : allCommands())
            for (const QKeySequence& key : keysOf(command)) {
                QVERIFY2(!key.isEmpty() && key[0].key() != Qt::Key_unknown, command.text);
                const auto [at, isNew] = taken.emplace(key.toString(), plainText(command));
                QVERIFY2(isNew, qPrintable(key.toString() + QStringLiteral(": ") + at->second));
            }
    }

    void noLetterOfAMenuMeansTwoThings()
    {
        Desk desk;
        MainWindow* const window = desk.open(QByteArray(introduction).chopped(1) + R"(, "backward": [{"roots": ["a"]}]})");
        const auto clashes = [](const QList<QAction*>& actions) {
            QStringList found;
            std::map<QString, QString> taken;
            for (const QAction* const action : actions) {
                if (action->isSeparator())
                    continue;
                const QString letter = QKeySequence::mnemonic(action->text()).toString();
                const auto [at, isNew] = taken.emplace(letter, action->text());
                if (letter.isEmpty() || !isNew)
                    found << action->text() + QStringLiteral(" and ") + at->second;
            }
            return found;
        };
        QCOMPARE(clashes(window->menuBar()->actions()), QStringList());
        for (QMenu* const menu : window->menuBar()->findChildren<QMenu*>())
            QCOMPARE(clashes(menu->actions()), QStringList());
        // Of the canvas: on a gradient's number, and on nothing.
        const GraphView& view = window->view();
        const Scene& scene = view.scene();
        const NodeId y = node(window, "y");
        const QPointF number = scene.box(y).topLeft() + scene.shape(y).gradientPanel(0).topLeft() + QPointF(8, 8);
        for (const QPointF at : {number, scene.bounds().bottomRight() + QPointF(20, 20)}) {
            QTest::mouseClick(&window->view(), Qt::RightButton, {}, view.toWidget(at).toPoint());
            auto* const menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
            QVERIFY(menu && menu->actions().size() > 5);
            QCOMPARE(clashes(menu->actions()), QStringList());
            menu->close();
        }
    }

    void everyCommandIsInAMenu()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        QList<QAction*> listed;
        for (QMenu* const menu : window->menuBar()->findChildren<QMenu*>())
            listed += menu->actions();
        for (const Command& command : allCommands())
            QVERIFY2(listed.contains(window->commands().action(command.id)), command.text);
    }

    void lettersBelongToTheCanvasAlone()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "x");
        auto* const search = window->findChild<SearchField*>();
        search->start();
        QTest::keyClicks(search, QStringLiteral("r"));
        QVERIFY(!window->document().isModified());
        window->view().setFocus();
        QTest::keyClick(&window->view(), Qt::Key_R);
        QVERIFY(window->document().isModified());
    }

    // The document

    void undoRestoresTheExactGraph()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        const Graph before = window->document().diagram().graph;
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_Delete);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(4));
        QCOMPARE(window->document().history().count(), 1);
        QTest::keyClick(&window->view(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(window->document().diagram().graph == before);
        for (const NodeId id : before.ids())  // The same shared nodes, not merely equal ones.
            QCOMPARE(window->document().diagram().graph.share(id), before.share(id));
    }

    void undoIsNamedInTheMenu()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        const QAction* const undo = window->commands().action(CommandId::Undo);
        QVERIFY(!undo->isEnabled());
        select(window, "a");
        press(window, CommandId::Backward);
        QCOMPARE(undo->text().remove(QLatin1Char('&')), QStringLiteral("Undo Backward from a"));
        press(window, CommandId::Undo);
        QCOMPARE(window->commands().action(CommandId::Redo)->text().remove(QLatin1Char('&')),
                 QStringLiteral("Redo Backward from a"));
    }

    void aGestureIsOneStep()
    {
        OpenDocument document;
        document.open(*documentFromJson(introduction), "/nowhere/test.chainrule");
        const NodeId x = *document.diagram().graph.find("x");
        for (const char* const value : {"3.1", "3.2", "3.3"})
            document.apply(SetAttribute{x, "value", std::string(value)}, 7);
        QCOMPARE(document.history().count(), 1);
        document.apply(SetAttribute{x, "value", std::string("4.")}, 8);
        QCOMPARE(document.history().count(), 2);
        document.history().undo();
        document.history().undo();
        QVERIFY(!document.isModified());
    }

    void whatChangesNothingIsNoStep()
    {
        OpenDocument document;
        document.open(*documentFromJson(introduction), "/nowhere/test.chainrule");
        const NodeId x = *document.diagram().graph.find("x");
        document.apply(SetAttribute{x, "value", std::string("3.")});
        QCOMPARE(document.history().count(), 0);
        for (const char* const value : {"3.1", "3."})  // There and back.
            document.apply(SetAttribute{x, "value", std::string(value)}, 7);
        QCOMPARE(document.history().count(), 0);
    }

    void aRefusedEditSaysWhy()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Connect{{node(window, "a")}, {node(window, "p"), 0}});
        QVERIFY2(hint(window).contains(QStringLiteral("cycle")), qPrintable(hint(window)));
        QVERIFY(!window->document().isModified());
    }

    void theIntroductionIsBuiltByHand()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        window->view().zoomTo(1);
        QEnterEvent enter(QPointF(30, 30), QPointF(30, 30), QPointF(30, 30));
        QApplication::sendEvent(&window->view(), &enter);
        const auto add = [&](const char* op, QPointF position, const char* name, const char* value) {
            const QPoint at = window->view().toWidget(position).toPoint();
            QTest::mouseClick(&window->view(), Qt::LeftButton, {}, at);
            QTest::mouseDClick(&window->view(), Qt::LeftButton, {}, at);
            QTest::mouseRelease(&window->view(), Qt::LeftButton, {}, at);
            QTest::keyClicks(QApplication::focusWidget(), QString::fromLatin1(op));
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
            QTest::keyClick(&window->view(), Qt::Key_F2);
            QTest::keyClicks(QApplication::focusWidget(), QString::fromLatin1(name));
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
            QVERIFY2(node(window, name).value != 0, name);
            if (!*value)
                return;
            QTest::keyClick(&window->view(), Qt::Key_E);
            QTest::keyClicks(QApplication::focusWidget(), QString::fromLatin1(value));
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        };
        const QPointF corner = window->view().toScene({30, 30});
        add("tensor", corner, "x", "3.");
        add("tensor", corner + QPointF(0, 170), "y", "4.");
        add("tensor", corner + QPointF(0, 340), "z", "5.");
        add("mul", corner + QPointF(260, 80), "p", "");
        add("add", corner + QPointF(520, 160), "a", "");
        if (QTest::currentTestFailed())
            return;
        const auto link = [&](const char* from, const char* to, std::uint32_t parameter) {
            const Scene& scene = window->view().scene();
            const QPoint begin = window->view().toWidget(scene.at(OutputId{node(window, from)})).toPoint();
            const QPoint end = window->view().toWidget(scene.at(Target{node(window, to), parameter})).toPoint();
            QTest::mousePress(&window->view(), Qt::LeftButton, {}, begin);
            QTest::mouseMove(&window->view(), (begin + end) / 2);
            QTest::mouseMove(&window->view(), end);
            QTest::mouseRelease(&window->view(), Qt::LeftButton, {}, end);
        };
        link("x", "p", 0);
        link("y", "p", 1);
        link("p", "a", 0);
        link("z", "a", 1);
        window->view().select({node(window, "y"), node(window, "z")});
        QTest::keyClick(&window->view(), Qt::Key_R);
        select(window, "a");
        QTest::keyClick(&window->view(), Qt::Key_F6);
        Desk::settle(window);
        QCOMPARE(gradText(window, "x"), QStringLiteral("None"));
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
        QCOMPARE(gradText(window, "z"), QStringLiteral("tensor(1.)"));

        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("built.chainrule"));
        press(window, CommandId::Save);
        const QString built = programOutput({QStringLiteral("run"), desk.answers.fileToWriteAnswer});
        QCOMPARE(built, programOutput({QStringLiteral("run"), QString::fromStdString(places::example("introduction.chainrule").string())}));
        while (window->document().history().canUndo())
            window->document().history().undo();
        QVERIFY(window->document().diagram().graph.empty());
    }

    void aRefusedLinkSaysWhyUntilTheNextEdit()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        const Scene& scene = window->view().scene();
        const QPoint from = window->view().toWidget(scene.at(OutputId{node(window, "a")})).toPoint();
        const QPoint to = window->view().toWidget(scene.at(Target{node(window, "p"), 0})).toPoint();
        QTest::mousePress(&window->view(), Qt::LeftButton, {}, from);
        QTest::mouseMove(&window->view(), (from + to) / 2);
        QTest::mouseMove(&window->view(), to);
        QTest::mouseRelease(&window->view(), Qt::LeftButton, {}, to);
        QVERIFY(window->document().history().count() == 0);
        QTest::mouseMove(&window->view(), {5, 5});
        QVERIFY2(hint(window).contains(QStringLiteral("cycle")), qPrintable(hint(window)));
        select(window, "y");
        QTest::keyClick(&window->view(), Qt::Key_R);
        QCOMPARE(window->document().history().count(), 1);
        QCOMPARE(hint(window), QString());
    }

    // Running

    void valuesFollowEachEdit()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("10.")});
        Desk::settle(window);
        const auto& moment = window->playback().moment();
        QCOMPARE(QString::fromStdString(repr(moment.result(node(window, "a"))->outputs[0].tensor())),
                 QStringLiteral("tensor(45.)"));
        QVERIFY(window->view().scene().moment().result(node(window, "a")));
    }

    void withoutAutoRunValuesWaitForF5()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::AutoRun);
        QVERIFY(!settings::isAutoRun());
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("10.")});
        Desk::settle(window);
        const auto value = [&] {
            return repr(window->playback().moment().result(node(window, "a"))->outputs[0].tensor());
        };
        QCOMPARE(value(), std::string("tensor(17.)"));
        QVERIFY(window->view().scene().isStale(node(window, "a")));
        QTest::keyClick(&window->view(), Qt::Key_F5);
        Desk::settle(window);
        QCOMPARE(value(), std::string("tensor(45.)"));
        QVERIFY(!window->view().scene().isStale(node(window, "a")));
    }

    void undoDoesNotClearValues()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::AutoRun);
        select(window, "a");
        window->document().apply(MoveNodes{{{node(window, "a"), {900, 0}}}});
        window->document().history().undo();
        QVERIFY(window->view().scene().moment().result(node(window, "a")));
        QVERIFY(!window->view().scene().isStale(node(window, "a")));
    }

    // Backward

    void backwardGivesTheGradientsOfTheProgram()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "a");
        QTest::keyClick(&window->view(), Qt::Key_F6);
        Desk::settle(window);
        QCOMPARE(gradText(window, "x"), QStringLiteral("None"));
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
        QCOMPARE(gradText(window, "z"), QStringLiteral("tensor(1.)"));
        QVERIFY(window->playback().moment().isAtEnd());

        QTest::keyClick(&window->view(), Qt::Key_S, Qt::ControlModifier);
        Desk::settle(window);
        const QString output = programOutput({QStringLiteral("run"), desk.folder.filePath(QStringLiteral("test.chainrule"))});
        for (const char* const name : {"x", "y", "z"}) {
            const QString line = QStringLiteral("%1.grad = %2\n").arg(QLatin1String(name), gradText(window, name));
            QVERIFY2(output.contains(line), qPrintable(output));
        }
    }

    void withoutASelectionBackwardStartsAtTheOnlyEnd()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::Backward);
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
    }

    void severalOutputsAreAskedFor()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "v", "op": "tensor", "attributes": {"value": "[1., 5., 2.]", "requires_grad": true}},
            {"name": "top", "op": "max", "inputs": ["v"], "attributes": {"dim": 0}}]})");
        select(window, "top");
        window->commands().action(CommandId::Backward)->trigger();
        auto* const menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        QCOMPARE(menu->actions().size(), 2);
        QCOMPARE(menu->actions().constFirst()->text(), QStringLiteral("Backward from top.values"));
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
        Desk::settle(window);
        QCOMPARE(gradText(window, "v"), QStringLiteral("tensor([0., 1., 0.])"));
    }

    void aSecondPassIsPyTorchsErrorAndCanBeMended_data()
    {
        QTest::addColumn<QString>("offered");
        QTest::addColumn<QString>("grad");
        QTest::newRow("retain") << QStringLiteral("Retain the Graph Before") << QStringLiteral("tensor(6.)");
        QTest::newRow("start over") << QStringLiteral("Zero Grad and Start Over") << QStringLiteral("tensor(3.)");
    }

    void aSecondPassIsPyTorchsErrorAndCanBeMended()
    {
        QFETCH(const QString, offered);
        QFETCH(const QString, grad);
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "a");
        press(window, CommandId::Backward);
        QVERIFY(!shownBar(window));
        press(window, CommandId::Backward);
        QVERIFY(shownBar(window));
        QVERIFY(shownBar(window)->text().contains(QStringLiteral("Trying to backward through the graph a second time")));
        QVERIFY(window->view().scene().face(node(window, "a")).isError);
        const int steps = window->document().history().count();
        QVERIFY(offer(window, offered));
        QTest::mouseClick(offer(window, offered), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(!shownBar(window));
        QCOMPARE(window->document().history().count(), steps + 1);
        QCOMPARE(gradText(window, "y"), grad);
        press(window, CommandId::Undo);
        QVERIFY(shownBar(window));
    }

    void aPassOfTheDocumentIsShownBeforeItIsCalledAgain()
    {
        Desk desk;
        MainWindow* const window = desk.open(QByteArray(introduction).chopped(1) + R"(, "backward": [{"roots": ["a"]}]})");
        select(window, "a");
        press(window, CommandId::StepToStart);
        QCOMPARE(gradText(window, "y"), QStringLiteral("None"));
        QTest::keyClick(&window->view(), Qt::Key_F6);
        Desk::settle(window);
        QVERIFY(!shownBar(window));
        QVERIFY(hint(window).startsWith(QStringLiteral("Backward from a is part of this document")));
        QVERIFY(!window->document().isModified());
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
        press(window, CommandId::StepBack);
        QCOMPARE(hint(window), QString());  // It was about another step.
        press(window, CommandId::Backward);
        QVERIFY(shownBar(window));
        QVERIFY(shownBar(window)->text().contains(QStringLiteral("a second time")));
        press(window, CommandId::Undo);
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("7.")});
        Desk::settle(window);
        press(window, CommandId::Backward);  // It has run with the new values already.
        QVERIFY(!shownBar(window));
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(7.)"));
    }

    void aRootThatIsNoScalarCanStartWithOnes()
    {
        Desk desk;
        MainWindow* const window = desk.open(matrix);
        select(window, "s");
        press(window, CommandId::Backward);
        QVERIFY(shownBar(window));
        QVERIFY(shownBar(window)->text().contains(QStringLiteral(": grad can be implicitly created only for scalar outputs\n")));
        QTest::mouseClick(offer(window, QStringLiteral("Start with Ones")), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(!shownBar(window));
        QCOMPARE(gradText(window, "m"), QStringLiteral("tensor([[2., 4.],\n        [6., 8.]])"));
        press(window, CommandId::Undo);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(4));
    }

    void aRootThatIsNoScalarCanStartWithOneElement()
    {
        Desk desk;
        MainWindow* const window = desk.open(matrix);
        select(window, "s");
        press(window, CommandId::Backward);
        QMenu* const menu = offer(window, QStringLiteral("With One Element"))->menu();
        const auto indices = menu->findChildren<QSpinBox*>();
        QCOMPARE(indices.size(), 2);
        indices[0]->setValue(1);
        indices[1]->setValue(0);
        QTest::mouseClick(menu->findChild<QPushButton*>(), Qt::LeftButton);
        Desk::settle(window);
        QCOMPARE(gradText(window, "m"), QStringLiteral("tensor([[0., 0.],\n        [6., 0.]])"));
    }

    void aRootThatIsNoScalarCanStartWithANode()
    {
        Desk desk;
        MainWindow* const window = desk.open(matrix);
        select(window, "s");
        press(window, CommandId::Backward);
        QMenu* const menu = offer(window, QStringLiteral("With a Node"))->menu();
        QStringList names;
        for (const QAction* const action : menu->actions())
            names += action->text();
        QCOMPARE(names, QStringList({QStringLiteral("m"), QStringLiteral("seed")}));
        menu->actions()[1]->trigger();
        Desk::settle(window);
        QCOMPARE(gradText(window, "m"), QStringLiteral("tensor([[ 2.,  0.],\n        [ 0., 16.]])"));
    }

    void leavesThatRequireNoGradCanBeMadeTo()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "v", "op": "tensor", "attributes": {"value": "3."}},
            {"name": "count", "op": "tensor", "attributes": {"value": "2"}},
            {"name": "w", "op": "mul", "inputs": ["v", "count"]}]})");
        select(window, "w");
        press(window, CommandId::Backward);
        QVERIFY(shownBar(window)->text().contains(QStringLiteral("does not require grad")));
        QTest::mouseClick(offer(window, QStringLiteral("Set requires_grad on Its Tensors")), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(!shownBar(window));
        QCOMPARE(gradText(window, "v"), QStringLiteral("tensor(2.)"));
    }

    void aFailedPassIsReplacedByTheNext()
    {
        Desk desk;
        MainWindow* const window = desk.open(matrix);
        select(window, "s");
        press(window, CommandId::Backward);
        QVERIFY(shownBar(window));
        select(window, "total");
        press(window, CommandId::Backward);
        QVERIFY(!shownBar(window));
        QCOMPARE(window->document().diagram().graph.backward.size(), std::size_t(1));
        QCOMPARE(gradText(window, "m"), QStringLiteral("tensor([[2., 4.],\n        [6., 8.]])"));
    }

    void zeroGradForgetsOrZeros()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QVERIFY(!window->commands().action(CommandId::ZeroGrad)->isEnabled());
        select(window, "a");
        press(window, CommandId::Backward);
        press(window, CommandId::ZeroGradToZeros);
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(0.)"));
        QTest::keyClick(&window->view(), Qt::Key_Z);
        Desk::settle(window);
        QCOMPARE(gradText(window, "y"), QStringLiteral("None"));
        QVERIFY(window->document().diagram().graph.backward.empty());
        QCOMPARE(window->document().history().undoText(), QStringLiteral("Zero Grad"));
    }

    void nothingOfALaterStepIsShown()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "a");
        press(window, CommandId::Backward);
        const std::size_t length = window->playback().length();
        QCOMPARE(length, std::size_t(4));
        for (std::size_t left = length; left > 0; --left) {
            QTest::keyClick(&window->view(), Qt::Key_F9);
            QCOMPARE(window->playback().moment().position(), left - 1);
            QCOMPARE(window->view().scene().moment().position(), left - 1);
        }
        QCOMPARE(gradText(window, "y"), QStringLiteral("None"));
        QVERIFY(!window->playback().moment().flowing({node(window, "a")}));
        QVERIFY(window->commands().action(CommandId::StepBack)->isEnabled());  // Into the forward pass.
        QTest::keyClick(&window->view(), Qt::Key_F10);
        QVERIFY(window->playback().moment().flowing({node(window, "a")}));
        QVERIFY(!window->playback().moment().flowing({node(window, "y")}));
        QCOMPARE(gradText(window, "y"), QStringLiteral("None"));
    }

    void theStepStaysWhenValuesChangeUnderIt()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "a");
        press(window, CommandId::Backward);
        QTest::keyClick(&window->view(), Qt::Key_F9);
        QCOMPARE(window->playback().moment().position(), std::size_t(3));
        window->document().apply(SetAttribute{node(window, "x"), "value", std::string("7.")});
        Desk::settle(window);
        QCOMPARE(window->playback().moment().position(), std::size_t(3));
        select(window, "z");  // Another length: the end.
        QTest::keyClick(&window->view(), Qt::Key_R);
        Desk::settle(window);
        QVERIFY(window->playback().moment().isAtEnd());
    }

    void requiresGradIsForSourcesAlone()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_R);
        QVERIFY(!window->document().isModified());
        QVERIFY2(hint(window).startsWith(QStringLiteral("p is computed by mul")), qPrintable(hint(window)));
        window->view().select({node(window, "x"), node(window, "y"), node(window, "p")});
        QTest::keyClick(&window->view(), Qt::Key_R);
        QCOMPARE(window->document().history().count(), 1);
        QCOMPARE(window->document().diagram().graph.at(node(window, "x")).attributes.at("requires_grad"), Attribute(true));
        QTest::keyClick(&window->view(), Qt::Key_R);
        QVERIFY(!window->document().diagram().graph.at(node(window, "x")).hasAttribute("requires_grad"));
        QVERIFY(!window->document().diagram().graph.at(node(window, "y")).hasAttribute("requires_grad"));
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_G);
        QVERIFY(window->document().diagram().graph.at(node(window, "p")).retainGrad);
    }

    // Nodes

    void nodesAreCopiedAsTextAndPastedSetOff()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->view().select({node(window, "x"), node(window, "y"), node(window, "p")});
        QTest::keyClick(&window->view(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(documentFromJson(QGuiApplication::clipboard()->text().toStdString()));
        QTest::keyClick(&window->view(), Qt::Key_V, Qt::ControlModifier);
        QTest::keyClick(&window->view(), Qt::Key_V, Qt::ControlModifier);
        const Diagram& now = window->document().diagram();
        QCOMPARE(now.graph.size(), std::size_t(11));
        QCOMPARE(window->document().history().count(), 2);
        QCOMPARE(window->view().selection().size(), std::size_t(3));
        const NodeId first = now.graph.ids()[5];
        const NodeId second = now.graph.ids()[8];
        QVERIFY(now.layout.positions.find(first) != now.layout.positions.find(second));
        QCOMPARE(now.graph.at(now.graph.ids()[7]).inputs[0].single()->node, first);  // Links among them come along.
    }

    void whatIsNoDocumentIsNotPasted()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QGuiApplication::clipboard()->setText(QStringLiteral("some words"));
        QTest::keyClick(&window->view(), Qt::Key_V, Qt::ControlModifier);
        QVERIFY(!window->document().isModified());
        QVERIFY2(hint(window).startsWith(QStringLiteral("The clipboard holds no nodes")), qPrintable(hint(window)));
    }

    void cutAndDuplicateAreOneStepEach()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_D, Qt::ControlModifier);
        const Graph& graph = window->document().diagram().graph;
        QCOMPARE(graph.size(), std::size_t(6));
        QCOMPARE(graph.at(window->view().current()).inputs[0].single()->node, node(window, "x"));  // Inputs are kept.
        QTest::keyClick(&window->view(), Qt::Key_X, Qt::ControlModifier);
        QCOMPARE(graph.size(), std::size_t(5));
        QCOMPARE(window->document().history().count(), 2);
        QCOMPARE(window->document().history().undoText(), QStringLiteral("Cut"));
    }

    void deletingCanReconnect()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "p");
        QTest::keyClick(&window->view(), Qt::Key_Delete, Qt::ControlModifier);
        const Graph& graph = window->document().diagram().graph;
        QCOMPARE(graph.size(), std::size_t(4));
        QCOMPARE(graph.at(node(window, "a")).inputs[0].single()->node, node(window, "x"));
        QCOMPARE(window->document().history().count(), 1);
    }

    void layingOutIsOneStep()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        const auto before = window->document().diagram().layout.positions;
        QTest::keyClick(&window->view(), Qt::Key_L, Qt::ShiftModifier);
        QTRY_COMPARE(window->document().history().count(), 1);
        const auto& positions = window->document().diagram().layout.positions;
        QVERIFY(positions.find(node(window, "p"))->x > positions.find(node(window, "x"))->x);
        QVERIFY(positions.find(node(window, "a"))->x > positions.find(node(window, "p"))->x);
        press(window, CommandId::Undo);
        QVERIFY(window->document().diagram().layout.positions == before);
    }

    void mutingTogglesAndKeepsOneStep()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->view().select({node(window, "p"), node(window, "a")});
        QTest::keyClick(&window->view(), Qt::Key_M);
        QVERIFY(window->document().diagram().graph.at(node(window, "p")).muted);
        QCOMPARE(window->document().history().count(), 1);
        Desk::settle(window);
        QCOMPARE(repr(window->playback().moment().result(node(window, "a"))->outputs[0].tensor()), std::string("tensor(3.)"));
        QTest::keyClick(&window->view(), Qt::Key_M);
        QVERIFY(!window->document().diagram().graph.at(node(window, "a")).muted);
    }

    void selectionSpreadsAlongLinks()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "p");
        press(window, CommandId::SelectUpstream);
        QCOMPARE(window->view().selection(),
                 std::vector<NodeId>({node(window, "x"), node(window, "y"), node(window, "p")}));
        select(window, "p");
        press(window, CommandId::SelectDownstream);
        QCOMPARE(window->view().selection(), std::vector<NodeId>({node(window, "p"), node(window, "a")}));
    }

    void nodesAreFound_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QStringList>("names");
        const auto row = [](const char* query, const char* names) {
            QTest::newRow(query) << QString::fromUtf8(query)
                                 << QString::fromUtf8(names).split(QLatin1Char(' '), Qt::SkipEmptyParts);
        };
        row("grid", "grid");
        row("ta", "table total");
        row("e tensor", "endless grid half table text_of_ones");  // Names that begin so, then the others.
        row("2x3", "grid half");
        row("(2, 3)", "grid half");
        row("float64", "half");
        row("2x3 float64", "half");
        row("log", "bad");
        row("has nan", "bad");
        row("has NaN 2x3", "");
        row("has inf", "endless");
        row("requires grad", "grid total");
        row("grad is none tensor", "half table text_of_ones endless");
        row("error", "wrong");
    }

    void nodesAreFound()
    {
        QFETCH(const QString, query);
        QFETCH(const QStringList, names);
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "grid", "op": "tensor", "attributes": {"value": "[[1., 2., 3.], [4., 5., 6.]]", "requires_grad": true}},
            {"name": "half", "op": "tensor", "attributes": {"value": "[[1., 2., 3.], [4., 5., 6.]]", "dtype": "float64"}},
            {"name": "table", "op": "tensor", "attributes": {"value": "[-1., 2.]"}},
            {"name": "text_of_ones", "op": "tensor", "attributes": {"value": "1"}},
            {"name": "endless", "op": "tensor", "attributes": {"value": "inf"}},
            {"name": "bad", "op": "log", "inputs": ["table"]},
            {"name": "total", "op": "sum", "inputs": ["grid"]},
            {"name": "wrong", "op": "matmul", "inputs": ["grid", "grid"]}], "backward": [{"roots": ["total"]}]})");
        QStringList found;
        for (const Found& entry : foundNodes(window->document().diagram(), window->playback().moment(), query, 5))
            found += entry.name;
        QCOMPARE(found, names);
    }

    void theSearchGoesToNodesAndDoesCommands()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        auto* const search = window->findChild<SearchField*>();
        QTest::keyClick(&window->view(), Qt::Key_F, Qt::ControlModifier);
        QVERIFY(search->hasFocus());
        QTest::keyClicks(search, QStringLiteral("mul"));
        auto* const list = search->findChild<QListWidget*>();
        QTRY_VERIFY(list->isVisible() && list->count() > 0);
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(window->view().selection(), std::vector<NodeId>({node(window, "p")}));
        QVERIFY(window->view().hasFocus());
        QVERIFY(!list->isVisible());
        QTest::keyClick(&window->view(), Qt::Key_F, Qt::ControlModifier);
        QTest::keyClicks(search, QStringLiteral("select all"));
        QTest::keyClick(search, Qt::Key_Return);  // Before anything is listed.
        QTRY_COMPARE(window->view().selection().size(), std::size_t(5));
    }

    // Appearance

    void theThemeChangesAtOnceAndIsKept()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::ThemeDark);
        QVERIFY(Appearance::instance().theme().isDark);
        QCOMPARE(settings::theme(), Appearance::Choice::Dark);
        const QRgb dark = window->grab().toImage().pixel(5, 5);
        press(window, CommandId::ThemeLight);
        QVERIFY(window->grab().toImage().pixel(5, 5) != dark);
        QVERIFY(window->commands().action(CommandId::ThemeLight)->isChecked());
        QVERIFY(!window->commands().action(CommandId::ThemeDark)->isChecked());
    }

    void theWheelZoomsOrScrollsAsIsKept()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        const auto zoomed = [](MainWindow* in) {
            auto& view = *in->findChild<GraphView*>();
            const qreal before = view.camera().scale();
            const QPointF at(200, 150);
            QWheelEvent event(at, view.mapToGlobal(at), {}, {0, -120}, Qt::NoButton, Qt::NoModifier,
                              Qt::NoScrollPhase, false);
            QApplication::sendEvent(&view, &event);
            return view.camera().scale() != before;
        };
        QVERIFY(window->commands().action(CommandId::WheelZooms)->isChecked());
        QVERIFY(zoomed(window));
        press(window, CommandId::WheelScrolls);
        QVERIFY(!zoomed(window));
        QVERIFY(!window->commands().action(CommandId::WheelZooms)->isChecked());
        Desk another;
        MainWindow* const later = another.open(introduction);
        QVERIFY(later->commands().action(CommandId::WheelScrolls)->isChecked());
        QVERIFY(!zoomed(later));
        press(later, CommandId::WheelZooms);
        QVERIFY(zoomed(later));
        QCOMPARE(settings::wheel(), GraphView::Wheel::Zooms);
    }

    void panelsCanBeHidden()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        auto* const palette = window->findChild<Palette*>();
        QVERIFY(palette->isVisible() && window->commands().action(CommandId::ShowPalette)->isChecked());
        press(window, CommandId::ShowPalette);
        QVERIFY(!palette->isVisible());
        press(window, CommandId::SearchPalette);
        QVERIFY(palette->isVisible() && window->commands().action(CommandId::ShowPalette)->isChecked());
    }

    void workIsShownAfterHalfASecondOnly()
    {
        StatusLine line;
        line.show();
        auto* const bar = line.findChild<QProgressBar*>();
        line.begin(StatusLine::Work::Files, QStringLiteral("Saving"));
        QVERIFY(!bar->isVisible());
        QTRY_VERIFY(bar->isVisible());
        line.begin(StatusLine::Work::Evaluation, QStringLiteral("Evaluating"));
        line.progress(1, 4);
        QCOMPARE(bar->value() * 4, bar->maximum());
        QSignalSpy cancelled(&line, &StatusLine::cancelRequested);
        auto* const cancel = line.findChild<QToolButton*>();
        QVERIFY(cancel->isVisible());
        QTest::mouseClick(cancel, Qt::LeftButton);
        QCOMPARE(cancelled.count(), 1);
        line.end(StatusLine::Work::Evaluation);
        QVERIFY(bar->isVisible() && !cancel->isVisible());
        line.end(StatusLine::Work::Files);
        QVERIFY(!bar->isVisible());
    }

    void aLongEvaluationCanBeCancelled()
    {
        Desk desk;
        std::string text = R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "n0", "op": "rand", "attributes": {"size": [600, 600]}})";
        for (int i = 1; i <= 400; ++i)
            text += ",{\"name\": \"n" + std::to_string(i) + "\", \"op\": \"matmul\", \"inputs\": [\"n"
                    + std::to_string(i - 1) + "\", \"n0\"]}";
        desk.write(QStringLiteral("test.chainrule"), QByteArray::fromStdString(text + "]}"));
        MainWindow* const window = desk.openEmpty();
        window->load(desk.path(QStringLiteral("test.chainrule")));
        QTRY_VERIFY(window->live().isRunning() && !window->files().isBusy());
        auto* const cancel = window->statusBar()->findChild<QToolButton*>();
        QTRY_VERIFY_WITH_TIMEOUT(cancel->isVisible(), 20000);
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_VERIFY(!window->live().isRunning());
        QVERIFY(!window->live().isFresh());
        QVERIFY2(hint(window).startsWith(QStringLiteral("Cancelled")), qPrintable(hint(window)));
    }
};

QTEST_MAIN(AppTest)
#include "tst_app.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/edit_commands.h"
#include "app/find.h"
#include "app/settings.h"
#include "app/tensor_drag.h"
#include "engine/io/npy.h"
#include "engine/tensor/printing.h"
#include "tests/faulty_file_system.h"
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

using namespace chainrule;

namespace {

constexpr auto introduction = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
 {"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}, "position": [0, 160]},
 {"name": "z", "op": "tensor", "attributes": {"value": "5.", "requires_grad": true}, "position": [0, 320]},
 {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [260, 80]},
 {"name": "a", "op": "add", "inputs": ["p", "z"], "position": [520, 160]}]})";

constexpr auto matrix = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "m", "op": "tensor", "attributes": {"value": "[[1., 2.], [3., 4.]]", "requires_grad": true}},
 {"name": "s", "op": "mul", "inputs": ["m", "m"]},
 {"name": "seed", "op": "tensor", "attributes": {"value": "[[1., 0.], [0., 2.]]"}},
 {"name": "total", "op": "sum", "inputs": ["s"]}]})";

QString programOutput(const QStringList& arguments)
{
    QProcess process;
    process.start(QString::fromUtf8(CHAINRULE_PROGRAM), arguments);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000))
        return QStringLiteral("it did not end");
    return QString::fromUtf8(process.readAllStandardOutput());
}

void press(MainWindow* window, CommandId id)
{
    window->commands().action(id)->trigger();
    Desk::settle(window);
}

NoticeBar* shownBar(MainWindow* window)
{
    for (NoticeBar* const bar : window->findChildren<NoticeBar*>())
        if (bar->isVisible())
            return bar;
    return nullptr;
}

QPushButton* offer(MainWindow* window, const QString& text)
{
    const NoticeBar* const bar = shownBar(window);
    if (!bar)
        return nullptr;
    for (QPushButton* const button : bar->findChildren<QPushButton*>())
        if (button->isVisible() && button->text() == text)
            return button;
    return nullptr;
}

QString hint(MainWindow* window)
{
    return window->statusBar()->findChild<QLabel*>()->text();
}

}  // namespace

QString gradText(MainWindow* window, const char* name)
{
    const Moment& moment = window->playback().moment();
    const NodeId id = node(window, name);
    if (!moment.result(id))
        return QStringLiteral("not computed");
    const GradState state = moment.stored({id});
    return state.tensor.isNone() ? QStringLiteral("None") : QString::fromStdString(repr(state.tensor));
}

class AppTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_settings;

private Q_SLOTS:
    void initTestCase()
    {
        QCoreApplication::setOrganizationName(QStringLiteral("Chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("Test"));
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_settings.path());
    }
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
        QCOMPARE(built, programOutput({QStringLiteral("run"), QStringLiteral(EXAMPLES_DIR "/introduction.chainrule")}));
        while (window->document().history().canUndo())
            window->document().history().undo();
        QVERIFY(window->document().diagram().graph.empty());
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
        QVERIFY(shownBar(window)->text().endsWith(QStringLiteral("grad can be implicitly created only for scalar outputs")));
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
        QVERIFY(!window->commands().action(CommandId::StepBack)->isEnabled());
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

    // Documents

    void aSavedDocumentComesBackAsItWas()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QCOMPARE(window->windowTitle(), QStringLiteral("test.chainrule[*] - Chainrule"));
        press(window, CommandId::Save);  // Unchanged: the same bytes.
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(introduction));
        window->document().apply(Rename{node(window, "a"), "result"});
        QVERIFY(window->isWindowModified());
        press(window, CommandId::Save);
        QVERIFY(!window->isWindowModified());
        const Diagram saved = window->document().diagram();
        desk.windows.open(desk.path(QStringLiteral("test.chainrule")));
        QCOMPARE(desk.windows.all().size(), std::size_t(1));  // It is open already.
        const auto read = documentFromJson(desk.read(QStringLiteral("test.chainrule")).toStdString());
        QVERIFY(read);
        QVERIFY(read->diagram == saved);
    }

    void anUntitledDocumentIsSavedUnderANewName()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        window->document().apply(AddNode{window->document().diagram().graph.nextId(), {.name = "t", .op = "tensor"}});
        press(window, CommandId::Save);  // Declined.
        QVERIFY(window->document().isModified());
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("new.chainrule"));
        press(window, CommandId::Save);
        QVERIFY(!window->document().isModified());
        QCOMPARE(window->document().title(), QStringLiteral("new.chainrule"));
        QVERIFY(desk.read(QStringLiteral("new.chainrule")).contains("\"tensor\""));
        QCOMPARE(settings::recentFiles().constFirst(), desk.answers.fileToWriteAnswer);
    }

    void savingElsewhereKeepsTheFilesOfSources()
    {
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("one/data")));
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("two")));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("one/data/w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(
            R"({"format": "chainrule", "version": 1, "nodes": [
                {"name": "w", "op": "tensor", "attributes": {"file": "data/w.npy"}}]})",
            QStringLiteral("one/test.chainrule"));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("two/test.chainrule"));
        press(window, CommandId::SaveAs);
        QVERIFY(!window->document().isModified());
        const QString output = programOutput({QStringLiteral("run"), desk.answers.fileToWriteAnswer});
        QVERIFY2(output.startsWith(QStringLiteral("w = tensor([1., 2.])")), qPrintable(output));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("up.chainrule"));
        press(window, CommandId::SaveAs);
        QVERIFY(desk.read(QStringLiteral("up.chainrule")).contains("\"one/data/w.npy\""));
    }

    void aFailedSaveSaysWhyAndLosesNothing()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "result"});
        desk.answers.savesElsewhere = true;
        desk.answers.fileToWriteAnswer.clear();
        {
            FaultyFileSystem disk;
            disk.freeBytes = 10;
            press(window, CommandId::Save);
        }
        QCOMPARE(desk.answers.asked.size(), 2);
        QVERIFY2(desk.answers.asked[0].contains(QStringLiteral("test.chainrule"))
                     && desk.answers.asked[0].endsWith(QStringLiteral("No space left on device")),
                 qPrintable(desk.answers.asked[0]));
        QVERIFY(desk.answers.asked[1].startsWith(QStringLiteral("write ")));  // Save As was offered.
        QVERIFY(window->document().isModified());
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(introduction));
        press(window, CommandId::Save);
        QVERIFY(!window->document().isModified());
    }

    void editsWhileSavingStayUnsaved()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        window->commands().action(CommandId::Save)->trigger();
        window->document().apply(Rename{node(window, "b"), "c"});
        Desk::settle(window);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""));
        QVERIFY(window->document().isModified());
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"c\""));
        QVERIFY(!window->document().isModified());
    }

    void whatAnotherProgramWroteIsNotOverwrittenUnasked()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.write(QStringLiteral("test.chainrule"), matrix);
        QTRY_VERIFY(shownBar(window));  // Said as soon as it is seen.
        press(window, CommandId::Save);
        QCOMPARE(desk.answers.asked, QStringList(QStringLiteral("changed test.chainrule")));
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(matrix));
        QVERIFY(window->document().isModified());
        desk.answers.changed = Questions::Changed::Overwrite;
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""));
        QVERIFY(!shownBar(window));
    }

    void whatAnotherProgramWroteCanBeReadAgain()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.write(QStringLiteral("test.chainrule"), matrix);
        QTRY_VERIFY(offer(window, QStringLiteral("Read It Again")));
        QTest::mouseClick(offer(window, QStringLiteral("Read It Again")), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(node(window, "total").value != 0);
        QVERIFY(!shownBar(window));
        QVERIFY(window->view().scene().moment().result(node(window, "total")));
    }

    void closingAsksAboutUnsavedWork_data()
    {
        QTest::addColumn<int>("answer");
        QTest::addColumn<bool>("closes");
        QTest::addColumn<bool>("saves");
        QTest::newRow("save") << int(Questions::Unsaved::Save) << true << true;
        QTest::newRow("discard") << int(Questions::Unsaved::Discard) << true << false;
        QTest::newRow("cancel") << int(Questions::Unsaved::Cancel) << false << false;
    }

    void closingAsksAboutUnsavedWork()
    {
        QFETCH(const int, answer);
        QFETCH(const bool, closes);
        QFETCH(const bool, saves);
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.answers.unsaved = Questions::Unsaved(answer);
        window->close();
        QTRY_COMPARE(desk.answers.asked, QStringList(QStringLiteral("unsaved test.chainrule")));
        if (closes)
            QTRY_VERIFY(!window);
        else
            QVERIFY(window && window->isVisible());
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""), saves);
    }

    void closingWithoutUnsavedWorkAsksNothing()
    {
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->close();
        QTRY_VERIFY(!window);
        QVERIFY(desk.answers.asked.isEmpty());
    }

    void aFailedSaveDoesNotClose()
    {
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.answers.unsaved = Questions::Unsaved::Save;
        FaultyFileSystem disk;
        disk.freeBytes = 0;
        window->close();
        QTRY_COMPARE(desk.answers.asked.size(), 2);
        QTest::qWait(50);
        QVERIFY(window && window->document().isModified());
    }

    void quittingAsksWindowByWindow()
    {
        Desk desk;
        QPointer<MainWindow> first = desk.open(introduction, QStringLiteral("first.chainrule"));
        QPointer<MainWindow> second = desk.open(introduction, QStringLiteral("second.chainrule"));
        first->document().apply(Rename{node(first, "a"), "b"});
        second->document().apply(Rename{node(second, "a"), "b"});
        first->commands().action(CommandId::Quit)->trigger();
        QTRY_COMPARE(desk.answers.asked.size(), 1);
        QTest::qWait(20);
        QVERIFY(first && second);  // Cancelled.
        desk.answers.unsaved = Questions::Unsaved::Save;
        first->commands().action(CommandId::Quit)->trigger();
        QTRY_VERIFY(!first && !second);
        QVERIFY(desk.read(QStringLiteral("first.chainrule")).contains("\"b\""));
        QVERIFY(desk.read(QStringLiteral("second.chainrule")).contains("\"b\""));
    }

    void anUntouchedWindowIsUsedAgain()
    {
        Desk desk;
        MainWindow* const empty = desk.openEmpty();
        desk.write(QStringLiteral("one.chainrule"), introduction);
        desk.write(QStringLiteral("two.chainrule"), matrix);
        desk.answers.documents = {desk.folder.filePath(QStringLiteral("one.chainrule")),
                                  desk.folder.filePath(QStringLiteral("two.chainrule"))};
        press(empty, CommandId::Open);
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        for (MainWindow* const window : desk.windows.all())
            Desk::settle(window);
        QCOMPARE(empty->document().title(), QStringLiteral("one.chainrule"));
        QCOMPARE(desk.windows.all()[1]->document().title(), QStringLiteral("two.chainrule"));
        press(empty, CommandId::Open);  // Both are open already.
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        press(empty, CommandId::New);
        QCOMPARE(desk.windows.all().size(), std::size_t(3));
    }

    void editsAreRefusedWhileAnotherDocumentIsRead()
    {
        Desk desk;
        desk.write(QStringLiteral("test.chainrule"), introduction);
        MainWindow* const window = desk.openEmpty();
        window->load(desk.path(QStringLiteral("test.chainrule")));
        window->view().addOp(QStringLiteral("mul"));
        QVERIFY(window->document().diagram().graph.empty());
        QCOMPARE(hint(window), QStringLiteral("A document is being opened here."));
        Desk::settle(window);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(5));
        window->load(desk.path(QStringLiteral("missing.chainrule")));
        Desk::settle(window);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(5));
        window->view().addOp(QStringLiteral("mul"));
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(6));
    }

    void theInspectorChoosesFilesFromTheDocumentsFolder_data()
    {
        QTest::addColumn<QString>("chosen");
        QTest::addColumn<bool>("isBelow");
        QTest::newRow("below") << QStringLiteral("data/w.npy") << true;
        QTest::newRow("elsewhere") << QStringLiteral("../elsewhere.npy") << false;
    }

    void theInspectorChoosesFilesFromTheDocumentsFolder()
    {
        QFETCH(const QString, chosen);
        QFETCH(const bool, isBelow);
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("documents/data")));
        const QString file = QDir::cleanPath(desk.folder.filePath(QStringLiteral("documents/") + chosen));
        QVERIFY(!writeNpy(file.toStdString(), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction, QStringLiteral("documents/test.chainrule"));
        select(window, "y");
        window->findChild<Inspector*>()->showTab(Inspector::Tab::AttributeForm);
        auto* const field = window->findChild<FileField*>();
        QVERIFY(field);
        QTimer::singleShot(0, window, [&] {
            auto* const dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            QCOMPARE(dialog->directory().path(), desk.folder.filePath(QStringLiteral("documents")));
            dialog->findChild<QLineEdit*>()->setText(file);
            QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
        });
        QTest::mouseClick(field->findChild<QToolButton*>(), Qt::LeftButton);
        Desk::settle(window);
        const Attribute expected = (isBelow ? chosen : file).toStdString();
        QCOMPARE(window->document().diagram().graph.at(node(window, "y")).attributes.at("file"), expected);
        QVERIFY(!window->document().diagram().graph.at(node(window, "y")).hasAttribute("value"));
        QCOMPARE(window->document().history().count(), 1);
        QVERIFY(window->playback().moment().result(node(window, "y")));
    }

    void aDocumentThatCannotBeReadIsSaid_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("newer") << QByteArray(R"({"format": "chainrule", "version": 2, "nodes": []})")
                               << QStringLiteral("version");
        QTest::newRow("broken") << QByteArray(R"({"format": "chainrule", "version": 1, "nodes": [)")
                                << QStringLiteral("line 1, column");
        QTest::newRow("missing") << QByteArray() << QStringLiteral("No such file or directory");
    }

    void aDocumentThatCannotBeReadIsSaid()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, reason);
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        if (!text.isEmpty())
            desk.write(QStringLiteral("bad.chainrule"), text);
        settings::addRecentFile(desk.folder.filePath(QStringLiteral("bad.chainrule")));
        window->load(desk.path(QStringLiteral("bad.chainrule")));
        QTRY_COMPARE(desk.answers.asked.size(), 1);
        QVERIFY2(desk.answers.asked[0].contains(QStringLiteral("bad.chainrule"))
                     && desk.answers.asked[0].contains(reason),
                 qPrintable(desk.answers.asked[0]));
        QVERIFY(window->isUntouched());
        QVERIFY(window->findChild<WelcomePage*>()->isVisible());
        QVERIFY(settings::recentFiles().isEmpty());
    }

    void recentDocumentsAreOffered()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QMenu* const menu = window->commands().action(CommandId::OpenRecent)->menu();
        Q_EMIT menu->aboutToShow();
        QCOMPARE(menu->actions().constFirst()->text(), desk.folder.filePath(QStringLiteral("test.chainrule")));
        menu->actions().constLast()->trigger();
        QVERIFY(settings::recentFiles().isEmpty());
    }

    void anEmptyDocumentWelcomes()
    {
        Desk desk;
        QTRY_VERIFY(!desk.windows.examples().empty());
        MainWindow* const window = desk.openEmpty();
        auto* const welcome = window->findChild<WelcomePage*>();
        QVERIFY(welcome->isVisible());
        const auto entries = welcome->findChildren<QPushButton*>(QStringLiteral("welcomeEntry"));
        QCOMPARE(std::size_t(entries.size()), desk.windows.examples().size());
        QCOMPARE(entries[0]->accessibleName(), QStringLiteral("Introduction"));
        QVERIFY(!entries[0]->accessibleDescription().isEmpty());
        QTest::mouseClick(entries[0], Qt::LeftButton);
        QTRY_VERIFY(!welcome->isVisible());
        Desk::settle(window);
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
    }

    void theFirstNodeEndsTheWelcomeAndUndoBringsItBack()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        Q_EMIT window->findChild<Palette*>()->opRequested(QStringLiteral("tensor"));
        QVERIFY(!window->findChild<WelcomePage*>()->isVisible());
        QCOMPARE(window->view().selection().size(), std::size_t(1));
        press(window, CommandId::Undo);
        QVERIFY(window->findChild<WelcomePage*>()->isVisible());
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

    // Exports

    void exportingAllWritesWhatTheProgramWrites()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "v", "op": "tensor", "attributes": {"value": "[[1., 5.], [3., 2.]]", "requires_grad": true}},
            {"name": "top", "op": "max", "inputs": ["v"], "attributes": {"dim": 1}},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "loss", "op": "sum", "inputs": ["top:values"]}], "backward": [{"roots": ["loss"]}]})");
        desk.answers.folderAnswer = desk.folder.filePath(QStringLiteral("ours"));
        QTest::keyClick(&window->view(), Qt::Key_E, Qt::ControlModifier);
        QTRY_VERIFY2(hint(window).startsWith(QStringLiteral("Wrote 5 files")), qPrintable(hint(window)));
        const QString theirs = desk.folder.filePath(QStringLiteral("theirs"));
        programOutput({QStringLiteral("run"), desk.folder.filePath(QStringLiteral("test.chainrule")),
                       QStringLiteral("--export"), theirs});
        const QStringList names = QDir(theirs).entryList(QDir::Files);
        QCOMPARE(QDir(desk.answers.folderAnswer).entryList(QDir::Files), names);
        QVERIFY(names.contains(QStringLiteral("top.values.npy")) && names.contains(QStringLiteral("v.grad.npy")));
        for (const QString& name : names)
            QCOMPARE(desk.read(QStringLiteral("ours/") + name), desk.read(QStringLiteral("theirs/") + name));
    }

    void scriptsAndGraphvizAreThoseOfTheProgram_data()
    {
        QTest::addColumn<int>("command");
        QTest::addColumn<QString>("format");
        QTest::newRow("python") << int(CommandId::ExportPython) << QStringLiteral("python");
        QTest::newRow("dot") << int(CommandId::ExportDot) << QStringLiteral("dot");
    }

    void scriptsAndGraphvizAreThoseOfTheProgram()
    {
        QFETCH(const int, command);
        QFETCH(const QString, format);
        for (const char* const document : {"introduction", "linear_regression", "error_backward_twice"}) {
            Desk desk;
            const QString file = QStringLiteral(EXAMPLES_DIR) + QStringLiteral("/%1.chainrule").arg(QLatin1String(document));
            MainWindow* const window = desk.openEmpty();
            window->load(file.toStdString());
            Desk::settle(window);
            desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out"));
            press(window, CommandId(command));
            QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
            QCOMPARE(QString::fromUtf8(desk.read(QStringLiteral("out"))),
                     programOutput({QStringLiteral("export"), file, QStringLiteral("--to"), format}));
        }
    }

    void picturesShowTheWholeCanvas()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.png"));
        press(window, CommandId::ExportPng);
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
        const QImage picture(desk.answers.fileToWriteAnswer);
        QCOMPARE(picture.size(), (CanvasPicture(window->document().diagram(), window->playback().moment()).size() * 2).toSize());
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.svg"));
        press(window, CommandId::ExportSvg);
        QTRY_VERIFY(hint(window).endsWith(QStringLiteral("out.svg.")));
        QVERIFY(desk.read(QStringLiteral("out.svg")).contains("<svg"));
    }

    void aFailedExportSaysWhy()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.png"));
        FaultyFileSystem disk;
        disk.freeBytes = 10;
        press(window, CommandId::ExportPng);
        QTRY_COMPARE(desk.answers.asked.size(), 2);
        QVERIFY2(desk.answers.asked[1].endsWith(QStringLiteral("No space left on device")), qPrintable(desk.answers.asked[1]));
        QVERIFY(!QFile::exists(desk.answers.fileToWriteAnswer));
    }

    void oneValueOrGradientIsSaved()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "y");
        QVERIFY(!window->commands().action(CommandId::SaveGradient)->isEnabled());
        select(window, "a");
        press(window, CommandId::Backward);
        select(window, "y");
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("y.grad.npy"));
        press(window, CommandId::SaveGradient);
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
        QVERIFY(desk.answers.asked.constLast().endsWith(QStringLiteral("/y.grad.npy")));
        const auto array = readNpy(desk.path(QStringLiteral("y.grad.npy")));
        QVERIFY(array);
        QCOMPARE(repr(array->tensor), std::string("tensor(3.)"));
    }

    void whatIsDraggedOutIsWrittenWhenItIsAskedFor()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::Backward);
        auto tensor = namedTensor(window->playback().moment(), {node(window, "z")}, Which::Gradient);
        QVERIFY(tensor);
        QCOMPARE(tensor->fileName, std::string("z.grad.npy"));
        const TensorMimeData data(*tensor);
        QVERIFY(data.hasUrls());
        const QString file = data.urls().constFirst().toLocalFile();
        QCOMPARE(QFileInfo(file).fileName(), QStringLiteral("z.grad.npy"));
        QCOMPARE(QFileInfo(QFileInfo(file).path()).dir().exists(), true);
        QCOMPARE(repr(readNpy(file.toStdString())->tensor), std::string("tensor(1.)"));
        QVERIFY(data.data(QStringLiteral("text/uri-list")).startsWith("file://"));  // As other programs ask.
    }

    // Files that are dropped

    void aDroppedArrayBecomesANode()
    {
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("data")));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("data/two-words.npy")), Tensor::vector({1, 2})));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("x.npy")), Tensor::vector({3})));
        MainWindow* const window = desk.open(introduction);
        const QPointF at = window->view().toWidget({0, 700});
        dropFiles(window, {desk.folder.filePath(QStringLiteral("data/two-words.npy")),
                           desk.folder.filePath(QStringLiteral("x.npy"))}, at);
        QTRY_COMPARE(window->document().history().count(), 1);
        Desk::settle(window);
        const Diagram& now = window->document().diagram();
        const Node& added = now.graph.at(node(window, "two_words"));
        QCOMPARE(added.attributes.at("file"), Attribute(std::string("data/two-words.npy")));
        const auto first = now.layout.positions.find(node(window, "two_words"));
        const auto second = now.layout.positions.find(node(window, "x1"));  // x is taken.
        QVERIFY(first && second && second->x > first->x && second->y == first->y);
        QCOMPARE(repr(window->playback().moment().result(node(window, "two_words"))->outputs[0].tensor()),
                 std::string("tensor([1., 2.])"));
        QCOMPARE(window->view().selection().size(), std::size_t(2));
    }

    void anUntitledDocumentNamesFilesAbsolutely()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.openEmpty();
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, {300, 300});
        QTRY_VERIFY(node(window, "w").value != 0);
        QCOMPARE(window->document().diagram().graph.at(node(window, "w")).attributes.at("file"),
                 Attribute(desk.path(QStringLiteral("w.npy")).string()));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("new.chainrule"));
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("new.chainrule")).contains("\"file\": \"w.npy\""));
        QVERIFY(!window->document().isModified());
    }

    void anArrayDroppedOnASourceReplacesItsData()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction);
        const QPointF onY = window->view().toWidget(window->view().scene().box(node(window, "y")).center());
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, onY);
        QTRY_COMPARE(window->document().history().count(), 1);
        const Node& y = window->document().diagram().graph.at(node(window, "y"));
        QVERIFY(!y.hasAttribute("value"));
        QCOMPARE(y.attributes.at("file"), Attribute(std::string("w.npy")));
        QCOMPARE(y.attributes.at("requires_grad"), Attribute(true));  // It is kept.
        QCOMPARE(window->document().history().undoText(), QStringLiteral("Replace Data of y"));
        const QPointF onP = window->view().toWidget(window->view().scene().box(node(window, "p")).center());
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, onP);  // No source: a node beside.
        QTRY_VERIFY(node(window, "w").value != 0);
    }

    void theHeaderIsSaidWhileAFileHovers()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::full({2, 3}, 1.0, DType::Float32)));
        const auto summary = npySummary(desk.path(QStringLiteral("w.npy")));
        QVERIFY(summary);
        QCOMPARE(*summary, QStringLiteral("float32 (2, 3), 24 bytes, C order"));
        const auto fortran = npySummary(FIXTURES_DIR "/npy/fortran_3d.npy");
        QVERIFY(fortran && fortran->contains(QStringLiteral("Fortran order")));
    }

    void whatIsNoArrayIsSaidAndChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("isThere");
        QTest::newRow("words") << QByteArray("no array at all") << true;
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("header without numbers") << QByteArray("\x93NUMPY\x01\x00", 8) << true;
        QTest::newRow("vanished") << QByteArray() << false;
    }

    void whatIsNoArrayIsSaidAndChangesNothing()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const bool, isThere);
        Desk desk;
        if (isThere)
            desk.write(QStringLiteral("bad.npy"), content);
        MainWindow* const window = desk.open(introduction);
        for (const QPointF at : {QPointF(0, 700), window->view().scene().box(node(window, "y")).center()}) {
            window->findChild<StatusLine*>()->hint({});
            dropFiles(window, {desk.folder.filePath(QStringLiteral("bad.npy"))}, window->view().toWidget(at));
            QTRY_VERIFY2(hint(window).startsWith(QStringLiteral("bad.npy: ")), qPrintable(hint(window)));
            QVERIFY(!window->document().isModified());
        }
        QVERIFY(desk.answers.asked.isEmpty());  // No dialog.
    }

    void aDroppedFileThatVanishesLaterIsItsNodesError()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, window->view().toWidget({0, 700}));
        QTRY_VERIFY(node(window, "w").value != 0);
        Desk::settle(window);
        QVERIFY(QFile::remove(desk.folder.filePath(QStringLiteral("w.npy"))));
        press(window, CommandId::Run);
        const NodeResult* const result = window->playback().moment().result(node(window, "w"));
        QVERIFY(result && result->error);
        QVERIFY(window->playback().moment().result(node(window, "a"))->outputs.size() == 1);  // The rest lives.
    }

    void aDroppedDocumentOpens()
    {
        Desk desk;
        desk.write(QStringLiteral("other.chainrule"), matrix);
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("other.chainrule"))}, {20, 20});
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        Desk::settle(desk.windows.all()[1]);
        QCOMPARE(desk.windows.all()[1]->document().title(), QStringLiteral("other.chainrule"));
        QCOMPARE(window->document().title(), QStringLiteral("test.chainrule"));
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

// SPDX-License-Identifier: GPL-3.0-or-later
// Errors in the window: what is said of them, and that what is offered mends them in one step of undo.
#include "tests/window_fixture.h"

#include "engine/autograd/mistakes.h"

#include <QMenu>

#include <fstream>
#include <sstream>

using namespace chainrule;

namespace {

QByteArray exampleText(const std::string& name)
{
    std::ostringstream text;
    text << std::ifstream(places::example(name + ".chainrule")).rdbuf();
    return QByteArray::fromStdString(text.str());
}

QString labelText(MainWindow* window, const char* name)
{
    auto* const label = window->findChild<QLabel*>(QString::fromLatin1(name));
    return label && label->isVisible() ? label->text() : QString();
}

QList<QPushButton*> waysOut(MainWindow* window)
{
    QList<QPushButton*> buttons = window->findChildren<QPushButton*>(QStringLiteral("wayOut"));
    buttons.removeIf([](QPushButton* button) { return !button->isVisible(); });
    return buttons;
}

}  // namespace

class RepairsTest : public QObject {
    Q_OBJECT

    Settings m_settings;

private Q_SLOTS:
    void theInspectorSaysWhatAnErrorMeansAndOffersWaysOut()
    {
        Desk desk;
        MainWindow* const window = desk.open(exampleText("error_broadcast"));
        select(window, "y");
        QTRY_COMPARE(waysOut(window).size(), 2);
        QCOMPARE(labelText(window, "nodeError"),
                 QStringLiteral("RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at "
                                "non-singleton dimension 1"));
        QVERIFY(labelText(window, "errorMeaning").startsWith(QStringLiteral("Shapes are compared from their ends")));
        QCOMPARE(labelText(window, "errorOperands"), QStringLiteral("x: float32 [2, 3], b: float32 [2]"));
        QCOMPARE(waysOut(window)[0]->text(), QStringLiteral("Insert unsqueeze(b, dim=1)"));
        QTest::mouseClick(waysOut(window)[0], Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(!window->playback().moment().result(node(window, "y"))->error);
        QCOMPARE(labelText(window, "nodeError"), QString());
        QVERIFY(waysOut(window).isEmpty());
        QCOMPARE(window->document().history().count(), 1);
        QCOMPARE(window->document().history().undoText(), QStringLiteral("Insert unsqueeze(b, dim=1)"));
        press(window, CommandId::Undo);
        QVERIFY(window->playback().moment().result(node(window, "y"))->error);
        QTRY_COMPARE(waysOut(window).size(), 2);  // They are found again.
    }

    void aKeyOffersThemAtTheNode()
    {
        Desk desk;
        MainWindow* const window = desk.open(exampleText("error_mean_of_integers"));
        QVERIFY(!window->commands().action(CommandId::FixError)->isEnabled());
        select(window, "y");
        QTRY_COMPARE(waysOut(window).size(), 1);
        QTest::keyClick(&window->view(), Qt::Key_Period, Qt::ControlModifier);
        QMenu* const menu = window->view().findChild<QMenu*>();
        QVERIFY(menu && menu->isVisible());
        QCOMPARE(menu->actions().size(), 1);
        QCOMPARE(menu->actions()[0]->text(), QStringLiteral("Insert to(x, dtype=float32)"));
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
        Desk::settle(window);
        QVERIFY(!window->playback().moment().result(node(window, "y"))->error);
    }

    void whereNoneIsKnownThatIsSaid()
    {
        Desk desk;
        MainWindow* const window = desk.open(exampleText("error_ragged"));
        select(window, "x");
        QVERIFY(!labelText(window, "errorMeaning").isEmpty());
        press(window, CommandId::FixError);
        QVERIFY(hint(window).startsWith(QStringLiteral("No way out is known")));
        QVERIFY(waysOut(window).isEmpty());
    }

    void anEditTakesBackWhatWasOffered()
    {
        Desk desk;
        MainWindow* const window = desk.open(exampleText("error_index"));
        select(window, "last");
        QTRY_COMPARE(waysOut(window).size(), 1);
        window->document().apply(SetAttribute{node(window, "last"), "index", std::int64_t(1)});
        QVERIFY(waysOut(window).isEmpty());
        Desk::settle(window);
        QVERIFY(waysOut(window).isEmpty());
    }

    void aPassThatFailsIsExplainedAndMended_data()
    {
        QTest::addColumn<QString>("example");
        QTest::addColumn<QString>("way");
        const auto row = [](const char* example, const char* way) {
            QTest::newRow(example) << QString::fromLatin1(example) << QString::fromLatin1(way);
        };
        row("error_not_scalar", "Start with Ones");
        row("error_gradient_shape", "Start with Ones");
        row("error_backward_twice", "Retain the Graph Before");
        row("error_no_gradient", "Set requires_grad on Its Tensors");
        row("error_detached_root", "Start from y");
    }

    void aPassThatFailsIsExplainedAndMended()
    {
        QFETCH(QString, example);
        QFETCH(QString, way);
        Desk desk;
        MainWindow* const window = desk.open(exampleText(example.toStdString()));
        QVERIFY(shownBar(window));
        const Error* const error = window->playback().moment().run().error();
        QVERIFY(error);
        const std::string_view meaning = mistakeBehind(*error)->meaning;
        QVERIFY(shownBar(window)->text().endsWith(QString::fromUtf8(meaning.data(), qsizetype(meaning.size()))));
        QVERIFY(offer(window, way));
        QTest::mouseClick(offer(window, way), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(!shownBar(window));
        QVERIFY(!window->playback().moment().run().error());
        QCOMPARE(window->document().history().count(), 1);
        press(window, CommandId::Undo);
        QVERIFY(shownBar(window));
    }

    void theErrorsAreAMenuOfTheirOwn()
    {
        Desk desk;
        QTRY_VERIFY(!desk.windows.examples().empty());
        MainWindow* const window = desk.openEmpty();
        QMenu* const examples = window->commands().action(CommandId::Examples)->menu();
        Q_EMIT examples->aboutToShow();
        const auto menus = examples->findChildren<QMenu*>();
        QCOMPARE(menus.size(), 1);
        QVERIFY(menus[0]->actions().size() >= 20);
        menus[0]->actions().constFirst()->trigger();
        Desk::settle(window);
        QTRY_VERIFY(!window->document().diagram().graph.empty());
    }
};

QTEST_MAIN(RepairsTest)
#include "tst_repairs.moc"

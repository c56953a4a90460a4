// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients that are put into the graph as nodes, with keys and menus, and differentiated again.
#include "app/gradient_nodes.h"
#include "tests/window_fixture.h"

#include <QMenu>

using namespace chainrule;

namespace {

constexpr auto cube = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "2.", "requires_grad": true}, "position": [0, 0]},
 {"name": "three", "op": "number", "attributes": {"value": 3}, "position": [0, 200]},
 {"name": "y", "op": "pow", "inputs": ["x", "three"], "position": [300, 0]}]})";

constexpr auto plane = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "a", "op": "tensor", "attributes": {"value": "[1., 2.]", "requires_grad": true}, "position": [0, 0]},
 {"name": "b", "op": "tensor", "attributes": {"value": "[3., 5.]", "requires_grad": true}, "position": [0, 200]},
 {"name": "v", "op": "tensor", "attributes": {"value": "[10., 100.]"}, "position": [0, 400]},
 {"name": "p", "op": "mul", "inputs": ["a", "b"], "position": [300, 0]},
 {"name": "alone", "op": "tensor", "attributes": {"value": "1.", "requires_grad": true}, "position": [0, 600]}]})";

/// Presses the command's key on the canvas.
void insertGradient(MainWindow* window)
{
    window->view().setFocus();
    QTest::keyClick(&window->view(), Qt::Key_G, Qt::ShiftModifier);
    Desk::settle(window);
}

QString valueText(MainWindow* window, const char* name)
{
    const NodeResult* const result = window->playback().moment().result(node(window, name));
    if (!result)
        return QStringLiteral("not computed");
    return result->error ? QString::fromStdString(result->error->message)
                         : QString::fromStdString(repr(result->outputs[0].tensor()));
}

QStringList names(MainWindow* window)
{
    QStringList all;
    for (const NodeId id : window->document().diagram().graph.ids())
        all << QString::fromStdString(window->document().diagram().graph.at(id).name);
    return all;
}

QString statusText(MainWindow* window)
{
    QString all;
    for (const QLabel* const label : window->statusBar()->findChildren<QLabel*>())
        all += label->text() + QLatin1Char('\n');
    return all;
}

}  // namespace

class GradientNodesTest : public QObject {
    Q_OBJECT

    Settings m_settings;

private Q_SLOTS:
    /// x³ at 2: 12, 12, 6, 0 need nothing but the same key three times, each a step of undo.
    void derivativesOfDerivatives()
    {
        Desk desk;
        MainWindow* const window = desk.open(cube);
        select(window, "y");
        insertGradient(window);
        QCOMPARE(valueText(window, "dy_dx"), QStringLiteral("tensor(12.)"));
        QCOMPARE(window->view().selection(), std::vector{node(window, "dy_dx")});
        insertGradient(window);
        QCOMPARE(valueText(window, "ddy_dx_dx"), QStringLiteral("tensor(12.)"));
        insertGradient(window);
        QCOMPARE(valueText(window, "dddy_dx_dx_dx"), QStringLiteral("tensor(6.)"));
        const Evaluation& evaluation = window->playback().moment().evaluation();
        QCOMPARE(evaluation.gradFn(evaluation.value({node(window, "ddy_dx_dx"), 0})), std::string_view("MulBackward0"));

        const Scene& scene = window->view().scene();
        for (const NodeId a : window->document().diagram().graph.ids())
            for (const NodeId b : window->document().diagram().graph.ids())
                QVERIFY(a == b || !scene.box(a).intersects(scene.box(b)));
        for (int i = 0; i < 3; ++i)
            press(window, CommandId::Undo);
        QCOMPARE(names(window), QStringList({QStringLiteral("x"), QStringLiteral("three"), QStringLiteral("y")}));
        QVERIFY(!window->document().isModified());
    }

    /// What is put in is a node as others: wired on, it is differentiated by backward.
    void gradientIsWiredOn()
    {
        Desk desk;
        MainWindow* const window = desk.open(cube);
        select(window, "y");
        insertGradient(window);
        window->view().select({node(window, "y"), node(window, "dy_dx")});
        QTest::keyClicks(&window->view(), QStringLiteral("*"));
        Desk::settle(window);
        QCOMPARE(valueText(window, "mul"), QStringLiteral("tensor(96.)"));
        press(window, CommandId::Backward);
        QCOMPARE(gradText(window, "x"), QStringLiteral("tensor(240.)"));  // 3x²·3x² + x³·6x
    }

    void allLeavesOrThoseSelected()
    {
        Desk desk;
        MainWindow* const window = desk.open(plane);
        window->view().select({node(window, "a"), node(window, "p")});
        insertGradient(window);
        QCOMPARE(valueText(window, "dp_da"), QStringLiteral("tensor([3., 5.])"));
        QCOMPARE(window->document().diagram().graph.find("dp_db"), std::nullopt);
        QVERIFY2(statusText(window).contains(QStringLiteral("p has 2 elements")), qPrintable(statusText(window)));
        press(window, CommandId::Undo);
        select(window, "p");
        insertGradient(window);
        QCOMPARE(valueText(window, "dp_da"), QStringLiteral("tensor([3., 5.])"));
        QCOMPARE(valueText(window, "dp_db"), QStringLiteral("tensor([1., 2.])"));
        QCOMPARE(window->document().diagram().graph.find("dp_dalone"), std::nullopt);
        QCOMPARE(window->view().selection().size(), std::size_t(2));
    }

    /// A selected tensor of the root's shape that needs no gradient is where the gradient starts.
    void upstreamGradientIsTakenFromTheSelection()
    {
        Desk desk;
        MainWindow* const window = desk.open(plane);
        window->view().select({node(window, "a"), node(window, "v"), node(window, "p")});
        insertGradient(window);
        QCOMPARE(valueText(window, "dp_da"), QStringLiteral("tensor([ 30., 500.])"));
        QCOMPARE(names(window).size(), 6);
    }

    void refusesInWords_data()
    {
        QTest::addColumn<QStringList>("selected");
        QTest::addColumn<QString>("words");
        QTest::newRow("constant") << QStringList{QStringLiteral("v")} << QStringLiteral("v does not require grad");
        QTest::newRow("leaf") << QStringList{QStringLiteral("a")} << QStringLiteral("a is a leaf");
        QTest::newRow("independent") << QStringList{QStringLiteral("p"), QStringLiteral("alone")}
                                     << QStringLiteral("does not depend on");
    }

    void refusesInWords()
    {
        QFETCH(QStringList, selected);
        QFETCH(QString, words);
        Desk desk;
        MainWindow* const window = desk.open(plane);
        std::vector<NodeId> nodes;
        for (const QString& name : selected)
            nodes.push_back(node(window, name.toUtf8().constData()));
        window->view().select(nodes);
        insertGradient(window);
        QCOMPARE(names(window).size(), 5);
        QVERIFY2(statusText(window).contains(words), qPrintable(statusText(window)));
    }

    void standsInTheContextMenu()
    {
        Desk desk;
        MainWindow* const window = desk.open(cube);
        select(window, "y");
        const QPoint at = window->view().toWidget(window->view().scene().box(node(window, "y")).center()).toPoint();
        QTest::mouseClick(&window->view(), Qt::RightButton, {}, at);
        QMenu* const menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        QVERIFY(menu->actions().contains(window->commands().action(CommandId::InsertGradient)));
        menu->close();
    }
};

QTEST_MAIN(GradientNodesTest)
#include "tst_gradient_nodes.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector, with real events on the real widgets; what it asks for is asserted on, and its models are read out.
#include "engine/tensor/literal.h"
#include "tests/dock_bench.h"
#include "tests/theatre_graph.h"
#include "widgets/inspector/card_view.h"
#include "widgets/inspector/contribution_list.h"
#include "widgets/inspector/drag_badge.h"
#include "widgets/inspector/tensor_table.h"
#include "widgets/inspector/term_list.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/plots/histogram.h"

#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QToolButton>

using namespace chainrule;
using Tab = Inspector::Tab;

namespace {

/// The shortest text that reads back as the same float32.
QString shortestFloat(double number)
{
    for (int digits = 1; digits < 9; ++digits)
        if (const QString text = QString::number(number, 'g', digits); text.toFloat() == float(number))
            return text;
    return QString::number(number, 'g', 9);
}

/// One edit of an attribute and nothing else.
bool isSole(const std::vector<Edit>& edits, const Edit& edit)
{
    return edits.size() == 1 && edits.front() == edit;
}

}  // namespace

class InspectorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingIsSelected()
    {
        Bench bench("x");
        bench.inspector.setNode({});
        QVERIFY(bench.says(QStringLiteral("Select a node")));
        QVERIFY(!bench.find<QLineEdit>("nodeName"));
    }

    void headerNamesTheNode()
    {
        Bench bench("z");
        QCOMPARE(bench.find<QLineEdit>("nodeName")->text(), QStringLiteral("z"));
        QCOMPARE(bench.find<QLabel>("nodeType")->text(), QStringLiteral("f32 2×2 · 16 B"));
        QVERIFY(bench.says(QStringLiteral("linear")));
        QVERIFY(!bench.find<QLabel>("nodeError"));
        bench.inspector.setNode(bench.id("bad"));
        QCOMPARE(bench.find<QLabel>("nodeError")->text(),
                 QStringLiteral("RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"));
        QVERIFY(bench.find<QLabel>("nodeError")->textInteractionFlags() & Qt::TextSelectableByMouse);
    }

    void nameIsEditedOrRefusedInWords()
    {
        Bench bench("z");
        auto& name = *bench.find<QLineEdit>("nodeName");
        for (const char* const wrong : {"W", "2z", "for", ""}) {
            bench.type(&name, text(wrong));
            QTest::keyClick(&name, Qt::Key_Return);
            QVERIFY2(!bench.message().isEmpty(), wrong);
            QVERIFY(bench.edits.empty());
        }
        QTest::keyClick(&name, Qt::Key_Escape);
        QCOMPARE(name.text(), QStringLiteral("z"));
        QVERIFY(bench.message().isEmpty());
        bench.type(&name, QStringLiteral("hidden"));
        QTest::keyClick(&name, Qt::Key_Return);
        QVERIFY(isSole(bench.edits, Rename{bench.id("hidden"), "hidden"}));
    }

    void everyParameterHasAField()
    {
        for (const Op* const op : rankedOps({})) {
            Bench bench("x", Tab::AttributeForm);
            const AddNode added = newNode(bench.diagram, *op, {});
            bench.diagram = *apply(bench.diagram, added);
            bench.inspector.showDiagram(bench.diagram, {.added = {added.id}});
            bench.inspector.setNode(added.id);
            for (const Parameter& parameter : op->parameters)
                if (!parameter.isTensor())
                    QVERIFY2(bench.find<QWidget>(parameter.name.data()), parameter.name.data());
            QCOMPARE(unnamedControls(bench.inspector), QStringList());
            QVERIFY(bench.edits.empty());
        }
    }

    void numbersAndListsAreTyped_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("value");    // As Python; empty: none is asked for.
        QTest::addColumn<QString>("message");  // A part of it.
        QTest::newRow("int") << "1" << "1" << "";
        QTest::newRow("list") << "0, 1" << "[0, 1]" << "";
        QTest::newRow("none") << "None" << "None" << "";
        QTest::newRow("float") << "1.5" << "" << "TypeError: sum(): argument 'dim' must be";
        QTest::newRow("open") << "[0, 1" << "" << "SyntaxError: '[' was never closed";
        QTest::newRow("word") << "all" << "" << "NameError: name 'all' is not defined";
        QTest::newRow("huge") << "9223372036854775808" << "" << "OverflowError";
    }

    void numbersAndListsAreTyped()
    {
        QFETCH(QString, typed);
        QFETCH(QString, value);
        QFETCH(QString, message);
        Bench bench("s", Tab::AttributeForm);
        auto& field = *bench.find<QLineEdit>("dim");
        QCOMPARE(field.text(), QStringLiteral("0"));
        bench.type(&field, typed);
        QTest::keyClick(&field, Qt::Key_Return);
        QCOMPARE(bench.edits.size(), std::size_t(value.isEmpty() ? 0 : 1));
        if (!value.isEmpty()) {
            const auto& edit = std::get<SetAttribute>(bench.edits.front().value);
            QCOMPARE(edit.attribute, std::string("dim"));
            QCOMPARE(QString::fromStdString(python(edit.value)), value);
        }
        QVERIFY2(bench.message().contains(message) && bench.message().isEmpty() == message.isEmpty(),
                 qPrintable(bench.message()));
    }

    void whatIsTypedHoldsAfterAPause()
    {
        Bench bench("s", Tab::AttributeForm);
        bench.type(bench.find<QLineEdit>("dim"), QStringLiteral("1"));
        QVERIFY(bench.edits.empty());
        QTRY_COMPARE(bench.edits.size(), std::size_t(1));
        QTest::keyClick(bench.find<QLineEdit>("dim"), Qt::Key_Return);
        QCOMPARE(bench.edits.size(), std::size_t(1));  // It is the same value.
    }

    void emptyAndResetGiveTheDefaultAgain()
    {
        Bench bench("s", Tab::AttributeForm);
        auto& field = *bench.find<QLineEdit>("dim");
        QTest::mouseClick(bench.find<QAbstractButton>("reset_dim"), Qt::LeftButton);
        QVERIFY(isSole(bench.edits, UnsetAttribute{bench.id("s"), "dim"}));
        QVERIFY(field.text().isEmpty());
        QCOMPARE(field.placeholderText(), QStringLiteral("None"));
        QVERIFY(!bench.find<QAbstractButton>("reset_dim"));
        bench.type(&field, QStringLiteral("1"));
        QTest::keyClick(&field, Qt::Key_Return);
        bench.edits.clear();
        bench.type(&field, {});
        QTest::keyClick(&field, Qt::Key_Return);
        QVERIFY(isSole(bench.edits, UnsetAttribute{bench.id("s"), "dim"}));
    }

    void arrowsCountAnInt()
    {
        Bench bench("joined", Tab::AttributeForm);
        auto& field = *bench.find<QLineEdit>("dim");
        QTest::keyClick(&field, Qt::Key_Up);
        QVERIFY(isSole(bench.edits, SetAttribute{bench.id("joined"), "dim", std::int64_t(1)}));
        QTest::keyClick(&field, Qt::Key_Down);
        QTest::keyClick(&field, Qt::Key_Down);
        QCOMPARE(bench.edits.back(), Edit(SetAttribute{bench.id("joined"), "dim", std::int64_t(-1)}));
    }

    void choicesAndChecksAreEdits()
    {
        Bench bench("s", Tab::AttributeForm);
        auto& dtype = *bench.find<QComboBox>("dtype");
        QCOMPARE(dtype.currentText(), QStringLiteral("None"));
        QTest::keyClicks(&dtype, QStringLiteral("float64"));
        QCOMPARE(bench.edits.back(), Edit(SetAttribute{bench.id("s"), "dtype", std::string("float64")}));
        bench.edits.clear();
        auto& keepdim = *bench.find<QAbstractButton>("keepdim");
        keepdim.setFocus();
        QTest::keyClick(&keepdim, Qt::Key_Space);
        QVERIFY(isSole(bench.edits, SetAttribute{bench.id("s"), "keepdim", true}));
    }

    void literalKeepsTheLastGoodValueAndShowsTheTypo()
    {
        Bench bench("b", Tab::AttributeForm);
        auto& field = *bench.find<QPlainTextEdit>("value");
        QCOMPARE(field.toPlainText(), QStringLiteral("[.1, -.2]"));
        bench.type(&field, QStringLiteral("[1., 2.,\n oops]"));
        QTest::keyClick(&field, Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(bench.edits.empty());
        QCOMPARE(bench.message(), QStringLiteral("NameError: name 'oops' is not defined"));
        QCOMPARE(field.textCursor().position(), 10);
        QVERIFY(!field.extraSelections().isEmpty());
        bench.type(&field, QStringLiteral("[1, 2]"));  // Of ints, which cannot require grad.
        QTest::keyClick(&field, Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(bench.edits.empty());
        QVERIFY(bench.message().startsWith(QStringLiteral("RuntimeError: Only Tensors of floating point")));
        bench.type(&field, QStringLiteral("[1., 2.]"));
        QTest::keyClick(&field, Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(isSole(bench.edits, SetAttribute{bench.id("b"), "value", std::string("[1., 2.]")}));
        QVERIFY(bench.message().isEmpty());
    }

    void fieldsFollowTheDiagram()
    {
        Bench bench("s", Tab::AttributeForm);
        const Diagram before = bench.diagram;
        bench.type(bench.find<QLineEdit>("dim"), QStringLiteral("1"));
        QTest::keyClick(bench.find<QLineEdit>("dim"), Qt::Key_Return);
        bench.inspector.showDiagram(before, diff(bench.diagram, before));  // Undo.
        QCOMPARE(bench.find<QLineEdit>("dim")->text(), QStringLiteral("0"));
        QVERIFY(bench.edits.size() == 1);
    }

    void whatWasTypedIsForTheNodeItWasTypedFor()
    {
        Bench bench("s", Tab::AttributeForm);
        const NodeId node = bench.id("s");
        bench.type(bench.find<QLineEdit>("dim"), QStringLiteral("1"));
        bench.inspector.setNode(bench.id("joined"));
        QVERIFY(isSole(bench.edits, SetAttribute{node, "dim", std::int64_t(1)}));
        bench.edits.clear();
        bench.type(bench.find<QLineEdit>("dim"), QStringLiteral("1"));
        const Diagram after = *apply(bench.diagram, RemoveNodes{{bench.id("joined")}});
        bench.inspector.showDiagram(after, diff(bench.diagram, after));
        QTest::qWait(600);
        QVERIFY(bench.edits.empty());
        QVERIFY(bench.says(QStringLiteral("Select a node")));
    }

    void closingWhileTypingIsSafe()
    {
        for (const char* const field : {"nodeName", "dim"}) {
            Bench bench("s", Tab::AttributeForm);  // Destroyed with the caret in the field.
            QVERIFY(QTest::qWaitForWindowActive(&bench.inspector));
            auto* const edit = bench.find<QLineEdit>(field);
            bench.type(edit, QStringLiteral("1"));
            QVERIFY(edit->hasFocus());
            QVERIFY(bench.edits.empty());
        }
    }

    void inputsAreDisconnected()
    {
        Bench bench("joined", Tab::AttributeForm);
        QCOMPARE(bench.find<QLabel>("source0")->text(), QStringLiteral("x"));
        QTest::mouseClick(bench.find<QAbstractButton>("disconnect1"), Qt::LeftButton);
        QVERIFY(isSole(bench.edits, Disconnect{{bench.id("joined"), 0, 1}}));
        QVERIFY(!bench.find<QLabel>("source1"));
    }

    void marksAreEdits()
    {
        Bench bench("r", Tab::AttributeForm);
        const NodeId r = bench.id("r");
        QTest::keyClick(bench.find<QAbstractButton>("retainGrad"), Qt::Key_Space);
        QTest::keyClick(bench.find<QAbstractButton>("muted"), Qt::Key_Space);
        QTest::keyClicks(bench.find<QPlainTextEdit>("comment"), QStringLiteral("why"));
        QTRY_COMPARE(bench.edits.size(), std::size_t(3));
        QCOMPARE(bench.edits[0], Edit(Mark{.node = r, .retainGrad = true}));
        QCOMPARE(bench.edits[1], Edit(Mark{.node = r, .muted = true}));
        QCOMPARE(bench.edits[2], Edit(Mark{.node = r, .comment = "why"}));
    }

    void unknownAttributesCanBeTakenAway()
    {
        Bench bench("r", Tab::AttributeForm);
        bench.diagram = *apply(bench.diagram, SetAttribute{bench.id("r"), "foo", std::int64_t(3)});
        bench.inspector.showDiagram(bench.diagram, {.changed = {bench.id("r")}});
        QVERIFY(bench.says(QStringLiteral("no such parameter")));
        QTest::mouseClick(bench.find<QAbstractButton>("reset_foo"), Qt::LeftButton);
        QVERIFY(isSole(bench.edits, UnsetAttribute{bench.id("r"), "foo"}));
    }

    void valuesStandInATable()
    {
        Bench bench("x");
        auto& table = *bench.findOnly<TensorTable>();
        QCOMPARE(rowsOf(*table.model()), (QStringList{QStringLiteral("1 -1 .5"), QStringLiteral(".4 1.5 -1")}));
        QVERIFY(table.model()->index(1, 0).data(Qt::ToolTipRole).toString() == QStringLiteral("[1, 0] = 0.4"));
        bench.inspector.setNode(bench.id("odd"));
        QCOMPARE(rowsOf(*bench.findOnly<TensorTable>()->model()).join(u' '),
                 QStringLiteral("nan inf -inf 0 0 1 2 -3.5"));
        bench.inspector.setNode(bench.id("loss"));
        QCOMPARE(bench.findOnly<TensorTable>()->model()->rowCount(), 1);
        bench.inspector.setNode(bench.id("bad"));
        QVERIFY(!bench.findOnly<TensorTable>());
        QVERIFY(bench.says(QStringLiteral("the node failed")));
    }

    void anyTwoDimensionsAreShown()
    {
        Bench bench("deep");
        const auto rows = [&] { return rowsOf(*bench.findOnly<TensorTable>()->model()); };
        QCOMPARE(rows(), (QStringList{QStringLiteral("0 1 2 3"), QStringLiteral("4 5 6 7"), QStringLiteral("8 9 10 11")}));
        QTest::keyClick(bench.find<QSlider>("slider0"), Qt::Key_Right);
        QCOMPARE(rows().front(), QStringLiteral("12 13 14 15"));
        QCOMPARE(bench.find<QSpinBox>("place0")->value(), 1);
        QTest::keyClick(bench.find<QSpinBox>("place0"), Qt::Key_Down);
        QCOMPARE(rows().front(), QStringLiteral("0 1 2 3"));
        QTest::keyClick(bench.find<QComboBox>("rowDim"), Qt::Key_Home);  // dim 0 downwards.
        QCOMPARE(rows(), (QStringList{QStringLiteral("0 1 2 3"), QStringLiteral("12 13 14 15")}));
        QTest::keyClick(bench.find<QComboBox>("columnDim"), Qt::Key_Home);  // They change places.
        QCOMPARE(rows(), (QStringList{QStringLiteral("0 12"), QStringLiteral("1 13"), QStringLiteral("2 14"),
                                      QStringLiteral("3 15")}));
        QCOMPARE(unnamedControls(bench.inspector), QStringList());
    }

    void aHundredMillionElementsCauseNoPause()
    {
        Bench bench("x");
        QElapsedTimer timer;
        timer.start();
        bench.inspector.setNode(bench.id("huge"));
        auto& table = *bench.findOnly<TensorTable>();
        table.scrollToBottom();
        table.viewport()->repaint();
        QVERIFY2(timer.elapsed() < 1500, std::to_string(timer.elapsed()).c_str());
        QCOMPARE(table.model()->rowCount(), 10'000);
        QCOMPARE(table.model()->columnCount(), 1'000);
        auto& page = *bench.find<QSpinBox>("columnPage");
        bench.type(&page, QStringLiteral("9500"));
        QTest::keyClick(&page, Qt::Key_Return);
        QCOMPARE(table.model()->columnCount(), 500);
        QCOMPARE(table.model()->headerData(0, Qt::Horizontal).toLongLong(), 9500);
        QTest::mouseClick(bench.find<QAbstractButton>("copyTorch"), Qt::LeftButton);
        QVERIFY(bench.hints.back().contains(QStringLiteral("too many")));
    }

    void copiesReadBackAsTheSameTensor()
    {
        Bench bench("x");
        const QClipboard& clipboard = *QGuiApplication::clipboard();
        QTest::mouseClick(bench.find<QAbstractButton>("copyTorch"), Qt::LeftButton);
        QCOMPARE(clipboard.text(), QStringLiteral("torch.tensor([[1.0, -1.0, 0.5],\n              [0.4, 1.5, -1.0]])"));
        QTest::mouseClick(bench.find<QAbstractButton>("copyNumpy"), Qt::LeftButton);
        QVERIFY(clipboard.text().endsWith(QStringLiteral("[0.4, 1.5, -1.0]], dtype=np.float32)")));
        auto& table = *bench.findOnly<TensorTable>();
        const auto at = [&](int row, int column) { return table.visualRect(table.model()->index(row, column)).center(); };
        QTest::mousePress(table.viewport(), Qt::LeftButton, {}, at(0, 1));
        QTest::mouseMove(table.viewport(), at(1, 1));
        QTest::mouseMove(table.viewport(), at(1, 2));
        QTest::mouseRelease(table.viewport(), Qt::LeftButton, {}, at(1, 2));
        QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(clipboard.text(), QStringLiteral("torch.tensor([[-1.0, 0.5],\n              [1.5, -1.0]])"));
        QVERIFY(bench.hints.back().contains(u'4'));
    }

    void tensorsAreSavedAndDraggedOut()
    {
        Bench bench("W");
        QSignalSpy saved(&bench.inspector, &Inspector::saveRequested);
        QSignalSpy dragged(&bench.inspector, &Inspector::dragRequested);
        const OutputId w{bench.id("W"), 0};
        const auto use = [&] {
            QTest::mouseClick(bench.find<QAbstractButton>("saveTensor"), Qt::LeftButton);
            auto* const badge = bench.findOnly<DragBadge>();
            QTest::mousePress(badge, Qt::LeftButton, {}, {5, 5});
            QTest::mouseMove(badge, {60, 5});
            QTest::mouseRelease(badge, Qt::LeftButton, {}, {60, 5});
        };
        use();
        bench.inspector.showTab(Tab::GradientFlow);
        use();
        for (const QSignalSpy* const spy : {&saved, &dragged}) {
            QCOMPARE(spy->count(), 2);
            QCOMPARE(spy->at(0)[0].value<OutputId>(), w);
            QVERIFY(spy->at(0)[1].value<Which>() == Which::Value);
            QVERIFY(spy->at(1)[1].value<Which>() == Which::Gradient);
        }
    }

    void distributionCountsApart()
    {
        Bench bench("odd", Tab::Distributions);
        auto& histogram = *bench.findOnly<Histogram>();
        QCOMPARE(histogram.counts(), QStringLiteral("NaN 1   Inf 2   zero 2"));
        QCOMPARE(histogram.distribution().from, -3.5);
        bench.inspector.setNode(bench.id("loss"));
        QVERIFY(histogram.counts().contains(QStringLiteral("constant")));
        QVERIFY(bench.says(QStringLiteral("Distribution of loss")));
        bench.inspector.setNode(bench.id("W"));
        QVERIFY(bench.says(QStringLiteral("Distribution of W.grad")));
        bench.inspector.setNode(bench.id("z"));
        QVERIFY(bench.says(QStringLiteral("Distribution of ∂L/∂z")));
    }

    void largeDistributionsAreCountedElsewhere()
    {
        Bench bench("x", Tab::Distributions);
        QElapsedTimer timer;
        timer.start();
        bench.inspector.setNode(bench.id("huge"));
        QVERIFY(bench.says(QStringLiteral("counting")));
        bench.inspector.setNode(bench.id("odd"));  // The newest wins, and is not kept waiting.
        QVERIFY2(timer.elapsed() < 1500, std::to_string(timer.elapsed()).c_str());
        QVERIFY(!bench.says(QStringLiteral("counting")));
        QTest::qWait(300);
        QCOMPARE(bench.findOnly<Histogram>()->distribution().count, 8);
    }

    void largeDistributionsArrive()
    {
        Graph graph;
        graph.add({.name = "noise", .op = "randn", .attributes = {{"size", IntList{300, 400}}}});
        Diagram diagram{.graph = graph};
        Inspector inspector;
        inspector.show();
        inspector.showDiagram(diagram, wholeOf(diagram));
        inspector.showMoment(Moment(replayOf(graph)));
        inspector.setNode(*graph.find("noise"));
        inspector.showTab(Tab::Distributions);
        auto* const histogram = inspector.findChild<Histogram*>();
        QTRY_COMPARE_WITH_TIMEOUT(histogram->distribution().count, 120'000, 20'000);
        QVERIFY(histogram->isVisible());
    }

    void nothingOfALaterStepIsShown()
    {
        Bench bench("z", Tab::GradientFlow);
        const NodeId z = bench.id("z");
        const std::size_t length = bench.moment.replay().length();
        for (std::size_t position = 0; position <= length; ++position) {
            const Moment now = bench.moment.at(position);
            bench.inspector.showMoment(now);
            auto* const list = bench.findOnly<ContributionList>();
            const int arrived = now.contributions({z, 0}).first;
            QCOMPARE(list ? list->model()->rowCount() : 0, arrived);
            QCOMPARE(bench.findOnly<TensorTable>() != nullptr, arrived > 0);
            QCOMPARE(bench.says(QStringLiteral("1 of 2 have come")), arrived == 1);
        }
        const QStringList rows = rowsOf(*bench.findOnly<ContributionList>()->model());
        QCOMPARE(rows.size(), 2);
        QVERIFY(rows.join(u' ').contains(QStringLiteral("from g  sigmoid, input 0 · pass 1")));
        QVERIFY(rows.join(u' ').contains(QStringLiteral("from r  relu, input 0 · pass 1")));
        bench.inspector.setNode(bench.id("W"));
        bench.inspector.showMoment(bench.moment.at(2));
        QVERIFY(!bench.findOnly<TensorTable>());
        QVERIFY(bench.says(QStringLiteral(".grad comes at a later step")));
    }

    void cardShowsTheNumbersOfTheChosenContribution()
    {
        Bench bench("z", Tab::GradientFlow);
        const auto& view = *bench.find<CardView>("card");
        auto& list = *bench.findOnly<ContributionList>();
        const auto& model = static_cast<const ContributionModel&>(*list.model());
        QCOMPARE(model.rowCount(), 2);
        const QStringList rules{QStringLiteral("∂L/∂z += ∂L/∂g · g · (1 − g)"), QStringLiteral("∂L/∂z += ∂L/∂r where r > 0")};
        for (const int key : {Qt::Key_Up, Qt::Key_Down}) {
            QTest::keyClick(&list, Qt::Key(key));
            const BackwardEvent& event = model.event(list.currentIndex());
            QVERIFY(bench.says(rules[list.currentIndex().row()]));
            QCOMPARE(view.card().parts.size(), std::size_t(3));
            const Tensor& upstream = view.preview(0).tensor();
            const Tensor& local = view.preview(1).tensor();
            const Tensor& sent = view.preview(2).tensor();
            for (std::int64_t i = 0; i < sent.size(); ++i) {
                QCOMPARE(upstream.at(i), event.upstream[0]->at(i));
                QCOMPARE(sent.at(i), event.contribution.at(i));
                const float product = as<float>(upstream.at(i)) * as<float>(local.at(i));
                QVERIFY(std::abs(product - as<float>(sent.at(i))) <= 1e-6F);
            }
            QVERIFY(view.caption(2) == QStringLiteral("sent to z"));
        }
    }

    void matrixProductsStandInACorner()
    {
        Bench bench("W", Tab::GradientFlow);
        const auto& view = *bench.find<CardView>("card");
        const QRect left = view.preview(0).geometry(), right = view.preview(1).geometry(), product = view.preview(2).geometry();
        QCOMPARE(left.top(), product.top());
        QCOMPARE(left.height(), product.height());
        QCOMPARE(right.left(), product.left());
        QCOMPARE(right.width(), product.width());
        QVERIFY(bench.says(QStringLiteral("∂L/∂W += (∂L/∂z)ᵀ · x")));
    }

    void contributionsAddUpToTheLastBit()
    {
        Bench bench("z", Tab::GradientFlow);
        const auto sum = [&] { return bench.find<QLabel>("contributionSum")->text(); };
        QCOMPARE(sum(), QStringLiteral("∂L/∂z, equal to the last bit"));
        auto& list = *bench.findOnly<ContributionList>();
        QTest::keyClick(&list, Qt::Key_Home);
        QCOMPARE(sum(), QStringLiteral("the first 1 of 2, added up"));
        bench.inspector.showMoment(bench.moment.at(0));
        QVERIFY(!bench.findOnly<ContributionList>());
    }

    void everyPassHasARowUntilGradIsZeroed()
    {
        const std::string pass = "{\"roots\": [\"s\"], \"retain_graph\": true}";
        const auto rows = [](const std::vector<std::string>& steps) {
            TheatreGraph graph;
            graph.leaf("a", "[1, 2]").node("s", "sum", "\"a\"");
            for (const std::string& step : steps)
                graph.backward(step);
            const Moment end = graph.end();
            ContributionModel model;
            model.show(end, outputOf(end, "a"));
            return rowsOf(model);
        };
        const QString first = QStringLiteral("from s  sum, input 0 · pass 1"), second = QStringLiteral("from s  sum, input 0 · pass 2");
        QCOMPARE(rows({pass}), QStringList(first));
        QCOMPARE(rows({pass, pass}), QStringList({first, second}));
        QCOMPARE(rows({pass, "{\"zero_grad\": \"none\"}", pass}), QStringList(second));
    }

    void tenThousandContributionsAreALedger()
    {
        TheatreGraph graph;
        graph.leaf("a", "[[1, 2], [3, 4]]");
        std::string last = "\"a\"";
        for (int i = 0; i < 10'000; ++i) {
            const std::string name = "n" + std::to_string(i);
            graph.node(name, "add", last + ", \"a\"");
            last = "\"" + name + "\"";
        }
        const Moment end = graph.node("loss", "sum", last).backward("{\"roots\": [\"loss\"]}").end();
        const Diagram diagram{.graph = end.evaluation().graph()};
        Inspector inspector;
        inspector.resize(320, 900);
        inspector.showDiagram(diagram, wholeOf(diagram));
        inspector.showMoment(end);
        inspector.setNode(outputOf(end, "a").node);
        inspector.showTab(Tab::GradientFlow);
        inspector.show();
        auto* const list = inspector.findChild<ContributionList*>();
        QCOMPARE(list->model()->rowCount(), 10'001);
        QVERIFY(list->height() < 600);
        QElapsedTimer timer;
        timer.start();
        constexpr int steps = 20;
        for (int i = 1; i <= steps; ++i)
            inspector.showMoment(end.at(end.position() - i));
        qInfo("%.2f ms for each step", double(timer.nsecsElapsed()) / 1e6 / steps);
        QVERIFY(timer.elapsed() < 60 * steps);
    }

    void numbersAreExplainedBackToTheLoss()
    {
        Bench bench("z", Tab::GradientFlow);
        std::vector<OutputId> requested;
        QObject::connect(&bench.inspector, &Inspector::outputRequested, &bench.inspector, [&](OutputId output) {
            requested.push_back(output);
            bench.inspector.setNode(output.node);
        });
        auto* const card = bench.find<CardView>("card");
        auto& sent = const_cast<TensorPreview&>(card->preview(2));
        const QRectF cell = sent.preview().rectOf(2);  // [1, 0]
        QTest::mouseClick(&sent, Qt::LeftButton, {}, cell.center().toPoint() + QPoint(1, 1));
        TermList* terms = nullptr;
        QTRY_VERIFY((terms = bench.find<TermList>("terms")) && terms->model()->rowCount() == 2);
        QVERIFY(terms->hasFocus());
        const Tensor gradient = *bench.moment.flowing({bench.id("z"), 0});
        QCOMPARE(bench.find<QLabel>("explainedNumber")->text(),
                 QStringLiteral("∂L/∂z[1, 0] = ") + shortestFloat(as<double>(gradient.at(2))));
        QVERIFY(rowsOf(*terms->model())[0].startsWith(QStringLiteral("r[1, 0]: ∂L/∂r")));
        QVERIFY(rowsOf(*terms->model())[1].startsWith(QStringLiteral("g[1, 0]: ∂L/∂g")));
        QVERIFY(bench.find<QLabel>("termSum")->text().startsWith(QStringLiteral("2 terms sum to ")));

        for (const char* const node : {"r", "m", "loss"}) {
            QTest::keyClick(terms, Qt::Key_Return);
            QCOMPARE(requested.back(), (OutputId{bench.id(node), 0}));
            QTRY_VERIFY((terms = bench.find<TermList>("terms")) && terms->model()->rowCount() == 1);
        }
        QVERIFY(rowsOf(*terms->model())[0].startsWith(QStringLiteral("root of the pass: where the pass began, with 1")));
        QTest::keyClick(terms, Qt::Key_Return);
        QCOMPARE(requested.size(), std::size_t(3));
        QCOMPARE(unnamedControls(bench.inspector), QStringList());
        for (QToolButton* const crumb : bench.inspector.findChildren<QToolButton*>())
            if (crumb->isVisible() && crumb->accessibleName() == QStringLiteral("Back to z[1, 0]")) {
                QTest::mouseClick(crumb, Qt::LeftButton);
                break;
            }
        QCOMPARE(requested.back(), (OutputId{bench.id("z"), 0}));
        QTRY_COMPARE(terms->model()->rowCount(), 2);
        bench.inspector.setNode(bench.id("W"));
        QVERIFY(!bench.find<TermList>("terms"));
    }

    void cellsOfTheGradientTableAreExplained()
    {
        Bench bench("W", Tab::GradientFlow);
        auto& table = *bench.findOnly<TensorTable>();
        table.setFocus();
        table.setCurrentIndex(table.model()->index(1, 2));
        QTest::keyClick(&table, Qt::Key_Return);
        TermList* terms = nullptr;
        QTRY_VERIFY((terms = bench.find<TermList>("terms")) && terms->model()->rowCount() > 0);
        const auto& model = static_cast<const TermModel&>(*terms->model());
        double sum = 0;
        for (int row = 0; row < model.rowCount(); ++row)
            sum += model.term(model.index(row)).value;
        const Tensor gradient = *bench.moment.flowing({bench.id("W"), 0});
        QVERIFY(std::abs(sum - as<double>(gradient.at(5))) < 1e-7);
        QVERIFY(bench.find<QLabel>("explainedNumber")->text().startsWith(QStringLiteral("∂L/∂W[1, 2] = ")));
    }

    void autogradIsSaidInWords()
    {
        Bench bench("z", Tab::GradientFlow);
        const auto fact = [&](const char* name) { return bench.find<QLabel>(name)->text(); };
        QVERIFY(fact("is_leaf").startsWith(QStringLiteral("False")));
        QCOMPARE(fact("requires_grad"), QStringLiteral("True"));
        QCOMPARE(fact("retains_grad"), QStringLiteral("False"));
        QCOMPARE(fact("grad_fn"), QStringLiteral("<AddmmBackward0>"));
        QVERIFY(fact(".grad").contains(QStringLiteral("not retained")));
        bench.inspector.setNode(bench.id("W"));
        QVERIFY(fact("is_leaf").startsWith(QStringLiteral("True")));
        QCOMPARE(fact("grad_fn"), QStringLiteral("None"));
        QCOMPARE(fact(".grad"), QStringLiteral(".grad of one pass"));
        bench.inspector.setNode(bench.id("x"));
        QVERIFY(bench.says(QStringLiteral("requires_grad is off")));
    }

    void outputsAreChosen()
    {
        Bench bench("mx");
        auto& outputs = *bench.find<QComboBox>("outputs");
        QCOMPARE(rowsOf(*bench.findOnly<TensorTable>()->model()).join(u' '), QStringLiteral(".8 1.1"));
        QTest::keyClick(&outputs, Qt::Key_Down);
        QCOMPARE(rowsOf(*bench.findOnly<TensorTable>()->model()).join(u' '), QStringLiteral("0 1"));
        QVERIFY(bench.find<QLabel>("nodeType")->text().startsWith(QStringLiteral("i64 2")));
    }

    void codeIsCopied()
    {
        Bench bench("z", Tab::PyTorchCode);
        QCOMPARE(bench.find<QPlainTextEdit>("code")->toPlainText(), QStringLiteral("z = F.linear(x, W, b)"));
        QTest::mouseClick(bench.find<QAbstractButton>("copyCode"), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("z = F.linear(x, W, b)"));
    }

    void allControlsHaveNames()
    {
        Bench bench("W");
        for (const Tab tab : {Tab::ValueTable, Tab::Distributions, Tab::GradientFlow, Tab::AttributeForm, Tab::PyTorchCode}) {
            bench.inspector.showTab(tab);
            QCOMPARE(unnamedControls(bench.inspector), QStringList());
        }
    }
};

QTEST_MAIN(InspectorTest)
#include "tst_inspector.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients against central differences in the window: signs on leaves, the inspector's section, and when they are true.
#include "app/settings.h"
#include "engine/ops/operators.h"
#include "tests/random_graph.h"
#include "tests/window_fixture.h"
#include "widgets/inspector/check_pane.h"
#include "widgets/inspector/check_picture.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProgressBar>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTabBar>
#include <QToolTip>
#include <QtTest>

#include <atomic>
#include <cmath>

using namespace chainrule;

namespace {

using Stage = CheckState::Stage;

constexpr int patience = 120'000;  // Milliseconds, on a busy machine with sanitizers.
const QString weights = QStringLiteral("[[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]");

/// The sum of OP(x @ w), without its pass or with one.
QByteArray network(const QString& w, const char* op = "tanh", const char* backward = "")
{
    return QStringLiteral(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[[1., 2.], [-3., 4.]]", "dtype": "float64"}, "position": [0, 0]},
 {"name": "w", "op": "tensor", "attributes": {"value": "%1", "dtype": "float64", "requires_grad": true}, "position": [0, 200]},
 {"name": "m", "op": "matmul", "inputs": ["x", "w"], "position": [260, 80]},
 {"name": "y", "op": "%2", "inputs": ["m"], "position": [520, 80]},
 {"name": "s", "op": "sum", "inputs": ["y"], "position": [780, 80]}], "backward": [%3]})")
        .arg(w, QLatin1String(op), QLatin1String(backward))
        .toUtf8();
}
constexpr auto fromS = R"({"roots": ["s"]})";

/// y = OP(x) of one leaf, and a pass from its sum.
QByteArray single(const char* op, const char* x)
{
    return QStringLiteral(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "%1", "requires_grad": true}, "position": [0, 0]},
 {"name": "y", "op": "%2", "inputs": ["x"], "position": [260, 0]},
 {"name": "s", "op": "sum", "inputs": ["y"], "position": [520, 0]}], "backward": [{"roots": ["s"]}]})")
        .arg(QLatin1String(x), QLatin1String(op))
        .toUtf8();
}

/// Too large to be checked unasked: the sum of c times the squares of a matrix.
QByteArray large()
{
    QStringList row, rows;
    for (int i = 0; i < 300; ++i)
        row << QString::number((i * 37 % 100) / 100.0);
    for (int i = 0; i < 300; ++i)
        rows << QLatin1Char('[') + row.join(QLatin1Char(',')) + QLatin1Char(']');
    return QStringLiteral(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[%1]", "requires_grad": true}},
 {"name": "c", "op": "tensor", "attributes": {"value": "2."}},
 {"name": "y", "op": "mul", "inputs": ["x", "x"]},
 {"name": "z", "op": "mul", "inputs": ["y", "c"]}, {"name": "u", "op": "mul", "inputs": ["z", "c"]},
 {"name": "v", "op": "mul", "inputs": ["u", "c"]}, {"name": "w", "op": "mul", "inputs": ["v", "c"]},
 {"name": "s", "op": "sum", "inputs": ["w"]}], "backward": [{"roots": ["s"]}]})")
        .arg(rows.join(QLatin1Char(',')))
        .toUtf8();
}

/// The value of a node in a document, computed by itself.
double valueOf(const QByteArray& document, const char* name)
{
    const auto diagram = diagramFromJson(document.toStdString());
    const auto evaluation = evaluate(diagram->graph, {.readFile = {}});
    return as<double>(evaluation->value({*diagram->graph.find(name)}).tensor().at(0));
}

/// ds/dw of network() by a central difference of the test's own.
double difference(const char* op, std::int64_t element)
{
    constexpr double step = 1e-6, w[] = {0.1, -0.2, 0.3, 0.4, 0.5, -0.6};
    const auto moved = [&](double by) {
        QStringList numbers;
        for (int i = 0; i < 6; ++i)
            numbers << QString::number(w[i] + (i == element ? by : 0), 'g', 17);
        return valueOf(network(QStringLiteral("[[%1], [%2]]").arg(numbers.mid(0, 3).join(QLatin1Char(',')),
                                                                  numbers.mid(3).join(QLatin1Char(','))),
                               op),
                       "s");
    };
    return (moved(step) - moved(-step)) / (2 * step);
}

/// Waits until what was to be checked has been, or will not be.
const CheckState& checked(MainWindow* window)
{
    Desk::settle(window);
    const CheckState& state = window->checks().state();
    if (!QTest::qWaitFor([&] { return state.stage != Stage::Awaited && state.stage != Stage::Running && state.stage != Stage::AskedFor; },
                         patience))
        qWarning("the check did not end");
    return state;
}

/// The word for what is seen on the node; "nothing".
std::string sign(MainWindow* window, const char* name)
{
    const NodeCheck* const check = window->view().scene().check(node(window, name));
    return check ? std::string(chainrule::name(check->verdict)) : "nothing";
}

template <typename W>
W* part(MainWindow* window, const char* name)
{
    return window->findChild<W*>(QLatin1String(name));
}

QString textOf(MainWindow* window, const char* name)
{
    const auto* const label = part<QLabel>(window, name);
    return label && label->isVisible() ? label->text() : QString();
}

void showGradientOf(MainWindow* window, const char* name)
{
    select(window, name);
    auto* const tabs = part<QTabBar>(window, "inspectorTabs");
    QTest::mouseClick(tabs, Qt::LeftButton, Qt::NoModifier, tabs->tabRect(int(Inspector::Tab::GradientFlow)).center());
}

/// Edits the literal of a source, as its field would.
void setValue(MainWindow* window, const char* name, const char* value)
{
    window->document().apply(SetAttribute{node(window, name), "value", std::string(value)});
}

QPushButton* button(MainWindow* window, const char* name)
{
    auto* const found = part<QPushButton>(window, name);
    return found && found->isVisible() ? found : nullptr;
}

/// Breaks the gradient rule of an operation while it lives. Records are const to everybody; what they lie in is not.
class OtherRule {
public:
    OtherRule(const char* op, Gradients (*rule)(const VjpCall&)) : m_op(const_cast<Op*>(findOp(op))), m_right(m_op->vjp)
    {
        m_op->vjp = rule;
    }
    ~OtherRule() { m_op->vjp = m_right; }

private:
    Op* m_op;
    decltype(Op::vjp) m_right;
};

/// Of tanh, but wrong where the result is above 0.9.
Gradients wrongTanh(const VjpCall& call)
{
    Tensor slopes = Tensor::uninitialized(call.x().tensor().shape(), DType::Float64);
    for (std::int64_t i = 0; i < slopes.size(); ++i) {
        const double y = std::tanh(as<double>(call.x().tensor().at(i)));
        slopes.writable<double>()[i] = (1 - y * y) * (y > 0.9 ? 1.5 : 1);
    }
    return {to(call.dy(), DType::Float64) * Value(slopes)};
}

std::atomic<int> calls = 0;

Gradients countedTanh(const VjpCall& call)
{
    ++calls;
    return {call.dy() * (1.0 - tanh(call.x()) * tanh(call.x()))};
}

/// By the name of the leaf the worst verdict of all passes, as `chainrule check` says.
std::map<std::string, std::string> verdictsOfProgram(const QString& file)
{
    const QByteArray json = programOutput({QStringLiteral("check"), QStringLiteral("--json"), file}).toUtf8();
    std::map<std::string, std::string> verdicts;
    const std::vector<std::string> order{"agrees", "unresolved", "kink", "singular", "mismatch"};
    const auto rank = [&](const std::string& verdict) { return std::ranges::find(order, verdict); };
    for (const QJsonValue& pass : QJsonDocument::fromJson(json)[QLatin1String("passes")].toArray())
        for (const QJsonValue& leaf : pass[QLatin1String("leaves")].toArray()) {
            const QString node = leaf[QLatin1String("leaf")].toString();  // Or an output: "m:values", "m:0".
            const std::string name = node.section(QRegularExpression(QStringLiteral("[.:]")), 0, 0).toStdString();
            std::string verdict = leaf[QLatin1String("verdict")].toString().toStdString();
            if (!leaf[QLatin1String("faults")].toArray().isEmpty())
                verdict = "mismatch";
            const auto [place, isNew] = verdicts.try_emplace(name, verdict);
            if (!isNew && rank(verdict) > rank(place->second))
                place->second = verdict;
        }
    return verdicts;
}

std::map<std::string, std::string> verdictsOfWindow(MainWindow* window)
{
    std::map<std::string, std::string> verdicts;
    for (const NodeId id : window->document().diagram().graph.ids())
        if (const NodeCheck* const check = window->view().scene().check(id))
            verdicts[window->document().diagram().graph.at(id).name] = std::string(name(check->verdict));
    return verdicts;
}

std::string text(const std::map<std::string, std::string>& verdicts)
{
    std::string words;
    for (const auto& [leaf, verdict] : verdicts)
        words += leaf + " " + verdict + ", ";
    return words;
}

}  // namespace

class GradientChecksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { settings::setChecksGradients(true); }

    void passBringsTicksWhoseNumbersAreDifferences()
    {
        Desk desk;
        MainWindow* const window = desk.open(network(weights));
        QCOMPARE(checked(window).stage, Stage::Nothing);
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        select(window, "s");
        QTest::keyClick(window, Qt::Key_F6);
        QCOMPARE(checked(window).stage, Stage::Done);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        QCOMPARE(sign(window, "x"), std::string("nothing"));
        QCOMPARE(sign(window, "y"), std::string("nothing"));
        const auto finding = window->checks().state().check->find({node(window, "w")});
        QCOMPARE(finding->leaf.entries.size(), 6u);
        const Tensor grad = window->playback().moment().stored({node(window, "w")}).tensor;
        for (const JacobianEntry& entry : finding->leaf.entries) {
            QCOMPARE(entry.analytical, as<double>(grad.at(entry.leafElement)));
            QVERIFY(std::abs(entry.numerical - difference("tanh", entry.leafElement)) < 1e-9);
        }
        showGradientOf(window, "w");
        const std::int64_t worst = finding->leaf.worst->leafElement;
        QCOMPARE(textOf(window, "checkEntry"),
                 QStringLiteral("∂s / ∂w[%1, %2]").arg(worst / 3).arg(worst % 3));
        QCOMPARE(textOf(window, "checkAnalytical"), QString::number(as<double>(grad.at(worst)), 'g', 6));
        QVERIFY(std::abs(textOf(window, "checkNumerical").toDouble() - difference("tanh", worst)) < 1e-5);
        QVERIFY(textOf(window, "checkVerdict").startsWith(QStringLiteral("Gradient agrees with central differences")));
        QVERIFY(!part<CheckPicture>(window, "checkPicture")->isVisible());
        showGradientOf(window, "x");
        QCOMPARE(textOf(window, "checkVerdict"), QString());
    }

    void nodeTellsInWords()
    {
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        const NodeCheck* const check = window->view().scene().check(node(window, "w"));
        QVERIFY(check && check->words.contains(QStringLiteral("relative error")));
        QAccessibleInterface* const canvas = QAccessible::queryAccessibleInterface(&window->view());
        QVERIFY(canvas->child(1)->text(QAccessible::Description).contains(check->words));
        QVERIFY(!canvas->child(0)->text(QAccessible::Description).contains(check->words));
        const QPoint at = window->view().toWidget(window->view().scene().box(node(window, "w")).center()).toPoint();
        QHelpEvent event(QEvent::ToolTip, at, window->view().mapToGlobal(at));
        QApplication::sendEvent(&window->view(), &event);
        QVERIFY(QToolTip::text().contains(check->words));
    }

    void kinkIsAConvention()
    {
        Desk desk;
        MainWindow* const window = desk.open(single("relu", "[1., 0., -2.]"));
        checked(window);
        QCOMPARE(sign(window, "x"), std::string("kink"));
        showGradientOf(window, "x");
        QCOMPARE(textOf(window, "checkEntry"), QStringLiteral("∂s / ∂x[1]"));
        const QStringList slopes = textOf(window, "checkSlopes").split(QStringLiteral(" and "));
        QVERIFY(slopes.size() == 2 && slopes[0].toDouble() == 0 && std::abs(slopes[1].toDouble() - 1) < 1e-6);
        QVERIFY(textOf(window, "checkVerdict").contains(QStringLiteral("convention")));
    }

    void whatCannotBeComparedSaysWhy()
    {
        Desk desk;
        MainWindow* const window = desk.open(single("sqrt", "[1., 0.]"));
        checked(window);
        QCOMPARE(sign(window, "x"), std::string("singular"));
        // The difference reaches across the pole.
        MainWindow* const other = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[1., 5e-7]", "requires_grad": true}},
 {"name": "one", "op": "tensor", "attributes": {"value": "1."}},
 {"name": "y", "op": "div", "inputs": ["one", "x"]},
 {"name": "s", "op": "sum", "inputs": ["y"]}], "backward": [{"roots": ["s"]}]})",
                                          QStringLiteral("pole.chainrule"));
        checked(other);
        QCOMPARE(sign(other, "x"), std::string("mismatch"));
        showGradientOf(other, "x");
        QCOMPARE(textOf(other, "checkEntry"), QStringLiteral("∂s / ∂x[1]"));
        const double numerical = (1 / (5e-7F + 1e-6) - 1 / (5e-7F - 1e-6)) / 2e-6;
        QVERIFY(std::abs(textOf(other, "checkNumerical").toDouble() / numerical - 1) < 1e-4);
        QVERIFY(textOf(other, "checkNotes").contains(QStringLiteral("differences that are wrong")));
    }

    void wrongRuleGetsItsCrossAndThePictureShowsWhere()
    {
        const OtherRule wrong("tanh", wrongTanh);
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("mismatch"));
        showGradientOf(window, "w");
        auto* const picture = part<CheckPicture>(window, "checkPicture");
        QVERIFY(picture->isVisible());
        QCOMPARE(picture->rows(), 2);
        QCOMPARE(picture->columns(), 3);
        const Tensor grad = window->playback().moment().stored({node(window, "w")}).tensor;
        int wrongs = 0;
        for (int i = 0; i < 6; ++i) {
            const JacobianEntry* const entry = picture->entry(i / 3, i % 3);
            const double own = difference("tanh", i), analytical = as<double>(grad.at(i));
            QCOMPARE(entry->analytical, analytical);
            QVERIFY(std::abs(entry->numerical - own) < 1e-9);
            const double error = std::abs(analytical - own) / std::max(std::abs(analytical), std::abs(own));
            QVERIFY(std::abs(entry->relativeError() - error) < 1e-6);
            QCOMPARE(entry->verdict, error > 2e-3 ? Verdict::Mismatch : Verdict::Agrees);
            wrongs += entry->verdict == Verdict::Mismatch;
        }
        QVERIFY(wrongs > 0 && wrongs < 6);
        QVERIFY(!textOf(window, "checkNotes").contains(QStringLiteral("differences that are wrong")));
        hoverShowsItsNumbers(window, picture);
    }

    void mendedRuleGetsItsTickAgain()
    {
        Desk desk;
        MainWindow* window = nullptr;
        {
            const OtherRule wrong("tanh", wrongTanh);
            window = desk.open(network(weights, "tanh", fromS));
            checked(window);
            QCOMPARE(sign(window, "w"), std::string("mismatch"));
        }
        QTest::keyClick(window, Qt::Key_F5);
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
    }

    void passThatCannotBeCheckedSaysWhy()
    {
        Desk desk;
        MainWindow* const window = desk.open(
            network(weights, "tanh", R"({"roots": ["s"], "inputs": ["x"]})"));
        QCOMPARE(checked(window).stage, Stage::Done);
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        showGradientOf(window, "w");
        const auto& error = window->checks().state().check->passes.front().check.error;
        QVERIFY(error && textOf(window, "checkVerdict").contains(QString::fromStdString(error->message)));
    }

    void heldNodesAreNamed()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "3.", "requires_grad": true}},
 {"name": "cut", "op": "detach", "inputs": ["x"]},
 {"name": "y", "op": "mul", "inputs": ["x", "cut"]}], "backward": [{"roots": ["y"]}]})");
        checked(window);
        QCOMPARE(sign(window, "x"), std::string("agrees"));
        showGradientOf(window, "x");
        QCOMPARE(textOf(window, "checkAnalytical"), QStringLiteral("3"));
        QCOMPARE(textOf(window, "checkNotes"), QStringLiteral("Held at its value, as in the backward pass: cut."));
    }

    void editTakesTheTickAwayAtOnce()
    {
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        setValue(window, "x", "[[1., 2.], [3., 5.]]");
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        QTest::keyClick(&window->view(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        window->document().apply(MoveNodes{{{node(window, "w"), Point{40, 300}}}});
        QCOMPARE(sign(window, "w"), std::string("agrees"));  // It is the same graph, elsewhere.
    }

    void withoutAutoRunTicksWaitForARun()
    {
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        press(window, CommandId::AutoRun);
        setValue(window, "x", "[[1., 2.], [3., 5.]]");
        QTest::qWait(3 * CheckWatch::quietMilliseconds);
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        QCOMPARE(window->checks().state().stage, Stage::Nothing);
        QTest::keyClick(window, Qt::Key_F5);
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        press(window, CommandId::AutoRun);
    }

    /// Whatever is edited when, what is shown is of the graph as it is.
    void resultsOfAnOlderGraphAreNeverShown()
    {
        const unsigned seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        Desk desk;
        MainWindow* const window = desk.open(single("relu", "[1., 0.5, -2.]"));
        int shown = 0;
        bool isTrue = true;
        connect(&window->checks(), &CheckWatch::changed, this, [&](const CheckState& state) {
            if (state.stage != Stage::Done)
                return;
            ++shown;
            isTrue = isTrue && window->live().isFresh()
                  && state.moment.evaluation().graph() == window->document().diagram().graph;
        });
        for (int i = 0; i < 30; ++i) {
            const bool isKink = random() % 2;
            setValue(window, "x", isKink ? "[1., 0., -2.]" : "[1., 0.5, -2.]");
            QTest::qWait(int(random() % (2 * CheckWatch::quietMilliseconds)));
            const std::string now = sign(window, "x");
            QVERIFY2(now == "nothing" || now == (isKink ? "kink" : "agrees"), now.c_str());
        }
        checked(window);
        QVERIFY(isTrue && shown > 0);
    }

    void theSectionStaysWhileGradientsAreCheckedAnew()
    {
        struct Hides : QObject {
            int count = 0;
            bool eventFilter(QObject*, QEvent* event) override
            {
                count += event->type() == QEvent::HideToParent;
                return false;
            }
        };
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        showGradientOf(window, "w");
        auto* const pane = window->findChild<CheckPane*>();
        const QString before = textOf(window, "checkAnalytical");
        QVERIFY(!before.isEmpty() && textOf(window, "checkPending").isEmpty());
        QTest::qWait(0);  // For the layout.
        const int height = pane->height();
        Hides hides;
        pane->installEventFilter(&hides);
        for (const char* const value : {"[[1., 2.], [3., 5.]]", "[[1., 2.], [3., 6.]]"}) {
            setValue(window, "x", value);
            QVERIFY(!textOf(window, "checkPending").isEmpty());  // Of what was, and it says so.
            QCOMPARE(textOf(window, "checkAnalytical"), before);
            Desk::settle(window);
            QVERIFY(!textOf(window, "checkPending").isEmpty());
            QCOMPARE(pane->height(), height);
        }
        checked(window);
        QCOMPARE(textOf(window, "checkPending"), QString());
        QVERIFY(textOf(window, "checkAnalytical") != before);
        QCOMPARE(hides.count, 0);
        // Without a pass there is nothing to check any more; and what is said of one tensor is not said of another.
        press(window, CommandId::ZeroGrad);
        QTRY_VERIFY(!pane->isVisible());
        press(window, CommandId::Undo);
        checked(window);
        setValue(window, "x", "[[1., 2.], [3., 7.]]");
        showGradientOf(window, "x");
        QVERIFY(!pane->isVisible());
    }

    void largeGraphIsCheckedWhenAskedFor()
    {
        Desk desk;
        MainWindow* const window = desk.open(large());
        QCOMPARE(checked(window).stage, Stage::TooLarge);
        QCOMPARE(sign(window, "x"), std::string("nothing"));
        showGradientOf(window, "x");
        QVERIFY(textOf(window, "checkVerdict").contains(QStringLiteral("too large")));
        QVERIFY(button(window, "checkAnyway") && !button(window, "checkCancel"));
        QTest::mouseClick(button(window, "checkAnyway"), Qt::LeftButton);
        QCOMPARE(window->checks().state().stage, Stage::AskedFor);
        QVERIFY(button(window, "checkCancel") && part<QProgressBar>(window, "checkProgress")->isVisible());
        QPushButton* const cancel = button(window, "checkCancel");
        QTest::mousePress(cancel, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(window->checks().state().share > 0, patience);  // News of it must not let go of the button.
        QTest::mouseRelease(cancel, Qt::LeftButton);
        QCOMPARE(window->checks().state().stage, Stage::TooLarge);
        QTest::mouseClick(button(window, "checkAnyway"), Qt::LeftButton);
        checked(window);
        QCOMPARE(sign(window, "x"), std::string("agrees"));
        QVERIFY(textOf(window, "checkNotes").contains(QStringLiteral("1000 of 90000 elements")));
    }

    void editInTheMidstOfACheckEndsIt()
    {
        Desk desk;
        MainWindow* const window = desk.open(large());
        QCOMPARE(checked(window).stage, Stage::TooLarge);
        showGradientOf(window, "x");
        QTest::mouseClick(button(window, "checkAnyway"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(window->checks().state().share > 0, patience);
        QSignalSpy news(&window->checks(), &CheckWatch::changed);
        setValue(window, "c", "3.");
        QCOMPARE(window->checks().state().stage, Stage::Awaited);
        QCOMPARE(checked(window).stage, Stage::TooLarge);
        QTest::qWait(2 * CheckWatch::quietMilliseconds);
        QCOMPARE(window->checks().state().stage, Stage::TooLarge);  // What was asked for is not done behind the back.
        QCOMPARE(sign(window, "x"), std::string("nothing"));
    }

    void switchedOffNothingIsComputed()
    {
        const OtherRule counted("tanh", countedTanh);
        Desk desk;
        MainWindow* const window = desk.open(network(weights, "tanh", fromS));
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        QAction* const action = window->commands().action(CommandId::CheckGradients);
        QVERIFY(action->isChecked());
        action->trigger();
        QCOMPARE(sign(window, "w"), std::string("nothing"));
        QCOMPARE(window->checks().state().stage, Stage::Off);
        calls = 0;
        setValue(window, "x", "[[1., 2.], [3., 5.]]");
        Desk::settle(window);
        QTest::qWait(3 * CheckWatch::quietMilliseconds);
        QCOMPARE(calls.load(), 1);  // The pass itself.
        QVERIFY(!desk.openEmpty()->commands().action(CommandId::CheckGradients)->isChecked());
        action->trigger();
        checked(window);
        QCOMPARE(sign(window, "w"), std::string("agrees"));
        QVERIFY(calls > 1);
    }

    void examplesShowWhatTheProgramSays()
    {
        Desk desk;
        int leaves = 0;
        for (const auto& file : std::filesystem::directory_iterator(places::example())) {
            if (file.path().extension() != ".chainrule")
                continue;
            MainWindow* const window = desk.openEmpty();
            window->load(file.path());
            checked(window);
            const auto expected = verdictsOfProgram(QString::fromStdString(file.path().string()));
            QCOMPARE(text(verdictsOfWindow(window)), text(expected));
            leaves += int(expected.size());
            window->close();
        }
        QVERIFY(leaves > 20);
    }

    void randomGraphsShowWhatTheProgramSays()
    {
        const unsigned seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        for (int i = 0; i < 15; ++i) {
            Diagram diagram;
            diagram.graph = random.graph();
            const QString name = QStringLiteral("random%1.chainrule").arg(i);
            desk.write(name, QByteArray::fromStdString(savedText({}, diagram)));
            window->load(desk.path(name));
            checked(window);
            QCOMPARE(text(verdictsOfWindow(window)), text(verdictsOfProgram(desk.folder.filePath(name))));
        }
    }

private:
    void hoverShowsItsNumbers(MainWindow* window, CheckPicture* picture)
    {
        const QString worst = textOf(window, "checkEntry");
        const QPoint first = picture->cell(0, 1).center().toPoint();
        QTest::mouseMove(picture, first + QPoint(3, 0));
        QTest::mouseMove(picture, first);
        QCOMPARE(textOf(window, "checkEntry"), QStringLiteral("∂s / ∂w[0, 1]"));
        QCOMPARE(textOf(window, "checkNumerical").toDouble(),
                 QString::number(picture->entry(0, 1)->numerical, 'g', 6).toDouble());
        QHelpEvent help(QEvent::ToolTip, first, picture->mapToGlobal(first));
        QApplication::sendEvent(picture, &help);
        QVERIFY(QToolTip::text().startsWith(QStringLiteral("[0, 1]: ")));
        QTest::mouseMove(picture, QPoint(picture->width() - 1, picture->height() - 1));
        QCOMPARE(textOf(window, "checkEntry"), worst);
        QTest::mouseClick(picture, Qt::LeftButton, Qt::NoModifier, first);  // Every term of that number.
        QTRY_VERIFY(textOf(window, "explainedNumber").contains(QStringLiteral("[0, 1]")));
    }

    Settings m_settings;
};

#include "tst_gradient_checks.moc"
QTEST_MAIN(GradientChecksTest)

// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients against central differences: gradcheck on functions, and the check of a document's passes.
#include "engine/autograd/check_all.h"
#include "engine/io/document.h"
#include "engine/ops/operators.h"
#include "tests/support.h"

using namespace chainrule;

namespace {

/// A document's nodes, evaluated, and its first backward pass checked.
struct Checked {
    Evaluation evaluation;
    Result<PassCheck> check;

    std::string name(OutputId output) const { return evaluation.graph().at(output.node).name; }
    std::string names(const std::vector<OutputId>& outputs) const
    {
        std::string text;
        for (const OutputId output : outputs)
            text += (text.empty() ? "" : " ") + name(output);
        return text;
    }
    /// nullptr: there is no such leaf.
    const LeafCheck* leaf(std::string_view wanted) const
    {
        for (std::size_t i = 0; i < check->leaves.size(); ++i)
            if (name(check->leaves[i]) == wanted)
                return &check->result.leaves[i];
        return nullptr;
    }
};

Evaluation evaluated(const std::string& nodes, const std::string& more)
{
    const auto diagram =
        diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]" + more + "}");
    assert(diagram);
    auto evaluation = evaluate(diagram->graph, {.readFile = [](const std::string&) { return fileError("none"); }});
    assert(evaluation);
    return *std::move(evaluation);
}

Checked checked(const std::string& nodes, const std::string& pass, const std::string& more = "",
                const GradcheckOptions& options = {})
{
    Evaluation evaluation = evaluated(nodes, R"(, "backward": [)" + pass + "]" + more);
    const Pass& first = std::get<Pass>(evaluation.graph().backward.front());
    auto check = checkPass(evaluation, first, options);
    return {std::move(evaluation), std::move(check)};
}

std::string leaf(const std::string& name, const std::string& value, const std::string& more = "")
{
    return R"({"name": ")" + name + R"(", "op": "tensor", "attributes": {"value": ")" + value
           + R"(", "requires_grad": true)" + more + "}}";
}

std::string node(const std::string& name, const std::string& op, const std::string& inputs,
                 const std::string& attributes = "")
{
    return R"(, {"name": ")" + name + R"(", "op": ")" + op + R"(", "inputs": [)" + inputs + R"(], "attributes": {)"
           + attributes + "}}";
}

std::string verdict(const LeafCheck* leaf) { return leaf ? std::string(name(leaf->verdict())) : "not there"; }

const std::string fromY = R"({"roots": ["y"]})";

/// An operation that claims the gradient `vjp` for doubling.
Op doubling(Gradients (*vjp)(const VjpCall&))
{
    Op op = operation("neg");
    op.forward = [](const Call<Tensor>& call) -> Result<Tensors> {
        return Tensors{(Value(call.x()) * 2.0).tensor()};
    };
    op.vjp = vjp;
    return op;
}

/// gradcheck of it at a vector of three.
Gradcheck checkedDoubling(Gradients (*vjp)(const VjpCall&))
{
    const Op op = doubling(vjp);
    const Tensor leaves[] = {Tensor::vector({0.5, -1, 2}, DType::Float64)};
    const auto check = gradcheck([&](std::span<const Value> values, auto) { return perform(op, values, op.defaults); },
                                 leaves);
    return *check;
}

}  // namespace

class CheckTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rightRulePasses()
    {
        const auto check = checkedDoubling([](const VjpCall& call) -> Gradients { return {call.dy() * 2.0}; });
        QVERIFY(check.passes());
        QCOMPARE(check.leaves.front().count(Verdict::Agrees), 3);
        QCOMPARE(check.outputSize, 3);
    }

    void wrongRuleIsFoundWithItsWorstElement()
    {
        const auto check = checkedDoubling([](const VjpCall& call) -> Gradients {
            return {call.dy() * Value(Tensor::vector({2, 2.001, 2.5}, DType::Float64))};
        });
        QVERIFY(!check.passes());
        const LeafCheck& leaf = check.leaves.front();
        QCOMPARE(leaf.count(Verdict::Agrees), 2);  // 2.001 is within a thousandth.
        QCOMPARE(leaf.count(Verdict::Mismatch), 1);
        QCOMPARE(leaf.worst->leafElement, 2);
        QCOMPARE(leaf.worst->outputElement, 2);
        QCOMPARE(leaf.worst->analytical, 2.5);
        QVERIFY(std::abs(leaf.worst->numerical - 2) < 1e-8);
        QVERIFY(std::abs(leaf.worst->relativeError() - 0.2) < 1e-8);
    }

    void ruleWithoutAnAnswerIsFound()
    {
        QVERIFY(!checkedDoubling([](const VjpCall&) -> Gradients { return {std::nullopt}; }).passes());
    }

    void ruleThatForgetsItsUpstreamIsFound()
    {
        const auto check = checkedDoubling([](const VjpCall& call) -> Gradients { return {zerosLike(call.x()) + 2.0}; });
        QCOMPARE(check.leaves.front().faults, std::vector<std::string>{"backward not multiplied by grad_output"});
    }

    void ruleThatChangesItsMindIsFound()
    {
        static int calls = 0;
        const auto check = checkedDoubling([](const VjpCall& call) -> Gradients {
            return {call.dy() * (2 + 1e-9 * ++calls)};
        });
        const auto& faults = check.leaves.front().faults;
        QVERIFY(!faults.empty() && faults.front().starts_with("Backward is not reentrant"));
    }

    void everyLeafOfANetworkAgrees()
    {
        const auto result = checked(
            leaf("w1", "[[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]") + ", " + leaf("b1", "[0.1, 0.2, -0.3]") + ", "
                + leaf("w2", "[[1., -1.], [0.5, 0.25], [-0.75, 2.]]")
                + R"(, {"name": "x", "op": "tensor", "attributes": {"value": "[[1., 2.], [-3., 4.]]"}})"
                + R"(, {"name": "t", "op": "tensor", "attributes": {"value": "[0, 1]"}})" + node("a", "matmul", R"("x", "w1")")
                + node("z", "add", R"("a", "b1")") + node("h", "relu", R"("z")") + node("s", "matmul", R"("h", "w2")")
                + node("y", "cross_entropy", R"("s", "t")"),
            fromY);
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.names(result.check->leaves), std::string("w1 b1 w2"));
        QCOMPARE(result.leaf("w2")->count(Verdict::Agrees), 6);
    }

    /// In float32 the differences would be all rounding; 0.1 stays the float32 that it is.
    void leavesAreComputedInFloat64FromTheirOwnValues()
    {
        const auto result = checked(leaf("x", "[0.1, 3.]") + ", " + leaf("h", "[1.5, 2.5]", R"(, "dtype": "float16")")
                                        + node("p", "mul", R"("x", "h")") + node("q", "to", R"("p")", R"("dtype": "bfloat16")")
                                        + node("y", "sum", R"("q")", R"("dtype": "float32")"),
                                    fromY);
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.leaf("h")->worst->numerical > 0, true);
        const JacobianEntry& worst = *result.leaf("h")->worst;
        QCOMPARE(worst.analytical, worst.leafElement == 0 ? double(0.1f) : 3.0);
    }

    /// What one leaf decides is not what another does.
    void leavesAreMovedOneByOne()
    {
        const auto result = checked(leaf("u", "1e3") + ", " + leaf("v", "2.") + node("e", "exp", R"("v")")
                                        + node("y", "mul", R"("u", "e")"),
                                    fromY);
        QVERIFY(result.check && result.check->passes());
    }

    void whatIsCutIsHeld()
    {
        const auto result = checked(leaf("x", "[0.5, 2.]") + node("d", "detach", R"("x")") + node("e", "exp", R"("x")")
                                        + node("p", "mul", R"("d", "x")") + node("y", "mul", R"("p", "e")"),
                                    fromY, R"(, "frames": [{"title": "", "nodes": ["e"], "no_grad": true}])");
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.check->held.size(), 2u);
        QCOMPARE(result.check->result.outputSize, 4 / 2);
    }

    /// A mask follows its input, so that a kink shows; there the rule's answer is a convention and passes.
    void kinkIsNoError()
    {
        const std::string zero = R"(, {"name": "zero", "op": "tensor", "attributes": {"value": "0."}})";
        const auto relu = checked(leaf("x", "[-1., 0., 2.]") + node("y", "relu", R"("x")"), fromY);
        QCOMPARE(verdict(relu.leaf("x")), std::string("kink"));
        QCOMPARE(relu.leaf("x")->count(Verdict::Kink), 1);
        QCOMPARE(relu.leaf("x")->worst->leafElement, 1);
        QCOMPARE(relu.leaf("x")->worst->below, 0.0);
        QVERIFY(std::abs(relu.leaf("x")->worst->above - 1) < 1e-9);
        QVERIFY(relu.check->passes());

        const auto masked = checked(leaf("x", "[-1., 0., 2.]") + zero + node("m", "gt", R"("x", "zero")")
                                        + node("y", "where", R"("m", "x", "zero")"),
                                    fromY);
        QCOMPARE(verdict(masked.leaf("x")), std::string("kink"));
        QVERIFY(masked.check->passes());

        // A third each: between the slopes 0 and 1, and neither of them nor their mean.
        const auto tie = checked(leaf("x", "[3., 3., 3., 1.]") + node("y", "max", R"("x")"), fromY);
        QCOMPARE(tie.leaf("x")->count(Verdict::Kink), 3);
        QVERIFY(tie.check->passes());
    }

    void singularPointIsNamed()
    {
        const auto result = checked(leaf("x", "[0., 4.]") + node("y", "sqrt", R"("x")"), fromY);
        QCOMPARE(verdict(result.leaf("x")), std::string("singular"));
        QCOMPARE(result.leaf("x")->count(Verdict::Agrees), 1);
        QVERIFY(!result.check->passes());
    }

    /// where(x > 0, sqrt(x), 0) is 0 left of 0, and its gradient is NaN.
    void nanWhereTheFunctionIsSmoothIsAMismatch()
    {
        const auto result = checked(leaf("x", "[-1., 4.]")
                                        + R"(, {"name": "zero", "op": "tensor", "attributes": {"value": "0."}})"
                                        + node("m", "gt", R"("x", "zero")") + node("s", "sqrt", R"("x")")
                                        + node("y", "where", R"("m", "s", "zero")"),
                                    fromY);
        QCOMPARE(verdict(result.leaf("x")), std::string("mismatch"));
        QCOMPARE(result.leaf("x")->worst->leafElement, 0);
        QVERIFY(std::isnan(result.leaf("x")->worst->analytical));
        QVERIFY(!result.check->passes());
    }

    void roundingOfLargeNumbersIsNoError()
    {
        const auto result = checked(leaf("x", "1e12", R"(, "dtype": "float64")") + node("y", "neg", R"("x")"), fromY);
        QCOMPARE(verdict(result.leaf("x")), std::string("unresolved"));
        QVERIFY(result.check->passes());
    }

    void leafThatNoRootNeedsIsNotReached()
    {
        const auto result = checked(leaf("x", "1.") + ", " + leaf("z", "2.") + ", " + leaf("c", "2.")
                                        + node("d", "detach", R"("c")") + node("y", "mul", R"("x", "d")"),
                                    fromY);
        QCOMPARE(result.names(result.check->leaves), std::string("x"));
        QCOMPARE(result.names(result.check->unreached), std::string("z c"));
        QVERIFY(result.check->passes());
    }

    void severalRootsAndOutputsAreAllChecked()
    {
        const auto result = checked(leaf("x", "[[1., 5.], [3., -2.]]") + node("m", "max", R"("x")", R"("dim": 0)")
                                        + node("s", "split", R"("x")", R"("split_size_or_sections": 1)")
                                        + node("y", "exp", R"("s:1")"),
                                    R"({"roots": ["y", "m:values", "x"]})");
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.check->result.outputSize, 2 + 2 + 4);
        QCOMPARE(result.leaf("x")->count(Verdict::Agrees), 4);
    }

    /// What is given as an input is moved itself, leaf or not.
    void inputsAreWhatIsChecked()
    {
        const auto result = checked(leaf("x", "[1., 2.]") + ", " + leaf("w", "[3., 4.]") + node("p", "mul", R"("x", "w")")
                                        + node("q", "exp", R"("p")") + node("y", "mul", R"("q", "x")"),
                                    R"({"roots": ["y"], "inputs": ["p", "x", "p"]})");
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.names(result.check->leaves), std::string("x p"));
        QVERIFY(std::abs(result.leaf("p")->worst->analytical) > 20);
    }

    void mutedNodesAndNumbersAreFollowed()
    {
        const auto result = checked(
            leaf("x", "[1., 2.]") + R"(, {"name": "three", "op": "number", "attributes": {"value": 3}})"
                + R"(, {"name": "m", "op": "exp", "inputs": ["x"], "muted": true})" + node("y", "mul", R"("m", "three")"),
            fromY);
        QVERIFY(result.check && result.check->passes());
        QVERIFY(std::abs(result.leaf("x")->worst->numerical - (result.leaf("x")->worst->analytical)) < 1e-8);
        QCOMPARE(result.leaf("x")->worst->analytical, result.leaf("x")->worst->outputElement
                                                               == result.leaf("x")->worst->leafElement ? 3.0 : 0.0);
    }

    /// A gradient inside the graph is taken anew at every step, and what it is taken of may be no part of the check.
    void gradientsInsideTheGraphAreDifferentiated()
    {
        const std::string nodes = leaf("x", "[0.5, -1.5]") + ", " + leaf("w", "[2., 3.]") + node("e", "exp", R"("x")")
                                  + node("p", "mul", R"("e", "w")") + node("q", "mul", R"("p", "w")") + node("s", "sum", R"("q")")
                                  + node("g", "autograd.grad", R"("s", "x")") + node("n", "norm", R"("g")")
                                  + node("c", "autograd.grad", R"("s", "s")") + node("y", "mul", R"("n", "c")");
        const auto result = checked(nodes, fromY);
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.names(result.check->leaves), std::string("x w"));
        QVERIFY(result.check->held.empty());
        QVERIFY(std::abs(result.leaf("w")->worst->analytical) > 0.1);

        const auto alone = checked(nodes, R"({"roots": ["y"], "inputs": ["w", "g"]})");
        QVERIFY(alone.check && !alone.check->error && alone.check->passes());
        QCOMPARE(alone.names(alone.check->leaves), std::string("w g"));
    }

    void passThatCannotRunSaysWhy()
    {
        const auto error = [](const Checked& result) {
            return result.check->error ? result.check->error->message : std::string();
        };
        QCOMPARE(error(checked(R"({"name": "y", "op": "tensor", "attributes": {"value": "1."}})", fromY)),
                 std::string("element 0 of tensors does not require grad and does not have a grad_fn"));
        QCOMPARE(error(checked(leaf("x", "[1., 2.]") + node("y", "matmul", R"("x", "bad")") + node("bad", "t", ""), fromY)),
                 std::string("its root y failed"));
        QCOMPARE(error(checked(leaf("x", "1.") + node("y", "exp", R"("x")"), R"({"roots": ["y"], "inputs": []})")),
                 std::string("`inputs` argument to `backward()` cannot be empty."));
    }

    void bigLeavesAndRootsAreSampledEvenly()
    {
        const std::string nodes = R"({"name": "x", "op": "linspace", "attributes": {"start": 0.5, "end": 2.5, "steps": 5000}})"
                                  + node("w", "clone", R"("x")") + ", " + leaf("s", "2.") + node("v", "mul", R"("w", "s")")
                                  + node("y", "mul", R"("v", "s")");
        const auto outputs = checked(nodes, fromY);
        QVERIFY(outputs.check && outputs.check->passes());
        QCOMPARE(outputs.check->result.outputSize, 5000);
        QCOMPARE(outputs.check->result.checked, 100);

        const auto inputs = checked(nodes + node("u", "sum", R"("y")"), R"({"roots": ["u"], "inputs": ["v"]})", "",
                                    {.leafElements = 70});
        QVERIFY(inputs.check && inputs.check->passes());
        QCOMPARE(inputs.leaf("v")->size, 5000);
        QCOMPARE(inputs.leaf("v")->checked, 70);
        QCOMPARE(inputs.leaf("v")->count(Verdict::Agrees), 70);
    }

    void nothingIsCheckedOfNoElements()
    {
        const auto result = checked(leaf("x", "[]") + node("y", "exp", R"("x")"), fromY);
        QVERIFY(result.check && result.check->passes());
        QCOMPARE(result.leaf("x")->checked, 0);
        QVERIFY(!result.leaf("x")->worst);
    }

    void stopIsHeededAndProgressReported()
    {
        std::stop_source source;
        std::size_t last = 0, sum = 0;
        const GradcheckOptions options{.progress =
                                           [&](std::size_t done, std::size_t total) {
                                               last = done;
                                               sum = total;
                                               if (done == 2)
                                                   source.request_stop();
                                           },
                                       .stop = source.get_token()};
        const auto result = checked(leaf("x", "[1., 2., 3., 4.]") + node("y", "exp", R"("x")"), fromY, "", options);
        QVERIFY(!result.check);
        QCOMPARE(result.check.error().kind, Error::Kind::Cancelled);
        QCOMPARE(last, 2u);
        QCOMPARE(sum, 8u);
    }

    void everyElementHasItsWorstEntry()
    {
        const auto check = checkedDoubling([](const VjpCall& call) -> Gradients {
            return {call.dy() * Value(Tensor::vector({2, 3, 2.5}, DType::Float64))};
        });
        const LeafCheck& leaf = check.leaves.front();
        QCOMPARE(leaf.entries.size(), 3u);
        const double right[] = {2, 3, 2.5};
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(leaf.entries[i].leafElement, std::int64_t(i));
            QCOMPARE(leaf.entries[i].outputElement, std::int64_t(i));  // Of the others the entry is 0, and agrees.
            QCOMPARE(leaf.entries[i].analytical, right[i]);
        }
        QCOMPARE(leaf.worst->leafElement, 1);
    }

    void allPassesAreCheckedAndTheWorstCounts()
    {
        const Evaluation evaluation =
            evaluated(leaf("x", "[0., 1.]") + ", " + leaf("w", "[2., 3.]") + node("k", "relu", R"("x")")
                          + node("m", "mul", R"("x", "w")") + node("a", "sum", R"("k")") + node("b", "sum", R"("m")"),
                      R"(, "backward": [{"roots": ["a"]}, {"zero_grad": "none"}, {"roots": ["b"]}, {"roots": ["b"]}])");
        std::vector<std::size_t> told;
        const auto all = checkAll(evaluation, {.progress = [&](std::size_t done, std::size_t total) {
            told.push_back(done);
            QCOMPARE(total, 1000u);
        }});
        QVERIFY(all);
        QCOMPARE(all->passes.size(), 2u);  // The last is like the one before.
        QCOMPARE(all->passes[1].step, 2u);
        QVERIFY(std::ranges::is_sorted(told) && told.front() == 0 && told.back() >= 750);
        const OutputId x{*evaluation.graph().find("x")}, w{*evaluation.graph().find("w")};
        QCOMPARE(verdictOf(all->find(x)->leaf), Verdict::Kink);
        QCOMPARE(all->find(x)->pass.step, 0u);
        QCOMPARE(verdictOf(all->find(w)->leaf), Verdict::Agrees);
        QVERIFY(!all->find({*evaluation.graph().find("k")}));
    }

    void workGrowsWithWhatIsComputedAndTried()
    {
        const auto work = [](const std::string& value) {
            const Evaluation evaluation = evaluated(leaf("x", value) + node("y", "exp", R"("x")") + node("s", "sum", R"("y")"),
                                                    R"(, "backward": [{"roots": ["s"]}])");
            return checkWork(evaluation);
        };
        QVERIFY(work("[1., 2., 3., 4.]") > 1.5 * work("[1., 2.]"));
        QCOMPARE(checkWork(evaluated(leaf("x", "1."), "")), 0.0);
    }

    void stoppedCheckOfAllIsCancelled()
    {
        const Evaluation evaluation = evaluated(leaf("x", "[0., 1.]") + node("y", "exp", R"("x")"),
                                                R"(, "backward": [{"roots": ["y"]}])");
        std::stop_source source;
        source.request_stop();
        const auto all = checkAll(evaluation, {.stop = source.get_token()});
        QVERIFY(!all && all.error().kind == Error::Kind::Cancelled);
    }
};

QTEST_GUILESS_MAIN(CheckTest)
#include "tst_check.moc"

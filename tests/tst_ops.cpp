// SPDX-License-Identifier: GPL-3.0-or-later
// Tests made from the records of the operations: one row for each sample of each operation, so that a new one is
// covered as soon as it is declared and tests/golden/generate.py has run.
#include "engine/autograd/backward.h"
#include "engine/io/attribute_json.h"
#include "engine/ops/operators.h"
#include "tests/golden_data.h"
#include "tests/op_gradcheck.h"
#include "tests/op_tolerance.h"
#include "tests/support.h"

#include <functional>
#include <set>

using namespace chainrule;

Q_DECLARE_METATYPE(const Op*)
Q_DECLARE_METATYPE(const Sample*)

namespace {

std::string gradFnName(const Value& y)
{
    return y.requiresGrad() ? std::string(chainrule::gradFnName(y.tape(), y.place().entry)) : "";
}

Tensor zeros(const Tensor& like) { return Tensor::full(like.shape(), 0.0, like.dtype()); }

/// Empty, or which gradient differs from PyTorch's.
std::string gradientDifference(const Run& run, const GoldenData& golden, const Sample& sample)
{
    const auto roots = rootsOf(*run.outputs, golden, sample);
    if (roots.empty())
        return {};
    const auto pass = backward(roots);
    if (!pass)
        return words(*pass.error);
    Inputs terms = tensorsOf(roots);
    terms.insert(terms.end(), sample.inputs.begin(), sample.inputs.end());
    for (std::size_t i = 0; i < run.inputs.size(); ++i) {
        if (!run.inputs[i].requiresGrad())
            continue;
        const Value* const dx = pass.flow.find(run.inputs[i].place());
        const auto expected = golden.array(sample, "dx", i);
        if (!dx != !expected)
            return label("dx", i) + (dx ? "PyTorch has none" : "there is none");
        if (!dx)
            continue;
        const Tensor& input = run.inputs[i].tensor();
        if (dx->tensor().dtype() != input.dtype())
            return label("dx", i) + "has not its input's dtype";
        const auto offence = difference(dx->tensor(), *expected, gradientTolerance(input, *run.outputs, terms));
        if (!offence.empty())
            return label("dx", i) + offence;
    }
    return {};
}

}  // namespace

class OpsTest : public QObject {
    Q_OBJECT

private:
    static void addRowPerSample(std::vector<Sample> Op::*samples = &Op::samples)
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        for (const Op& op : allOps())
            for (const Sample& sample : op.*samples)
                QTest::addRow("%s/%s", op.name.data(), sample.label.data()) << &op << &sample;
    }

    /// autograd.grad, of which each is a value of the graph, gives the same with the same grad_fn.
    static void gradientsAsNodes(const Run& run, std::span<const Root> roots, const Flow& flow)
    {
        if (roots.size() != 1)
            return;
        for (const Value& input : run.inputs) {
            const Value* const dx = input.requiresGrad() ? flow.find(input.place()) : nullptr;
            if (!dx)
                continue;
            const auto node = differentiated(Values{roots[0].value, input, *roots[0].seed});
            QVERIFY2(node, node ? "" : words(node.error()).c_str());
            QCOMPARE(difference(node->front().tensor(), dx->tensor(), {}), std::string());
            QCOMPARE(gradFnName(node->front()), gradFnName(*dx));
        }
    }

private Q_SLOTS:
    void everyOpIsComplete_data()
    {
        QTest::addColumn<const Op*>("op");
        for (const Op& op : allOps())
            QTest::addRow("%s", op.name.data()) << &op;
    }

    void everyOpIsComplete()
    {
        QFETCH(const Op*, op);
        QCOMPARE(findOp(op->name), op);
        QVERIFY(op->summary.ends_with('.'));
        QVERIFY(!op->formula.empty() && !op->gradient.empty());
        QVERIFY2(!op->torch.empty() || op->category == Category::Source, "Python's own numbers need no spelling");
        QVERIFY(!op->outputs.empty() || op->variadicOutputs);
        QVERIFY(op->infer && op->forward);
        QVERIFY2(!op->samples.empty() || op->category == Category::Internal || op->walksBack, "has no samples");

        std::set<std::string_view> names;
        bool isDifferentiable = false;
        for (const Parameter& parameter : op->parameters) {
            QVERIFY2(!parameter.help.empty(), parameter.name.data());
            QVERIFY2(names.insert(parameter.name).second, parameter.name.data());
            isDifferentiable |= parameter.isTensor() && parameter.differentiable;
            if (!parameter.fallback || parameter.isTensor())
                continue;
            const auto* const choice = std::get_if<std::string>(&*parameter.fallback);
            QVERIFY2(!choice || parameter.choices.empty() || std::ranges::count(parameter.choices, *choice) == 1,
                     parameter.name.data());
            QCOMPARE(op->defaults.at(std::string(parameter.name)), *parameter.fallback);
            if (std::holds_alternative<None>(*parameter.fallback))
                QVERIFY2(parameter.acceptsNone, parameter.name.data());
        }
        QVERIFY2(!op->vjp || isDifferentiable, "has a rule and nothing to differentiate");
        QVERIFY2(!op->vjp || !op->gradFn.name.empty() || op->gradFn.of, "has a rule and no grad_fn");

        std::set<std::string_view> labels;
        for (const Sample& sample : op->samples)
            QVERIFY2(labels.insert(sample.label).second, sample.label.data());
        labels.clear();
        for (const Sample& sample : op->errors)
            QVERIFY2(labels.insert(sample.label).second, sample.label.data());
    }

    /// An operation that takes any shape is tried without elements and without dimensions.
    void samplesReachZeroSizeAndZeroDim()
    {
        for (const Op& op : allOps()) {
            if (op.category == Category::Internal || op.parameters.empty() || !op.parameters.front().isTensor()
                || op.parameters.front().help.find("any shape") == std::string_view::npos)
                continue;
            const auto any = [&](auto holds) {
                return std::ranges::any_of(op.samples, [&](const Sample& sample) {
                    return !sample.inputs.empty() && !sample.inputs.front().isNumber() && holds(sample.inputs.front());
                });
            };
            QVERIFY2(any([](const Tensor& x) { return x.size() == 0; }), op.name.data());
            QVERIFY2(any([](const Tensor& x) { return x.rank() == 0; }), op.name.data());
        }
    }

    void goldenDataIsComplete()
    {
        QVERIFY(std::filesystem::exists(GoldenData::folder() / "version.json"));
        std::set<std::filesystem::path> expected{"version.json"};
        for (const Op& op : allOps()) {
            const GoldenData& golden = GoldenData::of(op);
            expected.insert(op.name);
            QVERIFY2(std::filesystem::exists(GoldenData::folder() / op.name), golden.missing("").c_str());
            for (const Sample& sample : op.samples)
                QVERIFY2(golden.find("samples", sample.label), golden.missing(sample.label).c_str());
            for (const Sample& error : op.errors)
                QVERIFY2(golden.find("errors", error.label), golden.missing(error.label).c_str());
            QCOMPARE(golden.labels("samples").size(), op.samples.size());
            QCOMPARE(golden.labels("errors").size(), op.errors.size());
            for (const auto& entry : std::filesystem::directory_iterator(GoldenData::folder() / op.name))
                QVERIFY2(entry.path().filename() == "facts.json" || entry.path().filename() == "arrays.npz",
                         (entry.path().string() + " is stale").c_str());
        }
        for (const auto& entry : std::filesystem::directory_iterator(GoldenData::folder()))
            QVERIFY2(expected.contains(entry.path().filename()), (entry.path().string() + " is stale").c_str());
    }

    void matchesTorch_data() { addRowPerSample(); }

    /// Values, dtypes, memory layout, names of backward nodes, and gradients exactly where PyTorch has them.
    void matchesTorch()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        const auto* const facts = golden.find("samples", sample->label);
        QVERIFY2(facts, golden.missing(sample->label).c_str());
        const Run run(*op, *sample, sample->inputs, facts->value("leaves", true) ? Leaves::Differentiable : Leaves::No);
        QVERIFY2(run.outputs, run.error().c_str());

        QCOMPARE(run.outputs->size(), (*facts)["outputs"].size());
        for (std::size_t k = 0; k < run.outputs->size(); ++k) {
            const auto& expected = (*facts)["outputs"][k];
            const Value& y = (*run.outputs)[k];
            const Tensor& tensor = y.tensor();
            QCOMPARE(std::string(name(tensor.dtype())), expected["dtype"].get<std::string>());
            QCOMPARE(text(tensor.shape()), text(expected["shape"].get<IntList>()));
            const auto strides = expected["strides"].get<IntList>();
            for (std::size_t d = 0; d < strides.size() && tensor.size() > 1; ++d)
                QVERIFY2(tensor.shape()[d] <= 1 || tensor.strides()[d] == strides[d],
                         ("strides " + text(tensor.strides()) + " instead of " + text(strides)).c_str());
            QCOMPARE(y.requiresGrad(), golden.array(*sample, "dy", k).has_value());
            if (op->category != Category::Internal)
                QCOMPARE(gradFnName(y), expected["grad_fn"].is_null() ? "" : expected["grad_fn"].get<std::string>());

            const auto values = golden.array(*sample, "y", k);
            QVERIFY2(values, golden.missing(sample->label).c_str());
            const Tolerance tolerance = isExact(*op, *sample) ? Tolerance()
                                        : withSums(toleranceFor(tensor.dtype()), tensor.dtype(), sample->inputs);
            const auto offence = difference(tensor, *values, tolerance);
            QVERIFY2(offence.empty(), (label("y", k) + offence).c_str());
        }
        const auto offence = gradientDifference(run, golden, *sample);
        QVERIFY2(offence.empty(), offence.c_str());
    }

    void savesWhatTorchSaves_data() { addRowPerSample(); }

    /// A second pass is refused exactly where PyTorch has freed something: with all gradients, and with each alone.
    void savesWhatTorchSaves()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        const auto* const facts = golden.find("samples", sample->label);
        QVERIFY2(facts, golden.missing(sample->label).c_str());
        if (!facts->contains("freed"))
            return;
        const auto& freed = (*facts)["freed"];
        for (std::size_t k = 0; k < freed.size(); ++k) {
            if (freed[k].is_null())
                continue;
            const Run run(*op, *sample, sample->inputs, [&](std::size_t input) {
                return k == 0 ? isDifferentiable(*op, input) : input + 1 == k;
            });
            QVERIFY2(run.outputs, run.error().c_str());
            const auto roots = rootsOf(*run.outputs, golden, *sample);
            QVERIFY(backward(roots));
            const auto again = backward(roots);
            QVERIFY2(!again == freed[k].get<bool>(), k == 0 ? "all" : label("only input ", k - 1).c_str());
        }
    }

    void secondDerivatives_data() { addRowPerSample(); }

    /// Of half the sum of all squared gradients. Where PyTorch gives no number, or none at all, rules may differ.
    void secondDerivatives()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        const auto* const facts = golden.find("samples", sample->label);
        QVERIFY2(facts, golden.missing(sample->label).c_str());
        const Run run(*op, *sample, sample->inputs, facts->value("leaves", true) ? Leaves::Differentiable : Leaves::No);
        QVERIFY2(run.outputs, run.error().c_str());
        const auto roots = rootsOf(*run.outputs, golden, *sample);
        if (roots.empty() || facts->contains("second"))
            return;
        const auto first = backward(roots, {.createGraph = true, .retainGraph = true});
        QVERIFY(first);
        std::vector<Root> gradients;
        Inputs terms = tensorsOf(roots);
        for (std::size_t i = 0; facts->contains("gradients") && i < run.inputs.size(); ++i)
            if (const auto& name = (*facts)["gradients"][i]; run.inputs[i].requiresGrad()) {
                const Value* const dx = first.flow.find(run.inputs[i].place());
                const std::string gradFn = name.is_null() ? "" : name.get<std::string>();
                const std::string ours = dx ? gradFnName(*dx) : "";
                QVERIFY2(ours == gradFn, (label("dx", i) + ours + " instead of " + gradFn).c_str());
            }
        gradientsAsNodes(run, roots, first.flow);
        for (const auto& [place, dx] : first.flow) {
            if (dx.requiresGrad())
                gradients.push_back({dx, dx.detached()});
            terms.push_back(dx.tensor());
        }
        const auto second = gradients.empty() ? Backpropagation() : backward(gradients);
        QVERIFY(second);
        for (std::size_t i = 0; i < run.inputs.size(); ++i) {
            if (!run.inputs[i].requiresGrad())
                continue;
            const Tensor& x = run.inputs[i].tensor();
            const Value* const found = second.flow.find(run.inputs[i].place());
            const Tensor dxx = found ? found->tensor() : zeros(x);
            const Tensor expected = golden.array(*sample, "dxx", i).value_or(zeros(x));
            QCOMPARE(text(dxx.shape()), text(expected.shape()));
            const auto tolerance = gradientTolerance(x, *run.outputs, terms);
            for (std::int64_t e = 0; e < x.size(); ++e)
                if (!isClose(dxx.at(e), expected.at(e), tolerance))
                    QFAIL((label("dxx", i) + text(dxx) + " instead of " + text(expected)).c_str());
        }
    }

    void gradientsMatchCentralDifferences_data() { addRowPerSample(); }

    void gradientsMatchCentralDifferences()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        if (!op->vjp)
            return;
        const auto check = checkedGradients(*op, *sample);
        QVERIFY2(check, check ? "" : words(check.error()).c_str());
        QCOMPARE(offence(*check), std::string());
    }

    /// Kinks and infinities are passed over above; here, that they are not all there is.
    void centralDifferencesReachEveryRule()
    {
        for (const Op& op : allOps()) {
            if (!op.vjp || op.samples.empty())
                continue;
            QVERIFY2(std::ranges::any_of(op.samples, [&](const Sample& sample) {
                const auto check = checkedGradients(op, sample);
                return check && std::ranges::any_of(check->leaves, [](const LeafCheck& leaf) {
                    return leaf.count(Verdict::Agrees) > 0;
                });
            }), op.name.data());
        }
    }

    void gradientsAreTheSameAlone_data() { addRowPerSample(); }

    /// A rule that is asked for one gradient gives the one that it gives among others.
    void gradientsAreTheSameAlone()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        for (std::size_t i = 0; i < sample->inputs.size(); ++i) {
            const Run run(*op, *sample, sample->inputs, [i](std::size_t input) { return input == i; });
            if (!golden.array(*sample, "dx", i))
                continue;
            QVERIFY2(run.outputs, run.error().c_str());
            const auto offence = gradientDifference(run, golden, *sample);
            QVERIFY2(offence.empty(), offence.c_str());
        }
    }

    void typesAreKnownBeforeValues_data() { addRowPerSample(); }

    void typesAreKnownBeforeValues()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const Run run(*op, *sample, sample->inputs, Leaves::No);
        QVERIFY2(run.outputs, run.error().c_str());
        Types inputs;
        for (const Tensor& input : sample->inputs)
            inputs.push_back(input.type());
        const auto types = op->infer({inputs, *run.attributes});
        QVERIFY2(types, op->name.data());
        QCOMPARE(types->size(), run.outputs->size());
        for (std::size_t k = 0; k < types->size(); ++k) {
            if (!op->readsFile)  // Else the file or the literal decides.
                QCOMPARE((*types)[k].dtype, (*run.outputs)[k].tensor().dtype());
            QCOMPARE((*types)[k].isNumber, (*run.outputs)[k].tensor().isNumber());
            if (!op->shapeFromValues)
                QCOMPARE(text((*types)[k].shape), text((*run.outputs)[k].tensor().shape()));
        }
    }

    void refusesInTorchsWords_data() { addRowPerSample(&Op::errors); }

    void refusesInTorchsWords()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        const auto* const expected = golden.find("errors", sample->label);
        QVERIFY2(expected, golden.missing(sample->label).c_str());
        for (const auto leaves : {Leaves::No, Leaves::All}) {
            const Run run(*op, *sample, sample->inputs, leaves);
            const auto& sentence = (*expected)[leaves == Leaves::All];
            QCOMPARE(run.error(), sentence.is_null() ? "" : sentence.get<std::string>());
        }
    }

    void operatorsAreTheCatalogues_data()
    {
        QTest::addColumn<std::string>("op");
        QTest::addColumn<std::function<Value(const Values&)>>("function");
        const auto row = [](const char* op, std::function<Value(const Values&)> function) {
            QTest::addRow("%s", op) << std::string(op) << std::move(function);
        };
        row("add", [](const Values& x) { return x[0] + x[1]; });
        row("sub", [](const Values& x) { return x[0] - x[1]; });
        row("mul", [](const Values& x) { return x[0] * x[1]; });
        row("div", [](const Values& x) { return x[0] / x[1]; });
        row("neg", [](const Values& x) { return -x[0]; });
        row("relu", [](const Values& x) { return relu(x[0]); });
        row("exp", [](const Values& x) { return exp(x[0]); });
        row("log", [](const Values& x) { return log(x[0]); });
        row("sqrt", [](const Values& x) { return sqrt(x[0]); });
        row("sin", [](const Values& x) { return sin(x[0]); });
        row("cos", [](const Values& x) { return cos(x[0]); });
        row("sigmoid", [](const Values& x) { return sigmoid(x[0]); });
        row("tanh", [](const Values& x) { return tanh(x[0]); });
    }

    /// Scalars take a way of their own there, and numbers, integers and vectors must not.
    void operatorsAreTheCatalogues()
    {
        QFETCH(std::string, op);
        QFETCH(std::function<Value(const Values&)>, function);
        const Op& record = operation(op);
        std::vector<Tensor> operands = {Tensor::number(0.7), Tensor::scalar(std::int64_t(3), DType::Int64),
                                        Tensor::vector({0.1, 2})};
        for (const DType dtype : allDTypes)
            if (isFloating(dtype))
                for (const double value : {0.7, -0.0, 1e-30, double(NAN)})
                    operands.push_back(Tensor::scalar(value, dtype));
        for (const Tensor& first : operands)
            for (const Tensor& second : operands)
                for (const unsigned leaves : {0u, 1u, 2u, 3u}) {
                    Tape tape;
                    Values inputs;
                    for (const Tensor& x : {first, second}) {
                        const bool isLeaf = leaves >> inputs.size() & 1 && isFloating(x.dtype()) && !x.isNumber();
                        inputs.push_back(isLeaf ? tape.leaf(x) : Value(x));
                    }
                    const std::span used = std::span(inputs.data(), record.tensorParameterCount());
                    const auto expected = perform(record, used, record.defaults);
                    if (!expected)  // PyTorch takes no number there.
                        continue;
                    const Value actual = function(inputs);
                    QCOMPARE(actual.tensor().dtype(), expected->front().tensor().dtype());
                    QCOMPARE(difference(actual.tensor(), expected->front().tensor(), {}), std::string());
                    QCOMPARE(actual.tensor().isNumber(), expected->front().tensor().isNumber());
                    QCOMPARE(actual.requiresGrad(), expected->front().requiresGrad());
                    if (!actual.requiresGrad())
                        continue;
                    const std::size_t entry = actual.place().entry;
                    QCOMPARE(tape.op(entry), &record);
                    QCOMPARE(&tape.attributes(entry), &record.defaults);
                    QCOMPARE(tape.inputCount(entry), used.size());
                    for (std::size_t i = 0; i < used.size(); ++i) {
                        const Place* const source = tape.source(entry, i);
                        QCOMPARE(source != nullptr, used[i].requiresGrad());
                        QVERIFY(!source || *source == used[i].place());
                    }
                }
    }

    void attributesSurviveJson_data() { addRowPerSample(); }

    void attributesSurviveJson()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        Sample read = *sample;
        for (auto& [name, attribute] : read.attributes) {
            const std::string json = jsonFromAttribute(attribute);
            const auto tree = jsonTree(json);
            QVERIFY2(tree, json.c_str());
            const auto again = attributeFromJson(tree->root());
            QVERIFY2(again, json.c_str());
            attribute = *again;
        }
        const auto before = complete(*op, *sample), after = complete(*op, read);
        QVERIFY(before);
        QVERIFY2(after, after ? "" : words(after.error()).c_str());
        for (const auto& [name, attribute] : *before)
            QCOMPARE(python(after->at(name)), python(attribute));
        QCOMPARE(after->size(), before->size());
    }
};

QTEST_GUILESS_MAIN(OpsTest)
#include "tst_ops.moc"

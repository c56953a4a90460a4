// SPDX-License-Identifier: GPL-3.0-or-later
// What the backward walk does as a whole. All expectations were measured with PyTorch 2.13.0, orders with hooks.
#include "engine/autograd/backward.h"
#include "engine/ops/operators.h"
#include "tests/support.h"

#include <pthread.h>

using namespace chainrule;

namespace {

constexpr auto secondTime = "RuntimeError: Trying to backward through the graph a second time (or directly access saved "
                            "tensors after they have already been freed). Saved intermediate values of the graph are "
                            "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
                            "to backward through the graph a second time or if you need to access saved tensors after "
                            "calling backward.";
constexpr auto onlyScalars = "RuntimeError: grad can be implicitly created only for scalar outputs";

Tensor scalar(double value, DType dtype = DType::Float32) { return Tensor::scalar(value, dtype); }

/// "float32 [] {3.0}", or "none" where nothing arrived.
std::string arrived(const Backpropagation& pass, const Value& at)
{
    const Value* const gradient = pass.flow.find(at.place());
    return gradient ? text(gradient->tensor()) : "none";
}

std::string error(const Backpropagation& pass)
{
    return pass ? "" : words(*pass.error);
}

using Names = std::vector<std::pair<const char*, Value>>;

/// The operations in the order in which they sent gradients on.
std::string visits(const std::vector<BackwardEvent>& events, const Names& names)
{
    std::string order;
    std::optional<std::size_t> last;
    for (const BackwardEvent& event : events) {
        if (!event.from || event.from == last)
            continue;
        last = event.from;
        for (const auto& [name, value] : names)
            if (value.place().entry == *last)
                order += name;
    }
    return order;
}

std::string visits(const std::vector<Root>& roots, const Names& names)
{
    std::vector<BackwardEvent> events;
    const auto pass = backward(roots, {.events = &events});
    return pass ? visits(events, names) : error(pass);
}

/// y, dy/dx, d²y/dx², …: as long as there is a graph, and at most `count` derivatives.
std::vector<double> derivatives(Value (*f)(const Value&), double at, int count)
{
    Tape tape;
    const Value x = tape.leaf(scalar(at, DType::Float64));
    Value y = f(x);
    std::vector<double> values{as<double>(y.tensor().item())};
    for (int i = 0; i < count && y.requiresGrad(); ++i) {
        const Root roots[] = {{y}};
        const auto pass = backward(roots, {.createGraph = true, .retainGraph = true});
        y = *pass.flow.find(x.place());
        values.push_back(as<double>(y.tensor().item()));
    }
    return values;
}

/// Builds a chain, walks it back and frees it. Returns x.grad.
void* runLongChain(void* result)
{
    Tape tape;
    const Value x = tape.leaf(scalar(2));
    Value y = x;
    for (int i = 0; i < 1'000'000; ++i)
        y = y + 1.0;
    const auto pass = backward(y);
    *static_cast<std::string*>(result) = pass ? arrived(pass, x) : error(pass);
    return nullptr;
}

}  // namespace

class AutogradTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void outputsRequireGradWhereAnInputDoes()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value constant(scalar(3));
        QVERIFY((x * constant).requiresGrad());
        QVERIFY((constant * x).requiresGrad());
        QVERIFY(!(constant * constant).requiresGrad());
        QVERIFY(!(x.detached() * constant).requiresGrad());
        QVERIFY(!(x > constant).requiresGrad());
        QVERIFY(!zerosLike(x).requiresGrad());
    }

    void leavesHaveNoOperation()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value y = x * 3.0;
        QVERIFY(!tape.op(x.place().entry));
        QCOMPARE(tape.op(y.place().entry), findOp("mul"));
        QCOMPARE(*tape.source(y.place().entry, 0), x.place());
        QVERIFY(!tape.source(y.place().entry, 1));
    }

    void constantsLeaveNothingOnTheTape()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value constant = Value(scalar(3)) * 5.0;
        QCOMPARE(tape.size(), 1u);
        QCOMPARE(text((x * constant).tensor()), "float32 [] {30.0}");
        QCOMPARE(tape.size(), 2u);
    }

    void latestOperationIsVisitedFirst()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value a = x * 2.0, b = x * 3.0, c = a * b, d = a + c, root = d * b;
        QCOMPARE(visits({{root}}, {{"a", a}, {"b", b}, {"c", c}, {"d", d}, {"r", root}}), "rdcba");
    }

    void orderOfRootsDoesNotMatter()
    {
        for (const bool isSwapped : {false, true}) {
            Tape tape;
            const Value x = tape.leaf(scalar(2));
            const Value a = x * 2.0, b = x * x;
            std::vector<Root> roots{{a}, {b}};
            if (isSwapped)
                std::ranges::reverse(roots);
            QCOMPARE(visits(roots, {{"a", a}, {"b", b}}), "ba");
        }
    }

    void rootInsideAnotherRootsGraphWaits()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value a = x * x, b = a * 3.0;
        const Root roots[] = {{a}, {b}};
        std::vector<BackwardEvent> events;
        const auto pass = backward(roots, {.events = &events});
        QCOMPARE(visits(events, {{"a", a}, {"b", b}}), "ba");
        QCOMPARE(arrived(pass, x), "float32 [] {16.0}");
    }

    void rootGivenTwiceCountsTwice()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        const Value a = x * x;
        const Root roots[] = {{a}, {a}};
        QCOMPARE(arrived(backward(roots), x), "float32 [] {8.0}");
    }

    void leafAsRootGetsItsSeed()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2));
        QCOMPARE(arrived(backward(x), x), "float32 [] {1.0}");
    }

    /// In float32 the order of additions shows: (1 + -1e8) + 1e8.
    void contributionsAreAddedInOrderOfExecution()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(1));
        const Value y = x * 1e8, z = x * 1.0, w = x * -1e8;
        QCOMPARE(arrived(backward((y + z) + w), x), "float32 [] {0.0}");
    }

    void eventsSumToTheGradient()
    {
        Tape tape;
        const Value x = tape.leaf(Tensor::vector({0.1, -0.7, 1.3}));
        const Value w = tape.leaf(scalar(0.3));
        const Value y = x * w + x / w - x * x, z = y * y + w;
        std::vector<BackwardEvent> events;
        const Root roots[] = {{z, Value(Tensor::vector({1, -2, 0.5}))}, {y, Value(Tensor::vector({0.2, 0.3, 3}))}};
        const auto pass = backward(roots, {.keepAll = true, .pass = 3, .events = &events});
        QVERIFY(pass);
        QCOMPARE(pass.flow.size(), tape.size());
        for (const auto& [place, gradient] : pass.flow) {
            std::optional<Value> sum;
            for (const BackwardEvent& event : events)
                if (event.to == place) {
                    sum = sum ? *sum + event.contribution : Value(event.contribution);
                    QCOMPARE(text(event.sum), text(sum->tensor()));
                }
            QVERIFY(sum);
            QCOMPARE(text(sum->tensor()), text(gradient.tensor()));
        }
        for (std::size_t i = 0; i < events.size(); ++i) {
            QCOMPARE(events[i].order, int(i));
            QCOMPARE(events[i].pass, 3);
            QCOMPARE(events[i].contribution.shape(), tape.output(events[i].to.entry, events[i].to.output).shape());
            if (!events[i].from)
                continue;
            const Value* const upstream = pass.flow.find({std::uint32_t(*events[i].from), 0});
            QCOMPARE(text(*events[i].upstream.front()), text(upstream->tensor()));
        }
    }

    void unusedLeafIsAbsentFromFlow()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), unused = tape.leaf(scalar(3)), y = x * 2.0;
        const auto pass = backward(y);
        QCOMPARE(arrived(pass, x), "float32 [] {2.0}");
        QCOMPARE(arrived(pass, unused), "none");
        QCOMPARE(arrived(pass, y), "none");  // No leaf, and not asked for.
        QCOMPARE(pass.flow.size(), 1u);
    }

    void seedIsNeededForManyElements()
    {
        Tape tape;
        QCOMPARE(error(backward(tape.leaf(Tensor::vector({1, 2})) * 2.0)), onlyScalars);
        QCOMPARE(error(backward(tape.leaf(Tensor::vector({})) * 2.0)), onlyScalars);
        const Value x = tape.leaf(Tensor::full({1, 1}, 1.0, DType::Float32));
        QCOMPARE(arrived(backward(x * 2.0), x), "float32 [1, 1] {2.0}");
    }

    void rootMustRequireGrad()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(1)), constant(scalar(1));
        const Root second[] = {{x * 2.0}, {constant}};
        QCOMPARE(error(backward(constant)), "RuntimeError: element 0 of tensors does not require grad and does not "
                                            "have a grad_fn");
        QCOMPARE(error(backward(Value(Tensor::vector({1, 2})))), "RuntimeError: element 0 of tensors does not require "
                                                                 "grad and does not have a grad_fn");
        QCOMPARE(error(backward(second)), "RuntimeError: element 1 of tensors does not require grad and does not "
                                          "have a grad_fn");
    }

    void seedsAreCheckedBeforeRoots()
    {
        Tape tape;
        const Root many[] = {{Value(scalar(1))}, {tape.leaf(Tensor::vector({1, 2}))}};
        QCOMPARE(error(backward(many)), onlyScalars);
        const Root constant[] = {{Value(Tensor::vector({1, 2})), Value(Tensor::vector({1, 1, 1}))}};
        QCOMPARE(error(backward(constant)), "RuntimeError: Mismatch in shape: grad_output[0] has a shape of "
                                            "torch.Size([3]) and output[0] has a shape of torch.Size([2]).");
    }

    void seedHasTheShapeOfItsRoot()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(1));
        const Root roots[] = {{x}, {x, Value(Tensor::vector({1}))}};
        QCOMPARE(error(backward(roots)), "RuntimeError: Mismatch in shape: grad_output[1] has a shape of "
                                         "torch.Size([1]) and output[1] has a shape of torch.Size([]).");
    }

    void seedMayHaveAnotherDType_data()
    {
        QTest::addColumn<DType>("dtype");
        for (const DType dtype : {DType::Int64, DType::Float64, DType::Float16})
            QTest::addRow("%s", name(dtype).data()) << dtype;
    }

    void seedMayHaveAnotherDType()
    {
        QFETCH(DType, dtype);
        Tape tape;
        const Value x = tape.leaf(Tensor::vector({1, 2, 3}));
        const Root roots[] = {{x * 2.0, Value(Tensor::vector({1, 2, 3}, dtype))}};
        QCOMPARE(arrived(backward(roots), x), "float32 [3] {2.0, 4.0, 6.0}");
    }

    void gradientsHaveTheirInputsDType()
    {
        Tape tape;
        const Value x = tape.leaf(Tensor::vector({1, 2}));
        const Value d = tape.leaf(Tensor::vector({3, 4}, DType::Float64));
        const Value y = x * d * Tensor::vector({5, 6}, DType::Int64);
        QCOMPARE(y.tensor().dtype(), DType::Float64);
        const Root roots[] = {{y, Value(Tensor::vector({1, 1}))}};
        const auto pass = backward(roots);
        QCOMPARE(arrived(pass, x), "float32 [2] {15.0, 24.0}");
        QCOMPARE(arrived(pass, d), "float64 [2] {5.0, 12.0}");
    }

    void halvesMeetInFloat32()
    {
        Tape tape;
        const Value h = tape.leaf(Tensor::vector({1, 2}, DType::Float16));
        const Value b = tape.leaf(Tensor::vector({3, 4}, DType::BFloat16));
        const Value y = h * b;
        QCOMPARE(y.tensor().dtype(), DType::Float32);
        const Root roots[] = {{y, Value(Tensor::vector({1, 1}))}};
        const auto pass = backward(roots);
        QCOMPARE(arrived(pass, h), "float16 [2] {3.0, 4.0}");
        QCOMPARE(arrived(pass, b), "bfloat16 [2] {1.0, 2.0}");
    }

    void secondTimeFailsWhereSomethingWasSaved_data()
    {
        using Function = Value (*)(const Value& x, const Value& y);
        QTest::addColumn<Function>("function");
        QTest::addColumn<bool>("mayRunAgain");
        const auto add = [](const char* name, Function function, bool mayRunAgain) {
            QTest::newRow(name) << function << mayRunAgain;
        };
        add("x + x", [](const Value& x, const Value&) { return x + x; }, true);
        add("x - 3", [](const Value& x, const Value&) { return x - 3.0; }, true);
        add("2 - x", [](const Value& x, const Value&) { return 2.0 - x; }, true);
        add("-x", [](const Value& x, const Value&) { return -x; }, true);
        add("sum", [](const Value& x, const Value&) { return sum(x); }, true);
        add("x * 3", [](const Value& x, const Value&) { return x * 3.0; }, false);
        add("x * y", [](const Value& x, const Value& y) { return x * y; }, false);
        add("x * constant", [](const Value& x, const Value& y) { return x * y.detached(); }, false);
        add("x / 3", [](const Value& x, const Value&) { return x / 3.0; }, false);
        add("3 / x", [](const Value& x, const Value&) { return 3.0 / x; }, false);
        add("x ** 2", [](const Value& x, const Value&) { return pow(x, 2.0); }, false);
        add("x ** 0", [](const Value& x, const Value&) { return pow(x, 0.0); }, false);
        add("3 ** x", [](const Value& x, const Value&) { return pow(3.0, x); }, false);
        add("where", [](const Value& x, const Value& y) { return where(x > y, x, y); }, false);
    }

    void secondTimeFailsWhereSomethingWasSaved()
    {
        using Function = Value (*)(const Value& x, const Value& y);
        QFETCH(Function, function);
        QFETCH(bool, mayRunAgain);
        Tape tape;
        const Value y = function(tape.leaf(scalar(2)), tape.leaf(scalar(3)));
        QVERIFY(backward(y));
        QCOMPARE(error(backward(y)), mayRunAgain ? "" : secondTime);
    }

    /// What is reached before the operation that fails has been reached.
    void failingPassLeavesWhatItHadBrought()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), w = tape.leaf(scalar(1)), y = x * x + w;
        QVERIFY(backward(y));
        const auto again = backward(y);
        QCOMPARE(error(again), secondTime);
        QCOMPARE(arrived(again, w), "float32 [] {1.0}");
        QCOMPARE(arrived(again, x), "none");
    }

    void whatARuleRefusesIsRefusedAgain()
    {
        Tape tape;
        const Value y = pow(tape.leaf(scalar(2)), Tensor::scalar(true, DType::Bool));
        const std::string refusal = error(backward(y));
        QVERIFY2(refusal.starts_with("RuntimeError: Subtraction, the `-` operator, with a bool tensor"), refusal.c_str());
        QCOMPARE(error(backward(y)), refusal);
    }

    void sharedPartIsFreedForAllRoots()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), y = x * x, a = y + 1.0, b = y + 2.0;
        QVERIFY(backward(a));
        QCOMPARE(error(backward(b)), secondTime);
    }

    void retainedGraphRunsAgain()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), y = x * x;
        const Root roots[] = {{y}};
        QVERIFY(backward(roots, {.retainGraph = true}));
        QCOMPARE(arrived(backward(roots), x), "float32 [] {4.0}");
        QCOMPARE(error(backward(roots)), secondTime);
    }

    void higherDerivativesFollowFromTheRules()
    {
        const auto isClose = [](const std::vector<double>& a, const std::vector<double>& b) {
            return std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) < 1e-12; });
        };
        QVERIFY(isClose(derivatives([](const Value& x) { return pow(x, 3.0); }, 2, 4), {8, 12, 12, 6, 0}));
        QVERIFY(isClose(derivatives([](const Value& x) { return x * x; }, 3, 2), {9, 6, 2}));
        QVERIFY(isClose(derivatives([](const Value& x) { return 1.0 / x; }, 2, 3), {0.5, -0.25, 0.25, -0.375}));
        QVERIFY(isClose(derivatives([](const Value& x) { return tanh(x); }, 0.5, 3),
                        {0.46211715726000974, 0.7864477329659274, -0.7268619813835873, -0.5652092882597705}));
        QVERIFY(isClose(derivatives([](const Value& x) { return x * tanh(x); }, 0.5, 3),
                        {0.23105857863000487, 0.8553410237429735, 1.2094644752400612, -2.4631905882806473}));
        QVERIFY(isClose(derivatives([](const Value& x) { return pow(2.0, x); }, 1, 3),
                        {2, 1.3862943611198906, 0.9609060278364028, 0.6660493039778589}));
    }

    void mixedDerivativesReachBothInputs()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), y = tape.leaf(scalar(3)), z = x * x * y;
        const Root roots[] = {{z}};
        const auto first = backward(roots, {.createGraph = true, .retainGraph = true});
        QCOMPARE(arrived(first, x), "float32 [] {12.0}");
        const auto second = backward(*first.flow.find(x.place()));
        QCOMPARE(arrived(second, x), "float32 [] {6.0}");
        QCOMPARE(arrived(second, y), "float32 [] {4.0}");
    }

    void matrixProductsHaveSecondDerivatives()
    {
        const auto matrix = [](std::initializer_list<double> values) {
            return Tensor::vector(values, DType::Float64).restrided({2, 2}, {2, 1});
        };
        Tape tape;
        const Value a = tape.leaf(matrix({1, 2, 3, 4})), b = tape.leaf(matrix({0.5, -1, 2, 1}));
        const Root roots[] = {{matmul(a, b), Value(matrix({1, 2, 0, -1}))}};
        const auto first = backward(roots, {.createGraph = true, .retainGraph = true});
        QCOMPARE(arrived(first, a), "float64 [2, 2] {-1.5, 4.0, 1.0, -1.0}");
        QCOMPARE(arrived(first, b), "float64 [2, 2] {1.0, -1.0, 2.0, 0.0}");
        const Value &da = *first.flow.find(a.place()), &db = *first.flow.find(b.place());
        const auto second = backward(sum(da * da) + sum(db * db));
        QCOMPARE(arrived(second, a), "float64 [2, 2] {-2.0, 4.0, 2.0, 0.0}");
        QCOMPARE(arrived(second, b), "float64 [2, 2] {-3.0, -8.0, 8.0, 18.0}");
    }

    void gradientOfALinearFunctionHasNoGraph()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(3)), y = x * 3.0;
        const Root roots[] = {{y}};
        const auto pass = backward(roots, {.createGraph = true, .retainGraph = true});
        QCOMPARE(arrived(pass, x), "float32 [] {3.0}");
        QVERIFY(!pass.flow.find(x.place())->requiresGrad());
    }

    void gradientsWithoutCreateGraphLeaveTheTapeAlone()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(3)), y = tanh(x * x);
        const std::size_t size = tape.size();
        QVERIFY(!backward(y).flow.find(x.place())->requiresGrad());
        QCOMPARE(tape.size(), size);
    }

    void onlyWhatLeadsToInputsRuns()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), w = tape.leaf(scalar(3)), a = x * x, b = w * w, c = a * b;
        const Root roots[] = {{c}};
        std::vector<BackwardEvent> events;
        const auto pass = backward(roots, {.inputs = std::vector{x.place()}, .events = &events});
        QCOMPARE(arrived(pass, x), "float32 [] {36.0}");
        QCOMPARE(pass.flow.size(), 1u);
        QCOMPARE(visits(events, {{"a", a}, {"b", b}, {"c", c}}), "ca");
        QVERIFY(!tape.isFreed(b.place().entry));
        QCOMPARE(arrived(backward(b), w), "float32 [] {6.0}");
    }

    void inputsMayLieInside()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), a = x * x, b = a * 3.0;
        const Root roots[] = {{b}};
        const auto pass = backward(roots, {.retainGraph = true, .inputs = std::vector{a.place()}});
        QCOMPARE(arrived(pass, a), "float32 [] {3.0}");
        QCOMPARE(arrived(pass, x), "none");
        const auto both = backward(roots, {.inputs = std::vector{x.place(), a.place()}});
        QCOMPARE(arrived(both, a), "float32 [] {3.0}");
        QCOMPARE(arrived(both, x), "float32 [] {12.0}");
    }

    /// 0 * inf is NaN: the branch that was not taken spoils the gradient.
    void maskDoesNotStopNan()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(0));
        QCOMPARE(arrived(backward(where(x > 0.0, pow(x, 0.5), 0.0)), x), "float32 [] {nan}");
        QCOMPARE(arrived(backward(where(Value(Tensor::scalar(true, DType::Bool)), x, x / 0.0)), x), "float32 [] {nan}");
        QCOMPARE(arrived(backward(pow(x, 0.5) * 0.0), x), "float32 [] {nan}");
    }

    void stopEndsThePass()
    {
        Tape tape;
        const Value x = tape.leaf(scalar(2)), y = x * x;
        const Root roots[] = {{y}};
        std::stop_source source;
        source.request_stop();
        const auto pass = backward(roots, {.stop = source.get_token()});
        QVERIFY(pass.error && pass.error->kind == Error::Kind::Cancelled);
        QCOMPARE(arrived(pass, x), "none");
        QCOMPARE(arrived(backward(roots), x), "float32 [] {4.0}");  // And has freed nothing.
    }

    void longChainNeedsNoStack()
    {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        QCOMPARE(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
        pthread_t thread;
        std::string result;
        QCOMPARE(pthread_create(&thread, &attributes, runLongChain, &result), 0);
        pthread_join(thread, nullptr);
        pthread_attr_destroy(&attributes);
        QCOMPARE(result, "float32 [] {1.0}");
    }
};

QTEST_GUILESS_MAIN(AutogradTest)
#include "tst_autograd.moc"

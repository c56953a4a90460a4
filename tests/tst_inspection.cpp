// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine says about one node for people to look at and copy: distributions, statistics, tensors and
// attributes as text, and its line of PyTorch.
#include "engine/codegen/torch_line.h"
#include "engine/ops/attribute_text.h"
#include "engine/tensor/distribution.h"
#include "engine/tensor/literal.h"
#include "engine/tensor/statistics.h"
#include "engine/tensor/tensor_code.h"
#include "tests/support.h"

#include <QtTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <set>

using namespace chainrule;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

std::int64_t sum(const std::vector<std::int64_t>& bars)
{
    return std::accumulate(bars.begin(), bars.end(), std::int64_t(0));
}

/// "[[0.1]], dtype=torch.float16" of "torch.tensor([[0.1]], dtype=torch.float16)", apart.
struct Written {
    std::string literal;
    std::string dtype;
};
Written takenApart(const std::string& code)
{
    const std::size_t start = code.find('(') + 1;
    const std::size_t keyword = code.rfind(", dtype=");
    Written written{code.substr(start, std::min(keyword, code.size() - 1) - start), {}};
    if (keyword != std::string::npos) {
        const std::size_t dot = code.find('.', keyword);
        written.dtype = code.substr(dot + 1, code.size() - dot - 2);
    }
    return written;
}

bool hasSameBits(const Tensor& a, const Tensor& b)
{
    if (a.dtype() != b.dtype() || a.shape() != b.shape())
        return false;
    return std::memcmp(a.bytes(), b.bytes(), std::size_t(a.size()) * itemSize(a.dtype())) == 0;
}

/// Any bits but those of a NaN, whose payload no text holds.
Tensor randomBits(const Shape& shape, DType dtype, std::mt19937_64& random)
{
    Tensor tensor = Tensor::uninitialized(shape, dtype);
    visit(dtype, [&](auto stored) {
        using T = decltype(stored);
        T* const elements = tensor.writable<T>();
        for (std::int64_t i = 0; i < tensor.size(); ++i) {
            do {
                const std::uint64_t bits = std::is_same_v<T, bool> ? random() % 2 : random();
                std::memcpy(static_cast<void*>(&elements[i]), &bits, sizeof(T));
            } while (std::isnan(double(Compute<T>(elements[i]))));
        }
    });
    return tensor;
}

const Parameter& parameter(const Op& op, std::string_view name)
{
    return *std::ranges::find(op.parameters, name, &Parameter::name);
}

}  // namespace

class InspectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void barsHoldEveryFiniteElement()
    {
        const Tensor tensor = Tensor::vector({notANumber, -1, infinity, 0, 1, -infinity, 0.99, -0.0, 3, infinity});
        const Distribution d = distribution(tensor, 4);
        QCOMPARE(d.from, -1.0);
        QCOMPARE(d.to, 3.0);
        QCOMPARE(d.bars, (std::vector<std::int64_t>{1, 3, 1, 1}));
        QCOMPARE(d.nans, 1);
        QCOMPARE(d.positiveInfinities, 2);
        QCOMPARE(d.negativeInfinities, 1);
        QCOMPARE(d.zeros, 2);
        QCOMPARE(d.count, 10);
        QCOMPARE(d.sampled, 0);
    }

    void distributionsThatAreNoneOrOneBar()
    {
        QVERIFY(distribution(Tensor::uninitialized({0, 3}, DType::Float32), 8).bars.empty());
        QVERIFY(distribution(Tensor::vector({notANumber, infinity}), 8).bars.empty());
        for (const Tensor& constant : {Tensor::full({2, 3}, 7.5, DType::Float64), Tensor::scalar(-2.0),
                                       Tensor::full({5}, true, DType::Bool)}) {
            const Distribution d = distribution(constant, 8);
            QCOMPARE(d.bars, std::vector<std::int64_t>{constant.size()});
            QCOMPARE(d.from, d.to);
        }
        const Distribution far = distribution(Tensor::vector({-1.7e308, 1.7e308, 0}, DType::Float64), 3);
        QCOMPARE(far.bars, (std::vector<std::int64_t>{1, 1, 1}));
    }

    void barsOfIntegersAreIntegersWide()
    {
        const Distribution dice = distribution(Tensor::vector({1, 6, 6, 3}, DType::Int64), 40);
        QCOMPARE(dice.bars, (std::vector<std::int64_t>{1, 0, 1, 0, 0, 2}));
        QCOMPARE(dice.from, 0.5);
        QCOMPARE(dice.to, 6.5);
        Tensor hundred = Tensor::uninitialized({100}, DType::Int32);
        std::iota(hundred.writable<std::int32_t>(), hundred.writable<std::int32_t>() + 100, 0);
        const Distribution even = distribution(hundred, 40);
        QCOMPARE(even.bars.size(), std::size_t(34));
        QCOMPARE(std::set<std::int64_t>(even.bars.begin(), even.bars.end() - 1), (std::set<std::int64_t>{3}));
        QCOMPARE(distribution(Tensor::vector({0, 1, 1}, DType::Bool), 40).bars, (std::vector<std::int64_t>{1, 2}));
    }

    void largeTensorsAreSampledButForCounts()
    {
        // Two columns: taking every second element would see one of them.
        Tensor tensor = Tensor::uninitialized({1'000'000, 2}, DType::Float32);
        float* const elements = tensor.writable<float>();
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            elements[i] = float(i % 2 * 300);
        elements[12'345] = float(notANumber);
        elements[1'999'999] = 1000;
        elements[77] = -500;
        const Distribution d = distribution(tensor, 15);
        QCOMPARE(d.sampled, mostCounted);
        QCOMPARE(d.from, -500.0);
        QCOMPARE(d.to, 1000.0);
        QCOMPARE(d.nans, 1);
        QCOMPARE(d.zeros, 1'000'000);
        QVERIFY(std::abs(sum(d.bars) - mostCounted) <= 1);
        for (const std::size_t bar : {5, 8})
            QVERIFY2(std::abs(double(d.bars[bar]) / mostCounted - 0.5) < 0.005, std::to_string(d.bars[bar]).c_str());
        QVERIFY(distribution(tensor, 15) == d);
    }

    void distributionLooksThroughStrides()
    {
        const Tensor rows = Tensor::vector({1, 2, 3}).restrided({4, 3}, {0, 1});
        QCOMPARE(distribution(rows, 3).bars, (std::vector<std::int64_t>{4, 4, 4}));
    }

    void stopEndsTheWork()
    {
        std::stop_source stop;
        stop.request_stop();
        const Tensor zeros = Tensor::scalar(0.0).restrided({50'000'000}, {0});
        QElapsedTimer timer;
        timer.start();
        QVERIFY(distribution(zeros, 8, stop.get_token()).zeros < 100'000);
        QVERIFY(statistics(zeros, stop.get_token()).zeros < 100'000);
        QVERIFY2(timer.elapsed() < 20'000, std::to_string(timer.elapsed()).c_str());
    }

    void lengthsAreNumPys()
    {
        const Statistics s = statistics(Tensor::vector({3, -4, 0}));
        QCOMPARE(s.l1, 7.0);
        QCOMPARE(s.l2, 5.0);
        QCOMPARE(statistics(Tensor::uninitialized({0}, DType::Float32)).l2, 0.0);
        QCOMPARE(statistics(Tensor::vector({1, -infinity})).l1, infinity);
        QVERIFY(std::isnan(statistics(Tensor::vector({1, notANumber, infinity})).l2));
        const Statistics tenth = statistics(Tensor::scalar(0.1, DType::Float64).restrided({1'000'000}, {0}));
        QVERIFY2(std::abs(tenth.l1 - 1e5) < 1e-9, pythonFloat(tenth.l1).c_str());
        QVERIFY2(std::abs(tenth.l2 - 100) < 1e-11, pythonFloat(tenth.l2).c_str());
    }

    void tensorCodeReadsBackToTheBit()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        std::mt19937_64 random(seed);
        for (const DType dtype : allDTypes) {
            for (const Shape& shape : {Shape{}, Shape{1}, Shape{40}, Shape{3, 5}, Shape{2, 1, 3}, Shape{2, 2, 2, 2}}) {
                const Tensor tensor = randomBits(shape, dtype, random);
                const auto [literal, name] = takenApart(torchCode(tensor));
                const auto torch = tensorLiteral(literal, dtypeFromName(name));
                QVERIFY2(torch, torch ? "" : words(torch.error()).c_str());
                QVERIFY2(hasSameBits(*torch, tensor), torchCode(tensor).c_str());
                // NumPy reads float64 and casts, as torch.tensor does with these dtypes.
                const auto numpy = takenApart(numpyCode(tensor));
                const auto read = arrayLiteral(numpy.literal);
                QVERIFY2(read, numpyCode(tensor).c_str());
                const auto array = numpy.dtype.empty() ? read : tensorLiteral(numpy.literal, dtype);
                QVERIFY2(array && hasSameBits(*array, tensor), numpyCode(tensor).c_str());
            }
        }
    }

    void tensorCodeIsWhatPeopleWrite_data()
    {
        QTest::addColumn<Tensor>("tensor");
        QTest::addColumn<QString>("torch");
        QTest::addColumn<QString>("numpy");
        const auto row = [](const char* name, const Tensor& tensor, const char* torch, const char* numpy) {
            QTest::newRow(name) << tensor << QString::fromUtf8(torch) << QString::fromUtf8(numpy);
        };
        row("scalar", Tensor::scalar(3.0), "torch.tensor(3.0)", "np.array(3.0, dtype=np.float32)");
        row("double", Tensor::scalar(0.1, DType::Float64), "torch.tensor(0.1, dtype=torch.float64)", "np.array(0.1)");
        row("half", Tensor::scalar(0.1, DType::Float16), "torch.tensor(0.1, dtype=torch.float16)",
            "np.array(0.1, dtype=np.float16)");
        row("bfloat16", Tensor::scalar(0.1, DType::BFloat16), "torch.tensor(0.1, dtype=torch.bfloat16)",
            "np.array(0.1, dtype=np.float32)");
        row("matrix", Tensor::vector({1, 0.1, 2, -1e-7}).restrided({2, 2}, {2, 1}),
            "torch.tensor([[1.0, 0.1],\n              [2.0, -1e-07]])",
            "np.array([[1.0, 0.1],\n          [2.0, -1e-07]], dtype=np.float32)");
        row("special", Tensor::vector({notANumber, infinity, -infinity, -0.0}),
            "torch.tensor([float(\"nan\"), float(\"inf\"), float(\"-inf\"), -0.0])",
            "np.array([float(\"nan\"), float(\"inf\"), float(\"-inf\"), -0.0], dtype=np.float32)");
        row("integers", Tensor::vector({1, -2}, DType::Int64), "torch.tensor([1, -2])", "np.array([1, -2])");
        row("bytes", Tensor::vector({1, 2}, DType::UInt8), "torch.tensor([1, 2], dtype=torch.uint8)",
            "np.array([1, 2], dtype=np.uint8)");
        row("booleans", Tensor::vector({1, 0}, DType::Bool), "torch.tensor([True, False])", "np.array([True, False])");
        row("empty", Tensor::uninitialized({0, 3}, DType::Int64), "torch.zeros((0, 3), dtype=torch.int64)",
            "np.zeros((0, 3), dtype=np.int64)");
        row("empty vector", Tensor::uninitialized({0}, DType::Float32), "torch.zeros((0,))",
            "np.zeros((0,), dtype=np.float32)");
        row("number", Tensor::number(2.5), "2.5", "2.5");
        row("int number", Tensor::number(Scalar(std::int64_t(2))), "2", "2");
    }

    void tensorCodeIsWhatPeopleWrite()
    {
        QFETCH(Tensor, tensor);
        QTEST(QString::fromStdString(torchCode(tensor)), "torch");
        QTEST(QString::fromStdString(numpyCode(tensor)), "numpy");
    }

    void attributesAreReadAsPythonSpellsThem_data()
    {
        QTest::addColumn<QString>("op");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("attribute");  // As Python; or what is wrong.
        const auto row = [](const char* op, const char* name, const char* typed, const char* attribute) {
            QTest::addRow("%s %s", name, typed) << QString::fromUtf8(op) << QString::fromUtf8(name)
                                                << QString::fromUtf8(typed) << QString::fromUtf8(attribute);
        };
        row("softmax", "dim", " -1 ", "-1");
        row("softmax", "dim", "9223372036854775807", "9223372036854775807");
        row("softmax", "dim", "-9223372036854775808", "-9223372036854775808");
        row("softmax", "dim", "9223372036854775808", "OverflowError: int too large to convert");
        row("softmax", "dim", "1.5", "TypeError: softmax(): argument 'dim' (position 2) must be int, not float");
        row("softmax", "dim", "one", "NameError: name 'one' is not defined");
        row("softmax", "dim", "", "SyntaxError: a value is missing");
        row("softmax", "dim", "None", "TypeError: softmax(): argument 'dim' (position 2) must be int, not NoneType");
        row("sum", "dim", "None", "None");
        row("sum", "dim", "[]", "[]");
        row("sum", "dim", "0, 1", "[0, 1]");
        row("sum", "dim", "1", "1");
        row("sum", "keepdim", "True", "True");
        row("sum", "dtype", "torch.float64", "'float64'");
        row("sum", "dtype", "int8", "'int8'");
        row("sum", "dtype", "float65", "TypeError: sum(): argument 'dtype' must be torch.dtype, not str");
        row("reshape", "shape", "2, 3,", "[2, 3]");
        row("reshape", "shape", "(2, 3)", "[2, 3]");
        row("reshape", "shape", "[2, 3", "SyntaxError: '[' was never closed");
        row("reshape", "shape", "2, 3.", "TypeError: reshape(): argument 'shape' (position 2) must be tuple of ints, not list");
        row("reshape", "shape", "2, None", "TypeError: reshape(): argument 'shape' (position 2) must be tuple of ints, not list");
        row("split", "split_size_or_sections", "2", "2");
        row("split", "split_size_or_sections", "[2]", "[2]");
        row("number", "value", "1e3", "1000.0");
        row("number", "value", "nan", "'nan'");
        row("number", "value", "-inf", "'-inf'");
        row("number", "value", "False", "False");
        row("number", "value", "'a'", "TypeError: number(): argument 'value' must be Number, not str");
        row("norm", "p", "2", "2");
        row("norm", "p", "fro", "'fro'");
        row("norm", "p", "'nuc'", "'nuc'");
        row("tensor", "value", "[[1, 2]", "'[[1, 2]'");
    }

    void attributesAreReadAsPythonSpellsThem()
    {
        QFETCH(QString, op);
        QFETCH(QString, name);
        QFETCH(QString, typed);
        const Op& record = *findOp(op.toStdString());
        const auto attribute = attributeFromText(record, parameter(record, name.toStdString()), typed.toStdString());
        QTEST(QString::fromStdString(attribute ? python(*attribute) : words(attribute.error())), "attribute");
    }

    void attributesOfAllSamplesSurviveAsText()
    {
        int count = 0;
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                for (const auto& [name, value] : sample.attributes) {
                    const Parameter& kind = parameter(op, name);
                    const auto read = attributeFromText(op, kind, textOf(kind, value));
                    QVERIFY2(read, (textOf(kind, value) + " of " + std::string(op.name)).c_str());
                    QCOMPARE(python(*converted(op, kind, *read)), python(*converted(op, kind, value)));
                    ++count;
                }
        QVERIFY(count > 100);
    }

    void torchLineIsTheNodesOwn()
    {
        Graph graph;
        const auto add = [&graph](Node node) { return graph.add(std::move(node)); };
        const NodeId x = add({.name = "x", .op = "tensor", .attributes = {{"value", "[1., 2.]"}, {"requires_grad", true}}});
        const NodeId y = add({.name = "torch", .op = "relu", .inputs = {{Source{x}}}, .retainGrad = true});
        const NodeId noise = add({.name = "noise", .op = "rand", .attributes = {{"size", IntList{2}}, {"seed", std::int64_t(3)}}});
        const NodeId wrong = add({.name = "wrong", .op = "matmul", .inputs = {{Source{x}}}});
        const NodeId after = add({.name = "after", .op = "neg", .inputs = {{Source{wrong}}}});
        const NodeId quiet = add({.name = "quiet", .op = "mul", .inputs = {{Source{x}}, {Source{x}}}});
        graph.frames = {{.title = "", .nodes = {quiet}, .noGrad = true}};
        const auto evaluation = evaluate(graph, {});
        QVERIFY(evaluation);
        const auto line = [&](NodeId node) { return QString::fromStdString(torchLine(*evaluation, node)); };
        QCOMPARE(line(x), QStringLiteral("x = torch_.tensor([1., 2.], requires_grad=True)"));
        QCOMPARE(line(y), QStringLiteral("torch = F.relu(x)\ntorch.retain_grad()"));
        QCOMPARE(line(noise), QStringLiteral("torch_.manual_seed(3)\nnoise = torch_.rand([2])"));
        QCOMPARE(line(wrong), QStringLiteral("wrong = torch_.matmul(x)"));
        QCOMPARE(line(after), QStringLiteral("# after = torch_.neg(wrong)"));
        QCOMPARE(line(quiet), QStringLiteral("with torch_.no_grad():\n    quiet = x * x"));
    }
};

QTEST_GUILESS_MAIN(InspectionTest)
#include "tst_inspection.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/inline_vector.h"
#include "engine/tensor/half.h"
#include "engine/tensor/literal.h"
#include "engine/tensor/literal_number.h"
#include "engine/tensor/printing.h"
#include "engine/tensor/tensor.h"
#include "tests/places.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <pthread.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <set>

#include <algorithm>
#include <thread>

using namespace chainrule;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Little-endian records, as the scripts in tests/golden write them.
class Reader {
public:
    explicit Reader(std::string_view bytes) : m_bytes(bytes) {}

    bool atEnd() const { return m_bytes.empty(); }
    std::string_view take(std::size_t count)
    {
        const std::string_view taken = m_bytes.substr(0, count);
        m_bytes.remove_prefix(taken.size());
        return taken;
    }
    template <typename T>
    T number()
    {
        T value{};
        const std::string_view bytes = take(sizeof value);
        std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }

private:
    std::string_view m_bytes;
};

Tensor viewOf(std::string_view bytes, const Shape& shape, const Strides& strides, DType dtype)
{
    auto buffer = Buffer::allocate(bytes.size());
    std::memcpy(buffer->data(), bytes.data(), bytes.size());
    return Tensor::view(std::move(buffer), shape, strides, 0, dtype);
}

std::string bytesInOrder(const Tensor& tensor)
{
    std::string bytes;
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
        const Tensor element = Tensor::scalar(tensor.at(i), tensor.dtype());
        bytes.append(reinterpret_cast<const char*>(element.bytes()), itemSize(tensor.dtype()));
    }
    return bytes;
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[c & 15];
    }
    return text;
}

/// What a literal gave, in one line to compare.
std::string summary(const Result<Tensor>& result, bool requiresGrad = false)
{
    if (!result)
        return std::string(name(result.error().kind)) + ": " + result.error().message;
    return std::string(name(result->dtype())) + " " + text(result->shape()) + " "
           + hex(bytesInOrder(*result)) + " " + repr(*result, {requiresGrad});
}

QByteArray described(const std::string& what, const std::string& actual, const std::string& expected)
{
    return QByteArray::fromStdString(what + "\nActual:   " + actual + "\nExpected: " + expected);
}

/// The nearest value with `fraction` bits after the leading one and exponents from `least` on, by
/// arithmetic in double; ties to even.
double nearest(double value, int fraction, int least, double greatest)
{
    if (value == 0 || !std::isfinite(value))
        return value;
    const double step = std::ldexp(1, std::max(std::ilogb(value), least) - fraction);
    const double rounded = std::nearbyint(value / step) * step;
    return std::abs(rounded) > greatest ? std::copysign(infinity, rounded) : rounded;
}

template <typename Half>
void compareRounding(int fraction, int least, double greatest)
{
    std::mt19937 random(7);
    std::vector<float> values;
    for (int bits = 0; bits < 0x10000; ++bits) {
        const float value = Half::fromBits(std::uint16_t(bits));
        if (!std::isfinite(value))
            continue;
        const float next = Half::fromBits(std::uint16_t(bits + 1));
        const float middle = std::isfinite(next) ? float((double(value) + next) / 2) : value;
        for (const float near : {value, middle, std::nextafterf(middle, 0), std::nextafterf(middle, 1e30f)})
            values.push_back(near);
    }
    for (int i = 0; i < 200000; ++i)
        values.push_back(std::bit_cast<float>(std::uint32_t(random())));
    values.insert(values.end(), {65519.996f, 65520.f, -65520.f, 3.4e38f, 3.39e38f, 0x1p-25f});
    for (const float value : values) {
        const float rounded = Half(value);
        if (std::isnan(value)) {
            QVERIFY(std::isnan(rounded));
            continue;
        }
        QVERIFY(rounded == float(nearest(value, fraction, least, greatest)));  // QCOMPARE is lenient.
        QCOMPARE(std::signbit(rounded), std::signbit(value));
    }
}

/// Offset of each element of a strided tensor, in row-major order.
std::vector<std::int64_t> offsets(const Shape& shape, const Strides& strides)
{
    std::vector<std::int64_t> offsets{0};
    for (std::size_t dim = 0; dim < shape.size(); ++dim) {
        std::vector<std::int64_t> longer;
        for (const std::int64_t start : offsets)
            for (std::int64_t i = 0; i < shape[dim]; ++i)
                longer.push_back(start + i * strides[dim]);
        offsets = std::move(longer);
    }
    return offsets;
}

/// Whether some strides, found by trying what the elements demand, show `offsets` as `to`.
bool hasView(const std::vector<std::int64_t>& elements, const Shape& to)
{
    Strides strides(to.size(), 0);
    std::int64_t step = 1;
    for (std::size_t dim = to.size(); dim-- > 0;) {
        if (to[dim] > 1)
            strides[dim] = elements[std::size_t(step)] - elements[0];
        step *= to[dim];
    }
    return offsets(to, strides) == elements;
}

std::vector<Shape> factorisations(std::int64_t count, std::size_t rank)
{
    if (rank == 0)
        return count == 1 ? std::vector<Shape>{{}} : std::vector<Shape>{};
    std::vector<Shape> all;
    for (std::int64_t first = 1; first <= count; ++first) {
        if (count % first != 0)
            continue;
        for (Shape shape : factorisations(count / first, rank - 1)) {
            shape.insert(shape.begin(), first);
            all.push_back(shape);
        }
    }
    return all;
}

/// Runs `f` on a thread with that little stack.
void runOnSmallStack(void (*f)())
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_t thread;
    const auto body = [](void* g) -> void* {
        reinterpret_cast<void (*)()>(g)();
        return nullptr;
    };
    QCOMPARE(pthread_create(&thread, &attributes, body, reinterpret_cast<void*>(f)), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + "1" + std::string(depth, ']');
}

/// Counts its living copies, so that a lost or doubled destructor shows.
struct Counted {
    Counted() { ++living; }
    explicit Counted(int n) : number(n) { ++living; }
    Counted(const Counted& other) : number(other.number) { ++living; }
    Counted(Counted&& other) noexcept : number(std::exchange(other.number, -1)) { ++living; }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&& other) noexcept
    {
        number = std::exchange(other.number, -1);
        return *this;
    }
    ~Counted() { --living; }
    bool operator==(const Counted&) const = default;

    int number = 0;
    static inline int living = 0;
};

}  // namespace

class TensorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Dtypes

    void dtypeNamesReadBack()
    {
        std::set<std::string_view> names;
        for (const DType dtype : allDTypes) {
            QCOMPARE(dtypeFromName(name(dtype)), std::optional(dtype));
            names.insert({name(dtype), messageName(dtype), cppName(dtype)});
            visit(dtype, [&](auto stored) {
                QCOMPARE(sizeof stored, itemSize(dtype));
                QCOMPARE(dtypeOf<decltype(stored)>(), dtype);
            });
        }
        QVERIFY(!dtypeFromName("float8"));
        QVERIFY(!dtypeFromName(""));
        QCOMPARE(messageName(DType::UInt8), std::string_view("Byte"));
        QCOMPARE(cppName(DType::Int64), std::string_view("long int"));
    }

    /// torch.promote_types of every pair; rows and columns in the order of allDTypes, values likewise.
    void promotionIsPyTorchs()
    {
        constexpr std::string_view table[] = {
            "0123456789", "1133456789", "2323456789", "3333456789", "4444456789",
            "5555556789", "6666666889", "7777778789", "8888888889", "9999999999"};
        for (std::size_t i = 0; i < std::size(allDTypes); ++i)
            for (std::size_t j = 0; j < std::size(allDTypes); ++j)
                QCOMPARE(int(promote(allDTypes[i], allDTypes[j])), table[i][j] - '0');
    }

    void categoriesOrderAsPromotionNeeds()
    {
        QVERIFY(category(DType::Bool) < category(DType::UInt8));
        QVERIFY(category(DType::Int64) < category(DType::Float16));
        for (const DType dtype : allDTypes)
            QCOMPARE(isFloating(dtype), category(dtype) == DTypeCategory::Floating);
    }

    // Halves

    void everyFloat16WidensExactly()
    {
        for (int bits = 0; bits < 0x10000; ++bits) {
            const float value = Float16::fromBits(std::uint16_t(bits));
            const int exponent = bits >> 10 & 31;
            const int fraction = bits & 1023;
            double expected = std::ldexp(exponent == 0 ? fraction : 1024 + fraction, std::max(exponent, 1) - 25);
            if (exponent == 31)
                expected = fraction ? std::nan("") : infinity;
            QCOMPARE(std::signbit(value), bits >= 0x8000);
            QVERIFY(std::isnan(expected) ? std::isnan(value) : std::abs(value) == expected);
            if (!std::isnan(expected))
                QCOMPARE(int(Float16(value).bits()), bits);
        }
    }

    void everyBFloat16WidensExactly()
    {
        for (int bits = 0; bits < 0x10000; ++bits) {
            const float value = BFloat16::fromBits(std::uint16_t(bits));
            QCOMPARE(std::bit_cast<std::uint32_t>(value), std::uint32_t(bits) << 16);
            if (std::isnan(value))
                QVERIFY(std::isnan(float(BFloat16(value))));
            else
                QCOMPARE(int(BFloat16(value).bits()), bits);
        }
    }

    void float16RoundsToNearestEven() { compareRounding<Float16>(10, -14, 65504); }
    void bfloat16RoundsToNearestEven() { compareRounding<BFloat16>(7, -126, 0x1.fep127); }

    // Shapes

    void contiguousStridesCountEmptyDimensionsAsOne()
    {
        QCOMPARE(contiguousStrides({2, 3, 4}), Strides({12, 4, 1}));
        QCOMPARE(contiguousStrides({2, 0, 3}), Strides({3, 3, 1}));
        QCOMPARE(contiguousStrides({}), Strides());
    }

    void shapesAreCheckedBeforeUse()
    {
        QVERIFY(!checked({}));
        QVERIFY(!checked({2, 0, std::int64_t(1) << 62}));
        QVERIFY(!checked(Shape(16, 1)));
        QCOMPARE(checked(Shape(17, 1))->message,
                 std::string("Chainrule supports tensors with at most 16 dimensions (got 17)"));
        QCOMPARE(checked({2, -3})->message,
                 std::string("Trying to create tensor with negative dimension -3: [2, -3]"));
        QCOMPARE(checked({std::int64_t(1) << 31, std::int64_t(1) << 31})->message,
                 std::string("Storage size calculation overflowed with sizes=[2147483648, 2147483648]"));
    }

    void sizesPrintAsPyTorchPrintsThem()
    {
        QCOMPARE(text(Shape{2, 3}), std::string("[2, 3]"));
        QCOMPARE(sizeText({}), std::string("torch.Size([])"));
        QCOMPARE(sizeText({4}), std::string("torch.Size([4])"));
    }

    void broadcastingTakesTheLargerSize()
    {
        QCOMPARE(*broadcast({3, 1}, {2}), Shape({3, 2}));
        QCOMPARE(*broadcast({}, {2, 3}), Shape({2, 3}));
        QCOMPARE(*broadcast({1, 0}, {5, 1, 1}), Shape({5, 1, 0}));
        QCOMPARE(broadcast({2, 3}, {2}).error().message,
                 std::string("The size of tensor a (3) must match the size of tensor b (2) at non-singleton "
                             "dimension 1"));
        QCOMPARE(broadcast({4, 2, 3}, {5, 3}).error().message,
                 std::string("The size of tensor a (2) must match the size of tensor b (5) at non-singleton "
                             "dimension 1"));
        QVERIFY(!broadcast({0}, {2}));
    }

    void dimsCountFromTheEndToo()
    {
        QCOMPARE(*wrappedDim(-1, 3), std::size_t(2));
        QCOMPARE(*wrappedDim(-1, 0), std::size_t(0));
        QCOMPARE(wrappedDim(2, 2).error().message,
                 std::string("Dimension out of range (expected to be in range of [-2, 1], but got 2)"));
        QCOMPARE(wrappedDim(1, 0).error().message,
                 std::string("Dimension out of range (expected to be in range of [-1, 0], but got 1)"));
        const std::int64_t twice[] = {0, -2};
        QCOMPARE(dimMask(twice, 2).error().message,
                 std::string("dim 0 appears multiple times in the list of dims"));
        const std::int64_t ends[] = {0, -1};
        QCOMPARE(reducedShape({2, 3, 4}, *dimMask(ends, 3), false), Shape({3}));
        QCOMPARE(reducedShape({2, 3, 4}, *dimMask(ends, 3), true), Shape({1, 3, 1}));
    }

    void viewStridesExistExactlyWhereAViewDoes()
    {
        const std::vector<Shape> shapes{{}, {1}, {6}, {2, 3}, {3, 4}, {2, 3, 4}, {1, 4}, {4, 1}, {2, 1, 3},
                                        {2, 2, 2, 2}, {1, 1, 4, 3}, {12, 1, 1}};
        const std::vector<std::int64_t> steps{0, 1, 2, 3, 4, 6, 8, 12};
        std::mt19937 random(5);
        int views = 0;
        int copies = 0;
        for (int trial = 0; trial < 3000; ++trial) {
            const Shape& from = shapes[random() % shapes.size()];
            Strides strides = contiguousStrides(from);
            for (std::size_t dim = 0; dim < from.size(); ++dim)
                if (random() % 3 == 0)
                    strides[dim] = steps[random() % steps.size()];
            const auto elements = offsets(from, strides);
            for (std::size_t rank = 0; rank <= 4; ++rank) {
                for (const Shape& to : factorisations(elementCount(from), rank)) {
                    const auto found = viewStrides(from, strides, to);
                    if (found)
                        QCOMPARE(offsets(to, *found), elements);
                    QCOMPARE(found.has_value(), hasView(elements, to));
                    ++(found ? views : copies);
                }
            }
        }
        QVERIFY(views > 1000 && copies > 1000);
    }

    void viewStridesOfSingleElementsArePyTorchs()
    {
        QCOMPARE(viewStrides({6}, {1}, {1, 6}), std::optional(Strides({6, 1})));
        QCOMPARE(viewStrides({3, 2}, {4, 1}, {3, 1, 2}), std::optional(Strides({4, 2, 1})));
        QCOMPARE(viewStrides({3, 2}, {4, 1}, {1, 3, 1, 2}), std::optional(Strides({12, 4, 2, 1})));
    }

    void viewsOfNothingAlwaysExist()
    {
        QCOMPARE(viewStrides({2, 0}, {7, 7}, {0, 5}), std::optional(Strides({5, 1})));
        QCOMPARE(viewStrides({2, 0}, {7, 7}, {2, 0}), std::optional(Strides({7, 7})));
    }

    // Tensors

    void elementsAreReachedThroughStrides()
    {
        const Tensor matrix = Tensor::vector({0, 1, 2, 3, 4, 5}).restrided({2, 3}, {3, 1});
        const Tensor transposed = matrix.restrided({3, 2}, {1, 3});
        QVERIFY(matrix.isContiguous());
        QVERIFY(!transposed.isContiguous());
        QCOMPARE(transposed.at(1), Scalar(3.));
        QCOMPARE(matrix.restrided({}, {}, 4).item(), Scalar(4.));
        QCOMPARE(Tensor::full({2, 2}, true, DType::Bool).at(3), Scalar(true));
        QCOMPARE(Tensor::number(std::int64_t(2)).withoutNumber().isNumber(), false);
    }

    void copiesShareAndMovesEmpty()
    {
        Tensor tensor = Tensor::vector({1, 2});
        const Tensor copy = tensor;
        QCOMPARE(copy.id(), tensor.id());
        const Tensor moved = std::move(tensor);
        QCOMPARE(moved.id(), copy.id());
        tensor = copy;
        QCOMPARE(tensor.bytes(), copy.bytes());
    }

    /// Also of elements that tensors hold themselves: a view has the number of what it views, what is computed a new one.
    void memoryHasANumber()
    {
        const Tensor vector = Tensor::vector({1, 2, 3});
        const Tensor element = vector.restrided({}, {}, 1);
        QCOMPARE(element.memory(), vector.memory());
        QCOMPARE(element.restrided({2, 2}, {0, 0}).memory(), vector.memory());
        const Tensor one = Tensor::element(1.f), other = Tensor::element(1.f);
        QVERIFY(one.id() == other.id());
        QVERIFY(one.memory() != other.memory());
        QVERIFY(one.memory() != Tensor::vector({1}).memory());
        const Tensor copy = one;
        QCOMPARE(copy.memory(), one.memory());
        QCOMPARE(Tensor::full({3}, 1.0, DType::Float64).restrided({}, {}).dtype(), DType::Float64);
        std::uint32_t elsewhere = 0;
        std::thread([&] { elsewhere = Tensor::element(1.f).memory(); }).join();
        QVERIFY(std::max(elsewhere, one.memory()) - std::min(elsewhere, one.memory()) > 1u << 20);
    }

    // Printing

    void textIsPyTorchs()
    {
        const std::string file = contents(places::golden("repr/cases.bin"));
        Reader reader(file);
        QVERIFY(reader.take(file.find('\n') + 1).starts_with("torch 2.13.0"));
        int cases = 0;
        for (; !reader.atEnd(); ++cases) {
            const auto dtype = allDTypes[reader.number<std::uint8_t>()];
            const bool requiresGrad = reader.number<std::uint8_t>() != 0;
            Shape shape(reader.number<std::uint8_t>());
            Strides strides(shape.size());
            const std::size_t nameLength = reader.number<std::uint8_t>();
            for (std::int64_t& size : shape)
                size = reader.number<std::int64_t>();
            for (std::int64_t& stride : strides)
                stride = reader.number<std::int64_t>();
            const auto byteCount = reader.number<std::uint32_t>();
            const auto textLength = reader.number<std::uint32_t>();
            const std::string_view gradFn = reader.take(nameLength);
            const Tensor tensor = viewOf(reader.take(byteCount), shape, strides, dtype);
            const std::string expected(reader.take(textLength));
            const std::string actual = repr(tensor, {requiresGrad, gradFn});
            QVERIFY2(actual == expected, described("case " + std::to_string(cases), actual, expected));
        }
        QCOMPARE(cases, 5000);
    }

    void numbersPrintAsPythonPrintsThem()
    {
        QCOMPARE(repr(Tensor::number(std::int64_t(2))), std::string("2"));
        QCOMPARE(repr(Tensor::number(2.)), std::string("2.0"));
        QCOMPARE(repr(Tensor::number(true)), std::string("True"));
        QCOMPARE(repr(Tensor::number(-infinity)), std::string("-inf"));
        QCOMPARE(repr(Tensor::number(1e-5)), std::string("1e-05"));
        QCOMPARE(repr(Tensor::scalar(true, DType::Bool)), std::string("tensor(True)"));
        QCOMPARE(repr(Tensor::scalar(2.5), {true}), std::string("tensor(2.5000, requires_grad=True)"));
    }

    void hugeTensorPrintsAtOnce()
    {
        const Tensor tensor = Tensor::full({1000000, 1000000, 1000000}, 2.5, DType::Float32);
        const auto start = std::chrono::steady_clock::now();
        QVERIFY(repr(tensor).starts_with("tensor([[[2.5000, 2.5000, 2.5000,  ..., 2.5000, 2.5000, 2.5000],\n"));
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
    }

    void sixteenDimensionsPrint()
    {
        const Shape ones(maxRank, 1);
        QCOMPARE(repr(Tensor::full(ones, std::int64_t(7), DType::Int64)),
                 "tensor(" + std::string(16, '[') + "7" + std::string(16, ']') + ")");
    }

    // Literals

    void literalsAreWhatTorchAndNumPyMakeOfThem()
    {
        const auto golden = nlohmann::json::parse(contents(places::golden("literals.json")));
        QVERIFY(golden["torch"].get<std::string>().starts_with("2.13.0"));
        int cases = 0;
        for (const auto& one : golden["cases"]) {
            const auto given = one["text"].get<std::string>();
            std::optional<DType> dtype;
            if (one["dtype"].is_string())
                dtype = dtypeFromName(one["dtype"].get<std::string>());
            const bool requiresGrad = one["requires_grad"];
            const std::string actual = one["function"] == "array"
                                           ? summary(arrayLiteral(given))
                                           : summary(tensorLiteral(given, dtype, requiresGrad), requiresGrad);
            std::string expected;
            if (one.contains("error")) {
                expected = one["error"].get<std::string>() + ": " + one["message"].get<std::string>();
            } else {
                expected = one["stored"].get<std::string>() + " "
                           + text(one["shape"].get<std::vector<std::int64_t>>()) + " "
                           + one["bytes"].get<std::string>() + " " + one["repr"].get<std::string>();
            }
            QVERIFY2(actual == expected, described(one.dump(), actual, expected));
            ++cases;
        }
        QVERIFY(cases > 1500);
    }

    void literalErrorsSayWhere_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<int>("offset");
        QTest::addRow("unclosed") << std::string("1, [2, [3]") << 3;
        QTest::addRow("mismatch") << std::string("[1, (2]") << 6;
        QTest::addRow("unmatched") << std::string("[1]]") << 3;
        QTest::addRow("two commas") << std::string("[1,, 2]") << 3;
        QTest::addRow("no comma") << std::string("[1, 2 3]") << 6;
        QTest::addRow("name") << std::string("[1, foo]") << 4;
        QTest::addRow("second argument") << std::string("[5, 6], [7, 8]") << 8;
        QTest::addRow("ragged") << std::string("[[1, 2], [3]]") << 9;
        QTest::addRow("number for list") << std::string("[[1], 2]") << 6;
        QTest::addRow("list for number") << std::string("[1, [2]]") << 4;
        QTest::addRow("overflow") << std::string("[1, 9223372036854775808]") << 4;
        QTest::addRow("negative overflow") << std::string("[1, -9223372036854775809]") << 5;
        QTest::addRow("none") << std::string("[[1, None]]") << 5;
        QTest::addRow("string") << std::string("[1, 'a']") << 4;
        QTest::addRow("digit") << std::string("[1, 0b12]") << 7;
        QTest::addRow("after a comment") << std::string("[1, # ü\n foo]") << 10;
    }

    void literalErrorsSayWhere()
    {
        QFETCH(std::string, text);
        QFETCH(int, offset);
        const auto result = tensorLiteral(text);
        QVERIFY(!result);
        QCOMPARE(result.error().offset, std::optional(std::size_t(offset)));
    }

    void whatIsNoLiteralIsRefused_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("expected");
        const auto refused = [](std::string_view what) {
            return "SyntaxError: only numbers, True, False, None, strings, lists and tuples can stand here, "
                   "not '" + std::string(what) + "'";
        };
        const std::string noComplex = "RuntimeError: complex tensors are not supported by Chainrule";
        QTest::addRow("sum") << std::string("1 + 2") << refused("+");
        QTest::addRow("power") << std::string("[2**63]") << refused("*");
        QTest::addRow("keyword") << std::string("[1], requires_grad=True") << refused("requires_grad=");
        QTest::addRow("set") << std::string("{1, 2}") << refused("{");
        QTest::addRow("bytes") << std::string("b'a'") << refused("b'");
        QTest::addRow("not") << std::string("not 1") << refused("not");
        QTest::addRow("if") << std::string("1 if 2 else 3") << refused("if");
        QTest::addRow("invert") << std::string("~1") << refused("~");
        QTest::addRow("ellipsis") << std::string("...") << refused("...");
        QTest::addRow("float itself") << std::string("[float]") << refused("float");
        QTest::addRow("later token error")
            << std::string("1 + 0x") << std::string("SyntaxError: invalid hexadecimal literal");
        QTest::addRow("index") << std::string("[[1, 2] [3, 4]]")
                               << std::string("SyntaxError: invalid syntax. Perhaps you forgot a comma?");
        QTest::addRow("imaginary") << std::string("1j") << noComplex;
        QTest::addRow("complex") << std::string("[1, 1 + 2.5e1J]") << noComplex;
        QTest::addRow("17 dimensions") << nested(17)
                                       << std::string("RuntimeError: Chainrule supports tensors with at most 16 "
                                                      "dimensions (got 17)");
    }

    void whatIsNoLiteralIsRefused()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, expected);
        QCOMPARE(summary(tensorLiteral(text)), expected);
        QCOMPARE(summary(arrayLiteral(text)), expected);
    }

    void oneNumberOfALiteralChangesAndTheRestKeepsItsSpelling_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<int>("element");
        QTest::addColumn<std::string>("expected");  // With its own value plus one there; empty: no number.
        const auto row = [](const char* label, const char* before, int element, const char* after) {
            QTest::addRow("%s", label) << std::string(before) << element << std::string(after);
        };
        row("alone", "3.", 0, "4.");
        row("decimals", " 2.50 ", 0, " 3.5 ");
        row("an int stays one", "[7, 8]", 1, "[7, 9]");
        row("in a matrix", "[[1, 2],\n [ 3.5 , 4]]  # c", 2, "[[1, 2],\n [ 4.5 , 4]]  # c");
        row("in a tuple", "(1, (2, 3))", 2, "(1, (2, 4))");
        row("sign", "[-3, 1]", 0, "[-2, 1]");
        row("sign and blank", "[- 3, 1]", 0, "[-2, 1]");
        row("two signs", "[--3, 1]", 0, "[4, 1]");
        row("negated bracket", "-(3)", 0, "-(2)");
        row("negated over a line", "-\n3", 0, "-\n2");
        row("sign in a comment", "[1, # -\n3]", 1, "[1, # -\n4]");
        row("exponent", "[1e-3, 2]", 0, "[1.001, 2]");
        row("signed exponent", "+2e+1", 0, "21.0");
        row("hexadecimal", "0x1E", 0, "31");
        row("underscore", "1_000", 0, "1001");
        row("leading point", "[.5]", 0, "[1.5]");
        row("two arguments", "[1, 2], 3", 1, "[1, 3], 3");
        row("behind the end", "[1, 2], 3", 2, "");
        row("negative", "[1]", -1, "");
        row("nothing", "", 0, "");
        row("word", "[True, 1]", 0, "");
        row("negated word", "-True", 0, "");
        row("nan", "nan", 0, "");
        row("float( )", "float(3)", 0, "");
        row("string", "'3'", 0, "");
        row("typo", "[1, 2", 0, "");
        row("huge", "18446744073709551616", 0, "");
    }

    void oneNumberOfALiteralChangesAndTheRestKeepsItsSpelling()
    {
        QFETCH(std::string, text);
        QFETCH(int, element);
        QFETCH(std::string, expected);
        const auto number = literalNumber(text, element);
        QCOMPARE(number.has_value(), !expected.empty());
        if (!number)
            return;
        const auto* whole = std::get_if<std::int64_t>(&number->value);
        const Scalar next = whole ? Scalar(*whole + 1) : Scalar(as<double>(number->value) + 1);
        const std::string after = withNumber(text, *number, next);
        QCOMPARE(after, expected);
        QCOMPARE(literalNumber(after, element)->value, next);
    }

    void aPythonNumberIsReadAsOne()
    {
        QCOMPARE(*numberLiteral(" -7 "), Scalar(std::int64_t(-7)));
        QCOMPARE(*numberLiteral("-9223372036854775808"), Scalar(std::numeric_limits<std::int64_t>::min()));
        QCOMPARE(*numberLiteral("18446744073709551615"), Scalar(std::numeric_limits<std::uint64_t>::max()));
        QCOMPARE(*numberLiteral("(2.5)"), Scalar(2.5));
        QCOMPARE(*numberLiteral("float('inf')"), Scalar(HUGE_VAL));
        QCOMPARE(*numberLiteral("True"), Scalar(true));
        const auto error = [](std::string_view text) { return numberLiteral(text).error(); };
        QCOMPARE(error("").kind, Error::Kind::TypeError);
        QCOMPARE(error("1, 2").kind, Error::Kind::TypeError);
        QCOMPARE(error(" [1]").kind, Error::Kind::TypeError);
        QCOMPARE(error(" [1]").offset, std::optional<std::size_t>(1));
        QCOMPARE(error("None").kind, Error::Kind::TypeError);
        QCOMPARE(error("18446744073709551616").message, std::string("int too big to convert"));
        QCOMPARE(error("-9223372036854775809").message, std::string("can't convert negative int to unsigned"));
        QCOMPARE(error("2 3").kind, Error::Kind::SyntaxError);
    }

    void aNumberThatIsNotFiniteIsSpelledAsPythonDoes()
    {
        const std::string text = "[1., 2]";
        QCOMPARE(withNumber(text, *literalNumber(text, 0), -HUGE_VAL), std::string("[float('-inf'), 2]"));
    }

    void requestedSizeNeedsNoMemoryBeforeItIsTrue()
    {
        // 1000 to the power of 40 elements, if one believes the first member of each list.
        std::string text;
        for (int level = 0; level < 40; ++level)
            text += "[";
        for (int level = 0; level < 40; ++level) {
            for (int i = 0; i < 999; ++i)
                text += "1, ";
            text += level == 39 ? "1]" : "1], ";
        }
        QCOMPARE(summary(tensorLiteral(text)).substr(0, 10), std::string("TypeError:"));
    }

    void deepLiteralsNeedLittleStack()
    {
        runOnSmallStack([] {
            QCOMPARE(summary(tensorLiteral(nested(199))),
                     std::string("ValueError: too many dimensions 'list'"));
            QCOMPARE(summary(tensorLiteral(nested(100000))),
                     std::string("SyntaxError: too many nested parentheses"));
            QVERIFY(!arrayLiteral(nested(199)));
            QVERIFY(!tensorLiteral(std::string(100000, '[')));
            QVERIFY(tensorLiteral(std::string(100000, '-') + "1"));
            QVERIFY(repr(*tensorLiteral(nested(16))).size() > 32);
        });
    }

    void millionNumbersAreReadQuickly()
    {
        std::string text = "[";
        for (int i = 0; i < 1000; ++i) {
            text += "[";
            for (int j = 0; j < 1000; ++j)
                text += std::to_string(i) + "." + std::to_string(j) + ", ";
            text += "],\n";
        }
        text += "]";
        const auto start = std::chrono::steady_clock::now();
        const auto tensor = tensorLiteral(text);
        const auto spent = std::chrono::steady_clock::now() - start;
        QVERIFY(tensor);
        QCOMPARE(tensor->shape(), Shape({1000, 1000}));
        QVERIFY(spent < std::chrono::seconds(5));  // A tenth of a second, but for debug on a busy machine.
    }

    // InlineVector

    void inlineVectorGrowsBeyondItself()
    {
        InlineVector<std::string, 2> names{"a", "b"};
        names.push_back(names[0]);  // Moves while it refers to an element.
        names.emplace_back(3, 'd');
        QCOMPARE(names, (InlineVector<std::string, 2>{"a", "b", "a", "ddd"}));
        names.insert(names.begin() + 1, "x");
        names.erase(names.begin());
        QCOMPARE(names, (InlineVector<std::string, 2>{"x", "b", "a", "ddd"}));
        names.resize(1);
        QCOMPARE(names.back(), std::string("x"));
    }

    void inlineVectorInsertsItsOwnElements()
    {
        InlineVector<std::string, 2> names{"a", "b"};
        names.insert(names.begin(), names.back());
        QCOMPARE(names, (InlineVector<std::string, 2>{"b", "a", "b"}));
        names.resize(5, names[1]);
        QCOMPARE(names, (InlineVector<std::string, 2>{"b", "a", "b", "a", "a"}));
    }

    void inlineVectorKeepsCountOfItsElements()
    {
        for (const int count : {0, 1, 2, 3, 9}) {
            {
                InlineVector<Counted, 2> vector;
                for (int i = 0; i < count; ++i)
                    vector.emplace_back(i);
                InlineVector<Counted, 2> copy = vector;
                InlineVector<Counted, 2> moved = std::move(vector);
                QCOMPARE(vector.size(), std::size_t(0));
                QCOMPARE(moved, copy);
                QCOMPARE(Counted::living, 2 * count);
                vector = moved;
                moved = std::move(copy);
                QCOMPARE(vector, moved);
                copy = InlineVector<Counted, 2>{Counted(4), Counted(5), Counted(6)};
                std::swap(copy, moved);
                QCOMPARE(copy, vector);
                QCOMPARE(moved.size(), std::size_t(3));
                moved.clear();
                if (count > 0)
                    copy.erase(copy.begin());
                QCOMPARE(Counted::living, count + std::max(count - 1, 0));
            }
            QCOMPARE(Counted::living, 0);
        }
    }

    void inlineVectorOrdersLexicographically()
    {
        using Ints = InlineVector<int, 2>;
        QVERIFY((Ints{1, 2, 3} < Ints{1, 3}));
        QVERIFY((Ints{1} < Ints{1, 0}));
        QVERIFY((Ints{} == Ints{}));
        QVERIFY((Ints{1} != Ints{1, 1}));
    }
};

QTEST_GUILESS_MAIN(TensorTest)
#include "tst_tensor.moc"

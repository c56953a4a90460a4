// SPDX-License-Identifier: GPL-3.0-or-later
// The pictures of how contributions come to be: what their parts give when they are put together by hand is what was sent.
#include "engine/autograd/broadcasting.h"
#include "engine/autograd/vjp_card.h"
#include "engine/tensor/kernels/elementwise.h"
#include "tests/theatre_graph.h"

#include <cmath>
#include <map>
#include <set>

Q_DECLARE_METATYPE(const chainrule::Op*)
Q_DECLARE_METATYPE(chainrule::DType)

using namespace chainrule;

namespace {

using Joint = CardPart::Joint;
using Role = CardPart::Role;

/// Numbers with a shape, and the plainest arithmetic on them.
struct Array {
    std::vector<std::int64_t> shape;
    std::vector<double> elements;

    Array() = default;
    Array(std::vector<std::int64_t> sizes, std::vector<double> numbers) : shape(std::move(sizes)), elements(std::move(numbers)) {}
    explicit Array(const Tensor& tensor) : shape(tensor.shape().begin(), tensor.shape().end())
    {
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            elements.push_back(as<double>(tensor.at(i)));
    }

    using Index = std::vector<std::int64_t>;
    Index index(std::size_t number) const
    {
        Index result(shape.size());
        for (std::size_t d = shape.size(); d-- > 0; number /= std::size_t(shape[d]))
            result[d] = std::int64_t(number % std::size_t(shape[d]));
        return result;
    }
    /// The element there as if it were broadcast: dims count from the end.
    double at(const Index& place) const
    {
        std::size_t number = 0;
        for (std::size_t d = 0; d < shape.size(); ++d)
            number = number * std::size_t(shape[d])
                     + std::size_t(shape[d] == 1 ? 0 : place[place.size() - shape.size() + d]);
        return elements[number];
    }
};

template <typename F>
Array together(const Array& a, const Array& b, F f)
{
    Array result{std::vector<std::int64_t>(std::max(a.shape.size(), b.shape.size()), 1), {}};
    std::size_t size = 1;
    for (std::size_t d = 0; d < result.shape.size(); ++d) {
        const auto of = [&](const Array& x) {
            const std::size_t missing = result.shape.size() - x.shape.size();
            return d < missing ? 1 : x.shape[d - missing];
        };
        result.shape[d] = of(a) == 1 ? of(b) : of(a);
        size *= std::size_t(result.shape[d]);
    }
    for (std::size_t i = 0; i < size; ++i) {
        const auto place = result.index(i);
        result.elements.push_back(f(a.at(place), b.at(place)));
    }
    return result;
}

Array matrixProduct(const Array& a, const Array& b)
{
    const std::int64_t n = a.shape[a.shape.size() - 2], k = a.shape.back(), m = b.shape.back();
    Array leadingA{{a.shape.begin(), a.shape.end() - 2}, {}}, leadingB{{b.shape.begin(), b.shape.end() - 2}, {}};
    for (Array* const leading : {&leadingA, &leadingB}) {
        std::int64_t size = 1;
        for (const std::int64_t d : leading->shape)
            size *= d;
        leading->elements.assign(std::size_t(size), 0);
    }
    Array result = together(leadingA, leadingB, [](double, double) { return 0.0; });
    const std::size_t matrices = result.elements.size();
    const auto leadingOf = [&](std::size_t matrix) { return result.index(matrix); };
    std::vector<double> elements;
    for (std::size_t matrix = 0; matrix < matrices; ++matrix)
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < m; ++j) {
                double sum = 0;
                for (std::int64_t l = 0; l < k; ++l) {
                    auto left = leadingOf(matrix), right = left;
                    left.insert(left.end(), {i, l});
                    right.insert(right.end(), {l, j});
                    sum += a.at(left) * b.at(right);
                }
                elements.push_back(sum);
            }
    result.shape.insert(result.shape.end(), {n, m});
    result.elements = std::move(elements);
    return result;
}

Array summed(const Array& x, const std::vector<std::int64_t>& dims)
{
    std::vector<std::int64_t> left;
    std::set<std::int64_t> gone(dims.begin(), dims.end());
    std::map<Array::Index, double> sums;
    for (std::size_t i = 0; i < x.elements.size(); ++i) {
        Array::Index kept;
        const auto place = x.index(i);
        for (std::size_t d = 0; d < place.size(); ++d)
            if (!gone.contains(std::int64_t(d)))
                kept.push_back(place[d]);
        sums[kept] += x.elements[i];
    }
    Array result;
    for (const auto& [place, sum] : sums)
        result.elements.push_back(sum);
    return result;
}

/// What is wrong with `got`; empty: nothing. A product of 0 and an infinity may be 0, as rules that mask say.
std::string difference(const Array& got, const Array& wanted, double tolerance)
{
    if (got.elements.size() != wanted.elements.size())
        return std::to_string(got.elements.size()) + " elements instead of " + std::to_string(wanted.elements.size());
    double largest = 0;
    for (const double element : wanted.elements)
        largest = std::max(largest, std::isfinite(element) ? std::abs(element) : 0.0);
    for (std::size_t i = 0; i < got.elements.size(); ++i) {
        const double a = got.elements[i], b = wanted.elements[i];
        if (a == b || (std::isnan(a) && (std::isnan(b) || b == 0)) || std::abs(a - b) <= tolerance * std::max(largest, 1e-3))
            continue;
        return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(b);
    }
    return {};
}

/// Puts the parts of a card together; what is wrong with them.
std::string wrongWith(const VjpCard& card, double tolerance)
{
    Array now, all;
    for (const CardPart& part : card.parts) {
        const Array next(part.tensor);
        std::string wrong;
        switch (part.joint) {
        case Joint::Beside:
            now = next;
            all.elements.insert(all.elements.end(), next.elements.begin(), next.elements.end());
            break;
        case Joint::Times: now = together(now, next, std::multiplies<>()); break;
        case Joint::Minus: now = together(now, next, std::minus<>()); break;
        case Joint::MatrixTimes: now = matrixProduct(now, next); break;
        case Joint::Equals: wrong = difference(now, next, tolerance); break;
        case Joint::SummedOver:
            if (now.elements.empty())
                wrong = std::ranges::all_of(next.elements, [](double sum) { return sum == 0; }) ? "" : "a sum of nothing";
            else
                wrong = difference(summed(now, part.dims), next, tolerance);
            break;
        case Joint::RepeatedOver:
            for (std::size_t i = 0; i < next.elements.size() && wrong.empty(); ++i) {
                Array::Index place;
                const auto full = next.index(i);
                const bool keeps = now.shape.size() == full.size();
                for (std::size_t d = 0; d < full.size(); ++d)
                    if (keeps || std::ranges::find(part.dims, std::int64_t(d)) == part.dims.end())
                        place.push_back(full[d]);
                if (now.at(place) != next.elements[i])
                    wrong = "repeated wrongly";
            }
            now = next;
            break;
        case Joint::Moved:
            for (std::size_t i = 0; i < next.elements.size() && wrong.empty(); ++i)
                if (const auto from = card.origins[i];
                    next.elements[i] != (from < 0 ? 0 : all.elements[std::size_t(from)]))
                    wrong = "moved wrongly";
            break;
        case Joint::Becomes: break;
        }
        if (!wrong.empty())
            return wrong;
    }
    return {};
}

/// Upstream gradients with numbers that look random.
Upstream someUpstream(std::span<const Tensor> ys)
{
    Upstream upstream;
    unsigned next = 7;
    for (const Tensor& y : ys) {
        upstream.emplace_back();
        if (!isFloating(y.dtype()))
            continue;
        std::vector<double> numbers;
        for (std::int64_t i = 0; i < y.size(); ++i)
            numbers.push_back(double((next = next * 1103515245 + 12345) >> 16 & 0x7fff) / 8192 - 1.7);
        upstream.back() = tensorOf(numbers, y.shape(), y.dtype());
    }
    return upstream;
}

bool isFloatingTensor(const Tensor& tensor) { return isFloatingOperand(tensor) && !tensor.isNumber(); }

/// The call of a sample, with its floating inputs in that dtype. Absent: it is not taken.
std::optional<OperationUse> useOf(const Op& op, const Sample& sample, DType dtype)
{
    OperationUse use{&op, {}, sample.inputs};
    for (Tensor& input : use.inputs)
        if (isFloatingTensor(input))
            input = kernel::cast(input, dtype);
    InlineVector<bool, 4> isGiven;
    for (const Parameter& parameter : op.parameters)
        if (parameter.isTensor())
            isGiven.push_back(parameter.kind == Parameter::Kind::TensorList
                              || (isGiven.size() < sample.inputs.size() && !sample.inputs[isGiven.size()].isNone()));
    auto attributes = completed(op, {isGiven.data(), isGiven.size()}, sample.attributes);
    if (!attributes)
        return std::nullopt;
    use.attributes = *std::move(attributes);
    return use;
}

}  // namespace

class PicturesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyRecordSaysHowItsGradientsAreDrawn();
    void partsOfEveryOperationGiveWhatIsSent_data();
    void partsOfEveryOperationGiveWhatIsSent();
    void cardsSpeakInNamesOfTheGraph_data();
    void cardsSpeakInNamesOfTheGraph();
    void broadcastingIsFoundWhereElementsMeet_data();
    void broadcastingIsFoundWhereElementsMeet();
};

void PicturesTest::everyRecordSaysHowItsGradientsAreDrawn()
{
    for (const Op& op : allOps()) {
        const std::string name(op.name);
        QVERIFY2(op.pictures.size() == (op.vjp ? op.tensorParameterCount() : 0), name.c_str());
        for (std::size_t i = 0; i < op.pictures.size(); ++i) {
            const GradientPicture& picture = op.pictures[i];
            if (!op.tensorParameter(i)->differentiable)
                QVERIFY2(picture.kind == Picture::Nothing, name.c_str());
            const bool isMultiplied = picture.kind == Picture::Elementwise || picture.kind == Picture::Mask
                                      || picture.kind == Picture::DiagonalMinusOuter;
            QVERIFY2(!isMultiplied || !picture.local.empty(), name.c_str());
            bool usesUpstream = false;
            for (const auto& factor : picture.factors) {
                usesUpstream |= !factor.input;
                QVERIFY2(!factor.input || *factor.input < op.pictures.size(), name.c_str());
            }
            QVERIFY2(usesUpstream, name.c_str());
        }
    }
}

void PicturesTest::partsOfEveryOperationGiveWhatIsSent_data()
{
    QTest::addColumn<const Op*>("op");
    QTest::addColumn<std::size_t>("sample");
    QTest::addColumn<DType>("dtype");
    for (const Op& op : allOps())
        for (std::size_t i = 0; op.vjp && i < op.samples.size(); ++i)
            for (const DType dtype : {DType::Float64, DType::Float32})
                QTest::newRow((std::string(op.name) + ":" + std::string(op.samples[i].label) + ":"
                               + std::string(name(dtype))).c_str())
                    << &op << i << dtype;
}

void PicturesTest::partsOfEveryOperationGiveWhatIsSent()
{
    QFETCH(const Op*, op);
    QFETCH(std::size_t, sample);
    QFETCH(DType, dtype);
    const auto called = useOf(*op, op->samples[sample], dtype);
    QVERIFY(called);
    const OperationUse& use = *called;
    const auto outputs = use.outputs();
    if (!outputs)
        return;  // Not in this dtype.
    const std::vector<Tensor> ys(outputs->begin(), outputs->end());
    const Upstream upstream = someUpstream(ys);
    for (std::size_t i = 0; i < use.inputs.size(); ++i) {
        if (!isFloatingTensor(use.inputs[i]) || !parameterOf(*op, i).parameter->differentiable)
            continue;
        const auto sent = use.sentBack(ys, upstream, i);
        if (!sent || std::ranges::none_of(upstream, [](const auto& dy) { return dy.has_value(); }))
            continue;
        const VjpCard card = vjpCard(use, ys, upstream, i, *sent, {});
        const std::string wrong = wrongWith(card, ys[0].dtype() == DType::Float64 && dtype == DType::Float64 ? 1e-12 : 1e-5);
        QVERIFY2(wrong.empty(), ("dx" + std::to_string(i) + ": " + wrong).c_str());
        QVERIFY(!card.rule.empty() && !card.formula.empty());
        QVERIFY(card.parts.back().role == Role::Sent);
        QCOMPARE(difference(Array(card.parts.back().tensor), Array(*sent), 0), std::string());
        const GradientPicture& declared = op->picture(i);
        if (sent->size() > 0)
            QVERIFY2(card.picture == declared.kind, ("dx" + std::to_string(i) + ": the picture is another one").c_str());
        if (declared.kind == Picture::Mask)
            for (const CardPart& part : card.parts)
                if (part.role == Role::Local)
                    for (const double share : Array(part.tensor).elements)
                        QVERIFY(share == 0 || share == 0.5 || share == 1 || std::isnan(share));
        const bool moves = declared.kind == Picture::Rearranged || declared.kind == Picture::Scattered
                           || declared.kind == Picture::Cut || declared.kind == Picture::Joined;
        QCOMPARE(card.origins.size(), moves ? std::size_t(sent->size()) : std::size_t(0));
    }
}

void PicturesTest::cardsSpeakInNamesOfTheGraph_data()
{
    QTest::addColumn<std::string>("op");
    QTest::addColumn<std::string>("inputs");
    QTest::addColumn<std::string>("receiver");
    QTest::addColumn<std::string>("rule");
    const auto row = [](const char* op, const char* inputs, const char* receiver, const char* rule) {
        QTest::newRow((std::string(op) + " to " + receiver).c_str())
            << std::string(op) << std::string(inputs) << std::string(receiver) << std::string(rule);
    };
    row("sigmoid", R"("a")", "a", "∂L/∂a += ∂L/∂y · y · (1 − y)");
    row("tanh", R"("a")", "a", "∂L/∂a += ∂L/∂y · (1 − y²)");
    row("mul", R"("a", "b")", "a", "∂L/∂a += ∂L/∂y · b");
    row("mul", R"("a", "b")", "b", "∂L/∂b += sum of ∂L/∂y · a over dim 0");
    row("add", R"("a", "b")", "b", "∂L/∂b += sum of ∂L/∂y · alpha over dim 0");
    row("relu", R"("a")", "a", "∂L/∂a += ∂L/∂y where y > 0");
    row("matmul", R"("a", "b")", "a", "∂L/∂a += ∂L/∂y · bᵀ");
    row("matmul", R"("a", "b")", "b", "∂L/∂b += aᵀ · ∂L/∂y");
    row("softmax", R"("a")", "a", "∂L/∂a += (diag(y) − y · yᵀ) · ∂L/∂y along dim 0");
    row("sum", R"("a")", "a", "∂L/∂a += ∂L/∂y, repeated");
    row("mean", R"("a")", "a", "∂L/∂a += ∂L/∂y · (1 / n)");
    row("stack", R"(["a", "a"])", "a", "∂L/∂a += ∂L/∂y[…, i, …]");
    row("where", R"("m", "a", "b")", "a", "∂L/∂a += ∂L/∂y where m");
    row("where", R"("m", "a", "b")", "b", "∂L/∂b += sum of ∂L/∂y where not m over dim 0");
    row("clamp", R"("a", "b")", "b", "∂L/∂b += sum of ∂L/∂y where a < b < max over dim 0");
}

void PicturesTest::cardsSpeakInNamesOfTheGraph()
{
    QFETCH(std::string, op);
    QFETCH(std::string, inputs);
    QFETCH(std::string, receiver);
    QFETCH(std::string, rule);
    const std::string attributes = op == "softmax" || op == "stack" ? "\"dim\": 0" : "";
    const Moment moment = TheatreGraph().leaf("a", "[[1, 2, 3], [-4, 5, 6]]").leaf("b", "[0.5, -1, 2]")
                              .constant("m", "[True, False, True]", "bool")
                              .node("y", op, inputs, attributes).node("s", "sum", R"("y")")
                              .backward(R"({"roots": ["s"]})").end();
    const auto arrived = moment.arrived(moment.evaluation().value(outputOf(moment, receiver)).place());
    QVERIFY(!arrived.empty());
    const auto card = vjpCard(moment.evaluation(), moment.run().events[arrived[0]]);
    QVERIFY(card);
    QCOMPARE(QString::fromStdString(card->rule), QString::fromStdString(rule));
    if (op == "where")
        QCOMPARE(card->formula, std::string("y = a where m, else b"));
    QCOMPARE(wrongWith(*card, 1e-12), std::string());
    QVERIFY(card->parts.back().tensor.id() == moment.run().events[arrived[0]].contribution.id() || op == "matmul");
}

void PicturesTest::broadcastingIsFoundWhereElementsMeet_data()
{
    QTest::addColumn<std::string>("op");
    QTest::addColumn<std::string>("a");
    QTest::addColumn<std::string>("b");
    QTest::addColumn<std::string>("found");
    const auto row = [](const char* op, const char* a, const char* b, const char* found) {
        QTest::newRow((std::string(op) + a + b).c_str()) << std::string(op) << std::string(a) << std::string(b) << std::string(found);
    };
    const char* const column = "[[1], [2], [3]]";
    const char* const vector = "[1, 2, 3]";
    const char* const matrix = "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]";
    row("add", matrix, vector, "1: [3] to [3, 3] over 0;");
    row("mul", column, matrix, "0: [3, 1] to [3, 3] over 1;");
    row("add", matrix, matrix, "");
    row("add", column, vector, "0: [3, 1] to [3, 3] over 1; 1: [3] to [3, 3] over 0; accident 0 1 of 3");
    row("mse_loss", vector, column, "0: [3] to [3, 3] over 0; 1: [3, 1] to [3, 3] over 1; accident 1 0 of 3");
    row("mse_loss", matrix, matrix, "");
    row("lt", column, vector, "0: [3, 1] to [3, 3] over 1; 1: [3] to [3, 3] over 0; accident 0 1 of 3");
    row("add", column, "[1, 2]", "0: [3, 1] to [3, 2] over 1; 1: [2] to [3, 2] over 0;");
    row("matmul", column, "[[1, 2, 3]]", "");
    row("matmul", matrix, vector, "");
    row("cross_entropy", column, "[0, 0, 0]", "");
}

void PicturesTest::broadcastingIsFoundWhereElementsMeet()
{
    QFETCH(std::string, op);
    QFETCH(std::string, a);
    QFETCH(std::string, b);
    QFETCH(std::string, found);
    const Moment moment = TheatreGraph().constant("a", a).constant("b", b, op == "cross_entropy" ? "int64" : "float64")
                              .node("y", op, R"("a", "b")").end();
    const Broadcasting broadcasting = broadcastingOf(moment.evaluation(), outputOf(moment, "y").node);
    std::string words;
    for (const BroadcastInput& input : broadcasting.inputs) {
        words += (words.empty() ? "" : " ") + std::to_string(input.input) + ": " + text(input.tensor.shape()) + " to " + text(input.to) + " over";
        for (const std::int64_t dim : input.dims)
            words += " " + std::to_string(dim);
        words += ";";
    }
    if (const auto& accident = broadcasting.accident)
        words += " accident " + std::to_string(accident->column) + " " + std::to_string(accident->vector) + " of "
                 + std::to_string(accident->size);
    QCOMPARE(QString::fromStdString(words), QString::fromStdString(found));
}

QTEST_APPLESS_MAIN(PicturesTest)
#include "tst_pictures.moc"

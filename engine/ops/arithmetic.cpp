// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/moves.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape", .acceptsNumber = true};
const Parameter other{
    .name = "other", .kind = Kind::Tensor, .help = "broadcasts with input", .acceptsNumber = true};
const Parameter alpha{.name = "alpha", .kind = Kind::Number, .help = "factor of other", .fallback = std::int64_t(1)};

DType promoted(const Call<Tensor>& call)
{
    const TensorType types[] = {call.x(0).type(), call.x(1).type()};
    return promotedDType(types);
}

bool isNumberFirst(const Call<Value>& call)
{
    return call.x(0).tensor().isNumber() && !call.x(1).tensor().isNumber();
}

/// `2 - x`, which Python hands to the tensor; with an alpha it is torch.sub(2, x, alpha=…).
bool isTurnedRound(const Call<Value>& call)
{
    return isNumberFirst(call) && python(call.attributes.find("alpha")->second) == "1";
}

enum class Sign { Plus, Minus };

/// Sums and differences; PyTorch takes the latter for sums with -alpha.
Result<Types> inferSum(const Call<TensorType>& call, Sign sign)
{
    auto types = promotedBroadcast(call);
    if (!types)
        return types;
    const Attribute& factor = call.attributes.find("alpha")->second;
    const DType dtype = types->front().dtype;
    if (refusedUnsigned(call.inputs))
        return notImplemented("\"add_stub\" not implemented for 'UInt64'");
    if (std::holds_alternative<bool>(factor) && dtype != DType::Bool)
        return runtimeError("Boolean alpha only supported for Boolean results.");
    if (std::holds_alternative<double>(factor) && !isFloating(dtype))
        return runtimeError("For integral input tensors, argument alpha must not be a floating point number.");
    const Scalar scalar = scalarOf(factor);
    const bool isWhole = !std::holds_alternative<bool>(scalar) && !std::holds_alternative<double>(scalar);
    const bool isNegated = isWhole && sign == Sign::Minus;
    const auto bits = isNegated ? std::visit([](auto number) { return std::uint64_t(number); }, scalar) : 0;
    if (const auto refusal = refusedNumber(isNegated ? Scalar(std::int64_t(0 - bits)) : scalar, dtype))
        return *refusal;
    return types;
}

/// PyTorch adds -alpha times, as an int64 that wraps: what alpha must be for that.
Scalar negatable(const Scalar& factor)
{
    const auto* const whole = std::get_if<std::uint64_t>(&factor);
    return whole && *whole > std::uint64_t(1) << 63 ? Scalar(std::int64_t(*whole)) : factor;
}

/// PyTorch multiplies with alpha on the way back only after it has seen that it is not 1, as an int64.
Failure refusedAlphaVjp(const VjpCall& call)
{
    const Scalar factor = scalarOf(call.attributes.find("alpha")->second);
    return call.needs(1) && std::holds_alternative<std::uint64_t>(factor) ? refusedNumber(factor, DType::Int64) : std::nullopt;
}

Result<Types> inferProduct(const Call<TensorType>& call)
{
    if (auto refusal = refusedUnsigned(call.inputs))
        return *std::move(refusal);
    return promotedBroadcast(call);
}

Result<Types> inferDifference(const Call<TensorType>& call)
{
    const bool isLeftBool = call.x(0).dtype == DType::Bool;
    const bool isRightBool = call.x(1).dtype == DType::Bool;
    if (isLeftBool && isRightBool)
        return runtimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                            "`logical_xor()` operator instead.");
    if (isLeftBool || isRightBool)
        return runtimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
                            "to invert a mask, use the `~` or `logical_not()` operator instead.");
    return inferSum(call, Sign::Minus);
}

Result<Types> inferQuotient(const Call<TensorType>& call)
{
    auto types = promotedBroadcast(call);
    if (!types)
        return types;
    if (call.isNone("rounding_mode")) {
        types->front().dtype = floatingFor(types->front().dtype);
        return types;
    }
    const auto& mode = call.attribute<std::string>("rounding_mode");
    if (mode != "floor" && mode != "trunc")
        return runtimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" + mode
                            + "'");
    if (types->front().dtype == DType::Bool)
        return notImplementedFor(mode == "floor" ? "div_floor_cpu" : "div_trunc_cpu", DType::Bool);
    return types;
}

Result<Tensors> forwardQuotient(const Call<Tensor>& call)
{
    const DType dtype = promoted(call);
    if (call.isNone("rounding_mode"))
        return Tensors{kernel::div(call.x(0), call.x(1), floatingFor(dtype))};
    const auto rounding = call.attribute<std::string>("rounding_mode") == "floor" ? kernel::Rounding::Floor
                                                                                    : kernel::Rounding::Trunc;
    auto quotient = kernel::div(call.x(0), call.x(1), rounding, dtype);
    if (!quotient)
        return quotient.error();
    return Tensors{*std::move(quotient)};
}

Gradients quotientVjp(const VjpCall& call)
{
    if (!call.isNone("rounding_mode"))
        return {zerosLike(call.dy()), zerosLike(call.dy())};
    Gradients gradients(2);
    if (call.needs(1) && isNumberFirst(call)) {  // PyTorch's x.reciprocal() * number.
        const Value inverse = reciprocal(call.x(1));
        const Value slope = call.dy() * call.x(0);
        const Value square = inverse * inverse;
        gradients[1] = -slope * square;
    } else if (call.needs(1)) {
        const Value slope = (call.x(0) / call.x(1)) / call.x(1);
        gradients[1] = -call.dy() * slope;
    }
    if (call.needs(0))
        gradients[0] = call.dy() / call.x(1);
    return gradients;
}

Result<Types> inferPower(const Call<TensorType>& call)
{
    if (call.x(0).isNumber && call.x(1).isNumber)
        return noOverload("pow", call);
    if (call.x(1).isUnsigned && !isFloating(call.x(0).dtype))  // Before it promotes, PyTorch looks whether it is negative.
        return *refusedNumber(std::numeric_limits<std::uint64_t>::max(), DType::Int64);
    auto types = promotedBroadcast(call);
    if (types && types->front().dtype == DType::Bool && !call.x(1).isNumber)  // To True or False it is no power.
        return notImplementedFor("pow", DType::Bool);
    return types;
}

Result<Tensors> forwardPower(const Call<Tensor>& call)
{
    const DType dtype = promoted(call);
    const Tensor& exponent = call.x(1);
    if (exponent.isNumber() && !isFloating(dtype) && as<std::int64_t>(exponent.item()) < 0)
        return runtimeError("Integers to negative integer powers are not allowed.");
    if (exponent.isNumber() && dtype != DType::Float32)  // Of float32 PyTorch takes the exponent as a double.
        if (const auto refusal = refusedNumber(exponent.item(), dtype))
            return *refusal;
    if (dtype == DType::Bool)
        return Tensors{as<bool>(exponent.item()) ? call.x(0)
                                                  : kernel::contiguous(Tensor::full(call.x(0).shape(), true, dtype))};
    return Tensors{kernel::pow(call.x(0), exponent, dtype)};
}

/// Of an int beyond int64 PyTorch takes it of the negative number that has the same bits.
double logarithmOf(const Tensor& number)
{
    return std::log(number.isUnsigned() ? double(as<std::int64_t>(number.item())) : as<double>(number.item()));
}

Gradients powerVjp(const VjpCall& call)
{
    const Value& x = call.x(0);
    const Value& exponent = call.x(1);
    Gradients gradients(2);
    if (call.needs(1)) {
        const bool isNumber = x.tensor().isNumber();
        const Value slope = isNumber ? scaled(call.y(), logarithmOf(x.tensor())) : call.y() * log(to(x, call.y().tensor().dtype()));
        const bool isFlat = !isNumber || as<double>(x.tensor().item()) == 0;  // Somewhere, perhaps.
        gradients[1] = call.dy() * (isFlat ? where(equal(x, 0.0) * (exponent >= 0.0), 0.0, slope) : slope);
    }
    if (call.needs(0) && exponent.tensor().isNumber()) {
        const double e = as<double>(exponent.tensor().item());
        const bool isZero = e == 0 && exponent.tensor().dtype() != DType::Bool;  // False is not 0 for PyTorch here.
        gradients[0] = isZero ? zerosLike(x) : call.dy() * scaled(pow(x, e - 1), e);
    } else if (call.needs(0)) {
        const Value less = isFloating(exponent.tensor().dtype()) ? minus(exponent, 1) : exponent - Tensor::number(Scalar(std::int64_t(1)));
        const Value slope = call.dy() * (exponent * pow(x, less));
        gradients[0] = where(equal(exponent, 0.0), 0.0, slope);
    }
    return gradients;
}

/// The rule takes the logarithm of the base, which PyTorch cannot of a bool (an internal assert of its own fails), and
/// subtracts 1 from the exponent.
Failure refusedPowerVjp(const VjpCall& call)
{
    const Tensor& base = call.x(0).tensor();
    if (call.needs(1) && base.isNumber() && base.dtype() == DType::Bool)
        return runtimeError("pow: the gradient for the exponent of a Python bool is not supported; use 1 or 0 in its place");
    const Tensor& exponent = call.x(1).tensor();
    if (!call.needs(0) || exponent.isNumber() || exponent.dtype() != DType::Bool)
        return std::nullopt;
    return runtimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                        "invert a mask, use the `~` or `logical_not()` operator instead.");
}

std::string_view powerGradFn(const Call<Value>& call, const Tensor&)
{
    if (call.x(1).tensor().isNumber())
        return "PowBackward0";
    return call.x(0).tensor().isNumber() ? "PowBackward2" : "PowBackward1";
}

/// Of maximum, and of minimum with the operands' order reversed: all of dy where `x` won, half at a tie.
Value shareOfWinner(const Value& dy, const Value& x, const Value& rival, bool largerWins)
{
    const Value share = where(equal(x, rival), dividedBy(dy, 2), dy);
    return maskedFill(share, largerWins ? x < rival : x > rival, 0.0);
}

template <bool largerWins>
Gradients extremumVjp(const VjpCall& call)
{
    Gradients gradients(2);
    if (call.needs(1))
        gradients[1] = shareOfWinner(call.dy(), call.x(1), call.x(0), largerWins);
    if (call.needs(0))
        gradients[0] = shareOfWinner(call.dy(), call.x(0), call.x(1), largerWins);
    return gradients;
}

Parameter tensorOnly(Parameter parameter)
{
    parameter.acceptsNumber = false;
    return parameter;
}

/// What every binary operation has to get right: broadcasting both ways, numbers, promotion, nothing, ties.
std::vector<Sample> binarySamples()
{
    using namespace sample;
    return {{.label = "vectors", .inputs = {values({4}), values({4}, 1)}},
            {.label = "scalars", .inputs = {scalar(3), scalar(-1.5)}},
            {.label = "rows", .inputs = {values({2, 3}), values({3}, 1)}},
            {.label = "columns", .inputs = {values({1, 3}), values({2, 1}, 1)}},
            {.label = "scalar_and_cube", .inputs = {scalar(2.5), values({2, 1, 3})}},
            {.label = "permuted", .inputs = {transposed(values({3, 2})), transposed(values({3, 2}, 1))}},
            {.label = "empty", .inputs = {values({2, 0}), values({1, 1}, 1)}},
            {.label = "mixed_dtypes", .inputs = {values({2, 3}), integers({3}, 1, 5)}},
            {.label = "integers", .inputs = {integers({2, 3}, -4, 5), integers({3}, 1, 5)}},
            {.label = "twice", .inputs = {vector({1, 2, 2, -1}), vector({1, 2, 3, -1})}},
            {.label = "rank_4", .inputs = {values({2, 1, 3, 2}), values({2, 2, 1, 2}, 1)}},
            {.label = "row_first", .inputs = {values({3}), values({2, 3}, 1)}},
            {.label = "special", .inputs = {vector({NAN, INFINITY, -INFINITY, INFINITY, 0, -0.0, 1}),
                                            vector({1, 2, INFINITY, INFINITY, INFINITY, 3, NAN})}}};
}

std::vector<Sample> withNumbers(std::vector<Sample> samples)
{
    using namespace sample;
    samples.push_back({.label = "number", .inputs = {values({2, 3}), Tensor::number(2.5)}});
    samples.push_back({.label = "integer_number", .inputs = {values({3}), Tensor::number(std::int64_t(3))}});
    samples.push_back({.label = "number_first", .inputs = {Tensor::number(1.5), positive({3})}});
    samples.push_back({.label = "integers_and_number", .inputs = {integers({3}, 1, 9), Tensor::number(0.5)}});
    return samples;
}

std::vector<Sample> with(std::vector<Sample> samples, std::initializer_list<Sample> more)
{
    samples.insert(samples.end(), more.begin(), more.end());
    return samples;
}

std::vector<Sample> mismatch()
{
    return {{.label = "shapes", .inputs = {sample::values({2, 3}), sample::values({4})}}};
}

}  // namespace

std::vector<Op> arithmeticOps()
{
    using namespace sample;
    const Tensor small = Tensor::full({2}, std::int64_t(1), DType::Int8);
    return {
        Op{
            .name = "add",
            .category = Category::Arithmetic,
            .summary = "Adds two tensors element by element.",
            .parameters = {input, other, alpha},
            .formula = "y = x + alpha * other",
            .gradient = "dx = dy, dother = alpha * dy",
            .pictures = {{Picture::Unchanged}, {Picture::Elementwise, "alpha"}},
            .torch = "torch.add",
            .overloads = {"(Tensor input, Tensor other, *, Number alpha=1, Tensor out=None)",
                          "hidden (Tensor input, Number alpha, Tensor other, *, Tensor out=None)"},
            .symbol = "+",
            .gradFn = {"AddBackward0"},
            .saves = {},
            .gradFns = traces::add,
            .infer = [](const Call<TensorType>& call) { return inferSum(call, Sign::Plus); },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const Scalar factor = scalarOf(call.attributes.find("alpha")->second);
                return Tensors{kernel::add(call.x(0), call.x(1), factor, promoted(call))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const double factor = as<double>(scalarOf(call.attributes.find("alpha")->second));
                return {call.dy(), factor == 1 ? call.dy() : scaled(call.dy(), factor)};
            },
            .refusedVjp = refusedAlphaVjp,
            .samples = with(withNumbers(binarySamples()),
                            {{"alpha", {values({3}), values({3}, 1)}, {{"alpha", 0.5}}},
                             {"booleans", {booleans({4}), booleans({4}, 1)}}}),
            .errors = with(mismatch(), {{"large_alpha", {small, small}, {{"alpha", std::int64_t(300)}}},
                                        {"float_alpha", {integers({2}, 0, 5), integers({2}, 0, 5)}, {{"alpha", 0.5}}},
                                        {"bool_alpha", {values({2}), values({2})}, {{"alpha", true}}}}),
        },
        Op{
            .name = "sub",
            .category = Category::Arithmetic,
            .summary = "Subtracts the second tensor from the first, element by element.",
            .parameters = {input, other, alpha},
            .formula = "y = x - alpha * other",
            .gradient = "dx = dy, dother = -alpha * dy",
            .pictures = {{Picture::Unchanged}, {Picture::Elementwise, "-alpha"}},
            .torch = "torch.sub",
            .overloads = {"(Tensor input, Tensor other, *, Number alpha=1, Tensor out=None)",
                          "hidden (Tensor input, Number alpha, Tensor other, *, Tensor out=None)"},
            .symbol = "-",
            .gradFn = {"SubBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return isTurnedRound(call) ? "RsubBackward1" : "SubBackward0";
                       }},
            .saves = {},
            .gradFns = traces::sub,
            .infer = inferDifference,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const Scalar factor = scalarOf(call.attributes.find("alpha")->second);
                return Tensors{kernel::sub(call.x(0), call.x(1), negatable(factor), promoted(call))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const double factor = as<double>(scalarOf(call.attributes.find("alpha")->second));
                return {call.dy(), factor == 1 ? -call.dy() : scaled(-call.dy(), factor)};
            },
            .refusedVjp = refusedAlphaVjp,
            .samples = with(withNumbers(binarySamples()),
                            {{"alpha", {values({3}), values({3}, 1)}, {{"alpha", std::int64_t(2)}}},
                             {"alpha_of_number", {Tensor::number(1.5), values({3})}, {{"alpha", 0.5}}}}),
            .errors = with(mismatch(), {{"least_alpha", {small, small}, {{"alpha", std::int64_t(-128)}}},
                                        {"booleans", {booleans({2}), booleans({2})}},
                                        {"bool_and_float", {values({2}), booleans({2})}},
                                        {"bool_number", {values({2}), Tensor::number(Scalar(true))}}}),
        },
        Op{
            .name = "mul",
            .category = Category::Arithmetic,
            .summary = "Multiplies two tensors element by element.",
            .parameters = {input, other},
            .formula = "y = x * other",
            .gradient = "dx = dy * other, dother = dy * x",
            .pictures = {{Picture::Elementwise, "other"}, {Picture::Elementwise, "x"}},
            .torch = "torch.mul",
            .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)"},
            .symbol = "*",
            .gradFn = {"MulBackward0"},
            .saves = {{"other", 0b01}, {"self", 0b10}},
            .gradFns = traces::mul,
            .infer = inferProduct,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::mul(call.x(0), call.x(1), promoted(call))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(2);
                if (call.needs(1))
                    gradients[1] = call.dy() * call.x(0);
                if (call.needs(0))
                    gradients[0] = call.dy() * call.x(1);
                return gradients;
            },
            .samples = with(withNumbers(binarySamples()),
                            {{"booleans", {booleans({4}), booleans({4}, 1)}},
                             {"number_that_halves_lack", {vector({1e-3, -0.5, 0.25}), Tensor::number(70000.0)}}}),
            .errors = mismatch(),
        },
        Op{
            .name = "div",
            .category = Category::Arithmetic,
            .summary = "Divides the first tensor by the second, element by element.",
            .parameters = {input, other,
                           {.name = "rounding_mode",
                            .kind = Kind::String,
                            .help = "None divides exactly; \"floor\" and \"trunc\" round the quotient",
                            .fallback = None(),
                            .acceptsNone = true,
                            .choices = {"floor", "trunc"}}},
            .formula = "y = x / other",
            .gradient = "dx = dy / other, dother = -dy * (x / other) / other; zeros where the quotient is rounded",
            .pictures = {{Picture::Elementwise, "1 / other"}, {Picture::Elementwise, "-(x / other) / other"}},
            .torch = "torch.div",
            .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)",
                          "(Tensor input, Tensor other, *, str? rounding_mode, Tensor out=None)",
                          "(Tensor input, Number other, *, str? rounding_mode)"},
            .symbol = "/",
            .gradFn = {"DivBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           if (!call.isNone("rounding_mode"))
                               return "DivBackward2";
                           return isNumberFirst(call) ? "MulBackward0" : "DivBackward0";
                       }},
            .saves = {{"other"}, {"self", 0b10}},
            .gradFns = traces::div,
            .infer = inferQuotient,
            .forward = forwardQuotient,
            .vjp = quotientVjp,
            .samples = with(withNumbers(binarySamples()),
                            {{"booleans", {booleans({4}), booleans({4}, 1)}},
                             {"by_zero", {vector({1, -1, 0}), vector({0, 0, 0})}},
                             {"number_by_special",
                              {Tensor::number(1.1), vector({0, -0.0, INFINITY, NAN, 1e-310, 3, 7, 49, 0.3})}},
                             {"by_number_that_halves_lack", {vector({1e-4, -2e-4, 3e-5}), Tensor::number(1e-8)}},
                             {"zero_by_special", {Tensor::number(0.0), vector({0, 2, INFINITY})}},
                             {"floor", {values({6}), values({6}, 1)}, {{"rounding_mode", "floor"}}},
                             {"trunc", {values({6}), values({6}, 1)}, {{"rounding_mode", "trunc"}}},
                             {"floor_integers",
                              {integers({9}, -9, 9), integers({9}, 1, 4)},
                              {{"rounding_mode", "floor"}}}}),
            .errors = with(mismatch(),
                           {{"mode", {values({2}), values({2})}, {{"rounding_mode", "up"}}},
                            {"integer_by_zero",
                             {integers({2}, 1, 3), integers({2}, 0, 1)},
                             {{"rounding_mode", "floor"}}},
                            {"floor_booleans", {booleans({2}), booleans({2})}, {{"rounding_mode", "floor"}}}}),
        },
        Op{
            .name = "neg",
            .category = Category::Arithmetic,
            .summary = "Changes the sign of every element.",
            .parameters = {tensorOnly(input)},
            .formula = "y = -x",
            .gradient = "dx = -dy",
            .pictures = {{Picture::Elementwise, "-1"}},
            .torch = "torch.neg",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .symbol = "-",
            .gradFn = {"NegBackward0"},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return runtimeError("Negation, the `-` operator, on a bool tensor is not supported. If you are "
                                        "trying to invert a mask, use the `~` or `logical_not()` operator instead.");
                return likeInput(call);
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::neg(call.x())}; },
            .vjp = [](const VjpCall& call) -> Gradients { return {-call.dy()}; },
            .samples = {{"matrix", {values({2, 3})}},
                        {"scalar", {scalar(0)}},
                        {"empty", {values({0})}},
                        {"permuted", {transposed(values({2, 3}))}},
                        {"vector", {values({5})}},
                        {"cube", {values({2, 1, 3})}},
                        {"rank_4", {values({2, 1, 3, 2})}},
                        {"special", {vector({NAN, INFINITY, -INFINITY, -0.0})}},
                        {"integers", {integers({4}, -3, 3)}}},
            .errors = {{"booleans", {booleans({2})}}, {"number", {Tensor::number(2.0)}}},
        },
        Op{
            .name = "pow",
            .category = Category::Arithmetic,
            .summary = "Raises the first tensor to the power of the second, element by element.",
            .parameters = {input,
                           {.name = "exponent",
                            .kind = Kind::Tensor,
                            .help = "broadcasts with input",
                            .acceptsNumber = true}},
            .formula = "y = x ^ exponent",
            .gradient = "dx = dy * exponent * x^(exponent - 1), 0 where exponent is 0; dexponent = dy * y * log(x), "
                        "0 where x is 0 and exponent >= 0",
            .pictures = {{Picture::Elementwise, "exponent * x^(exponent - 1)"}, {Picture::Elementwise, "y * log(x)"}},
            .torch = "torch.pow",
            .overloads = {"(Tensor input, Tensor exponent, *, Tensor out=None)",
                          "(Number self, Tensor exponent, *, Tensor out=None)",
                          "(Tensor input, Number exponent, *, Tensor out=None)"},
            .symbol = "**",
            .gradFn = {"PowBackward1", powerGradFn},
            .saves = {{"exponent"}, {"result"}, {"self"}},
            .gradFns = traces::pow,
            .infer = inferPower,
            .forward = forwardPower,
            .vjp = powerVjp,
            .refusedVjp = refusedPowerVjp,
            .samples = {{"vectors", {positive({4}), values({4})}},
                        {"square", {values({2, 3}), Tensor::number(std::int64_t(2))}},
                        {"cube", {values({2, 3}), Tensor::number(std::int64_t(3))}},
                        {"root", {positive({3}), Tensor::number(0.5)}},
                        {"negative_root", {vector({4, -4, -INFINITY, 0}), Tensor::number(0.5)}},
                        {"reciprocal", {values({3}), Tensor::number(std::int64_t(-1))}},
                        {"constant", {vector({1, 0, NAN}), Tensor::number(std::int64_t(0))}},
                        {"false", {vector({1, 0, NAN, INFINITY, -2}), Tensor::number(Scalar(false))}},
                        {"true", {vector({1, 0, NAN, INFINITY, -2}), Tensor::number(Scalar(true))}},
                        {"exponential", {Tensor::number(2.0), values({3})}},
                        {"zero_base", {Tensor::number(0.0), vector({0, 1, -1, 2})}},
                        {"negative_base", {vector({-2, -2, 0, 0, 0}), vector({2, 3, 0, 1, -1})}},
                        {"rows", {positive({2, 3}), values({3})}},
                        {"row_first", {positive({3}), values({2, 3})}},
                        {"columns", {positive({1, 3}), values({2, 1})}},
                        {"three_dims", {positive({2, 1, 3}), values({3})}},
                        {"rank_4", {positive({2, 1, 3, 2}), Tensor::number(-1.5)}},
                        {"permuted", {transposed(positive({2, 3})), transposed(values({2, 3}))}},
                        {"permuted_square", {transposed(values({3, 2})), Tensor::number(std::int64_t(2))}},
                        {"special", {vector({NAN, INFINITY, -INFINITY, 2, 0.5, -1, 1, 0}),
                                     vector({2, -1, 3, INFINITY, -INFINITY, INFINITY, NAN, NAN})}},
                        {"empty", {positive({0, 2}), values({2})}},
                        {"scalars", {scalar(2), scalar(3)}},
                        {"integers", {integers({5}, -3, 4), integers({5}, 0, 4)}},
                        {"integer_base", {integers({4}, 1, 6), values({4})}},
                        {"negative_integers", {integers({5}, -2, 3), integers({5}, -3, 0)}},
                        {"integer_exponents", {values({4}), integers({4}, 0, 4)}},
                        {"booleans_to_true", {booleans({4}), Tensor::number(Scalar(true))}},
                        {"booleans_to_false", {booleans({4}), Tensor::number(Scalar(false))}}},
            .errors = {{"shapes", {values({2, 3}), values({4})}},
                       {"negative", {integers({2}, 1, 3), Tensor::number(std::int64_t(-1))}},
                       {"booleans", {booleans({2}), booleans({2})}},
                       {"true_to_booleans", {Tensor::number(Scalar(true)), booleans({2})}},
                       {"overflow", {kernel::cast(integers({2}, 1, 3), DType::UInt8), Tensor::number(std::int64_t(300))}},
                       {"overflow_int", {kernel::cast(integers({2}, 1, 3), DType::Int32), Tensor::number(std::int64_t(1) << 31)}},
                       {"overflow_half", {kernel::cast(values({2}), DType::Float16), Tensor::number(70000.0)}},
                       {"overflow_bfloat", {kernel::cast(values({2}), DType::BFloat16), Tensor::number(1e40)}}},
        },
        Op{
            .name = "maximum",
            .category = Category::Arithmetic,
            .summary = "Takes the larger of two elements; NaN where either is.",
            .parameters = {tensorOnly(input), tensorOnly(other)},
            .formula = "y = max(x, other)",
            .gradient = "dx = dy where x > other, dy / 2 where they are equal, 0 elsewhere; dother the other way round",
            .pictures = {{Picture::Mask, "1 where x > other, 1/2 where equal"},
                         {Picture::Mask, "1 where other > x, 1/2 where equal"}},
            .torch = "torch.maximum",
            .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)"},
            .gradFn = {"MaximumBackward0"},
            .saves = {{"other"}, {"self"}},
            .infer = promotedBroadcast,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::maximum(call.x(0), call.x(1), promoted(call))};
            },
            .vjp = extremumVjp<true>,
            .samples = with(binarySamples(), {{"nan", {vector({1, NAN, NAN}), vector({NAN, 1, NAN})}},
                                              {"booleans", {booleans({4}), booleans({4}, 1)}}}),
            .errors = with(mismatch(), {{"number", {values({2}), Tensor::number(std::int64_t(2))}},
                                        {"number_first", {Tensor::number(std::int64_t(2)), values({2})}}}),
        },
        Op{
            .name = "minimum",
            .category = Category::Arithmetic,
            .summary = "Takes the smaller of two elements; NaN where either is.",
            .parameters = {tensorOnly(input), tensorOnly(other)},
            .formula = "y = min(x, other)",
            .gradient = "dx = dy where x < other, dy / 2 where they are equal, 0 elsewhere; dother the other way round",
            .pictures = {{Picture::Mask, "1 where x < other, 1/2 where equal"},
                         {Picture::Mask, "1 where other < x, 1/2 where equal"}},
            .torch = "torch.minimum",
            .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)"},
            .gradFn = {"MinimumBackward0"},
            .saves = {{"other"}, {"self"}},
            .infer = promotedBroadcast,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::minimum(call.x(0), call.x(1), promoted(call))};
            },
            .vjp = extremumVjp<false>,
            .samples = with(binarySamples(), {{"nan", {vector({1, NAN, NAN}), vector({NAN, 1, NAN})}},
                                              {"booleans", {booleans({4}), booleans({4}, 1)}}}),
            .errors = with(mismatch(), {{"number", {values({2}), Tensor::number(std::int64_t(2))}},
                                        {"number_first", {Tensor::number(std::int64_t(2)), values({2})}}}),
        },
    };
}

}  // namespace chainrule

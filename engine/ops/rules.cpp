// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/rules.h"

#include "engine/ops/python_call.h"

#include <cmath>
#include <limits>

namespace chainrule {
namespace {

std::optional<DType> together(std::optional<DType> a, std::optional<DType> b)
{
    if (!a || !b)
        return a ? a : b;
    return promote(*a, *b);
}

/// The higher class decides unless the lower one is of a higher category.
std::optional<DType> combined(std::optional<DType> high, std::optional<DType> low)
{
    if (!high || !low)
        return high ? high : low;
    return category(*low) > category(*high) ? low : high;
}

/// Whether PyTorch takes `number` for a T: an unsigned type may be given the negative of what it holds.
template <typename T>
bool isInRange(const Scalar& number)
{
    using Limits = std::numeric_limits<T>;
    if (std::is_same_v<T, bool> || std::holds_alternative<bool>(number))
        return true;
    if constexpr (isHalf<T>) {
        constexpr double largest = std::is_same_v<T, Float16> ? 65504.0 : 0x1.fep127;
        const double value = as<double>(number);
        return !std::isfinite(value) || std::abs(value) <= largest;
    } else if constexpr (std::is_floating_point_v<T>) {
        const double value = as<double>(number);
        return !std::isfinite(value) || std::abs(value) <= double(Limits::max());
    } else {
        if (const auto* const integer = std::get_if<std::int64_t>(&number))
            return *integer <= std::int64_t(Limits::max())
                   && (*integer >= std::int64_t(Limits::lowest())
                       || (std::is_unsigned_v<T> && *integer >= -std::int64_t(Limits::max())));
        const double value = std::get<double>(number);
        return value >= double(Limits::lowest()) && value <= double(Limits::max());
    }
}

}  // namespace

DType promotedDType(std::span<const TensorType> operands)
{
    std::optional<DType> dimensioned, zeroDim, number;
    for (const TensorType& operand : operands) {
        if (operand.isNone)
            continue;
        auto& group = operand.isNumber ? number : operand.shape.empty() ? zeroDim : dimensioned;
        group = together(group, tensorDType(operand));
    }
    return combined(dimensioned, combined(zeroDim, number)).value_or(DType::Float32);
}

DType promotedFloating(std::span<const TensorType> operands)
{
    return floatingFor(promotedDType(operands));
}

DType floatingFor(DType dtype)
{
    return isFloating(dtype) ? dtype : DType::Float32;
}

Result<Shape> broadcastShape(std::span<const TensorType> operands)
{
    Shape shape;
    for (const TensorType& operand : operands) {
        if (operand.isNone)
            continue;
        auto common = broadcast(shape, operand.shape);
        if (!common)
            return common.error();
        shape = *std::move(common);
    }
    if (const auto refusal = checked(shape))  // Two harmless shapes can broadcast to one beyond all memory.
        return *refusal;
    return shape;
}

Result<Types> floatLikeInput(const Call<TensorType>& call)
{
    return Types{{floatingFor(call.x().dtype), call.x().shape}};
}

Result<Types> likeInput(const Call<TensorType>& call)
{
    return Types{{call.x().dtype, call.x().shape}};
}

Result<Types> promotedBroadcast(const Call<TensorType>& call)
{
    auto shape = broadcastShape(call.inputs);
    if (!shape)
        return shape.error();
    return Types{{promotedDType(call.inputs), *std::move(shape)}};
}

Error notImplementedFor(std::string_view kernel, DType dtype)
{
    return notImplemented("\"" + std::string(kernel) + "\" not implemented for '"
                          + std::string(messageName(dtype)) + "'");
}

Error noOverload(std::string_view op, const Call<TensorType>& call)
{
    const auto said = refusal(*findOp(op), call.inputs, call.attributes);
    return said ? *said : typeError(std::string(op) + "() received an invalid combination of arguments");
}

Failure refusedNumber(const Scalar& number, DType dtype)
{
    const bool fits = visit(dtype, [&](auto stored) { return isInRange<decltype(stored)>(number); });
    if (fits)
        return std::nullopt;
    std::string_view type = cppName(dtype);
    switch (dtype) {
    case DType::UInt8: type = "uint8_t"; break;
    case DType::Int8: type = "int8_t"; break;
    case DType::Int16: type = "int16_t"; break;
    case DType::Int64: type = "int64_t"; break;
    default: break;
    }
    return runtimeError("value cannot be converted to type " + std::string(type) + " without overflow");
}

Result<InlineVector<bool, 16>> reducedDims(const Attribute& dim, std::size_t rank)
{
    if (const auto* one = std::get_if<std::int64_t>(&dim))
        return dimMask(std::span(one, 1), rank);
    const auto* dims = std::get_if<IntList>(&dim);
    if (!dims || dims->empty())
        return InlineVector<bool, 16>(rank, true);
    return dimMask(*dims, rank);
}

}  // namespace chainrule

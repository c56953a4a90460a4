// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/rules.h"

#include "engine/ops/python_call.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

/// A dtype that others promote with, or uint64, which no tensor has here: dtype is int64 then.
struct Promoting {
    DType dtype;
    bool isUnsigned = false;

    std::string_view messageName() const { return isUnsigned ? "UInt64" : chainrule::messageName(dtype); }
};

struct Promotion {
    std::optional<Promoting> type = {};
    Failure refusal = {};

    std::optional<Promoting> together(std::optional<Promoting> a, std::optional<Promoting> b)
    {
        if (!a || !b)
            return a ? a : b;
        if (a->isUnsigned == b->isUnsigned)
            return Promoting{promote(a->dtype, b->dtype), a->isUnsigned};
        if (isFloating(a->dtype) || isFloating(b->dtype))
            return isFloating(a->dtype) ? a : b;
        if (!refusal)
            refusal = runtimeError("Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                                   + std::string(a->messageName()) + " and " + std::string(b->messageName()));
        return a;
    }

    /// The higher class decides unless the lower one is of a higher category.
    std::optional<Promoting> combined(std::optional<Promoting> high, std::optional<Promoting> low)
    {
        if (!high || !low)
            return high ? high : low;
        return category(low->dtype) > category(high->dtype) ? together(high, low) : high;
    }
};

Promotion promotion(std::span<const TensorType> operands)
{
    Promotion found;
    std::optional<Promoting> dimensioned, zeroDim, number;
    for (const TensorType& operand : operands) {
        if (operand.isNone)
            continue;
        auto& group = operand.isNumber ? number : operand.shape.empty() ? zeroDim : dimensioned;
        group = found.together(group, Promoting{tensorDType(operand), operand.isUnsigned});
    }
    found.type = found.combined(dimensioned, found.combined(zeroDim, number));
    return found;
}

/// Whether PyTorch takes `number` for a T: an unsigned type may be given the negative of what it holds.
template <typename T>
bool isInRange(const Scalar& number)
{
    using Limits = std::numeric_limits<T>;
    if (std::is_same_v<T, bool> || std::holds_alternative<bool>(number))
        return true;
    if (std::is_integral_v<T> && std::holds_alternative<std::uint64_t>(number))
        return false;
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
    const auto type = promotion(operands).type;
    return type ? type->dtype : DType::Float32;
}

Failure refusedPromotion(std::span<const TensorType> operands)
{
    const bool mayRefuse = std::ranges::any_of(operands, &TensorType::isUnsigned);
    return mayRefuse ? promotion(operands).refusal : std::nullopt;
}

Failure refusedUnsigned(std::span<const TensorType> operands)
{
    if (std::ranges::all_of(operands, &TensorType::isUnsigned))
        return runtimeError("uint64 tensors are not supported by Chainrule");
    return std::nullopt;
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
    if (auto refusal = refusedPromotion(call.inputs))
        return *std::move(refusal);
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

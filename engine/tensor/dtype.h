// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/half.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chainrule {

/// The element types that PyTorch 2.13 and NumPy share, and bfloat16. Complex types and wider unsigned
/// ones are refused where they come in.
enum class DType : std::uint8_t {
    Bool, UInt8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64
};

inline constexpr DType allDTypes[] = {DType::Bool,    DType::UInt8,    DType::Int8,    DType::Int16,
                                      DType::Int32,   DType::Int64,    DType::Float16, DType::BFloat16,
                                      DType::Float32, DType::Float64};

/// What promotion goes by first: bool < integer < floating.
enum class DTypeCategory : std::uint8_t { Bool, Integer, Floating };

DTypeCategory category(DType dtype);
inline bool isFloating(DType dtype) { return dtype >= DType::Float16; }
std::size_t itemSize(DType dtype);

/// "float32", as in `torch.float32` and in documents.
std::string_view name(DType dtype);
std::optional<DType> dtypeFromName(std::string_view name);

/// "Float", as PyTorch's messages say it ("not implemented for 'Float'").
std::string_view messageName(DType dtype);
/// "float", "long int": the C++ name, as some of PyTorch's messages say it.
std::string_view cppName(DType dtype);

/// The dtype both operands of one priority class are brought to (semantics of PyTorch's promotion
/// within a class): bool < integer < floating; equal categories take the wider, float16 with bfloat16
/// gives float32, uint8 with a signed type gives a signed type that holds both.
DType promote(DType a, DType b);

/// Calls `f` with a value of the C++ type that stores `dtype`.
template <typename F>
decltype(auto) visit(DType dtype, F&& f)
{
    switch (dtype) {
    case DType::Bool: return f(bool());
    case DType::UInt8: return f(std::uint8_t());
    case DType::Int8: return f(std::int8_t());
    case DType::Int16: return f(std::int16_t());
    case DType::Int32: return f(std::int32_t());
    case DType::Int64: return f(std::int64_t());
    case DType::Float16: return f(Float16());
    case DType::BFloat16: return f(BFloat16());
    case DType::Float32: return f(float());
    case DType::Float64: break;
    }
    return f(double());
}

/// Likewise for floating dtypes; precondition isFloating(dtype).
template <typename F>
decltype(auto) visitFloating(DType dtype, F&& f)
{
    switch (dtype) {
    case DType::Float16: return f(Float16());
    case DType::BFloat16: return f(BFloat16());
    case DType::Float32: return f(float());
    default: break;
    }
    return f(double());
}

template <typename T>
constexpr bool isHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

/// The type that arithmetic on a stored type is done in: the halves compute in float32 and are rounded
/// once per operation.
template <typename T>
using Compute = std::conditional_t<isHalf<T>, float, T>;

template <typename T>
constexpr DType dtypeOf()
{
    if constexpr (std::is_same_v<T, bool>) return DType::Bool;
    else if constexpr (std::is_same_v<T, std::uint8_t>) return DType::UInt8;
    else if constexpr (std::is_same_v<T, std::int8_t>) return DType::Int8;
    else if constexpr (std::is_same_v<T, std::int16_t>) return DType::Int16;
    else if constexpr (std::is_same_v<T, std::int32_t>) return DType::Int32;
    else if constexpr (std::is_same_v<T, std::int64_t>) return DType::Int64;
    else if constexpr (std::is_same_v<T, Float16>) return DType::Float16;
    else if constexpr (std::is_same_v<T, BFloat16>) return DType::BFloat16;
    else if constexpr (std::is_same_v<T, float>) return DType::Float32;
    else {
        static_assert(std::is_same_v<T, double>);
        return DType::Float64;
    }
}

}  // namespace chainrule

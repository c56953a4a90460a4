// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/dtype.h"

namespace chainrule {
namespace {

struct Row {
    DType dtype;
    DTypeCategory category;
    std::size_t size;
    std::string_view name;
    std::string_view messageName;
    std::string_view cppName;
};

constexpr Row rows[] = {
    {DType::Bool, DTypeCategory::Bool, 1, "bool", "Bool", "bool"},
    {DType::UInt8, DTypeCategory::Integer, 1, "uint8", "Byte", "unsigned char"},
    {DType::Int8, DTypeCategory::Integer, 1, "int8", "Char", "signed char"},
    {DType::Int16, DTypeCategory::Integer, 2, "int16", "Short", "short int"},
    {DType::Int32, DTypeCategory::Integer, 4, "int32", "Int", "int"},
    {DType::Int64, DTypeCategory::Integer, 8, "int64", "Long", "long int"},
    {DType::Float16, DTypeCategory::Floating, 2, "float16", "Half", "c10::Half"},
    {DType::BFloat16, DTypeCategory::Floating, 2, "bfloat16", "BFloat16", "c10::BFloat16"},
    {DType::Float32, DTypeCategory::Floating, 4, "float32", "Float", "float"},
    {DType::Float64, DTypeCategory::Floating, 8, "float64", "Double", "double"},
};

const Row& row(DType dtype)
{
    return rows[std::size_t(dtype)];
}

}  // namespace

DTypeCategory category(DType dtype)
{
    return row(dtype).category;
}

std::size_t itemSize(DType dtype)
{
    return row(dtype).size;
}

std::string_view name(DType dtype)
{
    return row(dtype).name;
}

std::optional<DType> dtypeFromName(std::string_view name)
{
    for (const Row& candidate : rows)
        if (candidate.name == name)
            return candidate.dtype;
    return std::nullopt;
}

std::string_view messageName(DType dtype)
{
    return row(dtype).messageName;
}

std::string_view cppName(DType dtype)
{
    return row(dtype).cppName;
}

DType promote(DType a, DType b)
{
    if (category(a) != category(b))
        return category(a) > category(b) ? a : b;
    if (a == b)
        return a;
    if (category(a) == DTypeCategory::Floating)
        return itemSize(a) == itemSize(b) ? DType::Float32 : itemSize(a) > itemSize(b) ? a : b;
    const DType narrow = itemSize(a) < itemSize(b) ? a : b;
    const DType wide = narrow == a ? b : a;
    return itemSize(a) == itemSize(b) ? DType::Int16 : wide;  // Equal sizes: uint8 with int8.
}

}  // namespace chainrule

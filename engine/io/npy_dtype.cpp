// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npy_dtype.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace chainrule {
namespace {

/// One of NumPy's types, and every way to ask for it. A code with a size may have a byte order before it.
struct Type {
    std::string_view name;           // numpy.NAME
    std::string_view code;           // With its size, as dtype.str has it behind the byte order.
    std::string_view letters;        // Without size: each asks for it.
    std::vector<std::string_view> aliases;
    std::optional<DType> dtype;      // Absent: it has no tensor.
    bool isKnownToTorch = true;      // PyTorch has it, Chainrule has not.
};

const std::vector<Type>& types()
{
    static const std::vector<Type> types = {
        {"bool", "b1", "?", {"bool", "bool_"}, DType::Bool},
        {"uint8", "u1", "B", {"uint8", "ubyte"}, DType::UInt8},
        {"int8", "i1", "b", {"int8", "byte"}, DType::Int8},
        {"int16", "i2", "h", {"int16", "short"}, DType::Int16},
        {"int32", "i4", "i", {"int32", "intc"}, DType::Int32},
        {"int64", "i8", "lqpn", {"int64", "int", "int_", "intp", "long", "longlong"}, DType::Int64},
        {"float16", "f2", "e", {"float16", "half"}, DType::Float16},
        {"float32", "f4", "f", {"float32", "single"}, DType::Float32},
        {"float64", "f8", "d", {"float64", "double", "float"}, DType::Float64},
        {"uint16", "u2", "H", {"uint16", "ushort"}, {}},
        {"uint32", "u4", "I", {"uint32", "uintc"}, {}},
        {"uint64", "u8", "LQPN", {"uint64", "uint", "uintp", "ulong", "ulonglong"}, {}},
        {"complex64", "c8", "F", {"complex64", "csingle"}, {}},
        {"complex128", "c16", "D", {"complex128", "cdouble", "complex"}, {}},
        {"longdouble", "f16", "g", {"longdouble", "float128"}, {}, false},
        {"clongdouble", "c32", "G", {"clongdouble", "complex256"}, {}, false},
        {"object_", "O8", "OT", {"object", "object_"}, {}, false},
        {"bytes_", "", "Sac", {"bytes", "bytes_"}, {}, false},
        {"str_", "", "U", {"str", "str_"}, {}, false},
        {"void", "", "V", {"void"}, {}, false},
        {"datetime64", "M8", "M", {"datetime64"}, {}, false},
        {"timedelta64", "m8", "m", {"timedelta64"}, {}, false},
    };
    return types;
}

/// The type that numpy.dtype(text) is, less its byte order; nullptr: there is none.
const Type* typeOf(std::string_view text)
{
    for (const Type& type : types())
        if (std::ranges::find(type.aliases, text) != type.aliases.end())
            return &type;
    if (!text.empty() && std::string_view("<>=|").find(text[0]) != std::string_view::npos)
        text.remove_prefix(1);
    if (text.empty())
        return nullptr;
    const auto unit = text.find('[');  // "M8[ns]"; the unit makes no difference to us.
    if (unit != std::string_view::npos && (text[0] == 'M' || text[0] == 'm') && text.ends_with(']'))
        text = text.substr(0, unit);

    unsigned size = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), size);
    const bool hasSize = error == std::errc() && end == text.data() + text.size();
    for (const Type& type : types()) {
        const bool isSized = hasSize && (type.code.empty() ? type.letters[0] == text[0] || text[0] == 'a'
                                         : type.code == text[0] + std::to_string(size));
        if (isSized || (text.size() == 1 && type.letters.find(text[0]) != std::string_view::npos))
            return &type;
    }
    return nullptr;
}

/// Whether one of the fields of a structured type, at whatever depth, is of Python objects.
bool holdsObjects(const PythonLiteral& descr)
{
    std::vector<const PythonLiteral*> rest = {&descr};
    while (!rest.empty()) {
        const PythonLiteral& field = *rest.back();
        rest.pop_back();
        const Type* const type = field.kind == PythonLiteral::Kind::String ? typeOf(field.string) : nullptr;
        if (type && type->name == "object_")
            return true;
        const bool isNamed = field.kind == PythonLiteral::Kind::Tuple && field.items.size() > 1
                             && field.items[0].kind == PythonLiteral::Kind::String && &field != &descr;
        for (std::size_t i = isNamed ? 1 : 0; i < field.items.size(); ++i)
            rest.push_back(&field.items[i]);
    }
    return false;
}

Error noTensorFor(std::string_view name, bool isKnownToTorch)
{
    const std::string_view wider = isKnownToTorch ? "" : "complex64, complex128, ";
    const std::string_view unsignedToo = isKnownToTorch ? "" : "uint64, uint32, uint16, ";
    return typeError("can't convert np.ndarray of type numpy." + std::string(name)
                     + ". The only supported types are: float64, float32, float16, " + std::string(wider)
                     + "int64, int32, int16, int8, " + std::string(unsignedToo) + "uint8, and bool.");
}

}  // namespace

Result<NpyDType> parseNpyDType(const PythonLiteral& descr)
{
    using Kind = PythonLiteral::Kind;
    const Error objects = valueError("Object arrays cannot be loaded when allow_pickle=False");
    if (descr.kind == Kind::List || descr.kind == Kind::Tuple || descr.kind == Kind::Dict) {
        if (holdsObjects(descr))
            return objects;
        return noTensorFor("void", false);
    }
    const std::string_view text = descr.string;
    if (descr.kind == Kind::String && text.find(',') != std::string_view::npos)
        return noTensorFor("void", false);  // "<f4,<i8": fields without names.
    const Type* const type = descr.kind == Kind::String ? typeOf(text) : nullptr;
    if (!type)
        return valueError("descr is not a valid dtype descriptor: " + descr.repr);
    if (type->name == "object_")
        return objects;
    if (!type->dtype)
        return noTensorFor(type->name, type->isKnownToTorch);

    constexpr bool isLittle = std::endian::native == std::endian::little;
    const bool isSwapped = text[0] == (isLittle ? '>' : '<') && itemSize(*type->dtype) > 1;
    std::string canonical = npyDescr(*type->dtype);
    if (isSwapped)
        canonical[0] = text[0];
    return NpyDType{*type->dtype, isSwapped, std::move(canonical)};
}

std::string npyDescr(DType dtype)
{
    const auto type = std::ranges::find(types(), std::optional(dtype), &Type::dtype);
    assert(type != types().end());
    constexpr char native = std::endian::native == std::endian::little ? '<' : '>';
    return (itemSize(dtype) == 1 ? '|' : native) + std::string(type->code);
}

}  // namespace chainrule

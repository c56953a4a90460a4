// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/literal.h"

#include "engine/base/number_text.h"
#include "engine/tensor/python_literal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace chainrule {
namespace {

using Kind = PythonValue::Kind;

constexpr std::size_t torchDepth = 128;  // Nested lists that torch.tensor follows.
constexpr std::size_t numpyDepth = 64;
constexpr std::uint64_t greatestInt = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t firstArgument = 1;  // Value 0 is the tuple of the arguments.

Error errorAt(const PythonValue& value, Error::Kind kind, std::string message)
{
    return {kind, std::move(message), {}, value.offset};
}

bool fitsInt64(const PythonValue& value)
{
    return value.kind != Kind::HugeInt && value.magnitude() <= greatestInt + value.isNegative;
}

/// Precondition: fitsInt64(value).
std::int64_t int64(const PythonValue& value)
{
    return std::int64_t(value.isNegative ? 0 - value.magnitude() : value.magnitude());
}

/// Of a number, as Python's float( ) converts it.
double float64(const PythonValue& value)
{
    if (value.kind == Kind::Float || value.kind == Kind::HugeInt)
        return value.number();
    return value.isNegative ? -double(value.magnitude()) : double(value.magnitude());
}

std::string quoted(std::string_view text)
{
    return std::string("'").append(text).append("'");
}

bool isNumber(const PythonValue& value)
{
    return !value.isList() && value.kind != Kind::Str && value.kind != Kind::NoneType;
}

Error overflow(DType dtype, const PythonValue& value)
{
    return errorAt(value, Error::Kind::RuntimeError,
                   "value cannot be converted to type " + std::string(name(dtype)) + " without overflow");
}

/// One number the way torch.tensor stores it.
template <typename T>
Failure store(const PythonValue& value, T& to)
{
    constexpr bool isFloat = isHalf<T> || std::is_floating_point_v<T>;
    if (!isNumber(value)) {
        const std::string type(typeName(value));
        return errorAt(value, Error::Kind::TypeError,
                       isFloat ? "must be real number, not " + type
                               : quoted(typeName(value)) + " object cannot be interpreted as an integer");
    }
    if constexpr (std::is_same_v<T, bool>) {
        to = value.kind == Kind::Float || value.kind == Kind::HugeInt ? value.number() != 0
                                                                      : value.magnitude() != 0;
    } else if constexpr (isFloat) {
        if (value.kind == Kind::HugeInt && std::isinf(value.number()))
            return errorAt(value, Error::Kind::OverflowError, "int too large to convert to float");
        to = T(Compute<T>(float64(value)));
    } else if (value.kind == Kind::Float) {
        const double number = value.number();
        const double greatest = double(std::numeric_limits<T>::max());
        if (!(number >= double(std::numeric_limits<T>::min()) && number <= greatest))
            return overflow(dtypeOf<T>(), value);
        // For int64 `greatest` rounds to 2⁶³. PyTorch lets it through; the processor makes it −2⁶³.
        const bool wraps = sizeof(T) == 8 && number == greatest;
        to = wraps ? std::numeric_limits<T>::min() : T(number);
    } else {
        if (!fitsInt64(value))
            return errorAt(value, Error::Kind::ValueError, "Overflow when unpacking long long");
        const std::int64_t number = int64(value);
        const bool isNegatedByte = std::is_unsigned_v<T> && number < 0 && number >= -255;  // −1 is 255.
        if (!isNegatedByte && (number < std::int64_t(std::numeric_limits<T>::min())
                               || number > std::int64_t(std::numeric_limits<T>::max())))
            return overflow(dtypeOf<T>(), value);
        to = T(number);
    }
    return std::nullopt;
}

/// The sizes that the first member of each level has.
Result<Shape> shapeOfFirsts(const PythonLiteral& values)
{
    Shape shape;
    for (std::size_t i = firstArgument; values[i].isList() || values[i].kind == Kind::Str; ++i) {
        const PythonValue& value = values[i];
        shape.push_back(std::int64_t(value.length()));
        // The first character of a string is a string, and so on without end.
        if (shape.size() > torchDepth || (value.kind == Kind::Str && value.length() > 0))
            return errorAt(value, Error::Kind::ValueError,
                           "too many dimensions " + quoted(typeName(value)));
        if (value.length() == 0)
            break;
    }
    return shape;
}

/// What all members together are stored as.
Result<DType> inferredDType(const PythonLiteral& values)
{
    DType dtype = DType::Bool;
    for (std::size_t i = firstArgument; i < values.size(); ++i) {
        const PythonValue& value = values[i];
        if (value.kind == Kind::Str)
            return errorAt(value, Error::Kind::TypeError, "new(): invalid data type 'str'");
        if (value.kind == Kind::NoneType)
            return errorAt(value, Error::Kind::RuntimeError, "Could not infer dtype of NoneType");
        const bool isEmpty = value.isList() && value.length() == 0;
        if (value.kind == Kind::Float || isEmpty)
            dtype = DType::Float32;
        else if (value.kind == Kind::Int || value.kind == Kind::HugeInt)
            dtype = promote(dtype, DType::Int64);
    }
    return dtype;
}

/// Why a list or string does not fit where sizes[depth…] are left; precondition: no size is 0.
Failure misfit(const PythonValue& value, const Shape& shape, std::size_t depth)
{
    if (!value.isList() && value.kind != Kind::Str)
        return errorAt(value, Error::Kind::TypeError, "not a sequence");
    auto length = std::int64_t(value.length());
    for (; depth < shape.size(); ++depth) {
        if (length != shape[depth])
            return errorAt(value, Error::Kind::ValueError,
                           "expected sequence of length " + std::to_string(shape[depth]) + " at dim "
                               + std::to_string(depth) + " (got " + std::to_string(length) + ")");
        if (value.isList())
            return std::nullopt;
        length = 1;  // Each character of a string is a string again.
    }
    return std::nullopt;
}

/// Writes the numbers in order; `to` has room for as many as the literal has values.
template <typename T>
Failure storeAll(const PythonLiteral& values, const Shape& shape, T* to)
{
    std::vector<std::int64_t> pending;  // Members to come, for each list that is open.
    std::size_t i = firstArgument;
    do {
        const PythonValue& value = values[i];
        if (pending.size() < shape.size()) {
            if (auto failure = misfit(value, shape, pending.size()))
                return failure;
            if (value.isList()) {
                pending.push_back(shape[pending.size()]);
                ++i;
                continue;
            }
        }
        if (auto failure = store(value, *to++))
            return failure;
        ++i;
        while (!pending.empty() && --pending.back() == 0)
            pending.pop_back();
    } while (!pending.empty());
    return std::nullopt;
}

bool isEmpty(const Shape& shape)
{
    return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

/// One dimension, as long as the literal has values: room for all of its numbers, however ragged.
Tensor room(const PythonLiteral& values, DType dtype)
{
    return Tensor::uninitialized({std::int64_t(values.size())}, dtype);
}

Result<Tensor> shaped(const Tensor& numbers, const Shape& shape)
{
    if (auto failure = checked(shape))
        return *failure;
    return numbers.restrided(shape, contiguousStrides(shape));
}

/// What numpy.array finds out about nested lists: the shape, and whether every member has it.
/// Follows PyArray_DiscoverDTypeAndShape: dimensions are what all members seen so far agree on.
struct Discovery {
    std::size_t rank = numpyDepth;
    std::vector<std::int64_t> sizes = std::vector<std::int64_t>(numpyDepth);
    bool isSettled = false;  ///< A number was seen, so that sizes and rank can only shrink.
    bool isRagged = false;
};

void discoverNumber(Discovery& found, std::size_t depth)
{
    if (depth > found.rank) {
        found.isRagged = true;
    } else if (depth < found.rank) {
        found.isRagged |= found.isSettled;
        found.rank = depth;
    }
    found.isSettled = true;
}

/// @returns whether the members are looked at.
bool discoverList(Discovery& found, std::size_t depth, std::int64_t length)
{
    if (depth + 1 > found.rank) {
        found.isRagged = true;
        return false;
    }
    if (!found.isSettled) {
        found.sizes[depth] = length;
    } else if (found.sizes[depth] != length) {
        found.rank = depth;
        found.isRagged = true;
        return false;
    }
    if (length == 0) {
        found.isSettled = true;
        found.rank = depth + 1;
    }
    return length > 0;
}

Discovery discovery(const PythonLiteral& values, std::size_t end)
{
    Discovery found;
    std::vector<std::uint64_t> pending;
    for (std::size_t i = firstArgument; i < end;) {
        if (values[i].isList() && discoverList(found, pending.size(), std::int64_t(values[i].length()))) {
            pending.push_back(values[i++].length());
            continue;
        }
        if (!values[i].isList())
            discoverNumber(found, pending.size());
        i = endOf(values, i);
        while (!pending.empty() && --pending.back() == 0)
            pending.pop_back();
    }
    return found;
}

Result<Shape> arrayShape(const PythonLiteral& values, std::size_t end)
{
    const Discovery found = discovery(values, end);
    const Shape shape(found.sizes.begin(), found.sizes.begin() + std::ptrdiff_t(found.rank));
    if (!found.isRagged)
        return shape;
    const std::string start = "setting an array element with a sequence. The requested array ";
    if (found.rank == numpyDepth)
        return valueError(start + "would exceed the maximum number of dimension of 64.");
    const std::string sizes = text(shape);
    return valueError(start + "has an inhomogeneous shape after " + std::to_string(found.rank)
                      + " dimensions. The detected shape was (" + sizes.substr(1, sizes.size() - 2)
                      + (found.rank == 1 ? "," : "") + ") + inhomogeneous part.");
}

Error notFromNumPy(std::string_view type)
{
    return typeError("can't convert np.ndarray of type numpy." + std::string(type)
                     + ". The only supported types are: float64, float32, float16, complex64, complex128, "
                       "int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool.");
}

Result<DType> arrayDType(const PythonLiteral& values, std::size_t end)
{
    bool hasObject = false;
    bool hasString = false;
    bool hasFloat = false;
    bool hasUnsigned = false;
    bool hasSigned = false;
    bool hasBool = false;
    for (std::size_t i = firstArgument; i < end; ++i) {
        const PythonValue& value = values[i];
        const bool isInt = value.kind == Kind::Int;
        hasObject |= value.kind == Kind::NoneType || value.kind == Kind::HugeInt
                     || (isInt && value.isNegative && !fitsInt64(value));
        hasString |= value.kind == Kind::Str;
        hasFloat |= value.kind == Kind::Float;
        hasUnsigned |= isInt && !value.isNegative && !fitsInt64(value);
        hasSigned |= isInt && fitsInt64(value);
        hasBool |= value.kind == Kind::Bool;
    }
    if (hasObject)
        return notFromNumPy("object_");
    if (hasString)
        return notFromNumPy("str_");
    if (hasFloat || (hasUnsigned && hasSigned))
        return DType::Float64;
    if (hasUnsigned)
        return notFromNumPy("ulonglong");
    return hasSigned ? DType::Int64 : hasBool ? DType::Bool : DType::Float64;
}

/// The value as Python's repr spells it; nullopt where it holds a string or an int beyond 64 bits.
std::optional<std::string> spelled(const PythonLiteral& values, std::size_t index)
{
    struct Open {
        std::uint64_t pending;
        bool isTuple;
        bool isSingle;
    };
    std::vector<Open> open;
    std::string text;
    for (const std::size_t end = endOf(values, index); index < end; ++index) {
        const PythonValue& value = values[index];
        switch (value.kind) {
        case Kind::NoneType: text += "None"; break;
        case Kind::Bool: text += value.magnitude() ? "True" : "False"; break;
        case Kind::Int: text.append(value.isNegative, '-').append(std::to_string(value.magnitude())); break;
        case Kind::Float: text += pythonFloat(value.number()); break;
        case Kind::HugeInt:
        case Kind::Str: return std::nullopt;
        case Kind::List:
        case Kind::Tuple:
            text += value.kind == Kind::Tuple ? "(" : "[";
            open.push_back({value.length() + 1, value.kind == Kind::Tuple, value.length() == 1});
        }
        while (!open.empty() && --open.back().pending == 0) {
            text += open.back().isTuple ? (open.back().isSingle ? ",)" : ")") : "]";
            open.pop_back();
        }
        if (!open.empty() && !text.ends_with('(') && !text.ends_with('['))
            text += ", ";
    }
    return text;
}

/// Why the second argument is no dtype.
Failure dtypeFailure(const PythonLiteral& values, std::size_t second)
{
    const PythonValue& value = values[second];
    if (value.kind == Kind::NoneType)
        return std::nullopt;
    std::optional<std::string> message;
    if (isNumber(value)) {
        if (const auto text = spelled(values, second))
            message = "Cannot interpret " + quoted(*text) + " as a data type";
    } else if (value.kind == Kind::List && value.length() > 0 && values[second + 1].kind != Kind::Tuple) {
        if (const auto text = spelled(values, second + 1))
            message = "Field elements must be 2- or 3-tuples, got " + quoted(*text);
    }
    return errorAt(value, Error::Kind::TypeError,
                   message.value_or("Chainrule takes one argument in np.array( ), without a dtype"));
}

}  // namespace

Result<Tensor> tensorLiteral(std::string_view text, std::optional<DType> dtype, bool requiresGrad)
{
    const auto parsed = pythonLiteral(text);
    if (!parsed)
        return parsed.error();
    const PythonLiteral& values = *parsed;
    const std::uint64_t count = values[0].length();
    if (count == 0)
        return typeError("tensor() missing 1 required positional arguments: \"data\"");
    if (count > 1)
        return errorAt(values[endOf(values, firstArgument)], Error::Kind::TypeError,
                       "tensor() takes 1 positional argument but " + std::to_string(count) + " were given");
    if (values[firstArgument].kind == Kind::Str)
        return errorAt(values[firstArgument], Error::Kind::TypeError, "new(): invalid data type 'str'");
    const auto shape = shapeOfFirsts(values);
    if (!shape)
        return shape.error();
    if (!dtype) {
        const auto inferred = inferredDType(values);
        if (!inferred)
            return inferred.error();
        dtype = *inferred;
    }
    Tensor numbers = room(values, *dtype);
    if (!isEmpty(*shape)) {
        const auto failure = visit(*dtype, [&](auto stored) {
            return storeAll(values, *shape, numbers.writable<decltype(stored)>());
        });
        if (failure)
            return *failure;
    }
    if (requiresGrad && !isFloating(*dtype))
        return runtimeError("Only Tensors of floating point and complex dtype can require gradients");
    return shaped(numbers, *shape);
}

Result<Tensor> arrayLiteral(std::string_view text)
{
    const auto parsed = pythonLiteral(text);
    if (!parsed)
        return parsed.error();
    const PythonLiteral& values = *parsed;
    const std::uint64_t count = values[0].length();
    if (count == 0)
        return typeError("array() missing required argument 'object' (pos 0)");
    const std::size_t end = endOf(values, firstArgument);
    if (count > 2)
        return errorAt(values[end], Error::Kind::TypeError,
                       "array() takes from 1 to 2 positional arguments but " + std::to_string(count)
                           + " were given");
    if (count == 2)
        if (auto failure = dtypeFailure(values, end))
            return *failure;
    const auto shape = arrayShape(values, end);
    if (!shape)
        return shape.error();
    const auto dtype = arrayDType(values, end);
    if (!dtype)
        return dtype.error();
    Tensor numbers = room(values, *dtype);
    visit(*dtype, [&](auto stored) {
        using T = decltype(stored);
        T* to = numbers.writable<T>();
        for (std::size_t i = firstArgument; i < end; ++i) {
            if (values[i].isList())
                continue;
            if constexpr (std::is_same_v<T, double>)
                *to++ = float64(values[i]);
            else
                *to++ = T(Compute<T>(int64(values[i])));
        }
    });
    return shaped(numbers, *shape);
}

Result<Scalar> numberLiteral(std::string_view text)
{
    const auto parsed = pythonLiteral(text);
    if (!parsed)
        return parsed.error();
    const PythonValue& value = (*parsed)[parsed->size() > firstArgument ? firstArgument : 0];
    if (parsed->size() != 2 || !isNumber(value))
        return errorAt(value, Error::Kind::TypeError, "a number must be an int, a float or a bool");
    if (value.kind == Kind::Bool)
        return Scalar(value.magnitude() != 0);
    if (value.kind == Kind::Float)
        return Scalar(value.number());
    if (fitsInt64(value))
        return Scalar(int64(value));
    if (value.isNegative)
        return errorAt(value, Error::Kind::OverflowError, "can't convert negative int to unsigned");
    if (value.kind == Kind::HugeInt)
        return errorAt(value, Error::Kind::OverflowError, "int too big to convert");
    return Scalar(value.magnitude());
}

Failure literalFailure(std::string_view text)
{
    const auto literal = pythonLiteral(text);
    return literal ? Failure() : literal.error();
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/tensor_code.h"

#include "engine/base/number_text.h"
#include "engine/tensor/for_each.h"

#include <charconv>
#include <cmath>

namespace chainrule {
namespace {

/// What Python reads, which is float64, as a number of T.
template <typename T>
bool readsAs(double read, T value)
{
    return double(Compute<T>(T(Compute<T>(read)))) == double(Compute<T>(value));
}

/// Fewest digits that read back as the same number when Python, which reads float64, hands it to the dtype.
template <typename T>
std::string digits(T value)
{
    const auto wide = Compute<T>(value);
    char text[64];
    double read = 0;
    for (int precision = isHalf<T> ? 1 : 0; precision <= 5; ++precision) {
        const auto end = precision == 0 ? std::to_chars(text, text + sizeof text, wide)
                                        : std::to_chars(text, text + sizeof text, wide,
                                                        std::chars_format::scientific, precision - 1);
        std::from_chars(text, end.ptr, read);
        if (readsAs(read, value))
            return pythonFloat(read);
    }
    return pythonFloat(double(wide));
}

template <typename T>
std::string code(T value)
{
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "True" : "False";
    } else if constexpr (std::is_integral_v<T>) {
        return std::to_string(value);
    } else {
        const auto wide = double(Compute<T>(value));
        if (!std::isfinite(wide))
            return "float(\"" + pythonFloat(wide) + "\")";
        if constexpr (std::is_same_v<T, double>)
            return pythonFloat(value);
        else
            return digits(value);
    }
}

template <typename T>
class Writer {
public:
    Writer(const Tensor& tensor, std::string text) : m_shape(tensor.shape()), m_text(std::move(text))
    {
        m_start = m_text.size();
        m_index = Shape(m_shape.size(), 0);
        m_text.append(m_shape.size(), '[');
        forEachElement<T>(tensor, [this](T value) { add(value); });
        m_text.append(m_shape.size(), ']');
    }

    std::string text() { return std::move(m_text); }

private:
    void add(T value)
    {
        if (m_isFirst) {
            m_isFirst = false;
        } else if (const std::size_t closed = advance(); closed == 0) {
            m_text += ", ";
        } else {
            m_text.append(closed, ']').append(",\n");
            m_text.append(m_start + m_shape.size() - closed, ' ').append(closed, '[');
        }
        m_text += code(value);
    }

    /// To the next element; how many brackets end before it.
    std::size_t advance()
    {
        std::size_t closed = 0;
        for (std::size_t dim = m_shape.size(); dim > 0; --dim, ++closed) {
            if (++m_index[dim - 1] < m_shape[dim - 1])
                break;
            m_index[dim - 1] = 0;
        }
        return closed;
    }

    const Shape m_shape;
    Shape m_index;
    std::string m_text;
    std::size_t m_start = 0;
    bool m_isFirst = true;
};

struct Dialect {
    std::string_view constructor;
    std::string_view module;
    DType inferred;  ///< Of floats, by the constructor.
};

/// Nested lists cannot say which sizes follow a 0.
std::string emptyCode(const Tensor& tensor, const Dialect& dialect)
{
    std::string sizes;
    for (const std::int64_t size : tensor.shape())
        sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    return std::string(dialect.module) + ".zeros((" + sizes + (tensor.rank() == 1 ? ",)" : ")");
}

std::string tensorCode(const Tensor& tensor, const Dialect& dialect)
{
    const DType dtype = tensor.dtype();
    const bool isEmpty = tensor.size() == 0;
    const DType inferred = isFloating(dtype) || isEmpty ? dialect.inferred
                           : dtype == DType::Bool       ? DType::Bool
                                                        : DType::Int64;
    std::string text = isEmpty ? emptyCode(tensor, dialect) : visit(dtype, [&](auto stored) {
        return Writer<decltype(stored)>(tensor, std::string(dialect.constructor) + "(").text();
    });
    if (dtype != inferred)
        text += ", dtype=" + std::string(dialect.module) + "." + std::string(name(dtype));
    return text + ")";
}

}  // namespace

std::string elementCode(const Tensor& tensor, std::int64_t index)
{
    const Scalar value = tensor.at(index);
    return visit(tensor.dtype(), [&](auto stored) { return code(as<decltype(stored)>(value)); });
}

std::string numberCode(const Tensor& number)
{
    return number.isUnsigned() ? std::to_string(std::get<std::uint64_t>(number.item())) : elementCode(number, 0);
}

std::string torchCode(const Tensor& tensor)
{
    if (tensor.isNumber())
        return numberCode(tensor);
    return tensorCode(tensor, {"torch.tensor", "torch", DType::Float32});
}

std::string numpyCode(const Tensor& tensor)
{
    if (tensor.isNumber())
        return numberCode(tensor);
    std::string text = tensorCode(tensor, {"np.array", "np", DType::Float64});
    if (tensor.dtype() == DType::BFloat16)
        text.replace(text.rfind("bfloat16"), sizeof "bfloat16" - 1, "float32");
    return text;
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/number_text.h"
#include "engine/tensor/tensor.h"

#include <QtTest>

#include <cmath>
#include <string>

namespace chainrule {

/// "RuntimeError: The size of …", as Python prints an exception.
inline std::string words(const Error& error)
{
    return std::string(name(error.kind)) + ": " + error.message;
}

inline std::string text(const Scalar& scalar)
{
    if (const auto* number = std::get_if<double>(&scalar))
        return pythonFloat(*number);
    return std::to_string(as<std::int64_t>(scalar));
}

/// "float64 [2, 3] {1.0, 2.0, …}": for messages.
inline std::string text(const Tensor& tensor)
{
    if (tensor.isNone())
        return "None";
    std::string elements;
    for (std::int64_t i = 0; i < tensor.size() && i < 24; ++i)
        elements += (i > 0 ? ", " : "") + text(tensor.at(i));
    return (tensor.isNumber() ? "number " : "") + std::string(name(tensor.dtype())) + " " + text(tensor.shape())
           + " {" + elements + (tensor.size() > 24 ? ", …}" : "}");
}

/// |a - b| ≤ absolute + relative·|b|. With both 0, the same bits.
struct Tolerance {
    double relative = 0;
    double absolute = 0;
    bool isExact() const { return relative == 0 && absolute == 0; }
};

/// PyTorch's own (torch.testing.assert_close).
inline Tolerance toleranceFor(DType dtype)
{
    switch (dtype) {
    case DType::Float16: return {1e-3, 1e-5};
    case DType::BFloat16: return {1.6e-2, 1e-5};
    case DType::Float32: return {1.3e-6, 1e-5};
    case DType::Float64: return {1e-7, 1e-7};
    default: return {};
    }
}

/// NaN is close to NaN and an infinity to itself.
inline bool isClose(const Scalar& a, const Scalar& b, Tolerance tolerance)
{
    const auto* const x = std::get_if<double>(&a);
    const auto* const y = std::get_if<double>(&b);
    if (!x || !y)
        return as<std::int64_t>(a) == as<std::int64_t>(b) && !x == !y;
    if (std::isnan(*x) || std::isnan(*y))
        return std::isnan(*x) && std::isnan(*y);
    if (tolerance.isExact())
        return *x == *y && std::signbit(*x) == std::signbit(*y);
    return *x == *y || std::abs(*x - *y) <= tolerance.absolute + tolerance.relative * std::abs(*y);
}

/// Empty, or where the values of `actual` are not those of `expected`. Dtypes may differ, shapes not.
inline std::string difference(const Tensor& actual, const Tensor& expected, Tolerance tolerance)
{
    if (actual.shape() != expected.shape())
        return "shape " + text(actual.shape()) + " instead of " + text(expected.shape());
    for (std::int64_t i = 0; i < actual.size(); ++i)
        if (!isClose(actual.at(i), expected.at(i), tolerance))
            return "element " + std::to_string(i) + ": " + text(actual.at(i)) + " instead of " + text(expected.at(i))
                   + "\n     got " + text(actual) + "\nexpected " + text(expected);
    return {};
}

}  // namespace chainrule

namespace QTest {

template <>
inline char* toString(const std::string& text)
{
    return qstrdup(text.c_str());
}

}  // namespace QTest

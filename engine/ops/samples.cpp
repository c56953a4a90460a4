// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/samples.h"

namespace chainrule::sample {
namespace {

/// In [0, 1), a new one at each call.
class Sequence {
public:
    explicit Sequence(unsigned variant) : m_state(variant * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du) {}
    double next()
    {
        m_state = m_state * 6364136223846793005u + 1442695040888963407u;
        return double(m_state >> 40) * 0x1p-24;
    }

private:
    std::uint64_t m_state;
};

template <typename T, typename F>
Tensor filled(const Shape& shape, unsigned variant, F f)
{
    Sequence sequence(variant);
    Tensor tensor = Tensor::uninitialized(shape, dtypeOf<T>());
    T* const to = tensor.writable<T>();
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        to[i] = f(sequence.next());
    return tensor;
}

}  // namespace

Tensor values(const Shape& shape, unsigned variant)
{
    return filled<double>(shape, variant, [](double x) {
        const double value = double(std::int64_t(x * 3900)) / 1000 - 1.95;
        return value < 0 ? value - 0.05 : value + 0.05;
    });
}

Tensor positive(const Shape& shape, unsigned variant)
{
    return filled<double>(shape, variant, [](double x) { return 0.1 + double(std::int64_t(x * 2900)) / 1000; });
}

Tensor integers(const Shape& shape, std::int64_t low, std::int64_t high, unsigned variant)
{
    return filled<std::int64_t>(shape, variant,
                                [&](double x) { return low + std::int64_t(x * double(high - low)); });
}

Tensor booleans(const Shape& shape, unsigned variant)
{
    return filled<bool>(shape, variant, [](double x) { return x < 0.5; });
}

Tensor vector(std::initializer_list<double> values)
{
    return Tensor::vector(values, DType::Float64);
}

Tensor scalar(double value)
{
    return Tensor::scalar(value, DType::Float64);
}

Tensor everySecond(const Tensor& vector)
{
    return vector.restrided({(vector.size() + 1) / 2}, {2});
}

Tensor transposed(const Tensor& matrix)
{
    Shape shape = matrix.shape();
    std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
    Tensor copy = Tensor::uninitialized(shape, matrix.dtype());
    visit(matrix.dtype(), [&](auto stored) {
        using T = decltype(stored);
        Strides strides = copy.strides();
        std::swap(strides[shape.size() - 1], strides[shape.size() - 2]);
        const Tensor flipped = copy.restrided(matrix.shape(), strides);
        for (std::int64_t i = 0; i < matrix.size(); ++i) {
            std::int64_t rest = i;
            std::int64_t from = 0, to = 0;
            for (std::size_t d = matrix.rank(); d-- > 0; rest /= matrix.shape()[d]) {
                from += rest % matrix.shape()[d] * matrix.strides()[d];
                to += rest % matrix.shape()[d] * strides[d];
            }
            copy.writable<T>()[to] = matrix.data<T>()[from];
        }
    });
    Strides strides = copy.strides();
    std::swap(strides[shape.size() - 1], strides[shape.size() - 2]);
    return copy.restrided(matrix.shape(), strides);
}

}  // namespace chainrule::sample

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/random.h"

#include "engine/base/stop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace chainrule::kernel {
namespace {

constexpr std::int64_t blockSize = 16;  // From that many elements on, PyTorch makes normal numbers in blocks.

double uniformAs(double, RandomGenerator& generator) { return generator.uniform64(); }
float uniformAs(float, RandomGenerator& generator) { return generator.uniform32(); }

// float32 has functions of its own in PyTorch, those of the Cephes library for AVX2; every bit depends on
// which of their steps are fused.

double logarithm(double x) { return std::log(x); }

/// Precondition: x is positive and normal.
float logarithm(float x)
{
    int exponent = 0;
    const float fraction = std::frexp(x, &exponent);
    const bool isSmall = fraction < 0.707106781186547524f;
    const auto e = float(exponent - isSmall);
    x = isSmall ? (fraction - 1.0f) + fraction : fraction - 1.0f;
    const float z = x * x;
    float y = 7.0376836292E-2f;
    for (const float c : {-1.1514610310E-1f, 1.1676998740E-1f, -1.2420140846E-1f, 1.4249322787E-1f,
                          -1.6668057665E-1f, 2.0000714765E-1f, -2.4999993993E-1f, 3.3333331174E-1f})
        y = std::fma(y, x, c);
    y = y * x;
    y = std::fma(y, z, e * -2.12194440e-4f);
    y = std::fma(-z, 0.5f, y);
    return std::fma(e, 0.693359375f, x + y);
}

/// Of x turns: sine and cosine.
std::pair<double, double> sineAndCosine(double turns)
{
    const double angle = 2 * std::numbers::pi * turns;
    return {std::sin(angle), std::cos(angle)};
}

/// Precondition: from 0 to 1.
std::pair<float, float> sineAndCosine(float turns)
{
    const float angle = 6.2831855f * turns;
    const int j = (int(angle * 1.27323954473516f) + 1) & ~1;
    float x = std::fma(float(j), -0.78515625f, angle);
    x = std::fma(float(j), -2.4187564849853515625e-4f, x);
    x = std::fma(float(j), -3.77489497744594108e-8f, x);
    const float z = x * x;

    float c = std::fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
    c = std::fma(c, z, 4.166664568298827e-2f);
    c = c * z;
    c = std::fma(c, z, -(z * 0.5f)) + 1.0f;

    float s = std::fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
    s = std::fma(s, z, -1.6666654611e-1f);
    s = s * z;
    s = std::fma(s, x, x);

    if (j & 2)
        std::swap(s, c);
    return {j & 4 ? -s : s, (j - 2) & 4 ? c : -c};
}

/// Sixteen uniform numbers become sixteen normal ones, in pairs, by the method of Box and Muller.
template <typename T>
void makeNormal(T* x)
{
    constexpr std::int64_t half = blockSize / 2;
    for (std::int64_t j = 0; j < half; ++j) {
        const T radius = std::sqrt(T(-2) * logarithm(T(1) - x[j]));
        const auto [sine, cosine] = sineAndCosine(x[j + half]);
        x[j] = radius * cosine + T(0);  // Plus the mean: there is no -0.
        x[j + half] = radius * sine + T(0);
    }
}

/// Precondition: n >= blockSize.
template <typename T>
void fillNormal(T* x, std::int64_t n, RandomGenerator& generator)
{
    const auto draw = [&] { return uniformAs(T(), generator); };
    inPieces(n, [&](std::int64_t begin, std::int64_t end) { std::generate(x + begin, x + end, draw); });
    Pace pace;
    for (std::int64_t i = 0; i + blockSize <= n; i += blockSize) {
        makeNormal(x + i);
        pace.take(blockSize);
    }
    if (n % blockSize != 0) {
        T* const last = x + n - blockSize;
        std::generate_n(last, blockSize, draw);
        makeNormal(last);
    }
}

/// Halves are made in float32, and drawn block by block: those that the last block replaces draw nothing.
template <typename T>
    requires isHalf<T>
void fillNormal(T* x, std::int64_t n, RandomGenerator& generator)
{
    Pace pace;
    for (std::int64_t i = 0; i < n; i += blockSize) {
        pace.take(blockSize);
        std::array<float, blockSize> block;
        std::ranges::generate(block, [&] { return generator.uniform32(); });
        makeNormal(block.data());
        std::ranges::transform(block, x + std::min(i, n - blockSize), [](float number) { return T(number); });
    }
}

}  // namespace

std::uint64_t RandomGenerator::bits64()
{
    const std::uint64_t high = bits32();
    return high << 32 | bits32();
}

double RandomGenerator::normal()
{
    if (m_next)
        return *std::exchange(m_next, std::nullopt);
    const double turns = uniform64();
    const double radius = std::sqrt(-2 * std::log1p(-uniform64()));
    const auto [sine, cosine] = sineAndCosine(turns);
    m_next = radius * sine + 0.0;
    return radius * cosine + 0.0;
}

Tensor uniform(const Shape& shape, DType dtype, RandomGenerator& generator)
{
    Tensor y = Tensor::uninitialized(shape, dtype);
    visitFloating(dtype, [&](auto stored) {
        using T = decltype(stored);
        T* const to = y.writable<T>();
        const auto draw = [&] {
            const T drawn(uniformAs(Compute<T>(), generator));
            return Compute<T>(drawn) == 1 ? T(0) : drawn;  // What a half rounds up is not in the range.
        };
        inPieces(y.size(), [&](std::int64_t begin, std::int64_t end) { std::generate(to + begin, to + end, draw); });
    });
    return y;
}

Tensor normal(const Shape& shape, DType dtype, RandomGenerator& generator)
{
    Tensor y = Tensor::uninitialized(shape, dtype);
    visitFloating(dtype, [&](auto stored) {
        using T = decltype(stored);
        T* const to = y.writable<T>();
        if (y.size() < blockSize)
            std::generate_n(to, y.size(), [&] { return T(Compute<T>(generator.normal())); });
        else
            fillNormal(to, y.size(), generator);
    });
    return y;
}

}  // namespace chainrule::kernel

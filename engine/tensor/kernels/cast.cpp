// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/loops.h"

#include <limits>

namespace chainrule::kernel {
namespace {

// Any dtype to any other goes through the widest type of its category, which holds every value of it: twenty
// small loops in place of a hundred.

template <typename From>
constexpr bool isFloatingType = std::is_floating_point_v<Compute<From>>;

/// What x86 makes of a float that becomes an integer; C++ leaves it undefined out of range.
template <typename To, typename From>
To truncated(From value)
{
    using Wide = std::conditional_t<sizeof(To) == 8, std::int64_t, std::int32_t>;
    constexpr From limit = From(sizeof(To) == 8 ? 0x1p63 : 0x1p31);
    const bool fits = value >= -limit && value < limit;
    return To(fits ? Wide(value) : std::numeric_limits<Wide>::min());
}

template <typename To, typename From>
To converted(From value)
{
    if constexpr (std::is_same_v<To, bool>)
        return value != From(0);
    else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>)
        return truncated<To>(value);
    else
        return To(Compute<To>(value));
}

constexpr std::int64_t blockSize = 512;

/// Fills a block with what the source holds from `offset` on.
template <typename W>
using Load = void (*)(const std::byte* source, std::int64_t offset, std::int64_t step, std::int64_t n, W* block);
template <typename W>
using Store = void (*)(const W* block, std::int64_t n, std::byte* target, std::int64_t offset, std::int64_t step);

template <typename W, typename From>
void load(const std::byte* source, std::int64_t offset, std::int64_t step, std::int64_t n, W* block)
{
    const From* const from = reinterpret_cast<const From*>(source) + offset;
    for (std::int64_t i = 0; i < n; ++i)
        block[i] = W(Compute<From>(from[i * step]));
}

template <typename W, typename To>
void store(const W* block, std::int64_t n, std::byte* target, std::int64_t offset, std::int64_t step)
{
    To* const to = reinterpret_cast<To*>(target) + offset;
    for (std::int64_t i = 0; i < n; ++i)
        to[i * step] = converted<To>(block[i]);
}

template <typename W>
void convert(const Tensor& x, Tensor& y, const Strides& strides, Load<W> loaded, Store<W> stored)
{
    const std::byte* const source = x.bytes();
    std::byte* const target = const_cast<std::byte*>(y.bytes());
    if (x.rank() == 0) {
        W element;
        loaded(source, 0, 0, 1, &element);
        stored(&element, 1, target, 0, 0);
        return;
    }
    forEachRun<2>(x.shape(), {&strides, &x.strides()},
                  [=](std::int64_t n, const std::int64_t* at, const std::int64_t* step) {
        W block[blockSize];
        for (std::int64_t i = 0; i < n; i += blockSize) {
            const std::int64_t count = std::min(blockSize, n - i);
            loaded(source, at[1] + i * step[1], step[1], count, block);
            stored(block, count, target, at[0] + i * step[0], step[0]);
        }
    });
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype)
{
    if (x.dtype() == dtype)
        return x;
    const Strides strides = x.rank() == 0 ? Strides() : elementwiseStrides(x.shape(), std::span(&x, 1));
    Tensor y = Tensor::uninitialized(x.shape(), strides, dtype);
    visit(x.dtype(), [&](auto from) {
        using From = decltype(from);
        using W = std::conditional_t<isFloatingType<From>, double, std::int64_t>;
        Store<W> stored = nullptr;
        visit(dtype, [&](auto to) { stored = store<W, decltype(to)>; });
        convert<W>(x, y, strides, load<W, From>, stored);
    });
    return y;
}

}  // namespace chainrule::kernel

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/stop.h"
#include "engine/tensor/tensor.h"

#include <array>
#include <span>

namespace chainrule::kernel {

/// `x` broadcast to `shape`: a view with stride 0 where it repeats. Precondition: it broadcasts.
Tensor broadcastTo(const Tensor& x, const Shape& shape);

/// `x` itself if it is contiguous, else a copy that is.
Tensor rowMajor(const Tensor& x);

/// The strides that PyTorch gives the result of an elementwise operation: those of its operands where they
/// agree, so that a transposed input gives a transposed result.
Strides elementwiseStrides(const Shape& shape, std::span<const Tensor> operands);

/// How a run of elements is visited: their number, and for each tensor the offset of the first and the step to
/// the next, in elements. Refers to a callable that outlives the walk; not a template, so that only the loops
/// themselves are compiled for every dtype.
class Run {
public:
    template <typename F>
    Run(const F& f)
        : m_callable(&f), m_call([](const void* callable, std::int64_t n, const std::int64_t* at,
                                    const std::int64_t* step) { (*static_cast<const F*>(callable))(n, at, step); })
    {
    }
    void operator()(std::int64_t n, const std::int64_t* at, const std::int64_t* step) const
    {
        m_call(m_callable, n, at, step);
    }

private:
    const void* m_callable;
    void (*m_call)(const void*, std::int64_t, const std::int64_t*, const std::int64_t*);
};

inline constexpr std::size_t mostOperands = 4;

/// Calls `run` for runs of elements such that all of a tensor of `shape` are visited once. Dimensions that lie
/// behind each other for all strides are merged, so that contiguous operands make one run; it comes in pieces where
/// it is long, so that the walk can be stopped. `work`: how many steps are done for an element, as Pace counts them;
/// none: no run is cut.
void forEachRun(const Shape& shape, std::span<const Strides* const> strides, const Run& run, std::int64_t work = 1);

template <std::size_t N>
void forEachRun(const Shape& shape, const std::array<const Strides*, N>& strides, const Run& run,
                std::int64_t work = 1)
{
    static_assert(N <= mostOperands);
    forEachRun(shape, std::span<const Strides* const>(strides), run, work);
}

/// y = f(x) element by element, in the arithmetic of the stored types (float for the halves).
template <typename Out, typename In, typename F>
Tensor mapped(const Tensor& x, F f)
{
    if (x.rank() == 0)
        return Tensor::element(Out(f(Compute<In>(*x.data<In>()))));
    const Strides strides = elementwiseStrides(x.shape(), std::span(&x, 1));
    Tensor y = Tensor::uninitialized(x.shape(), strides, dtypeOf<Out>());
    Out* const out = y.writable<Out>();
    const In* const in = x.data<In>();
    forEachRun<2>(x.shape(), {&strides, &x.strides()},
                  [=](std::int64_t n, const std::int64_t* at, const std::int64_t* step) {
        Out* const to = out + at[0];
        const In* const from = in + at[1];
        if (step[0] == 1 && step[1] == 1)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(from[i])));
        else
            for (std::int64_t i = 0; i < n; ++i)
                to[i * step[0]] = Out(f(Compute<In>(from[i * step[1]])));
    });
    return y;
}

/// y = f(a, b) over the broadcast of both, which have the same dtype.
template <typename Out, typename In, typename F>
Tensor zipped(const Tensor& a, const Tensor& b, F f)
{
    if (a.rank() == 0 && b.rank() == 0)
        return Tensor::element(Out(f(Compute<In>(*a.data<In>()), Compute<In>(*b.data<In>()))));
    const Shape shape = *broadcast(a.shape(), b.shape());
    const Tensor operands[] = {a, b};
    const Strides strides = elementwiseStrides(shape, operands);
    const Tensor x = broadcastTo(a, shape);
    const Tensor z = broadcastTo(b, shape);
    Tensor y = Tensor::uninitialized(shape, strides, dtypeOf<Out>());
    Out* const out = y.writable<Out>();
    const In* const left = x.data<In>();
    const In* const right = z.data<In>();
    forEachRun<3>(shape, {&strides, &x.strides(), &z.strides()},
                  [=](std::int64_t n, const std::int64_t* at, const std::int64_t* step) {
        Out* const to = out + at[0];
        const In* const l = left + at[1];
        const In* const r = right + at[2];
        if (step[0] == 1 && step[1] == 1 && step[2] == 1)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(l[i]), Compute<In>(r[i])));
        else if (step[0] == 1 && step[1] == 1 && step[2] == 0)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(l[i]), Compute<In>(*r)));
        else
            for (std::int64_t i = 0; i < n; ++i)
                to[i * step[0]] = Out(f(Compute<In>(l[i * step[1]]), Compute<In>(r[i * step[2]])));
    });
    return y;
}

}  // namespace chainrule::kernel

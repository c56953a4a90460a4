// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <optional>
#include <random>

namespace chainrule::kernel {

/// PyTorch's generator on the CPU, right after `torch.manual_seed(seed)`: the same numbers to the last bit.
class RandomGenerator {
public:
    /// Only the lower 32 bits of the seed count.
    explicit RandomGenerator(std::int64_t seed) : m_engine(std::uint32_t(seed)) {}

    std::uint32_t bits32() { return std::uint32_t(m_engine()); }
    std::uint64_t bits64();
    /// From 0 up to, not including, 1.
    float uniform32() { return float(bits32() & 0xffffff) * 0x1p-24f; }
    double uniform64() { return double(bits64() & 0x1fffffffffffff) * 0x1p-53; }
    /// Of the standard normal distribution. They are drawn in pairs; the second one waits for the next call.
    double normal();

private:
    std::mt19937 m_engine;
    std::optional<double> m_next;
};

/// As `torch.rand` fills a tensor. Precondition, here and below: isFloating(dtype).
Tensor uniform(const Shape& shape, DType dtype, RandomGenerator& generator);
/// As `torch.randn` does.
Tensor normal(const Shape& shape, DType dtype, RandomGenerator& generator);

}  // namespace chainrule::kernel

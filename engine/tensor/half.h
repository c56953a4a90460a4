// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>

namespace chainrule {

/// IEEE binary16 as a storage type. Converts from float with round-to-nearest-even; arithmetic is done
/// in float.
class Float16 {
public:
    constexpr Float16() = default;
    constexpr explicit Float16(float value) : m_bits(rounded(value)) {}
    constexpr operator float() const { return widened(m_bits); }

    static constexpr Float16 fromBits(std::uint16_t bits)
    {
        Float16 half;
        half.m_bits = bits;
        return half;
    }
    constexpr std::uint16_t bits() const { return m_bits; }

private:
    static constexpr std::uint16_t rounded(float value)
    {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        const auto sign = std::uint16_t(bits >> 16 & 0x8000);
        const std::uint32_t magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000)
            return std::uint16_t(sign | 0x7e00);
        if (magnitude >= 0x477ff000)  // 65520 and above round to infinity.
            return std::uint16_t(sign | 0x7c00);
        if (magnitude < 0x38800000) {  // Below the smallest normal number: let float addition round.
            const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
            return std::uint16_t(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000));
        }
        const std::uint32_t even = magnitude >> 13 & 1;
        return std::uint16_t(sign | ((magnitude - 0x38000000 + 0xfff + even) >> 13));
    }
    static constexpr float widened(std::uint16_t bits)
    {
        const std::uint32_t sign = std::uint32_t(bits & 0x8000) << 16;
        const std::uint32_t magnitude = bits & 0x7fff;
        if (magnitude >= 0x7c00)
            return std::bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
        if (magnitude < 0x400) {
            const float value = float(magnitude) * 0x1p-24f;
            return sign ? -value : value;
        }
        return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
    }

    std::uint16_t m_bits = 0;
};

/// The upper half of a float: eight bits of exponent, seven of fraction.
class BFloat16 {
public:
    constexpr BFloat16() = default;
    constexpr explicit BFloat16(float value) : m_bits(rounded(value)) {}
    constexpr operator float() const { return std::bit_cast<float>(std::uint32_t(m_bits) << 16); }

    static constexpr BFloat16 fromBits(std::uint16_t bits)
    {
        BFloat16 half;
        half.m_bits = bits;
        return half;
    }
    constexpr std::uint16_t bits() const { return m_bits; }

private:
    static constexpr std::uint16_t rounded(float value)
    {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        if ((bits & 0x7fffffff) > 0x7f800000)
            return std::uint16_t(bits >> 16 | 0x40);
        return std::uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }

    std::uint16_t m_bits = 0;
};

}  // namespace chainrule

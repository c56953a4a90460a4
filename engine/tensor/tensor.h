// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/buffer.h"
#include "engine/tensor/dtype.h"
#include "engine/tensor/shape.h"

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <variant>

namespace chainrule {

/// What the rules of an operation may know before anything is computed.
struct TensorType {
    DType dtype;
    Shape shape = {};
    /// A Python number: it promotes as one, and PyTorch sees no tensor there.
    bool isNumber = false;
    /// A Python int beyond int64, for which PyTorch takes uint64; dtype is int64, to which it wraps.
    bool isUnsigned = false;
    /// An optional tensor that was left out.
    bool isNone = false;
    /// Whether a gradient will be asked for it; Tensor::type() cannot know.
    bool requiresGrad = false;
    /// Where they are not those of a contiguous tensor, else empty.
    Strides strides = {};

    bool operator==(const TensorType&) const = default;
};

/// One element, in the widest type of its category; uint64 is for Python ints that int64 does not hold.
using Scalar = std::variant<bool, std::int64_t, double, std::uint64_t>;

/// An immutable array with strides; or a Python number that stands where a tensor may, or None where an
/// optional tensor is left out. Copies share.
/// A 0-dim tensor that is computed holds its element itself and costs no memory but its own 16 bytes.
class Tensor {
public:
    /// 0-dim, float32, 0.
    Tensor() : m_bits(), m_tag(DType::Float32, Kind::Element, 0) {}
    Tensor(const Tensor& other) : m_bits(other.m_bits), m_tag(other.m_tag)
    {
        if (kind() == Kind::Array)
            body()->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Tensor(Tensor&& other) noexcept : m_bits(other.m_bits), m_tag(std::exchange(other.m_tag, Tag())) {}
    Tensor& operator=(const Tensor& other) { return *this = Tensor(other); }
    Tensor& operator=(Tensor&& other) noexcept
    {
        if (this != &other) {
            if (kind() == Kind::Array)
                release();
            m_bits = other.m_bits;
            m_tag = std::exchange(other.m_tag, Tag());
        }
        return *this;
    }
    ~Tensor()
    {
        if (kind() == Kind::Array)
            release();
    }

    /// 0-dim, `value` converted as a Python number is.
    static Tensor scalar(Scalar value, DType dtype = DType::Float32);
    /// A Python number: bool, int or float.
    static Tensor number(Scalar value);
    /// Likewise without the detour; only for a double, so that an int or a bool stays one.
    template <std::same_as<double> T>
    static Tensor number(T value)
    {
        return Tensor(std::bit_cast<Bits>(value), {DType::Float64, Kind::Number, 0});
    }
    /// An optional tensor that was left out; it has no elements to ask for.
    static Tensor none();
    /// 1-dim.
    static Tensor vector(std::initializer_list<double> values, DType dtype = DType::Float32);
    static Tensor full(const Shape& shape, Scalar value, DType dtype);
    /// 0-dim, of the dtype that stores T. All 8 bytes are written as one: a copy that follows at once would wait for
    /// fewer of them to reach the cache.
    template <typename T>
    static Tensor element(T value)
    {
        std::uint64_t bits;
        if constexpr (sizeof(T) == 1)
            bits = std::bit_cast<std::uint8_t>(value);
        else if constexpr (sizeof(T) == 2)
            bits = std::bit_cast<std::uint16_t>(value);
        else if constexpr (sizeof(T) == 4)
            bits = std::bit_cast<std::uint32_t>(value);
        else
            bits = std::bit_cast<std::uint64_t>(value);
        return Tensor(std::bit_cast<Bits>(bits), {dtypeOf<T>(), Kind::Element, newMemoryNumber()});
    }
    /// Contiguous and not yet written: its creator fills it through writable() before passing it on.
    static Tensor uninitialized(const Shape& shape, DType dtype);
    /// Likewise, with these strides, which must be dense (every element of the memory is used once).
    static Tensor uninitialized(const Shape& shape, const Strides& strides, DType dtype);
    /// A view of foreign memory; `offset` and `strides` in elements.
    static Tensor view(std::shared_ptr<Buffer> buffer, const Shape& shape, const Strides& strides,
                       std::int64_t offset, DType dtype);

    DType dtype() const { return m_tag.dtype(); }
    const Shape& shape() const { return kind() == Kind::Array ? body()->shape : scalarShape; }
    const Strides& strides() const { return kind() == Kind::Array ? body()->strides : scalarShape; }
    std::size_t rank() const { return shape().size(); }
    std::int64_t size() const { return kind() == Kind::Array ? body()->size : 1; }
    bool isNumber() const { return kind() == Kind::Number || kind() == Kind::UnsignedNumber; }
    /// Whether it is a Python int beyond int64: dtype() is int64 and its element the int modulo 2⁶⁴.
    bool isUnsigned() const { return kind() == Kind::UnsignedNumber; }
    bool isNone() const { return kind() == Kind::Absent; }
    bool isContiguous() const;
    TensorType type() const
    {
        return {dtype(), shape(), isNumber(), isUnsigned(), isNone(), false, isContiguous() ? Strides() : strides()};
    }

    /// The element at index (0, 0, …); the others are reached with strides(). T stores dtype().
    template <typename T>
    const T* data() const
    {
        assert(dtypeOf<T>() == dtype());
        return reinterpret_cast<const T*>(bytes());
    }
    /// Only for who created it, before it is passed on.
    template <typename T>
    T* writable()
    {
        assert(dtypeOf<T>() == dtype());
        return reinterpret_cast<T*>(const_cast<std::byte*>(bytes()));
    }
    const std::byte* bytes() const
    {
        return kind() == Kind::Array ? body()->data : m_bits.data();
    }

    /// The only element. Precondition: size() == 1.
    Scalar item() const;
    /// Element number `index` in row-major order.
    Scalar at(std::int64_t index) const;

    /// The same elements with another shape, strides and offset (in elements, from the first element).
    Tensor restrided(const Shape& shape, const Strides& strides, std::int64_t offset = 0) const;
    /// A 0-dim tensor in place of a Python number.
    Tensor withoutNumber() const;

    /// Equal for copies of one another; distinct for tensors that live at the same time and differ.
    struct Id {
        std::uint64_t bits;
        std::uint16_t kind;
        auto operator<=>(const Id&) const = default;
    };
    Id id() const { return {std::bit_cast<std::uint64_t>(m_bits), std::uint16_t(int(kind()) << 8 | int(dtype()))}; }

    /// The number of the memory that PyTorch would have it in, which its views have, too, also where it holds its
    /// element itself; 0: it is in no one's.
    std::uint32_t memory() const { return m_tag.memory(); }
    /// Where its bytes lie; nullptr for what holds its element itself.
    const Buffer* buffer() const { return kind() == Kind::Array ? body()->buffer.get() : nullptr; }

    /// Whether it holds its element itself and is no Python number: what the fast path for scalars asks.
    bool isInlineScalar() const { return kind() == Kind::Element; }
    /// The element that it holds itself; T stores dtype().
    template <typename T>
    T inlineElement() const
    {
        assert(isInlineScalar() && dtypeOf<T>() == dtype());
        return *reinterpret_cast<const T*>(m_bits.data());
    }

private:
    enum class Kind : std::uint8_t { Element, Number, UnsignedNumber, Absent, Array };

    struct Body {
        std::atomic<std::uint32_t> owners = 1;
        std::shared_ptr<Buffer> buffer;
        std::byte* data;
        std::int64_t size;
        Shape shape;
        Strides strides;
    };
    static const Shape scalarShape;

    /// The element, whatever its type, or a pointer to the Body of an array: owned together with all copies,
    /// counted in `owners`. Bytes, because these may be written as one type and copied as another.
    using Bits = std::array<std::byte, 8>;

    /// What else there is to know, in one word: a copy that follows at once would wait for parts of it to reach the
    /// cache.
    class Tag {
    public:
        constexpr Tag() : Tag(DType::Float32, Kind::Element, 0) {}
        constexpr Tag(DType dtype, Kind kind, std::uint32_t memory)
            : m_word(std::uint64_t(memory) << 32 | std::uint64_t(kind) << 8 | std::uint64_t(dtype))
        {
        }
        constexpr DType dtype() const { return DType(std::uint8_t(m_word)); }
        constexpr Kind kind() const { return Kind(std::uint8_t(m_word >> 8)); }
        constexpr std::uint32_t memory() const { return std::uint32_t(m_word >> 32); }

    private:
        std::uint64_t m_word;
    };

    Tensor(Bits bits, Tag tag) : m_bits(bits), m_tag(tag) {}
    Kind kind() const { return m_tag.kind(); }
    Body* body() const { return std::bit_cast<Body*>(m_bits); }
    void release();

    alignas(8) Bits m_bits;
    Tag m_tag;
};

using Tensors = InlineVector<Tensor, 2>;
using Types = InlineVector<TensorType, 2>;

/// `scalar` as a C++ type, converted as a Python number is when it enters a tensor operation.
template <typename T>
T as(const Scalar& scalar)
{
    return std::visit([](auto value) { return T(Compute<T>(value)); }, scalar);
}

}  // namespace chainrule

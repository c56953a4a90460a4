// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace chainrule {

/// A vector whose first N elements live inside it: shapes, inputs and outputs are short, and the heap
/// would cost more than the work on them. The part of std::vector's interface that we use.
template <typename T, std::size_t N>
class InlineVector {
public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;
    using reference = T&;
    using const_reference = const T&;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;

    InlineVector() {}
    explicit InlineVector(std::size_t count)
    {
        reserve(count);
        while (m_size < count)
            std::construct_at(m_data + m_size++);
    }
    InlineVector(std::size_t count, const T& value) { resize(count, value); }
    InlineVector(std::initializer_list<T> values) { append(values.begin(), values.end()); }
    template <std::input_iterator Iterator>
    InlineVector(Iterator first, Iterator last)
    {
        append(first, last);
    }
    InlineVector(const InlineVector& other) { append(other.begin(), other.end()); }
    InlineVector(InlineVector&& other) noexcept { take(std::move(other)); }
    InlineVector& operator=(const InlineVector& other)
    {
        if (this != &other) {
            clear();
            append(other.begin(), other.end());
        }
        return *this;
    }
    InlineVector& operator=(InlineVector&& other) noexcept
    {
        if (this != &other) {
            clear();
            release();
            take(std::move(other));
        }
        return *this;
    }
    ~InlineVector()
    {
        clear();
        release();
    }

    T* data() { return m_data; }
    const T* data() const { return m_data; }
    std::size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    T* begin() { return m_data; }
    T* end() { return m_data + m_size; }
    const T* begin() const { return m_data; }
    const T* end() const { return m_data + m_size; }
    T& operator[](std::size_t i) { assert(i < m_size); return m_data[i]; }
    const T& operator[](std::size_t i) const { assert(i < m_size); return m_data[i]; }
    T& front() { return (*this)[0]; }
    const T& front() const { return (*this)[0]; }
    T& back() { return (*this)[m_size - 1]; }
    const T& back() const { return (*this)[m_size - 1]; }

    void reserve(std::size_t count)
    {
        if (count > m_capacity)
            grow(count);
    }
    template <typename... Arguments>
    T& emplace_back(Arguments&&... arguments)
    {
        if (m_size == m_capacity)
            return pushGrowing(T(std::forward<Arguments>(arguments)...));  // May refer to an element that moves.
        return *std::construct_at(m_data + m_size++, std::forward<Arguments>(arguments)...);
    }
    void push_back(const T& value) { emplace_back(value); }
    void push_back(T&& value) { emplace_back(std::move(value)); }
    void pop_back() { std::destroy_at(m_data + --m_size); }
    void clear()
    {
        std::destroy(begin(), end());
        m_size = 0;
    }
    void resize(std::size_t count) { resize(count, T()); }
    void resize(std::size_t count, const T& value)
    {
        while (m_size > count)
            pop_back();
        if (m_size == count)
            return;
        const T filler = value;  // May be an element that moves.
        reserve(count);
        while (m_size < count)
            std::construct_at(m_data + m_size++, filler);
    }
    T* insert(const T* where, T value)
    {
        const auto index = where - m_data;
        emplace_back(std::move(value));
        std::rotate(m_data + index, end() - 1, end());
        return m_data + index;
    }
    T* erase(const T* where)
    {
        T* const gap = m_data + (where - m_data);
        std::move(gap + 1, end(), gap);
        pop_back();
        return gap;
    }

    bool operator==(const InlineVector& other) const
    {
        return std::equal(begin(), end(), other.begin(), other.end());
    }
    auto operator<=>(const InlineVector& other) const
    {
        return std::lexicographical_compare_three_way(begin(), end(), other.begin(), other.end());
    }

private:
    template <typename Iterator>
    void append(Iterator first, Iterator last)
    {
        if constexpr (std::forward_iterator<Iterator>)
            reserve(m_size + std::size_t(std::distance(first, last)));
        for (; first != last; ++first)
            emplace_back(*first);
    }
    T& pushGrowing(T value)
    {
        grow(2 * std::size_t(m_capacity));
        return *std::construct_at(m_data + m_size++, std::move(value));
    }
    void grow(std::size_t count)
    {
        count = std::max(count, N + 1);  // It always is, but GCC 12 does not see that and warns of writing beyond the end.
        T* const moved = std::allocator<T>().allocate(count);
        std::uninitialized_move(begin(), end(), moved);
        std::destroy(begin(), end());
        release();
        m_data = moved;
        m_capacity = std::uint32_t(count);
    }
    void release()
    {
        if (m_data != inlined())
            std::allocator<T>().deallocate(m_data, m_capacity);
        m_data = inlined();
        m_capacity = N;
    }
    void take(InlineVector&& other)
    {
        if (other.m_data == other.inlined()) {
            std::uninitialized_move(other.begin(), other.end(), m_data);
            m_size = other.m_size;
            other.clear();
            return;
        }
        m_data = std::exchange(other.m_data, other.inlined());
        m_size = std::exchange(other.m_size, 0);
        m_capacity = std::exchange(other.m_capacity, std::uint32_t(N));
    }
    T* inlined() { return reinterpret_cast<T*>(m_storage); }

    T* m_data = inlined();
    std::uint32_t m_size = 0;
    std::uint32_t m_capacity = N;
    alignas(T) std::byte m_storage[N * sizeof(T)];
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

namespace chainrule {

/// Grows at its end and never moves an element: whoever reads one may append meanwhile.
template <typename T>
class ChunkedArray {
public:
    ChunkedArray() = default;
    ChunkedArray(const ChunkedArray&) = delete;
    ChunkedArray& operator=(const ChunkedArray&) = delete;
    ~ChunkedArray()
    {
        if constexpr (!std::is_trivially_destructible_v<T>)
            for (std::size_t i = 0; i < m_size; ++i)
                std::destroy_at(&(*this)[i]);
        for (T* const chunk : m_chunks)
            std::allocator<T>().deallocate(chunk, chunkSize);
    }

    std::size_t size() const { return m_size; }
    T& operator[](std::size_t i) { assert(i < m_size); return m_chunks[i / chunkSize][i % chunkSize]; }
    const T& operator[](std::size_t i) const
    {
        assert(i < m_size);
        return m_chunks[i / chunkSize][i % chunkSize];
    }
    template <typename... Arguments>
    T& emplace_back(Arguments&&... arguments)
    {
        if (m_size == m_chunks.size() * chunkSize)
            m_chunks.push_back(std::allocator<T>().allocate(chunkSize));
        T* const place = &m_chunks[m_size / chunkSize][m_size % chunkSize];
        ++m_size;
        return *std::construct_at(place, std::forward<Arguments>(arguments)...);
    }

private:
    static constexpr std::size_t chunkSize = 1024;

    std::vector<T*> m_chunks;  // Owned.
    std::size_t m_size = 0;
};

}  // namespace chainrule

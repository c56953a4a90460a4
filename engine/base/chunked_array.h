// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/inline_vector.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>

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
        if (m_next == m_end)
            addChunk();
        ++m_size;
        return *std::construct_at(m_next++, std::forward<Arguments>(arguments)...);
    }

private:
    /// 1 KiB: what malloc keeps at hand, so that a small array costs little, and too little to matter in a big one.
    static constexpr std::size_t chunkSize = std::max<std::size_t>(1024 / sizeof(T), 1);

    void addChunk()
    {
        m_next = m_chunks.emplace_back(std::allocator<T>().allocate(chunkSize));
        m_end = m_next + chunkSize;
    }

    InlineVector<T*, 1> m_chunks;  // Owned.
    T* m_next = nullptr;           // Where the next element goes, and the end of its chunk.
    T* m_end = nullptr;
    std::size_t m_size = 0;
};

}  // namespace chainrule

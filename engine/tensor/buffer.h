// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace chainrule {

/// The number that this thread gave last; 0: none yet.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local std::uint32_t lastMemoryNumber;
/// Threads begin far from one another.
std::uint32_t firstMemoryNumber();

/// For a new piece of memory: what PyTorch would have at an address of its own. Not 0, and given again only after
/// 2³² others.
inline std::uint32_t newMemoryNumber()
{
    if (++lastMemoryNumber <= 1) [[unlikely]]
        lastMemoryNumber = firstMemoryNumber();
    return lastMemoryNumber;
}

/// Bytes that tensors share: where their memory comes from is decided here and nowhere else. Aligned to
/// 64 bytes; written only by the kernel that asked for it, before anyone else sees it.
class Buffer {
public:
    /// @throws std::bad_alloc; an evaluation turns it into an error.
    static std::shared_ptr<Buffer> allocate(std::size_t bytes) { return allocate(bytes, newMemoryNumber()); }
    /// With the number of what its creator copies there, which PyTorch has in one memory.
    static std::shared_ptr<Buffer> allocate(std::size_t bytes, std::uint32_t number);
    /// Bytes that somebody else owns and may change (a mapped file).
    struct Owner {
        std::shared_ptr<const void> bytes;  ///< Let go by the last of those who share the buffer.
        std::function<Failure()> damage;    ///< Why the bytes are no longer what they were, once they are not.
    };
    static std::shared_ptr<Buffer> adopt(std::byte* data, std::size_t bytes, Owner owner);

    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer();

    std::byte* data() const { return m_data; }
    std::size_t size() const { return m_size; }
    std::uint32_t number() const { return m_number; }

    bool isForeign() const { return m_owner != nullptr; }
    /// Why what was read from here so far may be wrong. Who shows or keeps what he made of foreign bytes asks
    /// afterwards; of others there is nothing to say.
    Failure damage() const { return m_owner ? m_owner->damage() : Failure(); }

private:
    Buffer(std::byte* data, std::size_t size, std::uint32_t number, std::unique_ptr<const Owner> owner);

    std::byte* m_data;
    std::size_t m_size;
    std::uint32_t m_number;
    std::unique_ptr<const Owner> m_owner;  // nullptr: the memory is its own.
};

}  // namespace chainrule

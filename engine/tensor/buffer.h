// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace chainrule {

/// Bytes that tensors share: where their memory comes from is decided here and nowhere else. Aligned to
/// 64 bytes; written only by the kernel that asked for it, before anyone else sees it.
class Buffer {
public:
    /// @throws std::bad_alloc; an evaluation turns it into an error.
    static std::shared_ptr<Buffer> allocate(std::size_t bytes);
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

    bool isForeign() const { return m_owner != nullptr; }
    /// Why what was read from here so far may be wrong. Who shows or keeps what he made of foreign bytes asks
    /// afterwards; of others there is nothing to say.
    Failure damage() const { return m_owner ? m_owner->damage() : Failure(); }

private:
    Buffer(std::byte* data, std::size_t size, std::unique_ptr<const Owner> owner);

    std::byte* m_data;
    std::size_t m_size;
    std::unique_ptr<const Owner> m_owner;  // nullptr: the memory is its own.
};

}  // namespace chainrule

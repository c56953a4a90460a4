// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
    /// Bytes that somebody else owns (a mapped file); `release` runs with the last owner.
    static std::shared_ptr<Buffer> adopt(std::byte* data, std::size_t bytes, std::function<void()> release);

    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer();

    std::byte* data() const { return m_data; }
    std::size_t size() const { return m_size; }

private:
    Buffer(std::byte* data, std::size_t size, std::function<void()> release);

    std::byte* m_data;
    std::size_t m_size;
    std::function<void()> m_release;
};

}  // namespace chainrule

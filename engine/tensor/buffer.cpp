// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/buffer.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <unistd.h>

namespace chainrule {
namespace {

constexpr std::align_val_t alignment{64};

/// Whether the machine has not that much. Linux would promise some of it, and end who then uses it.
bool isHopeless(std::size_t bytes)
{
    constexpr std::size_t worthAsking = std::size_t(1) << 20;
    return bytes > worthAsking
           && bytes / std::size_t(sysconf(_SC_PAGESIZE)) >= std::size_t(std::max(sysconf(_SC_PHYS_PAGES), 0L));
}

}  // namespace

constinit thread_local std::uint32_t lastMemoryNumber = 0;

std::uint32_t firstMemoryNumber()
{
    static std::atomic<std::uint32_t> threads = 0;
    constexpr std::uint32_t apart = 0x9e3779b1;  // 2³² by the golden ratio: however many there are, they are spread evenly.
    return threads.fetch_add(1, std::memory_order_relaxed) * apart + 1;
}

std::shared_ptr<Buffer> Buffer::allocate(std::size_t bytes, std::uint32_t number)
{
    if (isHopeless(bytes))
        throw std::bad_alloc();
    auto* const data = static_cast<std::byte*>(::operator new(bytes, alignment));
    return std::shared_ptr<Buffer>(new Buffer(data, bytes, number, {}));
}

std::shared_ptr<Buffer> Buffer::adopt(std::byte* data, std::size_t bytes, Owner owner)
{
    auto shared = std::make_unique<const Owner>(std::move(owner));
    return std::shared_ptr<Buffer>(new Buffer(data, bytes, newMemoryNumber(), std::move(shared)));
}

Buffer::Buffer(std::byte* data, std::size_t size, std::uint32_t number, std::unique_ptr<const Owner> owner)
    : m_data(data), m_size(size), m_number(number), m_owner(std::move(owner))
{
}

Buffer::~Buffer()
{
    if (!m_owner)
        ::operator delete(m_data, alignment);
}

}  // namespace chainrule

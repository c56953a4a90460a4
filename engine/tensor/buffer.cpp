// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/buffer.h"

#include <new>

namespace chainrule {
namespace {

constexpr std::align_val_t alignment{64};

}  // namespace

std::shared_ptr<Buffer> Buffer::allocate(std::size_t bytes)
{
    auto* const data = static_cast<std::byte*>(::operator new(bytes, alignment));
    return std::shared_ptr<Buffer>(new Buffer(data, bytes, {}));
}

std::shared_ptr<Buffer> Buffer::adopt(std::byte* data, std::size_t bytes, std::function<void()> release)
{
    return std::shared_ptr<Buffer>(new Buffer(data, bytes, std::move(release)));
}

Buffer::Buffer(std::byte* data, std::size_t size, std::function<void()> release)
    : m_data(data), m_size(size), m_release(std::move(release))
{
}

Buffer::~Buffer()
{
    if (m_release)
        m_release();
    else
        ::operator delete(m_data, alignment);
}

}  // namespace chainrule

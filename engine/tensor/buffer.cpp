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

std::shared_ptr<Buffer> Buffer::adopt(std::byte* data, std::size_t bytes, Owner owner)
{
    auto shared = std::make_unique<const Owner>(std::move(owner));
    return std::shared_ptr<Buffer>(new Buffer(data, bytes, std::move(shared)));
}

Buffer::Buffer(std::byte* data, std::size_t size, std::unique_ptr<const Owner> owner)
    : m_data(data), m_size(size), m_owner(std::move(owner))
{
}

Buffer::~Buffer()
{
    if (!m_owner)
        ::operator delete(m_data, alignment);
}

}  // namespace chainrule

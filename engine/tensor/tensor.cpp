// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/tensor.h"

#include <limits>

namespace chainrule {

const Shape Tensor::scalarShape;

void Tensor::release()
{
    if (body()->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
        delete body();
}

Tensor Tensor::scalar(Scalar value, DType dtype)
{
    Tensor tensor = uninitialized({}, dtype);
    visit(dtype, [&](auto stored) {
        stored = as<decltype(stored)>(value);
        *tensor.writable<decltype(stored)>() = stored;
    });
    return tensor;
}

Tensor Tensor::number(Scalar value)
{
    constexpr DType dtypes[] = {DType::Bool, DType::Int64, DType::Float64, DType::Int64};
    Tensor tensor = scalar(value, dtypes[value.index()]);
    const auto* const whole = std::get_if<std::uint64_t>(&value);
    const bool isBeyond = whole && *whole > std::uint64_t(std::numeric_limits<std::int64_t>::max());
    tensor.m_tag = {tensor.dtype(), isBeyond ? Kind::UnsignedNumber : Kind::Number, tensor.memory()};
    return tensor;
}

Tensor Tensor::none()
{
    return Tensor({}, {DType::Float32, Kind::Absent, 0});
}

Tensor Tensor::vector(std::initializer_list<double> values, DType dtype)
{
    Tensor tensor = uninitialized({std::int64_t(values.size())}, dtype);
    visit(dtype, [&](auto stored) {
        auto* to = tensor.writable<decltype(stored)>();
        for (const double value : values)
            *to++ = as<decltype(stored)>(value);
    });
    return tensor;
}

Tensor Tensor::full(const Shape& shape, Scalar value, DType dtype)
{
    const Tensor element = scalar(value, dtype);
    return shape.empty() ? element : element.restrided(shape, Strides(shape.size(), 0));
}

Tensor Tensor::uninitialized(const Shape& shape, DType dtype)
{
    return uninitialized(shape, contiguousStrides(shape), dtype);
}

Tensor Tensor::uninitialized(const Shape& shape, const Strides& strides, DType dtype)
{
    if (shape.empty())
        return Tensor({}, {dtype, Kind::Element, newMemoryNumber()});
    auto buffer = Buffer::allocate(std::size_t(elementCount(shape)) * itemSize(dtype));
    return view(std::move(buffer), shape, strides, 0, dtype);
}

Tensor Tensor::view(std::shared_ptr<Buffer> buffer, const Shape& shape, const Strides& strides,
                    std::int64_t offset, DType dtype)
{
    auto body = std::make_unique<Body>();
    const std::uint32_t number = buffer->number();
    body->data = buffer->data() + offset * std::int64_t(itemSize(dtype));
    body->buffer = std::move(buffer);
    body->size = elementCount(shape);
    body->shape = shape;
    body->strides = strides;
    return Tensor(std::bit_cast<Bits>(body.release()), {dtype, Kind::Array, number});
}

bool Tensor::isContiguous() const
{
    if (kind() != Kind::Array || body()->size == 0)
        return true;
    std::int64_t step = 1;
    for (std::size_t i = body()->shape.size(); i-- > 0;) {
        if (body()->shape[i] != 1 && body()->strides[i] != step)
            return false;
        step *= body()->shape[i];
    }
    return true;
}

Scalar Tensor::item() const
{
    assert(size() == 1);
    if (isUnsigned())
        return std::uint64_t(*data<std::int64_t>());
    return visit(dtype(), [this](auto stored) -> Scalar {
        stored = *data<decltype(stored)>();
        if constexpr (std::is_same_v<decltype(stored), bool>)
            return stored;
        else if constexpr (std::is_integral_v<decltype(stored)>)
            return std::int64_t(stored);
        else
            return double(stored);
    });
}

Scalar Tensor::at(std::int64_t index) const
{
    std::int64_t offset = 0;
    for (std::size_t i = rank(); i-- > 0;) {
        offset += index % shape()[i] * strides()[i];
        index /= shape()[i];
    }
    return restrided({}, {}, offset).item();
}

Tensor Tensor::restrided(const Shape& shape, const Strides& strides, std::int64_t offset) const
{
    if (kind() == Kind::Array && !shape.empty())
        return view(body()->buffer, shape, strides,
                    (body()->data - body()->buffer->data()) / std::int64_t(itemSize(dtype())) + offset, dtype());
    if (kind() == Kind::Array) {
        Tensor element({}, {dtype(), Kind::Element, memory()});
        std::copy_n(body()->data + offset * std::int64_t(itemSize(dtype())), itemSize(dtype()),
                    element.m_bits.data());
        return element;
    }
    if (shape.empty())
        return *this;
    auto buffer = Buffer::allocate(itemSize(dtype()), memory());
    std::copy_n(bytes(), itemSize(dtype()), buffer->data());
    return view(std::move(buffer), shape, strides, 0, dtype());
}

Tensor Tensor::withoutNumber() const
{
    Tensor tensor = *this;
    if (isNumber())
        tensor.m_tag = {dtype(), Kind::Element, memory()};
    return tensor;
}

}  // namespace chainrule

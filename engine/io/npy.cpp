// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npy.h"

#include "engine/base/limits.h"
#include "engine/base/string_text.h"
#include "engine/io/mapped_file.h"
#include "engine/io/npy_dtype.h"
#include "engine/io/npz.h"
#include "engine/tensor/for_each.h"

#include <algorithm>
#include <array>

namespace chainrule {
namespace {

std::span<const std::byte> bytesOf(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

/// "(2, 3)", "(2,)", "()".
std::string tupleText(const Shape& shape)
{
    std::string list = text(shape);
    list.front() = '(';
    list.back() = ')';
    return shape.size() == 1 ? list.insert(list.size() - 1, ",") : list;
}

Strides stridesOf(const NpyHeader& header)
{
    if (!header.isFortranOrder)
        return contiguousStrides(header.shape);
    Strides strides = contiguousStrides(Shape(std::make_reverse_iterator(header.shape.end()),
                                              std::make_reverse_iterator(header.shape.begin())));
    std::ranges::reverse(strides);
    return strides;
}

/// Whether the numbers are what a tensor of that dtype may hold.
bool isSound(const NpyHeader& header, std::span<const std::byte> data)
{
    const auto isTruth = [](std::byte byte) { return byte == std::byte(0) || byte == std::byte(1); };
    return !header.isSwapped && (header.dtype != DType::Bool || std::ranges::all_of(data, isTruth));
}

void repair(const NpyHeader& header, std::span<std::byte> data)
{
    const std::size_t size = itemSize(header.dtype);
    if (header.isSwapped)
        for (std::size_t at = 0; at < data.size(); at += size)
            std::ranges::reverse(data.subspan(at, size));
    if (header.dtype == DType::Bool)
        for (std::byte& byte : data)
            byte = std::byte(byte != std::byte(0));
}

/// The tensor whose numbers, sound and aligned, lie in `buffer` from `offset` on.
Tensor tensorOver(std::shared_ptr<Buffer> buffer, std::size_t offset, const NpyHeader& header)
{
    if (!header.shape.empty())
        return Tensor::view(std::move(buffer), header.shape, stridesOf(header),
                            std::int64_t(offset / itemSize(header.dtype)), header.dtype);
    Tensor element = Tensor::uninitialized({}, header.dtype);
    std::copy_n(buffer->data() + offset, header.dataBytes, const_cast<std::byte*>(element.bytes()));
    return element;
}

/// Whether an array of this header can be used where it lies in its file.
bool canStayInFile(const NpyHeader& header)
{
    return header.dataBytes > limits::bytesReadIntoMemory && isFloating(header.dtype) && !header.isSwapped
           && header.dataOffset % itemSize(header.dtype) == 0;
}

/// Absent where the numbers are better read.
std::optional<Result<NpyArray>> arrayInFile(InputFile file)
{
    auto mapping = mapFile(std::move(file));
    if (!mapping)
        return std::nullopt;
    const std::span bytes((*mapping)->data(), (*mapping)->size());
    const auto first = bytes.first(std::min(bytes.size(), longestNpyHeader));
    const std::vector<std::byte> start(first.begin(), first.end());  // That nobody changes while it is parsed.
    auto header = parseNpyHeader(start, bytes.size());
    if (Failure damage = (*mapping)->damage())
        return *std::move(damage);
    if (!header || !canStayInFile(*header))
        return std::nullopt;
    Tensor tensor = tensorOver(*std::move(mapping), header->dataOffset, *header);
    return NpyArray{*std::move(header), std::move(tensor)};
}

std::string headerFor(const Tensor& tensor)
{
    // NumPy leaves blanks so that the first size can grow to 21 digits without moving the numbers.
    constexpr std::size_t growth = 21;
    constexpr std::size_t alignment = 64;
    constexpr std::size_t prefix = 10;
    const Shape& shape = tensor.shape();
    std::string text = "{'descr': '" + npyDescr(npyDType(tensor.dtype()))
                       + "', 'fortran_order': False, 'shape': " + tupleText(shape) + ", }";
    if (!shape.empty())
        text.append(growth - std::to_string(shape[0]).size(), ' ');
    text.append(alignment - (prefix + text.size() + 1) % alignment, ' ');
    text += '\n';
    std::string header("\x93NUMPY\1\0", 8);
    header += char(text.size() & 0xff);
    header += char(text.size() >> 8);
    return header + text;
}

/// The elements as they are written: row-major, float32 in place of bfloat16.
Tensor written(const Tensor& tensor)
{
    if (tensor.isContiguous() && tensor.dtype() == npyDType(tensor.dtype()))
        return tensor;
    Tensor copy = Tensor::uninitialized(tensor.shape(), npyDType(tensor.dtype()));
    visit(tensor.dtype(), [&](auto stored) {
        using T = decltype(stored);
        using Written = std::conditional_t<std::is_same_v<T, BFloat16>, float, T>;
        auto* to = copy.writable<Written>();
        forEachElement<T>(tensor, [&to](T element) { *to++ = Written(element); });
    });
    return copy;
}

std::span<const std::byte> dataOf(const Tensor& tensor)
{
    return {tensor.bytes(), std::size_t(tensor.size()) * itemSize(tensor.dtype())};
}

}  // namespace

Result<NpyArray> parseNpy(std::shared_ptr<Buffer> file)
{
    auto header = parseNpyHeader({file->data(), file->size()}, file->size());
    if (!header)
        return header.error();
    std::size_t offset = header->dataOffset;
    const std::span data(file->data() + offset, std::size_t(header->dataBytes));
    // An offset within a buffer is counted in elements.
    const std::size_t size = itemSize(header->dtype);
    const bool isAligned = offset % size == 0 && std::uintptr_t(file->data()) % size == 0;
    if (!isAligned || !isSound(*header, data)) {
        const auto copy = Buffer::allocate(data.size());
        std::ranges::copy(data, copy->data());
        repair(*header, {copy->data(), copy->size()});
        file = copy;
        offset = 0;
    }
    Tensor tensor = tensorOver(std::move(file), offset, *header);
    return NpyArray{*std::move(header), std::move(tensor)};
}

Result<NpyArray> readNpy(std::uint64_t size, const std::function<Failure(std::span<std::byte>)>& read)
{
    std::vector<std::byte> start(std::size_t(std::min<std::uint64_t>(size, longestNpyHeader)));
    if (const Failure failure = read(start))
        return *failure;
    auto header = parseNpyHeader(start, size);
    if (!header)
        return header.error();

    const auto buffer = allocateIfPossible(header->dataBytes);
    if (!buffer)
        return Error{Error::Kind::MemoryError,
                     "Unable to allocate " + std::to_string(header->dataBytes)
                         + " bytes for an array with shape " + tupleText(header->shape) + " and data type "
                         + std::string(name(header->dtype))};
    const std::span data(buffer->data(), buffer->size());
    const auto known = std::span(start).subspan(header->dataOffset);
    const std::size_t have = std::min(known.size(), data.size());
    std::ranges::copy(known.first(have), data.begin());
    if (const Failure failure = read(data.subspan(have)))
        return *failure;
    if (!isSound(*header, data))
        repair(*header, data);
    Tensor tensor = tensorOver(buffer, 0, *header);
    return NpyArray{*std::move(header), std::move(tensor)};
}

Result<NpyArray> readNpy(const std::filesystem::path& path, Numbers numbers)
{
    if (const auto [archivePath, member] = splitNpzPath(path); member) {
        const auto archive = NpzArchive::open(archivePath);
        if (!archive)
            return archive.error();
        const auto index = archive->find(*member);
        if (!index)
            return index.error();
        return archive->read(*index);
    }
    auto file = InputFile::open(path, Wording::Python);
    if (!file)
        return file.error();
    if (numbers == Numbers::MayStayInFile && file->size() > limits::bytesReadIntoMemory) {
        if (auto array = arrayInFile(*std::move(file)))
            return *std::move(array);
        return readNpy(path, Numbers::InMemory);
    }
    return readNpy(file->size(), [&](std::span<std::byte> into) { return file->read(into); });
}

DType npyDType(DType dtype)
{
    return dtype == DType::BFloat16 ? DType::Float32 : dtype;
}

std::vector<std::byte> npyBytes(const Tensor& tensor)
{
    const std::string header = headerFor(tensor);
    const Tensor elements = written(tensor);
    std::vector<std::byte> file;
    for (const auto& part : {bytesOf(header), dataOf(elements)})
        file.insert(file.end(), part.begin(), part.end());
    return file;
}

Failure writeNpy(const std::filesystem::path& path, const Tensor& tensor)
{
    const std::string header = headerFor(tensor);
    const Tensor elements = written(tensor);
    const std::array parts = {bytesOf(header), dataOf(elements)};
    const auto damage = [&] { return tensor.buffer() ? tensor.buffer()->damage() : Failure(); };
    const Failure failure = saveAtomically(path, parts, damage);
    // Bytes that are gone are a bad address to the system that writes them.
    const Failure cause = failure ? damage() : Failure();
    return cause ? cause : failure;
}

}  // namespace chainrule

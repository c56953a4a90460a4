// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/limits.h"
#include "engine/base/string_text.h"
#include "engine/io/npy.h"
#include "engine/io/npy_dtype.h"
#include "engine/io/python_literal.h"

#include <algorithm>
#include <string_view>

namespace chainrule {
namespace {

using Kind = PythonLiteral::Kind;

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t versionEnd = 8;
constexpr std::uint64_t longestText = limits::npyHeaderCharacters;

Error endsEarly(std::string_view reading, std::uint64_t expected, std::uint64_t got)
{
    return valueError("EOF: reading " + std::string(reading) + ", expected " + std::to_string(expected)
                      + " bytes got " + std::to_string(got));
}

/// All but the last line is NumPy's; that it advises to trust the file is no reason to do so.
Error tooLong(std::uint64_t length)
{
    return valueError("Header info length (" + std::to_string(length)
                      + ") is large and may not be safe to load securely.\n"
                        "To allow loading, adjust `max_header_size` or fully trust the `.npy` file using "
                        "`allow_pickle=True`.\n"
                        "For safety against large resource use or crashes, sandboxing may be necessary.\n"
                        "No more than "
                      + std::to_string(longestText) + " characters are read.");
}

/// The fixed bytes at the beginning of every file.
struct Prefix {
    int major;
    int minor;
    std::size_t textOffset;
    std::uint64_t textSize;
};

Result<Prefix> parsePrefix(std::string_view file)
{
    if (file.empty())
        return Error{Error::Kind::EOFError, "No data left in file"};
    if (file.starts_with("PK\x03\x04") || file.starts_with("PK\x05\x06"))
        return typeError("expected np.ndarray (got NpzFile); name one of its arrays, as in \"all.npz:w\"");
    if (!file.starts_with(magic))
        return valueError("This file contains pickled (object) data. If you trust the file you can load it "
                          "unsafely using the `allow_pickle=` keyword argument or `pickle.load()`.");
    if (file.size() < versionEnd)
        return endsEarly("magic string", versionEnd, file.size());
    const auto byte = [&file](std::size_t i) { return std::uint8_t(file[i]); };
    const int major = byte(magic.size());
    const int minor = byte(magic.size() + 1);
    if (major < 1 || major > 3 || minor != 0)
        return valueError("we only support format version (1,0), (2,0), and (3,0), not ("
                          + std::to_string(major) + ", " + std::to_string(minor) + ")");
    const std::size_t width = major == 1 ? 2 : 4;
    if (file.size() < versionEnd + width)
        return endsEarly("array header length", width, file.size() - versionEnd);
    std::uint64_t size = 0;
    for (std::size_t i = width; i-- > 0;)
        size = size << 8 | byte(versionEnd + i);
    return Prefix{major, minor, versionEnd + width, size};
}

/// The header as UTF-8, refused where it is longer than NumPy trusts itself to read.
Result<std::string> decoded(std::string_view text, int major)
{
    if (major < 3) {
        if (text.size() > longestText)
            return tooLong(text.size());
        return utf8FromLatin1(text);
    }
    if (const std::size_t valid = validUtf8(text); valid < text.size()) {
        const auto byte = std::uint8_t(text[valid]);
        const bool canStart = byte >= 0xc2 && byte <= 0xf4;
        const std::string repr = pythonString(text.substr(valid, 1));  // "'\udcff'"
        return valueError("'utf-8' codec can't decode byte 0x" + repr.substr(repr.size() - 3, 2)
                          + " in position " + std::to_string(valid)
                          + (canStart ? ": invalid continuation byte" : ": invalid start byte"));
    }
    const auto characters = std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
    if (std::uint64_t(characters) > longestText)
        return tooLong(std::uint64_t(characters));
    return std::string(text);
}

/// The values of the three keys.
struct Entries {
    const PythonLiteral* descr = nullptr;
    const PythonLiteral* fortranOrder = nullptr;
    const PythonLiteral* shape = nullptr;
};

Result<Entries> parseEntries(const PythonLiteral& header)
{
    if (header.kind != Kind::Dict)
        return valueError("Header is not a dictionary: " + header.repr);
    Entries entries;
    std::vector<const PythonLiteral*> keys;
    for (std::size_t i = 0; i < header.items.size(); i += 2) {
        const PythonLiteral& key = header.items[i];
        const PythonLiteral& value = header.items[i + 1];
        keys.push_back(&key);
        if (key.kind != Kind::String)
            continue;
        if (key.string == "descr")
            entries.descr = &value;
        else if (key.string == "fortran_order")
            entries.fortranOrder = &value;
        else if (key.string == "shape")
            entries.shape = &value;
    }
    if (keys.size() == 3 && entries.descr && entries.fortranOrder && entries.shape)
        return entries;
    std::ranges::sort(keys, {}, [](const PythonLiteral* key) { return key->string; });
    std::string list;
    for (const PythonLiteral* key : keys)
        list += (list.empty() ? "" : ", ") + key->repr;
    return valueError("Header does not contain the correct keys: [" + list + "]");
}

Failure checkTypes(const Entries& entries)
{
    const auto isInteger = [](const PythonLiteral& size) {
        return size.kind == Kind::Int || size.kind == Kind::Bool;  // A bool is an int to Python.
    };
    if (entries.shape->kind != Kind::Tuple || !std::ranges::all_of(entries.shape->items, isInteger))
        return valueError("shape is not valid: " + entries.shape->repr);
    if (entries.fortranOrder->kind != Kind::Bool)
        return valueError("fortran_order is not a valid bool: " + entries.fortranOrder->repr);
    return std::nullopt;
}

Result<Shape> parseShape(const PythonLiteral& tuple)
{
    Shape shape;
    for (const PythonLiteral& size : tuple.items) {
        if (size.kind == Kind::Bool)
            return typeError("an integer is required");
        if (!size.integer && !size.repr.starts_with('-'))
            return Error{Error::Kind::OverflowError, "Python int too large to convert to C long"};
        if (!size.integer || *size.integer < 0)
            return valueError("negative dimensions are not allowed");
        shape.push_back(*size.integer);
    }
    if (shape.size() > maxRank)
        return *checked(shape);
    return shape;
}

/// The bytes of all elements. As in NumPy, sizes of 0 do not excuse others that overflow.
Result<std::uint64_t> byteCount(const Shape& shape, DType dtype)
{
    auto bytes = std::int64_t(itemSize(dtype));
    bool isEmpty = false;
    for (const std::int64_t size : shape) {
        isEmpty |= size == 0;
        if (size != 0 && __builtin_mul_overflow(bytes, size, &bytes))
            return valueError("array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum "
                              "possible size.");
    }
    return isEmpty ? 0 : std::uint64_t(bytes);
}

}  // namespace

bool isNpy(std::span<const std::byte> start)
{
    return std::string_view(reinterpret_cast<const char*>(start.data()), start.size()).starts_with(magic);
}

Result<NpyHeader> parseNpyHeader(std::span<const std::byte> start, std::uint64_t fileSize)
{
    const std::string_view file(reinterpret_cast<const char*>(start.data()), start.size());
    const auto prefix = parsePrefix(file);
    if (!prefix)
        return prefix.error();
    if (prefix->textSize > fileSize - prefix->textOffset)
        return endsEarly("array header", prefix->textSize, fileSize - prefix->textOffset);
    if (prefix->textSize > file.size() - prefix->textOffset)
        return tooLong(prefix->textSize);
    const std::size_t dataOffset = prefix->textOffset + std::size_t(prefix->textSize);
    const auto text = decoded(file.substr(prefix->textOffset, std::size_t(prefix->textSize)), prefix->major);
    if (!text)
        return text.error();
    const auto literal = parsePythonLiteral(*text, prefix->major < 3 ? Python::Two : Python::Three);
    if (!literal)
        return valueError("Cannot parse header: " + pythonString(*text));
    if (text->ends_with('\r') && file.substr(dataOffset).starts_with('\n'))
        return valueError("The file's line ends were converted on its way here, and with them its numbers: "
                          "its header ends in '\\r\\n'");

    const auto entries = parseEntries(*literal);
    if (!entries)
        return entries.error();
    if (const Failure failure = checkTypes(*entries))
        return *failure;
    auto dtype = parseNpyDType(*entries->descr);
    if (!dtype)
        return dtype.error();
    auto shape = parseShape(*entries->shape);
    if (!shape)
        return shape.error();
    const auto bytes = byteCount(*shape, dtype->dtype);
    if (!bytes)
        return bytes.error();
    if (*bytes > fileSize - dataOffset)
        return endsEarly("array data", *bytes, fileSize - dataOffset);
    return NpyHeader{prefix->major,      prefix->minor,
                     dtype->descr,       dtype->dtype,
                     dtype->isSwapped,   entries->fortranOrder->repr == "True",
                     *std::move(shape),  dataOffset,
                     *bytes};
}

}  // namespace chainrule

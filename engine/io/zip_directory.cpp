// SPDX-License-Identifier: GPL-3.0-or-later
// Reads what PKWARE's APPNOTE.TXT, 4.3, calls the central directory, and nothing of what it leads to.
#include "engine/io/zip_directory.h"

#include "engine/base/limits.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace chainrule {
namespace {

constexpr std::size_t endSize = 22;
constexpr std::size_t longestComment = 0xffff;
constexpr std::size_t locatorSize = 20;
constexpr std::size_t end64Size = 56;
constexpr std::size_t entrySize = 46;
constexpr std::size_t localSize = 30;

/// Where a record of the directory stands, and numbers in it.
class Record {
public:
    explicit Record(std::string_view bytes) : m_bytes(bytes) {}

    bool begins(std::string_view signature) const { return m_bytes.starts_with(signature); }
    std::uint64_t number(std::size_t offset, std::size_t width) const
    {
        std::uint64_t value = 0;
        for (std::size_t i = width; i-- > 0;)
            value = value << 8 | std::uint8_t(m_bytes[offset + i]);
        return value;
    }

private:
    std::string_view m_bytes;
};

struct Directory {
    std::uint64_t count;
    std::uint64_t offset;
    std::uint64_t size;
    std::uint64_t end;  // Where the record that says so begins.
};

struct Range {
    std::uint64_t begin;
    std::uint64_t end;
};

Error damaged(const std::string& what)
{
    return fileError("it is no sound zip archive: " + what);
}

Result<std::string> bytesAt(const InputFile& file, std::uint64_t offset, std::uint64_t size)
{
    if (offset > file.size() || size > file.size() - offset)
        return damaged("its directory leads out of it");
    std::string bytes(std::size_t(size), '\0');
    if (const Failure failure = file.readAt(offset, std::as_writable_bytes(std::span(bytes))))
        return *failure;
    return bytes;
}

Result<Directory> directory64(const InputFile& file, const Record& locator, std::uint64_t locatorOffset)
{
    const std::uint64_t offset = locator.number(8, 8);
    const auto bytes = bytesAt(file, offset, end64Size);
    if (!bytes)
        return bytes.error();
    const Record record(*bytes);
    if (!record.begins("PK\6\6") || offset + end64Size > locatorOffset)
        return damaged("its directory's end is not where it says");
    return Directory{record.number(32, 8), record.number(48, 8), record.number(40, 8), offset};
}

/// From the last record in the file that can be the end of a directory.
Result<Directory> directoryOf(const InputFile& file)
{
    const std::uint64_t tailSize = std::min<std::uint64_t>(file.size(), endSize + longestComment + locatorSize);
    const auto tail = bytesAt(file, file.size() - tailSize, tailSize);
    if (!tail)
        return tail.error();
    if (tail->size() < endSize)
        return damaged("it has no directory");
    for (std::size_t at = tail->size() - endSize + 1; at-- > 0;) {
        const Record record(std::string_view(*tail).substr(at));
        if (!record.begins("PK\5\6") || at + endSize + record.number(20, 2) != tail->size())
            continue;
        const std::uint64_t offset = file.size() - tailSize + at;
        if (at >= locatorSize)
            if (const Record locator(std::string_view(*tail).substr(at - locatorSize)); locator.begins("PK\6\7"))
                return directory64(file, locator, offset - locatorSize);
        return Directory{record.number(10, 2), record.number(16, 4), record.number(12, 4), offset};
    }
    return damaged("it has no directory, or not all of it");
}

/// What an entry says is 0xffffffff stands, eight bytes each, in its extra field 1: first both sizes, then the offset.
struct Entry {
    std::uint64_t compressed;
    std::uint64_t offset;
};

Result<Entry> entryOf(const Record& record, std::size_t extra, std::size_t extraEnd)
{
    constexpr std::uint64_t elsewhere = 0xffffffff;
    Entry entry{record.number(20, 4), record.number(42, 4)};
    const bool isLarge = record.number(24, 4) == elsewhere;
    if (!isLarge && entry.compressed != elsewhere && entry.offset != elsewhere)
        return entry;
    for (std::size_t at = extra; at + 4 <= extraEnd;) {
        const std::size_t size = record.number(at + 2, 2);
        if (size > extraEnd - at - 4)
            break;
        if (record.number(at, 2) == 1) {
            std::size_t next = at + 4 + (isLarge ? 8 : 0);
            const std::size_t end = at + 4 + size;
            for (std::uint64_t* const value : {&entry.compressed, &entry.offset}) {
                if (*value != elsewhere)
                    continue;
                if (next + 8 > end)
                    return damaged("an entry lacks its size");
                *value = record.number(next, 8);
                next += 8;
            }
            return entry;
        }
        at += 4 + size;
    }
    return damaged("an entry lacks its size");
}

/// The bytes that a member takes, with its local header.
Result<Range> rangeOf(const InputFile& file, const Entry& entry)
{
    const auto bytes = bytesAt(file, entry.offset, localSize);
    if (!bytes)
        return bytes.error();
    const Record local(*bytes);
    if (!local.begins("PK\3\4"))
        return damaged("a member is not where its directory says");
    const std::uint64_t begin = entry.offset + localSize + local.number(26, 2) + local.number(28, 2);
    if (begin > file.size() || entry.compressed > file.size() - begin)
        return damaged("a member is longer than the file");
    return Range{entry.offset, begin + entry.compressed};
}

}  // namespace

Result<std::uint64_t> checkedZipDirectory(const InputFile& file)
{
    const auto directory = directoryOf(file);
    if (!directory)
        return directory.error();
    const auto& [count, offset, size, end] = *directory;
    if (count > limits::archiveMembers)
        return fileError("it has " + std::to_string(count) + " members, and no more than "
                         + std::to_string(limits::archiveMembers) + " are read");
    if (offset > end || size != end - offset)
        return damaged("its directory does not end where it says");
    if (size < count * entrySize)
        return damaged("its directory is too short for its entries");
    const auto bytes = bytesAt(file, offset, size);
    if (!bytes)
        return bytes.error();
    std::vector<Range> ranges;
    std::size_t at = 0;
    while (at + entrySize <= bytes->size()) {
        const Record record(std::string_view(*bytes).substr(at));
        const std::size_t extra = entrySize + record.number(28, 2);
        const std::size_t extraEnd = extra + record.number(30, 2);
        const std::size_t next = extraEnd + record.number(32, 2);
        if (!record.begins("PK\1\2") || next > bytes->size() - at)
            return damaged("its directory is damaged");
        const auto entry = entryOf(record, extra, extraEnd);
        if (!entry)
            return entry.error();
        const auto range = rangeOf(file, *entry);
        if (!range)
            return range.error();
        ranges.push_back(*range);
        at += next;
    }
    if (ranges.size() != count || at != bytes->size())
        return damaged("its directory does not have as many entries as it says");
    std::ranges::sort(ranges, {}, &Range::begin);
    for (std::size_t i = 0; i < ranges.size(); ++i)
        if (ranges[i].end > (i + 1 < ranges.size() ? ranges[i + 1].begin : offset))
            return damaged("its members lie over one another");
    return count;
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npz.h"

#include "engine/base/limits.h"
#include "engine/base/string_text.h"
#include "engine/io/file.h"
#include "engine/io/zip_directory.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>

namespace chainrule {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

/// An archive's bytes, as libzip asks for them.
struct Bytes {
    std::optional<InputFile> file;  // That is read.
    std::vector<std::byte> written = {};
    std::uint64_t offset = 0;
    zip_error_t error = {};
    Failure failure = {};  // What reading failed with.

    std::uint64_t size() const { return file ? file->size() : written.size(); }
};

zip_int64_t fail(Bytes& bytes, int code)
{
    zip_error_set(&bytes.error, code, 0);
    return -1;
}

zip_int64_t seek(Bytes& bytes, void* data, zip_uint64_t size)
{
    const zip_int64_t offset = zip_source_seek_compute_offset(bytes.offset, bytes.size(), data, size, &bytes.error);
    if (offset < 0)
        return -1;
    bytes.offset = std::uint64_t(offset);
    return 0;
}

zip_int64_t readSome(Bytes& bytes, void* data, zip_uint64_t size)
{
    size = std::min(size, bytes.size() - std::min(bytes.offset, bytes.size()));
    bytes.failure = bytes.file->readAt(bytes.offset, {static_cast<std::byte*>(data), std::size_t(size)});
    if (bytes.failure)
        return fail(bytes, ZIP_ER_READ);
    bytes.offset += size;
    return zip_int64_t(size);
}

zip_int64_t writeSome(Bytes& bytes, const void* data, zip_uint64_t size)
{
    try {
        bytes.written.resize(std::max<std::size_t>(bytes.written.size(), bytes.offset + size));
    } catch (const std::exception&) {
        return fail(bytes, ZIP_ER_MEMORY);  // libzip is C: no exception may pass through it.
    }
    std::copy_n(static_cast<const std::byte*>(data), size, bytes.written.begin() + std::ptrdiff_t(bytes.offset));
    bytes.offset += size;
    return zip_int64_t(size);
}

zip_int64_t status(const Bytes& bytes, void* data)
{
    auto* const stat = static_cast<zip_stat_t*>(data);
    zip_stat_init(stat);
    stat->size = bytes.size();
    stat->valid = ZIP_STAT_SIZE;
    return sizeof *stat;
}

zip_int64_t obey(void* user, void* data, zip_uint64_t size, zip_source_cmd_t command)
{
    Bytes& bytes = *static_cast<Bytes*>(user);
    switch (command) {
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_BEGIN_WRITE: bytes.offset = 0; return 0;
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_REMOVE:
    case ZIP_SOURCE_FREE: return 0;
    case ZIP_SOURCE_READ: return bytes.file ? readSome(bytes, data, size) : fail(bytes, ZIP_ER_READ);
    case ZIP_SOURCE_WRITE: return writeSome(bytes, data, size);
    case ZIP_SOURCE_SEEK:
    case ZIP_SOURCE_SEEK_WRITE: return seek(bytes, data, size);
    case ZIP_SOURCE_TELL:
    case ZIP_SOURCE_TELL_WRITE: return zip_int64_t(bytes.offset);
    case ZIP_SOURCE_STAT: return status(bytes, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&bytes.error, data, size);
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                                              bytes.file ? -1 : ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE,
                                              ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE,
                                              ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, -1);
    default: return fail(bytes, ZIP_ER_OPNOTSUPP);
    }
}

std::string textOf(zip_error_t* error)
{
    return zip_error_strerror(error);
}

std::string textOf(int code)
{
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = textOf(&error);
    zip_error_fini(&error);
    return text;
}

std::string arrayName(std::string_view file)
{
    constexpr std::string_view suffix = ".npy";
    if (file.ends_with(suffix))
        file.remove_suffix(suffix.size());
    return std::string(file);
}

/// The members as the directory says them; nothing has been inflated.
Result<std::vector<NpzMember>> membersOf(zip_t* archive, std::uint64_t fileSize)
{
    std::vector<NpzMember> members;
    std::unordered_set<std::string> names;
    std::uint64_t total = 0;
    const zip_int64_t count = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        zip_stat_t stat;
        if (zip_stat_index(archive, zip_uint64_t(i), 0, &stat) < 0)
            return fileError(textOf(zip_get_error(archive)));
        const std::string name = stat.name;
        const auto refused = [&](const std::string& what) { return fileError("its member " + oneLine(name) + " " + what); };
        if (!names.insert(name).second)
            return refused("is there twice");
        if (stat.encryption_method != ZIP_EM_NONE)
            return refused("is encrypted");
        if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
            return refused("is neither stored nor deflated");
        constexpr std::uint64_t mostOfDeflate = 1032;
        const bool isStored = stat.comp_method == ZIP_CM_STORE;
        if (isStored ? stat.size != stat.comp_size : stat.size / mostOfDeflate > stat.comp_size)
            return refused("says that its " + std::to_string(stat.comp_size) + " bytes become "
                           + std::to_string(stat.size) + ", which cannot be");
        if (__builtin_add_overflow(total, stat.size, &total))
            return refused("is too large");
        members.push_back({arrayName(name), name, stat.size});
    }
    if (total > limits::inflatedBytes && total / limits::inflation > fileSize)
        return fileError("its members inflate to " + std::to_string(total) + " bytes, more than "
                         + std::to_string(limits::inflation) + " times its size; beyond "
                         + std::to_string(limits::inflatedBytes) + " bytes that is not read");
    return members;
}

}  // namespace

struct NpzArchive::State {
    std::filesystem::path path;
    Bytes bytes;
    Archive archive{nullptr, &zip_discard};
    std::vector<NpzMember> members = {};

    Error cannotRead(const std::string& why) const
    {
        return bytes.failure ? *bytes.failure : fileError("cannot read " + oneLine(path.native()) + ": " + why);
    }
};

namespace {

/// One member, being inflated.
class Inflation {
public:
    Inflation(zip_t* archive, std::size_t index) : m_file(zip_fopen_index(archive, index, 0), &zip_fclose) {}

    explicit operator bool() const { return m_file != nullptr; }

    /// How many bytes came, fewer only at the end; or an error's text.
    std::variant<std::size_t, std::string> read(std::span<std::byte> into)
    {
        std::size_t done = 0;
        while (done < into.size()) {
            const zip_int64_t count = zip_fread(m_file.get(), into.data() + done, into.size() - done);
            if (count < 0)
                return textOf(zip_file_get_error(m_file.get()));
            if (count == 0)
                break;
            done += std::size_t(count);
        }
        return done;
    }

private:
    std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> m_file;
};

Error noArray()
{
    return typeError("expected np.ndarray (got bytes)");  // What NumPy takes such a member for.
}

}  // namespace

std::pair<std::filesystem::path, std::optional<std::string>> splitNpzPath(const std::filesystem::path& path)
{
    constexpr std::string_view mark = ".npz:";
    const std::string& text = path.native();
    const std::size_t at = text.rfind(mark);
    if (at == std::string::npos)
        return {path, std::nullopt};
    return {text.substr(0, at + mark.size() - 1), text.substr(at + mark.size())};
}

bool holdsArchive(const std::filesystem::path& path)
{
    auto file = InputFile::open(path);
    std::array<std::byte, 4> start = {};
    if (!file || file->size() < start.size() || file->read(start))
        return false;
    const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
    return text == "PK\3\4" || text == "PK\5\6";
}

Result<NpzArchive> NpzArchive::open(const std::filesystem::path& path)
{
    auto file = InputFile::open(path, Wording::Python);
    if (!file)
        return file.error();
    const auto state = std::make_shared<State>(State{path, {*std::move(file)}});
    const auto count = checkedZipDirectory(*state->bytes.file);
    if (!count)
        return state->cannotRead(count.error().message);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_function_create(&obey, &state->bytes, &error);
    if (source)
        state->archive.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
    if (source && !state->archive)
        zip_source_free(source);
    const std::string text = textOf(&error);
    zip_error_fini(&error);
    if (!state->archive)
        return state->cannotRead(text);
    auto members = membersOf(state->archive.get(), state->bytes.file->size());
    if (!members)
        return state->cannotRead(members.error().message);
    if (members->size() != *count)
        return state->cannotRead("its directory can be read in two ways");
    state->members = *std::move(members);
    return NpzArchive(state);
}

std::span<const NpzMember> NpzArchive::members() const
{
    return m_state->members;
}

Result<std::size_t> NpzArchive::find(std::string_view name) const
{
    for (const auto by : {&NpzMember::file, &NpzMember::name})
        if (const auto found = std::ranges::find(m_state->members, name, by); found != m_state->members.end())
            return std::size_t(found - m_state->members.begin());
    return Error{Error::Kind::KeyError, std::string(name) + " is not a file in the archive"};
}

Result<NpyHeader> NpzArchive::header(std::size_t index) const
{
    const NpzMember& member = m_state->members[index];
    Inflation inflation(m_state->archive.get(), index);
    if (!inflation)
        return m_state->cannotRead(textOf(zip_get_error(m_state->archive.get())));
    std::vector<std::byte> start(std::size_t(std::min<std::uint64_t>(member.bytes, longestNpyHeader)));
    const auto got = inflation.read(start);
    if (const auto* const why = std::get_if<std::string>(&got))
        return m_state->cannotRead(oneLine(member.file) + ": " + *why);
    if (!isNpy(start))
        return noArray();
    return parseNpyHeader(start, member.bytes);
}

Result<NpyArray> NpzArchive::read(std::size_t index) const
{
    const NpzMember& member = m_state->members[index];
    const auto broken = [&](const std::string& why) { return m_state->cannotRead(oneLine(member.file) + ": " + why); };
    Inflation inflation(m_state->archive.get(), index);
    if (!inflation)
        return broken(textOf(zip_get_error(m_state->archive.get())));
    std::uint64_t left = member.bytes;
    bool isArray = true;
    const auto next = [&](std::span<std::byte> into) -> Failure {
        const auto got = inflation.read(into);
        if (const auto* const why = std::get_if<std::string>(&got))
            return broken(*why);
        if (*std::get_if<std::size_t>(&got) < into.size())
            return broken(textOf(ZIP_ER_EOF));
        if (left == member.bytes)
            isArray = isNpy(into);
        left -= into.size();
        return isArray ? Failure() : noArray();
    };
    auto array = readNpy(member.bytes, next);
    if (!array)
        return array.error();
    // Only at the very end libzip compares the checksum; there is to be nothing behind it.
    std::array<std::byte, 1 << 14> rest;
    for (std::size_t got = 1; got > 0;) {
        const auto count = inflation.read(rest);
        if (const auto* const why = std::get_if<std::string>(&count))
            return broken(*why);
        got = *std::get_if<std::size_t>(&count);
        if (got > left)
            return broken("it is longer than its directory says");
        left -= got;
    }
    return array;
}

Result<std::vector<std::byte>> npzBytes(std::span<const NpzEntry> entries)
{
    if (entries.empty()) {  // libzip would write nothing at all, which is no archive.
        constexpr std::array<char, 22> endOfDirectory = {'P', 'K', 5, 6};
        const auto bytes = std::as_bytes(std::span(endOfDirectory));
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    }
    Bytes bytes{std::nullopt};
    std::vector<std::vector<std::byte>> contents;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const target = zip_source_function_create(&obey, &bytes, &error);
    Archive archive(target ? zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error) : nullptr, &zip_discard);
    if (!archive) {
        if (target)
            zip_source_free(target);
        return fileError("cannot make the archive: " + textOf(&error));
    }
    const auto failed = [&] { return fileError("cannot make the archive: " + textOf(zip_get_error(archive.get()))); };
    for (const NpzEntry& entry : entries) {
        const auto& content = contents.emplace_back(npyBytes(entry.tensor));
        zip_source_t* const source = zip_source_buffer(archive.get(), content.data(), content.size(), 0);
        if (!source)
            return failed();
        const zip_int64_t index = zip_file_add(archive.get(), entry.file.c_str(), source, ZIP_FL_ENC_UTF_8);
        if (index < 0) {
            zip_source_free(source);
            return failed();
        }
        constexpr zip_uint16_t midnight = 0;
        constexpr zip_uint16_t firstOf1980 = 0x21;
        if (zip_set_file_compression(archive.get(), zip_uint64_t(index), ZIP_CM_STORE, 0) < 0
            || zip_file_set_dostime(archive.get(), zip_uint64_t(index), midnight, firstOf1980, 0) < 0)
            return failed();
    }
    if (zip_close(archive.get()) < 0)
        return failed();
    archive.release();  // zip_close has freed it.
    return std::move(bytes.written);
}

}  // namespace chainrule

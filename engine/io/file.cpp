// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/file.h"

#include "engine/base/string_text.h"
#include "engine/io/file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <optional>
#include <unistd.h>
#include <utility>
#include <variant>

namespace chainrule {
namespace {

/// What a call that failed with `code` (an errno) says, in English whatever the locale.
std::string cause(int code)
{
    const char* const text = strerrordesc_np(code);
    return text ? text : "error " + std::to_string(code);
}

/// Why something that is no regular file is refused.
std::string_view notAFile(mode_t mode)
{
    if (S_ISDIR(mode))
        return "it is a folder";
    if (S_ISFIFO(mode))
        return "it is a pipe";
    return S_ISSOCK(mode) ? "it is a socket" : "it is a device";
}

Error cannotRead(const std::filesystem::path& path, std::string_view why)
{
    return fileError("cannot read " + oneLine(path.native()) + ": " + std::string(why));
}

Error cannotOpen(const std::filesystem::path& path, int code, Wording wording)
{
    if (wording == Wording::Plain)
        return cannotRead(path, cause(code));
    return fileError("[Errno " + std::to_string(code) + "] " + cause(code) + ": "
                     + pythonString(path.native()));
}

/// Descriptors are closed on every way out; who cares for the result calls close().
class Descriptor {
public:
    explicit Descriptor(int file) : m_file(file) {}
    Descriptor(Descriptor&& other) noexcept : m_file(std::exchange(other.m_file, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() { close(); }

    int get() const { return m_file; }

    int close()
    {
        if (m_file < 0)
            return 0;
        const int result = fileSystem().close(std::exchange(m_file, -1));
        return result == -EINTR ? 0 : result;  // Linux has closed it by then.
    }

private:
    int m_file;
};

/// A file that is being written: first without a name, or under one that nobody looks for.
/// A name that it still has at the end goes, whichever way out it was.
struct Draft {
    Descriptor file;
    std::filesystem::path name;  // Empty: it has none yet, or none any more.

    Draft(Descriptor opened, std::filesystem::path under) noexcept : file(std::move(opened)), name(std::move(under)) {}
    Draft(Draft&&) noexcept = default;
    ~Draft()
    {
        if (!name.empty())
            (void)fileSystem().unlink(name);  // The first error is the one to tell.
    }
};

/// Why a step of saving failed; 0: it did not.
using Code = int;

/// What is to be replaced.
struct Target {
    std::filesystem::path path;         // Behind all links.
    std::optional<struct stat> status;  // Of the file that is there.

    std::filesystem::path folder() const { return path.has_parent_path() ? path.parent_path() : "."; }
};

/// Where a chain of symbolic links leads. The last link may dangle: then the file is created there.
std::variant<std::filesystem::path, Code> behindLinks(std::filesystem::path path)
{
    constexpr int mostLinks = 40;  // As many as the kernel follows.
    for (int i = 0; i < mostLinks; ++i) {
        struct stat status = {};
        const int found = fileSystem().lstat(path, status);
        if (found < 0 && found != -ENOENT)
            return -found;
        if (found < 0 || !S_ISLNK(status.st_mode))
            return path;
        std::filesystem::path target;
        if (const int read = fileSystem().readlink(path, target); read < 0)
            return -read;
        path = path.parent_path() / target;  // An absolute target replaces what stands before it.
    }
    return ELOOP;
}

/// Names that do not meet: of this process by the count, of others by its id. It is there to tell the
/// names that a killed process has left behind.
std::filesystem::path draftName(const std::filesystem::path& folder)
{
    static std::atomic<unsigned> count = 0;
    return folder / (".chainrule-" + std::to_string(getpid()) + "-" + std::to_string(count++) + ".tmp");
}

/// The id of the process that a name of draftName() is by.
std::optional<pid_t> processOfDraft(std::string_view name)
{
    constexpr std::string_view before = ".chainrule-";
    constexpr std::string_view after = ".tmp";
    if (!name.starts_with(before) || !name.ends_with(after) || name.size() < before.size() + after.size())
        return std::nullopt;
    name = name.substr(before.size(), name.size() - before.size() - after.size());
    pid_t process = 0;
    unsigned count = 0;
    const auto [dash, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc() || process <= 0 || dash == name.data() + name.size() || *dash != '-')
        return std::nullopt;
    const auto [end, otherError] = std::from_chars(dash + 1, name.data() + name.size(), count);
    const bool isWhole = otherError == std::errc() && end == name.data() + name.size();
    return isWhole ? std::optional(process) : std::nullopt;
}

constexpr int mostNames = 100;  // Left behind by a process with our id: then the next is tried.

/// A file without a name where the file system has that: if we are killed, nothing is left behind.
std::variant<Draft, Code> opened(const Target& target, bool isNameless)
{
    // What replaces a file is nobody else's to read until it has that file's mode.
    const mode_t mode = target.status ? 0600 : 0666;
    if (isNameless) {
        const int file = fileSystem().open(target.folder(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
        if (file >= 0)
            return Draft{Descriptor(file), {}};
        // EISDIR and ENOENT: a kernel, or a file system, that does not know the flag.
        if (file != -EOPNOTSUPP && file != -EISDIR && file != -EINVAL && file != -ENOENT)
            return -file;
    }
    int file = -EEXIST;
    for (int i = 0; i < mostNames && file == -EEXIST; ++i) {
        std::filesystem::path name = draftName(target.folder());
        file = fileSystem().open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file >= 0)
            return Draft{Descriptor(file), std::move(name)};
    }
    return -file;
}

Code written(int file, std::span<const std::byte> content)
{
    constexpr std::size_t most = std::size_t(1) << 30;  // Linux writes no more than 2 GB at once.
    while (!content.empty()) {
        const ssize_t count = fileSystem().write(file, content.first(std::min(content.size(), most)));
        if (count == -EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? Code(-count) : EIO;
        content = content.subspan(std::size_t(count));
    }
    return 0;
}

Code dressed(int file, const std::optional<struct stat>& like)
{
    struct stat status = {};
    if (!like)
        return 0;
    if (const int result = fileSystem().fstat(file, status); result < 0)
        return -result;
    // Only root may give files away. Who cannot keeps the new file: it is complete, and readable by all
    // whom the mode lets. After fchown, because that takes the mode's special bits away.
    if (status.st_uid != like->st_uid || status.st_gid != like->st_gid)
        (void)fileSystem().fchown(file, like->st_uid, like->st_gid);
    return -fileSystem().fchmod(file, like->st_mode & 07777);
}

Code named(Draft& draft, const Target& target)
{
    int result = -EEXIST;
    for (int i = 0; i < mostNames && result == -EEXIST; ++i) {
        std::filesystem::path name = draftName(target.folder());
        result = fileSystem().link(draft.file.get(), name);
        if (result == 0)
            draft.name = std::move(name);  // Which needs no memory: now that there is a name it must not be lost.
    }
    return -result;
}

/// All that happens before the target is touched: then the draft is complete, on the disk and has a name.
Code completed(Draft& draft, const Target& target, std::span<const std::span<const std::byte>> parts)
{
    for (const auto& part : parts)
        if (const Code code = written(draft.file.get(), part))
            return code;
    if (const Code code = dressed(draft.file.get(), target.status))
        return code;
    if (const int result = fileSystem().fsync(draft.file.get()); result < 0)
        return -result;
    if (draft.name.empty())
        if (const Code code = named(draft, target))
            return code;
    return -draft.file.close();
}

/// A rename lasts only when its folder has reached the disk.
Code flushed(const std::filesystem::path& folder)
{
    const int file = fileSystem().open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file == -EACCES)
        return 0;  // A folder that may be written and not read.
    if (file < 0)
        return -file;
    const Descriptor descriptor(file);
    const int result = fileSystem().fsync(file);
    return result == -EINVAL || result == -EOPNOTSUPP ? 0 : -result;  // Not every file system can.
}

/// `refusal` becomes what `approve` answers.
Code replaced(const Target& target, std::span<const std::span<const std::byte>> parts, bool isNameless,
              const std::function<Failure()>& approve, Failure& refusal)
{
    auto draft = opened(target, isNameless);
    if (const Code* code = std::get_if<Code>(&draft))
        return *code;
    Draft& file = *std::get_if<Draft>(&draft);
    const bool wasNameless = file.name.empty();
    Code code = completed(file, target, parts);
    const bool isUnnameable = wasNameless && file.name.empty()
                              && (code == ENOENT || code == EPERM || code == EOPNOTSUPP);
    if (isUnnameable)  // No /proc, or a file system that has only half of O_TMPFILE.
        return replaced(target, parts, false, approve, refusal);
    if (!code && approve)
        refusal = approve();
    if (!code && !refusal)
        code = -fileSystem().rename(file.name, target.path);
    if (code || refusal)
        return code;
    file.name.clear();
    return flushed(target.folder());
}

}  // namespace

Result<InputFile> InputFile::open(const std::filesystem::path& path, Wording wording)
{
    // Asked first, because to open a device can have effects.
    struct stat status = {};
    if (const int result = fileSystem().stat(path, status); result < 0)
        return cannotOpen(path, -result, wording);
    if (S_ISDIR(status.st_mode) && wording == Wording::Python)
        return cannotOpen(path, EISDIR, wording);
    if (!S_ISREG(status.st_mode))
        return cannotRead(path, notAFile(status.st_mode));
    // Should a pipe have taken its place by now, O_NONBLOCK keeps us from waiting for its writer.
    const int file = fileSystem().open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (file < 0)
        return cannotOpen(path, -file, wording);
    InputFile input(path, file, 0);
    if (const int result = fileSystem().fstat(file, status); result < 0)
        return cannotOpen(path, -result, wording);
    if (!S_ISREG(status.st_mode))
        return cannotRead(path, notAFile(status.st_mode));
    input.m_size = std::uint64_t(status.st_size);
    return input;
}

InputFile::InputFile(std::filesystem::path path, int file, std::uint64_t size)
    : m_path(std::move(path)), m_file(file), m_size(size)
{
}

InputFile::InputFile(InputFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_file(std::exchange(other.m_file, -1)), m_size(other.m_size)
{
}

InputFile::~InputFile()
{
    if (m_file >= 0)
        (void)fileSystem().close(m_file);
}

Error InputFile::refused(std::string_view why) const
{
    return cannotRead(m_path, why);
}

Error InputFile::refused(int code) const
{
    return refused(cause(code));
}

template <typename Read>
Failure InputFile::fill(std::span<std::byte> into, const Read& readSome) const
{
    while (!into.empty()) {
        const ssize_t count = readSome(into);
        if (count == -EINTR)
            continue;
        if (count < 0)
            return refused(int(-count));
        if (count == 0)
            return refused("it became shorter while it was read");
        into = into.subspan(std::size_t(count));
    }
    return std::nullopt;
}

Failure InputFile::read(std::span<std::byte> into)
{
    return fill(into, [this](std::span<std::byte> rest) { return fileSystem().read(m_file, rest); });
}

Failure InputFile::readAt(std::uint64_t offset, std::span<std::byte> into) const
{
    return fill(into, [&](std::span<std::byte> rest) {
        return fileSystem().pread(m_file, rest, offset + (into.size() - rest.size()));
    });
}

std::shared_ptr<Buffer> allocateIfPossible(std::uint64_t bytes)
{
    try {
        return Buffer::allocate(std::size_t(bytes));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

Result<std::shared_ptr<Buffer>> readFile(const std::filesystem::path& path, std::uint64_t most)
{
    auto file = InputFile::open(path);
    if (!file)
        return file.error();
    if (file->size() > most)
        return file->refused("it has " + std::to_string(file->size()) + " bytes, and no more than " + std::to_string(most)
                             + " are read");
    auto buffer = allocateIfPossible(file->size());
    if (!buffer)
        return Error{Error::Kind::MemoryError,
                     cannotRead(path, "its " + std::to_string(file->size()) + " bytes do not fit into memory")
                         .message};
    if (const Failure failure = file->read({buffer->data(), buffer->size()}))
        return *failure;
    return buffer;
}

Failure saveAtomically(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts,
                       const std::function<Failure()>& approve)
{
    const auto refused = [&path](std::string_view why) {
        return fileError("cannot write " + oneLine(path.native()) + ": " + std::string(why));
    };
    const auto behind = behindLinks(path);
    if (const Code* code = std::get_if<Code>(&behind))
        return refused(cause(*code));
    Target target{*std::get_if<std::filesystem::path>(&behind), std::nullopt};
    struct stat status = {};
    const int found = fileSystem().stat(target.path, status);
    if (found < 0 && found != -ENOENT)
        return refused(cause(-found));
    if (found == 0) {
        if (!S_ISREG(status.st_mode))
            return refused(notAFile(status.st_mode));
        if ((status.st_mode & 0222) == 0)
            return refused("it is read-only");  // For root too, whom access() would let.
        if (const int result = fileSystem().access(target.path); result < 0)
            return refused(cause(-result));
        target.status = status;
    }
    Failure refusal;
    if (const Code code = replaced(target, parts, true, approve, refusal))
        return refused(cause(code));
    return refusal;
}

Failure saveAtomically(const std::filesystem::path& path, std::span<const std::byte> content)
{
    return saveAtomically(path, std::span<const std::span<const std::byte>>(&content, 1));
}

void sweepDrafts(const std::filesystem::path& folder)
{
    const std::filesystem::path place = folder.empty() ? "." : folder;
    std::vector<std::string> names;
    (void)fileSystem().list(place, names);
    for (const std::string& name : names) {
        const auto process = processOfDraft(name);
        if (!process || *process == getpid() || kill(*process, 0) == 0 || errno != ESRCH)
            continue;
        struct stat status = {};
        if (fileSystem().lstat(place / name, status) == 0 && S_ISREG(status.st_mode))
            (void)fileSystem().unlink(place / name);
    }
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/file_system.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace chainrule {
namespace {

template <typename T>
T answer(T result)
{
    return result < 0 ? T(-errno) : result;
}

std::atomic<FileSystem*>& current()
{
    static FileSystem real;
    static std::atomic<FileSystem*> current = &real;
    return current;
}

}  // namespace

int FileSystem::open(const std::filesystem::path& path, int flags, mode_t mode)
{
    return answer(::open(path.c_str(), flags, mode));
}

int FileSystem::close(int file)
{
    return answer(::close(file));
}

ssize_t FileSystem::read(int file, std::span<std::byte> into)
{
    return answer(::read(file, into.data(), into.size()));
}

ssize_t FileSystem::pread(int file, std::span<std::byte> into, std::uint64_t offset)
{
    return answer(::pread(file, into.data(), into.size(), off_t(offset)));
}

int FileSystem::map(int file, std::size_t bytes, std::byte*& data)
{
    void* const place = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
    if (place == MAP_FAILED)
        return -errno;
    data = static_cast<std::byte*>(place);
    return 0;
}

ssize_t FileSystem::write(int file, std::span<const std::byte> from)
{
    return answer(::write(file, from.data(), from.size()));
}

int FileSystem::fsync(int file)
{
    return answer(::fsync(file));
}

int FileSystem::fchmod(int file, mode_t mode)
{
    return answer(::fchmod(file, mode));
}

int FileSystem::fchown(int file, uid_t owner, gid_t group)
{
    return answer(::fchown(file, owner, group));
}

int FileSystem::fstat(int file, struct stat& status)
{
    return answer(::fstat(file, &status));
}

int FileSystem::stat(const std::filesystem::path& path, struct stat& status)
{
    return answer(::stat(path.c_str(), &status));
}

int FileSystem::lstat(const std::filesystem::path& path, struct stat& status)
{
    return answer(::lstat(path.c_str(), &status));
}

int FileSystem::access(const std::filesystem::path& path)
{
    return answer(::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS));
}

int FileSystem::readlink(const std::filesystem::path& path, std::filesystem::path& target)
{
    std::array<char, PATH_MAX> text;
    const ssize_t size = ::readlink(path.c_str(), text.data(), text.size());
    if (size < 0)
        return -errno;
    if (std::size_t(size) == text.size())
        return -ENAMETOOLONG;
    target.assign(text.data(), text.data() + size);
    return 0;
}

int FileSystem::link(int file, const std::filesystem::path& name)
{
    // The way through /proc, unlike AT_EMPTY_PATH, asks for no privilege.
    const std::string source = "/proc/self/fd/" + std::to_string(file);
    return answer(::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW));
}

int FileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to)
{
    return answer(::rename(from.c_str(), to.c_str()));
}

int FileSystem::unlink(const std::filesystem::path& path)
{
    return answer(::unlink(path.c_str()));
}

int FileSystem::list(const std::filesystem::path& folder, std::vector<std::string>& names)
{
    // Not std::filesystem's iterator: the standard library ends the program where its next step finds no memory.
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
    if (!stream)
        return -errno;
    errno = 0;
    while (const dirent* const entry = readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..")
            names.emplace_back(name);
        errno = 0;
    }
    return -errno;
}

FileSystem& fileSystem()
{
    return *current();
}

FileSystemReplacement::FileSystemReplacement(FileSystem& replacement)
    : m_replaced(*current().exchange(&replacement))
{
}

FileSystemReplacement::~FileSystemReplacement()
{
    current() = &m_replaced;
}

}  // namespace chainrule

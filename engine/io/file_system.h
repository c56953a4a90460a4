// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

namespace chainrule {

/// The system calls through which everything that Chainrule reads or writes goes. Each does what POSIX's
/// function of that name does, and answers -errno where that one sets errno and returns -1. As it stands
/// it is the real one; a test derives from it to make a call fail.
class FileSystem {
public:
    virtual ~FileSystem() = default;

    virtual int open(const std::filesystem::path& path, int flags, mode_t mode);
    virtual int close(int file);
    virtual ssize_t read(int file, std::span<std::byte> into);
    virtual ssize_t pread(int file, std::span<std::byte> into, std::uint64_t offset);
    /// Makes the first `bytes` bytes readable at `data`, as far as there are so many.
    virtual int map(int file, std::size_t bytes, std::byte*& data);
    virtual ssize_t write(int file, std::span<const std::byte> from);
    virtual int fsync(int file);
    virtual int fchmod(int file, mode_t mode);
    virtual int fchown(int file, uid_t owner, gid_t group);
    virtual int fstat(int file, struct stat& status);
    virtual int stat(const std::filesystem::path& path, struct stat& status);
    virtual int lstat(const std::filesystem::path& path, struct stat& status);
    /// Whether this process may write to it.
    virtual int access(const std::filesystem::path& path);
    virtual int readlink(const std::filesystem::path& path, std::filesystem::path& target);
    /// Gives a name to a file that was opened without one.
    virtual int link(int file, const std::filesystem::path& name);
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to);
    virtual int unlink(const std::filesystem::path& path);
    /// The names of what a folder holds.
    virtual int list(const std::filesystem::path& folder, std::vector<std::string>& names);
};

/// The one in use, by all threads.
FileSystem& fileSystem();

/// Puts another FileSystem in the place of the one in use, for as long as this lives. For tests.
class FileSystemReplacement {
public:
    explicit FileSystemReplacement(FileSystem& replacement);
    FileSystemReplacement(const FileSystemReplacement&) = delete;
    FileSystemReplacement& operator=(const FileSystemReplacement&) = delete;
    ~FileSystemReplacement();

private:
    FileSystem& m_replaced;
};

}  // namespace chainrule

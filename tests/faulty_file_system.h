// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/file_system.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <vector>

/// The real file system, in use while this lives, with faults that a test asks for. What was called is
/// in `calls`.
class FaultyFileSystem : public chainrule::FileSystem {
public:
    struct Fault {
        std::size_t call;       ///< Counted from 0.
        int code;               ///< The errno it fails with.
        bool isForever = false;  ///< Everything after it fails too, as if the process had been killed.
    };

    std::optional<Fault> fault;
    std::optional<std::size_t> freeBytes;           ///< Of the disk: then it is full.
    std::optional<std::size_t> mostAtOnce;          ///< Bytes per read and write.
    bool isInterrupted = false;                     ///< Every second read and write is, by a signal.
    bool lacksNamelessFiles = false;
    bool lacksProc = false;
    std::vector<std::string> calls;

    int open(const std::filesystem::path& path, int flags, mode_t mode) override
    {
        const bool isNameless = (flags & O_TMPFILE) == O_TMPFILE;
        return orFail("open", [&] {
            return isNameless && lacksNamelessFiles ? -EOPNOTSUPP : FileSystem::open(path, flags, mode);
        });
    }
    int close(int file) override
    {
        const int code = failing("close");
        const int result = FileSystem::close(file);  // Also a close that fails closes.
        return code ? code : result;
    }
    ssize_t read(int file, std::span<std::byte> into) override
    {
        if (const int code = failing("read"))
            return code;
        if (isInterrupted && calls.size() % 2 == 0)
            return -EINTR;
        return FileSystem::read(file, into.first(std::min(into.size(), mostAtOnce.value_or(into.size()))));
    }
    ssize_t pread(int file, std::span<std::byte> into, std::uint64_t offset) override
    {
        if (const int code = failing("pread"))
            return code;
        if (isInterrupted && calls.size() % 2 == 0)
            return -EINTR;
        return FileSystem::pread(file, into.first(std::min(into.size(), mostAtOnce.value_or(into.size()))), offset);
    }
    int map(int file, std::size_t bytes, std::byte*& data) override
    {
        return orFail("map", [&] { return FileSystem::map(file, bytes, data); });
    }
    ssize_t write(int file, std::span<const std::byte> from) override
    {
        if (const int code = failing("write"))
            return code;
        if (isInterrupted && calls.size() % 2 == 0)
            return -EINTR;
        from = from.first(std::min(from.size(), mostAtOnce.value_or(from.size())));
        if (freeBytes && *freeBytes == 0)
            return -ENOSPC;
        if (freeBytes) {
            from = from.first(std::min(from.size(), *freeBytes));
            *freeBytes -= from.size();
        }
        return FileSystem::write(file, from);
    }
    int fsync(int file) override { return orFail("fsync", [&] { return FileSystem::fsync(file); }); }
    int fchmod(int file, mode_t mode) override
    {
        return orFail("fchmod", [&] { return FileSystem::fchmod(file, mode); });
    }
    int fchown(int file, uid_t owner, gid_t group) override
    {
        return orFail("fchown", [&] { return FileSystem::fchown(file, owner, group); });
    }
    int fstat(int file, struct stat& status) override
    {
        return orFail("fstat", [&] { return FileSystem::fstat(file, status); });
    }
    int stat(const std::filesystem::path& path, struct stat& status) override
    {
        return orFail("stat", [&] { return FileSystem::stat(path, status); });
    }
    int lstat(const std::filesystem::path& path, struct stat& status) override
    {
        return orFail("lstat", [&] { return FileSystem::lstat(path, status); });
    }
    int access(const std::filesystem::path& path) override
    {
        return orFail("access", [&] { return FileSystem::access(path); });
    }
    int readlink(const std::filesystem::path& path, std::filesystem::path& target) override
    {
        return orFail("readlink", [&] { return FileSystem::readlink(path, target); });
    }
    int link(int file, const std::filesystem::path& name) override
    {
        return orFail("link", [&] { return lacksProc ? -ENOENT : FileSystem::link(file, name); });
    }
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override
    {
        return orFail("rename", [&] { return FileSystem::rename(from, to); });
    }
    int unlink(const std::filesystem::path& path) override
    {
        return orFail("unlink", [&] { return FileSystem::unlink(path); });
    }

private:
    int failing(const char* call)
    {
        calls.push_back(call);
        const std::size_t number = calls.size() - 1;
        const bool fails = fault && (number == fault->call || (fault->isForever && number > fault->call));
        return fails ? -fault->code : 0;
    }
    template <typename F>
    int orFail(const char* call, F&& f)
    {
        const int code = failing(call);
        return code ? code : f();
    }

    chainrule::FileSystemReplacement m_replacement{*this};
};

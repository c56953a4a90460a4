// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/file_system.h"

#include <algorithm>

/// A file system whose only file, under whatever name, has these bytes.
class MemoryFile : public chainrule::FileSystem {
public:
    explicit MemoryFile(std::span<const std::byte> content) : m_content(content) {}

    int open(const std::filesystem::path&, int, mode_t) override
    {
        m_offset = 0;
        return 1000;
    }
    int close(int) override { return 0; }
    ssize_t read(int, std::span<std::byte> into) override
    {
        const ssize_t count = pread(0, into, m_offset);
        m_offset += std::uint64_t(count);
        return count;
    }
    ssize_t pread(int, std::span<std::byte> into, std::uint64_t offset) override
    {
        const auto from = m_content.subspan(std::size_t(std::min<std::uint64_t>(offset, m_content.size())));
        const std::size_t count = std::min(from.size(), into.size());
        std::copy_n(from.begin(), count, into.begin());
        return ssize_t(count);
    }
    int fstat(int, struct stat& status) override
    {
        status = {};
        status.st_mode = S_IFREG | 0600;
        status.st_size = off_t(m_content.size());
        return 0;
    }
    int stat(const std::filesystem::path&, struct stat& status) override { return fstat(0, status); }

private:
    std::span<const std::byte> m_content;
    std::uint64_t m_offset = 0;
    chainrule::FileSystemReplacement m_replacement{*this};
};

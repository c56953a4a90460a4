// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/tensor/buffer.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

namespace chainrule {

/// How a file that cannot be opened is reported: "cannot read data/w.npy: Permission denied", or as
/// Python's open() does, "[Errno 13] Permission denied: 'data/w.npy'".
enum class Wording { Plain, Python };

/// A regular file that is read from its start towards its end. Not folders, pipes, sockets and devices:
/// they have no size that could be checked before memory is asked for, and may never end.
class InputFile {
public:
    /// @returns File, naming path and cause.
    static Result<InputFile> open(const std::filesystem::path& path, Wording wording = Wording::Plain);

    InputFile(InputFile&& other) noexcept;
    InputFile& operator=(InputFile&&) = delete;
    ~InputFile();

    /// In bytes, when it was opened.
    std::uint64_t size() const { return m_size; }
    int descriptor() const { return m_file; }
    /// "cannot read data/w.npy: WHY", of type File.
    Error refused(std::string_view why) const;
    Error refused(int code) const;  ///< For an errno.

    /// Fills `into` with the next bytes. Fails also if there are not that many, since the file has then
    /// become shorter: nobody asks for more than size().
    Failure read(std::span<std::byte> into);
    /// Likewise those at `offset`, wherever the next ones are.
    Failure readAt(std::uint64_t offset, std::span<std::byte> into) const;

private:
    InputFile(std::filesystem::path path, int file, std::uint64_t size);
    template <typename Read>
    Failure fill(std::span<std::byte> into, const Read& read) const;

    std::filesystem::path m_path;
    int m_file;
    std::uint64_t m_size;
};

/// The whole file, unless it has more than `most` bytes: then not one.
/// @returns File: "cannot read data.json: it is a folder"; MemoryError where it is larger than the memory.
Result<std::shared_ptr<Buffer>> readFile(const std::filesystem::path& path, std::uint64_t most = limits::jsonBytes);

/// Memory for `bytes` bytes, or nullptr where the machine has not that much.
std::shared_ptr<Buffer> allocateIfPossible(std::uint64_t bytes);

/// Replaces the file, or creates it: its new content is `parts`, one after the other. At every moment,
/// also after a crash or a power failure, the file has its old content or all of the new.
///
/// What is replaced keeps its mode and, where the system allows it, its owner; where `path` is a symbolic
/// link, the file that it leads to is replaced or created. A file that may not be written is refused,
/// although its folder would allow the replacement, and so is everything that is no regular file.
/// @returns File: "cannot write x.npy: No space left on device". The file then has its old content, or,
///     if only the folder could not be brought to the disk, the new.
///
/// `approve` is asked when all is written and nothing is replaced yet; what it refuses with is returned.
Failure saveAtomically(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts,
                       const std::function<Failure()>& approve = {});
Failure saveAtomically(const std::filesystem::path& path, std::span<const std::byte> content);

/// Removes from a folder what saveAtomically() has left there where its process was killed: drafts, by their name, of
/// processes that are no more. For whoever starts to work in the folder. What cannot be removed stays.
void sweepDrafts(const std::filesystem::path& folder);

}  // namespace chainrule

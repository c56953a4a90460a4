// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/npy.h"

#include <memory>
#include <optional>
#include <utility>

namespace chainrule {

/// What of a path names a file, and what behind the last ".npz:" a member: "data/all.npz" and "w".
std::pair<std::filesystem::path, std::optional<std::string>> splitNpzPath(const std::filesystem::path& path);

/// Whether the file can be read and begins as a zip archive does.
bool holdsArchive(const std::filesystem::path& path);

/// A file in an archive, an array or not.
struct NpzMember {
    std::string name;     ///< As NumPy calls it: without ".npy".
    std::string file;     ///< As the archive does.
    std::uint64_t bytes;  ///< Inflated.
};

/// A .npz file, open. Everything that its directory says has been checked: that members are stored or deflated and
/// not encrypted, lie side by side, have names of their own, and inflate to no more than limits.h allows.
class NpzArchive {
public:
    /// @returns File; of a file that cannot be opened in Python's words, as readNpy().
    static Result<NpzArchive> open(const std::filesystem::path& path);

    /// In the archive's order.
    std::span<const NpzMember> members() const;
    /// By either name. @returns KeyError: "w is not a file in the archive".
    Result<std::size_t> find(std::string_view name) const;
    /// The header alone. @returns TypeError where the member is no array, else what parseNpyHeader() does.
    Result<NpyHeader> header(std::size_t index) const;
    /// Likewise, and File where it does not have its checksum.
    Result<NpyArray> read(std::size_t index) const;

private:
    struct State;

    explicit NpzArchive(std::shared_ptr<State> state) : m_state(std::move(state)) {}

    std::shared_ptr<State> m_state;
};

struct NpzEntry {
    std::string file;  ///< Of the member, with ".npy".
    Tensor tensor;
};
/// An archive as numpy.savez makes it: stored, in the order given, the same bytes whenever it is made.
Result<std::vector<std::byte>> npzBytes(std::span<const NpzEntry> entries);

}  // namespace chainrule

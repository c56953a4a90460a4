// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npz.h"

#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/target.h"

#include <vector>

using namespace chainrule;

/// A .npz file: every member that is there is found by its name and read, or it is said why not, and what was read comes
/// back when it is written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::uint64_t mostBytes = 1 << 22;  // More are allowed, and slow.
    const MemoryFile file({reinterpret_cast<const std::byte*>(data), size});
    const auto archive = NpzArchive::open("fuzz.npz");
    if (!archive) {
        demand(!archive.error().message.empty(), "an error says what is wrong");
        return 0;
    }
    std::vector<NpzEntry> entries;
    const auto members = archive->members();
    for (std::size_t i = 0; i < members.size(); ++i) {
        demand(bool(archive->find(members[i].file)), "a member is found by its name");
        const auto header = archive->header(i);
        if (members[i].bytes > mostBytes)
            continue;
        if (auto array = archive->read(i)) {
            demand(bool(header), "what can be read has a header");
            demand(std::uint64_t(array->tensor.size()) * itemSize(array->tensor.dtype()) == array->header.dataBytes,
                   "all elements are there");
            entries.push_back({"m" + std::to_string(i) + ".npy", array->tensor});
        }
    }
    const auto written = npzBytes(entries);
    demand(bool(written), "what was read can be written");
    const MemoryFile copy(*written);
    const auto again = NpzArchive::open("fuzz.npz");
    demand(again && again->members().size() == entries.size(), "what was written can be read");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto array = again->read(i);
        demand(array && npyBytes(array->tensor) == npyBytes(entries[i].tensor), "it has the same elements");
    }
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/tensor.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// What stands before the numbers of a .npy file.
struct NpyHeader {
    int major;
    int minor;
    std::string descr;  ///< As NumPy's dtype.str spells it, whatever the file does: "<f4", ">f8", "|b1".
    DType dtype;
    bool isSwapped;  ///< The file's numbers have the other byte order than this machine's.
    bool isFortranOrder;  ///< The first index runs fastest.
    Shape shape;
    std::size_t dataOffset;   ///< Where in the file the numbers begin.
    std::uint64_t dataBytes;  ///< How many bytes they take; what follows them means nothing.
};

/// No header that is read ends later in its file: NumPy's limit of 10 000 characters, in UTF-8.
inline constexpr std::size_t longestNpyHeader = 12 + 4 * 10000;

/// Reads formats 1.0, 2.0 and 3.0 from the beginning of a file, which `start` holds as far as it reaches
/// or for longestNpyHeader bytes. The header is data; nothing in it is executed. All sizes have been
/// compared with `fileSize` when this succeeds.
///
/// Stricter than NumPy 2.4.6: it also refuses negative dimensions, sizes that overflow, and files whose
/// line ends were converted, which NumPy reads shifted by one byte.
/// @returns what NumPy raises for what it cannot read ("EOF: reading array data, expected 80 bytes got
///     76", as of a stream), and what torch.from_numpy raises for dtypes that have no tensor; RuntimeError
///     for more than 16 dimensions.
Result<NpyHeader> parseNpyHeader(std::span<const std::byte> start, std::uint64_t fileSize);

/// A tensor that came from a file, and how it was stored there.
struct NpyArray {
    NpyHeader header;
    Tensor tensor;
};

/// A whole file that is in memory. The tensor shares the buffer: Fortran order becomes strides. It is
/// copied where numbers have the other byte order, lie unaligned, or are bools other than 0 and 1 (which
/// become True).
Result<NpyArray> parseNpy(std::shared_ptr<Buffer> file);

/// Whether the numbers of a large file may stay where they are (mapped_file.h), for whoever asks Buffer::damage() when
/// he has used them. Only floating ones in this machine's byte order do; the others are read all the same.
enum class Numbers { InMemory, MayStayInFile };

/// Likewise from the disk; what follows the numbers is not read. A path such as "all.npz:w" means an array in an
/// archive, see npz.h.
/// @returns also File: "[Errno 2] No such file or directory: 'data/w.npy'", and MemoryError.
Result<NpyArray> readNpy(const std::filesystem::path& path, Numbers numbers = Numbers::InMemory);

/// Likewise from anything that gives the next bytes of such a file when it is called, `size` in all.
Result<NpyArray> readNpy(std::uint64_t size, const std::function<Failure(std::span<std::byte>)>& read);

/// Whether bytes begin as a .npy file does.
bool isNpy(std::span<const std::byte> start);

/// The dtype as which a tensor is written: its own, but float32 for bfloat16, which NumPy lacks.
DType npyDType(DType dtype);

/// The file that NumPy 2.4.6 writes for these elements in C order, byte for byte: format 1.0.
std::vector<std::byte> npyBytes(const Tensor& tensor);

/// Writes it with saveAtomically(), unless the tensor's own bytes turn out to be damaged.
Failure writeNpy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npy.h"

#include "tests/fuzz/target.h"

using namespace chainrule;

/// A .npy file: what is read has the size that its header says, and comes back as it was when it is written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto array = parseNpy(bufferOf(data, size));
    if (!array) {
        demand(!array.error().message.empty(), "an error says what is wrong");
        return 0;
    }
    const Tensor& tensor = array->tensor;
    demand(std::uint64_t(tensor.size()) * itemSize(tensor.dtype()) == array->header.dataBytes, "all elements are there");
    demand(array->header.dataOffset + array->header.dataBytes <= size, "no byte is invented");
    const auto written = npyBytes(tensor);
    const auto again = parseNpy(bufferOf(written.data(), written.size()));
    demand(bool(again), "what was written can be read");
    demand(again->tensor.shape() == tensor.shape() && again->tensor.dtype() == tensor.dtype(), "it has the same type");
    demand(npyBytes(again->tensor) == written, "it has the same elements");
    return 0;
}

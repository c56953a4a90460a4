// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/buffer.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

/// What each of the targets defines, and libFuzzer or replay.cpp calls: tries one input. Ends the program where a promise
/// is broken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Ends the program, with the promise as its last words, unless `isKept`.
inline void demand(bool isKept, const char* promise)
{
    if (isKept)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

inline std::string_view textOf(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

inline std::shared_ptr<chainrule::Buffer> bufferOf(const void* data, std::size_t size)
{
    auto buffer = chainrule::Buffer::allocate(size);
    if (size > 0)
        std::memcpy(buffer->data(), data, size);
    return buffer;
}

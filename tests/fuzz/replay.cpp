// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/target.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// Tries the files of a folder, without libFuzzer: what once was found stays found.
int main(int count, char* arguments[])
{
    int tried = 0;
    for (int i = 1; i < count; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::vector<char> content(std::istreambuf_iterator<char>(file), {});
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
            ++tried;
        }
    std::printf("%d inputs\n", tried);
    return tried > 0 ? 0 : 1;
}

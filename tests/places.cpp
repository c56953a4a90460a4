// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/places.h"

namespace chainrule::places {

std::filesystem::path golden(const std::string& name)
{
    return std::filesystem::path(GOLDEN_DIR) / name;
}

std::filesystem::path fixture(const std::string& name)
{
    return std::filesystem::path(FIXTURES_DIR) / name;
}

std::filesystem::path example(const std::string& name)
{
    return std::filesystem::path(EXAMPLES_DIR) / name;
}

std::string program()
{
    return CHAINRULE_PROGRAM;
}

}  // namespace chainrule::places

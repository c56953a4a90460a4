// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

/// Where the tests find what they read and start. Only one object knows these paths, so that the others are the same in
/// every clone of the tree, and come out of the compiler's cache.
namespace chainrule::places {

std::filesystem::path golden(const std::string& name);
std::filesystem::path fixture(const std::string& name);
/// Without a name, their folder.
std::filesystem::path example(const std::string& name = {});
/// The command line.
std::string program();

}  // namespace chainrule::places

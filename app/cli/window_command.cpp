// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace chainrule::cli {
namespace {

bool hasDisplay()
{
    for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY"})
        if (const char* const value = std::getenv(variable); value && *value)
            return true;
    return false;
}

Status replaceByWindowProgram(std::vector<std::string> arguments)
{
    std::error_code error;
    const auto program =
        std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "chainrule-window";
    std::string path = program.string();
    std::vector<char*> raw = {path.data()};
    for (std::string& argument : arguments)
        raw.push_back(argument.data());
    raw.push_back(nullptr);
    execv(path.c_str(), raw.data());
    complain("cannot start " + path + ": " + std::strerror(errno));
    return unusable;
}

}  // namespace

Status openWindow(const std::vector<std::string>& arguments)
{
    if (!hasDisplay()) {
        complain("there is no display to open a window on; without one, try 'chainrule run FILE' or "
                 "'chainrule --help'");
        return noDisplay;
    }
    return replaceByWindowProgram(arguments);
}

Status drawPicture(const std::vector<std::string>& arguments)
{
    std::vector<std::string> all = {"--picture"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return replaceByWindowProgram(std::move(all));
}

}  // namespace chainrule::cli

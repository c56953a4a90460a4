// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/session_arguments.h"

#include <algorithm>

namespace chainrule::cli {
namespace {

std::vector<std::string> split(const std::string& names)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= names.size() && !names.empty()) {
        const std::size_t comma = std::min(names.find(',', start), names.size());
        parts.push_back(names.substr(start, comma - start));
        start = comma + 1;
    }
    return parts;
}

}  // namespace

SessionArguments::SessionArguments(CLI::App& command) : m_command(command)
{
    command.add_option("FILE", m_file, "the document")->required();
    m_backward = add("--backward", "NODE[:OUTPUT]",
                     "calls backward on it, in place of the document's passes; several before a --then are "
                     "roots of one pass");
    m_gradient = add("--gradient", "FILE.npy|NODE", "the upstream gradient for the --backward before it");
    m_inputs = add("--inputs", "NODE,...", "only these get a .grad in this pass");
    m_set = add("--set", "NAME=FILE.npy|LITERAL", "replaces a tensor node's data for this run");
    m_then = addFlag("--then", "what follows is another pass");
    m_retain = addFlag("--retain-graph", "this pass keeps what it would free");
    m_create = addFlag("--create-graph", "this pass can be differentiated itself");
}

SessionOptions SessionArguments::options() const
{
    SessionOptions options{.file = m_file};
    std::map<const CLI::Option*, std::size_t> used;
    bool isPass = false;
    const auto pass = [&]() -> PassOption& {
        if (options.passes.empty())
            options.passes.emplace_back();
        isPass = true;
        return options.passes.back();
    };
    for (CLI::Option* const option : m_command.parse_order()) {
        const auto text = [&]() { return option->results().at(used[option]++); };
        if (option == m_backward) {
            pass().roots.push_back({text()});
        } else if (option == m_gradient) {
            if (pass().roots.empty())
                throw CLI::ValidationError("--gradient", "needs a --backward before it");
            pass().roots.back().gradient = text();
        } else if (option == m_inputs) {
            pass().inputs = split(text());
        } else if (option == m_then) {
            if (options.passes.empty())
                throw CLI::ValidationError("--then", "needs a --backward before it");
            options.passes.emplace_back();
        } else if (option == m_retain) {
            pass().retainGraph = true;
        } else if (option == m_create) {
            pass().createGraph = true;
        } else if (option == m_set) {
            const std::string set = text();
            const std::size_t equals = set.find('=');
            if (equals == std::string::npos)
                throw CLI::ValidationError("--set", "takes NAME=FILE.npy or NAME=LITERAL, not " + set);
            options.sets.emplace_back(set.substr(0, equals), set.substr(equals + 1));
        }
    }
    return options;
}

CLI::Option* SessionArguments::add(const std::string& name, const std::string& type, const std::string& help)
{
    return m_command.add_option(name, m_ignored[name], help)->type_name(type)->allow_extra_args(false);
}

CLI::Option* SessionArguments::addFlag(const std::string& name, const std::string& help)
{
    return m_command.add_flag(name, help);  // A literal would be taken for the flag's result.
}

}  // namespace chainrule::cli

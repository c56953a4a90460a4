// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <csignal>
#include <new>

using namespace chainrule::cli;

namespace {

using Path = std::filesystem::path;

/// The options that say what is run; their order on the line matters, so they are read after parsing.
class SessionArguments {
public:
    explicit SessionArguments(CLI::App& command) : m_command(command)
    {
        command.add_option("FILE", m_file, "the document")->required();
        m_backward = add("--backward", "NODE[:OUTPUT]", "calls backward on it, in place of the document's passes; "
                                                        "several before a --then are roots of one pass");
        m_gradient = add("--gradient", "FILE.npy|NODE", "the upstream gradient for the --backward before it");
        m_inputs = add("--inputs", "NODE,...", "only these get a .grad in this pass");
        m_set = add("--set", "NAME=FILE.npy|LITERAL", "replaces a tensor node's data for this run");
        m_then = addFlag("--then", "what follows is another pass");
        m_retain = addFlag("--retain-graph", "this pass keeps what it would free");
        m_create = addFlag("--create-graph", "this pass can be differentiated itself");
    }

    /// What was given, or a CLI::ValidationError.
    SessionOptions options() const
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

private:
    CLI::Option* add(const std::string& name, const std::string& type, const std::string& help)
    {
        return m_command.add_option(name, m_ignored[name], help)->type_name(type)->allow_extra_args(false);
    }

    CLI::Option* addFlag(const std::string& name, const std::string& help)
    {
        return m_command.add_flag(name, help);  // A literal would be taken for the flag's result.
    }

    static std::vector<std::string> split(const std::string& names)
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

    CLI::App& m_command;
    Path m_file;
    std::map<std::string, std::vector<std::string>> m_ignored;  // Read through parse_order() instead.
    CLI::Option* m_backward;
    CLI::Option* m_gradient;
    CLI::Option* m_inputs;
    CLI::Option* m_set;
    CLI::Option* m_then;
    CLI::Option* m_retain;
    CLI::Option* m_create;
};

template <typename T>
std::optional<T> given(const CLI::Option* option, const T& value)
{
    return option->count() ? std::optional(value) : std::nullopt;
}

/// The command line, declared once: help and errors are made from it.
class CommandLine {
public:
    CommandLine()
    {
        m_app.set_version_flag("--version", "chainrule " CHAINRULE_VERSION, "prints the version");
        m_app.set_help_flag("--help,-h", "prints this help");
        m_app.add_option("FILE", m_files, "documents to open in the window");
        m_app.footer("Exit status: 0 all is well, 1 a node or a pass failed or a gradient is wrong, 2 arguments, document or a file is "
                     "unusable, 3 no display.");
        m_app.get_formatter()->column_width(34);

        m_run->add_option("--export", m_folder, "writes every tensor and .grad as .npy into this folder")
            ->type_name("DIR");
        m_run->add_flag("--flowing", m_wantsFlowing, "with --export, also what reached each tensor in the last pass")
            ->needs("--export");
        m_run->add_flag("--json", m_wantsJson, "prints one JSON object");
        m_run->add_flag("--events", m_wantsEvents, "with --json, every step of the backward passes")->needs("--json");
        m_ops->add_option("NAME", m_name, "one operation's page");
        m_ops->add_flag("--json", m_wantsJson, "prints the catalogue as JSON");
        m_inspect->add_option("FILE", m_file, "a .npy file")->required();
        m_inspect->add_option("--export", m_folder, "writes the array as .npy into this folder")->type_name("DIR");
        m_inspect->add_flag("--json", m_wantsJson, "prints one JSON object");
        m_check->add_flag("--json", m_wantsJson, "prints one JSON object");
        m_export->add_option("--to", m_format, "python: a script for PyTorch; dot: Graphviz text")
            ->required()
            ->check(CLI::IsMember({"python", "dot"}));
        m_export->add_option("-o,--output", m_output, "the file to write; without it, standard output");
    }

    Status execute(int argc, char** argv)
    {
        try {
            m_app.parse(argc, argv);
            return dispatch();
        } catch (const CLI::Success& success) {
            m_app.exit(success);
            return finished(allIsWell);
        } catch (const CLI::ParseError& error) {
            complain(error.what());
            return unusable;
        }
    }

private:
    Status dispatch()
    {
        if (m_run->parsed())
            return run({.session = session(m_runArguments),
                        .exportFolder = given(m_run->get_option("--export"), m_folder),
                        .wantsFlowing = m_wantsFlowing,
                        .wantsJson = m_wantsJson});
        if (m_ops->parsed())
            return ops(given(m_ops->get_option("NAME"), m_name), m_wantsJson);
        if (m_inspect->parsed())
            return inspect({m_file, given(m_inspect->get_option("--export"), m_folder), m_wantsJson});
        if (m_check->parsed())
            return check({session(m_checkArguments), m_wantsJson});
        if (m_export->parsed())
            return exportDocument({session(m_exportArguments), m_format,
                                   given(m_export->get_option("-o"), m_output)});
        return openWindow(m_files);
    }

    SessionOptions session(const SessionArguments& arguments) const
    {
        SessionOptions options = arguments.options();
        options.wantsEvents = m_wantsEvents;
        return options;
    }

    CLI::App m_app{"Sees automatic differentiation work: tensors and operations as PyTorch has them.", "chainrule"};
    CLI::App* m_run = m_app.add_subcommand("run", "evaluates a document and its backward passes, and prints what "
                                                  "PyTorch would print");
    CLI::App* m_ops = m_app.add_subcommand("ops", "lists the operations, or explains one");
    CLI::App* m_inspect = m_app.add_subcommand("inspect", "describes a .npy file");
    CLI::App* m_check = m_app.add_subcommand("check", "compares every gradient of the backward passes with central "
                                                      "differences, in float64");
    CLI::App* m_export = m_app.add_subcommand("export", "writes a document as a script or a picture's text");
    SessionArguments m_runArguments{*m_run};
    SessionArguments m_checkArguments{*m_check};
    SessionArguments m_exportArguments{*m_export};
    std::vector<std::string> m_files;
    Path m_file;
    Path m_folder;
    Path m_output;
    std::string m_name;
    std::string m_format;
    bool m_wantsFlowing = false;
    bool m_wantsJson = false;
    bool m_wantsEvents = false;
};

}  // namespace

int main(int argc, char** argv)
{
    std::signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error of writing it, not the end.
    try {
        return CommandLine().execute(argc, argv);
    } catch (const std::bad_alloc&) {
        complain("there is not enough memory");
        return unusable;
    }
}

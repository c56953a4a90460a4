// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/export_arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <csignal>
#include <new>

using namespace chainrule::cli;

namespace {

using Path = std::filesystem::path;

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
    }

    Status execute(int argc, char** argv)
    {
        m_arguments.assign(argv + 1, argv + argc);
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
            return exportAs(m_exportArguments.options());
        return openWindow(m_files);
    }

    Status exportAs(const ExportOptions& options) const
    {
        if (!options.isPicture())
            return exportDocument(options);
        const auto command = std::ranges::find(m_arguments, m_export->get_name());
        return drawPicture({command + 1, m_arguments.end()});
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
    CLI::App* m_export = m_app.add_subcommand("export", "writes a document as a script, a picture or a picture's text");
    SessionArguments m_runArguments{*m_run};
    SessionArguments m_checkArguments{*m_check};
    ExportArguments m_exportArguments{*m_export};
    std::vector<std::string> m_arguments;  // As they were given, without the program's name.
    std::vector<std::string> m_files;
    Path m_file;
    Path m_folder;
    std::string m_name;
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/export_arguments.h"
#include "engine/base/heap.h"
#include "engine/base/limits.h"

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

/// Every edit there is, one line each.
constexpr auto editHelp = R"(The edits, those that the window makes too:
  {"add": {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [200, 40]}}
  {"connect": {"from": "m:values", "to": "c", "parameter": "tensors", "item": 0}}
  {"disconnect": {"to": "c", "parameter": "tensors", "item": 1}}
  {"set": {"node": "m", "attribute": "dim", "value": 1}}
  {"unset": {"node": "m", "attribute": "dim"}}
  {"mark": {"node": "p", "retain_grad": true, "muted": false, "comment": "why"}}
  {"rename": {"node": "p", "to": "product"}}
  {"move": {"product": [220, 40], "x": [0, 0]}}
  {"remove": ["product"]}
  {"backward": [{"roots": ["q"]}, {"zero_grad": "none"}]}
  {"several": {"title": "Swap", "edits": [EDIT, ...]}}
  "undo"
  "redo"
A node that is added has the fields of a document's node. A parameter is the operation's name for it, or its number
among the tensor parameters, from 0. An item is one of a list, from 0; one past the last appends. backward replaces
all passes. several is one step of undo: all of its edits are made, or none.
Each is answered at once by a line, {"ok": true} or {"ok": false, "error": {"type": ..., "message": ...}}; one that is
refused changes nothing. The document is saved when standard input ends. A hard link to it is cut: saving puts a new
file in its place.)";

std::string limitsHelp()
{
    namespace most = chainrule::limits;
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    return "Limits, beyond which there is an error that names them: a tensor has " + number(most::dimensions)
           + " dimensions; a document " + number(most::jsonBytes) + " bytes, and lists and objects in one another "
           + number(most::jsonDepth) + " deep; the header of a .npy file " + number(most::npyHeaderCharacters)
           + " characters; a .npz file " + number(most::archiveMembers) + " members, which inflate to "
           + number(most::inflatedBytes) + " bytes or to " + number(most::inflation) + " times the file's size. Of a document with many nodes, edit "
           + "can undo the last steps alone: as many as make " + number(most::undoNodes) + " nodes, and at least "
           + number(most::undoSteps) + ". A .npy file with more than " + number(most::bytesReadIntoMemory)
           + " bytes of floating-point numbers is not read into memory but mapped; do not change it meanwhile.";
}

/// The command line, declared once: help and errors are made from it.
class CommandLine {
public:
    CommandLine()
    {
        m_app.set_version_flag("--version", "chainrule " CHAINRULE_VERSION, "prints the version");
        m_app.set_help_flag("--help,-h", "prints this help");
        m_app.add_option("FILE", m_files, "documents to open in the window");
        m_app.footer("Exit status: 0 all is well, 1 a node or a pass failed, a gradient is wrong or an "
                     "edit was refused, 2 arguments, document or a file is "
                     "unusable, 3 no display.\n\n" + limitsHelp());
        m_app.get_formatter()->column_width(34);

        m_run->add_option("--export", m_folder, "writes every tensor and .grad as .npy into this folder")
            ->type_name("DIR");
        m_run->add_flag("--flowing", m_wantsFlowing, "with --export, also what reached each tensor in the last pass")
            ->needs("--export");
        m_run->add_flag("--json", m_wantsJson, "prints one JSON object");
        m_run->add_flag("--events", m_wantsEvents, "with --json, every step of the backward passes")->needs("--json");
        m_ops->add_option("NAME", m_name, "one operation's page");
        m_ops->add_flag("--json", m_wantsJson, "prints the catalogue as JSON");
        m_inspect->add_option("FILE", m_file, "a .npy file, or a .npz file or FILE.npz:MEMBER")->type_name("FILE")->required();
        m_inspect->add_option("--export", m_folder, "writes the arrays as .npy into this folder")->type_name("DIR");
        m_inspect->add_flag("--json", m_wantsJson, "prints one JSON object");
        m_edit->add_option("FILE", m_file, "the document")->required();
        m_edit->add_option("-o,--output", m_output, "the file to save; without it, FILE")->type_name("OUT");
        m_edit->footer(editHelp);
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
        if (m_edit->parsed())
            return edit({m_file, given(m_edit->get_option("-o"), m_output)});
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
    CLI::App* m_inspect = m_app.add_subcommand("inspect", "describes a .npy file, or the arrays of a .npz file");
    CLI::App* m_edit = m_app.add_subcommand("edit", "reads edits from standard input, one JSON a line, answers each, "
                                                    "and saves");
    CLI::App* m_check = m_app.add_subcommand("check", "compares every gradient of the backward passes with central "
                                                      "differences, in float64");
    CLI::App* m_export = m_app.add_subcommand("export", "writes a document as a script, an archive of its values, a picture or a picture's text");
    SessionArguments m_runArguments{*m_run};
    SessionArguments m_checkArguments{*m_check};
    ExportArguments m_exportArguments{*m_export};
    std::vector<std::string> m_arguments;  // As they were given, without the program's name.
    std::vector<std::string> m_files;
    Path m_file;
    Path m_folder;
    Path m_output;
    std::string m_name;
    bool m_wantsFlowing = false;
    bool m_wantsJson = false;
    bool m_wantsEvents = false;
};

/// Before the globals of the library for the command line, which ask for memory.
[[gnu::constructor(101)]] void prepare()
{
    endPlainlyWithoutMemory();
}

}  // namespace

int main(int argc, char** argv)
{
    chainrule::keepFreeMemory();
    std::signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error of writing it, not the end.
    try {
        return CommandLine().execute(argc, argv);
    } catch (const std::bad_alloc&) {
        complainOfMemory();
        return unusable;
    }
}

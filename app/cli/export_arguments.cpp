// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/export_arguments.h"

namespace chainrule::cli {

ExportArguments::ExportArguments(CLI::App& command) : m_command(command), m_session(command)
{
    command
        .add_option("--to", m_options.format,
                    "python: a script for PyTorch; dot: Graphviz text; npz: all values and gradients; svg, png: "
                    "a picture of the canvas")
        ->required()
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"python", "dot", "npz", "svg", "png"}));
    command.add_option("-o,--output", m_output, "the file to write; without it, standard output")
        ->type_name("OUT");
    command.add_option("--theme", m_options.theme, "of a picture: light, which it is without this, or dark")
        ->type_name("THEME")
        ->check(CLI::IsMember({"light", "dark"}));
    command
        .add_option("--scale", m_options.scale,
                    "of a png: pixels for each unit of the canvas, 0.1 to 10; 2 without this")
        ->type_name("NUMBER")
        ->check(CLI::Range(0.1, 10.));
}

ExportOptions ExportArguments::options() const
{
    ExportOptions options = m_options;
    options.session = m_session.options();
    if (m_command.count("-o"))
        options.output = m_output;
    if (m_command.count("--theme") && !options.isPicture())
        throw CLI::ValidationError("--theme", "is only for svg and png");
    if (m_command.count("--scale") && options.format != "png")
        throw CLI::ValidationError("--scale", "is only for png");
    return options;
}

}  // namespace chainrule::cli

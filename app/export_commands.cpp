// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export_commands.h"

#include "app/background_work.h"
#include "app/picture.h"
#include "engine/codegen/dot.h"
#include "engine/codegen/torch.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "widgets/theme/appearance.h"

#include <QFileInfo>

namespace chainrule {
namespace {

Failure writeText(const std::string& file, std::string_view text)
{
    return saveAtomically(file, std::as_bytes(std::span(text)));
}

/// Those of the document's files whose numbers have the other byte order, as the script must know.
std::vector<std::string> swappedFiles(const Graph& graph, const std::filesystem::path& folder)
{
    std::vector<std::string> swapped;
    for (const NodeId id : graph.ids()) {
        const Node& node = graph.at(id);
        const Op* const op = findOp(node.op);
        const auto found = node.attributes.find("file");
        if (!op || !op->readsFile || found == node.attributes.end())
            continue;
        const auto* const name = std::get_if<std::string>(&found->second);
        const auto array = name ? readNpy(folder / *name, Numbers::MayStayInFile) : Result<NpyArray>(Error{Error::Kind::File, {}});
        if (array && array->header.isSwapped)
            swapped.push_back(*name);
    }
    return swapped;
}

std::string script(const Run& run, const Diagram& diagram, const std::filesystem::path& folder,
                   const std::string& document)
{
    std::vector<ScriptStep> steps;
    for (const BackwardStep& step : run.evaluation.graph().backward)
        steps.push_back({step});
    ScriptOutcome outcome{run.stored};
    if (const Error* const error = run.error()) {
        outcome.failedStep = run.steps.size() - 1;
        outcome.error = *error;
    }
    const auto swapped = swappedFiles(run.evaluation.graph(), folder);
    return torchScript(run.evaluation, steps, outcome,
                       {.document = document, .groups = diagram.layout.groups, .swappedFiles = swapped});
}

}  // namespace

ExportCommands::ExportCommands(const Parts& parts, Commands& commands, QWidget* window)
    : QObject(window), m_parts(parts), m_window(window)
{
    commands.on(CommandId::ExportPython, [this] { exportPython(); });
    commands.on(CommandId::ExportDot, [this] { exportDot(); });
    commands.on(CommandId::ExportPng, [this] { exportPng(); });
    commands.on(CommandId::ExportSvg, [this] { exportSvg(); });
}

QString ExportCommands::askFor(const QString& title, const QString& suffix, const QString& kind)
{
    const QString stem = m_parts.document.file().empty()
                             ? tr("untitled")
                             : QString::fromStdString(m_parts.document.file().stem().string());
    const auto suggestion = m_parts.document.folder() / (stem + suffix).toStdString();
    return m_parts.questions.fileToWrite(m_window, title, QString::fromStdString(suggestion.string()), kind);
}

void ExportCommands::exportPython()
{
    const QString file = askFor(tr("Export PyTorch Script"), QStringLiteral(".py"), tr("Python scripts (*.py)"));
    if (file.isEmpty())
        return;
    m_parts.live.whenFresh([this, file](std::shared_ptr<const Replay> replay) {
        write(file, [file = file.toStdString(), replay, diagram = m_parts.document.diagram(),
                     folder = m_parts.document.folder(), title = m_parts.document.title().toStdString()] {
            return writeText(file, script(replay->run(), diagram, folder, title));
        });
    });
}

void ExportCommands::exportDot()
{
    const QString file = askFor(tr("Export Graphviz Text"), QStringLiteral(".dot"), tr("Graphviz text (*.dot)"));
    if (file.isEmpty())
        return;
    m_parts.live.whenFresh([this, file](std::shared_ptr<const Replay> replay) {
        write(file, [file = file.toStdString(), replay, groups = m_parts.document.diagram().layout.groups] {
            return writeText(file, dotText(replay->run().evaluation, groups));
        });
    });
}

void ExportCommands::exportPng()
{
    constexpr qreal scale = 2;
    const QString file = askFor(tr("Export Picture"), QStringLiteral(".png"), tr("PNG pictures (*.png)"));
    if (!file.isEmpty())
        write(file, [file = file.toStdString(), diagram = m_parts.document.diagram(), moment = m_parts.view.scene().moment(),
                     &theme = Appearance::instance().theme()] {
            return writePng(file, imageOf({diagram, moment}, theme, scale));
        });
}

void ExportCommands::exportSvg()
{
    const QString file = askFor(tr("Export Picture"), QStringLiteral(".svg"), tr("SVG pictures (*.svg)"));
    if (!file.isEmpty())
        write(file, [file = file.toStdString(), diagram = m_parts.document.diagram(), moment = m_parts.view.scene().moment(),
                     &theme = Appearance::instance().theme()] {
            return writeText(file, svgOf({diagram, moment}, theme).toStdString());
        });
}

void ExportCommands::write(const QString& file, std::function<Failure()> write)
{
    Q_EMIT busy(tr("Writing %1").arg(QFileInfo(file).fileName()));
    inBackground(this, std::move(write), [this, file](const Failure& failure) {
        Q_EMIT busy({});
        if (failure)
            m_parts.questions.tell(m_window, tr("“%1” was not written.").arg(file),
                                   QString::fromStdString(failure->message));
        else
            Q_EMIT hinted(tr("Wrote %1.").arg(file));
    });
}

}  // namespace chainrule

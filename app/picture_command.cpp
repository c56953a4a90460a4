// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/picture_command.h"

#include "app/cli/export_arguments.h"
#include "app/layout/layered.h"
#include "app/picture.h"
#include "engine/autograd/replay.h"
#include "engine/io/file.h"
#include "widgets/theme/theme.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <QApplication>

#include <csignal>
#include <cstring>
#include <new>

namespace chainrule {
namespace {

/// The diagram with a place for every node.
Diagram placed(Diagram diagram, const Moment& moment)
{
    std::vector<NodeId> unplaced;
    for (const NodeId id : diagram.graph.ids())
        if (!diagram.layout.positions.find(id))
            unplaced.push_back(id);
    if (unplaced.empty())
        return diagram;
    const CanvasPicture picture(diagram, moment);  // Faces are as high as what they show.
    auto all = apply(diagram, layered(diagram, unplaced, [&](NodeId id) {
                     const QSizeF size = picture.scene().box(id).size();
                     return Size{size.width(), size.height()};
                 }));
    return all ? *std::move(all) : diagram;
}

QByteArray picture(const cli::ExportOptions& options, const Diagram& diagram, const Moment& moment)
{
    const Theme& theme = options.theme == "dark" ? darkTheme() : lightTheme();
    return options.format == "png" ? pngBytes(imageOf({diagram, moment}, theme, options.scale))
                                   : svgOf({diagram, moment}, theme);
}

cli::Status draw(cli::Session& session, const cli::ExportOptions& options)
{
    const cli::Status status = cli::complainOf(session);
    const auto run = std::make_shared<const Run>(std::move(session.run));
    const Moment moment(std::make_shared<Replay>(run));
    const QByteArray bytes = picture(options, placed(session.diagram, moment), moment);
    if (bytes.isEmpty()) {
        cli::complain("there is no room for so large a picture");
        return cli::unusable;
    }
    const std::string_view text(bytes.constData(), std::size_t(bytes.size()));
    if (!options.output) {
        cli::print(text);
        return status;
    }
    if (!damagedFiles(run->evaluation.mappedSources()).empty())
        return status;  // What would be written may be wrong; it will be made again.
    if (const auto failure = saveAtomically(*options.output, std::as_bytes(std::span(text)))) {
        cli::complain(failure->message);
        return cli::unusable;
    }
    return status;
}

cli::Status drawDocument(cli::ExportOptions options)
{
    options.session.wantsEvents = true;
    return cli::inSession(options.session, [&](cli::Session& session) { return draw(session, options); });
}

}  // namespace

bool isPictureCommand(int argumentCount, char* arguments[])
{
    return argumentCount > 1 && std::strcmp(arguments[1], "--picture") == 0;
}

int pictureCommand(int argumentCount, char* arguments[])
{
    std::signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error of writing it, not the end.
    cli::endPlainlyWithoutMemory();
    qInstallMessageHandler(
        [](QtMsgType, const QMessageLogContext&, const QString&) {});  // Errors are ours to say.
    qputenv("QT_QPA_PLATFORM", "offscreen");
    int count = 1;  // The others are not Qt's to look at.
    const QApplication application(count, arguments);

    CLI::App command;
    const cli::ExportArguments parsed(command);
    try {
        command.parse(argumentCount - 1, arguments + 1);
        return drawDocument(parsed.options());
    } catch (const CLI::ParseError& error) {
        cli::complain(error.what());
    } catch (const std::bad_alloc&) {
        cli::complainOfMemory();
    }
    return cli::unusable;
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/document.h"
#include "app/live_run.h"
#include "app/questions.h"
#include "engine/base/result.h"
#include "widgets/canvas/graph_view.h"

#include <functional>

namespace chainrule {

/// The commands that write the document as something else: a script, Graphviz's text, a picture.
class ExportCommands : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this; dialogs belong to `window`.
    struct Parts {
        OpenDocument& document;
        LiveRun& live;
        GraphView& view;
        Questions& questions;
    };
    ExportCommands(const Parts& parts, Commands& commands, QWidget* window);

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);
    void busy(const QString& what);

private:
    QString askFor(const QString& title, const QString& suffix, const QString& kind);
    void exportPython();
    void exportDot();
    void exportPng();
    void exportSvg();
    /// Calls `write` on another thread and says what came of it.
    void write(const QString& file, std::function<Failure()> write);

    Parts m_parts;
    QWidget* m_window;
};

}  // namespace chainrule

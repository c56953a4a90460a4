// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/inspector/inspector.h"

#include <QObject>

class QMenu;

namespace chainrule {

/// Brings a number of a gradient from the canvas to the inspector, which explains it: by a click on its cell, by the context
/// menu there, or by a key for the largest one of the selected node.
class ExplainCommands : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this. The inspector is in a dock.
    struct Parts {
        GraphView& view;
        Inspector& inspector;
    };
    ExplainCommands(const Parts& parts, Commands& commands, QObject* parent);

    /// An entry for the number that was clicked; none where there is none.
    void addTo(QMenu& menu, const Hit& hit);

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);

private:
    void explainLargest();
    void explain(OutputId output, std::int64_t element, ExplanationPane::Focus focus);

    Parts m_parts;
};

}  // namespace chainrule

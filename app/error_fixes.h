// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/document.h"
#include "app/live_run.h"
#include "app/playback.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/inspector/inspector.h"

#include <stop_token>
#include <vector>

namespace chainrule {

/// Looks, off the window's thread, for ways out of the error of the node that is current, and offers them in the
/// inspector and in a menu at the node. Taking one is one step of undo.
class ErrorFixes : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
        Inspector& inspector;
    };
    ErrorFixes(const Parts& parts, Commands& commands, QObject* parent);
    ~ErrorFixes() override;

    /// What is offered now.
    const std::vector<Several>& ways() const { return m_ways; }

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);

private:
    void look();
    void forget();
    void offer(std::vector<Several> ways);
    void take(std::size_t index);
    void showMenu();

    Parts m_parts;
    std::stop_source m_stop;
    std::vector<Several> m_ways;
};

}  // namespace chainrule

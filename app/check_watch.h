// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background_work.h"
#include "app/commands.h"
#include "app/document.h"
#include "app/live_run.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/inspector/check_state.h"
#include "widgets/inspector/inspector.h"

#include <QObject>
#include <QTimer>

#include <atomic>
#include <memory>

namespace chainrule {

/// Compares the gradients of the document's passes with central differences, in the background: when it has been computed
/// and nobody has edited it for a moment. What is said of gradients is of the document as it is, or nothing is.
class CheckWatch : public QObject {
    Q_OBJECT
public:
    /// The work (see checkWork()) that is done without being asked for: about half a second of one core. There is a limit
    /// in time, too, for operations that take longer than their elements tell.
    static constexpr double mostWorkUnasked = 2e8;
    static constexpr int mostMillisecondsUnasked = 4000;
    /// How long nobody has edited before it begins.
    static constexpr int quietMilliseconds = 250;

    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
        Inspector& inspector;
    };
    CheckWatch(const Parts& parts, Commands& commands, QObject* parent);

    const CheckState& state() const { return m_state; }
Q_SIGNALS:
    void changed(const chainrule::CheckState& state);

private:
    enum class Effort { Little, AllItTakes };

    /// What is known: it is of another state of the document. `next` is what is to be said meanwhile.
    void forget(CheckState::Stage next);
    void await();
    void start(Effort effort);
    void checkAnyway();
    void cancel();
    void take(const Result<std::shared_ptr<const GraphCheck>>& answer);
    void become(CheckState::Stage stage);

    Parts m_parts;
    bool m_isOn = true;
    CheckState m_state;
    QTimer m_quiet;
    QTimer m_progress;
    std::shared_ptr<std::atomic<double>> m_share;  // Of what was asked for, told by another thread.
    NewestWork m_work;
};

}  // namespace chainrule

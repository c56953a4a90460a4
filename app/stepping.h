// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background_work.h"
#include "app/breakpoints.h"
#include "app/commands.h"
#include "app/document.h"
#include "app/playback.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/player/player.h"

#include <QObject>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace chainrule {

/// Goes through the steps: the commands for it, the player, and where breakpoints stop it. They are looked for in the
/// background, and meanwhile the player waits.
class Stepping : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        GraphView& view;
        Player& player;
    };
    Stepping(const Parts& parts, Commands& commands, QObject* parent);
    ~Stepping() override;

    const Breakpoints& breakpoints() const { return m_breakpoints; }

Q_SIGNALS:
    /// One sentence for the status line; empty: what was said is no news any more.
    void hinted(const QString& text);

private:
    enum class Direction { Forward, Back };
    using Hit = BreakpointSearch::StepHit;
    /// A search and the one who uses it: jobs that were stopped may still be at it.
    struct SharedSearch;
    /// What is known of where playing stops.
    struct Stop {
        std::ptrdiff_t from;  ///< Not before this step.
        std::optional<Hit> hit;
    };

    void connectCommands(Commands& commands);
    void go(const std::function<void(Playback&)>& how);
    void toStart();
    void toggleBreakpoint();
    void continueTo(Direction direction);
    void arrive(Direction direction, const std::optional<Hit>& hit);
    void findStop();
    void takeStop(std::ptrdiff_t from, const std::optional<Hit>& hit);
    void momentChanged(const Moment& moment);
    void showBreakpoints();
    void tellQueue(const Moment& moment);
    void find(Direction direction, std::function<void(const std::optional<Hit>&)> then);
    QString nameOf(const Hit& hit) const;

    Parts m_parts;
    Breakpoints m_breakpoints;
    Commands& m_commands;
    std::vector<Breakpoint> m_searched;  // What hits are numbers of.
    std::shared_ptr<SharedSearch> m_search;
    std::optional<Stop> m_stop;
    NewestWork m_finding;
    NewestWork m_queueing;
    std::weak_ptr<const Replay> m_searchedIn;
    std::weak_ptr<const Replay> m_told;  // Whose bytes were counted.
    std::size_t m_recordedBytes = 0;
};

}  // namespace chainrule

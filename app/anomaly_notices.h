// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background_work.h"
#include "app/commands.h"
#include "app/live_run.h"
#include "app/notice_bar.h"
#include "engine/autograd/anomaly.h"
#include "widgets/canvas/graph_view.h"

#include <QObject>

#include <memory>
#include <optional>

namespace chainrule {

/// Says after each run where NaN or infinities began, forward and backward apart, takes the person there, and offers to
/// mask an input instead of a result where that cures it.
class AnomalyNotices : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
        NoticeBar& forward;
        NoticeBar& backward;
    };
    AnomalyNotices(const Parts& parts, Commands& commands, QObject* parent);

    bool hasAnomaly() const { return m_found.forward || m_found.backward; }
    bool isSearching() const { return m_isSearching; }

Q_SIGNALS:
    void changed();

private:
    struct Notice {
        Anomaly anomaly;
        std::optional<Edit> cure;
    };
    struct Found {
        std::optional<Notice> forward;
        std::optional<Notice> backward;
    };

    static Found search(const Diagram& diagram, const Moment& moment, std::stop_token stop);
    void request();
    void take(Found found);
    void say(NoticeBar& bar, const QString& where, const std::optional<Notice>& notice);
    void goToNode(const Anomaly& anomaly);
    void goToStep(const Anomaly& anomaly);
    void forget();

    Parts m_parts;
    NewestWork m_work;
    Found m_found;
    bool m_isSearching = false;
};

}  // namespace chainrule

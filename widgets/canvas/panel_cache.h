// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/panel.h"

#include <QObject>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace chainrule {

/// Panels of tensors that are too large to be read within a frame: made on a thread of its own, and kept for as long
/// as views ask for them. Small ones are made at once and not kept.
class PanelCache : public QObject {
    Q_OBJECT
public:
    PanelCache() = default;
    ~PanelCache() override;

    /// NotYet while it is being made; ready() says when to ask again.
    Panel panel(const Tensor& tensor);
    /// Another run is shown: panels that nobody has asked for since the last call are forgotten, and those that are
    /// still to be made are not made.
    void beginRun();
    /// Waits until everything that was asked for has been made.
    void finish();

Q_SIGNALS:
    void ready();

private:
    struct Entry {
        Tensor tensor;  // Keeps the id from being given again.
        std::optional<Panel> panel = {};
    };
    using Entries = std::map<Tensor::Id, Entry>;

    void work(std::stop_token stop);
    void takeMade();

    Entries m_entries;   // Since the last beginRun(),
    Entries m_previous;  // and before.

    std::mutex m_mutex;  // For what follows.
    std::condition_variable_any m_changed;
    std::deque<Tensor> m_wanted;
    std::deque<std::pair<Tensor, Panel>> m_made;
    bool m_isWorking = false;
    std::jthread m_thread;  // Last: it uses the others.
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/background_evaluator.h"

#include <QObject>

namespace chainrule {

/// The bridge to the evaluation thread: the only place where that thread speaks to Qt. Answers arrive as queued
/// calls; only that of the newest request is passed on.
class EvaluationService : public QObject {
    Q_OBJECT
public:
    explicit EvaluationService(QObject* parent = nullptr);

    /// `damaged`: see EvaluateOptions.
    void request(const Graph& graph, const std::filesystem::path& folder, FileErrors damaged = {});
    void cancel();
    bool isRunning() const { return m_answered != m_asked; }

Q_SIGNALS:
    /// A request was made; finished() or failed() follows, unless another request does.
    void started();
    /// The replay of the newest request; at its end.
    void finished(std::shared_ptr<const chainrule::Replay> replay, double seconds);
    /// Kind Cancelled after cancel().
    void failed(const chainrule::Error& error);
    void progressed(std::size_t done, std::size_t total);

private:
    void take(BackgroundEvaluator::Answer answer);

    std::uint64_t m_asked = 0;
    std::uint64_t m_answered = 0;
    BackgroundEvaluator m_evaluator;  // Last: its thread ends before the rest goes.
};

}  // namespace chainrule

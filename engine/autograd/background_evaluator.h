// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/autograd/value_cache.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace chainrule {

/// Evaluates graphs and runs their backward steps on a thread of its own. The newest request wins: it stops
/// the one that runs and replaces the one that waits, and neither is answered unless it already has been. The
/// functions are called on that thread, and not after the destructor. What it computed it knows while it lives (see
/// ValueCache); a file counts as the same while its path, size and modification time are.
class BackgroundEvaluator {
public:
    struct Request {
        Graph graph;
        std::uint64_t serial = 0;  ///< Whose; comes back with the answer.
        std::filesystem::path folder = {};  ///< Where the files of a document lie that are named relative to it.
        FileErrors damaged = {};            ///< See EvaluateOptions.
    };
    struct Answer {
        std::uint64_t serial = 0;
        std::shared_ptr<const Replay> replay = {};  ///< nullptr if there is an error.
        std::optional<Error> error = {};       ///< A cycle, memory; Cancelled after cancel().
        double seconds = 0;                    ///< Wall time.
    };
    /// Of evaluation and backward steps as one; told at most 30 times a second.
    struct Progress {
        std::uint64_t serial;
        std::size_t done;
        std::size_t total;
    };
    /// Reads the file of a node, by its path.
    using ReadFile = std::function<Result<Tensor>(const std::filesystem::path&)>;

    BackgroundEvaluator(ReadFile readFile, std::function<void(Answer)> finished,
                        std::function<void(Progress)> progressed,
                        std::size_t cacheBudget = ValueCache::usualBudget);
    ~BackgroundEvaluator();

    void request(Request request);
    /// Stops what runs or waits; its answer is Cancelled.
    void cancel();

private:
    struct Mail {
        Request request;
        std::stop_source stop = {};
    };

    void run(std::stop_token quit);
    std::optional<Mail> nextMail(const std::stop_token& quit);
    Answer answer(const Mail& mail, ValueCache& cache) const;
    Result<Run> result(const Mail& mail, ValueCache& cache) const;
    /// Whether a newer request, or the end, has come meanwhile.
    bool isObsolete(const std::stop_token& quit);

    ReadFile m_readFile;
    std::function<void(Answer)> m_finished;
    std::function<void(Progress)> m_progressed;
    std::size_t m_cacheBudget;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Mail> m_mailbox;  // The newest request, unless it runs already.
    std::optional<std::stop_source> m_running;
    std::jthread m_thread;  // Last: it uses the others.
};

}  // namespace chainrule

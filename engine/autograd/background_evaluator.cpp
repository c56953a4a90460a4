// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/background_evaluator.h"

#include <chrono>
#include <new>

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto betweenReports = std::chrono::milliseconds(34);

/// No file system's clock is coarser. A younger file could be written again and look as before.
constexpr auto youth = std::chrono::seconds(2);

std::string stateOf(std::string path)
{
    if (const std::size_t archive = path.rfind(".npz:"); archive != std::string::npos)
        path.resize(path.find(':', archive));
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error)
        return {};
    const auto time = std::filesystem::last_write_time(path, error);
    if (error || std::chrono::abs(std::filesystem::file_time_type::clock::now() - time) < youth)
        return {};
    return path + "\n" + std::to_string(size) + "\n" + std::to_string(time.time_since_epoch().count());
}

}  // namespace

BackgroundEvaluator::BackgroundEvaluator(ReadFile readFile, std::function<void(Answer)> finished,
                                         std::function<void(Progress)> progressed, std::size_t cacheBudget)
    : m_readFile(std::move(readFile)), m_finished(std::move(finished)), m_progressed(std::move(progressed)),
      m_cacheBudget(cacheBudget), m_thread([this](std::stop_token quit) { run(std::move(quit)); })
{
}

BackgroundEvaluator::~BackgroundEvaluator()
{
    m_thread.request_stop();  // First: what is taken out of the mailbox after this is not begun.
    const std::scoped_lock lock(m_mutex);
    if (m_running)
        m_running->request_stop();
}

void BackgroundEvaluator::request(Request request)
{
    const std::scoped_lock lock(m_mutex);
    if (m_running)
        m_running->request_stop();
    m_mailbox = Mail{std::move(request)};
    m_wake.notify_one();
}

void BackgroundEvaluator::cancel()
{
    const std::scoped_lock lock(m_mutex);
    if (m_running)
        m_running->request_stop();
    if (m_mailbox)
        m_mailbox->stop.request_stop();
}

void BackgroundEvaluator::run(std::stop_token quit)
{
    ValueCache cache(m_cacheBudget);
    while (const auto mail = nextMail(quit)) {
        Answer made = answer(*mail, cache);
        if (!isObsolete(quit))
            m_finished(std::move(made));
    }
}

/// `quit` is looked at after the wait: with mail there, the wait does not tell.
std::optional<BackgroundEvaluator::Mail> BackgroundEvaluator::nextMail(const std::stop_token& quit)
{
    std::unique_lock lock(m_mutex);
    m_running.reset();
    m_wake.wait(lock, quit, [this] { return m_mailbox.has_value(); });
    if (quit.stop_requested())
        return std::nullopt;
    auto mail = std::exchange(m_mailbox, std::nullopt);
    m_running = mail->stop;
    return mail;
}

bool BackgroundEvaluator::isObsolete(const std::stop_token& quit)
{
    const std::scoped_lock lock(m_mutex);
    return m_mailbox || quit.stop_requested();
}

BackgroundEvaluator::Answer BackgroundEvaluator::answer(const Mail& mail, ValueCache& cache) const
{
    const auto start = Clock::now();
    Answer answer{.serial = mail.request.serial};
    try {
        if (auto run = result(mail, cache))
            answer.replay = std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(run)));
        else
            answer.error = run.error();
    } catch (const std::bad_alloc&) {
        answer.error = outOfMemory();
    }
    answer.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return answer;
}

Result<Run> BackgroundEvaluator::result(const Mail& mail, ValueCache& cache) const
{
    const auto& [graph, serial, folder, damaged] = mail.request;
    auto next = Clock::now() + betweenReports;
    return chainrule::run(graph, {.readFile = [&](const std::string& path) { return m_readFile(folder / path); },
                                  .progress =
                                      [&](std::size_t done, std::size_t total) {
                                          const auto now = Clock::now();
                                          if (now < next || mail.stop.stop_requested())
                                              return;
                                          next = now + betweenReports;
                                          m_progressed({serial, done, total});
                                      },
                                  .stop = mail.stop.get_token(),
                                  .damaged = damaged,
                                  .cache = &cache,
                                  .fileState = [&](const std::string& path) { return stateOf(folder / path); }});
}

}  // namespace chainrule

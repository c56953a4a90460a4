// SPDX-License-Identifier: GPL-3.0-or-later
// The window's two threads without Qt, for the thread sanitizer, which cannot see into Qt's locks: one evaluates what the
// other asks for, and both use the same tensors. Exits with 1 where an answer is not what evaluating it at once gives.
#include "engine/autograd/background_evaluator.h"
#include "tests/random_graph.h"

#include <cstdio>
#include <deque>

using namespace chainrule;

namespace {

Result<Tensor> noFile(const std::filesystem::path& path)
{
    return fileError(path.string());
}

/// Adds up everything that a view may ask for, at a few moments. Order is all that it depends on.
double glance(const Moment& end)
{
    double sum = 0;
    const Evaluation& evaluation = end.evaluation();
    const auto add = [&sum](const Tensor& tensor) {
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            sum = sum * 0.5 + as<double>(tensor.at(i));
    };
    for (std::size_t position = 0; position <= end.position(); position += 1 + end.position() / 4) {
        const Moment moment = end.at(position);
        for (const NodeId id : evaluation.graph().ids()) {
            const NodeResult* const result = moment.result(id);
            for (std::uint32_t k = 0; k < result->outputs.size(); ++k) {
                add(result->outputs[k].tensor());
                sum += double(evaluation.gradFn(result->outputs[k]).size());
                if (const auto flowing = moment.flowing({id, k}))
                    add(*flowing);
                if (const GradState stored = moment.stored({id, k}); !stored.tensor.isNone())
                    add(stored.tensor);
            }
            sum += double(int(moment.link({id, 0})));
        }
    }
    return sum == sum ? sum : 0;
}

/// What the evaluation thread has sent, as a window's event queue holds it.
class Mailbox {
public:
    void put(BackgroundEvaluator::Answer answer)
    {
        const std::scoped_lock lock(m_mutex);
        m_answers.push_back(std::move(answer));
        m_arrived.notify_one();
    }
    std::optional<BackgroundEvaluator::Answer> take()
    {
        const std::scoped_lock lock(m_mutex);
        if (m_answers.empty())
            return std::nullopt;
        auto answer = std::move(m_answers.front());
        m_answers.pop_front();
        return answer;
    }
    void wait()
    {
        std::unique_lock lock(m_mutex);
        m_arrived.wait(lock, [this] { return !m_answers.empty(); });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_arrived;
    std::deque<BackgroundEvaluator::Answer> m_answers;
};

/// One window's life. @returns how many answers were wrong.
int live(unsigned seed, int requests)
{
    RandomGraph random(seed);
    Mailbox mailbox;
    BackgroundEvaluator evaluator(
        noFile, [&](BackgroundEvaluator::Answer answer) { mailbox.put(std::move(answer)); },
        [](BackgroundEvaluator::Progress) {});
    std::vector<Graph> asked;
    std::shared_ptr<const Replay> shown;
    std::uint64_t latest = 0;
    int wrong = 0;
    const auto show = [&](const BackgroundEvaluator::Answer& answer) {
        wrong += answer.serial <= latest || (!answer.replay && answer.error->kind != Error::Kind::Cancelled);
        latest = answer.serial;
        if (!answer.replay)
            return;
        shown = answer.replay;  // What was shown dies here, and its tensors may be in use over there.
        auto again = run(asked[std::size_t(answer.serial) - 1],
                               {.readFile = [](const std::string& path) { return noFile(path); }});
        const Moment expected(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(again))));
        wrong += glance(Moment(shown)) != glance(expected);
    };

    for (int i = 0; i < requests; ++i) {
        asked.push_back(asked.empty() || random.below(10) == 0 ? random.graph() : random.edited(asked.back()));
        evaluator.request({asked.back(), asked.size()});
        if (random.below(20) == 0)
            evaluator.cancel();
        if (random.below(3) == 0)
            mailbox.wait();
        while (const auto answer = mailbox.take())
            show(*answer);
        if (shown)
            glance(Moment(shown));
    }
    return wrong;  // The last request may still run, or wait.
}

}  // namespace

int main()
{
    int wrong = 0;
    for (unsigned seed = 1; seed <= 20; ++seed)
        wrong += live(seed, 60);
    std::printf("%d wrong answers\n", wrong);
    return wrong > 0;
}

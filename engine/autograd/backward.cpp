// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/backward.h"

#include "engine/autograd/agenda.h"
#include "engine/autograd/local_rule.h"
#include "engine/base/stop.h"
#include "engine/ops/grad_fns.h"
#include "engine/ops/operators.h"

#include <algorithm>
#include <functional>
#include <new>

namespace chainrule {

const Value* Flow::find(Place place) const
{
    const auto found = std::ranges::lower_bound(m_arrived, place, {}, [](const auto& pair) { return pair.first; });
    return found != m_arrived.end() && found->first == place ? &found->second : nullptr;
}

void Flow::sort()
{
    std::ranges::sort(m_arrived, {}, [](const auto& pair) { return pair.first; });
}

namespace {

constexpr std::string_view secondTime =
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward.";

/// The gradient of root number `index` itself; a value without a place where PyTorch has None.
Result<Value> seedOf(const Root& root, std::size_t index)
{
    const Tensor& tensor = root.value.tensor();
    if (root.seed) {
        const Tensor& seed = root.seed->tensor();
        const std::string place = "[" + std::to_string(index) + "] has a shape of ";
        if (seed.shape() != tensor.shape())
            return runtimeError("Mismatch in shape: grad_output" + place + sizeText(seed.shape()) + " and output" + place
                                + sizeText(tensor.shape()) + ".");
        return isFloating(tensor.dtype()) ? to(*root.seed, tensor.dtype()) : *root.seed;
    }
    if (!root.value.requiresGrad())
        return Value();
    if (tensor.size() != 1)
        return runtimeError("grad can be implicitly created only for scalar outputs");
    return Value(Tensor::full(tensor.shape(), 1.0, tensor.dtype()));
}

/// One gradient for each root, or why there is none, in the order in which PyTorch looks: seeds first.
Result<Values> seedsOf(std::span<const Root> roots)
{
    Values seeds;
    for (std::size_t i = 0; i < roots.size(); ++i) {
        auto seed = seedOf(roots[i], i);
        if (!seed)
            return seed.error();
        seeds.push_back(*std::move(seed));
    }
    if (auto refusal = refusedRoots(roots))
        return *std::move(refusal);
    return seeds;
}

constexpr std::size_t reportEvery = 1024;

/// What has arrived at the outputs of an entry; nullopt where nothing has.
using Arrived = InlineVector<std::optional<Value>, 2>;

/// What has arrived, by slot of the tape.
class Inboxes {
public:
    Inboxes(const Tape& tape, std::size_t slots) : m_tape(tape), m_arrived(slots, Tensor::none()) {}

    /// @returns what has arrived there by now.
    const Value& deliver(Place to, Value&& dy)
    {
        Value& arrived = m_arrived[m_tape.slot(to)];
        if (arrived.tensor().isNone())
            arrived = std::move(dy);
        else
            arrived = arrived + dy;
        return arrived;
    }

    /// Moves out what arrived at the outputs of `entry`, once all has.
    Arrived take(std::uint32_t entry)
    {
        Arrived arrived;
        for (std::uint32_t k = 0; k < m_tape.outputCount(entry); ++k) {
            Value& value = m_arrived[m_tape.slot({entry, k})];
            if (value.tensor().isNone())
                arrived.emplace_back();
            else
                arrived.emplace_back(std::move(value));
        }
        return arrived;
    }

private:
    const Tape& m_tape;
    InlineVector<Value, 16> m_arrived;  // None where nothing has.
};

std::vector<std::optional<Tensor>> tensorsOf(const Arrived& arrived)
{
    std::vector<std::optional<Tensor>> tensors;
    for (const auto& value : arrived)
        tensors.push_back(value ? std::optional(value->tensor()) : std::nullopt);
    return tensors;
}

/// The walk itself: everything that one call of backward() holds.
class Walk {
public:
    Walk(std::span<const Root> roots, const BackwardOptions& options)
        : m_tape(roots.front().value.tape()), m_options(options), m_agenda(m_tape, roots, options),
          m_inboxes(m_tape, slotsUpTo(roots))
    {
        if (options.inputs)
            m_inputs = *options.inputs;
        std::ranges::sort(m_inputs);
        if (roots.size() == 1)  // PyTorch looks at it whether or not it leads to one of the inputs.
            m_soleRoot = roots.front().value.place().entry;
    }

    /// What it has brought when memory runs out it has brought.
    Backpropagation run(std::span<const Root> roots, const Values& seeds)
    {
        try {
            const StopScope scope(m_options.stop);
            walk(roots, seeds);
        } catch (const std::bad_alloc&) {
            m_error = outOfMemory();
        } catch (const Stopped&) {
            if (!m_options.stop.stop_requested())
                throw;  // Somebody further out asked.
            m_error = cancelled();
        }
        m_flow.sort();
        return {std::move(m_flow), std::move(m_error)};
    }

private:
    void walk(std::span<const Root> roots, const Values& seeds)
    {
        for (std::size_t i = 0; i < roots.size(); ++i) {
            const Place place = roots[i].value.place();
            const Value& sum = m_inboxes.deliver(place, Value(seeds[i]));
            if (m_options.events)
                m_options.events->push_back(
                    {m_options.pass, m_order++, {}, place, 0, {}, seeds[i].tensor(), sum.tensor()});
        }
        std::size_t done = 0;
        while (const auto entry = m_agenda.next()) {
            if (m_options.stop.stop_requested()) {
                m_error = cancelled();
                break;
            }
            if (!visit(*entry))
                break;
            if (++done % reportEvery == 0 && m_options.progress)
                m_options.progress(done, m_agenda.size());
        }
    }

    std::size_t slotsUpTo(std::span<const Root> roots) const
    {
        std::uint32_t last = 0;
        for (const Root& root : roots)
            last = std::max(last, root.value.place().entry);
        return m_tape.slot({last, std::uint32_t(m_tape.outputCount(last))});
    }

    bool visit(std::uint32_t entry)
    {
        const Arrived arrived = m_inboxes.take(entry);
        keep(entry, arrived);
        const Op* const op = m_tape.op(entry);
        if (!op || !m_agenda.runs(entry))
            return true;

        const std::size_t count = m_tape.inputCount(entry);
        InlineVector<const Place*, 4> sources;
        InlineVector<bool, 4> needed;
        unsigned mask = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const Place* const source = sources.emplace_back(sourceOf(entry, i));
            needed.push_back(source && (!m_options.inputs || m_agenda.runs(source->entry) || isInput(*source)));
            mask |= unsigned(source != nullptr) << std::min<std::size_t>(i, 31);
        }
        // Where the pass ends here, PyTorch runs the grad_fn that the outputs show, and none of those behind it in the same call.
        const bool endsHere = std::ranges::none_of(needed, std::identity());
        const bool saves = endsHere ? !gradFnsOf(m_tape, entry).back().saved.empty() : op->savesFor(mask);
        if (saves && m_tape.isFreed(entry)) {
            m_error = runtimeError(std::string(secondTime));
            return false;
        }
        Gradients sent = contributions(entry, *op, arrived, needed);
        if (m_error)  // What a rule refuses keeps what it saved.
            return false;
        if (saves && !m_options.retainGraph)
            m_tape.free(entry);
        for (std::size_t i = 0; i < count; ++i) {
            const Place* const source = sources[i];
            if (!source)
                continue;
            if (i < sent.size() && sent[i] && needed[i]) {
                const Tensor contribution = m_options.events ? sent[i]->tensor() : Tensor();
                const Value& sum = m_inboxes.deliver(*source, *std::move(sent[i]));
                if (m_options.events)
                    m_options.events->push_back({m_options.pass, m_order++, entry, *source, i, tensorsOf(arrived),
                                                 contribution, sum.tensor()});
            }
            m_agenda.consumerHasRun(source->entry);
        }
        return true;
    }

    /// nullptr also where a gradient that went there would be lost.
    const Place* sourceOf(std::uint32_t entry, std::size_t i) const
    {
        const Place* const source = m_tape.source(entry, i);
        return source && !m_tape.isSevered(source->entry) ? source : nullptr;
    }

    bool isInput(Place place) const { return std::ranges::binary_search(m_inputs, place); }

    void keep(std::uint32_t entry, const Arrived& arrived)
    {
        const bool isLeaf = !m_tape.op(entry);
        for (std::uint32_t k = 0; k < arrived.size(); ++k)
            if (arrived[k]
                && (m_options.keepAll ? m_agenda.runs(entry) || isInput({entry, k}) || entry == m_soleRoot
                                      : (m_options.inputs ? isInput({entry, k}) : isLeaf)))
                m_flow.add({entry, k}, *arrived[k]);
    }

    /// What `entry` sends to its inputs. Without createGraph the rule is handed values that have no place on
    /// the tape: the same rule then computes and records nothing.
    Gradients contributions(std::uint32_t entry, const Op& op, const Arrived& arrived,
                            const InlineVector<bool, 4>& needed)
    {
        if (std::ranges::none_of(arrived, [](const auto& dy) { return dy.has_value(); })
            || std::ranges::none_of(needed, std::identity()))
            return {};
        Values inputs, ys, dys;
        for (std::size_t i = 0; i < needed.size(); ++i)
            inputs.push_back(m_options.createGraph ? m_tape.input(entry, i) : Value(m_tape.inputTensor(entry, i)));
        for (std::uint32_t k = 0; k < arrived.size(); ++k) {
            const Tensor& y = m_tape.output(entry, k);
            ys.push_back(m_options.createGraph && isFloating(y.dtype()) ? m_tape.value({entry, k}) : Value(y));
            if (arrived[k])
                dys.push_back(m_options.createGraph ? *arrived[k] : arrived[k]->detached());
            else if (isFloating(y.dtype()))
                dys.push_back(zerosLike(y));
            else
                dys.push_back(Tensor::none());
        }
        const std::span flags(needed.data(), needed.size());
        const VjpCall call{{inputs, m_tape.attributes(entry)}, ys, dys, flags};
        if (op.refusedVjp && (m_error = op.refusedVjp(call)))
            return {};
        const auto begin = std::uint32_t(m_tape.size());
        Gradients sent = op.vjp(call);
        if (m_options.createGraph)
            noteRepeatedSteps(m_tape, entry, begin);
        for (std::size_t i = 0; i < sent.size(); ++i)  // Once, here, so that no rule has to remember it.
            if (sent[i] && needed[i])
                fit(*sent[i], inputs[i].tensor());
        return sent;
    }

    Tape& m_tape;
    const BackwardOptions& m_options;
    Agenda m_agenda;
    Inboxes m_inboxes;
    std::vector<Place> m_inputs;  // Sorted.
    std::optional<std::uint32_t> m_soleRoot;
    Flow m_flow;
    std::optional<Error> m_error;
    int m_order = 0;
};

}  // namespace

Failure refusedSeed(const Root& root, std::size_t index)
{
    const auto seed = seedOf(root, index);
    return seed ? Failure() : seed.error();
}

Failure refusedRoots(std::span<const Root> roots)
{
    for (std::size_t i = 0; i < roots.size(); ++i)
        if (const Value& root = roots[i].value; !root.requiresGrad() || root.tape().isSevered(root.place().entry))
            return runtimeError("element " + std::to_string(i)
                                + " of tensors does not require grad and does not have a grad_fn");
    return std::nullopt;
}

Backpropagation backward(std::span<const Root> roots, const BackwardOptions& options)
{
    const auto seeds = seedsOf(roots);
    if (!seeds)
        return {{}, seeds.error()};
    return Walk(roots, options).run(roots, *seeds);
}

Backpropagation backward(const Value& root)
{
    const Root roots[] = {{root}};
    return backward(roots);
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/check.h"

#include "engine/autograd/differentiated.h"
#include "engine/autograd/passes.h"
#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>

namespace chainrule {
namespace {

bool isFloatingTensor(const Tensor& tensor)
{
    return isFloating(tensor.dtype()) && !tensor.isNumber() && !tensor.isNone();
}

Tensor inFloat64(const Tensor& tensor)
{
    return isFloatingTensor(tensor) ? kernel::cast(tensor, DType::Float64) : tensor;
}

bool isSevered(const Value& value)
{
    return value.tape().isSevered(value.place().entry);
}

std::vector<OutputId> leavesOf(const Evaluation& evaluation)
{
    std::vector<OutputId> leaves;
    for (const NodeId id : evaluation.graph().ids())
        for (std::uint32_t k = 0; k < evaluation[id].outputs.size(); ++k) {
            const OutputId output{id, k};
            const Value& value = evaluation.value(output);
            if (value.requiresGrad() && evaluation.isLeaf(value) && evaluation.owner(value.place()) == output
                && !isSevered(value))
                leaves.push_back(output);
        }
    return leaves;
}

/// The part of a graph between leaves and roots, in float64 and ready to be run over and over.
class Program {
public:
    Program(const Evaluation& evaluation, std::span<const OutputId> roots, std::span<const OutputId> leaves)
        : m_evaluation(evaluation)
    {
        const Graph& graph = evaluation.graph();
        m_firstSlots.reserve(graph.size() + 1);
        for (const NodeId id : graph.ids()) {
            m_firstSlots.push_back(m_values.size());
            for (const Value& output : evaluation[id].outputs)
                m_values.push_back(inFloat64(output.tensor()));
        }
        m_isMoving.resize(m_values.size(), false);
        for (const OutputId leaf : leaves) {
            m_leaves.push_back(slot(leaf));
            m_isMoving[m_leaves.back()] = true;
        }
        m_walksBack = std::ranges::any_of(graph.ids(), [&](NodeId id) {
            const Op* const op = findOp(graph.at(id).op);
            return op && op->walksBack && !evaluation[id].error;
        });
        if (m_walksBack)
            for (const OutputId leaf : leavesOf(evaluation))
                if (!m_isMoving[slot(leaf)]) {
                    m_otherLeaves.push_back(slot(leaf));
                    m_isMoving[slot(leaf)] = true;
                }
        for (const OutputId root : roots)
            m_roots.push_back(slot(root));
        for (const NodeId id : evaluation.order())
            if (!evaluation[id].error && !anySlot(m_isMoving, id))  // Else it is a leaf.
                compile(id);
        keepWhatRootsNeed();
    }

    const std::vector<NodeId>& held() const { return m_held; }
    /// By leaf, whether a root depends on it.
    bool isReached(std::size_t leaf) const { return m_isNeeded[m_leaves[leaf]]; }

    /// As DifferentiableFunction.
    Result<Values> operator()(std::span<const Value> leaves, std::optional<std::size_t> moved)
    {
        if (!moved) {
            if (auto failure = record(leaves, m_values))
                return *std::move(failure);
            return rootsOf(m_values);
        }
        if (m_walksBack) {  // What it finds on its way back has to be recorded, too.
            Tape tape;
            Values recorded;
            for (const Value& leaf : leaves)
                recorded.push_back(tape.leaf(leaf.tensor()));
            std::vector<Value> values = m_values;
            if (auto failure = record(recorded, values))
                return *std::move(failure);
            Values roots;
            for (const Value& root : rootsOf(values))
                roots.push_back(root.detached());
            return roots;
        }
        if (moved != m_moved)
            moveOnly(*moved);
        m_movedValues[m_leaves[*moved]] = leaves[*moved].detached();
        for (const std::size_t step : m_affected)
            if (auto failure = run(m_steps[step], m_movedValues))
                return *std::move(failure);
        return rootsOf(m_movedValues);
    }

private:
    static constexpr std::size_t absent = ~std::size_t(0);

    /// One node. Its outputs stand from `output` on.
    struct Step {
        NodeId node;
        const Op* op;  // nullptr: hands on its first input (muted).
        Attributes attributes;
        std::vector<std::size_t> inputs;  // Slots; `absent` for None.
        std::size_t output;
    };

    std::size_t slot(OutputId output) const
    {
        return m_firstSlots[*m_evaluation.graph().indexOf(output.node)] + output.index;
    }

    bool anySlot(const std::vector<bool>& flags, NodeId id) const
    {
        const auto first = flags.begin() + std::ptrdiff_t(slot({id, 0}));
        return std::any_of(first, first + std::ptrdiff_t(m_evaluation[id].outputs.size()), std::identity());
    }

    std::size_t slotOf(const std::optional<Source>& source) const
    {
        return source ? slot(*m_evaluation.resolve(*source)) : absent;
    }

    /// The node was evaluated without an error, so all that it names is there.
    void compile(NodeId id)
    {
        const Node& node = m_evaluation.graph().at(id);
        const Op& op = *findOp(node.op);
        Step step{id, &op, {}, {}, slot({id, 0})};
        InlineVector<bool, 4> isGiven;
        std::size_t next = 0;
        for (const Parameter& parameter : op.parameters) {
            if (!parameter.isTensor())
                continue;
            const Input input = next < node.inputs.size() ? node.inputs[next] : Input();
            ++next;
            isGiven.push_back(!input.isOpen());
            if (const SourceList* const list = input.list())
                for (const auto& item : *list)
                    step.inputs.push_back(slotOf(item));
            else if (const Source* const source = input.single())
                step.inputs.push_back(slotOf(*source));
            else if (parameter.kind == Parameter::Kind::Tensor)
                step.inputs.push_back(absent);
        }
        const auto isMoving = [&](std::size_t input) { return input != absent && m_isMoving[input]; };
        if (std::ranges::none_of(step.inputs, isMoving))
            return;
        if (isCut(id)) {
            m_held.push_back(id);
            return;
        }
        if (node.muted)
            step.op = nullptr;
        else
            step.attributes = inFloat64(*completed(op, {isGiven.data(), isGiven.size()}, node.attributes));
        for (std::size_t k = 0; k < m_evaluation[id].outputs.size(); ++k)
            m_isMoving[step.output + k] = true;
        m_steps.push_back(std::move(step));
    }

    /// Whether the node has floating results that no gradient goes through, though one of its inputs has a
    /// gradient to give.
    bool isCut(NodeId id) const
    {
        const auto requiresGrad = [&](const Source& source) {
            return m_evaluation.value(*m_evaluation.resolve(source)).requiresGrad();
        };
        if (findOp(m_evaluation.graph().at(id).op)->walksBack)  // A gradient that does not depend on what it is of.
            return false;
        bool couldGive = false;
        forEachSource(m_evaluation.graph().at(id), [&](const Source& source) { couldGive |= requiresGrad(source); });
        return couldGive && std::ranges::any_of(m_evaluation[id].outputs, [](const Value& output) {
            return isFloatingTensor(output.tensor()) && (!output.requiresGrad() || isSevered(output));
        });
    }

    void keepWhatRootsNeed()
    {
        m_isNeeded.resize(m_values.size(), false);
        for (const std::size_t root : m_roots)
            m_isNeeded[root] = true;
        const auto isNeeded = [&](NodeId id) { return anySlot(m_isNeeded, id); };
        for (std::size_t i = m_steps.size(); i-- > 0;)
            if (isNeeded(m_steps[i].node))
                for (const std::size_t input : m_steps[i].inputs)
                    if (input != absent)
                        m_isNeeded[input] = true;
        std::erase_if(m_steps, [&](const Step& step) { return !isNeeded(step.node); });
        std::erase_if(m_held, [&](NodeId id) { return !isNeeded(id); });
    }

    /// Of the steps, those that this leaf decides; all other values are as at the first call.
    void moveOnly(std::size_t leaf)
    {
        m_moved = leaf;
        m_movedValues.clear();
        for (const Value& value : m_values)
            m_movedValues.push_back(value.detached());
        std::vector<bool> isMoving(m_values.size(), false);
        isMoving[m_leaves[leaf]] = true;
        m_affected.clear();
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            const Step& step = m_steps[i];
            if (std::ranges::none_of(step.inputs, [&](std::size_t in) { return in != absent && isMoving[in]; }))
                continue;
            m_affected.push_back(i);
            for (std::size_t k = 0; k < m_evaluation[step.node].outputs.size(); ++k)
                isMoving[step.output + k] = true;
        }
    }

    Failure record(std::span<const Value> leaves, std::vector<Value>& values) const
    {
        for (std::size_t i = 0; i < leaves.size(); ++i)
            values[m_leaves[i]] = leaves[i];
        for (const std::size_t leaf : m_otherLeaves)
            values[leaf] = leaves.front().tape().leaf(values[leaf].tensor());
        for (const Step& step : m_steps)
            if (auto failure = run(step, values))
                return failure;
        return std::nullopt;
    }

    Failure run(const Step& step, std::vector<Value>& values) const
    {
        Values inputs;
        for (const std::size_t input : step.inputs)
            inputs.push_back(input == absent ? Value(Tensor::none()) : values[input]);
        if (!step.op) {
            values[step.output] = inputs.front();
            return std::nullopt;
        }
        const auto outputs = step.op->walksBack ? differentiated(inputs)
                                                : performInFloat64(*step.op, inputs, step.attributes);
        if (!outputs) {
            Error error = outputs.error();
            error.node = m_evaluation.graph().at(step.node).name;
            return error;
        }
        for (std::size_t k = 0; k < outputs->size() && k < m_evaluation[step.node].outputs.size(); ++k)
            values[step.output + k] = (*outputs)[k];
        return std::nullopt;
    }

    Values rootsOf(const std::vector<Value>& values) const
    {
        Values roots;
        for (const std::size_t root : m_roots)
            roots.push_back(values[root]);
        return roots;
    }

    const Evaluation& m_evaluation;
    std::vector<std::size_t> m_firstSlots;  // By index in the graph.
    std::vector<Value> m_values;            // By slot.
    std::vector<bool> m_isMoving;           // By slot: whether a leaf decides it.
    std::vector<bool> m_isNeeded;           // By slot: whether it decides a root.
    std::vector<std::size_t> m_leaves;      // Slots.
    std::vector<std::size_t> m_otherLeaves; // Slots of leaves that stay, and that a gradient may be taken of.
    std::vector<std::size_t> m_roots;       // Slots.
    bool m_walksBack = false;
    std::vector<Step> m_steps;
    std::vector<NodeId> m_held;

    std::optional<std::size_t> m_moved;    // The leaf for which
    std::vector<std::size_t> m_affected;   // these steps are run again,
    std::vector<Value> m_movedValues;      // on these values.
};

/// Whose gradients the pass gives, in groups to be checked together: all leaves; of its `inputs` the leaves, and
/// each other one by itself, since moving it alone makes it independent of what it is computed from.
std::vector<std::vector<OutputId>> groupsOf(const Evaluation& evaluation, const PreparedPass& pass)
{
    if (!pass.options.inputs)
        return {leavesOf(evaluation)};
    std::vector<std::vector<OutputId>> groups(1);
    std::vector<Place> places = *pass.options.inputs;
    std::ranges::sort(places);
    const auto [first, last] = std::ranges::unique(places);
    places.erase(first, last);
    for (const Place place : places)
        if (evaluation.tape().isSevered(place.entry))
            continue;
        else if (evaluation.tape().op(place.entry))
            groups.push_back({*evaluation.owner(place)});
        else
            groups.front().push_back(*evaluation.owner(place));
    return groups;
}

Failure checkGroup(const Evaluation& evaluation, const std::vector<OutputId>& group, const GradcheckOptions& options,
                   PassCheck& check)
{
    std::vector<OutputId> reached;
    const Program whole(evaluation, check.roots, group);
    for (std::size_t i = 0; i < group.size(); ++i)
        (whole.isReached(i) ? reached : check.unreached).push_back(group[i]);
    if (reached.empty())
        return std::nullopt;
    Program program(evaluation, check.roots, reached);
    std::vector<Tensor> leaves;
    for (const OutputId leaf : reached)
        leaves.push_back(inFloat64(evaluation.value(leaf).tensor()));
    auto result = gradcheck([&](auto... arguments) { return program(arguments...); }, leaves, options);
    if (!result)
        return result.error();
    check.leaves.insert(check.leaves.end(), reached.begin(), reached.end());
    std::ranges::move(result->leaves, std::back_inserter(check.result.leaves));
    check.result.outputSize = result->outputSize;
    check.result.checked = result->checked;
    for (const NodeId id : program.held())
        if (std::ranges::find(check.held, id) == check.held.end())
            check.held.push_back(id);
    return std::nullopt;
}

}  // namespace

Result<PassCheck> checkPass(const Evaluation& evaluation, const Pass& pass, const GradcheckOptions& options)
{
    PassCheck check;
    const auto ready = prepared(evaluation, pass, Seeds::Optional);
    if (!ready) {
        check.error = ready.error();
        return check;
    }
    check.error = refusedRoots(ready->roots);
    if (check.error)
        return check;
    for (const Source& root : pass.roots)
        check.roots.push_back(*evaluation.resolve(root));
    for (const auto& group : groupsOf(evaluation, *ready)) {
        auto failure = checkGroup(evaluation, group, options, check);
        if (failure && failure->kind == Error::Kind::Cancelled)
            return *std::move(failure);
        if (failure) {
            check.error = std::move(failure);
            break;
        }
    }
    return check;
}

}  // namespace chainrule

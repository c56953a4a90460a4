// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/evaluate.h"

#include "engine/autograd/backward.h"
#include "engine/autograd/differentiated.h"
#include "engine/autograd/node_arguments.h"
#include "engine/autograd/value_cache.h"
#include "engine/base/stop.h"
#include "engine/graph/plan.h"

#include <algorithm>
#include <new>

namespace chainrule {
namespace {

constexpr std::string_view soleOutput = "output";

/// What Python calls a result that is several tensors at once.
std::string pythonTupleName(const Op& op)
{
    return op.variadicOutputs ? "tuple" : "torch.return_types." + std::string(op.name);
}

}  // namespace

std::string outputName(const Op& op, std::size_t index, std::size_t count)
{
    if (op.variadicOutputs)
        return std::to_string(index);
    return std::string(count == 1 ? soleOutput : op.outputs[index]);
}

FileErrors damagedFiles(std::span<const MappedSource> sources)
{
    FileErrors errors;
    for (const MappedSource& source : sources)
        if (Failure damage = source.tensor.buffer()->damage())
            errors.emplace(source.file, *std::move(damage));
    return errors;
}

bool Evaluation::hasNamedOutputs(NodeId node) const
{
    const Op* const op = findOp(m_graph.at(node).op);
    return op && (op->variadicOutputs || (*this)[node].outputs.size() > 1);
}

std::string Evaluation::outputName(OutputId output) const
{
    const Op* const op = findOp(m_graph.at(output.node).op);
    const std::size_t count = (*this)[output.node].outputs.size();
    return op ? chainrule::outputName(*op, output.index, count) : std::string(soleOutput);
}

std::string Evaluation::tupleName(NodeId node) const
{
    return pythonTupleName(*findOp(m_graph.at(node).op));
}

Result<OutputId> Evaluation::resolve(const Source& source) const
{
    const Node& node = m_graph.at(source.node);
    const NodeResult& result = (*this)[source.node];
    if (result.error)
        return Error{Error::Kind::NotEvaluated, "its input " + node.name + " failed", node.name};
    if (source.output.empty() && !hasNamedOutputs(source.node))
        return OutputId{source.node, 0};
    for (std::uint32_t k = 0; k < result.outputs.size(); ++k)
        if (outputName({source.node, k}) == source.output)
            return OutputId{source.node, k};
    const Op* const op = findOp(node.op);
    const std::string type = hasNamedOutputs(source.node) ? pythonTupleName(*op) : "Tensor";
    if (source.output.empty())
        return typeError("must be Tensor, not " + type);
    return Error{Error::Kind::AttributeError, "'" + type + "' object has no attribute '" + source.output + "'"};
}

std::optional<OutputId> Evaluation::owner(Place place) const
{
    const std::size_t slot = m_tape->slot(place);
    if (slot >= m_owners.size() || m_owners[slot].node == NodeId())
        return std::nullopt;
    return m_owners[slot];
}

std::optional<NodeId> Evaluation::maker(std::size_t entry) const
{
    if (const auto output = owner({std::uint32_t(entry), 0}))
        return output->node;
    const auto after = std::ranges::upper_bound(m_recordings, entry, {}, &Recording::begin);
    if (after == m_recordings.begin() || std::prev(after)->end <= entry)
        return std::nullopt;
    return std::prev(after)->node;
}

std::string_view Evaluation::gradFn(const Value& value) const
{
    return value.requiresGrad() ? gradFnName(*m_tape, value.place().entry) : std::string_view();
}

/// One run over a graph. Holds the evaluation while it grows, and what the nodes share meanwhile.
class Evaluator {
public:
    Evaluator(const Graph& graph, const EvaluateOptions& options) : m_options(options)
    {
        m_evaluation.m_graph = graph;
        m_evaluation.m_results.resize(graph.size());
        m_evaluation.m_tape = std::make_unique<Tape>();
        for (const Frame& frame : graph.frames)
            if (frame.noGrad)
                m_withoutGrad.insert(m_withoutGrad.end(), frame.nodes.begin(), frame.nodes.end());
        std::ranges::sort(m_withoutGrad);
    }

    Result<Evaluation> run()
    {
        auto order = plan(m_evaluation.m_graph);
        if (!order)
            return order.error();
        m_evaluation.m_order = *std::move(order);
        if (m_options.cache)
            m_options.cache->begin();
        try {
            const StopScope scope(m_options.stop);
            if (!evaluateNodes())
                return cancelled();
        } catch (const Stopped&) {
            return cancelled();
        }
        if (m_options.cache)
            m_options.cache->finish();
        return std::move(m_evaluation);
    }

private:
    using Outputs = InlineVector<Value, 1>;

    /// @returns whether it came to the end.
    bool evaluateNodes()
    {
        std::size_t done = 0;
        for (const NodeId id : m_evaluation.m_order) {
            if (m_options.stop.stop_requested())
                return false;
            if (m_options.progress)
                m_options.progress(done++, m_evaluation.m_order.size());
            const std::size_t begin = m_evaluation.tape().size();
            take(id, outcome(id));
            if (const std::size_t end = m_evaluation.tape().size(); end > begin + 1)
                m_evaluation.m_recordings.push_back({begin, end, id});
        }
        return !m_options.stop.stop_requested();  // The last may have been stopped in its midst.
    }

    void take(NodeId id, Result<Outputs> outputs)
    {
        NodeResult& result = m_evaluation.m_results[*m_evaluation.m_graph.indexOf(id)];
        if (!outputs) {
            result.error = std::make_unique<const Error>(outputs.error());
            return;
        }
        result.outputs = *std::move(outputs);
        auto& owners = m_evaluation.m_owners;
        const std::size_t known = owners.size();
        owners.resize(m_evaluation.tape().slotCount());
        for (std::uint32_t k = 0; k < result.outputs.size(); ++k)
            if (const Value& value = result.outputs[k]; value.requiresGrad())
                if (const std::size_t slot = m_evaluation.tape().slot(value.place()); slot >= known)
                    owners[slot] = {id, k};
    }

    /// Running out of memory is an error of the node that wanted it, unless old values were in its way.
    Result<Outputs> outcome(NodeId id)
    {
        try {
            return evaluated(id);
        } catch (const std::bad_alloc&) {
            if (!m_options.cache || !m_options.cache->dropUnused())
                return outOfMemory();
        }
        return outcome(id);
    }

    Result<Outputs> evaluated(NodeId id)
    {
        const Node& node = m_evaluation.m_graph.at(id);
        const Op* const op = findOp(node.op);
        if (!op || op->category == Category::Internal)
            return Error{Error::Kind::AttributeError, "module 'torch' has no attribute '" + node.op + "'"};
        Values inputs;
        InlineVector<bool, 4> isGiven;
        bool isRegular = node.inputs.size() <= op->tensorParameterCount();
        if (auto failure = connect(node, *op, inputs, isGiven, isRegular))
            return *std::move(failure);
        if (node.muted && !inputs.empty() && !inputs[0].tensor().isNone())
            return Outputs{inputs[0]};
        if (!isRegular || !node.extras->unreadAttributes.empty())
            return refusedArguments(m_evaluation, node, *op);
        const Attributes* attributes = &op->defaults;
        const bool isPlain = node.attributes.empty() && std::ranges::all_of(isGiven, std::identity())
                             && op->parameters.size() == isGiven.size() + op->defaults.size();
        if (!isPlain) {
            auto all = completed(*op, std::span(isGiven.data(), isGiven.size()), node.attributes);
            if (!all)
                return all.error().kind == Error::Kind::RuntimeError ? all.error()
                                                                     : refusedArguments(m_evaluation, node, *op);
            attributes = &m_evaluation.tape().keep(*std::move(all));
        }
        const bool isRecording = op->walksBack || !std::ranges::binary_search(m_withoutGrad, id);
        const Values given = isRecording ? Values() : inputs;
        if (!isRecording)
            for (Value& input : inputs)
                input = input.detached();
        auto values = op->walksBack ? walkedBack(inputs) : performed(*op, inputs, *attributes);
        if (!values)
            return values.error();
        if (!isRecording)
            values = withoutGrad(*op, given, *attributes, *values);
        Outputs outputs(values->begin(), values->end());
        if (const auto flag = attributes->find("requires_grad"); flag != attributes->end())
            if (const bool* wantsGrad = std::get_if<bool>(&flag->second); wantsGrad && *wantsGrad)
                for (Value& output : outputs)
                    output = m_evaluation.tape().leaf(output.tensor());
        return outputs;
    }

    static Values withoutGrad(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                              std::span<const Value> computed)
    {
        Tensors tensors;
        for (const Value& value : computed)
            tensors.push_back(value.tensor());
        return unrecorded(op, inputs, attributes, tensors);
    }

    /// Retained tensors on the way keep what reached them, also where PyTorch refuses in the end.
    Result<Values> walkedBack(std::span<const Value> inputs)
    {
        Flow flow;
        auto gradient = differentiated(inputs, m_options.stop, &flow);
        for (const auto& [place, arrived] : flow) {
            const auto owner = m_evaluation.owner(place);
            if (owner && m_evaluation.tape().op(place.entry) && m_evaluation.graph().at(owner->node).retainGrad)
                m_evaluation.m_retained.accumulate(*owner, arrived, StoredGradients::Holder::Retained, true);
        }
        return gradient;
    }

    /// The values that are wired to the node, None where an optional tensor is left out. Fails where an input has no
    /// value; one that no tensor parameter takes makes the call irregular.
    Failure connect(const Node& node, const Op& op, Values& inputs, InlineVector<bool, 4>& isGiven, bool& isRegular)
    {
        std::size_t slot = 0;
        for (const Parameter& parameter : op.parameters) {
            if (!parameter.isTensor())
                continue;
            const Input* const input = slot < node.inputs.size() ? &node.inputs[slot] : nullptr;
            ++slot;
            const bool isOpen = !input || input->isOpen();
            const bool isList = parameter.kind == Parameter::Kind::TensorList;
            isGiven.push_back(!isOpen);
            if (isOpen && !isList)
                inputs.push_back(Tensor::none());
            if (isOpen)
                continue;
            isRegular = isRegular && isList == (input->list() != nullptr);
            if (auto failure = append(*input, inputs, isRegular))
                return failure;
        }
        Values further;
        for (; slot < node.inputs.size(); ++slot)
            if (auto failure = append(node.inputs[slot], further, isRegular))
                return failure;
        return std::nullopt;
    }

    Failure append(const Input& input, Values& inputs, bool& isRegular)
    {
        if (const Source* const source = input.single())
            return append(*source, inputs, isRegular);
        if (const SourceList* const list = input.list())
            for (const auto& item : *list) {
                isRegular = isRegular && item;
                if (item)
                    if (auto failure = append(*item, inputs, isRegular))
                        return failure;
            }
        return std::nullopt;
    }

    Failure append(const Source& source, Values& inputs, bool& isRegular)
    {
        const auto output = m_evaluation.resolve(source);
        if (!output && output.error().kind != Error::Kind::TypeError)
            return output.error();
        isRegular = isRegular && output;
        inputs.push_back(output ? m_evaluation.value(*output) : Value(Tensor::none()));
        return std::nullopt;
    }

    /// The call as a user makes it; what is known is recorded like what is computed.
    Result<Values> performed(const Op& op, Values& inputs, const Attributes& attributes)
    {
        const auto tensors = tensorsOf(op, inputs, attributes);
        if (!tensors)
            return tensors.error();
        return recorded(op, inputs, attributes, *tensors);
    }

    /// What the op computes, from the cache if it is known.
    Result<Tensors> tensorsOf(const Op& op, Values& inputs, const Attributes& attributes)
    {
        const std::string* const path = op.readsFile ? fileOf(attributes) : nullptr;
        if (path && m_options.damaged.contains(*path))
            return m_options.damaged.at(*path);
        auto key = m_options.cache ? keyOf(op, inputs, attributes, path) : std::nullopt;
        const Tensors* const known = key ? m_options.cache->find(*key) : nullptr;
        if (path)
            return known && !isDamaged(known->front()) ? Result<Tensors>(noted(*path, *known))
                                                       : made(op, *path, inputs, attributes, std::move(key));
        if (known)
            return *known;
        auto tensors = computed(op, inputs, attributes);
        if (tensors && key)
            m_options.cache->insert(*std::move(key), *tensors);
        return tensors;
    }

    /// Likewise of what a file has.
    Result<Tensors> made(const Op& op, const std::string& path, Values& inputs, const Attributes& attributes,
                         std::optional<ValueCache::Key> key)
    {
        if (auto failure = readFile(path, inputs))
            return *std::move(failure);
        const Tensor numbers = inputs.back().tensor();
        auto tensors = computed(op, inputs, attributes);
        if (Failure damage = numbers.buffer() ? numbers.buffer()->damage() : Failure())
            return *std::move(damage);
        if (!tensors)
            return tensors.error();
        if (key)
            m_options.cache->insert(*std::move(key), *tensors);
        return noted(path, *tensors);
    }

    const Tensors& noted(const std::string& path, const Tensors& tensors)
    {
        for (const Tensor& tensor : tensors)
            if (tensor.buffer() && tensor.buffer()->isForeign())
                m_evaluation.m_mappedSources.push_back({path, tensor});
        return tensors;
    }

    static bool isDamaged(const Tensor& tensor)
    {
        return tensor.buffer() && tensor.buffer()->damage();
    }

    /// A file's state stands in for its tensor, which has not been read.
    std::optional<ValueCache::Key> keyOf(const Op& op, const Values& inputs, const Attributes& attributes,
                                         const std::string* path)
    {
        auto key = ValueCache::keyOf(op, inputs, attributes);
        if (!path)
            return key;
        const std::string state = m_options.fileState ? m_options.fileState(*path) : "";
        if (state.empty())
            return std::nullopt;
        key.attributes += state;
        return key;
    }

    static const std::string* fileOf(const Attributes& attributes)
    {
        const auto file = attributes.find("file");
        return file == attributes.end() ? nullptr : std::get_if<std::string>(&file->second);
    }

    Failure readFile(const std::string& path, Values& inputs)
    {
        auto tensor = m_options.readFile(path);
        if (!tensor)
            return tensor.error();
        inputs.push_back(*std::move(tensor));
        return std::nullopt;
    }

    const EvaluateOptions& m_options;
    Evaluation m_evaluation;
    std::vector<NodeId> m_withoutGrad;  // Sorted.
};

Result<Evaluation> evaluate(const Graph& graph, const EvaluateOptions& options)
{
    return Evaluator(graph, options).run();
}

}  // namespace chainrule

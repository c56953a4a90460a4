// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/stored_gradients.h"
#include "engine/base/result.h"
#include "engine/graph/graph.h"
#include "engine/ops/op.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

class ValueCache;

/// What became of one node: its outputs, or the error that stands on it.
struct NodeResult {
    InlineVector<Value, 1> outputs = {};
    std::unique_ptr<const Error> error = {};
};

/// How an output is addressed: "values" of an op with several, "0", "1", … of a variadic one, and "output" of
/// one that gave a single output.
std::string outputName(const Op& op, std::size_t index, std::size_t count);

/// Errors by the name that nodes have for the file.
using FileErrors = std::map<std::string, Error>;

/// What a source of a graph is made of, if its numbers still lie in their file.
struct MappedSource {
    std::string file;  ///< As its node names it.
    Tensor tensor;
};
/// Those that are no longer what they were: what was made of their numbers may be wrong.
FileErrors damagedFiles(std::span<const MappedSource> sources);

/// What a graph computed to, and the tape on which backward passes walk.
class Evaluation {
public:
    const Graph& graph() const { return m_graph; }
    /// The order in which the nodes were evaluated.
    std::span<const NodeId> order() const { return m_order; }
    const NodeResult& operator[](NodeId node) const { return m_results[*m_graph.indexOf(node)]; }
    /// Whether the node's outputs are asked for by name.
    bool hasNamedOutputs(NodeId node) const;
    std::string outputName(OutputId output) const;
    /// What Python calls a result that is several tensors at once: "torch.return_types.max".
    std::string tupleName(NodeId node) const;

    /// @returns NotEvaluated if the node failed, else what Python says of an output that there is not.
    Result<OutputId> resolve(const Source& source) const;
    const Value& value(OutputId output) const { return (*this)[output.node].outputs[output.index]; }
    /// The node that brought a place about; absent for what a rule recorded under create_graph.
    std::optional<OutputId> owner(Place place) const;
    /// The node in whose evaluation an entry of the tape was recorded, be it by a rule; absent for what a backward
    /// pass recorded.
    std::optional<NodeId> maker(std::size_t entry) const;

    /// `.grad` of the retained tensors that autograd.grad came by, before any backward pass.
    const StoredGradients& retained() const { return m_retained; }

    bool isLeaf(const Value& value) const { return !value.requiresGrad() || !m_tape->op(value.place().entry); }
    /// Whose numbers may change under whoever looks at them: he asks damagedFiles() afterwards.
    std::span<const MappedSource> mappedSources() const { return m_mappedSources; }

    /// The name in `grad_fn=<…>`; empty where there is none.
    std::string_view gradFn(const Value& value) const;

    Tape& tape() const { return *m_tape; }

private:
    friend class Evaluator;

    Graph m_graph;
    std::vector<NodeId> m_order;
    std::vector<NodeResult> m_results;  // By index in the graph.
    std::vector<OutputId> m_owners;     // By slot of the tape.
    struct Recording {
        std::size_t begin;
        std::size_t end;
        NodeId node;
    };
    std::vector<Recording> m_recordings;  // The entries of nodes that recorded several, ascending.
    StoredGradients m_retained;
    std::vector<MappedSource> m_mappedSources;
    std::unique_ptr<Tape> m_tape;       // Not moved: values point to it.
};

struct EvaluateOptions {
    /// Reads the file that a node is made of. `isArray`: as NumPy array (from_numpy), else as tensor data.
    std::function<Result<Tensor>(const std::string& path)> readFile;
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    std::stop_token stop = {};
    /// Files that are not looked at, because of what their nodes are to say instead.
    FileErrors damaged = {};
    /// What is known of earlier evaluations; not owned. What is found there is recorded like what is computed, so that
    /// nobody sees the difference.
    ValueCache* cache = nullptr;
    /// For the cache: a text that changes when the file does; empty if that cannot be told, and the file is read.
    std::function<std::string(const std::string& path)> fileState = {};
};

/// Computes every node that can be computed; an error stays on its node and on those that depend on it.
/// @returns Document for a cycle, Cancelled after a stop.
Result<Evaluation> evaluate(const Graph& graph, const EvaluateOptions& options);

}  // namespace chainrule

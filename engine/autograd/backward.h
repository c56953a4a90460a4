// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/ops/value.h"

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chainrule {

/// A value to start from. `seed` is dL/d(value), in its shape; it may be left out for one-element values.
struct Root {
    Value value;
    std::optional<Value> seed = {};
};

/// One arrow of the backward pass: what entry `from` sent through its input number `input` to `to`.
/// All that arrived at a place sums to its gradient.
struct BackwardEvent {
    int pass;
    int order;                        ///< 0, 1, 2, ... within the pass.
    std::optional<std::size_t> from;  ///< Absent for a root's own gradient.
    Place to;
    std::size_t input;
    std::vector<std::optional<Tensor>> upstream;  ///< What had arrived at `from`, by output.
    Tensor contribution;                          ///< In the shape and dtype of the value at `to`.
    Tensor sum;  ///< What has arrived at `to` in this pass, this contribution included.
};

struct BackwardOptions {
    bool createGraph = false;  ///< Record the rules, so that they can be differentiated again.
    bool retainGraph = false;  ///< Keep what entries saved; PyTorch's default is createGraph.
    bool keepAll = false;      ///< Return what flowed to every place, not to leaves alone.
    /// Absent: all leaves. Else only these are reached, and nothing runs that does not lead to them.
    std::optional<std::vector<Place>> inputs = {};
    /// As backward(inputs=…) does, and autograd.grad does not: what made an input runs, too, and frees what it saved.
    bool runsInputs = false;
    int pass = 1;
    std::vector<BackwardEvent>* events = nullptr;  ///< Only where somebody looks.
    /// Told now and then how many entries have run, of at most how many.
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    std::stop_token stop = {};
};

/// The gradients that flowed in one pass; a place that it did not reach is absent. Not `.grad`.
class Flow {
public:
    /// nullptr where nothing arrived.
    const Value* find(Place place) const;
    std::size_t size() const { return m_arrived.size(); }
    auto begin() const { return m_arrived.begin(); }
    auto end() const { return m_arrived.end(); }

    void add(Place place, Value gradient) { m_arrived.emplace_back(place, std::move(gradient)); }
    void sort();

private:
    InlineVector<std::pair<Place, Value>, 4> m_arrived;  // By place.
};

/// What a pass brought about. PyTorch's engine is not transactional: what had reached leaves before an
/// error has reached them, and `flow` says so.
struct Backpropagation {
    Flow flow;
    std::optional<Error> error;

    explicit operator bool() const { return !error; }
};

/// RuntimeError for root number `index` where its own gradient does not fit, or is left out and cannot be.
Failure refusedSeed(const Root& root, std::size_t index);
/// RuntimeError for the first root that does not require grad.
Failure refusedRoots(std::span<const Root> roots);

/// Gradients of the sum of `roots`, in the order of PyTorch's engine: of the entries whose consumers have
/// all run, the one recorded last, and a leaf at once. Frees what the entries saved unless retainGraph.
/// Errors are PyTorch's: RuntimeError for an unusable root or a freed entry, Cancelled after a stop.
Backpropagation backward(std::span<const Root> roots, const BackwardOptions& options = {});
/// `a.backward()`: what flowed to the leaves.
Backpropagation backward(const Value& root);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/gradcheck.h"

#include "engine/autograd/backward.h"
#include "engine/ops/operators.h"
#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The elements to try out of `size`: all, or one from each of `limit` equal parts, not always the same one.
std::vector<std::int64_t> spread(std::int64_t size, std::int64_t limit)
{
    std::vector<std::int64_t> chosen;
    const std::int64_t count = std::min(size, limit);
    std::uint64_t state = 0x2545f4914f6cdd1d;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto bound = [&](std::int64_t part) { return std::int64_t(double(size) / double(count) * double(part)); };
        const std::int64_t first = bound(i), end = i + 1 == count ? size : bound(i + 1);
        state = state * 6364136223846793005u + 1442695040888963407u;
        chosen.push_back(first + std::int64_t((state >> 33) % std::uint64_t(end - first)));
    }
    return chosen;
}

/// Contiguous, with `step` added to one element.
Tensor moved(const Tensor& tensor, std::int64_t element, double step)
{
    Tensor copy = Tensor::uninitialized(tensor.shape(), DType::Float64);
    double* const to = copy.writable<double>();
    if (tensor.isContiguous())
        std::copy_n(tensor.data<double>(), tensor.size(), to);
    else
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            to[i] = as<double>(tensor.at(i));
    to[element] += step;
    return copy;
}

Tensor zeros(const Tensor& like)
{
    return Tensor::full(like.shape(), 0.0, like.dtype());
}

bool areSame(const std::optional<Tensor>& a, const std::optional<Tensor>& b)
{
    if (!a || !b)
        return !a == !b;
    bool isSame = a->shape() == b->shape() && a->dtype() == b->dtype();
    for (std::int64_t i = 0; isSame && i < a->size(); ++i) {
        const double x = as<double>(a->at(i)), y = as<double>(b->at(i));
        isSame = x == y || (std::isnan(x) && std::isnan(y));
    }
    return isSame;
}

/// Whether it is a tensor that a gradient can be had of.
bool isChecked(const Tensor& tensor)
{
    return isFloating(tensor.dtype()) && !tensor.isNumber() && !tensor.isNone();
}

/// The function's value below, at and above a point.
struct Around {
    double point;
    double below, here, above;
};

class Comparison {
public:
    explicit Comparison(const GradcheckOptions& options) : m_options(options) {}

    JacobianEntry entry(double analytical, const Around& f) const
    {
        const double step = m_options.step;
        JacobianEntry entry{.analytical = analytical,
                            .numerical = (f.above - f.below) / (2 * step),
                            .below = (f.here - f.below) / step,
                            .above = (f.above - f.here) / step};
        entry.verdict = verdict(entry, f);
        return entry;
    }

    /// How much of the tolerance the entry uses.
    double use(const JacobianEntry& entry) const
    {
        const double use = std::abs(entry.analytical - entry.numerical) / tolerance(entry.numerical);
        return std::isnan(use) ? std::numeric_limits<double>::infinity() : use;
    }

    /// A mismatch is none where the function jumps, if the gradient is the slope beside the jump; and a NaN is none
    /// that comes from the nothing which another, infinite entry of the same element is multiplied by.
    void reconsider(JacobianEntry& entry, double farBelow, double farAbove, bool isSingularElsewhere) const
    {
        if (entry.verdict != Verdict::Mismatch)
            return;
        if (isClose(entry.analytical, farBelow) || isClose(entry.analytical, farAbove))
            entry.verdict = Verdict::Kink;
        else if (isSingularElsewhere && std::isnan(entry.analytical))
            entry.verdict = Verdict::Singular;
    }

private:
    double tolerance(double numerical) const
    {
        return m_options.absolute + m_options.relative * std::abs(numerical);
    }

    bool isClose(double analytical, double numerical) const
    {
        return analytical == numerical || std::abs(analytical - numerical) <= tolerance(numerical);
    }

    Verdict verdict(const JacobianEntry& entry, const Around& f) const
    {
        if (isClose(entry.analytical, entry.numerical))
            return Verdict::Agrees;
        if (!std::isfinite(f.below) || !std::isfinite(f.here) || !std::isfinite(f.above))
            return Verdict::Singular;
        const double slope = std::max(std::abs(entry.analytical), std::abs(entry.numerical));
        const double size = std::max({std::abs(f.below), std::abs(f.here), std::abs(f.above)})
                            + std::abs(f.point) * slope;  // A step from a large number is rounded, too.
        const double rounding = 8 * std::numeric_limits<double>::epsilon() * size / m_options.step;
        const double difference = std::abs(entry.analytical - entry.numerical);
        if (difference <= tolerance(entry.numerical) + rounding)
            return Verdict::Unresolved;
        if (isClose(entry.analytical, entry.below) || isClose(entry.analytical, entry.above) || isBetween(entry))
            return Verdict::Kink;
        return Verdict::Mismatch;
    }

    /// As a third of the gradient is where three maxima tie. Not between the slopes of a jump, where anything is.
    bool isBetween(const JacobianEntry& entry) const
    {
        const auto [low, high] = std::minmax(entry.below, entry.above);
        const double slack = tolerance(high - low);
        const bool isJump = high - low > 1e-3 / m_options.step;
        return !isJump && high - low > 2 * slack && entry.analytical >= low - slack
               && entry.analytical <= high + slack;
    }

    const GradcheckOptions& m_options;
};

class Run {
public:
    Run(const DifferentiableFunction& function, std::span<const Tensor> leaves, const GradcheckOptions& options)
        : m_function(function), m_leaves(leaves), m_options(options), m_comparison(options)
    {
    }

    Result<Gradcheck> result()
    {
        Values leaves;
        for (const Tensor& leaf : m_leaves)
            leaves.push_back(m_tape.leaf(leaf));
        m_recorded = leaves;
        auto outputs = m_function(leaves, std::nullopt);
        if (!outputs)
            return outputs.error();
        m_outputs = *std::move(outputs);
        choose();
        if (!differentiate() || !compare())
            return cancelled();
        return std::move(m_result);
    }

private:
    struct Probe {
        std::size_t output;
        std::int64_t element;
    };
    using Gradients = std::vector<std::optional<Tensor>>;  // By leaf.

    void choose()
    {
        for (const Value& output : m_outputs)
            m_result.outputSize += isChecked(output.tensor()) ? output.tensor().size() : 0;
        std::size_t k = 0;
        std::int64_t start = 0;
        for (const std::int64_t element : spread(m_result.outputSize, m_options.outputElements)) {
            const auto size = [&] { return isChecked(m_outputs[k].tensor()) ? m_outputs[k].tensor().size() : 0; };
            while (element - start >= size())
                start += size(), ++k;
            m_probes.push_back({k, element - start});
        }
        m_result.checked = std::int64_t(m_probes.size());
        m_total = m_probes.size();
        for (const Tensor& leaf : m_leaves) {
            m_elements.push_back(spread(leaf.size(), m_options.leafElements));
            m_result.leaves.push_back({.size = leaf.size(), .checked = std::int64_t(m_elements.back().size())});
            m_analytical.emplace_back(m_elements.back().size() * m_probes.size(), 0.0);
            m_total += m_elements.back().size();
        }
    }

    bool advance()
    {
        if (m_options.progress)
            m_options.progress(m_done, m_total);
        ++m_done;
        return !m_options.stop.stop_requested();
    }

    Gradients gradients(std::span<const Root> roots)
    {
        Gradients found(m_leaves.size());
        if (roots.empty())
            return found;
        const auto pass = backward(roots, {.retainGraph = true, .stop = m_options.stop});
        for (std::size_t leaf = 0; leaf < m_leaves.size(); ++leaf)
            if (const Value* const gradient = pass.flow.find(m_recorded[leaf].place()))
                found[leaf] = gradient->tensor();
        return found;
    }

    /// The analytical Jacobian, a row for each probe, and what else can be wrong with a rule.
    bool differentiate()
    {
        for (std::size_t row = 0; row < m_probes.size(); ++row) {
            if (!advance())
                return false;
            const auto [k, element] = m_probes[row];
            const Value& output = m_outputs[k];
            if (!output.requiresGrad())
                continue;
            const Tensor& y = output.tensor();
            const Root root{output, Value(kernel::cast(moved(kernel::cast(zeros(y), DType::Float64), element, 1), y.dtype()))};
            const Gradients first = gradients({&root, 1}), second = gradients({&root, 1});
            for (std::size_t leaf = 0; leaf < m_leaves.size(); ++leaf) {
                if (!areSame(first[leaf], second[leaf]))
                    blame(leaf, "Backward is not reentrant, i.e., running backward with same input and grad_output "
                                "multiple times gives different values");
                if (!isOfLeaf(leaf, first[leaf]))
                    continue;
                for (std::size_t i = 0; i < m_elements[leaf].size(); ++i)
                    m_analytical[leaf][i * m_probes.size() + row] = as<double>(first[leaf]->at(m_elements[leaf][i]));
            }
        }
        giveNothing();
        return !m_options.stop.stop_requested();
    }

    /// Zeros as upstream gradients of all outputs, and of all but one that gets none.
    void giveNothing()
    {
        std::vector<Root> roots;
        for (const Value& output : m_outputs)
            if (output.requiresGrad())
                roots.push_back({output, Value(zeros(output.tensor()))});
        const auto expectNothing = [&](const std::vector<Root>& given, const char* complaint) {
            const Gradients found = gradients(given);
            for (std::size_t leaf = 0; leaf < m_leaves.size(); ++leaf)
                for (std::int64_t i = 0; found[leaf] && i < found[leaf]->size(); ++i)
                    if (std::abs(as<double>(found[leaf]->at(i))) > 0)  // 0·∞ = NaN is the point's fault.
                        blame(leaf, complaint);
        };
        expectNothing(roots, "backward not multiplied by grad_output");
        for (std::size_t k = 0; roots.size() > 1 && k < roots.size(); ++k) {
            auto others = roots;
            others.erase(others.begin() + std::ptrdiff_t(k));
            expectNothing(others, "Expected all input grads to be undefined or zero when all output grads are "
                                  "undefined or zero.");
        }
    }

    bool isOfLeaf(std::size_t leaf, const std::optional<Tensor>& gradient)
    {
        if (!gradient)
            return false;
        if (gradient->dtype() != m_leaves[leaf].dtype())
            blame(leaf, "grad is incorrect type");
        else if (gradient->shape() != m_leaves[leaf].shape())
            blame(leaf, "grad is incorrect size");
        else
            return true;
        return false;
    }

    void blame(std::size_t leaf, const std::string& fault)
    {
        auto& faults = m_result.leaves[leaf].faults;
        if (std::ranges::find(faults, fault) == faults.end())
            faults.push_back(fault);
    }

    /// The function's outputs by probe with one element moved; unknown where it refuses to be evaluated there.
    std::vector<double> probed(std::size_t leaf, std::int64_t element, double step)
    {
        Values leaves;
        for (const Tensor& tensor : m_leaves)
            leaves.push_back(tensor);
        leaves[leaf] = moved(m_leaves[leaf], element, step);
        const auto outputs = m_function(leaves, leaf);
        std::vector<double> values(m_probes.size(), unknown);
        for (std::size_t row = 0; outputs && row < m_probes.size(); ++row) {
            const auto [k, at] = m_probes[row];
            if (k < outputs->size() && (*outputs)[k].tensor().shape() == m_outputs[k].tensor().shape())
                values[row] = as<double>((*outputs)[k].tensor().at(at));
        }
        return values;
    }

    bool compare()
    {
        for (std::size_t leaf = 0; leaf < m_leaves.size(); ++leaf)
            for (std::size_t i = 0; i < m_elements[leaf].size(); ++i) {
                if (!advance())
                    return false;
                compare(leaf, i);
            }
        return true;
    }

    void compare(std::size_t leaf, std::size_t i)
    {
        const std::int64_t element = m_elements[leaf][i];
        const double step = m_options.step;
        const double point = as<double>(m_leaves[leaf].at(element));
        const auto below = probed(leaf, element, -step), above = probed(leaf, element, step);
        std::vector<JacobianEntry> entries;
        for (std::size_t row = 0; row < m_probes.size(); ++row) {
            const auto [k, at] = m_probes[row];
            const double here = as<double>(m_outputs[k].tensor().at(at));
            entries.push_back(m_comparison.entry(m_analytical[leaf][i * m_probes.size() + row],
                                                 {point, below[row], here, above[row]}));
            entries.back().output = k;
            entries.back().outputElement = at;
            entries.back().leafElement = element;
        }
        const auto has = [&](Verdict verdict) { return std::ranges::count(entries, verdict, &JacobianEntry::verdict) > 0; };
        if (has(Verdict::Mismatch)) {
            const auto farBelow = probed(leaf, element, -2 * step), farAbove = probed(leaf, element, 2 * step);
            for (std::size_t row = 0; row < m_probes.size(); ++row)
                m_comparison.reconsider(entries[row], (below[row] - farBelow[row]) / step,
                                        (farAbove[row] - above[row]) / step, has(Verdict::Singular));
        }
        take(m_result.leaves[leaf], entries);
    }

    void take(LeafCheck& check, const std::vector<JacobianEntry>& entries) const
    {
        const auto rank = [&](const JacobianEntry& of) { return std::pair(of.verdict, m_comparison.use(of)); };
        const JacobianEntry* worst = nullptr;
        for (const JacobianEntry& entry : entries)
            if (!worst || rank(*worst) < rank(entry))
                worst = &entry;
        ++check.elements[std::size_t(worst ? worst->verdict : Verdict::Agrees)];
        if (!worst)
            return;
        check.entries.push_back(*worst);
        if (!check.worst || rank(*check.worst) < rank(*worst))
            check.worst = *worst;
    }

    const DifferentiableFunction& m_function;
    std::span<const Tensor> m_leaves;
    const GradcheckOptions& m_options;
    Comparison m_comparison;
    Tape m_tape;
    Values m_recorded;  // The leaves.
    Values m_outputs;
    std::vector<Probe> m_probes;
    std::vector<std::vector<std::int64_t>> m_elements;  // Of each leaf, those that are tried.
    std::vector<std::vector<double>> m_analytical;      // By leaf, then its elements, then probes.
    Gradcheck m_result;
    std::size_t m_done = 0;
    std::size_t m_total = 0;
};

}  // namespace

std::string_view name(Verdict verdict)
{
    constexpr std::string_view names[verdictCount] = {"agrees", "unresolved", "kink", "singular", "mismatch"};
    return names[std::size_t(verdict)];
}

double JacobianEntry::relativeError() const
{
    if (analytical == numerical)
        return 0;
    return std::abs(analytical - numerical) / std::max(std::abs(analytical), std::abs(numerical));
}

bool Gradcheck::passes() const
{
    return std::ranges::all_of(leaves, &LeafCheck::passes);
}

Attributes inFloat64(Attributes attributes)
{
    for (auto& [name, attribute] : attributes)
        if (DType* const dtype = std::get_if<DType>(&attribute); dtype && isFloating(*dtype))
            *dtype = DType::Float64;
    return attributes;
}

Result<Values> performInFloat64(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    const auto tensors = computed(op, inputs, attributes);
    if (!tensors)
        return tensors.error();
    const auto placed = std::ranges::find_if(inputs, &Value::requiresGrad);
    Values outputs = placed != inputs.end() && op.vjp ? placed->tape().record(op, inputs, attributes, *tensors)
                                                      : Values(tensors->begin(), tensors->end());
    for (Value& output : outputs)
        if (isChecked(output.tensor()))
            output = to(output, DType::Float64);
    return outputs;
}

Result<Gradcheck> gradcheck(const DifferentiableFunction& function, std::span<const Tensor> leaves,
                            const GradcheckOptions& options)
{
    return Run(function, leaves, options).result();
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/explanation.h"

#include "engine/autograd/local_rule.h"
#include "engine/base/stoppable.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace chainrule {
namespace {

/// 1 … 2 with either sign, so that the derivatives of several elements, weighted with these, do not add up to 0.
double weight(std::size_t number)
{
    const std::uint64_t mixed = (number + 1) * 0xd1342543de82ef95;
    return (1 + double(mixed >> 40) / double(1 << 24)) * ((mixed >> 39 & 1) ? -1 : 1);
}

/// The derivatives of an operation's outputs with respect to one element of an input, found by asking its rule.
class Derivatives {
public:
    Derivatives(const Tape& tape, const BackwardEvent& event, std::int64_t element, const ExplanationOptions& options)
        : m_use(useOf(tape, *event.from)), m_ys(outputsOf(tape, *event.from)), m_event(event), m_element(element),
          m_mostTerms(options.terms)
    {
        std::int64_t size = event.contribution.size();
        for (const Tensor& y : m_ys)
            size += y.size();
        m_callsLeft = std::max<std::int64_t>(options.work / std::max<std::int64_t>(size, 1), 256);
    }

    /// The terms that the event is made of, in no order.
    std::vector<Term> terms(std::size_t event)
    {
        m_index = event;
        if (const auto slope = elementwiseDerivative(m_use, m_ys, m_event.input); slope && m_event.upstream[0]) {
            add({0, m_element}, as<double>(slope->at(m_element)));
            if (const double sent = as<double>(m_event.contribution.at(m_element)); m_terms[0].derivative == 0 && sent == 0)
                m_terms[0].value = 0;  // Rules that mask make nothing even of an infinity.
            return std::move(m_terms);
        }
        collectCells();
        divide();
        return std::move(m_terms);
    }
    bool isComplete() const { return m_isComplete; }

private:
    struct Cell {
        std::uint32_t output;
        std::int64_t element;
    };
    struct Range {
        std::size_t begin, end;
        double largestGradient;

        std::size_t size() const { return end - begin; }
        bool operator<(const Range& other) const
        {
            return largestGradient != other.largestGradient ? largestGradient < other.largestGradient
                                                            : size() > other.size();
        }
    };

    double gradientAt(const Cell& cell) const { return as<double>(m_event.upstream[cell.output]->at(cell.element)); }

    /// A zero contributes nothing, unless it is multiplied by an infinity.
    void collectCells()
    {
        const bool isNaN = std::isnan(as<double>(m_event.contribution.at(m_element)));
        for (std::uint32_t k = 0; k < m_event.upstream.size(); ++k)
            if (const auto& dy = m_event.upstream[k])
                for (std::int64_t i = 0; i < dy->size(); ++i)
                    if (const Cell cell{k, i}; isNaN || gradientAt(cell) != 0)
                        m_cells.push_back(cell);
    }

    Range range(std::size_t begin, std::size_t end) const
    {
        double largest = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const double gradient = std::abs(gradientAt(m_cells[i]));
            largest = std::isnan(gradient) ? std::numeric_limits<double>::infinity() : std::max(largest, gradient);
        }
        return {begin, end, largest};
    }

    /// Halves what contributes until single cells are left, those with the largest gradients first: where the work is
    /// limited they are likely to be the largest terms.
    void divide()
    {
        std::priority_queue<Range> open;
        if (!m_cells.empty())
            open.push(range(0, m_cells.size()));
        while (!open.empty()) {
            lookWhetherToStop();
            const Range next = open.top();
            open.pop();
            if (m_callsLeft-- <= 0 || m_terms.size() >= m_mostTerms) {
                m_isComplete = false;
                return;
            }
            const double sent = sentBy(next);
            if (sent == 0)
                continue;
            if (next.size() == 1) {
                add(m_cells[next.begin], sent);
                continue;
            }
            const std::size_t middle = next.begin + next.size() / 2;
            open.push(range(next.begin, middle));
            open.push(range(middle, next.end));
        }
    }

    /// A single cell is asked for with 1, which gives the derivative itself.
    double sentBy(const Range& range) const
    {
        const bool isSingle = range.size() == 1;
        Upstream upstream(m_ys.size());
        for (std::size_t i = range.begin; i < range.end;) {
            const std::uint32_t k = m_cells[i].output;
            const Tensor& y = m_ys[k];
            std::vector<double> dy(std::size_t(y.size()), 0.0);
            for (; i < range.end && m_cells[i].output == k; ++i)
                dy[std::size_t(m_cells[i].element)] = isSingle ? 1 : weight(i);
            upstream[k] = tensorOf(dy, y.shape(), y.dtype());
        }
        const auto sent = m_use.sentBack(m_ys, upstream, m_event.input);
        return sent ? as<double>(sent->at(m_element)) : 0;
    }

    void add(const Cell& cell, double derivative)
    {
        const double gradient = gradientAt(cell);
        m_terms.push_back({m_index, GradientCell{{std::uint32_t(*m_event.from), cell.output}, cell.element}, gradient,
                           derivative, gradient * derivative});
    }

    OperationUse m_use;
    std::vector<Tensor> m_ys;
    const BackwardEvent& m_event;
    std::int64_t m_element;
    std::size_t m_mostTerms;
    std::int64_t m_callsLeft = 0;
    std::size_t m_index = 0;
    std::vector<Cell> m_cells;  // By output.
    std::vector<Term> m_terms;
    bool m_isComplete = true;
};

double remainderOf(double contribution, std::span<const Term> terms)
{
    double sum = 0;
    for (const Term& term : terms)
        sum += term.value;
    if (std::isfinite(contribution))
        return contribution - sum;
    const bool isShown = sum == contribution || (std::isnan(sum) && std::isnan(contribution));
    return isShown ? 0 : std::numeric_limits<double>::quiet_NaN();
}

/// The terms of the event are added to those of the explanation.
Share shareOf(const Moment& moment, std::size_t index, const ExplanationOptions& options, Explanation& explanation)
{
    const BackwardEvent& event = moment.run().events[index];
    const std::int64_t element = explanation.cell.element;
    Share share{index, as<double>(event.contribution.at(element))};
    std::vector<Term> terms;
    if (event.from) {
        Derivatives derivatives(moment.evaluation().tape(), event, element, options);
        terms = derivatives.terms(index);
        share.isComplete = derivatives.isComplete();
    } else {
        terms.push_back({index, std::nullopt, share.contribution, 1, share.contribution});
    }
    share.terms = terms.size();
    share.remainder = remainderOf(share.contribution, terms);
    explanation.terms.insert(explanation.terms.end(), terms.begin(), terms.end());
    return share;
}

Explanation explained(const Moment& moment, const GradientCell& cell, const ExplanationOptions& options)
{
    Explanation explanation{cell};
    for (const std::uint32_t event : moment.arrived(cell.place)) {
        lookWhetherToStop();
        explanation.number = as<double>(moment.run().events[event].sum.at(cell.element));
        explanation.shares.push_back(shareOf(moment, event, options, explanation));
    }
    const auto size = [](const Term& term) {
        return std::isnan(term.value) ? std::numeric_limits<double>::infinity() : std::abs(term.value);
    };
    std::ranges::stable_sort(explanation.terms, [&](const Term& a, const Term& b) {
        return size(a) != size(b) ? size(a) > size(b) : std::isnan(a.value) && !std::isnan(b.value);
    });
    return explanation;
}

/// Why the cell cannot be explained.
Failure refused(const Moment& moment, const GradientCell& cell)
{
    if (moment.isEmpty() || cell.place.entry >= moment.evaluation().tape().size()
        || moment.arrived(cell.place).empty())
        return runtimeError("No gradient has flowed there in this pass.");
    const std::int64_t size = moment.evaluation().tape().output(cell.place.entry, cell.place.output).size();
    if (cell.element < 0 || cell.element >= size)
        return Error{Error::Kind::IndexError, "element " + std::to_string(cell.element) + " is out of range for a gradient "
                                              "with " + std::to_string(size) + " elements"};
    return std::nullopt;
}

}  // namespace

std::optional<GradientCell> cellOf(const Evaluation& evaluation, OutputId output, std::int64_t element)
{
    if (!evaluation.graph().contains(output.node) || output.index >= evaluation[output.node].outputs.size())
        return std::nullopt;
    const Value& value = evaluation.value(output);
    return value.requiresGrad() ? std::optional(GradientCell{value.place(), element}) : std::nullopt;
}

Result<Explanation> explanation(const Moment& moment, const GradientCell& cell, const ExplanationOptions& options)
{
    if (auto failure = refused(moment, cell))
        return *std::move(failure);
    return stoppable(options.stop, [&] { return explained(moment, cell, options); });
}

Result<std::vector<Explanation>> largestPath(const Moment& moment, const GradientCell& cell,
                                             const ExplanationOptions& options)
{
    if (auto failure = refused(moment, cell))
        return *std::move(failure);
    return stoppable(options.stop, [&] {
        std::vector<Explanation> path;
        for (std::optional<GradientCell> next = cell; next;) {
            path.push_back(explained(moment, *next, options));
            const auto& terms = path.back().terms;
            next = terms.empty() ? std::nullopt : terms.front().upstream;
        }
        return path;
    });
}

}  // namespace chainrule

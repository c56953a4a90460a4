// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/traces.h"

namespace chainrule::traces {
namespace {

/// torch.nn.functional.cross_entropy, as at::cross_entropy_loss performs it.
class CrossEntropy {
public:
    explicit CrossEntropy(GradFnTrace& trace)
        : m_trace(trace), m_x(trace.input(0)), m_target(trace.input(1)), m_output(trace.output().shape()),
          m_classDim(m_x.shape.size() == 1 ? 0 : 1), m_reduction(trace.call().attribute<std::string>("reduction")),
          m_smoothing(trace.call().attribute<double>("label_smoothing"))
    {
        if (trace.call().has(2))
            m_weight = trace.input(2);
    }

    TracedTensor run()
    {
        const TracedTensor logs = m_trace.keepingResult("LogSoftmaxBackward0", m_x);
        if (m_x.shape == m_target.shape)
            return ofProbabilities(logs);
        const TracedTensor loss = ofClasses(logs);
        if (m_smoothing <= 0)
            return loss;
        const TracedTensor spread = spreadLoss(logs);
        return step("AddBackward0", {step("MulBackward1", {loss}, m_output), step("MulBackward1", {spread}, m_output)},
                    m_output);
    }

private:
    /// In the dtype of its first input.
    TracedTensor step(std::string_view name, std::initializer_list<TracedTensor> inputs, const Shape& shape,
                      std::initializer_list<GradFnTrace::Kept> saved = {})
    {
        return m_trace.computed(name, inputs, inputs.begin()->dtype, shape, saved);
    }

    Shape withoutClasses() const
    {
        Shape shape = m_x.shape;
        shape.erase(shape.begin() + std::ptrdiff_t(m_classDim));
        return shape;
    }

    TracedTensor times(const TracedTensor& a, const TracedTensor& b)
    {
        return m_trace.computed("MulBackward0", {a, b}, promote(a.dtype, b.dtype), a.shape,
                                {{"other", b, 0b01}, {"self", a, 0b10}});
    }

    /// The weight in the shape in which it meets the logits.
    TracedTensor spreadWeight()
    {
        Shape shape(m_x.shape.size(), 1);
        shape[m_classDim] = m_weight->shape[0];
        TracedTensor spread = *m_weight;
        spread.shape = shape;
        spread.strides = contiguousStrides(shape);
        return spread;
    }

    TracedTensor ofProbabilities(const TracedTensor& logs)
    {
        TracedTensor target = m_target;
        if (m_smoothing > 0)
            target = step("AddBackward1", {step("MulBackward1", {target}, target.shape)}, target.shape);
        TracedTensor terms = times(logs, target);
        if (m_weight)
            terms = times(terms, spreadWeight());
        if (m_reduction == "none")
            return step("NegBackward0", {step("SumBackward1", {terms}, m_output)}, m_output);
        const TracedTensor total = step("SumBackward0", {terms}, {});
        if (m_reduction == "sum")
            return step("NegBackward0", {total}, {});
        if (elementCount(m_x.shape) == 0)
            return step("NegBackward0", {step("FillBackward2", {total}, {})}, {});
        return step("DivBackward1", {step("NegBackward0", {total}, {})}, {});
    }

    /// nll_loss_nd. Its kernel for several dims has two of them.
    TracedTensor ofClasses(const TracedTensor& logs)
    {
        const std::size_t rank = m_x.shape.size();
        if (rank < 3)
            return negativeLogs("NllLossBackward0", logs, m_target);
        if (rank == 4)
            return negativeLogs("NllLoss2DBackward0", logs, m_target);
        std::int64_t last = m_x.shape[0] * m_x.shape[1] == 0 ? 0 : 1;
        for (std::size_t d = 2; d < rank; ++d)
            last *= m_x.shape[d];
        const bool isEmpty = elementCount(m_x.shape) == 0;
        const std::int64_t first = isEmpty ? 0 : 1;
        TracedTensor target = m_target;
        target.shape = {m_x.shape[0], first, last};
        const TracedTensor folded = m_trace.reshaped(logs, {m_x.shape[0], m_x.shape[1], first, last});
        const TracedTensor loss = negativeLogs("NllLoss2DBackward0", folded, target);
        return m_reduction == "none" ? m_trace.viewed("ViewBackward0", loss, m_output, contiguousStrides(m_output)) : loss;
    }

    TracedTensor negativeLogs(std::string_view name, const TracedTensor& logs, const TracedTensor& target)
    {
        const TracedTensor total = m_trace.constant(logs.dtype, {});
        if (m_weight)
            return step(name, {logs}, m_output,
                        {{"self", logs}, {"target", target}, {"total_weight", total}, {"weight", *m_weight}});
        return step(name, {logs}, m_output, {{"self", logs}, {"target", target}, {"total_weight", total}});
    }

    /// What label smoothing spreads over all classes.
    TracedTensor spreadLoss(const TracedTensor& logs)
    {
        const Shape shape = withoutClasses();
        const TracedTensor sum =
            step("SumBackward1", {m_weight ? times(logs, spreadWeight()) : logs}, shape);
        const TracedTensor mask = m_trace.constant(DType::Bool, shape);
        const TracedTensor losses =
            step("MaskedFillBackward0", {step("NegBackward0", {sum}, shape)}, shape, {{"mask", mask}});
        if (m_reduction == "none")
            return losses;
        const TracedTensor total = step("SumBackward0", {losses}, {});
        if (m_reduction == "sum")
            return total;
        const TracedTensor count = m_trace.constant(m_weight ? m_weight->dtype : DType::Int64, {});
        return step("DivBackward0", {total, count}, {}, {{"other", count, 0b01}, {"self", total, 0b10}});
    }

    GradFnTrace& m_trace;
    TracedTensor m_x;
    TracedTensor m_target;
    std::optional<TracedTensor> m_weight;
    Shape m_output;
    std::size_t m_classDim;
    std::string m_reduction;
    double m_smoothing;
};

}  // namespace

std::optional<TracedTensor> crossEntropy(GradFnTrace& trace)
{
    return CrossEntropy(trace).run();
}

}  // namespace chainrule::traces

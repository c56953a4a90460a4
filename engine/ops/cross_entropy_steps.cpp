// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/cross_entropy_steps.h"

#include "engine/ops/backward_ops.h"
#include "engine/ops/negative_logs.h"
#include "engine/ops/operators.h"
#include "engine/ops/product_gradients.h"
#include "engine/ops/rule_ops.h"

#include <algorithm>

namespace chainrule {
namespace {

/// One call. Its steps are those of at::cross_entropy_loss, backwards, as traces::crossEntropy has them forwards.
class CrossEntropySteps {
public:
    explicit CrossEntropySteps(const VjpCall& call)
        : m_call(call), m_x(call.x(0)), m_target(call.x(1)), m_shape(m_x.tensor().shape()),
          m_dim(m_shape.size() == 1 ? 0 : 1), m_reduction(call.attribute<std::string>("reduction")),
          m_smoothing(std::max(0.0, call.attribute<double>("label_smoothing"))),
          m_ignored(call.attribute<std::int64_t>("ignore_index")), m_logs(logSoftmax(m_x, m_dim))
    {
    }

    Gradients ofClasses()
    {
        const Tensor weight = m_call.has(2) ? m_call.x(2).tensor() : Tensor::none();
        m_total = totalWeight(m_target.tensor(), weight, m_ignored);
        const Value folded = m_shape.size() > 2 && m_shape.size() != 4 ? viewed(m_logs, foldedShape()) : m_logs;
        Value dy = m_call.dy(), slope;
        if (m_smoothing > 0) {
            dy = scaled(m_call.dy(), 1 - m_smoothing);
            slope = spread(scaled(m_call.dy(), m_smoothing / double(m_shape[std::size_t(m_dim)])));
        }
        const Value own = atTargets(dy, folded, weight);
        slope = m_smoothing > 0 ? slope + own : own;
        Gradients gradients(m_call.inputs.size());
        gradients[0] = logSoftmaxBackward(slope, m_logs, m_dim);
        return gradients;
    }

    /// In the order of PyTorch's nodes: what was computed last sends first.
    Gradients ofProbabilities()
    {
        const Value target = smoothedTarget();
        const DType dtype = promote(m_logs.tensor().dtype(), target.tensor().dtype());
        const bool isWeighted = m_call.has(2), isWeightNeeded = isWeighted && m_call.needs(2);
        const Value weight = isWeighted ? spreadWeight() : Value();
        const Value terms = isWeightNeeded ? m_logs * target : Value();
        Value share = ofTerms();
        Gradients gradients(m_call.inputs.size());
        const Value ofWeight = isWeightNeeded ? share * terms : Value();
        if (isWeighted)
            share = to(share * weight, dtype);
        if (isWeightNeeded)
            gradients[2] = to(sumTo(ofWeight, weight.tensor().shape()), weight.tensor().dtype());
        if (m_call.needs(1))
            gradients[1] = share * m_logs;
        const Value slope = m_call.needs(0) ? to(share * target, m_logs.tensor().dtype()) : Value();
        if (m_call.needs(1))
            gradients[1] = to(*gradients[1], target.tensor().dtype());
        if (isWeightNeeded)
            gradients[2] = reshape(*gradients[2], m_call.x(2).tensor().shape());
        if (m_call.needs(1) && m_smoothing > 0)
            gradients[1] = scaled(*gradients[1], 1 - m_smoothing);
        if (m_call.needs(0))
            gradients[0] = logSoftmaxBackward(slope, m_logs, m_dim);
        return gradients;
    }

private:
    Value smoothedTarget() const
    {
        if (m_smoothing <= 0)
            return m_target;
        return plus(scaled(m_target, 1 - m_smoothing), m_smoothing / double(m_shape[std::size_t(m_dim)]));
    }

    /// What goes to each product of a logarithm and a probability.
    Value ofTerms() const
    {
        Value dy = m_call.dy();
        const std::int64_t size = m_x.tensor().size();
        if (m_reduction == "mean" && size == 0)
            dy = zerosLike(dy);  // PyTorch fills in NaN, which waits for no gradient.
        else if (m_reduction == "mean")
            dy = dividedBy(dy, double(size / m_shape[std::size_t(m_dim)]));
        dy = -dy;
        if (m_reduction == "none")
            dy = unsqueeze(dy, m_dim);
        return repeated(dy, m_shape);
    }

    /// What label smoothing spreads over all classes.
    Value spread(Value dy) const
    {
        Shape shape = m_shape;
        shape.erase(shape.begin() + m_dim);
        if (m_reduction == "mean")
            dy = dy / Value(Tensor::full({}, m_total, dy.tensor().dtype()));
        if (m_reduction != "none")
            dy = repeated(dy, shape);
        const Value mask = equal(reshape(m_target.detached(), shape), double(m_ignored));
        const Value all = repeated(unsqueeze(-maskedFill(dy, mask, 0.0), m_dim), m_shape);
        return m_call.has(2) ? all * spreadWeight() : all;
    }

    Value atTargets(const Value& dy, const Value& folded, const Tensor& weight) const
    {
        const bool isFolded = m_shape.size() > 2 && m_shape.size() != 4;
        Shape places = foldedShape();
        if (isFolded)
            places.erase(places.begin() + 1);
        const std::int64_t reduction = m_reduction == "none" ? 0 : m_reduction == "mean" ? 1 : 2;
        const Value slope = nllLossBackward(isFolded && reduction == 0 ? viewed(dy, places) : dy, folded,
                                            {m_target.detached(), weight, reduction, m_ignored,
                                             Tensor::full({}, m_total, m_x.tensor().dtype())});
        return isFolded ? viewed(slope, m_shape) : slope;
    }

    /// Four dims, of any other number above two.
    Shape foldedShape() const
    {
        if (m_shape.size() < 3 || m_shape.size() == 4)
            return m_shape;
        std::int64_t last = m_shape[0] * m_shape[1] == 0 ? 0 : 1;
        for (std::size_t d = 2; d < m_shape.size(); ++d)
            last *= m_shape[d];
        return {m_shape[0], m_shape[1], m_x.tensor().size() == 0 ? 0 : 1, last};
    }

    Value spreadWeight() const
    {
        Shape shape(m_shape.size(), 1);
        shape[std::size_t(m_dim)] = m_shape[std::size_t(m_dim)];
        return reshape(m_call.x(2), shape);
    }

    const VjpCall& m_call;
    const Value& m_x;
    const Value& m_target;
    Shape m_shape;
    std::int64_t m_dim;
    std::string m_reduction;
    double m_smoothing;
    std::int64_t m_ignored;
    Value m_logs;
    double m_total = 0;
};

}  // namespace

Gradients recordedCrossEntropyVjp(const VjpCall& call)
{
    CrossEntropySteps steps(call);
    return call.x(0).tensor().shape() == call.x(1).tensor().shape() ? steps.ofProbabilities() : steps.ofClasses();
}

}  // namespace chainrule

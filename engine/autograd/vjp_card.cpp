// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/vjp_card.h"

#include "engine/autograd/card_matrices.h"
#include "engine/autograd/card_text.h"
#include "engine/base/stoppable.h"
#include "engine/ops/rules.h"
#include "engine/ops/views.h"
#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace chainrule {
namespace {

using Role = CardPart::Role;
using Joint = CardPart::Joint;

constexpr std::int64_t mostTraced = 20'000;  // Elements whose origin is told.
constexpr std::int64_t longestSlice = 64;    // Of which a matrix is drawn.
constexpr std::size_t mostOutputs = 12;

/// In which dims of `from` elements are added up to give `to`.
std::vector<std::int64_t> summedDims(const Shape& from, const Shape& to)
{
    std::vector<std::int64_t> dims;
    const std::size_t added = from.size() - std::min(from.size(), to.size());
    for (std::size_t d = 0; d < from.size(); ++d)
        if (d < added || (to[d - added] == 1 && from[d] != 1))
            dims.push_back(std::int64_t(d));
    return dims;
}

/// One number if all elements are the same.
Tensor withoutRepetition(const Tensor& tensor)
{
    if (tensor.size() < 2)
        return tensor;
    const std::vector<double> elements = elementsOf(tensor);
    const bool isUniform = std::ranges::all_of(elements, [&](double element) { return element == elements.front(); });
    return isUniform ? kernel::cast(Tensor::scalar(elements.front(), DType::Float64), tensor.dtype()) : tensor;
}

class CardMaker {
public:
    CardMaker(const OperationUse& use, std::span<const Tensor> ys, const Upstream& upstream, std::size_t input,
              const Tensor& contribution, const CardNames& names)
        : m_use(use), m_ys(ys), m_upstream(upstream), m_input(input), m_contribution(contribution), m_names(names),
          m_picture(use.op->picture(input))
    {
        while (m_output + 1 < ys.size() && !(m_output < upstream.size() && upstream[m_output]))
            ++m_output;
    }

    VjpCard make() &&
    {
        m_card.picture = m_picture.kind;
        if (m_use.op->category == Category::Loss)
            addGiven();
        if (!addPicture()) {
            m_card.picture = Picture::General;
            m_card.parts.clear();
            addUpstream();
            addSent(Joint::Becomes);
        }
        std::vector<std::int64_t> summed;
        for (const CardPart& part : m_card.parts)
            if (part.joint == Joint::SummedOver)
                summed = part.dims;
        m_card.formula = renamed(m_use.op->formula, *m_use.op, m_names);
        m_card.rule = ruleText(*m_use.op, m_input, m_names, summed) + m_along;
        return std::move(m_card);
    }

private:
    bool addPicture()
    {
        switch (m_picture.kind) {
        case Picture::Nothing: return addNothing();
        case Picture::Unchanged: return addUnchanged();
        case Picture::Elementwise: return addElementwise(Repetition::Removed);
        case Picture::Mask: return addElementwise(Repetition::Kept);
        case Picture::Repeated: return addRepeated();
        case Picture::Product: return addProduct();
        case Picture::DiagonalMinusOuter: return addDiagonalMinusOuter();
        case Picture::Rearranged:
        case Picture::Scattered:
        case Picture::Cut: return addUpstream(), addMoved(), true;
        case Picture::Joined: return addJoined();
        case Picture::General: return addJacobian();
        }
        return false;
    }

    enum class Repetition { Kept, Removed };

    const Tensor& x() const { return m_use.inputs[m_input]; }
    Tensor arrived() const
    {
        if (m_output < m_upstream.size() && m_upstream[m_output])
            return *m_upstream[m_output];
        return zerosLike(m_ys[m_output]).tensor();
    }
    std::string outputName(std::size_t output) const
    {
        return output < m_names.outputs.size() ? m_names.outputs[output] : "y";
    }
    std::string inputName(std::size_t input) const
    {
        if (input < m_names.inputs.size() && !m_names.inputs[input].empty())
            return m_names.inputs[input];
        return std::string(parameterOf(*m_use.op, input).parameter->name);
    }

    void add(Role role, Joint joint, Tensor tensor, std::string words = {}, std::vector<std::int64_t> dims = {})
    {
        m_card.parts.push_back({role, joint, std::move(tensor), std::move(words), std::move(dims)});
    }
    void addUpstream() { add(Role::Arrived, Joint::Beside, arrived(), gradientOf(outputName(m_output))); }
    void addSent(Joint joint, std::vector<std::int64_t> dims = {})
    {
        add(Role::Sent, joint, m_contribution, m_names.receiver, std::move(dims));
    }
    void addGiven()
    {
        for (std::size_t i = 0; i < m_use.inputs.size(); ++i)
            if (!m_use.inputs[i].isNone())
                m_card.given.push_back({Role::Given, Joint::Beside, m_use.inputs[i], inputName(i)});
    }
    std::string local() const { return renamed(m_picture.local, *m_use.op, m_names); }

    /// What is sent is that which stands last, or its sum.
    void addFolded(const Tensor& product)
    {
        if (product.shape() == x().shape())
            return addSent(Joint::Equals);
        if (m_card.parts.back().role != Role::Arrived)
            add(Role::Product, Joint::Equals, product);
        addSent(Joint::SummedOver, summedDims(product.shape(), x().shape()));
    }

    bool addUnchanged()
    {
        addUpstream();
        const auto shape = broadcast(arrived().shape(), x().shape());
        if (shape && *shape == arrived().shape())
            addFolded(arrived());
        else
            addSent(Joint::Becomes);  // A bias may be added to the rows of the matrix that y is seen as.
        return true;
    }

    bool addNothing()
    {
        addUpstream();
        add(Role::Local, Joint::Times, Tensor::scalar(0.0, m_contribution.dtype()));
        addSent(Joint::Equals);
        return true;
    }

    /// The shape in which elements meet: that of the output, or where it has reduced them, of all inputs together.
    Shape meetingShape() const
    {
        if (m_ys[m_output].rank() > 0)
            return m_ys[m_output].shape();
        std::vector<TensorType> types;
        for (const Tensor& input : m_use.inputs)
            if (!input.isNone())
                types.push_back(input.type());
        const auto shape = broadcastShape(types);
        return shape ? *shape : x().shape();
    }

    /// The rule's answer to ones, with this input in that shape and the output's dtype.
    std::optional<Tensor> slopes(const Shape& shape) const
    {
        OperationUse wide = m_use;
        Tensor& wideInput = wide.inputs[m_input];
        if (wideInput.shape() != shape)
            wideInput = expandedView(wideInput, shape);
        const Tensor& y = m_ys[m_output];
        if (isFloating(y.dtype()) && wideInput.dtype() != y.dtype())
            wideInput = kernel::cast(wideInput, y.dtype());
        Upstream ones(m_ys.size());
        ones[m_output] = Tensor::full(y.shape(), 1.0, y.dtype());
        return wide.sentBack(m_ys, ones, m_input);
    }

    bool addElementwise(Repetition repetition)
    {
        const auto derivative = slopes(meetingShape());
        if (!derivative)
            return false;
        addUpstream();
        add(Role::Local, Joint::Times, repetition == Repetition::Kept ? *derivative : withoutRepetition(*derivative),
            local());
        addFolded((Value(arrived()) * Value(*derivative)).tensor());
        return true;
    }

    /// The dims of the input that the output does not have, or has with size 1.
    std::vector<std::int64_t> reducedAway() const
    {
        std::vector<std::int64_t> dims;
        if (const auto dim = m_use.attributes.find("dim"); dim != m_use.attributes.end()) {
            if (const auto flags = reducedDims(dim->second, x().rank()))
                for (std::size_t d = 0; d < x().rank(); ++d)
                    if ((*flags)[d])
                        dims.push_back(std::int64_t(d));
        } else if (m_picture.removedDim && x().rank() > *m_picture.removedDim && m_ys[m_output].rank() > 0) {
            dims = {std::int64_t(*m_picture.removedDim)};
        } else if (m_ys[m_output].rank() == 0) {
            for (std::size_t d = 0; d < x().rank(); ++d)
                dims.push_back(std::int64_t(d));
        } else {
            dims = summedDims(x().shape(), m_ys[m_output].shape());
        }
        return dims;
    }

    bool addRepeated()
    {
        const std::vector<std::int64_t> dims = reducedAway();
        Tensor kept = arrived();
        if (kept.rank() < x().rank() && kept.rank() + dims.size() == x().rank())
            for (const std::int64_t dim : dims)
                kept = unsqueezedView(kept, std::size_t(dim));
        const auto shape = broadcast(kept.shape(), x().shape());
        const auto derivative = shape && *shape == x().shape() ? slopes(x().shape()) : std::nullopt;
        if (!derivative)
            return false;
        addUpstream();
        const Tensor factor = withoutRepetition(*derivative);
        const bool isScaled = arrived().rank() == 0 && !m_picture.local.empty() && factor.size() > 1;
        if (arrived().shape() != x().shape() && !isScaled)
            add(Role::Repeated, Joint::RepeatedOver, expandedView(kept, x().shape()), {}, dims);
        if (!m_picture.local.empty())
            add(Role::Local, Joint::Times, factor, local());
        addSent(Joint::Equals);
        return true;
    }

    bool addProduct()
    {
        const auto product = matrixProduct(m_use, arrived(), m_picture, m_contribution);
        if (!product)
            return false;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& [input, isTransposed] = m_picture.factors[i];
            const std::string name = input ? inputName(*input) : gradientOf(outputName(m_output));
            add(input ? Role::Factor : Role::Arrived, i == 0 ? Joint::Beside : Joint::MatrixTimes, product->factors[i],
                isTransposed ? (input ? name : "(" + name + ")") + "ᵀ" : name);
        }
        if (product->product.size() == product->sent.size()) {
            addSent(Joint::Equals);
            m_card.parts.back().tensor = product->sent;
            return true;
        }
        add(Role::Product, Joint::Equals, product->product);
        addSent(Joint::SummedOver, summedDims(product->product.shape(), product->sent.shape()));
        return true;
    }

    Tensor weighted(GradientPicture::Weight weight, const Tensor& y) const
    {
        switch (weight) {
        case GradientPicture::Weight::One: return Tensor::full(y.shape(), 1.0, y.dtype());
        case GradientPicture::Weight::Output: return y;
        case GradientPicture::Weight::ExpOfOutput: return exp(y).tensor();
        }
        return y;
    }

    bool addDiagonalMinusOuter()
    {
        const auto dim = wrappedDim(std::get<std::int64_t>(m_use.attributes.find("dim")->second), x().rank());
        if (!dim || x().size() == 0 || (x().rank() > 0 && x().shape()[*dim] > longestSlice))
            return false;
        m_along = " along " + dimsText(std::array{std::int64_t(*dim)});
        const SliceAlong slice = largestSlice(m_contribution, *dim);
        const Tensor y = slice.of(m_ys[0]);
        const bool isWhole = y.size() == x().size();
        if (!isWhole)
            addUpstream();
        const auto& weights = m_picture.weights;
        const std::string words = isWhole ? std::string() : slice.words;
        add(Role::Diagonal, Joint::Beside, diagonal(weighted(weights[0], y)), words);
        add(Role::Outer, Joint::Minus, outer(weighted(weights[1], y), weighted(weights[2], y)), words);
        add(isWhole ? Role::Arrived : Role::Slice, Joint::MatrixTimes, slice.of(arrived()),
            gradientOf(outputName(0)) + words);
        if (!isWhole)
            add(Role::SentSlice, Joint::Equals, slice.of(m_contribution), m_names.receiver + words);
        addSent(isWhole ? Joint::Equals : Joint::Becomes);
        return true;
    }

    /// Asks the rule with the numbers 1, 2, 3, … for an upstream gradient.
    void traceOrigins()
    {
        if (m_contribution.size() > mostTraced)
            return;
        const OperationUse use = m_use.inFloat64();
        std::vector<Tensor> ys;
        Upstream numbered;
        double next = 1;
        for (const Tensor& y : m_ys) {
            ys.push_back(isFloating(y.dtype()) ? kernel::cast(y, DType::Float64) : y);
            std::vector<double> numbers(std::size_t(y.size()));
            std::iota(numbers.begin(), numbers.end(), next);
            next += double(numbers.size());
            numbered.push_back(tensorOf(numbers, y.shape(), DType::Float64));
        }
        if (const auto sent = use.sentBack(ys, numbered, m_input))
            for (const double number : elementsOf(*sent))
                m_card.origins.push_back(std::int64_t(number) - 1);
    }

    void addMoved()
    {
        traceOrigins();
        addSent(Joint::Moved);
    }

    bool addJoined()
    {
        if (m_ys.size() > mostOutputs)
            return false;
        for (std::size_t k = 0; k < m_ys.size(); ++k) {
            const bool hasArrived = k < m_upstream.size() && m_upstream[k];
            add(Role::Arrived, Joint::Beside, hasArrived ? *m_upstream[k] : zerosLike(m_ys[k]).tensor(),
                gradientOf(outputName(k)));
        }
        addMoved();
        return true;
    }

    bool addJacobian()
    {
        const bool isSole = std::ranges::count_if(m_upstream, [](const auto& dy) { return dy.has_value(); }) == 1;
        const auto jacobian = isSole ? transposedJacobian(m_use, m_ys, m_output, m_input) : std::nullopt;
        if (!jacobian)
            return false;
        add(Role::Jacobian, Joint::Beside, *jacobian);
        add(Role::Arrived, Joint::MatrixTimes, reshape(arrived(), {arrived().size(), 1}).tensor(),
            gradientOf(outputName(m_output)));
        addSent(Joint::Equals);
        return true;
    }

    const OperationUse& m_use;
    std::span<const Tensor> m_ys;
    const Upstream& m_upstream;
    std::size_t m_input;
    const Tensor& m_contribution;
    const CardNames& m_names;
    const GradientPicture& m_picture;
    std::size_t m_output = 0;  // That whose upstream gradient is drawn.
    std::string m_along;       // Which dim the rule's matrix is about.
    VjpCard m_card;
};

std::string nameOf(const Evaluation& evaluation, OutputId output)
{
    const std::string& node = evaluation.graph().at(output.node).name;
    return evaluation.hasNamedOutputs(output.node) ? node + "." + evaluation.outputName(output) : node;
}

/// The names of the tensors that a node's links bring, one for each input of its call.
std::vector<std::string> inputNames(const Evaluation& evaluation, const Op& op, const Node& node)
{
    std::vector<std::string> names;
    const auto add = [&](const Source& source) {
        const auto output = evaluation.resolve(source);
        names.push_back(output ? nameOf(evaluation, *output) : std::string());
    };
    std::size_t place = 0;
    for (const Parameter& parameter : op.parameters) {
        if (!parameter.isTensor())
            continue;
        const Input input = place < node.inputs.size() ? node.inputs[place] : Input();
        ++place;
        if (const SourceList* const list = input.list())
            for (const auto& item : *list)
                add(*item);
        else if (const Source* const source = input.single())
            add(*source);
        else
            names.emplace_back();
    }
    return names;
}

}  // namespace

VjpCard vjpCard(const OperationUse& use, std::span<const Tensor> ys, const Upstream& upstream, std::size_t input,
                const Tensor& contribution, const CardNames& names)
{
    return CardMaker(use, ys, upstream, input, contribution, names).make();
}

Result<VjpCard> vjpCard(const Evaluation& evaluation, const BackwardEvent& event, std::stop_token stop)
{
    return stoppable(std::move(stop), [&] {
        const OperationUse use = useOf(evaluation.tape(), *event.from);
        const std::vector<Tensor> ys = outputsOf(evaluation.tape(), *event.from);
        CardNames names;
        for (std::uint32_t k = 0; k < ys.size(); ++k)
            if (const auto owner = evaluation.owner({std::uint32_t(*event.from), k})) {
                names.outputs.push_back(nameOf(evaluation, *owner));
                if (k == 0)
                    names.inputs = inputNames(evaluation, *use.op, evaluation.graph().at(owner->node));
            }
        const auto receiver = evaluation.owner(event.to);
        names.receiver = receiver ? nameOf(evaluation, *receiver) : "x";
        return vjpCard(use, ys, event.upstream, event.input, event.contribution, names);
    });
}

std::int64_t cardWork(const Evaluation& evaluation, const BackwardEvent& event)
{
    std::int64_t work = 4 * event.contribution.size();
    for (std::size_t i = 0; i < evaluation.tape().inputCount(*event.from); ++i)
        work += evaluation.tape().inputTensor(*event.from, i).size();
    for (std::size_t k = 0; k < evaluation.tape().outputCount(*event.from); ++k)
        work += 4 * evaluation.tape().output(*event.from, k).size();
    return work;
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
// mutate_rules [--all] [OP...]: breaks every gradient rule in every way below and sees whether gradcheck notices.
// A mutation of one input's gradient must be caught on a sample if it changes that gradient on any. Without --all, a mutation
// is left alone as soon as it is caught; with it, every sample is counted.
#include "engine/autograd/backward.h"
#include "engine/ops/operators.h"
#include "tests/op_gradcheck.h"

#include <cstdio>
#include <cstring>

using namespace chainrule;

namespace {

/// A rule's answer for one input, spoilt. `call` is what the rule saw, `right` its answers; nullopt: not applicable.
using Spoil = std::optional<Value> (*)(const VjpCall& call, const Gradients& right, std::size_t input);

/// The elements in another order: element i is the one that was number `from(i)`.
template <typename F>
Value reordered(const Value& x, F from)
{
    Tensor y = Tensor::uninitialized(x.tensor().shape(), DType::Float64);
    for (std::int64_t i = 0; i < y.size(); ++i)
        y.writable<double>()[i] = as<double>(x.tensor().at(from(i)));
    return to(y, x.tensor().dtype());
}

Value fitted(const VjpCall& call, const Value& gradient, std::size_t input)
{
    return sumTo(gradient, call.x(input).tensor().shape());
}

std::optional<Value> negated(const VjpCall&, const Gradients& right, std::size_t input)
{
    return -*right[input];
}

std::optional<Value> doubled(const VjpCall&, const Gradients& right, std::size_t input)
{
    return *right[input] * 2.0;
}

std::optional<Value> onePercentMore(const VjpCall&, const Gradients& right, std::size_t input)
{
    return *right[input] * 1.01;
}

std::optional<Value> zero(const VjpCall&, const Gradients& right, std::size_t input)
{
    return zerosLike(*right[input]);
}

std::optional<Value> transposed(const VjpCall& call, const Gradients& right, std::size_t input)
{
    const Value x = fitted(call, *right[input], input);
    const Shape& shape = x.tensor().shape();
    if (shape.size() < 2)
        return std::nullopt;
    const std::int64_t rows = shape[shape.size() - 2], columns = shape[shape.size() - 1];
    return reordered(x, [=](std::int64_t i) {
        const std::int64_t inMatrix = i % (rows * columns);
        return i - inMatrix + inMatrix % rows * columns + inMatrix / rows;
    });
}

std::optional<Value> reversed(const VjpCall& call, const Gradients& right, std::size_t input)
{
    const Value x = fitted(call, *right[input], input);
    const std::int64_t size = x.tensor().size();
    return reordered(x, [=](std::int64_t i) { return size - 1 - i; });
}

std::optional<Value> offByOne(const VjpCall& call, const Gradients& right, std::size_t input)
{
    const Value x = fitted(call, *right[input], input);
    const std::int64_t size = x.tensor().size();
    return reordered(x, [=](std::int64_t i) { return (i + 1) % size; });
}

/// What one place of a broadcast sent, in place of the sum over all.
std::optional<Value> notSummed(const VjpCall& call, const Gradients& right, std::size_t input)
{
    const Shape& to = call.x(input).tensor().shape();
    Value x = *right[input];
    if (x.tensor().shape() == to || x.tensor().size() == 0)
        return std::nullopt;
    while (x.tensor().rank() > to.size())
        x = select(x, 0, 0);
    for (std::size_t d = 0; d < to.size(); ++d)
        if (x.tensor().shape()[d] != to[d])
            x = slice(x, std::int64_t(d), 0, 1);
    return x;
}

/// The gradient of the input after it.
std::optional<Value> anothers(const VjpCall& call, const Gradients& right, std::size_t input)
{
    for (std::size_t step = 1; step < right.size(); ++step) {
        const std::size_t other = (input + step) % right.size();
        if (!right[other])
            continue;
        const Value x = fitted(call, *right[other], other);
        if (x.tensor().shape() == call.x(input).tensor().shape())
            return x;
    }
    return std::nullopt;
}

/// The rule's answer to other values than those it was to be asked with.
std::optional<Value> answer(const VjpCall& call, std::size_t input, const Values& inputs, const Values& ys, const Values& dys);

std::optional<Value> upstreamForgotten(const VjpCall& call, const Gradients&, std::size_t input)
{
    Values ones;
    for (const Value& dy : call.dys)
        ones.push_back(dy.tensor().isNone() ? dy : Value(Tensor::full(dy.tensor().shape(), 1.0, dy.tensor().dtype())));
    return answer(call, input, Values(call.inputs.begin(), call.inputs.end()), Values(call.ys.begin(), call.ys.end()), ones);
}

std::optional<Value> anotherOutputs(const VjpCall& call, const Gradients&, std::size_t input)
{
    Values turned(call.dys.begin(), call.dys.end());
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    for (std::size_t k = 0; k < turned.size(); ++k)
        if (turned.size() == 1 || turned[k].tensor().isNone()
            || turned[k].tensor().shape() != call.dys[k].tensor().shape())
            return std::nullopt;
    return answer(call, input, Values(call.inputs.begin(), call.inputs.end()), Values(call.ys.begin(), call.ys.end()), turned);
}

/// The output in place of an input of its shape, as if the rule had kept the wrong one.
std::optional<Value> outputForInput(const VjpCall& call, const Gradients&, std::size_t input)
{
    Values inputs(call.inputs.begin(), call.inputs.end());
    const Tensor& x = call.x(input).tensor();
    if (call.y().tensor().shape() != x.shape() || call.y().tensor().dtype() != x.dtype())
        return std::nullopt;
    inputs[input] = call.y();
    return answer(call, input, inputs, Values(call.ys.begin(), call.ys.end()), Values(call.dys.begin(), call.dys.end()));
}

std::optional<Value> inputForOutput(const VjpCall& call, const Gradients&, std::size_t input)
{
    Values ys(call.ys.begin(), call.ys.end());
    const Tensor& x = call.x(input).tensor();
    if (call.y().tensor().shape() != x.shape() || call.y().tensor().dtype() != x.dtype())
        return std::nullopt;
    ys.front() = call.x(input);
    return answer(call, input, Values(call.inputs.begin(), call.inputs.end()), ys, Values(call.dys.begin(), call.dys.end()));
}

std::optional<Value> inputsSwapped(const VjpCall& call, const Gradients&, std::size_t input)
{
    Values inputs(call.inputs.begin(), call.inputs.end());
    for (std::size_t other = 0; other < inputs.size(); ++other)
        if (other != input && isFloatingTensor(inputs[other].tensor())
            && inputs[other].tensor().shape() == inputs[input].tensor().shape()) {
            std::swap(inputs[input], inputs[other]);
            return answer(call, input, inputs, Values(call.ys.begin(), call.ys.end()),
                          Values(call.dys.begin(), call.dys.end()));
        }
    return std::nullopt;
}

struct Mutation {
    const char* name;
    Spoil spoil;
};
constexpr Mutation mutations[] = {
    {"sign", negated},
    {"twice", doubled},
    {"one percent", onePercentMore},
    {"zero", zero},
    {"none", nullptr},
    {"transposed", transposed},
    {"reversed", reversed},
    {"off by one", offByOne},
    {"not summed", notSummed},
    {"another input's", anothers},
    {"upstream forgotten", upstreamForgotten},
    {"another output's", anotherOutputs},
    {"output for input", outputForInput},
    {"input for output", inputForOutput},
    {"inputs swapped", inputsSwapped},
};

// A rule is a plain function, so what the mutated one needs to know stands here.
const Op* original;
const Mutation* mutation;
std::size_t mutatedInput;
bool isApplied;

std::optional<Value> answer(const VjpCall& call, std::size_t input, const Values& inputs, const Values& ys, const Values& dys)
{
    const Gradients given = original->vjp({{inputs, call.attributes}, ys, dys, call.needed});
    return input < given.size() ? given[input] : std::nullopt;
}

Gradients mutatedRule(const VjpCall& call)
{
    Gradients gradients = original->vjp(call);
    if (mutatedInput >= gradients.size() || !gradients[mutatedInput])
        return gradients;
    std::optional<Value> spoilt;
    if (mutation->spoil && !(spoilt = mutation->spoil(call, gradients, mutatedInput)))
        return gradients;
    isApplied = true;
    gradients[mutatedInput] = spoilt;
    return gradients;
}

/// The gradient of one input for a fixed upstream gradient; nullopt where there is none.
std::optional<Tensor> gradient(const Op& op, const Sample& sample, std::size_t input)
{
    const Run run(op, sample, sample.inputs);
    std::vector<Root> roots;
    for (const Value& y : *run.outputs)
        if (y.requiresGrad()) {
            Tensor dy = Tensor::uninitialized(y.tensor().shape(), DType::Float64);
            for (std::int64_t i = 0; i < dy.size(); ++i)
                dy.writable<double>()[i] = 0.3 + 0.17 * double(i % 11) - 0.4 * double(i % 3) + 0.05 * double(roots.size());
            roots.push_back({y, dy});
        }
    if (roots.empty() || !run.inputs[input].requiresGrad())
        return std::nullopt;
    const auto pass = backward(roots);
    const Value* const found = pass.flow.find(run.inputs[input].place());
    return found ? std::optional(found->tensor()) : std::nullopt;
}

/// By more than gradcheck lets pass.
bool areDifferent(const std::optional<Tensor>& a, const std::optional<Tensor>& b)
{
    const Tensor& like = a ? *a : *b;
    for (std::int64_t i = 0; i < like.size(); ++i) {
        const double x = a ? as<double>(a->at(i)) : 0, y = b ? as<double>(b->at(i)) : 0;
        if (std::isfinite(x) && std::isfinite(y) && std::abs(x - y) > 1e-4 + 5e-3 * std::abs(y))
            return true;
    }
    return false;
}

struct Count {
    int mutations = 0, changing = 0, caught = 0, samples = 0, caughtSamples = 0;
};

void mutate(const Op& op, std::size_t input, bool wantsAll, Count& count, std::vector<std::string>& missed)
{
    Op mutated = op;
    mutated.vjp = mutatedRule;
    mutatedInput = input;
    bool wasApplied = false, hasChanged = false, isCaught = false;
    std::string where;
    for (const Sample& sample : op.samples) {
        if (input >= sample.inputs.size() || !isFloatingTensor(sample.inputs[input]) || !isDifferentiable(op, input))
            continue;
        isApplied = false;
        const auto right = gradient(op, sample, input), wrong = gradient(mutated, sample, input);
        wasApplied |= isApplied;
        if (!isApplied || !(right || wrong) || !areDifferent(right, wrong))
            continue;
        hasChanged = true;
        where += (where.empty() ? "" : ", ") + std::string(sample.label);
        ++count.samples;
        const auto check = checkedGradients(mutated, sample);
        if (!check || offence(*check).empty())
            continue;
        ++count.caughtSamples;
        isCaught = true;
        if (!wantsAll)
            break;
    }
    count.mutations += wasApplied;
    count.changing += hasChanged;
    count.caught += isCaught;
    if (hasChanged && !isCaught)
        missed.push_back(std::string(op.name) + ", input " + std::to_string(input) + ", " + mutation->name + ": changes "
                         + where);
}

}  // namespace

int main(int argc, char** argv)
{
    bool wantsAll = false;
    std::vector<std::string_view> names;
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--all") == 0)
            wantsAll = true;
        else
            names.emplace_back(argv[i]);

    std::vector<std::string> missed;
    Count total;
    int rules = 0;
    for (const Op& op : allOps()) {
        if (!op.vjp || (!names.empty() && std::ranges::find(names, op.name) == names.end()))
            continue;
        ++rules;
        original = &op;
        Count count;
        std::size_t inputs = 0;
        for (const Sample& sample : op.samples)
            inputs = std::max(inputs, sample.inputs.size());
        for (std::size_t input = 0; input < inputs; ++input)
            for (const Mutation& of : mutations) {
                mutation = &of;
                mutate(op, input, wantsAll, count, missed);
            }
        if (wantsAll)
            std::printf("%-32s %3d mutations, %3d change a gradient, %3d caught; on samples %4d, caught %4d\n",
                        std::string(op.name).c_str(), count.mutations, count.changing, count.caught, count.samples,
                        count.caughtSamples);
        total.mutations += count.mutations;
        total.changing += count.changing;
        total.caught += count.caught;
        total.samples += count.samples;
        total.caughtSamples += count.caughtSamples;
    }
    for (const std::string& line : missed)
        std::printf("missed: %s\n", line.c_str());
    std::printf("%d rules, %d mutations, %d change a gradient on some sample, %d of these caught", rules, total.mutations,
                total.changing, total.caught);
    if (wantsAll)
        std::printf("; %d on samples, %d caught there", total.samples, total.caughtSamples);
    std::printf("\n");
    return missed.empty() ? 0 : 1;
}

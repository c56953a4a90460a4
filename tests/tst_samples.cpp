// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the samples in the records, on which all that tst_ops compares with PyTorch rests, hold what people do.
#include "engine/ops/op.h"
#include "tests/op_run.h"
#include "tests/support.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

using namespace chainrule;

Q_DECLARE_METATYPE(const Op*)

namespace {

using Kind = Parameter::Kind;

bool isTensor(const Tensor& input) { return !input.isNone() && !input.isNumber(); }

template <typename F>
bool anyElement(const Tensor& tensor, F holds)
{
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        if (holds(as<double>(tensor.at(i))))
            return true;
    return false;
}

bool hasEqualElements(const Tensor& tensor)
{
    std::set<double> seen;
    return anyElement(tensor, [&](double v) { return !seen.insert(v).second; });
}

/// Whether they are equal in some places and not in others.
bool areTied(const Tensor& a, const Tensor& b)
{
    if (a.shape() != b.shape())
        return false;
    std::int64_t equal = 0;
    for (std::int64_t i = 0; i < a.size(); ++i)
        equal += as<double>(a.at(i)) == as<double>(b.at(i));
    return equal > 0 && equal < a.size();
}

/// Whether a dimension of `small` is repeated to fit `large`.
bool isRepeatedFor(const Tensor& small, const Tensor& large)
{
    for (std::size_t fromEnd = 1; fromEnd <= large.rank(); ++fromEnd) {
        const std::int64_t size = large.shape()[large.rank() - fromEnd];
        if (size > 1 && (fromEnd > small.rank() || small.shape()[small.rank() - fromEnd] == 1))
            return true;
    }
    return false;
}

/// The kinds of samples that an operation should have, and lacks.
class Gaps {
public:
    explicit Gaps(const Op& op) : m_op(op)
    {
        for (const Sample& sample : op.samples)
            m_samples.push_back(&sample);
        for (const Sample& sample : op.errors)
            m_errors.push_back(&sample);
        lookAtShapes();
        lookAtDims();
        lookAtDTypes();
        lookAtParameters();
        lookAtSpecialNumbers();
    }

    const std::vector<std::string>& missing() const { return m_missing; }

private:
    using Samples = std::vector<const Sample*>;

    void want(const std::string& what, bool isThere)
    {
        if (!isThere)
            m_missing.push_back(what);
    }

    static bool any(const Samples& samples, const std::function<bool(const Sample&)>& holds)
    {
        return std::ranges::any_of(samples, [&](const Sample* sample) { return holds(*sample); });
    }
    static bool anyInput(const Samples& samples, const std::function<bool(const Tensor&)>& holds)
    {
        return any(samples, [&](const Sample& sample) {
            return std::ranges::any_of(sample.inputs, [&](const Tensor& x) { return isTensor(x) && holds(x); });
        });
    }
    bool isSampled(const std::function<bool(const Tensor&)>& holds) const { return anyInput(m_samples, holds); }
    bool isTried(const std::function<bool(const Tensor&)>& holds) const
    {
        return anyInput(m_samples, holds) || anyInput(m_errors, holds);
    }

    const Parameter* parameter(std::string_view name) const
    {
        const auto found = std::ranges::find(m_op.parameters, name, &Parameter::name);
        return found == m_op.parameters.end() ? nullptr : &*found;
    }

    void lookAtShapes()
    {
        const Parameter& first = m_op.parameters.front();
        if (first.help.find("any shape") != std::string_view::npos)
            for (std::size_t rank = 0; rank <= 4; ++rank)
                want("rank " + std::to_string(rank), isSampled([&](const Tensor& x) { return x.rank() == rank; }));
        want("without elements", isSampled([](const Tensor& x) { return x.size() == 0; }));
        want("not contiguous", isSampled([](const Tensor& x) { return !x.isContiguous(); }));
        const bool isBroadcast = (m_op.category == Category::Arithmetic || m_op.category == Category::Comparison)
                                 && m_op.tensorParameterCount() > 1;
        if (!isBroadcast)
            return;
        const auto repeats = [&](bool repeatsFirst, bool repeatsSecond) {
            return any(m_samples, [&](const Sample& sample) {
                if (sample.inputs.size() < 2 || !isTensor(sample.inputs[0]) || !isTensor(sample.inputs[1]))
                    return false;
                const Tensor& a = sample.inputs[0];
                const Tensor& b = sample.inputs[1];
                return isRepeatedFor(a, b) == repeatsFirst && isRepeatedFor(b, a) == repeatsSecond;
            });
        };
        want("the first is broadcast", repeats(true, false));
        want("the second is broadcast", repeats(false, true));
        want("both are broadcast", repeats(true, true));
    }

    void lookAtDims()
    {
        if (const Parameter* const keepdim = parameter("keepdim"))
            want("keepdim", any(m_samples, [&](const Sample& sample) {
                     const auto given = sample.attributes.find(keepdim->name);
                     return given != sample.attributes.end() && given->second == Attribute(true);
                 }));
        for (const Parameter& parameter : m_op.parameters) {
            if (parameter.name.find("dim") == std::string_view::npos || parameter.name == "keepdim")
                continue;
            const auto isGiven = [&](const Samples& samples, auto holds) {
                return any(samples, [&](const Sample& sample) {
                    const auto given = sample.attributes.find(parameter.name);
                    return given != sample.attributes.end() && holds(given->second);
                });
            };
            const std::string name(parameter.name);
            want(name + " from the end", isGiven(m_samples, [](const Attribute& dim) {
                     const auto* const one = std::get_if<std::int64_t>(&dim);
                     const auto* const several = std::get_if<IntList>(&dim);
                     return (one && *one < 0)
                            || (several && std::ranges::any_of(*several, [](auto d) { return d < 0; }));
                 }));
            want(name + " out of range", isGiven(m_errors, [](const Attribute&) { return true; }));
            if (parameter.kind != Kind::Ints && parameter.kind != Kind::IntOrInts)
                continue;
            want("no " + name, isGiven(m_samples, [](const Attribute& dim) {
                     const auto* const several = std::get_if<IntList>(&dim);
                     return several && several->empty();
                 }));
            want("several " + name, isGiven(m_samples, [](const Attribute& dim) {
                     const auto* const several = std::get_if<IntList>(&dim);
                     return several && several->size() > 1;
                 }));
            want(name + " twice", isGiven(m_errors, [](const Attribute& dim) {
                     const auto* const several = std::get_if<IntList>(&dim);
                     return several && std::set(several->begin(), several->end()).size() < several->size();
                 }));
        }
    }

    void lookAtDTypes()
    {
        want("integers", isTried([](const Tensor& x) { return category(x.dtype()) == DTypeCategory::Integer; }));
        want("booleans", isTried([](const Tensor& x) { return x.dtype() == DType::Bool; }));
    }

    void lookAtParameters()
    {
        std::size_t input = 0;
        for (const Parameter& parameter : m_op.parameters) {
            const std::string name(parameter.name);
            if (!parameter.isTensor()) {
                const bool isGiven = any(m_samples, [&](const Sample& sample) { return sample.attributes.contains(name); })
                                     || any(m_errors, [&](const Sample& sample) { return sample.attributes.contains(name); });
                want(name + " given", isGiven);
                for (const std::string_view choice : parameter.choices)
                    want(name + "=" + std::string(choice),
                         parameter.fallback == Attribute(std::string(choice)) || any(m_samples, [&](const Sample& sample) {
                             const auto given = sample.attributes.find(name);
                             return given != sample.attributes.end() && given->second == Attribute(std::string(choice));
                         }));
                continue;
            }
            const std::size_t i = input++;
            const auto at = [&](const Samples& samples, const std::function<bool(const Tensor&)>& holds) {
                return any(samples, [&](const Sample& sample) { return i < sample.inputs.size() && holds(sample.inputs[i]); });
            };
            const auto isNumber = [](const Tensor& x) { return x.isNumber(); };
            if (parameter.acceptsNumber)
                want(name + " as a number", at(m_samples, isNumber));
            if (parameter.acceptsNone) {
                want(name + " given", at(m_samples, isTensor));
                want(name + " left out", any(m_samples, [&](const Sample& sample) {
                         return i >= sample.inputs.size() || sample.inputs[i].isNone();
                     }));
            }
        }
    }

    void lookAtSpecialNumbers()
    {
        if (m_op.category == Category::Shaping || m_op.category == Category::Indexing)
            return;  // Which move elements, whatever they are.
        if (m_op.category != Category::LinearAlgebra && m_op.category != Category::Loss)
            want("0", isSampled([](const Tensor& x) { return anyElement(x, [](double v) { return v == 0; }); }));
        if (m_op.category == Category::Reduction)
            want("equal elements", isSampled(hasEqualElements));
        if (m_op.tensorParameterCount() == 2 && m_op.category == Category::Arithmetic)
            want("equal operands", any(m_samples, [](const Sample& sample) {
                     return isTensor(sample.inputs[0]) && isTensor(sample.inputs[1])
                            && areTied(sample.inputs[0], sample.inputs[1]);
                 }));
        want("NaN", isSampled([](const Tensor& x) { return anyElement(x, [](double v) { return std::isnan(v); }); }));
        want("infinity", isSampled([](const Tensor& x) { return anyElement(x, [](double v) { return std::isinf(v); }); }));
    }

    const Op& m_op;
    Samples m_samples, m_errors;
    std::vector<std::string> m_missing;
};

}  // namespace

class SamplesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdWhatPeopleDo_data()
    {
        QTest::addColumn<const Op*>("op");
        for (const Op& op : allOps())
            if (op.category != Category::Internal && !op.walksBack && !op.parameters.empty()
                && op.parameters.front().isTensor())
                QTest::addRow("%s", op.name.data()) << &op;
    }

    void holdWhatPeopleDo()
    {
        QFETCH(const Op*, op);
        std::string text;
        const Gaps gaps(*op);
        for (const std::string& kind : gaps.missing())
            text += (text.empty() ? "" : "; ") + kind;
        QVERIFY2(text.empty(), ("no sample: " + text).c_str());
    }
};

QTEST_GUILESS_MAIN(SamplesTest)
#include "tst_samples.moc"

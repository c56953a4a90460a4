// SPDX-License-Identifier: GPL-3.0-or-later
// Which grad_fns a recorded backward pass leaves, for every rule: see tests/golden/grad_fns.py.
#include "engine/autograd/backward.h"
#include "engine/ops/grad_fns.h"
#include "engine/tensor/kernels/moves.h"
#include "tests/op_run.h"
#include "tests/places.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

using namespace chainrule;

namespace {

/// What PyTorch has, by operation and sample.
std::map<std::string, std::map<std::string, std::string>> golden()
{
    std::ifstream file(places::golden("grad_fns_of_gradients.json"));
    std::map<std::string, std::map<std::string, std::string>> all;
    const nlohmann::json found = nlohmann::json::parse(file);
    for (const auto& [op, graphs] : found.items())
        if (op != "torch")
            for (const auto& [text, labels] : graphs.items())
                for (const nlohmann::json& label : labels)
                    all[op][label.get<std::string>()] = text;
    return all;
}

/// The graph behind the gradients of one call in the words of the golden file.
class Walk {
public:
    Walk(Tape& tape, std::map<Place, std::string> leaves) : m_tape(tape), m_leaves(std::move(leaves)) {}

    std::string start(const Value& gradient) { return gradient.requiresGrad() ? visit(gradient.place()) : "-"; }

    /// And the order in which they were recorded.
    std::string texts() const
    {
        std::string all;
        for (const std::string& text : m_texts)
            all += "; " + text;
        std::string order;
        for (const auto& [place, entry] : m_entries)
            for (const auto& [index, number] : entry.numbers)
                order += (order.empty() ? "" : " ") + std::to_string(number);
        return all + "; " + order;
    }

private:
    struct Entry {
        GradFns gradFns;
        std::map<std::uint32_t, std::size_t> numbers;
    };

    std::string visit(Place place)
    {
        if (const auto leaf = m_leaves.find(place); leaf != m_leaves.end())
            return leaf->second;
        Entry& entry = m_entries[place.entry];
        if (entry.gradFns.empty())
            entry.gradFns = gradFnsOf(m_tape, place.entry);
        const std::string output = place.output > 0 ? "#" + std::to_string(place.output) : "";
        return visit(place.entry, entry, std::uint32_t(entry.gradFns.size() - 1)) + output;
    }

    std::string visit(std::uint32_t place, Entry& entry, std::uint32_t index)
    {
        if (const auto known = entry.numbers.find(index); known != entry.numbers.end())
            return std::to_string(known->second);
        const std::size_t number = entry.numbers.emplace(index, m_texts.size()).first->second;
        m_texts.emplace_back();
        const GradFnRecord& gradFn = entry.gradFns[index];
        std::string text = std::string(gradFn.name) + " (";
        for (std::size_t i = 0; i < gradFn.next.size(); ++i)
            text += (i ? ", " : "") + visit(place, entry, gradFn.next[i]);
        auto saved = gradFn.saved;
        std::ranges::sort(saved, {}, &SavedTensor::name);
        text += ")";
        for (std::size_t i = 0; i < saved.size(); ++i)
            text += (i ? "; " : " ") + std::string(saved[i].name);
        m_texts[number] = text;
        return std::to_string(number);
    }

    std::string visit(std::uint32_t place, Entry& entry, const NextFn& next)
    {
        if (next.to == NextFn::To::GradFn)
            return visit(place, entry, next.index);
        const Place* const source = next.to == NextFn::To::Input ? m_tape.source(place, next.index) : nullptr;
        return source ? visit(*source) : "-";
    }

    Tape& m_tape;
    std::map<Place, std::string> m_leaves;
    std::map<std::uint32_t, Entry> m_entries;
    std::vector<std::string> m_texts;
};

/// Empty where no gradient requires grad.
std::string graphOf(const Op& op, const Sample& sample)
{
    Run run(op, sample, sample.inputs);
    if (!run.outputs || op.walksBack)
        return {};
    std::map<Place, std::string> leaves;
    std::vector<Root> roots;
    BackwardOptions options{.createGraph = true, .retainGraph = true, .inputs = std::vector<Place>()};
    for (std::size_t i = 0; i < run.inputs.size(); ++i)
        if (run.inputs[i].requiresGrad()) {
            leaves.emplace(run.inputs[i].place(), "x" + std::to_string(i));
            options.inputs->push_back(run.inputs[i].place());
        }
    for (const Value& y : *run.outputs)
        if (y.requiresGrad() && run.tape.op(y.place().entry)) {
            const Value dy = run.tape.leaf(kernel::contiguous(Tensor::full(y.tensor().shape(), 1.0, y.tensor().dtype())));
            leaves.emplace(dy.place(), "dy" + std::to_string(roots.size()));
            roots.push_back({y, dy});
        }
    if (roots.empty() || options.inputs->empty())
        return {};
    const Backpropagation pass = backward(roots, options);
    Walk walk(run.tape, leaves);
    std::string starts;
    bool isAny = false;
    for (const Place place : *options.inputs) {
        const Value* const gradient = pass.flow.find(place);
        const std::string start = gradient ? walk.start(*gradient) : "-";
        isAny = isAny || start != "-";
        starts += (starts.empty() ? "" : ", ") + start;
    }
    return isAny ? starts + walk.texts() : "";
}

}  // namespace

Q_DECLARE_METATYPE(const Op*)
Q_DECLARE_METATYPE(const Sample*)

class GradientGraphsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void areThoseOfPyTorch_data()
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                QTest::addRow("%s/%s", op.name.data(), sample.label.data()) << &op << &sample;
    }

    /// The upstream gradient requires grad, too, so that each step of a rule is recorded.
    void areThoseOfPyTorch()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        static auto all = golden();
        const std::string& expected = all[std::string(op->name)][std::string(sample->label)];
        const std::string found = graphOf(*op, *sample);
        QCOMPARE(QString::fromStdString(found).split(QLatin1String("; ")),
                 QString::fromStdString(expected).split(QLatin1String("; ")));
    }
};

QTEST_GUILESS_MAIN(GradientGraphsTest)
#include "tst_gradient_graphs.moc"

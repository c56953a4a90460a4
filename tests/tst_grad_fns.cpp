// SPDX-License-Identifier: GPL-3.0-or-later
// Which grad_fns PyTorch makes of every operation, what they lead to and what they save: see tests/golden/grad_fns.py.
#include "engine/ops/grad_fns.h"
#include "tests/op_run.h"
#include "tests/places.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <map>

using namespace chainrule;

namespace {

nlohmann::json golden()
{
    std::ifstream file(places::golden("grad_fns.json"));
    return nlohmann::json::parse(file);
}

/// The grad_fns of one call in the words of the golden file.
class Walk {
public:
    explicit Walk(const GradFns& gradFns) : m_gradFns(gradFns) { visit({NextFn::To::GradFn, std::uint32_t(gradFns.size() - 1)}); }

    const std::vector<std::string>& texts() const { return m_texts; }

private:
    std::string visit(const NextFn& next)
    {
        if (next.to == NextFn::To::Nothing)
            return "-";
        if (next.to == NextFn::To::Input)
            return "x" + std::to_string(next.index);
        const auto known = m_numbers.find(next.index);
        if (known != m_numbers.end())
            return std::to_string(known->second);
        const std::size_t number = m_texts.size();
        m_numbers.emplace(next.index, number);
        const GradFnRecord& gradFn = m_gradFns[next.index];
        m_texts.emplace_back();
        auto saved = gradFn.saved;
        std::ranges::sort(saved, {}, &SavedTensor::name);
        std::string text = std::string(gradFn.name) + " (", kept;
        for (const SavedTensor& tensor : saved)
            kept += (kept.empty() ? " " : "; ") + std::string(tensor.name) + " " + std::string(name(tensor.dtype))
                    + chainrule::text(tensor.shape) + " @" + memory(tensor);
        for (std::size_t i = 0; i < gradFn.next.size(); ++i)
            text += (i ? ", " : "") + visit(gradFn.next[i]);
        m_texts[number] = text + ")" + kept;
        return std::to_string(number);
    }

    std::string memory(const SavedTensor& tensor)
    {
        if (elementCount(tensor.shape) == 0)
            return "-";
        if (tensor.memory.of != Memory::Of::Own)
            return (tensor.memory.of == Memory::Of::Input ? "x" : "y") + std::to_string(tensor.memory.index);
        return "own" + std::to_string(m_own.emplace(tensor.memory.index, m_own.size()).first->second);
    }

    const GradFns& m_gradFns;
    std::map<std::uint32_t, std::size_t> m_numbers;
    std::map<std::uint32_t, std::size_t> m_own;
    std::vector<std::string> m_texts;
};

}  // namespace

Q_DECLARE_METATYPE(const Op*)
Q_DECLARE_METATYPE(const Sample*)

class GradFnsTest : public QObject {
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

    void areThoseOfPyTorch()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        static const nlohmann::json all = golden();
        const auto expected = all.value(std::string(op->name), nlohmann::json::object())
                                  .value(std::string(sample->label), std::vector<std::string>());
        Run run(*op, *sample, sample->inputs);
        // CopyBackwards is no function that Python could call, and rules sum nothing to the size that it has.
        if (!run.outputs || op->name == "copy" || (op->name == "sum_to_size" && expected.empty()))
            return;
        std::vector<std::string> found;
        for (const Value& y : *run.outputs)
            if (found.empty() && y.requiresGrad() && run.tape.op(y.place().entry) && !op->walksBack) {
                const GradFns gradFns = gradFnsOf(run.tape, y.place().entry);
                QCOMPARE(gradFns.back().name, gradFnName(run.tape, y.place().entry));
                found = Walk(gradFns).texts();
            }
        std::string ours, theirs;
        for (const std::string& text : found)
            ours += text + "\n";
        for (const std::string& text : expected)
            theirs += text + "\n";
        QCOMPARE(QString::fromStdString(ours), QString::fromStdString(theirs));
    }
};

QTEST_GUILESS_MAIN(GradFnsTest)
#include "tst_grad_fns.moc"

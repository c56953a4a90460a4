// SPDX-License-Identifier: GPL-3.0-or-later
// The samples of the operations' records once more, in other dtypes than float64: what PyTorch gives, or says.
#include "engine/tensor/printing.h"
#include "tests/op_tolerance.h"
#include "tests/support.h"

using namespace chainrule;

Q_DECLARE_METATYPE(const Op*)
Q_DECLARE_METATYPE(const Sample*)
Q_DECLARE_METATYPE(DType)
Q_DECLARE_METATYPE(Tensor)

class DTypesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matchesTorchInNarrowerFloats_data()
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        QTest::addColumn<DType>("dtype");
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                for (const DType dtype : {DType::Float32, DType::Float16, DType::BFloat16})
                    if (dtype == DType::Float32 || op.category != Category::Internal)  // There PyTorch rounds other steps.
                        QTest::addRow("%s/%s/%s", op.name.data(), sample.label.data(), name(dtype).data())
                            << &op << &sample << dtype;
    }

    /// Values, dtypes and gradients, or why not. The array has all outputs and all gradients, one after the other.
    void matchesTorchInNarrowerFloats()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        QFETCH(DType, dtype);
        const GoldenData& golden = GoldenData::of(*op);
        const auto* const facts = golden.find("samples", sample->label);
        QVERIFY2(facts, golden.missing(sample->label).c_str());
        const std::string kind(name(dtype));
        if (!facts->contains(kind))
            return;  // No floating input.
        const auto& expected = (*facts)[kind];
        const Run run(*op, *sample, inDType(sample->inputs, dtype),
                      facts->value("leaves", true) ? Leaves::Differentiable : Leaves::No);
        QCOMPARE(run.error(), expected.is_string() ? expected.get<std::string>() : "");
        if (expected.is_string())
            return;
        const auto all = golden.array(*sample, kind);
        QVERIFY2(all, golden.missing(sample->label).c_str());

        std::int64_t offset = 0;
        const auto next = [&](const Tensor& like) {
            const Tensor part = all->restrided(like.shape(), contiguousStrides(like.shape()), offset);
            offset += like.size();
            return part;
        };
        for (std::size_t k = 0; k < run.outputs->size(); ++k) {
            const Tensor& y = (*run.outputs)[k].tensor();
            QCOMPARE(std::string(name(y.dtype())), expected[k].get<std::string>());
            QVERIFY(offset + y.size() <= all->size());
            const auto tolerance = withSums(toleranceFor(y.dtype()), y.dtype(), sample->inputs);
            const auto offence = difference(kernel::cast(y, all->dtype()), next(y), tolerance);
            QVERIFY2(offence.empty(), (label("y", k) + offence).c_str());
        }
        const auto roots = rootsOf(*run.outputs, golden, *sample);
        const auto pass = roots.empty() ? Backpropagation() : backward(roots);
        QVERIFY(pass);
        Inputs terms = tensorsOf(roots);
        terms.insert(terms.end(), sample->inputs.begin(), sample->inputs.end());
        for (std::size_t i = 0; i < run.inputs.size(); ++i) {
            if (!golden.array(*sample, "dx", i))
                continue;
            const Value* const dx = pass.flow.find(run.inputs[i].place());
            QVERIFY2(dx, label("dx", i).c_str());
            QVERIFY(offset + dx->tensor().size() <= all->size());
            const auto tolerance = gradientTolerance(run.inputs[i].tensor(), *run.outputs, terms);
            const auto offence = difference(kernel::cast(dx->tensor(), all->dtype()), next(dx->tensor()), tolerance);
            QVERIFY2(offence.empty(), (label("dx", i) + offence).c_str());
        }
        QCOMPARE(offset, all->size());
    }

    void gradientsOfHalvesComeFromTheSameNodes_data()
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                if (const auto* const facts = GoldenData::of(op).find("samples", sample.label);
                    facts && facts->contains("gradients") && (*facts)["float16"].is_array() && op.category != Category::Internal
                    && !sample.attributes.contains("dtype") && sample.inputs[0].rank() > 0)
                    QTest::addRow("%s/%s", op.name.data(), sample.label.data()) << &op << &sample;
    }

    /// A rule that computes in a wider dtype would show where it comes back. Beside a 0-dim half PyTorch's own constants are
    /// wider.
    void gradientsOfHalvesComeFromTheSameNodes()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        const GoldenData& golden = GoldenData::of(*op);
        const auto& names = (*golden.find("samples", sample->label))["gradients"];
        const Inputs halves = inDType(sample->inputs, DType::Float16);
        for (std::size_t i = 0; i < halves.size(); ++i)
            if (!halves[i].isNone() && halves[i].strides() != sample->inputs[i].strides())
                return;  // Which node it is may depend on them.
        const Run run(*op, *sample, halves);
        QVERIFY2(run.outputs, run.error().c_str());
        const auto pass = backward(rootsOf(*run.outputs, golden, *sample), {.createGraph = true, .retainGraph = true});
        QVERIFY(pass);
        for (std::size_t i = 0; i < run.inputs.size(); ++i) {
            if (!run.inputs[i].requiresGrad())
                continue;
            const Value* const dx = pass.flow.find(run.inputs[i].place());
            const std::string ours(dx && dx->requiresGrad() ? gradFnName(dx->tape(), dx->place().entry) : "");
            const std::string expected = names[i].is_null() ? "" : names[i].get<std::string>();
            QVERIFY2(ours == expected, (label("dx", i) + ours + " instead of " + expected).c_str());
        }
    }

    void matchesTorchInIntegersAndBooleans_data()
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        QTest::addColumn<DType>("dtype");
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                for (const DType dtype : {DType::Int64, DType::Bool})
                    if (const auto* const facts = GoldenData::of(op).find("samples", sample.label);
                        facts && facts->contains(name(dtype)))
                        QTest::addRow("%s/%s/%s", op.name.data(), sample.label.data(), name(dtype).data())
                            << &op << &sample << dtype;
    }

    /// Values and dtypes, or why not.
    void matchesTorchInIntegersAndBooleans()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        QFETCH(DType, dtype);
        const GoldenData& golden = GoldenData::of(*op);
        const std::string kind(name(dtype));
        const auto& expected = (*golden.find("samples", sample->label))[kind];
        const Inputs inputs = inDType(sample->inputs, dtype);
        const Run run(*op, *sample, inputs, Leaves::No);
        QCOMPARE(run.error(), expected.is_string() ? expected.get<std::string>() : "");
        if (expected.is_string())
            return;
        QCOMPARE(run.outputs->size(), expected.size());
        for (std::size_t k = 0; k < run.outputs->size(); ++k) {
            const Tensor& y = (*run.outputs)[k].tensor();
            QCOMPARE(std::string(name(y.dtype())), expected[k].get<std::string>());
            const auto values = golden.array(*sample, kind + "/" + std::to_string(k));
            QVERIFY2(values, golden.missing(sample->label).c_str());
            QCOMPARE(text(y.shape()), text(values->shape()));
            const Tolerance tolerance = isExact(*op, *sample) ? Tolerance()
                                        : withSums(toleranceFor(y.dtype()), y.dtype(), inputs);
            const auto offence = difference(kernel::cast(y, values->dtype()), *values, tolerance);
            QVERIFY2(offence.empty(), (label("y", k) + offence).c_str());
        }
    }

    void dtypesMatchTorch_data()
    {
        QTest::addColumn<const Op*>("op");
        QTest::addColumn<const Sample*>("sample");
        QTest::addColumn<DType>("dtype");
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                if (GoldenData::of(op).find("dtypes", sample.label))
                    for (const DType dtype : allDTypes)
                        QTest::addRow("%s/%s/%s", op.name.data(), sample.label.data(), name(dtype).data())
                            << &op << &sample << dtype;
    }

    /// The floating inputs in each dtype: that of the outputs, or why not.
    void dtypesMatchTorch()
    {
        QFETCH(const Op*, op);
        QFETCH(const Sample*, sample);
        QFETCH(DType, dtype);
        const Run run(*op, *sample, inDType(sample->inputs, dtype), Leaves::No);
        std::string result = run.error();
        if (run.outputs)
            for (const Value& y : *run.outputs)
                result += (result.empty() ? "" : " ") + std::string(name(y.tensor().dtype()));
        QCOMPARE(result, (*GoldenData::of(*op).find("dtypes", sample->label))[std::string(name(dtype))]
                             .get<std::string>());
    }

    void intsBeyondInt64MatchTorch_data()
    {
        QTest::addColumn<QByteArray>("op");
        QTest::addColumn<Tensor>("x");
        QTest::addColumn<QString>("expected");  // What PyTorch 2.13 gives for x and 2**63 + 1, or says.
        const Tensor floats = Tensor::vector({1, 2});
        const Tensor whole = Tensor::vector({1, 2}, DType::Int64);
        const Tensor small = Tensor::vector({1, 2}, DType::Int8);
        const Tensor truth = Tensor::vector({1, 0}, DType::Bool);
        const QString refused = QStringLiteral("value cannot be converted to type %1 without overflow");
        const QString unpromoted = QStringLiteral(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote Bool and UInt64");
        const auto row = [](const char* op, const Tensor& x, const QString& expected) {
            QTest::addRow("%s %s", op, name(x.dtype()).data()) << QByteArray(op) << x << expected;
        };
        row("add", floats, QStringLiteral("tensor([9.2234e+18, 9.2234e+18])"));
        row("add", whole, QStringLiteral("tensor([-9223372036854775806, -9223372036854775805])"));
        row("add", small, QStringLiteral("tensor([2, 3], dtype=torch.int8)"));
        row("add", truth, unpromoted);
        row("div", whole, QStringLiteral("tensor([1.0842e-19, 2.1684e-19])"));
        row("eq", small, QStringLiteral("tensor([ True, False])"));
        row("lt", whole, QStringLiteral("tensor([False, False])"));
        row("lt", floats, QStringLiteral("tensor([True, True])"));
        row("eq", truth, unpromoted);
        row("pow", floats, QStringLiteral("tensor([1., inf])"));
        row("pow", truth, refused.arg(QStringLiteral("int64_t")));
        row("clamp", floats, QStringLiteral("tensor([9.2234e+18, 9.2234e+18])"));
        row("clamp", small, refused.arg(QStringLiteral("int8_t")));
    }

    void intsBeyondInt64MatchTorch()
    {
        QFETCH(QByteArray, op);
        QFETCH(Tensor, x);
        const Op& operation = *findOp(op.toStdString());
        std::vector<Value> inputs{x, Tensor::number((std::uint64_t(1) << 63) + 1)};
        if (operation.tensorParameterCount() > inputs.size())
            inputs.push_back(Tensor::none());
        const auto outputs = perform(operation, inputs, operation.defaults);
        QTEST(QString::fromStdString(outputs ? repr(outputs->front().tensor()) : outputs.error().message), "expected");
    }
};

QTEST_GUILESS_MAIN(DTypesTest)
#include "tst_dtypes.moc"

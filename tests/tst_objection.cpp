// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/objection.h"
#include "tests/edit_rows.h"
#include "tests/random_edits.h"

#include <QTest>

using namespace chainrule;

class ObjectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void objectionsAreInPyTorchsWords_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<int>("parameter");
        QTest::addColumn<int>("item");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* from, const char* node, int parameter, int item, const char* words) {
            QTest::addRow("%s to %s.%d.%d", from, node, parameter, item)
                << from << node << parameter << item << words;
        };
        row("five", "product", 0, -1,
            "The size of tensor a (5) must match the size of tensor b (4) at non-singleton dimension 1");
        row("matrix", "product", 0, -1, "");
        row("two", "product", 0, -1, "");
        row("scalar", "product", 0, -1, "");
        row("five", "open", 0, -1, "");
        row("five", "open", 1, -1, "");
        row("scalar", "matmul", 1, -1,
            "both arguments to matmul need to be at least 1D, but they are 2D and 0D");
        row("five", "matmul", 1, -1, "size mismatch, got input (3), mat (3x4), vec (5)");
        row("two", "matmul", 1, -1, "matmul(): argument 'other' (position 2) must be Tensor, not int");
        row("two", "open_matmul", 1, -1, "matmul(): argument 'other' (position 2) must be Tensor, not int");
        row("five", "joined", 0, 1, "Tensors must have same number of dimensions: got 2 and 1");
        row("two", "joined", 0, 1, "expected Tensor as element 1 in argument 0, but got int");
        row("two", "joined", 0, 2, "expected Tensor as element 2 in argument 0, but got int");
        row("five", "joined", 0, 3,
            "node \"joined\", field \"inputs\": tensors has 2 items, the next to connect is item 2, not 3");
        row("leaf", "array", 0, -1,
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
        row("leaf", "array_without_grad", 0, -1, "");
        row("matrix", "array", 0, -1, "");
        row("most", "open", 0, -1,
            "mul(): argument 'input' (position 1) must be Tensor, not torch.return_types.max");
        row("most:values", "open", 0, -1, "");
        row("most:value", "open", 0, -1, "'torch.return_types.max' object has no attribute 'value'");
        row("matrix:values", "open", 0, -1, "'Tensor' object has no attribute 'values'");
        row("failed", "open", 0, -1, "");
        row("scalar", "sum", 0, -1, "Dimension out of range (expected to be in range of [-1, 0], but got 1)");
        row("five", "softmax", 0, -1, "");  // Its dim is missing, whatever it is wired to.
        row("five", "muted", 0, -1, "");
        row("five", "unknown", 0, -1, "");
        row("product", "matrix_again", 0, -1,
            "node \"matrix_again\", field \"inputs\": the nodes matrix_again, product form a cycle");
        row("matrix", "matrix", 0, -1,
            "node \"matrix\", field \"inputs\": there is no input 1, ones takes none");
    }

    void objectionsAreInPyTorchsWords()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(int, parameter);
        QFETCH(int, item);
        QFETCH(QString, words);
        const auto read = diagramFromJson(document(R"(
            {"name": "matrix", "op": "ones", "attributes": {"size": [3, 4]}},
            {"name": "five", "op": "ones", "attributes": {"size": [5]}},
            {"name": "scalar", "op": "tensor", "attributes": {"value": "1."}},
            {"name": "leaf", "op": "tensor", "attributes": {"value": "1.", "requires_grad": true}},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "matrix_again", "op": "neg", "inputs": ["matrix"]},
            {"name": "product", "op": "mul", "inputs": ["matrix", "matrix_again"]},
            {"name": "open", "op": "mul"},
            {"name": "matmul", "op": "matmul", "inputs": ["matrix"]},
            {"name": "open_matmul", "op": "matmul"},
            {"name": "joined", "op": "cat", "inputs": [["matrix", "matrix"]]},
            {"name": "array", "op": "numpy"},
            {"name": "array_without_grad", "op": "numpy"},
            {"name": "most", "op": "max", "inputs": ["matrix"], "attributes": {"dim": 0}},
            {"name": "failed", "op": "matmul", "inputs": ["matrix", "five"]},
            {"name": "sum", "op": "sum", "attributes": {"dim": 1}},
            {"name": "softmax", "op": "softmax"},
            {"name": "muted", "op": "mul", "inputs": ["matrix", "matrix"], "muted": true},
            {"name": "unknown", "op": "no.such", "inputs": ["matrix"]})",
                                                   R"(,
            "frames": [{"title": "", "nodes": ["array_without_grad"], "no_grad": true}])"));
        QVERIFY2(read, message(read));
        const auto evaluation = evaluate(read->graph, {});
        QVERIFY2(evaluation, message(evaluation));
        const auto [node, output] = std::pair(from.section(u':', 0, 0), from.section(u':', 1));
        const Connect connect{{named(*read, qPrintable(node)), output.toStdString()},
                              {named(*read, qPrintable(to)), std::uint32_t(parameter),
                               item < 0 ? std::nullopt : std::optional(std::uint32_t(item))}};
        const auto failure = objection(*read, &*evaluation, connect);
        QCOMPARE(QString::fromStdString(failure ? failure->message : ""), words);

        // What it would say is what the node says when it is done all the same.
        const auto after = apply(*read, connect);
        const bool isStructural = failure && failure->kind == Error::Kind::Document;
        QCOMPARE(bool(after), !isStructural);
        if (isStructural) {
            QCOMPARE(QString::fromStdString(after.error().message), words);
        } else if (failure) {
            const auto evaluated = evaluate(after->graph, {});
            const NodeResult& result = (*evaluated)[connect.to.node];
            QVERIFY(result.error);
            if (from != u"two" || to != u"open_matmul")  // There another is missing too.
                if (to != u"open")
                    QCOMPARE(QString::fromStdString(result.error->message), words);
        }
        // Nothing is known without an evaluation, nor after an edit.
        const auto blind = objection(*read, nullptr, connect);
        QCOMPARE(blind.has_value(), isStructural);
        const auto edited = apply(*read, Mark{connect.from.node, {}, {}, "changed"});
        QCOMPARE(objection(*edited, &*evaluation, connect).has_value(), isStructural);
    }

    void shapesStandBesideTheWords()
    {
        const auto read = diagramFromJson(document(R"(
            {"name": "matrix", "op": "ones", "attributes": {"size": [3, 4]}},
            {"name": "five", "op": "ones", "attributes": {"size": [5]}},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "product", "op": "mul", "inputs": ["matrix"]},
            {"name": "joined", "op": "cat", "inputs": [["matrix", "product"]]})"));
        const auto evaluation = evaluate(read->graph, {});
        LinkObjections objections(read->graph, &*evaluation);
        QCOMPARE(objections.shapes(link(*read, "five", "product", 1)), "input [3, 4], other [5]");
        QCOMPARE(objections.shapes(link(*read, "two", "product", 1)), "input [3, 4], other a number");
        QCOMPARE(objections.shapes(link(*read, "five", "joined", 0, 2)), "tensors [3, 4], tensors [5]");
        QCOMPARE(objections.shapes(link(*read, "five", "five", 0)), "");
    }

    void manyObjectionsAreThoseOfEach()
    {
        const unsigned seed = seedFor("objections");
        for (unsigned i = 0; i < 60; ++i) {
            RandomEdits random(seed + i);
            const Diagram d = random.diagram();
            LinkObjections objections(d.graph, nullptr);
            for (const NodeId from : d.graph.ids())
                for (const NodeId node : d.graph.ids())
                    for (std::uint32_t parameter = 0; parameter < 3; ++parameter) {
                        const Connect connect{{from}, {node, parameter}};
                        const auto failure = objections(connect);
                        const auto after = apply(d, connect);
                        QCOMPARE(QString::fromStdString(failure ? failure->message : ""),
                                 QString::fromUtf8(message(after)));
                        // Edits together are asked in another way.
                        QCOMPARE(bool(apply(d, Several{"", {connect}})), bool(after));
                    }
        }
    }

    void theSearchOffersWhatAccepts()
    {
        const auto accepts = [](const char* op, std::uint32_t parameter, const TensorType& type) {
            return mayAccept(*findOp(op), parameter, type);
        };
        const TensorType matrix{DType::Float32, {3, 4}};
        const TensorType vector{DType::Float32, {5}};
        const TensorType scalar{DType::Float32};
        const TensorType classes{DType::Int64, {3}};
        const TensorType number{.dtype = DType::Int64, .isNumber = true};
        for (const char* op : {"mul", "neg", "sum", "matmul", "cross_entropy", "cat", "linear", "where",
                               "mse_loss", "reshape", "softmax", "relu", "max"})
            QVERIFY2(accepts(op, std::string_view(op) == "where" ? 1 : 0, matrix), op);
        QVERIFY(accepts("matmul", 1, vector) && !accepts("matmul", 1, scalar)
                && !accepts("matmul", 0, scalar));
        QVERIFY(accepts("dot", 0, vector) && !accepts("dot", 0, matrix));
        QVERIFY(accepts("t", 0, matrix) && !accepts("t", 0, {DType::Float32, {2, 3, 4}}));
        QVERIFY(accepts("cross_entropy", 1, classes) && accepts("cross_entropy", 2, vector));
        QVERIFY(accepts("linear", 1, matrix) && accepts("linear", 2, vector)
                && !accepts("linear", 2, {DType::Float32, {2, 3, 4}}));
        QVERIFY(accepts("where", 0, {DType::Bool, {3, 4}}) && !accepts("where", 0, matrix));
        QVERIFY(accepts("mean", 0, matrix) && !accepts("mean", 0, classes));
        QVERIFY(accepts("mul", 1, number) && accepts("pow", 1, number) && !accepts("matmul", 1, number));
        QVERIFY(!accepts("neg", 0, number) && !accepts("cat", 0, number) && !accepts("cat", 0, scalar));
        QVERIFY(!accepts("neg", 1, matrix) && !accepts("tensor", 0, matrix));
    }

    void theSearchOffersEveryOpThatTakesItsSamples()
    {
        for (const Op& op : allOps())
            for (const Sample& sample : op.samples)
                for (std::uint32_t i = 0; i < std::min(sample.inputs.size(), op.tensorParameterCount());
                     ++i) {
                    const TensorType type = sample.inputs[i].type();
                    if (!type.isNone && sample.attributes.empty())
                        QVERIFY2(
                            mayAccept(op, i, type),
                            (std::string(op.name) + '/' + std::string(sample.label) + ' ' + std::to_string(i))
                                .c_str());
                }
    }
};

QTEST_GUILESS_MAIN(ObjectionTest)
#include "tst_objection.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/npy.h"
#include "tests/places.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <nlohmann/json.hpp>

using namespace chainrule;
using Json = nlohmann::json;

namespace {

/// Arguments and names, separated by blanks.
QStringList words(const char* text)
{
    return QString::fromUtf8(text).split(QLatin1Char(' '));
}

/// What one call of the program did.
struct Outcome {
    int status;
    QString output;
    QString errors;

    Json json() const { return Json::parse(output.toStdString()); }
};

/// y = x², p = x·w, with a node that fails and one that depends on it.
constexpr auto sampleDocument = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "3."}},
 {"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}},
 {"name": "z", "op": "tensor", "attributes": {"value": "5.", "requires_grad": true}},
 {"name": "p", "op": "mul", "inputs": ["x", "y"]},
 {"name": "a", "op": "add", "inputs": ["p", "z"]}]})";

constexpr auto failingDocument = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "m", "op": "tensor", "attributes": {"value": "[[1., 2., 3.], [4., 5., 6.]]", "requires_grad": true}},
 {"name": "bad", "op": "matmul", "inputs": ["m", "m"]},
 {"name": "after", "op": "neg", "inputs": ["bad"]},
 {"name": "top", "op": "max", "inputs": ["m"], "attributes": {"dim": 1}},
 {"name": "two", "op": "number", "attributes": {"value": 2}},
 {"name": "halves", "op": "tensor", "attributes": {"value": "[1., 2.]", "dtype": "bfloat16"}},
 {"name": "parts", "op": "unheard_of", "inputs": ["m"]}]})";

}  // namespace

class CliTest : public QObject {
    Q_OBJECT

private:
    /// Runs the program in the test's folder.
    Outcome call(const QStringList& arguments, const QProcessEnvironment& environment =
                                                   QProcessEnvironment::systemEnvironment())
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        process.setProcessEnvironment(environment);
        process.start(QString::fromStdString(places::program()), arguments);
        process.closeWriteChannel();
        if (!process.waitForFinished(60000))
            return {-1, {}, QStringLiteral("it did not end")};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2,
                QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }

    void write(const QString& name, const QByteArray& content)
    {
        QFile file(m_folder->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

    std::filesystem::path path(const char* name) { return m_folder->filePath(QString::fromUtf8(name)).toStdString(); }
    QStringList files(const char* folder)
    {
        return QDir(m_folder->filePath(QString::fromUtf8(folder))).entryList(QDir::Files, QDir::Name);
    }

    std::unique_ptr<QTemporaryDir> m_folder;

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        write(QStringLiteral("intro.chainrule"), sampleDocument);
        write(QStringLiteral("failing.chainrule"), failingDocument);
    }

    void introductionPrintsWhatTorchPrints()
    {
        const auto run = call(words("run intro.chainrule --backward a"));
        QCOMPARE(run.errors, QString());
        QCOMPARE(run.output, QStringLiteral("x = tensor(3.)  # torch.float32, torch.Size([])\n"
                                            "y = tensor(4., requires_grad=True)  # torch.float32, torch.Size([])\n"
                                            "z = tensor(5., requires_grad=True)  # torch.float32, torch.Size([])\n"
                                            "p = tensor(12., grad_fn=<MulBackward0>)  # torch.float32, torch.Size([])\n"
                                            "a = tensor(17., grad_fn=<AddBackward0>)  # torch.float32, torch.Size([])\n"
                                            "x.grad = None\n"
                                            "y.grad = tensor(3.)\n"
                                            "z.grad = tensor(1.)\n"));
        QCOMPARE(run.status, 0);
    }

    void passesAccumulateAndTheSecondTimeIsRefused()
    {
        auto run = call(words("run intro.chainrule --backward a --retain-graph --then --backward a"));
        QCOMPARE(run.status, 0);
        QVERIFY(run.output.contains(QStringLiteral("y.grad = tensor(6.)")));
        run = call(words("run intro.chainrule --backward a --then --backward a --json"));
        QCOMPARE(run.status, 1);
        QVERIFY(run.errors.startsWith(QStringLiteral("chainrule: a: Trying to backward through the graph a second")));
        const Json json = run.json();
        QCOMPARE(json["backward"]["passes"].get<int>(), 1);
        QCOMPARE(json["backward"]["error"]["pass"].get<int>(), 2);
        QCOMPARE(json["backward"]["error"]["type"].get<std::string>(), std::string("RuntimeError"));
    }

    void zeroGradIsForLeaves()
    {
        QByteArray document(sampleDocument);
        document.replace("\"inputs\": [\"x\", \"y\"]}", "\"inputs\": [\"x\", \"y\"], \"retain_grad\": true}");
        for (const char* const kind : {"none", "zeros"}) {
            QByteArray steps = document;
            steps.chop(1);
            write(QStringLiteral("zero.chainrule"),
                  steps + ", \"backward\": [{\"roots\": [\"a\"], \"retain_graph\": true}, {\"zero_grad\": \"" + kind
                      + "\"}, {\"roots\": [\"a\"]}]}");
            const auto run = call(words("run zero.chainrule"));
            QVERIFY2(run.output.contains(QStringLiteral("y.grad = tensor(3.)\nz.grad = tensor(1.)\np.grad = tensor(2.)")),
                     qPrintable(run.output + run.errors));
        }
        QByteArray zeroed = document;
        zeroed.chop(1);
        write(QStringLiteral("zero.chainrule"),
              zeroed + ", \"backward\": [{\"roots\": [\"a\"]}, {\"zero_grad\": \"zeros\"}]}");
        QVERIFY(call(words("run zero.chainrule")).output.contains(QStringLiteral("y.grad = tensor(0.)")));
    }

    void rootsOfOnePassAddUp()
    {
        const auto run = call(words("run intro.chainrule --backward a --backward p"));
        QCOMPARE(run.status, 0);
        QVERIFY(run.output.contains(QStringLiteral("y.grad = tensor(6.)\nz.grad = tensor(1.)")));
    }

    void gradientComesFromANodeOrAFile()
    {
        auto run = call(words("run intro.chainrule --backward a --gradient x"));
        QVERIFY(run.output.contains(QStringLiteral("y.grad = tensor(9.)")));
        QVERIFY(!writeNpy(path("g.npy"), Tensor::scalar(0.5, DType::Float64)));
        run = call(words("run intro.chainrule --backward a --gradient g.npy"));
        QVERIFY2(run.output.contains(QStringLiteral("y.grad = tensor(1.5000)")), qPrintable(run.errors));
        QVERIFY(!writeNpy(path("v.npy"), Tensor::vector({1, 2})));
        run = call(words("run intro.chainrule --backward a --gradient v.npy"));
        QCOMPARE(run.status, 1);
        QVERIFY(run.errors.contains(QStringLiteral("Mismatch in shape: grad_output[0] has a shape of torch.Size([2])")));
    }

    void inputsRestrictWhatGetsAGradient()
    {
        const auto run = call(words("run intro.chainrule --backward a --inputs z,p"));
        QCOMPARE(run.status, 0);
        QVERIFY(run.output.contains(QStringLiteral("y.grad = None\nz.grad = tensor(1.)")));
    }

    void setReplacesDataForThisRun()
    {
        auto run = call(words("run intro.chainrule --set x=[1.,2.] --backward a --gradient x"));
        QVERIFY2(run.output.contains(QStringLiteral("y.grad = tensor(5.)")), qPrintable(run.errors));
        QVERIFY(!writeNpy(path("x.npy"), Tensor::scalar(10.0)));
        run = call(words("run intro.chainrule --set y=x.npy --backward a"));
        QVERIFY2(run.output.contains(QStringLiteral("y = tensor(10., requires_grad=True)")), qPrintable(run.errors));
        run = call(words("run intro.chainrule --set y=4 --backward a"));
        QVERIFY(run.errors.contains(
            QStringLiteral("y: Only Tensors of floating point and complex dtype can require gradients")));
    }

    void whatFailsIsOnItsNodeAndTheRestIsEvaluated()
    {
        const auto run = call(words("run failing.chainrule --json --export out"));
        QCOMPARE(run.status, 1);
        const Json nodes = run.json()["nodes"];
        QCOMPARE(nodes["bad"]["error"]["message"].get<std::string>(),
                 std::string("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"));
        QCOMPARE(nodes["after"]["error"], Json({{"type", "NotEvaluated"},
                                                {"message", "its input bad failed"},
                                                {"node", "bad"}}));
        QCOMPARE(nodes["parts"]["error"]["type"].get<std::string>(), std::string("AttributeError"));
        QCOMPARE(nodes["top"]["outputs"][1]["value"].get<std::string>(), std::string("tensor([2, 2])"));
        QCOMPARE(nodes["two"]["outputs"][0]["dtype"], Json());
        QCOMPARE(files("out"), words("halves.npy m.npy top.indices.npy top.values.npy"));
        QCOMPARE(readNpy(path("out/halves.npy"))->header.descr, std::string("<f4"));
        QCOMPARE(run.errors.count(QLatin1Char('\n')), 4);
        for (const QString& line : run.errors.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            QVERIFY2(line.startsWith(QStringLiteral("chainrule: ")), qPrintable(line));
    }

    void picturesNeedNoDisplay()
    {
        QProcessEnvironment bare;  // No display, no home, no folder for sockets, another desktop's wishes.
        bare.insert(QStringLiteral("PATH"), qEnvironmentVariable("PATH"));
        bare.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        const auto svgOf = [&](const char* arguments) {
            const auto run = call(words(arguments), bare);
            return run.status == 0 && run.errors.isEmpty() ? run.output : run.errors;
        };
        const QString plain = svgOf("export intro.chainrule --to svg");
        for (const char* text : {"<svg", ">x<", ">mul<", ">12<", "</svg>"})
            QVERIFY2(plain.contains(QString::fromUtf8(text)), text);
        QVERIFY(plain.contains(QStringLiteral("#f4f6f9")));  // The light theme's canvas.
        QVERIFY(!plain.contains(QStringLiteral(">1<")));
        const QString differentiated = svgOf("export intro.chainrule --to svg --backward a --theme dark");
        QVERIFY(differentiated.contains(QStringLiteral(">1<")));  // The gradient of a and z.
        QVERIFY(differentiated.contains(QStringLiteral("#14171c")));

        const auto sizeOf = [&](const char* name) {  // From a PNG's header.
            QFile file(m_folder->filePath(QString::fromUtf8(name)));
            if (!file.open(QIODevice::ReadOnly))
                return QPoint();
            const QByteArray head = file.read(24);
            return head.startsWith("\x89PNG") ? QPoint(qFromBigEndian<qint32>(head.constData() + 16),
                                                       qFromBigEndian<qint32>(head.constData() + 20))
                                              : QPoint();
        };
        QCOMPARE(call(words("export intro.chainrule --to png -o one.png --scale 1"), bare).status, 0);
        const auto twice = call(words("export intro.chainrule --to png --backward a -o two.png"), bare);
        QCOMPARE(twice.errors, QString());
        QCOMPARE(twice.status, 0);
        QVERIFY(sizeOf("one.png").x() > 300);
        QVERIFY((sizeOf("two.png") - 2 * sizeOf("one.png")).manhattanLength() <= 4);
    }

    void picturesOfWhatFailsShowTheRest()
    {
        const auto run = call(words("export failing.chainrule --to svg -o failing.svg"));
        QCOMPARE(run.status, 1);
        QVERIFY(run.errors.startsWith(QStringLiteral("chainrule: bad: mat1 and mat2")));
        QVERIFY(QFileInfo(m_folder->filePath(QStringLiteral("failing.svg"))).size() > 1000);
        QCOMPARE(call(words("export failing.chainrule --to svg -o nowhere/x.svg")).status, 2);
        QCOMPARE(call(words("export nothing.chainrule --to png -o x.png")).status, 2);
        QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("x.png"))));
    }

    void exportWritesValuesGradientsAndWhatFlowed()
    {
        const auto run = call(words("run intro.chainrule --backward a --export deep/er --flowing --json"));
        QCOMPARE(run.status, 0);
        QCOMPARE(files("deep/er"), words("a.flowing.npy a.npy p.flowing.npy p.npy x.npy y.flowing.npy y.grad.npy y.npy z.flowing.npy z.grad.npy z.npy"));
        const auto grad = readNpy(path("deep/er/y.grad.npy"));
        QVERIFY(grad);
        QCOMPARE(as<double>(grad->tensor.item()), 3.0);
        const Json y = run.json()["nodes"]["y"]["outputs"][0];
        QCOMPARE(y["grad"]["file"].get<std::string>(), std::string("y.grad.npy"));
        QCOMPARE(y["flowing"]["file"].get<std::string>(), std::string("y.flowing.npy"));
    }

    void eventsOfATensorSumToItsGradient()
    {
        const Json json = call(words("run intro.chainrule --backward a --backward p --json --events")).json();
        int reached = 0;
        for (const Json& event : json["events"])
            if (event["to"] == "p")
                ++reached;
        QCOMPARE(reached, 2);
        QCOMPARE(json["events"][0]["from"], Json());
        QCOMPARE(json["events"][0]["order"].get<int>(), 0);
        QCOMPARE(json["nodes"]["p"]["outputs"][0]["flowing"]["value"].get<std::string>(), std::string("tensor(2.)"));
    }

    /// What a gradient in the graph was computed by has no node of its own: its steps come from that of the gradient.
    void eventsInsideAGradientComeFromItsNode()
    {
        write(QStringLiteral("second.chainrule"), R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "x", "op": "tensor", "attributes": {"value": "2.", "requires_grad": true}},
            {"name": "y", "op": "exp", "inputs": ["x"]},
            {"name": "z", "op": "mul", "inputs": ["y", "y"]},
            {"name": "g", "op": "autograd.grad", "inputs": ["z", "x"]}],
            "backward": [{"roots": ["g"]}]})");
        const Json json = call(words("run second.chainrule --json --events")).json();
        int roots = 0, inside = 0, toNobody = 0;
        for (const Json& event : json["events"]) {
            roots += event["from"].is_null();
            inside += event["from"] == "g";
            toNobody += event["to"].is_null();
            QVERIFY(event["from"] != "g" || event["parameter"].is_null());
            QVERIFY(event["from"] != "z" || !event["parameter"].is_null());
        }
        QCOMPARE(roots, 1);
        QVERIFY(inside > 2);
        QVERIFY(toNobody > 0 && toNobody < inside);
    }

    void unusableArgumentsAreOneLineAndStatusTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* label, const QStringList& arguments, const char* message) {
            QTest::newRow(label) << arguments << QString::fromUtf8(message);
        };
        row("missing file", words("run no.chainrule"), "No such file");
        row("folder", words("run ."), "folder");
        row("no document", words("run intro.chainrule.txt"), "No such file");
        row("root", words("run intro.chainrule --backward q"), "there is no node \"q\"");
        row("output", words("run failing.chainrule --backward top"), "name one of its outputs: values, indices");
        row("wrong output", words("run failing.chainrule --backward top:foo"), "values, indices");
        row("gradient first", words("run intro.chainrule --gradient x"), "--backward before it");
        row("then first", words("run intro.chainrule --then"), "--backward before it");
        row("then last", words("run intro.chainrule --backward a --then"), "needs a --backward");
        row("retain alone", words("run intro.chainrule --retain-graph"), "needs a --backward");
        row("gradient file", words("run intro.chainrule --backward a --gradient no.npy"), "No such file");
        row("set nobody", words("run intro.chainrule --set q=1"), "there is no node \"q\"");
        row("set an operation", words("run intro.chainrule --set a=1"), "no tensor that data");
        row("set without value", words("run intro.chainrule --set x"), "NAME=");
        row("export into a file", words("run intro.chainrule --export intro.chainrule"), "intro.chainrule");
        row("events without JSON", words("run intro.chainrule --events"), "--json");
        row("flowing without folder", words("run intro.chainrule --flowing"), "--export");
        row("unknown option", words("run intro.chainrule --nonsense"), "nonsense");
        row("edits of nothing", words("edit no.chainrule"), "No such file");
        row("edits into a folder", words("edit intro.chainrule -o ."), "folder");
        row("unknown operation", words("ops frobnicate"), "frobnicate");
        row("bad array", words("inspect intro.chainrule"), "pickled");
        row("missing array", words("inspect no.npy"), "No such file");
        row("archive", words("inspect all.npz"), "No such file");
        row("member", words("inspect all.npz:w"), "No such file");
        row("format", words("export intro.chainrule --to gif"), "python");
        row("scale of text", words("export intro.chainrule --to svg --scale 2"), "--scale");
        row("scale 0", words("export intro.chainrule --to png -o x.png --scale 0"), "--scale");
        row("theme of a script", words("export intro.chainrule --to python --theme dark"), "--theme");
        row("theme", words("export intro.chainrule --to png -o x.png --theme pink"), "--theme");
        row("picture without gradient", words("export intro.chainrule --to png -o x.png --gradient y"), "--backward");
    }
    void unusableArgumentsAreOneLineAndStatusTwo()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, message);
        const auto run = call(arguments);
        QVERIFY2(run.errors.contains(message), qPrintable(run.errors));
        QVERIFY2(run.errors.startsWith(QStringLiteral("chainrule: ")), qPrintable(run.errors));
        QCOMPARE(run.errors.count(QLatin1Char('\n')), 1);
        QCOMPARE(run.output, QString());
        QCOMPARE(run.status, 2);
    }

    void editsAreAnsweredAtOnceAndSavedAtTheEnd()
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        process.start(QString::fromStdString(places::program()), words("edit intro.chainrule -o edited.chainrule"));
        const auto answer = [&](const QByteArray& line) {
            process.write(line + '\n');
            while (!process.canReadLine() && process.waitForReadyRead(10000)) {}
            return Json::parse(process.readLine().toStdString());
        };
        const Json ok = {{"ok", true}};
        QCOMPARE(answer(R"({"rename": {"node": "p", "to": "product"}})"), ok);
        QCOMPARE(answer(R"({"connect": {"from": "a", "to": "product", "parameter": "other"}})")["error"]["message"],
                 "node \"product\", field \"inputs\": the nodes product, a form a cycle");
        QCOMPARE(answer(R"({"add": {"name": "a", "op": "neg"}})")["error"]["message"],
                 "node \"a\", field \"name\": a node is called \"a\"");
        QCOMPARE(answer(R"({"add": {"name": "n", "op": "neg", "inputs": ["n"]}})")["error"]["message"],
                 "node \"n\", field \"inputs\": there is no node \"n\"");
        QCOMPARE(answer(R"({"mark": {"node": "a", "retian_grad": true}})")["error"]["message"],
                 "edit \"mark\", field \"retian_grad\": the edit has no such field");
        QCOMPARE(answer("{\"remove\": [")["ok"], false);
        QCOMPARE(answer("\"redo\"")["error"]["message"], "there is nothing to redo");
        QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("edited.chainrule"))));
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(10000));
        QCOMPARE(process.exitCode(), 1);
        const Json values = call(words("run edited.chainrule --backward a --json")).json();
        QCOMPARE(values["nodes"]["product"]["outputs"][0]["grad_fn"], "MulBackward0");

        QCOMPARE(call(words("edit intro.chainrule -o copy.chainrule")).status, 0);
        QFile copy(m_folder->filePath(QStringLiteral("copy.chainrule")));
        QVERIFY(copy.open(QIODevice::ReadOnly));
        QCOMPARE(copy.readAll(), QByteArray(sampleDocument));  // To the byte, since nothing was changed.
    }

    void brokenDocumentNamesThePlace()
    {
        write(QStringLiteral("broken.chainrule"), "{\"format\": \"chainrule\",\n \"version\": 1,, \"nodes\": []}");
        const auto run = call(words("run broken.chainrule"));
        QCOMPARE(run.status, 2);
        QVERIFY2(run.errors.contains(QStringLiteral("line 2")), qPrintable(run.errors));
        write(QStringLiteral("cycle.chainrule"),
              R"({"format": "chainrule", "version": 1, "nodes": [{"name": "a", "op": "neg", "inputs": ["a"]}]})");
        QCOMPARE(call(words("run cycle.chainrule")).status, 2);
    }

    void aBadFileIsItsNodesError()
    {
        write(QStringLiteral("w.npy"), "no array");
        write(QStringLiteral("file.chainrule"), R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "w", "op": "tensor", "attributes": {"file": "w.npy"}},
            {"name": "gone", "op": "from_numpy", "attributes": {"file": "gone.npy"}},
            {"name": "x", "op": "ones", "attributes": {"size": [2]}}]})");
        const auto run = call(words("run file.chainrule"));
        QCOMPARE(run.status, 1);
        QVERIFY2(run.errors.contains(QStringLiteral("chainrule: w: ")), qPrintable(run.errors));
        QVERIFY2(run.errors.contains(QStringLiteral("No such file or directory: ")), qPrintable(run.errors));
        QVERIFY(run.output.contains(QStringLiteral("x = tensor([1., 1.])")));
    }

    void filesAreRelativeToTheDocument()
    {
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("sub")));
        QVERIFY(!writeNpy(path("sub/w.npy"), Tensor::vector({1, 2}, DType::Float64)));
        write(QStringLiteral("sub/d.chainrule"), R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "w", "op": "tensor", "attributes": {"file": "w.npy", "dtype": "float32", "requires_grad": true}}]})");
        const auto run = call(words("run sub/d.chainrule"));
        QCOMPARE(run.output, QStringLiteral("w = tensor([1., 2.], requires_grad=True)  # torch.float32, torch.Size([2])\n"
                                            "w.grad = None\n"));
    }

    void catalogueIsCompleteJson()
    {
        const Json json = call(words("ops --json")).json();
        QVERIFY(json["ops"].size() > 40);
        for (const Json& op : json["ops"]) {
            QStringList keys;
            for (const auto& [key, value] : op.items())
                keys.append(QString::fromStdString(key));
            keys.sort();
            QCOMPARE(keys, words("category differentiable formula gradient name outputs parameters summary torch variadic_outputs"));
        }
        const Json sum = call(words("ops sum --json")).json()["ops"][0];
        QCOMPARE(sum["parameters"][1], Json({{"name", "dim"}, {"kind", "int[]?"}, {"default", nullptr}}));
        QCOMPARE(sum["parameters"][3], Json({{"name", "dtype"}, {"kind", "dtype?"}, {"default", nullptr}}));
        QCOMPARE(sum["differentiable"], Json({"input"}));
        QVERIFY(call(words("ops sum")).output.contains(QStringLiteral("torch.sum(input, dim=None, keepdim=False")));
    }

    void everyPageHasAnExampleWithNumbers()
    {
        const Json json = call(words("ops --json")).json();
        for (const Json& op : json["ops"]) {
            const QString name = QString::fromStdString(op["name"].get<std::string>());
            const QString page = call({QStringLiteral("ops"), name}).output;
            const QString example = page.mid(page.indexOf(QStringLiteral("\nExample\n")));
            QVERIFY2(example.contains(QStringLiteral("  >>> y")), qPrintable(page));
            const bool isDifferentiable = !op["differentiable"].empty();
            QVERIFY2(!isDifferentiable || example.contains(QStringLiteral(".grad\n")), qPrintable(page));
        }
        QVERIFY(call(words("ops relu")).output.endsWith(QStringLiteral("  >>> y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))\n"
                                                                       "  >>> input.grad\n"
                                                                       "  tensor([[0., 0., 3.],\n"
                                                                       "          [4., 5., 0.]])\n")));
    }

    void inspectDescribesAnArray()
    {
        QVERIFY(!writeNpy(path("v.npy"), Tensor::vector({1, 0, NAN, -INFINITY})));
        const Json array = call(words("inspect v.npy --json")).json()["arrays"][0];
        QCOMPARE(array["dtype"].get<std::string>(), std::string("<f4"));
        QCOMPARE(array["shape"], Json({4}));
        QCOMPARE(array["nan"].get<int>(), 1);
        QCOMPARE(array["inf"].get<int>(), 1);
        QCOMPARE(array["zeros"].get<int>(), 1);
        QCOMPARE(array["min"].get<std::string>(), std::string("-inf"));
        QCOMPARE(array["member"], Json());
        QVERIFY(call(words("inspect v.npy")).output.contains(QStringLiteral("tensor([1., 0., nan, -inf])")));
        QCOMPARE(call(words("inspect v.npy --export copy")).status, 0);
        QCOMPARE(files("copy"), words("v.npy"));
    }

    void valuesGoThroughAnArchive()
    {
        const Outcome exported = call(words("export intro.chainrule --backward a --to npz -o all.npz"));
        QCOMPARE(exported.status, 0);
        const Json arrays = call(words("inspect all.npz --json")).json()["arrays"];
        QStringList members;
        for (const Json& array : arrays)
            members << QString::fromStdString(array["member"].get<std::string>());
        QCOMPARE(members, words("x y y.grad z z.grad p a"));
        QCOMPARE(call(words("run intro.chainrule --set x=all.npz:y.grad --json")).json()["nodes"]["x"]["outputs"][0]["value"],
                 "tensor(3.)");
        QCOMPARE(call(words("inspect all.npz:y.grad --export one")).status, 0);
        QCOMPARE(files("one"), words("y.grad.npy"));
        QVERIFY(call(words("run intro.chainrule --set x=all.npz:q"))
                    .errors.startsWith(QStringLiteral("chainrule: x: q is not a file in the archive\n")));
    }

    void checkAgreesWithTheDifferences()
    {
        const auto run = call(words("check intro.chainrule --backward a"));
        QCOMPARE(run.errors, QString());
        QCOMPARE(run.status, 0);
        QVERIFY(run.output.startsWith(QStringLiteral("backward from a\n  y  agrees: 1 of 1 element; worst d a / d y is 3 by "
                                                     "the rules and 3 by differences, relative error ")));
        QVERIFY(run.output.contains(QStringLiteral("\n  z  agrees: 1 of 1 element; worst d a / d z is 1 by the rules")));
    }

    void checkIsCompleteInJson()
    {
        write(QStringLiteral("kink.chainrule"), R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "x", "op": "tensor", "attributes": {"value": "[[1., 0.]]", "requires_grad": true}},
            {"name": "m", "op": "max", "inputs": ["x"], "attributes": {"dim": 0}},
            {"name": "y", "op": "relu", "inputs": ["m:values"]}],
            "backward": [{"roots": ["y"]}, {"zero_grad": "none"}, {"roots": ["m:values"], "inputs": ["m:values"]}]})");
        const auto run = call(words("check kink.chainrule --json"));
        QCOMPARE(run.status, 0);  // A kink is no error.
        const Json passes = run.json()["passes"];
        QCOMPARE(passes.size(), 2u);
        QCOMPARE(passes[0]["roots"], Json({"y"}));
        QCOMPARE(passes[0]["error"], Json());
        QCOMPARE(passes[0]["elements"].get<int>(), 2);
        const Json leaf = passes[0]["leaves"][0];
        QCOMPARE(leaf["leaf"].get<std::string>(), std::string("x"));
        QCOMPARE(leaf["verdict"].get<std::string>(), std::string("kink"));
        QCOMPARE(leaf["kink"].get<int>(), 1);
        QCOMPARE(leaf["agrees"].get<int>(), 1);
        QCOMPARE(leaf["worst"]["index"], Json({0, 1}));
        QCOMPARE(leaf["worst"]["root_index"], Json({1}));
        QCOMPARE(leaf["worst"]["analytical"].get<double>(), 0.0);
        QCOMPARE(leaf["worst"]["below"].get<double>(), 0.0);
        QVERIFY(std::abs(leaf["worst"]["numerical"].get<double>() - 0.5) < 1e-9);
        QCOMPARE(passes[1]["roots"], Json({"m:values"}));
        QCOMPARE(passes[1]["leaves"][0]["leaf"].get<std::string>(), std::string("m:values"));
    }

    void checkSaysWhatIsWrong()
    {
        write(QStringLiteral("singular.chainrule"), R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "x", "op": "tensor", "attributes": {"value": "0.", "requires_grad": true}},
            {"name": "y", "op": "sqrt", "inputs": ["x"]}]})");
        auto run = call(words("check singular.chainrule --backward y"));
        QCOMPARE(run.status, 1);
        QCOMPARE(run.errors, QStringLiteral("chainrule: x: there is no derivative to compare with: d y / d x is inf by the "
                                            "rules and nan by differences, relative error nan\n"));

        run = call(words("check intro.chainrule"));
        QCOMPARE(run.status, 2);
        QVERIFY(run.errors.contains(QStringLiteral("name the node to start from with --backward NODE")));
        run = call(words("check intro.chainrule --backward x"));
        QCOMPARE(run.status, 1);
        QCOMPARE(run.errors, QStringLiteral("chainrule: x: element 0 of tensors does not require grad and does not have a "
                                            "grad_fn\n"));
        run = call(words("check failing.chainrule --backward top:values"));
        QCOMPARE(run.status, 1);  // Other nodes failed.
        QVERIFY(run.output.contains(QStringLiteral("m  agrees: 6 of 6 elements")));
    }

    void noDisplayIsSaidInOneLine()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.remove(QStringLiteral("DISPLAY"));
        environment.remove(QStringLiteral("WAYLAND_DISPLAY"));
        for (const QStringList& arguments : {QStringList(), words("intro.chainrule")}) {
            const auto run = call(arguments, environment);
            QCOMPARE(run.status, 3);
            QCOMPARE(run.errors.count(QLatin1Char('\n')), 1);
            QVERIFY(run.errors.contains(QStringLiteral("chainrule run")));
        }
    }

    void helpAndVersionAreOnStandardOutput()
    {
        for (const QStringList& arguments : {words("--help"), words("--version"), words("run --help"), words("ops --help"),
                                             words("inspect --help"), words("check --help"), words("export --help")}) {
            const auto run = call(arguments);
            QCOMPARE(run.status, 0);
            QVERIFY(!run.output.isEmpty());
            QCOMPARE(run.errors, QString());
        }
    }

    void aFullDiskUnderStandardOutputIsAnError()
    {
        QProcess process;
        process.setStandardOutputFile(QStringLiteral("/dev/full"));
        process.start(QString::fromStdString(places::program()), words("ops"));
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 2);
        QVERIFY(process.readAllStandardError().contains("No space left on device"));
    }
};

QTEST_GUILESS_MAIN(CliTest)
#include "tst_cli.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/dot.h"
#include "engine/codegen/python_names.h"
#include "engine/codegen/torch.h"
#include "engine/io/document.h"
#include "engine/io/npy.h"
#include "tests/places.h"

#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace chainrule;
namespace fs = std::filesystem;

namespace {

/// A document that has been evaluated and differentiated.
struct Ran {
    Diagram diagram;
    Evaluation evaluation;
    StoredGradients stored = {};
    std::vector<ScriptStep> steps = {};
    std::optional<std::size_t> failedStep = {};
    std::optional<Error> error = {};

    std::string script(ScriptOptions options = {}) const
    {
        options.document = "test.chainrule";
        options.groups = diagram.layout.groups;
        return torchScript(evaluation, steps, {stored, failedStep, error}, options);
    }
    std::string dot() const { return dotText(evaluation, diagram.layout.groups); }
};

Ran ran(const std::string& json, const fs::path& folder = {})
{
    auto diagram = diagramFromJson(json);
    if (!diagram)
        qFatal("%s", diagram.error().message.c_str());
    auto evaluation = evaluate(diagram->graph, {.readFile = [&](const std::string& path) -> Result<Tensor> {
        auto array = readNpy(folder / path);
        if (!array)
            return array.error();
        return array->tensor;
    }});
    if (!evaluation)
        qFatal("%s", evaluation.error().message.c_str());
    Ran result{*std::move(diagram), *std::move(evaluation)};
    for (const BackwardStep& step : result.diagram.graph.backward) {
        result.steps.push_back({step});
        if (result.error)
            continue;
        if (const auto* zero = std::get_if<ZeroGrad>(&step)) {
            result.stored.zero(zero->setToNone);
            continue;
        }
        auto pass = prepared(result.evaluation, std::get<Pass>(step));
        result.error = pass ? run(result.evaluation, *std::move(pass), result.stored).error : pass.error();
        if (result.error)
            result.failedStep = result.steps.size() - 1;
    }
    return result;
}

/// A document of these nodes, and what else it has.
std::string document(const std::string& nodes, const std::string& rest = "")
{
    return R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]" + (rest.empty() ? "" : ", " + rest)
           + "}";
}

/// From the imports to where the helpers for printing begin: what a reader reads first.
std::string computing(const std::string& script)
{
    const std::size_t start = script.find('\n') + 1;
    return script.substr(start, script.find("\n\n\ndef show", start) + 1 - start);
}

std::string between(const std::string& text, const std::string& from, const std::string& to)
{
    const std::size_t start = text.find(from);
    return start == std::string::npos ? "" : text.substr(start, text.find(to, start) - start);
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string fileText(const fs::path& path)
{
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<fs::path> examples()
{
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(places::example()))
        if (entry.path().extension() == ".chainrule")
            paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

const std::string jsonQuote = "say \\\"\\\\n\\\"";  // moc loses its way in raw strings with escaped quotes.

const std::string x = R"({"name": "x", "op": "tensor", "attributes": {"value": "3."}})";
const std::string y = R"({"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}})";

}  // namespace

class CodegenTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scriptIsWhatATeacherWrites()
    {
        const Ran result = ran(document(x + "," + y + R"(,
            {"name": "p", "op": "mul", "inputs": ["x", "y"], "retain_grad": true},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "q", "op": "sub", "inputs": ["two", "p"], "comment": "Why not?"},
            {"name": "r", "op": "add", "inputs": ["q", "y"], "attributes": {"alpha": 0.5}},
            {"name": "n", "op": "neg", "inputs": ["r"], "attributes": {}})",
                                        R"("backward": [{"roots": ["n"]}])"));
        const std::string script = result.script();
        QCOMPARE(computing(script), std::string("import sys\n"
                                                "\n"
                                                "import torch\n"
                                                "\n"
                                                "x = torch.tensor(3.)\n"
                                                "y = torch.tensor(4., requires_grad=True)\n"
                                                "p = x * y\n"
                                                "p.retain_grad()\n"
                                                "two = 2\n"
                                                "# Why not?\n"
                                                "q = two - p\n"
                                                "r = torch.add(q, y, alpha=0.5)\n"
                                                "n = -r\n"
                                                "\n"
                                                "n.backward()\n"));
        QCOMPARE(between(script, "show(\"x\"", "\n\n"), std::string("show(\"x\", x)\n"
                                                                 "show(\"y\", y)\n"
                                                                 "show(\"p\", p)\n"
                                                                 "show(\"two\", two)\n"
                                                                 "show(\"q\", q)\n"
                                                                 "show(\"r\", r)\n"
                                                                 "show(\"n\", n)\n"
                                                                 "print(\"x.grad =\", x.grad)\n"
                                                                 "print(\"y.grad =\", y.grad)\n"
                                                                 "print(\"p.grad =\", p.grad)"));
        QVERIFY(contains(script, "    check(\"q\", q, \"float32\", [], \"RsubBackward1\", True, \"-1.4p+3\", "));
        QVERIFY(contains(script, "    check_none(\"x.grad\", x.grad)"));
    }

    void severalOutputsAndListsAreReached()
    {
        const Ran result = ran(document(R"(
            {"name": "w", "op": "tensor", "attributes": {"value": "[[1, nan], [3, -inf]]", "dtype": "float64"}},
            {"name": "m", "op": "max", "inputs": ["w"], "attributes": {"dim": 0, "keepdim": true}},
            {"name": "c", "op": "cat", "inputs": [["m:values", "w"]], "attributes": {"dim": 0}},
            {"name": "column", "op": "select", "inputs": ["c"], "attributes": {"dim": 1, "index": -1}},
            {"name": "rows", "op": "slice", "inputs": ["c"], "attributes": {"start": 1, "step": 2}},
            {"name": "last", "op": "slice", "inputs": ["c"], "attributes": {"dim": -2, "end": 1}},
            {"name": "flat", "op": "reshape", "inputs": ["c"], "attributes": {"shape": [6]}},
            {"name": "s", "op": "sum", "inputs": ["c"], "attributes": {"dim": 1, "dtype": "float32"}},
            {"name": "d", "op": "detach", "inputs": ["c"]})"));
        const std::string script = result.script();
        QCOMPARE(between(script, "w = ", "\n\n"),
                 std::string("w = torch.tensor([[1, float(\"nan\")], [3, -float(\"inf\")]], dtype=torch.float64)\n"
                             "m = torch.max(w, dim=0, keepdim=True)\n"
                             "c = torch.cat([m.values, w])\n"
                             "column = c[:, -1]\n"
                             "rows = c[1::2]\n"
                             "last = c[..., :1, :]\n"
                             "flat = torch.reshape(c, [6])\n"
                             "s = torch.sum(c, dim=1, dtype=torch.float32)\n"
                             "d = c.detach()"));
        QVERIFY(contains(script, "show(\"m.indices\", m.indices)\n"));
        QVERIFY(contains(script, "check(\"m.values\", m.values, \"float64\", [1, 2], None, False, \"1.8p+1 nan\""));
    }

    void importsStepAsideForNodes()
    {
        const std::string tensor = R"("op": "tensor", "attributes": {"value": "3."}})";
        const Ran result = ran(document(R"({"name": "torch", )" + tensor + R"(, {"name": "torch_", )" + tensor
                                        + R"(, {"name": "sys", )" + tensor + R"(, {"name": "print", )" + tensor
                                        + R"(, {"name": "show", )" + tensor
                                        + R"(, {"name": "F", "op": "relu", "inputs": ["torch"]})"));
        const std::string script = result.script();
        QCOMPARE(computing(script), std::string("import builtins\n"
                                                "import sys as sys_\n"
                                                "\n"
                                                "import torch as torch__\n"
                                                "import torch.nn.functional as F_\n"
                                                "\n"
                                                "torch = torch__.tensor(3.)\n"
                                                "torch_ = torch__.tensor(3.)\n"
                                                "sys = torch__.tensor(3.)\n"
                                                "print = torch__.tensor(3.)\n"
                                                "show = torch__.tensor(3.)\n"
                                                "F = F_.relu(torch)\n"
                                                "\n"
                                                "\ndef show_(address, value):")
                                        .substr(0, computing(script).size()));
        QVERIFY(contains(script, "show_(\"torch\", torch)\n"));
        QVERIFY(contains(script, "builtins.print(\"torch.grad =\", torch.grad)\n"));
    }

    void namesInQuotesAndAttributesStay()
    {
        PythonNames names({"torch", "float"});
        QCOMPARE(names.rewritten("torch.f(x.torch, 'torch', torch=1)  # torch"),
                 std::string("torch_.f(x.torch, 'torch', torch=1)  # torch"));
        QCOMPARE(names.literal("[1.e5, float('nan'), -inf]  # six"),
                 std::string("[1.e5, builtins.float('nan'), -builtins.float(\"inf\")]  # six\n"));
        QVERIFY(names.uses("builtins"));
    }

    void framesTurnGradientsOff()
    {
        const Ran result = ran(document(y + R"(,
            {"name": "a", "op": "neg", "inputs": ["y"]},
            {"name": "b", "op": "neg", "inputs": ["a"]},
            {"name": "c", "op": "neg", "inputs": ["b"]})",
                                        R"("frames": [{"title": "Off", "nodes": ["a", "b"], "no_grad": true}])"));
        QCOMPARE(between(result.script(), "y = ", "\n\n\n"), std::string("y = torch.tensor(4., requires_grad=True)\n"
                                                                       "\n"
                                                                       "# Off\n"
                                                                       "with torch.no_grad():\n"
                                                                       "    a = -y\n"
                                                                       "    b = -a\n"
                                                                       "\n"
                                                                       "c = -b"));
    }

    void groupsAreFunctions()
    {
        const Ran result = ran(document(x + "," + y + R"(,
            {"name": "p", "op": "mul", "inputs": ["x", "y"]},
            {"name": "q", "op": "neg", "inputs": ["p"]},
            {"name": "r", "op": "exp", "inputs": ["q"]},
            {"name": "s", "op": "add", "inputs": ["r", "p"]})",
                                        R"("groups": [{"name": "inner", "nodes": ["q"]},
                                             {"name": "outer", "nodes": ["p"], "groups": ["inner"]},
                                             {"name": "torn", "nodes": ["r", "y"]}])"));
        const std::string script = result.script();
        QCOMPARE(between(script, "def inner", "\n\n\ndef show"), std::string("def inner(p):\n"
                                                                           "    q = -p\n"
                                                                           "    return q\n"
                                                                           "\n"
                                                                           "\n"
                                                                           "def outer(x, y):\n"
                                                                           "    p = x * y\n"
                                                                           "    q = inner(p)\n"
                                                                           "    return p, q\n"
                                                                           "\n"
                                                                           "\n"
                                                                           "x = torch.tensor(3.)\n"
                                                                           "\n"
                                                                           "# torn\n"
                                                                           "y = torch.tensor(4., requires_grad=True)\n"
                                                                           "\n"
                                                                           "p, q = outer(x, y)\n"
                                                                           "\n"
                                                                           "# torn\n"
                                                                           "r = torch.exp(q)\n"
                                                                           "\n"
                                                                           "s = r + p"));
    }

    void scriptGoesOnPastErrors()
    {
        const Ran result = ran(document(x + R"(,
            {"name": "t", "op": "tensor", "attributes": {"value": "[5, 6], [7, 8]"}},
            {"name": "u", "op": "neg", "inputs": ["t"]},
            {"name": "v", "op": "frobnicate", "inputs": [null, "x"]},
            {"name": "w", "op": "add", "inputs": ["x"], "attributes": {"beta": 2}},
            {"name": "z", "op": "neg", "inputs": ["x"]})",
                                        R"("backward": [{"roots": ["z"]}, {"roots": ["x"]}])"));
        const std::string script = result.script();
        QCOMPARE(between(script, "x = ", "\n\n\n"),
                 std::string("x = torch.tensor(3.)\n"
                             "t = attempt(\"t\", lambda: torch.tensor([5, 6], [7, 8]))\n"
                             "# u = torch.neg(t)\n"
                             "print(\"u: its input t failed\", file=sys.stderr)\n"
                             "# v = frobnicate(None, x)\n"
                             "print(\"v: module 'torch' has no attribute 'frobnicate'\", file=sys.stderr)\n"
                             "w = attempt(\"w\", lambda: torch.add(x, beta=2))\n"
                             "z = -x\n"
                             "\n"
                             "outcome = attempt(\"backward\", lambda: z.backward())"));
        QVERIFY(contains(script, "    check_error(\"t\", t, \"TypeError\", \"tensor() takes 1 positional argument but"));
        QVERIFY(contains(script, "    check_error(\"backward\", outcome, \"RuntimeError\", \"element 0 of tensors does"));
        QVERIFY(!contains(script, "show(\"t\""));
    }

    /// A script is run, and a document may come from anybody.
    void documentsBringNoCode()
    {
        const auto tensor = [](const char* name, const char* attribute, const char* value) {
            return nlohmann::json{{"name", name}, {"op", "tensor"}, {"attributes", {{attribute, value}}}};
        };
        const nlohmann::json json = {
            {"format", "chainrule"},
            {"version", 1},
            {"nodes",
             {tensor("a", "value", "exit()"), tensor("b", "value", "3) or exit(\n#"),
              tensor("c", "dtype", "\"\nexit()"), tensor("d", "k=exit()", "3."),
              tensor("e", "file", "\"+exit()+\"'\n.npy"),
              {{"name", "f"}, {"op", "x\nexit()"}, {"comment", "one\nexit()\rexit()"}}}},
            {"frames", {{{"title", "exit()\nexit()"}, {"nodes", {"a"}}}}}};
        const Ran result = ran(json.dump());
        std::istringstream lines(computing(result.script()));
        for (std::string line; std::getline(lines, line);) {
            const std::string code = line.substr(0, line.find("# "));
            std::string outside;  // Of quotes.
            for (std::size_t i = 0, quote = 0; i < code.size(); ++i) {
                if (quote && code[i] == '\\')
                    ++i;
                else if (quote ? code[i] == char(quote) : code[i] == '"' || code[i] == '\'')
                    quote = quote ? 0 : std::size_t(code[i]);
                else if (!quote)
                    outside += code[i];
            }
            QVERIFY2(!contains(outside, "exit"), line.c_str());
            QVERIFY2(!contains(line, "\r"), line.c_str());
        }
    }

    void filesAreLoaded()
    {
        Ran result = ran(document(R"(
            {"name": "a", "op": "tensor", "attributes": {"file": "line_x.npy"}},
            {"name": "b", "op": "tensor", "attributes": {"file": "line_y.npy", "dtype": "float64", "requires_grad": true}},
            {"name": "c", "op": "from_numpy", "attributes": {"file": "labels.npy"}},
            {"name": "d", "op": "from_numpy", "attributes": {"array": "[[1, 2], [3, 4]]"}},
            {"name": "e", "op": "numpy", "inputs": ["d"]},
            {"name": "f", "op": "neg", "inputs": ["e"]},
            {"name": "g", "op": "sum", "inputs": ["b"]})",
                                  R"("backward": [{"roots": ["g"]}])"),
                         places::example("data"));
        const std::vector<std::string> swapped{"labels.npy"};
        result.steps[0].seedFiles = {"all.npz:g"};
        QCOMPARE(between(result.script({.swappedFiles = swapped}), "a = ", "\n\n\n"),
                 std::string("a = torch.from_numpy(np.load(\"line_x.npy\"))\n"
                             "b = torch.tensor(np.load(\"line_y.npy\"), dtype=torch.float64, requires_grad=True)\n"
                             "c = torch.from_numpy(native(np.load(\"labels.npy\")))\n"
                             "d = torch.from_numpy(np.array([[1, 2], [3, 4]]))\n"
                             "e = d.numpy()\n"
                             "f = -torch.from_numpy(e)\n"
                             "g = torch.sum(b)\n"
                             "\n"
                             "g.backward(torch.from_numpy(np.load(\"all.npz\")[\"g\"]))"));
    }

    void passesAreRepeated()
    {
        const Ran result = ran(document(y + R"(,
            {"name": "a", "op": "mul", "inputs": ["y", "y"]},
            {"name": "b", "op": "exp", "inputs": ["y"], "muted": true},
            {"name": "g", "op": "tensor", "attributes": {"value": "2."}})",
                                        R"("backward": [{"roots": ["a"], "retain_graph": true}, {"zero_grad": "zeros"},
                                             {"roots": ["a", "y"], "gradients": ["g", null], "create_graph": true},
                                             {"zero_grad": "none"}, {"roots": ["a"], "gradients": ["g"], "inputs": ["y"]},
                                             {"roots": ["a"]}, {"roots": ["y"]}])"));
        QCOMPARE(between(result.script(), "b = ", "\n\n\n"),
                 std::string("b = y  # muted: torch.exp(y)\n"
                             "g = torch.tensor(2.)\n"
                             "\n"
                             "a.backward(retain_graph=True)\n"
                             "for leaf in [y]:\n"
                             "    if leaf.grad is not None:\n"
                             "        leaf.grad = torch.zeros_like(leaf.grad)\n"
                             "torch.autograd.backward([a, y], [g.clone(), None], create_graph=True)\n"
                             "for leaf in [y]:\n"
                             "    leaf.grad = None\n"
                             "a.backward(g.clone(), inputs=[y])\n"
                             "outcome = attempt(\"backward\", lambda: a.backward())"));
    }

    void dotShowsNodesAndEdges()
    {
        const Ran result = ran(document(x + "," + y + R"(,
            {"name": "node", "op": "mul", "inputs": ["x", "y"]},
            {"name": "bad", "op": ")" + jsonQuote + R"(", "inputs": ["node"]})",
                                        R"("groups": [{"name": "block", "nodes": ["node"]}])"));
        const std::string expected =
            "digraph chainrule {\n"
            "    rankdir=LR;\n"
            "    node [shape=box, style=rounded, fontname=\"monospace\"];\n"
            "    edge [fontname=\"monospace\", fontsize=10];\n"
            "    \"x\" [label=\"x: tensor\\ntorch.float32, torch.Size([])\\ntensor(3.)\"];\n"
            "    \"y\" [label=\"y: tensor\\ntorch.float32, torch.Size([])\\ntensor(4.)\\nleaf, requires_grad=True\", peripheries=2];\n"
            "    \"node\" [label=\"node: mul\\ntorch.float32, torch.Size([])\\ntensor(12.)\\ngrad_fn=<MulBackward0>\", penwidth=2];\n"
            "    \"bad\" [label=\"bad: say \\\"\\\\n\\\"\\nAttributeError: module 'torch' has no attribute 'say \\\"\\\\n\\\"'\", color=red];\n"
            "    subgraph \"cluster_block\" { label=\"block\"; \"node\"; }\n"
            "    \"x\" -> \"node\" [label=\"[]\", headlabel=\"input\"];\n"
            "    \"y\" -> \"node\" [label=\"[]\", headlabel=\"other\"];\n"
            "    \"node\" -> \"bad\" [label=\"[]\", headlabel=\"\"];\n"
            "}\n";
        QCOMPARE(result.dot(), expected);
    }

    void examplesFailOnlyWhereTheyTeachAnError()
    {
        const std::map<std::string, std::vector<std::string>> expected = {
            {"error_three_arguments", {"t3: tensor() takes 1 positional argument but 3 were given"}},
            {"error_integer_requires_grad",
             {"y: Only Tensors of floating point and complex dtype can require gradients", "a: its input y failed"}},
            {"error_array_arguments", {"x: Field elements must be 2- or 3-tuples, got '3'"}},
            {"error_backward_twice", {"backward"}}};
        QVERIFY(examples().size() >= 10);
        for (const fs::path& path : examples()) {
            const Ran result = ran(fileText(path), path.parent_path());
            std::vector<std::string> errors;
            for (const NodeId id : result.diagram.graph.ids())
                if (const auto& error = result.evaluation[id].error)
                    errors.push_back(result.diagram.graph.at(id).name + ": " + error->message);
            if (result.error)
                errors.emplace_back("backward");
            const auto known = expected.find(path.stem().string());
            if (path.stem().string().starts_with("error_") && known == expected.end()) {
                QVERIFY2(errors.size() == 1, path.c_str());
                continue;
            }
            const auto wanted = known == expected.end() ? std::vector<std::string>() : known->second;
            QVERIFY2(errors == wanted, (path.string() + (errors.empty() ? "" : ": " + errors[0])).c_str());
        }
    }

    void examplesAreCanonicalAndSayWhatTheyShow()
    {
        for (const fs::path& path : examples()) {
            const std::string text = fileText(path);
            const auto diagram = diagramFromJson(text);
            QVERIFY2(diagram, path.c_str());
            QVERIFY2(canonicalJson(*diagram) == text, path.c_str());
            QVERIFY2(diagram->layout.notes.size() == 1, path.c_str());
            const auto positions = diagram->layout.positions.entries();
            QCOMPARE(positions.size(), diagram->graph.size());
            for (const auto& a : positions)
                for (const auto& b : positions)
                    QVERIFY2(a.node == b.node || std::abs(a.point.x - b.point.x) >= 200
                                 || std::abs(a.point.y - b.point.y) >= 130,
                             path.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(CodegenTest)
#include "tst_codegen.moc"

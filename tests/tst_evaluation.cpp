// SPDX-License-Identifier: GPL-3.0-or-later
// Evaluating again with what is known, and on a thread of its own.
#include "engine/autograd/background_evaluator.h"
#include "engine/autograd/run.h"
#include "engine/base/stop.h"
#include "engine/io/npy.h"
#include "engine/tensor/kernels/moves.h"
#include "tests/random_document.h"
#include "tests/random_graph.h"
#include "tests/support.h"

#include <QTemporaryDir>

#include <filesystem>
#include <future>

using namespace chainrule;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

Result<Run> runOf(const Graph& graph, ValueCache* cache = nullptr, std::stop_token stop = {})
{
    return run(graph, {.readFile = [](const std::string& path) -> Result<Tensor> { return fileError(path); },
                       .stop = std::move(stop),
                       .cache = cache});
}

std::string words(const Value& value, const Evaluation& evaluation)
{
    return text(value.tensor()) + (value.requiresGrad() ? " grad " : " ") + std::string(evaluation.gradFn(value));
}

/// Everything that a run has to say.
std::string account(const Result<Run>& result)
{
    if (!result)
        return words(result.error());
    const Evaluation& evaluation = result->evaluation;
    std::string text;
    for (const NodeId id : evaluation.graph().ids()) {
        text += evaluation.graph().at(id).name + ":";
        if (evaluation[id].error)
            text += " " + words(*evaluation[id].error);
        for (std::uint32_t k = 0; k < evaluation[id].outputs.size(); ++k) {
            const Value& value = evaluation[id].outputs[k];
            text += " " + words(value, evaluation);
            if (!value.requiresGrad())
                continue;
            const Value* const grad = result->stored.find({id, k});
            const Value* const flowing = result->flow.find(value.place());
            text += " .grad " + (grad ? words(*grad, evaluation) : "None") + " flowing "
                    + (flowing ? words(*flowing, evaluation) : "-");
        }
        text += "\n";
    }
    for (const BackwardEvent& event : result->events) {
        text += std::to_string(event.pass) + " " + (event.from ? std::to_string(*event.from) : "root") + " to "
                + std::to_string(event.to.entry) + ":" + std::to_string(event.to.output) + " input "
                + std::to_string(event.input) + " " + chainrule::text(event.contribution) + "\n";
    }
    return text + (result->error() ? words(*result->error()) : "all steps");
}

Node tensorNode(const char* name, const std::string& literal, bool requiresGrad = false)
{
    Node node{.name = name, .op = "tensor"};
    node.setAttribute("value", literal);
    node.setAttribute("requires_grad", requiresGrad);
    return node;
}

Node sized(const char* name, const char* op, IntList size)
{
    Node node{.name = name, .op = op};
    node.setAttribute("size", std::move(size));
    return node;
}

/// x and a chain of nodes with a matrix each.
Graph chain(int length, const std::string& x)
{
    Graph graph;
    NodeId last = graph.add(tensorNode("x", x, true));
    for (int i = 0; i < length; ++i) {
        const NodeId by = i % 2 ? last : NodeId{1};
        last = graph.add({.name = "n" + std::to_string(i), .op = "maximum", .inputs = {{Source{last}}, {Source{by}}}});
    }
    return graph;
}

/// Takes minutes if nobody stops it, and no memory. Begins by reading a file.
Graph endless()
{
    Graph graph;
    Node file{.name = "one", .op = "tensor"};
    file.setAttribute("file", "one.npy");
    const NodeId one = graph.add(std::move(file));
    Node many = sized("many", "expand", {100000, 100000, 1000});
    many.inputs = {{Source{one}}};
    graph.add({.name = "sum", .op = "sum", .inputs = {{Source{graph.add(std::move(many))}}}});
    return graph;
}

Tensor::Id idOf(const Run& run, const char* name)
{
    return run.evaluation.value({*run.evaluation.graph().find(name)}).tensor().id();
}

/// A background evaluator and what it has said.
class Listener {
public:
    explicit Listener(BackgroundEvaluator::ReadFile readFile = {})
        : m_evaluator(
            [this, readFile](const fs::path& path) {
                const std::scoped_lock lock(m_mutex);
                ++m_reads;
                m_arrived.notify_all();
                return readFile ? readFile(path) : Result(Tensor::scalar(1.0));
            },
            [this](BackgroundEvaluator::Answer answer) {
                const std::scoped_lock lock(m_mutex);
                m_answers.push_back(std::move(answer));
                m_arrived.notify_all();
            },
            [this](BackgroundEvaluator::Progress progress) {
                const std::scoped_lock lock(m_mutex);
                m_progress.push_back(progress);
                m_arrived.notify_all();
            })
    {
    }

    BackgroundEvaluator& evaluator() { return m_evaluator; }
    /// The answer to `serial`, or none if there is none within a minute.
    BackgroundEvaluator::Answer wait(std::uint64_t serial)
    {
        std::unique_lock lock(m_mutex);
        const auto isIt = [&](const auto& answer) { return answer.serial == serial; };
        m_arrived.wait_for(lock, 60s, [&] { return std::ranges::any_of(m_answers, isIt); });
        const auto found = std::ranges::find_if(m_answers, isIt);
        return found == m_answers.end() ? BackgroundEvaluator::Answer{.serial = 0} : *found;
    }
    /// For the first request that reads a file.
    void waitForRead()
    {
        std::unique_lock lock(m_mutex);
        m_arrived.wait_for(lock, 60s, [&] { return m_reads > 0; });
    }
    int reads()
    {
        const std::scoped_lock lock(m_mutex);
        return m_reads;
    }
    std::vector<BackgroundEvaluator::Answer> answers()
    {
        const std::scoped_lock lock(m_mutex);
        return m_answers;
    }
    std::vector<BackgroundEvaluator::Progress> progress()
    {
        const std::scoped_lock lock(m_mutex);
        return m_progress;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_arrived;
    int m_reads = 0;
    std::vector<BackgroundEvaluator::Answer> m_answers;
    std::vector<BackgroundEvaluator::Progress> m_progress;
    BackgroundEvaluator m_evaluator;  // Last: it uses the others.
};

}  // namespace

class EvaluationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cacheOnIsCacheOff()
    {
        const unsigned seed = qEnvironmentVariableIsSet("SEED") ? qEnvironmentVariableIntValue("SEED") : 4711;
        ValueCache cache;
        ValueCache small(1 << 14);
        for (unsigned i = seed; i < seed + 300; ++i) {
            RandomGraph random(i);
            std::vector<Graph> history = {random.graph()};
            for (int edit = 0; edit < 5; ++edit)
                history.push_back(random.below(3) ? random.edited(history.back())
                                                  : history[std::size_t(random.below(int(history.size())))]);
            history.push_back(RandomDocument(i).diagram().graph);
            for (const Graph& graph : history) {
                const std::string expected = account(runOf(graph));
                const std::string where = "seed " + std::to_string(i) + "\n";
                QCOMPARE(where + account(runOf(graph, &cache)), where + expected);
                QCOMPARE(where + account(runOf(graph, &small)), where + expected);
            }
        }
        qInfo("from seed %u: %zu values, %zu bytes", seed, cache.size(), cache.bytes());
        QVERIFY(cache.size() > 3000);
    }

    void equalSubtreesAreComputedOnceAndRecordedTwice()
    {
        Graph graph;
        const NodeId x = graph.add(tensorNode("x", "[1., 2.]", true));
        graph.add({.name = "a", .op = "tanh", .inputs = {{Source{x}}}});
        graph.add({.name = "b", .op = "tanh", .inputs = {{Source{x}}}});
        ValueCache cache;
        const auto result = runOf(graph, &cache);
        QVERIFY(idOf(*result, "a") == idOf(*result, "b"));
        QVERIFY(result->evaluation.value({{2}}).place() != result->evaluation.value({{3}}).place());
        QVERIFY(idOf(*runOf(graph), "a") != idOf(*runOf(graph), "b"));
    }

    void undoFindsEverything()
    {
        ValueCache cache;
        const auto first = runOf(chain(5, "[1., 2.]"), &cache);
        const auto second = runOf(chain(5, "[1., 3.]"), &cache);
        const auto undone = runOf(chain(5, "[1., 2.]"), &cache);
        for (const char* const name : {"x", "n0", "n4"}) {
            QVERIFY(idOf(*first, name) == idOf(*undone, name));
            QVERIFY(idOf(*first, name) != idOf(*second, name));
        }
    }

    void movingAndRenamingComputesNothing()
    {
        ValueCache cache;
        Graph graph = chain(3, "[1., 2.]");
        const auto before = runOf(graph, &cache);
        Node node = graph.at({2});
        node.name = "renamed";
        graph.replace({2}, std::move(node));
        const auto after = runOf(graph, &cache);
        QVERIFY(idOf(*before, "n0") == idOf(*after, "renamed"));
        QVERIFY(idOf(*before, "n2") == idOf(*after, "n2"));
    }

    void attributesAreComparedByTheirBits()
    {
        const auto graph = [](double alpha) {
            Graph result;
            const NodeId x = result.add(tensorNode("x", "[-0., 1.]"));
            Node node{.name = "y", .op = "add", .inputs = {{Source{x}}, {Source{x}}}};
            node.setAttribute("alpha", alpha);
            result.add(std::move(node));
            return result;
        };
        ValueCache cache;
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(idOf(*runOf(graph(0.0), &cache), "y") != idOf(*runOf(graph(-0.0), &cache), "y"));
        QVERIFY(idOf(*runOf(graph(nan), &cache), "y") == idOf(*runOf(graph(nan), &cache), "y"));
    }

    /// numpy() refuses a tensor that requires grad, whatever is known of the same numbers.
    void refusalsThatDependOnGradAreNotForgotten()
    {
        const auto graph = [](bool requiresGrad) {
            Graph result;
            const NodeId x = result.add(tensorNode("x", "[1., 2.]"));
            const NodeId w = result.add(tensorNode("w", "[1., 2.]", requiresGrad));
            const NodeId y = result.add({.name = "y", .op = "maximum", .inputs = {{Source{x}}, {Source{w}}}});
            result.add({.name = "array", .op = "numpy", .inputs = {{Source{y}}}});
            return result;
        };
        ValueCache cache;
        QVERIFY(!runOf(graph(false), &cache)->evaluation[{4}].error);
        QVERIFY(runOf(graph(true), &cache)->evaluation[{4}].error);
        QVERIFY(!runOf(graph(false), &cache)->evaluation[{4}].error);
    }

    void whatAnEditDoesNotReachStaysAsItIs()
    {
        const auto graph = [](const char* value) {
            Graph result;
            const NodeId x = result.add(tensorNode("x", value, true));
            const NodeId w = result.add(tensorNode("w", "[3., 4.]", true));
            result.add({.name = "below x", .op = "tanh", .inputs = {{Source{x}}}});
            const NodeId apart = result.add({.name = "apart", .op = "tanh", .inputs = {{Source{w}}}});
            result.add({.name = "both", .op = "mul", .inputs = {{Source{x}}, {Source{apart}}}});
            result.add({.name = "apart too", .op = "neg", .inputs = {{Source{apart}}}});
            return result;
        };
        ValueCache cache;
        const auto before = runOf(graph("[1., 2.]"), &cache);
        const auto after = runOf(graph("[1., 5.]"), &cache);
        for (const char* const name : {"w", "apart", "apart too"})
            QVERIFY2(idOf(*before, name) == idOf(*after, name), name);
        for (const char* const name : {"x", "below x", "both"})
            QVERIFY2(idOf(*before, name) != idOf(*after, name), name);
    }

    /// Two nodes that share one tensor: only one of them leads to the sum.
    void gradientsInTheGraphDependOnTheTape()
    {
        const auto graph = [](const char* of) {
            Graph result;
            const NodeId x = result.add(tensorNode("x", "[1., 2.]", true));
            const NodeId used = result.add({.name = "used", .op = "tanh", .inputs = {{Source{x}}}});
            result.add({.name = "unused", .op = "tanh", .inputs = {{Source{x}}}});
            const NodeId sum = result.add({.name = "sum", .op = "sum", .inputs = {{Source{used}}}});
            result.add({.name = "g", .op = "autograd.grad", .inputs = {{Source{sum}}, {Source{*result.find(of)}}}});
            return result;
        };
        ValueCache cache;
        for (const char* const of : {"used", "unused", "used"}) {
            const auto result = runOf(graph(of), &cache);
            QVERIFY(idOf(*result, "used") == idOf(*result, "unused"));
            QCOMPARE(account(result), account(runOf(graph(of))));
            QCOMPARE(bool(result->evaluation[{5}].error), std::string_view(of) == "unused");
        }
    }

    void oldValuesGoWhenTheBudgetIsSpent()
    {
        const auto graph = [](int value) {
            Graph result;
            Node node = sized("x", "full", {1000, 100});  // 400 kB
            node.setAttribute("fill_value", double(value));
            NodeId last = result.add(std::move(node));
            for (int i = 0; i < 3; ++i)
                last = result.add({.name = "n" + std::to_string(i), .op = "neg", .inputs = {{Source{last}}}});
            return result;
        };
        ValueCache cache(4'000'000);
        const auto first = idOf(*runOf(graph(1), &cache), "n2");
        QVERIFY(runOf(graph(2), &cache));
        QVERIFY(idOf(*runOf(graph(1), &cache), "n2") == first);  // Both fit.
        for (int value = 3; value < 9; ++value) {
            QVERIFY(runOf(graph(value), &cache));
            QVERIFY2(cache.bytes() <= 4'000'000, std::to_string(cache.bytes()).c_str());
            QVERIFY(cache.bytes() > 1'600'000);
        }
        ValueCache tiny(1000);
        const auto kept = idOf(*runOf(graph(1), &tiny), "n2");
        QVERIFY(idOf(*runOf(graph(1), &tiny), "n2") == kept);  // The newest stays whole.
        QVERIFY(tiny.bytes() >= 1'600'000);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!runOf(graph(2), &tiny, stop.get_token()));
        QVERIFY(idOf(*runOf(graph(1), &tiny), "n2") == kept);  // Nor does one that is cancelled count.
        QVERIFY(runOf(Graph(), &tiny));
        QCOMPARE(tiny.size(), 0u);
        QCOMPARE(tiny.bytes(), 0u);
    }

    void sharedMemoryIsCountedOnce()
    {
        Graph graph;
        NodeId last = graph.add(sized("x", "ones", {1000, 100}));
        for (int i = 0; i < 10; ++i) {
            Node node{.name = "t" + std::to_string(i), .op = "transpose", .inputs = {{Source{last}}}};
            node.setAttribute("dim0", std::int64_t(0));
            node.setAttribute("dim1", std::int64_t(1));
            last = graph.add(std::move(node));
        }
        ValueCache cache;
        QVERIFY(runOf(graph, &cache));
        QVERIFY(cache.bytes() > 400'000);
        QVERIFY(cache.bytes() < 450'000);
    }

    /// Unless old values were in its way.
    void memoryIsTheErrorOfItsNode()
    {
        Graph graph;
        Node file{.name = "x", .op = "tensor"};
        file.setAttribute("file", "x.npy");
        graph.add(std::move(file));
        graph.add(tensorNode("y", "[1., 2.]"));
        for (const bool isForOldValues : {false, true}) {
            ValueCache cache;
            QVERIFY(runOf(chain(5, "[1., 2.]"), &cache));
            int reads = 0;
            const auto readFile = [&](const std::string&) -> Result<Tensor> {
                if (++reads == 1 || !isForOldValues)
                    throw std::bad_alloc();
                return Tensor::vector({1, 2});
            };
            const auto result = run(graph, {.readFile = readFile, .cache = &cache});
            QCOMPARE(reads, 2);
            const auto& error = result->evaluation[{1}].error;
            QCOMPARE(error ? words(*error) : "", isForOldValues ? "" : words(outOfMemory()));
            QVERIFY(!result->evaluation[{2}].error);
            QCOMPARE(cache.size(), 1u);
        }
    }

    void longKernelsLookWhetherToStop_data()
    {
        const auto zeros = [](Shape shape, DType dtype = DType::Float32) {  // In memory, so that nothing is copied first.
            return kernel::contiguous(Tensor::full(shape, 0.0, dtype));
        };
        const Tensor many = zeros({2, 1 << 18}), matrix = zeros({1300, 1300});
        QTest::addColumn<std::string>("op");
        QTest::addColumn<Values>("inputs");
        QTest::addColumn<Attributes>("attributes");
        const auto row = [](const char* name, const char* op, const Values& inputs, const Attributes& attributes = {}) {
            QTest::newRow(name) << std::string(op) << inputs << attributes;
        };
        row("add", "add", {many, many});
        row("broadcast", "mul", {many, zeros({2, 1})});
        row("exp", "exp", {many});
        row("compare", "gt", {many, 1.0});
        row("where", "where", {zeros({2, 1 << 18}, DType::Bool), many, many});
        row("cast", "to", {many}, {{"dtype", DType::Float64}});
        row("pow", "pow", {many, many});
        row("integer division", "div", {zeros({1 << 19}, DType::Int64), Value(Tensor::number(std::int64_t(3)))},
            {{"rounding_mode", "floor"}});
        row("sum", "sum", {many});
        row("sum of rows", "sum", {many}, {{"dim", IntList{1}}});
        row("sum of columns", "sum", {zeros({1 << 12, 200})}, {{"dim", IntList{0}}});
        row("many small sums", "sum", {zeros({1 << 16, 9})}, {{"dim", IntList{1}}});
        row("mean", "mean", {many});
        row("var", "var", {many});
        row("max", "max", {many});
        row("max of columns", "max", {zeros({1 << 12, 200})}, {{"dim", std::int64_t(0)}});
        row("argmax", "argmax", {many});
        row("max of rows", "max", {many}, {{"dim", std::int64_t(1)}});
        row("softmax", "softmax", {zeros({1 << 19})}, {{"dim", std::int64_t(0)}});
        row("log_softmax", "log_softmax", {zeros({1 << 10, 600})}, {{"dim", std::int64_t(1)}});
        row("softmax of columns", "softmax", {zeros({1 << 12, 200})}, {{"dim", std::int64_t(0)}});
        row("matmul", "matmul", {matrix, matrix});
        row("thin matmul", "matmul", {zeros({32, 1 << 20}), zeros({1 << 20, 32})});
        row("arange", "arange", {}, {{"start", 0.0}, {"end", 1e6}});
        row("linspace", "linspace", {}, {{"start", 0.0}, {"end", 1.0}, {"steps", std::int64_t(1 << 20)}});
        row("integer matmul", "matmul", {zeros({100, 100}, DType::Int32), zeros({100, 100}, DType::Int32)});
        row("half matmul", "matmul", {zeros({600, 600}, DType::Float16), zeros({600, 600}, DType::Float16)});
        row("batched matmul", "matmul", {zeros({5000, 10, 10}), zeros({5000, 10, 10})});
        row("cat", "cat", {many, many});
        row("zeros", "zeros", {}, {{"size", IntList{1 << 19}}});
        row("rand", "rand", {}, {{"size", IntList{1 << 19}}, {"seed", std::int64_t(1)}});
        row("randn", "randn", {}, {{"size", IntList{1 << 19}}, {"seed", std::int64_t(1)}});
        row("cross_entropy", "cross_entropy", {zeros({1 << 19, 2}), zeros({1 << 19}, DType::Int64)});
    }

    void longKernelsLookWhetherToStop()
    {
        QFETCH(std::string, op);
        QFETCH(Values, inputs);
        QFETCH(Attributes, attributes);
        const Op& what = *findOp(op);
        const bool isGiven[] = {true, true, true};
        const auto all = completed(what, isGiven, attributes);
        QVERIFY2(all, op.c_str());
        std::stop_source stop;
        stop.request_stop();
        const StopScope scope(stop.get_token());
        bool isStopped = false;
        try {
            const auto outputs = perform(what, inputs, *all);
            QVERIFY2(outputs, outputs ? "" : outputs.error().message.c_str());
        } catch (const Stopped&) {
            isStopped = true;
        }
        QVERIFY(isStopped);
    }

    void cancelledRunsLeaveNothingHalfDone()
    {
        Graph graph;
        Node node = sized("x", "rand", {1 << 20});
        node.setAttribute("seed", std::int64_t(7));
        const NodeId x = graph.add(std::move(node));
        graph.add({.name = "y", .op = "neg", .inputs = {{Source{x}}}});
        const auto expected = runOf(graph);
        ValueCache cache;
        int cancelledRuns = 0;
        for (int i = 0; i < 12; ++i) {
            std::stop_source stop;
            const std::jthread canceller([&] {
                std::this_thread::sleep_for(10ms * i);
                stop.request_stop();
            });
            const auto result = runOf(graph, &cache, stop.get_token());
            cancelledRuns += !result;
            QVERIFY(result || result.error().kind == Error::Kind::Cancelled);
        }
        const auto result = runOf(graph, &cache);
        for (const NodeId id : graph.ids()) {
            const Tensor& is = result->evaluation.value({id}).tensor();
            const Tensor& should = expected->evaluation.value({id}).tensor();
            QVERIFY(std::equal(is.data<float>(), is.data<float>() + is.size(), should.data<float>()));
        }
        QVERIFY(cancelledRuns > 0);
    }

    void hugeKernelIsCancelled_data()
    {
        QTest::addColumn<std::string>("op");
        QTest::newRow("sum") << std::string("sum");
        QTest::newRow("matmul") << std::string("matmul");
        QTest::newRow("randn") << std::string("randn");
    }

    /// That it is no answer says that the kernel did not come to its end.
    void hugeKernelIsCancelled()
    {
        QFETCH(std::string, op);
        Graph graph = endless();
        if (op != "sum") {
            const NodeId rest[] = {{2}, {3}};
            graph.remove(rest);
        }
        if (op == "randn")
            graph.add(sized("huge", "randn", {100'000'000}));
        if (op == "matmul") {
            const Source matrix{graph.add(sized("matrix", "ones", {6000, 6000}))};
            graph.add({.name = "huge", .op = "matmul", .inputs = {{matrix}, {matrix}}});
        }
        Listener listener;
        listener.evaluator().request({graph, 1});
        listener.waitForRead();
        std::this_thread::sleep_for(400ms);  // It has begun.
        const auto start = std::chrono::steady_clock::now();
        listener.evaluator().cancel();
        const auto answer = listener.wait(1);
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
        QVERIFY(answer.error && answer.error->kind == Error::Kind::Cancelled);
        qInfo("answered after %.0f ms", waited.count() * 1000);
        QVERIFY(waited < 30s);
    }

    void newestRequestWins()
    {
        Listener listener;
        for (std::uint64_t serial = 1; serial <= 5; ++serial)
            listener.evaluator().request({endless(), serial});
        listener.waitForRead();
        listener.evaluator().request({chain(3, "[1.]"), 6});
        const auto answer = listener.wait(6);
        QVERIFY(answer.replay && !answer.error);
        QCOMPARE(listener.answers().size(), 1u);
    }

    void answersComeInTheOrderOfRequests()
    {
        Listener listener;
        std::mt19937 random(1);
        for (std::uint64_t serial = 1; serial <= 3000; ++serial) {
            listener.evaluator().request({chain(int(random() % 20), "[1., 2.]"), serial});
            if (random() % 10 == 0)
                listener.evaluator().cancel();
            if (random() % 3 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
        }
        listener.wait(3000);
        const auto answers = listener.answers();
        QVERIFY(std::ranges::is_sorted(answers, std::ranges::less_equal(), &BackgroundEvaluator::Answer::serial));
        QCOMPARE(answers.back().serial, 3000u);
        for (const auto& answer : answers)
            QVERIFY(bool(answer.replay) != bool(answer.error));
        qInfo("%zu answers", answers.size());
    }

    void cancelIsAnswered()
    {
        Listener listener;
        listener.evaluator().request({endless(), 1});
        listener.waitForRead();
        const auto start = std::chrono::steady_clock::now();
        listener.evaluator().cancel();
        const auto answer = listener.wait(1);
        const auto waited = std::chrono::steady_clock::now() - start;
        QVERIFY(answer.error && answer.error->kind == Error::Kind::Cancelled && !answer.replay);
        QVERIFY2(waited < 10s, std::to_string(std::chrono::duration<double>(waited).count()).c_str());
        listener.evaluator().request({chain(3, "[1.]"), 2});
        QVERIFY(listener.wait(2).replay);
    }

    void waitingRequestIsCancelledToo()
    {
        Listener listener;
        listener.evaluator().request({endless(), 1});
        listener.waitForRead();
        listener.evaluator().request({endless(), 2});
        listener.evaluator().cancel();
        const auto answer = listener.wait(2);
        QVERIFY(answer.error && answer.error->kind == Error::Kind::Cancelled);
        QCOMPARE(listener.answers().size(), 1u);
    }

    void destructionWaitsForNothing()
    {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; ++i) {
            Listener listener;
            listener.evaluator().request({endless(), 1});
            if (i % 2)
                std::this_thread::sleep_for(std::chrono::milliseconds(i));
            listener.evaluator().request({endless(), 2});
        }
        QVERIFY(std::chrono::steady_clock::now() - start < 10s);
    }

    void progressCountsEvaluationAndPassesAsOne()
    {
        Graph graph = chain(60'000, "1.");
        for (int i = 0; i < 3; ++i)
            graph.backward.push_back(Pass{.roots = {{{std::uint32_t(graph.size())}}}, .retainGraph = true});
        Listener listener;
        const auto start = std::chrono::steady_clock::now();
        listener.evaluator().request({graph, 1});
        QVERIFY(listener.wait(1).replay);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const auto progress = listener.progress();
        QVERIFY(!progress.empty());
        QVERIFY(double(progress.size()) <= seconds * 30 + 1);
        QVERIFY(std::ranges::is_sorted(progress, {}, &BackgroundEvaluator::Progress::done));
        for (const auto& report : progress) {
            QCOMPARE(report.total, 4 * graph.size());
            QVERIFY(report.done <= report.total && report.serial == 1);
        }
        QVERIFY(progress.back().done > graph.size());
    }

    void memoryThatRunsOutAnywhereIsAnError()
    {
        std::promise<BackgroundEvaluator::Answer> answer;
        BackgroundEvaluator evaluator({}, [&](BackgroundEvaluator::Answer made) { answer.set_value(std::move(made)); },
                                      [](BackgroundEvaluator::Progress) { throw std::bad_alloc(); });
        evaluator.request({chain(300'000, "1."), 1});
        const auto made = answer.get_future().get();
        QVERIFY(made.error && words(*made.error) == words(outOfMemory()));
    }

    void fileIsReadAgainWhenItHasChanged()
    {
        const QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        Listener listener([](const fs::path& path) -> Result<Tensor> {
            auto array = readNpy(path);
            return array ? Result(array->tensor) : array.error();
        });
        Graph graph;
        Node node{.name = "x", .op = "tensor"};
        node.setAttribute("file", "x.npy");
        graph.add(std::move(node));
        std::uint64_t serial = 0;
        const auto value = [&] {
            listener.evaluator().request({graph, ++serial, root});
            const auto answer = listener.wait(serial);
            const NodeResult& result = answer.replay->run().evaluation[{1}];
            return result.error ? words(*result.error) : text(result.outputs[0].tensor());
        };
        const auto age = [&](std::chrono::seconds seconds) {
            fs::last_write_time(root / "x.npy", fs::file_time_type::clock::now() - seconds);
        };

        QVERIFY(value().starts_with("FileError: "));
        QVERIFY(!writeNpy(root / "x.npy", Tensor::vector({1, 2})));
        QCOMPARE(value(), "float32 [2] {1.0, 2.0}");
        QCOMPARE(value(), "float32 [2] {1.0, 2.0}");
        QCOMPARE(listener.reads(), 3);  // One so young may still change unseen.
        age(100s);
        QCOMPARE(value(), "float32 [2] {1.0, 2.0}");
        QCOMPARE(value(), "float32 [2] {1.0, 2.0}");
        QCOMPARE(listener.reads(), 4);
        QVERIFY(!writeNpy(root / "x.npy", Tensor::vector({3, 4})));
        age(50s);
        QCOMPARE(value(), "float32 [2] {3.0, 4.0}");
        age(100s);
        QCOMPARE(value(), "float32 [2] {3.0, 4.0}");
        fs::remove(root / "x.npy");
        QVERIFY(value().starts_with("FileError: "));
    }
};

QTEST_GUILESS_MAIN(EvaluationTest)
#include "tst_evaluation.moc"

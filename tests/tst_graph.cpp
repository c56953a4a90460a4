// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/name.h"
#include "engine/graph/plan.h"
#include "engine/io/document.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <pthread.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>

using namespace chainrule;

namespace {

const QString fixtures = QStringLiteral(FIXTURES_DIR "/documents/");

std::string bytesOf(const QString& fixture)
{
    QFile file(fixtures + fixture);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// A document with these nodes and, behind a comma, these further fields.
std::string document(const std::string& nodes, const std::string& more = {})
{
    return R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]" + more + "}";
}

QByteArray message(const auto& result)
{
    return result ? QByteArray() : QByteArray::fromStdString(result.error().message);
}

/// "b<-a" is a node b that takes a.
Graph graphOf(const std::vector<std::pair<std::string, std::vector<std::string>>>& nodes)
{
    std::string text;
    for (const auto& [name, inputs] : nodes) {
        text += (text.empty() ? "" : ",") + std::string(R"({"op": "f", "name": ")") + name + R"(", "inputs": [)";
        for (std::size_t i = 0; i < inputs.size(); ++i)
            text += (i ? ",\"" : "\"") + inputs[i] + '"';
        text += "]}";
    }
    auto diagram = diagramFromJson(document(text));
    return diagram ? std::move(diagram->graph) : Graph();
}

QString namesOf(const Graph& graph, const std::vector<NodeId>& order)
{
    QString names;
    for (const NodeId id : order)
        names += QString::fromStdString(graph.at(id).name);
    return names;
}

/// Runs `work` on a thread with 128 KiB of stack.
void onSmallStack(std::function<void()> work)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    pthread_t thread;
    const auto run = [](void* f) -> void* {
        (*static_cast<std::function<void()>*>(f))();
        return nullptr;
    };
    if (pthread_create(&thread, &attributes, run, &work) == 0)
        pthread_join(thread, nullptr);
    else
        qFatal("no thread");
    pthread_attr_destroy(&attributes);
}

/// Documents from everything the format has, sources among earlier and later nodes without a cycle.
class RandomDocument {
public:
    explicit RandomDocument(unsigned seed) : m_random(seed) {}

    Diagram diagram()
    {
        Diagram d;
        const int count = below(12);
        // What a node may take is what comes later in this order, so there is no cycle.
        std::vector<int> order(count);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::shuffle(order, m_random);
        for (int i = 0; i < count; ++i) {
            Node node{.name = "n" + std::to_string(i), .op = oneOf({"mul", "split", "", "no.such", "ü\n\""})};
            for (int k = below(4); k > 0; --k)
                node.inputs.push_back(input(order, i));
            while (!node.inputs.empty() && node.inputs.back().isOpen())
                node.inputs.pop_back();
            for (int k = below(4); k > 0; --k)
                node.setAttribute(oneOf({"dim", "value", "dtype", "file", "α", ""}), attribute());
            node.retainGrad = below(4) == 0;
            node.muted = below(4) == 0;
            NodeExtras extras{.comment = text(), .unknownFields = rawFields()};
            if (below(4) == 0)
                extras.unreadAttributes = {{"unread", R"({"a": [1, "b", 99999999999999999999]})"}};
            node.extras = extras;
            const NodeId id = d.graph.add(std::move(node));
            if (below(2))
                d.layout.positions.set(id, point());
        }
        for (int k = count ? below(4) : 0; k > 0; --k)
            d.graph.backward.push_back(step(count));
        for (int k = below(3); k > 0; --k)
            d.graph.frames.push_back({text(), ids(count), below(2) == 0, rawFields()});
        for (int k = below(3); k > 0; --k) {
            d.layout.notes.push_back({text(), point(), {}, rawFields()});
            if (below(2))
                d.layout.notes.back().size = Size{number(), number()};
        }
        for (int k = count ? below(3) : 0; k > 0; --k)
            d.layout.routes.push_back({id(count), text(), item(), {point(), point()}, rawFields()});
        for (int k = 0, n = below(4); k < n; ++k) {
            d.layout.groups.push_back({"g" + std::to_string(k), ids(count), {}, {}, below(2) == 0, rawFields()});
            if (k > 0)
                d.layout.groups[below(k)].groups.push_back("g" + std::to_string(k));
            if (below(2))
                d.layout.groups.back().position = point();
        }
        if (below(2))
            d.lesson = R"({"steps": [{"text": "x"}]})";
        d.unknownFields = rawFields();
        return d;
    }

private:
    int below(int n) { return std::uniform_int_distribution(0, n - 1)(m_random); }
    std::string oneOf(std::initializer_list<const char*> texts) { return texts.begin()[below(int(texts.size()))]; }
    NodeId id(int count) { return {std::uint32_t(below(count) + 1)}; }
    std::vector<NodeId> ids(int count)
    {
        std::vector<NodeId> result;
        for (int k = count ? below(4) : 0; k > 0; --k)
            result.push_back(id(count));
        return result;
    }
    std::string text() { return oneOf({"", "plain", "\"\\/\b\f\n\r\t\x01\x7f", "Größe 🙂", "a:b, {}[]"}); }
    double number()
    {
        switch (below(4)) {
        case 0: return below(1000);
        case 1: return std::bit_cast<double>((m_random() & 0xBFEF'FFFF'FFFF'FFFF));
        case 2: return -0.5 * below(1000);
        default: return std::ldexp(below(1000), below(2000) - 1000);
        }
    }
    Point point() { return {number(), number()}; }
    std::optional<std::int64_t> item() { return below(2) ? std::optional<std::int64_t>(below(9)) : std::nullopt; }
    RawFields rawFields()
    {
        if (below(3))
            return {};
        return {{"other", R"([1.50, {"a": null}])"}, {"näher \"", "1E5"}};
    }
    Source source(int node) { return {{std::uint32_t(node + 1)}, oneOf({"", "", "values", "0", "x:y"})}; }
    Input input(const std::vector<int>& order, int of)
    {
        const auto begin = std::ranges::find(order, of) + 1;
        const int later = int(order.end() - begin);
        if (later == 0 || below(4) == 0)
            return {};
        if (below(2))
            return {source(begin[below(later)])};
        SourceList list;
        for (int k = below(4); k > 0; --k)
            list.push_back(below(3) ? std::optional(source(begin[below(later)])) : std::nullopt);
        return {list};
    }
    Attribute attribute()
    {
        switch (below(12)) {
        case 0: return None();
        case 1: return below(2) == 0;
        case 2: return std::int64_t(m_random());
        case 3: return number();
        case 4: return text();
        case 5: return IntList{};
        case 6: return IntList{std::int64_t(m_random()), -1};
        case 7: return OptionalIntList{1, std::nullopt};
        case 8: return IntListList{{1, 2}, {}};
        case 9: return FloatList{number(), std::numeric_limits<double>::infinity()};
        case 10: return -0.0;
        default: return FloatList{-std::numeric_limits<double>::infinity(), 2};
        }
    }
    BackwardStep step(int count)
    {
        if (below(4) == 0)
            return ZeroGrad{below(2) == 0, rawFields()};
        Pass pass{.roots = {source(below(count))}};
        if (below(2))
            pass.gradients = {std::nullopt, source(below(count))};
        if (below(2))
            pass.retainGraph = below(2) == 0;
        pass.createGraph = below(2) == 0;
        if (below(2))
            pass.inputs = {source(below(count))};
        pass.unknownFields = rawFields();
        return pass;
    }

    std::mt19937_64 m_random;
};

}  // namespace

class GraphTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesArePythonIdentifiers()
    {
        for (const char* name : {"x", "_", "x1", "torch", "np", "match", "X_1", "none", "print"})
            QVERIFY2(isName(name), name);
        for (const char* name : {"", "1x", "x y", "ä", "x:0", "x-y", "lambda", "None", "True", "yield", "as", "x\n"})
            QVERIFY2(!isName(name), name);
    }

    void nodesAreFoundByIdAndNameWhateverIsAddedRenamedAndRemoved()
    {
        std::mt19937 random(7);
        Graph graph;
        std::map<std::uint32_t, std::string> expected;
        for (int i = 0; i < 3000; ++i) {
            const int action = int(random() % 4);
            auto some = expected.begin();
            if (!expected.empty())
                std::advance(some, random() % expected.size());
            const std::string name = "n" + std::to_string(i);
            if (action < 2 || expected.empty()) {
                expected[graph.add(Node{.name = name, .op = "f"}).value] = name;
            } else if (action == 2) {
                Node renamed = graph.at({some->first});
                renamed.name = name;
                graph.replace({some->first}, renamed);
                some->second = name;
            } else {
                const NodeId gone[] = {{some->first}, {some->first}, {99999}};
                graph.remove(gone);
                QVERIFY(!graph.find(some->second));
                QVERIFY(!graph.contains(gone[0]));
                expected.erase(some);
            }
            QCOMPARE(graph.size(), expected.size());
        }
        std::size_t index = 0;
        for (const auto& [id, name] : expected) {
            QCOMPARE(graph.ids()[index].value, id);
            QCOMPARE(graph[index].name, name);
            QCOMPARE(*graph.indexOf({id}), index);
            QCOMPARE(graph.find(name)->value, id);
            ++index;
        }
        QVERIFY(!graph.contains({}));
    }

    void copiesShareNodesAndDoNotSeeChanges()
    {
        Graph graph = graphOf({{"a", {}}, {"b", {"a"}}});
        const Graph before = graph;
        QVERIFY(graph == before);
        QCOMPARE(graph.share({1}).get(), before.share({1}).get());
        Node changed = graph.at({2});
        changed.muted = true;
        graph.replace({2}, changed);
        QVERIFY(graph != before);
        QVERIFY(!before.at({2}).muted);
        changed.muted = false;
        graph.replace({2}, changed);
        QVERIFY(graph == before);
    }

    void attributesAreComparedByTheirBits()
    {
        Node a{.name = "a", .op = "number"};
        a.setAttribute("value", 0.0);
        Node b = a;
        b.setAttribute("value", -0.0);
        QVERIFY(!(a == b));
        b.setAttribute("value", std::int64_t(0));
        QVERIFY(!(a == b));
        a.setAttribute("value", FloatList{std::nan(""), 1});
        b = a;
        QVERIFY(a == b);
        b.setAttribute("value", FloatList{std::nan(""), -0.0});
        QVERIFY(!(a == b));
    }

    void positionsKeepTheOrderOfIds()
    {
        Positions positions;
        for (const std::uint32_t id : {5u, 2u, 9u, 2u, 7u})
            positions.set({id}, {double(id), double(positions.entries().size())});
        QCOMPARE(positions.entries().size(), 4u);
        QVERIFY(std::ranges::is_sorted(positions.entries(), {}, &Positions::Entry::node));
        QCOMPARE(positions.find({2})->y, 3.0);
        positions.erase({5});
        positions.erase({6});
        QVERIFY(!positions.find({5}));
        QCOMPARE(positions.entries().size(), 3u);
    }

    void planTakesTheFirstReadyNodeInDocumentOrder_data()
    {
        QTest::addColumn<QString>("nodes");
        QTest::addColumn<QString>("order");
        QTest::newRow("empty") << "" << "";
        QTest::newRow("in order") << "a b:a c:ab" << "abc";
        QTest::newRow("unrelated nodes stay") << "c a b" << "cab";
        QTest::newRow("reversed") << "c:b b:a a" << "abc";
        QTest::newRow("only what must wait waits") << "d:z a b z c" << "abzdc";
        QTest::newRow("a freed node runs before later ones") << "x:b a b c" << "abxc";
        QTest::newRow("not by level") << "e:d d:c a b c" << "abcde";
        QTest::newRow("two freed at once") << "y:a x:a a b" << "ayxb";
        QTest::newRow("input twice") << "b:aa a c:bb" << "abc";
    }

    void planTakesTheFirstReadyNodeInDocumentOrder()
    {
        QFETCH(QString, nodes);
        std::vector<std::pair<std::string, std::vector<std::string>>> list;
        for (const QString& word : nodes.split(u' ', Qt::SkipEmptyParts)) {
            list.push_back({word.left(1).toStdString(), {}});
            for (const QChar input : word.mid(2))
                list.back().second.push_back(QString(input).toStdString());
        }
        const Graph graph = graphOf(list);
        QCOMPARE(graph.size(), list.size());
        const auto order = plan(graph);
        QVERIFY2(order, message(order));
        QTEST(namesOf(graph, *order), "order");
    }

    void planOfRandomGraphsIsTheOneOfTheDefinition()
    {
        for (unsigned seed = 0; seed < 300; ++seed) {
            const Graph graph = RandomDocument(seed).diagram().graph;
            std::vector<NodeId> expected;
            while (expected.size() < graph.size())
                for (const NodeId id : graph.ids()) {
                    const auto isDone = [&](NodeId node) { return std::ranges::count(expected, node) > 0; };
                    bool isReady = !isDone(id);
                    forEachSource(graph.at(id), [&](const Source& s) { isReady &= isDone(s.node); });
                    if (isReady) {
                        expected.push_back(id);
                        break;
                    }
                }
            const auto order = plan(graph);
            QVERIFY2(order, message(order));
            QVERIFY2(*order == expected, std::to_string(seed).c_str());
        }
    }

    void chainOfAMillionNeedsNoStack()
    {
        onSmallStack([] {
            constexpr std::uint32_t count = 1'000'000;
            Graph graph;
            graph.reserve(count);
            // Backwards, so that the document's order is not the plan.
            for (std::uint32_t i = 1; i <= count; ++i) {
                Node node{.name = "n" + std::to_string(i), .op = "neg"};
                if (i < count)
                    node.inputs.push_back({Source{{i + 1}}});
                graph.add(std::move(node));
            }
            const auto order = plan(graph);
            QVERIFY(order);
            QCOMPARE(order->front().value, count);
            QCOMPARE(order->back().value, 1u);

            Node last = graph.at({count});
            last.inputs.push_back({Source{{1}}});
            graph.replace({count}, std::move(last));
            const auto cycle = plan(graph);
            QVERIFY(!cycle);
            QVERIFY2(cycle.error().message.ends_with("and 999990 more form a cycle"), message(cycle));
        });
    }

    void sampleIsReadFieldByField()
    {
        const auto d = diagramFromJson(bytesOf(u"sample.chainrule"_qs));
        QVERIFY2(d, message(d));
        const Graph& g = d->graph;
        QCOMPARE(g.size(), 8u);
        QCOMPARE(g[0].name, "x");
        QCOMPARE(g[0].op, "tensor");
        QVERIFY(g[0].attributes.at("value") == Attribute("3."));
        QVERIFY(g[1].attributes.at("requires_grad") == Attribute(true));
        QVERIFY(g[3].retainGrad);
        QVERIFY(g[3].inputs[1] == Input{Source{*g.find("y")}});
        QVERIFY(g[4].attributes.at("value") == Attribute(std::int64_t(2)));
        const SourceList tensors = {Source{*g.find("m"), "values"}, Source{*g.find("w")}};
        QVERIFY(g[7].inputs[0] == Input{tensors});
        QVERIFY(d->layout.positions.find(g.ids()[1]) == Point(0, 120));
        QVERIFY(!d->layout.positions.find(g.ids()[2]));
        const auto* pass = std::get_if<Pass>(&g.backward.at(0));
        QVERIFY(pass);
        QVERIFY(pass->roots == std::vector{Source{*g.find("q")}});
        QCOMPARE(canonicalJson(*d), bytesOf(u"sample.chainrule"_qs));
    }

    void everyFieldIsRead()
    {
        const auto d = diagramFromJson(bytesOf(u"every_field.chainrule"_qs));
        QVERIFY2(d, message(d));
        const Graph& g = d->graph;
        const auto named = [&](const char* name) { return *g.find(name); };
        const auto attribute = [&](const char* node, const char* name) {
            const Attributes& attributes = g.at(named(node)).attributes;
            const auto found = attributes.find(name);
            return found == attributes.end() ? Attribute("absent") : found->second;
        };
        QCOMPARE(g.at(named("x")).comment(), "the input");
        QVERIFY(d->layout.positions.find(named("x")) == Point(0, -40.5));
        QVERIFY(d->layout.positions.find(named("m")) == Point(1e20, 0.1));
        QVERIFY(attribute("half", "value") == Attribute(0.5));
        QVERIFY(attribute("yes", "value") == Attribute(true));
        QVERIFY(attribute("huge", "value") == Attribute("inf"));
        QVERIFY(attribute("r", "dim") == Attribute(IntList{}));
        QVERIFY(attribute("r", "dtype") == Attribute(None()));
        QVERIFY(attribute("noise", "dtype") == Attribute("float64"));
        QVERIFY(attribute("i", "output_size") == Attribute(OptionalIntList{std::nullopt, 3}));
        QVERIFY(attribute("t", "dims") == Attribute(IntListList{{0}, {1}}));
        QVERIFY(attribute("g", "spacing") == Attribute(FloatList{0.5, 1, 1e-5, 1e16, -0.0}));
        QVERIFY(std::signbit(std::get<FloatList>(attribute("g", "spacing")).back()));
        const RawFields unread = {{"big", "99999999999999999999"}, {"map", R"({"a": [1, "b"]})"},
                                  {"mixed", R"([1, "b"])"}};
        QVERIFY(g.at(named("wrong")).extras->unreadAttributes == unread);
        QVERIFY(g.at(named("wrong")).hasAttribute("map"));
        QVERIFY(g.at(named("k")).muted);
        QVERIFY(g.at(named("k")).inputs[1].isOpen());
        QCOMPARE(g.at(named("c")).inputs[0].list()->size(), 3u);

        QCOMPARE(g.backward.size(), 4u);
        const auto& pass = std::get<Pass>(g.backward[0]);
        QVERIFY(pass.gradients == (std::vector<std::optional<Source>>{std::nullopt, Source{named("g")}}));
        QVERIFY(pass.retainGraph == true && pass.createGraph);
        QVERIFY(pass.inputs == (std::vector<Source>{{named("x")}, {named("s"), "0"}}));
        QVERIFY(std::get<ZeroGrad>(g.backward[1]).setToNone);
        QVERIFY(std::get<Pass>(g.backward[2]).retainGraph == false);
        QVERIFY(!std::get<Pass>(g.backward[2]).inputs);
        QVERIFY(!std::get<ZeroGrad>(g.backward[3]).setToNone);
        QVERIFY(g.frames[1].noGrad && !g.frames[0].noGrad);
        QCOMPARE(d->layout.notes[0].text, "A note\non two lines");
        QVERIFY(d->layout.notes[0].size == Size(200, 80));
        QVERIFY(!d->layout.notes[1].size);
        QVERIFY(d->layout.routes[0].points == (std::vector<Point>{{10, 40}, {20.5, 40}}));
        QVERIFY(d->layout.routes[1].item == 0 && !d->layout.routes[0].item);
        QVERIFY(d->layout.groups[0].isOpen && d->layout.groups[0].groups == std::vector<std::string>{"inner"});
        QVERIFY(!d->layout.groups[1].position);
        QCOMPARE(d->lesson, R"({"title": "One step", "steps": [{"text": "…"}]})");
        // The file is in canonical form, so nothing was lost.
        QCOMPARE(canonicalJson(*d), bytesOf(u"every_field.chainrule"_qs));
    }

    void documentsOfVersion1OpenForEver_data()
    {
        QTest::addColumn<QString>("name");
        for (const QString& name : QDir(fixtures).entryList({u"*.chainrule"_qs}))
            QTest::newRow(qPrintable(name)) << name;
    }

    void documentsOfVersion1OpenForEver()
    {
        QFETCH(QString, name);
        const std::string source = bytesOf(name);
        const auto loaded = documentFromJson(source);
        QVERIFY2(loaded, message(loaded));
        QCOMPARE(savedText(*loaded, loaded->diagram), source);

        const std::string canonical = canonicalJson(loaded->diagram);
        const auto again = diagramFromJson(canonical);
        QVERIFY2(again, message(again));
        QVERIFY(*again == loaded->diagram);
        QCOMPARE(canonicalJson(*again), canonical);

        Diagram changed = loaded->diagram;
        changed.layout.notes.push_back({.text = "new"});
        QVERIFY(savedText(*loaded, changed) != source);
        changed.layout.notes.pop_back();
        QCOMPARE(savedText(*loaded, changed), source);
    }

    void unknownFieldsAreSavedAsTheyWere()
    {
        const auto d = diagramFromJson(bytesOf(u"unknown_fields.chainrule"_qs));
        QVERIFY2(d, message(d));
        QCOMPARE(QString::fromStdString(canonicalJson(*d)), QStringLiteral(R"({
  "format": "chainrule",
  "version": 1,
  "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "1."}, "colour": "#ff8800", "tags": ["a", {"b": [], "\u00e9": "\ud83d\ude00"}], "z": null}
  ],
  "backward": [
    {"roots": ["x"], "why": "because"},
    {"zero_grad": "none", "also": 1}
  ],
  "frames": [{"title": "F", "nodes": [], "hue": 0.5}],
  "notes": [{"text": "N", "position": [0, 0], "pinned": true}],
  "routes": [{"to": "x", "parameter": "input", "points": [], "style": "dashed"}],
  "groups": [{"name": "G", "nodes": [], "icon": "\/box"}],
  "written by": {"program": "Elsewhere", "numbers": [1.50, 1E2, -0, 18446744073709551616, 0.1000000000000000055]},
  "zoom": 1.0
}
)"));
    }

    void attributesGoByTheirJsonType_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("python");  // Empty: nothing that an attribute holds.
        QTest::addColumn<QString>("canonical");
        const auto row = [](const char* json, const char* python, const char* canonical = nullptr) {
            QTest::newRow(json) << json << python << (canonical ? canonical : json);
        };
        row("2", "2");
        row("2.0", "2.0");
        row("1e3", "1000.0", "1000.0");
        row("-0", "0", "0");
        row("-0.0", "-0.0");
        row("true", "True");
        row("null", "None");
        row("\"nan\"", "'nan'");
        row("\"float32\"", "'float32'");
        row("9223372036854775807", "9223372036854775807");
        row("-9223372036854775808", "-9223372036854775808");
        row("9223372036854775808", "");
        row("-9223372036854775809", "");
        row("0.1000000000000000055", "0.1", "0.1");
        row("1E400000000000000000000000", nullptr);
        row("5e-324", "5e-324");
        row("1e-400", "0.0", "0.0");
        row("[]", "[]");
        row("[[]]", "[[]]");
        row("[1,2]", "[1, 2]", "[1, 2]");
        row("[1, 2.5]", "[1.0, 2.5]", "[1.0, 2.5]");
        row("[1, \"nan\"]", "[1.0, float('nan')]", "[1.0, \"nan\"]");
        row("[\"inf\", \"-inf\"]", "[float('inf'), float('-inf')]");
        row("[null]", "[None]");
        row("[1, null]", "[1, None]");
        row("[1.5, null]", "");
        row("[true]", "");
        row("[1, true]", "");
        row("[\"a\"]", "");
        row("[[1], 2]", "");
        row("[[1.5]]", "");
        row("[[[1]]]", "");
        row("[9223372036854775808]", "");
        row("{}", "");
        row("{\"a\" :[ 1,2 ] }", "", "{\"a\": [1, 2]}");
    }

    void attributesGoByTheirJsonType()
    {
        QFETCH(QString, json);
        QFETCH(QString, python);
        QFETCH(QString, canonical);
        const auto d = diagramFromJson(
            document(R"({"name": "x", "op": "f", "attributes": {"a": )" + json.toStdString() + "}}"));
        if (python.isNull()) {
            QVERIFY(!d);
            return;
        }
        QVERIFY2(d, message(d));
        const Node& node = d->graph[0];
        QVERIFY(node.hasAttribute("a"));
        if (python.isEmpty())
            QCOMPARE(node.extras->unreadAttributes.at(0).json, canonical.toStdString());
        else
            QCOMPARE(QString::fromStdString(chainrule::python(node.attributes.at("a"))), python);
        const std::string saved = canonicalJson(*d);
        QVERIFY2(saved.find("\"attributes\": {\"a\": " + canonical.toStdString() + "}}") != saved.npos,
                 saved.c_str());
    }

    void canonicalFormIsAFixedPoint()
    {
        const unsigned seed = std::random_device()();
        qInfo("seeds from %u", seed);
        for (unsigned i = 0; i < 1000; ++i) {
            const Diagram made = RandomDocument(seed + i).diagram();
            const std::string text = canonicalJson(made);
            const auto read = diagramFromJson(text);
            QVERIFY2(read, (text + message(read).toStdString()).c_str());
            if (canonicalJson(*read) != text || !(*read == made))
                QCOMPARE(canonicalJson(*read) + std::to_string(seed + i), text);
        }
    }

    void whatIsNoUtf8IsWrittenSoThatItCanBeRead()
    {
        Diagram d;
        for (const char* bad : {"\xff", "\xc3", "a\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\xf0\x9f\x99"})
            d.layout.notes.push_back({.text = bad});
        const auto read = diagramFromJson(canonicalJson(d));
        QVERIFY2(read, message(read));
        QCOMPARE(read->layout.notes[0].text, "\xEF\xBF\xBD");
        QCOMPARE(read->layout.notes[2].text, "a\xEF\xBF\xBD\xEF\xBF\xBD");
    }

    void depthCostsNoStackAndHasALimit()
    {
        onSmallStack([] {
            const auto nested = [](int depth) {
                return document("", ", \"deep\": " + std::string(depth, '[') + std::string(depth, ']'));
            };
            const auto allowed = diagramFromJson(nested(99));
            QVERIFY2(allowed, message(allowed));
            const auto again = diagramFromJson(canonicalJson(*allowed));
            QVERIFY(again && *again == *allowed);
            QVERIFY(!diagramFromJson(nested(100)));
            const auto refused = diagramFromJson(nested(1'000'000));
            QVERIFY(!refused);
            QVERIFY2(refused.error().message == "line 1, column 159: nested more than 100 deep", message(refused));
        });
    }

    void brokenDocumentsAreRefusedInOneSentence_data();
    void brokenDocumentsAreRefusedInOneSentence()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, message);
        const auto d = diagramFromJson(text.toStdString());
        QVERIFY(!d);
        QCOMPARE(d.error().kind, Error::Kind::Document);
        QCOMPARE(QString::fromStdString(d.error().message), message);
    }

    void everyPrefixOfADocumentIsRefused()
    {
        const std::string text = bytesOf(u"every_field.chainrule"_qs);
        for (std::size_t length = 0; length + 2 < text.size(); ++length) {
            const auto d = diagramFromJson(std::string_view(text).substr(0, length));
            QVERIFY(!d);
            QVERIFY2(d.error().message.starts_with("line "), message(d));
        }
    }

    void damagedDocumentsDoNoHarm()
    {
        const std::string text = bytesOf(u"every_field.chainrule"_qs);
        std::mt19937 random(11);
        const std::string bytes = "{}[]\",:0-.e\\n \xff";
        for (int i = 0; i < 3000; ++i) {
            std::string damaged = text;
            for (int k = 0; k < 3; ++k)
                damaged[random() % damaged.size()] = bytes[random() % bytes.size()];
            if (const auto d = diagramFromJson(damaged)) {
                const auto again = diagramFromJson(canonicalJson(*d));
                QVERIFY2(again, message(again));
                QVERIFY(*again == *d);
            }
        }
    }

    void oneNodeWithManyInputsAndFieldsIsReadInLinearTime()
    {
        std::string inputs = "\"x\"";
        std::string fields;
        for (int i = 0; i < 100'000; ++i) {
            inputs += ", null, \"x\"";
            fields += ", \"f" + std::to_string(i) + "\": 0";
        }
        const auto d = diagramFromJson(
            document(R"({"name": "x", "op": "f"}, {"name": "y", "op": "f", "inputs": [)" + inputs + "]" + fields + "}"));
        QVERIFY2(d, message(d));
        QCOMPARE(d->graph[1].inputs.size(), 200'001u);
        QCOMPARE(d->graph[1].extras->unknownFields.size(), 100'000u);
        const auto twice = diagramFromJson(document("", fields + ", \"f99998\": 1"));
        QVERIFY(!twice);
        QVERIFY2(twice.error().message.ends_with("a key that the object already has"), message(twice));
    }
};

void GraphTest::brokenDocumentsAreRefusedInOneSentence_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const std::string& text, const char* message) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << message;
    };
    // In a document whose only nodes are x and these.
    const auto nodes = [&](const char* name, const std::string& json, const char* message) {
        row(name, document(R"({"name": "x", "op": "f"}, )" + json), message);
    };
    const auto node = [&](const char* name, const std::string& fields, const char* message) {
        nodes(name, R"({"name": "p", "op": "f", )" + fields + "}", message);
    };
    const auto field = [&](const char* name, const std::string& json, const char* message) {
        row(name, document(R"({"name": "x", "op": "f"})", ", " + json), message);
    };

    row("no bytes", "", "line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
    row("blanks", " \n ", "line 2, column 2: unexpected end of input; expected '[', '{', or a literal");
    row("cut", "{\"a\": [1,\n 2", "line 2, column 3: unexpected end of input; expected ']'");
    row("cut string", "{\"a", "line 1, column 4: invalid string: missing closing quote");
    row("trailing comma", "{\"a\": [1,\n ]}", "line 2, column 2: unexpected ']'; expected '[', '{', or a literal");
    row("missing comma", "{\"a\": 1 \"bcd\": 2}", "line 1, column 9: unexpected string literal; expected '}'");
    row("missing colon", "{\"a\" 1}", "line 1, column 6: unexpected number literal; expected ':'");
    row("key without quotes", "{a: 1}", "line 1, column 2: invalid literal");
    row("single quotes", "{'a': 1}", "line 1, column 2: invalid literal");
    row("comment", "{} // x", "line 1, column 4: invalid literal");
    row("bytes behind", document("") + "\n{}", "line 2, column 1: unexpected '{'; expected end of input");
    row("NUL behind", document("") + std::string(1, '\0'), "line 1, column 51: a NUL byte");
    row("NUL inside", "{\"a\0\": 1}" + std::string(1, '\0'), "line 1, column 4: a NUL byte");
    row("NaN", "{\"a\": NaN}", "line 1, column 7: invalid literal");
    row("leading zero", "{\"a\": 01}", "line 1, column 8: unexpected number literal; expected '}'");
    row("plus", "{\"a\": +1}", "line 1, column 7: invalid literal");
    row("no digit", "{\"a\": 1.}", "line 1, column 9: invalid number; expected digit after '.'");
    row("hex", "{\"a\": 0x10}", "line 1, column 8: invalid literal");
    row("beyond double", "{\"ä\": 1e999}", "line 1, column 7: the number is too large");
    row("line end in string", "{\"a\nb\": 1}", "line 1, column 4: invalid string: control character U+000A (LF) must be "
                                              "escaped to \\u000A or \\n");
    row("bad escape", "{\"\\q\": 1}", "line 1, column 4: invalid string: forbidden character after backslash");
    row("half surrogate", "{\"\\ud800\": 1}", "line 1, column 9: invalid string: surrogate U+D800..U+DBFF must be "
                                              "followed by U+DC00..U+DFFF");
    row("no UTF-8", "{\"\xff\": 1}", "line 1, column 3: invalid string: ill-formed UTF-8 byte");
    row("Latin-1", "{\"\xe4\": 1}", "line 1, column 4: invalid string: ill-formed UTF-8 byte");
    row("UTF-16", std::string("\xff\xfe{\0", 4), "line 1, column 4: a NUL byte");
    row("a list", "[1]", "line 1, column 1: the outermost value must be an object");
    row("a number", "  7 ", "line 1, column 3: the outermost value must be an object");
    row("key twice", document("", ", \"nodes\": []"), "line 1, column 52: a key that the object already has");
    row("key twice in a node", document("{\"name\": \"x\",\n\"op\": \"f\", \"name\": \"y\"}"),
        "line 2, column 12: a key that the object already has");
    row("key twice by escape", document("", ", \"u\": {\"a\": 1, \"\\u0061\": 2}"),
        "line 1, column 66: a key that the object already has");

    row("no format", R"({"version": 1, "nodes": []})", "field \"format\": missing");
    row("other format", R"({"format": "Chainrule", "version": 1, "nodes": []})",
        "field \"format\": must be \"chainrule\"");
    row("no version", R"({"format": "chainrule", "nodes": []})", "field \"version\": missing");
    row("version 2", R"({"format": "chainrule", "nodes": [{"title": 1}], "version": 2})",
        "field \"version\": version 2 is unknown, this program reads version 1");
    row("version 1.0", R"({"format": "chainrule", "version": 1.0, "nodes": []})",
        "field \"version\": must be the int 1");
    row("version as text", R"({"format": "chainrule", "version": "1", "nodes": []})",
        "field \"version\": must be the int 1");
    row("no nodes", R"({"format": "chainrule", "version": 1})", "field \"nodes\": missing");
    row("nodes by name", R"({"format": "chainrule", "version": 1, "nodes": {"x": {}}})",
        "field \"nodes\": must be a list");

    nodes("node is text", "\"y\"", "node 2: must be an object");
    nodes("no name", R"({"op": "f"})", "node 2, field \"name\": missing");
    nodes("name is a number", R"({"op": "f", "name": 1})", "node 2, field \"name\": must be a string");
    nodes("empty name", R"({"op": "f", "name": ""})", "node 2, field \"name\": \"\" is no ASCII Python identifier");
    nodes("name with blank", R"({"op": "f", "name": "a b"})",
          "node 2, field \"name\": \"a b\" is no ASCII Python identifier");
    nodes("name beyond ASCII", R"({"op": "f", "name": "größe"})",
          "node 2, field \"name\": \"größe\" is no ASCII Python identifier");
    nodes("name is a keyword", R"({"op": "f", "name": "lambda"})",
          "node 2, field \"name\": \"lambda\" is a keyword of Python");
    nodes("name twice", R"({"op": "f", "name": "x"})", "node \"x\", field \"name\": two nodes have this name");
    nodes("no op", R"({"name": "p"})", "node \"p\", field \"op\": missing");
    nodes("op is null", R"({"op": null, "name": "p"})", "node \"p\", field \"op\": must be a string");
    const char* inputsRule = "node \"p\", field \"inputs\": must be a list of node names, lists of them, and nulls";
    node("inputs is text", R"("inputs": "x")", inputsRule);
    node("inputs is null", R"("inputs": null)", inputsRule);
    node("input is a number", R"("inputs": ["x", 1])", inputsRule);
    node("list in a list", R"("inputs": [["x", ["x"]]])", inputsRule);
    node("unknown input", R"("inputs": ["x", "q"])", "node \"p\", field \"inputs\": there is no node \"q\"");
    node("unknown output's node", R"("inputs": ["q:0"])", "node \"p\", field \"inputs\": there is no node \"q\"");
    node("unknown input in a list", R"("inputs": [["x", "q"]])",
         "node \"p\", field \"inputs\": there is no node \"q\"");
    node("input is no name", R"("inputs": ["x y"])", "node \"p\", field \"inputs\": there is no node \"x y\"");
    node("empty input", R"("inputs": [""])", "node \"p\", field \"inputs\": there is no node \"\"");
    node("no output behind the colon", R"("inputs": ["x:"])",
         "node \"p\", field \"inputs\": there is no output's name behind the colon of \"x:\"");
    node("attributes is a list", R"("attributes": [])", "node \"p\", field \"attributes\": must be an object");
    const char* pointRule = "node \"p\", field \"position\": must be a list of two numbers, [x, y]";
    node("position of three", R"("position": [1, 2, 3])", pointRule);
    node("position of text", R"("position": ["1", 2])", pointRule);
    node("position is null", R"("position": null)", pointRule);
    node("retain_grad is 1", R"("retain_grad": 1)", "node \"p\", field \"retain_grad\": must be true or false");
    node("muted is text", R"("muted": "true")", "node \"p\", field \"muted\": must be true or false");
    node("comment is a list", R"("comment": ["a"])", "node \"p\", field \"comment\": must be a string");
    node("the node's name stands last", R"("inputs": ["p"])",
         "node \"p\", field \"inputs\": the node is its own input");
    nodes("name behind the wrong field", R"({"muted": 0, "op": "f", "name": "late"})",
          "node \"late\", field \"muted\": must be true or false");
    node("cycle", R"("inputs": ["q"]}, {"name": "q", "op": "f", "inputs": [["p"]])",
         "node \"p\", field \"inputs\": the nodes p, q form a cycle");
    node("cycle beside a chain",
         R"("inputs": ["a"]}, {"name": "a", "op": "f", "inputs": ["c"]}, {"name": "b", "op": "f", "inputs": ["a"]},
            {"name": "c", "op": "f", "inputs": ["x", "b"])",
         "node \"a\", field \"inputs\": the nodes a, b, c form a cycle");
    node("long text in a message", "\"inputs\": [\"" + std::string(59, 'x') + "ä" + std::string(999, 'x') + "\"]",
         ("node \"p\", field \"inputs\": there is no node \"" + std::string(59, 'x') + "…\"").c_str());

    field("backward is an object", R"("backward": {})", "field \"backward\": must be a list");
    field("pass is a name", R"("backward": ["x"])", "backward pass 1: must be an object");
    field("pass without roots", R"("backward": [{"gradients": []}])",
          "backward pass 1, field \"roots\": must name a node");
    field("roots is a name", R"("backward": [{"roots": "x"}])", "backward pass 1, field \"roots\": must be a list");
    field("root is null", R"("backward": [{"roots": ["x"]}, {"roots": [null]}])",
          "backward pass 2, field \"roots\": must name a node, as \"node\" or \"node:output\"");
    field("unknown root", R"("backward": [{"roots": ["q"]}])",
          "backward pass 1, field \"roots\": there is no node \"q\"");
    field("unknown gradient", R"("backward": [{"roots": ["x"], "gradients": [null, "q"]}])",
          "backward pass 1, field \"gradients\": there is no node \"q\"");
    field("unknown leaf", R"("backward": [{"roots": ["x"], "inputs": ["q"]}])",
          "backward pass 1, field \"inputs\": there is no node \"q\"");
    field("create_graph is null", R"("backward": [{"roots": ["x"], "create_graph": null}])",
          "backward pass 1, field \"create_graph\": must be true or false");
    field("retain_graph is 0", R"("backward": [{"roots": ["x"], "retain_graph": 0}])",
          "backward pass 1, field \"retain_graph\": must be true, false or null");
    field("zero_grad to one", R"("backward": [{"zero_grad": "ones"}])",
          "backward pass 1, field \"zero_grad\": must be \"none\" or \"zeros\"");
    field("zero_grad with roots", R"("backward": [{"zero_grad": "none", "roots": ["x"]}])",
          "backward pass 1, field \"roots\": does not go with \"zero_grad\"");
    field("frame is null", R"("frames": [null])", "frame 1: must be an object");
    field("unknown node in a frame", R"("frames": [{"nodes": ["x"]}, {"nodes": ["x", "q"]}])",
          "frame 2, field \"nodes\": there is no node \"q\"");
    field("output in a frame", R"("frames": [{"nodes": ["x:0"]}])",
          "frame 1, field \"nodes\": there is no node \"x:0\"");
    field("title is a number", R"("frames": [{"title": 1}])", "frame 1, field \"title\": must be a string");
    field("no_grad is text", R"("frames": [{"no_grad": "no"}])", "frame 1, field \"no_grad\": must be true or false");
    field("note is text", R"("notes": ["a"])", "note 1: must be an object");
    field("note's size", R"("notes": [{"text": "a", "size": 3}])",
          "note 1, field \"size\": must be a list of two numbers, [width, height]");
    field("route without end", R"("routes": [{"parameter": "input"}])", "route 1, field \"to\": missing");
    field("route without parameter", R"("routes": [{"to": "x"}])", "route 1, field \"parameter\": missing");
    field("route to nowhere", R"("routes": [{"to": "q", "parameter": "input"}])",
          "route 1, field \"to\": there is no node \"q\"");
    field("route's item", R"("routes": [{"to": "x", "parameter": "input", "item": -1}])",
          "route 1, field \"item\": must be an int from 0, or null");
    field("route's points", R"("routes": [{"to": "x", "parameter": "input", "points": [[1, 2], 3]}])",
          "route 1, field \"points\": must be a list of points, [[x, y], …]");
    field("group without name", R"("groups": [{"nodes": ["x"]}])", "group 1, field \"name\": missing");
    field("group's name", R"("groups": [{"name": "my block"}])",
          "group 1, field \"name\": \"my block\" is no name for Python");
    field("group called as a node", R"("groups": [{"name": "x"}])",
          "group 1, field \"name\": a node is called \"x\"");
    field("group's name twice", R"("groups": [{"name": "a"}, {"name": "a"}])",
          "group \"a\", field \"name\": two groups have this name");
    field("unknown node in a group", R"("groups": [{"name": "a", "nodes": ["q"]}])",
          "group 1, field \"nodes\": there is no node \"q\"");
    field("unknown group in a group", R"("groups": [{"name": "a", "groups": ["x"]}])",
          "group \"a\", field \"groups\": there is no group \"x\"");
    field("group in itself", R"("groups": [{"name": "a", "groups": ["a"]}])",
          "group \"a\", field \"groups\": the group contains itself");
    field("groups in a ring", R"("groups": [{"name": "c"}, {"name": "a", "groups": ["b"]}, {"name": "b", "groups": ["a"]}])",
          "group \"a\", field \"groups\": the group contains itself");
    field("group in two", R"("groups": [{"name": "a", "groups": ["c"]}, {"name": "b", "groups": ["c"]}, {"name": "c"}])",
          "group \"b\", field \"groups\": \"c\" already is in the group \"a\"");
    field("group's groups", R"("groups": [{"name": "a", "groups": [1]}])",
          "group 1, field \"groups\": must be a list of names");
    field("lesson is text", R"("lesson": "x")", "field \"lesson\": must be an object");
}

QTEST_GUILESS_MAIN(GraphTest)
#include "tst_graph.moc"

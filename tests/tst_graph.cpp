// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/name.h"
#include "engine/graph/plan.h"
#include "engine/io/document.h"
#include "tests/broken_documents.h"
#include "tests/places.h"
#include "tests/random_document.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <pthread.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>

using namespace chainrule;

namespace {

const QString fixtures = QString::fromStdString(places::fixture("documents/").string());

std::string bytesOf(const QString& fixture)
{
    QFile file(fixtures + fixture);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
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
        text +=
            (text.empty() ? "" : ",") + std::string(R"({"op": "f", "name": ")") + name + R"(", "inputs": [)";
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

}  // namespace

class GraphTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesArePythonIdentifiers()
    {
        for (const char* name : {"x", "_", "x1", "torch", "np", "match", "X_1", "none", "print"})
            QVERIFY2(isName(name), name);
        for (const char* name :
             {"", "1x", "x y", "ä", "x:0", "x-y", "lambda", "None", "True", "yield", "as", "x\n"})
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
        QTest::newRow("empty") << ""
                               << "";
        QTest::newRow("in order") << "a b:a c:ab"
                                  << "abc";
        QTest::newRow("unrelated nodes stay") << "c a b"
                                              << "cab";
        QTest::newRow("reversed") << "c:b b:a a"
                                  << "abc";
        QTest::newRow("only what must wait waits") << "d:z a b z c"
                                                   << "abzdc";
        QTest::newRow("a freed node runs before later ones") << "x:b a b c"
                                                             << "abxc";
        QTest::newRow("not by level") << "e:d d:c a b c"
                                      << "abcde";
        QTest::newRow("two freed at once") << "y:a x:a a b"
                                           << "ayxb";
        QTest::newRow("input twice") << "b:aa a c:bb"
                                     << "abc";
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
        const RawFields unread = {
            {"big", "99999999999999999999"}, {"map", R"({"a": [1, "b"]})"}, {"mixed", R"([1, "b"])"}};
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
        QVERIFY(d->layout.groups[0].isOpen
                && d->layout.groups[0].groups == std::vector<std::string>{"inner"});
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
        row("9223372036854775808", "9223372036854775808");
        row("18446744073709551615", "18446744073709551615");
        row("18446744073709551616", "");
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
        for (const char* bad :
             {"\xff", "\xc3", "a\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\xf0\x9f\x99"})
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
            QVERIFY2(refused.error().message == "line 1, column 159: nested more than 100 deep",
                     message(refused));
        });
    }

    void brokenDocumentsAreRefusedInOneSentence_data() { addBrokenDocuments(); }
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
        const auto d =
            diagramFromJson(document(R"({"name": "x", "op": "f"}, {"name": "y", "op": "f", "inputs": [)"
                                     + inputs + "]" + fields + "}"));
        QVERIFY2(d, message(d));
        QCOMPARE(d->graph[1].inputs.size(), 200'001u);
        QCOMPARE(d->graph[1].extras->unknownFields.size(), 100'000u);
        const auto twice = diagramFromJson(document("", fields + ", \"f99998\": 1"));
        QVERIFY(!twice);
        QVERIFY2(twice.error().message.ends_with("a key that the object already has"), message(twice));
    }
};

QTEST_GUILESS_MAIN(GraphTest)
#include "tst_graph.moc"

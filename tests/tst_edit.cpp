// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/delta.h"
#include "engine/graph/edit.h"
#include "engine/io/document.h"
#include "engine/io/fragment.h"
#include "tests/edit_rows.h"
#include "tests/random_edits.h"

#include <QElapsedTimer>
#include <QTest>

using namespace chainrule;

namespace {

/// The line of the node in the document after the edit; or the error.
std::string lineOf(const Result<Diagram>& diagram, const char* name)
{
    if (!diagram)
        return diagram.error().message;
    const std::string text = canonicalJson(*diagram);
    const std::size_t begin = text.find(std::string("{\"name\": \"") + name + '"');
    if (begin == text.npos)
        return "no node " + std::string(name);
    const std::size_t end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin);
    return line.ends_with(',') ? line.substr(0, line.size() - 1) : line;
}

/// What stands behind the nodes.
std::string restOf(const Result<Diagram>& diagram)
{
    if (!diagram)
        return diagram.error().message;
    const std::string text = canonicalJson(*diagram);
    return text.substr(text.find("\n  ]") + 4);
}

/// How often the name stands in the text as a whole word.
bool mentions(const std::string& text, const std::string& name)
{
    return text.find('"' + name + '"') != text.npos;
}

}  // namespace

class EditTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachEditChangesItsNode_data() { addEdits(); }
    void eachEditChangesItsNode()
    {
        QFETCH(MakeEdit, edit);
        QFETCH(QByteArray, node);
        QFETCH(QByteArray, line);
        const Diagram before = sample();
        const Diagram same = before;
        const auto after = apply(before, edit(before));
        QCOMPARE(QByteArray::fromStdString(lineOf(after, node.constData())), line);
        QVERIFY(before == same);
        const auto read = diagramFromJson(canonicalJson(*after));
        QVERIFY2(read, message(read));
        QVERIFY(read->graph.size() != after->graph.size() || read->graph == after->graph);
    }

    void whatADocumentCannotHoldIsRefused_data() { addRefusedEdits(); }
    void whatADocumentCannotHoldIsRefused()
    {
        QFETCH(MakeEdit, edit);
        QFETCH(QByteArray, words);
        QFETCH(QByteArray, node);
        const Diagram before = sample();
        const auto after = apply(before, edit(before));
        QVERIFY(!after);
        QCOMPARE(message(after), words);
        QCOMPARE(after.error().kind, Error::Kind::Document);
        QCOMPARE(QByteArray::fromStdString(after.error().node), node);
        QVERIFY(before == sample());
    }

    void removedNodesLeaveNoReference()
    {
        const Diagram d = sample();
        const auto without = [&](std::initializer_list<const char*> names) {
            RemoveNodes edit;
            for (const char* name : names)
                edit.nodes.push_back(named(d, name));
            return apply(d, edit);
        };
        const auto noX = without({"x", "x"});
        QVERIFY2(noX, message(noX));
        QVERIFY(!mentions(canonicalJson(*noX), "x"));
        QCOMPARE(lineOf(noX, "p"),
                 R"({"name": "p", "op": "mul", "inputs": [null, "y"], "position": [200, 0]})");
        QCOMPARE(lineOf(noX, "c"),
                 R"({"name": "c", "op": "cat", "inputs": [["m:values", "y"]], "position": [600, 0]})");
        QCOMPARE(lineOf(noX, "u"), R"({"name": "u", "op": "no.such", "inputs": [null, null, ["y", null]]})");
        QCOMPARE(QByteArray::fromStdString(restOf(noX)), QByteArray(R"(,
  "backward": [
    {"roots": ["s", "p"], "gradients": [null, null], "inputs": ["y"]},
    {"zero_grad": "none"},
    {"roots": ["p"], "gradients": ["y"]}
  ],
  "frames": [{"title": "F", "nodes": ["p", "s"]}],
  "routes": [
    {"to": "p", "parameter": "other", "points": [[2, 2]]},
    {"to": "c", "parameter": "tensors", "item": 0, "points": [[4, 4]]},
    {"to": "c", "parameter": "tensors", "item": 1, "points": [[5, 5]]},
    {"to": "u", "parameter": "other", "points": [[6, 6]]}
  ],
  "groups": [
    {"name": "block", "nodes": ["p", "m"], "groups": ["inner"]},
    {"name": "inner", "nodes": ["y"]}
  ]
}
)"));
        const auto rest = without({"p", "y"});
        QVERIFY2(rest, message(rest));
        QCOMPARE(lineOf(rest, "m"), R"({"name": "m", "op": "max", "attributes": {"dim": 0}})");
        QCOMPARE(QByteArray::fromStdString(restOf(rest)), QByteArray(R"(,
  "backward": [
    {"roots": ["s"], "gradients": [null], "inputs": []},
    {"zero_grad": "none"}
  ],
  "frames": [{"title": "F", "nodes": ["s"]}],
  "routes": [
    {"to": "c", "parameter": "tensors", "item": 0, "points": [[3, 3]]},
    {"to": "c", "parameter": "tensors", "item": 1, "points": [[4, 4]]},
    {"to": "u", "parameter": "other", "points": [[6, 6]]}
  ],
  "groups": [
    {"name": "block", "nodes": ["m"], "groups": ["inner"]},
    {"name": "inner", "nodes": []}
  ]
}
)"));
        const auto noList = without({"x", "y", "m"});
        QCOMPARE(lineOf(noList, "c"), R"({"name": "c", "op": "cat", "inputs": [[]], "position": [600, 0]})");
        const auto nothing = without({"x", "y", "p", "m", "c", "u", "s"});
        QVERIFY(nothing && nothing->graph.empty() && nothing->layout.positions.entries().empty());
        QVERIFY(nothing->layout.routes.empty());
        // Ids are not used again.
        QCOMPARE(nothing->graph.nextId().value, d.graph.nextId().value);
    }

    void bendsBelongToTheirLink()
    {
        const Diagram d = sample();
        const auto routes = [](const Result<Diagram>& after) {
            std::string text;
            for (const Route& route : after->layout.routes)
                text += std::to_string(int(route.points[0].x))
                        + (route.item ? "@" + std::to_string(*route.item) : "") + ' ';
            return text;
        };
        QCOMPARE(routes(d), "1 2 3@0 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, link(d, "x", "p", 0))), "1 2 3@0 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, link(d, "y", "p", 0))), "2 3@0 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, link(d, "y", "c", 0, 1))), "1 2 3@0 5@3 6 ");
        QCOMPARE(routes(apply(d, link(d, "y", "c", 0))), "1 2 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, link(d, "y", "c", 0, 4))), "1 2 3@0 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, Disconnect{to(d, "p", 1)})), "1 3@0 4@1 5@3 6 ");
        QCOMPARE(routes(apply(d, Disconnect{to(d, "c", 0, 0)})), "1 2 4@0 5@2 6 ");
        QCOMPARE(routes(apply(d, Disconnect{to(d, "c", 0, 2)})), "1 2 3@0 4@1 5@2 6 ");
        QCOMPARE(routes(apply(d, Disconnect{to(d, "c", 0)})), "1 2 6 ");
    }

    void whatAnEditLeavesAloneStaysShared()
    {
        const Diagram d = sample();
        const auto after = apply(d, Rename{named(d, "p"), "q"});
        for (const NodeId id : d.graph.ids())
            QCOMPARE(after->graph.share(id) == d.graph.share(id), id != named(d, "p"));
        const auto same = apply(d, Mark{named(d, "p"), false, false, ""});
        QVERIFY(same->graph.share(named(d, "p")) == d.graph.share(named(d, "p")));
    }

    void anEditIsNamedForTheUndoMenu_data() { addLabels(); }
    void anEditIsNamedForTheUndoMenu()
    {
        QFETCH(MakeEdit, edit);
        QFETCH(QByteArray, label);
        const Diagram d = sample();
        QCOMPARE(QByteArray::fromStdString(chainrule::label(d, edit(d))), label);
    }

    void freeNamesAreIdentifiersThatNobodyHas()
    {
        const Diagram d = sample();
        const auto given = [&](const char* wish) { return freeName(d, wish); };
        QCOMPARE(given("mul"), "mul");
        QCOMPARE(given("p"), "p1");
        QCOMPARE(given("block"), "block1");
        QCOMPARE(given("lambda"), "lambda1");
        QCOMPARE(given("linalg.norm"), "norm");
        QCOMPARE(given("weights-größe 2"), "weights_gr__e_2");
        QCOMPARE(given("2nd"), "_2nd");
        QCOMPARE(given(""), "node");
        QCOMPARE(given("a."), "node");
        Diagram numbered = d;
        for (const char* name : {"x1", "x2", "x9", "x01", "x0", "n18446744073709551615"})
            numbered = *apply(numbered, adding(numbered, {name, "neg"}));
        QCOMPARE(freeName(numbered, "x"), "x3");
        QCOMPARE(freeName(numbered, "x2"), "x3");
        QCOMPARE(freeName(numbered, "x9"), "x10");
        QCOMPARE(freeName(numbered, "x01"), "x011");
        QCOMPARE(freeName(numbered, "x0"), "x3");
        QCOMPARE(freeName(numbered, "n18446744073709551615"), "n0");
    }

    void fragmentsComeBackUnderFreeNames()
    {
        const Diagram d = sample();
        const std::vector<NodeId> nodes = {named(d, "c"), named(d, "p"), named(d, "x")};
        const std::string text = fragmentText(d, nodes);
        QCOMPARE(text, R"({
  "format": "chainrule",
  "version": 1,
  "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
    {"name": "p", "op": "mul", "inputs": ["x"], "position": [200, 0]},
    {"name": "c", "op": "cat", "inputs": [["x", "x"]], "position": [600, 0]}
  ]
}
)");
        const auto edit = pasted(d, text, {1000, 500});
        QVERIFY2(edit, message(edit));
        QCOMPARE(edit->title, "Paste x, p, c");
        const auto after = apply(d, *edit);
        QCOMPARE(lineOf(after, "x1"),
                 R"({"name": "x1", "op": "tensor", "attributes": {"value": "3."}, "position": [1000, 500]})");
        QCOMPARE(lineOf(after, "c1"),
                 R"({"name": "c1", "op": "cat", "inputs": [["x1", "x1"]], "position": [1600, 500]})");
        QCOMPARE(diff(d, *after).added.size(), 3u);
        QVERIFY(diff(d, *after).changed.empty());

        const auto beside = apply(d, duplicated(d, nodes, {20, 30}));
        QCOMPARE(lineOf(beside, "p1"),
                 R"({"name": "p1", "op": "mul", "inputs": ["x1", "y"], "position": [220, 30]})");
        QCOMPARE(
            lineOf(beside, "c1"),
            R"({"name": "c1", "op": "cat", "inputs": [["x1", "m:values", "x1", "y"]], "position": [620, 30]})");
        QCOMPARE(restOf(beside), restOf(d));
    }

    void aFragmentMayBeAnyDocument()
    {
        const Diagram d = sample();
        // Nodes before their inputs, without positions, and with everything that is not pasted.
        const auto edit = pasted(d,
                                 document(R"({"name": "b", "op": "neg", "inputs": ["x1"]},
            {"name": "x1", "op": "tensor", "attributes": {"value": "1."}},
            {"name": "x", "op": "tensor", "attributes": {"value": "2."}},
            {"name": "c1", "op": "mul", "inputs": ["b", "x"], "position": [50, 60]})",
                                          R"(, "backward": [{"roots": ["b"]}], "notes": [{"text": "n"}])"),
                                 {100, 200});
        QVERIFY2(edit, message(edit));
        QCOMPARE(edit->title, "Paste 4 Nodes");
        const auto after = apply(d, *edit);
        QVERIFY2(after, message(after));
        QCOMPARE(restOf(after), restOf(d));
        QCOMPARE(lineOf(after, "c1"),
                 R"({"name": "c1", "op": "mul", "inputs": ["b", "x2"], "position": [100, 200]})");
        QCOMPARE(lineOf(after, "b"),
                 R"({"name": "b", "op": "neg", "inputs": ["x1"], "position": [340, 360]})");
        QCOMPARE(lineOf(after, "x2"),
                 R"({"name": "x2", "op": "tensor", "attributes": {"value": "2."}, "position": [100, 520]})");

        const auto empty = pasted(d, document(""), {});
        QVERIFY(empty && empty->edits.empty());
        const auto text = pasted(d, "import torch", {});
        QVERIFY(!text);
        QCOMPARE(message(text), QByteArray("line 1, column 1: invalid literal"));
    }

    void aThousandCopiesAreMadeInNoTime()
    {
        Diagram d;
        std::vector<NodeId> all;
        for (int i = 0; i < 10'000; ++i) {
            AddNode add = adding(d, {"n" + std::to_string(i), "neg"}, Point{double(i), 0});
            if (i > 0)
                add.node.inputs.push_back({Source{all.back()}});
            all.push_back(d.graph.add(add.node));
            d.layout.positions.set(all.back(), *add.position);
        }
        QElapsedTimer time;
        time.start();
        const auto after = apply(d, duplicated(d, all, {0, 100}));
        QVERIFY(after && after->graph.size() == 20'000);
        const auto gone = apply(*after, RemoveNodes{{all.begin(), all.begin() + 5'000}});
        QVERIFY(gone && gone->graph.size() == 15'000);
        const auto pastedAgain = pasted(*gone, fragmentText(*gone, gone->graph.ids()), {0, 0});
        QVERIFY(pastedAgain && pastedAgain->edits.size() == 15'000);
        MoveNodes move;
        for (const NodeId id : gone->graph.ids())
            move.positions.push_back({id, {1, 1}});
        QCOMPARE(diff(*gone, *apply(*gone, move)).moved.size(), 15'000u);
        // What is O(n²) takes a minute and more.
        QVERIFY2(time.elapsed() < 15'000, std::to_string(time.elapsed()).c_str());
    }

    void aDeltaSaysWhatDiffers()
    {
        const Diagram d = sample();
        const auto delta = [&](const Edit& edit) { return diff(d, *apply(d, edit)); };
        const NodeId p = named(d, "p");
        QVERIFY(diff(d, d).isEmpty());
        QVERIFY(delta(Rename{p, "p"}).isEmpty());
        QVERIFY(delta(Rename{p, "q"}).changed == std::vector{p});
        QVERIFY(delta(Rename{p, "q"}).affectsValues());

        const Delta moved = delta(MoveNodes{{{p, {1, 1}}, {named(d, "m"), {2, 2}}, {named(d, "x"), {0, 0}}}});
        QVERIFY(moved.moved == (std::vector{p, named(d, "m")}));
        QVERIFY(!moved.isEmpty() && !moved.affectsValues());

        const Delta removed = delta(RemoveNodes{{p}});
        QVERIFY(removed.removed == std::vector{p} && removed.changed == std::vector{named(d, "m")});
        QVERIFY(removed.moved.empty() && removed.added.empty());
        QVERIFY(removed.isBackwardChanged && removed.isFramesChanged && removed.isDecorationChanged);

        const Delta added = delta(adding(d, {"q", "neg"}, Point{1, 2}));
        QVERIFY(added.added == std::vector{d.graph.nextId()} && added.moved.empty() && added.changed.empty());
        const Delta passes = delta(SetBackward{});
        QVERIFY(passes.isBackwardChanged && passes.affectsValues() && passes.changed.empty());
        Diagram noted = d;
        noted.layout.notes.push_back({"n"});
        QVERIFY(diff(d, noted).isDecorationChanged && !diff(d, noted).affectsValues());
        QVERIFY(wholeOf(d).added == std::vector(d.graph.ids().begin(), d.graph.ids().end()));
        QVERIFY(wholeOf({}).isEmpty());
    }

    void dependenceIsFound()
    {
        const Diagram d = sample();
        const auto depends = [&](const char* node, const char* other) {
            return dependsOn(d.graph, named(d, node), named(d, other));
        };
        QVERIFY(depends("s", "x") && depends("p", "y") && depends("p", "p") && depends("u", "y"));
        QVERIFY(!depends("x", "s") && !depends("p", "m") && !depends("u", "p"));
    }

    /// A history as the window has it, and the same in the model, which knows nothing of how edits are made.
    void tenThousandEditsUndosAndRedosAgreeWithTheModel()
    {
        const unsigned seed = seedFor("edits");
        int valid = 0;
        int edits = 0;
        for (unsigned history = 0; edits < 10'000; ++history) {
            RandomEdits random(seed + history);
            std::vector<Diagram> steps = {random.diagram()};
            std::vector<DiagramModel> models = {DiagramModel(steps[0])};
            std::size_t now = 0;
            for (int k = 0; k < 200; ++k, ++edits) {
                const QByteArray place =
                    QByteArray::number(seed + history) + " command " + QByteArray::number(k) + ": ";
                if (const int move = random.below(10); move < 2) {
                    now = move == 0 ? (now == 0 ? 0 : now - 1) : std::min(now + 1, steps.size() - 1);
                    ++valid;
                } else {
                    const Edit edit = random.edit(models[now]);
                    DiagramModel model = models[now];
                    const bool isAllowed = model.apply(edit);
                    auto after = apply(steps[now], edit);
                    const QByteArray what =
                        place + QByteArray::fromStdString(label(steps[now], edit)) + ' ' + message(after);
                    QVERIFY2(bool(after) == isAllowed, what);
                    valid += isAllowed;
                    if (!isAllowed)
                        continue;
                    const QByteArray wrong = differences(models[now], model, diff(steps[now], *after));
                    QVERIFY2(wrong.isEmpty(), what + wrong);
                    if (models[now].text() == model.text())
                        continue;  // No step.
                    steps.resize(++now);
                    models.resize(now, model);
                    steps.push_back(*std::move(after));
                    models.push_back(std::move(model));
                }
                QCOMPARE(place + QByteArray::fromStdString(DiagramModel(steps[now]).text()),
                         place + QByteArray::fromStdString(models[now].text()));
                QCOMPARE(steps[now].graph.nextId().value, models[now].lastId + 1);
                const auto isPlaced = [](const auto& entry) { return entry.second.position.has_value(); };
                QCOMPARE(steps[now].layout.positions.entries().size(),
                         std::size_t(std::ranges::count_if(models[now].items, isPlaced)));
                for (const NodeId id : steps[now].graph.ids())
                    QCOMPARE(steps[now].graph.find(steps[now].graph.at(id).name)->value, id.value);
            }
            // None was changed by what came after it, and each is what a document can hold.
            for (std::size_t i = 0; i < steps.size(); ++i) {
                QCOMPARE(DiagramModel(steps[i]).text(), models[i].text());
                const std::string text = canonicalJson(steps[i]);
                const auto read = diagramFromJson(text);
                QVERIFY2(read, message(read));
                QCOMPARE(canonicalJson(*read), text);
            }
        }
        qInfo("%d of %d allowed", valid, edits);
        QVERIFY(valid >= edits * 8 / 10);
    }

private:
    /// What the delta says otherwise than the models; empty if nothing.
    static QByteArray differences(const DiagramModel& before, const DiagramModel& after, const Delta& delta)
    {
        std::vector<NodeId> added;
        std::vector<NodeId> removed;
        std::vector<NodeId> changed;
        std::vector<NodeId> moved;
        const auto withoutBends = [](DiagramModel::Item item) {
            for (auto& slot : item.slots)
                for (auto& link : slot.links)
                    link.bends.reset();
            return DiagramModel::textOf(item);
        };
        for (const auto& [id, item] : before.items)
            if (!after.items.contains(id))
                removed.push_back({id});
        for (const auto& [id, item] : after.items) {
            const auto was = before.items.find(id);
            if (was == before.items.end()) {
                added.push_back({id});
                continue;
            }
            if (withoutBends(was->second) != withoutBends(item))
                changed.push_back({id});
            if (was->second.position != item.position)
                moved.push_back({id});
        }
        QByteArray wrong;
        wrong += delta.added == added ? "" : " added";
        wrong += delta.removed == removed ? "" : " removed";
        wrong += delta.changed == changed ? "" : " changed";
        wrong += delta.moved == moved ? "" : " moved";
        wrong += delta.isFramesChanged == (before.frames != after.frames) ? "" : " frames";
        wrong += delta.isEmpty() == (before.text() == after.text()) ? "" : " empty";
        return wrong;
    }
};

QTEST_GUILESS_MAIN(EditTest)
#include "tst_edit.moc"

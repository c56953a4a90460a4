// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/layered.h"
#include "app/layout/sugiyama.h"

#include "engine/io/document.h"
#include "tests/places.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <thread>

using namespace chainrule;

namespace {

using Names = std::vector<std::string>;

Source source(NodeId node)
{
    return {node};
}

/// Nodes by number: what each takes. An op that takes a list, so that any count will do.
Graph graphOf(const std::vector<std::vector<std::size_t>>& inputs)
{
    Graph graph;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        Node node{.name = "n" + std::to_string(i), .op = inputs[i].empty() ? "tensor" : "cat"};
        if (!inputs[i].empty()) {
            SourceList list;
            for (const std::size_t input : inputs[i])
                list.push_back(source({std::uint32_t(input + 1)}));
            node.inputs.push_back({std::move(list)});
        }
        graph.add(std::move(node));
    }
    return graph;
}

Size sizeOf(NodeId node)
{
    return {176. + 16. * (node.value % 5), 72. + 31. * (node.value % 7)};
}

/// Every node takes up to three earlier ones, most of them from not long before.
Graph randomGraph(std::mt19937& random, std::size_t nodes, std::size_t reach)
{
    std::vector<std::vector<std::size_t>> inputs(nodes);
    for (std::size_t i = 1; i < nodes; ++i)
        for (auto count = random() % 4; count > 0; --count)
            inputs[i].push_back(i - 1 - random() % std::min(i, reach));
    return graphOf(inputs);
}

struct Box {
    NodeId node;
    double left, top, right, bottom;
};

std::vector<Box> boxesOf(const MoveNodes& moved)
{
    std::vector<Box> boxes;
    for (const auto& [node, point] : moved.positions) {
        const Size size = sizeOf(node);
        boxes.push_back({node, point.x, point.y, point.x + size.width, point.y + size.height});
    }
    return boxes;
}

std::string overlaps(std::vector<Box> boxes)
{
    std::ranges::sort(boxes, {}, &Box::left);
    for (std::size_t i = 0; i < boxes.size(); ++i)
        for (std::size_t k = i + 1; k < boxes.size() && boxes[k].left < boxes[i].right; ++k)
            if (boxes[k].top < boxes[i].bottom && boxes[i].top < boxes[k].bottom)
                return std::to_string(boxes[i].node.value) + " and " + std::to_string(boxes[k].node.value);
    return {};
}

std::string linksToTheLeft(const Graph& graph, const MoveNodes& moved)
{
    std::map<NodeId, Box> boxes;
    for (const Box& box : boxesOf(moved))
        boxes[box.node] = box;
    std::string found;
    for (const NodeId to : graph.ids())
        forEachSource(graph.at(to), [&](const Source& from) {
            if (boxes.at(from.node).right >= boxes.at(to).left)
                found = graph.at(from.node).name + " to " + graph.at(to).name;
        });
    return found;
}

/// How often the straight lines between the middles of linked nodes cross.
int crossingsOf(const Graph& graph, const MoveNodes& moved)
{
    struct Line {
        Point from, to;
    };
    std::map<NodeId, Point> middles;
    for (const Box& box : boxesOf(moved))
        middles[box.node] = {(box.left + box.right) / 2, (box.top + box.bottom) / 2};
    std::vector<Line> lines;
    for (const NodeId to : graph.ids())
        forEachSource(graph.at(to), [&](const Source& from) {
            lines.push_back({middles.at(from.node), middles.at(to)});
        });
    const auto side = [](const Line& line, Point point) {
        return (line.to.x - line.from.x) * (point.y - line.from.y)
               - (line.to.y - line.from.y) * (point.x - line.from.x);
    };
    int count = 0;
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t k = i + 1; k < lines.size(); ++k)
            if (side(lines[i], lines[k].from) * side(lines[i], lines[k].to) < 0
                && side(lines[k], lines[i].from) * side(lines[k], lines[i].to) < 0)
                ++count;
    return count;
}

/// Runs `work` on a thread with so much stack.
void onStack(std::size_t bytes, std::function<void()> work)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, bytes);
    pthread_t thread;
    pthread_create(
        &thread, &attributes,
        [](void* call) -> void* {
            (*static_cast<std::function<void()>*>(call))();
            return nullptr;
        },
        &work);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

}  // namespace

class TestLayout : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everythingStandsRightOfItsInputsAndApart_data()
    {
        QTest::addColumn<int>("nodes");
        QTest::addColumn<int>("reach");
        for (int nodes : {1, 2, 7, 40, 200, 1000})
            for (int reach : {1, 4, 1000})
                QTest::addRow("%d nodes, %d far", nodes, reach) << nodes << reach;
    }

    void everythingStandsRightOfItsInputsAndApart()
    {
        QFETCH(int, nodes);
        QFETCH(int, reach);
        const auto seed = std::random_device()();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        const Diagram diagram{randomGraph(random, std::size_t(nodes), std::size_t(reach))};
        const MoveNodes moved = layered(diagram, {}, sizeOf);
        QCOMPARE(moved.positions.size(), std::size_t(nodes));
        QCOMPARE(linksToTheLeft(diagram.graph, moved), std::string());
        QCOMPARE(overlaps(boxesOf(moved)), std::string());
        for (std::size_t i = 0; i < moved.positions.size(); ++i) {
            const auto& [node, point] = moved.positions[i];
            QCOMPARE(node.value, std::uint32_t(i + 1));  // Ascending, as the edit demands.
            QCOMPARE(std::fmod(point.x, 24), 0.);
            QCOMPARE(std::fmod(point.y, 24), 0.);
        }
    }

    void examplesAreLaidOut()
    {
        int crossings = 0;
        for (const QFileInfo& info :
             QDir(QString::fromStdString(places::example().string())).entryInfoList({QStringLiteral("*.chainrule")})) {
            QFile file(info.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const auto diagram = diagramFromJson(file.readAll().toStdString());
            QVERIFY(diagram);
            const MoveNodes moved = layered(*diagram, {}, sizeOf);
            QCOMPARE(linksToTheLeft(diagram->graph, moved), std::string());
            QCOMPARE(overlaps(boxesOf(moved)), std::string());
            crossings += crossingsOf(diagram->graph, moved);
        }
        // gradient_penalty has one: its points go to the first layer and past all others to the gradient.
        QVERIFY2(crossings <= 1, qPrintable(QString::number(crossings)));
    }

    void nothingIsNoMove() { QVERIFY(layered({}, {}, sizeOf).positions.empty()); }

    void inputsStandInTheOrderOfThePorts()
    {
        // Node 3 takes 2, 0, 1 from the top; none of that is the document's order.
        const MoveNodes moved = layered({graphOf({{}, {}, {}, {2, 0, 1}})}, {}, sizeOf);
        const auto y = [&](std::size_t node) { return moved.positions[node].point.y; };
        QVERIFY(y(2) < y(0));
        QVERIFY(y(0) < y(1));
    }

    void sourcesStandBesideTheirConsumers()
    {
        // A chain 0 … 4 whose last node also takes 5, by way of 6.
        const MoveNodes moved = layered({graphOf({{}, {0}, {1}, {2}, {3, 6}, {}, {5}})}, {}, sizeOf);
        const auto x = [&](std::size_t node) { return moved.positions[node].point.x; };
        QCOMPARE(x(6), x(3));
        QCOMPARE(x(5), x(2));
    }

    void graphsThatNeedNoCrossingsHaveNone_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("tree") << 0;
        QTest::newRow("ladder") << 1;
        QTest::newRow("tangled pairs") << 2;
        QTest::newRow("residual blocks") << 3;
    }

    void graphsThatNeedNoCrossingsHaveNone()
    {
        QFETCH(int, kind);
        std::vector<std::vector<std::size_t>> inputs;
        if (kind == 0) {  // 64 leaves, added two by two, the second half of each layer first.
            inputs.resize(64);
            for (std::size_t begin = 0, count = 64; count > 1; begin += count, count /= 2)
                for (std::size_t i = 0; i < count / 2; ++i) {
                    const std::size_t pair = (i + count / 4) % (count / 2);
                    inputs.push_back({begin + 2 * pair + 1, begin + 2 * pair});
                }
        } else if (kind == 1) {  // Two rails with rungs.
            inputs = {{}, {}};
            for (std::size_t i = 0; i < 20; ++i) {
                inputs.push_back({2 * i});
                inputs.push_back({2 * i + 1, 2 * i});
            }
        } else if (kind == 2) {  // Eight paths of three that share one end, given in different orders.
            inputs.resize(8);
            for (std::size_t i = 0; i < 8; ++i)
                inputs.push_back({(i * 3) % 8});
            for (std::size_t i = 0; i < 8; ++i)
                inputs.push_back({8 + (i * 5) % 8});
            inputs.push_back({16, 19, 17, 23, 22, 18, 20, 21});
        } else {  // A chain in which every third node takes the third before it once more.
            inputs = {{}};
            for (std::size_t i = 1; i < 40; ++i)
                inputs.push_back(i % 3 == 0 ? std::vector<std::size_t>{i - 1, i - 3}
                                            : std::vector<std::size_t>{i - 1});
        }
        const Graph graph = graphOf(inputs);
        QCOMPARE(crossingsOf(graph, layered({graph}, {}, sizeOf)), 0);
    }

    void crossingsAreCounted()
    {
        Network network{6, {0, 0, 0, 1, 1, 1}, {{0, 5}, {1, 4}, {2, 3}}};
        QCOMPARE(crossings(network, {{0, 1, 2}, {3, 4, 5}}), 3);
        QCOMPARE(crossings(network, {{1, 0, 2}, {3, 4, 5}}), 2);
        QCOMPARE(crossings(network, {{2, 1, 0}, {3, 4, 5}}), 0);
        network.links = {{0, 3, 0.5, 0.7}, {1, 3, 0.5, 0.3}};  // Into one node, by ports.
        QCOMPARE(crossings(network, {{0, 1, 2}, {3, 4, 5}}), 1);
        QCOMPARE(crossings(network, {{1, 0, 2}, {3, 4, 5}}), 0);
    }

    void igraphOrdersTheColumns()
    {
        Network network{8, {}, {{0, 6}, {1, 5}, {2, 4}, {4, 7}, {5, 7}, {6, 7}, {3, 7}}};
        assignColumns(network);
        const auto order = sugiyamaOrder(network);
        QVERIFY(order);
        QCOMPARE(order->size(), std::size_t(3));
        QCOMPARE((*order)[0].size() + (*order)[1].size() + (*order)[2].size(), std::size_t(8));
        QCOMPARE(crossings(network, *order), 0);
    }

    void denseLayersCrossLittleMoreThanTheyMust()
    {
        // Three layers of four, everything taking everything: 36 pairs cross between two of them, 72 in all.
        std::vector<std::vector<std::size_t>> inputs(4);
        for (std::size_t layer = 0; layer < 2; ++layer)
            for (std::size_t i = 0; i < 4; ++i)
                inputs.push_back({4 * layer, 4 * layer + 1, 4 * layer + 2, 4 * layer + 3});
        const Graph graph = graphOf(inputs);
        const int crossings = crossingsOf(graph, layered({graph}, {}, sizeOf));
        QVERIFY2(crossings <= 80, std::to_string(crossings).c_str());
    }

    void longLinksPassBetweenNodes()
    {
        // 0 goes to 5 directly, by its upper port, past a chain.
        const Graph graph = graphOf({{}, {0}, {1}, {2}, {3}, {0, 4}});
        const auto boxes = boxesOf(layered({graph}, {}, sizeOf));
        const Point from{boxes[0].right, (boxes[0].top + boxes[0].bottom) / 2};
        const Point to{boxes[5].left, boxes[5].top + (boxes[5].bottom - boxes[5].top) / 3};
        for (std::size_t i = 1; i < 5; ++i)
            for (const double x : {boxes[i].left, boxes[i].right})
                QVERIFY(from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x) < boxes[i].top);
    }

    void partsWithoutALinkStandApart()
    {
        const Graph graph = graphOf({{}, {0}, {}, {}, {2}, {}, {}});
        const MoveNodes moved = layered({graph}, {}, sizeOf);
        QCOMPARE(overlaps(boxesOf(moved)), std::string());
        double width = 0;
        double height = 0;
        std::vector<std::vector<std::size_t>> alone(400);
        for (const Box& box : boxesOf(layered({graphOf(alone)}, {}, sizeOf))) {
            width = std::max(width, box.right);
            height = std::max(height, box.bottom);
        }
        QVERIFY2(width < 3 * height && height < 3 * width, "lone nodes fill a window's shape, not a line");
    }

    void selectionMovesAloneAndStaysWhereItIs()
    {
        Diagram diagram{graphOf({{}, {0}, {1}, {2}, {3}})};
        for (std::uint32_t node = 1; node <= 5; ++node)
            diagram.layout.positions.set({node}, {1000. + 10 * node, 2000. - 10 * node});
        const std::vector<NodeId> chosen = {{4}, {2}, {3}};
        const MoveNodes moved = layered(diagram, chosen, sizeOf);
        QCOMPARE(moved.positions.size(), std::size_t(3));
        QCOMPARE(moved.positions[0].node.value, 2u);
        QCOMPARE(moved.positions[2].node.value, 4u);
        QVERIFY(moved.positions[0].point.x < moved.positions[1].point.x);
        QVERIFY(moved.positions[1].point.x < moved.positions[2].point.x);
        const Box middle = boxesOf(moved)[1];
        QVERIFY(std::abs((middle.left + middle.right) / 2 - 1120) < 100);
        QVERIFY(std::abs((middle.top + middle.bottom) / 2 - 2020) < 100);
    }

    void unplacedNodesGoBelowTheOthers()
    {
        Diagram diagram{graphOf({{}, {0}, {}, {2}})};
        diagram.layout.positions.set({1}, {48, 48});
        diagram.layout.positions.set({2}, {348, 48});
        const std::vector<NodeId> chosen = {{3}, {4}};
        const MoveNodes moved = layered(diagram, chosen, sizeOf);
        for (const Box& box : boxesOf(moved))
            QVERIFY(box.top > 48 + sizeOf({2}).height && box.left >= 48);
    }

    void sameGraphIsDrawnTheSame()
    {
        std::mt19937 random(7);
        const Diagram diagram{randomGraph(random, 300, 20)};
        const MoveNodes first = layered(diagram, {}, sizeOf);
        std::vector<MoveNodes> others(4);
        {
            std::vector<std::jthread> threads;  // At the same time, as two windows might.
            for (MoveNodes& other : others)
                threads.emplace_back([&] { other = layered(diagram, {}, sizeOf); });
        }
        for (const MoveNodes& other : others)
            QVERIFY(other == first);
    }

    void largeGraphsNeedLittleStackAndTime_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("random") << 0;
        QTest::newRow("chain") << 1;
        QTest::newRow("chain that takes its begin everywhere") << 2;
        QTest::newRow("chain that ends everywhere") << 3;
        QTest::newRow("one to all") << 4;
        QTest::newRow("alone") << 5;
        QTest::newRow("pairs") << 6;
        QTest::newRow("two dense columns") << 7;
        QTest::newRow("all over") << 8;
    }

    void largeGraphsNeedLittleStackAndTime()
    {
        QFETCH(int, kind);
        constexpr std::size_t nodes = 10000;
        std::mt19937 random(11);
        std::vector<std::vector<std::size_t>> inputs(nodes);
        for (std::size_t i = 1; i < nodes; ++i) {
            if (kind == 1)
                inputs[i] = {i - 1};
            else if (kind == 2)
                inputs[i] = {i - 1, 0};
            else if (kind == 3 && i == nodes - 1)
                for (std::size_t from = 0; from < i; ++from)
                    inputs[i].push_back(from);
            else if (kind == 3)
                inputs[i] = {i - 1};
            else if (kind == 4)
                inputs[i] = {0};
            else if (kind == 6 && i % 2 == 1)
                inputs[i] = {i - 1};
            else if (kind == 7 && i > nodes / 2)
                inputs[i] = {random() % (nodes / 2), random() % (nodes / 2), random() % (nodes / 2)};
            else if (kind == 8)
                inputs[i] = {random() % i, random() % i};
        }
        const Diagram diagram{kind == 0 ? randomGraph(random, nodes, 100) : graphOf(inputs)};
        MoveNodes moved;
        QElapsedTimer timer;
        timer.start();
        onStack(8 << 20, [&] { moved = layered(diagram, {}, sizeOf); });
        qInfo("%lld ms", static_cast<long long>(timer.elapsed()));
        QCOMPARE(moved.positions.size(), nodes);
        QCOMPARE(overlaps(boxesOf(moved)), std::string());
    }
};

QTEST_GUILESS_MAIN(TestLayout)
#include "tst_layout.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// bench_canvas [--canvas] [NODES …]: how long a frame takes on the canvas and on a QGraphicsView of the same graph, in turn; see
// README.md. Median and 95th percentile of wall time, and the median of processor time, in milliseconds.

#include "engine/autograd/replay.h"
#include "tests/benchmarks/bench_graph.h"
#include "tests/benchmarks/graphics_view.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/player/player.h"

#include <QApplication>
#include <QMouseEvent>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include <time.h>

namespace chainrule {
namespace {

constexpr QSize windowSize(1600, 1000);

double wallSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processorSeconds()
{
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// What frames took.
struct Frames {
    std::vector<double> wall;
    std::vector<double> processor;

    void add(const std::function<void()>& change)
    {
        const double wallStart = wallSeconds();
        const double processorStart = processorSeconds();
        change();
        QCoreApplication::processEvents();
        wall.push_back(1000 * (wallSeconds() - wallStart));
        processor.push_back(1000 * (processorSeconds() - processorStart));
    }
    void print(const char* side, const char* metric) const
    {
        const auto quantile = [](std::vector<double> sorted, double share) {
            std::ranges::sort(sorted);
            return sorted[std::min(sorted.size() - 1, std::size_t(share * double(sorted.size())))];
        };
        std::printf("%-14s %-6s wall %8.2f  p95 %8.2f  cpu %8.2f\n", side, metric, quantile(wall, 0.5),
                    quantile(wall, 0.95), quantile(processor, 0.5));
        std::fflush(stdout);
    }
};

double fitScale(const BenchGraph& bench)
{
    return std::min(windowSize.width() / (220.0 * bench.columns), windowSize.height() / (130.0 * bench.rows));
}

void sendMouse(QWidget& widget, QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons buttons)
{
    QMouseEvent event(type, at, widget.mapToGlobal(at), button, buttons, Qt::NoModifier);
    QCoreApplication::sendEvent(&widget, &event);
}

/// Both sides are measured through these.
struct Side {
    const char* name;
    QWidget* mouse;  ///< Which widget gets events of the mouse.
    std::function<void(QPointF)> pan;  ///< By pixels.
    std::function<void()> centre;      ///< Scale 1, the middle node in the middle.
    std::function<void(double)> zoom;
    std::function<void()> fit;
    std::function<void()> repaint;
    std::function<bool()> isSettled;  ///< Whether nothing is left to be drawn.
    QPointF grip;  ///< From the middle of the window to a part of the centred node that drags it.
};

void settle(const Side& side)
{
    QCoreApplication::processEvents();
    while (!side.isSettled())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void measure(const Side& side, double fit)
{
    const QPointF middle(windowSize.width() / 2.0, windowSize.height() / 2.0);
    side.centre();
    settle(side);

    Frames pan;
    for (int i = 0; i < 60; ++i)
        pan.add([&] { side.pan(QPointF(13, 7) * (i / 15 % 2 == 0 ? 1 : -1)); });
    pan.print(side.name, "pan");

    side.centre();
    settle(side);
    Frames drag;
    QPointF at = middle + side.grip;
    sendMouse(*side.mouse, QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
    for (int i = 0; i < 60; ++i)
        drag.add([&] {
            at += QPointF(5, 3) * (i / 15 % 2 == 0 ? 1 : -1);
            sendMouse(*side.mouse, QEvent::MouseMove, at, Qt::NoButton, Qt::LeftButton);
        });
    sendMouse(*side.mouse, QEvent::MouseButtonRelease, at, Qt::LeftButton, Qt::NoButton);
    drag.print(side.name, "drag");

    side.centre();
    settle(side);
    Frames press;
    for (int i = 0; i < 20; ++i) {
        const QPointF where = middle + side.grip - QPointF(0, i % 2 == 0 ? 0 : 45);
        press.add([&] { sendMouse(*side.mouse, QEvent::MouseButtonPress, where, Qt::LeftButton, Qt::LeftButton); });
        sendMouse(*side.mouse, QEvent::MouseButtonRelease, where, Qt::LeftButton, Qt::NoButton);
        QCoreApplication::processEvents();
    }
    press.print(side.name, "press");

    side.fit();
    settle(side);
    // Until the first frame, and until that is drawn which it only shows stretched.
    Frames zoom;
    Frames settled;
    for (int i = 1; i <= 20; ++i)
        settled.add([&] {
            zoom.add([&] { side.zoom(fit * std::pow(1 / fit, i / 20.0)); });
            settle(side);
        });
    zoom.print(side.name, "zoom");
    settled.print(side.name, "settle");

    side.fit();
    settle(side);
    Frames full;
    for (int i = 0; i < 10; ++i)
        full.add(side.repaint);
    full.print(side.name, "full");
}

void measureCanvas(const BenchGraph& bench, const Moment& moment)
{
    GraphView view;
    view.resize(windowSize);
    Frames load;
    load.add([&] {
        view.showDiagram(bench.diagram, wholeOf(bench.diagram));
        view.showMoment(moment);
        view.show();
    });
    load.print("canvas", "load");
    QPointF panned = {800, 500};
    measure({.name = "canvas",
             .mouse = &view,
             .pan =
                 [&](QPointF by) {
                     sendMouse(view, QEvent::MouseButtonPress, panned, Qt::MiddleButton, Qt::MiddleButton);
                     sendMouse(view, QEvent::MouseMove, panned + by, Qt::NoButton, Qt::MiddleButton);
                     sendMouse(view, QEvent::MouseButtonRelease, panned + by, Qt::MiddleButton, Qt::NoButton);
                 },
             .centre =
                 [&] {
                     view.select({bench.centre});
                     view.frameSelection();
                     view.select({});
                 },
             .zoom = [&](double scale) { view.zoomTo(scale); },
             .fit = [&] { view.frameAll(); },
             .repaint = [&] { view.setShowsGradients(true); },
             .isSettled = [&] { return view.isSettled(); },
             .grip = {0, -view.scene().box(bench.centre).height() / 2 + 14}},
            fitScale(bench));
}

void measureGraphicsView(const BenchGraph& bench)
{
    GraphicsView view;
    view.resize(windowSize);
    Frames load;
    load.add([&] {
        view.showDiagram(bench.diagram);
        view.show();
    });
    load.print("graphics view", "load");
    measure({.name = "graphics view",
             .mouse = view.viewport(),
             .pan = [&](QPointF by) { view.scrollBy(by); },
             .centre = [&] { view.centre(bench.centre); },
             .zoom = [&](double scale) { view.zoomTo(scale); },
             .fit = [&] { view.zoomTo(fitScale(bench)); },
             .repaint = [&] { view.viewport()->update(); },
             .isSettled = [] { return true; },
             .grip = {0, 0}},
            fitScale(bench));
}

/// Step after step of the backward pass, on the canvas and on the line of steps: near, where faces are drawn, and with
/// all to be seen.
void measureSteps(const BenchGraph& bench, const Moment& moment, const Moment& twice)
{
    constexpr int steps = 60;
    GraphView view;
    Player player;
    view.resize(windowSize);
    player.resize(windowSize.width(), 140);
    view.showDiagram(bench.diagram, wholeOf(bench.diagram));
    view.showMoment(moment);
    player.showMoment(moment);
    view.show();
    player.show();
    const auto measureAt = [&](const char* metric, std::ptrdiff_t first) {
        while (!view.isSettled())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        Frames frames;
        for (std::ptrdiff_t step = first; step < first + steps; ++step)
            frames.add([&] {
                const Moment now = moment.atStep(step);
                view.showMoment(now);
                player.showMoment(now);
            });
        frames.print("canvas", metric);
    };
    const auto measurePasses = [&](const char* metric) {
        const auto border = std::ptrdiff_t(twice.run().steps.front().endEvent);
        Frames frames;
        for (int k = 0; k < steps; ++k) {
            view.showMoment(twice.atStep(border));
            while (!view.isSettled())
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            frames.add([&] { view.showMoment(twice.atStep(border + 1)); });
            while (!view.isSettled())
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        }
        frames.print("canvas", metric);
    };
    const auto middle = std::ptrdiff_t(moment.replay().length() / 2);
    const auto forwardMiddle = -std::ptrdiff_t(moment.replay().forwardLength() / 2);
    view.select({bench.centre});
    view.frameSelection();
    QCoreApplication::processEvents();
    measureAt("step", middle);
    measureAt("stepF", forwardMiddle);
    measurePasses("stepP");
    view.showMoment(moment);
    measureAt("stepE", std::ptrdiff_t(moment.replay().length()) - steps + 1);
    view.frameAll();
    QCoreApplication::processEvents();
    measureAt("stepA", middle);
    measureAt("stepFA", forwardMiddle);
}

Moment momentOf(const Graph& graph)
{
    auto result = run(graph, {.readFile = {}});
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::exit(1);
    }
    return Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result))));
}

enum class Sides { Both, CanvasAlone };

}  // namespace

void measureAll(const std::vector<int>& counts, Sides sides)
{
    for (const int count : counts) {
        const BenchGraph bench = benchGraph(count);
        Graph twicePassed = bench.diagram.graph;
        std::get<Pass>(twicePassed.backward.front()).retainGraph = true;
        twicePassed.backward.push_back(twicePassed.backward.front());
        const Moment moment = momentOf(bench.diagram.graph);
        const Moment twice = momentOf(twicePassed);
        std::printf("%d nodes, %zu backward events\n", count, moment.replay().length());
        for (int round = 0; round < 3; ++round) {
            measureCanvas(bench, moment);
            measureSteps(bench, moment, twice);
            if (sides == Sides::Both)
                measureGraphicsView(bench);
        }
    }
}

}  // namespace chainrule

int main(int argumentCount, char** arguments)
{
    QApplication application(argumentCount, arguments);
    std::vector<int> counts;
    auto sides = chainrule::Sides::Both;
    for (int i = 1; i < argumentCount; ++i) {
        if (std::string_view(arguments[i]) == "--canvas")
            sides = chainrule::Sides::CanvasAlone;
        else
            counts.push_back(std::atoi(arguments[i]));
    }
    if (counts.empty())
        counts = {10000, 50000};
    chainrule::measureAll(counts, sides);
    return 0;
}

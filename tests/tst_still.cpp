// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/random_graph.h"
#include "tests/theatre_graph.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/still_image.h"

#include <QtTest>

#include <random>

using namespace chainrule;

namespace {

constexpr QSize viewSize(900, 600);

QImage picture(GraphView& view)
{
    return view.grab().toImage();
}

/// Nodes keep the height that they have at the end.
QImage pictureFromScratch(const Diagram& diagram, const Moment& end, std::ptrdiff_t step, qreal scale)
{
    GraphView view;
    view.resize(viewSize);
    view.showDiagram(diagram, wholeOf(diagram));
    view.showMoment(end);
    view.frameAll();
    if (scale > 0)
        view.zoomTo(scale);
    view.showMoment(end.atStep(step));
    return picture(view);
}

/// Lines that are drawn in parts may be smoothed a little otherwise where the parts meet.
bool looksAlike(const QImage& a, const QImage& b)
{
    constexpr int mostApart = 8;  // Of 255.
    const QImage first = a.convertToFormat(QImage::Format_RGB32), second = b.convertToFormat(QImage::Format_RGB32);
    for (int y = 0; y < first.height(); ++y)
        for (int x = 0; x < first.width(); ++x) {
            const QRgb p = first.pixel(x, y), q = second.pixel(x, y);
            if (std::abs(qRed(p) - qRed(q)) > mostApart || std::abs(qGreen(p) - qGreen(q)) > mostApart
                || std::abs(qBlue(p) - qBlue(q)) > mostApart)
                return false;
        }
    return first.size() == second.size();
}

}  // namespace

/// What is drawn anew when something changes must be all that changed.
class StillTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aStepDrawsAllThatItChanges()
    {
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        RandomGraph random(seed);
        std::mt19937 numbers(seed);
        const auto below = [&](int end) { return std::uniform_int_distribution(0, end - 1)(numbers); };
        for (int round = 0; round < 30; ++round) {
            const Graph graph = random.graph();
            const Diagram diagram{graph, {}};
            const Moment end = TheatreGraph::momentOf(graph);
            const qreal scale = std::array{0.0, 0.1, 0.4, 1.0, 2.5}[below(5)];
            GraphView view;
            view.resize(viewSize);
            view.showDiagram(diagram, wholeOf(diagram));
            view.showMoment(end);
            view.frameAll();
            if (scale > 0)
                view.zoomTo(scale);
            picture(view);
            const auto first = -std::ptrdiff_t(end.replay().forwardLength());
            std::ptrdiff_t step = std::ptrdiff_t(end.replay().length());
            for (int k = 0; k < 12; ++k) {
                const int by = below(4) == 0 ? below(9) - 4 : below(3) - 1;
                step = std::clamp(step + by, first, std::ptrdiff_t(end.replay().length()));
                view.showMoment(end.atStep(step));
                if (below(4) == 0)
                    continue;  // Two steps in one frame.
                if (!looksAlike(picture(view), pictureFromScratch(diagram, end, step, scale)))
                    QFAIL(qPrintable(QStringLiteral("round %1, step %2, scale %3").arg(round).arg(step).arg(scale)));
            }
        }
    }

    /// A line is covered by tiles: little of what lies between its ends.
    void aLineIsNotAnArea()
    {
        StillImage still;
        still.resize({1600, 1000});
        still.refresh([](QImage&, const QRect&) {});
        QRegion drawn;
        const auto note = [&](QImage&, const QRect& pixels) { drawn += pixels; };
        const QPolygonF line{QPointF(-500, -300), QPointF(1000, 700), QPointF(1599, 999)};
        still.invalidate(line, 10);
        still.refresh(note);
        qint64 area = 0;
        for (const QRect& rect : drawn)
            area += qint64(rect.width()) * rect.height();
        QVERIFY(area > 0 && area < 1600 * 1000 / 4);
        for (qsizetype i = 1; i < line.size(); ++i)
            for (int k = 0; k <= 1000; ++k) {
                const QPoint at = (line[i - 1] + (line[i] - line[i - 1]) * k / 1000.0).toPoint();
                for (const QPoint aside : {QPoint(0, 0), QPoint(9, 0), QPoint(-9, 0), QPoint(0, 9), QPoint(0, -9)})
                    QVERIFY(!still.image(1).rect().contains(at + aside) || drawn.contains(at + aside));
            }
        QVERIFY(still.isComplete());
        still.refresh([](QImage&, const QRect&) { QFAIL("nothing is out of date"); });
    }

    void farTooManyThingsAreDrawnAsAll()
    {
        StillImage still;
        still.resize({640, 480});
        still.refresh([](QImage&, const QRect&) {});
        for (int y = 0; y < 480; y += 16)
            for (int x = 0; x < 640; x += 16)
                still.invalidate(QRect(x, y, 8, 8));
        int calls = 0;
        still.refresh([&](QImage&, const QRect&) { ++calls; });
        QCOMPARE(calls, 1);
    }
};

QTEST_MAIN(StillTest)
#include "tst_still.moc"

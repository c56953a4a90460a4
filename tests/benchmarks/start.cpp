// SPDX-License-Identifier: GPL-3.0-or-later
// bench_start [NODES]: milliseconds from the start of a process to its first frame, of a bare Qt window, of the program's
// without a document, and of it with one, to the frame that shows its nodes; see README.md.

#include "app/settings.h"
#include "app/windows.h"
#include "engine/io/document.h"
#include "tests/benchmarks/bench_graph.h"
#include "widgets/canvas/graph_view.h"

#include <QApplication>
#include <QDockWidget>
#include <QFile>
#include <QMainWindow>
#include <QProcess>
#include <QStatusBar>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolBar>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace chainrule {
namespace {

qint64 nanoseconds()
{
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

/// Ends the program with the frame that is waited for, and prints when that was.
class FirstFrame : public QObject {
public:
    FirstFrame(qint64 start, bool needsNodes) : m_start(start), m_needsNodes(needsNodes) { qApp->installEventFilter(this); }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && !m_isSeen && isIt(watched)) {
            m_isSeen = true;
            QTimer::singleShot(0, this, [this] {  // The frame is on its way to the screen by then.
                std::printf("%.2f\n", double(nanoseconds() - m_start) / 1e6);
                std::fflush(stdout);
                std::_Exit(0);
            });
        }
        return false;
    }

private:
    bool isIt(QObject* watched) const
    {
        if (!m_needsNodes)
            return watched->isWidgetType() && static_cast<QWidget*>(watched)->isWindow();
        const auto* const view = qobject_cast<GraphView*>(watched);
        return view && view->scene().diagram().graph.size() > 0;
    }

    const qint64 m_start;
    const bool m_needsNodes;
    bool m_isSeen = false;
};

int bareWindow()
{
    QMainWindow window;
    window.setCentralWidget(new QWidget);
    window.addToolBar(QStringLiteral("Tools"))->addAction(QStringLiteral("Run"));
    window.addDockWidget(Qt::LeftDockWidgetArea, new QDockWidget(QStringLiteral("Dock")));
    window.statusBar()->showMessage(QStringLiteral("Ready"));
    window.resize(1280, 800);
    window.show();
    return QApplication::exec();
}

/// As the program's main does.
int window(const QStringList& files)
{
    Appearance::instance().choose(settings::theme());
    Dialogs dialogs;
    Windows windows(dialogs);
    for (const QString& file : files)
        windows.open(file.toStdString());
    if (files.isEmpty())
        windows.openEmpty();
    return QApplication::exec();
}

int child(const QStringList& arguments)
{
    const QString kind = arguments[2];
    const FirstFrame frame(arguments[3].toLongLong(), kind == QLatin1String("document"));
    return kind == QLatin1String("bare") ? bareWindow() : window(arguments.mid(4));
}

double milliseconds(const QStringList& arguments)
{
    QProcess process;
    const QStringList all = QStringList{QStringLiteral("--child"), arguments[0], QString::number(nanoseconds())}
        + arguments.mid(1);
    process.start(QApplication::applicationFilePath(), all);
    if (!process.waitForFinished(60000) || process.exitCode() != 0)
        qFatal("no frame from %s", qPrintable(arguments[0]));
    return process.readAllStandardOutput().trimmed().toDouble();
}

int parent(int nodes)
{
    QTemporaryDir folder;
    qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());  // No settings of whoever measures.
    qputenv("XDG_STATE_HOME", folder.path().toUtf8());
    qputenv("XDG_DATA_HOME", folder.path().toUtf8());
    QFile file(folder.filePath(QStringLiteral("bench.chainrule")));
    const std::string json = canonicalJson(benchGraph(nodes).diagram);
    if (!file.open(QIODevice::WriteOnly) || file.write(json.data(), qint64(json.size())) < 0)
        return 1;
    file.close();
    const QStringList kinds[] = {{QStringLiteral("bare")},
                                 {QStringLiteral("empty")},
                                 {QStringLiteral("document"), file.fileName()}};
    std::vector<double> times[3];
    for (int round = 0; round < 7; ++round)  // In turn.
        for (int k = 0; k < 3; ++k)
            times[k].push_back(milliseconds(kinds[k]));
    double bare = 0;
    for (int k = 0; k < 3; ++k) {
        std::ranges::sort(times[k]);
        const double median = times[k][times[k].size() / 2];
        bare = k == 0 ? median : bare;
        std::printf("%-9s %8.1f  least %8.1f  ratio %5.2f\n", qPrintable(kinds[k][0]), median, times[k].front(),
                    median / bare);
    }
    return 0;
}

}  // namespace
}  // namespace chainrule

int main(int argumentCount, char** arguments)
{
    QApplication application(argumentCount, arguments);
    QApplication::setOrganizationName(QStringLiteral("Chainrule"));
    QApplication::setApplicationName(QStringLiteral("Chainrule"));
    const QStringList given = QApplication::arguments();
    if (given.value(1) == QLatin1String("--child"))
        return chainrule::child(given);
    return chainrule::parent(given.value(1, QStringLiteral("10000")).toInt());
}

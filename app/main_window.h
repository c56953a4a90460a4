// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/anomaly_notices.h"
#include "app/backward_commands.h"
#include "app/check_watch.h"
#include "app/commands.h"
#include "app/document.h"
#include "app/document_files.h"
#include "app/edit_commands.h"
#include "app/error_fixes.h"
#include "app/explain_commands.h"
#include "app/export_commands.h"
#include "app/gradient_nodes.h"
#include "app/header.h"
#include "app/health_watch.h"
#include "app/live_run.h"
#include "app/mirror_watch.h"
#include "app/playback.h"
#include "app/status_line.h"
#include "app/stepping.h"
#include "app/tensor_files.h"
#include "app/welcome_page.h"
#include "app/windows.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/inspector/inspector.h"
#include "widgets/palette/palette.h"
#include "widgets/player/player.h"

#include <QDockWidget>
#include <QMainWindow>

#include <functional>

namespace chainrule {

/// One document and everything that shows it: a wiring diagram. What a view asks for goes to the document, what the
/// document says goes to the views and, if it changes values, to the evaluation, whose moment goes to the views.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Windows& windows);

    OpenDocument& document() { return m_document; }
    Playback& playback() { return m_playback; }
    LiveRun& live() { return m_live; }
    GraphView& view() { return *m_view; }
    const Commands& commands() const { return m_commands; }
    const AnomalyNotices& anomalies() const { return m_anomalies; }
    const CheckWatch& checks() const { return m_checks; }
    const Breakpoints& breakpoints() const { return m_stepping.breakpoints(); }
    DocumentFiles& files() { return m_files; }

    /// Of its document, or of the one that is being loaded.
    std::filesystem::path file() const;
    /// Whether another document may be opened in it without asking.
    bool isUntouched() const { return m_document.isUntouched() && m_loading.empty(); }
    void load(const std::filesystem::path& file);
    /// Closes the window unless the person wants to keep it; `then` is told.
    void closeThen(const std::function<void(bool isClosed)>& then);

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    QDockWidget* dock(const QString& name, const QString& title, QWidget* widget, Qt::DockWidgetArea area,
                      CommandId toggle);
    void arrange();
    void connectDocument();
    void connectViews();
    void connectRun();
    void connectFiles();
    void connectViewCommands();
    void connectFileCommands();
    void connectOverlays();
    void connectThemes();
    void connectWheel();
    void fillRecent(QMenu* menu);
    void fillExamples(QMenu* menu);
    void showContextMenu(const Hit& hit, QPoint at);
    void updateTitle();
    void updateCommands();
    void updateWelcome();
    void showShortcuts();
    void showAbout();

    Windows& m_windows;
    OpenDocument m_document;
    Playback m_playback;
    GraphView* m_view;
    Palette* m_palette;
    Inspector* m_inspector;
    Player* m_player;
    HealthPanel* m_healthPanel;
    MirrorPanel* m_mirrorPanel;
    NoticeBar* m_fileBar;
    NoticeBar* m_backwardBar;
    NoticeBar* m_forwardAnomalyBar;
    NoticeBar* m_backwardAnomalyBar;
    StatusLine* m_status;
    Commands m_commands;
    LiveRun m_live;
    DocumentFiles m_files;
    TensorFiles m_tensors;
    BackwardCommands m_backward;
    Stepping m_stepping;
    HealthWatch m_health;
    CheckWatch m_checks;
    MirrorWatch m_mirror;
    AnomalyNotices m_anomalies;
    EditCommands m_edits;
    GradientNodes m_gradients;
    ExplainCommands m_explaining;
    ErrorFixes m_fixes;
    ExportCommands m_exports;
    SearchField* m_search;
    Header* m_header;
    WelcomePage* m_welcome;
    std::filesystem::path m_loading;
    bool m_mayClose = false;
    QObject m_wires;  // Whose connections end first: what parts say while they go is no matter any more.
};

}  // namespace chainrule

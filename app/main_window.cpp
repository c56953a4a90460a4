// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main_window.h"

#include "app/settings.h"
#include "app/shortcuts_page.h"
#include "widgets/canvas/link_legend.h"
#include "widgets/theme/appearance.h"

#include <QApplication>
#include <QCloseEvent>
#include <QMenu>
#include <QLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QVBoxLayout>

namespace chainrule {
namespace {

constexpr qreal zoomStep = 1.25;
constexpr QSize firstSize(1440, 900);
constexpr int firstPaletteWidth = 232;
constexpr int firstInspectorWidth = 320;

}  // namespace

MainWindow::MainWindow(Windows& windows)
    : m_windows(windows), m_view(new GraphView), m_palette(new Palette), m_inspector(new Inspector),
      m_player(new Player), m_healthPanel(new HealthPanel), m_mirrorPanel(new MirrorPanel),
      m_fileBar(new NoticeBar), m_backwardBar(new NoticeBar),
      m_forwardAnomalyBar(new NoticeBar), m_backwardAnomalyBar(new NoticeBar), m_status(new StatusLine),
      m_commands(this, m_view), m_live(m_document, m_playback, this),
      m_files(m_document, windows.questions(), *m_fileBar, this),
      m_tensors({m_document, m_playback, m_live, *m_view, windows.questions()}, this),
      m_backward({m_document, m_playback, m_live, *m_view, *m_backwardBar}, m_commands, this),
      m_stepping({m_document, m_playback, *m_view, *m_player}, m_commands, this),
      m_health({m_playback, *m_view, *m_healthPanel}, m_commands, this),
      m_checks({m_document, m_playback, m_live, *m_view, *m_inspector}, m_commands, this),
      m_mirror({m_document, m_playback, *m_view, *m_mirrorPanel}, this),
      m_anomalies({m_document, m_playback, m_live, *m_view, *m_forwardAnomalyBar, *m_backwardAnomalyBar}, m_commands, this),
      m_edits(m_document, *m_view, m_commands, this),
      m_gradients({m_document, m_playback, m_live, *m_view}, m_commands, this),
      m_explaining({*m_view, *m_inspector}, m_commands, this),
      m_fixes({m_document, m_playback, m_live, *m_view, *m_inspector}, m_commands, this),
      m_exports({m_document, m_live, *m_view, windows.questions()}, m_commands, this),
      m_search(new SearchField(m_document, m_playback, m_commands, this)),
      m_header(new Header(m_commands, m_search, this)), m_welcome(new WelcomePage(m_commands, m_view))
{
    arrange();
    connectDocument();
    connectViews();
    connectRun();
    connectFiles();
    connectFileCommands();
    connectViewCommands();
    connectOverlays();
    connectThemes();
    connectWheel();
    m_commands.fill(*menuBar());
    updateTitle();
    updateCommands();
    m_view->setFocus();
}

void MainWindow::arrange()
{
    auto* const middle = new QWidget;
    auto* const column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_fileBar);
    column->addWidget(m_backwardBar);
    column->addWidget(m_forwardAnomalyBar);
    column->addWidget(m_backwardAnomalyBar);
    column->addWidget(m_view, 1);
    setCentralWidget(middle);
    addToolBar(m_header);
    setStatusBar(m_status);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
    QDockWidget* const palette =
        dock(QStringLiteral("palette"), tr("Palette"), m_palette, Qt::LeftDockWidgetArea, CommandId::ShowPalette);
    QDockWidget* const inspector = dock(QStringLiteral("inspector"), tr("Inspector"), m_inspector,
                                        Qt::RightDockWidgetArea, CommandId::ShowInspector);
    QDockWidget* const player =
        dock(QStringLiteral("player"), tr("Steps"), m_player, Qt::BottomDockWidgetArea, CommandId::ShowPlayer);
    QDockWidget* const health = dock(QStringLiteral("health"), tr("Gradient Health"), m_healthPanel,
                                     Qt::BottomDockWidgetArea, CommandId::ShowHealth);
    QDockWidget* const mirror = dock(QStringLiteral("mirror"), tr("Backward Graph"), m_mirrorPanel,
                                     Qt::BottomDockWidgetArea, CommandId::ShowBackwardGraph);
    splitDockWidget(mirror, player, Qt::Vertical);
    splitDockWidget(mirror, health, Qt::Horizontal);
    health->hide();
    mirror->hide();
    setContextMenuPolicy(Qt::PreventContextMenu);
    if (!restoreGeometry(settings::geometry()))
        resize(firstSize);
    resizeDocks({palette, inspector}, {firstPaletteWidth, firstInspectorWidth}, Qt::Horizontal);
    restoreState(settings::docks());
    m_mirrorPanel->arrange(settings::backwardGraph());
}

QDockWidget* MainWindow::dock(const QString& name, const QString& title, QWidget* widget, Qt::DockWidgetArea area,
                              CommandId toggle)
{
    auto* const dock = new QDockWidget(title, this);
    dock->setObjectName(name);
    dock->setFeatures(QDockWidget::DockWidgetClosable);
    dock->setTitleBarWidget(new QWidget(dock));  // Panels without chrome: the View menu shows and hides them.
    dock->setWidget(widget);
    addDockWidget(area, dock);
    m_commands.on(toggle, [dock, this, toggle, area, height = widget->sizeHint().height()]() mutable {
        const bool isShown = m_commands.action(toggle)->isChecked();
        QList<QDockWidget*> others;  // What is above or below keeps its height: the canvas gives and gets the room.
        QList<int> heights;
        for (auto* const other : findChildren<QDockWidget*>())
            if (other != dock && other->isVisible() && dockWidgetArea(other) == Qt::BottomDockWidgetArea) {
                others << other;
                heights << other->height();
            }
        if (!isShown)
            height = dock->height();
        dock->setVisible(isShown);
        if (area != Qt::BottomDockWidgetArea)
            return;
        layout()->activate();
        if (!isShown)
            resizeDocks(others, heights, Qt::Vertical);
        else if (dock->height() < height)  // It gets as little as it can be where nothing stands beside it.
            resizeDocks({dock}, {height}, Qt::Vertical);
    });
    connect(dock, &QDockWidget::visibilityChanged, &m_wires,
            [this, dock, toggle] { m_commands.setChecked(toggle, !dock->isHidden()); });
    return dock;
}

void MainWindow::connectDocument()
{
    connect(&m_document, &OpenDocument::changed, m_status, &StatusLine::forget);
    connect(&m_document, &OpenDocument::changed, m_view, &GraphView::showDiagram);
    connect(&m_document, &OpenDocument::changed, m_inspector, &Inspector::showDiagram);
    connect(&m_document, &OpenDocument::changed, &m_wires, [this] { updateCommands(); });
    connect(&m_document, &OpenDocument::changed, &m_wires, [this] { updateWelcome(); });
    connect(&m_document, &OpenDocument::rejected, &m_wires,
            [this](const Error& reason) { m_status->hint(QString::fromStdString(reason.message)); });
    connect(&m_document, &OpenDocument::fileChanged, &m_wires, [this] {
        updateTitle();
        m_inspector->setFolder(m_document.file().empty() ? QString()
                                                         : QString::fromStdString(m_document.folder().string()));
    });
    connect(&m_document.history(), &QUndoStack::cleanChanged, &m_wires, [this] { updateTitle(); });
    connect(&m_document.history(), &QUndoStack::indexChanged, &m_wires, [this] { updateCommands(); });
}

void MainWindow::connectViews()
{
    const auto apply = [this](const Edit& edit, int gesture) { m_document.apply(edit, gesture); };
    connect(m_view, &GraphView::editRequested, &m_wires, apply);
    connect(m_inspector, &Inspector::editRequested, &m_wires, apply);
    connect(m_view, &GraphView::selectionChanged, &m_wires, [this] {
        m_inspector->setNode(m_view->current());
        updateCommands();
    });
    connect(m_view, &GraphView::contextMenuRequested, &m_wires,
            [this](const Hit& hit, QPoint at) { showContextMenu(hit, at); });
    connect(m_view, &GraphView::hinted, m_status, &StatusLine::tip);
    connect(m_view, &GraphView::refused, m_status, &StatusLine::hint);
    connect(m_inspector, &Inspector::hinted, m_status, &StatusLine::hint);
    connect(m_inspector, &Inspector::outputRequested, &m_wires,
            [this](OutputId output) { m_view->select({output.node}); });
    connect(m_palette, &Palette::opRequested, &m_wires, [this](const QString& name) {
        m_view->addOp(name);
        m_view->setFocus();
    });
    connect(m_search, &SearchField::nodeChosen, &m_wires, [this](NodeId node) {
        m_view->select({node});
        m_view->reveal(node);
    });
    connect(m_search, &SearchField::left, m_view, [this] { m_view->setFocus(); });
}

void MainWindow::connectRun()
{
    connect(&m_playback, &Playback::momentChanged, m_view, &GraphView::showMoment);
    connect(&m_playback, &Playback::momentChanged, m_inspector, &Inspector::showMoment);
    connect(&m_playback, &Playback::momentChanged, &m_wires, [this] { updateCommands(); });
    connect(&m_live, &LiveRun::started, m_status,
            [this] { m_status->begin(StatusLine::Work::Evaluation, tr("Evaluating")); });
    connect(&m_live, &LiveRun::progressed, m_status, &StatusLine::progress);
    connect(&m_live, &LiveRun::finished, &m_wires, [this](double seconds) {
        m_status->end(StatusLine::Work::Evaluation);
        const std::size_t nodes = m_document.diagram().graph.size();
        const QString count = nodes == 1 ? tr("1 node") : tr("%1 nodes").arg(nodes);
        m_status->tell(nodes == 0 ? QString() : tr("evaluated in %1  ·  %2").arg(durationText(seconds), count));
    });
    connect(&m_live, &LiveRun::failed, &m_wires, [this](const Error& error) {
        m_status->end(StatusLine::Work::Evaluation);
        m_status->hint(error.kind == Error::Kind::Cancelled ? tr("Cancelled. What is dimmed is of an earlier state; F5 "
                                                                 "computes it.")
                                                            : QString::fromStdString(error.message));
    });
    connect(m_status, &StatusLine::cancelRequested, &m_live, &LiveRun::cancel);
    m_live.setAutoRun(settings::isAutoRun());
    m_commands.setChecked(CommandId::AutoRun, m_live.isAutoRun());
    m_commands.on(CommandId::Run, [this] { m_live.run(); });
    m_commands.on(CommandId::AutoRun, [this] {
        m_live.setAutoRun(m_commands.action(CommandId::AutoRun)->isChecked());
        settings::setAutoRun(m_live.isAutoRun());
    });
    connect(&m_fixes, &ErrorFixes::hinted, m_status, &StatusLine::hint);
    connect(&m_backward, &BackwardCommands::hinted, m_status, &StatusLine::hint);
    connect(&m_stepping, &Stepping::hinted, m_status, &StatusLine::hint);
    connect(&m_stepping.breakpoints(), &Breakpoints::changed, &m_wires, [this] { updateCommands(); });
    connect(&m_anomalies, &AnomalyNotices::changed, &m_wires, [this] { updateCommands(); });
    connect(&m_edits, &EditCommands::hinted, m_status, &StatusLine::hint);
    connect(&m_gradients, &GradientNodes::hinted, m_status, &StatusLine::hint);
    connect(&m_explaining, &ExplainCommands::hinted, m_status, &StatusLine::hint);
}

void MainWindow::connectFiles()
{
    const auto showBusy = [this](const QString& what) {
        if (what.isEmpty())
            m_status->end(StatusLine::Work::Files);
        else
            m_status->begin(StatusLine::Work::Files, what);
    };
    connect(&m_files, &DocumentFiles::busy, &m_wires, showBusy);
    connect(&m_tensors, &TensorFiles::busy, &m_wires, showBusy);
    connect(&m_exports, &ExportCommands::busy, &m_wires, showBusy);
    connect(&m_tensors, &TensorFiles::hinted, m_status, &StatusLine::hint);
    connect(&m_exports, &ExportCommands::hinted, m_status, &StatusLine::hint);
    connect(&m_files, &DocumentFiles::loaded, &m_wires, [this] {
        m_view->select({});
        m_view->frameAll();
        m_view->setFocus();
    });
    connect(&m_files, &DocumentFiles::ended, &m_wires, [this] {
        m_loading.clear();
        updateWelcome();
    });
    connect(&m_tensors, &TensorFiles::documentsDropped, &m_wires, [this](const QStringList& files) {
        for (const QString& file : files)
            m_windows.open(file.toStdString(), this);
    });
    connect(m_inspector, &Inspector::saveRequested, &m_tensors, &TensorFiles::save);
    connect(m_inspector, &Inspector::dragRequested, &m_tensors, &TensorFiles::drag);
    connect(m_welcome, &WelcomePage::fileChosen, &m_wires,
            [this](const QString& file) { m_windows.open(file.toStdString(), this); });
    connect(&m_windows, &Windows::examplesFound, &m_wires, [this] { m_welcome->setExamples(m_windows.examples()); });
    m_welcome->setExamples(m_windows.examples());
}

void MainWindow::connectFileCommands()
{
    m_commands.on(CommandId::New, [this] { m_windows.openEmpty(); });
    m_commands.on(CommandId::Open, [this] {
        const QString folder = QString::fromStdString(m_document.folder().string());
        for (const QString& file : m_windows.questions().documentsToOpen(this, folder))
            m_windows.open(file.toStdString(), this);
    });
    m_commands.on(CommandId::Save, [this] { m_files.save(); });
    m_commands.on(CommandId::SaveAs, [this] { m_files.saveAs(); });
    m_commands.on(CommandId::SaveValue, [this] { m_tensors.save({m_view->current()}, Which::Value); });
    m_commands.on(CommandId::SaveGradient, [this] { m_tensors.save({m_view->current()}, Which::Gradient); });
    m_commands.on(CommandId::ExportAll, [this] { m_tensors.exportAll(); });
    m_commands.on(CommandId::Close, [this] { close(); });
    m_commands.on(CommandId::Quit, [this] { m_windows.closeAll(); });
    auto* const recent = new QMenu(this);
    connect(recent, &QMenu::aboutToShow, &m_wires, [this, recent] { fillRecent(recent); });
    m_commands.action(CommandId::OpenRecent)->setMenu(recent);
    auto* const examples = new QMenu(this);
    connect(examples, &QMenu::aboutToShow, &m_wires, [this, examples] { fillExamples(examples); });
    m_commands.action(CommandId::Examples)->setMenu(examples);
}

void MainWindow::connectViewCommands()
{
    m_commands.on(CommandId::Find, [this] { m_search->start(); });
    m_commands.on(CommandId::SearchPalette, [this] {
        m_palette->parentWidget()->show();
        m_palette->startSearch();
    });
    m_commands.on(CommandId::FrameSelection, [this] { m_view->frameSelection(); });
    m_commands.on(CommandId::FrameAll, [this] { m_view->frameAll(); });
    m_commands.on(CommandId::ZoomActual, [this] { m_view->zoomTo(1); });
    m_commands.on(CommandId::ZoomIn, [this] { m_view->zoomBy(zoomStep); });
    m_commands.on(CommandId::ZoomOut, [this] { m_view->zoomBy(1 / zoomStep); });
    m_commands.on(CommandId::FullScreen, [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    m_commands.on(CommandId::Shortcuts, [this] { showShortcuts(); });
    m_commands.on(CommandId::About, [this] { showAbout(); });
}

void MainWindow::connectOverlays()
{
    m_view->setShowsGradients(settings::showsGradients());
    m_commands.setChecked(CommandId::ShowGradientStates, m_view->showsGradients());
    m_commands.on(CommandId::ShowGradientStates, [this] {
        m_view->setShowsGradients(m_commands.action(CommandId::ShowGradientStates)->isChecked());
        settings::setShowsGradients(m_view->showsGradients());
    });
    auto* const legend = new LinkLegend(m_view);
    m_commands.on(CommandId::ShowLegend,
                  [this, legend] { legend->setVisible(m_commands.action(CommandId::ShowLegend)->isChecked()); });
    connect(legend, &LinkLegend::closed, &m_wires, [this] { m_commands.setChecked(CommandId::ShowLegend, false); });
}

void MainWindow::connectThemes()
{
    using Choice = Appearance::Choice;
    const std::pair<CommandId, Choice> themes[] = {{CommandId::ThemeSystem, Choice::System},
                                                   {CommandId::ThemeLight, Choice::Light},
                                                   {CommandId::ThemeDark, Choice::Dark}};
    for (const auto& [id, choice] : themes) {
        m_commands.setChecked(id, Appearance::instance().choice() == choice);
        m_commands.on(id, [choice = choice] {
            settings::setTheme(choice);
            Appearance::instance().choose(choice);
        });
        connect(&Appearance::instance(), &Appearance::changed, &m_wires, [this, id = id, choice = choice] {
            m_commands.setChecked(id, Appearance::instance().choice() == choice);
        });
    }
}

void MainWindow::connectWheel()
{
    using Wheel = GraphView::Wheel;
    m_view->setWheel(settings::wheel());
    const std::pair<CommandId, Wheel> choices[] = {{CommandId::WheelZooms, Wheel::Zooms},
                                                   {CommandId::WheelScrolls, Wheel::Scrolls}};
    for (const auto& [id, wheel] : choices) {
        m_commands.setChecked(id, settings::wheel() == wheel);
        m_commands.on(id, [this, wheel = wheel] {
            settings::setWheel(wheel);
            m_view->setWheel(wheel);
        });
    }
}

std::filesystem::path MainWindow::file() const
{
    return m_loading.empty() ? m_document.file() : m_loading;
}

void MainWindow::load(const std::filesystem::path& file)
{
    m_loading = file;
    updateWelcome();
    m_files.load(file);
}

void MainWindow::closeThen(const std::function<void(bool)>& then)
{
    raise();
    m_files.settle([this, then](bool mayGo) {
        if (mayGo) {
            m_mayClose = true;
            close();
        }
        then(mayGo);
    });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_mayClose && (m_document.isModified() || m_files.isBusy())) {
        event->ignore();
        QMetaObject::invokeMethod(this, [this] { closeThen([](bool) {}); }, Qt::QueuedConnection);
        return;
    }
    settings::setWindow(saveGeometry(), saveState(), m_mirrorPanel->arrangement());
    event->accept();
}

void MainWindow::fillRecent(QMenu* menu)
{
    menu->clear();
    for (const QString& file : settings::recentFiles())
        menu->addAction(file, this, [this, file] { m_windows.open(file.toStdString(), this); });
    if (menu->isEmpty())
        menu->addAction(tr("No Documents Yet"))->setEnabled(false);
    else
        menu->addSeparator();
    menu->addAction(tr("Forget These"), &settings::clearRecentFiles)->setEnabled(!settings::recentFiles().isEmpty());
}

void MainWindow::fillExamples(QMenu* menu)
{
    menu->clear();
    menu->setToolTipsVisible(true);
    QMenu* errors = nullptr;
    for (const Example& example : m_windows.examples()) {
        if (example.showsError && !errors) {
            errors = menu->addMenu(tr("Errors to Mend"));
            errors->setToolTipsVisible(true);
        }
        (example.showsError ? errors : menu)
            ->addAction(example.title, this, [this, file = example.file] { m_windows.open(file, this); })
            ->setToolTip(example.summary);
    }
}

void MainWindow::showContextMenu(const Hit& hit, QPoint at)
{
    using Id = CommandId;
    const std::vector<CommandId> onNode = {Id::FixError,   Id::Backward,   Id::BreakAtNode,  Id::RequiresGrad,
                                           Id::RetainGrad, Id::Mute,       Id::ExplainGradient, Id::InsertGradient,
                                           Id::Rename,     Id::EditValue,    Id::Cut,        Id::Copy,
                                           Id::Duplicate,  Id::Delete,       Id::DeleteAndReconnect,
                                           Id::SaveValue,  Id::SaveGradient, Id::SelectUpstream, Id::SelectDownstream,
                                           Id::FrameSelection, Id::LayOutSelection};
    const std::vector<CommandId> onCanvas = {Id::AddNode, Id::Paste,    Id::SelectAll, Id::FrameAll,
                                             Id::LayOutAll, Id::ZeroGrad, Id::Run};
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    m_explaining.addTo(*menu, hit);
    m_commands.fill(*menu, hit.part == Hit::Part::Empty ? onCanvas : onNode);
    menu->popup(at);
}

void MainWindow::updateTitle()
{
    setWindowTitle(tr("%1[*] - Chainrule").arg(m_document.title()));
    setWindowModified(m_document.isModified());
    m_header->setDocument(m_document.title(), m_document.isModified());
}

void MainWindow::updateCommands()
{
    const Moment& moment = m_playback.moment();
    const NodeId current = m_view->current();
    const Graph& graph = m_document.diagram().graph;
    const Situation now{
        .hasNodes = !graph.empty(),
        .hasSelection = !m_view->selection().empty(),
        .hasValue = graph.contains(current) && namedTensor(moment, {current}, Which::Value).has_value(),
        .hasGradient = graph.contains(current) && namedTensor(moment, {current}, Which::Gradient).has_value(),
        .hasError = graph.contains(current) && moment.result(current) && moment.result(current)->error,
        .hasBackward = !graph.backward.empty(),
        .canUndo = m_document.history().canUndo(),
        .canRedo = m_document.history().canRedo(),
        .canStepBack = !moment.isEmpty() && moment.evaluated() > 0,
        .canStepForward = !moment.isAtEnd(),
        .hasBreakpoints = !breakpoints().nodes().empty(),
        .hasAnomaly = m_anomalies.hasAnomaly(),
    };
    m_commands.update(now);
    const QString undo = m_document.history().undoText();
    const QString redo = m_document.history().redoText();
    m_commands.action(CommandId::Undo)->setText(undo.isEmpty() ? tr("&Undo") : tr("&Undo %1").arg(undo));
    m_commands.action(CommandId::Redo)->setText(redo.isEmpty() ? tr("&Redo") : tr("&Redo %1").arg(redo));
}

void MainWindow::updateWelcome()
{
    m_welcome->setVisible(m_document.diagram() == Diagram() && m_loading.empty());
}

void MainWindow::showShortcuts()
{
    auto* const page = new ShortcutsPage(this);
    page->setAttribute(Qt::WA_DeleteOnClose);
    page->show();
}

void MainWindow::showAbout()
{
    auto* const box = new QMessageBox(QMessageBox::NoIcon, tr("About Chainrule"),
                                      tr("Chainrule %1").arg(QApplication::applicationVersion()), QMessageBox::Ok, this);
    box->setInformativeText(tr("Build autograd graphs with PyTorch's semantics, and step through the backward pass.\n\n"
                               "GPL-3.0-or-later"));
    box->setIconPixmap(QApplication::windowIcon().pixmap(64));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

}  // namespace chainrule

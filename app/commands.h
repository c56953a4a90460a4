// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QCoreApplication>
#include <QKeySequence>
#include <QObject>

#include <functional>
#include <map>
#include <span>
#include <vector>

class QMenu;
class QMenuBar;
class QWidget;

namespace chainrule {

/// Everything that can be done by name: what menus, toolbar, context menu and search offer.
enum class CommandId {
    New, Open, OpenRecent, Save, SaveAs, SaveValue, SaveGradient, ExportAll, ExportPython, ExportDot, ExportPng, ExportSvg,
    Close, Quit,
    Undo, Redo, Cut, Copy, Paste, Duplicate, Delete, DeleteAndReconnect, SelectAll, SelectUpstream, SelectDownstream, Find,
    FrameSelection, FrameAll, ZoomActual, ZoomIn, ZoomOut, ShowPalette, ShowInspector, ShowPlayer, ShowHealth, ShowBackwardGraph, ShowGradientStates, ShowLegend,
    HealthOnNodes, CheckGradients,
    ThemeSystem, ThemeLight, ThemeDark, WheelZooms, WheelScrolls, FullScreen,
    AddNode, SearchPalette, Rename, EditValue, FixError, RequiresGrad, RetainGrad, Mute, ExplainGradient, InsertGradient, LayOutSelection, LayOutAll,
    AutoRun, Run, Backward, ZeroGrad, ZeroGradToZeros, StepForward, StepBack, StepToStart, StepToEnd,
    Play, Continue, ContinueBack, BreakAtNode, BreakAtNotFinite, BreakAtNorm, ClearBreakpoints, FirstAnomaly,
    Shortcuts, Examples, About,
};

/// What is the case in a window, as far as it decides which commands can be used.
struct Situation {
    bool hasNodes = false;
    bool hasSelection = false;
    bool hasValue = false;     ///< The current node has been computed to a tensor
    bool hasGradient = false;  ///< and has a gradient at the moment that is shown.
    bool hasError = false;     ///< It has failed.
    bool hasBackward = false;  ///< The document has backward steps.
    bool canUndo = false;
    bool canRedo = false;
    bool canStepBack = false;
    bool canStepForward = false;
    bool hasBreakpoints = false;  ///< On nodes.
    bool hasAnomaly = false;      ///< Some value or gradient has NaN or infinities that began somewhere.
};

/// One line of the table that menus, toolbar, context menus, search and the page of shortcuts are made from.
struct Command {
    enum class Menu { File, Edit, View, Node, Run, Help };
    /// Where its keys work: in the whole window, or while the canvas has the focus, so that letters can be typed
    /// elsewhere.
    enum class Keys { InWindow, OnCanvas };
    enum class Kind { Plain, Checkable, Submenu };

    CommandId id;
    Menu menu;
    const char* text;  ///< With a & before the letter that Alt reaches it by in its menu.
    const char* keys;  ///< "Ctrl+Shift+Z; Ctrl+Y"; the first is shown.
    const char* help;  ///< One sentence.
    Keys scope = Keys::InWindow;
    bool (*isEnabled)(const Situation&) = nullptr;  ///< Absent: always.
    const char* icon = "";                          ///< Of resources/icons.
    Kind kind = Kind::Plain;
    const char* submenu = "";   ///< Commands of the same submenu stand in the table one after the other.
    bool startsGroup = false;   ///< A line stands above it.
};

/// The table, in the order of the menus.
std::span<const Command> allCommands();
QString menuTitle(Command::Menu menu);
/// Without the mark of its letter.
QString plainText(const Command& command);
QList<QKeySequence> keysOf(const Command& command);

/// The actions of one window, made from the table.
class Commands : public QObject {
    Q_OBJECT
public:
    /// `canvas`: whose focus lets the keys of canvas commands work.
    Commands(QWidget* window, QWidget* canvas);

    QAction* action(CommandId id) const { return m_actions.at(id); }
    /// What the command does; each has one.
    void on(CommandId id, std::function<void()> does);
    void setChecked(CommandId id, bool isChecked) { action(id)->setChecked(isChecked); }
    void update(const Situation& situation);
    void fill(QMenuBar& bar) const;
    void fill(QMenu& menu, std::span<const CommandId> ids) const;
    /// Commands that do nothing yet: none, once a window is built.
    std::vector<CommandId> dead() const;

private:
    std::map<CommandId, QAction*> m_actions;
    std::map<CommandId, bool> m_isAlive;
};

}  // namespace chainrule

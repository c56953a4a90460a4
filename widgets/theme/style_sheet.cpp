// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/style_sheet.h"

namespace chainrule {
namespace {

// "@role" stands for a colour of the theme, so that nothing here can name another one.
constexpr char rules[] = R"(
QMainWindow, QDialog, QDockWidget, QToolBar, QStatusBar, QMenuBar, QStackedWidget, QScrollArea { background: @panel; }
QWidget { color: @text; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @faint; }
QLabel { background: transparent; }
QLabel:disabled { color: @faint; }

QToolBar { border: none; border-bottom: 1px solid @line; padding: 6px 8px; spacing: 8px; }
QToolBar::separator { background: @line; width: 1px; margin: 6px 4px; }
QToolButton, QPushButton { background: @raised; border: 1px solid @line; border-radius: 7px;
    padding: 5px 12px; font-weight: 600; }
QToolButton { padding: 5px 8px; }
QToolButton:hover, QPushButton:hover { border-color: @faint; }
QToolButton:pressed, QPushButton:pressed { background: @line; }
QToolButton:checked, QPushButton:checked { border-color: @secondary; background: @line; }
QToolButton:focus, QPushButton:focus { border-color: @selection; }
QToolButton:disabled, QPushButton:disabled { color: @faint; }
QToolButton[flat="true"], QPushButton[flat="true"] { background: transparent; border-color: transparent; }
QToolButton[flat="true"]:hover, QPushButton[flat="true"]:hover { background: @raised; }
QToolButton[primary="true"], QPushButton[primary="true"] { background: @gradient; border-color: @gradient;
    color: @onPrimary; }
QToolButton[primary="true"]:hover, QPushButton[primary="true"]:hover { background: @primaryHover;
    border-color: @primaryHover; }
QToolButton[primary="true"]:disabled, QPushButton[primary="true"]:disabled { background: @raised;
    border-color: @line; color: @faint; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 18px; }
QToolButton::menu-button { border: none; border-left: 1px solid @line; width: 16px; }

QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; font-weight: 600; }
QDockWidget::title { background: @panel; padding: 8px 12px; text-align: left; border-bottom: 1px solid @line; }
QDockWidget > QWidget { background: @panel; }

QTabWidget::pane { border: none; border-top: 1px solid @line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 7px 10px 5px 10px; color: @secondary; font-weight: 600; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom-color: @selection; }

QLineEdit, QPlainTextEdit, QTextEdit { background: @raised; border: 1px solid @line; border-radius: 7px;
    padding: 5px 8px; selection-background-color: @selected; selection-color: @text; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @selection; }
QLineEdit:disabled, QPlainTextEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @faint; }
QLineEdit[invalid="true"] { border-color: @error; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none; padding: 0; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; outline: none; padding: 4px; }

QAbstractItemView { background: @panel; alternate-background-color: @raised; border: none; outline: none;
    selection-background-color: @selected; selection-color: @text; }
QAbstractItemView::item { padding: 3px 6px; border: none; border-radius: 4px; }
QAbstractItemView::item:hover { background: @raised; }
QAbstractItemView::item:selected { background: @selected; color: @text; }
QAbstractItemView::item:disabled { color: @faint; }
QTableView { gridline-color: @line; }
QTableView::item { border-radius: 0; padding: 2px 6px; }
QTreeView::branch { background: transparent; }
QHeaderView { background: @panel; }
QHeaderView::section { background: @panel; color: @secondary; border: none; border-right: 1px solid @line;
    border-bottom: 1px solid @line; padding: 3px 6px; }
QTableCornerButton::section { background: @panel; border: none; border-bottom: 1px solid @line;
    border-right: 1px solid @line; }

QMenuBar { border-bottom: 1px solid @line; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 4px 9px; border-radius: 5px; }
QMenuBar::item:selected { background: @line; }
QMenu { background: @raised; border: 1px solid @line; padding: 5px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 5px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: @selected; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: 5px 6px; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 5px 7px; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 11px; }
QScrollBar:horizontal { height: 11px; }
QScrollBar::handle { background: @line; border-radius: 3px; margin: 2px 3px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; margin: 3px 2px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSlider { min-height: 22px; }
QSlider::groove:horizontal { height: 3px; border-radius: 1px; background: @line; }
QSlider::sub-page:horizontal { height: 3px; border-radius: 1px; background: @secondary; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 7px; background: @secondary; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @text; }

QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox:disabled, QRadioButton:disabled { color: @faint; }
QGroupBox { border: none; margin-top: 20px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }

QStatusBar { border-top: 1px solid @line; color: @secondary; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @secondary; }
QProgressBar { background: @line; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: @secondary; border-radius: 2px; }
QSplitter::handle { background: @line; }
)";

QColor blended(const QColor& over, const QColor& under, double share)
{
    const auto channel = [share](int a, int b) { return int(b + (a - b) * share); };
    return QColor(channel(over.red(), under.red()), channel(over.green(), under.green()),
                  channel(over.blue(), under.blue()));
}

QColor selected(const Theme& theme)
{
    return blended(theme.selection, theme.panel, theme.isDark ? 0.24 : 0.16);
}

}  // namespace

QString styleSheet(const Theme& theme)
{
    const std::pair<const char*, QColor> roles[] = {
        {"@panel", theme.panel},       {"@raised", theme.raised},       {"@line", theme.line},
        {"@text", theme.text},         {"@secondary", theme.secondary}, {"@faint", theme.faint},
        {"@gradient", theme.gradient}, {"@onPrimary", theme.onPrimary}, {"@selection", theme.selection},
        {"@error", theme.error},       {"@selected", selected(theme)},
        {"@primaryHover", blended(theme.text, theme.gradient, 0.12)}};
    QString sheet = QString::fromLatin1(rules);
    for (const auto& [role, colour] : roles) {
        // Whole words: "@select" must not be found in "@selection".
        const QString word = QString::fromLatin1(role);
        for (const char* const end : {";", " ", ","})
            sheet.replace(word + QLatin1String(end), colour.name() + QLatin1String(end));
    }
    return sheet;
}

QPalette palette(const Theme& theme)
{
    QPalette palette;
    palette.setColor(QPalette::Window, theme.panel);
    palette.setColor(QPalette::WindowText, theme.text);
    palette.setColor(QPalette::Base, theme.panel);
    palette.setColor(QPalette::AlternateBase, theme.raised);
    palette.setColor(QPalette::ToolTipBase, theme.raised);
    palette.setColor(QPalette::ToolTipText, theme.text);
    palette.setColor(QPalette::PlaceholderText, theme.faint);
    palette.setColor(QPalette::Text, theme.text);
    palette.setColor(QPalette::Button, theme.raised);
    palette.setColor(QPalette::ButtonText, theme.text);
    palette.setColor(QPalette::BrightText, theme.error);
    palette.setColor(QPalette::Light, theme.line);
    palette.setColor(QPalette::Midlight, theme.line);
    palette.setColor(QPalette::Mid, theme.line);
    palette.setColor(QPalette::Dark, theme.line);
    palette.setColor(QPalette::Shadow, theme.canvas);
    palette.setColor(QPalette::Highlight, selected(theme));
    palette.setColor(QPalette::HighlightedText, theme.text);
    palette.setColor(QPalette::Link, theme.value);
    palette.setColor(QPalette::LinkVisited, theme.value);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, theme.faint);
    return palette;
}

}  // namespace chainrule

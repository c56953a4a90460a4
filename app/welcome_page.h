// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/examples.h"

#include <QFrame>

class QLabel;
class QVBoxLayout;

namespace chainrule {

/// What an empty document shows in the middle of its canvas: how to begin, what was open before, and examples. Lets
/// what is dragged pass through to the canvas.
class WelcomePage : public QFrame {
    Q_OBJECT
public:
    WelcomePage(const Commands& commands, QWidget* canvas);

    /// Reads again what was open before.
    void refresh();
    void setExamples(const std::vector<Example>& examples);

Q_SIGNALS:
    void fileChosen(const QString& file);

private:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void place();
    void dress();
    QWidget* entry(const QString& title, const QString& summary, const QString& file);
    QLabel* heading(const QString& text);

    QVBoxLayout* m_recent;
    QVBoxLayout* m_examples;
    QLabel* m_recentHeading;
    QLabel* m_examplesHeading;
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/examples.h"
#include "app/questions.h"

#include <QObject>
#include <QPointer>

#include <filesystem>
#include <vector>

namespace chainrule {

class MainWindow;

/// All windows of the program, one document each. They delete themselves when they are closed.
class Windows : public QObject {
    Q_OBJECT
public:
    explicit Windows(Questions& questions);
    ~Windows() override;

    Questions& questions() { return m_questions; }
    const std::vector<Example>& examples() const { return m_examples; }
    const std::vector<MainWindow*>& all() const { return m_windows; }

    MainWindow* openEmpty();
    /// In `from` if its document is empty and untouched, else in a window of its own; where it is open already, that
    /// window comes to the front.
    void open(const std::filesystem::path& file, MainWindow* from = nullptr);
    /// Closes one window after the other, each asking about its document, until somebody says no.
    void closeAll();

Q_SIGNALS:
    void examplesFound();

private:
    void closeNext(std::vector<QPointer<MainWindow>> remaining);

    Questions& m_questions;
    std::vector<MainWindow*> m_windows;
    std::vector<Example> m_examples;
};

}  // namespace chainrule

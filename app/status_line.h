// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QStatusBar>
#include <QTimer>

#include <map>

class QLabel;
class QProgressBar;
class QToolButton;

namespace chainrule {

/// The line at the bottom: hints at the left, what was computed at the right, and a bar with Cancel for what takes
/// over half a second.
class StatusLine : public QStatusBar {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);

    /// One sentence on what has happened. It stays until the next one or forget().
    void hint(const QString& text);
    /// What it said is no news any more.
    void forget() { hint({}); }
    /// One sentence that goes before as long as it holds: what the mouse would do here. Empty when that has passed.
    void tip(const QString& text);
    /// What stands at the right: "evaluated in 41 µs · 8 nodes".
    void tell(const QString& text);
    /// What may take long. Evaluating can be cancelled; of several, the bar shows that.
    enum class Work { Evaluation, Files };
    /// Work began: after half a second a bar shows it.
    void begin(Work work, const QString& what);
    void progress(std::size_t done, std::size_t total);
    void end(Work work);

Q_SIGNALS:
    void cancelRequested();

private:
    void showText();
    void showWork();

    QString m_news;
    QString m_tip;
    QLabel* m_text;
    QLabel* m_told;
    QProgressBar* m_bar;
    QToolButton* m_cancel;
    QLabel* m_what;
    QTimer m_patience;
    std::map<Work, QString> m_works;  // Under way.
};

/// "41 µs", "1.3 ms", "2.0 s".
QString durationText(double seconds);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/status_line.h"

#include "widgets/theme/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

namespace chainrule {
namespace {

constexpr int patience = 500;  // Milliseconds before a bar is worth the unrest.
constexpr int barSteps = 1000;

}  // namespace

StatusLine::StatusLine(QWidget* parent)
    : QStatusBar(parent), m_text(new QLabel(this)), m_told(new QLabel(this)), m_bar(new QProgressBar(this)),
      m_cancel(new QToolButton(this)), m_what(new QLabel(this))
{
    setSizeGripEnabled(false);
    setContentsMargins(3 * metrics::step, 0, 3 * metrics::step, 0);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_bar->setFixedWidth(160);
    m_bar->setTextVisible(false);
    m_cancel->setText(tr("Cancel"));
    m_cancel->setFocusPolicy(Qt::NoFocus);
    connect(m_cancel, &QToolButton::clicked, this, &StatusLine::cancelRequested);
    addWidget(m_text, 1);
    addPermanentWidget(m_what);
    addPermanentWidget(m_bar);
    addPermanentWidget(m_cancel);
    addPermanentWidget(m_told);
    m_patience.setSingleShot(true);
    m_patience.setInterval(patience);
    connect(&m_patience, &QTimer::timeout, this, &StatusLine::showWork);
    showWork();
}

void StatusLine::hint(const QString& text)
{
    m_news = text;
    showText();
}

void StatusLine::tip(const QString& text)
{
    m_tip = text;
    showText();
}

void StatusLine::showText()
{
    const QString text = m_tip.isEmpty() ? m_news : m_tip;
    QString line = text;
    m_text->setText(line.replace(QLatin1Char('\n'), QLatin1Char(' ')));
    m_text->setToolTip(text);
}

void StatusLine::tell(const QString& text)
{
    m_told->setText(text);
}

void StatusLine::begin(Work work, const QString& what)
{
    m_works[work] = what;
    if (work == m_works.begin()->first)
        m_bar->setRange(0, 0);
    if (m_bar->isVisible())
        showWork();
    else if (!m_patience.isActive())
        m_patience.start();
}

void StatusLine::progress(std::size_t done, std::size_t total)
{
    m_bar->setRange(0, barSteps);
    m_bar->setValue(total == 0 ? 0 : int(double(done) / double(total) * barSteps));
}

void StatusLine::end(Work work)
{
    m_works.erase(work);
    if (m_works.empty())
        m_patience.stop();
    if (!m_patience.isActive())
        showWork();
}

void StatusLine::showWork()
{
    const bool isWorking = !m_works.empty();
    m_what->setVisible(isWorking);
    m_bar->setVisible(isWorking);
    m_cancel->setVisible(m_works.contains(Work::Evaluation));
    if (isWorking)
        m_what->setText(m_works.begin()->second);
}

QString durationText(double seconds)
{
    const auto number = [](double value) { return QString::number(value, 'f', value < 10 ? 1 : 0); };
    if (seconds < 1e-3)
        return StatusLine::tr("%1 µs").arg(QString::number(seconds * 1e6, 'f', 0));
    return seconds < 1 ? StatusLine::tr("%1 ms").arg(number(seconds * 1e3)) : StatusLine::tr("%1 s").arg(number(seconds));
}

}  // namespace chainrule

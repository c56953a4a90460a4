// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/welcome_page.h"

#include "app/settings.h"
#include "widgets/theme/appearance.h"

#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

namespace chainrule {
namespace {

constexpr int widest = 760;
constexpr int margin = 32;
constexpr qsizetype mostRecent = 6;

void empty(QLayout& layout)
{
    while (QLayoutItem* const item = layout.takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

/// A line with a title and, fainter below it, what it is about; the whole of it can be pressed.
class Entry : public QPushButton {
public:
    Entry(const QString& title, const QString& summary)
    {
        setObjectName(QStringLiteral("welcomeEntry"));
        setCursor(Qt::PointingHandCursor);
        setFlat(true);
        setAccessibleName(title);
        setAccessibleDescription(summary);
        auto* const titleLabel = new QLabel(title, this);
        titleLabel->setObjectName(QStringLiteral("entryTitle"));
        auto* const summaryLabel = new QLabel(summary, this);
        summaryLabel->setObjectName(QStringLiteral("entrySummary"));
        summaryLabel->setWordWrap(true);
        auto* const column = new QVBoxLayout(this);
        column->setContentsMargins(2 * metrics::step, metrics::step, 2 * metrics::step, metrics::step);
        column->setSpacing(1);
        for (QLabel* const label : {titleLabel, summaryLabel}) {
            label->setTextFormat(Qt::PlainText);
            label->setAttribute(Qt::WA_TransparentForMouseEvents);
            column->addWidget(label);
        }
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    }

    QSize sizeHint() const override { return layout()->sizeHint(); }
    QSize minimumSizeHint() const override { return layout()->minimumSize(); }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return layout()->heightForWidth(width); }
};

}  // namespace

WelcomePage::WelcomePage(const Commands& commands, QWidget* canvas)
    : QFrame(canvas), m_recent(new QVBoxLayout), m_examples(new QVBoxLayout),
      m_recentHeading(heading(tr("Open before"))), m_examplesHeading(heading(tr("Examples")))
{
    setObjectName(QStringLiteral("welcome"));
    auto* const title = new QLabel(tr("Chainrule"), this);
    title->setFont(fonts::text(24, QFont::DemiBold));
    auto* const subtitle = new QLabel(
        tr("Drag operations here from the left, or press Tab. Link them, and press F6 for the gradients."), this);
    subtitle->setObjectName(QStringLiteral("welcomeSubtitle"));
    subtitle->setWordWrap(true);

    auto* const start = new QHBoxLayout;
    start->setSpacing(2 * metrics::step);
    for (const CommandId id : {CommandId::AddNode, CommandId::Open}) {
        auto* const button = new QPushButton(this);
        QAction* const action = commands.action(id);
        button->setText(id == CommandId::AddNode ? tr("New Node  Tab") : tr("Open…  Ctrl+O"));
        button->setIcon(action->icon());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        start->addWidget(button);
    }
    start->addStretch(1);

    auto* const list = new QWidget;
    list->setObjectName(QStringLiteral("welcomeList"));
    auto* const columns = new QHBoxLayout(list);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(6 * metrics::step);
    for (const auto& [headingLabel, entries, stretch] :
         {std::tuple(m_examplesHeading, m_examples, 3), std::tuple(m_recentHeading, m_recent, 2)}) {
        auto* const column = new QVBoxLayout;
        column->setSpacing(metrics::step);
        entries->setSpacing(0);
        column->addWidget(headingLabel);
        column->addLayout(entries);
        column->addStretch(1);
        columns->addLayout(column, stretch);
    }
    auto* const scroll = new QScrollArea(this);
    scroll->setWidget(list);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(margin, margin, margin, margin / 2);
    column->setSpacing(3 * metrics::step);
    column->addWidget(title);
    column->addWidget(subtitle);
    column->addLayout(start);
    column->addSpacing(2 * metrics::step);
    column->addWidget(scroll, 1);
    canvas->installEventFilter(this);
    connect(&Appearance::instance(), &Appearance::changed, this, &WelcomePage::dress);
    dress();
    place();
}

QLabel* WelcomePage::heading(const QString& text)
{
    auto* const label = new QLabel(text, this);
    label->setObjectName(QStringLiteral("welcomeHeading"));
    return label;
}

void WelcomePage::refresh()
{
    empty(*m_recent);
    for (const QString& file : settings::recentFiles().mid(0, mostRecent)) {
        const QFileInfo info(file);
        QString folder = info.absolutePath();
        if (folder.startsWith(QDir::homePath()))
            folder.replace(0, QDir::homePath().size(), QLatin1Char('~'));
        m_recent->addWidget(entry(info.fileName(), folder, file));
    }
    m_recentHeading->setVisible(m_recent->count() > 0);
}

void WelcomePage::setExamples(const std::vector<Example>& examples)
{
    empty(*m_examples);
    bool hasErrorHeading = false;
    for (const Example& example : examples) {
        if (example.showsError && !hasErrorHeading) {
            m_examples->addSpacing(2 * metrics::step);
            m_examples->addWidget(heading(tr("What PyTorch refuses")));
            hasErrorHeading = true;
        }
        m_examples->addWidget(entry(example.title, example.summary, QString::fromStdString(example.file.string())));
    }
    m_examplesHeading->setVisible(!examples.empty());
}

QWidget* WelcomePage::entry(const QString& title, const QString& summary, const QString& file)
{
    auto* const button = new Entry(title, summary);
    button->setToolTip(file);
    connect(button, &QPushButton::clicked, this, [this, file] { Q_EMIT fileChosen(file); });
    return button;
}

bool WelcomePage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parent() && event->type() == QEvent::Resize)
        place();
    return QFrame::eventFilter(watched, event);
}

void WelcomePage::showEvent(QShowEvent* event)
{
    refresh();
    place();
    QFrame::showEvent(event);
}

void WelcomePage::place()
{
    const QSize room = parentWidget()->size() - QSize(margin, margin);
    const QSize size(std::min(widest, room.width()), std::min(620, room.height()));
    const QPoint corner((parentWidget()->width() - size.width()) / 2, (parentWidget()->height() - size.height()) / 2);
    setGeometry(QRect(corner, size));
}

void WelcomePage::dress()
{
    const Theme& theme = Appearance::instance().theme();
    setStyleSheet(
        QStringLiteral("#welcome { background: %1; border: 1px solid %2; border-radius: %3px; }"
                       "#welcome QLabel { color: %4; background: transparent; }"
                       "#welcome #welcomeSubtitle, #welcome #entrySummary { color: %5; }"
                       "#welcome #welcomeHeading { color: %5; font-weight: 600; padding-left: 8px; }"
                       "#entryTitle { font-weight: 600; }"
                       "#welcome QScrollArea, #welcomeList { background: transparent; }"
                       "#welcomeEntry { border: 1px solid transparent; border-radius: 6px; text-align: left; "
                       "background: transparent; padding: 0px; }"
                       "#welcomeEntry:hover, #welcomeEntry:focus { background: %6; border-color: %2; }")
            .arg(theme.panel.name(), theme.line.name())
            .arg(int(metrics::nodeRadius))
            .arg(theme.text.name(), theme.secondary.name(), theme.raised.name()));
}

}  // namespace chainrule

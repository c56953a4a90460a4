// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notice_bar.h"

#include "widgets/theme/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

namespace chainrule {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_offers(new QHBoxLayout)
{
    setObjectName(QStringLiteral("noticeBar"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* const close = new QToolButton(this);
    close->setIcon(chainrule::icon(QStringLiteral("close")));
    close->setAutoRaise(true);
    close->setToolTip(tr("Hide"));
    close->setFocusPolicy(Qt::NoFocus);
    connect(close, &QToolButton::clicked, this, &NoticeBar::clear);
    auto* const row = new QHBoxLayout(this);
    row->setContentsMargins(3 * metrics::step, 2 * metrics::step, 2 * metrics::step, 2 * metrics::step);
    row->setSpacing(2 * metrics::step);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    row->addLayout(m_offers);
    row->addWidget(close, 0, Qt::AlignTop);
    connect(&Appearance::instance(), &Appearance::changed, this, &NoticeBar::dress);
    hide();
}

void NoticeBar::say(Tone tone, const QString& text, std::vector<Offer> offers)
{
    removeOffers();
    m_tone = tone;
    m_text->setText(text);
    for (Offer& offer : offers) {
        auto* const button = new QPushButton(offer.text, this);
        button->setFocusPolicy(Qt::TabFocus);
        if (offer.menu) {
            offer.menu->setParent(button, offer.menu->windowFlags());
            button->setMenu(offer.menu);
        } else {
            connect(button, &QPushButton::clicked, this, std::move(offer.does));
        }
        m_offers->addWidget(button);
    }
    dress();
    show();
}

void NoticeBar::clear()
{
    hide();
    m_text->clear();
    removeOffers();
}

void NoticeBar::suspend()
{
    for (QPushButton* const button : findChildren<QPushButton*>())
        button->setEnabled(false);
}

void NoticeBar::removeOffers()
{
    while (QLayoutItem* const item = m_offers->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();  // It may be the one that was just clicked.
        delete item;
    }
}

QString NoticeBar::text() const
{
    return m_text->text();
}

void NoticeBar::dress()
{
    const Theme& theme = Appearance::instance().theme();
    const QColor edge = m_tone == Tone::Error ? theme.error : m_tone == Tone::Anomaly ? theme.nan : theme.selection;
    const QString picture = m_tone == Tone::Error     ? QStringLiteral("error")
                            : m_tone == Tone::Anomaly ? QStringLiteral("warning")
                                                      : QStringLiteral("info");
    m_icon->setPixmap(chainrule::icon(picture)
                          .pixmap(QSize(16, 16), devicePixelRatioF()));
    setStyleSheet(QStringLiteral("#noticeBar { background: %1; border: none; border-bottom: 1px solid %2; border-left: "
                                 "3px solid %3; } #noticeBar > QLabel { color: %4; background: transparent; }")
                      .arg(theme.raised.name(), theme.line.name(), edge.name(), theme.text.name()));
}

}  // namespace chainrule

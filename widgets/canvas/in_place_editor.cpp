// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/in_place_editor.h"

#include "widgets/theme/appearance.h"

#include <QFocusEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int textPixels = 13;
constexpr int leastPixels = 11;  // However far the view is zoomed out
constexpr int mostPixels = 28;  // or in.
constexpr int frame = 6;  // Around the text.
constexpr int leastWidth = 150;
constexpr int messageWidth = 360;
constexpr int mostCharacters = 1 << 20;

QString css(const QColor& colour)
{
    return colour.name(QColor::HexRgb);
}

}  // namespace

InPlaceEditor::InPlaceEditor(Kind kind, const QString& text, Check check, QWidget* parent)
    : QWidget(parent), m_kind(kind), m_check(std::move(check)), m_field(new QLineEdit(this)),
      m_message(new QLabel(this))
{
    m_field->setMaxLength(mostCharacters);
    m_field->setText(text);
    m_field->selectAll();
    m_field->installEventFilter(this);
    m_message->setWordWrap(true);
    m_message->setTextFormat(Qt::PlainText);
    m_message->hide();
    setFocusProxy(m_field);
    connect(m_field, &QLineEdit::textEdited, this, [this] { checkText(); });
    connect(&Appearance::instance(), &Appearance::changed, this, &InPlaceEditor::wear);
    wear();
}

QString InPlaceEditor::text() const
{
    return m_field->text();
}

void InPlaceEditor::place(const QRectF& area, qreal scale)
{
    m_area = area;
    m_scale = scale;
    arrange();
}

void InPlaceEditor::setCaret(std::size_t offset)
{
    const QByteArray before = m_field->text().toUtf8().left(qsizetype(offset));
    m_field->setCursorPosition(int(QString::fromUtf8(before).size()));
}

void InPlaceEditor::checkText()
{
    m_failure = m_check(m_field->text());
    const QString message = m_failure ? QString::fromStdString(m_failure->message) : QString();
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
    m_field->setAccessibleDescription(message);
    wear();
}

void InPlaceEditor::wear()
{
    const Theme& theme = Appearance::instance().theme();
    const QColor border = m_failure ? theme.error : theme.selection;
    m_field->setStyleSheet(
        QStringLiteral("QLineEdit { background: %1; color: %2; border: 2px %3 %4; border-radius: 4px;"
                       " padding: 0 3px; selection-background-color: %5; selection-color: %6; }")
            .arg(css(theme.panel), css(theme.text),
                 m_failure ? QStringLiteral("dashed") : QStringLiteral("solid"), css(border),
                 css(theme.selection), css(theme.panel)));
    m_message->setStyleSheet(QStringLiteral("QLabel { background: %1; color: %2; border: 1px solid %3;"
                                            " border-radius: 4px; padding: 4px 6px; }")
                                 .arg(css(theme.raised), css(theme.text), css(theme.error)));
    m_message->setFont(fonts::text(11));
    arrange();
}

/// The field over the area and as wide as its text needs, the message below; both inside the parent.
void InPlaceEditor::arrange()
{
    const int pixels = std::clamp(int(textPixels * m_scale), leastPixels, mostPixels);
    m_field->setFont(m_kind == Kind::Numbers ? fonts::numbers(pixels) : fonts::text(pixels, QFont::DemiBold));
    const QFontMetrics metrics(m_field->font());
    const int height = metrics.height() + 2 * frame;
    const int most = std::max(leastWidth, parentWidget()->width() - 2 * frame);
    const int wish = metrics.horizontalAdvance(m_field->text() + QStringLiteral("00")) + 4 * frame;
    const int width = std::min(std::max({wish, leastWidth, int(m_area.width())}), most);
    QSize message(0, 0);
    if (!m_message->isHidden()) {
        m_message->setFixedWidth(std::max(width, std::min(messageWidth, most)));
        message = {m_message->width(), m_message->heightForWidth(m_message->width())};
    }
    QRect all(m_area.topLeft().toPoint(),
              QSize(std::max(width, message.width()), height + message.height() + 2));
    const QRect inside = parentWidget()->rect();
    all.moveLeft(
        std::clamp(all.left(), inside.left(), std::max(inside.left(), inside.right() - all.width())));
    all.moveTop(std::clamp(all.top(), inside.top(), std::max(inside.top(), inside.bottom() - all.height())));
    setGeometry(all);
    m_field->setGeometry(0, 0, width, height);
    m_message->setGeometry(0, height + 2, message.width(), message.height());
}

bool InPlaceEditor::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter) {
            event->accept();  // They are the field's here, whatever a menu has them for.
            return true;
        }
    }
    if (event->type() == QEvent::KeyPress)
        return handleKey(static_cast<QKeyEvent*>(event)->key());
    if (event->type() == QEvent::FocusOut) {
        const auto reason = static_cast<QFocusEvent*>(event)->reason();
        if (reason != Qt::ActiveWindowFocusReason && reason != Qt::PopupFocusReason)
            Q_EMIT left();
    }
    return QWidget::eventFilter(watched, event);
}

bool InPlaceEditor::handleKey(int key)
{
    switch (key) {
    case Qt::Key_Escape: Q_EMIT cancelled(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        if (m_failure) {
            if (m_failure->offset)
                setCaret(*m_failure->offset);
        } else if (key == Qt::Key_Return || key == Qt::Key_Enter) {
            Q_EMIT accepted();
        } else {
            Q_EMIT stepped(key == Qt::Key_Tab ? 1 : -1);
        }
        return true;
    default: return false;
    }
}

}  // namespace chainrule

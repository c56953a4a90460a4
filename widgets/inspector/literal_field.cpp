// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/literal_field.h"

#include "widgets/inspector/field_message.h"
#include "widgets/theme/appearance.h"

#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int typingPause = 400;
constexpr qsizetype mostCharacters = 100'000;  // Laying out more would keep the window waiting.
constexpr int mostLines = 10;

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

}  // namespace

LiteralField::LiteralField(const Op& op, const Parameter& parameter, QWidget* parent)
    : AttributeField(op, parameter, parent), m_edit(new QPlainTextEdit(this)), m_message(new FieldMessage(this)),
      m_pause(new QTimer(this))
{
    m_edit->setObjectName(text(parameter.name));
    m_edit->setAccessibleName(text(parameter.name));
    m_edit->setAccessibleDescription(text(parameter.help));
    m_edit->setFont(fonts::numbers(12));
    m_edit->setTabChangesFocus(true);
    m_edit->setPlaceholderText(tr("between the brackets of %1( )").arg(text(parameter.literalOf)));
    m_edit->installEventFilter(this);
    m_pause->setSingleShot(true);
    m_pause->setInterval(typingPause);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    layout->addWidget(m_edit);
    layout->addWidget(m_message);
    setFocusProxy(m_edit);
    connect(m_edit, &QPlainTextEdit::textChanged, this, [this] {
        fitHeight();
        if (m_edit->isReadOnly())
            return;
        mark(judge());
        m_pause->start();
    });
    connect(m_pause, &QTimer::timeout, this, [this] { finish(Caret::Stays); });
}

LiteralField::~LiteralField()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void LiteralField::showValue()
{
    const Attribute now = value();
    const auto* const literal = std::get_if<std::string>(&now);
    const QString shown = literal ? QString::fromStdString(*literal) : QString();
    const bool isTooLong = shown.size() > mostCharacters;
    {
        const QSignalBlocker silence(m_edit);
        m_edit->setReadOnly(isTooLong);
        m_edit->setPlainText(isTooLong ? shown.left(1000) + QStringLiteral(" …") : shown);
    }
    m_pause->stop();
    fitHeight();
    if (isTooLong)
        m_message->show(Error{.kind = Error::Kind::Document,
                              .message = tr("%L1 characters are too many to be edited here.").arg(shown.size()).toStdString()});
    else
        mark(judge());
}

Failure LiteralField::judge()
{
    if (m_edit->document()->isEmpty() && parameter().fallback)
        return std::nullopt;
    return failureOf(m_edit->toPlainText().toStdString());
}

/// Underlines from where it went wrong to the end of the line.
void LiteralField::mark(const Failure& failure)
{
    m_message->show(failure);
    QList<QTextEdit::ExtraSelection> marks;
    if (failure && failure->offset) {
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(m_edit->document());
        const qsizetype place = placeInText(m_edit->toPlainText().toStdString(), *failure->offset);
        mark.cursor.setPosition(int(std::min<qsizetype>(place, m_edit->document()->characterCount() - 1)));
        if (mark.cursor.atBlockEnd())
            mark.cursor.movePosition(QTextCursor::PreviousCharacter);
        mark.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(Appearance::instance().theme().error);
        marks.append(mark);
    }
    m_edit->setExtraSelections(marks);
}

void LiteralField::finish()
{
    finish(Caret::Stays);
}

void LiteralField::finish(Caret caret)
{
    const bool isPending = m_pause->isActive() || sender() == m_pause;
    m_pause->stop();
    if (m_edit->isReadOnly())
        return;
    const Failure failure = judge();
    if (failure && failure->offset && caret == Caret::ToTypo) {
        QTextCursor cursor = m_edit->textCursor();
        cursor.setPosition(int(std::min<qsizetype>(placeInText(m_edit->toPlainText().toStdString(), *failure->offset),
                                                   m_edit->document()->characterCount() - 1)));
        m_edit->setTextCursor(cursor);
    }
    if (failure || !isPending)
        return;
    if (m_edit->document()->isEmpty() && parameter().fallback)
        askForDefault();
    else
        ask(m_edit->toPlainText().toStdString());
}

bool LiteralField::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_edit)
        return false;
    if (event->type() == QEvent::FocusOut) {
        finish(Caret::ToTypo);
        return false;
    }
    if (event->type() != QEvent::KeyPress)
        return false;
    const auto* const key = static_cast<QKeyEvent*>(event);
    const bool isEnter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (isEnter && key->modifiers() & Qt::ControlModifier) {
        finish(Caret::ToTypo);
        return true;
    }
    if (key->key() == Qt::Key_Escape) {
        showValue();
        return true;
    }
    return false;
}

void LiteralField::fitHeight()
{
    const int lines = std::clamp(m_edit->document()->blockCount(), 2, mostLines);
    m_edit->setFixedHeight(lines * m_edit->fontMetrics().lineSpacing() + 22);
}

}  // namespace chainrule

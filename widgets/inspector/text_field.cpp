// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/text_field.h"

#include "engine/ops/attribute_text.h"
#include "widgets/inspector/field_message.h"
#include "widgets/theme/theme.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>

namespace chainrule {
namespace {

constexpr int typingPause = 400;  // Milliseconds after which what was typed holds.

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

void markInvalid(QLineEdit& edit, bool isInvalid)
{
    edit.setProperty("invalid", isInvalid);
    edit.style()->unpolish(&edit);
    edit.style()->polish(&edit);
}

}  // namespace

TextField::TextField(const Op& op, const Parameter& parameter, QWidget* parent)
    : AttributeField(op, parameter, parent), m_edit(new QLineEdit(this)), m_message(new FieldMessage(this)),
      m_pause(new QTimer(this))
{
    m_edit->setObjectName(text(parameter.name));
    m_edit->setAccessibleName(text(parameter.name));
    m_edit->setAccessibleDescription(text(parameter.help));
    m_edit->setFont(fonts::numbers(12));
    m_edit->setPlaceholderText(parameter.fallback ? QString::fromStdString(textOf(parameter, *parameter.fallback))
                                                  : tr("a value is needed"));
    m_edit->installEventFilter(this);
    m_pause->setSingleShot(true);
    m_pause->setInterval(typingPause);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    layout->addWidget(m_edit);
    layout->addWidget(m_message);
    setFocusProxy(m_edit);
    connect(m_edit, &QLineEdit::textEdited, this, [this] {
        judge();
        m_pause->start();
    });
    connect(m_edit, &QLineEdit::editingFinished, this, &TextField::finish);
    connect(m_pause, &QTimer::timeout, this, &TextField::finish);
}

TextField::~TextField()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void TextField::showValue()
{
    m_pause->stop();
    m_edit->setText(given() ? QString::fromStdString(textOf(parameter(), *given())) : QString());
    const Failure failure = given() ? failureOf(*given()) : std::nullopt;  // A document may give anything.
    m_message->show(failure);
    markInvalid(*m_edit, failure.has_value());
}

/// Says what is wrong with what is typed, if anything.
void TextField::judge()
{
    const std::string typed = m_edit->text().toStdString();
    Failure failure;
    if (!m_edit->text().trimmed().isEmpty() || !parameter().fallback) {
        const auto read = attributeFromText(op(), parameter(), typed);
        failure = read ? failureOf(*read) : Failure(read.error());
    }
    m_message->show(failure);
    markInvalid(*m_edit, failure.has_value());
}

void TextField::finish()
{
    const bool isPending = m_pause->isActive() || sender() == m_pause;
    m_pause->stop();
    if (!isPending)
        return;
    judge();
    const std::string typed = m_edit->text().toStdString();
    if (m_edit->text().trimmed().isEmpty() && parameter().fallback)
        return askForDefault();
    const auto read = attributeFromText(op(), parameter(), typed);
    if (read && !failureOf(*read))
        ask(*read);
}

void TextField::step(int by)
{
    const std::string shown = m_edit->text().isEmpty() ? m_edit->placeholderText().toStdString()
                                                       : m_edit->text().toStdString();
    const auto read = attributeFromText(op(), parameter(), shown);
    const auto* const number = read ? std::get_if<std::int64_t>(&*read) : nullptr;
    std::int64_t next = 0;
    if (!number || __builtin_add_overflow(*number, std::int64_t(by), &next))
        return;
    m_edit->setText(QString::number(next));
    m_pause->start();
    finish();
}

bool TextField::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_edit || event->type() != QEvent::KeyPress)
        return false;
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Up: step(1); return true;
    case Qt::Key_Down: step(-1); return true;
    case Qt::Key_Escape: showValue(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (const auto read = attributeFromText(op(), parameter(), m_edit->text().toStdString());
            !read && read.error().offset && !m_edit->text().isEmpty())
            m_edit->setCursorPosition(int(placeInText(m_edit->text().toStdString(), *read.error().offset)));
        return false;
    default: return false;
    }
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/field_message.h"

namespace chainrule {

FieldMessage::FieldMessage(QWidget* parent) : Label(Role::Error, parent)
{
    setObjectName(QStringLiteral("message"));
    setWordWrap(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setVisible(false);
}

void FieldMessage::show(const Failure& failure)
{
    setText(failure ? inWords(*failure) : QString());
    setVisible(failure.has_value());
}

QString inWords(const Error& error)
{
    const QString message = QString::fromStdString(error.message);
    const bool isPython = error.kind < Error::Kind::NotEvaluated;
    const std::string_view kind = name(error.kind);
    return isPython ? QString::fromUtf8(kind.data(), qsizetype(kind.size())) + QStringLiteral(": ") + message : message;
}

qsizetype placeInText(const std::string& utf8, std::size_t offset)
{
    return QString::fromUtf8(utf8.data(), qsizetype(std::min(offset, utf8.size()))).size();
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/number_field.h"

#include "widgets/theme/theme.h"

#include <QLocale>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace chainrule {
namespace {

constexpr int fieldWidth = 64;

std::optional<double> numberFrom(const QString& typed)
{
    const std::string text = typed.trimmed().toStdString();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool isNumber = error == std::errc() && end == text.data() + text.size();
    return isNumber && std::isfinite(number) && number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

QString shortestNumber(double number)
{
    const QString plain = QString::number(number, 'f', QLocale::FloatingPointShortest);
    const QString scientific = QString::number(number, 'e', QLocale::FloatingPointShortest)
                                   .replace(QStringLiteral("e+"), QStringLiteral("e"))
                                   .replace(QStringLiteral("e0"), QStringLiteral("e"))
                                   .replace(QStringLiteral("e-0"), QStringLiteral("e-"));
    return scientific.size() < plain.size() ? scientific : plain;
}

NumberField::NumberField(QWidget* parent) : QLineEdit(parent)
{
    setFixedWidth(fieldWidth);
    setFont(fonts::numbers(12));
    connect(this, &QLineEdit::editingFinished, this, &NumberField::take);
}

void NumberField::setValue(double value)
{
    m_value = value;
    setText(shortestNumber(value));
}

void NumberField::take()
{
    const auto number = numberFrom(text());
    const bool isOther = number && *number != m_value;
    setValue(number.value_or(m_value));
    if (isOther)
        Q_EMIT valueEdited(m_value);
}

}  // namespace chainrule

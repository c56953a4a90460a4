// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/choice_field.h"

#include "engine/ops/attribute_text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

void dress(QWidget& control, AttributeField& field)
{
    const Parameter& parameter = field.parameter();
    control.setObjectName(text(parameter.name));
    control.setAccessibleName(text(parameter.name));
    control.setAccessibleDescription(text(parameter.help));
    auto* const layout = new QHBoxLayout(&field);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(&control, 1);
    field.setFocusProxy(&control);
}

}  // namespace

CheckField::CheckField(const Op& op, const Parameter& parameter, QWidget* parent)
    : AttributeField(op, parameter, parent), m_box(new QCheckBox(this))
{
    dress(*m_box, *this);
    connect(m_box, &QCheckBox::clicked, this, [this](bool isOn) { ask(isOn); });
}

void CheckField::showValue()
{
    const Attribute now = value();
    const bool* const flag = std::get_if<bool>(&now);
    m_box->setChecked(flag && *flag);
    m_box->setText(flag ? QString() : QString::fromStdString(python(now)));  // A document may give anything.
}

ChoiceField::ChoiceField(const Op& op, const Parameter& parameter, QWidget* parent)
    : AttributeField(op, parameter, parent), m_box(new QComboBox(this))
{
    dress(*m_box, *this);
    if (parameter.acceptsNone)
        add(None());
    if (parameter.kind == Parameter::Kind::Bool)
        for (const bool choice : {true, false})
            add(choice);
    if (parameter.kind == Parameter::Kind::DType)
        for (const DType dtype : allDTypes)
            add(std::string(name(dtype)));
    for (const std::string_view choice : parameter.choices)
        add(std::string(choice));
    connect(m_box, &QComboBox::activated, this, [this](int index) { ask(m_choices[std::size_t(index)]); });
}

void ChoiceField::add(const Attribute& choice)
{
    m_choices.push_back(choice);
    m_box->addItem(QString::fromStdString(textOf(parameter(), choice)));
}

void ChoiceField::showValue()
{
    Attribute now = value();
    if (const auto* const dtype = std::get_if<DType>(&now))
        now = std::string(name(*dtype));
    const auto found = std::ranges::find(m_choices, now);
    if (found == m_choices.end())
        add(now);  // It is what the document says, however wrong.
    m_box->setCurrentIndex(int(std::ranges::find(m_choices, now) - m_choices.begin()));
}

}  // namespace chainrule

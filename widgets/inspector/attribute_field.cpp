// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/attribute_field.h"

#include "widgets/inspector/choice_field.h"
#include "widgets/inspector/file_field.h"
#include "widgets/inspector/literal_field.h"
#include "widgets/inspector/text_field.h"

namespace chainrule {

void AttributeField::show(const std::optional<Attribute>& given)
{
    if (m_isShown && given == m_given)
        return;
    m_isShown = true;
    m_given = given;
    showValue();
}

Attribute AttributeField::value() const
{
    if (m_given)
        return *m_given;
    return m_parameter.fallback.value_or(None());
}

Failure AttributeField::failureOf(const Attribute& value) const
{
    if (const auto fitting = converted(m_op, m_parameter, value); !fitting)
        return fitting.error();
    return m_check ? m_check(value) : std::nullopt;
}

void AttributeField::ask(const Attribute& value)
{
    if (value == m_given)
        return;
    m_given = value;
    Q_EMIT edited(value);
}

void AttributeField::askForDefault()
{
    if (!m_given)
        return;
    m_given.reset();
    Q_EMIT cleared();
}

AttributeField* fieldFor(const Op& op, const Parameter& parameter, QWidget* parent)
{
    using Kind = Parameter::Kind;
    if (!parameter.literalOf.empty())
        return new LiteralField(op, parameter, parent);
    if (op.readsFile && parameter.name == "file")
        return new FileField(op, parameter, parent);
    if (parameter.kind == Kind::Bool && !parameter.acceptsNone)
        return new CheckField(op, parameter, parent);
    if (parameter.kind == Kind::Bool || parameter.kind == Kind::DType || !parameter.choices.empty())
        return new ChoiceField(op, parameter, parent);
    return new TextField(op, parameter, parent);
}

}  // namespace chainrule

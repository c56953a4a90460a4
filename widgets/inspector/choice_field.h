// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/attribute_field.h"

#include <vector>

class QCheckBox;
class QComboBox;

namespace chainrule {

/// Yes or no.
class CheckField : public AttributeField {
    Q_OBJECT
public:
    CheckField(const Op& op, const Parameter& parameter, QWidget* parent);

private:
    void showValue() override;

    QCheckBox* m_box;
};

/// One of a few: the parameter's choices, dtypes, None where it may be.
class ChoiceField : public AttributeField {
    Q_OBJECT
public:
    ChoiceField(const Op& op, const Parameter& parameter, QWidget* parent);

private:
    void showValue() override;
    void add(const Attribute& choice);

    QComboBox* m_box;
    std::vector<Attribute> m_choices;
};

}  // namespace chainrule

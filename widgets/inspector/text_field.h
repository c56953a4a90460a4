// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/attribute_field.h"

class QLineEdit;
class QTimer;

namespace chainrule {

class FieldMessage;

/// Numbers, lists and words as Python spells them. The default stands there in grey; an empty field asks for it. Up and
/// Down count an int.
class TextField : public AttributeField {
    Q_OBJECT
public:
    TextField(const Op& op, const Parameter& parameter, QWidget* parent);
    ~TextField() override;

    void finish() override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showValue() override;
    void judge();
    void step(int by);

    QLineEdit* m_edit;
    FieldMessage* m_message;
    QTimer* m_pause;
};

}  // namespace chainrule

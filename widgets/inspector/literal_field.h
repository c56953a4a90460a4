// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/attribute_field.h"

class QPlainTextEdit;
class QTimer;

namespace chainrule {

class FieldMessage;

/// Python text that makes a tensor, on as many lines as it has. A typo is underlined where it is; leaving the field or
/// Ctrl+Enter puts the caret there.
class LiteralField : public AttributeField {
    Q_OBJECT
public:
    LiteralField(const Op& op, const Parameter& parameter, QWidget* parent);
    ~LiteralField() override;

    bool isWide() const override { return true; }
    void finish() override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Caret { Stays, ToTypo };

    void showValue() override;
    Failure judge();
    void mark(const Failure& failure);
    void finish(Caret caret);
    void fitHeight();

    QPlainTextEdit* m_edit;
    FieldMessage* m_message;
    QTimer* m_pause;
};

}  // namespace chainrule

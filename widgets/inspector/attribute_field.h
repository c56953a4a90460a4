// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <QString>
#include <QWidget>

#include <functional>
#include <optional>

namespace chainrule {

/// The value of one attribute in a form, made from its parameter alone. Shows what the document gives, or the default;
/// asks for another value. What is wrong keeps the value that there is, and says why below itself.
class AttributeField : public QWidget {
    Q_OBJECT
public:
    /// Why the op would refuse a value; asked before one is asked for.
    using Check = std::function<Failure(const Attribute&)>;

    AttributeField(const Op& op, const Parameter& parameter, QWidget* parent)
        : QWidget(parent), m_op(op), m_parameter(parameter)
    {
    }

    const Parameter& parameter() const { return m_parameter; }
    void setCheck(Check check) { m_check = std::move(check); }
    /// Absent: the default holds. Leaves alone what is being typed as long as the value stays the same.
    void show(const std::optional<Attribute>& given);
    /// Whether it wants a line of its own below its name.
    virtual bool isWide() const { return false; }
    /// Hands on at once what has been typed but not yet been asked for.
    virtual void finish() {}

Q_SIGNALS:
    void edited(const chainrule::Attribute& value);
    /// The default shall hold.
    void cleared();

protected:
    const Op& op() const { return m_op; }
    const std::optional<Attribute>& given() const { return m_given; }
    /// What holds: given or default; None where there is neither.
    Attribute value() const;
    Failure failureOf(const Attribute& value) const;
    /// Asks for it unless it is what there is.
    void ask(const Attribute& value);
    void askForDefault();

private:
    virtual void showValue() = 0;

    const Op& m_op;
    const Parameter& m_parameter;
    Check m_check;
    std::optional<Attribute> m_given;
    bool m_isShown = false;
};

/// Makes the field that fits the parameter's kind. Precondition: it is no tensor.
AttributeField* fieldFor(const Op& op, const Parameter& parameter, QWidget* parent);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace chainrule {

/// A field for a positive number of any size, shown as people write it: "1e3", "0.25". What is no such number is not
/// taken, and the field shows again what holds.
class NumberField : public QLineEdit {
    Q_OBJECT
public:
    explicit NumberField(QWidget* parent = nullptr);

    double value() const { return m_value; }
    void setValue(double value);

Q_SIGNALS:
    void valueEdited(double value);

private:
    void take();

    double m_value = 0;
};

/// "1e3", "0.25": whichever of the two ways to write it is shorter.
QString shortestNumber(double number);

}  // namespace chainrule

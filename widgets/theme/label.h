// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace chainrule {

/// A text in one of the roles that texts have here; follows the theme.
class Label : public QLabel {
    Q_OBJECT
public:
    enum class Role {
        Title,      ///< 13, 600.
        Body,       ///< 12.
        Secondary,  ///< 11, quiet.
        Number,     ///< Monospace, 12.
        Value,      ///< Likewise in the colour of values
        Gradient,   ///< and in that of gradients.
        Caption,          ///< 10, 600, quiet: above cells; of a local derivative and what else is neither
        ValueCaption,     ///< a value
        GradientCaption,  ///< nor a gradient.
        Good,       ///< 11, in the colour of what is right.
        Error,      ///< 12, in the colour of errors.
    };
    explicit Label(Role role, QWidget* parent = nullptr) : Label(role, QString(), parent) {}
    Label(Role role, const QString& text, QWidget* parent = nullptr);

    void setRole(Role role);
    /// Text that has no room ends in "…", and is read by hovering.
    void setElided();
    /// Text breaks into lines, and no layout makes it lower than they are.
    void setWrapped();

    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void dress();

    Role m_role;
    bool m_isElided = false;
    bool m_isWrapped = false;
};

}  // namespace chainrule

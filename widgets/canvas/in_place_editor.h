// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <QRectF>
#include <QString>
#include <QWidget>

#include <functional>

class QLabel;
class QLineEdit;

namespace chainrule {

/// A field on the canvas, over what it edits. What is typed is checked at every key: a typo marks the field,
/// with the reason below, and Enter then puts the caret where it is. Knows no node.
class InPlaceEditor : public QWidget {
    Q_OBJECT
public:
    enum class Kind { Name, Numbers };
    /// Takes the text, or says what is wrong with it.
    using Check = std::function<Failure(const QString& text)>;

    InPlaceEditor(Kind kind, const QString& text, Check check, QWidget* parent);

    /// Over an area in the parent's coordinates, inside the parent, with text as large as the view's scale
    /// makes it.
    void place(const QRectF& area, qreal scale);
    /// Puts the caret before a byte of the text.
    void setCaret(std::size_t offset);
    QString text() const;

Q_SIGNALS:
    /// Enter, with nothing wrong.
    void accepted();
    /// Escape.
    void cancelled();
    /// The focus went elsewhere.
    void left();
    /// Tab: on to the next (1) or back to the one before (-1). Only with nothing wrong.
    void stepped(int direction);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool handleKey(int key);
    void checkText();
    void wear();
    void arrange();

    const Kind m_kind;
    const Check m_check;
    QLineEdit* m_field;
    QLabel* m_message;
    Failure m_failure;
    QRectF m_area;
    qreal m_scale = 1;
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QWidget>

class QPlainTextEdit;
class QToolButton;

namespace chainrule {

class Label;

/// A node's part of an exported script, to copy.
class CodePane : public QWidget {
    Q_OBJECT
public:
    explicit CodePane(QWidget* parent);

    void show(const Moment& moment, NodeId node);

Q_SIGNALS:
    void hinted(const QString& text);

private:
    QPlainTextEdit* m_code;
    QToolButton* m_copy;
    Label* m_nothing;
    Label* m_signature;
};

}  // namespace chainrule

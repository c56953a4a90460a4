// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QFrame>

class QVBoxLayout;

namespace chainrule {

class FieldMessage;
class Label;

/// The error that stands on a node: in PyTorch's words, what it means, what the node was called with, and ways out. Hidden
/// where there is none.
class ErrorCard : public QFrame {
    Q_OBJECT
public:
    explicit ErrorCard(QWidget* parent);

    void show(const Moment& moment, NodeId node);
    /// Offers edits by their titles.
    void offer(const QStringList& titles);

Q_SIGNALS:
    void chosen(int index);

private:
    void dress();

    FieldMessage* m_error;
    Label* m_meaning;
    Label* m_operands;
    QVBoxLayout* m_offers;
};

}  // namespace chainrule

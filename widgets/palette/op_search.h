// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <QFrame>

#include <functional>

namespace chainrule {

/// The search that opens at the cursor: type a few letters, arrow keys, Enter; Escape or a click elsewhere closes
/// it. Deletes itself.
class OpSearch : public QFrame {
    Q_OBJECT
public:
    /// Offers only what `accept` takes; without it, everything.
    OpSearch(std::function<bool(const Op&)> accept, QWidget* parent);

    /// At a place in the parent's coordinates, moved inside it as needed.
    void openAt(QPoint position);

Q_SIGNALS:
    void chosen(const QString& op);

private:
    class Parts;
    Parts* m_parts;
};

}  // namespace chainrule

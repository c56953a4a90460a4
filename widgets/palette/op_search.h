// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <QFrame>
#include <QModelIndex>

#include <functional>
#include <memory>

namespace chainrule {

/// The search that opens at the cursor: type a few letters, arrow keys, Enter; Escape or a click elsewhere closes
/// it. Deletes itself. Before anything is typed, what was added most often comes first.
class OpSearch : public QFrame {
    Q_OBJECT
public:
    /// Offers only what `accept` takes; without it, everything.
    OpSearch(std::function<bool(const Op&)> accept, QWidget* parent);
    ~OpSearch() override;

    /// At a place in the parent's coordinates, moved inside it as needed.
    void openAt(QPoint position);

Q_SIGNALS:
    void chosen(const QString& op);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    class Parts;

    void search(const QString& query);
    void choose(const QModelIndex& index);
    void close();
    void handleKey(int key);
    bool handleField(QEvent* event);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

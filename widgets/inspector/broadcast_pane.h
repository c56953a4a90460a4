// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QWidget>

#include <vector>

namespace chainrule {

class Label;
class TensorPreview;

/// Which inputs of a node are repeated to meet the others, with their copies as ghosts, and a warning where that can
/// hardly be meant. Hidden where nothing is repeated.
class BroadcastPane : public QWidget {
    Q_OBJECT
public:
    explicit BroadcastPane(QWidget* parent);

    void show(const Moment& moment, NodeId node);

private:
    struct Row {
        Label* caption;
        TensorPreview* copies;
    };
    Row& row(std::size_t i);

    Label* m_warning;
    std::vector<Row> m_rows;
};

}  // namespace chainrule

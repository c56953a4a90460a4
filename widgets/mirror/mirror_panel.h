// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mirror/mirror_view.h"
#include "widgets/mirror/saved_model.h"

#include <QWidget>

class QSplitter;
class QTableView;

namespace chainrule {

class Label;

/// The backward graph of the moment that is shown, how much memory it holds, and the tensors that the chosen grad_fn saved:
/// where none is chosen, all that the selected nodes', or else all grad_fns saved.
class MirrorPanel : public QWidget {
    Q_OBJECT
public:
    explicit MirrorPanel(QWidget* parent = nullptr);

    MirrorView& view() { return *m_view; }
    const SavedModel& saved() const { return *m_saved; }
    void show(std::shared_ptr<const GradGraph> graph, const Scene& scene);
    void showMoment(const Moment& moment);
    void setSelection(std::vector<NodeId> nodes);

    /// How the room is shared between the graph and the table, as bytes to be kept.
    QByteArray arrangement() const;
    /// What is not from there changes nothing.
    void arrange(const QByteArray& arrangement);

    QSize sizeHint() const override { return {900, 330}; }

Q_SIGNALS:
    void nodeChosen(chainrule::NodeId node);
    void hovered(chainrule::NodeId node);

private:
    void fillRows();
    void summarize();

    std::shared_ptr<const GradGraph> m_graph;
    Moment m_moment;
    Label* m_summary;
    Label* m_rowsTitle;
    QSplitter* m_splitter;
    MirrorView* m_view;
    SavedModel* m_saved;
    QTableView* m_table;
};

}  // namespace chainrule

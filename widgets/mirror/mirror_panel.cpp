// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mirror/mirror_panel.h"

#include "widgets/theme/label.h"
#include "widgets/theme/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

namespace chainrule {
namespace {

constexpr int rowHeight = 24;
constexpr int columnWidths[] = {124, 108, 62, 54, 50, 54, 60};

QTableView* tableOf(SavedModel* model, QWidget* parent)
{
    auto* const table = new QTableView(parent);
    table->setObjectName(QStringLiteral("savedTensors"));
    table->setAccessibleName(MirrorPanel::tr("Saved tensors"));
    table->setModel(model);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setWordWrap(false);
    table->setFont(fonts::text(11));
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(rowHeight);
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    for (int column = 0; column < SavedModel::ColumnCount; ++column)
        table->setColumnWidth(column, columnWidths[column]);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    return table;
}

}  // namespace

MirrorPanel::MirrorPanel(QWidget* parent)
    : QWidget(parent), m_summary(new Label(Label::Role::Secondary, this)),
      m_rowsTitle(new Label(Label::Role::Caption, this)), m_splitter(new QSplitter(this)), m_view(new MirrorView(this)), m_saved(new SavedModel(this)),
      m_table(tableOf(m_saved, this))
{
    setObjectName(QStringLiteral("mirror"));
    setAccessibleName(tr("Backward graph and saved tensors"));
    m_summary->setObjectName(QStringLiteral("mirrorSummary"));
    m_summary->setElided();
    auto* const top = new QHBoxLayout;
    top->setContentsMargins(16, 8, 16, 4);
    top->setSpacing(4 * metrics::step);
    top->addWidget(new Label(Label::Role::Title, tr("Backward graph"), this));
    top->addWidget(m_summary, 1);
    auto* const side = new QWidget(this);
    auto* const column = new QVBoxLayout(side);
    column->setContentsMargins(8, 0, 12, 8);
    column->setSpacing(metrics::step);
    column->addWidget(m_rowsTitle);
    column->addWidget(m_table, 1);
    m_splitter->addWidget(m_view);
    m_splitter->addWidget(side);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({560, 560});
    m_splitter->setChildrenCollapsible(false);
    side->setMinimumWidth(240);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_splitter, 1);
    connect(m_view, &MirrorView::chosenChanged, this, [this](NodeId node) {
        Q_EMIT nodeChosen(node);
        fillRows();
    });
    connect(m_view, &MirrorView::hovered, this, &MirrorPanel::hovered);
    connect(m_table, &QTableView::clicked, this,
            [this](const QModelIndex& index) { m_view->choose(m_saved->nodeOf(index.row())); });
}

void MirrorPanel::show(std::shared_ptr<const GradGraph> graph, const Scene& scene)
{
    m_graph = graph;
    m_view->show(std::move(graph), scene);
    fillRows();
    summarize();
}

void MirrorPanel::showMoment(const Moment& moment)
{
    m_moment = moment;
    m_view->showMoment(moment);
    m_saved->show(moment);
    summarize();
}

void MirrorPanel::setSelection(std::vector<NodeId> nodes)
{
    m_view->setSelection(std::move(nodes));
    fillRows();
}

QByteArray MirrorPanel::arrangement() const
{
    return m_splitter->saveState();
}

void MirrorPanel::arrange(const QByteArray& arrangement)
{
    m_splitter->restoreState(arrangement);
}

void MirrorPanel::fillRows()
{
    std::vector<std::uint32_t> nodes = m_view->chosen();
    const bool isAll = nodes.empty();
    for (std::uint32_t node = 0; isAll && m_graph && node < m_graph->size(); ++node)
        nodes.push_back(node);
    m_saved->show(m_graph, nodes);
    m_saved->show(m_moment);
    const int count = m_saved->rowCount();
    m_rowsTitle->setText(isAll        ? tr("All saved tensors")
                         : count == 0 ? tr("Saves nothing")
                                      : tr("Saved tensors of what is selected"));
}

void MirrorPanel::summarize()
{
    if (!m_graph || m_moment.isEmpty())
        return m_summary->setText(QString());
    const HeldBytes held = m_graph->held(m_moment);
    QString text = m_graph->size() == 1 ? tr("1 grad_fn") : tr("%1 grad_fns").arg(m_graph->size());
    text += QStringLiteral("   ") + tr("holds %1").arg(bytesText(held.all));
    if (held.all > 0)
        text += QStringLiteral("   ") + tr("of which %1 are no value on the canvas").arg(bytesText(held.alone));
    m_summary->setText(text);
}

}  // namespace chainrule

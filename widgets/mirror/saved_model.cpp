// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mirror/saved_model.h"

#include "widgets/theme/appearance.h"
#include "widgets/theme/theme.h"

#include <QLocale>

namespace chainrule {
namespace {

QString fromUtf8(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

}  // namespace

QString bytesText(std::int64_t bytes)
{
    constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    double amount = double(bytes);
    for (; amount >= 1000 && unit + 1 < std::size(units); ++unit)
        amount /= 1000;
    return QLocale::c().toString(amount, 'g', unit == 0 || amount >= 100 ? 3 : 2) + QLatin1Char(' ')
           + QLatin1String(units[unit]);
}

QString stateText(SavedState state)
{
    switch (state) {
    case SavedState::NotYet: return SavedModel::tr("not yet");
    case SavedState::Held: return SavedModel::tr("held");
    case SavedState::Kept: return SavedModel::tr("kept");
    case SavedState::Freed: return SavedModel::tr("freed");
    }
    return {};
}

void SavedModel::show(std::shared_ptr<const GradGraph> graph, const std::vector<std::uint32_t>& nodes)
{
    beginResetModel();
    m_graph = std::move(graph);
    m_rows.clear();
    if (m_graph)
        for (const std::uint32_t node : nodes)
            for (std::uint32_t i = 0; i < m_graph->saved(node).size(); ++i)
                m_rows.push_back({node, i});
    endResetModel();
}

void SavedModel::show(const Moment& moment)
{
    m_moment = moment;
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(int(m_rows.size()) - 1, ColumnCount - 1));
}

int SavedModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int SavedModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString SavedModel::text(const Row& row, int column) const
{
    const SavedEdge& saved = m_graph->saved(row.node)[row.saved];
    const auto& value = m_graph->storages()[saved.storage].value;
    switch (column) {
    case GradFn: return fromUtf8((*m_graph)[row.node].name);
    case Name: return QStringLiteral("_saved_") + fromUtf8(saved.name);
    case DTypeName: return fromUtf8(name(saved.dtype));
    case Size: return QString::fromStdString(chainrule::text(saved.shape));
    case Bytes: return QString::number(saved.bytes);
    case State: return m_moment.isEmpty() ? QString() : stateText(m_graph->state(row.node, m_moment));
    case MemoryOf:
        return value ? QString::fromStdString(m_graph->replay().run().evaluation.graph().at(value->node).name)
                     : tr("its own");
    default: return {};
    }
}

QString SavedModel::tip(const Row& row) const
{
    const SavedEdge& saved = m_graph->saved(row.node)[row.saved];
    const bool isValue = m_graph->storages()[saved.storage].value.has_value();
    const QString memory = isValue ? tr("It lies in the memory of a value that is there anyway.")
                                   : tr("Nothing else has this memory.");
    switch (m_moment.isEmpty() ? SavedState::NotYet : m_graph->state(row.node, m_moment)) {
    case SavedState::NotYet: return tr("The forward pass has not come here yet.");
    case SavedState::Held: return tr("Held until a backward pass has run this grad_fn. ") + memory;
    case SavedState::Kept: return tr("A pass with retain_graph or create_graph has run this grad_fn and kept it. ") + memory;
    case SavedState::Freed: return tr("Freed by a pass without retain_graph: another pass through this grad_fn is refused.");
    }
    return {};
}

QVariant SavedModel::data(const QModelIndex& index, int role) const
{
    if (!m_graph || !index.isValid() || index.row() >= int(m_rows.size()))
        return {};
    const Row& row = m_rows[std::size_t(index.row())];
    if (role == Qt::DisplayRole)
        return text(row, index.column());
    if (role == Qt::ToolTipRole)
        return tip(row);
    if (role == Qt::TextAlignmentRole && index.column() == Bytes)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ForegroundRole && !m_moment.isEmpty()) {
        const SavedState state = m_graph->state(row.node, m_moment);
        if (state == SavedState::Freed || state == SavedState::NotYet)
            return Appearance::instance().theme().faint;
    }
    return {};
}

QVariant SavedModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal && role == Qt::FontRole)  // The style sheet forgets the font of the header.
        return fonts::text(11);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString titles[] = {tr("grad_fn"), tr("Saved"), tr("dtype"), tr("Shape"), tr("Bytes"), tr("State"), tr("Memory")};
    return section < ColumnCount ? titles[section] : QString();
}

}  // namespace chainrule

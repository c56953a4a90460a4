// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tensor_model.h"

#include "engine/tensor/tensor_code.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

Cell::Kind kindOf(double value)
{
    if (std::isnan(value))
        return Cell::Kind::NaN;
    if (std::isinf(value))
        return value > 0 ? Cell::Kind::PositiveInfinity : Cell::Kind::NegativeInfinity;
    return value == 0 ? Cell::Kind::Zero : Cell::Kind::Number;
}

}  // namespace

void TensorModel::show(const Tensor& tensor)
{
    beginResetModel();
    const bool isLike = !tensor.isNone() && !m_tensor.isNone() && tensor.shape() == m_tensor.shape();
    m_tensor = tensor;
    if (!isLike) {
        const std::size_t rank = tensor.isNone() ? 0 : tensor.rank();
        m_rowDim = rank > 0 ? std::optional(rank > 1 ? rank - 2 : 0) : std::nullopt;
        m_columnDim = rank > 1 ? std::optional(rank - 1) : std::nullopt;
        m_places.assign(rank, 0);
        m_firstRow = m_firstColumn = 0;
        m_largest.reset();
    }
    endResetModel();
}

void TensorModel::setRowDim(std::size_t dim)
{
    beginResetModel();
    if (m_columnDim == dim)
        m_columnDim = m_rowDim;
    m_rowDim = dim;
    m_firstRow = m_firstColumn = 0;
    endResetModel();
}

void TensorModel::setColumnDim(std::size_t dim)
{
    beginResetModel();
    if (m_rowDim == dim)
        m_rowDim = m_columnDim;
    m_columnDim = dim;
    m_firstRow = m_firstColumn = 0;
    endResetModel();
}

void TensorModel::setPlace(std::size_t dim, std::int64_t place)
{
    m_places[dim] = std::clamp<std::int64_t>(place, 0, std::max<std::int64_t>(0, m_tensor.shape()[dim] - 1));
    if (!isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void TensorModel::setPage(std::int64_t firstRow, std::int64_t firstColumn)
{
    beginResetModel();
    m_firstRow = std::clamp<std::int64_t>(firstRow, 0, std::max<std::int64_t>(0, sizeOf(m_rowDim) - 1));
    m_firstColumn = std::clamp<std::int64_t>(firstColumn, 0, std::max<std::int64_t>(0, sizeOf(m_columnDim) - 1));
    endResetModel();
}

void TensorModel::setLargest(std::optional<double> largest)
{
    m_largest = largest;
    if (!isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::BackgroundRole});
}

std::int64_t TensorModel::sizeOf(std::optional<std::size_t> dim) const
{
    return dim ? m_tensor.shape()[*dim] : 1;
}

int TensorModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || isEmpty() ? 0 : int(std::min(pageRows, sizeOf(m_rowDim) - m_firstRow));
}

int TensorModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || isEmpty() ? 0 : int(std::min(pageColumns, sizeOf(m_columnDim) - m_firstColumn));
}

std::vector<std::int64_t> TensorModel::placeOf(const QModelIndex& index) const
{
    std::vector<std::int64_t> place = m_places;
    if (m_rowDim)
        place[*m_rowDim] = m_firstRow + index.row();
    if (m_columnDim)
        place[*m_columnDim] = m_firstColumn + index.column();
    return place;
}

std::int64_t TensorModel::offsetOf(const QModelIndex& index) const
{
    const std::vector<std::int64_t> place = placeOf(index);
    std::int64_t offset = 0;
    for (std::size_t dim = 0; dim < place.size(); ++dim)
        offset += place[dim] * m_tensor.strides()[dim];
    return offset;
}

Scalar TensorModel::element(const QModelIndex& index) const
{
    return m_tensor.rank() == 0 ? m_tensor.item() : m_tensor.restrided({}, {}, offsetOf(index)).item();
}

Cell TensorModel::cell(const QModelIndex& index) const
{
    const Scalar scalar = element(index);
    const double value = as<double>(scalar);
    Cell cell{.text = shortNumber(scalar), .kind = kindOf(value)};
    if (m_largest && *m_largest > 0 && cell.kind == Cell::Kind::Number)
        cell.ratio = float(value / *m_largest);
    return cell;
}

Tensor TensorModel::part(const QModelIndex& topLeft, const QModelIndex& bottomRight) const
{
    Shape shape;
    Strides strides;
    const auto add = [&](std::optional<std::size_t> dim, int size) {
        if (!dim)
            return;
        shape.push_back(size);
        strides.push_back(m_tensor.strides()[*dim]);
    };
    add(m_rowDim, bottomRight.row() - topLeft.row() + 1);
    add(m_columnDim, bottomRight.column() - topLeft.column() + 1);
    return m_tensor.rank() == 0 ? m_tensor : m_tensor.restrided(shape, strides, offsetOf(topLeft));
}

QVariant TensorModel::data(const QModelIndex& index, int role) const
{
    switch (role) {
    case Qt::DisplayRole: return cell(index).text;
    case Qt::TextAlignmentRole: return int(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: break;
    default: return {};
    }
    const QString exact = QString::fromStdString(elementCode(part(index, index), 0));
    if (role == Qt::AccessibleTextRole || m_tensor.rank() == 0)
        return exact;
    return QStringLiteral("%1 = %2").arg(QString::fromStdString(text(placeOf(index))), exact);
}

QVariant TensorModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole)
        return {};
    const auto dim = orientation == Qt::Vertical ? m_rowDim : m_columnDim;
    const std::int64_t first = orientation == Qt::Vertical ? m_firstRow : m_firstColumn;
    return dim ? QVariant(qlonglong(first + section)) : QVariant(QString());
}

}  // namespace chainrule

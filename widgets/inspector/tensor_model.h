// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"
#include "widgets/canvas/panel.h"

#include <QAbstractTableModel>

#include <optional>
#include <vector>

namespace chainrule {

/// Two dimensions of a tensor of any rank as a table, the others held at one place each; of long dimensions a page.
/// Formats an element when it is asked for, so that the size of the tensor costs nothing.
class TensorModel : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr std::int64_t pageRows = 10'000;  ///< More would cost the view a pause for each change.
    static constexpr std::int64_t pageColumns = 1'000;

    using QAbstractTableModel::QAbstractTableModel;

    /// Keeps dimensions, places and pages where the shape is the one before.
    void show(const Tensor& tensor);
    void clear() { show(Tensor::none()); }
    const Tensor& tensor() const { return m_tensor; }
    bool isEmpty() const { return m_tensor.isNone() || m_tensor.size() == 0; }

    /// Which dimension runs downwards and which to the right; absent where the rank is too small.
    std::optional<std::size_t> rowDim() const { return m_rowDim; }
    std::optional<std::size_t> columnDim() const { return m_columnDim; }
    /// The other one changes place with it, if it is the same. Precondition: rank ≥ 2.
    void setRowDim(std::size_t dim);
    void setColumnDim(std::size_t dim);
    /// Where another dimension is held.
    std::int64_t place(std::size_t dim) const { return m_places[dim]; }
    void setPlace(std::size_t dim, std::int64_t place);
    /// The first row and column of the page.
    std::int64_t firstRow() const { return m_firstRow; }
    std::int64_t firstColumn() const { return m_firstColumn; }
    void setPage(std::int64_t firstRow, std::int64_t firstColumn);

    /// The largest finite magnitude, to tint by; absent: no tints.
    void setLargest(std::optional<double> largest);

    std::vector<std::int64_t> placeOf(const QModelIndex& index) const;
    Scalar element(const QModelIndex& index) const;
    /// As the canvas draws it.
    Cell cell(const QModelIndex& index) const;
    /// What stands between two corners, as a tensor.
    Tensor part(const QModelIndex& topLeft, const QModelIndex& bottomRight) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::int64_t sizeOf(std::optional<std::size_t> dim) const;
    std::int64_t offsetOf(const QModelIndex& index) const;

    Tensor m_tensor = Tensor::none();
    std::optional<std::size_t> m_rowDim;
    std::optional<std::size_t> m_columnDim;
    std::vector<std::int64_t> m_places;  // By dimension.
    std::int64_t m_firstRow = 0;
    std::int64_t m_firstColumn = 0;
    std::optional<double> m_largest;
};

}  // namespace chainrule

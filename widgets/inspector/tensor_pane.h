// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <QModelIndex>
#include <QWidget>

#include <cstdint>
#include <memory>
#include <optional>

namespace chainrule {

/// One tensor: its elements as a table, to copy as Python, to save, and to drag out as a file. Where there is none, why.
class TensorPane : public QWidget {
    Q_OBJECT
public:
    explicit TensorPane(QWidget* parent);
    ~TensorPane() override;

    /// `fileName`: what it would be saved as; empty for what is no array.
    void show(const Tensor& tensor, const QString& fileName);
    void showNothing(const QString& why);
    /// The largest finite magnitude, once it is known: cells are tinted by it.
    void setLargest(std::optional<double> largest);

Q_SIGNALS:
    void saveRequested();
    void dragRequested();
    void hinted(const QString& text);
    /// An element, in row-major order, was clicked or chosen with Enter.
    void elementPicked(std::int64_t element);

private:
    enum class Dialect { NumPy, PyTorch };
    class Parts;

    void addButtons();
    void copy(Dialect dialect);
    void pick(const QModelIndex& index);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

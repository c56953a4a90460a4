// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/tensor_files.h"

#include <QMimeData>
#include <QWidget>

#include <future>

namespace chainrule {

/// A tensor as a file that is dragged: written when somebody first asks for it, a large one meanwhile on another
/// thread, into a folder that only this user can read and that goes when the program ends.
class TensorMimeData : public QMimeData {
    Q_OBJECT
public:
    explicit TensorMimeData(NamedTensor tensor);

    bool hasFormat(const QString& type) const override;
    QStringList formats() const override;

protected:
    QVariant retrieveData(const QString& type, QMetaType preferred) const override;

private:
    NamedTensor m_tensor;
    mutable std::shared_future<QString> m_file;  // Empty where it could not be written.
};

/// Drags the tensor out of the widget; ends when it is dropped.
void dragOut(NamedTensor tensor, QWidget* from);

}  // namespace chainrule

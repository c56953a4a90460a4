// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/tensor_model.h"

#include <QWidget>

#include <functional>

class QGridLayout;

namespace chainrule {

/// Which two dimensions of a tensor its table shows, where the others are held, and the page of long ones. Not
/// there where nothing is to be chosen.
class AxisChooser : public QWidget {
    Q_OBJECT
public:
    AxisChooser(TensorModel& model, QWidget* parent);

private:
    void build();
    void addDimensions();
    void addPlace(std::size_t dim);
    void addPage(const char* name, const QString& title, std::int64_t size, std::int64_t page, std::int64_t first,
                 const std::function<void(std::int64_t)>& go);

    TensorModel& m_model;
    QGridLayout* m_layout;
    Shape m_shape;
    int m_row = 0;
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/axis_chooser.h"

#include "widgets/theme/label.h"

#include <QComboBox>
#include <QGridLayout>
#include <QSlider>
#include <QSpinBox>

#include <algorithm>
#include <functional>
#include <limits>

namespace chainrule {
namespace {

int asInt(std::int64_t number)
{
    return int(std::min<std::int64_t>(number, std::numeric_limits<int>::max()));
}

}  // namespace

AxisChooser::AxisChooser(TensorModel& model, QWidget* parent)
    : QWidget(parent), m_model(model), m_layout(new QGridLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    m_layout->setColumnStretch(1, 1);
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        const Shape shape = m_model.tensor().isNone() ? Shape() : m_model.tensor().shape();
        if (shape != m_shape)
            build();
    });
    setVisible(false);
}

void AxisChooser::build()
{
    m_shape = m_model.tensor().isNone() ? Shape() : m_model.tensor().shape();
    for (QWidget* const child : findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        child->hide();
        child->deleteLater();  // It may be the one whose signal led here.
    }
    m_row = 0;
    if (m_model.isEmpty()) {
        setVisible(false);
        return;
    }
    if (m_shape.size() > 2)
        addDimensions();
    for (std::size_t dim = 0; dim < m_shape.size(); ++dim)
        if (dim != m_model.rowDim() && dim != m_model.columnDim())
            addPlace(dim);
    if (const auto dim = m_model.rowDim())
        addPage("rowPage", tr("rows"), m_shape[*dim], TensorModel::pageRows, m_model.firstRow(),
                [this](std::int64_t first) { m_model.setPage(first, m_model.firstColumn()); });
    if (const auto dim = m_model.columnDim())
        addPage("columnPage", tr("columns"), m_shape[*dim], TensorModel::pageColumns, m_model.firstColumn(),
                [this](std::int64_t first) { m_model.setPage(m_model.firstRow(), first); });
    setVisible(m_row > 0);
}

void AxisChooser::addDimensions()
{
    const auto add = [this](const char* name, const QString& title, std::size_t now,
                            const std::function<void(std::size_t)>& choose) {
        auto* const box = new QComboBox(this);
        box->setObjectName(QLatin1String(name));
        box->setAccessibleName(tr("Dimension of the %1").arg(title));
        for (std::size_t dim = 0; dim < m_shape.size(); ++dim)
            box->addItem(tr("dim %1 (%2)").arg(dim).arg(m_shape[dim]));
        box->setCurrentIndex(int(now));
        connect(box, &QComboBox::activated, this, [this, choose](int dim) {
            choose(std::size_t(dim));
            build();
        });
        m_layout->addWidget(new Label(Label::Role::Secondary, title, this), m_row, 0);
        m_layout->addWidget(box, m_row++, 1, 1, 2);
    };
    add("rowDim", tr("rows"), *m_model.rowDim(), [this](std::size_t dim) { m_model.setRowDim(dim); });
    add("columnDim", tr("columns"), *m_model.columnDim(), [this](std::size_t dim) { m_model.setColumnDim(dim); });
}

void AxisChooser::addPlace(std::size_t dim)
{
    const QString name = tr("dim %1").arg(dim);
    auto* const slider = new QSlider(Qt::Horizontal, this);
    auto* const box = new QSpinBox(this);
    slider->setObjectName(QStringLiteral("slider%1").arg(dim));
    slider->setAccessibleName(tr("Place along %1").arg(name));
    box->setObjectName(QStringLiteral("place%1").arg(dim));
    box->setAccessibleName(slider->accessibleName());
    slider->setRange(0, asInt(m_shape[dim] - 1));
    box->setRange(0, slider->maximum());
    slider->setValue(asInt(m_model.place(dim)));
    box->setValue(slider->value());
    box->setSuffix(tr(" of %1").arg(m_shape[dim]));
    connect(slider, &QSlider::valueChanged, box, &QSpinBox::setValue);
    connect(box, &QSpinBox::valueChanged, this, [this, slider, dim](int place) {
        slider->setValue(place);
        m_model.setPlace(dim, place);
    });
    m_layout->addWidget(new Label(Label::Role::Secondary, name, this), m_row, 0);
    m_layout->addWidget(slider, m_row, 1);
    m_layout->addWidget(box, m_row++, 2);
}

void AxisChooser::addPage(const char* name, const QString& title, std::int64_t size, std::int64_t page,
                          std::int64_t first, const std::function<void(std::int64_t)>& go)
{
    if (size <= page)
        return;
    auto* const box = new QSpinBox(this);
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(tr("First of the %1 that are shown").arg(title));
    box->setRange(0, asInt(size - 1));
    box->setSingleStep(asInt(page));
    box->setValue(asInt(first));
    box->setKeyboardTracking(false);
    box->setSuffix(tr(" of %1").arg(size));
    connect(box, &QSpinBox::valueChanged, this, [go](int place) { go(place); });
    m_layout->addWidget(new Label(Label::Role::Secondary, tr("%1 from").arg(title), this), m_row, 0);
    m_layout->addWidget(box, m_row++, 1, 1, 2);
}

}  // namespace chainrule

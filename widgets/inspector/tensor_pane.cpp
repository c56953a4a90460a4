// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tensor_pane.h"

#include "engine/tensor/tensor_code.h"
#include "widgets/inspector/axis_chooser.h"
#include "widgets/inspector/drag_badge.h"
#include "widgets/inspector/tensor_table.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include <initializer_list>

namespace chainrule {
namespace {

constexpr std::int64_t mostCopied = 250'000;  // More would keep the window waiting, and no one pastes it.

}  // namespace

class TensorPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : table(new TensorTable(model, parent)), axes(new AxisChooser(model, parent)),
          nothing(new Label(Label::Role::Secondary, parent)), buttons(new QWidget(parent)),
          save(new QToolButton(buttons)), badge(new DragBadge(buttons))
    {
    }

    TensorModel model;
    TensorTable* table;
    AxisChooser* axes;
    Label* nothing;
    QWidget* buttons;
    QToolButton* save;
    DragBadge* badge;
};

TensorPane::TensorPane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    parts.table->setObjectName(QStringLiteral("tensorTable"));
    parts.table->setAccessibleName(tr("Elements"));
    parts.nothing->setWordWrap(true);
    parts.nothing->setAlignment(Qt::AlignTop);
    parts.nothing->setObjectName(QStringLiteral("noTensor"));
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(parts.nothing);
    layout->addWidget(parts.axes);
    layout->addWidget(parts.table, 1);
    layout->addWidget(parts.buttons);
    addButtons();
    connect(parts.table, &TensorTable::clicked, this, &TensorPane::pick);
    connect(parts.table, &TensorTable::chosen, this, &TensorPane::pick);
    connect(parts.table, &TensorTable::copyRequested, this, [this] { copy(Dialect::PyTorch); });
    showNothing({});
}

TensorPane::~TensorPane()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void TensorPane::addButtons()
{
    Parts& parts = *m_parts;
    auto* const rows = new QVBoxLayout(parts.buttons);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(6);
    auto* const row = new QHBoxLayout;
    row->setSpacing(6);
    auto* const files = new QHBoxLayout;
    files->setSpacing(6);
    rows->addLayout(row);
    rows->addLayout(files);
    const auto addCopy = [&](const char* name, const QString& title, Dialect dialect) {
        auto* const button = new QToolButton(parts.buttons);
        button->setObjectName(QLatin1String(name));
        button->setText(title);
        button->setIcon(icon(QStringLiteral("copy")));
        button->setIconSize({14, 14});
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setToolTip(tr("Copy the selected cells, or everything, as %1 code").arg(title));
        button->setAccessibleName(tr("Copy as %1").arg(title));
        connect(button, &QToolButton::clicked, this, [this, dialect] { copy(dialect); });
        row->addWidget(button);
    };
    addCopy("copyNumpy", QStringLiteral("NumPy"), Dialect::NumPy);
    addCopy("copyTorch", QStringLiteral("PyTorch"), Dialect::PyTorch);
    parts.save->setObjectName(QStringLiteral("saveTensor"));
    parts.save->setIcon(icon(QStringLiteral("save")));
    parts.save->setIconSize({14, 14});
    parts.save->setToolTip(tr("Save as .npy…"));
    parts.save->setAccessibleName(parts.save->toolTip());
    parts.badge->setObjectName(QStringLiteral("dragTensor"));
    row->addStretch(1);
    files->addWidget(parts.save);
    files->addWidget(parts.badge);
    files->addStretch(1);
    connect(parts.save, &QToolButton::clicked, this, &TensorPane::saveRequested);
    connect(parts.badge, &DragBadge::dragged, this, &TensorPane::dragRequested);
}

void TensorPane::show(const Tensor& tensor, const QString& fileName)
{
    Parts& parts = *m_parts;
    if (parts.model.tensor().isNone() || parts.model.tensor().id() != tensor.id())
        parts.model.show(tensor);
    const bool isEmpty = tensor.size() == 0;
    parts.nothing->setVisible(isEmpty);
    parts.nothing->setText(tr("No elements: its shape is %1.").arg(shortShape(tensor.shape())));
    parts.table->setVisible(!isEmpty);
    parts.buttons->setVisible(true);
    parts.badge->setFileName(fileName);
    for (QWidget* const widget : std::initializer_list<QWidget*>{parts.save, parts.badge})
        widget->setVisible(!fileName.isEmpty());
}

void TensorPane::showNothing(const QString& why)
{
    Parts& parts = *m_parts;
    parts.model.clear();
    parts.nothing->setText(why);
    parts.nothing->setVisible(!why.isEmpty());
    parts.table->setVisible(false);
    parts.buttons->setVisible(false);
}

void TensorPane::setLargest(std::optional<double> largest)
{
    m_parts->model.setLargest(largest);
}

void TensorPane::copy(Dialect dialect)
{
    const Tensor tensor = m_parts->table->selected();
    if (tensor.size() > mostCopied) {
        Q_EMIT hinted(tr("%L1 elements are too many to copy as text: select some of them, or save the tensor.")
                          .arg(tensor.size()));
        return;
    }
    const std::string code = dialect == Dialect::NumPy ? numpyCode(tensor) : torchCode(tensor);
    QGuiApplication::clipboard()->setText(QString::fromStdString(code));
    Q_EMIT hinted(tensor.size() == 1 ? tr("Copied one element.") : tr("Copied %L1 elements.").arg(tensor.size()));
}

void TensorPane::pick(const QModelIndex& index)
{
    const Shape& shape = m_parts->model.tensor().shape();
    const std::vector<std::int64_t> place = m_parts->model.placeOf(index);
    std::int64_t element = 0;
    for (std::size_t d = 0; d < place.size(); ++d)
        element = element * shape[d] + place[d];
    Q_EMIT elementPicked(element);
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/header_pane.h"

#include "engine/ops/op.h"
#include "widgets/canvas/panel.h"
#include "widgets/inspector/error_card.h"
#include "widgets/inspector/field_message.h"
#include "widgets/theme/appearance.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

QString bytesOf(const Tensor& tensor)
{
    const std::int64_t bytes = tensor.size() * std::int64_t(itemSize(tensor.dtype()));
    if (bytes < 1000)
        return HeaderPane::tr("%1 B").arg(bytes);
    return QLocale::c().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

}  // namespace

class HeaderPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : name(new QLineEdit(parent)), op(new Label(Label::Role::Body, parent)),
          type(new Label(Label::Role::Number, parent)), message(new FieldMessage(parent)),
          outputs(new QComboBox(parent)), error(new ErrorCard(parent)), stale(new Label(Label::Role::Secondary, parent))
    {
    }

    Diagram diagram;
    NodeId node = {};
    Category category = Category::Source;
    QLineEdit* name;
    Label* op;
    Label* type;
    FieldMessage* message;
    QComboBox* outputs;
    ErrorCard* error;
    Label* stale;
};

HeaderPane::HeaderPane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    parts.name->setObjectName(QStringLiteral("nodeName"));
    parts.name->setAccessibleName(tr("Name"));
    parts.name->setToolTip(tr("The node's name, and its variable in PyTorch code"));
    parts.name->installEventFilter(this);
    parts.op->setElided();
    parts.type->setObjectName(QStringLiteral("nodeType"));
    parts.outputs->setObjectName(QStringLiteral("outputs"));
    parts.outputs->setAccessibleName(tr("Output"));
    parts.stale->setText(tr("Computed before the last edit; newer values are on their way."));
    parts.stale->setWordWrap(true);
    parts.stale->setVisible(false);
    auto* const line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(parts.name);
    line->addWidget(parts.op, 1);
    line->addWidget(parts.type);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(line);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.message), static_cast<QWidget*>(parts.error),
                                  static_cast<QWidget*>(parts.stale), static_cast<QWidget*>(parts.outputs)})
        layout->addWidget(widget);
    connect(parts.error, &ErrorCard::chosen, this, &HeaderPane::wayOutChosen);
    connect(parts.name, &QLineEdit::textEdited, this, &HeaderPane::judgeName);
    connect(parts.name, &QLineEdit::editingFinished, this, &HeaderPane::finishName);
    connect(parts.outputs, &QComboBox::activated, this,
            [this](int index) { Q_EMIT outputChosen(std::uint32_t(index)); });
    connect(&Appearance::instance(), &Appearance::changed, this, &HeaderPane::dress);
    dress();
}

HeaderPane::~HeaderPane()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

/// The name looks like a title until it is to be changed; the op has its category's colour.
void HeaderPane::dress()
{
    const Theme& theme = Appearance::instance().theme();
    m_parts->name->setFont(fonts::text(15, QFont::DemiBold));
    m_parts->name->setStyleSheet(QStringLiteral("QLineEdit { background: transparent; border: 1px solid transparent;"
                                                " padding: 2px 4px; margin-left: -5px; color: %1; }"
                                                "QLineEdit:hover { border-color: %2; }"
                                                "QLineEdit:focus { border-color: %3; }")
                                     .arg(theme.text.name(), theme.line.name(), theme.selection.name()));
    m_parts->op->setStyleSheet(
        QStringLiteral("color: %1; background: transparent;").arg(theme.category(m_parts->category).name()));
    m_parts->type->setStyleSheet(QStringLiteral("color: %1; background: transparent;").arg(theme.secondary.name()));
}

void HeaderPane::show(const Diagram& diagram, NodeId id, const Moment& moment, std::uint32_t output)
{
    Parts& parts = *m_parts;
    const Node& node = diagram.graph.at(id);
    const QString name = text(node.name);
    const bool isOther = id != parts.node;
    const bool isRenamed = isOther || !parts.diagram.graph.contains(id) || parts.diagram.graph.at(id).name != node.name;
    parts.diagram = diagram;
    parts.node = id;
    if (isRenamed) {
        parts.name->setText(name);
        parts.message->clear();
    }
    const int width = QFontMetrics(fonts::text(15, QFont::DemiBold)).horizontalAdvance(parts.name->text()) + 18;
    parts.name->setFixedWidth(std::clamp(width, 40, 150));
    const Op* const op = findOp(node.op);
    parts.op->setText(text(node.op));
    parts.category = op ? op->category : Category::Source;
    parts.error->show(moment, id);
    showOutputs(moment, output);
    dress();
}

void HeaderPane::showOutputs(const Moment& moment, std::uint32_t output)
{
    Parts& parts = *m_parts;
    const NodeResult* const result = moment.result(parts.node);
    const std::size_t count = result ? result->outputs.size() : 0;
    parts.outputs->setVisible(count > 1);
    parts.type->setText({});
    if (output >= count)
        return;
    const Tensor& tensor = result->outputs[output].tensor();
    parts.type->setText(tensor.isNumber() ? shortType(tensor)
                                          : shortType(tensor) + QStringLiteral(" · ") + bytesOf(tensor));
    if (count < 2)
        return;
    QStringList names;
    for (std::uint32_t k = 0; k < count; ++k)
        names << tr("output %1").arg(text(moment.evaluation().outputName({parts.node, k})));
    QStringList shown;
    for (int k = 0; k < parts.outputs->count(); ++k)
        shown << parts.outputs->itemText(k);
    if (names != shown) {
        parts.outputs->clear();
        parts.outputs->addItems(names);
    }
    parts.outputs->setCurrentIndex(int(output));
}

void HeaderPane::offerWaysOut(const QStringList& titles)
{
    m_parts->error->offer(titles);
}

void HeaderPane::setStale(bool isStale)
{
    m_parts->stale->setVisible(isStale);
}

void HeaderPane::judgeName()
{
    m_parts->message->show(nameFailure(m_parts->diagram, m_parts->name->text().toStdString(), m_parts->node));
}

void HeaderPane::finishName()
{
    Parts& parts = *m_parts;
    const Rename edit{parts.node, parts.name->text().toStdString()};
    if (!parts.diagram.graph.contains(parts.node) || parts.diagram.graph.at(parts.node).name == edit.to)
        return parts.message->clear();
    judgeName();
    if (!nameFailure(parts.diagram, edit.to, edit.node))
        Q_EMIT editRequested(edit);
}

bool HeaderPane::eventFilter(QObject* watched, QEvent* event)
{
    const bool isEscape = watched == m_parts->name && event->type() == QEvent::KeyPress
                          && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape;
    if (isEscape && m_parts->diagram.graph.contains(m_parts->node)) {
        m_parts->name->setText(text(m_parts->diagram.graph.at(m_parts->node).name));
        m_parts->message->clear();
    }
    return isEscape;
}

}  // namespace chainrule

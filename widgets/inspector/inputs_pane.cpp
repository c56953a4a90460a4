// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/inputs_pane.h"

#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QGridLayout>
#include <QToolButton>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

QString nameOf(const Graph& graph, const Source& source)
{
    const QString name = text(graph.at(source.node).name);
    return source.output.empty() ? name : name + u':' + text(source.output);
}

std::vector<const Parameter*> tensorParameters(const Op& op)
{
    std::vector<const Parameter*> parameters;
    for (const Parameter& parameter : op.parameters)
        if (parameter.isTensor())
            parameters.push_back(&parameter);
    return parameters;
}

}  // namespace

InputsPane::InputsPane(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(4);
    m_grid->setColumnStretch(1, 1);
    hide();  // No rows yet.
}

std::vector<InputsPane::Row> InputsPane::rowsOf(const Graph& graph, NodeId id, const Op* op)
{
    const Node& node = graph.at(id);
    const auto parameters = op ? tensorParameters(*op) : std::vector<const Parameter*>();
    std::vector<Row> rows;
    for (std::size_t i = 0; i < std::max(parameters.size(), node.inputs.size()); ++i) {
        const Parameter* const parameter = i < parameters.size() ? parameters[i] : nullptr;
        Row row{.parameter = parameter ? text(parameter->name) : tr("input %1").arg(i),
                .help = parameter ? text(parameter->help) : QString(),
                .source = {},
                .open = parameter && parameter->acceptsNone ? tr("left out") : tr("open"),
                .target = {id, std::uint32_t(i), std::nullopt}};
        const Input input = i < node.inputs.size() ? node.inputs[i] : Input();
        const SourceList* const list = input.list();
        if (!list || list->empty()) {
            row.source = input.single() ? nameOf(graph, *input.single()) : QString();
            rows.push_back(row);
            continue;
        }
        const QString name = row.parameter;
        for (std::size_t item = 0; item < list->size(); ++item) {
            row.parameter = QStringLiteral("%1[%2]").arg(name).arg(item);
            row.source = (*list)[item] ? nameOf(graph, *(*list)[item]) : QString();
            row.target.item = std::uint32_t(item);
            rows.push_back(row);
        }
    }
    return rows;
}

void InputsPane::show(const Graph& graph, NodeId node, const Op* op)
{
    std::vector<Row> rows = rowsOf(graph, node, op);
    if (rows == m_rows)
        return;
    m_rows = std::move(rows);
    for (QWidget* const child : findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        child->hide();
        child->deleteLater();  // It may be the button whose click led here.
    }
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        add(m_rows[i], int(i));
    setVisible(!m_rows.empty());
}

void InputsPane::add(const Row& row, int at)
{
    auto* const name = new Label(Label::Role::Number, row.parameter, this);
    name->setToolTip(row.help);
    m_grid->addWidget(name, at, 0);
    if (row.source.isEmpty()) {
        m_grid->addWidget(new Label(Label::Role::Secondary, row.open, this), at, 1);
        return;
    }
    auto* const source = new Label(Label::Role::Value, row.source, this);
    source->setObjectName(QStringLiteral("source%1").arg(at));
    m_grid->addWidget(source, at, 1);
    auto* const button = new QToolButton(this);
    button->setObjectName(QStringLiteral("disconnect%1").arg(at));
    button->setIcon(icon(QStringLiteral("disconnect")));
    button->setIconSize({14, 14});
    button->setProperty("flat", true);
    button->setToolTip(tr("Disconnect %1 from %2").arg(row.source, row.parameter));
    button->setAccessibleName(button->toolTip());
    connect(button, &QToolButton::clicked, this, [this, row] { Q_EMIT editRequested(Disconnect{row.target}); });
    m_grid->addWidget(button, at, 2);
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/attributes_pane.h"

#include "widgets/inspector/file_field.h"
#include "widgets/inspector/inputs_pane.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QPlainTextEdit>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// Attributes that the op does not have: it refuses them, and only here can they be taken away.
QStringList strangersOf(const Node& node, const Op* op)
{
    const auto isKnown = [op](std::string_view name) {
        return op && std::ranges::any_of(op->parameters, [&](const Parameter& p) { return !p.isTensor() && p.name == name; });
    };
    QStringList names;
    for (const auto& [name, value] : node.attributes)
        if (!isKnown(name))
            names << text(name);
    for (const RawField& field : node.extras->unreadAttributes)
        if (!isKnown(field.key))
            names << text(field.key);
    return names;
}

/// The numbers of a source are typed in or read from a file: the one takes the place of the other.
std::vector<std::string> replacedBy(const Op& op, const Parameter& parameter, const Attributes& attributes)
{
    const auto saysTheNumbers = [&](const Parameter& p) { return !p.literalOf.empty() || p.name == "file"; };
    std::vector<std::string> others;
    if (op.readsFile && saysTheNumbers(parameter))
        for (const Parameter& other : op.parameters)
            if (saysTheNumbers(other) && other.name != parameter.name && attributes.contains(std::string(other.name)))
                others.emplace_back(other.name);
    return others;
}

/// What a source refuses to be made of. Others need inputs to say anything.
Failure refusal(const Op& op, Attributes attributes, const Parameter& parameter, const Attribute& value)
{
    if (op.tensorParameterCount() > 0 || parameter.literalOf.empty())
        return std::nullopt;
    for (const std::string& other : replacedBy(op, parameter, attributes))
        attributes.erase(other);
    attributes[std::string(parameter.name)] = value;
    const auto complete = completed(op, {}, attributes);
    if (!complete)
        return complete.error();
    const auto tensors = computed(op, {}, *complete);
    return tensors ? std::nullopt : Failure(tensors.error());
}

Edit setTo(NodeId node, const Op& op, const Attributes& attributes, const Parameter& parameter, const Attribute& value)
{
    Several edit{AttributesPane::tr("Change Data").toStdString(), {}};
    for (const std::string& other : replacedBy(op, parameter, attributes))
        edit.edits.push_back(UnsetAttribute{node, other});
    edit.edits.push_back(SetAttribute{node, std::string(parameter.name), value});
    return edit.edits.size() == 1 ? edit.edits.front() : Edit(std::move(edit));
}

}  // namespace

class AttributesPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : form(new QWidget(parent)), inputsTitle(new Label(Label::Role::Title, tr("Inputs"), parent)),
          inputs(new InputsPane(parent)), retain(new QCheckBox(tr("retain_grad: keep .grad here"), parent)),
          muted(new QCheckBox(tr("muted: the first input goes through"), parent)),
          comment(new QPlainTextEdit(parent)), typing(new QTimer(parent))
    {
    }

    QWidget* form;
    QGridLayout* grid = nullptr;
    Label* inputsTitle;
    InputsPane* inputs;
    QCheckBox* retain;
    QCheckBox* muted;
    QPlainTextEdit* comment;
    QTimer* typing;
    QString folder;

    NodeId node = {};
    std::string opName;
    const Op* op = nullptr;
    QStringList strangers;
    Attributes attributes;
    std::string shownComment;
    std::vector<Row> rows;
};

AttributesPane::AttributesPane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    parts.retain->setObjectName(QStringLiteral("retainGrad"));
    parts.muted->setObjectName(QStringLiteral("muted"));
    parts.comment->setObjectName(QStringLiteral("comment"));
    parts.comment->setAccessibleName(tr("Comment"));
    parts.comment->setPlaceholderText(tr("Comment"));
    parts.comment->setFixedHeight(56);
    parts.comment->setTabChangesFocus(true);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(parts.form);
    layout->addWidget(parts.inputsTitle);
    layout->addWidget(parts.inputs);
    layout->addSpacing(4);
    layout->addWidget(parts.retain);
    layout->addWidget(parts.muted);
    layout->addWidget(parts.comment);
    layout->addStretch(1);
    connect(parts.inputs, &InputsPane::editRequested, this, &AttributesPane::editRequested);
    connectMarks();
}

AttributesPane::~AttributesPane()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void AttributesPane::connectMarks()
{
    Parts& parts = *m_parts;
    connect(parts.retain, &QCheckBox::clicked, this,
            [this](bool isOn) { Q_EMIT editRequested(Mark{.node = m_parts->node, .retainGrad = isOn}); });
    connect(parts.muted, &QCheckBox::clicked, this,
            [this](bool isOn) { Q_EMIT editRequested(Mark{.node = m_parts->node, .muted = isOn}); });
    parts.typing->setSingleShot(true);
    parts.typing->setInterval(600);
    connect(parts.comment, &QPlainTextEdit::textChanged, parts.typing, qOverload<>(&QTimer::start));
    connect(parts.typing, &QTimer::timeout, this, &AttributesPane::finishComment);
}

void AttributesPane::finishComment()
{
    m_parts->typing->stop();
    const std::string comment = m_parts->comment->toPlainText().toStdString();
    if (comment == m_parts->shownComment)
        return;
    m_parts->shownComment = comment;
    Q_EMIT editRequested(Mark{.node = m_parts->node, .comment = comment});
}

void AttributesPane::show(const Graph& graph, NodeId id)
{
    Parts& parts = *m_parts;
    const Node& node = graph.at(id);
    const Op* const op = findOp(node.op);
    const QStringList strangers = strangersOf(node, op);
    parts.attributes = node.attributes;
    if (id != parts.node || node.op != parts.opName || strangers != parts.strangers) {
        clear();
        parts.node = id;
        parts.opName = node.op;
        parts.op = op;
        parts.strangers = strangers;
        build(graph);
    }
    for (const Row& row : parts.rows) {
        const auto given = node.attributes.find(row.field->parameter().name);
        row.field->show(given == node.attributes.end() ? std::nullopt : std::optional(given->second));
        row.reset->setVisible(row.field->parameter().fallback && node.hasAttribute(row.field->parameter().name));
    }
    parts.inputs->show(graph, id, op);
    parts.inputsTitle->setVisible(!parts.inputs->isHidden());
    showMarks(node);
}

void AttributesPane::showMarks(const Node& node)
{
    Parts& parts = *m_parts;
    parts.retain->setChecked(node.retainGrad);
    parts.muted->setChecked(node.muted);
    // A source has nothing that could go through.
    parts.muted->setVisible(node.muted || !node.inputs.empty() || (parts.op && parts.op->tensorParameterCount() > 0));
    if (node.comment() == parts.shownComment)
        return;
    const QSignalBlocker silence(parts.comment);
    parts.shownComment = node.comment();
    parts.comment->setPlainText(QString::fromStdString(node.comment()));
}

void AttributesPane::clear()
{
    Parts& parts = *m_parts;
    parts.typing->stop();
    for (const Row& row : parts.rows)
        row.field->disconnect(this);  // Hiding takes the focus away, which would hand on what was typed.
    parts.node = {};
    parts.opName.clear();
    for (QWidget* const child : parts.form->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        child->hide();
        child->deleteLater();  // It may be the one whose signal led here.
    }
    delete parts.grid;
    parts.grid = nullptr;
    parts.rows.clear();
}

void AttributesPane::build(const Graph& graph)
{
    Parts& parts = *m_parts;
    parts.grid = new QGridLayout(parts.form);
    parts.grid->setContentsMargins(0, 0, 0, 0);
    parts.grid->setHorizontalSpacing(8);
    parts.grid->setVerticalSpacing(6);
    parts.grid->setColumnStretch(1, 1);
    int row = 0;
    if (parts.op)
        for (const Parameter& parameter : parts.op->parameters)
            if (!parameter.isTensor()) {
                addField(parameter, row);
                row += 2;
            }
    addStrangers(graph.at(parts.node));
    parts.form->setVisible(parts.grid->count() > 0);
    setFolder(parts.folder);
}

void AttributesPane::addField(const Parameter& parameter, int row)
{
    Parts& parts = *m_parts;
    auto* const field = fieldFor(*parts.op, parameter, parts.form);
    auto* const name = new Label(Label::Role::Number, text(parameter.name), parts.form);
    name->setToolTip(QStringLiteral("%1: %2").arg(QString::fromStdString(kindText(parameter)), text(parameter.help)));
    field->setToolTip(text(parameter.help));
    name->setContentsMargins(0, field->isWide() ? 0 : 7, 0, 0);  // In line with what stands in the field.
    parts.grid->addWidget(name, row, 0, Qt::AlignTop);
    if (field->isWide())
        parts.grid->addWidget(field, row + 1, 0, 1, 3);
    else
        parts.grid->addWidget(field, row, 1);
    QToolButton* const reset = addReset(text(parameter.name), row);
    parts.rows.push_back({field, reset});
    field->setCheck([this, &parameter](const Attribute& value) {
        return refusal(*m_parts->op, m_parts->attributes, parameter, value);
    });
    const std::string attribute(parameter.name);
    connect(field, &AttributeField::edited, this, [this, &parameter](const Attribute& value) {
        Q_EMIT editRequested(setTo(m_parts->node, *m_parts->op, m_parts->attributes, parameter, value));
    });
    connect(field, &AttributeField::cleared, this,
            [this, attribute] { Q_EMIT editRequested(UnsetAttribute{m_parts->node, attribute}); });
}

QToolButton* AttributesPane::addReset(const QString& attribute, int row)
{
    auto* const reset = new QToolButton(m_parts->form);
    reset->setObjectName(QStringLiteral("reset_") + attribute);
    reset->setIcon(icon(QStringLiteral("reset")));
    reset->setIconSize({14, 14});
    reset->setProperty("flat", true);
    reset->setToolTip(tr("Back to the default of %1").arg(attribute));
    reset->setAccessibleName(reset->toolTip());
    QSizePolicy policy = reset->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    reset->setSizePolicy(policy);
    m_parts->grid->addWidget(reset, row, 2, Qt::AlignTop);
    connect(reset, &QToolButton::clicked, this, [this, attribute] {
        Q_EMIT editRequested(UnsetAttribute{m_parts->node, attribute.toStdString()});
    });
    return reset;
}

void AttributesPane::addStrangers(const Node& node)
{
    Parts& parts = *m_parts;
    int row = parts.grid->rowCount();
    for (const QString& name : parts.strangers) {
        const auto given = node.attributes.find(name.toStdString());
        const QString value = given == node.attributes.end() ? tr("not readable")
                                                             : QString::fromStdString(python(given->second));
        parts.grid->addWidget(new Label(Label::Role::Error, name, parts.form), row, 0);
        auto* const label = new Label(Label::Role::Secondary, tr("%1 (the operation has no such parameter)").arg(value),
                                      parts.form);
        label->setWordWrap(true);
        parts.grid->addWidget(label, row, 1);
        QToolButton* const remove = addReset(name, row++);
        remove->setToolTip(tr("Remove %1").arg(name));
        remove->setAccessibleName(remove->toolTip());
    }
}

void AttributesPane::setFolder(const QString& folder)
{
    m_parts->folder = folder;
    for (const Row& row : m_parts->rows)
        if (auto* const file = qobject_cast<FileField*>(row.field))
            file->setFolder(folder);
}

void AttributesPane::finish()
{
    for (const Row& row : m_parts->rows)
        row.field->finish();
    finishComment();
}

}  // namespace chainrule

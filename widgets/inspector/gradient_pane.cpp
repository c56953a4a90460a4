// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/gradient_pane.h"

#include "engine/ops/op.h"
#include "widgets/canvas/face.h"
#include "widgets/inspector/contribution_list.h"
#include "widgets/inspector/tensor_pane.h"
#include "widgets/inspector/tensor_preview.h"
#include "widgets/theme/label.h"

#include <QGridLayout>
#include <QItemSelectionModel>
#include <QVBoxLayout>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

QString python(bool flag)
{
    return flag ? QStringLiteral("True") : QStringLiteral("False");
}

/// Why a tensor has no gradient, and what would give it one.
QString whyNoGradient(const Tensor& tensor, const Op* op)
{
    if (tensor.isNumber())
        return GradientPane::tr("A Python number: it has no gradient.");
    if (!isFloating(tensor.dtype()))
        return GradientPane::tr("A tensor of %1 has no gradient: only floating point tensors do.")
            .arg(text(name(tensor.dtype())));
    if (op && op->tensorParameterCount() == 0)
        return GradientPane::tr("requires_grad is off: no gradient is worked out for it.");
    return GradientPane::tr("It carries no gradient, as nothing that requires grad leads to it.");
}

}  // namespace

std::optional<Tensor> shownGradient(const Moment& moment, OutputId output)
{
    if (const GradState stored = moment.stored(output); !stored.tensor.isNone())
        return stored.tensor;
    return moment.flowing(output);
}

class GradientPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : nothing(new Label(Label::Role::Secondary, parent)), how(new QWidget(parent)),
          formula(new Label(Label::Role::Value, how)), rule(new Label(Label::Role::Gradient, how)),
          upstreamName(new Label(Label::Role::Secondary, how)), upstream(new TensorPreview(how)),
          sentName(new Label(Label::Role::Secondary, how)), sent(new TensorPreview(how)),
          contributions(new QWidget(parent)), title(new Label(Label::Role::Title, contributions)),
          list(new ContributionList(model, contributions)), sumName(new Label(Label::Role::Secondary, contributions)),
          sum(new TensorPreview(contributions)), tensorTitle(new Label(Label::Role::Title, parent)),
          tensorWords(new Label(Label::Role::Secondary, parent)), tensor(new TensorPane(parent)),
          facts(new QWidget(parent))
    {
    }

    Label* addFact(int row, const QString& fact)
    {
        auto* const grid = static_cast<QGridLayout*>(facts->layout());
        grid->addWidget(new Label(Label::Role::Number, fact, facts), row, 0, Qt::AlignTop);
        auto* const label = new Label(Label::Role::Body, facts);
        label->setObjectName(fact);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(label, row, 1);
        return label;
    }

    Moment moment;
    QString name;
    Label* nothing;
    QWidget* how;
    Label* formula;
    Label* rule;
    Label* upstreamName;
    TensorPreview* upstream;
    Label* sentName;
    TensorPreview* sent;
    QWidget* contributions;
    Label* title;
    ContributionModel model;
    ContributionList* list;
    Label* sumName;
    TensorPreview* sum;
    Label* tensorTitle;
    Label* tensorWords;
    TensorPane* tensor;
    QWidget* facts;
    Label* isLeaf = nullptr;
    Label* requiresGrad = nullptr;
    Label* retainsGrad = nullptr;
    Label* gradFn = nullptr;
    Label* grad = nullptr;
};

GradientPane::GradientPane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    auto* const how = new QGridLayout(parts.how);
    how->addWidget(new Label(Label::Role::Title, tr("How this contribution came to be"), parts.how), 0, 0, 1, 3);
    how->addWidget(parts.formula, 1, 0, 1, 3);
    how->addWidget(parts.rule, 2, 0, 1, 3);
    how->addWidget(parts.upstreamName, 3, 0);
    how->addWidget(parts.sentName, 3, 1);
    how->addWidget(parts.upstream, 4, 0, Qt::AlignTop);
    how->addWidget(parts.sent, 4, 1, Qt::AlignTop);
    how->setColumnStretch(2, 1);
    how->setHorizontalSpacing(16);
    auto* const contributions = new QGridLayout(parts.contributions);
    contributions->addWidget(parts.title, 0, 0, 1, 2);
    contributions->addWidget(parts.list, 1, 0, 1, 2);
    contributions->addWidget(parts.sumName, 2, 0);
    contributions->addWidget(parts.sum, 2, 1);
    contributions->setColumnStretch(0, 1);
    auto* const facts = new QGridLayout(parts.facts);
    facts->setColumnStretch(1, 1);
    facts->setHorizontalSpacing(16);
    for (QGridLayout* const grid : {how, contributions, facts}) {
        grid->setContentsMargins(0, 0, 0, 0);
        grid->setVerticalSpacing(6);
    }
    contributions->setContentsMargins(0, 0, 9, 0);  // The sum stands below what is summed.
    parts.list->setObjectName(QStringLiteral("contributions"));
    parts.list->setAccessibleName(tr("Contributions"));
    parts.tensor->setObjectName(QStringLiteral("gradient"));
    for (Label* const label : {parts.nothing, parts.formula, parts.rule, parts.tensorWords, parts.sumName})
        label->setWordWrap(true);
    parts.isLeaf = parts.addFact(0, QStringLiteral("is_leaf"));
    parts.requiresGrad = parts.addFact(1, QStringLiteral("requires_grad"));
    parts.retainsGrad = parts.addFact(2, QStringLiteral("retains_grad"));
    parts.gradFn = parts.addFact(3, QStringLiteral("grad_fn"));
    parts.grad = parts.addFact(4, QStringLiteral(".grad"));

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.nothing), parts.how, parts.contributions})
        layout->addWidget(widget);
    auto* const tensor = new QVBoxLayout;
    tensor->setSpacing(6);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.tensorTitle), static_cast<QWidget*>(parts.tensorWords),
                                  static_cast<QWidget*>(parts.tensor)})
        tensor->addWidget(widget);
    layout->addLayout(tensor);
    layout->addWidget(parts.facts);
    layout->addStretch(1);
    connect(parts.list->selectionModel(), &QItemSelectionModel::currentChanged, this, &GradientPane::explain);
    connect(parts.tensor, &TensorPane::saveRequested, this, &GradientPane::saveRequested);
    connect(parts.tensor, &TensorPane::dragRequested, this, &GradientPane::dragRequested);
    connect(parts.tensor, &TensorPane::hinted, this, &GradientPane::hinted);
}

GradientPane::~GradientPane()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void GradientPane::setLargest(std::optional<double> largest)
{
    m_parts->tensor->setLargest(largest);
}

void GradientPane::showNothing(const QString& why)
{
    Parts& parts = *m_parts;
    parts.moment = {};
    parts.model.show({}, {});
    parts.tensor->showNothing({});
    parts.nothing->setText(why);
    parts.nothing->setVisible(true);
    for (QWidget* const widget : {parts.how, parts.contributions, static_cast<QWidget*>(parts.tensorTitle),
                                  static_cast<QWidget*>(parts.tensorWords), parts.facts})
        widget->setVisible(false);
}

void GradientPane::show(const Moment& moment, OutputId output, const QString& name, const QString& fileName)
{
    Parts& parts = *m_parts;
    const Value& value = moment.evaluation().value(output);
    const Op* const op = findOp(moment.evaluation().graph().at(output.node).op);
    if (value.tensor().isNumber())
        return showNothing(whyNoGradient(value.tensor(), op));
    parts.moment = moment;
    parts.name = name;
    parts.nothing->setVisible(!value.requiresGrad());
    parts.nothing->setText(value.requiresGrad() ? QString() : whyNoGradient(value.tensor(), op));
    showContributions(moment, output, name);
    showTensor(moment, output, fileName);
    showFacts(moment, output);
}

void GradientPane::showContributions(const Moment& moment, OutputId output, const QString& name)
{
    Parts& parts = *m_parts;
    parts.model.show(moment, output);
    const int count = parts.model.rowCount();
    parts.contributions->setVisible(count > 0);
    if (count > 0) {
        const auto [arrived, expected] = moment.contributions(output);
        parts.title->setText(tr("Contributions to %1").arg(name));
        parts.sumName->setText(arrived < expected ? tr("sum so far: %1 of %2 have come").arg(arrived).arg(expected)
                                                  : tr("∂L/∂%1, the sum").arg(name));
        if (const auto flowing = moment.flowing(output))
            parts.sum->show(*flowing);
        const int active = parts.model.activeRow();
        parts.list->setCurrentIndex(parts.model.index(active >= 0 ? active : count - 1));
    }
    explain();
}

/// The contribution that is chosen: the consumer's formula and rule, what it got and what it sent.
void GradientPane::explain()
{
    Parts& parts = *m_parts;
    const QModelIndex chosen = parts.list->currentIndex();
    const BackwardEvent* const event = chosen.isValid() ? &parts.model.event(chosen) : nullptr;
    parts.how->setVisible(event && event->from);
    if (!event || !event->from)
        return;
    const Evaluation& evaluation = parts.moment.evaluation();
    const auto owner = evaluation.owner({std::uint32_t(*event->from), 0});
    const Op* const op = evaluation.tape().op(*event->from);
    const QString from = owner ? text(evaluation.graph().at(owner->node).name) : QStringLiteral("y");
    parts.formula->setText(op ? tr("%1:  %2").arg(from, text(op->formula)) : QString());
    parts.rule->setText(op ? text(op->gradient) : QString());
    const auto arrived = std::ranges::find_if(event->upstream, [](const auto& tensor) { return tensor.has_value(); });
    const bool hasUpstream = arrived != event->upstream.end();
    parts.upstreamName->setVisible(hasUpstream);
    parts.upstream->setVisible(hasUpstream);
    parts.upstreamName->setText(tr("dy: upstream ∂L/∂%1").arg(from));
    if (hasUpstream)
        parts.upstream->show(**arrived);
    parts.sentName->setText(tr("sent to %1").arg(parts.name));
    parts.sent->show(event->contribution);
}

void GradientPane::showTensor(const Moment& moment, OutputId output, const QString& fileName)
{
    Parts& parts = *m_parts;
    const bool hasGrad = moment.evaluation().value(output).requiresGrad();
    const auto gradient = hasGrad ? shownGradient(moment, output) : std::nullopt;
    const bool isStored = gradient && !moment.stored(output).tensor.isNone();
    parts.tensorTitle->setVisible(hasGrad);
    parts.tensorTitle->setText(isStored ? QStringLiteral(".grad") : tr("Flowing gradient"));
    QString words = hasGrad ? inWords(moment.stored(output)) : QString();
    if (hasGrad && !gradient)
        words += tr(". No backward pass has brought it a gradient at this step.");
    parts.tensorWords->setText(words);
    parts.tensorWords->setVisible(hasGrad);
    if (gradient)
        parts.tensor->show(*gradient, fileName);
    else
        parts.tensor->showNothing({});
}

void GradientPane::showFacts(const Moment& moment, OutputId output)
{
    Parts& parts = *m_parts;
    const Evaluation& evaluation = moment.evaluation();
    const Value& value = evaluation.value(output);
    const bool isLeaf = evaluation.isLeaf(value);
    const QString function = text(evaluation.gradFn(value));
    const bool retains = evaluation.graph().at(output.node).retainGrad && !isLeaf;
    parts.facts->setVisible(true);
    parts.isLeaf->setText(isLeaf ? tr("%1: autograd recorded no operation that made it").arg(python(true))
                                 : tr("%1: an operation made it").arg(python(false)));
    parts.requiresGrad->setText(python(value.requiresGrad()));
    parts.retainsGrad->setText(retains ? tr("%1: .grad is kept here too").arg(python(true)) : python(false));
    parts.gradFn->setText(function.isEmpty() ? QStringLiteral("None") : QStringLiteral("<%1>").arg(function));
    parts.grad->setText(value.requiresGrad() ? inWords(moment.stored(output)) : QStringLiteral("None"));
}

}  // namespace chainrule

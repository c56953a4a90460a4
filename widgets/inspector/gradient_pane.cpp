// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/gradient_pane.h"

#include "engine/ops/op.h"
#include "widgets/canvas/face.h"
#include "widgets/canvas/gradient_number.h"
#include "widgets/inspector/card_pane.h"
#include "widgets/inspector/check_pane.h"
#include "widgets/inspector/explanation_pane.h"
#include "widgets/inspector/ledger_pane.h"
#include "widgets/inspector/tensor_pane.h"
#include "widgets/theme/label.h"

#include <QGridLayout>
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

class GradientPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : nothing(new Label(Label::Role::Secondary, parent)), card(new CardPane(parent)), ledger(new LedgerPane(parent)),
          explanation(new ExplanationPane(parent)), tensorTitle(new Label(Label::Role::Title, parent)),
          tensorWords(new Label(Label::Role::Secondary, parent)), tensor(new TensorPane(parent)),
          check(new CheckPane(parent)), facts(new QWidget(parent))
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
    OutputId output = {};
    CheckState checkState;
    Label* nothing;
    CardPane* card;
    LedgerPane* ledger;
    ExplanationPane* explanation;
    Label* tensorTitle;
    Label* tensorWords;
    TensorPane* tensor;
    CheckPane* check;
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
    auto* const facts = new QGridLayout(parts.facts);
    facts->setColumnStretch(1, 1);
    facts->setHorizontalSpacing(16);
    facts->setContentsMargins(0, 0, 0, 0);
    facts->setVerticalSpacing(6);
    parts.tensor->setObjectName(QStringLiteral("gradient"));
    for (Label* const label : {parts.nothing, parts.tensorWords})
        label->setWordWrap(true);
    parts.isLeaf = parts.addFact(0, QStringLiteral("is_leaf"));
    parts.requiresGrad = parts.addFact(1, QStringLiteral("requires_grad"));
    parts.retainsGrad = parts.addFact(2, QStringLiteral("retains_grad"));
    parts.gradFn = parts.addFact(3, QStringLiteral("grad_fn"));
    parts.grad = parts.addFact(4, QStringLiteral(".grad"));

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(14);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.nothing), static_cast<QWidget*>(parts.explanation),
                                  static_cast<QWidget*>(parts.card), static_cast<QWidget*>(parts.ledger),
                                  static_cast<QWidget*>(parts.check)})
        layout->addWidget(widget);
    auto* const tensor = new QVBoxLayout;
    tensor->setSpacing(6);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.tensorTitle), static_cast<QWidget*>(parts.tensorWords),
                                  static_cast<QWidget*>(parts.tensor)})
        tensor->addWidget(widget);
    layout->addLayout(tensor);
    layout->addWidget(parts.facts);
    layout->addStretch(1);
    connectParts();
}

void GradientPane::connectParts()
{
    Parts& parts = *m_parts;
    connect(parts.ledger, &LedgerPane::chosenChanged, this, &GradientPane::showCard);
    connect(parts.card, &CardPane::cellPicked, this, [this](const GradientCell& cell) {
        m_parts->explanation->explain(cell, ExplanationPane::Focus::Take);
        Q_EMIT explained();
    });
    const auto explain = [this](std::int64_t element) { this->explain(element, ExplanationPane::Focus::Take); };
    connect(parts.ledger, &LedgerPane::cellPicked, this, explain);
    connect(parts.check, &CheckPane::elementPicked, this, explain);
    connect(parts.check, &CheckPane::checkRequested, this, &GradientPane::checkRequested);
    connect(parts.check, &CheckPane::cancelRequested, this, &GradientPane::checkCancelRequested);
    connect(parts.tensor, &TensorPane::elementPicked, this, explain);
    connect(parts.explanation, &ExplanationPane::outputRequested, this, &GradientPane::outputRequested);
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

void GradientPane::explain(std::int64_t element, ExplanationPane::Focus focus)
{
    const Parts& parts = *m_parts;
    const auto cell = parts.moment.isEmpty() ? std::nullopt : cellOf(parts.moment.evaluation(), parts.output, element);
    if (!cell)
        return;
    parts.explanation->explain(*cell, focus);
    Q_EMIT explained();
}

void GradientPane::setLargest(std::optional<double> largest)
{
    m_parts->tensor->setLargest(largest);
}

void GradientPane::showCheck(const CheckState& state)
{
    Parts& parts = *m_parts;
    parts.checkState = state;
    if (parts.moment.isEmpty())
        parts.check->clear();
    else
        parts.check->show(state, parts.moment, parts.output);
    parts.check->setVisible(!parts.check->isEmpty());
}

void GradientPane::showNothing(const QString& why)
{
    Parts& parts = *m_parts;
    parts.moment = {};
    parts.card->clear();
    parts.ledger->clear();
    parts.explanation->clear();
    parts.tensor->showNothing({});
    showCheck(parts.checkState);
    parts.nothing->setText(why);
    parts.nothing->setVisible(true);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.card), static_cast<QWidget*>(parts.ledger),
                                  static_cast<QWidget*>(parts.tensorTitle), static_cast<QWidget*>(parts.tensorWords),
                                  parts.facts})
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
    parts.output = output;
    parts.nothing->setVisible(!value.requiresGrad());
    parts.nothing->setText(value.requiresGrad() ? QString() : whyNoGradient(value.tensor(), op));
    parts.explanation->show(moment, output);
    parts.ledger->show(moment, output, name);
    parts.ledger->setVisible(!parts.ledger->isEmpty());
    showCard();
    showTensor(moment, output, fileName);
    showCheck(parts.checkState);
    showFacts(moment, output);
}

/// Of the contribution that is chosen.
void GradientPane::showCard()
{
    Parts& parts = *m_parts;
    const auto chosen = parts.ledger->chosen();
    const bool isSent = chosen && parts.moment.run().events[*chosen].from;
    parts.card->setVisible(isSent);
    if (isSent)
        parts.card->show(parts.moment, *chosen);
    else
        parts.card->clear();
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

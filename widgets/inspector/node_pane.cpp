// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/node_pane.h"

#include "engine/io/export_files.h"
#include "engine/ops/op.h"
#include "widgets/canvas/gradient_number.h"
#include "widgets/inspector/attributes_pane.h"
#include "widgets/inspector/broadcast_pane.h"
#include "widgets/inspector/code_pane.h"
#include "widgets/inspector/distribution_pane.h"
#include "widgets/inspector/field_message.h"
#include "widgets/inspector/gradient_pane.h"
#include "widgets/inspector/header_pane.h"
#include "widgets/inspector/summarizer.h"
#include "widgets/inspector/tab_bar.h"
#include "widgets/inspector/tensor_pane.h"
#include "widgets/theme/label.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace chainrule {
namespace {

constexpr int margin = 16;
constexpr int staleAfter = 300;  // Milliseconds: what is answered sooner need not be said to be late.

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

QScrollArea* scrolling(std::initializer_list<QWidget*> contents)
{
    auto* const inner = new QWidget;
    auto* const layout = new QVBoxLayout(inner);
    layout->setContentsMargins(margin, margin - 4, margin, margin);
    layout->setSpacing(16);
    for (QWidget* const widget : contents)
        layout->addWidget(widget);
    layout->addStretch(1);
    auto* const area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(inner);
    return area;
}

QWidget* filled(QWidget* content)
{
    auto* const page = new QWidget;
    auto* const layout = new QVBoxLayout(page);
    layout->setContentsMargins(margin, margin - 4, margin, margin);
    layout->addWidget(content);
    return page;
}

}  // namespace

class NodePane::Parts {
public:
    explicit Parts(NodePane* pane)
        : content(new QWidget(pane)), header(new HeaderPane(content)), tabs(new TabBar(content)), stack(new QStackedWidget(content)),
          formula(new Label(Label::Role::Value, content)), broadcast(new BroadcastPane(content)), values(new TensorPane(content)),
          valueDistribution(new DistributionPane(Histogram::Hue::Value, content)),
          gradientDistribution(new DistributionPane(Histogram::Hue::Gradient, content)),
          gradient(new GradientPane(content)), attributes(new AttributesPane(content)), code(new CodePane(content)),
          summarizer(new Summarizer(pane)), lateness(new QTimer(pane))
    {
    }

    bool isThere() const { return diagram.graph.contains(node); }
    /// nullptr: it failed, or has not been evaluated.
    const NodeResult* result() const
    {
        const NodeResult* const found = moment.result(node);
        return found && !found->error && output < found->outputs.size() ? found : nullptr;
    }
    OutputId id() const { return {node, output}; }
    const Tensor& value() const { return result()->outputs[output].tensor(); }
    /// Of the output that is shown, at the moment that is shown.
    std::optional<Tensor> gradientTensor() const
    {
        return result()->outputs[output].requiresGrad() ? shownGradient(moment, id()) : std::nullopt;
    }
    /// "z", "m.values".
    QString address() const { return QString::fromStdString(addressText(moment.evaluation(), id())); }
    /// Why there is nothing to see.
    QString why() const
    {
        const NodeResult* const found = moment.result(node);
        if (found && found->error)
            return NodePane::tr("There is no value: the node failed.");
        return NodePane::tr("Not evaluated yet.");
    }

    Diagram diagram;
    Moment moment;
    NodeId node = {};
    std::uint32_t output = 0;
    OutputId wanted = {};  // That was asked for; its node comes with setNode().
    std::vector<Tensor> summarized;  // What the summaries are of; held, so that their ids stay theirs.
    std::vector<Summary> summaries;

    QWidget* content;
    HeaderPane* header;
    TabBar* tabs;
    QStackedWidget* stack;
    Label* formula;
    BroadcastPane* broadcast;
    TensorPane* values;
    DistributionPane* valueDistribution;
    DistributionPane* gradientDistribution;
    GradientPane* gradient;
    AttributesPane* attributes;
    CodePane* code;
    Summarizer* summarizer;
    QTimer* lateness;
};

NodePane::NodePane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    parts.tabs->setObjectName(QStringLiteral("inspectorTabs"));
    parts.tabs->setAccessibleName(tr("What to show of the node"));
    parts.values->setObjectName(QStringLiteral("values"));
    parts.formula->setWordWrap(true);
    parts.formula->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* const values = new QWidget;
    auto* const valuesLayout = new QVBoxLayout(values);
    valuesLayout->setContentsMargins(0, 0, 0, 0);
    valuesLayout->setSpacing(10);
    valuesLayout->addWidget(parts.formula);
    valuesLayout->addWidget(parts.broadcast);
    valuesLayout->addWidget(parts.values, 1);
    const auto addTab = [&](const QString& title, TabBar::Hue hue, QWidget* page) {
        parts.tabs->add(title, hue);
        parts.stack->addWidget(page);
    };
    addTab(tr("Values"), TabBar::Hue::Value, filled(values));
    addTab(tr("Distribution"), TabBar::Hue::Plain,
           scrolling({parts.valueDistribution, parts.gradientDistribution}));
    addTab(tr("Gradient"), TabBar::Hue::Gradient, scrolling({parts.gradient}));
    addTab(tr("Attributes"), TabBar::Hue::Plain, scrolling({parts.attributes}));
    addTab(tr("Code"), TabBar::Hue::Plain, filled(parts.code));

    auto* const top = new QVBoxLayout;
    top->setContentsMargins(margin, 12, margin, 0);
    top->setSpacing(6);
    top->addWidget(parts.header);
    top->addWidget(parts.tabs);
    auto* const content = new QVBoxLayout(parts.content);
    content->setContentsMargins(0, 0, 0, 0);
    content->setSpacing(0);
    content->addLayout(top);
    content->addWidget(parts.stack, 1);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(parts.content);
    connectParts();
    refresh();
}

NodePane::~NodePane()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void NodePane::connectParts()
{
    Parts& parts = *m_parts;
    const auto ask = [this](const Edit& edit) { Q_EMIT editRequested(edit, 0); };
    connect(parts.header, &HeaderPane::editRequested, this, ask);
    connect(parts.header, &HeaderPane::wayOutChosen, this, &NodePane::wayOutChosen);
    connect(parts.attributes, &AttributesPane::editRequested, this, ask);
    connect(parts.header, &HeaderPane::outputChosen, this, [this](std::uint32_t output) {
        m_parts->output = output;
        refresh();
    });
    connect(parts.tabs, &QTabBar::currentChanged, this, [this](int tab) {
        m_parts->attributes->finish();
        m_parts->stack->setCurrentIndex(tab);
        refresh();
    });
    connect(parts.values, &TensorPane::saveRequested, this,
            [this] { Q_EMIT saveRequested(m_parts->id(), Which::Value); });
    connect(parts.values, &TensorPane::dragRequested, this,
            [this] { Q_EMIT dragRequested(m_parts->id(), Which::Value); });
    connect(parts.gradient, &GradientPane::saveRequested, this,
            [this] { Q_EMIT saveRequested(m_parts->id(), Which::Gradient); });
    connect(parts.gradient, &GradientPane::dragRequested, this,
            [this] { Q_EMIT dragRequested(m_parts->id(), Which::Gradient); });
    connect(parts.gradient, &GradientPane::outputRequested, this, &NodePane::goTo);
    connect(parts.gradient, &GradientPane::explained, this, &NodePane::scrollToExplanation);
    connect(parts.gradient, &GradientPane::checkRequested, this, &NodePane::checkRequested);
    connect(parts.gradient, &GradientPane::checkCancelRequested, this, &NodePane::checkCancelRequested);
    connect(parts.values, &TensorPane::hinted, this, &NodePane::hinted);
    connect(parts.gradient, &GradientPane::hinted, this, &NodePane::hinted);
    connect(parts.code, &CodePane::hinted, this, &NodePane::hinted);
    connect(parts.summarizer, &Summarizer::finished, this, &NodePane::showSummaries);
    parts.lateness->setSingleShot(true);
    parts.lateness->setInterval(staleAfter);
    connect(parts.lateness, &QTimer::timeout, this, [this] { m_parts->header->setStale(!m_parts->moment.isEmpty()); });
}

void NodePane::setNode(NodeId node)
{
    Parts& parts = *m_parts;
    if (node == parts.node)
        return;
    if (parts.isThere())
        parts.attributes->finish();  // What was typed is for the node that goes.
    parts.node = node;
    parts.output = parts.wanted.node == node ? parts.wanted.index : 0;
    parts.wanted = {};
    refresh();
}

void NodePane::goTo(OutputId output)
{
    Parts& parts = *m_parts;
    parts.wanted = output;
    if (output.node != parts.node)
        return Q_EMIT outputRequested(output);
    parts.output = output.index;
    refresh();
}

void NodePane::showTab(Tab tab)
{
    m_parts->tabs->setCurrentIndex(int(tab));
}

void NodePane::explain(OutputId output, std::int64_t element, ExplanationPane::Focus focus)
{
    showTab(Tab::GradientFlow);
    goTo(output);
    if (m_parts->result())
        m_parts->gradient->explain(element, focus);
}

void NodePane::scrollToExplanation()
{
    if (auto* const page = qobject_cast<QScrollArea*>(m_parts->stack->currentWidget()))
        page->verticalScrollBar()->setValue(0);
}

void NodePane::offerWaysOut(const QStringList& titles)
{
    m_parts->header->offerWaysOut(titles);
}

void NodePane::setFolder(const QString& folder)
{
    m_parts->attributes->setFolder(folder);
}

void NodePane::showCheck(const CheckState& state)
{
    m_parts->gradient->showCheck(state);
}

void NodePane::showDiagram(const Diagram& now, const Delta& delta)
{
    Parts& parts = *m_parts;
    parts.diagram = now;
    if (delta.affectsValues())
        parts.lateness->start();
    refresh();
}

void NodePane::showMoment(const Moment& moment)
{
    Parts& parts = *m_parts;
    const bool isOther = moment.isEmpty() || parts.moment.isEmpty() || &moment.replay() != &parts.moment.replay();
    parts.moment = moment;
    if (isOther) {
        parts.lateness->stop();
        parts.header->setStale(false);
    }
    refresh();
}

void NodePane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void NodePane::refresh()
{
    Parts& parts = *m_parts;
    const bool isThere = parts.isThere();
    parts.content->setVisible(isThere);
    if (!isThere)
        return parts.attributes->clear();
    if (!isVisible())
        return;
    if (const NodeResult* const result = parts.moment.result(parts.node);
        result && parts.output >= result->outputs.size())
        parts.output = 0;
    parts.header->show(parts.diagram, parts.node, parts.moment, parts.output);
    refreshTab();
}

void NodePane::refreshTab()
{
    Parts& parts = *m_parts;
    switch (Tab(parts.tabs->currentIndex())) {
    case Tab::ValueTable: refreshValues(); break;
    case Tab::Distributions: refreshDistribution(); break;
    case Tab::GradientFlow: refreshGradient(); break;
    case Tab::AttributeForm: return parts.attributes->show(parts.diagram.graph, parts.node);
    case Tab::PyTorchCode: return parts.code->show(parts.moment, parts.node);
    }
    requestSummaries();
}

void NodePane::refreshValues()
{
    Parts& parts = *m_parts;
    const Op* const op = findOp(parts.diagram.graph.at(parts.node).op);
    parts.formula->setText(op ? text(op->formula) : QString());
    parts.broadcast->show(parts.moment, parts.node);
    if (!parts.result())
        return parts.values->showNothing(parts.why());
    const bool isNumber = parts.value().isNumber();
    parts.values->show(parts.value(),
                       isNumber ? QString() : QString::fromStdString(exportFileName(parts.moment.evaluation(), parts.id())));
}

void NodePane::refreshGradient()
{
    Parts& parts = *m_parts;
    if (!parts.result())
        return parts.gradient->showNothing(parts.why());
    const bool isStored = parts.result()->outputs[parts.output].requiresGrad()
                          && !parts.moment.stored(parts.id()).tensor.isNone();
    parts.gradient->show(parts.moment, parts.id(), parts.address(),
                         QString::fromStdString(exportFileName(parts.moment.evaluation(), parts.id(),
                                                               isStored ? ".grad" : ".flowing")));
}

void NodePane::refreshDistribution()
{
    Parts& parts = *m_parts;
    const bool hasValue = parts.result() && !parts.value().isNumber();
    const auto gradient = hasValue ? parts.gradientTensor() : std::nullopt;
    parts.gradientDistribution->setVisible(gradient.has_value());
    if (!hasValue) {
        parts.valueDistribution->setTitle({});
        parts.valueDistribution->showNothing(parts.result() ? tr("A Python number has no distribution.") : parts.why());
        return;
    }
    parts.valueDistribution->setTitle(tr("Distribution of %1").arg(parts.address()));
    const bool isStored = gradient && !parts.moment.stored(parts.id()).tensor.isNone();
    parts.gradientDistribution->setTitle(isStored ? tr("Distribution of %1.grad").arg(parts.address())
                                                  : tr("Distribution of ∂L/∂%1").arg(parts.address()));
}

void NodePane::requestSummaries()
{
    Parts& parts = *m_parts;
    std::vector<Tensor> tensors;
    if (parts.result()) {
        tensors.push_back(parts.value());
        if (const auto gradient = parts.gradientTensor())
            tensors.push_back(*gradient);
    }
    const auto isSame = [](const Tensor& a, const Tensor& b) { return a.id() == b.id(); };
    if (std::ranges::equal(tensors, parts.summarized, isSame)) {
        if (!parts.summaries.empty())
            showSummaries(parts.summaries);
        return;
    }
    parts.summarized = tensors;
    parts.summaries.clear();
    parts.values->setLargest({});
    parts.gradient->setLargest({});
    if (!tensors.empty() && !tensors.front().isNumber()) {
        parts.valueDistribution->showPending();
        parts.gradientDistribution->showPending();
    }
    parts.summarizer->request(std::move(tensors));
}

void NodePane::showSummaries(const std::vector<Summary>& summaries)
{
    Parts& parts = *m_parts;
    if (&summaries != &parts.summaries)
        parts.summaries = summaries;
    const auto bytes = [&](std::size_t i) {
        return parts.summarized[i].size() * std::int64_t(itemSize(parts.summarized[i].dtype()));
    };
    parts.values->setLargest(summaries[0].largest());
    if (!parts.summarized[0].isNumber())
        parts.valueDistribution->show(summaries[0], bytes(0));
    if (summaries.size() < 2)
        return;
    parts.gradient->setLargest(summaries[1].largest());
    parts.gradientDistribution->show(summaries[1], bytes(1));
}

}  // namespace chainrule

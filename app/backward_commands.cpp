// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/backward_commands.h"

#include <QFormLayout>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>
#include <QWidgetAction>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace chainrule {
namespace {

constexpr std::int64_t largestOneHot = 4096;  // As text in the document; longer ones nobody would read.
constexpr std::size_t mostSeeds = 20;         // What a menu can show.

/// A pass in the document that failed when it last ran: it stopped all that stand behind it.
std::vector<BackwardStep> stepsThatRan(const Graph& graph, const Moment& moment)
{
    std::vector<BackwardStep> steps = graph.backward;
    if (moment.isEmpty() || moment.evaluation().graph().backward != steps)
        return steps;
    if (const auto trouble = troubleOf(moment.run()))
        steps.resize(trouble->step);
    return steps;
}

QString nameOf(const Graph& graph, const Source& source)
{
    const QString node = QString::fromStdString(graph.at(source.node).name);
    return source.output.empty() ? node : node + QLatin1Char('.') + QString::fromStdString(source.output);
}

bool hasRequiresGrad(const Node& node)
{
    const Op* const op = findOp(node.op);
    return op && std::ranges::any_of(op->parameters, [](const Parameter& p) { return p.name == "requires_grad"; });
}

bool requiresGrad(const Node& node)
{
    const auto found = node.attributes.find("requires_grad");
    return found != node.attributes.end() && found->second == Attribute(true);
}

/// What the document's last pass is called on, if that is one node and nothing special.
std::optional<Source> lastRoot(const Graph& graph)
{
    const Pass* const pass = graph.backward.empty() ? nullptr : std::get_if<Pass>(&graph.backward.back());
    return pass && pass->roots.size() == 1 ? std::optional(pass->roots.front()) : std::nullopt;
}

}  // namespace

BackwardCommands::BackwardCommands(const Parts& parts, Commands& commands, QObject* parent)
    : QObject(parent), m_parts(parts)
{
    commands.on(CommandId::Backward, [this] { backward(); });
    commands.on(CommandId::ZeroGrad, [this] { zeroGrad(); });
    commands.on(CommandId::ZeroGradToZeros, [this] { zeroGradToZeros(); });
    commands.on(CommandId::RequiresGrad, [this] { toggleRequiresGrad(); });
    commands.on(CommandId::RetainGrad, [this] { toggleRetainGrad(); });
    connect(&m_parts.live, &LiveRun::finished, this, &BackwardCommands::showTrouble);
    connect(&m_parts.document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (!delta.affectsValues())
            return;
        m_parts.bar.suspend();
        m_calledOn.reset();
    });
    connect(&m_parts.document, &OpenDocument::replaced, &m_parts.bar, &NoticeBar::clear);
}

NodeId BackwardCommands::startingNode() const
{
    if (m_parts.view.current().value != 0)
        return m_parts.view.current();
    const Graph& graph = m_parts.document.diagram().graph;
    std::unordered_set<NodeId> used;
    for (const NodeId id : graph.ids())
        forEachSource(graph.at(id), [&](const Source& source) { used.insert(source.node); });
    NodeId end{};
    for (const NodeId id : graph.ids()) {
        if (used.contains(id))
            continue;
        if (end.value != 0)
            return {};
        end = id;
    }
    return end;
}

void BackwardCommands::backward()
{
    const NodeId node = startingNode();
    if (node.value == 0) {
        Q_EMIT hinted(tr("Select the node to call backward on."));
        return;
    }
    const NodeResult* const result = m_parts.playback.moment().result(node);
    if (result && m_parts.playback.moment().evaluation().hasNamedOutputs(node))
        askForOutput(node, *result);
    else
        backwardFrom({node});
}

void BackwardCommands::askForOutput(NodeId node, const NodeResult& result)
{
    auto* const menu = new QMenu(&m_parts.view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (std::uint32_t k = 0; k < result.outputs.size(); ++k) {
        const Source root{node, m_parts.playback.moment().evaluation().outputName({node, k})};
        menu->addAction(tr("Backward from %1").arg(nameOf(m_parts.document.diagram().graph, root)), this,
                        [this, root] { backwardFrom(root); });
    }
    const QPointF corner = m_parts.view.toWidget(m_parts.view.scene().box(node).bottomLeft());
    menu->popup(m_parts.view.mapToGlobal(corner.toPoint()));
}

void BackwardCommands::backwardFrom(const Source& root)
{
    const Graph& graph = m_parts.document.diagram().graph;
    std::vector<BackwardStep> steps = stepsThatRan(graph, m_parts.playback.moment());
    const BackwardStep pass = Pass{.roots = {root}};
    const bool isThere = !steps.empty() && steps.back() == pass && steps == graph.backward;
    if (isThere && std::exchange(m_calledOn, root) != root)
        return showAgain(root);
    steps.push_back(pass);
    const std::string title = tr("Backward from %1").arg(nameOf(graph, root)).toStdString();
    m_parts.playback.showEndNext();
    if (steps == graph.backward)  // The same failing pass again: there is nothing to edit.
        return m_parts.live.run();
    m_parts.document.apply(Several{title, {SetBackward{std::move(steps)}}});
    m_calledOn = root;
    if (!m_parts.live.isAutoRun())
        m_parts.live.run();
}

void BackwardCommands::showAgain(const Source& root)
{
    if (m_parts.live.isFresh() && !m_parts.live.isRunning())
        m_parts.playback.goTo(m_parts.playback.length());
    else
        m_parts.playback.showEndNext();
    if (!m_parts.live.isFresh())
        m_parts.live.run();
    Q_EMIT hinted(tr("Backward from %1 is part of this document and has run with its values. Once more calls it a second "
                     "time.")
                      .arg(nameOf(m_parts.document.diagram().graph, root)));
}

void BackwardCommands::zeroGrad()
{
    m_parts.playback.showEndNext();
    m_parts.document.apply(Several{tr("Zero Grad").toStdString(), {SetBackward{}}});
}

void BackwardCommands::zeroGradToZeros()
{
    std::vector<BackwardStep> steps = stepsThatRan(m_parts.document.diagram().graph, m_parts.playback.moment());
    steps.push_back(ZeroGrad{.setToNone = false});
    m_parts.playback.showEndNext();
    m_parts.document.apply(Several{tr("Zero Grad to Zeros").toStdString(), {SetBackward{std::move(steps)}}});
}

void BackwardCommands::toggleRequiresGrad()
{
    const Graph& graph = m_parts.document.diagram().graph;
    std::vector<NodeId> sources;
    std::ranges::copy_if(m_parts.view.selection(), std::back_inserter(sources),
                         [&](NodeId id) { return hasRequiresGrad(graph.at(id)); });
    if (sources.empty()) {
        const Node& node = graph.at(m_parts.view.current());
        Q_EMIT hinted(tr("%1 is computed by %2: only a tensor that is typed in or read from a file has a requires_grad "
                         "of its own.")
                          .arg(QString::fromStdString(node.name), QString::fromStdString(node.op)));
        return;
    }
    const bool turnsOn = !std::ranges::all_of(sources, [&](NodeId id) { return requiresGrad(graph.at(id)); });
    Several edit{(turnsOn ? tr("Require Gradient") : tr("Require No Gradient")).toStdString(), {}};
    for (const NodeId id : sources)
        edit.edits.push_back(turnsOn ? Edit(SetAttribute{id, "requires_grad", true})
                                     : Edit(UnsetAttribute{id, "requires_grad"}));
    m_parts.document.apply(edit);
}

void BackwardCommands::toggleRetainGrad()
{
    const Graph& graph = m_parts.document.diagram().graph;
    const auto& nodes = m_parts.view.selection();
    const bool turnsOn = !std::ranges::all_of(nodes, [&](NodeId id) { return graph.at(id).retainGrad; });
    Several edit{(turnsOn ? tr("Retain Gradient") : tr("Retain No Gradient")).toStdString(), {}};
    for (const NodeId id : nodes)
        edit.edits.push_back(Mark{.node = id, .retainGrad = turnsOn});
    m_parts.document.apply(edit);
}

void BackwardCommands::showTrouble()
{
    const Moment& moment = m_parts.playback.moment();
    const auto trouble = moment.isEmpty() || !m_parts.live.isFresh() ? std::nullopt : troubleOf(moment.run());
    if (!trouble)
        return m_parts.bar.clear();
    const Graph& graph = m_parts.document.diagram().graph;
    QString text = tr("Backward from %1: %2")
                       .arg(QString::fromStdString(graph.at(trouble->node).name),
                            QString::fromStdString(trouble->error.message));
    if (trouble->mistake)
        text += QLatin1Char('\n')
                + QString::fromUtf8(trouble->mistake->meaning.data(), qsizetype(trouble->mistake->meaning.size()));
    m_parts.bar.say(NoticeBar::Tone::Error, text, offersFor(moment.run(), *trouble));
}

std::vector<NoticeBar::Offer> BackwardCommands::offersFor(const Run& run, const BackwardTrouble& trouble)
{
    const auto diagram = [this]() -> const Diagram& { return m_parts.document.diagram(); };
    if (trouble.isMendedBy(Remedy::Seed))
        return seedOffers(run, trouble);
    std::vector<NoticeBar::Offer> offers;
    if (trouble.isMendedBy(Remedy::RetainGraph)) {
        offers.push_back({tr("Retain the Graph Before"), [=, this] { mend(withGraphRetained(diagram(), trouble)); }});
        offers.push_back({tr("Zero Grad and Start Over"), [=, this] { mend(startedOver(diagram(), trouble)); }});
    }
    if (!trouble.isMendedBy(Remedy::RequireGrad))
        return offers;
    for (const Source& root : possibleRoots(run, trouble))
        offers.push_back({tr("Start from %1").arg(nameOf(diagram().graph, root)),
                          [=, this] { mend(startedFrom(diagram(), trouble, root)); }});
    if (const auto edit = withLeavesRequiringGrad(diagram(), run, trouble))
        offers.push_back({tr("Set requires_grad on Its Tensors"), [=, this] { mend(*edit); }});
    return offers;
}

std::vector<NoticeBar::Offer> BackwardCommands::seedOffers(const Run& run, const BackwardTrouble& trouble)
{
    std::vector<NoticeBar::Offer> offers;
    const Edit ones = seededWithOnes(m_parts.document.diagram(), run, trouble);
    offers.push_back({tr("Start with Ones"), [=, this] { mend(ones); }});
    if (rootSize(run, trouble) > 0 && rootSize(run, trouble) <= largestOneHot)
        offers.push_back(oneHotOffer(run, trouble));
    if (!possibleSeeds(run, trouble).empty())
        offers.push_back(nodeOffer(run, trouble));
    return offers;
}

NoticeBar::Offer BackwardCommands::oneHotOffer(const Run& run, const BackwardTrouble& trouble)
{
    auto* const menu = new QMenu;
    auto* const panel = new QWidget(menu);
    auto* const form = new QFormLayout(panel);
    std::vector<QSpinBox*> indices;
    const Shape shape = rootShape(run, trouble);
    for (std::size_t dim = 0; dim < shape.size(); ++dim) {
        indices.push_back(new QSpinBox(panel));
        indices.back()->setRange(0, int(shape[dim]) - 1);
        form->addRow(tr("Index in dim %1").arg(dim), indices.back());
    }
    auto* const use = new QPushButton(tr("Start with This Element"), panel);
    form->addRow(use);
    connect(use, &QPushButton::clicked, this, [=, this] {
        std::int64_t element = 0;
        for (std::size_t dim = 0; dim < shape.size(); ++dim)
            element = element * shape[dim] + indices[dim]->value();
        menu->close();
        const Moment moment = m_parts.playback.moment();
        mend(seededWithOneHot(m_parts.document.diagram(), moment.run(), trouble, element));
    });
    auto* const action = new QWidgetAction(menu);
    action->setDefaultWidget(panel);
    menu->addAction(action);
    return {tr("With One Element"), {}, menu};
}

NoticeBar::Offer BackwardCommands::nodeOffer(const Run& run, const BackwardTrouble& trouble)
{
    auto* const menu = new QMenu;
    std::vector<Source> seeds = possibleSeeds(run, trouble);
    seeds.resize(std::min(seeds.size(), mostSeeds));
    for (const Source& seed : seeds)
        menu->addAction(nameOf(run.evaluation.graph(), seed), this,
                        [=, this] { mend(seededWith(m_parts.document.diagram(), trouble, seed)); });
    return {tr("With a Node"), {}, menu};
}

void BackwardCommands::mend(const Edit& edit)
{
    m_parts.playback.showEndNext();
    m_parts.document.apply(edit);
    m_calledOn = lastRoot(m_parts.document.diagram().graph);
    if (!m_parts.live.isAutoRun())
        m_parts.live.run();
}

}  // namespace chainrule

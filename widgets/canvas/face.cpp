// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/face.h"

#include "widgets/canvas/broadcast_words.h"

#include <QCoreApplication>

namespace chainrule {
namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Face", text);
}

QString qt(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

const QString separator = QStringLiteral(" · ");

using PanelMaker = std::function<Panel(const Tensor&)>;

/// One output of a node at a moment: what all parts of a face ask for.
struct Shown {
    const Value* value;
    GradState stored;
    std::optional<Tensor> flowing;
    int arrived = 0;
    int expected = 0;
    bool isLeaf = true;
    bool isActive = false;
    bool isRoot = false;

    bool hasStored() const
    {
        return stored.kind == GradState::Kind::Zeros || stored.kind == GradState::Kind::Fresh
            || stored.kind == GradState::Kind::Accumulated;
    }
};

/// Whether the pass that is shown began at this output, as far as it has come.
bool isRoot(const Moment& moment, OutputId output)
{
    if (moment.position() == 0)
        return false;
    const auto& events = moment.run().events;
    const int pass = events[moment.position() - 1].pass;
    for (const std::uint32_t event : moment.replay().arrivals(output))
        if (event < moment.position() && events[event].pass == pass && !events[event].from)
            return true;
    return false;
}

Shown shownOf(const Moment& moment, OutputId output, const Value& value)
{
    Shown shown{.value = &value, .stored = {}, .flowing = {}};
    if (!value.requiresGrad())
        return shown;
    shown.stored = moment.stored(output);
    shown.flowing = moment.flowing(output);
    std::tie(shown.arrived, shown.expected) = moment.contributions(output);
    shown.isLeaf = moment.evaluation().isLeaf(value);
    shown.isActive = moment.activeOutput() == output;
    shown.isRoot = isRoot(moment, output);
    return shown;
}

Panel gradientPanel(const Shown& shown, const PanelMaker& panelOf)
{
    Panel panel;
    if (shown.value->tensor().isNumber())
        return panel;
    if (shown.hasStored()) {
        panel = panelOf(shown.stored.tensor);
        panel.label = QStringLiteral(".grad");
        return panel;
    }
    if (shown.flowing) {
        panel = panelOf(*shown.flowing);
    } else if (shown.stored.kind == GradState::Kind::NotYet || shown.expected > shown.arrived) {
        panel.kind = Panel::Kind::NotYet;
    } else {
        panel.kind = Panel::Kind::Word;
        panel.word = QStringLiteral("None");
    }
    panel.label = tr("grad");
    return panel;
}

/// Of a tensor without a gradient.
QString whyNoGradient(const Shown& shown, const Op* op)
{
    const Tensor& tensor = shown.value->tensor();
    if (tensor.isNumber())
        return tr("a Python number");
    if (!isFloating(tensor.dtype()))
        return tr("no gradient for %1").arg(qt(name(tensor.dtype())));
    const bool isSource = op && op->tensorParameterCount() == 0;
    return isSource ? tr("requires_grad is off") : tr("carries no gradient");
}

QString progressWords(const Shown& shown)
{
    if (shown.isActive)
        return tr("flowing, %1 of %2").arg(shown.arrived).arg(shown.expected);
    return tr("%1 of %2 have come").arg(shown.arrived).arg(shown.expected);
}

/// What of the stored gradient has room in the footer.
QString storedWords(const GradState& state)
{
    switch (state.kind) {
    case GradState::Kind::NotYet: return tr("not reached yet");
    default: return inWords(state);
    }
}

QString stateWords(const Shown& shown, const Op* op, const Moment& moment)
{
    if (!shown.value->requiresGrad())
        return whyNoGradient(shown, op);
    const bool isKept = shown.stored.kind != GradState::Kind::NotRetained;
    const bool isPartial = shown.arrived > 0 && shown.arrived < shown.expected;
    const bool isAwaited = shown.expected > 0 && shown.arrived == 0;
    QStringList words;
    if (shown.isRoot && (!shown.isActive || shown.expected == 1))
        words << tr("root of this pass");
    else if (shown.isActive || isPartial)
        words << progressWords(shown) << (isKept ? QString() : tr("not retained"));
    else
        words << (shown.isLeaf ? tr("leaf") : qt(moment.evaluation().gradFn(*shown.value)));
    if (isKept)
        words << storedWords(shown.stored);
    else if (isAwaited)
        words << tr("not reached yet");
    words.removeAll(QString());
    return words.join(separator);
}

QStringList flagsOf(const std::vector<Face::Output>& outputs)
{
    std::int64_t nans[2] = {};
    std::int64_t infinities[2] = {};
    for (const Face::Output& output : outputs)
        for (const int which : {0, 1}) {
            const Panel& panel = which == 0 ? output.value : output.gradient;
            nans[which] += panel.nans;
            infinities[which] += panel.infinities;
        }
    QStringList flags;
    const QString where[] = {QString(), tr("grad ")};
    for (const int which : {0, 1}) {
        if (nans[which] > 0)
            flags << where[which] + QStringLiteral("NaN %1").arg(nans[which]);
        if (infinities[which] > 0)
            flags << where[which] + QStringLiteral("Inf %1").arg(infinities[which]);
    }
    return flags;
}

QString typeWords(const Tensor& tensor)
{
    return tensor.isNumber() ? shortType(tensor) : qt(name(tensor.dtype())) + QLatin1Char(' ') + pythonShape(tensor.shape());
}

QString inputType(const Tensor& tensor)
{
    return tensor.isNumber() ? shortType(tensor) : pythonShape(tensor.shape());
}

/// "inputs x (2, 3) W (2, 3)".
QString inputWords(const Diagram& diagram, const Node& node, const Moment& moment)
{
    QString words;
    forEachSource(node, [&](const Source& source) {
        words += QLatin1Char(' ') + qt(diagram.graph.at(source.node).name);
        if (!source.output.empty())
            words += QLatin1Char('.') + qt(source.output);
        const NodeResult* const result = moment.result(source.node);
        if (!result || result->error)
            return;
        if (const auto output = moment.evaluation().resolve(source))
            words += QLatin1Char(' ') + inputType(moment.evaluation().value(*output).tensor());
    });
    return words.isEmpty() ? words : tr("inputs%1").arg(words);
}

/// The backward step that failed, if it began at this node and the replay has come to its end.
const Error* backwardError(const Moment& moment, NodeId node)
{
    const Run& run = moment.run();
    if (!run.error() || !moment.isAtEnd() || run.steps.empty())
        return nullptr;
    const auto* const pass = std::get_if<Pass>(&run.evaluation.graph().backward[run.steps.size() - 1]);
    return pass && !pass->roots.empty() && pass->roots.front().node == node ? run.error() : nullptr;
}

/// Fills in a face part by part. Lives for one call of faceOf.
class FaceMaker {
public:
    FaceMaker(const Diagram& diagram, NodeId id, const Moment& moment, const PanelMaker& panel)
        : m_diagram(diagram), m_id(id), m_moment(moment), m_panel(panel), m_node(diagram.graph.at(id)), m_op(findOp(m_node.op)),
          m_result(moment.result(id))
    {
    }

    Face face(Freshness freshness)
    {
        m_face.name = qt(m_node.name);
        m_face.op = qt(m_node.op);
        m_face.category = m_op ? m_op->category : Category::Source;
        m_face.isMuted = m_node.muted;
        m_face.isStale = freshness == Freshness::Stale;
        if (!m_result)
            addPending();
        else if (m_result->error)
            addError();
        else
            addOutputs();
        addFlags();
        addTexts();
        return std::move(m_face);
    }

private:
    void addPending()
    {
        m_face.footer = tr("not evaluated yet");
        addEmptyOutput();
    }

    void addEmptyOutput()
    {
        Face::Output& output = m_face.outputs.emplace_back();
        output.value.kind = output.gradient.kind = Panel::Kind::NotYet;
        output.value.label = tr("value");
        output.gradient.label = tr("grad");
    }

    void addError()
    {
        const Error& error = *m_result->error;
        m_face.isDependent = error.kind == Error::Kind::NotEvaluated;
        m_face.isError = !m_face.isDependent;
        m_face.footer = qt(error.message);
    }

    void addOutputs()
    {
        const bool isNamed = m_moment.evaluation().hasNamedOutputs(m_id);
        for (std::uint32_t k = 0; k < m_result->outputs.size(); ++k) {
            const OutputId id{m_id, k};
            const Value& value = m_result->outputs[k];
            m_shown.push_back(shownOf(m_moment, id, value));
            Face::Output& output = m_face.outputs.emplace_back();
            output.name = isNamed ? qt(m_moment.evaluation().outputName(id)) : QString();
            output.requiresGrad = value.requiresGrad();
            output.value = m_panel(value.tensor());
            output.value.label = isNamed ? output.name : tr("value");
            output.gradient = gradientPanel(m_shown.back(), m_panel);
        }
        if (m_shown.empty())
            return;
        const Shown* told = &m_shown.front();  // The footer is about the output where something happens.
        for (const Shown& shown : m_shown)
            if (shown.isActive || (shown.arrived > 0 && told->arrived == 0))
                told = &shown;
        m_face.isActive = told->isActive;
        m_face.type = shortType(m_shown.front().value->tensor());
        if (m_shown.front().value->requiresGrad())
            m_face.badge = m_shown.front().isLeaf ? tr("requires grad")
                : m_node.retainGrad               ? tr("retains grad")
                                                  : QString();
        m_face.footer = stateWords(*told, m_op, m_moment);
        if (m_face.isStale)
            m_face.footer.prepend(tr("stale") + separator);
        if (const Error* const error = backwardError(m_moment, m_id)) {
            m_face.isError = true;
            m_face.footer = qt(error->message);
        }
    }

    void addFlags()
    {
        m_face.flags = flagsOf(m_face.outputs);
        if (m_result && !m_result->error)
            m_face.flags << broadcastFlags(m_moment.evaluation(), m_id);
        if (m_face.isMuted)
            m_face.flags << tr("muted");
    }

    void addTexts()
    {
        QStringList lines{m_face.name + separator + m_face.op};
        for (std::size_t k = 0; k < m_shown.size(); ++k)
            lines << outputLines(m_face.outputs[k], m_shown[k]);
        if (m_result && m_result->error)
            lines << errorLine(*m_result->error);
        else if (const Error* const error = m_result ? backwardError(m_moment, m_id) : nullptr)
            lines << errorLine(*error);
        else if (!m_result)
            lines << m_face.footer;
        if (m_result && !m_result->error)
            lines << broadcastLines(m_moment.evaluation(), m_id);
        if (!m_face.flags.isEmpty())
            lines << m_face.flags.join(QStringLiteral(", "));
        if (m_face.isStale)
            lines << tr("Out of date: edited since these values were computed.");
        if (!m_node.comment().empty())
            lines << qt(m_node.comment());
        m_face.tooltip = lines.join(QLatin1Char('\n'));
        m_face.description = description();
    }

    QString outputLines(const Face::Output& output, const Shown& shown) const
    {
        QString lines = output.name.isEmpty() ? QString() : output.name + QStringLiteral(": ");
        lines += typeWords(shown.value->tensor());
        if (output.value.kind == Panel::Kind::HeatMap && output.value.grid.blockRows * output.value.grid.blockColumns > 1)
            lines += separator + tr("a cell shows the worst of %1×%2")
                                     .arg(output.value.grid.blockRows).arg(output.value.grid.blockColumns);
        if (!output.value.slice.isEmpty())
            lines += separator + tr("slice %1").arg(output.value.slice);
        lines += QLatin1Char('\n') + stateWords(shown, m_op, m_moment);
        if (!shown.value->requiresGrad())
            return lines;
        lines += QLatin1Char('\n') + inWords(shown.stored);
        if (shown.flowing && shown.hasStored())
            lines += QLatin1Char('\n') + tr("flowed in this pass: %1 of %2 contributions")
                                             .arg(shown.arrived).arg(shown.expected);
        else if (shown.flowing)
            lines += QLatin1Char('\n') + tr("grad shows what flowed in this pass, %1 of %2 contributions")
                                             .arg(shown.arrived).arg(shown.expected);
        return lines;
    }

    static QString errorLine(const Error& error)
    {
        const bool isPython = error.kind < Error::Kind::NotEvaluated;
        return (isPython ? qt(name(error.kind)) + QStringLiteral(": ") : QString()) + qt(error.message);
    }

    QString gradientWords(const Shown& shown) const
    {
        if (!shown.value->requiresGrad())
            return tr("no gradient");
        return shown.hasStored() || (shown.flowing && shown.arrived == shown.expected) ? tr("gradient ready")
            : shown.flowing                                                            ? progressWords(shown)
                                                                                       : inWords(shown.stored);
    }

    QString description() const
    {
        QStringList parts{m_face.name, m_face.op};
        if (const QString inputs = inputWords(m_diagram, m_node, m_moment); !inputs.isEmpty())
            parts << inputs;
        for (std::size_t k = 0; k < m_shown.size(); ++k) {
            const Tensor& tensor = m_shown[k].value->tensor();
            const QString output = m_face.outputs[k].name.isEmpty() ? tr("output")
                                                                    : tr("output %1").arg(m_face.outputs[k].name);
            parts << output + QLatin1Char(' ') + typeWords(tensor) << gradientWords(m_shown[k]);
        }
        if (m_shown.empty() || m_face.isError)
            parts << m_face.footer;
        return (parts + m_face.flags).join(QStringLiteral(", "));
    }

    const Diagram& m_diagram;
    const NodeId m_id;
    const Moment& m_moment;
    const PanelMaker& m_panel;
    const Node& m_node;
    const Op* const m_op;
    const NodeResult* const m_result;
    std::vector<Shown> m_shown;
    Face m_face;
};

}  // namespace

QString inWords(const GradState& state)
{
    switch (state.kind) {
    case GradState::Kind::IsNone: return tr(".grad is None");
    case GradState::Kind::NotRetained: return tr(".grad is None: not retained, as this is no leaf");
    case GradState::Kind::NotYet: return tr(".grad comes at a later step");
    case GradState::Kind::Zeros: return tr(".grad is zeros since zero_grad");
    case GradState::Kind::Fresh: return tr(".grad of one pass");
    case GradState::Kind::Accumulated: return tr(".grad is the sum of %1 passes").arg(state.passes);
    }
    return {};
}

Face faceOf(const Diagram& diagram, NodeId node, const Moment& moment, Freshness freshness, const PanelMaker& panel)
{
    const PanelMaker atOnce = [](const Tensor& tensor) { return panelOf(tensor); };
    return FaceMaker(diagram, node, moment, panel ? panel : atOnce).face(freshness);
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/report.h"

#include "engine/io/export_files.h"
#include "engine/io/json_text.h"

namespace chainrule::cli {
namespace {

std::string flag(bool value)
{
    return value ? "true" : "false";
}

std::string shapeJson(const Tensor& tensor)
{
    return text(tensor.shape());
}

std::string dtypeJson(const Tensor& tensor)
{
    return tensor.isNumber() ? "null" : quotedJson(name(tensor.dtype()));
}

/// {"dtype": …, "shape": …, "value": …} and, with `file`, the name of a file or null.
std::string valueJson(const Evaluation& evaluation, const Value& value, const std::string* file = nullptr)
{
    std::string json = "{\"dtype\": " + dtypeJson(value.tensor()) + ", \"shape\": " + shapeJson(value.tensor())
                       + ", \"value\": " + quotedJson(valueText(evaluation, value));
    if (file)
        json += ", \"file\": " + (file->empty() ? "null" : quotedJson(*file));
    return json + "}";
}

std::string parameterJson(const Op& op, std::size_t input)
{
    const InputPlace place = parameterOf(op, input);
    return (place.parameter ? quotedJson(place.parameter->name) : "null") + ", \"item\": "
           + (place.item ? std::to_string(*place.item) : "null");
}

class Report {
public:
    Report(const Session& session, bool isExported, bool isFlowingExported)
        : m_session(session), m_evaluation(session.run.evaluation), m_isExported(isExported),
          m_isFlowingExported(isFlowingExported)
    {
    }

    void print(bool wantsEvents) const
    {
        cli::print("{\"nodes\": {");
        bool isFirst = true;
        for (const NodeId id : m_evaluation.graph().ids()) {
            cli::print((isFirst ? "" : ",\n           ") + quotedJson(m_evaluation.graph().at(id).name) + ": "
                       + nodeJson(id));
            isFirst = false;
        }
        const Error* const error = m_session.run.error();
        const int passes = m_session.run.passes();
        cli::print("},\n \"backward\": {\"passes\": " + std::to_string(passes) + ", \"error\": "
                   + (error ? errorJson(*error, ", \"pass\": " + std::to_string(passes + 1)) : "null") + "}");
        if (wantsEvents)
            printEvents();
        cli::print("}\n");
    }

private:
    std::string nodeJson(NodeId id) const
    {
        const NodeResult& result = m_evaluation[id];
        std::string json = "{\"op\": " + quotedJson(m_evaluation.graph().at(id).op)
                           + ", \"error\": " + (result.error ? errorJson(*result.error) : "null")
                           + ", \"outputs\": [";
        for (std::uint32_t k = 0; k < result.outputs.size(); ++k)
            json += (k ? ", " : "") + outputJson({id, k});
        return json + "]}";
    }

    std::string outputJson(OutputId output) const
    {
        const Value& value = m_evaluation.value(output);
        const std::string_view gradFn = m_evaluation.gradFn(value);
        const bool isTensor = !value.tensor().isNumber();
        std::string json = "{\"name\": " + quotedJson(m_evaluation.outputName(output)) + ", \"dtype\": "
                           + dtypeJson(value.tensor()) + ", \"shape\": " + shapeJson(value.tensor())
                           + ", \"requires_grad\": " + flag(value.requiresGrad())
                           + ", \"is_leaf\": " + flag(m_evaluation.isLeaf(value))
                           + ", \"retains_grad\": " + flag(retainsGrad(m_evaluation, output)) + ", \"grad_fn\": "
                           + (gradFn.empty() ? "null" : quotedJson(gradFn))
                           + ", \"value\": " + quotedJson(valueText(m_evaluation, output));
        if (m_isExported)
            json += ", \"file\": " + (isTensor ? quotedJson(exportFileName(m_evaluation, output)) : "null");
        json += ", \"grad\": " + gradientJson(gradOf(m_session.run, output), output, ".grad", m_isExported);
        json += ", \"flowing\": "
                + gradientJson(flowingTo(m_session.run, output), output, ".flowing", m_isFlowingExported);
        return json + "}";
    }

    std::string gradientJson(const Value* gradient, OutputId output, std::string_view suffix, bool isWritten) const
    {
        if (!gradient)
            return "null";
        const std::string file = isWritten ? exportFileName(m_evaluation, output, suffix) : "";
        return valueJson(m_evaluation, *gradient, m_isExported ? &file : nullptr);
    }

    void printEvents() const
    {
        cli::print(",\n \"events\": [");
        bool isFirst = true;
        for (const BackwardEvent& event : m_session.run.events) {
            cli::print((isFirst ? "" : ",\n            ") + eventJson(event));
            isFirst = false;
        }
        cli::print("]");
    }

    std::string eventJson(const BackwardEvent& event) const
    {
        std::string from = "null";
        std::string parameter = "null, \"item\": null";
        if (event.from) {
            const auto node = m_evaluation.maker(*event.from);
            const Op& op = *m_evaluation.tape().op(*event.from);
            from = node ? quotedJson(m_evaluation.graph().at(*node).name) : "null";
            if (node && m_evaluation.graph().at(*node).op == op.name)  // Else a rule has called it, and not the node.
                parameter = parameterJson(op, event.input);
        }
        const auto to = m_evaluation.owner(event.to);
        std::string upstream;
        for (const auto& tensor : event.upstream)
            upstream += (upstream.empty() ? "" : ", ") + (tensor ? valueJson(m_evaluation, *tensor) : "null");
        return "{\"pass\": " + std::to_string(event.pass) + ", \"order\": " + std::to_string(event.order)
               + ", \"from\": " + from + ", \"to\": " + (to ? addressJson(m_evaluation, *to) : "null")
               + ", \"parameter\": " + parameter + ", \"upstream\": [" + upstream
               + "], \"contribution\": " + valueJson(m_evaluation, event.contribution) + "}";
    }

    const Session& m_session;
    const Evaluation& m_evaluation;
    bool m_isExported;
    bool m_isFlowingExported;
};

}  // namespace

std::string errorJson(const Error& error, std::string_view more)
{
    std::string json = "{\"type\": " + quotedJson(name(error.kind)) + ", \"message\": " + quotedJson(error.message);
    if (!error.node.empty())
        json += ", \"node\": " + quotedJson(error.node);
    return json + std::string(more) + "}";
}

std::string addressJson(const Evaluation& evaluation, OutputId output)
{
    const std::string& node = evaluation.graph().at(output.node).name;
    return quotedJson(evaluation.hasNamedOutputs(output.node) ? node + ":" + evaluation.outputName(output) : node);
}

void printJson(const Session& session, bool isExported, bool isFlowingExported, bool wantsEvents)
{
    Report(session, isExported, isFlowingExported).print(wantsEvents);
}

}  // namespace chainrule::cli

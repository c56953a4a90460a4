// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "engine/autograd/check.h"
#include "engine/base/number_text.h"
#include "engine/io/export_files.h"
#include "engine/io/json_text.h"

#include <charconv>
#include <cmath>

namespace chainrule::cli {
namespace {

/// Six significant digits are more than a difference quotient has.
std::string shortNumber(double value, int digits = 6)
{
    if (!std::isfinite(value))
        return pythonFloat(value);
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr);
}

std::string numberJson(double value)
{
    return std::isfinite(value) ? pythonFloat(value) : quotedJson(pythonFloat(value));
}

/// "[3, 2]"; empty for what has no dims.
std::string indexText(const Shape& shape, std::int64_t element)
{
    Shape index = shape;
    for (std::size_t d = shape.size(); d-- > 0; element /= shape[d])
        index[d] = element % shape[d];
    return text(index);
}

/// A pass and what came of checking it.
class PassReport {
public:
    PassReport(const Evaluation& evaluation, const PassCheck& check) : m_evaluation(evaluation), m_check(check) {}

    void print() const
    {
        std::string roots;
        for (const OutputId root : m_check.roots)
            roots += (roots.empty() ? "" : ", ") + addressText(m_evaluation, root);
        const Gradcheck& result = m_check.result;
        cli::print("backward from " + roots
                   + (result.checked < result.outputSize ? " (" + std::to_string(result.checked) + " of "
                                                               + std::to_string(result.outputSize) + " elements)"
                                                         : "")
                   + "\n");
        std::size_t width = 0;
        for (const auto* const outputs : {&m_check.leaves, &m_check.unreached})
            for (const OutputId output : *outputs)
                width = std::max(width, addressText(m_evaluation, output).size());
        const auto padded = [&](OutputId output) {
            const std::string address = addressText(m_evaluation, output);
            return "  " + address + std::string(width - address.size() + 2, ' ');
        };
        for (std::size_t i = 0; i < m_check.leaves.size(); ++i)
            cli::print(padded(m_check.leaves[i]) + leafText(i) + "\n");
        for (const OutputId leaf : m_check.unreached)
            cli::print(padded(leaf) + "not reached\n");
        for (const NodeId id : m_check.held)
            cli::print("  held at its value: " + m_evaluation.graph().at(id).name + "\n");
    }

    /// Complains of what does not pass.
    void complain() const
    {
        for (std::size_t i = 0; i < m_check.leaves.size(); ++i) {
            const LeafCheck& leaf = m_check.result.leaves[i];
            const std::string address = addressText(m_evaluation, m_check.leaves[i]);
            if (leaf.verdict() == Verdict::Mismatch)
                cli::complain(address, "its gradient is wrong or not a number: " + entryText(i));
            else if (leaf.verdict() == Verdict::Singular)
                cli::complain(address, "there is no derivative to compare with: " + entryText(i));
            for (const std::string& fault : leaf.faults)
                cli::complain(address, fault);
        }
    }

    std::string json(int pass) const
    {
        const auto list = [](std::size_t count, auto&& item) {
            std::string text = "[";
            for (std::size_t i = 0; i < count; ++i)
                text += (i ? ", " : "") + item(i);
            return text + "]";
        };
        const auto names = [&](const std::vector<OutputId>& outputs) {
            return list(outputs.size(), [&](std::size_t i) { return addressJson(m_evaluation, outputs[i]); });
        };
        std::string error = "null";
        if (m_check.error)
            error = "{\"type\": " + quotedJson(name(m_check.error->kind)) + ", \"message\": "
                    + quotedJson(m_check.error->message) + "}";
        return "{\"pass\": " + std::to_string(pass) + ", \"roots\": " + names(m_check.roots) + ", \"error\": " + error
               + ", \"elements\": " + std::to_string(m_check.result.outputSize) + ", \"checked\": "
               + std::to_string(m_check.result.checked) + ",\n   \"leaves\": "
               + list(m_check.leaves.size(), [&](std::size_t i) { return (i ? "\n              " : "") + leafJson(i); })
               + ",\n   \"not_reached\": " + names(m_check.unreached) + ", \"held\": "
               + list(m_check.held.size(),
                      [&](std::size_t i) { return quotedJson(m_evaluation.graph().at(m_check.held[i]).name); })
               + "}";
    }

private:
    const Tensor& tensor(OutputId output) const { return m_evaluation.value(output).tensor(); }

    std::string leafText(std::size_t i) const
    {
        const LeafCheck& leaf = m_check.result.leaves[i];
        std::string text = leaf.faults.empty() ? std::string(name(leaf.verdict())) : "refused";
        text += ": " + std::to_string(leaf.checked) + " of " + std::to_string(leaf.size)
                + (leaf.size == 1 ? " element" : " elements");
        for (const Verdict verdict : {Verdict::Mismatch, Verdict::Singular, Verdict::Kink, Verdict::Unresolved})
            if (leaf.count(verdict) > 0)
                text += ", " + std::to_string(leaf.count(verdict)) + " " + std::string(name(verdict));
        return leaf.worst ? text + "; worst " + entryText(i) : text;
    }

    /// "d loss / d w[3, 2] is 0.25 by the rules and 0.25 by differences, relative error 1e-10".
    std::string entryText(std::size_t i) const
    {
        const JacobianEntry& entry = *m_check.result.leaves[i].worst;
        const OutputId leaf = m_check.leaves[i], root = m_check.roots[entry.output];
        const auto element = [&](OutputId output, std::int64_t index) {
            const Shape& shape = tensor(output).shape();
            return addressText(m_evaluation, output) + (shape.empty() ? "" : indexText(shape, index));
        };
        std::string text = "d " + element(root, entry.outputElement) + " / d " + element(leaf, entry.leafElement) + " is "
                           + shortNumber(entry.analytical) + " by the rules and " + shortNumber(entry.numerical)
                           + " by differences, relative error " + shortNumber(entry.relativeError(), 2);
        if (entry.verdict == Verdict::Kink)
            text += "; the slope is " + shortNumber(entry.below) + " below and " + shortNumber(entry.above) + " above";
        return text;
    }

    std::string leafJson(std::size_t i) const
    {
        const LeafCheck& leaf = m_check.result.leaves[i];
        std::string json = "{\"leaf\": " + addressJson(m_evaluation, m_check.leaves[i]) + ", \"verdict\": "
                           + quotedJson(name(leaf.verdict())) + ", \"passes\": " + (leaf.passes() ? "true" : "false")
                           + ", \"elements\": " + std::to_string(leaf.size) + ", \"checked\": "
                           + std::to_string(leaf.checked);
        for (std::size_t verdict = 0; verdict < verdictCount; ++verdict)
            json += ", " + quotedJson(name(Verdict(verdict))) + ": " + std::to_string(leaf.elements[verdict]);
        json += ", \"faults\": [";
        for (const std::string& fault : leaf.faults)
            json += (&fault == &leaf.faults.front() ? "" : ", ") + quotedJson(fault);
        return json + "], \"worst\": " + (leaf.worst ? entryJson(i, *leaf.worst) : "null") + "}";
    }

    std::string entryJson(std::size_t i, const JacobianEntry& entry) const
    {
        const OutputId leaf = m_check.leaves[i], root = m_check.roots[entry.output];
        return "{\"index\": " + indexText(tensor(leaf).shape(), entry.leafElement) + ", \"root\": "
               + addressJson(m_evaluation, root) + ", \"root_index\": "
               + indexText(tensor(root).shape(), entry.outputElement) + ", \"analytical\": "
               + numberJson(entry.analytical) + ", \"numerical\": " + numberJson(entry.numerical)
               + ", \"relative_error\": " + numberJson(entry.relativeError()) + ", \"below\": "
               + numberJson(entry.below) + ", \"above\": " + numberJson(entry.above) + "}";
    }

    const Evaluation& m_evaluation;
    const PassCheck& m_check;
};

Result<std::vector<PassCheck>> checked(const Session& session)
{
    std::vector<PassCheck> checks;
    for (const Step& step : session.steps) {
        const Pass* const pass = std::get_if<Pass>(&step.run.step);
        if (!pass)
            continue;
        Progress progress("checking the gradients of " + step.name);
        auto check = checkPass(session.run.evaluation, *pass, {.progress = [&](std::size_t done, std::size_t total) {
                                   progress.report(done, total);
                               }});
        if (!check)
            return check.error();
        if (check->error)
            complain(check->error->node.empty() ? step.name : check->error->node, check->error->message);
        checks.push_back(*std::move(check));
    }
    return checks;
}

Status reported(const Session& session, const CheckOptions& options)
{
    Status status = complainOf(session);
    const auto checks = checked(session);
    if (!checks) {
        complain(checks.error().message);
        return somethingFailed;
    }
    if (checks->empty()) {
        complain(options.session.file.string(),
                 "it has no backward pass to check; name the node to start from with --backward NODE");
        return unusable;
    }
    if (options.wantsJson)
        print("{\"passes\": [");
    int number = 0;
    for (const PassCheck& check : *checks) {
        const PassReport report(session.run.evaluation, check);
        report.complain();
        if (!check.passes())
            status = somethingFailed;
        if (options.wantsJson)
            print((number ? ",\n  " : "") + report.json(number + 1));
        else if (!check.error)
            report.print();
        ++number;
    }
    if (options.wantsJson)
        print("]}\n");
    return status;
}

}  // namespace

Status check(const CheckOptions& options)
{
    SessionOptions sessionOptions = options.session;
    sessionOptions.runsPasses = false;
    return inSession(sessionOptions, [&](const Session& session) { return reported(session, options); });
}

}  // namespace chainrule::cli

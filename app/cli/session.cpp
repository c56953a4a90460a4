// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/session.h"

#include "engine/io/file.h"
#include "engine/io/npy.h"

#include <algorithm>

namespace chainrule::cli {
namespace {

bool namesFile(const std::string& text)
{
    return text.ends_with(".npy") || text.find(".npz:") != std::string::npos;
}

Error unusableArgument(std::string message)
{
    return {Error::Kind::Document, std::move(message)};
}

Result<Diagram> loaded(const std::filesystem::path& file)
{
    const auto bytes = readFile(file);
    if (!bytes)
        return bytes.error();
    sweepDrafts(file.parent_path());
    const auto& buffer = **bytes;
    auto diagram = diagramFromJson({reinterpret_cast<const char*>(buffer.data()), buffer.size()});
    if (!diagram)
        return Error{diagram.error().kind, file.string() + ": " + diagram.error().message};
    return diagram;
}

/// `--set NAME=…`: the node's file, or its literal, which is the first parameter of such an op.
Failure replaceData(Graph& graph, const std::string& name, const std::string& data)
{
    const auto id = graph.find(name);
    if (!id)
        return unusableArgument("--set: there is no node \"" + name + "\"");
    const Op* const op = findOp(graph.at(*id).op);
    if (!op || !op->readsFile)
        return unusableArgument("--set: " + name + " is no tensor that data can be given to");
    Node node = graph.at(*id);
    const std::string literal(op->parameters.front().name);
    if (namesFile(data)) {
        std::error_code ignored;
        node.removeAttribute(literal);
        node.setAttribute("file", std::filesystem::absolute(data, ignored).string());
    } else {
        node.removeAttribute("file");
        node.setAttribute(literal, data);
    }
    graph.replace(*id, std::move(node));
    return std::nullopt;
}

Result<Source> sourceOf(const Graph& graph, const std::string& option, const std::string& text)
{
    const std::size_t colon = text.find(':');
    const auto id = graph.find(text.substr(0, colon));
    if (!id)
        return unusableArgument(option + ": there is no node \"" + text.substr(0, colon) + "\"");
    return Source{*id, colon == std::string::npos ? "" : text.substr(colon + 1)};
}

Result<Step> stepOf(const Graph& graph, const PassOption& option)
{
    if (option.roots.empty())
        return unusableArgument("a pass needs a --backward");
    Step step{.run = {.step = Pass{}}, .name = option.roots.front().node};
    Pass pass;
    for (const RootOption& root : option.roots) {
        auto source = sourceOf(graph, "--backward", root.node);
        if (!source)
            return source.error();
        pass.roots.push_back(*std::move(source));
        pass.gradients.emplace_back();
        step.run.seeds.emplace_back();
        step.seedFiles.emplace_back();
        if (!root.gradient)
            continue;
        if (namesFile(*root.gradient)) {
            auto array = readNpy(*root.gradient);
            if (!array)
                return array.error();
            step.run.seeds.back() = array->tensor;
            step.seedFiles.back() = *root.gradient;
            continue;
        }
        auto gradient = sourceOf(graph, "--gradient", *root.gradient);
        if (!gradient)
            return gradient.error();
        pass.gradients.back() = *std::move(gradient);
    }
    if (option.retainGraph)
        pass.retainGraph = true;
    pass.createGraph = option.createGraph;
    if (option.inputs) {
        pass.inputs.emplace();
        for (const std::string& name : *option.inputs) {
            auto source = sourceOf(graph, "--inputs", name);
            if (!source)
                return source.error();
            pass.inputs->push_back(*std::move(source));
        }
    }
    step.run.step = std::move(pass);
    return step;
}

Result<std::vector<Step>> stepsOf(const Graph& graph, const std::vector<PassOption>& options)
{
    std::vector<Step> steps;
    for (const PassOption& option : options) {
        auto step = stepOf(graph, option);
        if (!step)
            return step.error();
        steps.push_back(*std::move(step));
    }
    if (!options.empty())
        return steps;
    for (const BackwardStep& step : graph.backward) {
        const Pass* const pass = std::get_if<Pass>(&step);
        steps.push_back({.run = {step}, .name = pass ? graph.at(pass->roots.front().node).name : ""});
    }
    return steps;
}

/// A root that names no output of several cannot be meant: that is the argument's fault.
Failure checkedRoots(const Evaluation& evaluation, const std::vector<PassOption>& options)
{
    for (const PassOption& pass : options)
        for (const RootOption& root : pass.roots) {
            const Source source = *sourceOf(evaluation.graph(), "--backward", root.node);
            if (evaluation[source.node].error)
                continue;
            if (const auto output = evaluation.resolve(source); !output) {
                std::string outputs;
                for (std::uint32_t k = 0; k < evaluation[source.node].outputs.size(); ++k)
                    outputs += (k ? ", " : "") + evaluation.outputName({source.node, k});
                return unusableArgument("--backward " + root.node + ": name one of its outputs: " + outputs);
            }
        }
    return std::nullopt;
}

Result<Run> differentiated(Evaluation evaluation, const std::vector<Step>& steps, bool wantsEvents)
{
    std::vector<RunStep> toRun;
    for (const Step& step : steps)
        toRun.push_back(step.run);
    Progress progress("differentiating");
    return chainrule::run(
        std::move(evaluation), toRun,
        {.wantsEvents = wantsEvents,
         .progress = [&](std::size_t done, std::size_t total) { progress.report(done, total); }});
}

}  // namespace

Result<Session> openSession(const SessionOptions& options)
{
    auto diagram = loaded(options.file);
    if (!diagram)
        return diagram.error();
    for (const auto& [name, data] : options.sets)
        if (auto failure = replaceData(diagram->graph, name, data))
            return *std::move(failure);
    auto steps = stepsOf(diagram->graph, options.passes);
    if (!steps)
        return steps.error();

    const std::filesystem::path folder = options.file.parent_path();
    std::vector<std::string> swappedFiles;
    Progress progress("evaluating");
    const EvaluateOptions evaluateOptions{
        .readFile = [&](const std::string& path) -> Result<Tensor> {
            auto array = readNpy(folder / path, Numbers::MayStayInFile);
            if (!array)
                return array.error();
            if (array->header.isSwapped)
                swappedFiles.push_back(path);
            return array->tensor;
        },
        .progress = [&](std::size_t done, std::size_t total) { progress.report(done, total); },
        .damaged = options.damaged};
    auto evaluation = evaluate(diagram->graph, evaluateOptions);
    if (!evaluation)
        return evaluation.error();
    if (auto failure = checkedRoots(*evaluation, options.passes))
        return *std::move(failure);
    auto run = differentiated(*std::move(evaluation), options.runsPasses ? *steps : std::vector<Step>(),
                              options.wantsEvents);
    if (!run)
        return run.error();
    return Session{*std::move(diagram), folder, *std::move(steps), std::move(swappedFiles), *std::move(run)};
}

Status inSession(SessionOptions options, const std::function<Status(Session&)>& use)
{
    while (true) {
        HeldOutput output;
        auto session = openSession(options);
        if (!session) {
            complain(session.error().message);
            output.release();
            return unusable;
        }
        const auto mapped = session->run.evaluation.mappedSources();
        const std::vector<MappedSource> sources(mapped.begin(), mapped.end());  // `use` may take the run away.
        if (sources.empty())
            output.release();
        const Status status = use(*session);
        FileErrors damaged = damagedFiles(sources);
        if (damaged.empty()) {
            output.release();
            return finished(status);
        }
        options.damaged.merge(damaged);
    }
}

std::optional<std::size_t> Session::failedStep() const
{
    return run.error() ? std::optional(run.steps.size() - 1) : std::nullopt;
}

Status complainOf(const Session& session)
{
    Status status = allIsWell;
    const Evaluation& evaluation = session.run.evaluation;
    const Graph& graph = evaluation.graph();
    for (const NodeId id : graph.ids())
        if (const auto& error = evaluation[id].error) {
            complain(graph.at(id).name, error->message);
            status = somethingFailed;
        }
    if (const Error* const error = session.run.error()) {
        complain(session.steps[*session.failedStep()].name, error->message);
        status = somethingFailed;
    }
    return status;
}

}  // namespace chainrule::cli

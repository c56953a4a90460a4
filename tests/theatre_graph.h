// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/io/document.h"
#include "tests/support.h"

#include <string>

namespace chainrule {

/// A small graph written down in a line for each node, run to its end.
class TheatreGraph {
public:
    TheatreGraph& leaf(const std::string& name, const std::string& value, const std::string& dtype = "float64")
    {
        return add(name, "tensor", "", quoted("value", value) + ", " + quoted("dtype", dtype) + ", \"requires_grad\": true");
    }
    TheatreGraph& constant(const std::string& name, const std::string& value, const std::string& dtype = "float64")
    {
        return add(name, "tensor", "", quoted("value", value) + ", " + quoted("dtype", dtype));
    }
    /// `inputs` as in a document: "\"x\", \"y\"".
    TheatreGraph& node(const std::string& name, const std::string& op, const std::string& inputs,
                       const std::string& attributes = "")
    {
        return add(name, op, inputs, attributes);
    }
    TheatreGraph& backward(const std::string& step)
    {
        m_backward += (m_backward.empty() ? "" : ", ") + step;
        return *this;
    }

    Moment end() const
    {
        auto diagram = diagramFromJson("{\"format\": \"chainrule\", \"version\": 1, \"nodes\": [" + m_nodes
                                       + "], \"backward\": [" + m_backward + "]}");
        if (!diagram)
            qFatal("%s", diagram.error().message.c_str());
        return momentOf(diagram->graph);
    }

    static Moment momentOf(const Graph& graph)
    {
        auto result = run(graph, {.readFile = {}});
        if (!result)
            qFatal("%s", result.error().message.c_str());
        for (const NodeId id : graph.ids())
            if (const auto& error = result->evaluation[id].error)
                qInfo("%s: %s", graph.at(id).name.c_str(), error->message.c_str());
        return Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result))));
    }

private:
    TheatreGraph& add(const std::string& name, const std::string& op, const std::string& inputs,
                      const std::string& attributes)
    {
        m_nodes += (m_nodes.empty() ? "{" : ", {") + quoted("name", name) + ", " + quoted("op", op) + ", \"inputs\": ["
                   + inputs + "], \"attributes\": {" + attributes + "}}";
        return *this;
    }

    static std::string quoted(const std::string& key, const std::string& value)
    {
        return "\"" + key + "\": \"" + value + "\"";
    }

    std::string m_nodes;
    std::string m_backward;
};

inline OutputId outputOf(const Moment& moment, const std::string& name, std::uint32_t index = 0)
{
    return {*moment.evaluation().graph().find(name), index};
}

}  // namespace chainrule

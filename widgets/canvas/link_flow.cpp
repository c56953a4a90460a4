// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_flow.h"

#include "engine/tensor/statistics.h"

namespace chainrule {
namespace {

constexpr std::int64_t mostAtOnce = 4096;  // Elements; a few microseconds.

}  // namespace

std::optional<FlowMeasures::Size> FlowMeasures::sizeOf(const Tensor& tensor)
{
    if (const auto known = m_known.find(tensor.id()); known != m_known.end())
        return known->second;
    Size size{};
    if (tensor.size() <= mostAtOnce) {
        const Statistics found = statistics(tensor);
        size = {found.l2, found.nans + found.infinities == 0};
    } else {
        const Panel panel = m_panels.panel(tensor);
        if (panel.kind == Panel::Kind::NotYet)
            return std::nullopt;
        size = {panel.norm, panel.nans + panel.infinities == 0};
    }
    m_known.emplace(tensor.id(), size);
    return size;
}

LinkFlow FlowMeasures::flow(const Moment& moment, OutputId from, const Target& to)
{
    LinkFlow flow{.state = moment.link(to)};
    const NodeResult* const source = moment.result(from.node);
    if (source && from.index < source->outputs.size()) {
        const auto size = sizeOf(source->outputs[from.index].tensor());
        flow.isValueBad = size && !size->isFinite;
        flow.isAwaited = !size;
    }
    const auto returned = moment.returned(to);
    if (!flow.hasComeBack() || returned.empty())
        return flow;
    // A node that hands on its input may have sent several; the last one stands for them.
    const auto size = sizeOf(moment.run().events[returned.back()].contribution);
    flow.isAwaited |= !size;
    flow.isGradientBad = size && !size->isFinite;
    if (size)
        flow.norm = size->norm;
    return flow;
}

}  // namespace chainrule

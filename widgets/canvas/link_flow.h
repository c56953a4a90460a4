// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "widgets/canvas/panel_cache.h"

#include <map>
#include <optional>

namespace chainrule {

/// What a link does at a moment, as far as it is drawn.
struct LinkFlow {
    LinkState state = LinkState::NoGradient;
    bool isValueBad = false;     ///< What it carries forward has NaN or an infinity,
    bool isGradientBad = false;  ///< and what came back through it in this pass.
    std::optional<double> norm = {};  ///< Of what came back; absent where nothing has, or nobody knows yet.
    bool isAwaited = false;           ///< Something large is still being measured.

    bool isBad() const { return isValueBad || isGradientBad; }
    bool operator==(const LinkFlow&) const = default;
    bool hasComeBack() const { return state == LinkState::Carried || state == LinkState::Flowing; }
};

/// Measures what goes through links, each tensor of a run once: small ones at once, large ones where panels are made.
class FlowMeasures {
public:
    explicit FlowMeasures(PanelCache& panels) : m_panels(panels) {}

    /// Forgets what it has measured of another run.
    void beginRun() { m_known.clear(); }
    LinkFlow flow(const Moment& moment, OutputId from, const Target& to);

private:
    struct Size {
        double norm;
        bool isFinite;
    };
    std::optional<Size> sizeOf(const Tensor& tensor);

    PanelCache& m_panels;
    std::map<Tensor::Id, Size> m_known;
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/document.h"
#include "app/live_run.h"
#include "app/playback.h"
#include "widgets/canvas/graph_view.h"

#include <optional>
#include <span>
#include <vector>

namespace chainrule {

/// Which gradients are wanted as values of the graph: of `root` with respect to each of `inputs`.
struct WantedGradients {
    OutputId root;
    std::vector<OutputId> inputs = {};
    std::optional<OutputId> seed = {};  ///< The upstream gradient that is selected, too.
};

/// What a selection asks for. The root is what is computed last, no leaf, among what requires grad; the inputs are those of the others that it
/// depends on, or all leaves that it depends on where there are no others; what requires no grad and has the root's shape is the
/// upstream gradient of a root that is no scalar. Absent: nothing selected requires grad. `inputs` may be empty: the root does
/// not depend on the others.
std::optional<WantedGradients> gradientsWanted(const Evaluation& evaluation, std::span<const NodeId> selection);

/// Puts gradients into the graph as nodes, which can be wired on and differentiated again.
class GradientNodes : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
    };
    GradientNodes(const Parts& parts, Commands& commands, QObject* parent);

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);

private:
    void insert();
    void insert(const WantedGradients& wanted);

    Parts m_parts;
};

}  // namespace chainrule

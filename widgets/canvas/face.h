// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/diagram.h"
#include "widgets/canvas/panel.h"

#include <QString>
#include <QStringList>

#include <functional>
#include <vector>

namespace chainrule {

/// Everything that a node's face says, as text and numbers: what is drawn, read aloud and tested. Knows no colour.
struct Face {
    QString name;
    QString op;
    Category category = Category::Source;
    QString type;   ///< "f32 2×3", "f32 scalar", "int", of several outputs of the first.
    QString badge;  ///< "requires grad", "retains grad", or empty.
    struct Output {
        QString name;  ///< Empty for a sole output.
        bool requiresGrad = false;
        Panel value;
        /// The stored `.grad`, labelled so, where the tensor has one; else what flowed in the pass that is shown.
        Panel gradient;
    };
    std::vector<Output> outputs;
    QString footer;       ///< The state in words: "leaf", "flowing, 2 of 2 · not retained", or the error.
    QStringList flags;    ///< "NaN 3", "Inf 1", "muted".
    bool isError = false;       ///< The footer is an error of this node
    bool isDependent = false;   ///< or says that an input failed.
    bool isActive = false;      ///< A gradient flows to it in the step that is shown.
    bool isMuted = false;
    bool isStale = false;       ///< Edited, or what it depends on, since its values were computed.
    QString tooltip;      ///< The whole of what the footer has no room for, the states of `.grad` in words.
    /// For assistive technology: "z, linear, inputs x (2, 3) W (2, 3), output float32 (2, 2), gradient ready".
    QString description;
};

enum class Freshness { Current, Stale };

/// The face of one node. `moment` may be empty, or of an earlier diagram. `panel` makes panels of tensors, if not
/// panelOf.
Face faceOf(const Diagram& diagram, NodeId node, const Moment& moment, Freshness freshness = Freshness::Current,
            const std::function<Panel(const Tensor&)>& panel = {});

/// The state of a stored `.grad` in words, as all views say it: ".grad is None", ".grad is the sum of 2 passes".
QString inWords(const GradState& state);

}  // namespace chainrule

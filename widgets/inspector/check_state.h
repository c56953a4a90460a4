// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/check_all.h"
#include "engine/autograd/replay.h"

#include <QString>

#include <memory>

namespace chainrule {

/// What is known of how a document's gradients fare against central differences.
struct CheckState {
    enum class Stage {
        Off,        ///< Nobody wants to know.
        Nothing,    ///< There are no values of the document as it is, or no pass.
        Awaited,    ///< The document is another one now and is about to be computed.
        Running,    ///< Soon, or just now.
        TooLarge,   ///< It would take long, and nobody has asked for it.
        AskedFor,   ///< It takes long: `share` of it is done.
        Failed,     ///< For the reason given.
        Done,
    };
    Stage stage = Stage::Nothing;
    double share = 0;
    QString reason = {};
    Moment moment = {};  ///< Of the run that is, or was, checked; empty without one.
    std::shared_ptr<const GraphCheck> check = {};  ///< When done.
};

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/engine_queue.h"

#include <QString>

namespace chainrule {

/// "running z   ready W · b   waiting x (1 of 2)": what the engine has before it. Of many it names a few and counts
/// the others. Waiting ones say how many of their contributions have come.
QString queueWords(const Moment& moment, const EngineQueue& queue);

/// "368 B", "1.2 MB".
QString bytesWords(std::size_t bytes);

}  // namespace chainrule

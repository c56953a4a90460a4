// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/vjp_card.h"
#include "widgets/theme/label.h"

#include <QString>

namespace chainrule {

/// What a part of a card is called above its cells.
QString captionOf(const CardPart& part);
/// The sign between a part and the one before it; empty: none.
QString signOf(CardPart::Joint joint);
/// Blue for values, orange for gradients.
Label::Role hueOf(const CardPart& part);
/// Whether it shows elements of a gradient that flows to a tensor.
bool isGradient(const CardPart& part);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/theme.h"

#include <QPalette>
#include <QString>

namespace chainrule {

/// The style sheet that all of Qt's own widgets wear, made from the theme's roles alone.
QString styleSheet(const Theme& theme);
/// The same roles for what a style sheet does not reach: text, links, disabled items.
QPalette palette(const Theme& theme);

}  // namespace chainrule

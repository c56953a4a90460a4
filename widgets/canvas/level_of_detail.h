// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace chainrule {

/// How much of a node is drawn, by the camera's scale.
enum class Detail {
    Full,    ///< The whole face.
    Title,   ///< Name and colour.
    Block,   ///< A rectangle.
};

inline Detail detailAt(qreal scale)
{
    return scale >= 0.5 ? Detail::Full : scale >= 0.25 ? Detail::Title : Detail::Block;
}

}  // namespace chainrule

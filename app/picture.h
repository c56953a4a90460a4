// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "widgets/canvas/graph_view.h"

#include <QByteArray>
#include <QImage>

#include <filesystem>

namespace chainrule {

/// The whole canvas as it is shown, with some air around it. `scale`: pixels for each unit; less where the
/// picture would be larger than a picture can be.
QImage canvasImage(GraphView& view, qreal scale);
/// The same as SVG text.
QByteArray canvasSvg(GraphView& view);

/// As a PNG file has it; empty where the picture is too large for one.
QByteArray pngBytes(const QImage& image);
/// PNG, by the engine's own way of saving. @returns File: what prevented it.
Failure writePng(const std::filesystem::path& file, const QImage& image);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "widgets/canvas/canvas_picture.h"

#include <QByteArray>
#include <QImage>

#include <filesystem>

namespace chainrule {

/// `scale`: pixels for each unit; less where the picture would be larger than a picture can be. Null without the
/// memory for it.
QImage imageOf(CanvasPicture picture, const Theme& theme, qreal scale);
/// The same as SVG text.
QByteArray svgOf(CanvasPicture picture, const Theme& theme);

/// As a PNG file has it; empty where the picture is too large for one.
QByteArray pngBytes(const QImage& image);
/// PNG, by the engine's own way of saving. @returns File: what prevented it.
Failure writePng(const std::filesystem::path& file, const QImage& image);

}  // namespace chainrule

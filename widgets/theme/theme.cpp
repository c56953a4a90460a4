// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/theme.h"

#include <QFontDatabase>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

QFont font(const QString& family, QFontDatabase::SystemFont fallback, int pixels)
{
    static const QStringList families = QFontDatabase::families();
    QFont font = families.contains(family) ? QFont(family) : QFontDatabase::systemFont(fallback);
    font.setPixelSize(pixels);
    return font;
}

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto channel = [share](int from, int to) { return int(std::lround(from + (to - from) * share)); };
    return QColor(channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue()));
}

}  // namespace

const Theme& darkTheme()
{
    static const Theme theme{
        .name = QStringLiteral("dark"), .isDark = true,
        .canvas = QRgb(0x14171c), .gridDot = QRgb(0x242a33),
        .panel = QRgb(0x1b1f26), .raised = QRgb(0x20252d), .line = QRgb(0x2c333e),
        .node = QRgb(0x1f242c), .nodeLine = QRgb(0x343c49),
        .text = QRgb(0xe7eaf0), .secondary = QRgb(0x94a0b2), .faint = QRgb(0x667085),
        .value = QRgb(0x5aa9f0), .gradient = QRgb(0xf2994a),
        .onPrimary = QRgb(0x14171c),
        .selection = QRgb(0x8ec5ff), .error = QRgb(0xf0616d), .good = QRgb(0x57b894), .nan = QRgb(0xe35fd0),
        .convention = QRgb(0xd8c65c),
        .cellNegative = QRgb(0x3f8fe0), .cellZero = QRgb(0x222831), .cellPositive = QRgb(0xe88a3a),
        .source = QRgb(0x7c8798), .linearAlgebra = QRgb(0x9a86e8), .arithmetic = QRgb(0x4fa8b8),
        .activation = QRgb(0x5fb878), .reduction = QRgb(0xd9a441), .loss = QRgb(0xe07a8b)};
    return theme;
}

const Theme& lightTheme()
{
    static const Theme theme{
        .name = QStringLiteral("light"), .isDark = false,
        .canvas = QRgb(0xf4f6f9), .gridDot = QRgb(0xdde2ea),
        .panel = QRgb(0xffffff), .raised = QRgb(0xf4f6f9), .line = QRgb(0xdfe4ec),
        .node = QRgb(0xffffff), .nodeLine = QRgb(0xccd4df),
        .text = QRgb(0x1a2230), .secondary = QRgb(0x5b6778), .faint = QRgb(0x97a2b3),
        .value = QRgb(0x1f77cf), .gradient = QRgb(0xc2610c),
        .onPrimary = QRgb(0xffffff),
        .selection = QRgb(0x1f77cf), .error = QRgb(0xc92a3a), .good = QRgb(0x1f8a5f), .nan = QRgb(0xb32aa0),
        .convention = QRgb(0x7d6b00),
        .cellNegative = QRgb(0x5aa2e8), .cellZero = QRgb(0xffffff), .cellPositive = QRgb(0xee994e),
        .source = QRgb(0x8793a5), .linearAlgebra = QRgb(0x7b61d9), .arithmetic = QRgb(0x2f8fa3),
        .activation = QRgb(0x3d9a5a), .reduction = QRgb(0xb98216), .loss = QRgb(0xcf4d63)};
    return theme;
}

QColor Theme::category(Category category) const
{
    switch (category) {
    case Category::Source:
    case Category::Shaping:
    case Category::Indexing:
    case Category::Internal: return source;
    case Category::LinearAlgebra:
    case Category::Autograd: return linearAlgebra;
    case Category::Arithmetic:
    case Category::Pointwise:
    case Category::Comparison: return arithmetic;
    case Category::Activation: return activation;
    case Category::Reduction: return reduction;
    case Category::Loss: return loss;
    }
    return source;
}

QColor Theme::cell(double ratio) const
{
    return mixed(cellZero, ratio < 0 ? cellNegative : cellPositive, std::min(1.0, std::abs(ratio)));
}

QColor Theme::misfit(double share) const
{
    return mixed(cellZero, error, std::clamp(share, 0.0, 1.0));
}

namespace fonts {

QFont text(int pixels, QFont::Weight weight)
{
    QFont result = font(QStringLiteral("Inter"), QFontDatabase::GeneralFont, pixels);
    result.setWeight(weight);
    return result;
}

QFont numbers(int pixels)
{
    return font(QStringLiteral("JetBrains Mono"), QFontDatabase::FixedFont, pixels);
}

}  // namespace fonts

}  // namespace chainrule

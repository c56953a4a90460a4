// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/panel.h"

#include <QCoreApplication>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace chainrule {
namespace {

/// `digits` significant digits, whichever of "123", ".00123" and "1.23e-5" is shortest.
QString withDigits(double value, int digits)
{
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific,
                                   digits - 1).ptr;
    const char* const e = std::find(buffer, end, 'e');
    std::string mantissa;
    std::copy_if(buffer, const_cast<char*>(e), std::back_inserter(mantissa), [](char c) { return c != '.'; });
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    int exponent = 0;
    std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);

    const int count = int(mantissa.size());
    std::string scientific = mantissa.substr(0, 1) + (count > 1 ? "." + mantissa.substr(1) : "") + "e"
        + std::to_string(exponent);
    std::string fixed = scientific;
    if (exponent < 0 && exponent > -6)
        fixed = "." + std::string(-exponent - 1, '0') + mantissa;
    else if (exponent >= 0 && exponent < count - 1)
        fixed = mantissa.substr(0, exponent + 1) + "." + mantissa.substr(exponent + 1);
    else if (exponent >= 0 && exponent < 9)  // Zeros behind the digits must not stand for what was rounded away.
        if (std::string whole = mantissa + std::string(exponent - count + 1, '0');
            exponent < digits || double(std::stoll(whole)) == std::abs(value))
            fixed = std::move(whole);
    const std::string& shortest = fixed.size() <= scientific.size() ? fixed : scientific;
    return QLatin1String(value < 0 ? "-" : "") + QString::fromStdString(shortest);
}

/// "f32", "bool", "i64".
QString shortName(DType dtype)
{
    const std::string_view full = name(dtype);
    const auto digits = std::ranges::find_if(full, [](char c) { return c >= '0' && c <= '9'; });
    if (digits == full.end())
        return QString::fromUtf8(full.data(), full.size());
    const QString letter = full.starts_with("bfloat") ? QStringLiteral("bf") : QString(QLatin1Char(full.front()));
    return letter + QString::fromUtf8(&*digits, full.end() - digits);
}

/// Calls `f(double)` for every element, in any order, unless it is stopped.
template <typename T, typename F>
void forEachElement(const Tensor& tensor, const std::stop_token& stop, F&& f)
{
    constexpr std::int64_t atOnce = 1 << 16;
    const T* const data = tensor.data<T>();
    if (tensor.isContiguous()) {
        for (std::int64_t from = 0; from < tensor.size() && !stop.stop_requested(); from += atOnce)
            for (std::int64_t i = from; i < std::min(from + atOnce, tensor.size()); ++i)
                f(double(Compute<T>(data[i])));
        return;
    }
    const Shape& shape = tensor.shape();
    const std::size_t rank = shape.size();
    Shape index(rank, 0);
    const std::int64_t inner = shape[rank - 1];
    const std::int64_t stride = tensor.strides()[rank - 1];
    for (std::int64_t rest = tensor.size() / inner; rest > 0 && !stop.stop_requested(); --rest) {
        std::int64_t offset = 0;
        for (std::size_t d = 0; d + 1 < rank; ++d)
            offset += index[d] * tensor.strides()[d];
        for (std::int64_t i = 0; i < inner; ++i)
            f(double(Compute<T>(data[offset + i * stride])));
        for (std::size_t d = rank - 1; d-- > 0;) {
            if (++index[d] < shape[d])
                break;
            index[d] = 0;
        }
    }
}

/// What a block shows of its elements so far and one more: NaN wins, then the largest magnitude.
double worse(double a, double b)
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) ? a : b;
    return std::abs(b) > std::abs(a) ? b : a;
}

template <typename T>
std::vector<double> worstOfBlocks(const Tensor& tensor, const PanelGrid& grid, const std::stop_token& stop)
{
    const std::size_t rank = tensor.rank();
    const std::int64_t across = rank > 0 ? tensor.strides()[rank - 1] : 0;
    const std::int64_t down = rank > 1 ? tensor.strides()[rank - 2] : 0;
    const T* const data = tensor.data<T>();
    std::vector<double> worst(std::size_t(grid.rows) * grid.columns, 0.0);
    for (std::int64_t row = 0; row < grid.rowCount && !stop.stop_requested(); ++row) {
        double* const cells = worst.data() + row / grid.blockRows * grid.columns;
        for (std::int64_t column = 0; column < grid.columnCount; ++column) {
            double& cell = cells[column / grid.blockColumns];
            cell = worse(cell, double(Compute<T>(data[row * down + column * across])));
        }
    }
    return worst;
}

Cell::Kind kindOf(double value)
{
    if (std::isnan(value))
        return Cell::Kind::NaN;
    if (std::isinf(value))
        return value > 0 ? Cell::Kind::PositiveInfinity : Cell::Kind::NegativeInfinity;
    return value == 0 ? Cell::Kind::Zero : Cell::Kind::Number;
}

/// The leading dimensions are shown at 0.
QString sliceName(std::size_t rank)
{
    if (rank <= 2)
        return {};
    const QString first = rank <= 4 ? QStringLiteral("0, ").repeated(int(rank) - 2) : QStringLiteral("0, …, ");
    return QStringLiteral("[%1:, :]").arg(first);
}

Scalar scalarFrom(double value, DType dtype)
{
    if (dtype == DType::Bool)
        return value != 0;
    return value;
}

}  // namespace

Panel panelOf(const Tensor& tensor, const std::stop_token& stop)
{
    Panel panel{.kind = Panel::Kind::Cells, .grid = panelGrid(tensor.shape()), .slice = sliceName(tensor.rank())};
    const PanelGrid& grid = panel.grid;
    if (grid.isEmpty()) {
        panel.kind = Panel::Kind::Word;
        panel.word = QCoreApplication::translate("Face", "empty");
        return panel;
    }
    double largest = 0;
    double squares = 0;
    std::vector<double> values;
    visit(tensor.dtype(), [&]<typename T>(T) {
        forEachElement<T>(tensor, stop, [&](double value) {
            squares += value * value;
            if (std::isnan(value))
                ++panel.nans;
            else if (std::isinf(value))
                ++panel.infinities;
            else
                largest = std::max(largest, std::abs(value));
        });
        values = worstOfBlocks<T>(tensor, grid, stop);
    });
    panel.norm = std::sqrt(squares);
    if (stop.stop_requested())
        return {.kind = Panel::Kind::NotYet, .grid = panel.grid};
    if (tensor.rank() == 0)
        panel.kind = Panel::Kind::Number;
    else if (!grid.hasNumbers)
        panel.kind = Panel::Kind::HeatMap;
    const int characters = tensor.rank() == 0 ? 8 : grid.columns <= 2 ? 4 : 3;
    panel.cells.reserve(values.size());
    for (const double value : values) {
        const Cell::Kind kind = kindOf(value);
        const bool isFinite = kind == Cell::Kind::Number || kind == Cell::Kind::Zero;
        Cell& cell = panel.cells.emplace_back();
        cell.kind = kind;
        cell.ratio = isFinite && largest > 0 ? float(value / largest) : 0;
        if (grid.hasNumbers)
            cell.text = shortNumber(tensor.rank() == 0 ? tensor.item() : scalarFrom(value, tensor.dtype()), characters);
    }
    return panel;
}

QSizeF cellSize(const Panel& panel)
{
    const PanelGrid& grid = panel.grid;
    const QSizeF size(grid.size.width() / grid.columns, grid.size.height() / grid.rows);
    if (panel.kind == Panel::Kind::HeatMap || grid.columns > 1)
        return size;
    qsizetype longest = 1;
    for (const Cell& cell : panel.cells)
        longest = std::max(longest, cell.text.size());
    return {std::clamp(qreal(longest) * 6.6 + 12, 44.0, face_metrics::panelWidth), size.height()};
}

QString shortNumber(const Scalar& scalar, int characters)
{
    if (const bool* truth = std::get_if<bool>(&scalar)) {
        const QString word = *truth ? QStringLiteral("True") : QStringLiteral("False");
        return characters < 4 ? word.left(1) : word;
    }
    const double value = std::visit([](auto number) { return double(number); }, scalar);
    if (std::isnan(value))
        return QStringLiteral("nan");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    if (value == 0)
        return QStringLiteral("0");
    const int room = characters + (value < 0);
    // One digit alone may be far off: rather one character more than planned.
    for (const int more : {0, 1})
        for (int digits = 5; digits >= 2; --digits)
            if (const QString text = withDigits(value, digits); text.size() <= room + more)
                return text;
    return withDigits(value, 1);
}

QString shortShape(const Shape& shape)
{
    if (shape.empty())
        return QCoreApplication::translate("Face", "scalar");
    QStringList sizes;
    for (const std::int64_t size : shape)
        sizes << QString::number(size);
    return sizes.join(QStringLiteral("×"));
}

QString shortType(const Tensor& tensor)
{
    if (tensor.isNumber()) {
        switch (category(tensor.dtype())) {
        case DTypeCategory::Bool: return QStringLiteral("bool");
        case DTypeCategory::Integer: return QStringLiteral("int");
        case DTypeCategory::Floating: return QStringLiteral("float");
        }
    }
    return shortName(tensor.dtype()) + QLatin1Char(' ') + shortShape(tensor.shape());
}

}  // namespace chainrule

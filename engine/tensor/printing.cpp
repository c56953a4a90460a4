// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/printing.h"

#include "engine/base/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace chainrule {
namespace {

// PyTorch's print options.
constexpr int precision = 4;
constexpr std::int64_t threshold = 1000;
constexpr std::int64_t edgeItems = 3;
constexpr std::size_t lineWidth = 80;

constexpr std::string_view prefix = "tensor(";

/// Which elements of a tensor are shown, row by row. Rows are counted by an odometer: one position per
/// dimension but the last.
class ShownRows {
public:
    explicit ShownRows(const Tensor& tensor)
        : m_shape(tensor.shape()), m_strides(tensor.strides()), m_isSummarised(tensor.size() > threshold)
    {
    }

    std::size_t rank() const { return m_shape.size(); }
    bool cuts(std::size_t dim) const { return m_isSummarised && m_shape[dim] > 2 * edgeItems; }
    std::int64_t shown(std::size_t dim) const { return cuts(dim) ? 2 * edgeItems : m_shape[dim]; }
    /// Whether the dots stand before this position.
    bool isAfterCut(std::size_t dim, std::int64_t position) const
    {
        return cuts(dim) && position == edgeItems;
    }
    std::int64_t offset(std::size_t dim, std::int64_t position) const
    {
        const bool isFromEnd = cuts(dim) && position >= edgeItems;
        return m_strides[dim] * (isFromEnd ? m_shape[dim] - 2 * edgeItems + position : position);
    }

    /// Calls `row(offset, dim, position)` for each row; `dim` and `position` say where the odometer
    /// moved to reach it (rank() before the first row).
    template <typename F>
    void forEach(F&& row) const
    {
        std::array<std::int64_t, maxRank> positions{};
        std::size_t moved = rank();
        while (true) {
            std::int64_t start = 0;
            for (std::size_t dim = 0; dim + 1 < rank(); ++dim)
                start += offset(dim, positions[dim]);
            row(start, moved, moved < rank() ? positions[moved] : 0);
            moved = rank() - 1;
            while (moved > 0 && positions[moved - 1] + 1 == shown(moved - 1))
                positions[--moved] = 0;
            if (moved == 0)
                return;
            ++positions[--moved];
        }
    }

private:
    const Shape& m_shape;
    const Strides& m_strides;
    bool m_isSummarised;
};

template <typename T>
std::vector<T> shownElements(const Tensor& tensor)
{
    const T* const data = tensor.data<T>();
    if (tensor.rank() == 0)
        return {*data};
    std::vector<T> elements;
    const ShownRows rows(tensor);
    const std::size_t last = rows.rank() - 1;
    rows.forEach([&](std::int64_t start, std::size_t, std::int64_t) {
        for (std::int64_t i = 0; i < rows.shown(last); ++i)
            elements.push_back(data[start + rows.offset(last, i)]);
    });
    return elements;
}

struct Cells {
    std::vector<std::string> texts;
    std::size_t width = 0;
};

std::string formatted(double value, std::chars_format format, int digits)
{
    if (!std::isfinite(value))
        return pythonFloat(value);
    char text[std::numeric_limits<double>::max_exponent10 + 16];
    const auto end = std::to_chars(text, text + sizeof text, value, format, digits);
    return std::string(text, end.ptr);
}

Cells cells(const std::vector<double>& values)
{
    double least = std::numeric_limits<double>::infinity();
    double greatest = 0;
    bool isIntegral = true;
    const auto counts = [](double value) { return value != 0 && std::isfinite(value); };
    for (const double value : values) {
        if (!counts(value))
            continue;
        least = std::min(least, std::abs(value));
        greatest = std::max(greatest, std::abs(value));
        isIntegral = isIntegral && value == std::ceil(value);
    }
    const bool isScientific = greatest > 0
                              && (greatest / least > 1000 || greatest > 1e8 || (!isIntegral && least < 1e-4));
    const auto format = isScientific ? std::chars_format::scientific : std::chars_format::fixed;
    const bool hasBareDot = isIntegral && !isScientific;

    Cells cells;
    cells.width = 1;
    for (const double value : values) {
        std::string& text = cells.texts.emplace_back(formatted(value, format, hasBareDot ? 0 : precision));
        if (hasBareDot && std::isfinite(value))
            text += '.';
        if (counts(value))  // PyTorch lets the others stick out.
            cells.width = std::max(cells.width, text.size());
    }
    return cells;
}

Cells cells(const Tensor& tensor)
{
    return visit(tensor.dtype(), [&](auto stored) {
        using T = decltype(stored);
        const std::vector<T> elements = shownElements<T>(tensor);
        if constexpr (isHalf<T> || std::is_floating_point_v<T>) {
            return cells(std::vector<double>(elements.begin(), elements.end()));
        } else {
            Cells cells;
            for (const T element : elements) {
                if constexpr (std::is_same_v<T, bool>)
                    cells.texts.push_back(element ? "True" : "False");
                else
                    cells.texts.push_back(std::to_string(std::int64_t(element)));
                cells.width = std::max(cells.width, cells.texts.back().size());
            }
            return cells;
        }
    });
}

/// One innermost list, without its brackets. `cell` moves on by what the row shows.
void appendRow(std::string& text, const ShownRows& rows, const Cells& cells, std::size_t& cell)
{
    const std::size_t last = rows.rank() - 1;
    const std::size_t indent = prefix.size() + last;
    const std::size_t perLine = std::max<std::size_t>(1, (lineWidth - indent) / (cells.width + 2));
    const std::string lineBreak = std::string(",\n").append(indent + 1, ' ');
    std::size_t item = 0;
    const auto separate = [&] {
        if (item > 0)
            text += item % perLine == 0 ? lineBreak : ", ";
        ++item;
    };
    for (std::int64_t i = 0; i < rows.shown(last); ++i) {
        if (rows.isAfterCut(last, i)) {
            separate();
            text += " ...";
        }
        separate();
        const std::string& value = cells.texts[cell++];
        text.append(cells.width - std::min(cells.width, value.size()), ' ');
        text += value;
    }
}

std::string body(const Tensor& tensor)
{
    if (tensor.size() == 0)
        return "[]";
    const Cells shown = cells(tensor);
    if (tensor.rank() == 0)
        return shown.texts.front();
    const ShownRows rows(tensor);
    const std::size_t rank = rows.rank();
    std::string text(rank, '[');
    std::size_t cell = 0;
    rows.forEach([&](std::int64_t, std::size_t dim, std::int64_t position) {
        if (dim < rank) {
            const std::string separator
                = std::string(",").append(rank - dim - 1, '\n').append(prefix.size() + dim + 1, ' ');
            text.append(rank - dim - 1, ']');
            text += separator;
            if (rows.isAfterCut(dim, position))
                text.append("...").append(separator);
            text.append(rank - dim - 1, '[');
        }
        appendRow(text, rows, shown, cell);
    });
    return text.append(rank, ']');
}

std::vector<std::string> suffixes(const Tensor& tensor, const ReprOptions& options)
{
    std::vector<std::string> suffixes;
    const bool isEmpty = tensor.size() == 0;
    if (isEmpty && tensor.rank() != 1) {
        const std::string sizes = text(tensor.shape());
        suffixes.push_back("size=(" + sizes.substr(1, sizes.size() - 2) + ")");
    }
    const DType dtype = tensor.dtype();
    const bool showsDType = !isEmpty && (dtype == DType::Int64 || dtype == DType::Bool);
    if (dtype != DType::Float32 && !showsDType)
        suffixes.push_back("dtype=torch." + std::string(name(dtype)));
    if (!options.gradFn.empty())
        suffixes.push_back("grad_fn=<" + std::string(options.gradFn) + ">");
    else if (options.requiresGrad)
        suffixes.push_back("requires_grad=True");
    return suffixes;
}

std::string number(Scalar value)
{
    if (const bool* const truth = std::get_if<bool>(&value))
        return *truth ? "True" : "False";
    if (const double* const real = std::get_if<double>(&value))
        return pythonFloat(*real);
    const auto* const beyond = std::get_if<std::uint64_t>(&value);
    return beyond ? std::to_string(*beyond) : std::to_string(std::get<std::int64_t>(value));
}

}  // namespace

std::string repr(const Tensor& tensor, const ReprOptions& options)
{
    if (tensor.isNumber())
        return number(tensor.item());
    std::string text = std::string(prefix) + body(tensor);
    const std::size_t newline = text.rfind('\n');
    // PyTorch counts two columns too many in the line that the elements end in.
    std::size_t column = text.size() - (newline == std::string::npos ? 0 : newline + 1) + 2;
    for (const std::string& suffix : suffixes(tensor, options)) {
        if (column + suffix.size() + 2 > lineWidth) {
            text.append(",\n").append(prefix.size(), ' ').append(suffix);
            column = prefix.size() + suffix.size();
        } else {
            text += ", " + suffix;
            column += suffix.size() + 2;
        }
    }
    return text + ")";
}

}  // namespace chainrule

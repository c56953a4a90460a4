// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "engine/base/number_text.h"
#include "engine/io/json_text.h"
#include "engine/io/npy.h"
#include "engine/tensor/printing.h"
#include "engine/tensor/statistics.h"

#include <cmath>

namespace chainrule::cli {
namespace {

std::string number(const std::optional<Scalar>& value)
{
    if (!value)
        return "-";
    if (const auto* flag = std::get_if<bool>(&*value))
        return *flag ? "True" : "False";
    if (const auto* integer = std::get_if<std::int64_t>(&*value))
        return std::to_string(*integer);
    return pythonFloat(std::get<double>(*value));
}

/// As JSON: what is not finite is a string, what there is not is null.
std::string json(const std::optional<Scalar>& value)
{
    if (!value)
        return "null";
    if (const auto* flag = std::get_if<bool>(&*value))
        return *flag ? "true" : "false";
    const std::string text = number(value);
    const auto* real = std::get_if<double>(&*value);
    return real && !std::isfinite(*real) ? quotedJson(text) : text;
}

std::optional<Scalar> scalar(const std::optional<double>& value)
{
    return value ? std::optional<Scalar>(*value) : std::nullopt;
}

std::string jsonOf(const NpyArray& array, const Statistics& statistics)
{
    const NpyHeader& header = array.header;
    return "{\"arrays\": [{\"member\": null, \"dtype\": " + quotedJson(header.descr)
           + ", \"shape\": " + text(header.shape)
           + ", \"fortran_order\": " + (header.isFortranOrder ? "true" : "false") + ", \"version\": ["
           + std::to_string(header.major) + ", " + std::to_string(header.minor)
           + "], \"bytes\": " + std::to_string(header.dataBytes) + ", \"min\": " + json(statistics.min)
           + ", \"max\": " + json(statistics.max) + ", \"mean\": " + json(scalar(statistics.mean))
           + ", \"std\": " + json(scalar(statistics.std)) + ", \"nan\": " + std::to_string(statistics.nans)
           + ", \"inf\": " + std::to_string(statistics.infinities)
           + ", \"zeros\": " + std::to_string(statistics.zeros)
           + ", \"value\": " + quotedJson(repr(array.tensor)) + "}]}\n";
}

std::string textOf(const std::filesystem::path& file, const NpyArray& array, const Statistics& statistics)
{
    const NpyHeader& header = array.header;
    return file.string() + "\n  format         " + std::to_string(header.major) + "." + std::to_string(header.minor)
           + "\n  dtype          " + header.descr + " (torch." + std::string(name(array.tensor.dtype())) + ")"
           + (header.isSwapped ? ", byte order swapped on reading" : "") + "\n  shape          "
           + sizeText(header.shape) + "\n  order          " + (header.isFortranOrder ? "Fortran" : "C")
           + "\n  bytes          " + std::to_string(header.dataBytes) + "\n  min, max       "
           + number(statistics.min) + ", " + number(statistics.max) + "\n  mean, std      "
           + number(scalar(statistics.mean)) + ", " + number(scalar(statistics.std)) + "\n  nan, inf, zeros  "
           + std::to_string(statistics.nans) + ", " + std::to_string(statistics.infinities) + ", "
           + std::to_string(statistics.zeros) + "\n\n" + repr(array.tensor) + "\n";
}

}  // namespace

Status inspect(const InspectOptions& options)
{
    const auto array = readNpy(options.file);
    if (!array) {
        complain(options.file.string(), array.error().message);
        return unusable;
    }
    if (options.exportFolder) {
        const std::vector<ExportFile> files = {{options.file.stem().string() + ".npy", array->tensor}};
        if (const auto failure = exportTo(*options.exportFolder, files)) {
            complain(failure->message);
            return unusable;
        }
    }
    const Statistics numbers = statistics(array->tensor);
    print(options.wantsJson ? jsonOf(*array, numbers) : textOf(options.file, *array, numbers));
    return finished(allIsWell);
}

}  // namespace chainrule::cli

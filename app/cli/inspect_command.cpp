// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "engine/base/number_text.h"
#include "engine/io/json_text.h"
#include "engine/io/npz.h"
#include "engine/tensor/printing.h"
#include "engine/tensor/statistics.h"

#include <cmath>
#include <set>

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

/// An array, and the member that it is where the file is an archive.
struct Found {
    std::optional<std::string> member;
    NpyArray array;
};

std::string jsonOf(const Found& found, const Statistics& statistics)
{
    const auto& [header, tensor] = found.array;
    return "{\"member\": " + (found.member ? quotedJson(*found.member) : "null") + ", \"dtype\": " + quotedJson(header.descr)
           + ", \"shape\": " + text(header.shape)
           + ", \"fortran_order\": " + (header.isFortranOrder ? "true" : "false") + ", \"version\": ["
           + std::to_string(header.major) + ", " + std::to_string(header.minor)
           + "], \"bytes\": " + std::to_string(header.dataBytes) + ", \"min\": " + json(statistics.min)
           + ", \"max\": " + json(statistics.max) + ", \"mean\": " + json(scalar(statistics.mean))
           + ", \"std\": " + json(scalar(statistics.std)) + ", \"nan\": " + std::to_string(statistics.nans)
           + ", \"inf\": " + std::to_string(statistics.infinities)
           + ", \"zeros\": " + std::to_string(statistics.zeros)
           + ", \"value\": " + quotedJson(repr(tensor)) + "}";
}

std::string textOf(const std::filesystem::path& file, const Found& found, const Statistics& statistics)
{
    const auto& [header, tensor] = found.array;
    return file.string() + (found.member ? ":" + *found.member : "") + "\n  format         "
           + std::to_string(header.major) + "." + std::to_string(header.minor) + "\n  dtype          " + header.descr
           + " (torch." + std::string(name(tensor.dtype())) + ")"
           + (header.isSwapped ? ", byte order swapped on reading" : "") + "\n  shape          "
           + sizeText(header.shape) + "\n  order          " + (header.isFortranOrder ? "Fortran" : "C")
           + "\n  bytes          " + std::to_string(header.dataBytes) + "\n  min, max       "
           + number(statistics.min) + ", " + number(statistics.max) + "\n  mean, std      "
           + number(scalar(statistics.mean)) + ", " + number(scalar(statistics.std)) + "\n  nan, inf, zeros  "
           + std::to_string(statistics.nans) + ", " + std::to_string(statistics.infinities) + ", "
           + std::to_string(statistics.zeros) + "\n\n" + repr(tensor) + "\n";
}

/// What has been described so far, and files to write.
struct Description {
    std::string text;
    std::vector<ExportFile> files = {};
    Status status = allIsWell;
};

void describe(Description& description, const Found& found, const std::filesystem::path& file,
              const InspectOptions& options)
{
    const Statistics numbers = statistics(found.array.tensor);
    std::string& text = description.text;
    if (options.wantsJson)
        text += (text.empty() ? "" : ",\n            ") + jsonOf(found, numbers);
    else
        text += (text.empty() ? "" : "\n") + textOf(file, found, numbers);
    if (options.exportFolder)
        description.files.push_back(
            {found.member.value_or(file.stem().string()) + ".npy", found.array.tensor});
}

/// Every array of the archive, or the one that is asked for. One that cannot be read does not hide the others.
Failure describeArchive(Description& description, const std::filesystem::path& file,
                        const std::optional<std::string>& wish, const InspectOptions& options)
{
    const auto archive = NpzArchive::open(file);
    if (!archive)
        return archive.error();
    const auto only = wish ? archive->find(*wish) : Result<std::size_t>(0);
    if (!only)
        return only.error();
    for (std::size_t i = 0; i < archive->members().size(); ++i) {
        if (wish && i != *only)
            continue;
        const NpzMember& member = archive->members()[i];
        auto array = archive->read(i);
        if (!array) {
            complain(file.string() + ":" + member.name, array.error().message);
            description.status = unusable;
            continue;
        }
        describe(description, {member.name, *std::move(array)}, file, options);
    }
    return std::nullopt;
}

/// A member's name is a label that may say anything; only what is a plain file's name becomes a file.
Failure nameFailure(std::span<const ExportFile> files)
{
    std::set<std::string_view> names;
    for (const ExportFile& file : files) {
        if (file.name.find('/') != std::string::npos)
            return fileError("cannot export " + quotedJson(file.name) + ": it is no plain file name");
        if (!names.insert(file.name).second)
            return fileError("cannot export " + quotedJson(file.name) + " twice");
    }
    return std::nullopt;
}

}  // namespace

Status inspect(const InspectOptions& options)
{
    Description description;
    const auto [file, member] = splitNpzPath(options.file);
    Failure failure;
    if (member || holdsArchive(file)) {
        failure = describeArchive(description, file, member, options);
    } else if (auto array = readNpy(file, Numbers::MayStayInFile)) {
        const Tensor tensor = array->tensor;
        describe(description, {std::nullopt, *std::move(array)}, file, options);
        failure = tensor.buffer() ? tensor.buffer()->damage() : Failure();
    } else {
        failure = array.error();
    }
    if (failure) {
        complain(options.file.string(), failure->message);
        return unusable;
    }
    if (options.exportFolder) {
        failure = nameFailure(description.files);
        if (!failure)
            failure = exportTo(*options.exportFolder, description.files);
        if (failure) {
            complain(failure->message);
            return unusable;
        }
    }
    print(options.wantsJson ? "{\"arrays\": [" + description.text + "]}\n" : description.text);
    return finished(description.status);
}

}  // namespace chainrule::cli

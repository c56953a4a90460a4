// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/examples.h"

#include "engine/io/document.h"
#include "engine/io/file.h"

#include <QCoreApplication>

#include <algorithm>

namespace chainrule {
namespace {

const std::string first = "introduction";
const std::string errorPrefix = "error_";

/// "Used three times" of "used_three_times".
QString titleOf(std::string stem)
{
    if (stem.starts_with(errorPrefix))
        stem.erase(0, errorPrefix.size());
    std::ranges::replace(stem, '_', ' ');
    QString title = QString::fromStdString(stem);
    if (!title.isEmpty())
        title[0] = title[0].toUpper();
    return title;
}

QString firstNote(const std::filesystem::path& file)
{
    const auto bytes = readFile(file);
    if (!bytes)
        return {};
    const auto diagram = diagramFromJson({reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size()});
    return diagram && !diagram->layout.notes.empty() ? QString::fromStdString(diagram->layout.notes.front().text)
                                                     : QString();
}

}  // namespace

std::filesystem::path examplesFolder()
{
    const std::filesystem::path program = QCoreApplication::applicationDirPath().toStdString();
    return (program / "../share/chainrule/examples").lexically_normal();
}

std::vector<Example> examples()
{
    std::vector<Example> result;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(examplesFolder(), error)) {
        if (entry.path().extension() != ".chainrule")
            continue;
        const std::string stem = entry.path().stem().string();
        result.push_back({entry.path(), titleOf(stem), firstNote(entry.path()), stem.starts_with(errorPrefix)});
    }
    std::ranges::sort(result, {}, [](const Example& example) {
        return std::tuple(example.file.stem() != first, example.showsError, example.title);
    });
    return result;
}

}  // namespace chainrule

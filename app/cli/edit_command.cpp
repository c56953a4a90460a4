// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "engine/base/limits.h"
#include "engine/io/document.h"
#include "engine/io/edit_json.h"
#include "engine/io/file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

namespace chainrule::cli {
namespace {

/// The diagrams that undo and redo go through: snapshots, which share their nodes.
class History {
public:
    explicit History(Diagram diagram) : m_diagrams{std::move(diagram)} {}

    const Diagram& current() const { return m_diagrams[m_index]; }

    /// One that is equal to the current one is no step.
    void push(Diagram diagram)
    {
        if (diagram == current())
            return;
        m_diagrams.resize(m_index + 1);
        m_diagrams.push_back(std::move(diagram));
        ++m_index;
        while (m_diagrams.size() > mostSteps() + 1) {
            m_diagrams.pop_front();
            --m_index;
            ++m_forgotten;
        }
    }

    Failure undo()
    {
        if (m_index == 0)
            return Error{Error::Kind::Document,
                         m_forgotten == 0 ? "there is nothing to undo"
                                          : "of so large a document no more than the last "
                                                + std::to_string(m_diagrams.size() - 1) + " steps can be undone"};
        --m_index;
        return std::nullopt;
    }

    Failure redo()
    {
        if (m_index + 1 == m_diagrams.size())
            return Error{Error::Kind::Document, "there is nothing to redo"};
        ++m_index;
        return std::nullopt;
    }

private:
    std::size_t mostSteps() const
    {
        return std::max(limits::undoSteps, limits::undoNodes / (current().graph.size() + 1));
    }

    std::deque<Diagram> m_diagrams;
    std::size_t m_index = 0;
    std::size_t m_forgotten = 0;
};

Failure obeyed(History& history, std::string_view line)
{
    const auto command = editFromJson(history.current(), line);
    if (!command)
        return command.error();
    if (const auto* const step = std::get_if<HistoryStep>(&*command))
        return *step == HistoryStep::Undo ? history.undo() : history.redo();
    auto edited = apply(history.current(), *std::get_if<Edit>(&*command));
    if (!edited)
        return edited.error();
    history.push(*std::move(edited));
    return std::nullopt;
}

/// Calls `f` for every line of standard input as soon as it has come. @returns why reading failed, an errno.
template <typename F>
int forEachLine(const F& f)
{
    std::unique_ptr<char, decltype(&std::free)> line(nullptr, &std::free);
    for (std::size_t capacity = 0;;) {
        char* memory = line.release();
        errno = 0;
        const ssize_t size = getline(&memory, &capacity, stdin);
        const int code = errno;
        line.reset(memory);
        if (size < 0)
            return std::feof(stdin) ? 0 : code ? code : EIO;
        std::string_view text(memory, std::size_t(size));
        if (text.ends_with('\n'))
            text.remove_suffix(1);
        if (text.find_first_not_of(" \t\r\n") != text.npos)
            f(text);
    }
}

}  // namespace

Status edit(const EditOptions& options)
{
    const auto bytes = readFile(options.file);
    if (!bytes) {
        complain(bytes.error().message);
        return unusable;
    }
    const auto document =
        documentFromJson({reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size()});
    if (!document) {
        complain(options.file.string(), document.error().message);
        return unusable;
    }
    sweepDrafts(options.output.value_or(options.file).parent_path());
    History history(document->diagram);
    Status status = allIsWell;
    const int code = forEachLine([&](std::string_view line) {
        const Failure failure = obeyed(history, line);
        if (failure)
            status = somethingFailed;
        print(failure ? "{\"ok\": false, \"error\": " + errorJson(*failure) + "}\n" : "{\"ok\": true}\n");
        std::fflush(stdout);
    });
    if (code) {
        complain("cannot read standard input: " + std::string(std::strerror(code)) + "; nothing was saved");
        return unusable;
    }
    const std::string text = savedText(*document, history.current());
    if (const auto failure =
            saveAtomically(options.output.value_or(options.file), std::as_bytes(std::span(text)))) {
        complain(failure->message);
        return unusable;
    }
    return finished(status);
}

}  // namespace chainrule::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document_files.h"

#include "app/background_work.h"
#include "app/examples.h"
#include "app/settings.h"
#include "engine/io/file.h"
#include "engine/io/file_system.h"

#include <QWidget>

namespace chainrule {
namespace {

struct Loaded {
    Result<Document> document;
    std::optional<FileStamp> stamp;
};

Loaded loadedFrom(const std::filesystem::path& file)
{
    const auto stamp = stampOf(file);
    const auto bytes = readFile(file);
    if (!bytes)
        return {bytes.error(), {}};
    sweepDrafts(file.parent_path());
    const auto& buffer = **bytes;
    return {documentFromJson(std::string(reinterpret_cast<const char*>(buffer.data()), buffer.size())), stamp};
}

QString text(const std::filesystem::path& path)
{
    return QString::fromStdString(path.string());
}

}  // namespace

std::optional<FileStamp> stampOf(const std::filesystem::path& file)
{
    struct stat status;
    if (fileSystem().stat(file, status) != 0)
        return std::nullopt;
    return FileStamp{status.st_mtim.tv_sec, status.st_mtim.tv_nsec, std::uint64_t(status.st_size), status.st_ino};
}

std::optional<Edit> rebased(const Diagram& diagram, const std::filesystem::path& from, const std::filesystem::path& to)
{
    Several edit{DocumentFiles::tr("Save As").toStdString(), {}};
    for (const NodeId id : diagram.graph.ids()) {
        const Node& node = diagram.graph.at(id);
        const Op* const op = findOp(node.op);
        const auto found = node.attributes.find("file");
        const auto* const name =
            op && op->readsFile && found != node.attributes.end() ? std::get_if<std::string>(&found->second) : nullptr;
        if (!name)
            continue;
        const std::string moved = fileNameFrom(to, from / *name);
        if (moved != *name)
            edit.edits.push_back(SetAttribute{id, "file", moved});
    }
    return edit.edits.empty() ? std::nullopt : std::optional<Edit>(std::move(edit));
}

/// What came of writing a document.
struct DocumentFiles::Written {
    std::filesystem::path file;
    OpenDocument::Snapshot snapshot;
    std::optional<Edit> moved = {};  ///< What the new folder made of the names of files.
    std::string text = {};
    std::optional<FileStamp> stamp = {};
    Failure failure = {};
    bool isChangedOnDisk = false;
};

DocumentFiles::DocumentFiles(OpenDocument& document, Questions& questions, NoticeBar& bar, QWidget* window)
    : QObject(window), m_document(document), m_questions(questions), m_bar(bar), m_window(window)
{
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &DocumentFiles::lookForChange);
}

void DocumentFiles::load(const std::filesystem::path& file)
{
    m_isLoading = true;
    m_document.awaitAnother();
    std::error_code ignored;
    const std::filesystem::path absolute = std::filesystem::absolute(file, ignored).lexically_normal();
    Q_EMIT busy(tr("Opening %1").arg(text(absolute.filename())));
    inBackground(this, [absolute] { return loadedFrom(absolute); }, [this, absolute](Loaded loaded) {
        m_isLoading = false;
        Q_EMIT busy({});
        if (!loaded.document) {
            m_document.awaitNothing();
            settings::removeRecentFile(text(absolute));
            Q_EMIT ended();
            m_questions.tell(m_window, tr("“%1” cannot be opened.").arg(text(absolute)),
                             QString::fromStdString(loaded.document.error().message));
            return;
        }
        m_stamp = loaded.stamp;
        m_bar.clear();
        m_document.open(*std::move(loaded.document), absolute);
        if (absolute.parent_path() != examplesFolder())  // Those are always offered.
            settings::addRecentFile(text(absolute));
        watch();
        Q_EMIT this->loaded(absolute);
        Q_EMIT ended();
    });
}

void DocumentFiles::save(Then then)
{
    if (m_document.file().empty())
        return saveAs(std::move(then));
    write(m_document.file(), Overwrite::IfUnchanged, then);
}

void DocumentFiles::saveAs(Then then)
{
    const QString suggestion = text(m_document.file().empty() ? m_document.folder() / "untitled.chainrule"
                                                              : m_document.file());
    const QString answer =
        m_questions.fileToWrite(m_window, tr("Save As"), suggestion, tr("Chainrule documents (*.chainrule)"));
    if (answer.isEmpty()) {
        if (then)
            then(false);
        return;
    }
    write(answer.toStdString(), Overwrite::Always, then);
}

void DocumentFiles::settle(const Then& then)
{
    if (m_isSaving) {
        m_afterSaving.push_back([this, then] { settle(then); });
        return;
    }
    if (!m_document.isModified())
        return then(true);
    switch (m_questions.beforeLosing(m_window, m_document.title())) {
    case Questions::Unsaved::Save: return save(then);
    case Questions::Unsaved::Discard: return then(true);
    case Questions::Unsaved::Cancel: return then(false);
    }
}

void DocumentFiles::write(const std::filesystem::path& file, Overwrite overwrite, const Then& then)
{
    if (m_isSaving) {  // One after the other: the later one has the later edits.
        m_afterSaving.push_back([=, this] { write(file, overwrite, then); });
        return;
    }
    m_isSaving = true;
    Q_EMIT busy(tr("Saving %1").arg(text(file.filename())));
    const auto work = [file, overwrite, stamp = m_stamp, snapshot = m_document.snapshot(),
                       folder = m_document.folder()]() -> Written {
        Written written{.file = file, .snapshot = snapshot};
        if (overwrite == Overwrite::IfUnchanged && stamp && stampOf(file) && *stampOf(file) != *stamp) {
            written.isChangedOnDisk = true;
            return written;
        }
        written.moved = rebased(snapshot.diagram, folder, file.parent_path());
        if (written.moved)
            written.snapshot.diagram = *apply(snapshot.diagram, *written.moved);
        written.text = written.snapshot.text();
        written.failure = saveAtomically(file, std::as_bytes(std::span(written.text)));
        written.stamp = stampOf(file);
        return written;
    };
    inBackground(this, work, [this, then](Written written) { finish(std::move(written), then); });
}

void DocumentFiles::finish(Written written, const Then& then)
{
    m_isSaving = false;
    Q_EMIT busy({});
    if (written.isChangedOnDisk)
        return askAboutChange(written.file, then);
    if (written.failure) {
        const QString reason = QString::fromStdString(written.failure->message);
        if (m_questions.saveElsewhere(m_window, text(written.file), reason))
            return saveAs(then);
        if (then)
            then(false);
        return runWaiting();
    }
    m_stamp = written.stamp;
    m_bar.clear();
    if (written.moved) {
        const bool isCurrent = written.snapshot.step == m_document.history().index();
        m_document.apply(*written.moved);
        if (isCurrent)
            written.snapshot.step = m_document.history().index();
    }
    settings::addRecentFile(text(written.file));
    m_document.saved(std::move(written.snapshot), std::move(written.file), std::move(written.text));
    watch();
    if (then)
        then(true);
    runWaiting();
}

void DocumentFiles::runWaiting()
{
    for (const auto& next : std::exchange(m_afterSaving, {}))
        next();
}

void DocumentFiles::askAboutChange(const std::filesystem::path& file, const Then& then)
{
    switch (m_questions.beforeOverwriting(m_window, text(file.filename()))) {
    case Questions::Changed::Overwrite: return write(file, Overwrite::Always, then);
    case Questions::Changed::SaveAs: return saveAs(then);
    case Questions::Changed::Cancel:
        if (then)
            then(false);
        runWaiting();
    }
}

void DocumentFiles::watch()
{
    if (!m_watcher.files().isEmpty())
        m_watcher.removePaths(m_watcher.files());
    m_watcher.addPath(text(m_document.file()));
}

void DocumentFiles::lookForChange()
{
    const std::filesystem::path file = m_document.file();
    inBackground(this, [file] { return stampOf(file); }, [this, file](std::optional<FileStamp> stamp) {
        if (file != m_document.file() || isBusy() || !stamp || stamp == m_stamp)
            return;
        watch();  // A file that was replaced is not watched any more.
        m_bar.say(NoticeBar::Tone::Note, tr("%1 was changed by another program.").arg(m_document.title()),
                  {{tr("Read It Again"), [this, file] {
                        settle([this, file](bool mayGo) {
                            if (mayGo)
                                load(file);
                        });
                    }},
                   {tr("Keep This One"), [this] { m_bar.clear(); }}});
    });
}

}  // namespace chainrule

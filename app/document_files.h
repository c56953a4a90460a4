// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document.h"
#include "app/notice_bar.h"
#include "app/questions.h"

#include <QFileSystemWatcher>

#include <cstdint>
#include <functional>
#include <optional>

namespace chainrule {

/// What tells one state of a file from another.
struct FileStamp {
    std::int64_t seconds;  ///< When it was written.
    std::int64_t nanoseconds;
    std::uint64_t size;
    std::uint64_t inode;

    bool operator==(const FileStamp&) const = default;
};
/// Absent where there is no such file.
std::optional<FileStamp> stampOf(const std::filesystem::path& file);

/// Reads and writes the file of one window's document, off the window's thread, and asks before anything is lost. A
/// document that could not be saved stays modified.
class DocumentFiles : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this; dialogs belong to `window`.
    DocumentFiles(OpenDocument& document, Questions& questions, NoticeBar& bar, QWidget* window);

    bool isBusy() const { return m_isLoading || m_isSaving; }
    /// Puts what the file says in the place of the document.
    void load(const std::filesystem::path& file);
    /// `then` is told whether it succeeded.
    using Then = std::function<void(bool isSaved)>;
    void save(Then then = {});
    void saveAs(Then then = {});
    /// Whether the document may go: it is saved, or the person does not want it to be.
    void settle(const Then& then);

Q_SIGNALS:
    /// Begins and ends what may take long; empty when it is done.
    void busy(const QString& what);
    void loaded(const std::filesystem::path& file);
    /// Loading came to its end, well or not.
    void ended();

private:
    enum class Overwrite { IfUnchanged, Always };
    struct Written;
    void write(const std::filesystem::path& file, Overwrite overwrite, const Then& then);
    void finish(Written written, const Then& then);
    void askAboutChange(const std::filesystem::path& file, const Then& then);
    void runWaiting();
    void watch();
    void lookForChange();

    OpenDocument& m_document;
    Questions& m_questions;
    NoticeBar& m_bar;
    QWidget* m_window;
    QFileSystemWatcher m_watcher;
    std::optional<FileStamp> m_stamp;  // Of the file as we read or wrote it.
    bool m_isLoading = false;
    bool m_isSaving = false;
    std::vector<std::function<void()>> m_afterSaving;
};

/// The files that sources name, made to mean the same from another folder: relative where they lie below it, else
/// absolute. Absent where nothing changes.
std::optional<Edit> rebased(const Diagram& diagram, const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace chainrule

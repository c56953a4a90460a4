// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/delta.h"
#include "engine/graph/edit.h"
#include "engine/io/document.h"

#include <QObject>
#include <QUndoStack>

#include <filesystem>

namespace chainrule {

/// The current diagram, its history and the file it belongs to: the only mutable model state in the program. Only
/// apply(), undo and redo change the diagram. It computes nothing and asks nobody anything.
class OpenDocument : public QObject {
    Q_OBJECT
public:
    explicit OpenDocument(QObject* parent = nullptr);

    const Diagram& diagram() const { return m_diagram; }
    QUndoStack& history() { return m_history; }
    bool isModified() const { return !m_history.isClean(); }
    /// Empty, never saved and never edited: another document may take its place.
    bool isUntouched() const;
    /// Empty for one that has not been saved yet.
    const std::filesystem::path& file() const { return m_file; }
    /// Where the files that it names lie.
    std::filesystem::path folder() const;
    /// By which name a source refers to a file: relative where it lies below the document's folder, else absolute.
    std::string nameOf(const std::filesystem::path& file) const;
    QString title() const;  ///< "two-layer.chainrule", "Untitled".

    /// From here on another document is read to take this one's place: edits, which would be lost with it, are
    /// rejected until open() or awaitNothing().
    void awaitAnother() { m_awaitsAnother = true; }
    void awaitNothing() { m_awaitsAnother = false; }
    /// Begins anew with what a file says. Clears the history.
    void open(Document document, std::filesystem::path file);
    /// Edits with the same gesture, unless it is 0, are one step of undo. One that changes nothing is none.
    void apply(const Edit& edit, int gesture = 0);

    /// What is being written: a value, so that another thread can make the text of it while edits go on.
    struct Snapshot {
        Diagram diagram;
        Document loaded;
        int step;  ///< Where in the history it was taken.

        std::string text() const { return savedText(loaded, diagram); }
    };
    Snapshot snapshot() const;
    /// The snapshot stands in the file, as this text.
    void saved(Snapshot snapshot, std::filesystem::path file, std::string text);

Q_SIGNALS:
    void changed(const chainrule::Diagram& now, const chainrule::Delta& delta);
    void rejected(const chainrule::Error& reason);
    /// It begins anew: ids mean other nodes from here on. changed() follows.
    void replaced();
    /// It belongs to another file.
    void fileChanged();

private:
    class Step;
    void moveTo(const Diagram& diagram);

    Diagram m_diagram;
    Document m_loaded;
    std::filesystem::path m_file;
    QUndoStack m_history;
    bool m_awaitsAnother = false;
};

/// A file as it is called from a folder: relative where it lies below, else absolute.
std::string fileNameFrom(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace chainrule

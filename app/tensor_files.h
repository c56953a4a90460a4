// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document.h"
#include "app/live_run.h"
#include "app/questions.h"
#include "widgets/canvas/graph_view.h"

namespace chainrule {

/// Brings .npy files into the document where they are dropped, and values and gradients out as .npy files: one by one,
/// dragged, or all of them. Reading and writing is done off the window's thread.
class TensorFiles : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this; dialogs belong to `window`.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
        Questions& questions;
    };
    TensorFiles(const Parts& parts, QWidget* window);

    void hover(const QList<QUrl>& files);
    void drop(const QList<QUrl>& files, QPointF position, NodeId onNode);
    void drag(OutputId output, Which which);
    void save(OutputId output, Which which);
    void exportAll();

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);
    void busy(const QString& what);
    /// Files that are documents were dropped.
    void documentsDropped(const QStringList& files);

private:
    void insert(const QStringList& files, QPointF position);
    void replaceData(NodeId node, const QString& file);

    Parts m_parts;
    QWidget* m_window;
    int m_hover = 0;  // Counts what has hovered, so that a late answer is known as such.
};

/// "float32 (2, 3), 24 bytes, C order", from the first bytes of a .npy file. @returns why it is no array.
Result<QString> npySummary(const std::filesystem::path& file);

/// An array in a file, and why it cannot be used if it cannot: the file's own, or one for each member of an archive.
struct FoundArray {
    QString file;
    std::optional<std::string> member;
    QString label;  ///< What messages call it.
    Failure failure;
};
std::vector<FoundArray> arraysIn(const QString& file);

/// What a person would call the value or gradient of an output: its tensor at the moment, and the name of its file.
/// Absent where there is none.
struct NamedTensor {
    std::string fileName;
    Tensor tensor;
};
std::optional<NamedTensor> namedTensor(const Moment& moment, OutputId output, Which which);

}  // namespace chainrule

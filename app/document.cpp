// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document.h"

#include <QUndoCommand>

namespace chainrule {

/// The only undo command in the program: the diagram before and the diagram after.
class OpenDocument::Step : public QUndoCommand {
public:
    Step(OpenDocument& document, Diagram after, const QString& text, int gesture)
        : QUndoCommand(text), m_document(document), m_before(document.m_diagram), m_after(std::move(after)),
          m_gesture(gesture)
    {
    }

    void undo() override { m_document.moveTo(m_before); }
    void redo() override { m_document.moveTo(m_after); }

    int id() const override { return m_gesture == 0 ? -1 : m_gesture; }
    bool mergeWith(const QUndoCommand* next) override
    {
        m_after = static_cast<const Step*>(next)->m_after;  // Same id() means same gesture.
        setObsolete(diff(m_before, m_after).isEmpty());  // Dragged there and back.
        return true;
    }

private:
    OpenDocument& m_document;
    Diagram m_before;
    Diagram m_after;
    int m_gesture;
};

OpenDocument::OpenDocument(QObject* parent) : QObject(parent) {}

bool OpenDocument::isUntouched() const
{
    return m_file.empty() && m_history.count() == 0 && m_diagram == Diagram();
}

std::filesystem::path OpenDocument::folder() const
{
    std::error_code ignored;
    return m_file.empty() ? std::filesystem::current_path(ignored) : m_file.parent_path();
}

std::string OpenDocument::nameOf(const std::filesystem::path& other) const
{
    return m_file.empty() ? other.lexically_normal().string() : fileNameFrom(folder(), other);
}

QString OpenDocument::title() const
{
    return m_file.empty() ? tr("Untitled") : QString::fromStdString(m_file.filename().string());
}

void OpenDocument::open(Document document, std::filesystem::path file)
{
    m_awaitsAnother = false;
    m_history.clear();
    m_loaded = std::move(document);
    m_file = std::move(file);
    Q_EMIT replaced();
    moveTo({});  // Not one history: an id of the one is no id of the other.
    moveTo(m_loaded.diagram);
    Q_EMIT fileChanged();
}

void OpenDocument::apply(const Edit& edit, int gesture)
{
    if (m_awaitsAnother) {
        Q_EMIT rejected({Error::Kind::Document, tr("A document is being opened here.").toStdString()});
        return;
    }
    auto after = chainrule::apply(m_diagram, edit);
    if (!after)
        Q_EMIT rejected(after.error());
    else if (!diff(m_diagram, *after).isEmpty())
        m_history.push(
            new Step(*this, *std::move(after), QString::fromStdString(label(m_diagram, edit)), gesture));
}

OpenDocument::Snapshot OpenDocument::snapshot() const
{
    return {m_diagram, m_loaded, m_history.index()};
}

void OpenDocument::saved(Snapshot snapshot, std::filesystem::path file, std::string text)
{
    const bool isCurrent = snapshot.step == m_history.index();
    m_loaded = {std::move(snapshot.diagram), std::move(text)};
    m_file = std::move(file);
    if (isCurrent)
        m_history.setClean();
    else
        m_history.resetClean();  // Edited while it was written: what stands in the file is behind.
    Q_EMIT fileChanged();
}

void OpenDocument::moveTo(const Diagram& diagram)
{
    const Delta delta = diff(m_diagram, diagram);
    m_diagram = diagram;
    Q_EMIT changed(m_diagram, delta);
}

std::string fileNameFrom(const std::filesystem::path& folder, const std::filesystem::path& file)
{
    const std::filesystem::path relative = file.lexically_normal().lexically_relative(folder.lexically_normal());
    const bool isBelow = !relative.empty() && *relative.begin() != "..";
    return isBelow ? relative.string() : file.lexically_normal().string();
}

}  // namespace chainrule

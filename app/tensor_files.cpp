// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tensor_files.h"

#include "app/background_work.h"
#include "app/document_files.h"
#include "app/tensor_drag.h"
#include "engine/io/export_files.h"
#include "engine/io/file.h"
#include "engine/io/npz.h"
#include "engine/ops/source.h"

#include <QFileInfo>
#include <QUrl>

#include <algorithm>

namespace chainrule {
namespace {

constexpr double besideStep = 216;  // A node's width and some air: several files come to stand side by side.
const QString documentSuffix = QStringLiteral("chainrule");

QStringList localFiles(const QList<QUrl>& urls)
{
    QStringList files;
    for (const QUrl& url : urls)
        if (url.isLocalFile())
            files += url.toLocalFile();
    return files;
}

/// A Python identifier from what a file or a member is called, as far as it goes; freeName() does the rest.
std::string nameFor(const QString& stem)
{
    std::string name;
    for (const QChar letter : stem)
        name += letter.unicode() < 128 && letter.isLetterOrNumber() ? char(letter.unicode()) : '_';
    if (name.empty() || (name[0] >= '0' && name[0] <= '9'))
        name.insert(0, "_");
    return name;
}

/// "(2, 3)", "(3,)", "()".
QString shapeText(const Shape& shape)
{
    QStringList sizes;
    for (const std::int64_t size : shape)
        sizes += QString::number(size);
    return QLatin1Char('(') + sizes.join(QStringLiteral(", ")) + (shape.size() == 1 ? QStringLiteral(",)") : QStringLiteral(")"));
}

QString bytesText(std::uint64_t bytes)
{
    return bytes < 10000 ? TensorFiles::tr("%1 bytes").arg(bytes) : QLocale().formattedDataSize(qint64(bytes), 1);
}

}  // namespace

Result<QString> npySummary(const std::filesystem::path& file)
{
    if (holdsArchive(file)) {
        const auto archive = NpzArchive::open(file);
        if (!archive)
            return archive.error();
        QStringList names;
        for (const NpzMember& member : archive->members())
            names += QString::fromStdString(member.name);
        constexpr qsizetype mostNames = 8;
        const QString shown = names.mid(0, mostNames).join(QStringLiteral(", "));
        return TensorFiles::tr("an archive of %1: %2").arg(names.size()).arg(shown)
               + (names.size() > mostNames ? QStringLiteral(", …") : QString());
    }
    auto input = InputFile::open(file);
    if (!input)
        return input.error();
    std::vector<std::byte> start(std::size_t(std::min<std::uint64_t>(input->size(), longestNpyHeader)));
    if (auto failure = input->read(start))
        return *std::move(failure);
    const auto header = parseNpyHeader(start, input->size());
    if (!header)
        return header.error();
    QStringList parts = {QString::fromUtf8(name(header->dtype).data(), qsizetype(name(header->dtype).size()))
                             + QLatin1Char(' ') + shapeText(header->shape),
                         bytesText(header->dataBytes),
                         header->isFortranOrder ? TensorFiles::tr("Fortran order") : TensorFiles::tr("C order")};
    if (header->isSwapped)
        parts += TensorFiles::tr("other byte order");
    return parts.join(QStringLiteral(", "));
}

std::vector<FoundArray> arraysIn(const QString& file)
{
    const std::filesystem::path path = file.toStdString();
    const QString name = QFileInfo(file).fileName();
    if (!holdsArchive(path)) {
        const auto summary = npySummary(path);
        return {{file, {}, name, summary ? Failure() : Failure(summary.error())}};
    }
    if (!file.endsWith(QLatin1String(".npz")))
        return {{file, {}, name, fileError(TensorFiles::tr("an archive's name must end in .npz").toStdString())}};
    const auto archive = NpzArchive::open(path);
    if (!archive)
        return {{file, {}, name, archive.error()}};
    std::vector<FoundArray> found;
    for (std::size_t i = 0; i < archive->members().size(); ++i) {
        const std::string& member = archive->members()[i].name;
        const auto header = archive->header(i);
        found.push_back({file, member, name + QLatin1Char(':') + QString::fromStdString(member),
                         header ? Failure() : Failure(header.error())});
    }
    return found;
}

std::optional<NamedTensor> namedTensor(const Moment& moment, OutputId output, Which which)
{
    const NodeResult* const result = moment.result(output.node);
    if (!result || output.index >= result->outputs.size() || result->outputs[output.index].tensor().isNumber())
        return std::nullopt;
    const Evaluation& evaluation = moment.evaluation();
    if (which == Which::Value)
        return NamedTensor{exportFileName(evaluation, output), evaluation.value(output).tensor()};
    if (const GradState stored = moment.stored(output); !stored.tensor.isNone())
        return NamedTensor{exportFileName(evaluation, output, ".grad"), stored.tensor};
    if (const auto flowing = moment.flowing(output))
        return NamedTensor{exportFileName(evaluation, output, ".flowing"), *flowing};
    return std::nullopt;
}

TensorFiles::TensorFiles(const Parts& parts, QWidget* window) : QObject(window), m_parts(parts), m_window(window)
{
    connect(&parts.view, &GraphView::filesHovered, this, &TensorFiles::hover);
    connect(&parts.view, &GraphView::filesDropped, this, &TensorFiles::drop);
    connect(&parts.view, &GraphView::dragRequested, this, &TensorFiles::drag);
}

void TensorFiles::hover(const QList<QUrl>& urls)
{
    const int hover = ++m_hover;
    const QStringList files = localFiles(urls);
    if (files.isEmpty())
        return m_parts.view.showHoverText({});
    const auto work = [files] {
        constexpr qsizetype mostLines = 5;
        QStringList lines;
        for (const QString& file : files.mid(0, mostLines)) {
            const QString name = QFileInfo(file).fileName();
            if (file.endsWith(documentSuffix)) {
                lines += tr("%1: a document, opens").arg(name);
                continue;
            }
            const auto summary = npySummary(file.toStdString());
            lines += name + QStringLiteral(": ")
                     + (summary ? *summary : QString::fromStdString(summary.error().message));
        }
        if (files.size() > mostLines)
            lines += tr("and %1 more").arg(files.size() - mostLines);
        return lines.join(QLatin1Char('\n'));
    };
    inBackground(this, work, [this, hover](const QString& text) {
        if (hover == m_hover)
            m_parts.view.showHoverText(text);
    });
}

void TensorFiles::drop(const QList<QUrl>& urls, QPointF position, NodeId onNode)
{
    ++m_hover;
    m_parts.view.showHoverText({});
    QStringList documents;
    QStringList arrays;
    for (const QString& file : localFiles(urls))
        (file.endsWith(documentSuffix) ? documents : arrays) += file;
    if (!documents.isEmpty())
        Q_EMIT documentsDropped(documents);
    if (arrays.isEmpty())
        return;
    const Graph& graph = m_parts.document.diagram().graph;
    const Op* const op = graph.contains(onNode) ? findOp(graph.at(onNode).op) : nullptr;
    const bool isOne = arrays.size() == 1 && !holdsArchive(arrays.constFirst().toStdString());
    if (isOne && op && op->readsFile)
        replaceData(onNode, arrays.constFirst());
    else
        insert(arrays, position);
}

/// Those that are arrays become nodes; of the others it is said why they do not.
void TensorFiles::insert(const QStringList& files, QPointF position)
{
    const auto work = [files] {
        std::vector<FoundArray> found;
        for (const QString& file : files)
            std::ranges::move(arraysIn(file), std::back_inserter(found));
        return found;
    };
    inBackground(this, work, [this, position](const std::vector<FoundArray>& found) {
        Diagram diagram = m_parts.document.diagram();
        Several edit{tr("Add Tensors from Files").toStdString(), {}};
        std::vector<NodeId> added;
        QStringList refused;
        for (const FoundArray& array : found) {
            if (array.failure) {
                refused += tr("%1: %2").arg(array.label, QString::fromStdString(array.failure->message));
                continue;
            }
            const QString stem = array.member ? QString::fromStdString(*array.member)
                                              : QFileInfo(array.file).completeBaseName();
            Node node{.name = freeName(diagram, nameFor(stem)), .op = std::string(literalOp().name)};
            const std::string file = m_parts.document.nameOf(array.file.toStdString());
            node.setAttribute("file", array.member ? file + ":" + *array.member : file);
            AddNode add{diagram.graph.nextId(), std::move(node),
                        Point{position.x() + besideStep * double(added.size()), position.y()}};
            added.push_back(add.id);
            diagram = *apply(std::move(diagram), add);
            edit.edits.push_back(std::move(add));
        }
        if (!added.empty()) {
            m_parts.document.apply(edit);
            m_parts.view.select(added);
        }
        if (!refused.isEmpty())
            Q_EMIT hinted(refused.join(QStringLiteral("; ")));
    });
}

void TensorFiles::replaceData(NodeId id, const QString& file)
{
    const auto work = [file] { return npySummary(file.toStdString()); };
    inBackground(this, work, [this, id, file](const Result<QString>& summary) {
        const Graph& graph = m_parts.document.diagram().graph;
        if (!summary) {
            Q_EMIT hinted(tr("%1: %2").arg(QFileInfo(file).fileName(), QString::fromStdString(summary.error().message)));
            return;
        }
        if (!graph.contains(id))
            return;
        const Node& node = graph.at(id);
        Several edit{tr("Replace Data of %1").arg(QString::fromStdString(node.name)).toStdString(), {}};
        for (const Parameter& parameter : findOp(node.op)->parameters)
            if (!parameter.literalOf.empty() && node.hasAttribute(parameter.name))
                edit.edits.push_back(UnsetAttribute{id, std::string(parameter.name)});
        edit.edits.push_back(SetAttribute{id, "file", m_parts.document.nameOf(file.toStdString())});
        m_parts.document.apply(edit);
    });
}

void TensorFiles::drag(OutputId output, Which which)
{
    if (auto tensor = namedTensor(m_parts.playback.moment(), output, which))
        dragOut(*std::move(tensor), &m_parts.view);
}

void TensorFiles::save(OutputId output, Which which)
{
    const auto named = namedTensor(m_parts.playback.moment(), output, which);
    if (!named)
        return;
    const QString answer = m_parts.questions.fileToWrite(
        m_window, which == Which::Value ? tr("Save Value") : tr("Save Gradient"),
        QString::fromStdString((m_parts.document.folder() / named->fileName).string()), tr("NumPy arrays (*.npy)"));
    if (answer.isEmpty())
        return;
    Q_EMIT busy(tr("Writing %1").arg(QFileInfo(answer).fileName()));
    inBackground(this, [file = answer.toStdString(), tensor = named->tensor] { return writeNpy(file, tensor); },
                 [this, answer](const Failure& failure) {
                     Q_EMIT busy({});
                     if (failure)
                         m_parts.questions.tell(m_window, tr("“%1” was not written.").arg(answer),
                                                QString::fromStdString(failure->message));
                     else
                         Q_EMIT hinted(tr("Wrote %1.").arg(answer));
                 });
}

void TensorFiles::exportAll()
{
    const QString folder = m_parts.questions.folderToWrite(m_window, tr("Export All to a Folder"),
                                                           QString::fromStdString(m_parts.document.folder().string()));
    if (folder.isEmpty())
        return;
    m_parts.live.whenFresh([this, folder](std::shared_ptr<const Replay> replay) {
        Q_EMIT busy(tr("Exporting to %1").arg(folder));
        const auto work = [folder = folder.toStdString(), replay] {
            const auto files = exportFiles(replay->run());
            return std::pair(writeFiles(folder, files), files.size());
        };
        inBackground(this, work, [this, folder](const std::pair<Failure, std::size_t>& outcome) {
            Q_EMIT busy({});
            if (outcome.first)
                m_parts.questions.tell(m_window, tr("Not everything was exported."),
                                       QString::fromStdString(outcome.first->message));
            else
                Q_EMIT hinted(tr("Wrote %1 files to %2.").arg(outcome.second).arg(folder));
        });
    });
}

}  // namespace chainrule

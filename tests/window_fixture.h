// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/main_window.h"
#include "engine/tensor/printing.h"
#include "tests/places.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QStatusBar>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <memory>

/// The introduction's example, without its pass.
inline constexpr auto introduction = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "3."}, "position": [0, 0]},
 {"name": "y", "op": "tensor", "attributes": {"value": "4.", "requires_grad": true}, "position": [0, 160]},
 {"name": "z", "op": "tensor", "attributes": {"value": "5.", "requires_grad": true}, "position": [0, 320]},
 {"name": "p", "op": "mul", "inputs": ["x", "y"], "position": [260, 80]},
 {"name": "a", "op": "add", "inputs": ["p", "z"], "position": [520, 160]}]})";

/// m · m, and what a pass from it may start with.
inline constexpr auto matrix = R"({"format": "chainrule", "version": 1, "nodes": [
 {"name": "m", "op": "tensor", "attributes": {"value": "[[1., 2.], [3., 4.]]", "requires_grad": true}},
 {"name": "s", "op": "mul", "inputs": ["m", "m"]},
 {"name": "seed", "op": "tensor", "attributes": {"value": "[[1., 0.], [0., 2.]]"}},
 {"name": "total", "op": "sum", "inputs": ["s"]}]})";

/// Answers in the place of a person; what was asked is in `asked`.
class Answers : public chainrule::Questions {
public:
    QStringList documents;
    QString fileToWriteAnswer;  ///< Empty declines.
    QString folderAnswer;
    Unsaved unsaved = Unsaved::Cancel;
    Changed changed = Changed::Cancel;
    bool savesElsewhere = false;
    QStringList asked;  ///< "unsaved Untitled", "tell title: reason".

    QStringList documentsToOpen(QWidget*, const QString&) override
    {
        asked += QStringLiteral("open");
        return documents;
    }
    QString fileToWrite(QWidget*, const QString&, const QString& suggestion, const QString&) override
    {
        asked += QStringLiteral("write ") + suggestion;
        return fileToWriteAnswer;
    }
    QString folderToWrite(QWidget*, const QString&, const QString&) override
    {
        asked += QStringLiteral("folder");
        return folderAnswer;
    }
    Unsaved beforeLosing(QWidget*, const QString& document) override
    {
        asked += QStringLiteral("unsaved ") + document;
        return unsaved;
    }
    Changed beforeOverwriting(QWidget*, const QString& document) override
    {
        asked += QStringLiteral("changed ") + document;
        return changed;
    }
    bool saveElsewhere(QWidget*, const QString& document, const QString& reason) override
    {
        asked += QStringLiteral("failed ") + document + QStringLiteral(": ") + reason;
        return savesElsewhere;
    }
    void tell(QWidget*, const QString& title, const QString& reason) override
    {
        asked += QStringLiteral("tell ") + title + QStringLiteral(": ") + reason;
    }
};

/// Settings of the tests' own, as the program would have them.
class Settings {
public:
    Settings()
    {
        QCoreApplication::setOrganizationName(QStringLiteral("Chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("Test"));
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
    }

private:
    QTemporaryDir m_folder;
};

/// The program's windows without a person: for one test, which fails where Qt complains about how they are painted.
struct Desk {
    Desk()
    {
        QTest::failOnWarning(QRegularExpression(QStringLiteral("^Q(Painter|Pixmap|Image|Font|Layout|Object|Widget|Svg)")));
    }

    Answers answers;
    chainrule::Windows windows{answers};
    QTemporaryDir folder;

    chainrule::MainWindow* openEmpty()
    {
        auto* const window = windows.openEmpty();
        window->resize(1400, 900);
        window->activateWindow();
        QTest::qWait(0);
        window->view().setFocus();
        return window;
    }
    /// Opens a document of that text, and waits until it has been computed.
    chainrule::MainWindow* open(const QByteArray& text, const QString& name = QStringLiteral("test.chainrule"))
    {
        write(name, text);
        auto* const window = openEmpty();
        window->load(path(name));
        settle(window);
        return window;
    }
    static void settle(chainrule::MainWindow* window)
    {
        QTRY_VERIFY(!window->files().isBusy());
        QTRY_VERIFY(!window->live().isRunning());
    }
    std::filesystem::path path(const QString& name) const { return folder.filePath(name).toStdString(); }
    void write(const QString& name, const QByteArray& content) const
    {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    QByteArray read(const QString& name) const
    {
        QFile file(folder.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
};

inline chainrule::NodeId node(chainrule::MainWindow* window, const char* name)
{
    return window->document().diagram().graph.find(name).value_or(chainrule::NodeId{});
}

inline void select(chainrule::MainWindow* window, const char* name)
{
    window->view().select({node(window, name)});
}

/// Files hover over the canvas, and are dropped there, in its coordinates.
inline void hoverFiles(chainrule::MainWindow* window, const QMimeData& files, QPointF position)
{
    QDragEnterEvent enter(position.toPoint(), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window->view(), &enter);
    QDragMoveEvent move(position.toPoint(), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window->view(), &move);
}
inline void dropFiles(chainrule::MainWindow* window, const QStringList& paths, QPointF position)
{
    QMimeData files;
    QList<QUrl> urls;
    for (const QString& path : paths)
        urls += QUrl::fromLocalFile(path);
    files.setUrls(urls);
    hoverFiles(window, files, position);
    QDropEvent drop(position, Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window->view(), &drop);
}

/// `.grad` as PyTorch prints it, "None" where there is none.
inline QString gradText(chainrule::MainWindow* window, const char* name)
{
    const chainrule::Moment& moment = window->playback().moment();
    const chainrule::NodeId id = node(window, name);
    if (!moment.result(id))
        return QStringLiteral("not computed");
    const chainrule::GradState state = moment.stored({id});
    return state.tensor.isNone() ? QStringLiteral("None") : QString::fromStdString(chainrule::repr(state.tensor));
}

inline QString programOutput(const QStringList& arguments)
{
    QProcess process;
    process.start(QString::fromStdString(chainrule::places::program()), arguments);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000))
        return QStringLiteral("it did not end");
    return QString::fromUtf8(process.readAllStandardOutput());
}

inline void press(chainrule::MainWindow* window, chainrule::CommandId id)
{
    window->commands().action(id)->trigger();
    Desk::settle(window);
}

inline chainrule::NoticeBar* shownBar(chainrule::MainWindow* window)
{
    for (chainrule::NoticeBar* const bar : window->findChildren<chainrule::NoticeBar*>())
        if (bar->isVisible())
            return bar;
    return nullptr;
}

inline QPushButton* offer(chainrule::MainWindow* window, const QString& text)
{
    const chainrule::NoticeBar* const bar = shownBar(window);
    if (!bar)
        return nullptr;
    for (QPushButton* const button : bar->findChildren<QPushButton*>())
        if (button->isVisible() && button->text() == text)
            return button;
    return nullptr;
}

inline QString hint(chainrule::MainWindow* window)
{
    return window->statusBar()->findChild<QLabel*>()->text();
}

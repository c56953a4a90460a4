// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/main_window.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <memory>

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

/// The program's windows without a person: for one test.
struct Desk {
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
QString gradText(chainrule::MainWindow* window, const char* name);

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/edit_commands.h"
#include "app/find.h"
#include "app/settings.h"
#include "app/tensor_drag.h"
#include "engine/base/limits.h"
#include "engine/io/npz.h"
#include "engine/tensor/printing.h"
#include "tests/faulty_file_system.h"
#include "tests/places.h"
#include "tests/window_fixture.h"
#include "widgets/canvas/canvas_picture.h"
#include "widgets/inspector/file_field.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPointer>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>
#include <QtTest>

#include <array>

using namespace chainrule;

class FilesTest : public QObject {
    Q_OBJECT

private:
    Settings m_settings;

private Q_SLOTS:
    void init() { QSettings().clear(); }

    // Documents

    void aSavedDocumentComesBackAsItWas()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QCOMPARE(window->windowTitle(), QStringLiteral("test.chainrule[*] - Chainrule"));
        press(window, CommandId::Save);  // Unchanged: the same bytes.
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(introduction));
        window->document().apply(Rename{node(window, "a"), "result"});
        QVERIFY(window->isWindowModified());
        press(window, CommandId::Save);
        QVERIFY(!window->isWindowModified());
        const Diagram saved = window->document().diagram();
        desk.windows.open(desk.path(QStringLiteral("test.chainrule")));
        QCOMPARE(desk.windows.all().size(), std::size_t(1));  // It is open already.
        const auto read = documentFromJson(desk.read(QStringLiteral("test.chainrule")).toStdString());
        QVERIFY(read);
        QVERIFY(read->diagram == saved);
    }

    void anUntitledDocumentIsSavedUnderANewName()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        window->document().apply(AddNode{window->document().diagram().graph.nextId(), {.name = "t", .op = "tensor"}});
        press(window, CommandId::Save);  // Declined.
        QVERIFY(window->document().isModified());
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("new.chainrule"));
        press(window, CommandId::Save);
        QVERIFY(!window->document().isModified());
        QCOMPARE(window->document().title(), QStringLiteral("new.chainrule"));
        QVERIFY(desk.read(QStringLiteral("new.chainrule")).contains("\"tensor\""));
        QCOMPARE(settings::recentFiles().constFirst(), desk.answers.fileToWriteAnswer);
    }

    void savingElsewhereKeepsTheFilesOfSources()
    {
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("one/data")));
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("two")));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("one/data/w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(
            R"({"format": "chainrule", "version": 1, "nodes": [
                {"name": "w", "op": "tensor", "attributes": {"file": "data/w.npy"}}]})",
            QStringLiteral("one/test.chainrule"));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("two/test.chainrule"));
        press(window, CommandId::SaveAs);
        QVERIFY(!window->document().isModified());
        const QString output = programOutput({QStringLiteral("run"), desk.answers.fileToWriteAnswer});
        QVERIFY2(output.startsWith(QStringLiteral("w = tensor([1., 2.])")), qPrintable(output));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("up.chainrule"));
        press(window, CommandId::SaveAs);
        QVERIFY(desk.read(QStringLiteral("up.chainrule")).contains("\"one/data/w.npy\""));
    }

    void aFailedSaveSaysWhyAndLosesNothing()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "result"});
        desk.answers.savesElsewhere = true;
        desk.answers.fileToWriteAnswer.clear();
        {
            FaultyFileSystem disk;
            disk.freeBytes = 10;
            press(window, CommandId::Save);
        }
        QCOMPARE(desk.answers.asked.size(), 2);
        QVERIFY2(desk.answers.asked[0].contains(QStringLiteral("test.chainrule"))
                     && desk.answers.asked[0].endsWith(QStringLiteral("No space left on device")),
                 qPrintable(desk.answers.asked[0]));
        QVERIFY(desk.answers.asked[1].startsWith(QStringLiteral("write ")));  // Save As was offered.
        QVERIFY(window->document().isModified());
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(introduction));
        press(window, CommandId::Save);
        QVERIFY(!window->document().isModified());
    }

    void editsWhileSavingStayUnsaved()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        window->commands().action(CommandId::Save)->trigger();
        window->document().apply(Rename{node(window, "b"), "c"});
        Desk::settle(window);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""));
        QVERIFY(window->document().isModified());
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"c\""));
        QVERIFY(!window->document().isModified());
    }

    void whatAnotherProgramWroteIsNotOverwrittenUnasked()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.write(QStringLiteral("test.chainrule"), matrix);
        QTRY_VERIFY(shownBar(window));  // Said as soon as it is seen.
        press(window, CommandId::Save);
        QCOMPARE(desk.answers.asked, QStringList(QStringLiteral("changed test.chainrule")));
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")), QByteArray(matrix));
        QVERIFY(window->document().isModified());
        desk.answers.changed = Questions::Changed::Overwrite;
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""));
        QVERIFY(!shownBar(window));
    }

    void whatAnotherProgramWroteCanBeReadAgain()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.write(QStringLiteral("test.chainrule"), matrix);
        QTRY_VERIFY(offer(window, QStringLiteral("Read It Again")));
        QTest::mouseClick(offer(window, QStringLiteral("Read It Again")), Qt::LeftButton);
        Desk::settle(window);
        QVERIFY(node(window, "total").value != 0);
        QVERIFY(!shownBar(window));
        QVERIFY(window->view().scene().moment().result(node(window, "total")));
    }

    void closingAsksAboutUnsavedWork_data()
    {
        QTest::addColumn<int>("answer");
        QTest::addColumn<bool>("closes");
        QTest::addColumn<bool>("saves");
        QTest::newRow("save") << int(Questions::Unsaved::Save) << true << true;
        QTest::newRow("discard") << int(Questions::Unsaved::Discard) << true << false;
        QTest::newRow("cancel") << int(Questions::Unsaved::Cancel) << false << false;
    }

    void closingAsksAboutUnsavedWork()
    {
        QFETCH(const int, answer);
        QFETCH(const bool, closes);
        QFETCH(const bool, saves);
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.answers.unsaved = Questions::Unsaved(answer);
        window->close();
        QTRY_COMPARE(desk.answers.asked, QStringList(QStringLiteral("unsaved test.chainrule")));
        if (closes)
            QTRY_VERIFY(!window);
        else
            QVERIFY(window && window->isVisible());
        QCOMPARE(desk.read(QStringLiteral("test.chainrule")).contains("\"b\""), saves);
    }

    void closingWithoutUnsavedWorkAsksNothing()
    {
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->close();
        QTRY_VERIFY(!window);
        QVERIFY(desk.answers.asked.isEmpty());
    }

    void aFailedSaveDoesNotClose()
    {
        Desk desk;
        QPointer<MainWindow> window = desk.open(introduction);
        window->document().apply(Rename{node(window, "a"), "b"});
        desk.answers.unsaved = Questions::Unsaved::Save;
        FaultyFileSystem disk;
        disk.freeBytes = 0;
        window->close();
        QTRY_COMPARE(desk.answers.asked.size(), 2);
        QTest::qWait(50);
        QVERIFY(window && window->document().isModified());
    }

    void quittingAsksWindowByWindow()
    {
        Desk desk;
        QPointer<MainWindow> first = desk.open(introduction, QStringLiteral("first.chainrule"));
        QPointer<MainWindow> second = desk.open(introduction, QStringLiteral("second.chainrule"));
        first->document().apply(Rename{node(first, "a"), "b"});
        second->document().apply(Rename{node(second, "a"), "b"});
        first->commands().action(CommandId::Quit)->trigger();
        QTRY_COMPARE(desk.answers.asked.size(), 1);
        QTest::qWait(20);
        QVERIFY(first && second);  // Cancelled.
        desk.answers.unsaved = Questions::Unsaved::Save;
        first->commands().action(CommandId::Quit)->trigger();
        QTRY_VERIFY(!first && !second);
        QVERIFY(desk.read(QStringLiteral("first.chainrule")).contains("\"b\""));
        QVERIFY(desk.read(QStringLiteral("second.chainrule")).contains("\"b\""));
    }

    void anUntouchedWindowIsUsedAgain()
    {
        Desk desk;
        MainWindow* const empty = desk.openEmpty();
        desk.write(QStringLiteral("one.chainrule"), introduction);
        desk.write(QStringLiteral("two.chainrule"), matrix);
        desk.answers.documents = {desk.folder.filePath(QStringLiteral("one.chainrule")),
                                  desk.folder.filePath(QStringLiteral("two.chainrule"))};
        press(empty, CommandId::Open);
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        for (MainWindow* const window : desk.windows.all())
            Desk::settle(window);
        QCOMPARE(empty->document().title(), QStringLiteral("one.chainrule"));
        QCOMPARE(desk.windows.all()[1]->document().title(), QStringLiteral("two.chainrule"));
        press(empty, CommandId::Open);  // Both are open already.
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        press(empty, CommandId::New);
        QCOMPARE(desk.windows.all().size(), std::size_t(3));
    }

    void editsAreRefusedWhileAnotherDocumentIsRead()
    {
        Desk desk;
        desk.write(QStringLiteral("test.chainrule"), introduction);
        MainWindow* const window = desk.openEmpty();
        window->load(desk.path(QStringLiteral("test.chainrule")));
        window->view().addOp(QStringLiteral("mul"));
        QVERIFY(window->document().diagram().graph.empty());
        QCOMPARE(hint(window), QStringLiteral("A document is being opened here."));
        Desk::settle(window);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(5));
        window->load(desk.path(QStringLiteral("missing.chainrule")));
        Desk::settle(window);
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(5));
        window->view().addOp(QStringLiteral("mul"));
        QCOMPARE(window->document().diagram().graph.size(), std::size_t(6));
    }

    void theInspectorChoosesFilesFromTheDocumentsFolder_data()
    {
        QTest::addColumn<QString>("chosen");
        QTest::addColumn<bool>("isBelow");
        QTest::newRow("below") << QStringLiteral("data/w.npy") << true;
        QTest::newRow("elsewhere") << QStringLiteral("../elsewhere.npy") << false;
    }

    void theInspectorChoosesFilesFromTheDocumentsFolder()
    {
        QFETCH(const QString, chosen);
        QFETCH(const bool, isBelow);
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("documents/data")));
        const QString file = QDir::cleanPath(desk.folder.filePath(QStringLiteral("documents/") + chosen));
        QVERIFY(!writeNpy(file.toStdString(), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction, QStringLiteral("documents/test.chainrule"));
        select(window, "y");
        window->findChild<Inspector*>()->showTab(Inspector::Tab::AttributeForm);
        auto* const field = window->findChild<FileField*>();
        QVERIFY(field);
        QTimer::singleShot(0, window, [&] {
            auto* const dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            QCOMPARE(dialog->directory().path(), desk.folder.filePath(QStringLiteral("documents")));
            dialog->findChild<QLineEdit*>()->setText(file);
            QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
        });
        QTest::mouseClick(field->findChild<QToolButton*>(), Qt::LeftButton);
        Desk::settle(window);
        const Attribute expected = (isBelow ? chosen : file).toStdString();
        QCOMPARE(window->document().diagram().graph.at(node(window, "y")).attributes.at("file"), expected);
        QVERIFY(!window->document().diagram().graph.at(node(window, "y")).hasAttribute("value"));
        QCOMPARE(window->document().history().count(), 1);
        QVERIFY(window->playback().moment().result(node(window, "y")));
    }

    void aDocumentThatCannotBeReadIsSaid_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("newer") << QByteArray(R"({"format": "chainrule", "version": 2, "nodes": []})")
                               << QStringLiteral("version");
        QTest::newRow("broken") << QByteArray(R"({"format": "chainrule", "version": 1, "nodes": [)")
                                << QStringLiteral("line 1, column");
        QTest::newRow("missing") << QByteArray() << QStringLiteral("No such file or directory");
    }

    void aDocumentThatCannotBeReadIsSaid()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, reason);
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        if (!text.isEmpty())
            desk.write(QStringLiteral("bad.chainrule"), text);
        settings::addRecentFile(desk.folder.filePath(QStringLiteral("bad.chainrule")));
        window->load(desk.path(QStringLiteral("bad.chainrule")));
        QTRY_COMPARE(desk.answers.asked.size(), 1);
        QVERIFY2(desk.answers.asked[0].contains(QStringLiteral("bad.chainrule"))
                     && desk.answers.asked[0].contains(reason),
                 qPrintable(desk.answers.asked[0]));
        QVERIFY(window->isUntouched());
        QVERIFY(window->findChild<WelcomePage*>()->isVisible());
        QVERIFY(settings::recentFiles().isEmpty());
    }

    void recentDocumentsAreOffered()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        QMenu* const menu = window->commands().action(CommandId::OpenRecent)->menu();
        Q_EMIT menu->aboutToShow();
        QCOMPARE(menu->actions().constFirst()->text(), desk.folder.filePath(QStringLiteral("test.chainrule")));
        menu->actions().constLast()->trigger();
        QVERIFY(settings::recentFiles().isEmpty());
    }

    void anEmptyDocumentWelcomes()
    {
        Desk desk;
        QTRY_VERIFY(!desk.windows.examples().empty());
        MainWindow* const window = desk.openEmpty();
        auto* const welcome = window->findChild<WelcomePage*>();
        QVERIFY(welcome->isVisible());
        const auto entries = welcome->findChildren<QPushButton*>(QStringLiteral("welcomeEntry"));
        QCOMPARE(std::size_t(entries.size()), desk.windows.examples().size());
        QCOMPARE(entries[0]->accessibleName(), QStringLiteral("Introduction"));
        QVERIFY(!entries[0]->accessibleDescription().isEmpty());
        QTest::mouseClick(entries[0], Qt::LeftButton);
        QTRY_VERIFY(!welcome->isVisible());
        Desk::settle(window);
        QCOMPARE(gradText(window, "y"), QStringLiteral("tensor(3.)"));
    }

    void theFirstNodeEndsTheWelcomeAndUndoBringsItBack()
    {
        Desk desk;
        MainWindow* const window = desk.openEmpty();
        Q_EMIT window->findChild<Palette*>()->opRequested(QStringLiteral("tensor"));
        QVERIFY(!window->findChild<WelcomePage*>()->isVisible());
        QCOMPARE(window->view().selection().size(), std::size_t(1));
        press(window, CommandId::Undo);
        QVERIFY(window->findChild<WelcomePage*>()->isVisible());
    }

    // Exports

    void exportingAllWritesWhatTheProgramWrites()
    {
        Desk desk;
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "v", "op": "tensor", "attributes": {"value": "[[1., 5.], [3., 2.]]", "requires_grad": true}},
            {"name": "top", "op": "max", "inputs": ["v"], "attributes": {"dim": 1}},
            {"name": "two", "op": "number", "attributes": {"value": 2}},
            {"name": "loss", "op": "sum", "inputs": ["top:values"]}], "backward": [{"roots": ["loss"]}]})");
        desk.answers.folderAnswer = desk.folder.filePath(QStringLiteral("ours"));
        QTest::keyClick(&window->view(), Qt::Key_E, Qt::ControlModifier);
        QTRY_VERIFY2(hint(window).startsWith(QStringLiteral("Wrote 5 files")), qPrintable(hint(window)));
        const QString theirs = desk.folder.filePath(QStringLiteral("theirs"));
        programOutput({QStringLiteral("run"), desk.folder.filePath(QStringLiteral("test.chainrule")),
                       QStringLiteral("--export"), theirs});
        const QStringList names = QDir(theirs).entryList(QDir::Files);
        QCOMPARE(QDir(desk.answers.folderAnswer).entryList(QDir::Files), names);
        QVERIFY(names.contains(QStringLiteral("top.values.npy")) && names.contains(QStringLiteral("v.grad.npy")));
        for (const QString& name : names)
            QCOMPARE(desk.read(QStringLiteral("ours/") + name), desk.read(QStringLiteral("theirs/") + name));
    }

    void scriptsAndGraphvizAreThoseOfTheProgram_data()
    {
        QTest::addColumn<int>("command");
        QTest::addColumn<QString>("format");
        QTest::newRow("python") << int(CommandId::ExportPython) << QStringLiteral("python");
        QTest::newRow("dot") << int(CommandId::ExportDot) << QStringLiteral("dot");
    }

    void scriptsAndGraphvizAreThoseOfTheProgram()
    {
        QFETCH(const int, command);
        QFETCH(const QString, format);
        for (const char* const document : {"introduction", "linear_regression", "error_backward_twice"}) {
            Desk desk;
            const QString file = QString::fromStdString(places::example(document + std::string(".chainrule")).string());
            MainWindow* const window = desk.openEmpty();
            window->load(file.toStdString());
            Desk::settle(window);
            desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out"));
            press(window, CommandId(command));
            QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
            QCOMPARE(QString::fromUtf8(desk.read(QStringLiteral("out"))),
                     programOutput({QStringLiteral("export"), file, QStringLiteral("--to"), format}));
        }
    }

    void picturesShowTheWholeCanvas()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.png"));
        press(window, CommandId::ExportPng);
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
        const QImage picture(desk.answers.fileToWriteAnswer);
        QCOMPARE(picture.size(), (CanvasPicture(window->document().diagram(), window->playback().moment()).size() * 2).toSize());
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.svg"));
        press(window, CommandId::ExportSvg);
        QTRY_VERIFY(hint(window).endsWith(QStringLiteral("out.svg.")));
        QVERIFY(desk.read(QStringLiteral("out.svg")).contains("<svg"));
    }

    void aFailedExportSaysWhy()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("out.png"));
        FaultyFileSystem disk;
        disk.freeBytes = 10;
        press(window, CommandId::ExportPng);
        QTRY_COMPARE(desk.answers.asked.size(), 2);
        QVERIFY2(desk.answers.asked[1].endsWith(QStringLiteral("No space left on device")), qPrintable(desk.answers.asked[1]));
        QVERIFY(!QFile::exists(desk.answers.fileToWriteAnswer));
    }

    void oneValueOrGradientIsSaved()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        select(window, "y");
        QVERIFY(!window->commands().action(CommandId::SaveGradient)->isEnabled());
        select(window, "a");
        press(window, CommandId::Backward);
        select(window, "y");
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("y.grad.npy"));
        press(window, CommandId::SaveGradient);
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("Wrote")));
        QVERIFY(desk.answers.asked.constLast().endsWith(QStringLiteral("/y.grad.npy")));
        const auto array = readNpy(desk.path(QStringLiteral("y.grad.npy")));
        QVERIFY(array);
        QCOMPARE(repr(array->tensor), std::string("tensor(3.)"));
    }

    void whatIsDraggedOutIsWrittenWhenItIsAskedFor()
    {
        Desk desk;
        MainWindow* const window = desk.open(introduction);
        press(window, CommandId::Backward);
        auto tensor = namedTensor(window->playback().moment(), {node(window, "z")}, Which::Gradient);
        QVERIFY(tensor);
        QCOMPARE(tensor->fileName, std::string("z.grad.npy"));
        const TensorMimeData data(*tensor);
        QVERIFY(data.hasUrls());
        const QString file = data.urls().constFirst().toLocalFile();
        QCOMPARE(QFileInfo(file).fileName(), QStringLiteral("z.grad.npy"));
        QCOMPARE(QFileInfo(QFileInfo(file).path()).dir().exists(), true);
        QCOMPARE(repr(readNpy(file.toStdString())->tensor), std::string("tensor(1.)"));
        QVERIFY(data.data(QStringLiteral("text/uri-list")).startsWith("file://"));  // As other programs ask.

        const TensorMimeData large({"large.npy", Tensor::full({1000, 1000}, 2.5, DType::Float64)});
        const auto written = readNpy(large.urls().constFirst().toLocalFile().toStdString());
        QVERIFY(written);
        QCOMPARE(written->tensor.size(), std::int64_t(1'000'000));
        QCOMPARE(std::get<double>(written->tensor.at(999'999)), 2.5);
    }

    // Large files, whose numbers are mapped

    void aLargeFileThatChangesIsItsNodesErrorUntilTheNextRun_data()
    {
        QTest::addColumn<bool>("isCut");
        QTest::addColumn<QString>("then");
        QTest::newRow("cut") << true << QStringLiteral("EOF: reading array data");
        QTest::newRow("rewritten") << false << QStringLiteral("tensor([5., 0., 0.,  ..., 0., 0., 0.])");
    }

    void aLargeFileThatChangesIsItsNodesErrorUntilTheNextRun()
    {
        QFETCH(const bool, isCut);
        QFETCH(const QString, then);
        Desk desk;
        const std::int64_t size = std::int64_t(limits::bytesReadIntoMemory) / 4 + 1024;
        QByteArray header("{'descr': '<f4', 'fortran_order': False, 'shape': (" + QByteArray::number(qint64(size)) + ",), }");
        header = QByteArray("\x93NUMPY\1\0\x76\0", 10) + header.leftJustified(117) + '\n';
        desk.write(QStringLiteral("w.npy"), header);
        QFile file(desk.folder.filePath(QStringLiteral("w.npy")));
        QVERIFY(file.resize(128 + 4 * size));
        MainWindow* const window = desk.open(R"({"format": "chainrule", "version": 1, "nodes": [
            {"name": "w", "op": "tensor", "attributes": {"file": "w.npy"}}, {"name": "n", "op": "neg", "inputs": ["x"]},
            {"name": "v", "op": "slice", "inputs": ["w"], "attributes": {"dim": 0, "start": 0, "end": 3}},
            {"name": "x", "op": "tensor", "attributes": {"value": "3."}}]})");
        const auto result = [&](const char* name) { return window->playback().moment().result(node(window, name)); };
        QVERIFY(result("w") && result("w")->outputs.size() == 1);
        QVERIFY(result("w")->outputs[0].tensor().buffer()->isForeign());
        if (isCut) {
            QVERIFY(file.resize(4096));
        } else {
            QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(128));
            const float five = 5;
            file.write(reinterpret_cast<const char*>(&five), 4);
            file.close();
        }
        QTRY_VERIFY2(result("w")->error, "nobody has seen it");
        QVERIFY2(QString::fromStdString(result("w")->error->message).endsWith(QStringLiteral(" while it was in use")),
                 result("w")->error->message.c_str());
        QCOMPARE(result("v")->error->kind, Error::Kind::NotEvaluated);
        QCOMPARE(repr(result("n")->outputs[0].tensor()), std::string("tensor(-3.)"));
        QVERIFY(!window->view().grab().isNull());
        press(window, CommandId::Run);
        Desk::settle(window);
        const QString now = QString::fromStdString(isCut ? result("w")->error->message : repr(result("w")->outputs[0].tensor()));
        QVERIFY2(now.startsWith(then), qPrintable(now));
    }

    // Files that are dropped

    void aDroppedArrayBecomesANode()
    {
        Desk desk;
        QVERIFY(QDir(desk.folder.path()).mkpath(QStringLiteral("data")));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("data/two-words.npy")), Tensor::vector({1, 2})));
        QVERIFY(!writeNpy(desk.path(QStringLiteral("x.npy")), Tensor::vector({3})));
        MainWindow* const window = desk.open(introduction);
        const QPointF at = window->view().toWidget({0, 700});
        dropFiles(window, {desk.folder.filePath(QStringLiteral("data/two-words.npy")),
                           desk.folder.filePath(QStringLiteral("x.npy"))}, at);
        QTRY_COMPARE(window->document().history().count(), 1);
        Desk::settle(window);
        const Diagram& now = window->document().diagram();
        const Node& added = now.graph.at(node(window, "two_words"));
        QCOMPARE(added.attributes.at("file"), Attribute(std::string("data/two-words.npy")));
        const auto first = now.layout.positions.find(node(window, "two_words"));
        const auto second = now.layout.positions.find(node(window, "x1"));  // x is taken.
        QVERIFY(first && second && second->x > first->x && second->y == first->y);
        QCOMPARE(repr(window->playback().moment().result(node(window, "two_words"))->outputs[0].tensor()),
                 std::string("tensor([1., 2.])"));
        QCOMPARE(window->view().selection().size(), std::size_t(2));
    }

    void aDroppedArchiveBecomesANodeForEachOfItsArrays()
    {
        Desk desk;
        const std::array entries = {NpzEntry{"w.npy", Tensor::vector({1, 2})}, NpzEntry{"layer.0/b.npy", Tensor::vector({3})},
                                    NpzEntry{"x.npy", Tensor::scalar(4.0)}};
        const auto bytes = npzBytes(entries);
        QVERIFY(bytes);
        desk.write(QStringLiteral("all.npz"), QByteArray(reinterpret_cast<const char*>(bytes->data()), qsizetype(bytes->size())));
        MainWindow* const window = desk.open(introduction);
        const auto contents = npySummary(desk.path(QStringLiteral("all.npz")));  // What is said while it hovers.
        QVERIFY(contents);
        QCOMPARE(*contents, QStringLiteral("an archive of 3: w, layer.0/b, x"));
        dropFiles(window, {desk.folder.filePath(QStringLiteral("all.npz"))}, window->view().toWidget({0, 700}));
        QTRY_COMPARE(window->document().history().count(), 1);
        Desk::settle(window);
        const Graph& graph = window->document().diagram().graph;
        const auto shows = [&](const char* name, const std::string& file, const std::string& text) {
            QVERIFY2(node(window, name).value != 0, name);
            QCOMPARE(graph.at(node(window, name)).attributes.at("file"), Attribute(file));
            const NodeResult* const result = window->playback().moment().result(node(window, name));
            QVERIFY2(result && result->outputs.size() == 1, name);
            QCOMPARE(repr(result->outputs[0].tensor()), text);
        };
        shows("w", "all.npz:w", "tensor([1., 2.])");
        shows("layer_0_b", "all.npz:layer.0/b", "tensor([3.])");
        shows("x1", "all.npz:x", "tensor(4.)");  // x is taken.
        QCOMPARE(window->view().selection().size(), std::size_t(3));
        press(window, CommandId::Undo);  // One step.
        QVERIFY(node(window, "w").value == 0 && node(window, "x1").value == 0);
    }

    void whatIsWrongWithADroppedArchiveIsSaid()
    {
        Desk desk;
        const std::array entries = {NpzEntry{"w.npy", Tensor::vector({1, 2})}};
        const auto bytes = npzBytes(entries);
        const QByteArray archive(reinterpret_cast<const char*>(bytes->data()), qsizetype(bytes->size()));
        desk.write(QStringLiteral("cut.npz"), archive.chopped(4));
        desk.write(QStringLiteral("misnamed.npy"), archive);
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("cut.npz")), desk.folder.filePath(QStringLiteral("misnamed.npy"))},
                  window->view().toWidget({0, 700}));
        QTRY_VERIFY2(hint(window).startsWith(QStringLiteral("cut.npz: cannot read ")), qPrintable(hint(window)));
        QVERIFY2(hint(window).endsWith(QStringLiteral("misnamed.npy: an archive's name must end in .npz")), qPrintable(hint(window)));
        QCOMPARE(window->document().history().count(), 0);
    }

    void anUntitledDocumentNamesFilesAbsolutely()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.openEmpty();
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, {300, 300});
        QTRY_VERIFY(node(window, "w").value != 0);
        QCOMPARE(window->document().diagram().graph.at(node(window, "w")).attributes.at("file"),
                 Attribute(desk.path(QStringLiteral("w.npy")).string()));
        desk.answers.fileToWriteAnswer = desk.folder.filePath(QStringLiteral("new.chainrule"));
        press(window, CommandId::Save);
        QVERIFY(desk.read(QStringLiteral("new.chainrule")).contains("\"file\": \"w.npy\""));
        QVERIFY(!window->document().isModified());
    }

    void anArrayDroppedOnASourceReplacesItsData()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction);
        const QPointF onY = window->view().toWidget(window->view().scene().box(node(window, "y")).center());
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, onY);
        QTRY_COMPARE(window->document().history().count(), 1);
        const Node& y = window->document().diagram().graph.at(node(window, "y"));
        QVERIFY(!y.hasAttribute("value"));
        QCOMPARE(y.attributes.at("file"), Attribute(std::string("w.npy")));
        QCOMPARE(y.attributes.at("requires_grad"), Attribute(true));  // It is kept.
        QCOMPARE(window->document().history().undoText(), QStringLiteral("Replace Data of y"));
        const QPointF onP = window->view().toWidget(window->view().scene().box(node(window, "p")).center());
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, onP);  // No source: a node beside.
        QTRY_VERIFY(node(window, "w").value != 0);
    }

    void theHeaderIsSaidWhileAFileHovers()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::full({2, 3}, 1.0, DType::Float32)));
        const auto summary = npySummary(desk.path(QStringLiteral("w.npy")));
        QVERIFY(summary);
        QCOMPARE(*summary, QStringLiteral("float32 (2, 3), 24 bytes, C order"));
        MainWindow* const window = desk.open(introduction);
        const QPixmap before = window->view().grab();
        QMimeData files;
        files.setUrls({QUrl::fromLocalFile(desk.folder.filePath(QStringLiteral("w.npy"))),
                       QUrl::fromLocalFile(desk.folder.filePath(QStringLiteral("missing.npy"))),
                       QUrl::fromLocalFile(desk.folder.filePath(QStringLiteral("test.chainrule")))});
        hoverFiles(window, files, {400, 300});
        QTRY_VERIFY(!window->view().hoverText().isEmpty());
        const QStringList lines = window->view().hoverText().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 3);
        QCOMPARE(lines[0], QStringLiteral("w.npy: float32 (2, 3), 24 bytes, C order"));
        QVERIFY(lines[1].contains(QStringLiteral("No such file or directory")));
        QCOMPARE(lines[2], QStringLiteral("test.chainrule: a document, opens"));
        QVERIFY(window->view().grab().toImage() != before.toImage());
        QDragLeaveEvent leave;
        QApplication::sendEvent(&window->view(), &leave);
        QVERIFY(window->view().hoverText().isEmpty());
        QCOMPARE(window->document().history().count(), 0);
        const auto fortran = npySummary(places::fixture("npy/fortran_3d.npy"));
        QVERIFY(fortran && fortran->contains(QStringLiteral("Fortran order")));
    }

    void whatIsNoArrayIsSaidAndChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("isThere");
        QTest::newRow("words") << QByteArray("no array at all") << true;
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("header without numbers") << QByteArray("\x93NUMPY\x01\x00", 8) << true;
        QTest::newRow("vanished") << QByteArray() << false;
    }

    void whatIsNoArrayIsSaidAndChangesNothing()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const bool, isThere);
        Desk desk;
        if (isThere)
            desk.write(QStringLiteral("bad.npy"), content);
        MainWindow* const window = desk.open(introduction);
        for (const QPointF at : {QPointF(0, 700), window->view().scene().box(node(window, "y")).center()}) {
            window->findChild<StatusLine*>()->hint({});
            dropFiles(window, {desk.folder.filePath(QStringLiteral("bad.npy"))}, window->view().toWidget(at));
            QTRY_VERIFY2(hint(window).startsWith(QStringLiteral("bad.npy: ")), qPrintable(hint(window)));
            QVERIFY(!window->document().isModified());
        }
        QVERIFY(desk.answers.asked.isEmpty());  // No dialog.
    }

    void aComplaintAboutAFileIsNoNewsAfterTheNextOne()
    {
        Desk desk;
        desk.write(QStringLiteral("bad.npy"), "no array at all");
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("bad.npy"))}, {400, 600});
        QTRY_VERIFY(hint(window).startsWith(QStringLiteral("bad.npy: ")));
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, {400, 600});
        QTRY_COMPARE(window->document().history().count(), 1);
        QCOMPARE(hint(window), QString());
    }

    void aDroppedFileThatVanishesLaterIsItsNodesError()
    {
        Desk desk;
        QVERIFY(!writeNpy(desk.path(QStringLiteral("w.npy")), Tensor::vector({1, 2})));
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("w.npy"))}, window->view().toWidget({0, 700}));
        QTRY_VERIFY(node(window, "w").value != 0);
        Desk::settle(window);
        QVERIFY(QFile::remove(desk.folder.filePath(QStringLiteral("w.npy"))));
        press(window, CommandId::Run);
        const NodeResult* const result = window->playback().moment().result(node(window, "w"));
        QVERIFY(result && result->error);
        QVERIFY(window->playback().moment().result(node(window, "a"))->outputs.size() == 1);  // The rest lives.
    }

    void aDroppedDocumentOpens()
    {
        Desk desk;
        desk.write(QStringLiteral("other.chainrule"), matrix);
        MainWindow* const window = desk.open(introduction);
        dropFiles(window, {desk.folder.filePath(QStringLiteral("other.chainrule"))}, {20, 20});
        QCOMPARE(desk.windows.all().size(), std::size_t(2));
        Desk::settle(desk.windows.all()[1]);
        QCOMPARE(desk.windows.all()[1]->document().title(), QStringLiteral("other.chainrule"));
        QCOMPARE(window->document().title(), QStringLiteral("test.chainrule"));
    }
};

QTEST_MAIN(FilesTest)
#include "tst_files.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/questions.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>

namespace chainrule {
namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Dialogs", text);
}

/// "py" of "PyTorch scripts (*.py)": what a name without a suffix gets.
QString suffixOf(const QString& kind)
{
    static const QRegularExpression pattern(QStringLiteral("\\*\\.([a-z]+)"));
    return pattern.match(kind).captured(1);
}

/// A box that belongs to the window and leaves the others alone.
void prepare(QMessageBox& box, const QString& title, const QString& detail)
{
    box.setWindowModality(Qt::WindowModal);
    box.setText(title);
    box.setInformativeText(detail);
    box.setTextFormat(Qt::PlainText);
}

}  // namespace

QStringList Dialogs::documentsToOpen(QWidget* window, const QString& folder)
{
    return QFileDialog::getOpenFileNames(window, tr("Open"), folder,
                                         tr("Chainrule documents (*.chainrule)") + QStringLiteral(";;")
                                             + tr("All files (*)"));
}

QString Dialogs::fileToWrite(QWidget* window, const QString& title, const QString& suggestion, const QString& kind)
{
    QFileDialog dialog(window, title);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setNameFilter(kind);
    dialog.setDefaultSuffix(suffixOf(kind));
    const QFileInfo suggested(suggestion);
    dialog.setDirectory(suggested.absolutePath());
    dialog.selectFile(suggested.fileName());
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty())
        return {};
    return dialog.selectedFiles().constFirst();
}

QString Dialogs::folderToWrite(QWidget* window, const QString& title, const QString& suggestion)
{
    return QFileDialog::getExistingDirectory(window, title, suggestion);
}

Questions::Unsaved Dialogs::beforeLosing(QWidget* window, const QString& document)
{
    QMessageBox box(QMessageBox::Question, tr("Chainrule"), {},
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, window);
    prepare(box, tr("Save the changes to “%1”?").arg(document), tr("They are lost if you do not save them."));
    box.setDefaultButton(QMessageBox::Save);
    switch (box.exec()) {
    case QMessageBox::Save: return Unsaved::Save;
    case QMessageBox::Discard: return Unsaved::Discard;
    default: return Unsaved::Cancel;
    }
}

Questions::Changed Dialogs::beforeOverwriting(QWidget* window, const QString& document)
{
    QMessageBox box(QMessageBox::Warning, tr("Chainrule"), {}, QMessageBox::Cancel, window);
    prepare(box, tr("“%1” was changed by another program.").arg(document),
            tr("If you save it now, what that program wrote is lost."));
    const QPushButton* const elsewhere = box.addButton(tr("Save As…"), QMessageBox::AcceptRole);
    const QPushButton* const overwrite = box.addButton(tr("Overwrite"), QMessageBox::DestructiveRole);
    box.exec();
    if (box.clickedButton() == overwrite)
        return Changed::Overwrite;
    return box.clickedButton() == elsewhere ? Changed::SaveAs : Changed::Cancel;
}

bool Dialogs::saveElsewhere(QWidget* window, const QString& document, const QString& reason)
{
    QMessageBox box(QMessageBox::Critical, tr("Chainrule"), {}, QMessageBox::Cancel, window);
    prepare(box, tr("“%1” was not saved.").arg(document), reason);
    QPushButton* const elsewhere = box.addButton(tr("Save As…"), QMessageBox::AcceptRole);
    box.setDefaultButton(elsewhere);
    box.exec();
    return box.clickedButton() == elsewhere;
}

void Dialogs::tell(QWidget* window, const QString& title, const QString& reason)
{
    QMessageBox box(QMessageBox::Warning, tr("Chainrule"), {}, QMessageBox::Ok, window);
    prepare(box, title, reason);
    box.exec();
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace chainrule {

/// What a person is asked about files: the only dialogs that stop a window. Behind an interface, so that tests can
/// answer.
class Questions {
public:
    virtual ~Questions() = default;

    virtual QStringList documentsToOpen(QWidget* window, const QString& folder) = 0;
    /// `suggestion`: a path. `kind`: "PyTorch scripts (*.py)". Empty when declined. The answer may be overwritten.
    virtual QString fileToWrite(QWidget* window, const QString& title, const QString& suggestion,
                                const QString& kind) = 0;
    virtual QString folderToWrite(QWidget* window, const QString& title, const QString& suggestion) = 0;

    enum class Unsaved { Save, Discard, Cancel };
    virtual Unsaved beforeLosing(QWidget* window, const QString& document) = 0;

    enum class Changed { Overwrite, SaveAs, Cancel };
    /// Another program has written the document's file since it was read.
    virtual Changed beforeOverwriting(QWidget* window, const QString& document) = 0;

    /// Whether to save under another name after `reason` prevented it.
    virtual bool saveElsewhere(QWidget* window, const QString& document, const QString& reason) = 0;

    /// What could not be done with a file, and why.
    virtual void tell(QWidget* window, const QString& title, const QString& reason) = 0;
};

/// Asks by dialogs of the desktop.
class Dialogs final : public Questions {
public:
    QStringList documentsToOpen(QWidget* window, const QString& folder) override;
    QString fileToWrite(QWidget* window, const QString& title, const QString& suggestion, const QString& kind) override;
    QString folderToWrite(QWidget* window, const QString& title, const QString& suggestion) override;
    Unsaved beforeLosing(QWidget* window, const QString& document) override;
    Changed beforeOverwriting(QWidget* window, const QString& document) override;
    bool saveElsewhere(QWidget* window, const QString& document, const QString& reason) override;
    void tell(QWidget* window, const QString& title, const QString& reason) override;
};

}  // namespace chainrule

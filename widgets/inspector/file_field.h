// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/attribute_field.h"

class QLineEdit;

namespace chainrule {

/// The path of an array's file, typed or chosen.
class FileField : public AttributeField {
    Q_OBJECT
public:
    FileField(const Op& op, const Parameter& parameter, QWidget* parent);
    ~FileField() override;

    /// Where the document lies: a file that is chosen is named from there. Empty: by its whole path.
    void setFolder(const QString& folder) { m_folder = folder; }
    void finish() override;

private:
    void showValue() override;
    void choose();

    QLineEdit* m_edit;
    QString m_folder;
};

}  // namespace chainrule

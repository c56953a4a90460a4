// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "widgets/theme/label.h"

namespace chainrule {

/// What is wrong with a field, below it; not there where nothing is.
class FieldMessage : public Label {
    Q_OBJECT
public:
    explicit FieldMessage(QWidget* parent);

    void show(const Failure& failure);
    void clear() { show(std::nullopt); }
};

/// "SyntaxError: '[' was never closed", as Python prints it.
QString inWords(const Error& error);
/// Where a byte of a text in UTF-8 is in the QString.
qsizetype placeInText(const std::string& utf8, std::size_t offset);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/check_state.h"

#include <QWidget>

#include <memory>
#include <optional>

namespace chainrule {

/// How the gradient of one tensor fares against central differences: a sentence, the element where it fares worst or that
/// is pointed at, and, unless all agree, a picture of them. Of a large graph that nobody has asked about, a button for it.
class CheckPane : public QWidget {
    Q_OBJECT
public:
    explicit CheckPane(QWidget* parent);
    ~CheckPane() override;

    /// Empty where nothing is to be said of this output of the moment's run. While a newer run is on its way to be
    /// checked, what was said of the output before stays, dimmed, so that nothing jumps.
    void show(const CheckState& state, const Moment& moment, OutputId output);
    void clear();
    bool isEmpty() const;

Q_SIGNALS:
    void checkRequested();
    void cancelRequested();
    void elementPicked(std::int64_t element);

private:
    class Parts;

    void connectParts();
    void setOutdated(bool isOutdated);
    void showStage();
    void showFinding(const GraphCheck::Finding& finding);
    void showEntry(const JacobianEntry* entry);
    QString notes() const;

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

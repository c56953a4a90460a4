// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/edit.h"

#include <QWidget>

#include <memory>

namespace chainrule {

/// Which node it is: its name to be changed, its op, what its output is, and its error.
class HeaderPane : public QWidget {
    Q_OBJECT
public:
    explicit HeaderPane(QWidget* parent);
    ~HeaderPane() override;

    /// Precondition: the node is there. `result` may be nullptr: not evaluated.
    void show(const Diagram& diagram, NodeId node, const Moment& moment, std::uint32_t output);
    void setStale(bool isStale);
    /// Edits that mend the error, by their titles.
    void offerWaysOut(const QStringList& titles);

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit);
    void outputChosen(std::uint32_t output);
    void wayOutChosen(int index);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    class Parts;

    void dress();
    void judgeName();
    void finishName();
    void showOutputs(const Moment& moment, std::uint32_t output);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

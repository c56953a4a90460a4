// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "widgets/inspector/check_state.h"

#include <QWidget>

#include <memory>
#include <optional>

namespace chainrule {

/// The gradient of one output at a moment: how the contribution of this step came to be, what has arrived so far and its
/// sum, `.grad`, and the states of autograd in words. Shows nothing of a later step.
class GradientPane : public QWidget {
    Q_OBJECT
public:
    explicit GradientPane(QWidget* parent);
    ~GradientPane() override;

    /// Precondition: the moment has this output.
    void show(const Moment& moment, OutputId output, const QString& name, const QString& fileName);
    void showNothing(const QString& why);
    void setLargest(std::optional<double> largest);
    /// How gradients fare against central differences; of another run than the moment's nothing is shown.
    void showCheck(const CheckState& state);

Q_SIGNALS:
    void saveRequested();
    void dragRequested();
    void hinted(const QString& text);
    /// That gradients be checked although that takes long, or no longer.
    void checkRequested();
    void checkCancelRequested();
    /// The way of an explanation leads to another tensor.
    void outputRequested(chainrule::OutputId output);

private:
    class Parts;

    void connectParts();
    void showCard();
    void showTensor(const Moment& moment, OutputId output, const QString& fileName);
    void showFacts(const Moment& moment, OutputId output);

    std::unique_ptr<Parts> m_parts;
};

/// The gradient that is shown and saved for an output: what is stored in `.grad`, else what has flowed in this pass.
std::optional<Tensor> shownGradient(const Moment& moment, OutputId output);

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "widgets/inspector/check_state.h"
#include "widgets/inspector/explanation_pane.h"

#include <QWidget>

#include <cstdint>
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
    /// One number of the gradient that is shown, by its row-major index.
    void explain(std::int64_t element, ExplanationPane::Focus focus);
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
    /// Another number is explained, above all else.
    void explained();

private:
    class Parts;

    void connectParts();
    void showCard();
    void showTensor(const Moment& moment, OutputId output, const QString& fileName);
    void showFacts(const Moment& moment, OutputId output);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

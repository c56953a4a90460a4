// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/backward_fixes.h"
#include "app/commands.h"
#include "app/live_run.h"
#include "app/notice_bar.h"
#include "widgets/canvas/graph_view.h"

namespace chainrule {

/// The commands about gradients, and what is offered where a pass failed. Passes are part of the document, so that
/// `chainrule run` gives the gradients that the window shows.
class BackwardCommands : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        LiveRun& live;
        GraphView& view;
        NoticeBar& bar;
    };
    BackwardCommands(const Parts& parts, Commands& commands, QObject* parent);

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);

private:
    void backward();
    void backwardFrom(const Source& root);
    /// What the document's last pass made: it has run with every value on the canvas, without being asked to.
    void showAgain(const Source& root);
    void askForOutput(NodeId node, const NodeResult& result);
    NodeId startingNode() const;
    void zeroGrad();
    void zeroGradToZeros();
    void toggleRequiresGrad();
    void toggleRetainGrad();

    void showTrouble();
    std::vector<NoticeBar::Offer> offersFor(const Run& run, const BackwardTrouble& trouble);
    std::vector<NoticeBar::Offer> seedOffers(const Run& run, const BackwardTrouble& trouble);
    NoticeBar::Offer oneHotOffer(const Run& run, const BackwardTrouble& trouble);
    NoticeBar::Offer nodeOffer(const Run& run, const BackwardTrouble& trouble);
    void mend(const Edit& edit);

    Parts m_parts;
    /// What backward was last called on, here and with these values: again is a second call.
    std::optional<Source> m_calledOn;
};

}  // namespace chainrule

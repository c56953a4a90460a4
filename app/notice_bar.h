// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>

#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QMenu;

namespace chainrule {

/// A line above the canvas that says what is wrong and offers ways out, without stopping anybody. Hidden while it has
/// nothing to say.
class NoticeBar : public QFrame {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);

    struct Offer {
        QString text;
        std::function<void()> does = {};
        QMenu* menu = nullptr;  ///< Instead: opens below the button. The bar's from then on.
    };
    enum class Tone { Note, Error, Anomaly };
    void say(Tone tone, const QString& text, std::vector<Offer> offers);
    void clear();
    /// What it says may not hold any more: its offers cannot be taken until it says something again.
    void suspend();
    QString text() const;

private:
    void removeOffers();
    void dress();

    QLabel* m_icon;
    QLabel* m_text;
    QHBoxLayout* m_offers;
    Tone m_tone = Tone::Note;
};

}  // namespace chainrule

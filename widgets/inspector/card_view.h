// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/vjp_card.h"
#include "widgets/inspector/tensor_preview.h"

#include <QLabel>
#include <QWidget>

#include <vector>

namespace chainrule {

class Label;

/// The parts of a VjpCard as tensors with signs between them: below each other, a matrix product as two sides of a
/// corner so that edges that match stand in line.
class CardView : public QWidget {
    Q_OBJECT
public:
    explicit CardView(QWidget* parent);

    void show(const VjpCard& card);
    const VjpCard& card() const { return m_card; }
    /// What is drawn of a part: what it is called, and its numbers.
    QString caption(std::size_t part) const;
    const TensorPreview& preview(std::size_t part) const { return *m_places[part].preview; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// An element of a part that shows a gradient.
    void picked(std::size_t part, std::int64_t element);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Place {
        Label* caption;
        TensorPreview* preview;
        QPointF sign;  ///< Where the sign before it is centred; null: none.
    };

    const CardPart& part(std::size_t i) const;
    std::size_t partCount() const { return m_card.given.size() + m_card.parts.size(); }
    void addPlace();
    void fill(std::size_t i, qreal room);
    void mark();
    void point(std::size_t place, std::optional<std::int64_t> element);
    void arrange();
    int stackBelow(int top);
    int flow(std::size_t from, std::size_t to, int top);
    bool corner(int& bottom);
    int put(std::size_t i, QPoint topLeft);
    void paintEdges(QPainter& painter) const;

    VjpCard m_card;
    std::vector<Place> m_places;
    bool m_isCorner = false;
    int m_height = 0;
};

}  // namespace chainrule

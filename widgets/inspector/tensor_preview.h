// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/preview.h"

#include <QWidget>

#include <cstdint>
#include <optional>
#include <vector>

namespace chainrule {

/// A tensor at a glance, whose cells may be pointed at and picked, with the mouse or the keyboard.
class TensorPreview : public QWidget {
    Q_OBJECT
public:
    enum class Use { Look, Pick };

    explicit TensorPreview(QWidget* parent);

    void show(const Tensor& tensor, qreal room = 4 * Preview::widestCell);
    const Tensor& tensor() const { return m_preview.tensor(); }
    const Preview& preview() const { return m_preview; }
    void setUse(Use use);
    /// Elements with a frame around them.
    void setMarked(std::vector<std::int64_t> elements);
    /// In which dims all places but the first are copies, and paler.
    void setGhosts(std::vector<std::int64_t> dims);
    /// The element under the mouse or the keyboard's; absent: none.
    std::optional<std::int64_t> current() const { return m_current; }
    void setCurrent(std::optional<std::int64_t> element);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    void picked(std::int64_t element);
    void pointedAt(std::optional<std::int64_t> element);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    void point(std::optional<std::int64_t> element);
    bool isGhost(std::int64_t element) const;
    QString textOf(std::int64_t element) const;

    Preview m_preview;
    Use m_use = Use::Look;
    std::vector<std::int64_t> m_marked;
    std::vector<std::int64_t> m_ghosts;
    std::optional<std::int64_t> m_current;
};

}  // namespace chainrule

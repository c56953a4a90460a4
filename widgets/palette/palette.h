// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <memory>

class QModelIndex;

namespace chainrule {

/// All operations by category, with search. They are dragged from here to the canvas; Enter and double click ask
/// for one in its middle.
class Palette : public QWidget {
    Q_OBJECT
public:
    explicit Palette(QWidget* parent = nullptr);
    ~Palette() override;

    /// Puts the cursor in the search field.
    void startSearch();

Q_SIGNALS:
    void opRequested(const QString& op);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    class Parts;

    void search(const QString& query);
    void request(const QModelIndex& index);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule

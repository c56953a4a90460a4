// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/header.h"

#include "widgets/theme/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace chainrule {

Header::Header(const Commands& commands, SearchField* search, QWidget* parent)
    : QToolBar(tr("Toolbar"), parent), m_product(new QLabel(tr("Chainrule"))), m_document(new QLabel)
{
    setObjectName(QStringLiteral("header"));
    setMovable(false);
    setFloatable(false);
    setContextMenuPolicy(Qt::PreventContextMenu);
    m_document->setTextFormat(Qt::PlainText);
    m_document->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    search->setFixedWidth(280);

    auto* const row = new QWidget(this);
    auto* const left = new QHBoxLayout;
    left->setSpacing(6 * metrics::step);
    left->addWidget(m_product);
    left->addWidget(m_document, 1);
    auto* const right = new QHBoxLayout;
    right->addStretch(1);
    right->addWidget(search);
    auto* const layout = new QHBoxLayout(row);
    layout->setContentsMargins(2 * metrics::step, 0, 2 * metrics::step, 0);
    layout->setSpacing(2 * metrics::step);
    layout->addLayout(left, 1);
    layout->addWidget(button(commands.action(CommandId::AutoRun), tr("Auto-run"), Look::Plain));
    layout->addWidget(button(commands.action(CommandId::Backward), tr("Backward  F6"), Look::Primary));
    layout->addWidget(button(commands.action(CommandId::ZeroGrad), tr("Zero grad"), Look::Plain));
    layout->addWidget(button(commands.action(CommandId::LayOutAll), tr("Lay out"), Look::Plain));
    layout->addWidget(button(commands.action(CommandId::FrameAll), tr("Fit"), Look::Plain));
    layout->addLayout(right, 1);
    row->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    addWidget(row);
    dress();
    connect(&Appearance::instance(), &Appearance::changed, this, &Header::dress);
}

QWidget* Header::button(QAction* action, const QString& text, Look look)
{
    auto* const button = new QToolButton;
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setText(text);
    button->setFocusPolicy(Qt::NoFocus);  // The canvas keeps it.
    button->setProperty("primary", look == Look::Primary);
    const auto showText = [button, action, text] {
        button->setText(action->isCheckable() ? text + (action->isChecked() ? QStringLiteral("  ●") : QStringLiteral("  ○"))
                                              : text);
    };
    connect(action, &QAction::changed, button, showText);
    showText();
    return button;
}

void Header::setDocument(const QString& title, bool isModified)
{
    m_document->setText(isModified ? tr("%1  ·  edited").arg(title) : title);
    m_document->setToolTip(title);
}

void Header::dress()
{
    const Theme& theme = Appearance::instance().theme();
    m_product->setFont(fonts::text(15, QFont::DemiBold));
    m_document->setFont(fonts::text(12));
    m_document->setStyleSheet(QStringLiteral("color: %1;").arg(theme.secondary.name()));
}

}  // namespace chainrule

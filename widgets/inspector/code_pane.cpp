// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/code_pane.h"

#include "engine/codegen/torch_line.h"
#include "engine/ops/op.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPlainTextEdit>
#include <QToolButton>
#include <QVBoxLayout>

namespace chainrule {

CodePane::CodePane(QWidget* parent)
    : QWidget(parent), m_code(new QPlainTextEdit(this)), m_copy(new QToolButton(this)),
      m_nothing(new Label(Label::Role::Secondary, tr("Not evaluated yet."), this)),
      m_signature(new Label(Label::Role::Number, this))
{
    m_code->setObjectName(QStringLiteral("code"));
    m_code->setAccessibleName(tr("PyTorch code of this node"));
    m_code->setReadOnly(true);
    m_code->setFont(fonts::numbers(12));
    m_code->setMaximumHeight(180);
    m_copy->setObjectName(QStringLiteral("copyCode"));
    m_copy->setText(tr("Copy"));
    m_copy->setAccessibleName(tr("Copy the code"));
    m_copy->setIcon(icon(QStringLiteral("copy")));
    m_copy->setIconSize({14, 14});
    m_copy->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_signature->setWordWrap(true);
    m_signature->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(new Label(Label::Role::Title, tr("This node in PyTorch"), this));
    layout->addWidget(m_nothing);
    layout->addWidget(m_code);
    layout->addWidget(m_copy, 0, Qt::AlignLeft);
    layout->addSpacing(8);
    layout->addWidget(new Label(Label::Role::Secondary, tr("Signature"), this));
    layout->addWidget(m_signature);
    layout->addStretch(1);
    connect(m_copy, &QToolButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_code->toPlainText());
        Q_EMIT hinted(tr("Copied the code."));
    });
}

void CodePane::show(const Moment& moment, NodeId node)
{
    const bool isKnown = moment.result(node) != nullptr;
    m_nothing->setVisible(!isKnown);
    m_code->setVisible(isKnown);
    m_copy->setVisible(isKnown);
    if (!isKnown)
        return;
    const QString code = QString::fromStdString(torchLine(moment.evaluation(), node));
    if (code != m_code->toPlainText())
        m_code->setPlainText(code);
    const Op* const op = findOp(moment.evaluation().graph().at(node).op);
    m_signature->setText(op ? QString::fromStdString(signature(*op)) : QString());
}

}  // namespace chainrule

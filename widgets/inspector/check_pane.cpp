// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/check_pane.h"

#include "engine/io/export_files.h"
#include "widgets/canvas/check_sign.h"
#include "widgets/canvas/node_check.h"
#include "widgets/canvas/panel.h"
#include "widgets/inspector/check_picture.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QGraphicsOpacityEffect>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QStringList>

#include <cmath>

namespace chainrule {
namespace {

using Stage = CheckState::Stage;

constexpr int signSize = 18;

/// The sign that the node wears, too.
class SignView final : public QWidget {
public:
    explicit SignView(QWidget* parent) : QWidget(parent)
    {
        setFixedSize(signSize, signSize);
        connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
    }

    void show(std::optional<Verdict> verdict)
    {
        m_verdict = verdict;
        setVisible(verdict.has_value());
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        if (!m_verdict)
            return;
        const Theme& theme = Appearance::instance().theme();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        paintCheckSign(painter, theme, theme.panel, *m_verdict, QRectF(rect()).center(), signSize / 2.0);
    }

private:
    std::optional<Verdict> m_verdict;
};

/// Whether the function bends so much that central differences, which take it for a parabola, do not see its slope.
bool isUnsteady(const JacobianEntry& entry)
{
    return entry.verdict == Verdict::Mismatch
        && std::abs(entry.above - entry.below) > std::abs(entry.analytical - entry.numerical) / 2;
}

QString qt(const std::string& text)
{
    return QString::fromStdString(text);
}

}  // namespace

class CheckPane::Parts {
public:
    explicit Parts(QWidget* parent)
        : title(new Label(Label::Role::Title, parent)), checking(new Label(Label::Role::Secondary, parent)),
          sign(new SignView(parent)), body(new QWidget(parent)), verdict(new Label(Label::Role::Body, body)),
          facts(new QWidget(body)), picture(new CheckPicture(body)), notes(new Label(Label::Role::Secondary, body)),
          progress(new QProgressBar(body)), ask(new QPushButton(body)), cancel(new QPushButton(body))
    {
    }

    Label* addFact(const QString& name, const QString& word)
    {
        auto* const grid = static_cast<QGridLayout*>(facts->layout());
        const int row = grid->rowCount();
        grid->addWidget(new Label(Label::Role::Secondary, word, facts), row, 0, Qt::AlignTop);
        auto* const label = new Label(Label::Role::Number, facts);
        label->setObjectName(name);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setWordWrap(true);
        grid->addWidget(label, row, 1);
        return label;
    }

    QString address(OutputId id) const { return qt(addressText(state.moment.evaluation(), id)); }
    const Shape& shape(OutputId id) const { return state.moment.evaluation().value(id).tensor().shape(); }

    CheckState state;
    OutputId output = {};
    const GraphCheck::OfPass* pass = nullptr;  // In state.
    bool isOutdated = false;
    Label* title;
    Label* checking;
    SignView* sign;
    QWidget* body;
    Label* verdict;
    QWidget* facts;
    Label* entry = nullptr;
    Label* analytical = nullptr;
    Label* numerical = nullptr;
    Label* slopes = nullptr;
    Label* error = nullptr;
    CheckPicture* picture;
    Label* notes;
    QProgressBar* progress;
    QPushButton* ask;
    QPushButton* cancel;
};

CheckPane::CheckPane(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    Parts& parts = *m_parts;
    parts.title->setText(tr("Gradient check"));
    parts.checking->setText(tr("checking …"));
    parts.checking->setObjectName(QStringLiteral("checkPending"));
    for (QWidget* const widget : {static_cast<QWidget*>(parts.sign), parts.body}) {
        auto* const dim = new QGraphicsOpacityEffect(widget);
        dim->setOpacity(0.45);
        widget->setGraphicsEffect(dim);
    }
    for (Label* const label : {parts.verdict, parts.notes}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto* const grid = new QGridLayout(parts.facts);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    parts.entry = parts.addFact(QStringLiteral("checkEntry"), tr("element"));
    parts.analytical = parts.addFact(QStringLiteral("checkAnalytical"), tr("by its rules"));
    parts.numerical = parts.addFact(QStringLiteral("checkNumerical"), tr("by differences"));
    parts.slopes = parts.addFact(QStringLiteral("checkSlopes"), tr("below and above"));
    parts.error = parts.addFact(QStringLiteral("checkError"), tr("relative error"));
    parts.verdict->setObjectName(QStringLiteral("checkVerdict"));
    parts.notes->setObjectName(QStringLiteral("checkNotes"));
    parts.picture->setObjectName(QStringLiteral("checkPicture"));
    parts.progress->setObjectName(QStringLiteral("checkProgress"));
    parts.ask->setObjectName(QStringLiteral("checkAnyway"));
    parts.cancel->setObjectName(QStringLiteral("checkCancel"));
    parts.ask->setText(tr("Check Anyway"));
    parts.cancel->setText(tr("Cancel"));
    parts.progress->setRange(0, 1000);
    parts.progress->setTextVisible(false);
    parts.progress->setAccessibleName(tr("How much is checked"));

    auto* const head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(parts.title, 1);
    head->addWidget(parts.checking);
    head->addWidget(parts.sign);
    auto* const work = new QHBoxLayout;
    work->addWidget(parts.progress, 1);
    work->addWidget(parts.ask);
    work->addWidget(parts.cancel);
    work->addStretch(0);
    auto* const outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(8);
    outer->addLayout(head);
    outer->addWidget(parts.body);
    auto* const layout = new QVBoxLayout(parts.body);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(parts.verdict);
    layout->addWidget(parts.facts);
    layout->addWidget(parts.picture);
    layout->addWidget(parts.notes);
    layout->addLayout(work);
    connectParts();
    clear();
}

CheckPane::~CheckPane() = default;

void CheckPane::connectParts()
{
    Parts& parts = *m_parts;
    connect(parts.ask, &QPushButton::clicked, this, &CheckPane::checkRequested);
    connect(parts.cancel, &QPushButton::clicked, this, &CheckPane::cancelRequested);
    connect(parts.picture, &CheckPicture::picked, this, &CheckPane::elementPicked);
    connect(parts.picture, &CheckPicture::pointedAt, this, [this](const JacobianEntry* entry) {
        const auto finding = m_parts->state.check->find(m_parts->output);
        showEntry(entry || !finding->leaf.worst ? entry : &*finding->leaf.worst);
    });
}

bool CheckPane::isEmpty() const
{
    return m_parts->verdict->text().isEmpty();
}

void CheckPane::setOutdated(bool isOutdated)
{
    Parts& parts = *m_parts;
    parts.isOutdated = isOutdated;
    parts.checking->setVisible(isOutdated);
    parts.body->setEnabled(!isOutdated);
    for (const QWidget* const widget : {static_cast<QWidget*>(parts.sign), parts.body})
        widget->graphicsEffect()->setEnabled(isOutdated);
}

void CheckPane::clear()
{
    Parts& parts = *m_parts;
    setOutdated(false);
    parts.pass = nullptr;
    parts.state = {};
    parts.picture->clear();
    parts.verdict->clear();
    parts.notes->clear();
    parts.sign->show({});
    for (QWidget* const widget : {parts.facts, static_cast<QWidget*>(parts.picture), static_cast<QWidget*>(parts.notes),
                                  static_cast<QWidget*>(parts.progress), static_cast<QWidget*>(parts.ask),
                                  static_cast<QWidget*>(parts.cancel)})
        widget->setVisible(false);
}

void CheckPane::show(const CheckState& state, const Moment& moment, OutputId output)
{
    Parts& parts = *m_parts;
    const bool isOnItsWay = state.stage == Stage::Awaited || state.stage == Stage::Running;
    const bool wasSaid = !isEmpty() && output == parts.output;
    if (isOnItsWay && wasSaid && moment.evaluation().value(output).requiresGrad())
        return setOutdated(parts.state.stage != Stage::Running);  // Which says so itself.
    const bool isOfMoment = !state.moment.isEmpty() && !moment.isEmpty() && &state.moment.run() == &moment.run();
    const bool isNewsOfProgress = isOfMoment && state.stage == Stage::AskedFor && parts.state.stage == Stage::AskedFor
                               && output == parts.output;
    if (isNewsOfProgress)  // Else the button would forget that it is pressed.
        return parts.progress->setValue(int(state.share * parts.progress->maximum()));
    clear();
    if (!isOfMoment)
        return;
    parts.state = state;
    parts.output = output;
    const Value& value = moment.evaluation().value(output);
    const auto finding = state.check ? state.check->find(output) : std::nullopt;
    if (finding)
        return showFinding(*finding);
    if (value.requiresGrad() && moment.evaluation().isLeaf(value))
        showStage();
}

/// What is the case where no numbers are.
void CheckPane::showStage()
{
    Parts& parts = *m_parts;
    const Stage stage = parts.state.stage;
    parts.ask->setVisible(stage == Stage::TooLarge);
    parts.cancel->setVisible(stage == Stage::AskedFor);
    parts.progress->setVisible(stage == Stage::AskedFor);
    parts.progress->setValue(int(parts.state.share * parts.progress->maximum()));
    switch (stage) {
    case Stage::Off:
    case Stage::Awaited:
    case Stage::Nothing: return;
    case Stage::Running: return parts.verdict->setText(tr("Being compared with central differences …"));
    case Stage::TooLarge: return parts.verdict->setText(tr("Not checked: the graph is too large to do so unasked."));
    case Stage::AskedFor: return parts.verdict->setText(tr("Being compared with central differences …"));
    case Stage::Failed: return parts.verdict->setText(tr("Not checked: %1").arg(parts.state.reason));
    case Stage::Done: break;
    }
    QStringList errors;
    for (const GraphCheck::OfPass& pass : parts.state.check->passes)
        if (pass.check.error)
            errors << qt(pass.check.error->message);
    errors.removeDuplicates();
    parts.verdict->setText(errors.isEmpty() ? tr("No pass reaches it: there is no gradient to check.")
                                            : tr("The pass cannot be checked. %1").arg(errors.join(QLatin1Char('\n'))));
}

void CheckPane::showFinding(const GraphCheck::Finding& finding)
{
    Parts& parts = *m_parts;
    parts.pass = &finding.pass;
    const Verdict verdict = verdictOf(finding.leaf);
    parts.sign->show(verdict);
    parts.verdict->setText(checkWords(finding.leaf, parts.shape(parts.output)));
    showEntry(finding.leaf.worst ? &*finding.leaf.worst : nullptr);
    const bool hasPicture = verdict != Verdict::Agrees && !finding.leaf.entries.empty();
    parts.picture->setVisible(hasPicture);
    if (hasPicture)  // Of what both hold.
        parts.picture->show({parts.state.check, &finding.leaf}, parts.shape(parts.output));
    parts.notes->setText(notes());
    parts.notes->setVisible(!parts.notes->text().isEmpty());
}

void CheckPane::showEntry(const JacobianEntry* entry)
{
    Parts& parts = *m_parts;
    parts.facts->setVisible(entry != nullptr);
    if (!entry)
        return;
    const OutputId root = parts.pass->check.roots[entry->output];
    parts.entry->setText(QStringLiteral("∂%1%2 / ∂%3%4")
                             .arg(parts.address(root), elementIndex(parts.shape(root), entry->outputElement),
                                  parts.address(parts.output), elementIndex(parts.shape(parts.output), entry->leafElement)));
    parts.analytical->setText(checkNumber(entry->analytical));
    parts.numerical->setText(checkNumber(entry->numerical));
    parts.error->setText(errorNumber(entry->relativeError()));
    parts.slopes->setText(tr("%1 and %2").arg(checkNumber(entry->below), checkNumber(entry->above)));
}

/// What else is to be known of the numbers.
QString CheckPane::notes() const
{
    const Parts& parts = *m_parts;
    const PassCheck& check = parts.pass->check;
    const auto finding = parts.state.check->find(parts.output);
    QStringList notes;
    if (finding->leaf.checked < finding->leaf.size)
        notes << tr("%1 of %2 elements were tried.").arg(finding->leaf.checked).arg(finding->leaf.size);
    if (check.result.checked < check.result.outputSize)
        notes << tr("%1 of %2 elements of the root were differentiated.").arg(check.result.checked).arg(check.result.outputSize);
    QStringList held;
    for (const NodeId id : check.held)
        held << qt(parts.state.moment.evaluation().graph().at(id).name);
    if (!held.isEmpty())
        notes << tr("Held at its value, as in the backward pass: %1.").arg(held.join(QStringLiteral(", ")));
    for (const std::string& fault : finding->leaf.faults)
        notes << qt(fault);
    if (const auto& worst = finding->leaf.worst; worst && isUnsteady(*worst))
        notes << tr("The slope itself changes by %1 within the step of %2: here it may be the differences that are wrong.")
                     .arg(errorNumber(std::abs(worst->above - worst->below)), shortNumber(GradcheckOptions().step));
    if (parts.picture->isVisibleTo(this))
        notes << tr("A stroke on the scale: what is tolerated. Hatched: not tried.");
    return notes.join(QLatin1Char('\n'));
}

}  // namespace chainrule

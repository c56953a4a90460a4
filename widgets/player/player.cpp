// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/player/player.h"

#include "widgets/player/queue_words.h"
#include "widgets/player/step_line.h"
#include "widgets/player/stops_bar.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QSlider>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <initializer_list>

namespace chainrule {
namespace {

constexpr int playInterval = 700;  // Milliseconds a step at 1×.

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// A tensor by its node's name, "m:values" where the node has several; by its grad_fn where no node made it.
QString tensorName(const Evaluation& evaluation, Place place)
{
    const auto owner = evaluation.owner(place);
    if (!owner)
        return text(gradFnName(evaluation.tape(), place.entry));
    const std::string& name = evaluation.graph().at(owner->node).name;
    if (!evaluation.hasNamedOutputs(owner->node))
        return text(name);
    return text(name) + u':' + text(evaluation.outputName(*owner));
}

}  // namespace

QString stepName(const Replay& replay, std::size_t event)
{
    const Evaluation& evaluation = replay.run().evaluation;
    const BackwardEvent& step = replay.run().events[event];
    const QString to = tensorName(evaluation, step.to);
    if (!step.from)
        return to;
    const Place from{std::uint32_t(*step.from), 0};
    const auto owner = evaluation.owner(from);
    const QString name = owner ? text(evaluation.graph().at(owner->node).name) : tensorName(evaluation, from);
    return to + QStringLiteral(" ← ") + name;
}

QString stepNameAt(const Replay& replay, std::ptrdiff_t step)
{
    if (step > 0)
        return stepName(replay, std::size_t(step - 1));
    return text(replay.run().evaluation.graph().at(replay.computedAt(step)).name);
}

class Player::Parts {
public:
    explicit Parts(QWidget* parent)
        : title(new Label(Label::Role::Title, parent)), step(new Label(Label::Role::Gradient, parent)),
          name(new Label(Label::Role::Gradient, parent)), function(new Label(Label::Role::Gradient, parent)),
          error(new Label(Label::Role::Error, parent)), empty(new Label(Label::Role::Secondary, parent)),
          queue(new Label(Label::Role::Secondary, parent)), stopped(new Label(Label::Role::Error, parent)),
          first(button(parent)), back(button(parent)), play(button(parent)), forward(button(parent)),
          last(button(parent)), onward(button(parent)), speed(new QComboBox(parent)), stops(new StopsBar(parent)),
          line(new StepLine(parent)), overview(new QSlider(Qt::Horizontal, parent)), timer(new QTimer(parent))
    {
    }

    static QToolButton* button(QWidget* parent)
    {
        auto* const button = new QToolButton(parent);
        button->setProperty("role", QStringLiteral("transport"));
        button->setIconSize({16, 16});
        button->setMinimumSize(32, 26);
        return button;
    }

    bool hasSteps() const { return line->maximum() > line->minimum(); }

    Moment moment;
    bool isHeld = false;
    Label* title;
    Label* step;
    Label* name;
    Label* function;
    Label* error;
    Label* empty;
    Label* queue;
    Label* stopped;
    QToolButton* first;
    QToolButton* back;
    QToolButton* play;
    QToolButton* forward;
    QToolButton* last;
    QToolButton* onward;
    QComboBox* speed;
    StopsBar* stops;
    StepLine* line;
    QSlider* overview;
    QTimer* timer;
};

Player::Player(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    setObjectName(QStringLiteral("player"));
    setAccessibleName(tr("Steps"));
    lookAlike();
    arrange();
    connectParts();
    showMoment({});
}

void Player::lookAlike()
{
    Parts& parts = *m_parts;
    const auto dress = [](QToolButton* button, const char* name, const char* picture, const QString& tip) {
        button->setObjectName(QLatin1String(name));
        button->setIcon(icon(QLatin1String(picture)));
        button->setToolTip(tip);
        button->setAccessibleName(tip);
    };
    dress(parts.first, "first", "first", tr("To the start of the pass (Shift+F9)"));
    dress(parts.back, "back", "back", tr("One step back (F9)"));
    dress(parts.play, "play", "play", tr("Play"));
    dress(parts.forward, "forward", "forward", tr("One step forward (F10)"));
    dress(parts.last, "last", "last", tr("After the last step (Ctrl+F10)"));
    dress(parts.onward, "continue", "continue", tr("Continue to the next breakpoint (F8)"));
    parts.play->setCheckable(true);
    parts.line->setObjectName(QStringLiteral("steps"));
    parts.line->setAccessibleName(tr("Steps of the forward and the backward pass"));
    parts.line->installEventFilter(this);
    parts.overview->setObjectName(QStringLiteral("overview"));
    parts.overview->setAccessibleName(tr("Position among all steps"));
    parts.overview->setFocusPolicy(Qt::NoFocus);  // The line is the same, with names.
    parts.speed->setObjectName(QStringLiteral("speed"));
    parts.speed->setAccessibleName(tr("Speed"));
    for (const double speed : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0})
        parts.speed->addItem(tr("%1×").arg(speed), speed);
    parts.speed->setCurrentIndex(parts.speed->findData(1.0));
    parts.empty->setObjectName(QStringLiteral("emptyPlayer"));
    parts.queue->setObjectName(QStringLiteral("queue"));
    parts.queue->setElided();
    parts.stopped->setObjectName(QStringLiteral("stopped"));
    parts.error->setObjectName(QStringLiteral("passError"));
    parts.error->setWrapped();
    parts.error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    parts.function->setElided();
}

void Player::arrange()
{
    Parts& parts = *m_parts;
    auto* const top = new QHBoxLayout;
    top->setSpacing(8);
    top->addWidget(parts.title);
    for (Label* const label : {parts.step, parts.name, parts.function}) {
        top->addSpacing(16);
        top->addWidget(label);
    }
    top->addWidget(parts.empty);
    top->addStretch(1);
    for (QToolButton* const button : {parts.first, parts.back, parts.play, parts.forward, parts.last, parts.onward})
        top->addWidget(button);
    top->addWidget(parts.speed);
    auto* const bottom = new QHBoxLayout;
    bottom->setSpacing(16);
    bottom->addWidget(parts.stopped);
    bottom->addWidget(parts.queue, 1);
    bottom->addStretch();
    bottom->addWidget(parts.stops);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 8);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(parts.line);
    layout->addWidget(parts.overview);
    layout->addLayout(bottom);
    layout->addWidget(parts.error);
    layout->addStretch(1);
}

void Player::connectParts()
{
    Parts& parts = *m_parts;
    connect(parts.first, &QToolButton::clicked, this, &Player::goToStart);
    connect(parts.back, &QToolButton::clicked, this, [this] { request(m_parts->line->value() - 1); });
    connect(parts.forward, &QToolButton::clicked, this, [this] { request(m_parts->line->value() + 1); });
    connect(parts.last, &QToolButton::clicked, this, [this] { request(m_parts->line->maximum()); });
    connect(parts.onward, &QToolButton::clicked, this, &Player::continueRequested);
    connect(parts.play, &QToolButton::toggled, this, &Player::play);
    connect(parts.line, &QAbstractSlider::valueChanged, this, &Player::request);
    connect(parts.line, &StepLine::crowdedChanged, parts.overview, &QWidget::setVisible);
    connect(parts.overview, &QAbstractSlider::valueChanged, this, &Player::request);
    connect(parts.stops, &StopsBar::edited, this, &Player::stopsEdited);
    connect(parts.timer, &QTimer::timeout, this, [this] {
        if (!m_parts->isHeld)
            request(m_parts->line->value() + 1);
    });
    connect(parts.speed, &QComboBox::currentIndexChanged, this, [this] {
        m_parts->timer->setInterval(int(playInterval / m_parts->speed->currentData().toDouble()));
    });
    parts.timer->setInterval(playInterval);
}

Player::~Player()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

bool Player::isPlaying() const
{
    return m_parts->timer->isActive();
}

int Player::interval() const
{
    return m_parts->timer->interval();
}

void Player::request(qint64 step)
{
    Parts& parts = *m_parts;
    const qint64 within = std::clamp<qint64>(step, parts.line->minimum(), parts.line->maximum());
    if (parts.moment.isEmpty() || within == parts.moment.step())
        return;
    Q_EMIT stepRequested(std::ptrdiff_t(within));
}

/// Of the backward pass; once more, of the forward pass.
void Player::goToStart()
{
    request(m_parts->line->value() > 0 ? 0 : m_parts->line->minimum());
}

bool Player::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_parts->line || event->type() != QEvent::KeyPress
        || static_cast<QKeyEvent*>(event)->key() != Qt::Key_Home)
        return QWidget::eventFilter(watched, event);
    goToStart();
    return true;
}

void Player::togglePlaying()
{
    if (m_parts->play->isEnabled())
        m_parts->play->toggle();
}

void Player::play(bool isOn)
{
    Parts& parts = *m_parts;
    parts.play->setIcon(icon(isOn ? QStringLiteral("pause") : QStringLiteral("play")));
    parts.play->setToolTip(isOn ? tr("Pause (F7)") : tr("Play (F7)"));
    parts.play->setAccessibleName(parts.play->toolTip());
    if (isOn == parts.timer->isActive())
        return;
    if (!isOn) {
        parts.timer->stop();
        Q_EMIT playingChanged(false);
        return;
    }
    parts.timer->start();
    if (parts.moment.isAtEnd())  // Anew, the backward pass if there is one.
        request(parts.line->maximum() > 0 ? 0 : parts.line->minimum());
    parts.stopped->clear();
    Q_EMIT playingChanged(true);
}

void Player::setHeld(bool isHeld)
{
    m_parts->isHeld = isHeld;
}

void Player::stopAt(const QString& breakpoint)
{
    m_parts->play->setChecked(false);
    m_parts->stopped->setText(tr("Breakpoint: %1").arg(breakpoint));
    showTexts();
}

void Player::showStops(const Stops& stops)
{
    m_parts->stops->show(stops);
}

const Stops& Player::stops() const
{
    return m_parts->stops->stops();
}

void Player::showQueue(const std::optional<EngineQueue>& queue, std::size_t recordedBytes)
{
    const Moment& moment = m_parts->moment;
    QStringList words;
    if (queue && !moment.isEmpty() && !moment.isForward())
        words << queueWords(moment, *queue);
    if (!moment.isEmpty() && moment.replay().length() > 0)
        words << tr("recorded %1 contributions, %2").arg(moment.replay().length()).arg(bytesWords(recordedBytes));
    m_parts->queue->setText(words.join(QStringLiteral("   ")));
    showTexts();
}

void Player::showMoment(const Moment& moment)
{
    Parts& parts = *m_parts;
    const bool isOther = moment.isEmpty() || parts.moment.isEmpty() || &moment.replay() != &parts.moment.replay();
    parts.moment = moment;
    parts.line->show(moment);
    {
        const QSignalBlocker silence(parts.overview);
        parts.overview->setRange(parts.line->minimum(), parts.line->maximum());
        parts.overview->setValue(parts.line->value());
    }
    parts.stopped->clear();
    parts.queue->clear();
    if (isOther || moment.isAtEnd())
        parts.play->setChecked(false);
    showTexts();
}

void Player::showTexts()
{
    Parts& parts = *m_parts;
    const bool hasSteps = parts.hasSteps();
    const int step = parts.line->value();
    const bool hasBackward = parts.line->maximum() > 0;
    const Error* const error = parts.moment.isEmpty() ? nullptr : parts.moment.run().error();
    for (QWidget* const widget : std::initializer_list<QWidget*>{parts.step, parts.name, parts.function, parts.line})
        widget->setVisible(hasSteps);
    parts.overview->setVisible(hasSteps && parts.line->isCrowded());
    parts.queue->setVisible(!parts.queue->text().isEmpty());
    parts.stopped->setVisible(!parts.stopped->text().isEmpty());
    parts.empty->setVisible(!hasBackward && !error);
    parts.empty->setText(tr("No backward pass yet: select a node and press F6"));
    // It comes after the steps that there were.
    parts.error->setVisible(error && parts.moment.isAtEnd());
    parts.error->setText(error ? tr("The pass stopped: %1").arg(text(error->message)) : QString());
    for (QToolButton* const button : {parts.first, parts.back})
        button->setEnabled(hasSteps && step > parts.line->minimum());
    for (QToolButton* const button : {parts.forward, parts.last, parts.onward})
        button->setEnabled(hasSteps && step < parts.line->maximum());
    parts.play->setEnabled(hasSteps);
    parts.title->setText(hasBackward && step >= 0 ? tr("Backward pass") : tr("Forward pass"));
    if (hasSteps)
        showStepTexts();
}

void Player::showStepTexts()
{
    Parts& parts = *m_parts;
    const int step = parts.line->value();
    const bool isBackward = parts.line->maximum() > 0 && step >= 0;
    for (Label* const label : {parts.step, parts.name, parts.function})
        label->setRole(isBackward ? Label::Role::Gradient : Label::Role::Value);
    const Evaluation& evaluation = parts.moment.evaluation();
    const Replay& replay = parts.moment.replay();
    if (isBackward)
        parts.step->setText(tr("step %1 of %2").arg(step).arg(parts.line->maximum()));
    else
        parts.step->setText(tr("step %1 of %2").arg(step - parts.line->minimum()).arg(-parts.line->minimum()));
    QString name;
    QString function;
    if (isBackward && step > 0) {
        const BackwardEvent& event = parts.moment.run().events[std::size_t(step - 1)];
        name = stepNameAt(replay, step);
        function = event.from ? text(gradFnName(evaluation.tape(), *event.from)) : tr("root");
        if (parts.moment.run().events.back().pass > 1)
            function += tr("  pass %1").arg(event.pass);
    } else if (!isBackward && step > parts.line->minimum()) {
        name = stepNameAt(replay, step);
        function = text(evaluation.graph().at(replay.computedAt(step)).op);
    }
    parts.name->setText(name);
    parts.function->setText(function);
    QStringList words{parts.step->text(), name, function};
    if (!isBackward)
        words.prepend(tr("forward"));
    words.removeAll(QString());
    parts.line->setAccessibleDescription(words.join(QStringLiteral(", ")));
}

}  // namespace chainrule

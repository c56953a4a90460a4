// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/player/player.h"

#include "widgets/player/step_line.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QComboBox>
#include <QHBoxLayout>
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

class Player::Parts {
public:
    explicit Parts(QWidget* parent)
        : step(new Label(Label::Role::Gradient, parent)), name(new Label(Label::Role::Gradient, parent)),
          function(new Label(Label::Role::Gradient, parent)), error(new Label(Label::Role::Error, parent)),
          empty(new Label(Label::Role::Secondary, parent)), first(button(parent)), back(button(parent)),
          play(button(parent)), forward(button(parent)), last(button(parent)), speed(new QComboBox(parent)),
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

    int length() const { return moment.isEmpty() ? 0 : int(moment.replay().length()); }

    Moment moment;
    Label* step;
    Label* name;
    Label* function;
    Label* error;
    Label* empty;
    QToolButton* first;
    QToolButton* back;
    QToolButton* play;
    QToolButton* forward;
    QToolButton* last;
    QComboBox* speed;
    StepLine* line;
    QSlider* overview;
    QTimer* timer;
};

Player::Player(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    setObjectName(QStringLiteral("player"));
    setAccessibleName(tr("Backward pass"));
    Parts& parts = *m_parts;
    const auto dress = [](QToolButton* button, const char* name, const QString& tip) {
        button->setObjectName(QLatin1String(name));
        button->setIcon(icon(QLatin1String(name)));
        button->setToolTip(tip);
        button->setAccessibleName(tip);
    };
    dress(parts.first, "first", tr("Before the first step"));
    dress(parts.back, "back", tr("One step back (F9)"));
    dress(parts.play, "play", tr("Play"));
    dress(parts.forward, "forward", tr("One step forward (F10)"));
    dress(parts.last, "last", tr("After the last step"));
    parts.play->setCheckable(true);
    parts.line->setObjectName(QStringLiteral("steps"));
    parts.line->setAccessibleName(tr("Steps of the backward pass"));
    parts.overview->setObjectName(QStringLiteral("overview"));
    parts.overview->setAccessibleName(tr("Position in the backward pass"));
    parts.overview->setFocusPolicy(Qt::NoFocus);  // The line is the same, with names.
    parts.speed->setObjectName(QStringLiteral("speed"));
    parts.speed->setAccessibleName(tr("Speed"));
    for (const double speed : {0.5, 1.0, 2.0, 4.0})
        parts.speed->addItem(tr("%1×").arg(speed), speed);
    parts.speed->setCurrentIndex(1);
    parts.empty->setObjectName(QStringLiteral("emptyPlayer"));
    parts.error->setWordWrap(true);
    parts.error->setTextInteractionFlags(Qt::TextSelectableByMouse);
    parts.function->setElided();

    auto* const top = new QHBoxLayout;
    top->setSpacing(8);
    top->addWidget(new Label(Label::Role::Title, tr("Backward pass"), this));
    for (Label* const label : {parts.step, parts.name, parts.function}) {
        top->addSpacing(16);
        top->addWidget(label);
    }
    top->addWidget(parts.empty);
    top->addStretch(1);
    for (QToolButton* const button : {parts.first, parts.back, parts.play, parts.forward, parts.last})
        top->addWidget(button);
    top->addWidget(parts.speed);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 8);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(parts.line);
    layout->addWidget(parts.overview);
    layout->addWidget(parts.error);
    layout->addStretch(1);

    connect(parts.first, &QToolButton::clicked, this, [this] { request(0); });
    connect(parts.back, &QToolButton::clicked, this, [this] { request(m_parts->line->value() - 1); });
    connect(parts.forward, &QToolButton::clicked, this, [this] { request(m_parts->line->value() + 1); });
    connect(parts.last, &QToolButton::clicked, this, [this] { request(m_parts->length()); });
    connect(parts.play, &QToolButton::toggled, this, &Player::play);
    connect(parts.line, &QAbstractSlider::valueChanged, this, &Player::request);
    connect(parts.line, &StepLine::crowdedChanged, parts.overview, &QWidget::setVisible);
    connect(parts.overview, &QAbstractSlider::valueChanged, this, &Player::request);
    connect(parts.timer, &QTimer::timeout, this, [this] { request(m_parts->line->value() + 1); });
    connect(parts.speed, &QComboBox::currentIndexChanged, this, [this] {
        m_parts->timer->setInterval(int(playInterval / m_parts->speed->currentData().toDouble()));
    });
    parts.timer->setInterval(playInterval);
    connect(&Appearance::instance(), &Appearance::changed, this, [this] { play(isPlaying()); });
    showMoment({});
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

void Player::request(qint64 position)
{
    const qint64 within = std::clamp<qint64>(position, 0, m_parts->length());
    if (m_parts->moment.isEmpty() || std::size_t(within) == m_parts->moment.position())
        return;
    Q_EMIT positionRequested(std::size_t(within));
}

void Player::play(bool isOn)
{
    Parts& parts = *m_parts;
    parts.play->setIcon(icon(isOn ? QStringLiteral("pause") : QStringLiteral("play")));
    parts.play->setToolTip(isOn ? tr("Pause") : tr("Play"));
    parts.play->setAccessibleName(parts.play->toolTip());
    if (!isOn)
        return parts.timer->stop();
    if (parts.timer->isActive())
        return;
    parts.timer->start();
    if (parts.moment.isAtEnd())
        request(0);
}

void Player::showMoment(const Moment& moment)
{
    Parts& parts = *m_parts;
    const bool isOther = moment.isEmpty() || parts.moment.isEmpty() || &moment.replay() != &parts.moment.replay();
    parts.moment = moment;
    parts.line->show(moment);
    {
        const QSignalBlocker silence(parts.overview);
        parts.overview->setRange(0, parts.length());
        parts.overview->setValue(parts.line->value());
    }
    if (isOther || moment.isAtEnd())
        parts.play->setChecked(false);
    showTexts();
}

void Player::showTexts()
{
    Parts& parts = *m_parts;
    const int length = parts.length();
    const int position = parts.line->value();
    const Error* const error = parts.moment.isEmpty() ? nullptr : parts.moment.run().error();
    for (QWidget* const widget : std::initializer_list<QWidget*>{parts.step, parts.name, parts.function, parts.line})
        widget->setVisible(length > 0);
    parts.overview->setVisible(length > 0 && parts.line->isCrowded());
    parts.empty->setVisible(length == 0 && !error);
    parts.empty->setText(tr("No backward pass yet: select a node and press F6"));
    // It comes after the steps that there were.
    parts.error->setVisible(error && position == length);
    parts.error->setText(error ? tr("The pass stopped: %1").arg(text(error->message)) : QString());
    parts.first->setEnabled(position > 0);
    parts.back->setEnabled(position > 0);
    parts.play->setEnabled(length > 0);
    parts.forward->setEnabled(position < length);
    parts.last->setEnabled(position < length);
    if (length == 0)
        return;

    parts.step->setText(tr("step %1 of %2").arg(position).arg(length));
    QString name;
    QString function;
    if (position > 0) {
        const std::size_t event = std::size_t(position - 1);
        const BackwardEvent& step = parts.moment.run().events[event];
        name = stepName(parts.moment.replay(), event);
        function = step.from ? text(gradFnName(parts.moment.evaluation().tape(), *step.from)) : tr("root");
        if (parts.moment.run().events.back().pass > 1)
            function += tr("  pass %1").arg(step.pass);
    }
    parts.name->setText(name);
    parts.function->setText(function);
    parts.line->setAccessibleDescription(QStringList{parts.step->text(), name, function}.join(QStringLiteral(", ")));
}

}  // namespace chainrule

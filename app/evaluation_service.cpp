// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/evaluation_service.h"

#include "engine/io/npy.h"

namespace chainrule {
namespace {

Result<Tensor> tensorIn(const std::filesystem::path& file)
{
    auto array = readNpy(file, Numbers::MayStayInFile);
    if (!array)
        return array.error();
    return array->tensor;
}

}  // namespace

EvaluationService::EvaluationService(QObject* parent)
    : QObject(parent),
      m_evaluator(
          tensorIn,
          [this](BackgroundEvaluator::Answer answer) {
              QMetaObject::invokeMethod(
                  this, [this, answer = std::move(answer)] { take(answer); }, Qt::QueuedConnection);
          },
          [this](BackgroundEvaluator::Progress progress) {
              QMetaObject::invokeMethod(
                  this,
                  [this, progress] {
                      if (progress.serial == m_asked && isRunning())
                          Q_EMIT progressed(progress.done, progress.total);
                  },
                  Qt::QueuedConnection);
          })
{
}

void EvaluationService::request(const Graph& graph, const std::filesystem::path& folder, FileErrors damaged)
{
    m_evaluator.request({.graph = graph, .serial = ++m_asked, .folder = folder, .damaged = std::move(damaged)});
    Q_EMIT started();
}

void EvaluationService::cancel()
{
    if (isRunning())
        m_evaluator.cancel();
}

void EvaluationService::take(BackgroundEvaluator::Answer answer)
{
    if (answer.serial != m_asked)
        return;
    m_answered = answer.serial;
    if (answer.error)
        Q_EMIT failed(*answer.error);
    else
        Q_EMIT finished(std::move(answer.replay), answer.seconds);
}

}  // namespace chainrule

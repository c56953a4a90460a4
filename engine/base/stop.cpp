// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/stop.h"

#include <utility>

namespace chainrule {
namespace {

thread_local const std::stop_token* current = nullptr;  // Owned by a StopScope of this thread.

}  // namespace

StopScope::StopScope(std::stop_token token) : m_token(std::move(token)), m_outer(current)
{
    if (m_token.stop_possible())
        current = &m_token;
}

StopScope::~StopScope()
{
    current = m_outer;
}

void lookWhetherToStop()
{
    if (current && current->stop_requested())
        throw Stopped();
}

}  // namespace chainrule

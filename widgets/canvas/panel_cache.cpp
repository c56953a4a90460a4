// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/panel_cache.h"

namespace chainrule {
namespace {

constexpr std::int64_t mostAtOnce = 1 << 15;  // Elements; about 50 microseconds.

}  // namespace

PanelCache::~PanelCache()
{
    m_thread.request_stop();
}

Panel PanelCache::panel(const Tensor& tensor)
{
    if (tensor.size() <= mostAtOnce)
        return panelOf(tensor);
    const auto known = m_entries.find(tensor.id());
    if (known == m_entries.end()) {
        Entry& entry = m_entries.emplace(tensor.id(), Entry{tensor}).first->second;
        const auto previous = m_previous.find(tensor.id());
        if (previous != m_previous.end() && previous->second.panel) {
            entry.panel = previous->second.panel;
            return *entry.panel;
        }
        const std::scoped_lock lock(m_mutex);
        m_wanted.push_back(tensor);
        if (!m_thread.joinable())
            m_thread = std::jthread([this](std::stop_token stop) { work(stop); });
        m_changed.notify_all();
    } else if (known->second.panel) {
        return *known->second.panel;
    }
    return {.kind = Panel::Kind::NotYet, .grid = panelGrid(tensor.shape())};
}

void PanelCache::beginRun()
{
    const std::scoped_lock lock(m_mutex);
    m_wanted.clear();
    m_previous = std::exchange(m_entries, {});
}

void PanelCache::finish()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_wanted.empty() && !m_isWorking; });
    lock.unlock();
    takeMade();
}

void PanelCache::takeMade()
{
    std::unique_lock lock(m_mutex);
    const auto made = std::exchange(m_made, {});
    lock.unlock();
    if (made.empty())
        return;
    for (const auto& [tensor, panel] : made)
        if (const auto entry = m_entries.find(tensor.id()); entry != m_entries.end())
            entry->second.panel = panel;
    Q_EMIT ready();
}

void PanelCache::work(std::stop_token stop)
{
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, stop, [this] { return !m_wanted.empty(); }) && !stop.stop_requested()) {
        Tensor tensor = std::move(m_wanted.front());
        m_wanted.pop_front();
        m_isWorking = true;
        lock.unlock();
        Panel panel = panelOf(tensor, stop);
        lock.lock();
        m_isWorking = false;
        m_made.emplace_back(std::move(tensor), std::move(panel));
        m_changed.notify_all();
        QMetaObject::invokeMethod(this, &PanelCache::takeMade, Qt::QueuedConnection);
    }
}

}  // namespace chainrule

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/value_cache.h"

#include <algorithm>
#include <functional>

namespace chainrule {
namespace {

/// What an entry takes besides its tensors' elements, about.
constexpr std::size_t entryBytes = 1024;

void mix(std::size_t& hash, std::size_t value)
{
    hash = (hash ^ value) * 0x9E37'79B9'7F4A'7C15u;
    hash ^= hash >> 32;
}

/// A mapped file takes none that the system could not have back.
std::size_t memoryOf(const Buffer& buffer)
{
    return buffer.isForeign() ? 0 : buffer.size();
}

template <typename Entry, typename F>
void forEachTensor(const Entry& entry, F&& f)
{
    for (const auto& input : entry.key.inputs)
        f(input.tensor);
    for (const Tensor& output : entry.outputs)
        f(output);
}

}  // namespace

bool ValueCache::Key::Input::operator==(const Input& other) const
{
    return tensor.id() == other.tensor.id() && requiresGrad == other.requiresGrad;
}

ValueCache::Key ValueCache::keyOf(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    Key key{.op = &op, .attributes = {}};
    for (const auto& [name, value] : attributes)
        key.attributes += name + "=" + python(value) + "\n";
    for (const Value& input : inputs)
        key.inputs.push_back({input.tensor(), input.requiresGrad()});
    return key;
}

std::size_t ValueCache::Hash::operator()(const Key* key) const
{
    std::size_t hash = std::hash<const Op*>()(key->op);
    mix(hash, std::hash<std::string>()(key->attributes));
    for (const Key::Input& input : key->inputs) {
        const Tensor::Id id = input.tensor.id();
        mix(hash, id.bits);
        mix(hash, std::size_t(id.kind) << 1 | std::size_t(input.requiresGrad));
    }
    return hash;
}

void ValueCache::begin()
{
    ++m_running;
    trim();
}

void ValueCache::finish()
{
    m_finished = m_running;
    for (Entry& entry : m_entries)
        if (entry.usedIn == m_running)
            entry.finishedIn = m_finished;
    trim();
}

const Tensors* ValueCache::find(const Key& key)
{
    const auto found = m_known.find(&key);
    if (found == m_known.end())
        return nullptr;
    m_entries.splice(m_entries.end(), m_entries, found->second);
    found->second->usedIn = m_running;
    return &found->second->outputs;
}

void ValueCache::insert(Key key, Tensors outputs)
{
    Entry entry{std::move(key), std::move(outputs), m_running};
    bool holdsMemory = false;
    forEachTensor(entry, [&](const Tensor& tensor) { holdsMemory |= tensor.buffer() != nullptr; });
    if (!holdsMemory || m_known.contains(&entry.key))
        return;
    const auto kept = m_entries.insert(m_entries.end(), std::move(entry));
    m_known.emplace(&kept->key, kept);
    hold(*kept);
}

bool ValueCache::dropUnused()
{
    const std::size_t before = m_entries.size();
    for (auto entry = m_entries.begin(); entry != m_entries.end();)
        entry = entry->usedIn == m_running ? std::next(entry) : dropped(entry);
    return m_entries.size() < before;
}

void ValueCache::trim()
{
    for (auto entry = m_entries.begin(); m_bytes > m_budget && entry != m_entries.end();) {
        const bool stays = entry->usedIn == m_running || entry->finishedIn == m_finished;
        entry = stays ? std::next(entry) : dropped(entry);
    }
}

ValueCache::Entries::iterator ValueCache::dropped(Entries::iterator entry)
{
    m_known.erase(&entry->key);
    release(*entry);
    return m_entries.erase(entry);
}

void ValueCache::hold(const Entry& entry)
{
    m_bytes += entryBytes + entry.key.attributes.size();
    forEachTensor(entry, [&](const Tensor& tensor) {
        if (const Buffer* const buffer = tensor.buffer(); buffer && m_buffers[buffer]++ == 0)
            m_bytes += memoryOf(*buffer);
    });
}

void ValueCache::release(const Entry& entry)
{
    m_bytes -= entryBytes + entry.key.attributes.size();
    forEachTensor(entry, [&](const Tensor& tensor) {
        const auto held = tensor.buffer() ? m_buffers.find(tensor.buffer()) : m_buffers.end();
        if (held != m_buffers.end() && --held->second == 0) {
            m_bytes -= memoryOf(*tensor.buffer());
            m_buffers.erase(held);
        }
    });
}

}  // namespace chainrule

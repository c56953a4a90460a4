// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>

namespace chainrule {

/// A value that is nearly always T(): it then costs one empty pointer. Otherwise copies share it, and
/// it is replaced, never changed. T has value equality.
template <typename T>
class Rare {
public:
    Rare() = default;
    Rare(T value) : m_value(value == T() ? nullptr : std::make_shared<const T>(std::move(value))) {}

    const T& operator*() const
    {
        static const T usual{};
        return m_value ? *m_value : usual;
    }
    const T* operator->() const { return &**this; }

    bool operator==(const Rare& other) const { return m_value == other.m_value || **this == *other; }

private:
    std::shared_ptr<const T> m_value;
};

}  // namespace chainrule

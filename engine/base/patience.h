// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <utility>

namespace chainrule {

/// For loops over elements: asks now and then whether to go on, so that asking costs nothing.
class Patience {
public:
    explicit Patience(std::stop_token stop) : m_stop(std::move(stop)) {}

    /// Once it is over it stays so.
    bool isOver()
    {
        constexpr unsigned interval = 1 << 16;
        if (++m_asked % interval == 0)
            m_isOver = m_isOver || m_stop.stop_requested();
        return m_isOver;
    }

private:
    std::stop_token m_stop;
    unsigned m_asked = 0;
    bool m_isOver = false;
};

}  // namespace chainrule

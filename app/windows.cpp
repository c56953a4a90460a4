// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/windows.h"

#include "app/background_work.h"
#include "app/main_window.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr QPoint besideLast(32, 32);  // So that a new window does not hide the one before.

}  // namespace

Windows::Windows(Questions& questions) : m_questions(questions)
{
    inBackground(this, [] { return chainrule::examples(); }, [this](std::vector<Example> examples) {
        m_examples = std::move(examples);
        Q_EMIT examplesFound();
    });
}

Windows::~Windows()
{
    for (MainWindow* const window : std::exchange(m_windows, {}))
        delete window;
}

MainWindow* Windows::openEmpty()
{
    auto* const window = new MainWindow(*this);
    window->setAttribute(Qt::WA_DeleteOnClose);
    if (!m_windows.empty())
        window->move(m_windows.back()->pos() + besideLast);
    m_windows.push_back(window);
    connect(window, &QObject::destroyed, this, [this, window] { std::erase(m_windows, window); });
    window->show();
    return window;
}

void Windows::open(const std::filesystem::path& file, MainWindow* from)
{
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(file, ignored).lexically_normal();
    const auto opened = std::ranges::find(m_windows, absolute, [](MainWindow* window) { return window->file(); });
    if (opened != m_windows.end()) {
        (*opened)->raise();
        (*opened)->activateWindow();
        return;
    }
    MainWindow* const window = from && from->isUntouched() ? from : openEmpty();
    window->load(absolute);
}

void Windows::closeAll()
{
    closeNext({m_windows.begin(), m_windows.end()});
}

void Windows::closeNext(std::vector<QPointer<MainWindow>> remaining)
{
    while (!remaining.empty() && !remaining.back())
        remaining.pop_back();
    if (remaining.empty())
        return;
    MainWindow* const window = remaining.back();
    remaining.pop_back();
    window->closeThen([this, remaining](bool isClosed) {
        if (isClosed)
            closeNext(remaining);
    });
}

}  // namespace chainrule

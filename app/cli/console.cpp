// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <unistd.h>

namespace chainrule::cli {
namespace {

constexpr std::string_view erase = "\r\033[K";
constexpr auto patience = std::chrono::seconds(1);
constexpr auto pause = std::chrono::milliseconds(100);

/// Leaves the terminal as it was and then ends as the signal asks. Files need no care: each is replaced whole
/// or not at all.
void tidyUp(int signal)
{
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, erase.data(), erase.size());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

HeldOutput* held = nullptr;  // What print() and complain() write to, if it lives.

}  // namespace

void write(std::FILE* stream, std::string_view text)
{
    if (held)
        (stream == stdout ? held->m_printed : held->m_complained) += text;
    else
        std::fwrite(text.data(), 1, text.size(), stream);
}

HeldOutput::HeldOutput()
{
    held = this;
}

HeldOutput::~HeldOutput()
{
    held = nullptr;
}

void HeldOutput::release()
{
    held = nullptr;
    write(stderr, m_complained);
    write(stdout, m_printed);
    m_complained.clear();
    m_printed.clear();
}

void complain(std::string_view subject, std::string_view message)
{
    complain(std::string(subject) + ": " + std::string(message));
}

void complain(std::string_view message)
{
    std::string line = "chainrule: " + std::string(message);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    line += '\n';
    write(stderr, line);
}

void complainOfMemory()
{
    constexpr std::string_view line = "chainrule: there is not enough memory\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void endPlainlyWithoutMemory()
{
    std::set_terminate([] {
        try {
            if (const auto exception = std::current_exception())
                std::rethrow_exception(exception);
        } catch (const std::bad_alloc&) {
            complainOfMemory();
            _exit(unusable);
        } catch (...) {
        }
        std::abort();
    });
}

void print(std::string_view text)
{
    write(stdout, text);
}

Status finished(Status status)
{
    errno = 0;
    const bool isWritten = std::fflush(stdout) == 0 && !std::ferror(stdout);
    if (isWritten)
        return status;
    complain("cannot write standard output: " + std::string(std::strerror(errno ? errno : EIO)));
    return unusable;
}

Progress::Progress(std::string_view what)
    : m_what(what), m_isTerminal(isatty(STDERR_FILENO) == 1), m_next(std::chrono::steady_clock::now() + patience)
{
    if (!m_isTerminal)
        return;
    std::signal(SIGINT, tidyUp);
    std::signal(SIGTERM, tidyUp);
}

Progress::~Progress()
{
    if (!m_isTerminal)
        return;
    std::fwrite(erase.data(), 1, erase.size(), stderr);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

void Progress::report(std::size_t done, std::size_t total)
{
    if (!m_isTerminal)
        return;
    const auto now = std::chrono::steady_clock::now();
    if (now < m_next)
        return;
    m_next = now + pause;
    const std::string line = std::string(erase) + m_what + ": " + std::to_string(done) + " of "
                             + std::to_string(total);
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fflush(stderr);
}

}  // namespace chainrule::cli

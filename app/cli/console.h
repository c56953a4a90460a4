// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace chainrule::cli {

/// What a shell sees (contract of the command line).
enum Status { allIsWell = 0, somethingFailed = 1, unusable = 2, noDisplay = 3 };

/// One line on standard error, "chainrule: SUBJECT: message"; line ends inside become blanks.
void complain(std::string_view subject, std::string_view message);
void complain(std::string_view message);

/// From now on lack of memory ends the program with a line and `unusable` also where no exception can pass: before main(),
/// and in functions of libraries that promise to throw none.
void endPlainlyWithoutMemory();
/// The line; asks for no memory.
void complainOfMemory();

/// Writes to standard output; large results go piece by piece.
void print(std::string_view text);
/// Flushes standard output. @returns unusable, with a complaint, if not everything could be written.
Status finished(Status status);

/// Keeps back what is printed and complained of while it lives, until release(); what is not released is never seen.
class HeldOutput {
public:
    HeldOutput();
    HeldOutput(const HeldOutput&) = delete;
    HeldOutput& operator=(const HeldOutput&) = delete;
    ~HeldOutput();

    void release();

private:
    friend void write(std::FILE* stream, std::string_view text);

    std::string m_printed;
    std::string m_complained;
};

/// One line on a terminal about work that takes over a second, and nothing elsewhere. Gone when the work ends,
/// also by a signal.
class Progress {
public:
    explicit Progress(std::string_view what);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    void report(std::size_t done, std::size_t total);

private:
    std::string m_what;
    bool m_isTerminal;
    std::chrono::steady_clock::time_point m_next;
};

}  // namespace chainrule::cli

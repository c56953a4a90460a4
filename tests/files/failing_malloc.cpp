// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded, lets the Nth allocation of a program fail, once: FAIL_ALLOCATION=N. With FAIL_FOREVER=1 all after it fail too. At the end it
// says on descriptor 9 whether there were so many.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

std::atomic<long> count = 0;
long first = -1;
bool isForever = false;

__attribute__((constructor)) void begin()
{
    const char* const number = std::getenv("FAIL_ALLOCATION");
    const char* const all = std::getenv("FAIL_FOREVER");
    isForever = all && *all == '1';
    count = 0;
    first = number ? std::atol(number) : -1;
}

__attribute__((destructor)) void end()
{
    if (first >= 0 && count > first && write(9, "reached", 7) < 0)
        first = -1;
}

bool fails()
{
    if (first < 0)
        return false;
    const long number = count++;
    if (number != first && !(isForever && number > first))
        return false;
    errno = ENOMEM;
    return true;
}

}  // namespace

extern "C" {
void* malloc(std::size_t size) noexcept { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t n, std::size_t size) noexcept { return fails() ? nullptr : __libc_calloc(n, size); }
void* realloc(void* old, std::size_t size) noexcept { return fails() ? nullptr : __libc_realloc(old, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    return fails() ? nullptr : __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept
{
    return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept
{
    *out = fails() ? nullptr : __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}
}

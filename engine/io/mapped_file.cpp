// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/mapped_file.h"

#include "engine/io/file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <mutex>
#include <sys/mman.h>
#include <thread>

namespace chainrule {
namespace {

/// Addresses at which a file lies. Never freed, because a signal handler may look at it at any time, but used again.
struct Region {
    std::atomic<std::uintptr_t> begin = 0;
    std::atomic<std::uintptr_t> end = 0;  // 0: free.
    std::atomic<bool> isDamaged = false;
    Region* next = nullptr;
};

std::atomic<Region*> regions = nullptr;
std::mutex regionsMutex;  // For those who change the list; the handler walks it without.
struct sigaction previousAction = {};

void passOn(int signal, siginfo_t* info, void* context)
{
    if ((previousAction.sa_flags & SA_SIGINFO) && previousAction.sa_sigaction)
        previousAction.sa_sigaction(signal, info, context);
    else if (previousAction.sa_handler != SIG_DFL && previousAction.sa_handler != SIG_IGN)
        previousAction.sa_handler(signal);
    else
        sigaction(SIGBUS, &previousAction, nullptr);  // The access is repeated, and ends us as it would have.
}

/// A page that the file no longer has, or that the disk does not give: zeros come to lie in the file's place.
void takeBusError(int signal, siginfo_t* info, void* context)
{
    const int code = errno;
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (Region* region = regions.load(std::memory_order_acquire); region; region = region->next) {
        const std::uintptr_t begin = region->begin;
        const std::uintptr_t end = region->end;
        if (address < begin || address >= end)
            continue;
        region->isDamaged = true;
        void* const place = reinterpret_cast<void*>(begin);
        const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        if (mmap(place, end - begin, PROT_READ, flags, -1, 0) == MAP_FAILED)
            break;
        errno = code;
        return;
    }
    errno = code;
    passOn(signal, info, context);
}

void handleBusErrors()
{
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action = {};
        action.sa_sigaction = takeBusError;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
        sigemptyset(&action.sa_mask);
        sigaction(SIGBUS, &action, &previousAction);
    });
}

Region* claimedRegion(const std::byte* data, std::size_t bytes)
{
    const std::scoped_lock lock(regionsMutex);
    Region* region = regions;
    while (region && region->end != 0)
        region = region->next;
    if (!region) {
        region = new Region;
        region->next = regions;
        regions.store(region, std::memory_order_release);
    }
    region->isDamaged = false;
    region->begin = reinterpret_cast<std::uintptr_t>(data);
    region->end = reinterpret_cast<std::uintptr_t>(data) + bytes;
    return region;
}

bool isSame(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Whether nobody wrote to the file between two looks at it. Its time of change alone also tells of a new name or
/// mode, but its time of writing can be set back.
bool isUntouched(const struct stat& before, const struct stat& now)
{
    const bool isRenamed = before.st_nlink != now.st_nlink || before.st_mode != now.st_mode
                           || before.st_uid != now.st_uid || before.st_gid != now.st_gid;
    return before.st_size == now.st_size && isSame(before.st_mtim, now.st_mtim)
           && (isRenamed || isSame(before.st_ctim, now.st_ctim));
}

/// How long after it changed a file could be written again and look as before: file systems take the time of the
/// last tick, or count in whole seconds or two.
std::chrono::nanoseconds youthOf(const struct stat& status)
{
    using namespace std::chrono_literals;
    return status.st_ctim.tv_nsec == 0 ? 2s : 20ms;
}

/// The file's state when it was last seen, old enough that every later change shows in it.
int lookAtSettled(int file, struct stat& status)
{
    constexpr int mostLooks = 100;
    for (int i = 0; i < mostLooks; ++i) {
        if (const int result = fileSystem().fstat(file, status); result < 0)
            return result;
        timespec now = {};
        clock_gettime(CLOCK_REALTIME, &now);
        const auto age = std::chrono::seconds(now.tv_sec - status.st_ctim.tv_sec)
                         + std::chrono::nanoseconds(now.tv_nsec - status.st_ctim.tv_nsec);
        const auto wait = youthOf(status) - age;
        if (age.count() < 0 || wait.count() <= 0)
            return 0;
        std::this_thread::sleep_for(wait);
    }
    return -EAGAIN;
}

/// What a buffer over a file holds on to.
struct Mapping {
    InputFile file;
    struct stat before;
    std::byte* data;
    Region* region;

    Mapping(InputFile opened, const struct stat& status, std::byte* place)
        : file(std::move(opened)), before(status), data(place), region(claimedRegion(place, std::size_t(status.st_size)))
    {
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping()
    {
        region->end = 0;  // First: another mapping may get the same addresses.
        munmap(data, std::size_t(before.st_size));
    }

    Failure damage() const
    {
        struct stat now = {};
        if (const int result = fileSystem().fstat(file.descriptor(), now); result < 0)
            return file.refused(-result);
        if (now.st_size < before.st_size)
            return file.refused("it became shorter while it was in use");
        if (!isUntouched(before, now))
            return file.refused("it was written to while it was in use");
        if (region->isDamaged)
            return file.refused("a part of it could not be read when it was needed");
        return std::nullopt;
    }
};

}  // namespace

Result<std::shared_ptr<Buffer>> mapFile(InputFile file)
{
    handleBusErrors();
    struct stat status = {};
    if (const int result = lookAtSettled(file.descriptor(), status); result < 0)
        return file.refused(-result);
    const auto size = std::size_t(status.st_size);
    std::byte* data = nullptr;
    if (const int result = fileSystem().map(file.descriptor(), size, data); result < 0)
        return file.refused(-result);
    const auto mapping = std::make_shared<const Mapping>(std::move(file), status, data);
    return Buffer::adopt(data, size, {mapping, [file = mapping.get()] { return file->damage(); }});
}

}  // namespace chainrule

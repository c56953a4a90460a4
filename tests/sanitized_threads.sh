#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# sanitized_threads.sh PROGRAM: runs it under GCC 12's thread sanitizer, which cannot begin where the kernel moves mappings about
# more than 28 bits far (vm.mmap_rnd_bits). setarch keeps them in place; where a container forbids that, a few starts succeed.
set -uo pipefail

in_place=()
if setarch -R true 2>/dev/null; then
    in_place=(setarch -R)
fi
for _ in {1..50}; do
    output=$("${in_place[@]}" "$@" 2>&1)
    code=$?
    case $output in
    *"FATAL: ThreadSanitizer: unexpected memory mapping"*) continue ;;
    esac
    printf '%s\n' "$output"
    exit $code
done
echo "The thread sanitizer found no room in memory in 50 starts."
exit 77

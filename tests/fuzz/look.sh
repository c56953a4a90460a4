#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/fuzz/look.sh FUZZ_TARGET [libFuzzer's options]: looks for inputs that break a promise, from the seeds on. What it has found on its
# way stays in the folder `corpus` beside the program, for the next time; an input that breaks something in `found`, which should
# become a seed.
#   tests/fuzz/look.sh build/fuzz/tests/fuzz_npy -runs=10000000
set -euo pipefail

program=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
name=$(basename "$program")
name=${name#fuzz_}
folder=$(dirname "$program")
mkdir -p "$folder/corpus/$name" "$folder/found"
dictionary=$here/$name.dict
[[ $name == document || $name == edit ]] && dictionary=$here/json.dict
[[ $name == npz ]] && dictionary=$here/npy.dict
exec "$program" "-dict=$dictionary" "-artifact_prefix=$folder/found/$name-" -timeout=5 -rss_limit_mb=1024 -max_len=4096 \
    -print_final_stats=1 "$@" "$folder/corpus/$name" "$here/seeds/$name"

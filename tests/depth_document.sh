#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# depth_document.sh CHAINRULE NODES FOLDER: a document that is one chain of so many nodes runs on a small stack. Every
# other node halves, every other doubles, so all values and the gradient at its beginning are exact.
set -euo pipefail

program=$1 nodes=$2 folder=$3
mkdir -p "$folder"
document=$folder/chain.chainrule

awk -v last="$((nodes - 1))" 'BEGIN {
    print "{\"format\": \"chainrule\", \"version\": 1, \"nodes\": ["
    print "{\"name\": \"n0\", \"op\": \"tensor\", \"attributes\": {\"value\": \"3.\", \"requires_grad\": true}},"
    print "{\"name\": \"half\", \"op\": \"number\", \"attributes\": {\"value\": 0.5}},"
    for (i = 1; i <= last; ++i) {
        before = "\"n" i - 1 "\""
        printf "{\"name\": \"n%d\", \"op\": \"%s\", \"inputs\": [%s, %s]}%s\n",
               i, i % 2 ? "mul" : "add", before, i % 2 ? "\"half\"" : before, i < last ? "," : ""
    }
    printf "], \"backward\": [{\"roots\": [\"n%d\"]}]}\n", last
}' >"$document"

(ulimit -s 256 && exec "$program" run "$document") >"$folder/printed"

if (((nodes - 1) % 2)); then
    value=1.5000 gradient=0.5000 last=MulBackward0
else
    value=3. gradient=1. last=AddBackward0
fi
grep -Fx "n$((nodes - 1)) = tensor($value, grad_fn=<$last>)  # torch.float32, torch.Size([])" "$folder/printed"
grep -Fx "n0.grad = tensor($gradient)" "$folder/printed"
if [ "$(grep -c ' = ' "$folder/printed")" != "$((nodes + 2))" ]; then
    echo "not one line for each node, half and n0.grad" >&2
    exit 1
fi

# SPDX-License-Identifier: GPL-3.0-or-later
"""scalars.py [INDICES]: PyTorch's side of README.md, case by case the same as scalars.cpp."""

import array
import json
import resource
import statistics
import sys
import time

import torch

clock = time.process_time


def report(name, value):
    print(json.dumps({"case": name, "value": value}), flush=True)


def highest_resident_bytes():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def seconds_per_call(call):
    """Two calls to warm up, then the median of 5 samples of at least 30 ms each."""

    def sample(calls):
        start = clock()
        for _ in range(calls):
            call()
        return clock() - start

    sample(2)
    calls = 1
    while sample(calls) < 0.03:
        calls *= 2
    return statistics.median(sample(calls) / calls for _ in range(5))


def leaf(value):
    return torch.tensor(value, requires_grad=True)


def measure_times():
    x, y, z = leaf(2.0), leaf(3.0), leaf(4.0)

    def forward_and_backward():
        a = x * y + z
        a.backward()

    def forward():
        a = x * y + z

    report("a.seed", seconds_per_call(forward_and_backward))
    report("seed_fwd", seconds_per_call(forward))
    with torch.no_grad():
        report("seed_nograd", seconds_per_call(forward))

    for length in 1000, 100000:
        x, y, z = leaf(2.0), leaf(1.0000001), leaf(1e-7)

        def chain():
            v = x
            for _ in range(length // 2):
                v = v * y
                v = v + z
            v.backward()

        report(f"a.chain {length}", seconds_per_call(chain) / length)


def dag(indices):
    v = [leaf(0.5)]
    for i in range(1, len(indices)):
        p = v[i - 1]
        if i % 3 == 0:
            v.append(torch.tanh(p))
        elif i % 3 == 1:
            v.append(p * v[indices[i]])
        else:
            v.append(p + v[indices[i]])
    return v


def measure_dag(indices):
    """Once and cold: a program that differentiates a graph of a million nodes does so once. The gradient of so deep
    a graph is 0, so that of its beginning is compared; this also loads what PyTorch loads at the first pass."""
    start = dag(indices[:30])
    start[-1].backward()
    report("a.dag 30 gradient", start[0].grad.item())
    resident = highest_resident_bytes()
    begin = clock()
    v = dag(indices)
    built = clock()
    v[-1].backward()
    differentiated = clock()
    value = v[-1].item()
    freeing = clock()
    del v
    freed = clock()
    report("a.dag fwd", built - begin)
    report("a.dag bwd", differentiated - built)
    report("a.dag free", freed - freeing)
    report("a.dag bytes", highest_resident_bytes() - resident)
    report("a.dag value", value)


torch.set_num_threads(1)
if len(sys.argv) > 1:
    indices = array.array("i")
    with open(sys.argv[1], "rb") as file:
        indices.frombytes(file.read())
    measure_dag(indices.tolist())
else:
    measure_times()

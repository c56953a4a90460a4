#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run.py BENCH_SCALARS [--python PYTHON] [--rounds N]: both sides in turn, as a table. See README.md."""

import argparse
import array
import json
import math
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile

NODES = 1_000_000
FOLDER = pathlib.Path(__file__).parent

# Cases, and goals for the ratio PyTorch / Chainrule.
ROWS = [
    ("a.seed", 50),
    ("seed_fwd", None),
    ("seed_nograd", None),
    ("a.chain 1000", None),
    ("a.chain 100000", 50),
    ("a.dag fwd", None),
    ("a.dag bwd", None),
    ("a.dag free", None),
    ("a.dag sum", None),
    ("a.dag bytes", 4),
]

WARM_HEAP = {
    "MALLOC_MMAP_THRESHOLD_": str(8 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def write_indices(file):
    """For each node its second operand: an earlier one whose value is a tanh, at most 333 of these back."""
    generator = random.Random(1)
    indices = array.array("i", [0] * NODES)
    for i in range(6, NODES):
        third = i // 3
        indices[i] = max(0, 3 * (third - 1 - generator.getrandbits(30) % min(third, 333)))
    file.write_bytes(indices.tobytes())


def measured(command):
    lines = subprocess.run(command, env=os.environ | WARM_HEAP, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {row["case"]: row["value"] for row in map(json.loads, lines.splitlines())}


def measured_side(command, indices):
    """The graph has a process to itself, so that the memory is its own."""
    result = measured(command) | measured([*command, indices])
    result["a.dag sum"] = result["a.dag fwd"] + result["a.dag bwd"] + result["a.dag free"]
    return result


def quantity(case, value):
    if case.endswith("bytes"):
        return f"{value / 1e6:.1f} MB"
    for factor, unit in (1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns"):
        if value * factor >= 1:
            break
    return f"{value * factor:.3g} {unit}"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="bench_scalars of the preset release")
    parser.add_argument("--python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    sides = [[str(pathlib.Path(options.program).resolve())], [options.python, str(FOLDER / "scalars.py")]]
    with tempfile.TemporaryDirectory() as folder:
        indices = pathlib.Path(folder) / "indices"
        write_indices(indices)
        rounds = [[measured_side(side, str(indices)) for side in sides] for _ in range(options.rounds)]
    medians = [
        {case: statistics.median(one_round[side][case] for one_round in rounds) for case in rounds[0][side]}
        for side in (0, 1)
    ]
    versions = [options.python, "-c", "import torch; print(torch.__version__)"]
    version = subprocess.check_output(versions, text=True).strip()

    print(f"{processor()}; PyTorch {version}; medians of {options.rounds} rounds\n")
    print("| case | Chainrule | PyTorch | ratio | goal |")
    print("| --- | --- | --- | --- | --- |")
    for case, goal in ROWS:
        ours, theirs = medians[0][case], medians[1][case]
        text = f"{goal}" if goal else ""
        print(f"| {case} | {quantity(case, ours)} | {quantity(case, theirs)} | {theirs / ours:.3g} | {text} |")

    differ = False
    for case in "a.dag value", "a.dag 30 gradient":
        ours, theirs = medians[0][case], medians[1][case]
        agrees = math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-5)
        differ = differ or not agrees
        print(f"\n{case}: {ours:.9g} and {theirs:.9g}" + ("" if agrees else ", which differ"))
    return 1 if differ else 0


sys.exit(main())

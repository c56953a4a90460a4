#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts and rewrites a large .npy file while the program uses it.

    tests/files/large.py PROGRAM [--runs 20] [--seed N]

The file has 300 MB of ones, so that it is mapped and not read. At a random moment another process cuts it, writes twos over it, or
puts a file of twos in its place under its name. Demands that the program ends by itself, with the numbers of the one file or the
other, or with an error on the file's node that names the file, and never with a mixture.
"""
import argparse
import array
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

ROWS, COLUMNS = 75000, 1000
DOCUMENT = """{"format": "chainrule", "version": 1, "nodes": [
 {"name": "w", "op": "tensor", "attributes": {"file": "w.npy", "requires_grad": true}},
 {"name": "rows", "op": "mean", "inputs": ["w"], "attributes": {"dim": 1}}, {"name": "m", "op": "mean", "inputs": ["w"]},
 {"name": "x", "op": "tensor", "attributes": {"value": "3."}}, {"name": "y", "op": "neg", "inputs": ["x"]}], "backward": [{"roots": ["m"]}]}"""


def header():
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {COLUMNS}), }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


def write(path, number, mode="wb"):
    row = array.array("f", [number]) * (COLUMNS * 500)
    with open(path, mode) as file:
        file.write(header())
        for _ in range(ROWS // 500):
            file.write(row)


def replace(path):
    write(f"{path}.new", 2)
    os.replace(f"{path}.new", path)


MEDDLING = {"cut": lambda path: os.truncate(path, random.choice((0, 100, 4096, 1 << 20, 200 << 20))),
            "save over": lambda path: write(path, 2), "write over": lambda path: write(path, 2, "r+b"), "replace": replace}
COMMANDS = {"run": ["run", "d.chainrule"], "export": ["run", "d.chainrule", "--export", "out"], "inspect": ["inspect", "w.npy"]}


def objection(command, status, out, err):
    """What is wrong with how a run ended; None: nothing."""
    lines = err.splitlines()
    if status < 0:
        return f"signal {-status}"
    if status == 0:
        if err:
            return f"complains and says that all is well: {lines[:2]}"
        if command == "inspect":
            mean = [line for line in out.splitlines() if "mean" in line][0].split()[-2:]
            return None if mean in (["1.0,", "0.0"], ["2.0,", "0.0"]) else f"a mixture: {mean}"
        m = [line for line in out.splitlines() if line.startswith("m = ")][0].split("(")[1].split(",")[0]
        numbers = set(out.split("rows = tensor([")[1].split("]")[0].replace(" ", "").replace("...", "").split(",")) - {""}
        return None if m in ("1.", "2.") and numbers == {m} else f"a mixture: {m} {numbers}"
    wanted = 2 if command == "inspect" else 1
    if status != wanted or not lines or not re.search("w\\.npy|EOF|No data left", lines[0]) or not all(line.startswith("chainrule: ") for line in lines):
        return f"status {status}: {lines[:3]}"
    if command != "inspect" and (not lines[0].startswith("chainrule: w: ") or "y = tensor(-3.)" not in out or "w = " in out):
        return f"not an error of the node alone: {lines[:3]} {out[:200]}"
    return None


def checkedExport(folder):
    """What is wrong with the numbers that were exported; None: nothing."""
    for name in ("w.npy", "rows.npy"):
        path = folder / "out" / name
        if path.exists():
            with open(path, "rb") as file:
                file.seek(128)
                numbers = array.array("f", file.read())
            if numbers.count(1.0) != len(numbers) and numbers.count(2.0) != len(numbers):
                return f"{name} has a mixture"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    random.seed(arguments.seed)
    program = os.path.abspath(arguments.program)
    wrong, errors, undisturbed = 0, 0, {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "d.chainrule").write_text(DOCUMENT)
        file = folder / "w.npy"
        for number in range(arguments.runs):
            command, kind = list(COMMANDS)[number % len(COMMANDS)], list(MEDDLING)[number // len(COMMANDS) % len(MEDDLING)]
            file.unlink(missing_ok=True)
            write(file, 1)
            if command not in undisturbed:
                start = time.monotonic()
                run = subprocess.run([program, *COMMANDS[command]], cwd=folder, capture_output=True, text=True)
                undisturbed[command] = time.monotonic() - start
                if run.returncode:
                    sys.exit(f"{command} fails as it is: {run.stderr}")
            subprocess.run(["rm", "-rf", folder / "out"], check=True)
            process = subprocess.Popen([program, *COMMANDS[command]], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            moment = random.uniform(0, undisturbed[command])
            time.sleep(moment)
            MEDDLING[kind](file)
            out, err = process.communicate(timeout=120)
            problem = objection(command, process.returncode, out, err) or checkedExport(folder)
            errors += process.returncode != 0
            if problem:
                wrong += 1
                print(f"{command}, {kind} after {moment:.3f} s: {problem}", flush=True)
    print(f"{arguments.runs} runs over a file that was cut, rewritten or replaced meanwhile: {errors} ended with an error on its node, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets every allocation of the program fail once, and from there on for ever, while it opens, evaluates, edits, saves and exports.

    tests/files/allocations.py PROGRAM LIBRARY [--step 1] [--from 0]

LIBRARY is failing_malloc.cpp, built. Demands that the program ends by itself, that what it was to write is as before or as it should
be, that nothing else is left, and that an exit status of 0 means that all was done. --step N tries every Nth allocation.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

DOCUMENT = """{"format": "chainrule", "version": 1, "nodes": [
 {"name": "x", "op": "tensor", "attributes": {"value": "[[3., 1.], [2., 4.]]", "requires_grad": true}},
 {"name": "w", "op": "tensor", "attributes": {"file": "w.npz:w"}},
 {"name": "y", "op": "matmul", "inputs": ["x", "w"]}, {"name": "s", "op": "sum", "inputs": ["y"]}], "backward": [{"roots": ["s"]}]}"""
EDITS = b"""{"rename": {"node": "s", "to": "total"}}
{"several": {"edits": [{"add": {"name": "n", "op": "neg", "inputs": ["y"]}}, {"connect": {"from": "n", "to": "total", "parameter": "input"}}]}}
"undo"
"redo"
"""


def start(folder):
    (folder / "d.chainrule").write_text(DOCUMENT)
    subprocess.run([sys.executable, "-c", """
import struct, zipfile
text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }".ljust(117) + b"\\n"
with zipfile.ZipFile("w.npz", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("w.npy", b"\\x93NUMPY\\1\\0" + struct.pack("<H", len(text)) + text + struct.pack("<4f", 1, 2, 3, 4))
"""], cwd=folder, check=True)


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def call(program, arguments, folder, extra=None, edits=b""):
    read, write = os.pipe()
    script = 'exec 9>&"$0"; exec "$@"'
    run = subprocess.run(["/bin/bash", "-c", script, str(write), "env", *[f"{k}={v}" for k, v in (extra or {}).items()], program, *arguments],
                         cwd=folder, input=edits, capture_output=True, pass_fds=[write], env={**os.environ})
    os.close(write)
    reached = os.read(read, 100)
    os.close(read)
    return run.returncode, run.stderr.decode("utf-8", "replace"), b"reached" in reached


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    arguments = parser.parse_args()
    works = {"run": ["run", "d.chainrule", "--json"], "export": ["run", "d.chainrule", "--export", "out"], "edit": ["edit", "d.chainrule"],
             "npz": ["export", "d.chainrule", "--to", "npz", "-o", "all.npz"], "python": ["export", "d.chainrule", "--to", "python", "-o", "s.py"]}
    wrong = total = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for work, words in works.items():
            start(folder)
            before = content(folder)
            status, errors, _ = call(arguments.program, words, folder, None, EDITS)
            if status:
                sys.exit(f"{work} fails as it is: {errors}")
            after = content(folder)
            number, forever = arguments.first, "0"
            tried = 0
            while True:
                for path in set(content(folder)) - set(before):
                    (folder / path).unlink()
                for path, bytes_ in before.items():
                    (folder / path).write_bytes(bytes_)
                status, errors, reached = call(arguments.program, words, folder, {
                    "LD_PRELOAD": arguments.library, "FAIL_ALLOCATION": number, "FAIL_FOREVER": forever}, EDITS)
                now = content(folder)
                isPartial = status == 1 and work != "edit"  # A node without memory is that node's error; the rest is exported.
                damaged = [] if isPartial and all(now.get(p) == c for p, c in before.items()) else [p for p, c in now.items() if c != before.get(p) and c != after.get(p)] + [p for p in before if p not in now]
                problem = (f"status {status}: {errors[-300:]}" if status not in (0, 1, 2) else f"damaged {damaged}" if damaged else
                           "says that all is well" if status == 0 and now != after else "")
                if problem:
                    wrong += 1
                    print(f"{work}, allocation {number}{' and all after it' if forever == '1' else ''}: {problem}", flush=True)
                tried += 1
                if not reached and status == 0:
                    if forever == "1":
                        break
                    number, forever = arguments.first, "1"
                    continue
                number += arguments.step
            total += tried
            print(f"{work}: {tried} runs", flush=True)
    print(f"{total} runs with failing allocations, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

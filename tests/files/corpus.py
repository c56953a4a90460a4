#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile inputs, each with the verdict that it must get, through the command line as a black box.

    tests/files/corpus.py PROGRAM [--sanitized] [--sample N] [--keep FOLDER]

Makes the files, runs the program on each, and demands the right value or one clear line that begins with "chainrule: ", the exit
status of the verdict, no signal, at most 5 s and 1 GiB (--sanitized: 30 s and 4 GiB), and no file that was not asked for.
--sample N runs every Nth case.
"""
import argparse
import os
import pathlib
import re
import resource
import signal
import sys
import tempfile
import time

import corpus_arrays
import corpus_documents
import corpus_odd


def run(program, arguments, folder, seconds):
    """@returns exit status (negative: a signal), output, errors, seconds, largest size in bytes."""
    out, err = folder / ".out", folder / ".err"
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(folder)
            null = os.open("/dev/null", os.O_RDONLY)
            os.dup2(null, 0)
            for path, number in ((out, 1), (err, 2)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.execv(program, [os.fsencode(a) if isinstance(a, str) else a for a in [program, *arguments]])
        finally:
            os._exit(127)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds)
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    taken = time.monotonic() - start
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return code, out.read_bytes(), err.read_bytes(), taken, usage.ru_maxrss * 1024


def objection(case, outcome, seconds, most):
    """What is wrong with how the program took a case; None: nothing."""
    code, out, err, taken, size = outcome
    lines = err.decode("utf-8", "replace").splitlines()
    if code != case.status:
        return f"status {code} instead of {case.status}: {lines[:2]}"
    if code and (len(lines) != case.lines or not all(line.startswith("chainrule: ") for line in lines)):
        return f"{len(lines)} lines: {lines[:3]}"
    if not re.search(case.pattern, (err if code else out).decode("utf-8", "replace"), re.S):
        return f"{case.pattern!r} is not in {(err if code else out)[:300]!r}"
    if taken > seconds or size > most:
        return f"{taken:.1f} s, {size >> 20} MiB"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    seconds, most = (30, 4 << 30) if arguments.sanitized else (5, 1 << 30)
    kinds = {".npy": corpus_arrays.npy_cases(), ".npz": corpus_arrays.npz_cases(),
             "documents": corpus_documents.documents(), "literals": corpus_documents.literals(), "odd files": corpus_odd.cases()}
    wrong, counts, slowest, largest = 0, [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        root = arguments.keep or pathlib.Path(name)
        for kind, cases in kinds.items():
            cases = cases[::arguments.sample]
            counts.append(f"{len(cases)} {kind}")
            for number, case in enumerate(cases):
                folder = root / f"{kind.strip('.').replace(' ', '-')}-{number}"
                folder.mkdir(parents=True)
                try:
                    case.make(folder)
                except OSError as error:
                    print(f"skipped {kind} {case.name}: {error}")
                    continue
                before = {os.fsencode(f) for f in os.listdir(folder)}
                outcome = run(arguments.program, case.arguments, folder, seconds)
                problem = objection(case, outcome, seconds, most)
                made = {os.fsencode(f) for f in os.listdir(folder)} - before - {b".out", b".err"}
                if not problem and made != case.made:
                    problem = f"left {made}"
                slowest, largest = max(slowest, outcome[3]), max(largest, outcome[4])
                if problem:
                    wrong += 1
                    print(f"{kind} {case.name}: {problem}", flush=True)
    print(f"{', '.join(counts)}: {wrong} wrong; slowest {slowest:.2f} s, largest {largest >> 20} MiB")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

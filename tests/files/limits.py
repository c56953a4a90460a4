#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meets every limit of engine/base/limits.h, and demands that the message and `chainrule --help` name it.

    tests/files/limits.py PROGRAM LIMITS_H
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from corpus_arrays import head, npy

PROGRAM, HEADER = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])


def constants():
    text = pathlib.Path(HEADER).read_text()
    found = re.findall(r"inline constexpr std::\w+ (\w+) = ([^;]+);", text)
    return {name: eval(value.replace("'", "").replace("std::uint64_t", "int")) for name, value in found}


def run(folder, *arguments, text=""):
    return subprocess.run([PROGRAM, *arguments], cwd=folder, input=text, capture_output=True, text=True)


def tooDeep(folder, most):
    (folder / "d.chainrule").write_text('{"format": "chainrule", "version": 1, "nodes": [], "deep": ' + "[" * most + "]" * most + "}")
    return run(folder, "run", "d.chainrule").stderr


def tooLarge(folder, most):
    with open(folder / "d.chainrule", "wb") as file:
        file.truncate(most + 1)
    return run(folder, "run", "d.chainrule").stderr


def tooManyDimensions(folder, most):
    (folder / "a.npy").write_bytes(npy(head(shape="(" + "1, " * (most + 1) + ")"), bytes(4)))
    return run(folder, "inspect", "a.npy").stderr


def tooLongHeader(folder, most):
    (folder / "a.npy").write_bytes(npy(" " * most + head(), bytes(8)))
    return run(folder, "inspect", "a.npy").stderr


def tooManyMembers(folder, most):
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        for number in range(most + 1):
            archive.writestr(str(number), b"")
    return run(folder, "inspect", "a.npz").stderr


def tooManyInflatedBytes(folder, most):
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("a.npy", "w", force_zip64=True) as member:
            member.write(npy(head("'|u1'", shape=f"({most},)"), b""))
            for _ in range(most >> 20):
                member.write(bytes(1 << 20))
    return run(folder, "inspect", "a.npz").stderr


def tooManySteps(folder, most):
    nodes = [{"name": f"n{i}", "op": "neg"} for i in range(constants()["undoNodes"] // most + 1)]
    (folder / "d.chainrule").write_text(json.dumps({"format": "chainrule", "version": 1, "nodes": nodes}))
    edits = "".join('{"mark": {"node": "n0", "comment": "%d"}}\n' % i for i in range(most + 1)) + '"undo"\n' * (most + 1)
    return run(folder, "edit", "d.chainrule", "-o", "e.chainrule", text=edits).stdout.splitlines()[-1]


# What a limit's message names, where it is another one's too or no error.
MEETINGS = {"dimensions": tooManyDimensions, "jsonDepth": tooDeep, "jsonBytes": tooLarge, "npyHeaderCharacters": tooLongHeader,
            "archiveMembers": tooManyMembers, "inflatedBytes": tooManyInflatedBytes, "inflation": None, "undoSteps": tooManySteps,
            "undoNodes": None, "bytesReadIntoMemory": None}


def main():
    most = constants()
    if set(most) != set(MEETINGS):
        sys.exit(f"limits that this does not know, or that are no more: {set(most) ^ set(MEETINGS)}")
    words = set(re.findall(r"\d+", run(".", "--help").stdout))
    wrong = [f"--help does not name {name}, {value}" for name, value in most.items() if str(value) not in words]
    messages = {}
    for name, meet in MEETINGS.items():
        if not meet:
            continue
        with tempfile.TemporaryDirectory() as folder:
            messages[name] = meet(pathlib.Path(folder), most[name])
    messages["inflation"] = messages["inflatedBytes"]  # One message names both.
    for name, message in messages.items():
        print(f"{name} {most[name]}: {message.strip()[:200]}")
        if str(most[name]) not in re.findall(r"\d+", message):
            wrong.append(f"the message does not name {name}")
    print("\n".join(wrong) if wrong else f"{len(most)} limits are in --help, and {len(messages)} in the messages that they cause")
    sys.exit(len(wrong) > 0)


if __name__ == "__main__":
    main()

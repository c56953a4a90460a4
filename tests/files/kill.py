#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the program at random moments of saving, and looks at what is left.

    tests/files/kill.py PROGRAM [--kills 1000] [--seed N] [--naive]

One edit after the other goes to `chainrule edit`; each time it is killed at a random moment around the end of its input. The document must be
the one from before or the new one, and not older than what has been acknowledged by the exit status. At the next start what was left
behind is swept away. --naive is the control: it overwrites the file in place, as a program does that takes no care, and must lose documents.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

COMMENT = "x" * 2000  # Some size, so that writing takes a while.
NAIVE = """
import sys, json
sys.stdin.read()
text = open("d.chainrule").read()
number = json.loads(text)["number"] + 1
open("ready", "w").close()
with open("d.chainrule", "w") as file:
    for line in text.replace('"number": %d' % (number - 1), '"number": %d' % number).splitlines(True):
        file.write(line)
        file.flush()
"""


def document():
    nodes = [{"name": f"n{i}", "op": "tensor", "attributes": {"value": "3."}, "comment": COMMENT} for i in range(100)]
    return json.dumps({"format": "chainrule", "version": 1, "nodes": nodes, "number": 0}, indent=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--naive", action="store_true")
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    chance = random.Random(arguments.seed)
    killed = torn = old = new = swept = number = 0
    longest = 0.05
    with tempfile.TemporaryDirectory(dir=".") as name:
        file = pathlib.Path(name) / "d.chainrule"
        good = document()
        file.write_text(good)
        while killed < arguments.kills:
            number += 1
            command = [sys.executable, "-c", NAIVE] if arguments.naive else [arguments.program, "edit", file.name]
            process = subprocess.Popen(command, cwd=name, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdin.write(b'{"mark": {"node": "n0", "comment": "%d"}}\n' % number)
            process.stdin.flush()
            if not arguments.naive:
                process.stdout.readline()  # It has been made and is not saved.
            process.stdin.close()
            while arguments.naive and not (pathlib.Path(name) / "ready").exists() and process.poll() is None:
                pass
            time.sleep(chance.random() * longest)
            process.send_signal(signal.SIGKILL)
            status = process.wait()
            process.stdout.close()
            process.stderr.close()
            isKilled = status == -signal.SIGKILL
            killed += isKilled
            (pathlib.Path(name) / "ready").unlink(missing_ok=True)
            try:
                now = json.loads(file.read_text())
                comment = now["nodes"][0]["comment"]
                isWhole = len(now["nodes"]) == 100 and all(n["comment"] == COMMENT for n in now["nodes"][1:])
            except (ValueError, KeyError, IndexError):
                isWhole, comment = False, ""
            isNew = comment == str(number)
            if not isWhole or (status == 0 and not isNew and not arguments.naive):
                torn += 1
                file.write_text(good)
            new += isKilled and isNew
            old += isKilled and not isNew
            longest *= 1.05 if isKilled and isWhole and not isNew else 0.95  # So that both happen, however fast the machine is.
            left = [f for f in os.listdir(name) if f.startswith(".chainrule-")]
            if left:
                subprocess.run([arguments.program, "edit", file.name], cwd=name, stdin=subprocess.DEVNULL, check=True)
                swept += len(left)
                if any(f.startswith(".chainrule-") for f in os.listdir(name)):
                    sys.exit("the next start did not sweep " + str(left))
    print(f"{killed} killed in {number} saves: {torn} torn or lost; {old} times the old document, {new} times the new; {swept} leftovers swept")
    sys.exit((torn == 0) if arguments.naive else torn > 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""ops_pages.py CHAINRULE: types the example of every page of `CHAINRULE ops NAME` into PyTorch, line by line, and compares what is
printed. By hand, with PyTorch 2.13; says how many lines differ, and exits with 1 where any does."""

import ast
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F

PROMPT = "  >>> "


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def typed(code, names):
    """What Python's prompt answers."""
    try:
        if isinstance(ast.parse(code).body[0], ast.Expr):
            value = eval(code, names)
            return "" if value is None or isinstance(value, torch.Generator) else repr(value)  # manual_seed's
        exec(code, names)
        return ""
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def dialogue(page):
    """(what is typed, what is answered) of each line of the example."""
    steps = []
    for line in page[page.index("\nExample\n") + len("\nExample\n"):].splitlines():
        if line.startswith(PROMPT):
            steps.append([line[len(PROMPT):], ""])
        else:
            steps[-1][1] += line + "\n"
    return steps


def main(program):
    operations = [line.split()[0] for line in output_of(program, "ops").splitlines()]
    lines = different = 0
    for operation in operations:
        names = {"torch": torch, "np": np, "F": F}
        for code, expected in dialogue(output_of(program, "ops", operation)):
            answer = typed(code, names)
            lines += 1
            if answer.split() != expected.split():
                different += 1
                print("%s: %s\n  PyTorch: %s\n  here: %s" % (operation, code, answer, expected))
    print("%d operations, %d lines, %d differ" % (len(operations), lines, different))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

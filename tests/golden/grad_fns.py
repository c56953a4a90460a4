#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks PyTorch which grad_fns it makes, what each hands its gradients on to and what it saves, and writes that to
tests/golden/grad_fns.json.

    python3 tests/golden/grad_fns.py [--samples build/dev/tests/golden_samples]

Of every sample of every operation, one text for each grad_fn, in the order in which a walk from the outputs finds them:
    MulBackward0 (x0, 1, -) other int64[3] @x1
Between the brackets stand next_functions: an input, another grad_fn by its number, or - for None. What is saved follows, with
its name, dtype and shape and whose memory it is: an input's, an output's, or some of its own.
"""
import argparse
import json
import pathlib
import subprocess
import warnings

import torch

import generate

TARGET = pathlib.Path(__file__).resolve().parent / "grad_fns.json"


def name_of(fn):
    name = type(fn).__name__
    return fn.name().rsplit("::", 1)[-1] if name == "CppFunction" else name


def saved_by(fn):
    """The tensors by name, sorted; numbers, sizes and what is None are no tensors."""
    names = sorted(name for name in dir(fn) if name.startswith("_saved_"))
    found = [(name.removeprefix("_saved_"), getattr(fn, name)) for name in names]
    return [(name, value) for name, value in found if torch.is_tensor(value)]


class Walk:
    """Numbers grad_fns, and the memory of tensors, as they are found."""

    def __init__(self, inputs, outputs):
        self.inputs = inputs
        self.memories = {}
        self.own = 0
        for letter, tensors in ("x", inputs), ("y", outputs):
            for i, x in enumerate(tensors):
                if torch.is_tensor(x) and x.numel() > 0:
                    self.memories.setdefault(x.untyped_storage().data_ptr(), f"{letter}{i}")
        self.numbers = {}
        self.texts = []

    def memory(self, x):
        if x.numel() == 0:
            return "-"
        pointer = x.untyped_storage().data_ptr()
        if pointer not in self.memories:
            self.memories[pointer] = f"own{self.own}"
            self.own += 1
        return self.memories[pointer]

    def visit(self, fn):
        """What stands for it where a gradient is handed on to it."""
        if fn is None:
            return "-"
        if name_of(fn) == "AccumulateGrad":
            return "x%d" % next(i for i, x in enumerate(self.inputs) if x is fn.variable)
        if fn not in self.numbers:
            self.numbers[fn] = len(self.texts)
            self.texts.append("")
            saved = "; ".join(f"{name} {str(x.dtype).removeprefix('torch.')}{list(x.shape)} @{self.memory(x)}"
                              for name, x in saved_by(fn))
            following = ", ".join(self.visit(to) + (f"#{k}" if k else "") for to, k in fn.next_functions)
            self.texts[self.numbers[fn]] = f"{name_of(fn)} ({following}) {saved}".rstrip()
        return str(self.numbers[fn])


def sample_texts(op, sample):
    inputs, outputs = generate.evaluated(op, sample)
    walk = Walk(inputs, outputs)
    for y in outputs:
        if torch.is_tensor(y) and y.grad_fn is not None and y.grad_fn not in [
                x.grad_fn for x in inputs if torch.is_tensor(x)]:
            walk.visit(y.grad_fn)
    return walk.texts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", default=generate.HERE.parents[1] / "build/dev/tests/golden_samples",
                        help="the program golden_samples (default: %(default)s)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    ops = json.loads(subprocess.run([arguments.samples], check=True, stdout=subprocess.PIPE).stdout)
    lines = [f' "torch": {json.dumps(torch.__version__)}']
    for op in ops:
        texts = {sample["label"]: sample_texts(op, sample) for sample in op["samples"]}
        inner = ",\n".join(f"  {json.dumps(label)}: {json.dumps(text)}" for label, text in texts.items() if text)
        if inner:
            lines.append(f" {json.dumps(op['name'])}: {{\n{inner}\n }}")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()

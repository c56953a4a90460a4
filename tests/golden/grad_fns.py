#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks PyTorch which grad_fns it makes, what each hands its gradients on to and what it saves.

    python3 tests/golden/grad_fns.py [--samples build/dev/tests/golden_samples] [--program build/dev/bin/chainrule]

grad_fns.json holds, of every sample of every operation, one text for each grad_fn, in the order in which a walk from the
outputs finds them:
    MulBackward0 (x0, 1, -) other int64[3] @x1
Between the brackets stand next_functions: an input, another grad_fn by its number, or - for None; y#1 leads to the gradient of
output 1. What is saved follows, with its name, dtype and shape and whose memory it is: an input's, an output's, or some of its own.

grad_fns_of_gradients.json holds what leads from the gradients of each sample, one for each input, back to the inputs x0, x1, ... and to
the upstream gradients dy0, dy1, ..., which require grad, too: a text for all samples in which that is the same. Saved tensors stand
there by their names. Last is the order in which the grad_fns were made, which is that in which the next pass runs them, turned round.

grad_graphs.json holds the same of whole documents, after their passes. A script of theirs is run, and the walk goes from its
variables in the order of their names, and then from each .grad. Between the brackets a leaf stands by its name. Memory is numbered as it
is found, with a * where a variable has it, too; what was freed is said to be. The last text is how many bytes are held, and how
many of them by no variable.
"""
import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import tempfile
import warnings

import torch

import generate

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENTS = [*sorted((HERE / "documents").glob("*.chainrule")),
             *sorted((HERE.parents[1] / "resources/examples").glob("*.chainrule"))]


def name_of(fn):
    name = type(fn).__name__
    return fn.name().rsplit("::", 1)[-1] if name == "CppFunction" else name


def saved_by(fn):
    """The tensors by name, sorted; None for one that has been freed. Numbers, sizes and what is None are no tensors."""
    found = []
    for name in sorted(name for name in dir(fn) if name.startswith("_saved_")):
        try:
            value = getattr(fn, name)
        except RuntimeError:
            found.append((name.removeprefix("_saved_"), None))
            continue
        if torch.is_tensor(value):
            found.append((name.removeprefix("_saved_"), value))
    return found


class Walk:
    """Numbers grad_fns as they are found. `name_of_leaf` is what leaves are called, and `memory` the memory of what is saved;
    without it that is told by its names."""

    def __init__(self, name_of_leaf, memory=None):
        self.name_of_leaf = name_of_leaf
        self.memory = memory
        self.numbers = {}
        self.texts = []

    def visit(self, fn):
        """What stands for it where a gradient is handed on to it."""
        if fn is None:
            return "-"
        if name_of(fn) == "AccumulateGrad":
            return self.name_of_leaf(fn.variable)
        if fn not in self.numbers:
            self.numbers[fn] = len(self.texts)
            self.texts.append("")
            saved = "; ".join(self.saved_text(name, x) for name, x in saved_by(fn))
            following = ", ".join(self.visit(to) + (f"#{k}" if k else "") for to, k in fn.next_functions)
            self.texts[self.numbers[fn]] = f"{name_of(fn)} ({following}) {saved}".rstrip()
        return str(self.numbers[fn])

    def saved_text(self, name, x):
        if self.memory is None:
            return name
        if x is None:
            return f"{name} freed"
        return f"{name} {str(x.dtype).removeprefix('torch.')}{list(x.shape)} @{self.memory(x)}"


def sample_texts(op, sample):
    inputs, outputs = generate.evaluated(op, sample)
    names = {}
    for letter, tensors in ("x", inputs), ("y", outputs):
        for i, x in enumerate(tensors):
            if torch.is_tensor(x) and x.numel() > 0:
                names.setdefault(x.untyped_storage().data_ptr(), f"{letter}{i}")
    known = len(names)

    def memory(x):
        if x.numel() == 0:
            return "-"
        return names.setdefault(x.untyped_storage().data_ptr(), f"own{len(names) - known}")

    walk = Walk(lambda leaf: "x%d" % next(i for i, x in enumerate(inputs) if x is leaf), memory)
    for y in outputs:
        if torch.is_tensor(y) and y.grad_fn is not None and y.grad_fn not in [
                x.grad_fn for x in inputs if torch.is_tensor(x)]:
            walk.visit(y.grad_fn)
    return walk.texts


def gradient_text(op, sample):
    """What a recorded backward pass of one call leaves; None where no gradient requires grad."""
    inputs, outputs = generate.evaluated(op, sample)
    roots = [y for y in outputs if torch.is_tensor(y) and y.grad_fn is not None]
    wanted = [x for x in inputs if torch.is_tensor(x) and x.requires_grad]
    if not roots or not wanted:
        return None
    dys = [torch.ones(y.shape, dtype=y.dtype, requires_grad=True) for y in roots]
    dxs = torch.autograd.grad(roots, wanted, dys, allow_unused=True, create_graph=True)
    leaves = [(f"x{i}", x) for i, x in enumerate(inputs)] + [(f"dy{k}", dy) for k, dy in enumerate(dys)]
    walk = Walk(lambda leaf: next(name for name, x in leaves if x is leaf))
    starts = ["-" if dx is None or not dx.requires_grad else
              walk.name_of_leaf(dx) if dx.grad_fn is None else walk.visit(dx.grad_fn) for dx in dxs]
    made = sorted(walk.numbers, key=lambda fn: fn._sequence_nr())
    order = " ".join(str(walk.numbers[fn]) for fn in made)
    return "; ".join([", ".join(starts), *walk.texts, order]) if set(starts) != {"-"} else None


def gradient_texts(op):
    """By text: many samples have the same."""
    found = {}
    for sample in op["samples"]:
        text = gradient_text(op, sample)
        if text is not None:
            found.setdefault(text, []).append(sample["label"])
    return found


def variables_of(script, document):
    """What a script of Chainrule's leaves under the names of its nodes, one for each tensor, after its passes."""
    text = script.read_text().split("\n\n\ndef show(")[0]
    names = {"__name__": "script"}
    nodes = {node["name"] for node in json.loads(document.read_text())["nodes"]}
    with contextlib.chdir(document.parent), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(text, script, "exec"), names)
    found = []
    for name, value in sorted(names.items()):
        several = isinstance(value, tuple)
        for k, x in enumerate(value if several else [value]):
            if torch.is_tensor(x) and name in nodes:
                found.append((f"{name}[{k}]" if several else name, x))
    return found


def document_texts(script, document):
    variables = variables_of(script, document)
    theirs = {x.untyped_storage().data_ptr() for _, x in variables}
    numbers, held = {}, {}

    def memory(x):
        if x.numel() == 0:
            return "-"
        pointer = x.untyped_storage().data_ptr()
        held[pointer] = x.untyped_storage().nbytes()
        return str(numbers.setdefault(pointer, len(numbers))) + ("*" if pointer in theirs else "")

    walk = Walk(lambda leaf: next(name for name, x in variables if x is leaf), memory)
    starts = []
    for suffix, tensor in ("", lambda x: x), (".grad", lambda x: x.grad):
        for name, x in variables:
            x = tensor(x)
            if x is not None and x.grad_fn is not None:
                starts.append(f"{name}{suffix}: {walk.visit(x.grad_fn)}")
    alone = sum(count for pointer, count in held.items() if pointer not in theirs)
    return starts + walk.texts + [f"{sum(held.values())} bytes, {alone} alone"] if starts else []


def written(entries, target):
    lines = [f' "torch": {json.dumps(torch.__version__)}']
    for name, texts in entries:
        inner = ",\n".join(f"  {json.dumps(label)}: {json.dumps(text)}" for label, text in texts.items() if text)
        if inner:
            lines.append(f" {json.dumps(name)}: {{\n{inner}\n }}")
    (HERE / target).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    build = HERE.parents[1] / "build/dev"
    parser.add_argument("--samples", default=build / "tests/golden_samples",
                        help="the program golden_samples (default: %(default)s)")
    parser.add_argument("--program", default=build / "bin/chainrule", help="Chainrule (default: %(default)s)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    ops = json.loads(subprocess.run([arguments.samples], check=True, stdout=subprocess.PIPE).stdout)
    written([(op["name"], {sample["label"]: sample_texts(op, sample) for sample in op["samples"]}) for op in ops],
            "grad_fns.json")
    written([(op["name"], gradient_texts(op)) for op in ops], "grad_fns_of_gradients.json")
    graphs = {}
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "script.py"
        for document in DOCUMENTS:
            subprocess.run([arguments.program, "export", document, "--to", "python", "-o", script], capture_output=True)
            graphs.setdefault(document.parent.name, {})[document.stem] = document_texts(script, document)
    written(graphs.items(), "grad_graphs.json")


if __name__ == "__main__":
    main()

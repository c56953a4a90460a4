#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares Chainrule with PyTorch on random documents over all operations.

    python3 tests/random_graphs.py [--count 1000] [--seed N] [--nodes 60] [--jobs 2] [--program build/dev/bin/chainrule]
        [--samples build/dev/tests/golden_samples] [--keep FOLDER] [--only OP,...]

Each document has up to --nodes nodes, backward passes, frames without gradients, retained and muted nodes. PyTorch runs its exported
script with --check, which compares every value, dtype, shape, grad_fn and gradient, and every error on its node. A document that
differs is shrunk to the smallest that still does, and printed. Document number i of a run is made from `--seed N` and i alone.
Run by hand: it needs PyTorch.
"""
import argparse
import contextlib
import io
import json
import multiprocessing
import pathlib
import random
import re
import runpy
import subprocess
import sys
import tempfile
import warnings

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))
sys.path.insert(0, str(ROOT / "tests"))
import generate  # noqa: E402
import run_exported_scripts as exported  # noqa: E402

SHAPES = [[], [], [1], [2], [3], [3], [4], [2, 3], [3, 2], [3, 3], [1, 3], [2, 1], [0], [2, 0], [2, 3, 2], [1, 2, 1, 3]]
DTYPES = ["float64"] * 12 + ["float32"] * 4 + ["float16", "bfloat16", "int64", "int64", "int32", "uint8", "bool"]
LARGEST = 200  # Elements of a result; more would only be slow.


class Generator:
    """One document, and what PyTorch makes of it while it grows: so inputs are picked that mostly fit."""

    def __init__(self, ops, seed, count):
        self.random = random.Random(seed)
        self.ops = [op for op in ops if op["samples"] or op["name"] == "autograd.grad"]
        self.count = self.random.randint(3, count)
        self.nodes, self.values, self.frames = [], {}, []

    def document(self):
        self.without_grad = self.random.random() < 0.2
        for _ in range(self.random.randint(2, 5)):
            self.leaf(self.random.choice(SHAPES), self.random.choice(DTYPES))
        while len(self.nodes) < self.count:
            self.grow()
        document = {"format": "chainrule", "version": 1, "nodes": self.nodes}
        steps = self.steps()
        if steps:
            document["backward"] = steps
        if self.frames:
            document["frames"] = [{"title": "", "nodes": self.frames, "no_grad": True}]
        return document

    # Nodes

    def add(self, op, inputs, attributes, value):
        name = f"n{len(self.nodes)}"
        node = {"name": name, "op": op, "inputs": inputs, "attributes": attributes}
        self.nodes.append({key: part for key, part in node.items() if part})
        self.values[name] = value
        return name

    def number(self):
        return self.random.choice([0., 1., -1., 2., 0.5, 3.] + [round(self.random.uniform(-2, 2), 3)] * 20)

    def leaf(self, shape, dtype, requires_grad=None):
        kind = getattr(torch, dtype)
        size = int(torch.tensor(shape).prod()) if shape else 1
        if dtype == "bool":
            numbers = [self.random.random() < 0.5 for _ in range(size)]
        elif kind.is_floating_point:
            special = self.random.random() < 0.04
            numbers = [self.random.choice([float("nan"), float("inf"), -float("inf"), -0.]) if special
                       and self.random.random() < 0.3 else self.number() for _ in range(size)]
        else:
            numbers = [self.random.randint(0, 3) if dtype == "uint8" else self.random.randint(-3, 4) for _ in range(size)]
        if 0 in shape and shape != [0]:
            return self.add("zeros", [], {"size": shape, "dtype": dtype}, torch.zeros(shape, dtype=kind))
        text = "[]" if shape == [0] else exported.literal(numbers, shape)
        if requires_grad is None:
            requires_grad = self.random.random() < 0.8
        requires_grad = requires_grad and kind.is_floating_point
        value = torch.tensor(numbers, dtype=kind).reshape(shape).requires_grad_(requires_grad)
        return self.add("tensor", [], {"value": text, "dtype": dtype} | ({"requires_grad": True} if requires_grad else {}),
                        value)

    def outputs(self):
        """Every tensor and number so far by its address."""
        found = {}
        for name, value in self.values.items():
            if isinstance(value, dict):
                found.update({f"{name}:{output}": tensor for output, tensor in value.items()})
            elif value is not None:
                found[name] = value
        return found

    def grow(self):
        op = self.random.choice(self.ops)
        if self.random.random() < 0.12 and op["samples"]:
            return self.from_sample(op)
        for attempt in range(12):
            inputs, attributes = self.inputs(op), self.attributes(op)
            if inputs is None:
                return None
            if self.attempt(op, inputs, attributes, may_fail=attempt == 11 and self.random.random() < 0.3):
                return None
        return None

    def from_sample(self, op):
        """One of the operation's own samples: its special values, on nodes made for them."""
        sample = self.random.choice(op["samples"])
        dtype = self.random.choice(["float64", "float32"])
        names = []
        for tensor in sample["inputs"]:
            if tensor is None:
                names.append(None)
                continue
            node = exported.source(f"n{len(self.nodes)}", tensor, dtype)
            if "file" in sample["attributes"]:
                return
            self.nodes.append(node)
            if "number" in tensor:
                self.values[node["name"]] = generate.decoded(tensor["number"])
            else:
                cast = lambda kind: getattr(torch, dtype) if kind.is_floating_point else kind  # noqa: E731
                value = generate.rebuilt(tensor, cast, False).contiguous()
                self.values[node["name"]] = value.requires_grad_(node["attributes"].get("requires_grad", False))
            names.append(node["name"])
        if "file" not in sample["attributes"]:
            attributes = {name: exported.attribute(value) for name, value in sample["attributes"].items()}
            self.attempt(op, names, attributes, may_fail=True)

    def inputs(self, op):
        """Addresses, None where an optional one is left out; a list takes the rest."""
        outputs = self.outputs()
        tensors = [address for address, value in outputs.items() if torch.is_tensor(value)]
        numbers = [address for address, value in outputs.items() if not torch.is_tensor(value)]
        chosen = []
        for parameter in op["parameters"]:
            kind = parameter["kind"]
            if kind == "tensor[]":
                count = self.random.randint(1, 3)
                first = self.random.choice(tensors)
                alike = [a for a in tensors if outputs[a].dim() == outputs[first].dim()]
                chosen += [first] + [self.random.choice(alike) for _ in range(count - 1)]
            elif kind.startswith("tensor"):
                if kind.endswith("?") and self.random.random() < 0.5:
                    chosen.append(None)
                elif numbers and chosen and self.random.random() < 0.15:
                    chosen.append(self.random.choice(numbers))
                else:
                    recent = tensors[-12:] if self.random.random() < 0.6 else tensors
                    chosen.append(self.random.choice(recent))
        while chosen and chosen[-1] is None:
            chosen.pop()
        return chosen

    def attributes(self, op):
        given = {}
        for parameter in op["parameters"]:
            if parameter["kind"].startswith("tensor"):
                continue
            name, kind = parameter["name"], parameter["kind"]
            pool = [sample["attributes"][name] for sample in op["samples"] if name in sample["attributes"]]
            needed = all(name in sample["attributes"] for sample in op["samples"])
            if name in ("file", "requires_grad") or not (needed or self.random.random() < 0.4):
                continue
            if pool and self.random.random() < 0.5:
                given[name] = exported.attribute(self.random.choice(pool))
                continue
            value = self.attribute(name, kind.rstrip("?"))
            if value is not None or kind.endswith("?"):
                given[name] = value
            elif pool:
                given[name] = exported.attribute(self.random.choice(pool))
        return given

    def attribute(self, name, kind):
        if kind == "bool":
            return self.random.random() < 0.5
        if kind == "int":
            return self.random.randint(-3, 3)
        if kind == "int[]":
            return [self.random.randint(-1 if name == "size" else -2, 3) for _ in range(self.random.randint(0, 3))]
        if kind == "dtype":
            return self.random.choice(DTYPES)
        if kind in ("number", "float", "number|string"):
            return self.number()
        if kind == "int|int[]":
            return self.random.choice([1, 2, [1, 1], [1, 2], [2, 1, 0]])
        return None

    def attempt(self, op, inputs, attributes, may_fail):
        """Adds the node, unless PyTorch refuses it and it may not."""
        outputs = self.outputs()
        given = [None if address is None else outputs[address] for address in inputs]
        if self.is_undefined(op, given, attributes):
            return False
        no_grad = self.without_grad and self.random.random() < 0.2
        muted = self.random.random() < 0.02 and given and torch.is_tensor(given[0]) and not op["variadic"]
        try:
            with torch.no_grad() if no_grad else contextlib.nullcontext():
                value = given[0] if muted else generate.called(op, given, self.for_python(op, attributes))
        except Exception:
            value = None
            if not may_fail:
                return False
        if hasattr(value, "__array__") and not torch.is_tensor(value) and not isinstance(value, (int, float, bool)):
            value = torch.from_numpy(value)
        if isinstance(value, (tuple, list)):
            names = op["outputs"] if not op["variadic"] else range(len(value))
            value = {str(output): tensor for output, tensor in zip(names, value)}
            if muted:
                value = None
        parts = value.values() if isinstance(value, dict) else [value]
        if any(torch.is_tensor(part) and (part.numel() > LARGEST or min(part.shape, default=0) < 0) for part in parts):
            return False  # expand to [0, -2] gives a tensor of that size, and of no use.
        if op["list_first"]:
            inputs = [inputs]
        name = self.add(op["name"], inputs, attributes, value)
        if no_grad:
            self.frames.append(name)
        if muted:
            self.nodes[-1]["muted"] = True
        if self.random.random() < 0.08:
            self.nodes[-1]["retain_grad"] = True
            if torch.is_tensor(value) and value.requires_grad:
                value.retain_grad()
        return True

    @staticmethod
    def is_undefined(op, given, attributes):
        """Where PyTorch asks for the first size of a tensor without any, what it says depends on what lay there before."""
        if op["name"] == "select":
            return torch.is_tensor(given[0]) and given[0].dim() == 0 and attributes.get("dim") == 0 and attributes.get("index") != 0
        return (op["name"] == "cross_entropy" and all(map(torch.is_tensor, given[:2])) and len(given) > 1
                and given[1].dim() == 0 and given[0].dim() > 1)

    @staticmethod
    def for_python(op, attributes):
        """As generate.called wants them."""
        dtypes = {parameter["name"] for parameter in op["parameters"] if parameter["kind"].startswith("dtype")}
        def encoded(name, value):
            if name in dtypes and value is not None:
                return {"dtype": value}
            if value in ("nan", "inf", "-inf"):
                return {"float": value}
            return value
        return {name: encoded(name, value) for name, value in attributes.items()}

    # Backward passes

    def steps(self):
        outputs = self.outputs()
        roots = [a for a, value in outputs.items() if torch.is_tensor(value) and value.requires_grad]
        steps = []
        for _ in range(self.random.choice([1, 1, 1, 2, 3]) if roots else 0):
            if steps and self.random.random() < 0.2:
                steps.append({"zero_grad": self.random.choice(["none", "zeros"])})
            chosen = [self.random.choice(roots[-10:]) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
            gradients = [self.gradient(outputs[root]) for root in chosen]
            step = {"roots": chosen}
            if any(gradients):
                step["gradients"] = gradients
            if self.random.random() < 0.5:
                step["retain_graph"] = self.random.random() < 0.8
            if self.random.random() < 0.15:
                step["create_graph"] = True
            if self.random.random() < 0.15:
                step["inputs"] = [self.random.choice(roots) for _ in range(self.random.randint(1, 2))]
            steps.append(step)
        return steps

    def gradient(self, root):
        if root.numel() == 1 and self.random.random() < 0.7 or self.random.random() < 0.02:
            return None
        dtype = str(root.dtype).removeprefix("torch.")
        return self.leaf(list(root.shape), dtype, requires_grad=False)


# Running

def outcome(options, document, folder):
    """What differs, by line; empty where nothing does."""
    path, script = folder / "document.chainrule", folder / "script.py"
    path.write_text(json.dumps(document))
    script.unlink(missing_ok=True)
    done = subprocess.run([options.program, "export", path, "--to", "python", "-o", script], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not script.exists():
        return [f"export ended with {done.returncode}: {done.stderr.strip()}"]
    errors = io.StringIO()
    status = None
    arguments, sys.argv = sys.argv, [str(script), "--check"]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        status = end.code
    except Exception as error:
        return [f"the script raised {type(error).__name__}: {error}"]
    finally:
        sys.argv = arguments
    if status == 0:
        return []
    return [line for line in errors.getvalue().splitlines() if "in PyTorch and" in line] or [f"exit status {status}"]


def references(node):
    for entry in node.get("inputs", []):
        for address in entry if isinstance(entry, list) else [entry]:
            if address is not None:
                yield address.split(":")[0]


def without(document, names):
    """The document without some nodes and all that needs them."""
    gone = set(names)
    kept = []
    for node in document["nodes"]:
        if node["name"] in gone or any(name in gone for name in references(node)):
            gone.add(node["name"])
        else:
            kept.append(node)
    smaller = dict(document, nodes=kept)
    there = lambda address: address is None or address.split(":")[0] not in gone  # noqa: E731
    steps = [step for step in document.get("backward", [])
             if all(map(there, step.get("roots", []) + step.get("gradients", []) + step.get("inputs", [])))]
    frames = [dict(frame, nodes=[name for name in frame["nodes"] if name not in gone]) for frame in document.get("frames", [])]
    return dict(smaller, backward=steps, frames=frames)


def candidates(document):
    """Smaller documents, the much smaller ones first."""
    steps = document.get("backward", [])
    for i in range(len(steps)):
        yield dict(document, backward=steps[:i] + steps[i + 1:])
    names = [node["name"] for node in document["nodes"]]
    size = max(1, len(names) // 2)
    while True:
        for start in range(0, len(names), size):
            yield without(document, names[start:start + size])
        if size == 1:
            break
        size //= 2
    for i, step in enumerate(steps):
        for key in ("inputs", "create_graph", "retain_graph"):
            if key in step:
                yield dict(document, backward=steps[:i] + [{k: v for k, v in step.items() if k != key}] + steps[i + 1:])
        for r in range(len(step.get("roots", [])) if len(step.get("roots", [])) > 1 else 0):
            smaller = dict(step, roots=step["roots"][:r] + step["roots"][r + 1:])
            if "gradients" in step:
                smaller["gradients"] = step["gradients"][:r] + step["gradients"][r + 1:]
            yield dict(document, backward=steps[:i] + [smaller] + steps[i + 1:])
    for i, node in enumerate(document["nodes"]):
        for key in ("muted", "retain_grad"):
            if key in node:
                yield dict(document, nodes=document["nodes"][:i] + [{k: v for k, v in node.items() if k != key}]
                           + document["nodes"][i + 1:])
        for name in node.get("attributes", {}):
            fewer = {k: v for k, v in node["attributes"].items() if k != name}
            yield dict(document, nodes=document["nodes"][:i] + [dict(node, attributes=fewer)] + document["nodes"][i + 1:])
        for address in references(node):  # Go round a node: take what it takes.
            source = next((other for other in document["nodes"] if other["name"] == address), {})
            for further in references(source):
                text = json.dumps(node["inputs"]).replace(f'"{address}"', f'"{further}"')
                yield dict(document, nodes=document["nodes"][:i] + [dict(node, inputs=json.loads(text))]
                           + document["nodes"][i + 1:])
    for key in ("frames", "backward"):
        if document.get(key):
            yield {k: v for k, v in document.items() if k != key}


def kind(lines):
    """Which difference it is, whatever the numbers."""
    return re.sub(r"[-\d.e+]+", "#", lines[0].partition(":")[2])[:40]


def shrunk(options, document, lines, folder):
    wanted = kind(lines)
    tried = 0
    while tried < 1500:
        for smaller in candidates(document):
            tried += 1
            if smaller["nodes"] and len(json.dumps(smaller)) < len(json.dumps(document)):
                found = outcome(options, smaller, folder)
                if found and kind(found) == wanted:
                    document, lines = smaller, found
                    break
        else:
            break
    return {key: value for key, value in document.items() if value}, lines


def trial(task):
    options, ops, number = task
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        document = Generator(ops, f"{options.seed}/{number}", options.nodes).document()
        lines = outcome(options, document, folder)
        nodes = len(document["nodes"])
        if lines:
            document, lines = shrunk(options, document, lines, folder)
    return number, nodes, document, lines


def described(program, samples, only):
    ops = json.loads(subprocess.run([samples], capture_output=True, check=True, text=True).stdout)
    public = json.loads(subprocess.run([program, "ops", "--json"], capture_output=True, check=True, text=True).stdout)["ops"]
    by_name = {op["name"]: op for op in public}
    chosen = []
    for op in ops:
        if op["name"] in by_name and (not only or op["name"] in only):
            kinds = [parameter["kind"] for parameter in op["parameters"] if parameter["kind"].startswith("tensor")]
            chosen.append(op | {"outputs": [output["name"] for output in by_name[op["name"]]["outputs"]],
                                "variadic": by_name[op["name"]]["variadic_outputs"],
                                "list_first": bool(kinds) and kinds[0].startswith("tensor[]")})
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--nodes", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/dev/bin/chainrule")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / "build/dev/tests/golden_samples")
    parser.add_argument("--keep", type=pathlib.Path, help="where shrunk documents are left")
    parser.add_argument("--only", type=lambda text: text.split(","), help="only these operations")
    options = parser.parse_args()
    options.program = options.program.resolve()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    ops = described(options.program, options.samples.resolve(), options.only)
    print(f"seed {options.seed}, {len(ops)} operations", flush=True)
    differing = nodes = 0
    with multiprocessing.Pool(options.jobs) as pool:
        tasks = ((options, ops, number) for number in range(options.count))
        for number, size, document, lines in pool.imap_unordered(trial, tasks):
            nodes += size
            if not lines:
                continue
            differing += 1
            print(f"--- document {number}, shrunk to {len(document['nodes'])} nodes")
            print("\n".join(line[:400] for line in lines[:3]))
            print(json.dumps(document), flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{options.seed}_{number}.chainrule").write_text(json.dumps(document))
    print(f"seed {options.seed}: {options.count} documents, {nodes} nodes, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

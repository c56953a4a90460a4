#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls every operation with wrong arguments and compares the errors with PyTorch's.

    python3 tests/wrong_arguments.py [--program build/dev/bin/chainrule] [--samples build/dev/tests/golden_samples]
        [--write | OP...]

From a few samples of each operation: every input becomes a number, a tuple, a tensor of another dtype or shape, or nothing;
every attribute another kind of value; and there is an unknown attribute. PyTorch runs the exported script. Prints what differs
and "N calls, M differ, …". --write leaves some of the calls with PyTorch's words in tests/golden/wrong_arguments.json.
OP: only these. Run by hand: it needs PyTorch.
"""
import argparse
import contextlib
import io
import json
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile
import warnings

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import random_graphs  # noqa: E402
import run_exported_scripts as exported  # noqa: E402

GOLDEN = ROOT / "tests/golden/wrong_arguments.json"
BATCH = 25  # Calls in one document.
SAMPLES = 3  # Of each operation.
VALUES = [None, True, -9, 7, 2.5, "foo", [], [0], [0, 0], [5], [-1, 1], "float32"]
EXTRAS = [
    {"name": "f", "op": "number", "attributes": {"value": 2.5}},
    {"name": "k", "op": "number", "attributes": {"value": 2}},
    {"name": "yes", "op": "number", "attributes": {"value": True}},
    {"name": "src", "op": "tensor", "attributes": {"value": "[1., 2.]"}},
    {"name": "parts", "op": "split", "inputs": ["src"], "attributes": {"split_size_or_sections": 1}},
    {"name": "both", "op": "max", "inputs": ["src"], "attributes": {"dim": 0}},
    {"name": "ints", "op": "tensor", "attributes": {"value": "[1, 2]"}},
    {"name": "flags", "op": "tensor", "attributes": {"value": "[[True], [False]]"}},
    {"name": "wide", "op": "tensor", "attributes": {"value": "[1., 2., 3.]", "dtype": "float64"}},
    {"name": "half", "op": "tensor", "attributes": {"value": "[[[1., 2., 3.]]]", "dtype": "float16"}},
    {"name": "deep", "op": "zeros", "attributes": {"size": [2, 1, 3, 1, 2]}},
    {"name": "none", "op": "zeros", "attributes": {"size": [0, 3]}},
]
# Attributes that no wrong value of can be written as Python: it is text, or decides where an index stands.
UNWRITTEN = {("tensor", "value"), ("from_numpy", "array"), ("number", "value"), ("select", "dim"), ("slice", "dim")}
# What PyTorch takes and documents do not, as the parameter has another kind there: `to` without a dtype (a copy of nothing), a
# device or a bool for one, indices that make another operation of x[…] (unsqueeze, or index with a tensor), and Python's own
# indexing of a tuple, whose items documents address.
OTHERWISE = re.compile(r"i\d\.to\((None|True|2\.5|)\)|i\d\[(None|True|\[[-\d, ]*\])\]|(parts|both)\[.*\]|i\d\.__getitem__\(0\)")
ALONE = [extra["name"] for extra in EXTRAS if extra["name"] != "src"]


def sources(sample):
    """Nodes for the inputs of a sample, and their names, None where one is left out."""
    nodes, names = [], []
    for i, record in enumerate(sample["inputs"]):
        if record is None:
            names.append(None)
            continue
        names.append(f"i{i}")
        attributes = {"value": exported.attribute(record["number"])} if "number" in record else {
            "value": exported.literal([exported.number(value) for value in record["values"]], record["shape"]),
            "dtype": record["dtype"]}
        nodes.append({"name": f"i{i}", "op": "number" if "number" in record else "tensor", "attributes": attributes})
    return nodes, names


def chosen_samples(op):
    """A few that differ in what is given, and of which all can be written as text."""
    seen = set()
    for sample in op["samples"]:
        records = [record for record in sample["inputs"] if record]
        shape = (len(records), tuple(sorted(sample["attributes"])))
        if shape in seen or len(seen) == SAMPLES or "file" in sample["attributes"]:
            continue
        if not any(0 in record.get("shape", []) for record in records):
            seen.add(shape)
            yield sample


def mistakes(op, names, attributes):
    """Calls with one mistake or, where all tensors change alike, several, and what is changed."""
    for i in range(len(names)):
        for other in ALONE + [None]:
            yield f"input {i}", names[:i] + [other] + names[i + 1:], attributes
    if len(names) > 1:
        for other in ("f", "parts", "flags", "ints", "wide"):
            yield "all inputs", [other] * len(names), attributes
    for parameter in op["parameters"]:
        name = parameter["name"]
        if parameter["kind"].startswith("tensor") or name in ("seed", "file") or (op["name"], name) in UNWRITTEN:
            continue
        for value in VALUES:
            yield name, names, attributes | {name: value}
        yield name, names, {key: value for key, value in attributes.items() if key != name}
    yield "unknown", names, attributes | {"foo": 1}


def ran(script):
    """The globals of an exported script, which PyTorch runs."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return runpy.run_path(str(script))


def words(value):
    return f"{type(value).__name__.lstrip('_')}: {value}" if isinstance(value, Exception) else None


def theirs(path, script, error, name):
    """What PyTorch says, and the call as the script writes it."""
    text = script.read_text()
    call = re.search(rf"^{name} = (.*)$", text, re.MULTILINE)
    call = re.sub(rf'^attempt\("{name}", lambda: (.*)\)$', r"\1", call.group(1)) if call else None
    return words(error), call


def outcomes(program, folder, nodes, calls):
    """For each call, the error in Chainrule and in PyTorch (None: there is none), and the call as Python text."""
    path, script = folder / "document.chainrule", folder / "script.py"
    path.write_text(json.dumps({"format": "chainrule", "version": 1, "nodes": nodes + calls}))
    script.unlink(missing_ok=True)
    report = subprocess.run([program, "run", path, "--json"], capture_output=True, text=True)
    subprocess.run([program, "export", path, "--to", "python", "-o", script], capture_output=True)
    ours = json.loads(report.stdout)["nodes"]
    try:
        python = ran(script)
    except Exception as error:
        if len(calls) > 1:
            return [outcomes(program, folder, nodes, [call])[0] for call in calls]
        python = {calls[0]["name"]: error}
    rows = []
    for call in calls:
        error = ours[call["name"]]["error"]
        mine = error and f"{error['type']}: {error['message']}"
        rows.append((mine, *theirs(path, script, python.get(call["name"]), call["name"])))
    return rows


def swept(program, ops):
    """For each sample, its nodes and a list of what is wrong, the call, and its outcomes."""
    with tempfile.TemporaryDirectory() as temporary:
        for op in ops:
            for sample in chosen_samples(op):
                nodes, names = sources(sample)
                attributes = {key: exported.attribute(value) for key, value in sample["attributes"].items()}
                wrong, calls = [], []
                for what, inputs, given in mistakes(op, names, attributes):
                    wrong.append(what)
                    calls.append({"name": f"y{len(calls)}", "op": op["name"],
                                  "inputs": [inputs] if op["list_first"] else inputs, "attributes": given})
                rows = []
                for start in range(0, len(calls), BATCH):
                    rows += outcomes(program, pathlib.Path(temporary), nodes + EXTRAS, calls[start:start + BATCH])
                yield op, sample, nodes, list(zip(wrong, calls, rows))


def golden(nodes, rows, known):
    """Calls of which each is refused otherwise than those before, as a document, and PyTorch's words."""
    kept, words = [], {}
    for what, call, (mine, expected, text) in rows:
        kind = (call["op"], what, (expected or "")[:45])
        if expected and text and mine == expected and kind not in known:
            known.add(kind)
            kept.append(call)
            words[call["name"]] = expected
    return {"nodes": nodes + kept, "errors": words}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/dev/bin/chainrule")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / "build/dev/tests/golden_samples")
    parser.add_argument("--write", action="store_true", help="write the golden file")
    parser.add_argument("ops", nargs="*", metavar="OP")
    options = parser.parse_args()
    torch.set_num_threads(1)
    program = options.program.resolve()
    count = differing = otherwise = 0
    documents, known = [], set()
    for op, sample, nodes, rows in swept(program, random_graphs.described(program, options.samples.resolve(), options.ops)):
        for what, call, (mine, expected, text) in rows:
            count += 1
            if expected is None and text is not None and OTHERWISE.fullmatch(text) and mine is not None:
                otherwise += 1
            elif text is not None and mine != expected:
                differing += 1
                print(f"{op['name']}, {sample['label']}: {text}\n  PyTorch   {expected}\n  Chainrule {mine}")
        documents.append(golden(nodes, rows, known))
    if options.write and not options.ops:
        lines = ",\n".join(json.dumps(document) for document in documents if document["errors"])
        GOLDEN.write_text(f'{{"pytorch": "{torch.__version__}", "extras": {json.dumps(EXTRAS)},\n"documents": [\n{lines}\n]}}\n')
    print(f"{count} calls, {differing} differ, {otherwise} are no calls of that operation in documents")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

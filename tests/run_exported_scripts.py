#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs what `chainrule export --to python` writes under PyTorch, and compares it with what Chainrule computes.

    python3 tests/run_exported_scripts.py [--program build/dev/bin/chainrule]
        [--samples build/dev/tests/golden_samples] [--keep FOLDER] [NAME...]

For every example and for one document per operation, made of the samples in its record, the script must find with
--check that PyTorch agrees, and print what `chainrule run` prints. NAME: only these examples and operations.
Run by hand: it needs PyTorch, which the tests do not.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "resources" / "examples"
FLOATING = ["float16", "bfloat16", "float32", "float64"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/dev/bin/chainrule")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / "build/dev/tests/golden_samples")
    parser.add_argument("--keep", type=pathlib.Path, help="where documents and scripts are left to be looked at")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args()


def number(value):
    """A number of the samples as Python and as JSON hold it."""
    return float.fromhex(value["float"]) if isinstance(value, dict) else value


def attribute(value):
    """An attribute of the samples as documents have it."""
    if isinstance(value, list):
        return [attribute(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "dtype" in value:
        return value["dtype"]
    value = number(value)
    return value if value - value == 0 else str(value)


def literal(values, shape):
    """Elements in the brackets of their shape."""
    if not shape:
        return repr(values[0])
    size = len(values) // shape[0]
    return "[" + ", ".join(literal(values[i * size:(i + 1) * size], shape[1:]) for i in range(shape[0])) + "]"


def source(name, tensor, dtype):
    """The node for an input. Strides are lost, and an empty tensor does not require grad: no literal says either."""
    if "number" in tensor:
        return {"name": name, "op": "number", "attributes": {"value": attribute(tensor["number"])}}
    dtype = dtype if tensor["dtype"] in FLOATING else tensor["dtype"]
    if 0 in tensor["shape"]:
        return {"name": name, "op": "zeros", "attributes": {"size": tensor["shape"], "dtype": dtype}}
    attributes = {"value": literal([number(value) for value in tensor["values"]], tensor["shape"]), "dtype": dtype}
    if dtype in FLOATING:
        attributes["requires_grad"] = True
    return {"name": name, "op": "tensor", "attributes": attributes}


def document_of(op, dtype):
    """All samples of an operation side by side."""
    nodes = []
    kinds = [parameter["kind"] for parameter in op["parameters"] if parameter["kind"].startswith("tensor")]
    for prefix, samples in [("y", op["samples"]), ("e", op["errors"])]:
        for index, sample in enumerate(samples):
            names = []
            for place, tensor in enumerate(sample["inputs"]):
                names.append(None if tensor is None else f"{prefix}{index}_x{place}")
                if tensor is not None:
                    nodes.append(source(names[-1], tensor, dtype))
            if kinds and kinds[0].startswith("tensor[]"):
                names = [names]
            attributes = {name: attribute(value) for name, value in sample["attributes"].items()}
            nodes.append({"name": f"{prefix}{index}_{sample['label']}", "op": op["name"], "inputs": names,
                          "attributes": attributes})
    return {"format": "chainrule", "version": 1, "nodes": nodes}


def with_backward(program, path, document):
    """The document, differentiated from every result that requires grad, with ones as upstream gradients."""
    path.write_text(json.dumps(document))
    report = subprocess.run([program, "run", path, "--json"], capture_output=True, text=True)
    results = json.loads(report.stdout)["nodes"]
    made = {node["name"] for node in document["nodes"] if node.get("inputs")}
    roots, gradients = [], []
    for name in [node["name"] for node in document["nodes"] if node["name"] in made]:
        outputs = results[name]["outputs"]
        for output in outputs:
            if not output["requires_grad"]:
                continue
            roots.append(name if output["name"] == "output" else f"{name}:{output['name']}")
            gradients.append(f"g{len(roots)}")
            document["nodes"].append({"name": gradients[-1], "op": "ones",
                                      "attributes": {"size": output["shape"], "dtype": output["dtype"]}})
    if roots:
        document["backward"] = [{"roots": roots, "gradients": gradients}]
    path.write_text(json.dumps(document, indent=1))


def differences(program, path, script):
    """What is wrong with one document's script; an empty list if nothing."""
    ran = subprocess.run([program, "run", path], capture_output=True, text=True)
    exported = subprocess.run([program, "export", path, "--to", "python", "-o", script], capture_output=True, text=True)
    if exported.returncode not in (0, 1) or not script.exists():
        return ["export: " + exported.stderr]
    done = subprocess.run([sys.executable, "-W", "ignore", script, "--check"], capture_output=True, text=True,
                          cwd=path.parent)
    found = []
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        found += [line for line in lines if " in PyTorch and " in line or " in Chainrule" in line] or lines[-3:]
    if shown(ran.stdout) != shown(done.stdout):
        ours, theirs = shown(ran.stdout).splitlines(), shown(done.stdout).splitlines()
        found += [f"printed: {b!r} by PyTorch, {a!r} by Chainrule" for a, b in zip(ours, theirs) if a != b]
        if len(ours) != len(theirs):
            found.append(f"printed: {len(theirs)} lines by PyTorch, {len(ours)} by Chainrule")
    return found


def shown(text):
    """What was printed without line breaks inside tensors and without digits, in which rounding may differ: --check has
    compared the numbers themselves."""
    text = re.sub(r",\n+ *", ", ", text)
    return re.sub(r"-?\b\d+\.\d*(e[-+]\d+)?", "#", re.sub(r"(?<=[\[ ]) +", "", text))


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        program = options.program.resolve()
        documents = {path.stem: path for path in sorted(EXAMPLES.glob("*.chainrule"))}
        ops = json.loads(subprocess.run([options.samples.resolve()], capture_output=True, check=True, text=True).stdout)
        for op in ops:
            for dtype in ["float64", "float32"]:
                documents[f"{op['name']}.{dtype}"] = (op, dtype)
        passed = failed = 0
        for name, made_of in documents.items():
            if options.names and name.split(".float")[0] not in options.names:
                continue
            path = made_of
            if isinstance(made_of, tuple):
                path = folder / f"op_{name}.chainrule"
                with_backward(program, path, document_of(*made_of))
            found = differences(program, path, folder / f"script_{name}.py")
            passed, failed = (passed, failed + 1) if found else (passed + 1, failed)
            for line in found:
                print(f"{name}: {line}")
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks PyTorch what every operation of Chainrule should give, and writes it to tests/golden/ops.

    python3 tests/golden/generate.py [--samples build/dev/tests/golden_samples] [OP...]

Without OP, all operations; folders of operations that are no more are removed. Two runs write the same bytes.

The samples come from the operations' own records, printed by the program golden_samples. Each is evaluated with
the operation's own PyTorch spelling. For each sample, the archive ops/OP/arrays.npz holds, in float64 where it is floating,
    SAMPLE/yK       output K,
    SAMPLE/dyK      a random upstream gradient for it, where it requires grad,
    SAMPLE/dxI      the gradient of input I; absent where PyTorch gives None,
    SAMPLE/dxxI     the gradient of half the sum of all squared dx, with respect to input I,
    SAMPLE/float32  all y and then all dx once more, computed in float32, one after the other; likewise float16 and bfloat16,
    SAMPLE/int64/K, SAMPLE/bool/K  output K where the floating inputs have that dtype instead, see converted().
ops/OP/facts.json holds what is no number: dtypes, strides, names of backward nodes, refusals.
"""
import argparse
import json
import operator
import pathlib
import shutil
import subprocess
import warnings
import zlib

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
OPS = HERE / "ops"
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
SYMBOLS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
           "%": operator.mod, "**": operator.pow, "@": operator.matmul}


def indexed(x, dim, index):
    if dim < 0:
        return x[(..., index) + (slice(None),) * (-1 - dim)]
    return x[(slice(None),) * dim + (index,)] if dim else x[index]


def literal(function, text, **keywords):
    names = {"torch": torch, "np": np, "nan": float("nan"), "inf": float("inf"), "keywords": keywords}
    return eval(f"{function}({text}, **keywords)", names)


def tensor(file=None, value=None, dtype=None, requires_grad=False):
    if file is not None:
        return file.to(dtype or file.dtype)
    if value is None:
        return torch.tensor()
    return literal("torch.tensor", value, dtype=dtype, requires_grad=requires_grad).detach()


def from_numpy(file=None, array=None):
    return file if file is not None else torch.from_numpy(literal("np.array", array))


# Operations whose spelling is no plain function of the tensors and the attributes by name.
ADAPTERS = {
    "autograd.grad": lambda outputs, inputs, grad_outputs=None: torch.autograd.grad(
        outputs, inputs, grad_outputs, create_graph=True)[0],
    "einsum": lambda operands, equation: torch.einsum(equation, *operands),
    "from_numpy": from_numpy,
    "log_sigmoid_backward": lambda grad_output, x: torch.ops.aten.log_sigmoid_backward(
        grad_output, x, torch.ops.aten.log_sigmoid_forward(x)[1]),
    "nll_loss_backward": lambda grad_output, x, target, weight=None, total_weight=None, **named:
        torch.ops.aten.nll_loss_backward(grad_output, x, target, weight, total_weight=total_weight, **named),
    "number": lambda value: value,
    "select": indexed,
    "slice": lambda x, dim=0, start=None, end=None, step=1: indexed(x, dim, slice(start, end, step)),
    "tensor": tensor,
}
ALL, DIFFERENTIABLE, NONE = range(3)  # Which floating inputs require grad.


def decoded(value):
    """An attribute or an element as Python has it."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, dict):
        return float.fromhex(value["float"]) if "float" in value else getattr(torch, value["dtype"])
    return value


def converted(values, dtype):
    """Floating numbers in a dtype; as integers four times as large, as booleans whether they are above one half."""
    if values.is_floating_point() and dtype == torch.bool:
        return values > 0.5
    return (values * 4 if values.is_floating_point() and not dtype.is_floating_point else values).to(dtype)


def rebuilt(record, cast, requires_grad):
    """An input in the same memory layout; floating ones as `cast`."""
    if record is None:
        return None
    if "number" in record:
        return decoded(record["number"])
    dtype = getattr(torch, record["dtype"])
    values = torch.tensor(decoded(record["values"]), dtype=dtype).reshape(record["shape"])
    once = [min(size, 1) if stride == 0 else size for size, stride in zip(record["shape"], record["strides"])]
    x = torch.empty_strided(once, record["strides"], dtype=cast(dtype))
    x.copy_(converted(values[tuple(slice(size) for size in once)], x.dtype))
    x = x.expand(record["shape"])
    return x.requires_grad_(bool(requires_grad) and x.is_floating_point())


def inputs_of(op, sample, cast=lambda dtype: dtype, leaves=DIFFERENTIABLE):
    tensors = [parameter for parameter in op["parameters"] if parameter["kind"].startswith("tensor")]
    return [rebuilt(record, cast, leaves == ALL or leaves == DIFFERENTIABLE
                    and tensors and tensors[min(i, len(tensors) - 1)]["differentiable"])
            for i, record in enumerate(sample["inputs"])]


def function_of(op):
    place = torch
    for part in op["torch"].removeprefix("torch.").split("."):
        place = getattr(place, part)
    return place


def called(op, inputs, attributes):
    """Leading tensors by position, all that follows a parameter left out by name."""
    attributes = {name: decoded(value) for name, value in attributes.items()}
    if "file" in attributes:  # The only input is what stands in it.
        attributes["file"] = inputs[0].detach()
    if any(parameter["name"] == "seed" for parameter in op["parameters"]):
        torch.manual_seed(attributes.pop("seed", 0))
    if op["symbol"] in SYMBOLS and len(inputs) == 2 and not attributes and not torch.is_tensor(inputs[0]):
        return SYMBOLS[op["symbol"]](*inputs)
    rest = list(inputs)
    positional, named = [], dict(attributes)
    for parameter in op["parameters"]:
        if parameter["kind"].rstrip("?") == "tensor[]":
            value, rest = rest, []
        elif parameter["kind"].rstrip("?") == "tensor":
            value = rest.pop(0) if rest else None
        else:
            value = None
        if value is not None and len(positional) == op["parameters"].index(parameter):
            positional.append(value)
        elif value is not None:
            named[parameter["name"]] = value
    if op["name"] in ADAPTERS:
        return ADAPTERS[op["name"]](*positional, **named)
    return function_of(op)(*positional, **named)


def outputs_of(op, sample, inputs):
    result = called(op, inputs, sample["attributes"])
    return list(result) if isinstance(result, (tuple, list)) else [result]


def words(error):
    return f"{type(error).__name__.lstrip('_')}: {error}"


def grad_fn_name(y):
    """As PyTorch prints it."""
    name = type(y.grad_fn).__name__
    return y.grad_fn.name().rsplit("::", 1)[-1] if name == "CppFunction" else name


def upstream(op, sample, outputs):
    generator = np.random.RandomState(zlib.crc32(f"{op['name']}/{sample['label']}".encode()))
    return [torch.from_numpy(np.asarray(generator.standard_normal(y.shape).round(3))).to(y.dtype)
            if torch.is_tensor(y) and y.requires_grad else None for y in outputs]


def gradients_of(outputs, dys, inputs, create_graph=False):
    """One for each input; None where it needs none or none arrives."""
    wanted = [x for x in inputs if torch.is_tensor(x) and x.requires_grad]
    roots = [(y, dy) for y, dy in zip(outputs, dys) if dy is not None]
    if not wanted or not roots:
        return [None] * len(inputs)
    found = iter(torch.autograd.grad([y for y, _ in roots], wanted, [dy for _, dy in roots], allow_unused=True,
                                     create_graph=create_graph))
    return [next(found) if torch.is_tensor(x) and x.requires_grad else None for x in inputs]


def second_derivatives(op, sample, dys, facts):
    """And the backward nodes of the gradients themselves: None for one that cannot be differentiated again."""
    inputs = inputs_of(op, sample)
    outputs = outputs_of(op, sample, inputs)
    dxs = gradients_of(outputs, dys, inputs, create_graph=True)
    facts["gradients"] = [None if dx is None or dx.grad_fn is None else grad_fn_name(dx) for dx in dxs]
    seeds = [dx.detach() if dx is not None and dx.requires_grad else None for dx in dxs]
    return gradients_of(dxs, seeds, inputs)


def is_freed(op, sample, dys, leaf=None):
    """Whether a second pass finds that the first has freed what was saved; None where there is no gradient at all.
    With `leaf` only that input requires grad."""
    inputs = inputs_of(op, sample, leaves=DIFFERENTIABLE if leaf is None else NONE)
    if leaf is not None:
        inputs[leaf].requires_grad_()
    outputs = outputs_of(op, sample, inputs)
    wanted = [x for x in inputs if torch.is_tensor(x) and x.requires_grad]
    roots = [(y, dy) for y, dy in zip(outputs, dys) if dy is not None and y.requires_grad]
    if not wanted or not roots:
        return None
    try:
        for _ in range(2):
            # A copy, because a .grad may lie in the memory of dy, and the second pass adds to it.
            torch.autograd.backward([y for y, _ in roots], [dy.clone() for _, dy in roots])
    except RuntimeError as error:
        if "second time" in str(error):
            return True
        raise
    return False


def array(y):
    if not torch.is_tensor(y):
        return np.asarray(y)
    y = y.detach()
    return (y.float() if y.dtype == torch.bfloat16 else y).contiguous().numpy(force=True)


def evaluated(op, sample, cast=lambda dtype: dtype):
    """The inputs, requiring grad unless the operation refuses just that, and the outputs."""
    inputs = inputs_of(op, sample, cast)
    try:
        return inputs, outputs_of(op, sample, inputs)
    except RuntimeError as error:
        if "requires grad" not in str(error) and "Autograd not support" not in str(error):
            raise
    inputs = inputs_of(op, sample, cast, NONE)
    return inputs, outputs_of(op, sample, inputs)


def describe(y):
    if not torch.is_tensor(y):
        return {"dtype": np.asarray(y).dtype.name, "shape": list(np.shape(y)), "strides": [], "grad_fn": None}
    return {"dtype": str(y.dtype).removeprefix("torch."), "shape": list(y.shape), "strides": list(y.stride()),
            "grad_fn": grad_fn_name(y) if y.grad_fn is not None else None}


def is_castable(record):
    """Whether all its numbers are defined in every dtype."""
    return record is None or "number" in record or np.isfinite(decoded(record["values"])).all()


def cast_to(name, sample):
    """What brings the floating inputs (if there are none, the integer ones) to another dtype."""
    tensors = [record for record in sample["inputs"] if record and "dtype" in record]
    floating = any(getattr(torch, record["dtype"]).is_floating_point for record in tensors)

    def cast(dtype):
        goes = dtype.is_floating_point if floating else dtype != torch.bool
        return getattr(torch, name) if goes else dtype
    return cast


def in_dtype(op, sample, name, arrays):
    """What comes out in a dtype without gradients: the dtypes of the outputs, the words of the refusal, or None where the
    sample has that dtype anyway."""
    cast = cast_to(name, sample)
    tensors = [record for record in sample["inputs"] if record and "dtype" in record]
    if all(str(cast(getattr(torch, record["dtype"]))) == f"torch.{record['dtype']}" for record in tensors):
        return None
    if name == "int64" and not all(map(is_castable, tensors)):
        return None
    try:
        outputs = outputs_of(op, sample, inputs_of(op, sample, cast, NONE))
    except Exception as error:
        return words(error)
    for k, y in enumerate(outputs):
        arrays[f"{sample['label']}/{name}/{k}"] = array(y)
    return [describe(y)["dtype"] for y in outputs]


def in_narrower(op, sample, name, dys, arrays):
    """What comes out in a narrower floating dtype with gradients: the dtypes of the outputs, or the words of the refusal."""
    narrower = getattr(torch, name)
    try:
        inputs, outputs = evaluated(op, sample, lambda dtype: narrower if dtype.is_floating_point else dtype)
        dys = [None if dy is None else dy.to(y.dtype) for dy, y in zip(dys, outputs)]
        dxs = [dx for dx in gradients_of(outputs, dys, inputs) if dx is not None]
    except Exception as error:
        return words(error)
    arrays[f"{sample['label']}/{name}"] = np.concatenate([array(x).ravel() for x in outputs + dxs])
    return [describe(y)["dtype"] for y in outputs]


def sample_facts(op, sample, arrays):
    """Adds to the arrays, and returns the facts."""
    inputs, outputs = evaluated(op, sample)
    dys = upstream(op, sample, outputs)
    dxs = gradients_of(outputs, dys, inputs)
    facts = {"outputs": [describe(y) for y in outputs]}
    wanted = inputs_of(op, sample)
    if any(torch.is_tensor(x) and x.requires_grad != y.requires_grad for x, y in zip(inputs, wanted)):
        facts["leaves"] = False
    if any(dx is not None for dx in dxs) and facts.get("leaves", True):
        facts["freed"] = [is_freed(op, sample, dys)] + [
            is_freed(op, sample, dys, i) if torch.is_tensor(x) and x.requires_grad else None
            for i, x in enumerate(inputs)]
    try:
        dxxs = second_derivatives(op, sample, dys, facts) if any(dx is not None for dx in dxs) else []
    except RuntimeError as error:
        facts["second"] = words(error)
        dxxs = []
    for prefix, tensors in ("y", outputs), ("dy", dys), ("dx", dxs), ("dxx", dxxs):
        for i, x in enumerate(tensors):
            if x is not None:
                arrays[f"{sample['label']}/{prefix}{i}"] = array(x)
    if any(torch.is_tensor(x) and x.is_floating_point() for x in inputs):
        for name in "float32", "float16", "bfloat16":
            facts[name] = in_narrower(op, sample, name, dys, arrays)
    for name in "int64", "bool":
        given = in_dtype(op, sample, name, arrays)
        if given is not None:
            facts[name] = given
    return facts


def dtype_samples(op):
    """Few that show how dtypes decide: the first, the first with a number, the first with attributes."""
    def is_fit(sample):
        tensors = [record for record in sample["inputs"] if record and "dtype" in record]
        return any(record["dtype"] != "bool" for record in tensors) and all(map(is_castable, tensors))

    fit = [sample for sample in op["samples"] if is_fit(sample)]
    chosen = {}
    for kind in (lambda sample: True,
                 lambda sample: any(record and "number" in record for record in sample["inputs"]),
                 lambda sample: sample["attributes"]):
        for sample in filter(kind, fit):
            chosen.setdefault(sample["label"], sample)
            break
    return chosen.values()


def dtype_row(op, sample):
    """What comes out when the floating inputs (if there are none, the integer ones) have another dtype."""
    row = {}
    for name in DTYPES:
        try:
            outputs = outputs_of(op, sample, inputs_of(op, sample, cast_to(name, sample), NONE))
            row[name] = " ".join(describe(y)["dtype"] for y in outputs)
        except Exception as error:
            row[name] = words(error)
    return row


def refusals(op, sample):
    """Without an input that requires grad, and with all that can; None for what is not refused."""
    found = []
    for leaves in NONE, ALL:
        try:
            outputs_of(op, sample, inputs_of(op, sample, leaves=leaves))
            found.append(None)
        except Exception as error:
            found.append(words(error))
    if found == [None, None]:
        raise ValueError(f"PyTorch does not refuse the sample {sample['label']}")
    return found


def write_op(op):
    folder = OPS / op["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    arrays = {}
    facts = {"samples": {sample["label"]: sample_facts(op, sample, arrays) for sample in op["samples"]},
             "dtypes": {sample["label"]: dtype_row(op, sample) for sample in dtype_samples(op)},
             "errors": {sample["label"]: refusals(op, sample) for sample in op["errors"]}}
    lines = []
    for title, entries in facts.items():
        inner = ",\n".join(f"  {json.dumps(label)}: {json.dumps(entry)}" for label, entry in entries.items())
        lines.append(f" {json.dumps(title)}: {{\n{inner}\n }}")
    np.savez_compressed(folder / "arrays.npz", **arrays)
    (folder / "facts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", default=HERE.parents[1] / "build/dev/tests/golden_samples",
                        help="the program golden_samples (default: %(default)s)")
    parser.add_argument("ops", nargs="*", metavar="OP")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)

    ops = json.loads(subprocess.run([arguments.samples], check=True, stdout=subprocess.PIPE).stdout)
    unknown = set(arguments.ops) - {op["name"] for op in ops}
    if unknown:
        parser.error(f"no such operation: {', '.join(sorted(unknown))}")
    OPS.mkdir(exist_ok=True)
    failed = []
    for op in ops:
        if not arguments.ops or op["name"] in arguments.ops:
            try:
                write_op(op)
            except Exception as error:
                failed.append(f"{op['name']}: {words(error)}")
                shutil.rmtree(OPS / op["name"], ignore_errors=True)
    for folder in OPS.iterdir():
        if folder.is_dir() and folder.name not in {op["name"] for op in ops}:
            shutil.rmtree(folder)
    (OPS / "version.json").write_text(json.dumps({"torch": torch.__version__, "numpy": np.__version__,
                                                  "command": "python3 tests/golden/generate.py"}) + "\n")
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()

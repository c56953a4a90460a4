#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the seeds of the targets out of the corpus of tests/files, by hand: tests/fuzz/seeds.py

What was found later lies beside them, and is not touched: its names do not begin with "corpus".
"""
import hashlib
import json
import pathlib
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(here.parent / "files"))
import corpus_arrays  # noqa: E402
import corpus_documents  # noqa: E402

LONGEST = 2048
EDITS = """
{"add": {"name": "n", "op": "neg", "inputs": ["m:values"], "position": [200, 40]}}
{"connect": {"from": "p", "to": "c", "parameter": "tensors", "item": 2}}
{"connect": {"from": "m:indices", "to": "s", "parameter": 0}}
{"disconnect": {"to": "c", "parameter": "tensors", "item": 1}}
{"set": {"node": "m", "attribute": "dim", "value": 1}}
{"set": {"node": "x", "attribute": "value", "value": "[1., nan]"}}
{"unset": {"node": "m", "attribute": "dim"}}
{"mark": {"node": "p", "retain_grad": false, "muted": true, "comment": "why"}}
{"rename": {"node": "p", "to": "product"}}
{"move": {"p": [220, 40], "x": [0, 0.5]}}
{"remove": ["p", "m"]}
{"backward": [{"roots": ["s"], "gradients": ["x"], "retain_graph": true, "create_graph": true, "inputs": ["x"]}, {"zero_grad": "zeros"}]}
{"several": {"title": "Swap", "edits": [{"remove": ["c"]}, {"add": {"name": "c", "op": "cat", "inputs": [["x", "p"]]}}]}}
{"add": {"name": "t", "op": "tensor", "attributes": {"file": "w.npy", "dtype": "float64"}, "unknown": [1, {"a": null}]}}
{"rename": {"node": "nobody", "to": "x"}}
"undo"
{"add": {"name": "\\u0041\\ud83d\\ude00", "op": ""}}
"""


def store(kind, contents):
    folder = here / "seeds" / kind
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("corpus*"):
        old.unlink()
    names = {hashlib.sha256(c).hexdigest()[:12]: c for c in contents if len(c) <= LONGEST}
    for name, content in names.items():
        (folder / f"corpus-{name}").write_bytes(content)
    print(f"{len(names)} {kind}")


def made(cases, step=1):
    """The files that cases make, without those that are larger than a seed."""
    with tempfile.TemporaryDirectory() as name:
        for number, case in enumerate(cases[::step]):
            folder = pathlib.Path(name, str(number))
            folder.mkdir()
            try:
                case.make(folder)
            except OSError:
                continue
            yield from (f.read_bytes() for f in folder.iterdir() if f.is_file() and f.stat().st_size <= LONGEST)


store("npy", made(corpus_arrays.npy_cases(), 4))
store("npz", made(corpus_arrays.npz_cases(), 2))
store("document", made(corpus_documents.documents(), 2))
store("edit", [EDITS.strip().encode(), *(line.encode() for line in EDITS.strip().splitlines())])
store("literal", (json.loads(d)["nodes"][0]["attributes"]["value"].encode() for d in made(corpus_documents.literals())))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what PyTorch prints for the documents in tests/golden/documents.

    python3 tests/golden/documents.py [--program build/dev/bin/chainrule] [NAME...]

Each NAME.chainrule is exported as a script, which PyTorch runs; NAME.txt holds what it prints: the tensors and gradients, a line
`---` and the errors as `ADDRESS: TYPE: MESSAGE`. The script must agree with --check, too.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENTS = HERE / "documents"


def transcript(program, document, folder):
    script = folder / "script.py"
    subprocess.run([program, "export", document, "--to", "python", "-o", script], capture_output=True)
    run = [sys.executable, "-W", "ignore", script]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=folder)
    checked = subprocess.run(run + ["--check"], capture_output=True, text=True, cwd=folder)
    if checked.returncode != 0:
        raise SystemExit(f"{document.stem}: {checked.stderr}")
    return done.stdout + "---\n" + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=HERE.parents[1] / "build/dev/bin/chainrule")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for document in sorted(DOCUMENTS.glob("*.chainrule")):
            if not arguments.names or document.stem in arguments.names:
                text = transcript(arguments.program.resolve(), document, pathlib.Path(folder))
                document.with_suffix(".txt").write_text(text)
    (DOCUMENTS / "version.json").write_text(json.dumps({"torch": torch.__version__,
                                                        "command": "python3 tests/golden/documents.py"}) + "\n")


if __name__ == "__main__":
    main()

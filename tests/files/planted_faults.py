#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that edit_sequences.py finds what is wrong with edits: builds the program with one fault after the other.

    tests/files/planted_faults.py FOLDER [--sequences 300]

Copies the tree to FOLDER, which must not exist, and builds there. Run by hand; a fault takes about half a minute.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# File, what stands there once, and what is put in its place.
FAULTS = [
    ("engine/graph/remove_nodes.cpp", "*route.item -=", "(void)"),
    ("engine/graph/remove_nodes.cpp", "pass.gradients.erase(pass.gradients.begin() + kept);", ";"),
    ("engine/graph/remove_nodes.cpp", "std::erase_if(*pass.inputs,", "std::count_if(pass.inputs->begin(), pass.inputs->end(),"),
    ("engine/graph/remove_nodes.cpp", "return false;\n        *route.item", "return true;\n        *route.item"),
    ("engine/graph/edit.cpp", "--*route.item;", ";"),
    ("engine/graph/edit.cpp", "replaced && replaced != edit.from", "false"),
    ("engine/graph/edit.cpp", "} else if (makesLinks(edit)) {", "} else if (false) {"),
    ("engine/graph/edit.cpp", "other && *other != node", "other && *other != node && node.value == 0"),
    ("engine/graph/edit.cpp", "node.muted = edit.muted.value_or(node.muted);", "node.muted = edit.muted.value_or(false);"),
    ("engine/graph/links.cpp", "if (item > items)", "if (item > items + 1)"),
    ("engine/graph/node.cpp", "void dropOpenEnd(Inputs& inputs)\n{", "void dropOpenEnd(Inputs& inputs)\n{\n    return;"),
    ("app/cli/edit_command.cpp", "m_diagrams.resize(m_index + 1);", ""),
    ("app/cli/edit_command.cpp", "if (diagram == current())", "if (false)"),
    ("engine/io/document_writer.cpp", "m_writer.raw(node.extras->unknownFields);", ""),
    ("engine/io/edit_json.cpp", "growing = *std::move(grown);", ";"),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sequences", type=int, default=300)
    arguments = parser.parse_args()
    copy = arguments.folder / "tree"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns("build", ".git"))
    build = arguments.folder / "build"
    subprocess.run(["cmake", "-S", copy, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug"], check=True, stdout=subprocess.DEVNULL)

    def findings():
        subprocess.run(["cmake", "--build", build, "--target", "chainrule"], check=True, stdout=subprocess.DEVNULL)
        run = subprocess.run([sys.executable, copy / "tests/files/edit_sequences.py", build / "bin/chainrule",
                              "--sequences", str(arguments.sequences), "--seed", "1"], capture_output=True, text=True)
        return run.stdout.splitlines()[1][:150] if run.returncode else None

    if finding := findings():
        sys.exit(f"the program as it is fails: {finding}")
    missed = 0
    for file, old, new in FAULTS:
        path = copy / file
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {text.count(old)} times")
        path.write_text(text.replace(old, new))
        finding = findings()
        path.write_text(text)
        missed += finding is None
        print(f"{'found ' if finding else 'MISSED'}  {file}: {old!r} -> {new!r}: {finding}", flush=True)
    print(f"{len(FAULTS) - missed} of {len(FAULTS)} planted faults found")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""run.py FOLDER [KEEP]: tries the programs in FOLDER as a person does, on a display of its own.

Exit status 77 where the desktop's packages are missing, 1 where something failed; KEEP is then left with pictures."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import desktop as desktops

try:
    import accessible
    from window import Window
except (ImportError, ValueError) as error:
    accessible = error  # Said in main().

SKIPPED = 77
EMPTY = '{"format": "chainrule", "version": 1, "nodes": []}\n'
INTRODUCTION = """\
x = tensor(3.)  # torch.float32, torch.Size([])
y = tensor(4., requires_grad=True)  # torch.float32, torch.Size([])
z = tensor(5., requires_grad=True)  # torch.float32, torch.Size([])
p = tensor(12., grad_fn=<MulBackward0>)  # torch.float32, torch.Size([])
a = tensor(17., grad_fn=<AddBackward0>)  # torch.float32, torch.Size([])
x.grad = None
y.grad = tensor(3.)
z.grad = tensor(1.)
"""
HERE = os.path.dirname(os.path.abspath(__file__))


def npy(values):
    """A file as numpy.save writes it for a one-dimensional float32 array."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % len(values)
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(
        "<%df" % len(values), *values)


def empty_document(folder, name):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(EMPTY)
    return path


def build_the_introduction(desktop, programs, folder):
    """Palette, links, menus and names: the introduction's example, then F6, and chainrule says the same."""
    document = empty_document(folder, "built.chainrule")
    with Window(desktop, os.path.join(programs, "chainrule-window"), document, desktop.size) as window:
        for name, literal, down in [("x", "3.", 0.14), ("y", "4.", 0.44), ("z", "5.", 0.74)]:
            window.rename(window.add("tensor", 0.12, down), name)
            window.give(name, literal)
        for name, op, across, down in [("p", "mul", 0.42, 0.35), ("a", "add", 0.7, 0.55)]:
            window.rename(window.add(op, across, down), name)
        for name in ["y", "z"]:
            window.choose(name, "Node", "Requires Gradient")
        window.link("x", "p", 0, 2)
        window.link("y", "p", 1, 2)
        window.link("p", "a", 0, 2)
        window.link("z", "a", 1, 2)
        window.select("a")
        desktop.key("F6")
        window.says("y", "gradient")
        window.save()
    said = subprocess.run([os.path.join(programs, "chainrule"), "run", document], capture_output=True, text=True)
    desktops.expect(said.stdout == INTRODUCTION,
                    "the introduction's lines, but chainrule run says\n" + said.stdout + said.stderr)


def move_files(desktop, programs, folder):
    """A .npy file comes in from another program by drag and drop, and goes out to another one."""
    width, height = desktop.size
    taken = os.path.join(folder, "täken, with blanks")
    os.mkdir(taken)
    given = os.path.join(folder, "wéights.npy")
    with open(given, "wb") as file:
        file.write(npy([1.5, -2, 0.25]))
    document = empty_document(folder, "files.chainrule")
    with Window(desktop, os.path.join(programs, "chainrule-window"), document, (width - 200, height)) as window:
        for script, argument, title, y in [("peer_source.py", given, "peer source", 0),
                                           ("peer_target.py", taken, "peer target", 300)]:
            desktop.start([sys.executable, os.path.join(HERE, script), argument])
            desktop.place_window(title, width - 180, y)
        desktop.drag((width - 100, 60), window.canvas.at(0.4, 0.4), steps=40, pause=0.4)
        name = desktops.wait_for(lambda: list(window.nodes()), "a node for the dropped file")[0]
        window.says(name, "float32", "(3,)")

        start = window.value(name)  # Downwards first: sideways would change a number.
        desktop.drag(start, (start[0], start[1] + 30), (width - 100, 360), pause=0.4)
        out = os.path.join(taken, name + ".npy")
        desktops.wait_for(lambda: os.path.exists(out), "the file that the other program got", 15)
        with open(out, "rb") as file, open(given, "rb") as original:
            desktops.expect(file.read() == original.read(), "the very bytes that came in")


def hear_of_changes(desktop, programs, folder):
    """The test of what assistive technology is told, which needs a desktop that listens."""
    test = os.path.join(programs, os.pardir, "tests", "tst_canvas")
    said = desktop.output([test, "assistiveTechnologyHearsOfChanges"])
    desktops.expect(" 0 failed, 0 skipped" in said, "a test that passes, but it says\n" + said)


def main():
    programs = os.path.abspath(sys.argv[1])
    lacking = desktops.missing() + ([str(accessible)] if isinstance(accessible, Exception) else [])
    if lacking:
        print("skipped: there is no", ", ".join(lacking))
        return SKIPPED
    folder = tempfile.mkdtemp(prefix="chainrule-end-to-end-")
    status = 0
    with desktops.Desktop(folder) as desktop:
        accessible.connect(desktop.environment)
        for scenario in [build_the_introduction, move_files, hear_of_changes]:
            start = time.monotonic()
            try:
                scenario(desktop, programs, folder)
                print("%s: well after %.1f s" % (scenario.__name__, time.monotonic() - start))
            except Exception as error:  # Whatever it is, the other scenarios are tried as well.
                print("%s: %s: %s" % (scenario.__name__, type(error).__name__, error))
                status = 1
    if status and len(sys.argv) > 2:
        shutil.copytree(folder, sys.argv[2], dirs_exist_ok=True)
    shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    sys.exit(main())

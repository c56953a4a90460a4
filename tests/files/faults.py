#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes everything fail that can fail while the program saves a document or exports, and looks at what is left.

    tests/files/faults.py PROGRAM [--naive] [--verbose]

Disks that are full, folders that may not be written, targets that are no files, and with strace every system call that touches the
folder, one after the other, each with several errors. Demands that each file is the old or the new one, that nothing else is left,
that exit status 0 means that all was done, and that else one line names a path and the cause. --naive is the control: a writer
that overwrites files in place must do damage. What this machine does not allow (no root, no strace) is skipped and counted.
"""
import argparse
import contextlib
import dataclasses
import errno
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import typing

COMMENT = "x" * 200000
NODES = ",\n".join('{"name": "n%d", "op": "tensor", "attributes": {"value": "3."}, "comment": "%s"}' % (i, COMMENT) for i in range(5))
DOCUMENT = """{"format": "chainrule", "version": 1, "nodes": [
 {"name": "a", "op": "ones", "attributes": {"size": [400, 500]}}, {"name": "b", "op": "sum", "inputs": ["a"]},
%s]}""" % NODES
EDIT = b'{"rename": {"node": "b", "to": "total"}}\n'
OLD = b"what was here before\n" * 100
# The control does what a program without care does, with what the careful one has written.
NAIVE = """
import pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    if path.is_file():
        target = pathlib.Path(path.relative_to(sys.argv[1]))
        target.parent.mkdir(exist_ok=True)
        try:
            with open(target, "wb") as file:
                file.write(path.read_bytes())
        except OSError as error:
            sys.exit(f"chainrule: {error}")
"""


@dataclasses.dataclass
class Work:
    name: str
    arguments: list
    targets: list  # Relative to the folder; the first is what is disturbed.
    edits: bytes = b""
    calls: tuple = ("openat", "write", "fsync", "fchmod", "linkat", "rename", "close")


WORKS = [
    Work("save", ["edit", "d.chainrule"], ["d.chainrule"], EDIT),
    Work("save as", ["edit", "d.chainrule", "-o", "out/e.chainrule"], ["out/e.chainrule"], EDIT),
    Work("npy", ["run", "d.chainrule", "--export", "out"], ["out/a.npy", "out/b.npy"]),
    Work("npz", ["export", "d.chainrule", "--to", "npz", "-o", "out/all.npz"], ["out/all.npz"]),
    Work("python", ["export", "d.chainrule", "--to", "python", "-o", "out/s.py"], ["out/s.py"]),
    # Qt makes calls of its own, on several threads: of those the number says nothing.
    Work("png", ["export", "d.chainrule", "--to", "png", "-o", "out/p.png"], ["out/p.png"], calls=("fsync", "fchmod", "linkat", "rename")),
]


class Skipped(Exception):
    pass


@dataclasses.dataclass
class Fault:
    """`disturb` may change the folder before the program runs, and @returns what is called in the program's place, and a last word."""
    name: str
    disturb: typing.Callable
    mayWork: bool = False
    cause: str = "."
    isUndone: typing.Callable = lambda folder, work: None  # So that the folder can be looked at.


def prefixed(*words):
    return lambda folder, work: list(words)


def changing(change):
    def disturb(folder, work):
        change(folder / work.targets[0])
        return []
    return disturb


def limited(size):
    return prefixed(sys.executable, "-c", "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d)); "
                    "os.execvp(sys.argv[1], sys.argv[1:])" % (size, size))


def asNobody(change):
    """Root may do everything: the program then runs as another."""
    def disturb(folder, work):
        for path in [folder, *folder.rglob("*")]:
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)
        change(folder / work.targets[0])
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    return disturb


def inPlaceOf(make):
    def change(target):
        target.unlink()
        make(target)
    return changing(change)


def full(free, inodes=False):
    """The folder's disk has so many bytes left."""
    def disturb(folder, work):
        filler = folder / "filler"
        if inodes:
            for number in range(10000):
                try:
                    (folder / f"filler{number}").touch()
                except OSError:
                    return []
        size = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - free
        with open(filler, "wb") as file:
            file.write(bytes(max(size, 0)))
        return []
    return disturb


def without(folder, work):
    for filler in folder.glob("filler*"):
        filler.unlink()


def fold(path):
    path.mkdir()
    (path / "inside").write_bytes(OLD)


def remount(option):
    def disturb(folder, work):
        subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)
        return []
    return disturb


FULL = [Fault(f"disk with {free} bytes left", full(free), True, "No space left on device", without) for free in (0, 4096, 40960, 200000, 790000, 990000)]
FULL += [Fault("disk without inodes", full(1 << 20, True), True, "No space left on device", without),
         Fault("disk that is read-only", remount("ro"), False, "Read-only file system", lambda folder, work: remount("rw")(folder, work))]
FAULTS = [Fault(f"files may have {size} bytes", limited(size), True, "File too large") for size in (0, 1, 100, 4096, 50000, 700000)]
FAULTS += [
    Fault("file that is read-only", changing(lambda target: target.chmod(0o444)), False, "it is read-only"),
    Fault("folder that may not be written", asNobody(lambda target: target.parent.chmod(0o555)), False, "Permission denied"),
    Fault("file that may not be written", asNobody(lambda target: target.chmod(0o044)), False, "Permission denied|it is read-only"),
    Fault("folder that is gone", changing(lambda target: target.parent.name == "out" and shutil.rmtree(target.parent)), True),
    Fault("folder in the file's place", inPlaceOf(fold), False, "it is a folder"),
    Fault("pipe in the file's place", inPlaceOf(os.mkfifo), False, "it is a pipe"),
    Fault("device in the file's place", inPlaceOf(lambda target: target.symlink_to("/dev/null")), False, "it is a device"),
    Fault("file in the folder's place", changing(lambda target: target.parent.name == "out" and (shutil.rmtree(target.parent), target.parent.write_bytes(OLD))), True),
    Fault("second name of the file", changing(lambda target: os.link(target, target.with_name("other"))), True),  # It keeps the old content.
    Fault("links in a circle", inPlaceOf(lambda target: target.symlink_to(target.name)), False, "Too many levels of symbolic links"),
    Fault("link into nowhere", inPlaceOf(lambda target: target.symlink_to("nowhere/x")), False, "No such file or directory"),
]
ERRORS = {"openat": ("EIO", "EMFILE", "ENOSPC"), "write": ("EIO", "ENOSPC", "EDQUOT", "EINTR"), "fsync": ("EIO",), "fchmod": ("EIO",),
          "linkat": ("EIO", "EXDEV"), "rename": ("EIO", "EXDEV"), "close": ("EIO", "EDQUOT")}


def content(folder):
    """Every regular file under the folder; others by what they are."""
    def of(path):
        return path.read_bytes() if path.is_file() and not path.is_symlink() else b"link" if path.is_symlink() else b"other"
    return {str(path.relative_to(folder)): of(path) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def prepared(folder, work):
    (folder / "out").mkdir()
    (folder / "d.chainrule").write_text(DOCUMENT)
    for target in work.targets:
        if target != "d.chainrule":
            (folder / target).write_bytes(OLD)


def called(command, folder, edits):
    try:
        run = subprocess.run(command, cwd=folder, input=edits, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL, "it waits for ever"
    return run.returncode, run.stderr.decode("utf-8", "replace")


class Trial:
    def __init__(self, program, isNaive, isVerbose):
        self.program, self.isNaive, self.isVerbose = program, isNaive, isVerbose
        self.ran = self.failed = self.wrong = self.skipped = self.damaged = 0

    def command(self, work, prefix, model):
        return [*prefix, *([sys.executable, "-c", NAIVE, model] if self.isNaive else [self.program, *work.arguments])]

    def judge(self, work, fault, folder, before, after, status, errors):
        now = content(folder)
        cares = set(work.targets)
        torn = [p for p in cares if p in before and now.get(p) not in (before[p], after[p])]
        torn += [p for p in before if p not in cares and now.get(p) != before[p]]
        left = [p for p in now if p not in before and p not in after]
        lines = errors.splitlines()
        self.ran += 1
        self.failed += status != 0
        self.damaged += bool(torn)
        problem = (f"signal {-status}" if status < 0 else f"damaged {torn}" if torn else f"left {left}" if left else
                   "says that all is well" if status == 0 and any(now.get(p) != after[p] for p in cares) else
                   "fails for nothing it may fail for" if status and not lines else
                   f"no path and cause: {lines[:2]}" if status and not any(re.search(fault.cause, line) and re.search("chainrule|out", line[10:]) for line in lines) else
                   "should have failed" if status == 0 and not fault.mayWork else "")
        if problem and not self.isNaive:
            self.wrong += 1
        if problem and (self.isVerbose or not self.isNaive):
            print(f"{work.name}, {fault.name}: {problem}; status {status}, {lines[:2]}", flush=True)

    def run(self, work, fault, root, after, model):
        folder = root / "trial"
        folder.mkdir()
        try:
            prepared(folder, work)
            prefix = fault.disturb(folder, work)
            before = content(folder)
            status, errors = called(self.command(work, prefix, model), folder, work.edits)
            self.judge(work, fault, folder, before, after, status, errors)
        finally:
            subprocess.run(["chmod", "-R", "u+rwX", folder], stderr=subprocess.DEVNULL)
            shutil.rmtree(folder)

    def onDisk(self, work, fault, root, after, model, size):
        """On a disk of its own."""
        disk = root / "trial"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes=64", "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            disk.rmdir()
            self.skipped += 1
            return
        try:
            prepared(disk, work)
            before = content(disk)
            fault.disturb(disk, work)
            status, errors = called(self.command(work, [], model), disk, work.edits)
            fault.isUndone(disk, work)
            self.judge(work, fault, disk, before, after, status, errors)
        finally:
            subprocess.run(["umount", disk], check=True)
            disk.rmdir()

    def calls(self, work, root):
        """Which calls of each name, counted from 1, touch the folder."""
        folder = root / "trial"
        folder.mkdir()
        prepared(folder, work)
        log = root / "trace"
        subprocess.run(["strace", "-f", "-y", "-qq", "-o", log, "-e", "trace=" + ",".join(work.calls), self.program, *work.arguments],
                       cwd=folder, input=work.edits, capture_output=True)
        shutil.rmtree(folder)
        counts, found = {}, []
        for line in log.read_text(errors="replace").splitlines():
            match = re.match(r"\d+ +(\w+)\(", line)
            if match:
                call = match.group(1)
                counts[call] = counts.get(call, 0) + 1
                path = line.replace(f"AT_FDCWD<{folder}>", "")  # That says only where it runs.
                if str(folder) in path or re.search(r'"(out|\.chainrule|d\.chainrule|\.")', path):
                    found.append((call, counts[call]))
        return found


def reference(program, work, root):
    """What an undisturbed run leaves."""
    folder = root / "model"
    folder.mkdir()
    prepared(folder, work)
    status, errors = called([program, *work.arguments], folder, work.edits)
    if status:
        shutil.rmtree(folder)
        raise Skipped(errors)
    after = content(folder)
    for path in list(after):
        if path not in work.targets:
            (folder / path).unlink()
    return after, folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    if "A hard link to it is cut" not in " ".join(subprocess.run([arguments.program, "edit", "--help"], capture_output=True, text=True).stdout.split()):
        sys.exit("edit --help does not say what becomes of a hard link")
    trial = Trial(os.path.abspath(arguments.program), arguments.naive, arguments.verbose)
    hasStrace = shutil.which("strace") and subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True).returncode == 0
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        os.chmod(root, 0o755)
        for work in WORKS:
            try:
                after, model = reference(trial.program, work, root)
            except Skipped as reason:
                print(f"skipped {work.name}: {reason}")
                continue
            start = trial.ran
            for fault in FAULTS:
                trial.run(work, fault, root, after, model)
            for fault in FULL:
                trial.onDisk(work, fault, root, after, model, "4m")
            if hasStrace and not arguments.naive:
                for call, number in trial.calls(work, root):
                    for error in ERRORS[call]:
                        cause = re.escape(os.strerror(getattr(errno, error)))
                        inject = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}"]
                        trial.run(work, Fault(f"{call} number {number} answers {error}", prefixed(*inject), True, cause), root, after, model)
            elif not hasStrace:
                trial.skipped += 1
            shutil.rmtree(model)
            print(f"{work.name}: {trial.ran - start} faults", flush=True)
    print(f"{trial.ran} faults over {len(WORKS)} ways to write, {trial.failed} of them ended in an error: {trial.damaged} damaged, {trial.wrong} wrong; {trial.skipped} skipped")
    sys.exit(trial.damaged == 0 if arguments.naive else trial.wrong > 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus's files that are no plain files, or have strange names or sizes."""
import json
import os
import socket

from corpus_arrays import ARRAY, head, npy
from corpus_case import Case, writes

DOCUMENT = json.dumps({"format": "chainrule", "version": 1, "nodes": [{"name": "x", "op": "tensor", "attributes": {"value": "3."}}]})


def both(folder):
    (folder / "a.npy").write_bytes(ARRAY)
    (folder / "d.chainrule").write_text(DOCUMENT)


def cases():
    def inspects(name, make, status, pattern, path="a.npy"):
        return Case(name, make, ["inspect", path], status, pattern)

    def sparse(size, start=b""):
        def make(folder):
            with open(folder / "a.npy", "wb") as file:
                file.write(start)
                file.truncate(size)
        return make

    def named(name, content=ARRAY):
        def make(folder):
            with open(os.path.join(os.fsencode(folder), name), "wb") as file:
                file.write(content)
        return make

    def listens(folder):
        here = os.getcwd()
        os.chdir(folder)  # A socket's path may not be long.
        socket.socket(socket.AF_UNIX).bind("a.npy")
        os.chdir(here)

    def locked(folder):
        (folder / "a.npy").write_bytes(ARRAY)
        (folder / "a.npy").chmod(0)
        if os.geteuid() == 0:
            raise OSError("root may read everything")

    def linked(target):
        return lambda folder: (both(folder), (folder / "b.npy").symlink_to(target))

    def edits(name, make, output, status, pattern, made=()):
        return Case(name, make, ["edit", "d.chainrule", "-o", output], status, pattern, 1, set(made))

    longest = b"n" * 251 + b".npy"
    tebi = 1 << 40
    rows = [
        inspects("a folder", lambda f: (f / "a.npy").mkdir(), 2, "Is a directory"), inspects("a pipe", lambda f: os.mkfifo(f / "a.npy"), 2, "pipe"), inspects("a socket", listens, 2, "socket"),
        inspects("/dev/zero", both, 2, "device", "/dev/zero"), inspects("/dev/null", both, 2, "device", "/dev/null"), inspects("a link to /dev/zero", linked("/dev/zero"), 2, "device", "b.npy"),
        inspects("a link", linked("a.npy"), 0, r"\[1\., 2\., 3\.\]", "b.npy"), inspects("a link to nothing", linked("nothing"), 2, "No such file", "b.npy"), inspects("a link to itself", linked("b.npy"), 2, "[Ss]ymbolic links", "b.npy"),
        inspects("no right to read", locked, 2, "Permission denied"), inspects("nothing", lambda f: None, 2, "No such file"), inspects("empty", writes("a.npy", b""), 2, "No data left"),
        inspects("sparse, of zeros", sparse(8 * tebi), 2, "."), inspects("sparse behind an array", sparse(8 * tebi, ARRAY), 0, r"\[1\., 2\., 3\.\]"),
        inspects("sparse array", sparse(2 * tebi, npy(head(shape=f"({tebi // 4},)"), b"")), 2, "allocate"), inspects("sparse archive", sparse(8 * tebi, b"PK\3\4"), 2, "no directory"),
        inspects("through a file", both, 2, "Not a directory", "a.npy/b.npy"), inspects("a slash behind", both, 2, "Not a directory", "a.npy/"), inspects("a path of 5 000", both, 2, "too long", "n" * 5000), inspects("longest name", named(longest), 0, r"3\.", longest.decode()),
        inspects("umlaut", named("ü.npy".encode()), 0, r"3\.", "ü.npy"), inspects("no UTF-8", named(b"\xff\xfe.npy"), 0, r"3\.", b"\xff\xfe.npy"), inspects("no UTF-8 and no array", named(b"\xff.npy", b"x"), 2, "pickled", b"\xff.npy"),
        inspects("line end", named(b"a\nb.npy", b"x"), 2, "pickled", "a\nb.npy"), inspects("blank", named(b" .npy"), 0, r"3\.", " .npy"), inspects("dash", named(b"-a.npy"), 0, r"3\.", "./-a.npy"), inspects("escape sequence", named(b"\x1b[31m.npy", b"x"), 2, "pickled", "\x1b[31m.npy"),
        Case("a folder as document", lambda f: (f / "d.chainrule").mkdir(), ["run", "d.chainrule"], 2, "folder"), Case("a pipe as document", lambda f: os.mkfifo(f / "d.chainrule"), ["run", "d.chainrule"], 2, "pipe"),
        Case("endless document", both, ["run", "/dev/zero"], 2, "device"), Case("sparse document", lambda f: (f / "d.chainrule").write_bytes(b"") or os.truncate(f / "d.chainrule", 8 * tebi), ["run", "d.chainrule"], 2, "no more than"),
        Case("the machine's memory", both, ["run", "/proc/self/mem"], 2, "."), edits("into a folder", lambda f: (both(f), (f / "o").mkdir()), "o", 2, "folder"), edits("into a pipe", lambda f: (both(f), os.mkfifo(f / "o")), "o", 2, "pipe"),
        edits("into /dev/full", both, "/dev/full", 2, "device"), edits("into no folder", both, "no/o", 2, "No such file"), edits("under a file", both, "a.npy/o", 2, "Not a directory"),
        edits("into a link to nothing", lambda f: (both(f), (f / "o").symlink_to("p")), "o", 0, "^$", [b"p"]), edits("into a link to itself", lambda f: (both(f), (f / "o").symlink_to("o")), "o", 2, "[Ss]ymbolic links"),
        edits("read-only", lambda f: (both(f), (f / "o").write_text("x"), (f / "o").chmod(0o444)), "o", 2, "read-only"), edits("longest name", both, "n" * 255, 0, "^$", [b"n" * 255]), edits("too long a name", both, "n" * 256, 2, "too long"),
        Case("export over a file", both, ["run", "d.chainrule", "--export", "a.npy"], 2, "a.npy"), Case("export where a folder is in the way", lambda f: (both(f), (f / "e" / "x.npy").mkdir(parents=True)), ["run", "d.chainrule", "--export", "e"], 2, "folder; nothing was written"),
    ]
    return rows

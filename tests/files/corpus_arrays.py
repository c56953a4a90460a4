# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus's .npy and .npz files."""
import io
import itertools
import struct
import zipfile
import zlib

from corpus_case import Case, writes

CODES = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "u1": "B", "b1": "?"}


def npy(header, data, version=1, length=None):
    """A file with this text as its header, and no padding."""
    text = header.encode("utf-8" if version == 3 else "latin-1") if isinstance(header, str) else header
    length = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", length) + text + data


def head(descr="'<f4'", order="False", shape="(2,)"):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n" % (descr, order, shape)


def right(name, content, pattern):
    return Case(name, writes("a.npy", content), ["inspect", "a.npy", "--json"], 0, pattern)


def wrong(name, content, pattern="."):
    return Case(name, writes("a.npy", content), ["inspect", "a.npy"], 2, "a\\.npy: .*" + pattern)


def good_arrays():
    cases = []
    for (kind, code), order, swapped in itertools.product(CODES.items(), ("False", "True"), "<>"):
        numbers = [1, 0, 1, 1, 0, 1] if kind == "b1" else [1, 2, 3, 4, 5, 7]
        data = struct.pack(swapped + "6" + code, *numbers)
        first = 0 if order == "False" else 2  # The element [0][1] in memory.
        value = numbers[1] if order == "False" else numbers[first]
        shown = ("True" if value else "False") if kind == "b1" else f"{value}" + ("." if kind[0] == "f" else "")
        one = "True" if kind == "b1" else "1."if kind[0] == "f" else "1"
        cases.append(right(f"{swapped}{kind} {order}", npy(head(f"'{swapped}{kind}'", order, "(2, 3)"), data),
                           r'"shape": \[2, 3\].*tensor\(\[\[ *%s, +%s,' % (one, shown)))
    data = struct.pack("<2f", 1, 2)
    for name, header, version in [
            ("version 2", head(), 2), ("version 3", head(), 3), ("no padding", head().strip(), 1),
            ("double quotes", head().replace("'", '"'), 1), ("keys in disorder", "{'shape':(2,),'fortran_order':False,'descr':'<f4'}", 1),
            ("long of Python 2", head(shape="(2L,)"), 1), ("blanks", "  " * 2000 + head(), 1), ("name of a type", head("'float32'"), 1),
            ("native order", head("'=f4'"), 1), ("hexadecimal", head(shape="(0x2,)"), 1), ("underscore", head(shape="(2,)"), 1),
            ("comment", head().strip() + " # so\n", 1), ("key twice", head().replace("{", "{'shape': (9,), "), 1)]:
        cases.append(right(name, npy(header, data, version), r'"shape": \[2\].*\[1\., 2\.\]'))
    cases.append(right("more behind", npy(head(), data + b"x" * 1000), r"\[1\., 2\.\]"))
    cases.append(right("no number", npy(head(shape="(0,)"), b""), r'"shape": \[0\].*tensor\(\[\]'))
    cases.append(right("one number", npy(head(shape="()"), data), r'"shape": \[\].*tensor\(1\.\)'))
    cases.append(right("sixteen dimensions", npy(head(shape="(" + "1, " * 16 + ")"), data), r"1\."))
    cases.append(right("empty by a large one", npy(head(shape="(4611686018427387, 0)"), b""), r'"bytes": 0'))
    cases.append(right("bools of other bytes", npy(head("'|b1'", shape="(3,)"), b"\x00\xff\x02"), r"\[False,  True,  True\]"))
    nan = struct.pack("<3f", float("nan"), float("inf"), float("-inf"))
    cases.append(right("nan and inf", npy(head(shape="(3,)"), nan), r'"nan": 1, "inf": 2'))
    return cases


def bad_arrays():
    data = struct.pack("<20f", *range(20))
    whole = npy(head(), struct.pack("<2f", 1, 2))
    cases = [wrong(f"cut at {size}", whole[:size]) for size in range(0, len(whole), 2)]
    cases += [wrong(f"magic, byte {i}", whole[:i] + b"?" + whole[i + 1:]) for i in range(8)]
    cases += [wrong(f"version {major}.{minor}", whole[:6] + bytes([major, minor]) + whole[8:])
              for major, minor in [(0, 0), (1, 1), (4, 0), (255, 255), (2, 9)]]
    cases += [wrong(f"shape {shape[:40]}", npy(head(shape=shape), data)) for shape in [
        "[10]", "2", "(2)", "(2.0,)", "('2',)", "None", "(-1,)", "(-2, 3)", "(True,)", "(2, -0x1)", "(9223372036854775807,)",
        "(9223372036854775808,)", "(18446744073709551616,)", "(4294967296, 4294967296)", "(3037000500, 3037000500)", "(2**3,)",
        "(1e1,)", "({},)", "((2,),)", "(" * 250 + "2" + ")" * 250, "(" + "1," * 17 + ")", "(" + "1," * 64 + ")", "(21,)", "(1099511627776,)",
        "(0, 9223372036854775807, 9223372036854775807)", "(2,", "2,)", "(,)", "(2 3)", "(0o9,)", "(1_000_000_000_000,)", "(02,)", "(2j,)"]]
    cases += [wrong(f"descr {descr[:40]}", npy(head(descr), data)) for descr in [
        "'<q9'", "'|O'", "'O'", "'<c8'", "'<c16'", "'<U3'", "'|S5'", "'<M8[ns]'", "'<m8[s]'", "'|V4'", "'<f3'", "'<f1'", "'<f16'",
        "'<i16'", "'<i3'", "'<b2'", "''", "'<'", "'f 4'", "'<f4 '", "'<f-4'", "'<f04x'", "None", "4", "4.0", "True", "()", "('<f4',)", "['<f4']",
        "[('a', '<f4')]", "[('a', '<f4'), ('a', '<f4')]", "('<f4', (2,))", "{'names': ['a'], 'formats': ['<f4']}", "b'<f4'", "'\\x00'",
        "'<f4\\n'", "'object'", "'str'", "'<f99999999999999999999'", "'!f4f'", "'torch.float32'", "'<u2'", "'<u4'", "'<u8'"]]
    cases += [wrong(f"order {order}", npy(head(order=order), data)) for order in ["0", "1", "None", "'C'", "[]", "false", "2.0", "()", "not True"]]
    cases += [wrong(f"header {text[:40]!r}", npy(text, data)) for text in [
        "", " ", "\n", "{}", "[]", "()", "None", "1", "'x'", "{", "}", "{'descr': '<f4'}", head()[:-4], head() + "x", head() + head(), head() + "\0",
        "\0" * 50, "{'descr': '<f4', 'fortran_order': False, 'shapo': (2,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 1: 1}", "dict(descr='<f4', fortran_order=False, shape=(2,))",
        "__import__('os').system('touch OUCH')", "{'descr': __import__('os').system('touch OUCH'), 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (lambda: 2)()}", "{**{'descr': '<f4'}}", "{'descr': '<f4' 'x', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': f'<f4', 'fortran_order': False, 'shape': (2,)}",
        "ï»¿" + head(), head().replace(" ", "\x0b"), "{'\\N{SNOWMAN}': 1}", "{'\\ud800': 1}", "{[]: 1}", "{" * 99, "[" * 9000, "-" * 9000 + "1", "9" * 9000]]
    cases += [wrong("long header", npy(head().strip() + " " * 10000, data)), wrong("longer header", npy(" " * 70000 + head(), data, 2)),
              wrong("header of 4 GB", npy(head(), data, 2, 0xffffffff)), wrong("header behind the end", npy(head(), data, 1, 60000)),
              wrong("no UTF-8", npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '\xff': 1}", data, 3)),
              wrong("cut character", npy(b"{'\xe2\x82", data, 3)), wrong("a pickle", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07os.popen.", "pickled"),
              wrong("a pickle of Python 2", b"cos\nsystem\n(S'touch OUCH'\ntR.", "pickled"), wrong("line ends converted", whole.replace(b"\n", b"\r\n"), "line ends"),
              wrong("text", b"1 2 3\n"), wrong("JSON", b"[1, 2]"), wrong("ELF", b"\x7fELF\2\1\1"), wrong("HDF5", b"\x89HDF\r\n\x1a\n" + bytes(50)),
              wrong("gzip", b"\x1f\x8b\x08\x00" + bytes(50)), wrong("NUL", bytes(1000)), wrong("0xff", b"\xff" * 1000), wrong("half a magic", b"\x93NUM")]
    return cases


def npy_cases():
    return good_arrays() + bad_arrays()


# .npz

ARRAY = npy(head(shape="(3,)"), struct.pack("<3f", 1, 2, 3))


def archive(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return bytearray(file.getvalue())


def patched(changes, members=(("w.npy", ARRAY), ("v.npy", ARRAY)), method=zipfile.ZIP_STORED):
    """changes: (record, offset, value, width); record 0 … are local headers, "c0" … entries, "e" the end."""
    made = archive(members, method)
    for record, offset, value, width in changes:
        signature = b"PK\5\6" if record == "e" else b"PK\1\2" if str(record).startswith("c") else b"PK\3\4"
        at = -1
        for _ in range(1 + (0 if record == "e" else int(str(record).lstrip("c")))):
            at = made.index(signature, at + 1)
        made[at + offset:at + offset + width] = value.to_bytes(width, "little")
    return bytes(made)


def quoted_overlap(pad=0):
    """Two members of which the first, stored, contains the second with its header."""
    inner = ARRAY
    local = lambda name, content: struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0) + name + content
    second = local(b"b.npy", inner)
    first = local(b"a.npy", second)
    entry = lambda name, content, offset: struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content),
                                                      len(name), 0, 0, 0, 0, 0, offset) + name
    directory = entry(b"a.npy", second, 0) + entry(b"b.npy", inner, 30 + 5)
    body = first + bytes(pad)
    return body + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, len(directory), len(body), 0)


def bomb(members, size):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for i in range(members):
            with made.open(f"a{i}.npy", "w", force_zip64=True) as file:
                file.write(npy(head(shape=f"({size // 4},)"), b""))
                for _ in range(size // 1000000):
                    file.write(bytes(1000000))
    return content.getvalue()


def npz_cases():
    two = [("w.npy", ARRAY), ("v.npy", ARRAY)]

    def right(name, content, arguments=("inspect", "a.npz", "--json"), pattern=r'"member": "w".*\[1\., 2\., 3\.\]'):
        return Case(name, writes("a.npz", content), list(arguments), 0, pattern)

    def wrong(name, content, pattern=".", arguments=("inspect", "a.npz"), lines=1):
        made = (lambda folder: (folder / "a.npz").write_bytes(content())) if callable(content) else writes("a.npz", content)
        return Case(name, made, list(arguments), 2, "a\\.npz.*: .*" + pattern, lines)

    deflated = archive(two, zipfile.ZIP_DEFLATED)
    zip64 = io.BytesIO()
    with zipfile.ZipFile(zip64, "w") as made, made.open("w.npy", "w", force_zip64=True) as file:
        file.write(ARRAY)

    class Stream(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def writable(self):
            return True

        def write(self, data):
            self.content += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("w.npy", ARRAY)
    member = ("inspect", "a.npz:w", "--json")
    cases = [right("stored", archive(two)), right("deflated", deflated), right("ZIP64", zip64.getvalue()), right("streamed", stream.content),
             right("one member", archive(two), member), right("by its file's name", archive(two), ("inspect", "a.npz:w.npy", "--json")),
             right("no suffix", archive([("w", ARRAY)])), right("comment", patched([("e", 20, 3, 2)]) + b"abc"),
             right("large comment", patched([("e", 20, 65535, 2)]) + bytes(65535)), right("a folder's member", archive([("d/w.npy", ARRAY)]), ("inspect", "a.npz:d/w", "--json"), '"d/w"'),
             right("a member's climb", archive([("../w.npy", ARRAY)]), pattern=r'"\.\./w"'), right("an absolute member", archive([("/etc/w.npy", ARRAY)]), pattern='"/etc/w"'),
             right("umlauts", archive([("wü.npy", ARRAY)]), pattern='"wü"'), right("line end in a name", archive([("a\nb.npy", ARRAY)]), pattern=r'"a\\nb"'),
             right("quote in a name", archive([('a".npy', ARRAY)]), pattern=r'"a\\""'), right("long name", archive([("n" * 60000 + ".npy", ARRAY)]), pattern="nnnn"),
             right("no name", archive([(".npy", ARRAY)]), pattern='"member": ""'), right("empty archive", archive([]), pattern=r'\{"arrays": \[\]\}'),
             right("array called .npz", ARRAY, pattern='"member": null')]
    cases += [wrong(f"deflated, cut at {size}", bytes(deflated[:size]), lines=1) for size in range(4, len(deflated), len(deflated) // 14)]
    cases += [wrong("end cut", bytes(archive(two)[:-1])), wrong("end alone, cut", b"PK\5\6" + bytes(10)), wrong("prefix", b"PK\3\4junk" + bytes(archive(two))),
              wrong("junk behind", bytes(archive(two)) + b"junk"), wrong("no such member", archive(two), "q is not a file", ("inspect", "a.npz:q")),
              wrong("empty member's name", archive(two), "is not a file", ("inspect", "a.npz:"))]
    cases += [wrong(name, patched(changes), pattern) for name, changes, pattern in [
        ("encrypted", [(0, 6, 1, 2), ("c0", 8, 1, 2)], "encrypted"), ("strongly encrypted", [(0, 6, 0x41, 2), ("c0", 8, 0x41, 2)], "."),
        ("encrypted in one place", [("c0", 8, 1, 2)], "."), ("bzip2 that is none", [(0, 8, 12, 2), ("c0", 10, 12, 2)], "neither stored"),
        ("method 99", [(0, 8, 99, 2), ("c0", 10, 99, 2)], "."), ("two methods", [("c0", 10, 8, 2)], "."), ("name differs", [(0, 30, ord("x"), 1)], "."),
        ("sizes differ", [(0, 18, 5, 4)], "."), ("sums differ", [(0, 14, 5, 4)], "."), ("signature of a local header", [(0, 0, 0, 4)], "."),
        ("signature of an entry", [("c1", 0, 0, 4)], "."), ("same place", [("c1", 42, 0, 4)], "over one another"), ("outside", [("c1", 42, 0x7fffffff, 4)], "."),
        ("at the directory", [("c1", 42, 150, 4)], "."), ("count 1", [("e", 10, 1, 2), ("e", 8, 1, 2)], "as many"), ("count 3", [("e", 10, 3, 2), ("e", 8, 3, 2)], "."),
        ("count 65535", [("e", 10, 65535, 2), ("e", 8, 65535, 2)], "."), ("directory at 0", [("e", 16, 0, 4)], "."), ("directory behind", [("e", 16, 0xfffffff0, 4)], "."),
        ("directory's size", [("e", 12, 5, 4)], "."), ("size of 4 GB", [("c0", 24, 0xfffffffe, 4), (0, 22, 0xfffffffe, 4)], "cannot be"),
        ("ZIP64 without its field", [("c0", 24, 0xffffffff, 4), ("c0", 20, 0xffffffff, 4)], "lacks"), ("disk 7", [("e", 4, 7, 2)], "."),
        ("longer than it is", [("c0", 20, 200, 4), ("c0", 24, 200, 4), (0, 18, 200, 4), (0, 22, 200, 4)], "."),
        ("shorter than it is", [("c0", 20, 50, 4), ("c0", 24, 50, 4), (0, 18, 50, 4), (0, 22, 50, 4)], "."), ("long name", [("c0", 28, 65535, 2)], "."),
        ("long extra field", [("c0", 30, 65535, 2)], "."), ("long comment", [("c1", 32, 65535, 2)], "."), ("other name's length", [(0, 26, 4, 2)], ".")]]
    cases += [wrong("deflated rubbish", patched([(0, 8, 8, 2), ("c0", 10, 8, 2)]), lines=1),
              wrong("number changed", bytes(archive(two)).replace(struct.pack("<f", 2), struct.pack("<f", 9), 1), "CRC"),
              wrong("inflates to more", patched([("c0", 24, 90, 4), (0, 22, 90, 4)], method=zipfile.ZIP_DEFLATED)),
              wrong("inflates to less", patched([("c0", 24, 999, 4), (0, 22, 999, 4)], method=zipfile.ZIP_DEFLATED)),
              wrong("quoted overlap", quoted_overlap(), "over one another"), wrong("quoted overlap with air", quoted_overlap(5000), "over one another"),
              wrong("bzip2", archive([("w.npy", ARRAY)], zipfile.ZIP_BZIP2), "neither stored"), wrong("lzma", archive([("w.npy", ARRAY)], zipfile.ZIP_LZMA), "neither stored"),
              wrong("text", archive([("w.txt", b"hello")]), "got bytes"), wrong("empty member", archive([("w.npy", b"")]), "got bytes"),
              wrong("an archive in it", archive([("w.npy", bytes(archive(two)))]), "got bytes"), wrong("a folder in it", archive([("d/", b"")]), "got bytes"),
              wrong("a pickle in it", archive([("w.npy", b"\x80\x04cos\nsystem\n.")]), "got bytes"), wrong("objects in it", archive([("w.npy", npy(head("'|O'"), b"x"))]), "."),
              wrong("array cut in it", archive([("w.npy", ARRAY[:-1])]), "EOF"), wrong("array too large in it", archive([("w.npy", npy(head(shape="(9999999999,)"), b""))]), "EOF"),
              wrong("header cut in it", archive([("w.npy", ARRAY[:9])]), "EOF"), wrong("one of two bad", archive([("w.npy", ARRAY), ("v.npy", b"?")]), "got bytes"),
              wrong("bomb", lambda: bomb(1, 1500000000), "more than 100 times"), wrong("many small bombs", lambda: bomb(15, 100000000), "more than 100 times")]

    def twice():
        made = archive([("w.npy", ARRAY), ("v.npy", ARRAY)])
        return bytes(made).replace(b"v.npy", b"w.npy")

    cases.append(wrong("name twice", twice()))
    cases.append(wrong("70 000 members", lambda: bytes(archive([(str(i), b"") for i in range(70000)])), "65535"))
    for name in ["../w.npy", "d/w.npy", "/w.npy"]:
        cases.append(Case("exported " + name, writes("a.npz", archive([(name, ARRAY)])), ["inspect", "a.npz", "--export", "out"], 2, "no plain file name"))
    return cases

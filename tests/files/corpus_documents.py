# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus's documents, and literals in them."""
import json

from corpus_case import Case, writes

GOOD = {"format": "chainrule", "version": 1, "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "3.", "requires_grad": True}},
    {"name": "y", "op": "mul", "inputs": ["x", "x"]}], "backward": [{"roots": ["y"]}]}
SHOWN = r"x = tensor\(3\., requires_grad=True\).*y = tensor\(9\., .*x\.grad = tensor\(6\.\)"


def with_node(**fields):
    return json.dumps({**GOOD, "nodes": GOOD["nodes"] + [fields]})


def with_fields(**fields):
    return json.dumps({**GOOD, **fields})


def documents():
    whole = json.dumps(GOOD)

    def right(name, text, pattern=SHOWN):
        return Case(name, writes("d.chainrule", text), ["run", "d.chainrule"], 0, pattern)

    def wrong(name, text, pattern="."):
        return Case(name, writes("d.chainrule", text), ["run", "d.chainrule"], 2, "d\\.chainrule: .*" + pattern)

    def failing(name, text, pattern=".", lines=1):
        return Case(name, writes("d.chainrule", text), ["run", "d.chainrule"], 1, pattern, lines)

    cases = [right("as it should be", whole), right("byte order mark", b"\xef\xbb\xbf" + whole.encode()), right("blanks", whole + "\n" * 100000),
             right("unknown fields", with_fields(future={"a": [1, {"b": None}]})), right("an escape", whole.replace("tensor", "\\u0074ensor")),
             right("no node", '{"format": "chainrule", "version": 1, "nodes": []}', "^$"),
             right("much text", with_fields(notes=[{"text": "x" * 5000000, "position": [0, 0]}])),
             right("chain of 20 000", json.dumps({**GOOD, "nodes": GOOD["nodes"] + [
                 {"name": f"n{i}", "op": "neg", "inputs": [f"n{i - 1}" if i else "y"]} for i in range(20000)]}), "n19999 = tensor")]
    cases += [wrong(f"cut at {size}", whole[:size], "line 1, column") for size in range(0, len(whole) - 1, 19)]
    cases += [wrong(name, text, "line [0-9]+, column [0-9]+: ") for name, text in [
        ("depth 101", with_fields(deep=0).replace('"deep": 0', '"deep": ' + "[" * 100 + "]" * 100)), ("depth of a million", "[" * 1000000), ("objects for ever", '{"a":' * 1000000),
        ("list outside", "[]"), ("number outside", "1"), ("more behind", whole + "{}"), ("comma behind", whole[:-1] + ",}"), ("comment", "// hello\n" + whole), ("single quotes", whole.replace('"', "'")),
        ("NUL behind", whole + "\0"), ("NUL inside", whole.replace("mul", "m\0l")), ("NaN", with_fields(a=float("nan"))), ("large number", with_fields(a=0).replace('"a": 0', '"a": 1e999')), ("hexadecimal", with_fields(a=0).replace('"a": 0', '"a": 0x10')),
        ("leading zero", with_fields(a=0).replace('"a": 0', '"a": 01')), ("a point alone", with_fields(a=0).replace('"a": 0', '"a": .5')), ("wrong escape", whole.replace("mul", "m\\ul")), ("line end in a string", whole.replace("mul", "m\nl")),
        ("half a pair", whole.replace("mul", "\\ud800")), ("key twice", whole.replace('"version": 1', '"version": 1, "version": 1')), ("Python's True", whole.replace("true", "True")), ("no colon", whole.replace('": 1', '" 1'))]]
    cases += [wrong(name, text, "line [0-9]+, column [0-9]+: ") for name, text in [
        ("no UTF-8", whole.encode().replace(b"mul", b"m\xffl")), ("overlong", whole.encode().replace(b"mul", b"\xc0\xaf")), ("UTF-16", whole.encode("utf-16")), ("surrogate", whole.encode().replace(b"mul", b"\xed\xa0\x80")), ("zeros", bytes(10000))]]
    cases += [wrong(name, text, pattern) for name, text, pattern in [
        ("other format", with_fields(format="other"), "format"), ("other version", with_fields(version=2), "version 2 is unknown"), ("version as text", with_fields(version="1"), "version"), ("no version", json.dumps({k: v for k, v in GOOD.items() if k != "version"}), "version"),
        ("no nodes", '{"format": "chainrule", "version": 1}', "nodes"), ("nodes as object", with_fields(nodes={}), "nodes"), ("node as text", with_fields(nodes=["x"]), "object"), ("no name", with_node(op="neg"), "name"), ("no op", with_node(name="z"), "op"),
        ("name twice", with_node(name="x", op="neg"), "two nodes"), ("keyword", with_node(name="lambda", op="neg"), "keyword"), ("name with a blank", with_node(name="a b", op="neg"), "identifier"), ("empty name", with_node(name="", op="neg"), "identifier"), ("umlaut", with_node(name="ä", op="neg"), "identifier"),
        ("path as name", with_node(name="../../x", op="neg"), "identifier"), ("name as number", with_node(name=1, op="neg"), "string"), ("input unknown", with_node(name="z", op="neg", inputs=["q"]), 'no node "q"'), ("input as number", with_node(name="z", op="neg", inputs=[1]), "inputs"),
        ("input of itself", with_node(name="z", op="neg", inputs=["z"]), "its own input"), ("no output's name", with_node(name="z", op="neg", inputs=["x:"]), "colon"), ("inputs nested", with_node(name="z", op="cat", inputs=[[["x"]]]), "inputs"), ("attributes as list", with_node(name="z", op="neg", attributes=[]), "attributes"),
        ("position of three", with_node(name="z", op="neg", position=[1, 2, 3]), "position"), ("position as text", with_node(name="z", op="neg", position="here"), "position"), ("muted as number", with_node(name="z", op="neg", muted=1), "muted"), ("root unknown", with_fields(backward=[{"roots": ["q"]}]), 'no node "q"'),
        ("no root", with_fields(backward=[{"roots": []}]), "roots"), ("zero_grad and roots", with_fields(backward=[{"zero_grad": "none", "roots": ["y"]}]), "roots"), ("frame of unknown", with_fields(frames=[{"title": "", "nodes": ["q"]}]), 'no node "q"'),
        ("group in itself", with_fields(groups=[{"name": "g", "nodes": [], "groups": ["g"]}]), "contains itself"), ("group called as a node", with_fields(groups=[{"name": "x", "nodes": []}]), "a node is called"), ("route to nowhere", with_fields(routes=[{"to": "q", "parameter": "other", "points": []}]), 'no node "q"'), ("lesson as list", with_fields(lesson=[]), "lesson")]]
    cases += [failing(name, text, pattern) for name, text, pattern in [
        ("unknown op", with_node(name="z", op="no.such"), "^chainrule: z: "), ("unknown attribute", with_node(name="z", op="neg", inputs=["x"], attributes={"zz": 1}), "^chainrule: z: "), ("op left open", with_node(name="z", op="mul", inputs=["x"]), "^chainrule: z: "),
        ("wrong shapes", with_node(name="z", op="matmul", inputs=["x", "x"]), "^chainrule: z: "), ("int of 100 digits", with_node(name="z", op="sum", inputs=["x"], attributes={"dim": 10 ** 100}), "^chainrule: z: "), ("object for a dim", with_node(name="z", op="sum", inputs=["x"], attributes={"dim": {}}), "^chainrule: z: "),
        ("huge tensor", with_node(name="z", op="ones", attributes={"size": [1000000, 1000000, 1000000]}), "^chainrule: z: "), ("larger than the memory", with_node(name="z", op="ones", attributes={"size": [1000000, 10000000]}), "^chainrule: z: .*memory"), ("negative size", with_node(name="z", op="ones", attributes={"size": [-1]}), "^chainrule: z: "),
        ("file above", with_node(name="z", op="tensor", attributes={"file": "../../../../../../etc/passwd"}), "^chainrule: z: "), ("device as file", with_node(name="z", op="tensor", attributes={"file": "/dev/zero"}), "^chainrule: z: .*device"), ("file with a NUL", with_node(name="z", op="tensor", attributes={"file": "a\0b.npy"}), "^chainrule: z: "),
        ("no file's name", with_node(name="z", op="tensor", attributes={"file": ""}), "^chainrule: z: "), ("long file's name", with_node(name="z", op="tensor", attributes={"file": "n" * 5000}), "^chainrule: z: .*too long"), ("value and file", with_node(name="z", op="tensor", attributes={"file": "a", "value": "1"}), "^chainrule: z: ")]]
    return cases


def literals():
    def case(value, status, pattern, name=None):
        text = json.dumps({"format": "chainrule", "version": 1, "nodes": [{"name": "v", "op": "tensor", "attributes": {"value": value}}]})
        return Case(name or repr(value[:40]), writes("d.chainrule", text), ["run", "d.chainrule"], status, pattern)

    right = [("3", r"tensor\(3\)  # torch.int64"), ("3.", r"tensor\(3\.\)  # torch.float32"), ("-0.", r"tensor\(-0\.\)"), ("True", r"tensor\(True\)"), ("[]", r"tensor\(\[\]\)"), ("[[], []]", r"size=\(2, 0\)"), ("(1, 2)", r"\[1, 2\]"), ("[1, 2.]", r"\[1\., 2\.\]"),
             ("1_000", "1000"), ("0x10", "16"), ("0b101", r"\(5\)"), ("0o17", r"\(15\)"), ("1e3", r"1000\."), ("1E-3", "0.0010"), (".5", "0.5"), ("5.", r"5\."), ("nan", "nan"), ("inf", "inf"), ("-inf", "-inf"), ('float("nan")', "nan"), ("[True, 2]", r"\[1, 2\]"),
             ("[1,\n 2]", r"\[1, 2\]"), ("  7  ", r"\(7\)"), ("1e400", "inf"), ("1e-400", r"0\."), ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"), ("((1,),)", r"\[\[1\]\]"), ("[1, 2, ]", r"\[1, 2\]"),
             ("[" * 16 + "1" + "]" * 16, "1"), ("1,", r"\(1\)"), ("[" + "1, " * 200000 + "]", r"\.\.\."), ("3.14159265358979323846264338327950288419716939937510582097494459" , "3.1416"), ("1" + "0" * 300 + ".", "inf"), ("--3", r"tensor\(3\)")]
    wrong = ["", " ", "[", "]", "[1", "1]", "(1", "[1 2]", "[1,,2]", "[,]", ",1", "[5, 6], [7, 8]", "[[1, 2], [3]]", "[1, [2]]", "[[1], 2]", "'x'", '"3"', "b'x'", "None", "[None]", "{}", "{1: 2}", "{1}", "1+", "abc", "torch.ones(3)", "np.nan",
             "__import__('os').system('touch OUCH')", "exec('1')", "lambda: 1", "[x for x in (1,)]", "0x", "0b2", "0o8", "1__0", "1_", "_1", "01", "1e", "1e+", "1.2.3", "9223372036854775808", "-9223372036854775809", "99999999999999999999999", "1\0", "\0",
             "１", "[1; 2]", "[1, 2", "float('x')", 'float("nan', "\\", "#", "[" * 100000, "(" * 5000 + ")" * 5000, "[" * 17 + "1" + "]" * 17, "[" * 300 + "1" + "]" * 300, "3 requires_grad=True", "3, dtype=torch.float", "...", "*[1]", "not True", "1 if True else 2", "[1]\x0c]", "é"]
    return [case(value, 0, "v = .*" + pattern) for value, pattern in right] + [case(value, 1, "^chainrule: v: ") for value in wrong]

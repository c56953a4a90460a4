# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes literals.json: what torch.tensor and np.array make of texts, or how they refuse them.

    python3 tests/golden/literals.py
"""
import json
import pathlib
import random
import warnings

import numpy
import torch

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
NAMES = {"nan": float("nan"), "inf": float("inf")}


def texts(block):
    """One text between each two bars or line ends."""
    return [text for line in block.split("\n") for text in line.split("|")]


VALUES = texts("""3|0.4|[[1, 2], [3, 4]]|True|False|1_000|0x10|0XfF|0b1|0B1_01|0o7|0O17|00|0_0|1.|.5|1e3|1E5|1.e5|1_0.0_1e1_0|09.5
nan|inf|-inf|[nan, inf, -inf, -nan]|float("nan")|float('-inf')|float('Infinity')|float(' 1_0.5 ')|float()|float(3)|float(True)
float(0x1_0000_0000_0000_0000)|-float('nan')|float(float("2"))|float((1))|float(1,)|float("1" "2")|-float(-2)
[1, 2.]|[True, 2]|[True, 2.]|[]|[[]]|[[[]]]|[[], [1]]|[[], 1]|[1, []]|[[1], []]|()|(1,)|((1,), (2,))|[(1,), (2.,)]|(())|((),)
(3)|((3))|-(2)|- -3|+-1|-True|+True|[-True, True]|-((-(5)))|1,|(1,),|[1],|[[1, 2], [3, 4],]|-0.0|-0
1e400|1e-400|-1e400|0e999999999999999999999|1e999999999999999999999|1e-99999999999999999999|5e-324|2e-324|3e-324
1.7976931348623157e308|1.7976931348623159e308|0.000000000000000000000000000001e400|1000000000000000000000e-400
4.35|0.1|2.675|1e22|1e23|123456789012345678901234567890.|16777217.|[0.1, 16777217]|9007199254740993|9007199254740993.
9223372036854775807|-9223372036854775808|9223372036854775808|-9223372036854775809|18446744073709551615|18446744073709551616
[9223372036854775808, True]|[9223372036854775808, 1]|[-1, 18446744073709551615]|[18446744073709551616, None]
[9223372036854775808, 1.]|[18446744073709551616, 1.]|[-18446744073709551616, 0.5]|[9223372036854775809, 1.]|[9223372036854776833, .5]
[0xFFFFFFFFFFFFFBFF, 1.]|[0xFFFFFFFFFFFFFC00, 1.]|[0x1FFFFFFFFFFFFFFFFFFFF, 1.]|[0x10000000000000800000000, 1.]
[0x10000000000000800000001, 1.]|[0b11111111111111111111111111111111111111111111111111111111111111111, 1.]|[0o7777777777777777777777777, 1.]
[[1, 2], [3]]|[[1], 2]|[[1], 2.]|[[1, 2], 3]|[1, [2]]|[1., [2]]|[True, [False]]|[[1], [[2]]]|[1, [2.]]|[1, (2,)]|[[1], [(2,)]]
[[[1, 2], [3, 4]], [[1, 2], [3]]]|[[[1, 2], [3, 4]], [1, 2]]|[[[1, 2], [3, 4]], [[1, 2]]]|[[[1, 2], [3, 4]], [[1, 2], 3]]
[[[1], [2]], [[3], [[4]]]]|[[[1]], [[2]], [[3]]]|[[1, 2, 3], [4, 5, 6]]|[0.5, 1, True]|[[True], [False]]|[[[[[[1.5]]]]]]
'a'|''|"ab"|['a']|['']|[1, 'a']|[1, '']|[['a']]|[[1], ['a']]|[[1], 'a']|[[1], 'ab']|[[1, 2], 'ab']|['', 1]|[[''], ['ab']]|[[], 'a']
['a', 1]|[1.5, 'a']|[True, 'a']|[None, 'a']|u'a'|'a' 'b'|['a' 'b']|["é"]|[[1, 2], 'é€']|[['', 1], [2]]
None|[None]|[1, None]|[[], None]|[None, [1]]|['a', [1]]|[[1], None]|[[1, 2], [3], 'a']""") + [
    "float( # c\n'1')", "[1, # one\n 2]", "[\n1,\n2\n]", "1 # c", "1 \\\n", "# c\n1", "\t1\t", "1\r\n", "\f[1,\f2]",
    r"r'\d'", r"'\''", r"'\\'", "'''a\nb'''", "[1, '''\n''']"]

CALLS = texts("""|[5, 6], [7, 8], [9, 10]|[1, 2], [3]|[5, 6], [7, 8]|1, 2|1, None|[1], [2],|[1], 3|[1], None|[1], True|[1], 1.5|[1], -3|[1], nan
[1], [[3]]|[1], [1.5]|[1], [None]|[1], [True]|[1], [[1, (2,), ()], 3]|[1], [[]]|[1, 2], [3, 4]|[1], [2], [3]|[1], [2], [3], [4]|'a', 1
-[1]|+'a'|-None|-(3,)|-(-[1])|[-[1], foo]|[foo, -[1]]|foo|[foo, 1]|[1, Foo]|true|Inf|_|foo(1)|foo.bar|foo[1]|[foo, bar]|-foo
float('x')|float('')|float("1__0")|float('0x10')|float('1_')|float('nan(1)')|float('- 1')|float('inf', 1)|float([1])|float(None)
float(())|float('infinit')|float('1e')|float('.')|[float('x'), foo]""")

WRONG = texts("""1 2|[1 2]|[1, 2 3]|[1,,2]|,|1,,|[,]|[,1]|0123|1__0|1_|0x|0xg|0b2|0b|0o8|0o|0b12|0o78|1e|1e+|.|1a|1._5|1._|1_.5|1.5_
0_7|0_|09|08|1_a|1e5_|1e_5|0xf_|0b1_|0b1__0|'a|"a|[1, 'a]|-|[-]|[1, -]|-,|a b|True False|'a' 1|1 'a'|1.2.3|1..2|$|?|1 $|[1;2]|1;
[1:2]|1:2|if|[for]|[1, class]|1 class|“1”|[1, ‘a’]|１|€|[1 2, 0x]|[1,, 'a]|[foo, 0x]|[foo, 1,,2]|[foo 1]|[-[1], 1 2]
None 1|1 None|0777|00123.|1 1e|[[[1 2]]]|[1, 2, , 3]|[(1, 2) 3]""") + ["1 \\ 2", "1 \\2", "1\u00a0,2", "[1,\u200b2]", "\ufeff1"]

#: Read on their own, not in a call: brackets that do not match, and what the call's bracket would end.
ALONE = texts("[1|[1, 2|1]|[1)|(1]|[1]]|[|(|((1)|[[1, 2], [3, 4]|[1, 2], [3, 4|1)|[(1, 2]|[1, (2|[1,, 2|[1, 'a'|[1, foo|)|]|[1, 2)]|[0x"
              "|(1, 0b|[1}|[1 2]]|[1 2|[1, class|[foo 1|[-") + [
    "[1,\n2)", "(1,\n\n2]", "[1,,\n2", "[\n1,, 2", "[\nclass", '"' * 3 + "a", "\\"]

CASTS = texts("""-1|-255|-256|-257|255|256|127|128|-128|-129|32767|32768|-32768|-32769|2147483647|2147483648|-2147483648|-2147483649
9223372036854775807|-9223372036854775808|9223372036854775808|-9223372036854775809|18446744073709551616|0|1|True|False
3.7|-3.7|2.9|127.9|127.1|127.0|-128.0|-128.9|255.0|255.5|-1.0|-0.5|-0.0|1e20|9.3e18|9223372036854775807.|-9223372036854775808.
2147483647.0|2147483647.5|-2147483648.5|nan|inf|-inf|0.1|65504.|65519.|65519.99999|65520.|-65520.|1e39|3.4028235677973366e38|3.4028235e38
1e-46|1e-8|3e-8|2.98023223876953125e-08|2.9802322387695313e-08|5.96e-8|6.1e-5|1.0009765|1.00048828125|1.00390625|1.01171875|16777217|33554433
[1, 'a']|[1, [2]]|[1, (2,)]|[1, None]|None|'a'|['a']|['', 1]|[[1], 'a']|[[1], 'ab']|[[1, 2], 'é€']|[[1], 2]|[[], [1]]|[[], 'a']|[1, []]|[]
[[1.5, 2], [True, 3]]""")


def nested(depth, inner="1"):
    return "[" * depth + inner + "]" * depth


def tree(rng, depth):
    if depth == 0 or rng.random() < 0.08:
        return rng.choice(["1", "2", "0.5", "True", "'a'" if rng.random() < 0.2 else "7"])
    width = 0 if rng.random() < 0.05 else rng.choice([2, 2, 2, 2, 2, 3])
    return "[" + ", ".join(tree(rng, depth - 1) for _ in range(width)) + "]"


def evaluated(text, function, **keywords):
    def call(*arguments):
        return function(*arguments, **keywords)
    return eval(f"call({text}\n)", {"call": call, **NAMES})


def outcome(action):
    try:
        tensor = action()
    except SyntaxError as error:
        return {"error": "SyntaxError", "message": error.msg}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}
    data = tensor.detach().contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else tensor[:0]
    return {"stored": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
            "bytes": bytes(data.tolist()).hex(), "repr": repr(tensor)}


def case(text, function="tensor", dtype=None, requires_grad=False, alone=False):
    if alone:
        result = outcome(lambda: eval(text, dict(NAMES)))
    elif function == "array":
        result = outcome(lambda: torch.from_numpy(evaluated(text, numpy.array)))
    else:
        kept = dtype and getattr(torch, dtype)
        result = outcome(lambda: evaluated(text, torch.tensor, dtype=kept, requires_grad=requires_grad))
    return {"text": text, "function": function, "dtype": dtype, "requires_grad": requires_grad, **result}


def cases():
    rng = random.Random(3)
    deep = [nested(n) for n in (16, 65, 129, 199, 200, 250)] + ["[1, " + nested(150) + "]", nested(129, "'a'"),
                                                                nested(100, "'a'")]
    trees = [tree(rng, rng.randint(1, 4)) for _ in range(150)]
    digits = ["1" * 4300, "1" * 4301, "[" + "1_" * 4999 + "1, 1.]", "[" + "9" * 400 + ", 1.]"]
    for text in VALUES + CALLS + WRONG + deep + trees + digits:
        yield case(text)
        yield case(text, "array")
    for text in ALONE:
        yield case(text, alone=True)
    for text in CASTS:
        for dtype in DTYPES:
            yield case(text, dtype=dtype)
    for text in ["4", "4.", "[True]", "[1, 2.]", "'a'", "[]", "[[], [1]]", "1, 2", "", "[[1], 2]", "foo"]:
        yield case(text, requires_grad=True)
        for dtype in ["bool", "int8", "float16", "float64"]:
            yield case(text, dtype=dtype, requires_grad=True)
    yield case("300", dtype="int8", requires_grad=True)


def main():
    warnings.simplefilter("ignore")
    # What Chainrule refuses and PyTorch does not: more than 16 dimensions, unsigned 64-bit arrays.
    kept = [one for one in cases() if len(one.get("shape", [])) <= 16 and one.get("stored") != "uint64"]
    content = {"torch": torch.__version__, "numpy": numpy.__version__, "cases": kept}
    path = pathlib.Path(__file__).parent / "literals.json"
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in kept)
    head = json.dumps({key: content[key] for key in ("torch", "numpy")})[:-1]
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()

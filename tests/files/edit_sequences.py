#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares `chainrule edit` with a model of its own on random sequences of edits, undos and redos.

    tests/files/edit_sequences.py PROGRAM [--sequences 2000] [--length 100] [--seed N] [--keep FOLDER]

The model refers to nodes by object, where the program has ids, and knows nothing of how the program does it. Every answer
must be the one that it expects, and the saved document must be its, to the order of the keys; what no edit touched is
still there, also operations and fields that nobody knows. About one command in ten is not allowed.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

# The tensor parameters of some operations; True: it takes a list.
OPS = {"tensor": [], "neg": [("input", False)], "mul": [("input", False), ("other", False)],
       "linear": [("input", False), ("weight", False), ("bias", False)], "cat": [("tensors", True)]}
KEYWORDS = {"lambda", "None", "for"}
FIRST, LAST = ["value", "array", "file"], ["dtype", "requires_grad", "seed"]


class Refused(Exception):
    pass


class Node:
    def __init__(self, name, op):
        self.name, self.op = name, op
        self.inputs = []  # None, a Source, or a list of Sources and None.
        self.attributes, self.extra = {}, {}
        self.position, self.comment = None, ""
        self.retain, self.muted = False, False

    def sources(self):
        for entry in self.inputs:
            yield from (s for s in (entry if isinstance(entry, list) else [entry]) if s)


class Source:
    def __init__(self, node, output=None):
        self.node, self.output = node, output

    def same(self, other):
        return other is not None and self.node is other.node and self.output == other.output

    def text(self):
        return self.node.name + (":" + self.output if self.output else "")


def attribute_order(name):
    if name in FIRST:
        return FIRST.index(name), name
    return (len(FIRST) + 1 + LAST.index(name), name) if name in LAST else (len(FIRST), name)


class Model:
    """A document, from JSON and back, and what edits do to it."""

    def __init__(self, document):
        self.nodes, names = [], {}
        for entry in document["nodes"]:
            node = names[entry["name"]] = Node(entry["name"], entry["op"])
            self.nodes.append(node)
        for node, entry in zip(self.nodes, document["nodes"]):
            self.fill(node, entry)
        self.steps = [self.step(s) for s in document.get("backward", [])]
        self.frames = [{**f, "nodes": [names[n] for n in f["nodes"]]} for f in document.get("frames", [])]
        self.groups = [{**g, "nodes": [names[n] for n in g["nodes"]]} for g in document.get("groups", [])]
        self.routes = [{**r, "to": names[r["to"]]} for r in document.get("routes", [])]
        known = {"format", "version", "nodes", "backward", "frames", "routes", "groups"}
        self.extra = {k: v for k, v in document.items() if k not in known}

    def fill(self, node, entry):
        node.inputs = [self.entry(e) for e in entry.get("inputs", [])]
        node.attributes = dict(entry.get("attributes", {}))
        node.position = entry.get("position")
        node.retain, node.muted = entry.get("retain_grad", False), entry.get("muted", False)
        node.comment = entry.get("comment", "")
        known = {"name", "op", "inputs", "attributes", "position", "retain_grad", "muted", "comment"}
        node.extra = {k: v for k, v in entry.items() if k not in known}
        self.trim(node)

    @staticmethod
    def trim(node):
        while node.inputs and node.inputs[-1] is None:
            node.inputs.pop()

    def document(self):
        document = {"format": "chainrule", "version": 1, "nodes": [self.node_json(n) for n in self.nodes]}
        names = lambda nodes: [n.name for n in nodes]
        lists = {"backward": [self.step_json(s) for s in self.steps],
                 "frames": [{**f, "nodes": names(f["nodes"])} for f in self.frames],
                 "routes": [{**r, "to": r["to"].name} for r in self.routes],
                 "groups": [{**g, "nodes": names(g["nodes"])} for g in self.groups]}
        document.update({key: value for key, value in lists.items() if value})
        return {**document, **self.extra}

    @staticmethod
    def entry_json(entry):
        if isinstance(entry, list):
            return [s and s.text() for s in entry]
        return entry and entry.text()

    def node_json(self, node):
        json_ = {"name": node.name, "op": node.op}
        if node.inputs:
            json_["inputs"] = [self.entry_json(e) for e in node.inputs]
        if node.attributes:
            json_["attributes"] = {k: node.attributes[k] for k in sorted(node.attributes, key=attribute_order)}
        for key, value in [("position", node.position), ("retain_grad", node.retain or None),
                           ("muted", node.muted or None), ("comment", node.comment or None)]:
            if value is not None:
                json_[key] = value
        return {**json_, **node.extra}

    def step_json(self, step):
        if "roots" not in step:
            return step
        return {key: [s and s.text() for s in value] if key in ("roots", "gradients", "inputs") else value
                for key, value in step.items()}

    def node(self, name):
        for node in self.nodes:
            if node.name == name:
                return node
        raise Refused(name)

    def source(self, text):
        name, colon, output = text.partition(":")
        if colon and not output:
            raise Refused(text)
        return Source(self.node(name), output or None)

    def entry(self, entry):
        if isinstance(entry, list):
            return [s and self.source(s) for s in entry]
        return entry and self.source(entry)

    def step(self, json_):
        if "zero_grad" in json_:
            return dict(json_)
        if not json_["roots"]:
            raise Refused("roots")
        order = ["roots", "gradients", "retain_graph", "create_graph", "inputs"]
        step = {key: json_[key] for key in order if key in json_}
        for key in ("roots", "gradients", "inputs"):
            if key in step:
                step[key] = [s and self.source(s) for s in step[key]]
        if not step.get("gradients", True):
            del step["gradients"]
        if not step.get("create_graph", True):
            del step["create_graph"]
        return step

    def check_name(self, name, but=None):
        isName = name.isascii() and name.isidentifier() and name not in KEYWORDS
        taken = any(n.name == name and n is not but for n in self.nodes) or any(g["name"] == name for g in self.groups)
        if not isName or taken:
            raise Refused(name)

    def check_cycles(self):
        state = {}
        for start in self.nodes:
            stack = [(start, None)]
            while stack:
                node, walk = stack.pop()
                if walk is None:
                    if state.get(node) == "done":
                        continue
                    state[node] = "open"
                    walk = iter([s.node for s in node.sources()])
                for inner in walk:
                    if state.get(inner) == "open":
                        raise Refused("cycle")
                    if inner not in state:
                        stack += [(node, walk), (inner, None)]
                        break
                else:
                    state[node] = "done"

    # The edits.
    def add(self, entry):
        self.check_name(entry["name"])
        node = Node(entry["name"], entry["op"])
        self.fill(node, entry)  # It is not in self.nodes yet and cannot name itself.
        self.nodes.append(node)

    def parameter(self, node, wish):
        """Which input, what the operation says of it, and what is there."""
        op = OPS.get(node.op)
        if isinstance(wish, str):
            if op is None or wish not in [p[0] for p in op]:
                raise Refused(wish)
            wish = [p[0] for p in op].index(wish)
        known = op[wish] if op is not None and wish < len(op) else None
        if known is None and wish >= len(node.inputs):
            raise Refused(wish)
        return wish, known, node.inputs[wish] if wish < len(node.inputs) else None

    def drop_routes(self, node, known, item=None):
        self.routes = [r for r in self.routes if not (
            known and r["to"] is node and r["parameter"] == known[0] and (item is None or r.get("item") == item))]

    def connect(self, edit):
        source, node = self.source(edit["from"]), self.node(edit["to"])
        index, known, there = self.parameter(node, edit["parameter"])
        if known is None and node.op in OPS:
            raise Refused("no input of the operation")
        item = edit.get("item")
        takes_list = known[1] if known else isinstance(there, list)
        node.inputs += [None] * (index + 1 - len(node.inputs))
        if not takes_list:
            if item is not None:
                raise Refused("item")
            old = there[0] if isinstance(there, list) and there else None if isinstance(there, list) else there
            if old is not None and not source.same(old):
                self.drop_routes(node, known)
            node.inputs[index] = source
            return
        items = list(there) if isinstance(there, list) else [there] if there else []
        item = item or 0
        if item > len(items):
            raise Refused("item")
        if item == len(items):
            items.append(None)
        if items[item] is not None and not source.same(items[item]):
            self.drop_routes(node, known, item)
        items[item] = source
        node.inputs[index] = items

    def disconnect(self, edit):
        node = self.node(edit["to"])
        index, known, there = self.parameter(node, edit["parameter"])
        item = edit.get("item")
        if item is None:
            self.drop_routes(node, known)
            if index < len(node.inputs):
                node.inputs[index] = None
            self.trim(node)
            return
        takes_list = known[1] if known else isinstance(there, list)
        if not takes_list and not isinstance(there, list):
            raise Refused("item")
        items = list(there) if isinstance(there, list) else [there] if there else []
        if item >= len(items):
            raise Refused("item")
        if known and known[1]:
            self.drop_routes(node, known, item)
            for route in self.routes:
                if route["to"] is node and route["parameter"] == known[0] and route.get("item", -1) > item:
                    route["item"] -= 1
        del items[item]
        node.inputs[index] = items
        self.trim(node)

    def set(self, edit):
        self.node(edit["node"]).attributes[edit["attribute"]] = edit["value"]

    def unset(self, edit):
        self.node(edit["node"]).attributes.pop(edit["attribute"], None)

    def mark(self, edit):
        node = self.node(edit["node"])
        node.retain = edit.get("retain_grad", node.retain)
        node.muted = edit.get("muted", node.muted)
        node.comment = edit.get("comment", node.comment)

    def rename(self, edit):
        node = self.node(edit["node"])
        self.check_name(edit["to"], node)
        node.name = edit["to"]

    def move(self, edit):
        for name, position in edit.items():
            self.node(name).position = position

    def backward(self, steps):
        self.steps = [self.step(s) for s in steps]

    def remove(self, names):
        gone = [self.node(name) for name in names]
        kept = []
        for route in self.routes:
            place = next((i for i, p in enumerate(OPS.get(route["to"].op, [])) if p[0] == route["parameter"]), None)
            inputs = route["to"].inputs
            entry = inputs[place] if place is not None and place < len(inputs) else None
            if route["to"] in gone:
                continue
            if isinstance(entry, Source) and entry.node in gone:
                continue
            item = route.get("item")
            if isinstance(entry, list) and item is not None and item < len(entry):
                if entry[item] and entry[item].node in gone:
                    continue
                route["item"] -= sum(bool(s and s.node in gone) for s in entry[:item])
            kept.append(route)
        self.routes = kept
        self.nodes = [n for n in self.nodes if n not in gone]
        for node in self.nodes:
            node.inputs = [[s for s in e if not (s and s.node in gone)] if isinstance(e, list)
                           else None if e and e.node in gone else e for e in node.inputs]
            self.trim(node)
        for holder in self.frames + self.groups:
            holder["nodes"] = [n for n in holder["nodes"] if n not in gone]
        steps = []
        for step in self.steps:
            if "roots" in step:
                stays = [s.node not in gone for s in step["roots"]]
                step["roots"] = [s for s, stay in zip(step["roots"], stays) if stay]
                if "gradients" in step:
                    left = [g for i, g in enumerate(step["gradients"]) if i >= len(stays) or stays[i]]
                    step["gradients"] = [None if g and g.node in gone else g for g in left]
                    if not step["gradients"]:
                        del step["gradients"]
                if "inputs" in step:
                    step["inputs"] = [s for s in step["inputs"] if s.node not in gone]
                if not step["roots"]:
                    continue
            steps.append(step)
        self.steps = steps

    def several(self, edit):
        for part in edit["edits"]:
            self.make(part)

    def make(self, edit):
        (kind, value), = edit.items()
        getattr(self, kind)(value)


class History:
    """Documents as JSON: undo goes to the one before."""

    def __init__(self, document):
        self.documents, self.place = [document], 0

    def current(self):
        return self.documents[self.place]

    def obey(self, command):
        """Whether it is allowed."""
        if command == "undo":
            self.place -= 1
        elif command == "redo":
            self.place += 1
        else:
            model = Model(self.current())
            try:
                model.make(command)
                model.check_cycles()
            except Refused:
                return False
            after = model.document()
            if json.dumps(after) != json.dumps(self.current()):
                self.documents[self.place + 1:] = [after]
                self.place += 1
            return True
        if 0 <= self.place < len(self.documents):
            return True
        self.place = min(max(self.place, 0), len(self.documents) - 1)
        return False


class Commands:
    """Random ones for a document; about one in ten is not allowed."""

    def __init__(self, rng):
        self.random = rng

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def name(self):
        return "n%d" % self.random.randrange(300)

    def node(self, model, missing=2):
        return "missing" if not model.nodes or self.chance(missing) else self.random.choice(model.nodes).name

    def source(self, model, missing=2):
        return self.node(model, missing) + (":values" if self.chance(20) else "")

    def some(self, model, most, missing=2):
        return [self.node(model, missing) for _ in range(self.random.randint(0, most)) if model.nodes]

    def point(self):
        return [self.random.choice([self.random.randrange(1000), self.random.randrange(2000) - 0.5]) for _ in range(2)]

    def value(self):
        return self.random.choice([0, 1, -7, 2.5, True, None, "a", "nan", [], [1, 2], [1, None], [0.5, "inf"], [[1], []]])

    def addition(self, model, missing=2):
        entry = {"name": self.name(), "op": self.random.choice(["tensor", "neg", "mul", "mul", "linear", "cat", "cat", "no.such"])}
        slots = len(OPS[entry["op"]]) if entry["op"] in OPS else self.random.randrange(4)
        slots += self.chance(3)
        if slots and model.nodes:
            entry["inputs"] = []
            for i in range(slots):
                known = OPS.get(entry["op"], [])
                as_list = self.chance((95 if known[i][1] else 3) if i < len(known) else 40)
                if self.chance(30):
                    entry["inputs"].append(None)
                elif as_list:
                    entry["inputs"].append([None if self.chance(10) else self.source(model, missing)
                                            for _ in range(self.random.randrange(5))])
                else:
                    entry["inputs"].append(self.source(model, missing))
        if self.chance(30):
            entry["attributes"] = {self.random.choice(["a0", "a1", "dtype", "value"]): self.value()}
        if self.chance(60):
            entry["position"] = self.point()
        if self.chance(10):
            entry["retain_grad"] = True
        if self.chance(10):
            entry["comment"] = "why\n\"ü\""
        if self.chance(15):
            entry["unheard_of"] = {"deep": [1.5, {"a": None}], "b": "x, y"}
        return entry

    def document(self):
        model = Model({"nodes": []})
        while len(model.nodes) < 12:
            try:
                model.add(self.addition(model, 0))
            except Refused:
                pass
        document = model.document()
        document["backward"] = self.passes(model, 0)
        document["frames"] = [{"title": "F", "nodes": self.some(model, 4, 0), "no_grad": True, "unheard_of": 1},
                              {"title": "", "nodes": self.some(model, 4, 0)}]
        document["routes"] = self.routes(model)
        document["groups"] = [{"name": "block", "nodes": self.some(model, 3, 0), "groups": ["inner"]},
                              {"name": "inner", "nodes": self.some(model, 2, 0), "open": True}]
        document["future"] = {"list": [1, 2.5, "x"]}
        return Model(document).document()  # Its lists are in order and none is empty.

    def routes(self, model):
        routes = []
        for node in model.nodes:
            for (name, takes_list), entry in zip(OPS.get(node.op, []), node.inputs):
                if entry is None or takes_list != isinstance(entry, list):
                    continue
                for item in range(len(entry)) if takes_list else [None]:
                    if self.chance(70) and (item is None or entry[item]):
                        item_json = {} if item is None else {"item": item}
                        routes.append({"to": node.name, "parameter": name, **item_json, "points": [self.point()]})
        return routes

    def passes(self, model, missing=1):
        steps = []
        for _ in range(self.random.randrange(4)):
            if self.chance(20):
                steps.append({"zero_grad": self.random.choice(["none", "zeros"])})
                continue
            step = {"roots": [self.source(model, missing) for _ in range(self.random.randint(1, 3))]}
            if missing and self.chance(2):
                step["roots"] = []
            if self.chance(50):
                step["gradients"] = [None if self.chance(50) else self.source(model, missing) for _ in step["roots"]]
            if self.chance(30):
                step["retain_graph"] = self.chance(50)
            if self.chance(30):
                step["create_graph"] = True
            if self.chance(30):
                step["inputs"] = [self.source(model, missing)]
            steps.append(step)
        return steps

    def target(self, model):
        candidates = [n for n in model.nodes if n.inputs or OPS.get(n.op)]
        if not candidates or self.chance(2):
            return {"to": self.node(model), "parameter": self.random.choice(["input", "tensors", 0, 3])}
        node = self.random.choice(candidates)
        known = OPS.get(node.op)
        index = self.random.randrange(len(known) if known else len(node.inputs))
        parameter = known[index][0] if known and self.chance(85) else index
        if self.chance(2):
            parameter = self.random.choice(["nonsense", 7])
        target = {"to": node.name, "parameter": parameter}
        entry = node.inputs[index] if index < len(node.inputs) else None
        if isinstance(entry, list) and self.chance(85) or known and known[index][1] and self.chance(70) or self.chance(2):
            target["item"] = self.random.randrange((len(entry) if isinstance(entry, list) else 0) + 1)
            if self.chance(6):
                target["item"] = (len(entry) if isinstance(entry, list) else 0) + self.random.randint(1, 2)
        return target

    def command(self, document, depth=0):
        model = Model(document)
        if not depth and self.chance(10):
            return "undo"
        if not depth and self.chance(10):
            return "redo"
        if len(model.nodes) < 4 or len(model.nodes) < 40 and self.chance(18):
            return {"add": self.addition(model)}
        if depth < 2 and self.chance(8):
            return self.several(document, depth)
        kind = self.random.choice(["remove", "connect", "connect", "disconnect", "set", "unset", "mark", "rename", "move", "backward"])
        if kind == "remove":
            return {kind: self.some(model, 3, 1)}
        if kind == "connect":
            return {kind: {"from": self.source(model), **self.target(model)}}
        if kind == "disconnect":
            target = self.target(model)
            if target.get("item") and self.chance(80):
                target["item"] -= 1
            return {kind: target}
        if kind == "set":
            return {kind: {"node": self.node(model), "attribute": self.random.choice(["a0", "a1", "dtype", "value"]),
                           "value": self.value()}}
        if kind == "unset":
            return {kind: {"node": self.node(model), "attribute": self.random.choice(["a0", "a1", "dtype", "value"])}}
        if kind == "mark":
            marks = [("retain_grad", self.chance(50)), ("muted", self.chance(50)), ("comment", self.random.choice(["", "so"]))]
            return {kind: {"node": self.node(model), **dict(m for m in marks if self.chance(40))}}
        if kind == "rename":
            to = self.name() if self.chance(92) else self.random.choice(["block", "lambda", "1x", "", "n 1", "ü"])
            return {kind: {"node": self.node(model), "to": to}}
        if kind == "move":
            return {kind: {name: self.point() for name in self.some(model, 4)}}
        return {kind: self.passes(model)}

    def several(self, document, depth):
        edits = []
        for _ in range(self.random.randrange(5)):
            edits.append(self.command(document, depth + 1))
            grown = Model(document)
            try:
                grown.make(edits[-1])
                grown.check_cycles()
                document = grown.document()
            except Refused:
                pass
        return {"several": {"edits": edits}}


def sequence(program, seed, length, folder):
    """Runs one. @returns what differs, or None, and how many commands were refused."""
    commands = Commands(random.Random(seed))
    start = commands.document()
    history = History(start)
    lines, expected = [], []
    for _ in range(length):
        command = commands.command(history.current())
        lines.append(json.dumps(command, ensure_ascii=commands.chance(50)))
        expected.append(history.obey(command))
    document, saved, edits = folder / "start.chainrule", folder / "saved.chainrule", folder / "edits"
    document.write_text(json.dumps(start, indent=3, ensure_ascii=False))
    edits.write_text("\n".join(lines) + "\n")
    with edits.open() as standard_input:
        run = subprocess.run([program, "edit", document, "-o", saved], stdin=standard_input, capture_output=True, text=True)
    answers = run.stdout.splitlines()
    refused = expected.count(False)
    if len(answers) != length or run.stderr:
        return f"{len(answers)} answers, status {run.returncode}: {run.stderr}", refused
    for number, (line, answer, allowed) in enumerate(zip(lines, answers, expected)):
        if json.loads(answer)["ok"] != allowed:
            return f"command {number}, {line}: expected {'yes' if allowed else 'no'}, got {answer}", refused
    if run.returncode != (1 if refused else 0):
        return f"status {run.returncode}", refused
    text = saved.read_text()
    if json.dumps(history.current()) == json.dumps(start):
        return None if text == document.read_text() else "nothing changed, yet the bytes did", refused
    wanted, got = json.dumps(history.current()), json.dumps(json.loads(text))
    return None if got == wanted else f"saved\n{got}\nexpected\n{wanted}", refused


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--keep", type=pathlib.Path, help="where the first failing sequence goes")
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    refused = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if arguments.keep:
            folder = arguments.keep
            folder.mkdir(exist_ok=True)
        for number in range(arguments.sequences):
            seed = f"{arguments.seed} {number}"
            difference, no = sequence(arguments.program, seed, arguments.length, folder)
            refused += no
            if difference:
                print(f"sequence {number} of seed {arguments.seed}: {difference}")
                sys.exit(1)
    total = arguments.sequences * arguments.length
    print(f"{arguments.sequences} sequences of {arguments.length} commands agree with the model; "
          f"{refused} of {total} were refused, as they should be")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The window program as a person uses it: with the mouse on what shows, and the keyboard for text alone."""

import os

import accessible
from desktop import Failed, wait_for


class Window:
    """Use it with `with`: the program ends with it."""

    def __init__(self, desktop, program, document, size):
        self.desktop = desktop
        self.document = document
        self.process = desktop.start([program, document])
        desktop.place_window(os.path.basename(document), 0, 0, *size)
        self.top = wait_for(lambda: accessible.program("Chainrule"), "the program among the accessible ones")
        self.canvas = wait_for(lambda: self.top.find("Canvas"), "the canvas")
        self.menus = wait_for(lambda: self.top.find(role="menu bar"), "the menu bar")
        self.palette = wait_for(lambda: self.top.find("Operations by category"), "the palette")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.desktop.picture(os.path.basename(self.document))
            print(self.top.tree())
        self.process.terminate()
        self.process.wait(10)

    def nodes(self):
        """The nodes on the canvas by name."""
        return {child.name: child for child in self.canvas.children() if child.role == "list item"}

    def node(self, name):
        return wait_for(lambda: self.nodes().get(name), "a node " + name)

    def says(self, name, *words):
        """Waits until all these words are in what the node says of itself."""
        try:
            wait_for(lambda: all(word in self.node(name).description for word in words), name)
        except Failed:
            raise Failed("%s says '%s', without %s" % (name, self.node(name).description, words))

    def add(self, op, across, down):
        """Drags an operation from the palette to a place on the canvas, in parts of it. @returns the new node's name."""
        before = set(self.nodes())
        self.desktop.drag(self.entry(op).at(0.3), self.canvas.at(across, down))
        return wait_for(lambda: set(self.nodes()) - before, "a new node " + op).pop()

    def entry(self, op):
        """The palette's line for an operation; turns the wheel until it shows."""
        _, top, _, height = self.palette.box
        line = next((child for child in self.palette.children() if child.name == op), None)
        if not line:
            raise Failed("the palette has no " + op)
        for _ in range(100):
            _, y, _, size = line.box
            if y >= top and y + size <= top + height and line.is_showing():
                return line
            self.desktop.click(self.palette.at(), 4 if y < top else 5)
        raise Failed("turning the wheel does not bring %s into view" % op)

    def output(self, name):
        return self.node(name).at(1, 0.5)

    def input(self, name, index, count):
        return self.node(name).at(0, (index + 1) / (count + 1))

    def value(self, name, is_gradient=False):
        """The middle of the first number of a node's value or gradient, as node_shape.h places them."""
        node = self.node(name)
        scale = node.box[2] / 176
        return node.box[0] + (120 if is_gradient else 30) * scale, node.box[1] + 70 * scale

    def link(self, source, target, index, count):
        self.desktop.drag(self.output(source), self.input(target, index, count))

    def rename(self, name, to):
        self.desktop.click(self.node(name).at(0.15, 0.15), times=2)
        self.type(to)
        self.node(to)

    def give(self, name, literal):
        self.desktop.click(self.value(name), times=2)
        self.type(literal)

    def type(self, text):
        """In the editor that a double click opened."""
        self.desktop.key("ctrl+a")
        self.desktop.type(text)
        self.desktop.key("Return")

    def choose(self, name, menu, command):
        """Selects a node and takes a command from the menu bar: what AT-SPI does not show is the context menu."""
        self.select(name)
        self.desktop.click(wait_for(lambda: self.menus.find(menu, "menu item"), "the menu " + menu).at())
        item = wait_for(lambda: self.menus.find(command, "menu item"), "the command " + command)
        self.desktop.click(item.at())

    def select(self, name):
        self.desktop.click(self.node(name).at(0.5, 0.92))

    def save(self):
        before = os.stat(self.document).st_mtime_ns
        self.desktop.key("ctrl+s")
        wait_for(lambda: os.stat(self.document).st_mtime_ns != before, "the document to be saved")

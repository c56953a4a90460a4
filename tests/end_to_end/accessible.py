# SPDX-License-Identifier: GPL-3.0-or-later
"""What a window says to assistive technology, through AT-SPI: how the tests find things without knowing pixels."""

import os

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib


class Thing:
    """A part of the window: its role and name, its words, and where it is on the screen."""

    def __init__(self, accessible):
        self.accessible = accessible

    name = property(lambda self: self.accessible.get_name() or "")
    role = property(lambda self: self.accessible.get_role_name())
    description = property(lambda self: self.accessible.get_description() or "")

    @property
    def box(self):
        """x, y, width, height on the screen."""
        extents = self.accessible.get_extents(Atspi.CoordType.SCREEN)
        return extents.x, extents.y, extents.width, extents.height

    def at(self, across=0.5, down=0.5):
        """A point in the box, from 0, 0 in the upper left to 1, 1."""
        x, y, width, height = self.box
        return x + width * across, y + height * down

    def children(self):
        for index in range(self.accessible.get_child_count()):
            child = self.accessible.get_child_at_index(index)
            if child:
                yield Thing(child)

    def is_showing(self):
        return self.accessible.get_state_set().contains(Atspi.StateType.SHOWING)

    def all(self):
        """This and everything inside."""
        todo = [self]
        while todo:
            thing = todo.pop()
            yield thing
            todo += reversed(list(thing.children()))

    def find(self, name=None, role=None):
        """The first inside that shows and has that name and role; None without any."""
        for thing in self.all():
            try:
                if (name is None or thing.name == name) and (role is None or thing.role == role) and thing.is_showing():
                    return thing
            except GLib.Error:  # It has gone meanwhile.
                continue
        return None

    def tree(self, depth=0):
        """For messages: everything inside, one a line."""
        lines = ["  " * depth + "%s '%s' %s %s" % (self.role, self.name, self.description[:80], self.box)]
        for child in self.children():
            lines.append(child.tree(depth + 1))
        return "\n".join(lines)


def connect(environment):
    """To be called once, before anything else, with the environment of the desktop."""
    os.environ.update(environment)
    Atspi.init()


def program(name):
    """The top of a running program; None while there is none."""
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(index)
        if child and child.get_name() == name:
            return Thing(child)
    return None

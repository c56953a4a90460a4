# SPDX-License-Identifier: GPL-3.0-or-later
"""peer_target.py FOLDER: a window of another program; files dropped on it are copied to FOLDER, as a file manager does."""

import pathlib
import shutil
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gio, Gtk


def take(widget, context, x, y, data, info, time):
    for uri in data.get_uris():
        path = pathlib.Path(Gio.File.new_for_uri(uri).get_path())
        part = folder / (path.name + ".part")  # Complete as soon as it has its name.
        shutil.copy(path, part)
        part.rename(folder / path.name)
    context.finish(True, False, time)


folder = pathlib.Path(sys.argv[1])
window = Gtk.Window(title="peer target", default_width=160, default_height=120)
target = Gtk.EventBox()
target.add(Gtk.Label(label="drop here"))
target.drag_dest_set(Gtk.DestDefaults.MOTION | Gtk.DestDefaults.HIGHLIGHT | Gtk.DestDefaults.DROP, [],
                     Gdk.DragAction.COPY)
target.drag_dest_add_uri_targets()
target.connect("drag-data-received", take)
window.add(target)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()

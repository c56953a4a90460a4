# SPDX-License-Identifier: GPL-3.0-or-later
"""peer_source.py FILE…: a window of another program, from which these files can be dragged."""

import pathlib
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

uris = [pathlib.Path(file).absolute().as_uri() for file in sys.argv[1:]]
window = Gtk.Window(title="peer source", default_width=160, default_height=120)
source = Gtk.EventBox()
source.add(Gtk.Label(label="drag me"))
source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
source.drag_source_add_uri_targets()
source.connect("drag-data-get", lambda widget, context, data, info, time: data.set_uris(uris))
window.add(source)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()

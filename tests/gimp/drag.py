"""Beside GIMP under Xvfb: a window, called Files, from which one file can be dragged. ``python3 drag.py FILE``."""

import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gio, GLib, Gtk  # noqa: E402

window, box = Gtk.Window(title="Files"), Gtk.EventBox()
box.add(Gtk.Label(label=sys.argv[1]))
box.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
box.drag_source_add_uri_targets()
uri = Gio.File.new_for_path(sys.argv[1]).get_uri()
box.connect("drag-data-get", lambda _box, _context, data, _info, _time: data.set_uris([uri]))
box.connect("drag-end", lambda *_ended: GLib.timeout_add(500, Gtk.main_quit))
window.add(box)
window.show_all()
window.move(0, 0)
Gtk.main()

"""Help: the guide that comes with the program."""

import os

from buttons import Button
from gi.repository import Gdk, GLib, Gtk
from language import FOLDER, _

GUIDE = os.path.join(FOLDER, "guide.html")


def add_help(dialog, say):
    """Give a dialog a button, and F1, that open the guide; `say` is called with where it is when nothing opens it."""

    def show(*_pressed):
        try:
            Gtk.show_uri_on_window(dialog, GLib.filename_to_uri(GUIDE), Gdk.CURRENT_TIME)
        except GLib.Error:
            say(_("The guide is in {}.").format(GUIDE))
        return True

    area = dialog.get_action_area()
    button = Button(show, _("_Help"), visible=True)
    area.pack_start(button, False, False, 0)
    area.set_child_secondary(button, True)
    area.set_child_non_homogeneous(button, True)
    keys = Gtk.AccelGroup()
    keys.connect(Gdk.KEY_F1, 0, 0, show)
    dialog.add_accel_group(keys)

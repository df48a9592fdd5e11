"""The lowest row of the dialog: help, settings that come back, and what ends and begins it."""

import keeping
from buttons import Button
from gi.repository import Gtk
from guide import add_help
from language import _

DREAM, CLOSE = Gtk.ResponseType.OK, Gtk.ResponseType.CLOSE


class Actions:
    """Adds the row to a dialog.

    Parameters
    ----------
    dialog : Gtk.Dialog
    procedure : str
        Whose settings are kept.
    settings : Settings
    say : callable
        Called with a sentence for the user.
    """

    def __init__(self, dialog, procedure, settings, say):
        self.procedure, self.settings = procedure, settings
        self.first = settings.values()
        add_help(dialog, say)
        self.load = self._add(dialog, _("_Load Saved Settings"), self._load)
        self._add(dialog, _("_Save Settings"), self._save)
        menu = Gtk.Menu()
        for text, values in (
            (_("To what was set in the beginning"), lambda: self.first),
            (_("To the plain recipe"), settings.all_defaults),
        ):
            item = Gtk.MenuItem(label=text)
            item.connect("activate", lambda _item, values=values: settings.put(values()))
            menu.append(item)
        menu.show_all()
        reset = Gtk.MenuButton(label=_("_Reset"), use_underline=True, popup=menu, direction=Gtk.ArrowType.UP)
        self._put(dialog, reset)
        dialog.add_button(_("Close"), CLOSE)
        dialog.add_button(_("_Dream"), DREAM)
        dialog.set_default_response(DREAM)
        self.load.set_sensitive(bool(keeping.kept(procedure, keeping.SAVED)))

    def _add(self, dialog, text, pressed):
        button = Button(pressed, text)
        self._put(dialog, button)
        return button

    def _put(self, dialog, button):
        """Put a button to the left."""
        area = dialog.get_action_area()
        area.pack_start(button, False, False, 0)
        area.set_child_secondary(button, True)
        area.set_child_non_homogeneous(button, True)
        button.show()

    def _load(self):
        self.settings.put(keeping.kept(self.procedure, keeping.SAVED))

    def _save(self):
        keeping.keep(self.procedure, keeping.SAVED, self.settings.values())
        self.load.set_sensitive(True)

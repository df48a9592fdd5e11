"""Recipes of the artist's own: saved, shared, opened, bred; and the command that does the same."""

import os
import random

from arguments import job_fields
from buttons import Button
from commands import command
from gi.repository import Gdk, Gio, Gtk
from keeping import favourites, keep_favourites
from language import _
from replacing import may_replace, may_replace_file

CARRIERS = ("*.toml", "*.png", "*.gif", "*.webp", "*.mp4", "*.webm")  # of recipes
WILD, NEAR = 0.8, 0.3  # how far what is bred is from its parent
KEPT = ("frames", "delay", "model", "seed")  # by a surprise: what has nothing to do with how it looks


class Presets:
    """Buttons and a menu beside the recipes.

    Parameters
    ----------
    settings : Settings
        What is set in the dialog.
    ask : callable
        As of `Conversation`.
    window : Gtk.Window
        Which files are dropped onto.
    say : callable
        Called with a sentence about what was done.
    pixels : callable
        Returns the file of the picture, or None, and the roles of what dreams besides it.
    """

    def __init__(self, settings, ask, window, say, pixels):
        self.settings, self.ask, self.window, self.say, self.pixels = settings, ask, window, say, pixels
        self.before = []
        self.widget = Gtk.Box(spacing=6)
        undo, star = "edit-undo-symbolic", "non-starred-symbolic"
        self.back = Button(self._go_back, icon=undo, help=_("Back to what was set before"), sensitive=False)
        self.star = Button(self._mark, icon=star, help=_("Favourites come first"))
        for button in (
            Button(self._surprise, _("Surprise"), help=_("Any recipe, changed by chance")),
            Button(self._vary, _("Vary"), help=_("What is set, changed a little by chance")),
            self.back,
            self.star,
        ):
            self.widget.pack_start(button, False, False, 0)
        menu = Gtk.Menu()
        for text, chosen in (
            (_("Save as a recipe ..."), self._save),
            (_("Share as a file ..."), self._share),
            (_("Open a recipe or a picture ..."), self._open),
            (_("Copy the command"), self._copy),
        ):
            item = Gtk.MenuItem(label=text)
            item.connect("activate", lambda _item, chosen=chosen: chosen())
            menu.append(item)
        menu.show_all()
        button = Gtk.MenuButton(popup=menu, tooltip_text=_("Save, share and open recipes"))
        button.add(Gtk.Image.new_from_icon_name("open-menu-symbolic", Gtk.IconSize.BUTTON))
        self.widget.pack_start(button, False, False, 0)
        window.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
        window.drag_dest_add_uri_targets()
        window.connect("drag-data-received", self._dropped)

    def show(self, name):
        """Show whether a recipe is a favourite."""
        stars = "starred-symbolic" if name in favourites() else "non-starred-symbolic"
        self.star.get_image().set_from_icon_name(stars, Gtk.IconSize.BUTTON)

    def read(self, path):
        """Offer the recipe of a file, and choose it."""
        self._ask("recipe", self._opened, recipe=path)

    def _ask(self, do, answered, before=None, **fields):
        """Ask for what is then set; the answer comes with what was set `before`, when it was asked for."""
        before = before or self.settings.values()
        self.ask(do, lambda message, _data: answered(message, before), failed=self._failed, **fields)

    def _failed(self, message):
        self.say(message["message"])

    def _opened(self, message, before):
        self.say("")  # and no more of a file before it that could not be read
        self._got_recipe(message, before)

    def _got_recipe(self, message, before):
        self._remember()
        self.settings.offer(message["recipe"], before)

    # By chance

    def _surprise(self):
        kept = {name: text for name, text in self.settings.own().items() if name in KEPT}
        self._breed(random.choice([*self.settings.recipes()]), kept, WILD)

    def _vary(self):
        self._breed(self.settings.recipe(), self.settings.own(), NEAR)

    def _breed(self, recipe, own, spread):
        job = job_fields({**own, "recipe": recipe})
        chance = {"seed": random.randrange(2**31), "spread": spread}
        self._ask("breed", self._got_child, **job, **chance)

    def _got_child(self, message, before):
        self._remember()
        child = message["recipe"]
        self.settings.give(child["name"], child["values"], before)

    def _remember(self):
        self.before.append(self.settings.values())
        self.back.set_sensitive(True)

    def _go_back(self):
        self.settings.put(self.before.pop())
        self.back.set_sensitive(bool(self.before))

    # Of one's own

    def _mark(self):
        name = self.settings.recipe()
        keep_favourites({name} ^ {*favourites()})
        self.show(name)
        self.settings.sort()

    def _save(self):
        window = Gtk.Dialog(title=_("Save as a recipe"), transient_for=self.window, modal=True, border_width=12)
        window.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        window.add_button(_("_Save"), Gtk.ResponseType.OK)
        window.set_default_response(Gtk.ResponseType.OK)
        entries = [Gtk.Entry(activates_default=True, width_chars=32) for _text in range(2)]
        grid = Gtk.Grid(row_spacing=6, column_spacing=12)
        for row, (entry, text) in enumerate(zip(entries, (_("_Name"), _("_About")), strict=True)):
            grid.attach(Gtk.Label(label=text, use_underline=True, xalign=0, mnemonic_widget=entry), 0, row, 1, 1)
            grid.attach(entry, 1, row, 1, 1)
        window.get_content_area().pack_start(grid, True, True, 6)
        window.show_all()
        while window.run() == Gtk.ResponseType.OK:
            name, about = (entry.get_text().strip() for entry in entries)
            if self._may_be_called(window, name):
                self._send(name, about)
                break
        window.destroy()

    def _may_be_called(self, window, name):
        """Return whether a recipe may have this name: none of the artist's own has it, or that one may go."""
        text = _("You have a recipe named “{}” already. Do you want to replace it?").format(name)
        is_taken = self.settings.recipes().get(name, {}).get("own") or os.path.exists(name)
        return not is_taken or may_replace(window, _("Replace the recipe?"), text)

    def _share(self):
        path = self._choose(Gtk.FileChooserAction.SAVE, _("_Save"), CARRIERS[:1])
        if path and not path.endswith(".toml"):  # what the chooser has not asked for
            path = f"{path}.toml" if may_replace_file(self.window, f"{path}.toml") else None
        if path:
            self._send(path, "")

    def _send(self, path, about):
        job = job_fields({**self.settings.own(), "recipe": self.settings.recipe()})
        self._ask("save", self._saved, path=path, about=about, **job)

    def _saved(self, message, before):
        self.say(_("The recipe is in {}.").format(message["path"]))
        if os.sep not in message["name"]:
            self._ask("recipe", self._got_recipe, before, recipe=message["name"])

    def _open(self):
        if path := self._choose(
            Gtk.FileChooserAction.OPEN, _("_Open"), ["*.toml", "*.png", "*.gif", "*.webp", "*.mp4"]
        ):
            self.read(path)

    def _choose(self, action, accept, patterns):
        chooser = Gtk.FileChooserNative.new(_("Recipe"), self.window, action, accept, _("_Cancel"))
        chooser.set_do_overwrite_confirmation(True)
        only = Gtk.FileFilter()
        for pattern in patterns:
            only.add_pattern(pattern)
        chooser.set_filter(only)
        if action == Gtk.FileChooserAction.SAVE:
            chooser.set_current_name(f"{os.path.basename(self.settings.recipe()) or 'dream'}.toml")
        chosen = chooser.run() == Gtk.ResponseType.ACCEPT
        return chooser.get_filename() if chosen else None

    def _dropped(self, _window, _context, _x, _y, data, _info, _time):
        for uri in data.get_uris():
            if path := Gio.File.new_for_uri(uri).get_path():
                self.read(path)

    def _copy(self):
        line = command(self.settings.job(), *self.pixels())
        Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).set_text(line, -1)
        self.say(_("Copied: {}").format(line))

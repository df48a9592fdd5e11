"""Opens the builder beside a text field of the dialog: of what is dreamed, and of what happens between frames."""

from builder import Builder
from gi.repository import GLib
from language import _
from offers import Offers

KINDS = {"layer": "objective", "transform": "transform"}  # field -> kind of its terms
HELP = {
    "layer": _("Build what is dreamed: several things at once, each with its weight, or in different places"),
    "transform": _("Build what happens between frames, step by step"),
}


class Building:
    """The builders of a dialog.

    Parameters
    ----------
    dialog : DreamDialog
    """

    def __init__(self, dialog):
        self.dialog, self.config, self.vocabulary = dialog, dialog.config, None

    def helper(self, name):
        """Return the button beside a field: its icon, what it is for, and what it does."""
        return "document-edit-symbolic", HELP[name], lambda: self._open(name)

    def _open(self, name):
        if self.vocabulary is None:
            self.dialog.conversation.ask("vocabulary", lambda message, _data: self._know(message, name))
        else:
            self._build(name)

    def _know(self, message, name):
        self.vocabulary = message
        GLib.idle_add(self._build, name)  # from here, no answer would come before the builder is closed

    def _build(self, name):
        kind, recipe = KINDS[name], self.dialog.settings.recipe_values()
        frames = self.config.get_property("frames") if self.config.find_property("frames") else ""
        frames = frames or str(recipe.get("frames", ""))
        last = max(1, int(frames) - 1) if frames.isdecimal() else 1
        default = str(recipe.get(name, "")) or {"layer": "objects", "transform": "chain()"}[name]
        layers = [row[0] for row in self.dialog.settings.rows.blobs.get_model()]
        offers = Offers(self.dialog.previewing.source, layers, last, default)
        text = self.config.get_property(name) or default
        terms, chosen = self.vocabulary[kind], self._chosen(name)
        Builder(self.dialog.dialog, kind, terms, text, offers, self._terms, chosen).run()

    def _chosen(self, name):
        """Return what sets a field to the text of a builder, as long as nothing else is typed there."""
        stood = self.config.get_property(name)

        def chosen(text):
            nonlocal stood
            if self.config.get_property(name) == stood:
                stood = text
                self.config.set_property(name, text)

        return chosen

    def _terms(self, answered, failed, **fields):
        self.dialog.conversation.ask("terms", answered, failed=failed, **fields)

"""Opens what helps with a text field of the dialog: the builders of what is dreamed and between frames, the atlas."""

from functools import partial

from atlas import AtlasWindow
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
    """The builders of a dialog, and its atlas.

    Parameters
    ----------
    dialog : DreamDialog
    """

    def __init__(self, dialog):
        self.dialog, self.config, self.vocabulary, self.atlas = dialog, dialog.config, None, None

    def helpers(self):
        """Return the buttons beside fields, by their names: icon, what it is for, and what it does."""
        buttons = {name: [("document-edit-symbolic", HELP[name], partial(self._open, name))] for name in KINDS}
        look = "view-grid-symbolic", _("See what each layer dreams of this picture"), self._show_atlas
        return {**buttons, "layer": [look, *buttons["layer"]]}

    def say(self, sentence):
        """Show a sentence in the atlas where it is open."""
        if self.atlas:
            self.atlas.say(sentence)

    def _show_atlas(self):
        dialog = self.dialog
        layer = self.config.get_property("layer") or str(dialog.settings.recipe_values().get("layer", ""))
        is_plain = layer and not set(layer) & set("()+*,: ")
        self.atlas = AtlasWindow(
            dialog.dialog,
            layer if is_plain else "objects",
            dialog.conversation.ask,
            dialog.previewing.source,
            dialog.settings.model(),
            partial(self.config.set_property, "layer"),
        )
        dialog.previewing.is_paused = True
        self.atlas.run()
        dialog.previewing.is_paused, self.atlas = False, None
        dialog.restart()  # whose preview ends what is not dreamed yet

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

"""Opens the builder beside a text field of the dialog: of what is dreamed, and of what happens between frames."""

from builder import Builder
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
    window : Gtk.Window
    config : Gimp.ProcedureConfig
        Takes what is built.
    ask : callable
        ``ask(do, answered, failed=failed, **fields)`` asks the worker.
    source, recipe_values, layers : callable
        Return what is dreamed; what the recipe says, by the table's names; and the names of the network's layers.
    """

    def __init__(self, window, config, ask, source, recipe_values, layers):
        self.window, self.config, self.ask, self.vocabulary = window, config, ask, None
        self.source, self.recipe_values, self.layers = source, recipe_values, layers

    def helper(self, name):
        """Return the button beside a field: its icon, what it is for, and what it does."""
        return "document-edit-symbolic", HELP[name], lambda: self._open(name)

    def _open(self, name):
        if self.vocabulary is None:
            self.ask("vocabulary", lambda message, _data: self._know(message, name))
        else:
            self._build(name)

    def _know(self, message, name):
        self.vocabulary = message
        self._build(name)

    def _build(self, name):
        kind, recipe = KINDS[name], self.recipe_values()
        frames = self.config.get_property("frames") if self.config.find_property("frames") else ""
        frames = frames or str(recipe.get("frames", ""))
        last = max(1, int(frames) - 1) if frames.isdecimal() else 1
        default = str(recipe.get(name, "")) or {"layer": "objects", "transform": "chain()"}[name]
        offers = Offers(self.source(), self.layers(), last, default)
        text = self.config.get_property(name) or default
        Builder(self.window, kind, self.vocabulary[kind], text, offers, self._terms, self._chosen(name)).run()

    def _terms(self, answered, failed, **fields):
        self.ask("terms", answered, failed=failed, **fields)

    def _chosen(self, name):
        return lambda text: self.config.set_property(name, text)

"""What is set in the dialog: a recipe, and what the artist gives in its place; shown by the recipes and the rows."""

from arguments import GUIDE, RECIPE, job_fields, value_text, with_later
from gi.repository import Gtk
from keeping import favourites, put
from language import _
from recipes import RecipeChooser
from rows import Rows, summary

ALONE = {"follow": 0}  # layers dream for themselves until something else is asked for, whatever is usual of a clip


class Settings:
    """The recipes by their pictures, and the settings below.

    Parameters
    ----------
    config : Gimp.ProcedureConfig
        Where all of it is kept.
    arguments : sequence of Argument
        The recipe aside.
    helpers : dict
        As of `Rows`.
    """

    def __init__(self, config, arguments, helpers):
        self.config, self.arguments, self.defaults, self.areas = config, arguments, {}, ""
        self.chooser = RecipeChooser(lambda name: config.set_property(RECIPE.name, name), self.give_up)
        self.rows = Rows(config, arguments, helpers)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.widget.pack_start(self.chooser.widget, True, True, 0)
        self.widget.pack_start(self.rows.widget, False, True, 0)
        self.rows.expander.connect("notify::expanded", self._share_room)

    def _share_room(self, expander, _property):
        """Give the room that is left to what is looked at: the recipes, or the settings."""
        for part, has_room in ((self.chooser.widget, False), (self.rows.widget, True)):
            expands = has_room == expander.get_expanded()
            self.widget.set_child_packing(part, expands, True, 0, Gtk.PackType.START)
        expander.get_child().set_vexpand(expander.get_expanded())

    def recipe(self):
        """Return the name of the recipe that is chosen, empty for the plain one."""
        return self.config.get_property(RECIPE.name) or ""

    def recipes(self):
        """Return the recipes that there are, by name."""
        return self.chooser.recipes

    def recipe_values(self):
        """Return what the recipe says, by the table's names; of what is dreamed, what a group's layers are named."""
        says = self.recipes().get(self.recipe(), {}).get("values", self.defaults)
        return {**says, **ALONE, **({"layer": self.areas} if self.areas else {})}

    def own(self):
        """Return what the artist gave in place of the recipe, by the names of the arguments."""
        return self.rows.own()

    def values(self):
        """Return all arguments, by their names; a guide whose image was closed is none any more."""
        values = {each.name: self.config.get_property(each.name) for each in (RECIPE, *self.arguments)}
        if values.get(GUIDE.name) and not values[GUIDE.name].is_valid():
            values[GUIDE.name] = None
        return values

    def dreamed(self):
        """Return all arguments as they are dreamed: what a group's layers are named stands where nothing is given."""
        values = self.values()
        return {**values, "layer": values["layer"] or self.areas}

    def show_areas(self, text):
        """Have what a group's layers are named stand for what is dreamed; an empty text where they are not."""
        if text != self.areas:
            self.areas = text
            self.show()

    def put(self, values):
        """Set arguments, by their names; others stay as they are."""
        put(self.config, (RECIPE, *self.arguments), values)

    def all_defaults(self):
        """Return what all arguments are by default: everything as the plain recipe."""
        return {each.name: each.default for each in (RECIPE, *self.arguments)}

    def model(self):
        """Return the name of the network that dreams."""
        return self.config.get_property("model") or self.recipe_values().get("model")

    def job(self):
        """Return the fields of a message that say what is set."""
        return job_fields(self.dreamed())

    def fill(self, recipes, defaults, picture):
        """Offer recipes, as the worker describes them, with a picture until theirs come."""
        self.defaults = defaults
        plain = {"name": "", "about": _("Falls slowly into the picture."), "values": defaults, "own": False}
        self.chooser.fill({each["name"]: each for each in (plain, *recipes)}, picture, favourites())
        self.show()

    def sort(self):
        """Put the favourites first."""
        self.chooser.sort(favourites())

    def add(self, recipe):
        """Offer one recipe more."""
        self.chooser.add(recipe["name"], recipe)
        self.show()

    def offer(self, recipe, before):
        """Offer one recipe more, and choose it; what the artist gave `before` is left to it."""
        self.add(recipe)
        self._set(recipe["name"], {}, before)
        self.chooser.reveal(recipe["name"])

    def give(self, recipe, values, before):
        """Choose a recipe, and set in its place whatever of some values, by the table's names, is not as it says.

        What the artist has changed since all arguments were as `before` stays: another recipe, or a setting.
        """
        says = self.recipes().get(recipe, {}).get("values", self.defaults)
        rows = {each.name: each.row["name"] for each in self.arguments if each.name in self.rows.fields and each.row}
        own = {name: value_text(values[row]) for name, row in rows.items() if values[row] != says.get(row)}
        self._set(recipe, own, before)

    def _set(self, recipe, own, before):
        own = with_later(own, before, self.values())
        if own.pop(RECIPE.name, recipe) == recipe:
            self.config.set_property(RECIPE.name, recipe)
            self.rows.give(own)

    def give_up(self):
        """Leave everything to the recipe."""
        self.rows.give({})

    def show(self):
        """Show which recipe is chosen, what it says, and what the artist gave in its place."""
        self.rows.show_recipe(self.recipe_values())
        self.chooser.select(self.recipe(), summary(self.own(), self.rows.fields))

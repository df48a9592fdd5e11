"""One term in the builder: its name, its values, and its place among the others."""

from functools import partial

from buttons import Button
from gi.repository import Gtk
from language import _
from term_values import TextValue, value_widget

WEIGHT = {"name": "weight", "kind": "number", "default": "1", "low": -2, "high": 2, "needed": True}
WEIGHT["help"] = _("how much it counts; less than 0 avoids it")
INSIDE = {"name": _("inside"), "kind": "text", "default": "", "help": _("transforms, with commas between")}
FIRST = 2  # values that are seen always; the others when they are looked for


class TermBox:
    """A term that can be changed, moved and removed.

    Parameters
    ----------
    row : dict
        Of the worker's vocabulary.
    term : dict
        Its values to begin with.
    is_weighted : bool
        Whether it is one of a sum.
    offers : Offers
    builder : Builder
        Told of what happens.
    """

    def __init__(self, row, term, is_weighted, offers, builder):
        self.row, self.inside, self.values = row, None, {}
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=3, border_width=6)
        about = Gtk.Label(xalign=0, label=_(row["help"]), wrap=True, max_width_chars=60)
        about.get_style_context().add_class("dim-label")
        self.widget.pack_start(self._head(builder), False, False, 0)
        self.widget.pack_start(about, False, False, 0)
        parameters = [*([WEIGHT] if is_weighted else []), *row["parameters"]]
        seen = [each for place, each in enumerate(parameters) if place < FIRST or _is_said(each, term)]
        rest = [each for each in parameters if each not in seen]
        attach = partial(self._attach, term["values"], offers, builder.changed)
        grid = self._grid(seen, attach)
        if row["inside"] != [0, 0]:
            self.inside = TextValue(INSIDE, {"text": term["inside"]}, offers, builder.changed)
            self._line(grid, len(seen), INSIDE, self.inside.widget)
        self.widget.pack_start(grid, False, False, 0)
        if rest:
            more = Gtk.Expander(label=_("More"), margin_start=12)
            more.add(self._grid(rest, attach))
            self.widget.pack_start(more, False, False, 0)

    def term(self):
        """Return the term as it is now."""
        values = {name: each.value() for name, each in self.values.items()}
        return {
            "name": self.row["name"],
            "values": values,
            "inside": self.inside.value()["text"] if self.inside else "",
        }

    def _head(self, builder):
        title, box = Gtk.Label(xalign=0), Gtk.Box(spacing=6)
        title.set_markup(f"<b>{title_of(self.row)}</b>")
        box.pack_start(title, True, True, 0)
        for icon, help, act in (
            ("go-up-symbolic", _("Earlier"), partial(builder.moved, self, -1)),
            ("go-down-symbolic", _("Later"), partial(builder.moved, self, 1)),
            ("edit-delete-symbolic", _("Remove"), partial(builder.removed, self)),
        ):
            box.pack_start(Button(act, icon=icon, help=help, relief=Gtk.ReliefStyle.NONE), False, False, 0)
        return box

    def _grid(self, parameters, attach):
        grid = Gtk.Grid(row_spacing=3, column_spacing=12, margin_start=12)
        for number, parameter in enumerate(parameters):
            attach(grid, number, parameter)
        return grid

    def _attach(self, values, offers, changed, grid, number, parameter):
        made = value_widget(parameter, values.get(parameter["name"], {}), offers, changed)
        self.values[parameter["name"]] = made
        self._line(grid, number, parameter, made.widget)

    def _line(self, grid, number, parameter, widget):
        label = Gtk.Label(xalign=0, label=_(parameter["name"].replace("_", " ")))
        for each in (label, widget):
            each.set_tooltip_text(_(parameter["help"]))
        widget.set_hexpand(True)
        grid.attach(label, 0, number, 1, 1)
        grid.attach(widget, 1, number, 1, 1)


def title_of(row):
    """Return the name of a term: the word of its text, with what that means where the user's language has another."""
    english = row["name"].replace("_", " ").capitalize()
    return row["name"] if _(english) == english else f"{_(english)} ({row['name']})"


def _is_said(parameter, term):
    """Tell whether a term has another value than the default, or must have one."""
    value = term["values"].get(parameter["name"], {}).get("text", "")
    return parameter["needed"] or value not in ("", parameter["default"])

"""The dialog's settings: a label and a field for each argument, as its row of the table says, in groups."""

from arguments import ROLES, shown
from arguments import label as label_of
from fields import BOTH, SwitchedField, SwitchField, TextField, beside
from gi.repository import Gtk, Pango
from keeping import open_layers
from language import _
from sight import Scrolled

ABOVE = ("source", "target", "mode", "opacity", "folder", "in-place", "frames", "delay")  # others are looked for
ONLY_FOR = {"mode": "layer", "opacity": "layer", "folder": "folder"}  # shown where the frames go to such a target
GROUPS = (
    (_("What is dreamed"), ("layer", "guide", "model", "strength", "iterations", "octaves", "octave-scale")),
    (
        _("From frame to frame"),
        ("transform", "between", "loop", "start", "blend-in", "renew", "follow", "sound", "bpm"),
    ),
    (_("Look"), ("smooth", "blur", "colour", "robustness", "step-size", "jitter")),
    (_("Program"), ()),  # all others
)
SWITCHED = {"between": "3", "follow": "0.9"}  # numbers of which 0 means no, and what they are when they are switched on
WORDS = {0: 18, 2: 16}  # characters of a label in a line, by its column
LEAST = 120  # pixels of their part that is seen at least


class Rows:
    """The settings of a procedure, kept in its config.

    Parameters
    ----------
    config : Gimp.ProcedureConfig
    arguments : sequence of Argument
        The recipe aside.
    helpers : dict
        From the name of a text to the icon, the help and the function of each button beside it.
    """

    def __init__(self, config, arguments, helpers):
        self.config, self.fields, self.helpers, self.lines = config, {}, helpers, []
        self.models, self.blobs = Gtk.ComboBoxText.new_with_entry(), Gtk.ComboBoxText.new_with_entry()
        self.offer(self.blobs, ROLES)
        self.aligned = {column: Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL) for column in (0, 2)}
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._grid([each for each in arguments if each.name in ABOVE]), False, False, 0)
        self.expander = Gtk.Expander(label=_("Sho_w more settings"), use_underline=True)
        rest = self._groups([each for each in arguments if each.name not in ABOVE])
        self.expander.add(Scrolled(rest, self._line_of, overlay_scrolling=False, min_content_height=LEAST))
        self.widget.pack_start(self.expander, True, True, 0)

    def own(self):
        """Return what the artist gave in place of the recipe, by the names of the arguments."""
        return {name: field.own for name, field in self.fields.items() if field.argument.row and field.own}

    def give(self, values):
        """Set what the artist gives, by the names of the arguments; what is not named is left to the recipe."""
        for name, field in self.fields.items():
            if field.argument.row:
                field.give(values.get(name, ""))

    def show_recipe(self, values):
        """Show what the recipe says, by the table's names, wherever the artist gave nothing."""
        for field in self.fields.values():
            if field.argument.row:
                field.show_recipe(values.get(field.argument.row["name"], ""))

    def wrong(self, sentences):
        """Show what is wrong with some settings, by the table's names, and with no other."""
        for field in self.fields.values():
            field.wrong(sentences.get(field.argument.row.get("name"), ""))

    def offer(self, combo, names):
        """Offer names in one of the two entries with a list, `models` and `blobs`."""
        combo.remove_all()
        for name in names:
            combo.append_text(name)

    def _groups(self, arguments):
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_end=12, margin_top=6)
        named = {name for _heading, names in GROUPS for name in names}
        for heading, names in GROUPS:
            inside = [each for each in arguments if (each.name in names if names else each.name not in named)]
            if inside:
                title = Gtk.Label(xalign=0)
                title.set_markup(f"<b>{heading}</b>")
                box.pack_start(title, False, False, 0)
                inside = sorted(inside, key=lambda each: (*names, each.name).index(each.name))
                box.pack_start(self._grid(inside), False, False, 0)
        return box

    def _grid(self, arguments):
        """Put words to the left, and numbers and switches to the right."""
        grid, heights = Gtk.Grid(row_spacing=6, column_spacing=12), {0: 0, 2: 0}
        for each in arguments:
            column = 2 if each.is_number or each.kind == "double" or each.row.get("kind") == "flag" else 0
            self._attach(grid, column, heights[column], each)
            heights[column] += 2
        return grid

    def _attach(self, grid, column, row, argument):
        widget, focused, field = self._widget(argument)
        label = Gtk.Label(xalign=0, use_underline=True, label=argument.label, mnemonic_widget=focused)
        label.set_line_wrap(True)
        label.set_max_width_chars(WORDS[column])
        for each in (label, widget):
            each.set_tooltip_text(argument.help)
        widget.set_hexpand(column == 0)
        self.aligned[column].add_widget(label)
        grid.attach(label, column, row, 1, 1)
        grid.attach(widget, column + 1, row, 1, 1)
        if argument.name in ONLY_FOR:
            self._show_for(ONLY_FOR[argument.name], label, widget)
        if field:
            field.label = label
            field.show()
            grid.attach(field.said, column, row + 1, 2, 1)
        self.lines.append((label, widget, *([field.said] if field else [])))

    def _line_of(self, focused):
        """Return the widgets of the setting that has the focus."""
        lines = (line for line in self.lines if focused is line[1] or focused.is_ancestor(line[1]))
        return next(lines, (focused,))

    def _show_for(self, target, *widgets):
        """Show widgets only while the frames go to a target."""

        def show(*_changed):
            for each in widgets:
                each.set_no_show_all(True)
                each.set_visible(self.config.get_property("target") == target)

        for each in widgets:
            each.show_all()
        show()
        self.config.connect("notify::target", show)

    def _widget(self, argument):
        """Make the widget of an argument; return it, what its label leads to, and its field where it has one."""
        if argument.kind in ("choice", "drawable"):
            combo = self._choice(argument) if argument.kind == "choice" else self._drawables(argument)
            return combo, combo, None
        if argument.kind == "double":
            low, high, _default = argument.limits
            spin = Gtk.SpinButton.new_with_range(low, high, 1)
            self.config.bind_property(argument.name, spin, "value", BOTH)
            return spin, spin, None
        if argument.kind == "file":
            return *self._folder(argument), None
        if argument.row.get("kind") == "flag":
            field = SwitchField(self.config, argument)
        elif argument.name in SWITCHED:
            field = SwitchedField(self.config, argument, SWITCHED[argument.name])
        else:
            field = TextField(self.config, argument, {"model": self.models, "layer": self.blobs}.get(argument.name))
        self.fields[argument.name] = field
        widget = field.widget
        for helper in self.helpers.get(argument.name, ()):
            widget = beside(widget, *helper)
        return widget, field.focused, field

    def _choice(self, argument):
        combo = Gtk.ComboBoxText()
        for key, text in argument.limits:
            combo.append(key, text)
        self.config.bind_property(argument.name, combo, "active-id", BOTH)
        return narrow(combo)

    def _folder(self, argument):
        button = Gtk.FileChooserButton(title=argument.label, action=Gtk.FileChooserAction.SELECT_FOLDER)
        if chosen := self.config.get_property(argument.name):
            button.set_file(chosen)
        button.connect("file-set", lambda _button: self.config.set_property(argument.name, button.get_file()))
        return button, button

    def _drawables(self, argument):
        combo, offered = Gtk.ComboBoxText(), {}

        def choose(_combo):
            self.config.set_property(argument.name, offered[combo.get_active_id()])

        def show(*_changed):
            chosen = self.config.get_property(argument.name)
            number = str(chosen.get_id()) if chosen else ""
            if number not in offered:
                offer()
            combo.set_active_id(number if number in offered else "")

        def offer():
            with combo.handler_block(choosing):
                combo.remove_all()
                offered.clear()
                offered.update((str(layer.get_id()) if layer else "", layer) for layer in (None, *open_layers()))
                for number, layer in offered.items():
                    text = f"{layer.get_image().get_name()}: {layer.get_name()}" if layer else _("None")
                    combo.append(number, text)

        def opened(*_changed):
            if combo.props.popup_shown:
                offer()
                show()

        choosing = combo.connect("changed", choose)
        show()
        self.config.connect(f"notify::{argument.name}", show)
        combo.connect("notify::popup-shown", opened)
        return narrow(combo)


def narrow(combo):
    """Return a list whose texts are cut where there is no room."""
    for renderer in combo.get_cells():
        renderer.set_property("ellipsize", Pango.EllipsizeMode.MIDDLE)
    return combo


def summary(own, fields):
    """Return in one line what the artist gave in place of the recipe, as the fields are called."""
    names = {name: label_of(fields[name].argument.row, unit=False).replace("_", "") for name in own}
    return ", ".join(f"{names[name]} {shown(text)}" for name, text in own.items())

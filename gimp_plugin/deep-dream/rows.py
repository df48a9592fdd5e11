"""The dialog's settings: a label and a widget for each argument, as its row of the table says."""

from arguments import SWITCH, counted, value_text
from gi.repository import Gdk, Gimp, GObject, Gtk, Pango
from language import _
from pictures import leaves

BOTH = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
ROLES = ("textures", "patterns", "parts", "objects")  # which every network has
ABOVE = ("target", "in-place", "frames", "delay")  # the others are for those who look for them
HEIGHT = 270  # pixels of their part that is seen, so that a screen of 900 has room for the buttons below


class Rows:
    """The settings of a procedure, kept in its config.

    Parameters
    ----------
    config : Gimp.ProcedureConfig
    arguments : sequence of Argument
        The recipe aside.
    look : callable
        Called when the user wants to see what each layer dreams.
    """

    def __init__(self, config, arguments, look):
        self.config, self.entries, self.look = config, {}, look
        self.models, self.blobs = Gtk.ComboBoxText.new_with_entry(), Gtk.ComboBoxText.new_with_entry()
        self.offer(self.blobs, ROLES)
        self.aligned = {column: Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL) for column in (0, 2)}
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.widget.pack_start(self._grid([each for each in arguments if each.name in ABOVE]), False, False, 0)
        expander = Gtk.Expander(label=_("Sho_w more settings"), use_underline=True)
        rest = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER,
            overlay_scrolling=False,
            min_content_height=HEIGHT,
        )
        rest.add(self._grid([each for each in arguments if each.name not in ABOVE]))
        expander.add(rest)
        self.widget.pack_start(expander, False, False, 0)

    def show_values(self, values):
        """Show in every empty entry what the recipe says, by the table's names."""
        for argument, entry in self.entries.values():
            if argument.row:
                entry.set_placeholder_text(value_text(values.get(argument.row["name"], "")))

    def offer(self, combo, names):
        """Offer names in one of the two entries with a list, `models` and `blobs`."""
        combo.remove_all()
        for name in names:
            combo.append_text(name)

    def _grid(self, arguments):
        """Put words to the left and numbers to the right."""
        grid, heights = Gtk.Grid(row_spacing=6, column_spacing=12, margin_top=6), {0: 0, 2: 0}
        for each in arguments:
            column = 2 if each.is_number else 0
            self._attach(grid, column, heights[column], each)
            heights[column] += 1
        return grid

    def _attach(self, grid, column, row, argument):
        widget, focused = self._widget(argument)
        label = Gtk.Label(xalign=0, use_underline=True, label=argument.label, mnemonic_widget=focused)
        for each in (label, widget):
            each.set_tooltip_text(argument.help)
        widget.set_hexpand(column == 0)
        self.aligned[column].add_widget(label)
        grid.attach(label, column, row, 1, 1)
        grid.attach(widget, column + 1, row, 1, 1)

    def _widget(self, argument):
        """Make the widget of an argument; return it and what its label leads to."""
        if argument.kind in ("choice", "drawable"):
            combo = self._choice(argument) if argument.kind == "choice" else self._drawables(argument)
            return combo, combo
        if argument.kind == "double":
            low, high, _default = argument.limits
            spin = Gtk.SpinButton.new_with_range(low, high, 1)
            self.config.bind_property(argument.name, spin, "value", BOTH)
            return spin, spin
        if argument.kind == "file":
            return self._folder(argument)
        combo = {"model": self.models, "layer": self.blobs}.get(argument.name)
        if argument.row.get("kind") == "flag":
            combo = Gtk.ComboBoxText.new_with_entry()
            self.offer(combo, SWITCH)
        entry = combo.get_child() if combo else Gtk.Entry()
        entry.set_width_chars(6 if argument.is_number else 16)
        self.entries[argument.name] = argument, entry
        self.config.bind_property(argument.name, entry, "text", BOTH)
        if combo and combo is self.blobs:
            return beside(
                combo, "view-grid-symbolic", _("See what each layer dreams of this picture"), self.look
            ), entry
        return combo or (counting(entry, argument) if argument.is_number else entry), entry

    def _choice(self, argument):
        combo = Gtk.ComboBoxText()
        for key, text in argument.limits:
            combo.append(key, text)
        self.config.bind_property(argument.name, combo, "active-id", BOTH)
        return combo

    def _folder(self, argument):
        button = Gtk.FileChooserButton(title=argument.label, action=Gtk.FileChooserAction.SELECT_FOLDER)
        if chosen := self.config.get_property(argument.name):
            button.set_file(chosen)
        button.connect("file-set", lambda _button: self.config.set_property(argument.name, button.get_file()))
        return button, button

    def _drawables(self, argument):
        combo, drawables = Gtk.ComboBoxText(), {"": None}
        combo.append("", _("None"))
        for image in Gimp.get_images():
            for layer in leaves(image.get_layers())[::-1]:
                drawables[str(layer.get_id())] = layer
                combo.append(str(layer.get_id()), f"{image.get_name()}: {layer.get_name()}")
        chosen = self.config.get_property(argument.name)
        combo.set_active_id(str(chosen.get_id()) if chosen else "")
        combo.connect(
            "changed", lambda _combo: self.config.set_property(argument.name, drawables[combo.get_active_id()])
        )
        for renderer in combo.get_cells():
            renderer.set_property("ellipsize", Pango.EllipsizeMode.MIDDLE)
        return combo


def beside(widget, icon, help, pressed):
    """Return a widget with a button beside it."""
    button = Gtk.Button.new_from_icon_name(icon, Gtk.IconSize.BUTTON)
    button.set_tooltip_text(help)
    button.connect("clicked", lambda _button: pressed())
    box = Gtk.Box()
    box.get_style_context().add_class("linked")
    box.pack_start(widget, True, True, 0)
    box.pack_start(button, False, False, 0)
    return box


def counting(entry, argument):
    """Return an entry with two buttons that count its number, or the recipe's, down and up, as the arrow keys do."""

    def count(steps):
        entry.set_text(counted(argument.row, entry.get_text() or entry.get_placeholder_text() or "", steps))

    def pressed(_entry, event):
        steps = {Gdk.KEY_Up: 1, Gdk.KEY_Down: -1, Gdk.KEY_Page_Up: 10, Gdk.KEY_Page_Down: -10}.get(event.keyval)
        if steps:
            count(steps)
        return bool(steps)

    entry.connect("key-press-event", pressed)
    box = Gtk.Box()
    box.get_style_context().add_class("linked")
    box.pack_start(entry, True, True, 0)
    for icon, steps in (("list-remove-symbolic", -1), ("list-add-symbolic", 1)):
        button = Gtk.Button.new_from_icon_name(icon, Gtk.IconSize.BUTTON)
        button.set_can_focus(False)
        button.connect("clicked", lambda _button, steps=steps: count(steps))
        box.pack_start(button, False, False, 0)
    return box

"""The widgets of single settings: each shows what the artist gave, or else what the recipe says."""

from functools import partial

from arguments import SWITCH, counted, place_in, shown, value_text
from buttons import Button
from gi.repository import Gdk, GLib, GObject, Gtk
from language import _

BOTH = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
START, END = Gtk.EntryIconPosition.PRIMARY, Gtk.EntryIconPosition.SECONDARY
RED, LIGHT_RED = "#c01c28", "#ff7b63"  # of errors, on a light and on a dark ground


class Field:
    """A setting that may be left to the recipe: an empty text in the config is that.

    Parameters
    ----------
    config : Gimp.ProcedureConfig
    argument : Argument

    Attributes
    ----------
    widget, focused : Gtk.Widget
        What is shown, and what the label leads to.
    label : Gtk.Label
        Given by who arranges the fields; bold while the setting is the artist's own.
    said : Gtk.Label
        A line for what is wrong with the setting.
    """

    def __init__(self, config, argument):
        self.config, self.argument, self.label = config, argument, None
        self.recipes = ""
        self.said = Gtk.Label(xalign=0, wrap=True, no_show_all=True, selectable=True, max_width_chars=40)
        config.connect(f"notify::{argument.name}", lambda *_changed: self.show())

    @property
    def own(self):
        """What the artist gave, empty where it is left to the recipe."""
        return self.config.get_property(self.argument.name)

    def give(self, text):
        """Set what the artist gives; an empty text leaves it to the recipe."""
        self.config.set_property(self.argument.name, text)

    def show_recipe(self, value):
        """Show another recipe's value where the artist gave none."""
        self.recipes = value_text(value)
        self.show()

    def show(self):
        """Mark whether the setting is the artist's own."""
        self.label.set_markup_with_mnemonic(f"<b>{self.argument.label}</b>" if self.own else self.argument.label)

    def wrong(self, sentence):
        """Show what is wrong with the setting; an empty sentence for nothing."""
        warn(self.said, sentence)
        self.said.set_visible(bool(sentence))

    def _as_recipe(self):
        return _("As the recipe says: {}").format(shown(self.recipes) or _("nothing"))


class TextField(Field):
    """A text, perhaps chosen from a list.

    Parameters
    ----------
    config, argument
        As above.
    combo : Gtk.ComboBoxText, optional
        With an entry.
    """

    def __init__(self, config, argument, combo=None):
        super().__init__(config, argument)
        self.entry = combo.get_child() if combo else Gtk.Entry()
        self.entry.set_width_chars(8 if argument.is_number else 16)
        self.entry.connect("icon-press", self._pressed)
        config.bind_property(argument.name, self.entry, "text", BOTH)
        self.focused = self.entry
        self.widget = combo or (counting(self.entry, argument) if argument.is_number else self.entry)

    def show(self):
        """Mark whether the setting is the artist's own, with a button that leaves it to the recipe again."""
        super().show()
        self.entry.set_placeholder_text(self.recipes)
        self.entry.set_icon_from_icon_name(END, "edit-clear-symbolic" if self.own else None)
        if self.own:
            self.entry.set_icon_tooltip_text(END, self._as_recipe())

    def wrong(self, sentence):
        """Show what is wrong with the text, and a sign that leads to the place."""
        super().wrong(sentence)
        context = self.entry.get_style_context()
        (context.add_class if sentence else context.remove_class)("error")
        has_room = not self.argument.is_number
        self.entry.set_icon_from_icon_name(START, "dialog-error-symbolic" if sentence and has_room else None)
        if sentence and has_room:
            self.entry.set_icon_tooltip_text(START, sentence)

    def _pressed(self, entry, position, _event):
        if position == END:
            self.give("")
            return
        entry.grab_focus()
        place = place_in(entry.get_text(), self.said.get_text())
        if place is not None:
            entry.set_position(place)


class SwitchField(Field):
    """A flag, as a switch, with a button that leaves it to the recipe again."""

    def __init__(self, config, argument):
        super().__init__(config, argument)
        self.focused = Gtk.Switch(halign=Gtk.Align.START, valign=Gtk.Align.CENTER)
        self.focused.connect("notify::active", self._turned)
        as_recipe = partial(self.give, "")
        self.button = Button(as_recipe, icon="edit-clear-symbolic", relief=Gtk.ReliefStyle.NONE, no_show_all=True)
        self.widget = Gtk.Box(spacing=6)
        self.widget.pack_start(self.focused, False, False, 0)
        self.widget.pack_start(self.button, False, False, 0)

    def show(self):
        """Turn the switch as the artist did, or as the recipe says."""
        super().show()
        self.focused.set_active((self.own or self.recipes) == SWITCH[0])
        self.button.set_visible(bool(self.own))
        self.button.set_tooltip_text(self._as_recipe())

    def _turned(self, switch, _property):
        text = SWITCH[not switch.get_active()]
        if text != (self.own or self.recipes or SWITCH[1]):
            self.give("" if text == (self.recipes or SWITCH[1]) else text)


class SwitchedField(TextField):
    """A number of which 0 means that something is not done: a switch, and how many.

    Parameters
    ----------
    config, argument
        As above.
    some : str
        The number when it is switched on.
    """

    def __init__(self, config, argument, some):
        super().__init__(config, argument)
        self.some, number = some, self.widget
        self.switch = Gtk.Switch(valign=Gtk.Align.CENTER)
        self.switch.connect("notify::active", self._turned)
        self.widget = Gtk.Box(spacing=6)
        self.widget.pack_start(self.switch, False, False, 0)
        self.widget.pack_start(number, True, True, 0)

    def show(self):
        """Turn the switch as the number is."""
        super().show()
        self.switch.set_active(self._number() not in ("", "0"))

    def _number(self):
        return self.own or self.recipes

    def _turned(self, switch, _property):
        if switch.get_active() != (self._number() not in ("", "0")):
            wanted = self.some if switch.get_active() else "0"
            is_recipes = switch.get_active() == (self.recipes not in ("", "0"))
            self.give("" if is_recipes else wanted)


def warn(label, text):
    """Show a text in red, a light one where the theme's texts are light."""
    colour = label.get_style_context().get_color(Gtk.StateFlags.NORMAL)
    red = LIGHT_RED if colour.red + colour.green + colour.blue > 1.5 else RED
    label.set_markup(f'<span foreground="{red}">{GLib.markup_escape_text(text)}</span>')


def beside(widget, icon, help, pressed):
    """Return a widget with a button beside it."""
    box = Gtk.Box()
    box.get_style_context().add_class("linked")
    box.pack_start(widget, True, True, 0)
    box.pack_start(Button(pressed, icon=icon, help=help), False, False, 0)
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
        box.pack_start(Button(partial(count, steps), icon=icon, can_focus=False), False, False, 0)
    return box

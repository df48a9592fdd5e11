"""Widgets for the values of a term, of the kinds that the program's tables know."""

from gi.repository import Gtk
from language import _
from scales import has_slider, place_of, value_at

STEPS = 500  # of a slider, to each side
NUMBERS = ("number", "whole", "shift")
OFFERED = ("layer", "objective", "picture", "file")  # what an entry has a list for


class TextValue:
    """A text, with a list of what it may be where there is one; `widget` shows it, and `value()` is it."""

    def __init__(self, parameter, value, offers, changed):
        self.parameter, self.offers = parameter, offers
        names = offers.names(parameter) if parameter["kind"] in OFFERED else ()
        combo = Gtk.ComboBoxText.new_with_entry() if names else None
        for name in names:
            combo.append_text(name)
        self.entry = combo.get_child() if combo else Gtk.Entry()
        self.entry.set_placeholder_text(parameter["default"] or "")
        self.entry.set_text(value.get("text", ""))
        self.entry.connect("changed", lambda _entry: changed())
        self.widget = combo or self.entry

    def value(self):
        """Return the value."""
        return {"text": self.offers.meant(self.parameter, self.entry.get_text())}


class ChoiceValue:
    """One of some words, or yes and no."""

    def __init__(self, parameter, value, _offers, changed):
        self.widget = Gtk.ComboBoxText()
        for name in parameter["choices"] or ("yes", "no"):
            self.widget.append(name, _(name))
        self.widget.set_active_id(value.get("text") or parameter["default"])
        self.widget.connect("changed", lambda _combo: changed())

    def value(self):
        """Return the value."""
        return {"text": self.widget.get_active_id() or ""}


class NumberValue:
    """A number by a slider and as text, which may go on to another one until the last frame."""

    def __init__(self, parameter, value, offers, changed):
        self.until = value.get("until", offers.last)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        begin = value["from"] if "until" in value else value.get("text", "")
        line, self.entry = self._line(parameter, str(begin), changed)
        self.switch = Gtk.ToggleButton(label="→", active="until" in value)
        self.switch.set_tooltip_text(_("Goes on to another number until frame {}.").format(self.until))
        line.pack_start(self.switch, False, False, 0)
        self.second, self.end = self._line(parameter, str(value.get("to", "")), changed)
        self.second.set_no_show_all(not self.switch.get_active())
        for each in (line, self.second):
            self.widget.pack_start(each, False, False, 0)
        self.switch.connect("toggled", self._turned, changed)

    def value(self):
        """Return the value."""
        try:
            if self.switch.get_active():
                return {"from": float(self.entry.get_text()), "to": float(self.end.get_text()), "until": self.until}
        except ValueError:
            pass  # what is no number goes on to nothing
        return {"text": self.entry.get_text()}

    def _turned(self, switch, changed):
        if switch.get_active() and not self.entry.get_text():
            self.entry.set_text(self.entry.get_placeholder_text() or "0")
        if switch.get_active() and not self.end.get_text():
            self.end.set_text(self.entry.get_text())
        self.second.set_no_show_all(False)
        self.second.show_all()
        self.second.set_visible(switch.get_active())
        changed()

    def _line(self, parameter, text, changed):
        line, entry = Gtk.Box(spacing=6), Gtk.Entry(text=text, width_chars=9)
        entry.set_placeholder_text(parameter["default"] or "")
        entry.connect("changed", lambda _entry: changed())
        if has_slider(parameter):
            scale = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, -STEPS, STEPS, 1)
            scale.set_draw_value(False)
            scale.set_size_request(190, -1)
            _follow(scale, entry, parameter)
            scale.connect("value-changed", _moved, entry, parameter)
            entry.connect("changed", lambda entry: _follow(scale, entry, parameter))
            line.pack_start(scale, True, True, 0)
        line.pack_start(entry, not has_slider(parameter), True, 0)
        return line, entry


def _follow(scale, entry, parameter):
    """Bring a slider to the number in an entry, or the default; what is no number leaves it where it is."""
    try:
        place = place_of(parameter, float(entry.get_text() or parameter["default"] or 0))
    except ValueError:
        return
    if round(scale.get_value()) != round(place * STEPS):
        scale.is_following = True
        scale.set_value(round(place * STEPS))
        scale.is_following = False


def _moved(scale, entry, parameter):
    if not getattr(scale, "is_following", False):
        number = value_at(parameter, scale.get_value() / STEPS)
        entry.set_text(f"{number:g}")


def value_widget(parameter, value, offers, changed):
    """Return what shows a value of a parameter: with `widget`, and `value()`."""
    kind = parameter["kind"]
    made = NumberValue if kind in NUMBERS else ChoiceValue if kind in ("choice", "flag") else TextValue
    return made(parameter, value, offers, changed)

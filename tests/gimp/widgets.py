"""Runs beside GIMP under Xvfb: widgets of the dialog in windows of their own. ``python3 widgets.py PLUG-IN RESULT``"""

import json
import locale
import sys
import time

import gi

gi.require_version("Gtk", "3.0")
sys.path.insert(0, sys.argv[1])
from aside import step_aside  # noqa: E402
from banner import Banner  # noqa: E402
from buttons import Button  # noqa: E402
from checking import needs  # noqa: E402
from gi.repository import Gdk, Gtk  # noqa: E402
from preview import PreviewColumn  # noqa: E402
from sight import Scrolled  # noqa: E402


def live(seconds=0.5):
    """Let the window live for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        Gtk.main_iteration_do(False)


def pressed_at_once():
    """Return how often a button has acted when the key that presses it has just come."""
    times, window = [], Gtk.Window()
    window.add(Button(lambda: times.append(1), "_Load"))
    window.show_all()
    live()
    window.get_child().activate()
    return len(times)


def last_line_in_sight():
    """Return where the lines end that belong to the field with the focus, after one has grown, and what is seen."""
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, margin_top=6)
    entries = [Gtk.Entry() for _number in range(9)]
    said = Gtk.Label(label="What is wrong,\nand what is allowed.", no_show_all=True)
    for each in (*entries[:6], said, *entries[6:]):
        box.pack_start(each, False, False, 0)
    window, scrolled = Gtk.Window(), Scrolled(box, lambda focused: (focused, said), min_content_height=120)
    window.set_default_size(200, 120)
    window.add(scrolled)
    window.show_all()
    live()
    entries[5].grab_focus()
    live()
    said.show()
    live()
    place, adjustment = said.get_allocation(), scrolled.get_vadjustment()
    seen = adjustment.get_value(), adjustment.get_value() + adjustment.get_page_size()
    return [entries[5].get_allocation().y, place.y + place.height, *seen]


def places_of_two():
    """Return where two windows are that both come up in the middle."""
    windows = []
    for _number in range(2):
        windows.append(Gtk.Window(default_width=200, default_height=100, window_position=Gtk.WindowPosition.CENTER))
        step_aside(windows[-1])
        windows[-1].show_all()
        live(1)
    return [tuple(each.get_window().get_root_origin()) for each in windows]


def details_over_the_window():
    """Return the height of a window with an error before and after its details are opened, and what they show."""
    window, banner = Gtk.Window(default_width=600), Banner()
    window.add(banner.widget)
    window.show()
    banner.say("worker", "The worker stopped.", details="line\n" * 40)
    live()
    before, (button,) = window.get_allocated_height(), banner.bars["worker"].get_action_area().get_children()
    button.get_popover().popup()
    live()
    return [
        before,
        window.get_allocated_height(),
        button.get_popover().get_visible(),
        button.text.get_buffer().props.text,
    ]


def escape_from_an_error():
    """Return the answer of a dialog whose error has the focus when Escape is pressed."""
    answers, banner = [], Banner()
    dialog = Gtk.Dialog()
    dialog.connect("response", lambda _dialog, answer: answers.append(int(answer)))
    dialog.get_content_area().add(banner.widget)
    dialog.show()
    banner.say("worker", "The worker stopped.", way_on="Start it again", do=lambda: answers.append("started"))
    live()
    Gtk.bindings_activate(banner.bars["worker"], Gdk.KEY_Escape, 0)
    live()
    return answers


def height_of_previews():
    """Return how high the column of previews is on this screen, with a sentence of three lines."""
    window, column = Gtk.Window(), PreviewColumn(lambda: None, lambda: None)
    window.add(column.widget)
    window.show_all()
    column.say("In the result forms are 12.3 times smaller than in the small frames, and so on.")
    live()
    return column.widget.get_preferred_height()[1]


with open(sys.argv[2], "w") as file:
    said = {"pressed": pressed_at_once(), "sight": last_line_in_sight(), "places": places_of_two()}
    said |= {"details": details_over_the_window(), "escape": escape_from_an_error(), "previews": height_of_previews()}
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    said["needs"] = needs({"memory": 5e8, "seconds": 12})
    json.dump(said, file)

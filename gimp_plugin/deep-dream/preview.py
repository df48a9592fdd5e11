"""The dialog's left column: what comes of the settings, in the small and at full size, and what is said of it."""

from dataclasses import replace
from functools import partial

from buttons import Button
from details import Details
from gi.repository import Gdk, GdkPixbuf, Gtk, Pango
from language import _
from painted import raw_pixbuf
from view import View

PREVIEW, THUMBNAIL = 256, 80  # longest sides in pixels
LOW = 740  # pixels of a screen's height, below which there is less room
ROOMS = {False: {"whole": (256, 170), "part": (256, 192)}, True: {"whole": (256, 128), "part": (256, 160)}}
DARK, LIGHT = 0x000000FF, 0xFFFFFFFF
STEPS = {Gdk.KEY_Left: (1, 0), Gdk.KEY_Right: (-1, 0), Gdk.KEY_Up: (0, 1), Gdk.KEY_Down: (0, -1)}
ZOOMING = {Gdk.KEY_plus: 1, Gdk.KEY_KP_Add: 1, Gdk.KEY_equal: 1, Gdk.KEY_minus: -1, Gdk.KEY_KP_Subtract: -1}


class PreviewColumn:
    """All of the picture, a part of it at full size, a switch for both, and a line of text with details.

    Parameters
    ----------
    changed : callable
        Called when the switch is turned.
    looked : callable
        Called when another part is looked at.
    """

    def __init__(self, changed, looked):
        self.looked, self.grip, self.is_before = looked, None, False
        self.rooms = ROOMS[Gdk.Display.get_default().get_monitor(0).get_workarea().height < LOW]
        self.pictures, self.befores, self.view = {}, {}, None
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.whole, self.part = Gtk.Image(), Gtk.Image()
        above, below = self._touched(self.whole, "whole"), self._touched(self.part, "part")
        above.set_tooltip_text(_("All frames, small. A click shows that place below."))
        below.set_tooltip_text(_("The first dream as large as it will be. Drag it, or use the arrow keys, + and −."))
        above.connect("button-press-event", self._point)
        below.connect("button-press-event", self._take)
        below.connect("motion-notify-event", self._drag)
        below.connect("button-release-event", self._let_go)
        below.connect("scroll-event", self._scroll)
        below.connect("key-press-event", self._press)
        below.set_can_focus(True)
        self.switch = Gtk.CheckButton(label=_("_Preview"), use_underline=True, active=True)
        self.switch.set_tooltip_text(_("Dream it small, and a part of it at full size, after every change."))
        self.switch.connect("toggled", lambda _switch: changed())
        self.status = Gtk.Label(xalign=0, yalign=0, wrap=True, max_width_chars=30, width_chars=30)
        self.status.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
        self.details = Details()
        for each in (above, below, self._controls(), self.switch, self.status, self.details):
            self.widget.pack_start(each, False, False, 0)

    @property
    def is_wanted(self):
        """Whether the user wants a preview."""
        return self.switch.get_active()

    def begin(self, plain, size):
        """Look at the middle of another picture, of this width and height; `plain` is all of it, small."""
        self.view = View(size, self.rooms["part"], (size[0] / 2, size[1] / 2))
        self.befores = {"whole": plain}
        self.show(plain)

    def show(self, pixbuf):
        """Show all of the picture."""
        self._show("whole", pixbuf)

    def show_part(self, pixbuf, before=None):
        """Show the part; `before` is what it was."""
        if before:
            self.befores["part"] = before
        self._show("part", pixbuf)

    def say(self, sentence, details=""):
        """Show a sentence, and under Details what the worker said last."""
        self.status.set_text(sentence)
        self.details.show_text(details)

    def _show(self, name, pixbuf):
        self.pictures[name] = pixbuf
        seen = self.befores.get(name, pixbuf) if self.is_before else pixbuf
        seen = fitted(seen, self.rooms[name])
        if name == "whole":
            self.whole.set_from_pixbuf(framed(seen, self.view) if self.view else seen)
        else:
            self.part.set_from_pixbuf(seen)

    def _show_before(self, is_before):
        if is_before != self.is_before:
            self.is_before = is_before
            for name, pixbuf in self.pictures.items():
                self._show(name, pixbuf)
        return False

    def _touched(self, picture, name):
        width, height = self.rooms[name]
        box = Gtk.EventBox(width_request=width, height_request=height)
        masks = Gdk.EventMask
        box.add_events(
            masks.BUTTON_PRESS_MASK | masks.BUTTON_RELEASE_MASK | masks.POINTER_MOTION_MASK | masks.SCROLL_MASK
        )
        box.add(picture)
        return box

    def _controls(self):
        """Make what zooms, and what shows the picture as it was while it is held."""
        self.scale = Gtk.Label(label="100%", width_chars=6)
        box = Gtk.Box(spacing=6)
        for icon, steps, help in (
            ("zoom-out-symbolic", -1, _("See more of the picture")),
            ("zoom-in-symbolic", 1, _("See it larger")),
        ):
            zoom = partial(self._zoom, steps)
            box.pack_start(Button(zoom, icon=icon, help=help), False, False, 0)
        box.pack_start(self.scale, False, False, 0)
        help = _("The picture as it is, while this, or the space bar on it, is held.")
        before = Gtk.Button(label=_("Before"), tooltip_text=help)
        for signal, is_before in (
            ("button-press-event", True),
            ("button-release-event", False),
            ("key-press-event", True),
            ("key-release-event", False),
            ("focus-out-event", False),
        ):
            before.connect(signal, self._held, is_before)
        box.pack_end(before, False, False, 0)
        return box

    def _held(self, _button, event, is_before):
        is_key = event.type in (Gdk.EventType.KEY_PRESS, Gdk.EventType.KEY_RELEASE)
        if not is_key or event.keyval in (Gdk.KEY_space, Gdk.KEY_Return, Gdk.KEY_KP_Enter):
            self._show_before(is_before)
        return False

    def _look(self, view):
        if view is not None and view != self.view:
            self.view = view
            self.scale.set_text(f"{view.zoom:.0%}")
            if "whole" in self.pictures:
                self.show(self.pictures["whole"])
            self.looked()

    def _zoom(self, steps):
        self._look(self.view.zoomed(steps))

    def _point(self, box, event):
        pixbuf = self.whole.get_pixbuf()
        if pixbuf and self.view:
            room = box.get_allocation()
            scale = self.view.size[0] / pixbuf.get_width()
            left, top = (room.width - pixbuf.get_width()) / 2, (room.height - pixbuf.get_height()) / 2
            middle = (event.x - left) * scale, (event.y - top) * scale
            self._look(replace(self.view, middle=middle))

    def _take(self, box, event):
        box.grab_focus()
        self.grip = event.x, event.y

    def _drag(self, _box, event):
        if self.grip and self.view:
            self._look(self.view.moved(event.x - self.grip[0], event.y - self.grip[1]))
            self.grip = event.x, event.y

    def _let_go(self, _box, _event):
        self.grip = None

    def _scroll(self, _box, event):
        steps = {Gdk.ScrollDirection.UP: 1, Gdk.ScrollDirection.DOWN: -1}.get(event.direction, 0)
        if self.view:
            self._zoom(steps)
        return True

    def _press(self, _box, event):
        if not self.view or event.keyval not in STEPS | ZOOMING:
            return False
        if event.keyval in STEPS:
            across, down = STEPS[event.keyval]
            width, height = self.rooms["part"]
            self._look(self.view.moved(across * width / 4, down * height / 4))
        else:
            self._zoom(ZOOMING[event.keyval])
        return True


def framed(pixbuf, view):
    """Return all of a picture, small, with a frame around what is looked at."""
    scale = pixbuf.get_width() / view.size[0], pixbuf.get_height() / view.size[1]
    left, top, width, height = view.box
    if (width, height) == view.size:
        return pixbuf
    pixbuf = pixbuf.copy()
    left, right = round(left * scale[0]), round((left + width) * scale[0])
    top, bottom = round(top * scale[1]), round((top + height) * scale[1])
    for grow, colour in ((0, DARK), (-1, LIGHT)):
        x, y, end, foot = left - grow, top - grow, right + grow, bottom + grow
        for line in ((x, y, end, y + 1), (x, foot - 1, end, foot), (x, y, x + 1, foot), (end - 1, y, end, foot)):
            x0, y0 = max(0, line[0]), max(0, line[1])
            x1, y1 = min(pixbuf.get_width(), line[2]), min(pixbuf.get_height(), line[3])
            if x1 > x0 and y1 > y0:
                pixbuf.new_subpixbuf(x0, y0, x1 - x0, y1 - y0).fill(colour)
    return pixbuf


def pixbuf_of(data, width, height):
    """Return a picture of RGBA bytes, over a chequerboard where it is transparent."""
    pixbuf = raw_pixbuf(data, width, height)
    return pixbuf.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, 8, 0x999999, 0x666666)


def scaled(pixbuf, longest):
    """Return a picture with a longer side of so many pixels."""
    return fitted(pixbuf, (longest, longest))


def fitted(pixbuf, room):
    """Return a picture as large as it can be within a width and a height."""
    sides = pixbuf.get_width(), pixbuf.get_height()
    scale = min(room[0] / sides[0], room[1] / sides[1])
    size = [max(1, round(each * scale)) for each in sides]
    if size == list(sides):
        return pixbuf
    return pixbuf.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)


def cut(pixbuf, size, box):
    """Return a part, (left, top, width, height), of a picture of this size, out of all of it in another size."""
    across, down = pixbuf.get_width() / size[0], pixbuf.get_height() / size[1]
    left, top = min(int(box[0] * across), pixbuf.get_width() - 1), min(int(box[1] * down), pixbuf.get_height() - 1)
    width = min(max(1, round(box[2] * across)), pixbuf.get_width() - left)
    height = min(max(1, round(box[3] * down)), pixbuf.get_height() - top)
    return pixbuf.new_subpixbuf(left, top, width, height)

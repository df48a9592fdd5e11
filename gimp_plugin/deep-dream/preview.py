"""The dialog's left column: what comes of the settings, and what there is to say about it."""

from gi.repository import GdkPixbuf, GLib, Gtk, Pango
from language import _

PREVIEW, ROUGH, THUMBNAIL = 256, 96, 80  # longest sides in pixels


class PreviewColumn:
    """A picture, a switch for it, and a line of text with details.

    Parameters
    ----------
    changed : callable
        Called when the switch is turned.
    """

    def __init__(self, changed):
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.picture = Gtk.Image(width_request=PREVIEW)
        self.switch = Gtk.CheckButton(label=_("_Preview"), use_underline=True, active=True)
        self.switch.set_tooltip_text(_("Dream a small version of the picture after every change."))
        self.switch.connect("toggled", lambda _switch: changed())
        self.status = Gtk.Label(xalign=0, yalign=0, wrap=True, max_width_chars=30, width_chars=30)
        self.status.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
        self.details = Gtk.Expander(label=_("Details"), no_show_all=True)
        self.details_text = Gtk.Label(
            xalign=0, wrap=True, wrap_mode=Pango.WrapMode.CHAR, max_width_chars=30, selectable=True
        )
        scrolled = Gtk.ScrolledWindow(height_request=110, hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.add(self.details_text)
        scrolled.show_all()
        self.details.add(scrolled)
        for each in (self.picture, self.switch, self.status, self.details):
            self.widget.pack_start(each, False, False, 0)

    @property
    def is_wanted(self):
        """Whether the user wants a preview."""
        return self.switch.get_active()

    def show(self, pixbuf):
        """Show a picture."""
        self.picture.set_from_pixbuf(scaled(pixbuf, PREVIEW))

    def say(self, sentence, details=""):
        """Show a sentence, and under Details what the worker said last."""
        self.status.set_text(sentence)
        self.details_text.set_text(details)
        self.details.set_visible(bool(details))


def pixbuf_of(data, width, height):
    """Return a picture of RGBA bytes, over a chequerboard where it is transparent."""
    pixbuf = GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
    return pixbuf.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, 8, 0x999999, 0x666666)


def scaled(pixbuf, longest):
    """Return a picture with a longer side of so many pixels."""
    scale = longest / max(pixbuf.get_width(), pixbuf.get_height())
    size = (max(1, round(each * scale)) for each in (pixbuf.get_width(), pixbuf.get_height()))
    return pixbuf.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)

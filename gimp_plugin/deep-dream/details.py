"""A button that shows what the worker said last, over the window: the window itself stays as large as it is."""

from gi.repository import Gtk
from language import _

ROOM = (560, 180)  # width and height in pixels; more is scrolled to


class Details(Gtk.MenuButton):
    """A button for a text, there while there is one.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text=""):
        super().__init__(label=_("Details"), no_show_all=True, halign=Gtk.Align.START)
        self.text = Gtk.TextView(editable=False, cursor_visible=False, wrap_mode=Gtk.WrapMode.WORD_CHAR, left_margin=6)
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.set_size_request(*ROOM)
        scrolled.add(self.text)
        scrolled.show_all()
        popover = Gtk.Popover()
        popover.add(scrolled)
        self.set_popover(popover)
        self.get_child().show()
        self.show_text(text)

    def show_text(self, text):
        """Show another text, or without one nothing."""
        self.text.get_buffer().set_text(text)
        self.set_visible(bool(text))

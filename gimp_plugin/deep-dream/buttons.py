"""Buttons, which act the moment they are pressed."""

from gi.repository import Gtk


class Button(Gtk.Button):
    """A button with a text or an icon.

    Pressed by a key, a button of GTK waits for a quarter of a second, and what is typed meanwhile comes first.

    Parameters
    ----------
    pressed : callable
    text : str
        With the letter that leads to it.
    icon : str
        Name of an icon.
    help : str
    **properties
        Of a Gtk.Button.
    """

    def __init__(self, pressed, text=None, icon=None, help=None, **properties):
        super().__init__(label=text, use_underline=True, tooltip_text=help, **properties)
        if icon:
            self.set_image(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.BUTTON))
        self.connect("clicked", lambda _button: pressed())

    def do_activate(self):
        """Act, as GTK asks for when a key presses it."""
        self.clicked()

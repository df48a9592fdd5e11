"""The windows besides the dialog: a run, and an error."""

import time

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from aside import step_aside  # noqa: E402
from gi.repository import GimpUi, Gtk, Pango  # noqa: E402
from language import _  # noqa: E402
from runs import Monitor  # noqa: E402
from subject import name_of  # noqa: E402


class RunWindow(Monitor):
    """A small window while frames of an image are made, with a button that ends it and keeps them."""

    def __init__(self, image):
        GimpUi.init("deep-dream")
        self.began, self.name = time.monotonic(), name_of(image)
        self.window = Gtk.Dialog(title=_("Dreaming"), border_width=12, default_width=400, resizable=False)
        self.window.add_button(_("_Stop and keep the frames"), Gtk.ResponseType.CANCEL)
        self.window.connect("response", self._stop)
        self.window.connect("delete-event", lambda *_event: True)
        box = self.window.get_content_area()
        box.set_spacing(6)
        self.text = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.START)
        self.bar = Gtk.ProgressBar(width_request=360)
        box.pack_start(self.text, False, False, 0)
        box.pack_start(self.bar, False, False, 0)
        GimpUi.window_set_transient(self.window)
        step_aside(self.window)
        self.window.show_all()
        self.show(0, _("Starting ..."))
        self.tick()

    def show(self, fraction, text):
        """Show how far it is, 0..1, and a text."""
        self.bar.set_fraction(fraction)
        self.text.set_text(f"{self.name}: {text}")

    def tick(self):
        """Let the window live."""
        while Gtk.events_pending():
            Gtk.main_iteration_do(False)

    def close(self):
        """Take the window away."""
        self.window.destroy()
        self.tick()

    def _stop(self, *_response):
        self.stopped = True
        self.text.set_text(_("Stopping ..."))
        self.window.set_sensitive(False)


def show_error(sentence, details):
    """Show one sentence, and what the worker said last under Details."""
    window = Gtk.MessageDialog(
        message_type=Gtk.MessageType.ERROR, buttons=Gtk.ButtonsType.CLOSE, text=sentence, title=_("Deep Dream")
    )
    expander = Gtk.Expander(label=_("Details"))
    text = Gtk.TextView(editable=False, monospace=True, left_margin=6)
    text.get_buffer().set_text(details)
    scrolled = Gtk.ScrolledWindow(height_request=160, width_request=480)
    scrolled.add(text)
    expander.add(scrolled)
    window.get_message_area().pack_start(expander, True, True, 0)
    expander.show_all()
    GimpUi.window_set_transient(window)
    window.run()
    window.destroy()

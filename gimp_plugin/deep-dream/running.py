"""The dialog's lowest part while it dreams: how far it is, and buttons to pause, and to end it with what there is."""

import time

from buttons import Button
from gi.repository import Gtk
from language import _
from runs import Monitor


class RunPart(Monitor):
    """Shows a run in a window that lives on.

    Parameters
    ----------
    name : callable
        Returns what is dreamed, in words.
    show_frame : callable
        Called with the buffer and the size of each frame that is whole.
    """

    def __init__(self, name, show_frame):
        self.name, self.show_frame = name, show_frame
        self.text = Gtk.Label(xalign=0, wrap=True)
        self.bar = Gtk.ProgressBar(valign=Gtk.Align.CENTER)
        self.pause = Gtk.ToggleButton(label=_("Pa_use"), use_underline=True)
        self.pause.connect("toggled", self._pause)
        self.stop = Button(self.end, _("_Stop and keep the frames"))
        shown = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        shown.pack_start(self.text, False, False, 0)
        shown.pack_start(self.bar, False, False, 0)
        self.widget = Gtk.Box(spacing=12)
        self.widget.pack_start(shown, True, True, 0)
        for button in (self.pause, self.stop):
            button.set_valign(Gtk.Align.CENTER)
            self.widget.pack_start(button, False, False, 0)
        self.widget.show_all()
        self.widget.set_no_show_all(True)
        self.widget.hide()

    def begin(self, worker):
        """Show it for a new run of this worker."""
        self.worker, self.stopped, self.began = worker, False, time.monotonic()
        self.widget.set_sensitive(True)
        self.show(0, _("Starting ..."))
        self.widget.show()
        self.stop.grab_focus()
        self.tick()

    def show(self, fraction, text):
        """Show how far it is, 0..1, and a text."""
        self.bar.set_fraction(fraction)
        self.text.set_text(f"{self.name()}: {text}")

    def frame(self, buffer, size):
        """Show a frame that is whole."""
        self.show_frame(buffer, size)

    def tick(self):
        """Let the window live; while the run is paused, go on doing so."""
        while Gtk.events_pending():
            Gtk.main_iteration_do(False)
        while self.pause.get_active() and not self.stopped:
            Gtk.main_iteration_do(True)

    def end(self):
        """End the run, and keep what there is."""
        self.stopped = True
        self.pause.set_active(False)
        self.text.set_text(_("Stopping ..."))
        self.widget.set_sensitive(False)

    def close(self):
        """Show it no more."""
        self.widget.hide()

    def _pause(self, button):
        self.worker.send("pause" if button.get_active() else "resume")
        if button.get_active():
            self.paused_at, self.said = time.monotonic(), self.text.get_text()
            self.text.set_text(_("{}: paused").format(self.name()))
        else:
            self.began += time.monotonic() - self.paused_at  # a pause says nothing of the time that is left
            self.text.set_text(self.said)

"""A part of a window that scrolls, and keeps the line that is worked on in sight."""

from gi.repository import GLib, Gtk


class Scrolled(Gtk.ScrolledWindow):
    """Scrolls up and down, and by itself where the line with the focus is cut off: when something grows, too.

    Parameters
    ----------
    inside : Gtk.Widget
    line_of : callable, optional
        Returns the widgets that belong together with one that has the focus; by itself that one alone.
    **properties
        Of a Gtk.ScrolledWindow.
    """

    def __init__(self, inside, line_of=lambda focused: (focused,), **properties):
        super().__init__(hscrollbar_policy=Gtk.PolicyType.NEVER, **properties)
        self.inside, self.line_of, self.heights = inside, line_of, ()
        self.add(inside)
        self.connect("set-focus-child", lambda *_focused: self._soon())
        for each in (self, inside):
            each.connect("size-allocate", lambda *_allocated: self._allocated())

    def _allocated(self):
        heights = self.get_allocated_height(), self.inside.get_allocated_height()
        if heights != self.heights:  # else somebody may have scrolled away on purpose
            self.heights = heights
            self._soon()

    def _soon(self):
        GLib.idle_add(self._show_line)  # when all sizes are known

    def _show_line(self):
        window = self.get_toplevel()
        focus = window.get_focus() if isinstance(window, Gtk.Window) else None
        if focus and focus.is_ancestor(self.inside):
            line = [each for each in self.line_of(focus) if each.get_mapped()]
            above = self.inside.get_allocation().y
            tops = [above + each.translate_coordinates(self.inside, 0, 0)[1] for each in line]
            ends = [top + each.get_allocated_height() for top, each in zip(tops, line, strict=True)]
            if line:
                self.get_vadjustment().clamp_page(min(tops), max(ends))
        return False

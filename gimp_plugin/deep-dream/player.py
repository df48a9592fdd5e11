"""Frames that play as the animation will, those that there are already again and again."""

from gi.repository import GLib


class Player:
    """Shows frames one after the other, each for its time.

    Parameters
    ----------
    show : callable
        Called with a frame.
    """

    def __init__(self, show):
        self.show, self.frames, self.delays, self.timer, self.place = show, [], [], 0, 0

    def begin(self, delays):
        """Play other frames, which will come, each for so many centiseconds."""
        self.stop()
        self.frames, self.delays, self.place = [], delays, 0

    def add(self, frame):
        """Play one more."""
        self.frames.append(frame)
        if len(self.frames) == 1:
            self.show(frame)
        if not self.timer and len(self.frames) > 1:
            self._next()

    def stop(self):
        """Stand still."""
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer = 0

    def _next(self):
        self.place = (self.place + 1) % len(self.frames)
        self.show(self.frames[self.place])
        self.timer = GLib.timeout_add(max(20, round(self.delays[self.place] * 10)), self._next)
        return False

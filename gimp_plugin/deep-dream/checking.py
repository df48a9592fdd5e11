"""Whether what is set can be dreamed, and what it takes: asked of the worker a moment after every change."""

from arguments import job_fields
from gi.repository import GLib
from language import _

SOON, LATER = 120, 1500  # milliseconds: after a change, and until the time is measured, which takes some


class Checking:
    """Checks the settings.

    Parameters
    ----------
    ask : callable
        As of `Conversation`.
    job : callable
        Returns the pictures, described, and the values of the procedure's arguments; None where nothing dreams.
    fine, wrong : callable
        Called with the answer of the worker to what can be dreamed, to what cannot.
    """

    def __init__(self, ask, job, fine, wrong):
        self.ask, self.job, self.fine, self.wrong = ask, job, fine, wrong
        self.timer, self.asked = 0, None

    def restart(self):
        """Check, soon: more may change."""
        self.stop()
        self.timer = GLib.timeout_add(SOON, self._check, False)

    def stop(self):
        """Check nothing any more, and heed no answer that comes."""
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer, self.asked = 0, None

    def _check(self, is_timed):
        self.timer = 0
        if found := self.job():
            described, values = found
            self.asked = self.ask(
                "check", self._checked, described=described, failed=self._failed, seconds=is_timed, **job_fields(values)
            )
        return False

    def _checked(self, message, _data):
        if message["id"] == self.asked and message["say"] == "checked":
            if "seconds" not in message:
                self.timer = GLib.timeout_add(LATER, self._check, True)
            self.fine(message)

    def _failed(self, message):
        if message["id"] == self.asked:
            self.wrong(message)


def needs(message):
    """Return in words what an answer to a check says that a dream takes."""
    memory = _("{:n} GB of memory").format(round(max(message["memory"] / 1e9, 0.1), 1))
    if "seconds" not in message:
        return memory
    return f"{duration(message['seconds'])}, {memory}"


def duration(seconds):
    """Return words for a time that something takes."""
    seconds = max(1, round(seconds))
    if seconds < 100:
        return _("about {} s").format(seconds)
    if seconds < 6000:
        return _("about {} min").format(round(seconds / 60))
    return _("about {} h").format(round(seconds / 3600))

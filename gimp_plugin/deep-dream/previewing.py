"""What the dialog dreams while it is open: its preview, and the small pictures of the recipes. Nothing here waits."""

from arguments import RECIPE, job_fields
from gi.repository import GLib
from language import _
from preview import PREVIEW, ROUGH, THUMBNAIL, PreviewColumn, pixbuf_of

SHOWN_FRAMES = 8
FEW = {"iterations": 4, "octaves": 2}  # of a rough preview
NO_MOTION = {"between": "0", "loop": "no", "start": "no", "blend_in": "0"}  # which takes longer than one looks
SOON = 150  # milliseconds after a change


class Previewing:
    """Dreams small versions of a picture with the dialog's settings, the preview first, then each recipe.

    Parameters
    ----------
    source : Source
        What is dreamed.
    ask : callable
        ``ask(do, answered, pictures, **fields)`` sends a message with pictures, has its answers brought to
        ``answered(message, data)``, and returns the number of the job.
    values, recipe_values : callable
        Return what the dialog's arguments are, by their names, and what the chosen recipe says, by the table's.
    made : callable
        Called with the name of a recipe and its small picture.
    """

    def __init__(self, source, ask, values, recipe_values, made):
        self.ask, self.values, self.recipe_values = ask, values, recipe_values
        self.made, self.timer, self.waiting, self.thumbnail_job = made, 0, [], None
        self.is_paused = False  # while something else is dreamed, which a preview would end
        self.column = PreviewColumn(self.restart)
        self.set_source(source)

    def set_source(self, source):
        """Dream something else from now on."""
        self.source, self.plain = source, picture_of(source)
        self.column.show(self.plain)

    def offer(self, names):
        """Dream the recipes of these names, too, when the preview is done."""
        self.waiting = list(names)

    def restart(self):
        """Dream anew, soon: more may change."""
        self.stop()
        self.timer = GLib.timeout_add(SOON, self._begin)

    def stop(self):
        """Begin nothing any more."""
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer = 0

    def failed(self, message, details):
        """Say why a dream was not made; a recipe may not go with this model, and the next one does."""
        if message["id"] != self.thumbnail_job:
            self.column.say(message["message"], details)
        elif self.waiting:
            del self.waiting[0]
            self._next_thumbnail()

    def _begin(self):
        self.timer = 0
        if self.is_paused:
            return False
        if self.column.is_wanted:
            self._dream(ROUGH, 1, self._got_rough, **{name: self._few(name, most) for name, most in FEW.items()})
        else:
            self.ask("cancel", None)
            self.column.show(self.plain)
            self.column.say("")
        return False

    def _few(self, name, most):
        """Return the value of a number, or `most` where it is larger, or changes."""
        try:
            return min(float(self.values()[name] or self.recipe_values()[name]), most)
        except (ValueError, KeyError):
            return most

    def _dream(self, longest, count, answered, **changed):
        if self.is_paused:
            return None
        values = {**self.values(), **changed}
        pictures, job = self.source.pictures(values["guide"], longest), job_fields(values)
        size = pictures.described[0]["width"], pictures.described[0]["height"]
        job["parameters"].update(NO_MOTION, frames=count if "frames" in values else 1)
        return self.ask("preview", lambda message, data: answered(message, data, size), pictures, **job)

    def _got_rough(self, message, data, size):
        if message["say"] == "strip":
            self.column.show(pixbuf_of(data, *size))
            self.column.say("")
        elif message["say"] == "done":
            self._dream(PREVIEW, SHOWN_FRAMES, self._got_preview)

    def _got_preview(self, message, data, size):
        if message["say"] == "strip":
            self.column.show(pixbuf_of(data, *size))
            self.column.say(_("Frame {}").format(message["number"] + 1) if "frames" in self.values() else "")
        elif message["say"] == "done":
            self._next_thumbnail()

    def _next_thumbnail(self):
        if self.waiting:
            kept = (RECIPE.name, "model", "layer", "guide", "seed")
            left = {name: "" for name in self.values() if name not in kept}
            left[RECIPE.name] = self.waiting[0]
            self.thumbnail_job = self._dream(THUMBNAIL, 3, self._got_thumbnail, **left)

    def _got_thumbnail(self, message, data, size):
        if message["say"] == "strip":
            self.thumbnail = pixbuf_of(data, *size)
        elif message["say"] == "done":
            self.made(self.waiting.pop(0), self.thumbnail)
            self._next_thumbnail()


def picture_of(source):
    """Return what is dreamed as it is, small."""
    pictures = source.pictures(longest=PREVIEW)
    width, height = pictures.described[0]["width"], pictures.described[0]["height"]
    return pixbuf_of(b"".join(pictures.pieces())[: width * height * 4], width, height)

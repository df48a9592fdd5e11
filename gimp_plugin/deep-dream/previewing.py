"""What the dialog dreams while it is open: its preview, and the small pictures of the recipes. Nothing here waits.

First all of the picture comes, small and rough; then a part of it as it will be; then the recipes' small pictures;
then all frames, small.
"""

import time
from math import sqrt

from arguments import job_fields
from gi.repository import GLib
from language import _
from pictures import Pictures
from player import Player
from preview import PREVIEW, THUMBNAIL, PreviewColumn, cut, fitted, pixbuf_of
from runs import remaining

ROUGH_SIDE, SIDE = 384, 560  # most pixels of the whole, in which octaves up to there are dreamed
FRAMES = 240  # most that play
ROUGH = {"iterations": 3}  # the most of a rough preview, which is of one frame
ONE_FRAME = {"frames": 1, "between": "0", "loop": "no", "start": "no", "blend_in": "0"}
OF_ALL_RECIPES = ("model", "layer", "guide", "seed")
PIXELS, MARGIN = 2_000_000, 128  # of what stands for the picture, at most; around a part, for what a network sees
SOON = 150  # milliseconds after a change


class Previewing:
    """Dreams a picture with the dialog's settings while they change.

    Parameters
    ----------
    source : Source
        What is dreamed.
    ask : callable
        ``ask(do, answered, pictures, **fields)`` sends a message with pictures, has its answers brought to
        ``answered(message, data)``, and returns the number of the job.
    values, recipe_values : callable
        Return what the dialog's arguments are, by their names, and what the chosen recipe says, by the table's.
    recipes : RecipeChooser
        Which shows their small pictures.
    """

    def __init__(self, source, ask, values, recipe_values, recipes):
        self.ask, self.values, self.recipe_values = ask, values, recipe_values
        self.recipes, self.timer, self.thumbnail_job = recipes, 0, None
        self.is_paused = False  # while something else is dreamed, which a preview would end
        self.is_whole = False  # whether all frames of these settings are there
        self.column = PreviewColumn(self.restart, self._looked)
        self.player = Player(self.column.show)
        self.set_source(source)

    def set_source(self, source):
        """Dream something else from now on."""
        self.source, self.plain = source, picture_of(source.pictures(longest=PREVIEW))
        self.column.begin(self.plain, source.size)
        self._show_plain_part()

    def restart(self):
        """Dream anew, soon: more may change."""
        self.is_whole = False
        self.player.stop()
        self._soon(self._begin)

    def stop(self):
        """Begin nothing any more."""
        self.player.stop()
        self._soon(None)

    def failed(self, message, details):
        """Say why a dream was not made."""
        if message["id"] == self.thumbnail_job:
            self._dream_whole()
        else:
            self._say(message["message"], details)

    def _say(self, sentence, details=""):
        """Say how far the preview is, where it is not ended for something else; its last words may come later."""
        if not self.is_paused:
            self.column.say(sentence, details)

    def _soon(self, begin):
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer = GLib.timeout_add(SOON, begin) if begin else 0

    def _looked(self):
        """Show the part that is looked at now as it is, and soon as it will be."""
        if not self.source.image.is_valid():
            return
        self._show_plain_part()
        if self.column.is_wanted:
            self._soon(self._dream_part)

    def _show_plain_part(self):
        size, box = self.source.size, self.column.view.box
        if max(box[2:]) > 2 * max(self.column.view.room):
            plain = cut(self.plain, size, box)
        else:
            plain = picture_of(self.source.part(Pictures(), box))
        self.column.show_part(plain, plain)

    def _begin(self):
        self.timer = 0
        if self.is_paused:
            return False
        if self.source.size != self.column.view.size:
            self.set_source(self.source)
        if self.column.is_wanted:
            self._dream(
                self._got_rough,
                ROUGH_SIDE,
                **ONE_FRAME,
                **{name: self._few(name, most) for name, most in ROUGH.items()},
            )
        else:
            self.ask("cancel", None)
            self.column.show(self.plain)
            self._show_plain_part()
            self._say("")
        return False

    def _number(self, name):
        """Return the value of a number; None where it is none, or changes."""
        try:
            return float(self.values()[name.replace("_", "-")] or self.recipe_values()[name])
        except (ValueError, KeyError):
            return None

    def _few(self, name, most):
        number = self._number(name)
        return most if number is None else min(number, most)

    def _job(self, changed, longest=0):
        """Return the pictures and the fields of a message; what is `changed` is called by the table's names."""
        values = self.values()
        if "frames" not in values:  # each layer is dreamed for itself
            changed = {**changed, **ONE_FRAME}
        width, height = self.source.size
        longest = longest or round(max(width, height) * min(1, sqrt(PIXELS / (width * height))))
        job = job_fields(values)
        job["parameters"].update(changed)
        return self.source.pictures(values["guide"], longest), job

    def _dream(self, answered, longest, **changed):
        """Dream all of the picture, with sides of so many pixels at most."""
        if self.is_paused:
            return
        pictures, job = self._job(changed)
        shown, began = {}, time.monotonic()

        def received(message, data):
            if message["say"] == "started":
                shown.update(message, began=began)
            answered(message, data, shown)

        self.ask("preview", received, pictures, whole=list(self.source.size), longest=longest, **job)

    def _got_rough(self, message, data, shown):
        if message["say"] == "strip":
            rough = pixbuf_of(data, shown["width"], shown["height"])
            self.column.show(rough)
            self.column.show_part(cut(rough, self.source.size, self.column.view.box))
            self._say(_("A rough look, the rest is coming ..."))
        elif message["say"] == "done":
            self._dream_part()

    def _dream_part(self):
        self.timer = 0
        if self.is_paused:
            return False
        pictures, job = self._job(ONE_FRAME)
        view, began = self.column.view, time.monotonic()
        box = view.with_margin(MARGIN)
        self.source.part(pictures, box)
        place = {"whole": list(self.source.size), "corner": list(box[:2])}

        def answered(message, data):
            if message["say"] == "progress":
                self._say(_("This part at full size: {}").format(left(began, message["frames"])))
            elif message["say"] == "strip":
                pixbuf, (x, y, width, height) = pixbuf_of(data, *box[2:]), view.box
                self.column.show_part(pixbuf.new_subpixbuf(x - box[0], y - box[1], width, height))
                self._say("")
            elif message["say"] == "done":
                self._dream_thumbnails()

        self.ask("part", answered, pictures, longest=SIDE, **job, **place)
        return False

    def _dream_thumbnails(self):
        """Dream the recipes whose small picture is of another picture, guide, network or layer; then all frames."""
        pictures, job = self._job({}, THUMBNAIL)
        kept = {name: value for name, value in job["parameters"].items() if name in OF_ALL_RECIPES}
        of = b"".join(pictures.pieces()), kept
        names = self.recipes.missing(of)
        if not names:
            self._dream_whole()
            return
        plain = picture_of(pictures)
        size = plain.get_width(), plain.get_height()

        def answered(message, data):
            if message["say"] == "strip":
                self.thumbnail = pixbuf_of(data, *size)
            elif message["say"] == "thumbnail":
                self.recipes.show(message["recipe"], self.thumbnail, of)
            elif message["say"] == "done":
                for name in self.recipes.missing(of):  # which do not go with these settings
                    self.recipes.show(name, plain, of)
                self._dream_whole()

        self.thumbnail_job = self.ask("thumbnails", answered, pictures, recipes=names, parameters=kept)

    def _dream_whole(self):
        """Dream all frames, where they are not there already."""
        if self.is_whole:
            self._say_all()
        else:
            most = max(1, FRAMES // (int(self._few("between", FRAMES)) + 1))
            self._dream(self._got_frame, SIDE, frames=int(self._few("frames", most)))

    def _got_frame(self, message, data, shown):
        if message["say"] == "started":
            self.player.begin(message["delays"])
        elif message["say"] == "progress":
            share, number = message["frames"] / shown["frames"], min(int(message["frames"]) + 1, shown["frames"])
            said = _("Frame {} of {}").format(number, shown["frames"])
            self._say(f"{said}, {left(shown['began'], share)}")
        elif message["say"] == "strip":
            self.player.add(fitted(pixbuf_of(data, shown["width"], shown["height"]), self.column.rooms["whole"]))
        elif message["say"] == "done":
            self.is_whole, self.forms = True, self._forms(shown["width"])
            self._say_all()

    def _forms(self, width):
        """Return how many times larger forms are in the small frames than in the result."""
        octaves, scale = self._number("octaves"), self._number("octave_scale")
        return 1 if None in (octaves, scale) else max(1, self.source.size[0] / scale ** (octaves - 1) / width)

    def _say_all(self):
        said = "" if self.forms < 1.5 else _("In the result forms are {:n} times smaller than in the small frames.")
        self._say(said.format(round(self.forms, 1)))


def left(began, share):
    """Return words for the time that is left of what began then, when so much of it is done."""
    return remaining((time.monotonic() - began) * (1 - share) / share) if share > 0.02 else "..."


def picture_of(pictures):
    """Return the first of a message's pictures."""
    width, height = pictures.described[0]["width"], pictures.described[0]["height"]
    return pixbuf_of(b"".join(pictures.pieces())[: width * height * 4], width, height)

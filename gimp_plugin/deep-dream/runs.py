"""The runs that dream, with or without a window: what is asked of the worker and where its answers go."""

import time

from areas import with_areas
from arguments import job_fields
from gi.repository import Gimp
from language import _
from notes import AFTER, noted, told_of
from pictures import Source
from stacks import FrameStack, LayerPixels
from targets import ThisImage, target_of
from worker_client import WorkerError

SURE = 0.1  # of a frame, before which nobody knows how long all of them will take
LAST = ("done", "checked", "kept", "animation", "cancelled")


class Monitor:
    """Shows how far a run is in GIMP's own progress bar; a window does it better."""

    stopped = False

    def __init__(self):
        Gimp.progress_init(_("Deep Dream"))
        self.began = time.monotonic()

    def show(self, fraction, text):
        """Show ``fraction`` and ``text``."""
        Gimp.progress_set_text(text)
        Gimp.progress_update(fraction)

    def tick(self):
        """Called many times a second."""

    def frame(self, buffer, size):
        """Called with the pixels of each frame that is whole."""

    def close(self):
        """End what is shown."""
        Gimp.progress_end()

    def step(self, done, count):
        """Show that ``done`` of ``count`` frames are made, and the time that is left."""
        text = _("Frame {} of {}").format(min(int(done) + 1, count), count)
        if done > SURE:
            text += ", " + remaining((time.monotonic() - self.began) * (count - done) / done)
        self.show(min(done / count, 1), text)

    def answers(self, worker, do, pieces=(), size=0, **message):
        """Send a message and yield the answers to it until the last one, an error, or the user's stop."""
        job = worker.send(do, pieces, size, **message)
        while True:
            self.tick()
            if self.stopped:
                worker.cancel(job)
                return
            received = worker.receive(0.03)
            if received is None or received[0].get("id") != job:
                continue
            if received[0]["say"] == "error":
                raise WorkerError(received[0]["message"], worker.details())
            yield received
            if received[0]["say"] in LAST:
                return


def remaining(seconds):
    """Return words for a time that is left."""
    seconds = max(1, round(seconds))
    if seconds < 100:
        return _("about {} s left").format(seconds)
    return (
        _("about {} min left").format(round(seconds / 60))
        if seconds < 6000
        else _("about {} h left").format(round(seconds / 3600))
    )


def dream(values, image, drawables, worker, monitor, shown):
    """Grow a layer stack from one drawable; return the image that holds it."""
    source = Source(image, _only(drawables), values["source"], keeps_mask=values["target"] == "replace")
    values = with_areas(values, source)
    if values["target"] == "folder":
        return dream_into_folder(values, source, worker, monitor, shown)
    target = target_of(values, image, source.drawable, shown)
    return dream_into(FrameStack(source, target, told_of(values, source)), values, worker, monitor)


def dream_on(values, image, drawables, worker, monitor, shown):
    """Dream the frames that follow one, above it; return its image."""
    layer = _only(drawables)
    source, before = Source(image, layer, "stored"), noted(layer)
    target = ThisImage(image, layer, "layers", Gimp.LayerMode.NORMAL, 100, shown)
    number = int(before.get("number", 0))
    told = {**before, **told_of(values, source), "picture": before.get("picture", {}), AFTER: layer.get_tattoo()}
    stack = FrameStack(source, target, told, (int(before.get("layers", 1)), number))
    return dream_into(stack, values, worker, monitor, after=number)


def dream_into(stack, values, worker, monitor, **job):
    """Have the frames of a stack dreamed; return the image that holds them, those of a run that fails, too."""
    try:
        dream_one(stack.source, stack, values["guide"], {**job_fields(values), **job}, worker, monitor)
    finally:
        result = stack.close()
    return result


def dream_into_folder(values, source, worker, monitor, shown):
    """Have frames dreamed into a folder, with an animation of them; return no image."""
    folder = values["folder"].get_path() if values["folder"] else None
    if not folder:
        raise WorkerError(_("Say which folder the frames go to."))
    dream_one(source, None, values["guide"], {**job_fields(values), "folder": folder}, worker, monitor)
    if shown:
        Gimp.message(_("The frames and their animation are in {}.").format(folder))


def dream_layers(values, image, _drawables, worker, monitor, shown):
    """Dream every layer of an image for itself; return the image they are in."""
    stack, job = LayerPixels(image, values["in-place"], values["recipe"] or "", shown), job_fields(values)
    job["parameters"]["frames"] = 1
    if values["follow"]:  # as in a clip, whose frames no recipe's transform moves
        job["parameters"]["transform"], job["follows"] = "chain()", True
    try:
        sources = [Source(stack.image, layer, values["source"], keeps_mask=True) for layer in stack.layers()]
        if not sources:
            raise WorkerError(_("There is no layer to dream."))
        refused = [
            stack.lock_of(source.drawable) or refusal(job, source.pictures(values["guide"]), worker, monitor)
            for source in sources
        ]
        if all(refused):
            raise refused[0]
        wanted = [source for source, error in zip(sources, refused, strict=True) if not error]
        for number, source in enumerate(wanted):
            told = {**job, "first": sources.index(source)}
            dream_one(source, stack, values["guide"], told, worker, monitor, number, len(wanted))
    finally:
        result = stack.close()
    errors = list(filter(None, refused))
    if errors and shown:
        Gimp.message(_("{} layers stay as they are: {}").format(len(errors), errors[0]))
    return result


def refusal(job, pictures, worker, monitor):
    """Return the error that the worker gives back for a picture that it cannot dream, such as a small one."""
    try:
        check(job, pictures, worker, monitor)
    except WorkerError as error:
        if worker.process.poll() is not None:
            raise
        return error
    return None


def check(job, pictures, worker, monitor):
    """Raise an error where a picture cannot be dreamed."""
    for _answer in monitor.answers(worker, "check", pictures=pictures.described, **job):
        pass


def dream_one(source, stack, guide, job, worker, monitor, before=0, count=None):
    """Have one picture dreamed and its frames written to `stack`."""
    pictures, writer, total = source.pictures(guide), None, count or 1
    if count is None:
        check({name: value for name, value in job.items() if name != "folder"}, pictures, worker, monitor)
    if monitor.stopped:
        return
    for message, data in monitor.answers(
        worker, "dream", pictures.pieces(), pictures.size, pictures=pictures.described, **job
    ):
        if message["say"] == "started":
            total = count or message["frames"]
            if not before:
                monitor.began = time.monotonic()  # what came before says nothing of the time for the frames
            if stack is not None:
                stack.delays, stack.between = message["delays"], message["between"]
        elif message["say"] == "progress":
            monitor.step(before + message["frames"], total)
        elif message["say"] == "strip":
            writer = writer or stack.begin(source)
            writer.strip(message["y"], message["rows"], data)
        elif message["say"] == "frame":
            if stack is not None:
                monitor.frame(writer.buffer, source.size)
                stack.end(writer)
            writer = None
            monitor.step(before + message["number"] + 1, total)


def _only(drawables):
    if len(drawables) != 1:
        raise WorkerError(_("Choose one layer to dream from."))
    return drawables[0]

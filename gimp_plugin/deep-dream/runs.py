"""The three runs, with or without a window: what is job_fields of the worker and where its answers go."""

import time

from arguments import job_fields
from gi.repository import Gimp
from language import _
from pictures import Pictures, Source, animation_frames, leaves
from stacks import FrameStack, LayerPixels
from worker_client import WorkerError

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
        if done:
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
    if len(drawables) != 1:
        raise WorkerError(_("Choose one layer to dream from."))
    source = Source(image, drawables[0])
    source.check()
    stack = FrameStack(source, values["target"], shown)
    try:
        dream_one(source, stack, values["guide"], job_fields(values), worker, monitor)
    finally:
        stack.close()
    return stack.image


def dream_layers(values, image, _drawables, worker, monitor, shown):
    """Dream every layer of an image for itself; return the image they are in."""
    stack = LayerPixels(image, values["in-place"], shown)
    try:
        layers = [layer for layer in leaves(stack.image.get_layers()) if layer.mask_intersect()[0]]
        for number, layer in enumerate(layers):
            if not monitor.stopped:
                job = job_fields(values)
                job = {**job, "first": number, "parameters": {**job["parameters"], "frames": 1}}
                source = Source(stack.image, layer)
                dream_one(source, stack, values["guide"], job, worker, monitor, number, len(layers))
    finally:
        stack.close()
    return stack.image


def dream_one(source, stack, guide, job, worker, monitor, before=0, count=None):
    """Have one picture dreamed and its frames written to `stack`."""
    pictures, writer, total = source.pictures(guide), None, count or 1
    for _answer in monitor.answers(worker, "check", pictures=pictures.described, **job):
        pass
    if monitor.stopped:
        return
    for message, data in monitor.answers(
        worker, "dream", pictures.pieces(), pictures.size, pictures=pictures.described, **job
    ):
        if message["say"] == "started":
            total, stack.delays = count or message["frames"], message["delays"]
        elif message["say"] == "progress":
            monitor.step(before + message["frames"], total)
        elif message["say"] == "strip":
            writer = writer or stack.begin(source)
            writer.strip(message["y"], message["rows"], data)
        elif message["say"] == "frame":
            monitor.frame(writer.buffer, source.size)
            stack.end(writer)
            writer = None
            monitor.step(before + message["number"] + 1, total)


def save_animation(values, image, _drawables, worker, monitor, _shown):
    """Save the layers of an image as GIF, WebP or MP4."""
    path = values["file"].get_path() if values["file"] else None
    if not path:
        raise WorkerError(_("Say which file to save, such as dream.gif."))
    size = image.get_width(), image.get_height()
    for number, count, delay, layer in animation_frames(image):
        pictures = Pictures().add("picture", layer.get_buffer(), size, "RGBA u8")
        for _kept in monitor.answers(
            worker, "keep", pictures.pieces(), pictures.size, number=number, delay=delay, pictures=pictures.described
        ):
            monitor.step(number / 2, count)
        if monitor.stopped:
            return image
    for message, _data in monitor.answers(worker, "animation", path=path, parameters=job_fields(values)["parameters"]):
        if message["say"] == "progress":
            monitor.step(count * (1 + message["frames"]) / 2, count)
    return image

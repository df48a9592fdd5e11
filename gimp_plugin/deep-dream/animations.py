"""The layers of an image as an animation: which they are, as they are shown, and saved by the worker."""

import os
import re

from arguments import FILE, PYTHON, job_fields
from gi.repository import Gimp, Gio
from language import _
from notes import SAVED, note, noted, place_of
from pictures import Pictures
from worker_client import WorkerError

MILLISECONDS = re.compile(r"\((\d+) ?ms\)")


def suggestion(image):
    """Return the file that an animation of an image may go to: the one of the last time, else one beside the image."""
    path = noted(image, SAVED).get("file") or ""
    if not os.path.isdir(os.path.dirname(path)):
        folder, stem = place_of(image)
        path = os.path.join(folder, stem + ".gif")
    return Gio.File.new_for_path(path)


def remembered(image):
    """Return the options that an image was saved with the last time."""
    return noted(image, SAVED).get("options") or {}


def frames_group(image):
    """Return the group whose layers are the frames of an image, or None where its own layers are.

    It is the one that is selected, or that all selected layers are in; else the only one with times in its layers'
    names, where no other layer has any.
    """
    selected = image.get_selected_layers()
    if len(selected) == 1 and selected[0].is_group():
        return selected[0]
    parents = [layer.get_parent() for layer in selected]
    if parents and parents[0] and len({parent.get_id() if parent else 0 for parent in parents}) == 1:
        return parents[0]
    layers = image.get_layers()
    if any(MILLISECONDS.search(layer.get_name()) for layer in layers):
        return None
    timed = [layer for layer in layers if layer.is_group() and _is_timed(layer.get_children())]
    return timed[0] if len(timed) == 1 else None


def animation_frames(image, group=None):
    """Yield the frames of an animation, bottom layer first: number, how many there are, delay, canvas-sized layer.

    A layer whose name says (combine) is shown over the ones before it. The delay is what its name says, such as
    (70ms), in centiseconds; None where it says nothing.
    """
    copy = image.duplicate()
    try:
        if copy.get_base_type() == Gimp.ImageBaseType.INDEXED:
            copy.convert_rgb()
        layers = copy.get_layers()
        for position in _path(group):
            for layer in layers:
                layer.set_visible(False)
            layers[position].set_visible(True)
            layers = layers[position].get_children()
        layers = layers[::-1]
        for layer in layers:
            layer.set_visible(False)
        shown = []
        for number, layer in enumerate(layers):
            if "(combine)" not in layer.get_name():
                for before in shown:
                    before.set_visible(False)
                shown = []
            layer.set_visible(True)
            shown.append(layer)
            milliseconds = MILLISECONDS.search(layer.get_name())
            merged = Gimp.Layer.new_from_visible(copy, copy, "frame")
            yield number, len(layers), milliseconds and int(milliseconds[1]) / 10, merged
            merged.delete()
    finally:
        copy.delete()


def frame_pictures(image):
    """Yield what the worker is told of each frame of an image: number, how many there are, delay, pictures."""
    size = image.get_width(), image.get_height()
    for number, count, delay, layer in animation_frames(image, frames_group(image)):
        yield number, count, delay, Pictures().add("picture", layer.get_buffer(), size, "RGBA u8")


def frame_count(image):
    """Return how many frames an image has; raise where it has none."""
    group = frames_group(image)
    count = len(group.get_children() if group else image.get_layers())
    if not count:
        raise WorkerError(_("There is nothing to save: the image has no layers."))
    return count


def save_animation(values, image, _drawables, worker, monitor, _shown):
    """Save the layers of an image as an animation, and remember the file with the image."""
    path = values["file"].get_path() if values["file"] else None
    if not path:
        raise WorkerError(_("Say which file to save, such as dream.gif."))
    told = {"path": path, "parameters": job_fields(values)["parameters"]}
    for _answer in monitor.answers(worker, "check_animation", frames=frame_count(image), **told):
        pass
    for number, count, delay, pictures in frame_pictures(image):
        if monitor.stopped:
            return image
        for _kept in monitor.answers(
            worker, "keep", pictures.pieces(), pictures.size, number=number, delay=delay, pictures=pictures.described
        ):
            monitor.step(number / 2, count)
    if monitor.stopped:
        return image
    for message, _data in monitor.answers(worker, "animation", **told):
        if message["say"] == "progress":
            monitor.step(count * (1 + message["frames"]) / 2, count)
        elif message["say"] == "animation":
            options = {name: value for name, value in values.items() if name not in (FILE.name, PYTHON.name)}
            note(image, {"file": path, "options": options}, SAVED)
    return image


def _is_timed(layers):
    return bool(layers) and all(MILLISECONDS.search(layer.get_name()) for layer in layers)


def _path(layer):
    """Return the positions that lead to a layer: in the image, then in each group."""
    return [*_path(layer.get_parent()), layer.get_image().get_item_position(layer)] if layer else []

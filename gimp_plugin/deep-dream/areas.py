"""Layer groups that say what is dreamed where: each of their layers is named like an objective."""

import re

from arguments import ROLES
from gi.repository import Gegl, Gimp
from language import _
from painted import file_of
from pictures import all_layers, look_at
from worker_client import WorkerError

LARGEST = 1024  # pixels of a mask's side: the program keeps no more of it
OBJECTIVE = re.compile(r"\w\(|\d *\*")  # a term or a weight, such as channels(parts, 12), 0.3*patterns
COUNTED = re.compile(r" #\d+$")  # what GIMP puts behind a name that is there already
PHRASE = re.compile(r"[^()+*,=\"-]* [^()+*,=\"-]*")  # words that only quotes make one name, which no layer has


def says_areas(layer):
    """Tell whether a layer is a group that says what is dreamed where."""
    return layer.is_group() and any(
        name in ROLES or OBJECTIVE.search(name) for name in map(_name, layer.get_children())
    )


def groups():
    """Return the groups of all open images that say what is dreamed where, by names that are all different."""
    found = {}
    for image in Gimp.get_images():
        for layer in filter(says_areas, all_layers(image.get_layers())):
            name = f"{image.get_name()}: {layer.get_name()}"
            found[f"{name} ({layer.get_id()})" if name in found else name] = layer
    return found


def objective_of(group, source):
    """Return the text that dreams what the layers of a group are named like, each where it is seen.

    Parameters
    ----------
    group : Gimp.GroupLayer
    source : Source
        Over which the group lies; one of another image is laid over all of it.

    Returns
    -------
    str
        A map for each visible layer, the lowest first. What each covers is in a file.

    Raises
    ------
    WorkerError
        When none is visible.
    """
    image, (offset, size) = group.get_image(), (source.offset, source.size)
    if image.get_id() != source.image.get_id():
        offset, size = (0, 0), (image.get_width(), image.get_height())
    layers = [layer for layer in group.get_children()[::-1] if layer.get_visible()]
    if not layers:
        raise WorkerError(_("No layer of {} is visible: nothing says what is dreamed there.").format(group.get_name()))
    masks = _masks(image, layers, offset, size)
    return " + ".join(f'map("{mask}", white={_name(layer)})' for layer, mask in zip(layers, masks, strict=True))


def with_areas(values, source):
    """Return arguments; where they leave it open what is dreamed, as the group that dreams says."""
    if values["layer"] or not says_areas(source.drawable):
        return values
    return {**values, "layer": objective_of(source.drawable, source)}


def _name(layer):
    name = COUNTED.sub("", layer.get_name()).strip()
    return f'"{name}"' if PHRASE.fullmatch(name) else name


def _masks(image, layers, offset, size):
    """Return files that show how much is seen of each layer in a part of an image: white all of it, black nothing."""
    scale = min(1, LARGEST / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    aside = Gimp.Image.new(width, height, Gimp.ImageBaseType.GRAY)
    try:
        shapes = [_shape(aside, image, layer, offset, scale) for layer in layers]
        files = []
        for place, shape in enumerate(shapes):
            for number, other in enumerate(shapes):
                other.set_visible(number >= place)
                other.set_mode(Gimp.LayerMode.ERASE if number > place else Gimp.LayerMode.NORMAL)
            seen = Gimp.Layer.new_from_visible(aside, aside, shape.get_name())
            alpha = _alpha(seen.get_buffer(), Gegl.Rectangle.new(0, 0, width, height), 1)
            seen.delete()
            files.append(file_of(_grey(alpha), (width, height)))
        return files
    finally:
        aside.delete()


def _shape(aside, image, layer, offset, scale):
    """Put a layer into an image aside: white, and as opaque at each place as the one that is meant."""
    buffer, _size, _has_alpha, place = look_at(image, layer, "seen", keeps_mask=False)
    x, y = (round((begin - at) * scale) for begin, at in zip(offset, place, strict=True))
    size = aside.get_width(), aside.get_height()
    kind, mode = Gimp.ImageType.GRAYA_IMAGE, Gimp.LayerMode.NORMAL
    shape = Gimp.Layer.new(aside, layer.get_name(), *size, kind, layer.get_opacity(), mode)
    pixels = bytearray(b"\xff") * (2 * size[0] * size[1])
    pixels[1::2] = _alpha(buffer, Gegl.Rectangle.new(x, y, *size), scale)
    shape.get_buffer().set(Gegl.Rectangle.new(0, 0, *size), "Y'A u8", bytes(pixels))
    shape.get_buffer().flush()
    aside.insert_layer(shape, None, 0)
    return shape


def _alpha(buffer, part, scale):
    return bytes(buffer.get(part, scale, "A u8", Gegl.AbyssPolicy.NONE))


def _grey(values):
    """Return opaque RGBA bytes of grey values."""
    pixels = bytearray(b"\xff") * (4 * len(values))
    for colour in range(3):
        pixels[colour::4] = values
    return bytes(pixels)

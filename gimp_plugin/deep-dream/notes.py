"""What a layer says about how it was dreamed, so that it can be dreamed again, or on."""

import json
import os

from gi.repository import Gimp, Gio, GLib
from language import _
from pictures import leaves
from procedures import PROCEDURES
from worker_client import WorkerError

NAME = "deep-dream"  # of the parasite
SAVED = "deep-dream-animation"  # of an image's, about the file that it was saved as
AFTER = "after"  # says from which layer, by its tattoo, a frame goes on
PERSISTENT = 1
KINDS = {"values": dict, "picture": dict, "layers": int, "number": int, AFTER: int, "file": str, "options": dict}


def note(item, said, name=NAME):
    """Attach what is to be known to a layer or an image; it is saved with it."""
    item.attach_parasite(Gimp.Parasite.new(name, PERSISTENT, json.dumps(said).encode()))


def noted(item, name=NAME):
    """Return what a layer or an image says, without what is damaged; an empty dict where it says nothing."""
    parasite = item.get_parasite(name)
    try:
        said = json.loads(bytes(parasite.get_data()).rstrip(b"\0")) if parasite else {}
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    return {key: value for key, value in said.items() if isinstance(value, KINDS.get(key, object))}


def told_of(values, source):
    """Return what the layers of a run are to say about it: the arguments, and where the picture is."""
    return {"values": {name: _plain(value) for name, value in values.items()}, "picture": _where(source.drawable)}


def again(config, image, drawables, interactive):
    """Take the settings of a dreamed layer; return the image and the layers that it was dreamed from."""
    layer = dreamed_layer(image, drawables)
    said = noted(layer)
    _take(config, said.get("values", {}), interactive)
    picture = _found(said.get("picture", {}))
    if picture is None:
        name = said.get("picture", {}).get("image", "")
        raise WorkerError(_("The picture that this was dreamed from is not there: {}. Open it first.").format(name))
    return picture.get_image(), [picture]


def on(config, image, drawables, interactive):
    """Take the settings of a dreamed layer; return its image and the layer from which to go on, the newest one."""
    layer = newest(dreamed_layer(image, drawables))
    _take(config, noted(layer).get("values", {}), interactive)
    return image, [layer]


def newest(layer):
    """Return the last of the frames that were dreamed on from a layer, and on from them; without any, the layer."""
    frames = [(each, noted(each)) for each in leaves(layer.get_image().get_layers())]
    while followers := [frame for frame in frames if frame[1].get(AFTER) == layer.get_tattoo()]:
        frames = [frame for frame in frames if frame not in followers]
        layer = max(followers, key=lambda frame: frame[1].get("layers", 0))[0]
    return layer


def dreamed_layer(image, drawables):
    """Return the layer that is selected where it was dreamed, else the topmost one that was."""
    for layer in (*drawables, *leaves(image.get_layers())[::-1]):
        if noted(layer).get("values"):
            return layer
    raise WorkerError(_("No layer of this image says how it was dreamed."))


def free_name(image, recipe):
    """Return a file, which is not there yet, for what a recipe makes of an image: beside it, named after both."""
    folder, stem = place_of(image)
    taken = list(map(path_of, Gimp.get_images()))
    name = f"{stem}-{os.path.splitext(os.path.basename(recipe))[0] or 'dream'}"
    paths = (os.path.join(folder, f"{name}{end}.xcf") for end in ("", *(f"-{number}" for number in range(2, 10**6))))
    return Gio.File.new_for_path(next(path for path in paths if path not in taken and not os.path.exists(path)))


def place_of(image):
    """Return the folder of an image, or of the user, and its name without an ending."""
    folder, name = os.path.split(path_of(image) or os.path.join(GLib.get_home_dir(), "dream"))
    return folder, os.path.splitext(name)[0]


def path_of(image):
    """Return the file of an image, or an empty text."""
    file = image.get_file() or image.get_imported_file()
    return (file.get_path() if file else None) or ""


def _plain(value):
    """Return the value of an argument as JSON can hold it."""
    if isinstance(value, Gimp.Item):
        return _where(value)
    return value.get_path() if isinstance(value, Gio.File) else value


def _where(drawable):
    """Return where a layer can be found again."""
    image = drawable.get_image()
    return {
        "id": image.get_id(),
        "image": image.get_name(),
        "file": path_of(image),
        "tattoo": drawable.get_tattoo(),
        "layer": drawable.get_name(),
    }


def _found(where):
    """Return the layer that is meant: of an open image, or of its file; None where neither is there."""
    images = Gimp.get_images()
    for image in images:
        if (image.get_id(), image.get_name()) == (where.get("id"), where.get("image")):
            layer = image.get_layer_by_tattoo(int(where.get("tattoo", 0)))
            if layer is not None:
                return layer
    path = str(where.get("file", ""))
    if not os.path.exists(path):
        return None
    image = next((each for each in images if path_of(each) == path), None)
    image = image or Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    layers = image.get_layers() if image else []
    return next((layer for layer in layers if layer.get_name() == where.get("layer")), layers[0] if layers else None)


def _take(config, values, interactive):
    """Set arguments as a layer says; without a dialog, those that are given stay."""
    rows = {each.name: each for procedure in PROCEDURES.values() for each in procedure.arguments}
    for name, value in values.items():
        if name not in rows or name == "python" or config.find_property(name) is None:
            continue
        row = rows[name]
        if not interactive and config.get_property(name) not in (None, row.default):
            continue
        if row.kind == "drawable":
            value = _found(value) if value else None
        elif row.kind == "file":
            value = Gio.File.new_for_path(value) if value else None
        config.set_property(name, value)

"""What the values of terms may be, from what is open and known: layers of the network, of images, the frames."""

import hashlib
import os

from gi.repository import Gimp, GLib
from pictures import Pictures, leaves
from preview import raw_pixbuf

FOLDER = "deep-dream/pictures"  # in the user's data, for what a recipe then names as a file


class Offers:
    """Lists and first values for a builder.

    Parameters
    ----------
    source : Source
        Over which a mask lies.
    layers : sequence of str
        Of the network: roles and blobs.
    last : int
        Number of the last frame.
    default : str
        The text that stands where none is given.
    """

    def __init__(self, source, layers, last, default):
        self.source, self.layers, self.last, self.default = source, layers, last, default
        self.drawables = {}
        for image in Gimp.get_images():
            for layer in leaves(image.get_layers())[::-1]:
                name = f"{image.get_name()}: {layer.get_name()}"
                self.drawables[f"{name} ({layer.get_id()})" if name in self.drawables else name] = layer

    def names(self, parameter):
        """Return what there is to choose for a parameter."""
        if parameter["kind"] in ("layer", "objective"):
            return list(self.layers)
        return list(self.drawables)

    def first(self, parameter):
        """Return the text of a value that a new term cannot be without."""
        if parameter["kind"] == "picture":
            return self.meant(parameter, next(iter(self.drawables)))
        return {"layer": "parts", "wholes": "0", "class": "0", "whole": "0"}.get(parameter["kind"], "")

    def meant(self, parameter, text):
        """Return the text of a value; a layer of an open image becomes a file that has its pixels."""
        if parameter["kind"] not in ("picture", "file") or text not in self.drawables:
            return text
        return f'"{self._file(self.drawables[text])}"'

    def _file(self, layer):
        """Write the pixels of a layer, those that lie over the source where it is of the same image."""
        size, offset = (layer.get_width(), layer.get_height()), (0, 0)
        if layer.get_image().get_id() == self.source.image.get_id():
            here, there = self.source.offset, tuple(layer.get_offsets())[1:]
            size, offset = self.source.size, (here[0] - there[0], here[1] - there[1])
        pictures = Pictures().add("picture", layer.get_buffer(), size, "RGBA u8", offset=offset)
        data = b"".join(pictures.pieces())
        folder = os.path.join(GLib.get_user_data_dir(), FOLDER)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, hashlib.sha256(data).hexdigest()[:16] + ".png")
        if not os.path.exists(path):
            raw_pixbuf(data, *size).savev(path + ".part", "png", [], [])
            os.replace(path + ".part", path)
        return path

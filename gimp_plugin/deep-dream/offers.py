"""What the values of terms may be, from what is open and known: layers of the network, of images, the frames."""

from areas import groups, objective_of
from gi.repository import Gimp
from painted import file_of
from pictures import Pictures, leaves


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
        self.drawables, self.groups = {}, groups()
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

    def objective(self, name):
        """Return the text that dreams what the layers of a group are named like, each where it covers the picture."""
        return objective_of(self.groups[name], self.source)

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
        return file_of(b"".join(pictures.pieces()), size)

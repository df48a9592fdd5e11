"""Pixels out of GIMP: what dreams, its selection, its guide, and the frames of an animation."""

import re

from gi.repository import Gegl, Gimp
from language import _
from protocol import FORMATS, STRIP, size_of
from worker_client import WorkerError

BABL = {"RGBA u8": "R'G'B'A u8", "RGBA float": "R'G'B'A float", "Y u8": "Y u8"}


def exact_format(image):
    """Return the smallest format that carries every pixel of an image unchanged; named formats mean sRGB."""
    profile = image.get_color_profile()
    plain = profile is None or profile.is_gray() or profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
    return "RGBA u8" if plain and image.get_precision() == Gimp.Precision.U8_NON_LINEAR else "RGBA float"


class Pictures:
    """The pixels of one message, read from GIMP strip by strip while they are sent."""

    def __init__(self):
        self.described, self.size, self.parts = [], 0, []

    def add(self, role, buffer, size, format, *, longest=0, offset=(0, 0)):
        """Add a part of a buffer, made smaller where its longer side is above `longest`.

        Parameters
        ----------
        role : str
            In the message.
        buffer : Gegl.Buffer
        size : (int, int)
            Width and height of the part.
        format : str
            Of the protocol.
        longest : int
            Pixels; 0 for the whole size.
        offset : (int, int)
            Where the part begins; what lies outside the buffer is 0 in every channel.
        """
        scale = min(1, longest / max(size)) if longest else 1
        x, y = (round(each * scale) for each in offset)
        width, height = (max(1, round(each * scale)) for each in size)
        self.described.append({"role": role, "width": width, "height": height, "format": format})
        self.parts.append((buffer, x, y, width, height, format, scale))
        self.size += size_of(width, height, format)
        return self

    def pieces(self):
        """Yield the bytes of all pictures."""
        for buffer, x, y, width, height, format, scale in self.parts:
            rows = max(1, STRIP // (width * FORMATS[format]))
            beyond = Gegl.AbyssPolicy.NONE if format == "Y u8" else Gegl.AbyssPolicy.CLAMP  # where scaling rounds up
            for top in range(0, height, rows):
                part = Gegl.Rectangle.new(x, y + top, width, min(rows, height - top))
                yield bytes(buffer.get(part, scale, BABL[format], beyond))


class Source:
    """What dreams: a drawable, within the selection where there is one."""

    def __init__(self, image, drawable):
        self.image, self.drawable, self.format = image, drawable, exact_format(image)
        self.size = drawable.get_width(), drawable.get_height()
        self.is_masked = not Gimp.Selection.is_empty(image)

    def check(self):
        """Raise where nothing of it would dream."""
        if not self.drawable.mask_intersect()[0]:
            raise WorkerError(_("The selection does not touch the layer. Select a part of it, or nothing."))

    def pictures(self, guide=None, longest=0):
        """Return the picture, the soft selection over it and the guide as one message's pictures."""
        format = "RGBA u8" if longest else self.format
        pictures = Pictures().add("picture", self.drawable.get_buffer(), self.size, format, longest=longest)
        if self.is_masked:
            selection = self.image.get_selection().get_buffer()
            offset = tuple(self.drawable.get_offsets())[1:]
            pictures.add("mask", selection, self.size, "Y u8", longest=longest, offset=offset)
        if guide is not None:
            size = guide.get_width(), guide.get_height()
            pictures.add("guide", guide.get_buffer(), size, "RGBA u8", longest=longest)
        return pictures

    def part(self, pictures, box):
        """Add a part, left, top, width and height, and the selection over it to a message's pictures."""
        buffer, place, size = self.drawable.get_buffer(), box[:2], box[2:]
        pictures.add("part", buffer, size, "RGBA u8", offset=place)
        if self.is_masked:
            offset = tuple(self.drawable.get_offsets())[1:]
            across, down = (begin + at for begin, at in zip(offset, place, strict=True))
            pictures.add("part mask", self.image.get_selection().get_buffer(), size, "Y u8", offset=(across, down))
        return pictures


def leaves(layers):
    """Return the layers that hold pixels, groups opened, the bottom one first."""
    return [
        leaf for layer in reversed(layers) for leaf in (leaves(layer.get_children()) if layer.is_group() else [layer])
    ]


def animation_frames(image):
    """Yield the frames of an animation, bottom layer first: number, how many there are, delay, canvas-sized layer.

    A layer whose name says (combine) is shown over the ones before it. The delay is what its name says, such as
    (70ms), in centiseconds; None where it says nothing.
    """
    copy = image.duplicate()
    try:
        if copy.get_base_type() == Gimp.ImageBaseType.INDEXED:
            copy.convert_rgb()
        selected = copy.get_selected_layers()
        inside = selected[0] if len(selected) == 1 and selected[0].is_group() else None
        layers = (inside.get_children() if inside else copy.get_layers())[::-1]
        for layer in copy.get_layers():
            layer.set_visible(inside is not None and layer.get_id() == inside.get_id())
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
            milliseconds = re.search(r"\((\d+) ?ms\)", layer.get_name())
            merged = Gimp.Layer.new_from_visible(copy, copy, "frame")
            yield number, len(layers), milliseconds and int(milliseconds[1]) / 10, merged
            merged.delete()
    finally:
        copy.delete()

"""Pixels out of GIMP: what dreams, its selection, and its guide."""

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
    """What dreams: the pixels of a drawable, within the selection where there is one.

    Parameters
    ----------
    image : Gimp.Image
    drawable : Gimp.Drawable
        Of the image.
    kind : str
        ``seen``: the layer as it is seen, its filters and its mask applied; ``stored``: its pixels alone; ``visible``:
        all visible layers together.
    keeps_mask : bool
        Whether the dream goes under the layer's own mask again, which then is not applied.

    Raises
    ------
    WorkerError
        When there is nothing to dream.
    """

    def __init__(self, image, drawable, kind="seen", keeps_mask=False):
        if drawable.get_image().get_id() != image.get_id():
            raise WorkerError(_("The layer belongs to another image."))
        if drawable.is_layer() and not leaves([drawable]):
            raise WorkerError(_("The layer group is empty: there is nothing to dream."))
        if kind != "visible" and not drawable.mask_intersect()[0]:
            raise WorkerError(_("The selection does not touch the layer. Select a part of it, or nothing."))
        self.image, self.drawable, self.kind, self.format = image, drawable, kind, exact_format(image)
        self.is_masked = not Gimp.Selection.is_empty(image)
        self.buffer, self.size, self.has_alpha, self.offset = look_at(image, drawable, kind, keeps_mask)

    def pictures(self, guide=None, longest=0):
        """Return the picture, the soft selection over it and the guide as one message's pictures."""
        format = "RGBA u8" if longest else self.format
        pictures = Pictures().add("picture", self.buffer, self.size, format, longest=longest)
        if self.is_masked:
            selection = self.image.get_selection().get_buffer()
            pictures.add("mask", selection, self.size, "Y u8", longest=longest, offset=self.offset)
        if guide is not None:
            size = guide.get_width(), guide.get_height()
            pictures.add("guide", guide.get_buffer(), size, "RGBA u8", longest=longest)
        return pictures

    def part(self, pictures, box):
        """Add a part, left, top, width and height, and the selection over it to a message's pictures."""
        place, size = box[:2], box[2:]
        pictures.add("part", self.buffer, size, "RGBA u8", offset=place)
        if self.is_masked:
            across, down = (begin + at for begin, at in zip(self.offset, place, strict=True))
            pictures.add("part mask", self.image.get_selection().get_buffer(), size, "Y u8", offset=(across, down))
        return pictures


def look_at(image, drawable, kind, keeps_mask):
    """Return the pixels that dream, as `Source` says: a buffer, its size, whether it has alpha, and where it lies."""
    if kind == "visible":
        layer = Gimp.Layer.new_from_visible(image, image, drawable.get_name())
        try:
            return _facts(layer, layer.get_buffer().dup())
        finally:
            layer.delete()
    if kind == "seen" and drawable.is_layer() and _looks_different(drawable, keeps_mask):
        aside = Gimp.Image.new_with_precision(*_canvas(image), _colours(image), image.get_precision())
        try:
            if image.get_color_profile() is not None:
                aside.set_color_profile(image.get_color_profile())
            layer = _as_seen(drawable, aside, keeps_mask)
            return _facts(layer, layer.get_buffer().dup())
        finally:
            aside.delete()
    return _facts(drawable, drawable.get_buffer())


def _facts(drawable, buffer):
    size = drawable.get_width(), drawable.get_height()
    return buffer, size, drawable.has_alpha(), tuple(drawable.get_offsets())[1:]


def _looks_different(layer, keeps_mask):
    """Tell whether a layer looks different from its pixels."""
    is_cut = layer.get_mask() is not None and layer.get_apply_mask() and not keeps_mask
    return is_cut or any(each.get_visible() for each in layer.get_filters())


def _as_seen(layer, aside, keeps_mask):
    """Return a copy of a layer in an image aside, with its filters and its mask in its pixels."""
    copy = Gimp.Layer.new_from_drawable(layer, aside)
    aside.insert_layer(copy, None, 0)
    if copy.is_group():
        copy = copy.merge()
    copy.merge_filters()
    if copy.get_mask() is not None:
        is_applied = layer.get_apply_mask() and not keeps_mask
        copy.remove_mask(Gimp.MaskApplyMode.APPLY if is_applied else Gimp.MaskApplyMode.DISCARD)
    return copy


def _canvas(image):
    return image.get_width(), image.get_height()


def _colours(image):
    grey = Gimp.ImageBaseType.GRAY
    return grey if image.get_base_type() == grey else Gimp.ImageBaseType.RGB


def all_layers(layers):
    """Return layers as they stand in the dock: the upper ones first, a group before what is in it."""
    return [
        each for layer in layers for each in (layer, *(all_layers(layer.get_children()) if layer.is_group() else ()))
    ]


def leaves(layers):
    """Return the layers that hold pixels, groups opened, the bottom one first."""
    return [
        leaf for layer in reversed(layers) for leaf in (leaves(layer.get_children()) if layer.is_group() else [layer])
    ]

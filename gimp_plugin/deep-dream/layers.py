"""Pixels out of GIMP's drawables and frames into its layers."""

import re

from gi.repository import Gegl, Gimp
from worker_client import WorkerError, _

STRIP = 4 << 20
BABL = {"RGBA u8": "R'G'B'A u8", "RGBA float": "R'G'B'A float", "Y u8": "Y u8"}
INDEXED = _(
    "An indexed image cannot hold the colours of a dream. Let the frames go to a new image, or choose "
    "Image > Mode > RGB first."
)
BYTES = {"RGBA u8": 4, "RGBA float": 16, "Y u8": 1}


def exact_format(image):
    """Return the smallest format that carries every pixel of ``image`` unchanged; named formats mean sRGB."""
    profile = image.get_color_profile()
    plain = profile is None or profile.is_gray() or profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
    return "RGBA u8" if plain and image.get_precision() == Gimp.Precision.U8_NON_LINEAR else "RGBA float"


class Pictures:
    """The pixels of one message, read from GIMP strip by strip while they are sent."""

    def __init__(self):
        self.described, self.size, self.parts = [], 0, []

    def add(self, role, buffer, x, y, width, height, format, longest=0):
        """Add a part of ``buffer``, made smaller where its longer side is above ``longest``."""
        scale = min(1, longest / max(width, height)) if longest else 1
        x, y = round(x * scale), round(y * scale)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        self.described.append({"role": role, "width": width, "height": height, "format": format})
        self.parts.append((buffer, x, y, width, height, format, scale))
        self.size += width * height * BYTES[format]
        return self

    def pieces(self):
        """Yield the bytes of all pictures."""
        for buffer, x, y, width, height, format, scale in self.parts:
            rows = max(1, STRIP // (width * BYTES[format]))
            for top in range(0, height, rows):
                part = Gegl.Rectangle.new(x, y + top, width, min(rows, height - top))
                yield bytes(buffer.get(part, scale, BABL[format], Gegl.AbyssPolicy.CLAMP))


class Source:
    """What dreams: the selected part of a drawable."""

    def __init__(self, image, drawable, whole=False):
        self.image, self.drawable, self.format = image, drawable, exact_format(image)
        touched, self.x, self.y, self.width, self.height = drawable.mask_intersect()
        if not touched:
            raise WorkerError(_("The selection does not touch the layer. Select a part of it, or nothing."))
        self.masked = not Gimp.Selection.is_empty(image) and not whole

    def pictures(self, guide=None, longest=0):
        """Return the picture, the soft selection over it and the guide as one message's pictures."""
        box = self.x, self.y, self.width, self.height
        format = "RGBA u8" if longest else self.format
        pictures = Pictures().add("picture", self.drawable.get_buffer(), *box, format, longest)
        if self.masked:
            _ok, left, top = self.drawable.get_offsets()
            pictures.add(
                "mask",
                self.image.get_selection().get_buffer(),
                self.x + left,
                self.y + top,
                self.width,
                self.height,
                "Y u8",
                longest,
            )
        if guide is not None:
            pictures.add("guide", guide.get_buffer(), 0, 0, guide.get_width(), guide.get_height(), "RGBA u8", longest)
        return pictures


class Writer:
    """Set the strips of one frame in a buffer, at the place the picture came from."""

    def __init__(self, source, buffer):
        self.source, self.buffer = source, buffer

    def strip(self, y, rows, data):
        """Set the ``rows`` from ``y`` on."""
        part = Gegl.Rectangle.new(self.source.x, self.source.y + y, self.source.width, rows)
        self.buffer.set(part, BABL[self.source.format], data)


class FrameStack:
    """New layers, one for each frame: in a new image, in this one, or in a group of this one."""

    def __init__(self, source, target, shown):
        self.source, self.target, self.shown, self.delay = source, target, shown, 0
        self.image = None if target == "new-image" else source.image
        if self.image and self.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            raise WorkerError(INDEXED)
        self.count, self.layer, self.group, self.undo = 0, None, None, False

    def begin(self, _source):
        """Make the layer of the next frame, holding what is not selected; it is inserted when it is whole."""
        if self.image is None:
            self.image = self._new_image()
        self._check()
        drawable = self.source.drawable
        if self.target != "new-image" and not self.undo:
            self.undo = self.image.undo_group_start()
        kind = Gimp.ImageType.GRAYA_IMAGE if self._grey() else Gimp.ImageType.RGBA_IMAGE
        if not drawable.has_alpha():
            kind = Gimp.ImageType.GRAY_IMAGE if self._grey() else Gimp.ImageType.RGB_IMAGE
        name = f"Frame {self.count + 1} ({self.delay}ms) (replace)"
        self.layer = Gimp.Layer.new(
            self.image, name, drawable.get_width(), drawable.get_height(), kind, 100, Gimp.LayerMode.NORMAL
        )
        _ok, left, top = drawable.get_offsets()
        self.layer.set_offsets(left, top)
        if self.source.masked:
            whole = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
            drawable.get_buffer().copy(whole, Gegl.AbyssPolicy.NONE, self.layer.get_buffer(), whole)
        return Writer(self.source, self.layer.get_buffer())

    def end(self, writer):
        """Insert the layer, which is now whole, above the frame before."""
        self._check()
        writer.buffer.flush()
        layer, self.layer = self.layer, None
        layer.update(0, 0, layer.get_width(), layer.get_height())
        parent, position = None, 0
        if self.target != "new-image":
            parent, position = self._place()
        self.image.insert_layer(layer, parent, position)
        if self.count == 0 and self.target == "new-image" and self.shown:
            Gimp.Display.new(self.image)
        self.count += 1
        Gimp.displays_flush()

    def close(self):
        """Throw away a half frame and end the undo step."""
        if self.layer is not None:
            self.layer.delete()
        if self.image is not None and self.image.is_valid():
            if self.undo:
                self.image.undo_group_end()
            elif self.target == "new-image":
                self.image.undo_enable()
        Gimp.displays_flush()

    def _check(self):
        if not self.image.is_valid() or not self.source.drawable.is_valid():
            raise WorkerError(_("The image was closed while it dreamed."))

    def _grey(self):
        return self.image.get_base_type() == Gimp.ImageBaseType.GRAY

    def _new_image(self):
        old = self.source.image
        image = Gimp.Image.new_with_precision(
            old.get_width(), old.get_height(), Gimp.ImageBaseType.RGB, old.get_precision()
        )
        image.undo_disable()
        _ok, x, y = old.get_resolution()
        image.set_resolution(x, y)
        profile = old.get_color_profile()
        if profile is not None and profile.is_rgb():
            image.set_color_profile(profile)
        return image

    def _place(self):
        drawable = self.source.drawable
        is_layer = drawable.is_layer()
        if self.count == 0:
            self.parent = drawable.get_parent() if is_layer else None
            self.position = self.image.get_item_position(drawable) if is_layer else 0
            if self.target == "group":
                self.group = Gimp.GroupLayer.new(self.image, _("Deep Dream"))
                self.image.insert_layer(self.group, self.parent, self.position)
        return (self.group, 0) if self.group else (self.parent, self.position)


def leaves(layers):
    """Return the layers that hold pixels, groups opened, the bottom one first."""
    found = []
    for layer in reversed(layers):
        found += leaves(layer.get_children()) if layer.is_group() else [layer]
    return found


class LayerPixels:
    """The pixels of layers that are there already: each is replaced by its dream, in this image or in a copy."""

    def __init__(self, image, target, shown):
        self.target, self.shown, self.undo = target, shown, False
        indexed = image.get_base_type() == Gimp.ImageBaseType.INDEXED
        if indexed and target != "new-image":
            raise WorkerError(INDEXED)
        self.image = image.duplicate() if target == "new-image" else image
        if target == "new-image":
            self.image.undo_disable()
            if indexed:
                self.image.convert_rgb()
        else:
            self.undo = image.undo_group_start()
        self.count = 0

    def begin(self, source):
        """Return the writer for one layer."""
        return Writer(source, source.drawable.get_shadow_buffer())

    def end(self, writer):
        """Put the dream in the place of the layer's pixels; GIMP blends it in where the selection is soft."""
        layer = writer.source.drawable
        writer.buffer.flush()
        layer.merge_shadow(True)
        layer.update(writer.source.x, writer.source.y, writer.source.width, writer.source.height)
        if self.count == 0 and self.target == "new-image" and self.shown:
            Gimp.Display.new(self.image)
        self.count += 1
        Gimp.displays_flush()

    def close(self):
        """End the undo step."""
        if self.image.is_valid():
            if self.undo:
                self.image.undo_group_end()
            else:
                self.image.undo_enable()
                if not self.count:
                    self.image.delete()
        Gimp.displays_flush()


def animation_frames(image, delay):
    """Yield ``(number, count, name, layer)`` of an animation: canvas-sized layers of a copy, bottom layer first.

    A layer whose name says (combine) is shown over the ones before it. The name given back says for how long, in
    milliseconds: ``delay``, or where that is 0 what the layer's name says, or 70.
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
            named = re.search(r"\((\d+) ?ms\)", layer.get_name())
            merged = Gimp.Layer.new_from_visible(copy, copy, "frame")
            time = delay or (int(named[1]) if named else 70)
            yield number, len(layers), f"Frame {number + 1} ({time}ms) (replace)", merged
            merged.delete()
    finally:
        copy.delete()

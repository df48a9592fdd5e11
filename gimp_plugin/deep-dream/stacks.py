"""Frames into GIMP: as new layers, or in the place of layers that are there already."""

from contextlib import contextmanager

from gi.repository import Gegl, Gimp
from language import _
from pictures import BABL
from worker_client import WorkerError

INDEXED = _(
    "An indexed image cannot hold the colours of a dream. Let the frames go to a new image, or choose "
    "Image > Mode > RGB first."
)


class Writer:
    """Sets the strips of one frame in a buffer."""

    def __init__(self, source, buffer):
        self.source, self.buffer = source, buffer

    def strip(self, y, rows, data):
        """Set the rows from `y` on."""
        part = Gegl.Rectangle.new(0, y, self.source.size[0], rows)
        self.buffer.set(part, BABL[self.source.format], data)


class FrameStack:
    """New layers, one for each frame: in a new image, in this one, or in a group of this one."""

    def __init__(self, source, target, shown):
        self.source, self.target, self.shown, self.delays = source, target, shown, []
        self.image = None if target == "new-image" else source.image
        if self.image and self.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            raise WorkerError(INDEXED)
        self.count, self.layer, self.group, self.undo = 0, None, None, False

    def begin(self, _source):
        """Make the layer of the next frame; it is inserted when it is whole."""
        if self.image is None:
            self.image = self._new_image()
        self._check()
        drawable = self.source.drawable
        if self.target != "new-image" and not self.undo:
            self.undo = self.image.undo_group_start()
        kind = Gimp.ImageType.GRAYA_IMAGE if self._grey() else Gimp.ImageType.RGBA_IMAGE
        if not drawable.has_alpha():
            kind = Gimp.ImageType.GRAY_IMAGE if self._grey() else Gimp.ImageType.RGB_IMAGE
        milliseconds = round(self.delays[self.count] * 10)
        name = f"Frame {self.count + 1} ({milliseconds}ms) (replace)"
        self.layer = Gimp.Layer.new(self.image, name, *self.source.size, kind, 100, Gimp.LayerMode.NORMAL)
        _ok, left, top = drawable.get_offsets()
        self.layer.set_offsets(left, top)
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
        """Put the dream in the place of the layer's pixels."""
        layer = writer.source.drawable
        writer.buffer.flush()
        with nothing_selected(self.image):
            layer.merge_shadow(True)
        layer.update(0, 0, *writer.source.size)
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


@contextmanager
def nothing_selected(image):
    """Take the selection away for a moment: the dream has kept to it, and GIMP would lay it over a second time."""
    if Gimp.Selection.is_empty(image):
        yield
        return
    layers = image.get_selected_layers()
    channel = Gimp.Selection.save(image)
    Gimp.Selection.none(image)
    try:
        yield
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, channel)
        image.remove_channel(channel)
        image.set_selected_layers(layers)

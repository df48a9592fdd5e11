"""Frames into GIMP: collected in an image of their own, where nothing that becomes of the picture touches them."""

from contextlib import contextmanager

from animations import animation_frames
from gi.repository import Gegl, Gimp
from language import _
from notes import free_name, note
from pictures import BABL, all_layers, leaves
from worker_client import WorkerError

GREY = Gimp.ImageBaseType.GRAY


def refuse_indexed(image):
    """Raise an error where an image cannot hold the colours of a dream."""
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise WorkerError(
            _(
                "An indexed image cannot hold the colours of a dream. Let the frames go to a new image, or choose "
                "Image > Mode > RGB first."
            )
        )


def lock_of(item):
    """Return an error that says so where the pixels of an item, or of a group that it is in, are locked, else None.

    GIMP leaves such pixels as they are, and a plug-in hears nothing of it.
    """
    while item is not None:
        if item.get_lock_content():
            sentence = _("The pixels of {} are locked. Unlock them, or let the dream go elsewhere.")
            return WorkerError(sentence.format(item.get_name()))
        item = item.get_parent()
    return None


class Writer:
    """Sets the strips of one frame in a buffer."""

    def __init__(self, source, buffer):
        self.source, self.buffer = source, buffer

    def strip(self, y, rows, data):
        """Set the rows from `y` on."""
        part = Gegl.Rectangle.new(0, y, self.source.size[0], rows)
        self.buffer.set(part, BABL[self.source.format], data)


class FrameStack:
    """New layers, one for each frame, in an image that holds nothing else, and that nobody sees until it is shown.

    Parameters
    ----------
    source : Source
    target : NewImage or ThisImage
        What is done with frames as they come, and in the end.
    told : dict
        What each layer is to know about how it was made.
    begun : (int, int)
        How many layers, and how many dreams, came before the first frame.
    """

    def __init__(self, source, target, told, begun=(0, 0)):
        self.source, self.target, self.told, self.begun = source, target, told, begun
        self.count, self.layer, self.delays, self.between = 0, None, [], 0
        self.image = target.image_for(source)
        self.image.undo_disable()

    def begin(self, _source):
        """Make the layer of the next frame; it is inserted when it is whole."""
        is_grey = self.image.get_base_type() == GREY
        kind = Gimp.ImageType.GRAY_IMAGE if is_grey else Gimp.ImageType.RGB_IMAGE
        if self.source.has_alpha:
            kind = Gimp.ImageType.GRAYA_IMAGE if is_grey else Gimp.ImageType.RGBA_IMAGE
        name = f"Frame {self.begun[0] + self.count + 1} ({round(self.delays[self.count] * 10)}ms) (replace)"
        self.layer = Gimp.Layer.new(self.image, name, *self.source.size, kind, 100, Gimp.LayerMode.NORMAL)
        self.layer.set_offsets(*self.source.offset)
        return Writer(self.source, self.layer.get_buffer())

    def end(self, writer):
        """Insert the layer, which is now whole, above the frame before."""
        if not self.image.is_valid():
            raise WorkerError(_("The image was closed while it dreamed."))
        writer.buffer.flush()
        layer, self.layer = self.layer, None
        layer.update(0, 0, layer.get_width(), layer.get_height())
        dreams = (self.count + bool(self.begun[0])) // (self.between + 1)
        note(layer, {**self.told, "layers": self.begun[0] + self.count + 1, "number": self.begun[1] + dreams})
        self.image.insert_layer(layer, None, 0)
        self.count += 1
        self.target.frame(self)
        Gimp.displays_flush()

    def frames(self):
        """Return the layers, the first frame first."""
        return self.image.get_layers()[::-1]

    def close(self):
        """Throw away a half frame and return the image that holds the frames, or None where there are none."""
        if self.layer is not None:
            self.layer.delete()
        result = None
        if self.image.is_valid():
            result = self.target.finish(self) if self.count else self.image.delete() and None
        Gimp.displays_flush()
        return result


class LayerPixels:
    """The pixels of layers that are there already: each is replaced by its dream, in this image or in a copy.

    What dreams is a copy in any case; into the image itself the dreams go in the end, as one step.
    """

    def __init__(self, image, target, recipe, shown):
        if target != "new-image":
            refuse_indexed(image)
        self.original, self.target, self.shown, self.count = image, target, shown, 0
        self.image = image.duplicate()
        self.image.set_file(free_name(image, recipe))
        self.image.undo_disable()
        if self.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            self.image.convert_rgb()
        make_whole(self.image)
        for layer in all_layers(self.image.get_layers()):  # what is locked is the artist's own, not the copy of it
            layer.set_lock_content(False)
        self.pairs = list(zip(leaves(self.image.get_layers()), leaves(image.get_layers()), strict=True))
        self.dreamed = []

    def layers(self):
        """Return the layers that dream, the bottom one first."""
        return [layer for layer, _original in self.pairs if layer.mask_intersect()[0]]

    def lock_of(self, layer):
        """Return an error where a layer dreams whose dream has no place: its original is locked; else None."""
        pairs = {copy.get_id(): original for copy, original in self.pairs}
        return None if self.target == "new-image" else lock_of(pairs[layer.get_id()])

    def begin(self, source):
        """Return the writer for one layer."""
        self.kind = source.kind
        if self.kind != "stored":
            remove_filters(source.drawable)
        return Writer(source, source.drawable.get_shadow_buffer())

    def end(self, writer):
        """Put the dream in the place of the layer's pixels."""
        layer = writer.source.drawable
        writer.buffer.flush()
        with nothing_selected(self.image):
            layer.merge_shadow(True)
        layer.update(0, 0, *writer.source.size)
        self.dreamed.append(layer.get_id())
        if self.count == 0 and self.target == "new-image" and self.shown:
            Gimp.Display.new(self.image)
        self.count += 1
        Gimp.displays_flush()

    def close(self):
        """Bring the dreams where they belong; return the image that holds them."""
        result = self.image
        if not self.image.is_valid():
            return None
        if self.target == "new-image" and self.count:
            self.image.undo_enable()
        elif self.count and self.original.is_valid():
            with one_step(self.original), nothing_selected(self.original):
                for layer, original in self.pairs:
                    if layer.get_id() in self.dreamed and original.is_valid() and not lock_of(original):
                        put_pixels(layer, original, layer.get_name(), self.kind)
            result = self.original
        if result is not self.image or not self.count:
            self.image.delete()
        Gimp.displays_flush()
        return result if self.count else None


def make_whole(image):
    """Replace layers that hold what changes in a frame, called (combine), by the frames as they are shown."""
    if not any("(combine)" in layer.get_name() for layer in image.get_layers()):
        return
    for (_number, _count, _delay, merged), layer in zip(animation_frames(image), image.get_layers()[::-1], strict=True):
        if "(combine)" in layer.get_name() and not layer.is_group():
            whole = Gimp.Layer.new_from_drawable(merged, image)
            swap(whole, layer, layer.get_name().replace("(combine)", "(replace)"))


def swap(layer, other, name):
    """Put a layer in the place of another, which goes, and name it."""
    image = other.get_image()
    image.insert_layer(layer, other.get_parent(), image.get_item_position(other))
    image.remove_layer(other)
    layer.set_name(name)


def put_pixels(layer, other, name, kind):
    """Give another image's layer the pixels of a layer: its own where it can hold them, else a layer in its place.

    Its filters go where they have been dreamed, unless its pixels are of the `kind` that is ``stored`` below them.
    """
    sizes = [(each.get_width(), each.get_height()) for each in (layer, other)]
    if type(other) is not Gimp.Layer or sizes[0] != sizes[1]:  # a text, a group, a piece of a frame
        whole = Gimp.Layer.new_from_drawable(layer, other.get_image())
        swap(whole, other, name)
        return
    if kind != "stored":
        remove_filters(other)
    pour(layer, other.get_shadow_buffer())
    other.merge_shadow(True)
    other.update(0, 0, *sizes[0])


def pour(layer, buffer):
    """Give a buffer of a layer's size that layer's pixels."""
    part = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    layer.get_buffer().copy(part, Gegl.AbyssPolicy.NONE, buffer, part)
    buffer.flush()


def remove_filters(layer):
    """Remove the filters of a layer, which have been dreamed; merging them would change a soft selection."""
    for each in layer.get_filters():
        each.delete()


@contextmanager
def same_selected(image):
    """Select the layers again, at the end, that are selected now; where none is left, GIMP has selected another."""
    layers = image.get_selected_layers()
    try:
        yield
    finally:
        there = {layer.get_id() for layer in all_layers(image.get_layers())}  # one that is gone is valid for undo
        left = [layer for layer in layers if layer.get_id() in there]
        if left:  # GIMP takes no empty list
            image.set_selected_layers(left)


@contextmanager
def one_step(image):
    """Make what happens one step of undo, and keep the layers that are selected."""
    image.undo_group_start()
    try:
        with same_selected(image):
            yield
    finally:
        image.undo_group_end()


@contextmanager
def unnoticed(image):
    """Keep what happens out of the steps of undo, and the layers that are selected."""
    image.undo_freeze()
    try:
        with same_selected(image):
            yield
    finally:
        image.undo_thaw()


@contextmanager
def nothing_selected(image):
    """Take the selection away for a moment: the dream has kept to it, and GIMP would lay it over a second time."""
    if Gimp.Selection.is_empty(image):
        yield
        return
    with same_selected(image):
        channel = Gimp.Selection.save(image)
        Gimp.Selection.none(image)
        try:
            yield
        finally:
            image.select_item(Gimp.ChannelOps.REPLACE, channel)
            image.remove_channel(channel)

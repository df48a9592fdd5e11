"""Where the frames of a dream go: an image of their own, or this one."""

from gi.repository import Gimp
from language import _
from notes import free_name
from pictures import all_layers
from stacks import GREY, lock_of, nothing_selected, one_step, pour, put_pixels, refuse_indexed, same_selected, unnoticed

MODES = {
    "normal": Gimp.LayerMode.NORMAL,
    "multiply": Gimp.LayerMode.MULTIPLY,
    "screen": Gimp.LayerMode.SCREEN,
    "overlay": Gimp.LayerMode.OVERLAY,
    "soft-light": Gimp.LayerMode.SOFTLIGHT,
    "hard-light": Gimp.LayerMode.HARDLIGHT,
    "lighten": Gimp.LayerMode.LIGHTEN_ONLY,
    "darken": Gimp.LayerMode.DARKEN_ONLY,
    "difference": Gimp.LayerMode.DIFFERENCE,
    "colour": Gimp.LayerMode.HSL_COLOR,
    "lightness": Gimp.LayerMode.LCH_LIGHTNESS,
}


def target_of(values, image, drawable, shown):
    """Return the target that the arguments of a procedure ask for."""
    if values["target"] in ("new-image", "last"):
        return NewImage(values["target"] == "last", values["recipe"] or "", shown)
    return ThisImage(image, drawable, values["target"], MODES[values["mode"]], values["opacity"], shown)


class NewImage:
    """The frames' own image, which comes up with the first of them.

    Parameters
    ----------
    only_last : bool
        Whether frames make way for the next one.
    recipe : str
        Of which the image is named.
    shown : bool
        Whether there is somebody to show it to.
    """

    def __init__(self, only_last, recipe, shown):
        self.only_last, self.recipe, self.shown = only_last, recipe, shown

    def image_for(self, source):
        """Return an image for the frames."""
        image = image_like(source.image, Gimp.ImageBaseType.RGB)
        image.set_file(free_name(source.image, self.recipe))
        return image

    def frame(self, stack):
        """Show the first frame, and let go of those that nobody wants."""
        if stack.count == 1 and self.shown:
            Gimp.Display.new(stack.image)
        if self.only_last:
            for layer in stack.image.get_layers()[1:]:
                stack.image.remove_layer(layer)

    def finish(self, stack):
        """Return the image."""
        stack.image.undo_enable()
        return stack.image


class ThisImage:
    """The image of the layer that dreams: it shows the newest frame, and in the end takes all as one step of undo.

    Parameters
    ----------
    image : Gimp.Image
    drawable : Gimp.Drawable
        Above which, or in whose place, the frames come.
    kind : str
        ``layers``, ``group``, ``layer`` (the last frame alone) or ``replace``.
    mode : Gimp.LayerMode
    opacity : float
        Of a ``layer``.
    shown : bool
        Whether there is somebody to show it to.
    """

    def __init__(self, image, drawable, kind, mode, opacity, shown):
        refuse_indexed(image)
        if kind == "replace" and drawable.is_layer() and (error := lock_of(drawable)):
            raise error
        self.image, self.drawable, self.kind, self.shown = image, drawable, kind, shown
        self.look = (mode, opacity) if kind == "layer" else (Gimp.LayerMode.NORMAL, 100)
        self.live, self.selected = None, _ids(image)

    def image_for(self, _source):
        """Return an image for the frames until they are all there."""
        return image_like(self.image, self.image.get_base_type())

    def frame(self, stack):
        """Show the newest frame, and let go of those that nobody wants."""
        newest, *others = stack.image.get_layers()
        if self.kind in ("layer", "replace"):
            for layer in others:
                stack.image.remove_layer(layer)
        if self.image.is_valid() and self.shown:
            self._show(newest)

    def finish(self, stack):
        """Bring the frames into the image as one step; where that is gone, show them in one of their own."""
        if not self.image.is_valid() or self.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            stack.image.undo_enable()
            if self.shown:
                Gimp.Display.new(stack.image)
            return stack.image
        if self._has(self.live):
            with unnoticed(self.image):
                self.image.remove_layer(self.live)
        if self.kind == "replace" and self._has(self.drawable) and not lock_of(self.drawable):
            with one_step(self.image), nothing_selected(self.image):
                put_pixels(stack.frames()[-1], self.drawable, self.drawable.get_name(), stack.source.kind)
        else:
            self._insert([_grouped(stack)] if self.kind == "group" else stack.frames())
        stack.image.delete()
        return self.image

    def _show(self, newest):
        """Show a frame where all will be, in a layer that no step of undo knows.

        That is put in once, and from then on given other pixels: GIMP handles what an artist does between any two calls
        of a plug-in, and what is done just while undo is frozen can never be undone.
        """
        if self.live is None:
            self.live = self._copy(newest)
            self.live.set_name(_("Dreaming ..."))
            with unnoticed(self.image):
                self.image.insert_layer(self.live, *self._place())
            return
        if not self._has(self.live) or self.live.get_lock_content():  # GIMP ends a plug-in that writes to such a one
            return
        size = newest.get_width(), newest.get_height()
        if size == (self.live.get_width(), self.live.get_height()):
            pour(newest, self.live.get_buffer())
            self.live.update(0, 0, *size)

    def _insert(self, frames):
        """Put layers of another image into this one, the first one lowest.

        One alone, such as a group, comes in by a single call: it is a step by itself, and whatever an artist does
        has its own, however soon before or after. Between the calls for many, an edit would become part of their step.
        """
        is_untouched = _ids(self.image) == self.selected
        layers = [self._copy(frame) for frame in frames]
        parent, position = self._place()
        with (same_selected if len(layers) == 1 else one_step)(self.image):
            for layer in layers:
                self.image.insert_layer(layer, parent, position)
        if self.kind == "group" and is_untouched:
            self.image.set_selected_layers(layers)

    def _copy(self, frame):
        layer = Gimp.Layer.new_from_drawable(frame, self.image)
        layer.set_name(frame.get_name())
        layer.set_mode(self.look[0])
        layer.set_opacity(self.look[1])
        return layer

    def _has(self, layer):
        if layer is None or not (layer.is_valid() and layer.is_layer()):
            return False
        return layer.get_id() in map(Gimp.Item.get_id, all_layers(self.image.get_layers()))

    def _place(self):
        """Return the group, or None, and the position above the layer that dreams; on top where that is gone."""
        if not self._has(self.drawable):
            return None, 0
        return self.drawable.get_parent(), self.image.get_item_position(self.drawable)


def image_like(old, colours):
    """Return an empty image of the size, the precision, the resolution and, where it fits, the profile of another."""
    image = Gimp.Image.new_with_precision(old.get_width(), old.get_height(), colours, old.get_precision())
    _ok, x, y = old.get_resolution()
    image.set_resolution(x, y)
    profile = old.get_color_profile()
    if profile is not None and profile.is_gray() == (colours == GREY):
        image.set_color_profile(profile)
    return image


def _grouped(stack):
    """Put the frames of a stack into a group, and return that."""
    frames, group = stack.frames(), Gimp.GroupLayer.new(stack.image, _("Deep Dream"))
    stack.image.insert_layer(group, None, 0)
    for frame in frames:
        stack.image.reorder_item(frame, group, 0)
    return group


def _ids(image):
    return [layer.get_id() for layer in image.get_selected_layers()]

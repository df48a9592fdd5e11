"""What dreams: the image of the dialog, and one of its layers, which can be chosen; and whether it is still there."""

from areas import objective_of, says_areas
from gi.repository import GLib, Gtk, Pango
from language import _
from notes import newest
from pictures import Source, all_layers, leaves

NOW_AND_THEN = 500  # milliseconds between two looks at the image


class Subject:
    """Names the image, offers its layers, and watches it.

    Parameters
    ----------
    image : Gimp.Image
    drawables : list of Gimp.Drawable
        Those that are selected; the first one dreams.
    is_one : bool
        Whether one layer dreams, not every one.
    changed : callable
        Called when another layer is chosen.
    closed : callable
        Called when the image is gone.
    """

    def __init__(self, image, drawables, is_one, changed, closed):
        self.image, self.drawable, self.changed, self.closed = image, drawables[0], changed, closed
        self.is_one, self.shown, self.name = is_one, {}, name_of(image)
        heading = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE)
        heading.set_markup(f"<big><b>{GLib.markup_escape_text(self.name)}</b></big>")
        self.layers = Gtk.ComboBoxText()
        self.layers.set_tooltip_text(_("The layer that dreams"))
        for renderer in self.layers.get_cells():
            renderer.set_property("ellipsize", Pango.EllipsizeMode.MIDDLE)
            renderer.set_property("width-chars", 24)
        self.layers.connect("changed", self._choose)
        self.widget = Gtk.Box(spacing=12)
        self.widget.pack_start(heading, False, True, 0)
        if is_one:
            self.widget.pack_start(self.layers, False, False, 0)
        self._offer()
        self.timer = GLib.timeout_add(NOW_AND_THEN, self._watch)

    def is_there(self):
        """Return whether the image and what dreams are still there."""
        return self.image.is_valid() and self.drawable.is_valid()

    def source(self, values):
        """Return the pixels that dream with these arguments.

        Raises
        ------
        WorkerError
            When there is nothing to dream.
        """
        return Source(self.image, self.drawable, values.get("source", "stored"))

    def areas(self, source):
        """Return what the layers of the group that dreams are named like, as a text, which is empty for others."""
        return objective_of(self.drawable, source) if self.is_one and says_areas(self.drawable) else ""

    def end(self):
        """Watch no more."""
        if self.timer:
            GLib.source_remove(self.timer)
            self.timer = 0

    def go_on(self):
        """Let the last of the frames dream that were dreamed on from the layer, where there are some."""
        last = newest(self.drawable) if self.is_there() else self.drawable
        if last is not self.drawable:
            self.drawable, self.shown = last, {}
            self._offer()
            self.changed()

    def _offer(self):
        """Offer the layers that there are now, and what was chosen."""
        there = {self.drawable.get_id(): self.drawable} if self.drawable.is_valid() else {}
        there.update((layer.get_id(), layer) for layer in all_layers(self.image.get_layers()))
        names = {number: layer.get_name() for number, layer in there.items()}
        if names == self.shown:
            return
        self.shown, self.offered = names, there
        self.layers.handler_block_by_func(self._choose)
        self.layers.remove_all()
        for number, name in names.items():
            self.layers.append(str(number), name)
        self.layers.set_active_id(str(self.drawable.get_id()))
        self.layers.handler_unblock_by_func(self._choose)

    def _choose(self, combo):
        if combo.get_active_id():
            self.drawable = self.offered[int(combo.get_active_id())]
            self.changed()

    def _watch(self):
        if not self.image.is_valid():
            self.timer = 0
            self.closed()
            return False
        if not self.drawable.is_valid() and (left := leaves(self.image.get_layers())):
            self.drawable = left[-1]
            self.changed()
        self._offer()
        return True


def name_of(image):
    """Return the name of an image's file, or what GIMP calls it, with the number that its windows show."""
    file = image.get_file() or image.get_imported_file()
    return file.get_basename() if file else f"{image.get_name()}-{image.get_id()}"

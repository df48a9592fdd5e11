"""The dialog's recipes, each by what it makes of the picture."""

from gi.repository import Gtk, Pango
from language import _
from preview import THUMBNAIL, scaled


class RecipeChooser:
    """A field of small pictures, one of which is chosen, and what it is about.

    Parameters
    ----------
    chosen : callable
        Called with the name of a recipe that the user chooses.
    """

    def __init__(self, chosen):
        self.recipes, self.thumbnails, self.chosen = {}, {}, chosen
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.flow = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.BROWSE,
            min_children_per_line=4,
            max_children_per_line=6,
            homogeneous=True,
            row_spacing=2,
            column_spacing=2,
            valign=Gtk.Align.START,
        )
        self.flow.connect("selected-children-changed", self._selected)
        scrolled = Gtk.ScrolledWindow(
            height_request=228, width_request=440, shadow_type=Gtk.ShadowType.IN, hscrollbar_policy=Gtk.PolicyType.NEVER
        )
        scrolled.add(self.flow)
        heading = Gtk.Label(xalign=0, use_markup=True, use_underline=True, mnemonic_widget=self.flow)
        heading.set_markup_with_mnemonic("<b>" + _("Re_cipe") + "</b>")
        self.about = Gtk.Label(xalign=0, wrap=True, max_width_chars=60)
        self.widget.pack_start(heading, False, False, 0)
        self.widget.pack_start(scrolled, True, True, 0)
        self.widget.pack_start(self.about, False, False, 0)

    def fill(self, recipes, pixbuf):
        """Show recipes, by name, each with the picture that stands there until its own is made."""
        self.clear()
        self.recipes, small = recipes, scaled(pixbuf, THUMBNAIL)
        for name, recipe in recipes.items():
            self.thumbnails[name] = Gtk.Image.new_from_pixbuf(small)
            self.thumbnails[name].set_size_request(THUMBNAIL, small.get_height())
            box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, border_width=3)
            box.pack_start(self.thumbnails[name], False, False, 0)
            box.pack_start(_caption(title(name)), True, True, 0)
            child = Gtk.FlowBoxChild()
            child.name = name
            child.set_tooltip_text(f"{title(name)}: {recipe['about']}")
            child.add(box)
            self.flow.add(child)
        self.flow.show_all()

    def clear(self):
        """Show none."""
        self.recipes, self.thumbnails = {}, {}
        for child in self.flow.get_children():
            child.destroy()

    def select(self, name):
        """Mark the recipe of this name, and say what it is about."""
        for child in self.flow.get_children():
            if child.name == name and not child.is_selected():
                self.flow.select_child(child)
        self.about.set_text(self.recipes[name]["about"] if name in self.recipes else "")

    def show(self, name, pixbuf):
        """Show what a recipe makes of the picture."""
        self.thumbnails[name].set_from_pixbuf(scaled(pixbuf, THUMBNAIL))

    def _selected(self, flow):
        for child in flow.get_selected_children():
            self.chosen(child.name)


def _caption(text):
    return Gtk.Label(
        label=text,
        wrap=True,
        lines=2,
        ellipsize=Pango.EllipsizeMode.END,
        justify=Gtk.Justification.CENTER,
        max_width_chars=11,
        width_chars=11,
        yalign=0,
    )


def title(name):
    """Return the name of a recipe as people write it."""
    return name.replace("-", " ").capitalize() if name else _("Plain")

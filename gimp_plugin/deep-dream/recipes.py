"""The dialog's recipes, each by what it makes of the picture."""

import os

from buttons import Button
from gi.repository import GLib, Gtk, Pango
from language import _
from preview import THUMBNAIL, scaled

ROW = 112  # pixels: one row of recipes is seen at least
TABS = (Gtk.DirectionType.TAB_FORWARD, Gtk.DirectionType.TAB_BACKWARD)


class OneStop(Gtk.FlowBox):
    """A field of children that Tab leads to and away from as one; arrow keys move within, and choose nothing."""

    def do_focus(self, direction):
        """Go on with the child that is chosen, or leave."""
        if direction not in TABS:
            return Gtk.FlowBox.do_focus(self, direction)
        children = self.get_children()
        if self.get_focus_child() or not children:
            return False
        chosen = [child for child in children if child.get_state_flags() & Gtk.StateFlags.SELECTED]
        (chosen or children)[0].grab_focus()
        return True


class RecipeChooser:
    """A field of small pictures, one of which is chosen, and what it is about.

    Parameters
    ----------
    chosen : callable
        Called with the name of a recipe that the user chooses.
    all_recipes : callable
        Called when the user gives up what is their own.
    """

    def __init__(self, chosen, all_recipes):
        self.recipes, self.thumbnails, self.drawn, self.children, self.first = {}, {}, {}, {}, ()
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.flow = OneStop(
            selection_mode=Gtk.SelectionMode.NONE,
            min_children_per_line=3,
            max_children_per_line=8,
            homogeneous=True,
            row_spacing=2,
            column_spacing=2,
            valign=Gtk.Align.START,
        )
        self.flow.set_sort_func(lambda one, other: 1 if self._place(one) > self._place(other) else -1)
        self.flow.connect("child-activated", lambda _flow, child: chosen(child.name))
        scrolled = Gtk.ScrolledWindow(min_content_height=ROW, width_request=440, shadow_type=Gtk.ShadowType.IN)
        scrolled.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        self.place = scrolled.get_vadjustment()
        scrolled.add(self.flow)
        heading = Gtk.Label(xalign=0, use_markup=True, use_underline=True, mnemonic_widget=self.flow)
        heading.set_markup_with_mnemonic("<b>" + _("Re_cipe") + "</b>")
        heading.connect("mnemonic-activate", lambda *_pressed: self.flow.child_focus(Gtk.DirectionType.TAB_FORWARD))
        self.top = Gtk.Box(spacing=6)
        self.top.pack_start(heading, True, True, 0)
        self.about = Gtk.Label(xalign=0, yalign=0, wrap=True, max_width_chars=60, hexpand=True)
        self.give_up = Button(all_recipes, _("All as the recipe"), valign=Gtk.Align.START, no_show_all=True)
        below = Gtk.Box(spacing=12)
        below.pack_start(self.about, True, True, 0)
        below.pack_start(self.give_up, False, False, 0)
        self.widget.pack_start(self.top, False, False, 0)
        self.widget.pack_start(scrolled, True, True, 0)
        self.widget.pack_start(below, False, False, 0)

    def fill(self, recipes, pixbuf, first):
        """Show recipes, by name, each with the picture that stands there until its own is made, some names first."""
        self.clear()
        self.pixbuf = scaled(pixbuf, THUMBNAIL)
        self.sort(first)
        for name, recipe in recipes.items():
            self.add(name, recipe)

    def sort(self, first):
        """Put recipes of some names first, after the plain one; then those that are the user's own, or of a file."""
        self.first = first
        self.flow.invalidate_sort()

    def names(self):
        """Return the names in the order in which they are shown."""
        return [child.name for child in self.flow.get_children()]

    def _place(self, child):
        name = child.name
        is_own = self.recipes[name]["own"] or os.sep in name
        return name != "", name not in self.first, not is_own, [*self.recipes].index(name)

    def add(self, name, recipe):
        """Show one recipe more, or another of a name."""
        if name in self.children:
            self.children[name].destroy()
        self.recipes[name] = recipe
        self.drawn.pop(name, None)
        self.thumbnails[name] = Gtk.Image.new_from_pixbuf(self.pixbuf)
        self.thumbnails[name].set_size_request(THUMBNAIL, self.pixbuf.get_height())
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, border_width=3)
        box.pack_start(self.thumbnails[name], False, False, 0)
        box.pack_start(_caption(title(name)), True, True, 0)
        child = self.children[name] = Gtk.FlowBoxChild()
        child.name = name
        child.set_tooltip_text(f"{title(name)}: {about(recipe)}")
        child.add(box)
        child.show_all()
        self.flow.add(child)

    def clear(self):
        """Show none."""
        self.recipes, self.thumbnails, self.drawn, self.children = {}, {}, {}, {}
        for child in self.flow.get_children():
            child.destroy()

    def select(self, name, own=""):
        """Mark the recipe of this name, and say what it is about, and what the artist has of their own."""
        for child in self.flow.get_children():
            mark = child.set_state_flags if child.name == name else child.unset_state_flags
            mark(Gtk.StateFlags.SELECTED, *([False] if child.name == name else []))
        text = about(self.recipes[name]) if name in self.recipes else ""
        if own:
            text = _("Yours: {}. Everything else as the recipe: {}").format(own, text)
        self.about.set_text(text)
        self.give_up.set_visible(bool(own))

    def reveal(self, name):
        """Bring the recipe of this name into view, once it has a place."""

        def scroll():
            if name in self.children:
                room = self.children[name].get_allocation()
                self.place.clamp_page(room.y, room.y + room.height)

        GLib.idle_add(scroll, priority=GLib.PRIORITY_LOW)

    def show(self, name, pixbuf, of):
        """Show what a recipe makes `of` something: a picture, dreamed by a network."""
        if name in self.thumbnails:
            self.thumbnails[name].set_from_pixbuf(scaled(pixbuf, THUMBNAIL))
            self.drawn[name] = of

    def missing(self, of):
        """Return the names of the recipes that show something else than what they make `of` this, in their order."""
        return [name for name in self.names() if self.drawn.get(name) != of]


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


def about(recipe):
    """Return what a recipe is about, in the user's language; of one in a file that does not say it, the file."""
    if recipe["about"]:
        return _(recipe["about"])
    return _("Of the file {}.").format(os.path.basename(recipe["name"])) if os.sep in recipe["name"] else ""


def title(name):
    """Return the name of a recipe, or of its file, as people write it."""
    if not name:
        return _("Plain")
    words = os.path.splitext(os.path.basename(name))[0] if os.sep in name else name
    return _(words.replace("-", " ").capitalize())

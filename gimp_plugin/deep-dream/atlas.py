"""The window behind the Layer field: what there is to dream, each by what it makes of the picture."""

from gi.repository import Gtk, Pango
from language import _
from preview import scaled

SIDE = 112  # pixels of a small dream


class AtlasWindow:
    """Small dreams that come one after the other; a click chooses one.

    Parameters
    ----------
    parent : Gtk.Window
    layer : str
        Whose channels can be shown, too.
    ask : callable
        Called with a layer, or an empty text for all layers, when its dreams are wanted; they then come to `add`.
    chosen : callable
        Called with the text of what is chosen.
    """

    def __init__(self, parent, layer, ask, chosen):
        self.ask, self.chosen = ask, chosen
        self.window = Gtk.Dialog(title=_("What there is to dream"), transient_for=parent, modal=True, border_width=6)
        self.window.set_default_size(680, 560)
        self.window.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
        self.status = Gtk.Label(xalign=0, wrap=True)
        self.switch = Gtk.ToggleButton(label=_("C_hannels of {}").format(layer), use_underline=True)
        self.switch.connect("toggled", lambda switch: self._begin(layer if switch.get_active() else ""))
        self.flow = Gtk.FlowBox(homogeneous=True, row_spacing=2, column_spacing=2, valign=Gtk.Align.START)
        self.flow.set_max_children_per_line(8)
        self.flow.connect("child-activated", lambda _flow, child: self._choose(child))
        scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.add(self.flow)
        top = Gtk.Box(spacing=12)
        top.pack_start(self.status, True, True, 0)
        top.pack_start(self.switch, False, False, 0)
        box = self.window.get_content_area()
        box.set_spacing(6)
        box.pack_start(top, False, False, 0)
        box.pack_start(scrolled, True, True, 0)

    def run(self):
        """Show it until something is chosen, or it is closed."""
        self.window.show_all()
        self._begin("")
        self.window.run()
        self.window.destroy()

    def say(self, sentence):
        """Show a sentence above the small dreams."""
        self.status.set_text(sentence)

    def add(self, text, label, pixbuf):
        """Add a small dream, what it is chosen by, and what is said of it."""
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, border_width=3)
        box.pack_start(Gtk.Image.new_from_pixbuf(scaled(pixbuf, SIDE)), False, False, 0)
        caption = Gtk.Label(label=label, ellipsize=Pango.EllipsizeMode.START, max_width_chars=15, width_chars=15)
        box.pack_start(caption, False, False, 0)
        child = Gtk.FlowBoxChild()
        child.text = text
        child.set_tooltip_text(label)
        child.add(box)
        self.flow.add(child)
        child.show_all()

    def _begin(self, layer):
        for child in self.flow.get_children():
            child.destroy()
        self.say(_("Dreaming ..."))
        self.ask(layer)

    def _choose(self, child):
        self.chosen(child.text)
        self.window.response(Gtk.ResponseType.CLOSE)

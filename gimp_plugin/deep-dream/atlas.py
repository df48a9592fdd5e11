"""The window behind the Layer field: what there is to dream, each by what it makes of the picture."""

from gi.repository import Gtk, Pango
from language import _
from preview import pixbuf_of, scaled

SIDE = 112  # pixels of a small dream


class AtlasWindow:
    """Small dreams that come one after the other; a click chooses one.

    Parameters
    ----------
    parent : Gtk.Window
    layer : str
        Whose channels can be shown, too.
    ask : callable
        As of `Conversation`.
    source : Source
        The picture that is dreamed.
    model : str
        The network that dreams.
    chosen : callable
        Called with the text of what is chosen.
    """

    def __init__(self, parent, layer, ask, source, model, chosen):
        self.ask, self.source, self.model, self.chosen, self.job = ask, source, model, chosen, None
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
        self.job = None
        self.window.destroy()

    def say(self, sentence):
        """Show a sentence above the small dreams."""
        self.status.set_text(sentence)

    def _add(self, text, label, pixbuf):
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, border_width=3)
        box.pack_start(Gtk.Image.new_from_pixbuf(scaled(pixbuf, SIDE)), False, False, 0)
        caption = Gtk.Label(
            label=label, wrap=True, wrap_mode=Pango.WrapMode.WORD_CHAR, max_width_chars=15, width_chars=15
        )
        caption.set_justify(Gtk.Justification.CENTER)
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
        pictures = self.source.pictures(longest=SIDE)
        self.size = pictures.described[0]["width"], pictures.described[0]["height"]
        self.job = self.ask("atlas", self._got, pictures, failed=self._failed, model=self.model, layer=layer)

    def _failed(self, message):
        if message["id"] == self.job:
            self.say(message["message"])

    def _got(self, message, data):
        if message["id"] != self.job:
            return
        if message["say"] == "strip":
            self.small = pixbuf_of(data, *self.size)
        elif message["say"] == "layer":
            self._add(message["layer"], message["label"], self.small)
        elif message["say"] == "done":
            self.say(_("A click chooses what is dreamed."))

    def _choose(self, child):
        self.chosen(child.text)
        self.window.response(Gtk.ResponseType.CLOSE)

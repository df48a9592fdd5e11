"""Lines above everything else in the dialog: what is in the way, and how to go on."""

from details import Details
from gi.repository import Gtk

STYLE = b"infobar box, infobar label { background: none }"  # themes of GIMP paint over the bar

ICONS = {
    Gtk.MessageType.ERROR: "dialog-error-symbolic",
    Gtk.MessageType.WARNING: "dialog-warning-symbolic",
    Gtk.MessageType.INFO: "dialog-information-symbolic",
}


class Banner:
    """Shows a sentence for each subject, with a button where there is a way on, and details where there are some."""

    def __init__(self):
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, no_show_all=True)
        self.widget.show()
        self.bars, self.sentences = {}, {}
        provider = Gtk.CssProvider()
        provider.load_from_data(STYLE)
        screen, urgency = self.widget.get_screen(), Gtk.STYLE_PROVIDER_PRIORITY_USER
        Gtk.StyleContext.add_provider_for_screen(screen, provider, urgency)

    def say(self, about, sentence, details="", way_on="", do=None, kind=Gtk.MessageType.ERROR):
        """Show a sentence on a subject, in the place of the one before; `way_on` is a button's text that calls `do`.

        The same sentence on two subjects is shown once: as it was said last.
        """
        for other in [each for each, said in self.sentences.items() if said == sentence or each == about]:
            self.clear(other)
        self.sentences[about] = sentence
        bar = self.bars[about] = Gtk.InfoBar(message_type=kind)
        bar.connect("close", lambda bar: bar.get_toplevel().emit("close"))  # Escape is the window's, also from here
        text = Gtk.Label(label=sentence, xalign=0, wrap=True, selectable=True)
        icon = Gtk.Image.new_from_icon_name(ICONS[kind], Gtk.IconSize.LARGE_TOOLBAR)
        bar.get_content_area().pack_start(icon, False, False, 0)
        bar.get_content_area().pack_start(text, True, True, 0)
        bar.get_action_area().pack_start(Details(details), False, False, 0)
        if way_on:
            button = bar.add_button(way_on, Gtk.ResponseType.OK)
            bar.connect("response", lambda _bar, _response: self._go_on(about, do))
        bar.show_all()
        self.widget.pack_start(bar, False, False, 0)
        if way_on and kind == Gtk.MessageType.ERROR:
            button.grab_focus()

    def clear(self, about):
        """Say nothing on a subject."""
        if about in self.bars:
            self.bars.pop(about).destroy()
            self.sentences.pop(about)

    def _go_on(self, about, do):
        self.clear(about)
        do()

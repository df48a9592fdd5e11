"""The window that builds what stands in a text field: a chain of transforms, or a weighted sum of objectives.

Below the terms is their text. Either may be changed; the worker, which alone reads and writes it, changes the other.
"""

from gi.repository import GLib, Gtk
from language import _
from term_box import TermBox, title_of
from worker_client import WorkerError

TITLES = {"transform": _("Between frames"), "objective": _("What is dreamed")}
ADDING = {"transform": _("_Add a transform ..."), "objective": _("_Add something to dream ...")}
SOON = 250  # milliseconds after a change


class Builder:
    """A list of terms, and their text.

    Parameters
    ----------
    parent : Gtk.Window
    kind : str
        ``transform`` or ``objective``.
    rows : list of dict
        What there is to add, as the worker's vocabulary has it.
    text : str
        To begin with.
    offers : Offers
        What the values of terms may be besides: layers of the network, of open images, the number of frames.
    ask : callable
        ``ask(answered, failed, **fields)`` asks the worker to read a text or to write terms.
    chosen : callable
        Called with the text after every change of it.
    """

    def __init__(self, parent, kind, rows, text, offers, ask, chosen):
        self.kind, self.rows, self.offers, self.ask, self.chosen = kind, rows, offers, ask, chosen
        self.known, self.text = {row["name"]: row for row in rows}, None
        self.timer, self.act, self.is_filling, self.asked, self.is_open = 0, None, False, 0, True
        self.window = Gtk.Dialog(title=TITLES[kind], transient_for=parent, modal=True, border_width=6)
        self.window.set_default_size(620, 560)
        self.window.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
        self.list = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        scrolled.add(self.list)
        self.entry = Gtk.Entry(text=text, hexpand=True)
        self.entry.connect("changed", lambda _entry: self._soon(self._read))
        label = Gtk.Label(label=_("As _text"), use_underline=True, mnemonic_widget=self.entry)
        self.said = Gtk.Label(xalign=0, wrap=True, selectable=True, max_width_chars=70)
        below = Gtk.Box(spacing=12)
        below.pack_start(label, False, False, 0)
        below.pack_start(self.entry, True, True, 0)
        box = self.window.get_content_area()
        box.set_spacing(6)
        box.pack_start(self._adding(), False, False, 0)
        box.pack_start(scrolled, True, True, 0)
        box.pack_start(below, False, False, 0)
        box.pack_start(self.said, False, False, 0)

    def run(self):
        """Show it until it is closed."""
        self.window.show_all()
        self._say(_("Starting the dreamer ..."))
        self._read()
        self.window.run()
        if self.timer:  # what was changed last is asked for now, and its answer comes after the window is gone
            GLib.source_remove(self.timer)
            self.act()
        self.is_open = False
        self.window.destroy()

    def _adding(self):
        """Make the list of what can be added, by group, each with what is said of it."""
        store, groups = Gtk.TreeStore(str, str), {}
        for row in self.rows:
            if row["group"] not in groups:
                groups[row["group"]] = store.append(None, [_(row["group"]), ""])
            store.append(groups[row["group"]], [title_of(row), row["name"]])
        if self.kind == "objective" and self.offers.groups:
            place = store.append(None, [_("A layer group, as its layers are named"), ""])
            for name in self.offers.groups:
                store.append(place, [name, name])
        combo = Gtk.ComboBox(model=store)
        renderer = Gtk.CellRendererText()
        combo.pack_start(renderer, True)
        combo.add_attribute(renderer, "text", 0)
        combo.connect("changed", self._add)
        label = Gtk.Label(label=ADDING[self.kind], use_underline=True, mnemonic_widget=combo)
        box = Gtk.Box(spacing=12)
        box.pack_start(label, False, False, 0)
        box.pack_start(combo, False, False, 0)
        return box

    def _add(self, combo):
        place = combo.get_active_iter()
        name = combo.get_model()[place][1] if place else ""
        if name:
            combo.set_active_iter(None)
        if name in self.offers.groups:
            self._add_group(name)
        elif name:
            row = self.known[name]
            self._append({"name": name, "values": first_values(row, self.offers), "inside": first_inside(row)})
            self._soon(self._write, 0)

    def _add_group(self, name):
        """Add what the layers of a group are named like; where nothing else was chosen yet, that is all."""
        try:
            text, before = self.offers.objective(name), self.entry.get_text().strip()
        except WorkerError as error:
            self._say(str(error))
            return
        self.entry.set_text(f"{before} + {text}" if before not in ("", self.offers.default) else text)

    def _append(self, term):
        box = TermBox(self.known[term["name"]], term, self.kind == "objective", self.offers, self)
        self.list.pack_start(box.widget, False, False, 0)
        box.widget.term_box = box
        box.widget.show_all()

    # What the terms tell

    def changed(self):
        """A value of a term was changed."""
        if not self.is_filling:
            self._soon(self._write)

    def moved(self, box, by):
        """A term goes up or down."""
        place = self.list.get_children().index(box.widget) + by
        if 0 <= place < len(self.list.get_children()):
            self.list.reorder_child(box.widget, place)
            self._soon(self._write, 0)

    def removed(self, box):
        """A term goes."""
        box.widget.destroy()
        self._soon(self._write, 0)

    # What the worker says

    def _soon(self, act, milliseconds=SOON):
        if self.is_filling:
            return
        self.asked += 1  # what is answered from now on is of what stood there before, and must not take its place
        if self.timer:
            GLib.source_remove(self.timer)
        self.act, self.timer = act, GLib.timeout_add(milliseconds, act)

    def _read(self):
        self.timer = 0
        self._ask(self._got_terms, text=self.entry.get_text().strip() or self.offers.default)
        return False

    def _write(self):
        self.timer = 0
        terms = [child.term_box.term() for child in self.list.get_children()]
        self._ask(self._got_text, terms=terms)
        return False

    def _ask(self, answered, **fields):
        self.asked += 1
        number = self.asked

        def newest(message, _data=None):
            if number == self.asked and message["say"] == "terms":
                if self.is_open:
                    self._say("")
                    answered(message)
                if self.text not in (None, message["text"]):
                    self.chosen(message["text"])
                self.text = message["text"]

        self.ask(newest, lambda message: self._say(message["message"]), kind=self.kind, **fields)

    def _got_terms(self, message):
        terms = message["terms"]
        if terms is None:
            self._say(_("This changes with the frames as a whole; the text below is all there is to it."))
        self.is_filling = True
        for child in self.list.get_children():
            child.destroy()
        for term in terms or ():
            self._append(term)
        self.is_filling = False

    def _got_text(self, message):
        self.is_filling = True
        self.entry.set_text(message["text"])
        self.is_filling = False

    def _say(self, sentence):
        if self.is_open:
            self.said.set_text(sentence)


def first_values(row, offers):
    """Return values for what a new term needs and has no default for."""
    needed = [each for each in row["parameters"] if each["needed"]]
    return {each["name"]: {"text": offers.first(each)} for each in needed}


def first_inside(row):
    """Return what a term holds at first that holds others."""
    return "zoom(0.05)" if row["inside"][0] else ""

"""The dialog of Save as GIF: what the file will look like, playing, and how large it will be. Nothing here waits."""

import os

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from animations import frame_count, frame_pictures, remembered, suggestion  # noqa: E402
from arguments import FILE, OF_GIF, PYTHON, job_fields  # noqa: E402
from gi.repository import GimpUi, Gio, GLib, GObject, Gtk, Pango  # noqa: E402
from guide import add_help  # noqa: E402
from language import _  # noqa: E402
from player import Player  # noqa: E402
from preview import pixbuf_of  # noqa: E402
from procedures import PROCEDURES  # noqa: E402
from replacing import may_replace_file  # noqa: E402
from worker_client import WorkerError  # noqa: E402

SIDE = 240  # pixels of the picture that plays
SOON = 400  # milliseconds after a change
KINDS = (".gif", ".webp", ".apng", ".avif", ".mp4", ".webm")


def ask(procedure, config, image, worker):
    """Show the dialog; return whether the user wants the file."""
    frame_count(image)  # which refuses an image that has none
    GimpUi.init("deep-dream")
    config.set_property(FILE.name, suggestion(image))
    for name, value in remembered(image).items():
        if config.find_property(name) is not None:
            config.set_property(name, value)
    dialog = SavingDialog(procedure, config, image, worker)
    try:
        return dialog.run()
    finally:
        dialog.close()


class SavingDialog:
    """The file and how it is played on the right, what comes of it on the left."""

    def __init__(self, procedure, config, image, worker):
        self.config, self.image, self.worker = config, image, worker
        self.jobs, self.timer, self.pieces, self.is_ready = {}, 0, frame_pictures(image), False
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, _("Save as GIF, WebP or MP4"))
        self.dialog.set_ok_label(_("_Export"))
        add_help(self.dialog, lambda sentence: self.said.set_text(sentence))
        self.names = [each.name for each in PROCEDURES[procedure.get_name()].arguments if each is not PYTHON]
        options = self.dialog.fill_box("options", self.names)
        self.dialog.get_widget(FILE.name, GObject.TYPE_NONE).set_size_request(420, -1)
        for name, empty in (("delay", _("as the layers say")), ("max-size", _("any"))):
            self.dialog.get_widget(name, GObject.TYPE_NONE).get_entry().set_placeholder_text(empty)
        self.picture = Gtk.Image(width_request=SIDE, height_request=SIDE)
        self.player = Player(self.picture.set_from_pixbuf)
        self.said = Gtk.Label(xalign=0, wrap=True, wrap_mode=Pango.WrapMode.WORD_CHAR, max_width_chars=30)
        self.kind = Gtk.ComboBoxText()
        for ending in KINDS:
            self.kind.append(ending, ending[1:].upper())
        self.kind.connect("changed", self._take_kind)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for each in (self.picture, self.kind, self.said):
            column.pack_start(each, False, False, 0)
        columns = Gtk.Box(spacing=18, border_width=6)
        columns.pack_start(column, False, False, 0)
        columns.pack_start(options, True, True, 0)
        self.dialog.get_content_area().pack_start(columns, True, True, 0)
        columns.show_all()
        config.connect("notify", lambda *_changed: self._changed())
        self._changed()
        self._keep_next()

    def run(self):
        """Return whether the user wants the file, and has been asked where one is there already."""
        poll = GLib.timeout_add(30, self._poll)
        try:
            while self.dialog.run():
                if may_replace_file(self.dialog, self._path()):
                    return True
            return False
        finally:
            GLib.source_remove(poll)

    def close(self):
        """Take the dialog away."""
        if self.timer:
            GLib.source_remove(self.timer)
        self.player.stop()
        self.pieces.close()
        self.worker.cancel()
        self.dialog.destroy()

    def _path(self):
        file = self.config.get_property(FILE.name)
        return (file.get_path() if file else "") or ""

    def _take_kind(self, _combo):
        stem, ending = os.path.splitext(self._path())
        if self.kind.get_active_id() not in (None, ending.lower()):
            self.config.set_property(FILE.name, Gio.File.new_for_path(stem + self.kind.get_active_id()))

    def _changed(self):
        ending = os.path.splitext(self._path())[1].lower()
        self.kind.set_active_id(ending if ending in KINDS else None)
        for name in OF_GIF:
            self.dialog.set_sensitive(name, ending == ".gif", None, None, False)
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer = GLib.timeout_add(SOON, self._foretell)

    # What the worker is asked, and what it answers

    def _keep_next(self):
        try:
            number, count, delay, pictures = next(self.pieces)
        except StopIteration:
            self.is_ready = True
            self._foretell()
            return
        self.said.set_text(_("Reading frame {} of {} ...").format(number + 1, count))
        told = {"number": number, "delay": delay, "pictures": pictures.described}
        self.jobs[self.worker.send("keep", pictures.pieces(), pictures.size, **told)] = self._got_kept

    def _got_kept(self, _message, _data):
        self._keep_next()

    def _foretell(self):
        self.timer = 0
        if self.is_ready:
            values = {name: self.config.get_property(name) for name in self.names}
            told = {"path": self._path(), "parameters": job_fields(values)["parameters"]}
            self.jobs = {self.worker.send("foretell", **told): self._got_foretold}
        return False

    def _got_foretold(self, message, data):
        if message["say"] == "playing":
            self.playing, self.frames = message, []
        elif message["say"] == "strip":
            self.frames.append(pixbuf_of(data, self.playing["width"], self.playing["height"]))
            if len(self.frames) == self.playing["frames"]:
                self.player.begin(self.playing["delays"])
                for frame in self.frames:
                    self.player.add(frame)
        elif message["say"] == "foretold":
            size = GLib.format_size(message["size"])
            seconds = round(sum(self.playing["delays"]) / 100, 1)
            text = _("{}, {:n} s") if message["exact"] else _("about {}, {:n} s")
            self._say(text.format(size, seconds), True)

    def _say(self, text, is_right):
        self.said.set_text(text)
        self.dialog.set_response_sensitive(Gtk.ResponseType.OK, is_right)

    def _poll(self):
        try:
            while received := self.worker.receive():
                message, data = received
                answered = self.jobs.get(message.get("id"))
                if answered and message["say"] == "error":
                    self._say(message["message"], False)
                elif answered and message["say"] != "cancelled":
                    answered(message, data)
        except WorkerError as error:
            self._say(str(error), False)
            return False
        return True

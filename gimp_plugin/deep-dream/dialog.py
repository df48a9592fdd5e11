"""The windows: the dialog with recipes and a preview, the run, an error. Nothing here waits for the worker."""

import os
import time

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import GdkPixbuf, Gimp, GimpUi, Gio, GLib, GObject, Gtk, Pango  # noqa: E402
from layers import Source, leaves  # noqa: E402
from runs import Monitor, parameters_of  # noqa: E402
from worker_client import FOLDER, Worker, WorkerError, _, find_command  # noqa: E402

PREVIEW, ROUGH, THUMBNAIL = 256, 96, 80  # longest sides in pixels
FILLED = ("frames", "iterations", "octaves", "strength", "delay")
SHOWN_FRAMES = 8
BOTH = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


def ask(procedure, config, image, drawables, worker):
    """Show the dialog of a procedure; return the worker to go on with, or None when the user left."""
    GimpUi.init("deep-dream")
    if config.find_property("recipe") is None:
        dialog = GimpUi.ProcedureDialog.new(procedure, config, plain(procedure.get_menu_label()))
        dialog.set_ok_label(_("_Export"))
        if config.get_property("file") is None:
            config.set_property("file", suggestion(image))
        dialog.fill(["file", "frame-delay", "plays", "order"])
        dialog.get_widget("file", GObject.TYPE_NONE).set_size_request(440, -1)
        left = not dialog.run()
        dialog.destroy()
        return None if left else worker
    dialog = DreamDialog(procedure, config, Source(image, drawables[0]), worker)
    return dialog.worker if dialog.run() else None


class DreamDialog:
    """Recipes by picture, the settings below, and beside them what comes of it."""

    def __init__(self, procedure, config, source, worker):
        self.config, self.source, self.worker = config, source, worker
        self.recipes, self.defaults, self.jobs, self.timer = {}, {}, {}, 0
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, plain(procedure.get_menu_label()))
        self.dialog.set_ok_label(_("_Dream"))
        columns = Gtk.Box(spacing=18, border_width=6)
        columns.pack_start(self._preview_column(), False, False, 0)
        columns.pack_start(self._settings_column(), True, True, 0)
        self.dialog.get_content_area().pack_start(columns, True, True, 0)
        columns.show_all()
        self.plain = self._pixbuf(*self._read(PREVIEW))
        self._show(self.picture, self.plain, PREVIEW)
        config.connect("notify", self._changed)
        self._question()

    def run(self):
        """Return whether the user wants the dream."""
        poll = GLib.timeout_add(30, self._poll)
        wanted = self.dialog.run()
        GLib.source_remove(poll)
        if self.timer:
            GLib.source_remove(self.timer)
        self.worker.cancel()
        self.dialog.destroy()
        return wanted

    # What is on the screen

    def _preview_column(self):
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.picture = Gtk.Image(width_request=PREVIEW)
        column.pack_start(self.picture, False, False, 0)
        self.previewing = Gtk.CheckButton(label=_("_Preview"), use_underline=True, active=True)
        self.previewing.set_tooltip_text(_("Dream a small version of the picture after every change."))
        self.previewing.connect("toggled", self._changed)
        column.pack_start(self.previewing, False, False, 0)
        self.status = Gtk.Label(xalign=0, yalign=0, wrap=True, max_width_chars=30, width_chars=30)
        column.pack_start(self.status, False, False, 0)
        self.details = Gtk.Expander(label=_("Details"), no_show_all=True)
        self.details_text = Gtk.Label(
            xalign=0, wrap=True, wrap_mode=Pango.WrapMode.CHAR, max_width_chars=30, selectable=True
        )
        scrolled = Gtk.ScrolledWindow(height_request=110, hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.add(self.details_text)
        scrolled.show_all()
        self.details.add(scrolled)
        column.pack_start(self.details, False, False, 0)
        return column

    def _settings_column(self):
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.flow = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.BROWSE,
            min_children_per_line=4,
            max_children_per_line=6,
            homogeneous=True,
            row_spacing=2,
            column_spacing=2,
            valign=Gtk.Align.START,
        )
        self.flow.connect("selected-children-changed", self._recipe_chosen)
        scrolled = Gtk.ScrolledWindow(
            height_request=228, width_request=440, shadow_type=Gtk.ShadowType.IN, hscrollbar_policy=Gtk.PolicyType.NEVER
        )
        scrolled.add(self.flow)
        heading = Gtk.Label(xalign=0, use_markup=True, use_underline=True, mnemonic_widget=self.flow)
        heading.set_markup_with_mnemonic("<b>" + _("Re_cipe") + "</b>")
        column.pack_start(heading, False, False, 0)
        column.pack_start(scrolled, True, True, 0)
        self.about = Gtk.Label(xalign=0, wrap=True, max_width_chars=60)
        column.pack_start(self.about, False, False, 0)
        self.aligned = {number: Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL) for number in (0, 2)}
        grid = Gtk.Grid(row_spacing=6, column_spacing=12)
        column.pack_start(grid, False, False, 0)
        self._attach(grid, 0, 0, "target", self._choice)
        self._attach(grid, 0, 0, "in-place", self._choice)
        self._attach(grid, 2, 0, "frames", self._spin)
        self._attach(grid, 2, 1, "delay", self._spin)
        expander = Gtk.Expander(label=_("Sho_w more settings"), use_underline=True)
        column.pack_start(expander, False, False, 0)
        grid = Gtk.Grid(row_spacing=6, column_spacing=12, margin_top=6)
        expander.add(grid)
        self.models, self.blobs = Gtk.ComboBoxText.new_with_entry(), Gtk.ComboBoxText.new_with_entry()
        for row, (name, make) in enumerate(
            {
                "model": self._entry,
                "layer": self._entry,
                "guide": self._guides,
                "transform": self._entry,
                "python": self._entry,
            }.items()
        ):
            self._attach(grid, 0, row, name, make)
        for row, name in enumerate(("iterations", "octaves", "strength", "seed")):
            self._attach(grid, 2, row, name, self._spin)
        return column

    def _has(self, name):
        return self.config.find_property(name) is not None

    def _attach(self, grid, column, row, name, make):
        if not self._has(name):
            return
        property, widget = self.config.find_property(name), make(name)
        focused = widget.get_child() if isinstance(widget, Gtk.ComboBox) and widget.get_has_entry() else widget
        label = Gtk.Label(xalign=0, use_underline=True, label=property.nick, mnemonic_widget=focused)
        for each in (label, widget):
            each.set_tooltip_text(property.blurb)
        widget.set_hexpand(column == 0)
        self.aligned[column].add_widget(label)
        grid.attach(label, column, row, 1, 1)
        grid.attach(widget, column + 1, row, 1, 1)

    def _spin(self, name):
        fine = self.config.find_property(name).maximum <= 1
        steps = (0.05, 0.2, 2) if fine else (1, 10, 0)
        spin = GimpUi.prop_spin_button_new(self.config, name, *steps)
        spin.set_width_chars(7)
        return spin

    def _choice(self, name):
        combo = Gtk.ComboBoxText()
        choice = (
            Gimp.param_spec_choice_get_choice(self.config.find_property(name))
            if hasattr(Gimp, "param_spec_choice_get_choice")
            else self.config.find_property(name).choice
        )
        for key in choice.list_nicks():
            combo.append(key, choice.get_label(key))
        self.config.bind_property(name, combo, "active-id", BOTH)
        return combo

    def _entry(self, name):
        widget = {"model": self.models, "layer": self.blobs}.get(name) or Gtk.Entry()
        entry = widget.get_child() if isinstance(widget, Gtk.ComboBox) else widget
        entry.set_width_chars(16)
        self.config.bind_property(name, entry, "text", BOTH)
        if name == "transform":
            self.transform = entry
        return widget

    def _guides(self, _name):
        combo, drawables = Gtk.ComboBoxText(), {"": None}
        combo.append("", _("None"))
        for image in Gimp.get_images():
            for layer in leaves(image.get_layers())[::-1]:
                drawables[str(layer.get_id())] = layer
                combo.append(str(layer.get_id()), f"{image.get_name()}: {layer.get_name()}")
        chosen = self.config.get_property("guide")
        combo.set_active_id(str(chosen.get_id()) if chosen else "")
        combo.connect("changed", lambda _combo: self.config.set_property("guide", drawables[combo.get_active_id()]))
        for renderer in combo.get_cells():
            renderer.set_property("ellipsize", Pango.EllipsizeMode.MIDDLE)
        return combo

    # What the worker answers

    def _question(self):
        for do in ("recipes", "models", "load"):
            self.jobs[self.worker.send(do, parameters=parameters_of(self._values()))] = getattr(self, f"_got_{do}")
        self._say(_("Starting the dreamer ..."))
        self._changed()

    def _poll(self):
        try:
            while received := self.worker.receive():
                message, data = received
                answered = self.jobs.get(message.get("id"))
                if answered and message["say"] == "error":
                    self._say(message["message"], self.worker.details())
                elif answered:
                    answered(message, data)
        except WorkerError as error:
            self._say(str(error), error.details)
            self.dialog.set_response_sensitive(Gtk.ResponseType.OK, False)
        return True

    def _got_recipes(self, message, _data):
        self.defaults = self.worker.hello["defaults"]
        self.recipes = {"": {"name": "", "about": _("Falls slowly into the picture."), "values": self.defaults}}
        self.recipes.update((recipe["name"], recipe) for recipe in message["recipes"])
        self.thumbnails, self.waiting = {}, list(self.recipes)
        small = self._scaled(self.plain, THUMBNAIL)
        for name, recipe in self.recipes.items():
            box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, border_width=3)
            self.thumbnails[name] = Gtk.Image.new_from_pixbuf(small)
            self.thumbnails[name].set_size_request(
                THUMBNAIL, THUMBNAIL * small.get_height() // max(small.get_width(), small.get_height())
            )
            label = Gtk.Label(
                label=title(name),
                wrap=True,
                lines=2,
                ellipsize=Pango.EllipsizeMode.END,
                justify=Gtk.Justification.CENTER,
                max_width_chars=11,
                width_chars=11,
                yalign=0,
            )
            box.pack_start(self.thumbnails[name], False, False, 0)
            box.pack_start(label, True, True, 0)
            child = Gtk.FlowBoxChild()
            child.name = name
            child.set_tooltip_text(f"{title(name)}: {recipe['about']}")
            child.add(box)
            self.flow.add(child)
        self.flow.show_all()
        self._select_recipe()
        self._fill()

    def _got_models(self, message, _data):
        for model in message["models"]:
            self.models.append_text(model["name"])
        self.models.get_child().set_placeholder_text(self.worker.hello["model"])

    def _got_load(self, message, _data):
        if message["say"] == "loaded":
            self.jobs[self.worker.send("layers", model=self.config.get_property("model"))] = self._got_layers

    def _got_layers(self, message, _data):
        self.blobs.remove_all()
        for name in (*message["roles"], *message["layers"]):
            self.blobs.append_text(name)

    # What the user does

    def _recipe_chosen(self, flow):
        chosen = flow.get_selected_children()
        if chosen and chosen[0].name != self.config.get_property("recipe"):
            self.config.set_property("recipe", chosen[0].name)

    def _select_recipe(self):
        wanted = self.config.get_property("recipe") or ""
        for child in self.flow.get_children():
            if child.name == wanted and not child.is_selected():
                self.flow.select_child(child)
        self.about.set_text(self.recipes[wanted]["about"] if wanted in self.recipes else "")

    def _fill(self, anew=False):
        """Replace what is left to the recipe by the recipe's numbers, or all of them by those of a new recipe."""
        values = self.recipes.get(self.config.get_property("recipe") or "", {}).get("values", self.defaults)
        for name in FILLED:
            if (
                self._has(name)
                and isinstance(values.get(name), (int, float))
                and (anew or not self.config.get_property(name))
            ):
                self.config.set_property(name, values[name])
        self.blobs.get_child().set_placeholder_text(values.get("layer", ""))
        if self._has("transform"):
            self.transform.set_placeholder_text(values.get("transform", ""))

    def _changed(self, _sender=None, property=None):
        name = property.name if property else ""
        if name == "recipe":
            self._select_recipe()
            self._fill(anew=True)
        elif name in FILLED and self.defaults and not self.config.get_property(name):
            GLib.idle_add(self._fill)
        elif name == "model":
            self.jobs[self.worker.send("load", parameters=parameters_of(self._values()))] = self._got_load
        if self.timer:
            GLib.source_remove(self.timer)
        self.timer = GLib.timeout_add(900 if name == "python" else 150, self._preview, name == "python")

    # The preview

    def _preview(self, restart=False):
        self.timer = 0
        if restart:
            self._restart()
        elif self.previewing.get_active():
            values = self._values()
            few = {name: min(values[name] or most, most) for name, most in (("iterations", 4), ("octaves", 2))}
            self._dream(ROUGH, 1, self._got_rough, **few)
        else:
            self.worker.cancel()
            self._show(self.picture, self.plain, PREVIEW)
            self._say("")
        return False

    def _restart(self):
        self.worker.close()
        self.jobs = {}
        for child in self.flow.get_children():
            child.destroy()
        self.models.remove_all()
        try:
            self.worker = Worker(find_command(FOLDER, self.config.get_property("python")))
            self.dialog.set_response_sensitive(Gtk.ResponseType.OK, True)
            self._question()
        except WorkerError as error:
            self._say(str(error), error.details)

    def _values(self):
        names = ("recipe", "model", "layer", "iterations", "octaves", "strength", "transform", "seed", "guide")
        return {name: self.config.get_property(name) for name in names if self._has(name)}

    def _dream(self, longest, frames, answered, **values):
        values = {**self._values(), **values}
        pictures = self.source.pictures(values.get("guide"), longest)
        size = pictures.described[0]["width"], pictures.described[0]["height"]
        parameters = {**parameters_of(values), "frames": frames if self._has("frames") else 1}
        job = self.worker.send(
            "preview", pictures.pieces(), pictures.size, pictures=pictures.described, parameters=parameters
        )
        self.jobs[job] = lambda message, data: answered(message, data, size)

    def _got_rough(self, message, data, size):
        if message["say"] == "strip":
            self._show(self.picture, self._pixbuf(data, *size), PREVIEW)
            self._say("")
        elif message["say"] == "done":
            self._dream(PREVIEW, SHOWN_FRAMES, self._got_preview)

    def _got_preview(self, message, data, size):
        if message["say"] == "strip":
            self._show(self.picture, self._pixbuf(data, *size), PREVIEW)
            self._say(_("Frame {}").format(message["number"] + 1) if self._has("frames") else "")
        elif message["say"] == "done":
            self._next_thumbnail()

    def _next_thumbnail(self):
        if getattr(self, "waiting", None):
            left = {"transform": "", "iterations": 0, "octaves": 0, "strength": 0}
            self._dream(THUMBNAIL, 3, self._got_thumbnail, recipe=self.waiting[0], **left)

    def _got_thumbnail(self, message, data, size):
        if message["say"] == "strip":
            self.thumbnail = self._pixbuf(data, *size)
        elif message["say"] in ("done", "error"):
            if message["say"] == "done":
                self._show(self.thumbnails[self.waiting[0]], self.thumbnail, THUMBNAIL)
            del self.waiting[0]
            self._next_thumbnail()

    def _read(self, longest):
        pictures = self.source.pictures(longest=longest)
        first = pictures.described[0]
        data = b"".join(pictures.pieces())[: first["width"] * first["height"] * 4]
        return data, first["width"], first["height"]

    def _pixbuf(self, data, width, height):
        pixbuf = GdkPixbuf.Pixbuf.new_from_bytes(
            GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
        )
        return pixbuf.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, 8, 0x999999, 0x666666)

    def _scaled(self, pixbuf, longest):
        scale = longest / max(pixbuf.get_width(), pixbuf.get_height())
        return pixbuf.scale_simple(
            max(1, round(pixbuf.get_width() * scale)),
            max(1, round(pixbuf.get_height() * scale)),
            GdkPixbuf.InterpType.BILINEAR,
        )

    def _show(self, widget, pixbuf, longest):
        widget.set_from_pixbuf(self._scaled(pixbuf, longest))

    def _say(self, sentence, details=""):
        self.status.set_text(sentence)
        self.details_text.set_text(details)
        self.details.set_visible(bool(details))


def plain(label):
    """Return a menu label as a title."""
    return label.rstrip(". …").replace("_", "")


def suggestion(image):
    """Return the file an animation of an image may go to: beside it, or in the folder of the user."""
    file = image.get_file() or image.get_imported_file()
    path = file.get_path() if file else None
    folder, name = os.path.split(path) if path else (GLib.get_home_dir(), "dream")
    return Gio.File.new_for_path(os.path.join(folder, os.path.splitext(name)[0] + ".gif"))


def title(name):
    """Return the name of a recipe as people write it."""
    return name.replace("-", " ").capitalize() if name else _("Plain")


class RunWindow(Monitor):
    """A small window while frames are made, with a button that ends it and keeps them."""

    def __init__(self):
        self.began = time.monotonic()
        self.window = Gtk.Dialog(title=_("Dreaming"), border_width=12, default_width=400, resizable=False)
        self.window.add_button(_("_Stop and keep the frames"), Gtk.ResponseType.CANCEL)
        self.window.connect("response", self._stop)
        self.window.connect("delete-event", lambda *_event: True)
        box = self.window.get_content_area()
        box.set_spacing(6)
        self.text = Gtk.Label(xalign=0, label=_("Starting ..."))
        self.bar = Gtk.ProgressBar(width_request=360)
        box.pack_start(self.text, False, False, 0)
        box.pack_start(self.bar, False, False, 0)
        GimpUi.window_set_transient(self.window)
        self.window.show_all()
        self.tick()

    def show(self, fraction, text):
        """Show ``fraction`` and ``text``."""
        self.bar.set_fraction(fraction)
        self.text.set_text(text)

    def tick(self):
        """Let the window live."""
        while Gtk.events_pending():
            Gtk.main_iteration_do(False)

    def close(self):
        """Take the window away."""
        self.window.destroy()
        self.tick()

    def _stop(self, *_response):
        self.stopped = True
        self.text.set_text(_("Stopping ..."))
        self.window.set_sensitive(False)


def show_error(sentence, details):
    """Show one sentence, and what the worker said last under Details."""
    window = Gtk.MessageDialog(
        message_type=Gtk.MessageType.ERROR, buttons=Gtk.ButtonsType.CLOSE, text=sentence, title=_("Deep Dream")
    )
    expander = Gtk.Expander(label=_("Details"))
    text = Gtk.TextView(editable=False, monospace=True, left_margin=6)
    text.get_buffer().set_text(details)
    scrolled = Gtk.ScrolledWindow(height_request=160, width_request=480)
    scrolled.add(text)
    expander.add(scrolled)
    window.get_message_area().pack_start(expander, True, True, 0)
    expander.show_all()
    GimpUi.window_set_transient(window)
    window.run()
    window.destroy()

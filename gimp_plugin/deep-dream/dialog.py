"""The dialog with recipes and a preview. Nothing here waits for the worker."""

from functools import partial

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from arguments import RECIPE  # noqa: E402
from atlas import SIDE, AtlasWindow  # noqa: E402
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402
from language import FOLDER, _  # noqa: E402
from pictures import Source  # noqa: E402
from preview import pixbuf_of  # noqa: E402
from previewing import Previewing  # noqa: E402
from procedures import PROCEDURES  # noqa: E402
from recipes import RecipeChooser  # noqa: E402
from rows import Rows  # noqa: E402
from worker_client import Worker, WorkerError, find_command  # noqa: E402

LATER = 900  # milliseconds after a change that starts another worker


def ask(procedure, config, image, drawables, worker):
    """Show the dialog of a procedure; return the worker to go on with, or None when the user left."""
    GimpUi.init("deep-dream")
    if config.find_property(RECIPE.name):
        dialog = DreamDialog(procedure, config, Source(image, drawables[0]), worker)
        return dialog.worker if dialog.run() else None
    import saving

    return worker if saving.ask(procedure, config, image, worker) else None


class DreamDialog:
    """Recipes by picture, the settings below, and beside them what comes of it."""

    def __init__(self, procedure, config, source, worker):
        self.config, self.source, self.worker = config, source, worker
        self.defaults, self.jobs, self.timer = {}, {}, 0
        self.atlas, self.atlas_job = None, None
        self.arguments = [each for each in PROCEDURES[procedure.get_name()].arguments if each is not RECIPE]
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, plain(procedure.get_menu_label()))
        self.dialog.set_ok_label(_("_Dream"))
        self.recipes = RecipeChooser(lambda name: config.set_property(RECIPE.name, name))
        self.previewing = Previewing(source, self._ask, self._values, self._recipe_values, self.recipes.show)
        self.preview = self.previewing.column
        self.rows = Rows(config, self.arguments, self._show_atlas)
        settings = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        settings.pack_start(self.recipes.widget, True, True, 0)
        settings.pack_start(self.rows.widget, False, False, 0)
        columns = Gtk.Box(spacing=18, border_width=6)
        columns.pack_start(self.preview.widget, False, False, 0)
        columns.pack_start(settings, True, True, 0)
        self.dialog.get_content_area().pack_start(columns, True, True, 0)
        columns.show_all()
        config.connect("notify", self._changed)
        self._question()

    def run(self):
        """Return whether the user wants the dream."""
        poll = GLib.timeout_add(30, self._poll)
        wanted = self.dialog.run()
        GLib.source_remove(poll)
        if self.timer:
            GLib.source_remove(self.timer)
        self.previewing.stop()
        self.worker.cancel()
        self.dialog.destroy()
        return wanted

    # What is chosen

    def _recipe(self):
        return self.config.get_property(RECIPE.name) or ""

    def _recipe_values(self):
        return self.recipes.recipes.get(self._recipe(), {}).get("values", self.defaults)

    def _values(self):
        return {each.name: self.config.get_property(each.name) for each in (RECIPE, *self.arguments)}

    def _model(self):
        return self.config.get_property("model") or self._recipe_values().get("model")

    # What the worker answers

    def _question(self):
        for do in ("recipes", "models", "load"):
            self._ask(do, getattr(self, f"_got_{do}"), model=self._model())
        self.preview.say(_("Starting the dreamer ..."))
        self.previewing.restart()

    def _ask(self, do, answered, pictures=None, **fields):
        """Send a message; its answers come to `answered`."""
        if pictures:
            job = self.worker.send(do, pictures.pieces(), pictures.size, pictures=pictures.described, **fields)
        else:
            job = self.worker.send(do, **fields)
        self.jobs[job] = answered
        return job

    def _poll(self):
        try:
            while received := self.worker.receive():
                message, data = received
                answered = self.jobs.get(message.get("id"))
                if answered and message["say"] == "error":
                    self._failed(message)
                elif answered:
                    answered(message, data)
        except WorkerError as error:
            self.preview.say(str(error), error.details)
            self.dialog.set_response_sensitive(Gtk.ResponseType.OK, False)
            if self.atlas:
                self.atlas.say(str(error))
        return True

    def _failed(self, message):
        if self.atlas:
            self.atlas.say(message["message"])
        else:
            self.previewing.failed(message, self.worker.details())

    def _got_recipes(self, message, _data):
        self.defaults = self.worker.hello["defaults"]
        recipes = {"": {"about": _("Falls slowly into the picture."), "values": self.defaults}}
        recipes.update((recipe["name"], recipe) for recipe in message["recipes"])
        self.recipes.fill(recipes, self.previewing.plain)
        self.previewing.offer(recipes)
        self._show_recipe()

    def _got_models(self, message, _data):
        self.rows.offer(self.rows.models, [model["name"] for model in message["models"]])

    def _got_load(self, message, _data):
        if message["say"] == "loaded":
            self._ask("layers", self._got_layers, model=self._model())

    def _got_layers(self, message, _data):
        self.rows.offer(self.rows.blobs, (*message["roles"], *message["layers"]))

    # What the user does

    def _show_recipe(self):
        self.recipes.select(self._recipe())
        self.rows.show_values(self._recipe_values())

    def _changed(self, _sender=None, property=None):
        name = property.name if property else ""
        if name == RECIPE.name:
            self._show_recipe()
        if name in (RECIPE.name, "model"):
            self._ask("load", self._got_load, model=self._model())
        if name == "python":
            if self.timer:
                GLib.source_remove(self.timer)
            self.timer = GLib.timeout_add(LATER, self._restart)
        else:
            self.previewing.restart()

    def _restart(self):
        self.timer = 0
        self.worker.close()
        self.jobs = {}
        self.previewing.offer(())
        self.recipes.clear()
        try:
            self.worker = Worker(find_command(FOLDER, self.config.get_property("python")))
            self.dialog.set_response_sensitive(Gtk.ResponseType.OK, True)
            self._question()
        except WorkerError as error:
            self.preview.say(str(error), error.details)
        return False

    # The atlas

    def _show_atlas(self):
        layer = self.config.get_property("layer") or str(self._recipe_values().get("layer", ""))
        is_plain = layer and not set(layer) & set("()+*,: ")
        chosen = partial(self.config.set_property, "layer")
        self.atlas = AtlasWindow(self.dialog, layer if is_plain else "objects", self._ask_atlas, chosen)
        self.previewing.is_paused = True
        self.atlas.run()
        self.previewing.is_paused, self.atlas = False, None
        self.previewing.restart()  # whose preview ends what is not dreamed yet

    def _ask_atlas(self, layer):
        pictures = self.source.pictures(longest=SIDE)
        size = pictures.described[0]["width"], pictures.described[0]["height"]
        answered = partial(self._got_small_dream, size=size)
        self.atlas_job = self._ask("atlas", answered, pictures, model=self._model(), layer=layer)

    def _got_small_dream(self, message, data, size):
        if self.atlas is None or message["id"] != self.atlas_job:
            return
        if message["say"] == "strip":
            self.small = pixbuf_of(data, *size)
        elif message["say"] == "layer":
            self.atlas.add(message["layer"], message["label"], self.small)
        elif message["say"] == "done":
            self.atlas.say(_("A click chooses what is dreamed."))


def plain(label):
    """Return a menu label as a title."""
    return label.rstrip(". …").replace("_", "")

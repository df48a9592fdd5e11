"""The dialog that one stays in: it shows what comes of its settings, dreams, and is as it was. Nothing here waits."""

import traceback
from functools import partial

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from actions import DREAM, Actions  # noqa: E402
from arguments import RECIPE  # noqa: E402
from aside import step_aside  # noqa: E402
from banner import Banner  # noqa: E402
from building import Building  # noqa: E402
from checking import Checking, needs  # noqa: E402
from conversation import Conversation  # noqa: E402
from fields import warn  # noqa: E402
from gi.repository import Gdk, GimpUi, GLib, Gtk, Pango  # noqa: E402
from keeping import LAST, keep  # noqa: E402
from language import _  # noqa: E402
from pictures import Pictures  # noqa: E402
from presets import Presets  # noqa: E402
from preview import PREVIEW, pixbuf_of  # noqa: E402
from previewing import Previewing  # noqa: E402
from procedures import PROCEDURES  # noqa: E402
from running import RunPart  # noqa: E402
from settings import Settings  # noqa: E402
from sight import Scrolled  # noqa: E402
from subject import Subject  # noqa: E402
from worker_client import WorkerError  # noqa: E402

LATER = 900  # milliseconds after a change that starts another worker
SIZE, FREE = (980, 760), 100  # pixels of the dialog where the screen has them, and of its height that stay free


class DreamDialog:
    """Recipes by picture, the settings below, beside them what comes of it, and under them the run.

    Parameters
    ----------
    procedure, config, image, drawables
        As GIMP gives them.
    dream : callable
        The function of runs.py that dreams.
    """

    def __init__(self, procedure, config, image, drawables, dream):
        GimpUi.init("deep-dream")
        self.conversation = Conversation(config.get_property("python"), self._failed, self._gone)
        self.name, self.config, self.dream = procedure.get_name(), config, dream
        self.result, self.has_dreamed, self.is_leaving = None, False, False
        self.timer, self.problems = 0, set()
        self.title = plain(procedure.get_menu_label())
        self.dialog = Gtk.Dialog(title=self.title, use_header_bar=False, role="deep-dream")
        GimpUi.window_set_transient(self.dialog)
        step_aside(self.dialog)
        self.banner = Banner()
        arguments = [each for each in PROCEDURES[procedure.get_name()].arguments if each is not RECIPE]
        is_one = config.find_property("frames") is not None
        self.building = Building(self)
        self.settings = Settings(config, arguments, self.building.helpers())
        self.subject = Subject(image, drawables, is_one, self._changed_source, self._closed)
        self.previewing = Previewing(
            self.subject.source(self.settings.values()),
            self.conversation.ask,
            self.settings.dreamed,
            self.settings.recipe_values,
            self.settings.chooser,
        )
        self.column = self.previewing.column
        self.dialog.set_icon(self.previewing.plain)  # by which lists of windows tell several dialogs apart
        self.checking = Checking(self.conversation.ask, self._to_check, self._fine, self._wrong)
        self.presets = Presets(self.settings, self._ask_now, self.dialog, self._tell, self._pixels)
        self.run_part = RunPart(lambda: self.subject.name, self._show_frame)
        self._arrange()
        if is_one and len(drawables) > 1:
            sentence = _("{} layers are selected, and one dreams: {}. Choose another one beside the image's name.")
            self._tell(sentence.format(len(drawables), drawables[0].get_name()), Gtk.MessageType.WARNING)
        config.connect("notify", self._changed)
        self._question()

    def run(self):
        """Dream as often as the user wants; return the last image with frames, and whether there was any dream."""
        self.dialog.show()
        Gtk.main()
        if self.timer:
            GLib.source_remove(self.timer)
        self.previewing.stop()
        self.checking.stop()
        self.subject.end()
        self.conversation.end()
        self.dialog.destroy()
        return self.result, self.has_dreamed

    def _arrange(self):
        Actions(self.dialog, self.name, self.settings, self._tell)
        self.settings.chooser.top.pack_start(self.presets.widget, False, False, 0)
        self.columns = Gtk.Box(spacing=18)
        self.columns.pack_start(Scrolled(self.column.widget, propagate_natural_height=True), False, False, 0)
        self.columns.pack_start(self.settings.widget, True, True, 0)
        self.needs = Gtk.Label(xalign=1, wrap=True, lines=3, ellipsize=Pango.EllipsizeMode.END)
        self.needs.set_justify(Gtk.Justification.RIGHT)
        content = self.dialog.get_content_area()
        content.set_spacing(9)
        content.set_border_width(9)
        for part, expands in (
            (self.banner.widget, False),
            (self.subject.widget, False),
            (self.columns, True),
            (self.needs, False),
            (self.run_part.widget, False),
        ):
            content.pack_start(part, expands, expands, 0)
            part.show_all()
        self.dialog.connect("response", self._respond)
        self.dialog.connect("delete-event", lambda *_event: True)  # the window goes when the run has ended
        self.dialog.connect("close", self._escape)
        area = Gdk.Display.get_default().get_monitor(0).get_workarea()
        self.dialog.set_default_size(*map(min, SIZE, (area.width, area.height - FREE)))

    # What the worker answers

    def _question(self):
        for do in ("recipes", "models", "load"):
            self.conversation.ask(do, getattr(self, f"_got_{do}"), failed=self._ignore, model=self.settings.model())
        self.column.say(_("Starting the dreamer ..."))
        self.restart()

    def _got_recipes(self, message, _data):
        self.settings.fill(message["recipes"], self.conversation.worker.hello["defaults"], self.previewing.plain)
        self._know_recipe()

    def _know_recipe(self):
        """Ask what the recipe says where it is of a file that was not offered."""
        if self.settings.recipes() and self.settings.recipe() not in self.settings.recipes():
            self.conversation.ask("recipe", self._got_recipe, failed=self._ignore, recipe=self.settings.recipe())

    def _got_recipe(self, message, _data):
        self.settings.add(message["recipe"])

    def _got_models(self, message, _data):
        self.settings.rows.offer(self.settings.rows.models, [model["name"] for model in message["models"]])

    def _got_load(self, message, _data):
        if message["say"] == "loaded":
            self.conversation.ask("layers", self._got_layers, failed=self._ignore, model=self.settings.model())

    def _got_layers(self, message, _data):
        self.settings.rows.offer(self.settings.rows.blobs, (*message["roles"], *message["layers"]))

    def _ignore(self, _message):
        """The check of all settings says it as well."""

    def _failed(self, message):
        self.previewing.failed(message, self.conversation.worker.details())

    def _gone(self, error):
        self._problem("worker", True)
        self.column.say("")
        self._foot("")
        self.banner.say("worker", str(error), error.details, _("Start it again"), self._restart_worker)
        self.building.say(str(error))

    # What can be dreamed

    def _problem(self, name, is_there):
        """Note what is in the way, or that it no longer is; Dream is there for when nothing is."""
        (self.problems.add if is_there else self.problems.discard)(name)
        self.dialog.set_response_sensitive(DREAM, not self.problems)

    def restart(self):
        """Begin anew with what is set now: see whether it can be, then dream a preview."""
        self.previewing.stop()
        self.conversation.stop_dreams()
        self._foot("")
        self.settings.show()
        self.presets.show(self.settings.recipe())
        if not self.problems & {"image", "worker", "run"}:
            self.checking.restart()

    def _ask_now(self, do, answered, **fields):
        """Ask something that must not wait for a preview, which then begins anew."""
        self.conversation.stop_dreams()
        self.conversation.ask(do, answered, **fields)
        self.restart()

    def _to_check(self):
        """Return what is to be checked: pictures, described, and values."""
        if not self.subject.is_there():
            return None
        values = self.settings.values()
        try:
            self.previewing.source = self.subject.source(values)
            self.settings.show_areas(self.subject.areas(self.previewing.source))
        except WorkerError as error:
            self._wrong({"message": str(error)})
            return None
        pictures = self.previewing.source.pictures(values.get("guide"))
        values = self.settings.dreamed()
        return pictures.described, values if self.subject.is_one else {**values, "frames": "1"}

    def _fine(self, message):
        self._problem("settings", False)
        self.banner.clear("settings")
        self.settings.rows.wrong({})
        sentence = _("This will take {}") if self.subject.is_one else _("Each layer will take {}")
        self._foot(sentence.format(needs(message)))
        if "seconds" not in message:
            self.previewing.restart()

    def _wrong(self, message):
        self._problem("settings", True)
        sentences = message.get("wrong", {})
        self.settings.rows.wrong(sentences)
        self.banner.clear("settings")
        if not sentences:
            self.banner.say("settings", message["message"])
        self._foot(*sentences.values(), is_wrong=True)
        self.column.say("")

    def _foot(self, *sentences, is_wrong=False):
        """Show above the buttons what a dream takes, or why there can be none."""
        show = partial(warn, self.needs) if is_wrong else self.needs.set_text
        show("; ".join(sentences))

    # What the user does

    def _changed(self, _config, property):
        if property.name == RECIPE.name:
            self._know_recipe()
        if property.name in (RECIPE.name, "model"):
            self.conversation.ask("load", self._got_load, failed=self._ignore, model=self.settings.model())
        if property.name == "python":
            if self.timer:
                GLib.source_remove(self.timer)
            self.timer = GLib.timeout_add(LATER, self._restart_worker)
        else:
            self.restart()

    def _changed_source(self):
        self.previewing.set_source(self.subject.source(self.settings.values()))
        self.restart()

    def _closed(self):
        self._problem("image", True)
        self.previewing.stop()
        self.checking.stop()
        self.banner.say(
            "image", _("{} was closed. What is set here comes back the next time.").format(self.subject.name)
        )
        keep(self.name, LAST, self.settings.values())

    def _restart_worker(self):
        self.timer = 0
        self._problem("worker", False)
        self.conversation.start(self.config.get_property("python"))
        self._question()
        return False

    def _tell(self, sentence, kind=Gtk.MessageType.INFO):
        self.banner.clear("told")
        if sentence:
            self.banner.say("told", sentence, way_on=_("All right"), do=lambda: None, kind=kind)

    def _pixels(self):
        """Return the file of the picture, or None, and the roles of what dreams besides it."""
        file = self.subject.image.get_file() if self.subject.is_there() else None
        described = self.previewing.source.pictures(self.settings.values().get("guide")).described
        return file and file.get_path(), [each["role"] for each in described[1:]]

    # The run

    def _dream(self):
        keep(self.name, LAST, self.settings.values())
        self.banner.clear("run")
        try:
            self.result = self.conversation.lend(self._dream_with)
            self.has_dreamed = True
            self.subject.go_on()
        except WorkerError as error:
            self.banner.say("run", str(error), error.details)
        except Exception as error:
            traceback.print_exc()
            said = f"{_('Deep Dream stopped unexpectedly:')} {type(error).__name__}: {error}"
            self.banner.say("run", said, traceback.format_exc())
        finally:
            self._hold(False)

    def _dream_with(self, worker):
        self._hold(True)
        self.run_part.begin(worker)
        return self.dream(
            self.settings.values(), self.subject.image, [self.subject.drawable], worker, self.run_part, True
        )

    def _hold(self, is_running):
        """Let the run alone be used, or everything again as it was."""
        self._problem("run", is_running)
        self.dialog.set_title(_("Dreaming") if is_running else self.title)
        for part in self.dialog.get_content_area().get_children():
            if part not in (self.banner.widget, self.columns, self.run_part.widget):
                part.set_sensitive(not is_running)
        self.settings.widget.set_sensitive(not is_running)
        self.needs.set_visible(not is_running)
        self.previewing.is_paused = is_running
        if is_running:
            self.previewing.stop()
            self.checking.stop()
            self.column.say("")
        else:
            self.run_part.close()
            self.restart()

    def _show_frame(self, buffer, size):
        pictures = Pictures().add("picture", buffer, size, "RGBA u8", longest=PREVIEW)
        described = pictures.described[0]
        self.column.show(pixbuf_of(b"".join(pictures.pieces()), described["width"], described["height"]))

    def _respond(self, _dialog, response):
        if response == DREAM:
            self._dream()
        elif "run" in self.problems:
            self.is_leaving = True
            self.run_part.end()
        else:
            self.is_leaving = True
        if self.is_leaving and "run" not in self.problems:
            Gtk.main_quit()

    def _escape(self, dialog):
        if "run" in self.problems:  # the key that closes windows must not end a long run
            dialog.stop_emission_by_name("close")


def plain(label):
    """Return a menu label as a title."""
    return label.rstrip(". …").replace("_", "")

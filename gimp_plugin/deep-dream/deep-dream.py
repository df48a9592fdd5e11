#!/usr/bin/env python3
"""Filters > Deep Dream: dreams grown into layers by a worker process, and layers saved as an animation."""

import os
import sys
import traceback
from contextlib import suppress

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402
from worker_client import FOLDER, Worker, WorkerError, _, find_command  # noqa: E402

AUTOMATIC = " " + _("0 takes what the recipe says.")
EMPTY = " " + _("Empty takes what the recipe says.")
ARGUMENTS = {  # kind, label, help, then the limits and the default
    "recipe": ("string", _("Reci_pe"), _("The way of dreaming to begin with; empty for plain zooming."), ""),
    "model": ("string", _("_Model"), _("The trained network that dreams; empty for the one that comes along."), ""),
    "layer": (
        "string",
        _("Lay_er"),
        _("What is amplified: textures, patterns, parts, objects, or the name of a layer of the network.") + EMPTY,
        "",
    ),
    "frames": ("int", _("_Frames"), _("How many frames to make.") + AUTOMATIC, 0, 100000, 0),
    "iterations": (
        "int",
        _("_Iterations"),
        _("Steps on each octave: more of them dream stronger.") + AUTOMATIC,
        0,
        10000,
        0,
    ),
    "octaves": (
        "int",
        _("Octa_ves"),
        _("In how many sizes the picture dreams: more of them make larger forms.") + AUTOMATIC,
        0,
        32,
        0,
    ),
    "strength": ("double", _("Stren_gth"), _("Opacity of the dream over the original.") + AUTOMATIC, 0, 1, 0),
    "transform": (
        "string",
        _("_Between frames"),
        _("What happens to a frame before the next one is dreamed, such as zoom(0.05).") + EMPTY,
        "",
    ),
    "guide": ("drawable", _("G_uide"), _("A picture whose forms the dream takes, from any open image."), True),
    "seed": ("int", _("Seed"), _("The same seed gives the same frames again.") + AUTOMATIC, 0, 2147483647, 0),
    "delay": ("int", _("Dela_y (ms)"), _("How long a frame is shown.") + AUTOMATIC, 0, 100000, 0),
    "frame-delay": (
        "int",
        _("Dela_y (ms)"),
        _("How long a layer is shown; 0 takes what the names of the layers say."),
        0,
        100000,
        0,
    ),
    "target": (
        "choice",
        _("Frames go _to"),
        _("Where the frames appear; the first one is the lowest layer."),
        (("new-image", _("A new image")), ("layers", _("Layers of this image")), ("group", _("A layer group"))),
    ),
    "in-place": (
        "choice",
        _("What dreams"),
        _("Whether the layers themselves dream or those of a copy."),
        (("new-image", _("A copy of the image")), ("layers", _("The layers themselves"))),
    ),
    "file": ("file", _("_File"), _("The file to save: .gif, .webp or .mp4."), Gimp.FileChooserAction.SAVE, True, None),
    "plays": ("int", _("_Plays"), _("How often it is shown; 0 is for ever."), 0, 65535, 0),
    "order": (
        "choice",
        _("Or_der"),
        _("In which order the layers are shown, from the lowest."),
        (("forward", _("Forwards")), ("reverse", _("Backwards")), ("pingpong", _("Forwards and backwards"))),
    ),
    "python": (
        "string",
        _("Pytho_n"),
        _("The Python that has dreamcore; empty for the one that “dreamcore gimp install” wrote down."),
        "",
    ),
}
PROCEDURES = {  # run function, menu label, help, sensitivity, arguments
    "plug-in-deep-dream": (
        "dream",
        _("_Deep Dream..."),
        _("Grow a layer stack of dreamed frames from a layer."),
        "recipe model layer frames iterations octaves strength transform guide seed delay target python",
    ),
    "plug-in-deep-dream-layers": (
        "dream_layers",
        _("Dream Every _Layer..."),
        _("Dream each layer of an animation or video for itself."),
        "recipe model layer iterations octaves strength guide seed in-place python",
    ),
    "plug-in-deep-dream-animation": (
        "save_animation",
        _("_Save as GIF..."),
        _("Save the layers as an animation: GIF, WebP or MP4."),
        "file frame-delay plays order python",
    ),
}


def run(procedure, run_mode, image, drawables, config, _data):
    """Ask what to do when there is a window, do it, and turn what went wrong into one sentence."""
    import runs

    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # GIMP's own Cancel then ends the worker as well
    Gegl.init(None)
    interactive, worker, monitor = run_mode == Gimp.RunMode.INTERACTIVE, None, None
    Gimp.context_push()
    try:
        function, _label, _help, names = PROCEDURES[procedure.get_name()]
        worker = Worker(find_command(FOLDER, config.get_property("python")))
        if interactive:
            import dialog

            chosen = dialog.ask(procedure, config, image, drawables, worker)
            if not chosen:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
            worker = chosen
        monitor = dialog.RunWindow() if interactive else runs.Monitor()
        values = {name: config.get_property(name) for name in names.split()}
        result = getattr(runs, function)(values, image, drawables, worker, monitor, interactive)
        Gimp.displays_flush()
        answer = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
        answer.remove(1)
        answer.insert(1, GObject.Value(Gimp.Image, result if result and result.is_valid() else None))
        return answer
    except WorkerError as error:
        if interactive and error.details and monitor:
            monitor = monitor.close()
            dialog.show_error(str(error), error.details)
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(str(error)))
    except Exception as error:
        traceback.print_exc()
        return procedure.new_return_values(
            Gimp.PDBStatusType.EXECUTION_ERROR,
            GLib.Error(_("Deep Dream stopped unexpectedly:") + f" {type(error).__name__}: {error}"),
        )
    finally:
        if monitor:
            monitor.close()
        if worker:
            worker.close()
        Gimp.context_pop()


class DeepDream(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name):
        return True, "deep-dream", "locale"

    def do_query_procedures(self):
        return list(PROCEDURES)

    def do_create_procedure(self, name):
        _function, label, help, names = PROCEDURES[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("*")
        procedure.set_menu_label(label)
        procedure.add_menu_path("<Image>/Filters/Deep Dream")
        procedure.set_documentation(help, help, name)
        procedure.set_attribution("Deep Dream", "Deep Dream", "2026")
        for argument in names.split():
            kind, nick, blurb, *rest = ARGUMENTS[argument]
            if kind == "choice":
                choice = Gimp.Choice.new()
                for number, (key, text) in enumerate(rest[0]):
                    choice.add(key, number, text, "")
                rest = choice, rest[0][0][0]
            getattr(procedure, f"add_{kind}_argument")(argument, nick, blurb, *rest, GObject.ParamFlags.READWRITE)
        procedure.add_image_return_value(
            "result", _("Result"), _("The image that holds the frames."), True, GObject.ParamFlags.READWRITE
        )
        return procedure


Gimp.main(DeepDream.__gtype__, sys.argv)

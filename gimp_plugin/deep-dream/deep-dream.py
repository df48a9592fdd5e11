#!/usr/bin/env python3
"""Filters > Deep Dream: dreams grown into layers by a worker process, and layers saved as an animation."""

import importlib
import os
import sys
import traceback
from contextlib import suppress

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from arguments import FILE, RECIPE  # noqa: E402
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402
from language import FOLDER, _  # noqa: E402
from procedures import PROCEDURES  # noqa: E402
from worker_client import Worker, WorkerError, find_command  # noqa: E402


def run(procedure, run_mode, image, drawables, config, _data):
    """Ask what to do when there is a window, do it, and turn what went wrong into one sentence."""
    import runs

    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # GIMP's own Cancel then ends the worker as well
    Gegl.init(None)
    interactive = run_mode == Gimp.RunMode.INTERACTIVE
    shown = run_mode != Gimp.RunMode.NONINTERACTIVE and Gimp.default_display() is not None
    worker, monitor = None, None
    Gimp.context_push()
    try:
        row = PROCEDURES[procedure.get_name()]
        module, function = row.function.split(".")
        do = getattr(importlib.import_module(module), function)
        if row.begins:
            import notes

            image, drawables = getattr(notes, row.begins)(config, image, drawables, interactive)
        elif RECIPE in row.arguments and run_mode != Gimp.RunMode.NONINTERACTIVE:
            import keeping

            keeping.recall(config, row.arguments)
        if interactive and RECIPE in row.arguments:
            import dialog

            return answer(procedure, *dialog.DreamDialog(procedure, config, image, drawables, do).run())
        worker = Worker(find_command(FOLDER, config.get_property("python")))
        if interactive:
            import saving

            if not saving.ask(procedure, config, image, worker):
                return answer(procedure, None, False)
        if shown:
            import windows
        monitor = windows.RunWindow(image) if shown else runs.Monitor()
        values = {each.name: config.get_property(each.name) for each in row.arguments}
        result = do(values, image, drawables, worker, monitor, shown)
        Gimp.displays_flush()
        return answer(procedure, result, True)
    except WorkerError as error:
        if shown and error.details and monitor:
            monitor = monitor.close()
            windows.show_error(str(error), error.details)
            return answer(procedure, None, False)
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


def answer(procedure, result, is_done):
    """Return what GIMP is to know of a run: its image, and whether its values are worth keeping."""
    if not is_done:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    values.remove(1)
    values.insert(1, GObject.Value(Gimp.Image, result if result and result.is_valid() else None))
    return values


class DeepDream(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name):
        return True, "deep-dream", "locale"

    def do_query_procedures(self):
        return list(PROCEDURES)

    def do_create_procedure(self, name):
        row = PROCEDURES[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("*")
        procedure.set_menu_label(row.label)
        procedure.add_menu_path("<Image>/Filters/Deep Dream")
        procedure.set_documentation(row.help, row.help, None)  # its own guide is its help
        procedure.set_attribution("Deep Dream", "Deep Dream", "2026")
        for each in row.arguments:
            limits = each.limits
            if each.kind == "choice":
                choice = Gimp.Choice.new()
                for number, (key, text) in enumerate(limits):
                    choice.add(key, number, text, "")
                limits = choice, limits[0][0]
            elif each is FILE:
                limits = Gimp.FileChooserAction.SAVE, True, None
            elif each.kind == "file":
                limits = Gimp.FileChooserAction.CREATE_FOLDER, True, None
            add = getattr(procedure, f"add_{each.kind}_argument")
            add(each.name, each.label, each.help, *limits, GObject.ParamFlags.READWRITE)
        procedure.add_image_return_value(
            "result", _("Result"), _("The image that holds the frames."), True, GObject.ParamFlags.READWRITE
        )
        return procedure


Gimp.main(DeepDream.__gtype__, sys.argv)

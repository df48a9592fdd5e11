"""What stays on disk in the user's GIMP folder: the last values of a procedure, and favourite recipes."""

import json
import os
from contextlib import suppress

from gi.repository import Gimp, Gio, GLib

FAVOURITES = "deep-dream-favourites.json"


def keep_last(config):
    """Keep what is set as the last values of its procedure, as GIMP does after a run that went well."""
    folder = os.path.join(Gimp.directory(), "plug-in-settings")
    with suppress(OSError, GLib.Error):
        os.makedirs(folder, exist_ok=True)
        file = Gio.File.new_for_path(os.path.join(folder, f"{config.__gtype__.name}.last"))
        Gimp.Config.serialize_to_file(config, file, "settings", "end of settings", None)


def favourites():
    """Return the names of the recipes that are marked as favourites."""
    try:
        with open(os.path.join(Gimp.directory(), FAVOURITES), encoding="utf-8") as file:
            return [name for name in json.load(file) if isinstance(name, str)]
    except (OSError, ValueError, TypeError):
        return []


def keep_favourites(names):
    """Keep the names of favourite recipes, whole or not at all."""
    path = os.path.join(Gimp.directory(), FAVOURITES)
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(sorted(names), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)

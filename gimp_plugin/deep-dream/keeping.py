"""What stays in the user's GIMP folder: the settings of a procedure, and favourite recipes.

GIMP itself keeps settings, too, but only of runs that went well, and not a layer of another image.
"""

import json
import os
from contextlib import suppress

from gi.repository import Gimp, Gio
from pictures import leaves

LAST, SAVED, FAVOURITES = "last", "saved", "favourites"


def keep(procedure, which, values):
    """Keep settings: `LAST` come back the next time, `SAVED` when the user wants them.

    Parameters
    ----------
    procedure : str
        Name of the procedure.
    which : str
    values : dict
        From names of arguments to texts, numbers, layers, files, or None.
    """
    described = {name: _described(value) for name, value in values.items()}
    _write(f"{procedure}.{which}", described)


def kept(procedure, which):
    """Return the settings that were kept, empty where there are none; of layers, those that are still open."""
    found = _read(f"{procedure}.{which}", {})
    values = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        if not isinstance(value, dict):
            values[name] = value
        elif "file" in value:
            values[name] = Gio.File.new_for_path(value["file"])
        else:
            values[name] = next((layer for layer in open_layers() if _described(layer) == value), None)
    return values


def put(config, arguments, values):
    """Set arguments by their names; what an argument cannot be is left as it is, and so is what is not named."""
    for each in arguments:
        is_choice = each.kind == "choice" and values.get(each.name) not in dict(each.limits)
        if each.name in values and not is_choice:
            with suppress(TypeError):
                config.set_property(each.name, values[each.name])


def recall(config, arguments):
    """Set what was kept of the last dream."""
    put(config, arguments, kept(config.get_procedure().get_name(), LAST))


def favourites():
    """Return the names of the recipes that are marked as favourites."""
    found = _read(FAVOURITES, [])
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def keep_favourites(names):
    """Keep the names of favourite recipes."""
    _write(FAVOURITES, sorted(names))


def open_layers():
    """Yield the layers of all open images that hold pixels, the upper ones first."""
    for image in Gimp.get_images():
        yield from leaves(image.get_layers())[::-1]


def _described(value):
    """Return a layer by the names that lead to it, a file by its path; anything else as it is."""
    if isinstance(value, Gimp.Item):
        return {"image": value.get_image().get_name(), "layer": value.get_name()}
    return {"file": value.get_path()} if isinstance(value, Gio.File) else value


def _path(name):
    return os.path.join(Gimp.directory(), "deep-dream", f"{name}.json")


def _read(name, otherwise):
    try:
        with open(_path(name), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return otherwise


def _write(name, value):
    """Write a file whole or not at all; a folder that cannot be written keeps nobody from dreaming."""
    with suppress(OSError):
        os.makedirs(os.path.dirname(_path(name)), exist_ok=True)
        with open(_path(name) + ".part", "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(_path(name) + ".part", _path(name))

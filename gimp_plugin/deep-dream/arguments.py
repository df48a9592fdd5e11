"""The arguments of the three procedures, made from the program's table of parameters. No GIMP here.

parameters.json is that table: `make parameters` writes it. What may be left to the recipe is a text, empty for that, so
that 0 is a value like any other and a schedule such as ``0:2, 20:5`` can be given; the worker checks it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from language import FOLDER, _

LABELS = {  # with the letters that lead to them in a dialog
    "model": _("_Model"),
    "frames": _("_Frames"),
    "transform": _("_Between frames"),
    "between": _("Moved frames in between"),
    "loop": _("Closed loop"),
    "start": _("Picture first"),
    "blend_in": _("Blend in"),
    "renew": _("Renewal"),
    "seed": _("Seed"),
    "guide": _("G_uide"),
    "sound": _("Sound file"),
    "bpm": _("Beats a minute"),
    "layer": _("Lay_er"),
    "iterations": _("_Iterations"),
    "octaves": _("Octa_ves"),
    "octave_scale": _("Octave sc_ale"),
    "step_size": _("Step si_ze"),
    "jitter": _("_Jitter"),
    "strength": _("Stren_gth"),
    "smooth": _("Smooth steps"),
    "blur": _("Blurred steps"),
    "colour": _("Natural colours"),
    "robustness": _("Robustness"),
    "delay": _("Dela_y"),
    "plays": _("_Plays"),
    "reverse": _("_Backwards"),
    "ping_pong": _("For_ward and back"),
    "hold_first": _("Hold f_irst"),
    "hold_last": _("Hold las_t"),
    "cross_fade": _("Cross fa_de"),
}
UNITS = {"centiseconds": _("cs"), "seconds": _("s"), "pixels": _("px"), "frames": ""}
SWITCH = ("yes", "no")  # the words of the program for a flag
KINDS = {"whole": "int", "number": "double", "flag": "boolean"}


@dataclass(frozen=True)
class Argument:
    """An argument of a procedure: how it is registered, and the row of the table that it stands for.

    Attributes
    ----------
    name : str
        In the procedure, with hyphens.
    kind : str
        Of GIMP: ``string``, ``int``, ``double``, ``boolean``, ``choice``, ``drawable``, ``file``.
    label, help : str
        In the user's language.
    limits : tuple
        What GIMP asks for besides: a range, a default, choices.
    row : dict
        Of the table; empty for what only GIMP has.
    """

    name: str
    kind: str
    label: str
    help: str
    limits: tuple = ("",)
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Whether its row is a number, which an entry can count up and down."""
        return self.row.get("kind") in ("whole", "number")


def _table() -> dict[str, dict[str, Any]]:
    with open(os.path.join(FOLDER, "parameters.json"), encoding="utf-8") as file:
        return {row["name"]: row for row in json.load(file)}


TABLE = _table()


def label(row: Mapping[str, Any], unit: bool = True) -> str:
    """Return what stands before a row's widget, with the letter that leads to it, and with its unit."""
    text = LABELS.get(row["name"]) or _(row["name"].replace("_", " ").capitalize())
    short = UNITS.get(row["unit"], "") if unit else ""
    return f"{text} ({short})" if short else text


def sentence(row: Mapping[str, Any]) -> str:
    """Return the help of a row as sentences, with its range."""
    text = f"{label(row, unit=False).replace('_', '')}: {_(row['help'])}."
    low, high = row["low"], row["high"]
    if low is None:
        return text
    return f"{text} " + (_("From {}.").format(low) if high is None else _("From {} to {}.").format(low, high))


def _left_open(name: str, otherwise: str) -> Argument:
    """Make an argument that may be left empty, of the row of this name."""
    row = TABLE[name]
    return Argument(name.replace("_", "-"), "string", label(row), f"{sentence(row)} {otherwise}", row=row)


def _typed(name: str) -> Argument:
    """Make an argument of a row that has a value always."""
    row = TABLE[name]
    limits = (row["default"],) if row["kind"] == "flag" else (row["low"], row["high"], row["default"])
    return Argument(name.replace("_", "-"), KINDS[row["kind"]], label(row), sentence(row), limits, row)


def names_of(table: str) -> list[str]:
    """Return the names of the rows of one table."""
    return [name for name, row in TABLE.items() if row["table"] == table]


AS_RECIPE = _("Empty takes what the recipe says.")
RECIPE = Argument("recipe", "string", _("Reci_pe"), _("The way of dreaming to begin with; empty for plain zooming."))
GUIDE = Argument(
    "guide",
    "drawable",
    LABELS["guide"],
    _("A picture whose forms the dream takes, from any open image."),
    (True,),
    TABLE["guide"],
)
TARGET = Argument(
    "target",
    "choice",
    _("Frames go _to"),
    _("Where the frames appear; the first one is the lowest layer."),
    (("new-image", _("A new image")), ("layers", _("Layers of this image")), ("group", _("A layer group"))),
)
IN_PLACE = Argument(
    "in-place",
    "choice",
    _("What dreams"),
    _("Whether the layers themselves dream or those of a copy."),
    (("new-image", _("A copy of the image")), ("layers", _("The layers themselves"))),
)
FILE = Argument("file", "file", _("_File"), _("The file to save: .gif, .webp or .mp4."), ())
PYTHON = Argument(
    "python",
    "string",
    _("Pytho_n"),
    _("The Python that has dreamcore; empty for the one that “dreamcore gimp install” wrote down."),
)


def _dream_arguments(*names: str) -> list[Argument]:
    return [GUIDE if name == "guide" else _left_open(name, AS_RECIPE) for name in names]


@dataclass(frozen=True)
class Procedure:
    """A procedure of the plug-in: the function of runs.py that does it, its place in the menu, its arguments."""

    function: str
    label: str
    help: str
    arguments: tuple[Argument, ...]


PROCEDURES = {
    "plug-in-deep-dream": Procedure(
        "dream",
        _("_Deep Dream..."),
        _("Grow a layer stack of dreamed frames from a layer."),
        (RECIPE, *_dream_arguments(*names_of("sequence"), *names_of("dream"), "delay"), TARGET, PYTHON),
    ),
    "plug-in-deep-dream-layers": Procedure(
        "dream_layers",
        _("Dream Every _Layer..."),
        _("Dream each layer of an animation or video for itself."),
        (RECIPE, *_dream_arguments("model", "guide", "seed", "sound", "bpm", *names_of("dream")), IN_PLACE, PYTHON),
    ),
    "plug-in-deep-dream-animation": Procedure(
        "save_animation",
        _("_Save as GIF..."),
        _("Save the layers as an animation: GIF, WebP or MP4."),
        (
            FILE,
            _left_open("delay", _("Empty takes what the names of the layers say.")),
            *(_typed(name) for name in names_of("timing") if name != "delay"),
            PYTHON,
        ),
    ),
}


def number_text(value: float) -> str:
    """Return the shortest text of a number.

    Examples
    --------
    >>> number_text(3.0), number_text(0.05)
    ('3', '0.05')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def value_text(value: Any) -> str:
    """Return a value of a recipe as the user would type it.

    Examples
    --------
    >>> value_text(True), value_text(2.0)
    ('yes', '2')
    """
    if isinstance(value, bool):
        return SWITCH[not value]
    return value if isinstance(value, str) else number_text(value)


def counted(row: Mapping[str, Any], text: str, steps: int) -> str:
    """Return the text of a number some steps on, within its range; what is no number, a schedule, stays as it is.

    Examples
    --------
    >>> row = {"kind": "number", "default": 1.4, "low": 1.05, "high": 4}
    >>> counted(row, "1.4", 1), counted(row, "1.1", -1), counted(row, "0:2, 9:3", 1)
    ('1.5', '1.05', '0:2, 9:3')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    low, high = row["low"], row["high"]
    step = 1 if row["kind"] == "whole" or row["default"] >= 5 else 0.05 if high is not None and high <= 1 else 0.1
    value = round(value + steps * step, 4)
    value = value if low is None else max(low, value)
    return number_text(value if high is None else min(high, value))


def job_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message says of the job: the recipe, and what the user gives in its place.

    Parameters
    ----------
    values : dict
        Of a procedure's arguments, by their names.

    Examples
    --------
    >>> job_fields({"recipe": "whirlpool", "octave-scale": "1.2", "seed": "0", "frames": "", "python": "python3"})
    {'recipe': 'whirlpool', 'parameters': {'octave_scale': '1.2', 'seed': '0'}}
    """
    rows = {
        each.name: each.row["name"] for procedure in PROCEDURES.values() for each in procedure.arguments if each.row
    }
    parameters = {rows[name]: value for name, value in values.items() if name in rows and value not in (None, "")}
    parameters.pop(GUIDE.name, None)  # its pixels travel
    return {"recipe": values.get(RECIPE.name) or "", "parameters": parameters}

"""The arguments of the procedures, made from the program's table of parameters. No GIMP here.

parameters.json is that table: `make parameters` writes it. What may be left to the recipe is a text, empty for that, so
that 0 is a value like any other and a schedule such as ``0:2, 20:5`` can be given; the worker checks it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from language import FOLDER, _

LONG = 60  # characters of a value that are read in passing
CARET = "▸"  # stands before the place that an error is about
ROLES = ("textures", "patterns", "parts", "objects")  # layers that every network has
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
    "follow": _("Follow motion"),
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
    "palette": _("P_alette"),
    "dither": _("Ditheri_ng"),
    "max_size": _("Lar_gest size"),
}
UNITS = {"centiseconds": _("cs"), "seconds": _("s"), "pixels": _("px"), "frames": ""}
CHOICES = {"frame": _("one for each frame"), "global": _("one for all"), "scene": _("one for each scene")}
SWITCH = ("yes", "no")  # the words of the program for a flag
KINDS = {"whole": "int", "number": "double", "flag": "boolean", "choice": "choice", "text": "string"}


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
    def default(self) -> Any:
        """What it is where nobody says anything."""
        if self.kind in ("drawable", "file"):
            return None
        return self.limits[0][0] if self.kind == "choice" else self.limits[-1]

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


def left_open(name: str, otherwise: str) -> Argument:
    """Make an argument that may be left empty, of the row of this name."""
    row = TABLE[name]
    return Argument(name.replace("_", "-"), "string", label(row), f"{sentence(row)} {otherwise}", row=row)


def typed(name: str) -> Argument:
    """Make an argument of a row that has a value always."""
    row = TABLE[name]
    if row["kind"] == "choice":
        limits: tuple = tuple((each, CHOICES.get(each) or _(each)) for each in row["choices"])
    else:
        limits = (row["low"], row["high"], row["default"]) if row["kind"] in ("whole", "number") else (row["default"],)
    return Argument(name.replace("_", "-"), KINDS[row["kind"]], label(row), sentence(row), limits, row)


def names_of(table: str) -> list[str]:
    """Return the names of the rows of one table."""
    return [name for name, row in TABLE.items() if row["table"] == table]


OF_GIF = ("palette", "dither", "max-size")
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
    (
        ("new-image", _("A new image")),
        ("layers", _("Layers of this image")),
        ("group", _("A layer group")),
        ("last", _("A new image, the last frame alone")),
        ("layer", _("One layer above, the last frame")),
        ("replace", _("In place of the layer, the last frame")),
        ("folder", _("A folder on disk, with its GIF")),
    ),
)
SOURCE = Argument(
    "source",
    "choice",
    _("Dream from"),
    _("What of the picture dreams: the layer with its filters and its mask, its pixels alone, or all visible layers."),
    (
        ("seen", _("The layer as it is seen")),
        ("stored", _("The layer as it is stored")),
        ("visible", _("All that is visible")),
    ),
)
SOURCE_OF_LAYERS = replace(SOURCE, limits=SOURCE.limits[:2])
MODE = Argument(
    "mode",
    "choice",
    _("Mode of the layer above"),
    _("How the one layer above is laid over the picture."),
    (
        ("normal", _("Normal")),
        ("multiply", _("Multiply")),
        ("screen", _("Screen")),
        ("overlay", _("Overlay")),
        ("soft-light", _("Soft light")),
        ("hard-light", _("Hard light")),
        ("lighten", _("Lighten only")),
        ("darken", _("Darken only")),
        ("difference", _("Difference")),
        ("colour", _("Colour")),
        ("lightness", _("Lightness")),
    ),
)
OPACITY = Argument(
    "opacity",
    "double",
    _("Opacity of the layer above"),
    _("How opaque the one layer above is, in per cent."),
    (0, 100, 100),
)
FOLDER_ARGUMENT = Argument(
    "folder", "file", _("Folder"), _("The folder on disk that the frames go to; it is made where it is not there."), ()
)
IN_PLACE = Argument(
    "in-place",
    "choice",
    _("What dreams"),
    _("Whether the layers themselves dream or those of a copy."),
    (("new-image", _("A copy of the image")), ("layers", _("The layers themselves"))),
)
FILE = Argument("file", "file", _("_File"), _("The file to save: .gif, .webp, .apng, .avif, .mp4 or .webm."), ())
PYTHON = Argument(
    "python",
    "string",
    _("Pytho_n"),
    _("The Python that has dreamcore; empty for the one that “dreamcore gimp install” wrote down."),
)


def of_dreams(*names: str) -> list[Argument]:
    """Make the arguments of these rows, which may be left to the recipe."""
    return [GUIDE if name == "guide" else left_open(name, AS_RECIPE) for name in names]


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


def shown(text: str) -> str:
    """Return a value as people read it: the words for a flag in the user's language, of a long text the beginning.

    Examples
    --------
    >>> shown("zoom(0.05)")
    'zoom(0.05)'
    """
    text = _(text) if text in SWITCH else text
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def place_in(text: str, said: str) -> int | None:
    """Return the place in a text that an error points at; None where it points at none.

    An error shows what stands before the place and some of what comes after it; of a long text not all.

    Examples
    --------
    >>> place_in("roll(8), zom(1), zom(2), hold(contrast)", "unknown transform: roll(8), zom(1), ▸zom(2), hold")
    17
    """
    before, found, after = said.partition(CARET)
    places = (place for place in range(len(text) + 1) if text.startswith(after, place))
    return max(places, key=lambda place: len(_common_end(text[:place], before)), default=len(text)) if found else None


def _common_end(one: str, other: str) -> str:
    return os.path.commonprefix([one[::-1], other[::-1]])


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


def with_later(values: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that were made of what was set before, and in their place what has been set otherwise since.

    Examples
    --------
    >>> with_later({"frames": "9", "seed": "4"}, {"frames": "", "seed": "1"}, {"frames": "7", "seed": "1"})
    {'frames': '7', 'seed': '4'}
    """
    return {**values, **{name: value for name, value in now.items() if value != before[name]}}


def job_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message says of the job: the recipe, and what the user gives in its place.

    Parameters
    ----------
    values : dict
        Of a procedure's arguments, by their names.

    Examples
    --------
    >>> job_fields({"recipe": "whirlpool", "octave-scale": "1.2", "seed": "0", "frames": " ", "python": "python3"})
    {'recipe': 'whirlpool', 'parameters': {'octave_scale': '1.2', 'seed': '0'}}
    """
    rows = {name.replace("_", "-"): name for name in TABLE}
    given = {name: value for name, value in values.items() if name in rows and value is not None}
    parameters = {rows[name]: value for name, value in given.items() if str(value).strip()}
    parameters.pop(GUIDE.name, None)  # its pixels travel
    return {"recipe": values.get(RECIPE.name) or "", "parameters": parameters}

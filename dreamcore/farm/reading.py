"""Sweeps as TOML files: a recipe's keys, of which some have several values.


pictures = ["photo.jpg", "cat.jpg"]
recipe = "dogesine"
frames = 24

[vary]
layer = ["textures", "objects"]
seed = "1..4"
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.axes import RECIPE, axis_name, axis_values, labels_of
from dreamcore.farm.sweep import NAMING, Sweep, listed, make_sweep, placed
from dreamcore.files import read_small
from dreamcore.parameters import PARAMETERS, Sequence, Table
from dreamcore.sequence.recipe import SECTIONS, recipe_files
from dreamcore.sequence.values import refuse_unknown
from dreamcore.text import read_toml, short, utf8_text

_OWN = ("pictures", "recipe", "vary", "zip", "still", "format", "mask", "animate", "split")  # no recipe's keys


def read_sweep(path: str | os.PathLike, loading: Mapping[str, Any] | None = None) -> Sweep:
    """Read a sweep from a TOML file, which names other files as it sees them itself.

    Its keys are those of a recipe, of which what is not there is the ``recipe``'s; ``pictures``; ``recipe``, a name, a
    file or a list of them; the table ``vary``, of an axis's values each; and ``zip``, ``still``,
    ``format``, ``mask``, ``animate``, ``split``.

    Parameters
    ----------
    path : str or Path
    loading : dict, optional
        As for `make_sweep`.

    Returns
    -------
    Sweep

    Raises
    ------
    DreamError
        When it cannot be read, or as `make_sweep`.
    """
    path = Path(path)
    text = utf8_text(read_small(path), path)
    try:
        table = read_toml(text)
        refuse_unknown(table, [*_OWN, *Sequence.parameters(), *SECTIONS], "a sweep")
        return _of_table(table, path.parent, loading)
    except DreamError as error:
        raise error.within(path.name) from None


def _of_table(table: dict[str, Any], folder: Path, loading: Mapping[str, Any] | None) -> Sweep:
    for key in (*SECTIONS, "vary"):
        if not isinstance(table.get(key, {}), dict):
            raise NotAllowed(f"{key} is a table: write [{key}] and its keys below")
    for key in ("zip", "still"):
        if not isinstance(table.get(key, False), bool):
            raise NotAllowed(f"{key} is {short(str(table[key]))}; allowed: true, false")

    if not isinstance(split := table.get("split", 1), int) or isinstance(split, bool):
        raise NotAllowed(f"split is {short(str(split))}; allowed: a whole number from 1")

    def seen(name: Any) -> str:
        return os.path.normpath(folder / str(name))

    asked = {key: table[key] for key in Sequence.parameters() if key in table}
    rows: type[Table]
    for section, rows in SECTIONS.items():
        refuse_unknown(table.get(section, {}), rows.parameters(), f"[{section}]")
        asked.update(table.get(section, {}))
    given = {name: placed(name, value, seen) for name, value in asked.items()}
    recipes = [str(name) if _is_named(name) else seen(name) for name in listed(table.get("recipe", ()))]
    vary = {axis_name(name): values for name, values in table.get("vary", {}).items()}
    called = {}
    for name in vary:
        if name == RECIPE:
            vary[name] = [text if _is_named(text) else seen(text) for text in axis_values(name, vary[name])]
        elif PARAMETERS[name].kind in NAMING:
            texts = axis_values(name, vary[name])
            called[name] = labels_of(name, texts)
            vary[name] = [placed(name, text, seen) for text in texts]
    sweep = make_sweep(
        [seen(name) for name in listed(table.get("pictures", ()))],
        recipes or None,
        vary,
        zipped=table.get("zip", False),
        still=table.get("still", False),
        kind=table.get("format", "png"),
        mask=seen(table["mask"]) if table.get("mask") else None,
        animate=str(table.get("animate", "")),
        split=table.get("split"),
        loading=loading,
        **given,
    )
    return replace(sweep, called=called)


def _is_named(recipe: Any) -> bool:
    """Tell whether a recipe is told by its name, rather than by a file."""
    return str(recipe) in recipe_files()

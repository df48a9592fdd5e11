"""Recipes: named sets of dream parameters, a transform chain and timing, as TOML files.

about = "Falls into the middle of the picture."
frames = 30
transform = ["zoom(0.05)"]

[dream]
layer = "0.3*patterns + objects"

[animation]
delay = 8

[colours]
scale = 0.017
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.files import atomic_write, check_target, read_small, user_folder
from dreamcore.kinds import text
from dreamcore.notes import read_notes
from dreamcore.parameters import PARAMETERS, Dream, Sequence, Timing, Video
from dreamcore.sequence.kept_curves import KeptCurves
from dreamcore.sequence.naming import FIRST, Rename, renamed
from dreamcore.sequence.values import AnyTable, differences, fill, plain, refuse_unknown
from dreamcore.text import number_text, read_toml, utf8_text

SHIPPED = Path(__file__).parent / "recipes"
ABOUT = text("about", "", "one sentence: what is seen")
HEARD = "heard"  # the table of what its schedules have heard
_OF_SEQUENCE = ("frames", "between", "loop", "start", "blend_in", "renew", "seed", "transform", "bpm")
_NOTED = (*_OF_SEQUENCE, "video", "animation", HEARD)
PICTURE = text("picture", "", "a picture file to begin with, where none is given")
# Of the TOML file; the parameters of Sequence stand above them.
SECTIONS = {"dream": Dream, "video": Video, "animation": Timing}
COLOURS = "colours"  # one more: what is said of the model's colours, in the words of a model.toml


@dataclass(frozen=True)
class Recipe:
    """What makes a sequence and its animation.

    Parameters
    ----------
    name, about : str
    picture : str
        A file to begin with, where none is given.
    sequence : Sequence
    dream : Dream
    video : Video
    timing : Timing
    colours : dict
        The ``mean``, ``scale`` and ``order`` of the model's colours, those that are found nowhere else.
    heard : KeptCurves, optional
        What its schedules have heard of the sound.
    names_model : bool
        Whether its model is asked for; otherwise a user's own usual one takes its place.
    """

    name: str = ""
    about: str = ""
    picture: str = ""
    sequence: Sequence = field(default_factory=lambda: fill(Sequence, {}))
    dream: Dream = field(default_factory=lambda: fill(Dream, {}))
    video: Video = field(default_factory=lambda: fill(Video, {}))
    timing: Timing = field(default_factory=lambda: fill(Timing, {}))
    colours: Mapping[str, Any] = field(default_factory=dict)
    heard: KeptCurves | None = None
    names_model: bool = field(default=False, compare=False)

    def changed(self, **values: Any) -> Recipe:
        """Return the recipe with parameters in place of its own.

        Parameters
        ----------
        **values
            Any of `dreamcore.parameters.PARAMETERS`, as values or texts; None means that one is not given.

        Raises
        ------
        DreamError
            For an unknown name, or a value that is not allowed.

        Examples
        --------
        >>> Recipe().changed(transform="zoom(0.1)", layer="patterns", seed=None).dream.layer
        patterns
        """
        values = {name: value for name, value in values.items() if value is not None}
        allowed = list(PARAMETERS)
        for name in values:
            if name not in allowed:
                raise NotAllowed(f"no parameter {name!r}{nearest(name, allowed)}; allowed: {', '.join(allowed)}")
        is_its_model = values.get("model", self.sequence.model) == self.sequence.model
        return replace(
            self,
            colours=self.colours if is_its_model else {},
            names_model=self.names_model or "model" in values,
            sequence=_changed(self.sequence, values),
            dream=_changed(self.dream, values),
            video=_changed(self.video, values),
            timing=_changed(self.timing, values),
        )

    def with_usual(self, model: str | None) -> Recipe:
        """Return the recipe with this model, if there is one, and the recipe asks for none itself."""
        return self.changed(model=model) if model and not self.names_model else self

    def values(self) -> dict[str, Any]:
        """Return all parameters as plain values: numbers, switches and texts."""
        return {**plain(self.sequence), **plain(self.dream), **plain(self.video), **plain(self.timing)}


def _changed(table: AnyTable, values: Mapping[str, Any]) -> AnyTable:
    mine = {name: values[name] for name in table.parameters() if name in values}
    return fill(type(table), {**{name: getattr(table, name) for name in table.parameters()}, **mine})


def recipe_files() -> dict[str, Path]:
    """Return the recipes that can be called by name and their files, the user's own before those of the program."""
    folders = (SHIPPED, own_recipes())
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def own_recipes() -> Path:
    """Return the folder of the user's own recipes."""
    return user_folder("config") / "recipes"


def load_recipe(name: str | os.PathLike) -> Recipe:
    """Load a recipe by its name, from a TOML file, or from a picture, an animation or a frame directory that has one.

    Parameters
    ----------
    name : str or Path

    Returns
    -------
    Recipe

    Raises
    ------
    DreamError
        When there is none of this name, or it is not a recipe; the message names the key or points at the character.

    Examples
    --------
    >>> load_recipe("basic-zoom").sequence.transform
    zoom(0.05)
    """
    path = recipe_files().get(str(name), Path(name))
    if path.suffix != ".toml":
        if not path.exists():
            raise _unknown(name)
        return replace(recipe_from_notes(read_notes(path)), name=path.stem)
    source = utf8_text(read_small(path), path)
    try:
        recipe = read_recipe(source, path.stem)
    except DreamError as error:
        raise error.within(path.name) from None
    return with_files(recipe, lambda file: os.path.normpath(path.parent / file))


def with_files(recipe: Recipe, rename: Rename) -> Recipe:
    """Return a recipe with other names of the files that it names: pictures and a sound.

    Examples
    --------
    >>> with_files(Recipe().changed(guide="leaf.jpg"), lambda file: f"leaves/{file}").sequence.guide
    'leaves/leaf.jpg'
    """
    sequence, dream = renamed(recipe.sequence, recipe.dream, rename)
    return replace(recipe, picture=recipe.picture and rename(recipe.picture), sequence=sequence, dream=dream)


def _unknown(name: str | os.PathLike) -> DreamError:
    return DreamError(
        f'no recipe "{name}"{nearest(str(name), recipe_files())}; `dreamcore recipes list` shows them, a file of your '
        "own ends in .toml, or is a picture or an animation that carries one"
    )


def read_recipe(source: str, name: str = "") -> Recipe:
    """Make a recipe of TOML text.

    Examples
    --------
    >>> read_recipe('transform = "roll(shift=n/15)"').sequence.transform
    roll(columns, shift=divide(15))
    >>> read_recipe('transfrom = "zoom"')
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: no key "transfrom" (did you mean "transform"?) in a recipe
    """
    return recipe_of(read_toml(source), name)


def recipe_of(table: Mapping[str, Any], name: str = "") -> Recipe:
    """Check a table of a recipe's keys and make the recipe."""
    refuse_unknown(table, [ABOUT.name, PICTURE.name, *Sequence.parameters(), *SECTIONS, HEARD, COLOURS], "a recipe")
    for key in (*SECTIONS, COLOURS):
        if not isinstance(table.get(key, {}), dict):
            raise NotAllowed(f"{key} is a table: write [{key}] and its keys below")
    refuse_unknown(table.get("animation", {}), Timing.parameters(), "[animation]")
    return Recipe(
        name=name,
        about=ABOUT.check(table.get(ABOUT.name, "")),
        picture=PICTURE.check(table.get(PICTURE.name, "")),
        sequence=fill(Sequence, {key: table[key] for key in Sequence.parameters() if key in table}),
        dream=fill(Dream, table.get("dream", {})),
        video=fill(Video, table.get("video", {})),
        timing=fill(Timing, table.get("animation", {})),
        colours=_colours_of(table.get(COLOURS, {})),
        heard=KeptCurves.of(table[HEARD]) if HEARD in table else None,
        names_model="model" in table,
    )


def _colours_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Check what is said of a model's colours: a mean in numbers, a scale, an order."""
    from dreamcore.caffe_format.colours import mean_of
    from dreamcore.models.settings import as_scale
    from dreamcore.network.colours import Colours

    refuse_unknown(table, ("mean", "scale", "order"), f"[{COLOURS}]")
    readers: dict[str, Any] = {"mean": mean_of, "scale": as_scale}
    said: dict[str, Any] = {name: readers.get(name, str)(value) for name, value in table.items()}
    Colours(**said)
    return said


def recipe_from_notes(notes: Mapping[str, Any]) -> Recipe:
    """Make a recipe of what a picture, or a frame directory, says about itself.

    Parameters
    ----------
    notes : dict
        As `dreamcore.notes.read_notes` returns them.

    Returns
    -------
    Recipe

    Examples
    --------
    >>> recipe_from_notes({"parameters": {"octaves": 2}, "transform": "zoom(0.1)", "seed": 4}).sequence.transform
    zoom(0.1)
    """
    table = {key: notes[key] for key in _NOTED if notes.get(key) is not None}
    if "loop" in table:  # which is noted as its length, since all of its frames depend on that
        table.update(frames=table["loop"], loop=True)
    model, guide = _inner(notes, "model", "name"), notes.get("guide")
    if guide and "pictures" not in notes:  # as version 0.1.0 noted it: the digest of its pixels
        digest = _inner(notes, "picture", "sha256")
        if digest is None:
            raise DreamError("these notes name a guide, and say nothing of the picture: they are damaged")
        guide = FIRST if guide == digest else None
        if guide is None:
            warnings.warn("a guide picture was used, and its file is not known: name it as guide", stacklevel=2)
    table.update(
        {key: value for key, value in (("model", model), ("guide", guide), ("sound", notes.get("sound_file"))) if value}
    )
    if isinstance(said := notes.get("said"), list):
        table[COLOURS] = {key: value for key in said if (value := _inner(notes, "colours", str(key))) is not None}
    return recipe_of({**table, "dream": notes.get("parameters", {})})


def _inner(notes: Mapping[str, Any], key: str, inner: str) -> Any:
    return notes[key].get(inner) if isinstance(notes.get(key), dict) else None


def recipe_text(recipe: Recipe) -> str:
    """Return the TOML text of a recipe, which reads back equal: whatever is asked for, or not at its default.

    Examples
    --------
    >>> print(recipe_text(Recipe().changed(octaves=3, frames=9)))
    frames = 9
    transform = "zoom(0.05)"
    <BLANKLINE>
    [dream]
    octaves = 3
    <BLANKLINE>
    """
    words = {ABOUT.name: recipe.about, PICTURE.name: recipe.picture}
    lines = [f"{key} = {_toml(value)}" for key, value in words.items() if value]
    top = {**differences(recipe.sequence), "frames": recipe.sequence.frames}
    top.update({"model": recipe.sequence.model} if recipe.names_model else {})
    term = recipe.sequence.transform
    steps = term.children if term.row.name == "chain" and len(term.children) > 1 else (term,)
    top["transform"] = str(steps[0]) if len(steps) == 1 else tuple(map(str, steps))
    lines += [f"{key} = {_toml(top[key])}" for key in Sequence.parameters() if key in top]
    tables = {"dream": recipe.dream, "video": recipe.video, "animation": recipe.timing}
    sections = {**{name: differences(table) for name, table in tables.items()}, COLOURS: recipe.colours}
    for section, values in sections.items():
        if values:
            lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    if recipe.heard:
        values = recipe.heard.plain()
        curves = values.pop("curves")
        for section, facts in ((HEARD, values), (f"{HEARD}.curves", curves)):
            lines += ["", f"[{section}]", *(f"{_toml_key(key)} = {_toml(value)}" for key, value in facts.items())]
    return "\n".join(lines) + "\n"


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, tuple):
        return "[\n" + "".join(f"    {_toml(one)},\n" for one in value) + "]"
    if any("\ud800" <= each <= "\udfff" for each in value):
        raise DreamError(f"{value!r} is no text, which is all that a recipe can hold; rename the file")
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def save_recipe(recipe: Recipe, path: str | os.PathLike) -> None:
    """Write a recipe into a TOML file, whole or not at all; it names files as it sees them itself."""
    check_recipe_file(path)
    seen = with_files(recipe, lambda file: file if os.path.isabs(file) else os.path.relpath(file, Path(path).parent))
    with atomic_write(path) as file:
        file.write(recipe_text(seen).encode())


def check_recipe_file(path: str | os.PathLike) -> None:
    """Raise a DreamError where no recipe can be written into a file."""
    if Path(path).suffix != ".toml":
        raise NotAllowed(f"{path} ends in {Path(path).suffix!r}; a recipe is a .toml file")
    check_target(path)

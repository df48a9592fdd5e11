"""Sweeps: pictures, recipes and axes of parameters, whose combinations are numbered cells."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.farm.axes import PICTURE, RECIPE, axis_name, axis_values, labels_of
from dreamcore.farm.cells import Cell, cell_name
from dreamcore.farm.numbering import Numbering, split_frames
from dreamcore.models.finding import installed
from dreamcore.parameters import DEFAULT_MODEL, PARAMETERS
from dreamcore.rasters import open_raster
from dreamcore.sequence.recipe import Recipe, load_recipe, read_recipe, recipe_text, with_files
from dreamcore.sources import opened
from dreamcore.text import short
from wand_tools.formats import WRITTEN

KINDS = ("png", "jpg")
_MOST = 999_999_999  # cells

NAMING = ("objective", "transform", "text")  # kinds of parameters that may name files


@dataclass(frozen=True)
class Sweep:
    """What is dreamed: every combination of values, on every picture. `make_sweep` and `read_sweep` make one.

    Its cells are numbered from 1. The values of the first axis change from one cell to the next, as one reads a sheet
    whose columns they are; then those of the second; then recipes, and last pictures.

    Parameters
    ----------
    pictures : tuple of str
        Files.
    recipes : tuple of Recipe
    vary : dict
        Parameter -> texts of its values.
    zipped : bool
        The first values of all axes are one cell, then the second ones, on every picture; no other combinations.
    still, kind, mask, asked, loading
        As in `Cell`.
    split : int
        So many frames are a cell, of clips whose frames stand alone; 0 for all of them.
    animate : str
        What is made of each sequence besides, such as ``"gif"``; empty for nothing.
    counts : tuple of int
        Where they are split: how many frames of each picture are dreamed.
    called : dict
        Axis -> labels of its values; by default they are called as they are written.

    Attributes
    ----------
    axes : dict of str to list of str
        The labels of each axis that has several values, in the order in which cells are numbered.
    numbering : Numbering
    """

    pictures: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    vary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zipped: bool = False
    still: bool = False
    kind: str = "png"
    mask: str = ""
    asked: tuple[str, ...] = ()
    animate: str = ""
    split: int = 0
    counts: tuple[int, ...] = ()
    loading: Mapping[str, Any] = field(default_factory=dict)
    called: Mapping[str, Sequence[str]] = field(default_factory=dict)
    axes: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    numbering: Numbering = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = {**{name: len(values) for name, values in self.vary.items()}, RECIPE: len(self.recipes)}
        numbering = Numbering({**counts, PICTURE: len(self.pictures)}, self.zipped, self.split, self.counts)
        object.__setattr__(self, "numbering", numbering)
        counts = {name: count for name, count in counts.items() if count > 1}
        if self.zipped and len({*counts.values()}) > 1:
            listed = ", ".join(f"{name} has {count}" for name, count in counts.items())
            raise NotAllowed(f"zip takes as many values of each axis, but {listed}")
        if len(self) > _MOST:
            raise NotAllowed(f"these are {len(self)} combinations; a sweep has {_MOST} cells at most")
        names = [recipe.name or str(place) for place, recipe in enumerate(self.recipes, 1)]
        labels = {
            **{name: labels_of(name, values) for name, values in self.vary.items()},
            RECIPE: names if len({*names}) == len(names) else [str(place) for place in range(1, len(names) + 1)],
            PICTURE: labels_of(PICTURE, self.pictures),
            **self.called,
        }
        axes = {name: [*labels[name]] for name, count in numbering.counts.items() if count > 1}
        object.__setattr__(self, "axes", axes)

    def __len__(self) -> int:
        return len(self.numbering)

    def places(self, number: int) -> dict[str, int]:
        """Return which value of each axis the cell of a number has, from 0."""
        return self.numbering.places(number)

    def cell(self, number: int) -> Cell:
        """Return the cell of a number; nothing of the others is made.

        Raises
        ------
        DreamError
            When there is none.
        """
        if not 1 <= number <= len(self):
            raise NotAllowed(f"there is no cell {number}; allowed are 1 to {len(self)}")
        places = self.places(number)
        values = {name: values[places[name]] for name, values in self.vary.items()}
        recipe = self.recipes[places[RECIPE]].with_usual(DEFAULT_MODEL).changed(**values)
        same: dict[str, Any] = {"still": self.still, "kind": self.kind, "mask": self.mask, "loading": self.loading}
        sequence, run = self.numbering.placed(number)
        own: dict[str, Any] = {"asked": (*self.asked, *self.vary), "run": run, "sequence": sequence}
        return Cell(number, self.pictures[places[PICTURE]], recipe, self.labels(number), **same, **own)

    def folder(self, number: int) -> str:
        """Return the name of a cell's folder."""
        return cell_name(self.numbering.placed(number)[0], self.labels(number))

    def labels(self, number: int) -> dict[str, str]:
        """Return what sets a cell apart: axis -> the label of its value."""
        places = self.places(number)
        return {name: labels[places[name]] for name, labels in self.axes.items()}

    def cells(self, numbers: Iterable[int] | None = None) -> Iterator[Cell]:
        """Yield cells, all by default, one at a time."""
        return map(self.cell, range(1, len(self) + 1) if numbers is None else numbers)

    def renamed(self, rename: Callable[[str], str]) -> Sweep:
        """Return the sweep with other names of all files that it names; what they are called stays."""
        vary = {name: tuple(placed(name, value, rename) for value in values) for name, values in self.vary.items()}
        recipes = tuple(_with_files(recipe, rename) for recipe in self.recipes)
        mask = rename(self.mask) if self.mask else ""
        pictures = tuple(map(rename, self.pictures))
        return replace(self, pictures=pictures, recipes=recipes, vary=vary, mask=mask, called=self.axes)

    @property
    def files(self) -> list[str]:
        """The files that it names: pictures, a mask, what recipes and axes name, models that are told by their path."""
        seen: dict[str, None] = {}
        self.renamed(lambda name: seen.setdefault(name) or name)
        return [*seen]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "pictures": [*self.pictures],
            "recipes": [
                {"name": each.name, "recipe": recipe_text(each.with_usual(DEFAULT_MODEL))} for each in self.recipes
            ],
            "vary": {name: [*values] for name, values in self.vary.items()},
            "labels": {name: labels for name, labels in self.axes.items() if labels != [*self.vary.get(name, ())]},
            "zip": self.zipped,
            "still": self.still,
            "format": self.kind,
            "mask": self.mask,
            "asked": [*self.asked],
            "animate": self.animate,
            "split": self.split,
            "counts": [*self.counts],
            "precision": self.loading.get("precision", "float32"),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Sweep:
        """Make a sweep of what `plain` has returned.

        Raises
        ------
        DreamError
            When it is something else.

        Examples
        --------
        >>> sweep = Sweep(("photo.jpg",), (Recipe(),), {"seed": ("1", "2")})
        >>> Sweep.of(sweep.plain()).plain() == sweep.plain()
        True
        """
        try:
            sweep = cls(
                tuple(map(str, plain["pictures"])),
                tuple(read_recipe(each["recipe"], str(each["name"])) for each in plain["recipes"]),
                {axis_name(name): tuple(map(str, values)) for name, values in plain["vary"].items()},
                plain["zip"] is True,
                plain["still"] is True,
                _kind(plain["format"]),
                str(plain["mask"]),
                tuple(map(str, plain["asked"])),
                str(plain["animate"]),
                int(plain["split"]),
                tuple(map(int, plain["counts"])),
                {"precision": plain["precision"]},
                {name: [*map(str, labels)] for name, labels in plain["labels"].items()},
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DreamError(f"this is no sweep: {error} is wrong or missing in it") from None
        if strange := {*sweep.asked} - {*PARAMETERS}:
            raise DreamError(f"this is no sweep: {short(min(strange))!r} is no parameter")
        if not len(sweep) or any(len(labels) != sweep.numbering.counts[name] for name, labels in sweep.axes.items()):
            raise DreamError("this is no sweep: an axis has no values, or other labels than values")
        return sweep


def make_sweep(
    pictures: Any,
    recipe: Any = None,
    vary: Mapping[str, Any] | None = None,
    *,
    zipped: bool = False,
    still: bool = False,
    kind: str = "png",
    mask: str | os.PathLike | None = None,
    animate: str | None = None,
    split: int | None = None,
    loading: Mapping[str, Any] | None = None,
    **parameters: Any,
) -> Sweep:
    """Put a sweep together, and check each value of each axis.

    Parameters
    ----------
    pictures : path or list of them
        Pictures; or clips, of which all frames are dreamed.
    recipe : Recipe, its name or file, or list of them, optional
    vary : dict, optional
        Any of `dreamcore.parameters.PARAMETERS`, or ``recipe`` -> its values: a list, or a text such as
        ``"textures,objects"`` or ``"1..4"``.
    zipped : bool
        Take the first values of all axes together, then the second ones, rather than every combination.
    still : bool
        Dream one picture each, whatever the recipe says of a sequence.
    kind : str
        Of the frames' files, ``"png"`` or ``"jpg"``.
    mask : path, optional
        A picture, or a clip: dream where it is white.
    animate : str, optional
        What is made of each sequence besides: ``"gif"``, ``"webp"``, ``"mp4"``, or another format of `wand_tools`.
    split : int, optional
        So many frames are a cell, of clips whose frames stand alone (`follow` is 0), which many may dream together.
    loading : dict, optional
        ``device`` and ``precision`` of `dreamcore.load_network`.
    **parameters
        Any of `dreamcore.parameters.PARAMETERS`, in place of the recipes'; None means not given.

    Returns
    -------
    Sweep

    Raises
    ------
    DreamError
        For an axis that is no parameter, a value that is not allowed, a picture that is not there.

    Examples
    --------
    >>> sweep = make_sweep([], vary={"layer": "textures,objects", "seed": "1..4"}, frames=12)
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: a sweep has no picture; name at least one
    """
    axes = {axis_name(name): axis_values(axis_name(name), values) for name, values in (vary or {}).items()}
    given = {name: value for name, value in parameters.items() if value is not None}
    named = axes.pop(RECIPE, None)
    if named and recipe:
        raise NotAllowed("recipe is given and varied as well; do one of them")
    for name in axes:
        if name in given:
            raise NotAllowed(f"{name} is given and varied as well; do one of them")
    recipes = [each if isinstance(each, Recipe) else load_recipe(each) for each in listed(named or recipe or Recipe())]
    files = [os.fspath(each) for each in listed(pictures)]
    if not files:
        raise NotAllowed("a sweep has no picture; name at least one")
    for name in files:
        if files.count(name) > 1:
            raise NotAllowed(f"the picture {name} stands twice")
    lengths = {name: _length(name) for name in files}
    changed = tuple(replace(each.changed(**given), picture="") for each in recipes)
    same: dict[str, Any] = {"zipped": zipped, "still": still, "kind": _kind(kind), "mask": os.fspath(mask or "")}
    own: dict[str, Any] = {"asked": tuple(given), "loading": loading or {}, "animate": _format(animate, still)}
    if split is not None:
        barred = [*axes, *(["still"] if still else [])]
        own.update(split=split, counts=split_frames(lengths, split, given.get("frames"), barred))
    return Sweep(tuple(files), changed, axes, **same, **own)


def _length(name: str) -> int | None:
    """Return how many frames a clip has, None for a picture that can be read."""
    from dreamcore.sequence import Clip

    found = opened(name)
    if isinstance(found, str):
        with open_raster(found, decode=False):
            pass
    return len(found) if isinstance(found, Clip) else None


def _format(animate: str | None, still: bool) -> str:
    if animate and still:
        raise NotAllowed("animate and still exclude each other: one picture does not move")
    if animate and animate not in WRITTEN:
        raise NotAllowed(f"animate={animate} is not allowed{nearest(animate, WRITTEN)}; allowed: {', '.join(WRITTEN)}")
    return animate or ""


def listed(given: Any) -> list[Any]:
    """Return a list, or one thing as a list of it."""
    return [*given] if isinstance(given, (list, tuple)) else [given]


def _kind(kind: Any) -> str:
    if kind not in KINDS:
        raise NotAllowed(f"frames cannot be {kind!r} files{nearest(str(kind), KINDS)}; allowed: {', '.join(KINDS)}")
    return str(kind)


def placed(name: str, value: Any, rename: Callable[[str], str]) -> Any:
    """Return a parameter's value with other names of its files; as it is written, where it names none."""
    if PARAMETERS[name].kind not in NAMING:
        return value
    before = Recipe().changed(**{name: value})
    after = _with_files(before, rename)
    return value if after == before else after.values()[name]


def _with_files(recipe: Recipe, rename: Callable[[str], str]) -> Recipe:
    """Return a recipe with other names of its files, of which its model may be one."""
    model = recipe.sequence.model
    if model not in installed() and (os.path.exists(model) or os.path.exists(rename(model))):
        recipe = replace(recipe, sequence=replace(recipe.sequence, model=rename(model)))
    return with_files(recipe, rename)

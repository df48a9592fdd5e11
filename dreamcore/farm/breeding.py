"""Breeding: generations of recipes, each from those of the last one that somebody liked.

A family's folder holds the small picture that all are dreamed on, and a folder for each generation: that of a sweep
over its recipes, each of which says where it comes from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.mutating import STEPS, Mutation, chained, steps_of
from dreamcore.farm.results import SWEEP, each_result, read_results
from dreamcore.farm.showing import PAGE, entries_of
from dreamcore.farm.sweep import Sweep
from dreamcore.grammar.schedules import Keyframes
from dreamcore.parameters import Dream
from dreamcore.pictures import as_picture
from dreamcore.sequence.recipe import Recipe, recipe_text
from dreamcore.sequence.values import differences
from dreamcore.sheets import write_page, write_sheet
from dreamcore.text import number_text, value_text

MOST = 1000  # children of a generation
_TRIES = 100  # to make one child that can be dreamed and is like no other


@dataclass(frozen=True)
class Generation:
    """How some recipes come about.

    Parameters
    ----------
    number : int
        From 1.
    parents : tuple of str
        Names.
    children : int
    spread : float
        Above 0, to 1: how far children are from their parents.
    seed : int
    """

    number: int
    parents: tuple[str, ...]
    children: int = 12
    spread: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.children <= MOST:
            raise NotAllowed(f"children={self.children} is not allowed; allowed: a whole number from 1 to {MOST}")
        if not 0 < self.spread <= 1:
            raise NotAllowed(f"spread={number_text(self.spread)} is not allowed; allowed: a number above 0, to 1")
        if self.seed < 0:
            raise NotAllowed(f"seed={self.seed} is not allowed; allowed: a whole number from 0")


def breed(
    generation: Generation, parents: Sequence[Recipe], check: Callable[[Recipe], Any] = lambda recipe: None
) -> list[Recipe]:
    """Return a generation's children: parents crossed, where there are several, and changed by chance.

    The same generation of the same parents is the same children.

    Parameters
    ----------
    generation : Generation
    parents : sequence of Recipe
        In the order of the generation's names.
    check : callable
        Raises a DreamError for a recipe that cannot be dreamed, in whose place another one is made.

    Returns
    -------
    list of Recipe
        Called by generation and number, ``2.7``; each says in `about` where it comes from.

    Raises
    ------
    DreamError
        When no child can be dreamed.

    Examples
    --------
    >>> children = breed(Generation(1, ("one",), 3), [Recipe(name="one")])
    >>> [child.name for child in children], children[0].about
    (['1.1', '1.2', '1.3'], 'Child 1 of generation 1, of one; spread 0.3, seed 0.')
    """
    known = {recipe_text(_bare(parent)) for parent in parents}
    children = []
    for number in range(1, generation.children + 1):
        random = np.random.default_rng((generation.seed, generation.number, number))
        child = _child(Mutation(random, generation.spread), parents, known, check)
        known.add(recipe_text(child))
        of = " and ".join(generation.parents)
        how = f"spread {number_text(generation.spread)}, seed {generation.seed}"
        about = f"Child {number} of generation {generation.number}, of {of}; {how}."
        children.append(replace(child, name=f"{generation.number}.{number}", about=about))
    return children


def _bare(recipe: Recipe) -> Recipe:
    return replace(recipe, name="", about="")


def _child(mutation: Mutation, parents: Sequence[Recipe], known: set[str], check: Callable[[Recipe], Any]) -> Recipe:
    """Return one that is like no other and can be dreamed."""
    last: DreamError | None = None
    for _ in range(_TRIES):
        try:
            child = _bare(mutation.recipe(crossed(mutation, parents)))
            if recipe_text(child) not in known:
                check(child)
                return child
        except DreamError as error:
            last = error
    raise last or DreamError(f"spread={number_text(mutation.spread)} makes no new children; allowed: more, up to 1")


def crossed(mutation: Mutation, parents: Sequence[Recipe]) -> Recipe:
    """Return one recipe of several: the first steps of a chain and the last ones of another, and each number of any.

    Examples
    --------
    >>> one, other = Recipe().changed(transform="zoom(0.1)"), Recipe().changed(transform="rotate(3)", octaves=2)
    >>> crossed(Mutation(np.random.default_rng(1), 0.3), [one, other]).sequence.transform
    chain(zoom(0.1), rotate(3))
    """
    mother, father = mutation.one_of(parents), mutation.one_of(parents)
    if mother is father:
        return mother
    numbers = {name: getattr(mutation.one_of((mother, father)).dream, name) for name in Dream.parameters()}
    numbers["layer"] = mother.dream.layer  # which may be one of its model alone
    layers = mother.dream.layer, father.dream.layer
    is_one_model = mother.sequence.model == father.sequence.model
    if is_one_model and not any(isinstance(each, Keyframes) for each in layers) and mutation.happens(0.5):
        numbers["layer"] = 0.5 * layers[0] + 0.5 * layers[1] if layers[0] != layers[1] else layers[0]
    first, second = steps_of(mother.sequence.transform), steps_of(father.sequence.transform)
    begin, end = (int(mutation.random.integers(1, len(each) + 1)) for each in (first, second))
    transform = chained([*first[:begin], *second[-end:]][: max(STEPS, len(first), len(second))])
    return replace(
        mother, dream=replace(mother.dream, **numbers), sequence=replace(mother.sequence, transform=transform)
    )


def generation_folder(family: str | os.PathLike, number: int) -> Path:
    """Return the folder of a generation."""
    return Path(family, f"generation-{number}")


def last_generation(family: str | os.PathLike) -> int:
    """Return the number of the last generation in a family's folder, 0 where there is none."""
    number = 0
    while (generation_folder(family, number + 1) / SWEEP).is_file():
        number += 1
    return number


def liked(family: str | os.PathLike, numbers: Sequence[int]) -> list[Recipe]:
    """Return those children of a family's last generation that have some numbers.

    Raises
    ------
    DreamError
        When there is no generation, or it has no such child, or is not finished: it would no longer be the last one.
    """
    number = last_generation(family)
    if not number:
        raise NotAllowed(f"{family} holds no generation yet; name recipes for the first one")
    folder = generation_folder(family, number)
    sweep = read_results(folder)
    children = sweep.recipes
    for each in numbers:
        if not 1 <= each <= len(children):
            raise NotAllowed(f"like={each} is not allowed; generation {number} has the children 1 to {len(children)}")
    if any(result.record.get("state") not in ("made", "failed") for result in each_result(sweep, folder)):
        raise NotAllowed(f"{folder} is not finished; first go on with `dreamcore breed {family}`")
    return [children[each - 1] for each in dict.fromkeys(numbers)]


def checked_on(picture: str | os.PathLike, loading: Mapping[str, Any]) -> Callable[[Recipe], Any]:
    """Return what refuses a recipe that cannot be dreamed on a picture; each network is loaded once."""
    from dreamcore import load_network
    from dreamcore.models.zoo import find_device
    from dreamcore.sequence import make_job

    networks: dict[str, Any] = {}
    find_device(loading.get("device", "auto"))  # before one child after the other is tried on it

    def load(model: str, **told: Any) -> Any:
        key = f"{model} {told}"
        if key not in networks:
            networks[key] = load_network(model, **told, **loading)
        return networks[key]

    original = as_picture(picture)
    return lambda recipe: make_job(original, None, recipe, load=load)


def caption(recipe: Recipe) -> str:
    """Say in one line what a recipe does: what it dreams, how it moves, and which numbers are not the usual ones.

    Examples
    --------
    >>> caption(Recipe().changed(transform="chain(zoom(0.02), rotate(1))", layer="parts", octaves=3))
    'parts · zoom(0.02), rotate(1) · octaves 3'
    """
    numbers = {name: value for name, value in differences(recipe.dream).items() if name != "layer"}
    said = (f"{name} {value if isinstance(value, str) else value_text(value)}" for name, value in numbers.items())
    return " · ".join([str(recipe.dream.layer), ", ".join(map(str, steps_of(recipe.sequence.transform))), *said])


def show_generation(sweep: Sweep, folder: str | os.PathLike, go_on: str) -> None:
    """Write a page of a generation, whose children all move, and a sheet that moves.

    Parameters
    ----------
    sweep : Sweep
    folder : str or Path
        Of the generation.
    go_on : str
        The command that goes on from some, with ``{}`` in the place of their numbers.
    """
    folder = Path(folder)
    recipes = [cell.recipe for cell in sweep.cells()]
    entries = [
        replace(each, caption=caption(recipe)) for each, recipe in zip(entries_of(sweep, folder), recipes, strict=True)
    ]
    title = f"{folder.resolve().parent.name}, {folder.name.replace('-', ' ')}"
    write_sheet(folder / "sheet.png", entries, {}, title=title)
    write_sheet(folder / "sheet.webp", entries, {}, title=title)
    write_page(folder / PAGE, entries, {}, title, nouns=("child", "children"), moves=True, pick=go_on)

"""Recipes for a client: those that there are, one of a file, one that is saved, a child of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.sequence.recipe import Recipe, load_recipe, own_recipes, recipe_files, save_recipe

Load: TypeAlias = Callable[[str], Recipe]


def all_recipes(load: Load = load_recipe) -> list[dict[str, Any]]:
    """Return the recipes that can be read, with the values of all their parameters."""
    rows = []
    for name in recipe_files():
        try:
            rows.append(one_recipe(name, load))
        except DreamError:
            continue  # `dreamcore recipes check` says what is wrong with it
    return rows


def one_recipe(name: str, load: Load = load_recipe) -> dict[str, Any]:
    """Return a recipe: by its name, or of a file that is one or carries one.

    Examples
    --------
    >>> row = one_recipe("basic-zoom")
    >>> row["name"], row["own"], row["values"]["transform"]
    ('basic-zoom', False, 'zoom(0.05)')
    """
    return _row(load(name), name)


def save(recipe: Recipe, parameters: Mapping[str, Any], path: str, about: str) -> dict[str, str]:
    """Save a recipe, with parameters in place of its own, and say how it is called from now on.

    Parameters
    ----------
    recipe : Recipe
    parameters : dict
    path : str
        A ``.toml`` file, or a name alone for one among the user's own recipes.
    about : str

    Raises
    ------
    DreamError
        When it is neither, or a parameter is not allowed, or the file cannot be written.
    """
    file = Path(path)
    if file.suffix != ".toml":
        if not path or file.name != path or path.startswith("."):
            raise NotAllowed(f'"{path}" is no name of a recipe; allowed: one such as slow-whirl, or a .toml file')
        file = own_recipes() / f"{path}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
    save_recipe(replace(_changed(recipe, parameters), about=about), file)
    return {"path": str(file), "name": file.stem if file.parent == own_recipes() else str(file)}


def child(
    recipe: Recipe,
    name: str,
    parameters: Mapping[str, Any],
    seed: int,
    spread: float,
    check: Callable[[Recipe], Any],
) -> dict[str, Any]:
    """Return a child of a recipe of this name, with parameters in place of its own: changed by chance, and possible.

    Examples
    --------
    >>> one = child(Recipe(), "", {"layer": "parts"}, seed=4, spread=0.3, check=lambda recipe: None)
    >>> one == child(Recipe(), "", {"layer": "parts"}, seed=4, spread=0.3, check=lambda recipe: None)
    True
    """
    from dreamcore.farm.breeding import Generation, breed

    generation = Generation(1, (name or "plain",), children=1, spread=spread, seed=seed)
    (made,) = breed(generation, [_changed(recipe, parameters)], check)
    return _row(made, name)


def _changed(recipe: Recipe, parameters: Mapping[str, Any]) -> Recipe:
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    return recipe.changed(**given)


def _row(recipe: Recipe, name: str) -> dict[str, Any]:
    file = recipe_files().get(name)
    is_own = file is not None and file.parent == own_recipes()
    return {"name": name, "about": recipe.about, "values": recipe.values(), "own": is_own}

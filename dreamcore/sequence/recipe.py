"""Recipes: named sets of dream parameters, a transform chain and animation parameters, as TOML files.

about = "Falls into the middle of the picture."
frames = 30
transform = ["zoom(0.05)"]

[dream]
layer = "objects"

[animation]
delay = 8
"""

import json
import sys
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

from dreamcore.errors import DreamError, nearest
from dreamcore.files import atomic_write
from dreamcore.grammar.terms import flag, number, text, whole
from dreamcore.sequence.parameters import DREAM_PARAMETERS, dream_parameters
from dreamcore.text import number_text
from dreamcore.transforms import Schedule, Transform, chain, parse, zoom

SHIPPED = Path(__file__).parent / "recipes"

TOP = {
    row.name: row
    for row in (
        text("about", "", "one sentence: what is seen"),
        whole("frames", 5, 1, 9999, "how many"),
        whole("seed", 0, 0, None, "of everything random"),
        text("guide", "", "dream what resembles this picture: a file, or first for the picture that it begins with"),
    )
}
ANIMATION = {
    row.name: row
    for row in (
        number("delay", 7, 1, 65535, "centiseconds that a frame is shown"),
        whole("plays", 0, 0, 65535, "how often it is shown; 0 for ever"),
        flag("reverse", False, "the last frame first"),
        flag("ping_pong", False, "forward and back"),
        number("hold_first", 0, 0, 600, "seconds that the first frame is shown in addition"),
        number("hold_last", 0, 0, 600, "seconds that the last frame is shown in addition"),
        whole("cross_fade", 0, 0, 999, "frames at the end that dissolve into the first ones"),
    )
}


@dataclass(frozen=True)
class Recipe:
    """What makes a sequence and its animation, all but the picture and the model.

    Parameters
    ----------
    transform : Transform
    dream : dict
        The dream parameters that it sets. `layer` may be a tuple: the first one that the model has is taken.
    animation : dict
        The animation parameters that it sets, see `ANIMATION`.
    name, about, guide : str
    frames, seed : int
    """

    transform: Transform = field(default_factory=zoom)
    dream: dict = field(default_factory=dict)
    animation: dict = field(default_factory=dict)
    name: str = ""
    about: str = ""
    guide: str = ""
    frames: int = TOP["frames"].default
    seed: int = TOP["seed"].default

    def dream_for(self, network):
        """The dream parameters with a layer that `network` has.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> network = SimpleNamespace(layers=("conv1",), blobs=("data", "conv1"), roles={"patterns": "conv1"})
        >>> Recipe(dream={"layer": ("inception_3b/output", "patterns")}).dream_for(network)
        {'layer': 'patterns'}
        """
        layers = self.dream.get("layer")
        if not isinstance(layers, tuple):
            return dict(self.dream)
        known = {*network.layers, *network.blobs, *network.roles}
        return {**self.dream, "layer": next((layer for layer in layers if layer in known), layers[-1])}


def changed(recipe, *, transforms=(), dream=(), **given):
    """The recipe with whatever is given in place of its own; None means not given.

    Parameters
    ----------
    recipe : Recipe
    transforms : sequence of str
        Take the place of its transforms, in order.
    dream : mapping
        Dream parameters, as texts or values; those not given stay.
    **given
        frames, seed or guide.

    Examples
    --------
    >>> changed(Recipe(frames=9, seed=1), transforms=["zoom(0.1)"], seed=2, frames=None)
    Recipe(transform=zoom(0.1), dream={}, animation={}, name='', about='', guide='', frames=9, seed=2)
    """
    values = {key: TOP[key].check(value) for key, value in given.items() if value is not None}
    if transforms:
        values["transform"] = read_transform(list(transforms))
    return replace(recipe, dream={**recipe.dream, **read_dream(dict(dream))}, **values)


def recipe_files():
    """The recipes that can be called by name: dict of name to file, the user's own before those of the program."""
    folders = (SHIPPED, user_folder())
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def user_folder():
    """The folder of the user's own recipes."""
    from platformdirs import user_config_path

    return user_config_path("dreamcore") / "recipes"


def load_recipe(name):
    """Load a recipe by its name, or from a TOML file.

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
    >>> load_recipe("basic-zoom").transform
    zoom(0.05)
    """
    path = find_recipe(name)
    try:
        return read_recipe(path.read_text(encoding="utf-8"), path.stem)
    except (OSError, UnicodeDecodeError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    except DreamError as error:
        raise DreamError(f"{path.name}: {error}") from None


def find_recipe(name):
    """The file of a recipe that is named, or is itself a file."""
    if Path(name).suffix == ".toml":
        return Path(name)
    files = recipe_files()
    if str(name) not in files:
        raise DreamError(
            f'no recipe "{name}"{nearest(name, files)}; `dreamcore recipes list` shows them, '
            "a file of your own ends in .toml"
        )
    return files[str(name)]


def read_recipe(source, name=""):
    """Make a recipe of TOML text.

    Examples
    --------
    >>> read_recipe('transform = "roll(shift=n/15)"').transform
    roll(columns, shift=divide(15))
    >>> read_recipe('transfrom = "zoom"')
    Traceback (most recent call last):
        ...
    dreamcore.errors.DreamError: no key "transfrom" (did you mean "transform"?) in a recipe
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise DreamError(f"not a TOML file: {error}") from None
    return recipe_of(table, name)


def recipe_of(table, name=""):
    """Check a table of a recipe's keys and make the recipe."""
    refuse_unknown(table, [*TOP, "transform", "dream", "animation"], "a recipe")
    dream, animation = (section(table, key) for key in ("dream", "animation"))
    refuse_unknown(animation, ANIMATION, "[animation]")
    values = {key: row.check(table[key]) for key, row in TOP.items() if key in table}
    if "transform" in table:
        values["transform"] = read_transform(table["transform"])
    return Recipe(
        name=name,
        dream=read_dream(dream),
        animation={key: ANIMATION[key].check(value) for key, value in animation.items()},
        **values,
    )


def refuse_unknown(table, allowed, place):
    for key in table:
        if key not in allowed:
            raise DreamError(f'no key "{key}"{nearest(key, allowed)} in {place}')


def section(table, name):
    if not isinstance(table.get(name, {}), dict):
        raise DreamError(f"{name} is a table: write [{name}] and its keys below")
    return table.get(name, {})


def read_transform(value):
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in texts):
        raise DreamError('transform is a text such as "zoom(0.05)", or a list of them')
    return in_order([parse(one) for one in texts])


def in_order(steps):
    """One transform for several that run in order."""
    return steps[0] if len(steps) == 1 else chain(*steps)


def read_dream(given):
    layers = given.get("layer")
    if isinstance(layers, list):
        if not layers or not all(isinstance(one, str) for one in layers):
            raise DreamError("layer is a text, or a list of them of which the first that the model has is taken")
        given = {**given, "layer": layers[-1]}
    checked = dream_parameters(given)
    if isinstance(layers, list):
        checked["layer"] = tuple(layers)
    return {name: checked[name] for name in given}


def recipe_from_notes(notes):
    """Make a recipe of what a picture, or a frame directory, says about itself.

    Parameters
    ----------
    notes : dict
        As `dreamcore.pictures.read_notes` or `dreamcore.sequence.read_settings` gives them.

    Returns
    -------
    Recipe

    Examples
    --------
    >>> recipe_from_notes({"parameters": {"octaves": 2}, "transform": "zoom(0.1)", "seed": 4}).transform
    zoom(0.1)
    """
    table = {key: notes[key] for key in ("frames", "seed", "transform", "animation") if key in notes}
    guide = notes.get("guide")
    if guide and guide == notes["picture"]["sha256"]:
        table["guide"] = "first"
    elif guide:
        warnings.warn("a guide picture was used, and its file is not known: name it with --guide", stacklevel=2)
    return recipe_of({**table, "dream": notes.get("parameters", {})})


def recipe_text(recipe):
    """The TOML text of a recipe, which reads back equal.

    Examples
    --------
    >>> print(recipe_text(Recipe(dream={"octaves": 3}, frames=9)))
    frames = 9
    transform = "zoom(0.05)"
    <BLANKLINE>
    [dream]
    octaves = 3
    <BLANKLINE>
    """
    lines = [
        f"{key} = {toml_value(getattr(recipe, key))}"
        for key, row in TOP.items()
        if getattr(recipe, key) != row.default or key == "frames"
    ]
    term = recipe.transform
    steps = term.children if term.row.name == "chain" and len(term.children) > 1 else (term,)
    lines.append(f"transform = {toml_value(str(steps[0]) if len(steps) == 1 else tuple(map(str, steps)))}")
    for name, table, rows in (("dream", recipe.dream, DREAM_PARAMETERS), ("animation", recipe.animation, ANIMATION)):
        if table:
            lines += ["", f"[{name}]", *(f"{key} = {toml_value(table[key])}" for key in rows if key in table)]
    return "\n".join(lines) + "\n"


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, tuple):
        return "[\n" + "".join(f"    {toml_value(one)},\n" for one in value) + "]"
    quoted = json.dumps(str(value) if isinstance(value, Schedule) else value, ensure_ascii=False)
    return quoted.replace("\x7f", "\\u007f")


def save_recipe(recipe, path):
    """Write a recipe into a TOML file, whole or not at all."""
    if Path(path).suffix != ".toml":
        raise DreamError(f"{path} ends in {Path(path).suffix!r}; a recipe is a .toml file")
    with atomic_write(path) as file:
        file.write(recipe_text(recipe).encode())

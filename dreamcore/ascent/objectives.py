"""What a dream maximises: terms that add and scale, read from text and printed as it.

An objective is one function `body(network, end, **parameters)` below an `@objective(...)` line: it returns what is
maximised as a function of the end's blob, (C, H, W), and of the `Window` of cells that the blob is (None: the whole).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import neg
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.grammar.registering import register
from dreamcore.grammar.schedules import Product, value_at
from dreamcore.grammar.sums import parse_sum
from dreamcore.grammar.terms import Term, Vocabulary
from dreamcore.parameters import REQUIRED, Dream, Parameter, Schedule, layer, number, picture, whole, wholes
from dreamcore.pictures import Picture, as_picture
from dreamcore.text import value_text

if TYPE_CHECKING:
    from torch import Tensor

    from dreamcore.network import Network

Value = Callable[..., "Tensor"]  # of a blob and its window

# Products of a guide search that are in memory at a time: 64 MiB of them.
_BLOCK = 1 << 24
_CHANNELS = ("numbers", "channel", "number")  # parameters that count the channels of a blob


class Summand(Term):
    """One objective of a sum, without its weight."""

    table = "objective"

    def bind(self, network: Network) -> tuple[str, Callable]:
        """Return its end, and what it maximises as a function of the end's blob."""
        values, end = self.values(0), self.end(network)
        values.pop("layer", None)
        return end, self.row.body(network, end, **values)

    def on(self, network: Network) -> Summand:
        """Return the same with a layer that the network has, the first one of a list; and check its channels."""
        end, layer = self.end(network), self.arguments.get("layer")
        for value in (self.arguments[name] for name in _CHANNELS if name in self.arguments):
            bounds = value.values() if isinstance(value, Schedule) else value if isinstance(value, tuple) else (value,)
            for channel in bounds:
                _check_channel(network, end, channel)
        if not isinstance(layer, tuple):
            return self
        return Summand(self.row, {**self.arguments, "layer": _first_known(network, layer)})

    def end(self, network: Network) -> str:
        """Return where it looks; without a layer, the scores of the classes."""
        layer = self.arguments.get("layer")
        if layer is None:
            return network.classifier()
        return network.resolve(layer if isinstance(layer, str) else _first_known(network, layer))

    def __str__(self) -> str:
        return value_text(self.arguments["layer"]) if self.row.name == "l2" else super().__str__()


@dataclass(frozen=True)
class Objective:
    """A weighted sum of objectives, each at its own end. `str()` of it reads back equal.

    Attributes
    ----------
    terms : tuple of (float or Schedule, Summand)
        Weights, and what they weigh.

    Examples
    --------
    >>> both = 0.3 * l2("patterns") - channels("objects", 12, 40)
    >>> both
    0.3*patterns - channels(objects, 12, 40)
    >>> both == parse_objective(str(both))
    True
    >>> sum([l2("textures"), l2("parts")])
    textures + parts
    """

    terms: tuple[tuple[Any, Summand], ...]
    table = "objective"  # what a parameter of this kind asks for

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms) if isinstance(other, Objective) else NotImplemented

    def __radd__(self, other: Any) -> Objective:
        return self if isinstance(other, (int, float)) and other == 0 else NotImplemented  # where `sum` begins

    def __mul__(self, factor: Any) -> Objective:
        if isinstance(factor, bool) or not isinstance(factor, (int, float, np.number, Schedule)):
            return NotImplemented
        return Objective(tuple((_times(factor, weight), term) for weight, term in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1

    def __sub__(self, other: Objective) -> Objective:
        return self + -other if isinstance(other, Objective) else NotImplemented

    def __str__(self) -> str:
        text = ""
        for weight, term in self.terms:
            is_negative = isinstance(weight, (int, float)) and weight < 0
            size = -weight if is_negative else weight
            sign = (" - " if is_negative else " + ") if text else "-" if is_negative else ""
            text += f"{sign}{'' if size == 1 else f'{value_text(size)}*'}{term}"
        return text

    __repr__ = __str__

    def at(self, number: int) -> Objective:
        """Return the objective at frame `number`: no weight and no parameter of it is a schedule."""
        terms = (
            (value_at(weight, number), Summand(term.row, term.values(number), term.children))
            for weight, term in self.terms
        )
        return Objective(tuple(terms))

    def on(self, network: Network) -> Objective:
        """Return the objective with one layer in place of each list: the first that the network has.

        Raises
        ------
        DreamError
            For a layer that the network does not have; it names the nearest.
        """
        return Objective(tuple((weight, term.on(network)) for weight, term in self.terms))

    def ends(self, network: Network) -> tuple[str, ...]:
        """Return where it looks."""
        return tuple(term.end(network) for _, term in self.terms)

    def bind(self, network: Network) -> tuple[tuple[str, ...], Callable]:
        """Return the ends and the function of their blobs that `Network.gradient` takes, at the first frame."""
        bound = [term.bind(network) for _, term in self.terms]
        parts = tuple((value_at(weight, 0), value) for (weight, _), (_, value) in zip(self.terms, bound, strict=True))
        return tuple(end for end, _ in bound), Total(parts)

    def pictures(self) -> tuple[Any, ...]:
        """Return the pictures that it names or holds."""
        return tuple(term.arguments[each] for _, term in self.terms for each in _picture_names(term))

    def with_pictures(self, read: Callable[[str], Picture]) -> Objective:
        """Return the objective with each picture that is named in place of its name."""
        terms = []
        for weight, term in self.terms:
            named = {each: term.arguments[each] for each in _picture_names(term)}
            pictures = {each: read(name) for each, name in named.items() if isinstance(name, str)}
            terms.append((weight, Summand(term.row, {**term.arguments, **pictures})))
        return Objective(tuple(terms))

    def guided_by(self, picture: Any) -> Objective:
        """Return the objective that dreams what resembles a picture wherever it dreamed all that a layer sees."""
        row = _SUMMANDS.rows["guide"]
        return Objective(
            tuple(
                (weight, Summand(row, {"picture": picture, **term.arguments}) if term.row.name == "l2" else term)
                for weight, term in self.terms
            )
        )


@dataclass(frozen=True)
class Total:
    """A weighted sum of functions, each of its own blob; equal in two dreams of the same, so that it is known again."""

    parts: tuple[tuple[float, Callable], ...]

    def __call__(self, *blobs: Tensor, windows: Iterable | None = None) -> Tensor:
        windows = windows or (None,) * len(blobs)
        parts = zip(self.parts, blobs, windows, strict=True)
        return sum(weight * part(blob, window) for (weight, part), blob, window in parts)


def parse_objective(text: str) -> Any:
    """Read an objective.

    Parameters
    ----------
    text : str
        A layer, a blob or a role; a term such as ``channels(objects, 12)``; a weighted sum such as
        ``0.3*patterns + guide(leaf.jpg, parts)``; or objectives at frame numbers, ``0:textures, 40:objects``.

    Returns
    -------
    Objective or Schedule

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.

    Examples
    --------
    >>> parse_objective("2*(patterns + chanels(parts, 1))")
    Traceback (most recent call last):
        ...
    dreamcore.grammar.tokens.GrammarError: unknown objective "chanels" (did you mean "channels"?)
      2*(patterns + chanels(parts, 1))
                    ^
    """
    return parse_sum(text, "objective")


def as_objective(value: Any) -> Any:
    """Return what may stand for an objective as one: an Objective, a schedule of them, a text, or a list of layers."""
    if isinstance(value, str):
        return parse_objective(value)
    return l2(value) if isinstance(value, (list, tuple)) else value


def choose(layer: Any = None, objective: Any = None) -> Any:
    """Return what is to be maximised: one of two that say it, or the default where neither does.

    Raises
    ------
    DreamError
        Where both say it.

    Examples
    --------
    >>> choose(), choose("2*parts"), choose(objective=l2("textures"))
    (objects, 2*parts, textures)
    """
    if layer is not None and objective is not None:
        raise DreamError(
            f"layer is {layer} and objective is {objective}: both say what is dreamed, so give one of them"
        )
    row = Dream.parameters()["layer"]
    value = objective if layer is None else layer
    return row.check(as_objective(row.default if value is None else value))


def _first_known(network: Network, layers: tuple[str, ...]) -> str:
    known = {*network.layers, *network.blobs, *network.roles}
    return next((each for each in layers if each in known), layers[-1])


def _times(factor: Any, weight: Any) -> Any:
    if isinstance(factor, Schedule) or isinstance(weight, Schedule):
        factors = [each for one in (factor, weight) for each in (one.factors if isinstance(one, Product) else (one,))]
        numbers = float(np.prod([each for each in factors if not isinstance(each, Schedule)]))
        schedules = tuple(each for each in factors if isinstance(each, Schedule))
        kept = (*((numbers,) if numbers != 1 else ()), *schedules)
        return kept[0] if len(kept) == 1 else Product(kept)
    return float(factor * weight)


def _picture_names(term: Summand) -> list[str]:
    return [each.name for each in term.row.parameters if each.kind == "picture"]


def _wrap(term: Term) -> Objective:
    for name, value in term.arguments.items():
        if isinstance(value, np.ndarray):
            term.arguments[name] = as_picture(value)
    return Objective(((1.0, term),))  # type: ignore[arg-type]  # the vocabulary makes summands


_SUMMANDS = Vocabulary(Summand, "channels(objects, 12)", wrap=_wrap, functions={"negative": neg})
OBJECTIVES = _SUMMANDS.rows


def objective(*parameters: Parameter) -> Callable:
    """Enter the function below as an objective; without a parameter `layer` it looks at the scores of the classes."""
    return register(_SUMMANDS, "objectives", parameters, unnamed=len(parameters))


@objective(layer())
def l2(network: Network, end: str) -> Value:
    """Everything that a layer already sees: half the sum of its squares, as in the 2015 notebook.

    Examples
    --------
    >>> l2("patterns")
    patterns
    """
    return half_sum_of_squares  # one function for all, so that a recorded gradient is known again


def half_sum_of_squares(blob: Tensor, window: Any = None) -> Tensor:
    """Return half the sum of a blob's squares, whose gradient at the blob is the blob."""
    return 0.5 * (blob * blob).sum()


@objective(layer(default=REQUIRED), wholes("numbers", "channels, counted from 0"))
def channels(network: Network, end: str, numbers: tuple[int, ...]) -> Value:
    """Chosen channels of a layer: half the sum of their squares.

    Examples
    --------
    >>> channels("objects", 12, 40)
    channels(objects, 12, 40)
    """
    import torch  # not at the top, where it would cost every command that only reads a recipe a second

    for each in numbers:
        _check_channel(network, end, each)
    chosen = torch.tensor(numbers, device=network.device)  # there already: a recorded gradient copies nothing
    return lambda blob, window: half_sum_of_squares(blob.index_select(0, chosen.to(blob.device)))


@objective(
    layer(default=REQUIRED),
    whole("channel", REQUIRED, 0, None, "counted from 0"),
    number("x", 0.5, 0, 1, "place, as a part of the width"),
    number("y", 0.5, 0, 1, "place, as a part of the height"),
)
def neuron(network: Network, end: str, channel: int, x: float, y: float) -> Value:
    """One channel at one place of a layer, by default in the middle: its value.

    Examples
    --------
    >>> neuron("objects", 12, x=0.25)
    neuron(objects, 12, 0.25, 0.5)
    """
    _check_channel(network, end, channel)

    def value(blob: Tensor, window: Any) -> Tensor:
        top, left, height, width = window or (0, 0, *blob.shape[1:])
        row, column = round(y * (height - 1)) - top, round(x * (width - 1)) - left
        is_here = 0 <= row < blob.shape[1] and 0 <= column < blob.shape[2]
        return blob[channel, row, column] if is_here else blob[:0].sum()

    return value


@objective(picture("picture", "what is to be resembled"), layer())
def guide(network: Network, end: str, picture: Any) -> Value:
    """What resembles a guide picture.

    Notes
    -----
    Each place of the layer is drawn towards the guide's feature vector with which its dot product is greatest (the
    guided dream of the 2015 notebook); the value is the sum of these dot products.

    Examples
    --------
    >>> guide("leaf.jpg", "parts")
    guide(leaf.jpg, parts)
    """
    import torch  # as above

    features = _features(network, end, picture)  # (C, places)

    def matched(blob: Tensor, window: Any) -> Tensor:
        places = blob.flatten(1)
        with torch.no_grad():
            block = max(1, _BLOCK // features.shape[1])
            best = torch.cat([(part.T @ features).argmax(1) for part in places.split(block, 1)])
        return (places * features[:, best]).sum()

    return matched


@objective(picture("picture", "towards whose mean feature"), layer())
def direction(network: Network, end: str, picture: Any) -> Value:
    """Towards the mean feature of a picture: its look without its forms.

    Notes
    -----
    The sum over all places of the dot product with the mean of the picture's feature vectors, brought to length 1.

    Examples
    --------
    >>> direction("sea.jpg", "textures")
    direction(sea.jpg, textures)
    """
    mean = _features(network, end, picture).mean(1)
    unit = mean / mean.norm().clamp_min(1e-12)  # (C,)
    return lambda blob, window: (unit @ blob.flatten(1)).sum()


@objective(whole("number", REQUIRED, 0, None, "of the class, counted from 0"))
def class_(network: Network, end: str, number: int) -> Value:
    """A class of a classifier: its score before the softmax.

    Examples
    --------
    >>> class_(107)
    class(107)
    """
    _check_channel(network, end, number)
    return lambda blob, window: blob[number].sum()


def negative(objective: Objective) -> Objective:
    """Return the opposite of an objective: away from what it dreams.

    Examples
    --------
    >>> negative(l2("patterns"))
    -patterns
    """
    return -objective


def _check_channel(network: Network, end: str, channel: int) -> None:
    count = network.shapes[end][0] if end in network.shapes else channel + 1
    if channel >= count:
        raise DreamError(f"{end} has no channel {channel}; allowed are 0 to {count - 1}")


def _features(network: Network, end: str, picture: Any) -> Tensor:
    """Return what a layer sees of a picture, (C, places)."""
    from dreamcore.ascent.layout import to_data  # torch, as above

    return network.outputs(to_data(as_picture(picture).rgb, network), end)[0].flatten(1)

"""Weighted sums of objectives: they add and scale, print as their text, and become functions of a network's blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import neg
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.errors import NotAllowed
from dreamcore.grammar.registering import register
from dreamcore.grammar.schedules import Product, factor_text, value_at
from dreamcore.grammar.terms import Term, Vocabulary
from dreamcore.images import is_image
from dreamcore.kinds import Parameter, Schedule
from dreamcore.pictures import Picture, as_picture
from dreamcore.text import value_text

if TYPE_CHECKING:
    from torch import Tensor

    from dreamcore.network import Network

Value = Callable[..., "Tensor"]  # of a blob and its window

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
                check_channel(network, end, channel)
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
    >>> from dreamcore import channels, l2, parse_objective
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
            text += f"{sign}{'' if size == 1 else f'{factor_text(size)}*'}{term}"
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

    def with_picture(self, name: str, picture: Picture) -> Objective:
        """Return the objective with another picture in place of the one that is called so."""
        terms = []
        for weight, term in self.terms:
            held = {each: getattr(term.arguments[each], "name", None) for each in _picture_names(term)}
            pictures = {each: picture for each, called in held.items() if called == name}
            terms.append((weight, Summand(term.row, {**term.arguments, **pictures}, term.children)))
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
        if isinstance(value, np.ndarray) or is_image(value):
            term.arguments[name] = as_picture(value)
    return Objective(((1.0, term),))  # type: ignore[arg-type]  # the vocabulary makes summands


_SUMMANDS = Vocabulary(Summand, "channels(objects, 12)", wrap=_wrap, functions={"negative": neg})
OBJECTIVES = _SUMMANDS.rows


def objective(*parameters: Parameter) -> Callable:
    """Enter the function below as an objective; without a parameter `layer` it looks at the scores of the classes."""
    return register(_SUMMANDS, "objectives", parameters, unnamed=len(parameters))


def check_channel(network: Network, end: str, channel: int) -> None:
    """Raise a DreamError where a blob has fewer channels."""
    blob, _ = network.graph.value(end)  # an end may be a layer, whose blob is called otherwise
    count = network.shapes[blob][0] if blob in network.shapes else channel + 1
    if channel >= count:
        raise NotAllowed(f"{end} has no channel {channel}; allowed are 0 to {count - 1}")

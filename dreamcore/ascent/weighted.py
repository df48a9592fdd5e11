"""Weighted sums of objectives: they add and scale, print as their text, and become functions of a network's blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import neg
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dreamcore.errors import NotAllowed
from dreamcore.grammar.registering import register
from dreamcore.grammar.schedules import Product, factor_text, value_at
from dreamcore.grammar.terms import Term, Vocabulary
from dreamcore.images import is_image
from dreamcore.kinds import Parameter, Schedule
from dreamcore.models.classes import find_class
from dreamcore.pictures import Picture, as_picture
from dreamcore.text import value_text

if TYPE_CHECKING:
    from torch import Tensor

    from dreamcore.ascent.maps import Map, View
    from dreamcore.network import Network
    from dreamcore.network.fields import Fields

Value = Callable[..., "Tensor"]  # of a blob and its window


class Part(NamedTuple):
    """Something that is maximised at one end.

    Attributes
    ----------
    end : str
    weight : float
    value : callable
        Of the end's blob, (C, H, W), and its window: what each place is worth, in any shape that ends with the places.
    masks : tuple of Mask
        Which share of each place counts.
    share : float
        The weight of the map that it belongs to, within a sum.
    """

    end: str
    weight: float
    value: Value
    masks: tuple[Mask, ...] = ()
    share: float = 1.0


class Mask(NamedTuple):
    """What one colour of a map has of the cells that see so much of the picture."""

    map: Map
    place: int
    seen: Fields | None


class Summand(Term):
    """One objective of a sum, without its weight."""

    table = "objective"

    def values(self, number: int) -> dict[str, Any]:
        """Return the arguments at frame `number`."""
        values = super().values(number)
        return {name: each.at(number) if isinstance(each, Objective) else each for name, each in values.items()}

    @property
    def inside(self) -> dict[str, Objective]:
        """The objectives that it holds, by the names of their parameters; then it has no end of its own."""
        return {name: each for name, each in self.arguments.items() if isinstance(each, Objective)}

    def changed(self, change: Callable[[Summand], Summand]) -> Summand:
        """Return the same with each objective inside it changed, and then itself."""
        inside = {name: each.changed(change) for name, each in self.inside.items()}
        return change(Summand(self.row, {**self.arguments, **inside}, self.children) if inside else self)

    def parts(self, network: Network) -> tuple[Part, ...]:
        """Return what it maximises at the first frame."""
        values = self.values(0)
        if self.inside:
            return self.row.body(network, **values)
        end = self.end(network)
        values.pop("layer", None)
        return (Part(end, 1.0, self.row.body(network, end, **values)),)

    def on(self, network: Network) -> Summand:
        """Return the same with a layer that the network has, the first one of a list; and check its channels."""
        if self.inside:
            return self
        end, layer = self.end(network), self.arguments.get("layer")
        for name, check in _CHECKS.items():
            value = self.arguments.get(name, ())
            for each in (
                value.values() if isinstance(value, Schedule) else value if isinstance(value, tuple) else (value,)
            ):
                check(network, end, each)
        if not isinstance(layer, tuple):
            return self
        return Summand(self.row, {**self.arguments, "layer": _first_known(network, layer)})

    def ends(self, network: Network) -> tuple[str, ...]:
        """Return where it looks, in the order of its parts."""
        inside = self.inside.values()
        return tuple(end for each in inside for end in each.ends(network)) if inside else (self.end(network),)

    def end(self, network: Network) -> str:
        """Return where it looks itself; without a layer, where the scores of the classes come from."""
        layer = self.arguments.get("layer")
        if layer is None:
            return network.graph.head().end
        return network.resolve(layer if isinstance(layer, str) else _first_known(network, layer))

    def __str__(self) -> str:
        return value_text(self.arguments["layer"]) if self.row.name == "l2" else super().__str__()

    def with_pictures(self, change: Callable[[Any], Any]) -> Summand:
        """Return the same with other pictures."""
        pictures = {each: change(self.arguments[each]) for each in _picture_names(self)}
        return Summand(self.row, {**self.arguments, **pictures}, self.children) if pictures else self


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

    def changed(self, change: Callable[[Summand], Summand]) -> Objective:
        """Return the objective with each summand changed, those inside of others too."""
        return Objective(tuple((weight, term.changed(change)) for weight, term in self.terms))

    def on(self, network: Network) -> Objective:
        """Return the objective with one layer in place of each list: the first that the network has.

        Raises
        ------
        DreamError
            For a layer, a channel or a class that the network does not have; it names the nearest.
        """
        return self.changed(lambda term: term.on(network))

    def parts(self, network: Network) -> tuple[Part, ...]:
        """Return what it maximises at the first frame, each at its own end."""
        found = ((value_at(weight, 0), part) for weight, term in self.terms for part in term.parts(network))
        return tuple(
            part._replace(share=weight * part.share) if part.masks else part._replace(weight=weight * part.weight)
            for weight, part in found
        )

    def ends(self, network: Network) -> tuple[str, ...]:
        """Return where it looks."""
        return tuple(end for _, term in self.terms for end in term.ends(network))

    def bind(self, network: Network) -> tuple[tuple[str, ...], Total]:
        """Return the ends and the function of their blobs that `Network.gradient` takes, at the first frame."""
        parts = self.parts(network)
        return tuple(each.end for each in parts), Total(parts)

    def pictures(self) -> tuple[Any, ...]:
        """Return the pictures that it names or holds."""
        found: list[Any] = []

        def note(term: Summand) -> Summand:
            found.extend(term.arguments[each] for each in _picture_names(term))
            return term

        self.changed(note)
        return tuple(found)

    def with_pictures(self, read: Callable[[str], Picture]) -> Objective:
        """Return the objective with each picture that is named in place of its name."""
        return self.changed(lambda term: term.with_pictures(lambda each: read(each) if isinstance(each, str) else each))

    def with_picture(self, name: str, picture: Picture) -> Objective:
        """Return the objective with another picture in place of the one that is called so."""

        def other(held: Any) -> Any:
            return picture if getattr(held, "name", None) == name else held

        return self.changed(lambda term: term.with_pictures(other))

    def guided_by(self, picture: Any) -> Objective:
        """Return the objective that dreams what resembles a picture wherever it dreamed all that a layer sees."""
        row = _SUMMANDS.rows["guide"]
        return self.changed(
            lambda term: Summand(row, {"picture": picture, **term.arguments}) if term.row.name == "l2" else term
        )


@dataclass(frozen=True)
class Total:
    """A weighted sum of functions, each of its own blob; equal in two dreams of the same, so that it is known again.

    Attributes
    ----------
    parts : tuple of Part
    view : View or None
        How the picture is shown whose blobs come, for the masks.
    """

    parts: tuple[Part, ...]
    view: View | None = None

    def __call__(self, *blobs: Tensor, windows: Iterable | None = None) -> Tensor:
        windows = windows or (None,) * len(blobs)
        total: Tensor | int = 0
        for (_, weight, value, masks, share), blob, window in zip(self.parts, blobs, windows, strict=True):
            worth = value(blob, window)
            for map, place, seen in masks:
                worth = worth * map.at_cells(place, blob.shape[1:], window, seen, self.view)
            total = total + weight * share * worth.sum()
        return total  # type: ignore[return-value]  # there is at least one part

    def seen_in(self, view: View) -> Total:
        """Return the same for the blobs of a picture that is shown so."""
        return replace(self, view=view) if self.maps else self

    @property
    def maps(self) -> tuple[Map, ...]:
        """The maps in it, inner ones first."""
        return tuple(dict.fromkeys(mask.map for part in self.parts for mask in part.masks))

    @property
    def is_everywhere(self) -> bool:
        """Whether a part of it has all places."""
        return not all(part.masks for part in self.parts)


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
    inside = [each.name for each in term.row.parameters if each.kind == Summand.table]
    if inside and all(term.arguments[each] is None for each in inside):
        raise NotAllowed(f"{term.row.name} needs an objective for one of its colours: {', '.join(inside)}")
    return Objective(((1.0, term),))  # type: ignore[arg-type]  # the vocabulary makes summands


_SUMMANDS = Vocabulary(Summand, "channels(objects, 12)", wrap=_wrap, functions={"negative": neg})
OBJECTIVES = _SUMMANDS.rows


def objective(*parameters: Parameter, unnamed: int | None = None) -> Callable:
    """Enter the function below as an objective; without a parameter `layer` it looks at the scores of the classes.

    So many of its parameters are written `unnamed`, by default all.
    """
    return register(_SUMMANDS, "objectives", parameters, unnamed=len(parameters) if unnamed is None else unnamed)


def check_channel(network: Network, end: str, channel: int) -> None:
    """Raise a DreamError where a blob has fewer channels."""
    blob, _ = network.graph.value(end)  # an end may be a layer, whose blob is called otherwise
    count = network.shapes[blob][0] if blob in network.shapes else channel + 1
    if channel >= count:
        raise NotAllowed(f"{end} has no channel {channel}; allowed are 0 to {count - 1}")


def check_class(network: Network, end: str, name: str | int) -> int:
    """Return the number of a class; raise a DreamError where the network has none that is called so."""
    return find_class(name, network.classes, network.graph.class_count, network.name)


# What is checked of parameters that count the channels of a blob, or name one.
_CHECKS: dict[str, Callable[[Network, str, Any], Any]] = {
    "numbers": check_channel,
    "channel": check_channel,
    "name": check_class,
}

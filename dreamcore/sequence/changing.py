"""Everything of a recipe that changes with the frame: found, exchanged, and checked at each frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dreamcore.ascent.weighted import Objective
from dreamcore.errors import DreamError
from dreamcore.grammar.formulas import Formula
from dreamcore.grammar.schedules import Keyframes, Product, value_at
from dreamcore.grammar.sounds import Heard
from dreamcore.grammar.terms import Term
from dreamcore.kinds import Parameter, Schedule
from dreamcore.parameters import Table
from dreamcore.text import short

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.sequence.recipe import Recipe


class Changing(NamedTuple):
    """A number that changes with the frame.

    Attributes
    ----------
    name : str
        Whose it is, for people.
    value : Schedule
    parameter : Parameter or None
        None for a weight.
    owner : Term or None
        The transform, shift or objective that it belongs to.
    """

    name: str
    value: Schedule
    parameter: Parameter | None
    owner: Term | None = None

    def at(self, number: int) -> float:
        """Return its value at a frame.

        Raises
        ------
        DreamError
            When it has none, or leaves its range; the frame is named.
        """
        try:
            return self.parameter.resolve(self.value, number) if self.parameter else self.value.at(number)
        except DreamError as error:
            raise (error.within(short(str(self.owner))) if self.owner else error) from None


def exchanged(value: Any, change: Callable[[Schedule], Schedule]) -> Any:
    """Return a table, term, objective or schedule with each schedule that has no other inside changed.

    Examples
    --------
    >>> from dreamcore.transforms import parse, schedule
    >>> str(exchanged(parse("zoom(0.5*sin(40), x=t/9)"), lambda each: schedule("bars(1)")))
    'zoom(0.5*bars(1), x=t/9)'
    """
    if isinstance(value, Table):
        mine = {name: getattr(value, name) for name in value.parameters()}
        return replace(value, **{name: exchanged(each, change) for name, each in mine.items()})  # type: ignore[type-var]
    if isinstance(value, Formula):
        return replace(value, parts=tuple(exchanged(each, change) for each in value.parts))
    if isinstance(value, Product):
        return replace(value, factors=tuple(exchanged(each, change) for each in value.factors))
    if isinstance(value, Keyframes) and any(isinstance(each, Objective) for each in value.values()):
        return replace(value, keys=tuple((number, exchanged(each, change)) for number, each in value.keys))
    if isinstance(value, Objective):
        return Objective(tuple((exchanged(weight, change), exchanged(term, change)) for weight, term in value.terms))
    if isinstance(value, Term):
        arguments = {name: exchanged(each, change) for name, each in value.arguments.items()}
        return type(value)(value.row, arguments, [exchanged(child, change) for child in value.children])
    return change(value) if isinstance(value, Schedule) else value


def inner_schedules(value: Any) -> list[Schedule]:
    """Return the schedules without others inside, in order, each as often as it stands there.

    Examples
    --------
    >>> from dreamcore.transforms import parse
    >>> [str(each) for each in inner_schedules(parse("chain(zoom(0.5*beat(1)), roll(shift=sine(9*bars(4))))"))]
    ['beat(1)', 'bars(4)']
    """
    found: list[Schedule] = []

    def note(schedule: Schedule) -> Schedule:
        found.append(schedule)
        return schedule

    exchanged(value, note)
    return found


def changing_numbers(recipe: Recipe) -> Iterator[Changing]:
    """Yield every number of a recipe that changes with the frame.

    Examples
    --------
    >>> from dreamcore.sequence.recipe import Recipe
    >>> recipe = Recipe().changed(transform="zoom(t/99)", octaves="0:2, 9:4", layer="sin(40)*parts")
    >>> [each.name for each in changing_numbers(recipe)]
    ['zoom amount', 'weight of parts', 'octaves']
    """
    yield from _of_term(recipe.sequence.transform)
    layer = recipe.dream.layer
    for objective in layer.values() if isinstance(layer, Keyframes) else (layer,):
        yield from _of_objective(objective)
    for table in (recipe.dream, recipe.timing):
        for name, row in table.parameters().items():
            if isinstance(getattr(table, name), Schedule) and name != "layer":
                yield Changing(name.replace("_", " "), getattr(table, name), row)


def _of_objective(objective: Objective) -> Iterator[Changing]:
    for weight, term in objective.terms:
        if isinstance(weight, Schedule):
            yield Changing(f"weight of {term}", weight, None)
        yield from _of_term(term)


def _of_term(term: Term) -> Iterator[Changing]:
    for row in term.row.parameters:
        value = term.arguments[row.name]
        if isinstance(value, Term):
            yield from _of_term(value)
        elif isinstance(value, Objective):
            yield from _of_objective(value)
        elif isinstance(value, Schedule) and not (callable(value) or _is_of_words(value)):  # these are no numbers
            yield Changing(f"{term.row.name} {row.name.replace('_', ' ')}", value, row, term)
    for child in term.children:
        yield from _of_term(child)


def _is_of_words(value: Schedule) -> bool:
    return isinstance(value, Keyframes) and any(isinstance(each, str) for each in value.values())


def check_frames(recipe: Recipe, numbers: Iterable[int], network: Network | None = None) -> None:
    """Refuse what only the frames show: formulas that leave their range, or have no value, or name no channel.

    What follows a sound that is not heard yet is passed over.

    Parameters
    ----------
    recipe : Recipe
    numbers : iterable of int
        Of the frames.
    network : Network, optional
        Whose channels are meant.

    Raises
    ------
    DreamError
        It names the frame.
    """
    unbounded = [each for each in changing_numbers(recipe) if not (each.value.is_bounded or _waits(each.value))]
    layer = recipe.dream.layer
    counts = network is not None and any(
        each.owner is not None and each.owner.table == "objective" for each in unbounded
    )
    for number in numbers if unbounded else ():
        for each in unbounded:
            each.at(number)
        if counts:
            try:
                value_at(layer, number).at(number).on(network)
            except DreamError as error:
                raise error.within(f"frame {number}") from None


def _waits(schedule: Schedule) -> bool:
    return any(isinstance(each, Heard) and each.curve is None for each in inner_schedules(schedule))

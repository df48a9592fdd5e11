"""The picture files that a recipe names: in its layer, its transform, its guide; and its sound.

Within the program a name is a path as the program's folder sees it. In a recipe's file it is one as that file sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from dreamcore.grammar.schedules import Keyframes
from dreamcore.grammar.terms import Term
from dreamcore.parameters import Dream, Sequence

FIRST = "first"  # what a guide is called that is the picture itself
Rename: TypeAlias = Callable[[str], str]


def renamed(sequence: Sequence, dream: Dream, rename: Rename) -> tuple[Sequence, Dream]:
    """Return tables with other names of their files."""

    def other(name: str) -> str:
        return name if name == FIRST else rename(name)

    transform = _renamed(sequence.transform, other)
    guide, sound = (name and other(name) for name in (sequence.guide, sequence.sound))
    layer = each_objective(dream.layer, lambda each: each.changed(lambda one: _renamed(one, other)))
    return replace(sequence, transform=transform, guide=guide, sound=sound), replace(dream, layer=layer)


def transform_files(term: Term) -> Iterator[str]:
    """Yield the picture files that a transform names."""
    yield from _files(term).values()
    for child in term.children:
        yield from transform_files(child)


def looks_back(term: Term) -> bool:
    """Tell whether a transform needs more than the frame that it is given: the one before."""
    sources = [each for each in term.row.parameters if "previous" in each.choices]
    here = any(term.arguments.get(each.name, each.default) == "previous" for each in sources)
    return here or any(map(looks_back, term.children))


def each_objective(layer: Any, change: Callable) -> Any:
    """Change an objective, or each of those that follow one another."""
    if isinstance(layer, Keyframes):
        return replace(layer, keys=tuple((number, change(value)) for number, value in layer.keys))
    return change(layer)


def _files(term: Term) -> dict[str, str]:
    """Return those parameters of a term that name a file."""
    values = {each: term.arguments.get(each.name) for each in term.row.parameters if each.kind in ("file", "picture")}
    return {each.name: value for each, value in values.items() if isinstance(value, str) and value not in each.choices}


def _renamed(term: Any, rename: Rename) -> Any:
    files = {name: rename(value) for name, value in _files(term).items()}
    children = [_renamed(child, rename) for child in term.children]
    return type(term)(term.row, {**term.arguments, **files}, children) if files or children else term

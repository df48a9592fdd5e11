"""How the cells of a sweep are numbered: from 1, along the first axis first, and pictures last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod
from typing import Any

from dreamcore.errors import NotAllowed
from dreamcore.farm.axes import PICTURE
from dreamcore.sequence.recipe import Recipe


@dataclass(frozen=True)
class Numbering:
    """Combinations of values, each a sequence; and where sequences are split, the cells that they are split into.

    Parameters
    ----------
    counts : dict of str to int
        How many values each axis has; the last one is that of pictures.
    zipped : bool
        The first values of all axes are one combination, then the second ones, on every picture.
    split : int
        So many frames are a cell; 0 for all of a sequence.
    frames : tuple of int
        Where they are split: how many each picture has.

    Examples
    --------
    >>> numbering = Numbering({"layer": 2, "picture": 1}, split=4, frames=(10,))
    >>> len(numbering), numbering.places(4), numbering.placed(6)
    (6, {'layer': 1, 'picture': 0}, (2, range(8, 10)))
    """

    counts: Mapping[str, int]
    zipped: bool = False
    split: int = 0
    frames: tuple[int, ...] = ()

    @cached_property
    def combinations(self) -> int:
        """How many sequences there are of each picture."""
        counts = [count for name, count in self.counts.items() if name != PICTURE]
        return max(counts) if self.zipped else prod(counts)

    @cached_property
    def cells(self) -> list[int]:
        """How many cells a sequence of each picture has."""
        return [ceil(count / self.split) for count in self.frames] if self.split else [1] * self.counts[PICTURE]

    def __len__(self) -> int:
        return self.combinations * sum(self.cells)

    def sequences(self) -> Iterator[range]:
        """Yield the numbers of the cells of each sequence."""
        first = 1
        for cells in self.cells:
            for _ in range(self.combinations):
                yield range(first, first + cells)
                first += cells

    def placed(self, number: int) -> tuple[int, range | None]:
        """Return the number of a cell's sequence, and the numbers of its frames, None for all."""
        if not self.split:
            return number, None
        rest, picture = number - 1, 0
        while rest >= self.combinations * self.cells[picture]:
            rest -= self.combinations * self.cells[picture]
            picture += 1
        combination, place = divmod(rest, self.cells[picture])
        first = place * self.split
        run = range(first, min(first + self.split, self.frames[picture]))
        return picture * self.combinations + combination + 1, run

    def places(self, number: int) -> dict[str, int]:
        """Return which value of each axis a cell has, from 0."""
        rest, places = self.placed(number)[0] - 1, {}
        if self.zipped:
            picture, place = divmod(rest, self.combinations)
            return {**{name: place if count > 1 else 0 for name, count in self.counts.items()}, PICTURE: picture}
        for name, count in self.counts.items():
            rest, places[name] = divmod(rest, count)
        return places


def split_frames(lengths: Mapping[str, int | None], split: int, frames: Any, barred: Iterable[str]) -> tuple[int, ...]:
    """Return how many frames of each clip are dreamed, where so many of them are a cell.

    Parameters
    ----------
    lengths : dict of str to int or None
        The frames of each clip; None for a picture.
    split : int
    frames : object
        How many are asked for, None for all.
    barred : iterable of str
        What else is asked for, or varied.

    Raises
    ------
    NotAllowed
        When they cannot be split.

    Examples
    --------
    >>> split_frames({"a.gif": 10, "b.gif": 3}, 4, 5, [])
    (5, 3)
    """
    if split < 1:
        raise NotAllowed(f"split={split} is not allowed; allowed: a whole number from 1")
    for name in {"frames", "still"}.intersection(barred):
        raise NotAllowed(f"split and {name} exclude each other: what is split are all frames of a clip")
    for name, length in lengths.items():
        if length is None:
            raise NotAllowed(f"split is for clips; {name} is one picture")
    most = None if frames is None else Recipe().changed(frames=frames).sequence.frames
    return tuple(min(length, most or length) for length in lengths.values() if length)

"""The plan: how dreams go about their pictures on this machine, decided once, before anything is dreamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.large.memory import PICTURE, beside_pictures, bytes_per_pixel, memory_limit, program_bytes
from dreamcore.large.store import DiskStore, MemoryStore, Store
from dreamcore.large.tiles import smallest_tile, tiling
from dreamcore.text import size_text

if TYPE_CHECKING:
    from dreamcore.network import Network

_MAY_BE_NONE = ("tile_pixels", "seconds")


@dataclass(frozen=True)
class Plan:
    """How pictures are dreamed on one machine, and what that takes.

    A run that goes by the same plan gives the same frames to the bit, whatever memory is free.

    Attributes
    ----------
    tile_pixels : int or None
        Most pixels of a tile; None where every picture goes through the network as a whole.
    tiles : int
        Tiles of the largest picture.
    memory : int
        Bytes of memory that the program takes at most.
    disk : int
        Bytes of the pictures that lie in files; 0 where all are in memory.
    seconds : float or None
        What all dreams take together; None where nobody has asked for it.

    Examples
    --------
    >>> plan = Plan(tile_pixels=2_000_000, tiles=12, memory=1_900_000_000, disk=1_200_000_000)
    >>> Plan.from_json(plan.to_json()) == plan
    True
    """

    tile_pixels: int | None
    tiles: int
    memory: int
    disk: int
    seconds: float | None = None

    def store(self, device: torch.device | str) -> Store:
        """Make the store of a dream's pictures.

        Raises
        ------
        DreamError
            Where the disk has too little room for them.
        """
        return DiskStore(self.disk) if self.disk else MemoryStore(device)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Plan:
        """Make a plan of plain values.

        Raises
        ------
        DreamError
            Where they are not those of a plan.
        """
        names = [each.name for each in fields(cls)]
        if not isinstance(values, Mapping) or sorted(values) != sorted(names):
            raise DreamError(f"a plan cannot be read; needed: {', '.join(names)}")
        for name in names:
            if not isinstance(values[name], (int, float)) and not (values[name] is None and name in _MAY_BE_NONE):
                raise DreamError(f"{name} of a plan is a number")
        return cls(**values)


class Pyramid(NamedTuple):
    """The octaves of a dream, as far as a plan must know them.

    Attributes
    ----------
    ends : tuple of str
    sizes : list of (int, int)
        Height and width of each octave; the last is the picture itself.
    is_blended : bool
        Whether the dream is laid over the picture in the end, by a strength or a mask.
    is_smoothed : bool
        Whether each gradient is smoothed, for which its planes are in memory.
    is_turned : bool
        Whether each step sees a picture of its own.
    """

    ends: tuple[str, ...]
    sizes: Sequence[tuple[int, int]]
    is_blended: bool
    is_smoothed: bool = False
    is_turned: bool = False


@dataclass(frozen=True)
class _Octave:
    """What one octave takes."""

    ends: tuple[str, ...]
    height: int
    width: int
    gradient: float  # bytes for each pixel that goes through the network
    original: int  # bytes of the caller's picture, and of what is smoothed in memory
    pictures: int  # bytes of all pictures in memory

    @property
    def pixels(self) -> int:
        """Pixels of the octave."""
        return self.height * self.width

    @property
    def whole(self) -> float:
        """Bytes, where the octave goes through the network as a whole."""
        return self.pictures + self.gradient * self.pixels


def plan_dreams(network: Network, pyramids: Iterable[Pyramid], memory: float | None = None, count: int = 1) -> Plan:
    """Plan dreams: whole pictures in memory where all of them fit, tiles of one size otherwise.

    Parameters
    ----------
    network : Network
    pyramids : iterable of Pyramid
        Of all dreams of a sequence; equal ones once.
    memory : int, optional
        Bytes that the program may take, most of what is free by default.
    count : int
        Pictures that go through the network at a time.

    Returns
    -------
    Plan

    Raises
    ------
    DreamError
        When not even one tile fits, or a picture that does not fit cannot be tiled.

    Examples
    --------
    >>> import dreamcore
    >>> network = dreamcore.load_network("dreamlet", device="cpu")
    >>> octaves = Pyramid(("dream_4c",), [(2000, 3000), (4000, 6000)], is_blended=False)
    >>> plan = plan_dreams(network, [octaves], memory=2 * 10**9)
    >>> plan.tiles > 1, plan.memory <= 2 * 10**9, plan.disk > 0
    (True, True, True)
    """
    fixed, limit = program_bytes(network), memory_limit(network, memory)
    alone, disk = [each for pyramid in pyramids for each in _octaves(network, pyramid, count)], 0
    more = beside_pictures(network.device)
    octaves = [replace(each, gradient=more * each.gradient) for each in alone]
    if network.device.type == "cpu" and any(fixed + each.whole > limit for each in octaves):
        disk = max(each.pictures for each in octaves)
        octaves = [replace(each, pictures=each.original) for each in alone]  # the caller's picture stays where it is
    too_large = [each for each in octaves if fixed + each.whole > limit]
    if any(smallest_tile(network, each.ends) is None for each in too_large):
        raise _cannot_be_tiled(network, too_large, fixed, limit)
    pixels = min((max(0, int((limit - fixed - each.pictures) / each.gradient)) for each in too_large), default=None)
    try:
        tilings = [tiling(network, each.ends, each.height, each.width, pixels) for each in octaves]
    except DreamError as error:
        raise _too_little(network, octaves, fixed, limit) from error
    pairs = [*zip(octaves, tilings, strict=True)]
    peak = fixed + max(each.pictures + int(each.gradient * cut.largest) for each, cut in pairs)
    largest = max(each.pixels for each in octaves)
    return Plan(pixels, max(cut.number for each, cut in pairs if each.pixels == largest), peak, disk)


def _octaves(network: Network, pyramid: Pyramid, count: int) -> Iterator[_Octave]:
    """Yield what each octave takes, the picture itself first: what is wrong is said of it rather than of an octave."""
    ends, sizes, is_blended, is_smoothed, is_turned = pyramid
    for number in reversed(range(len(sizes))):
        pixels = prod(sizes[number])
        shown = network.glance(*sizes[number], ends) or sizes[number]
        gradient = count * bytes_per_pixel(network, ends, *shown) * prod(shown) / pixels
        original = count * PICTURE * (prod(sizes[-1]) + is_smoothed * pixels)
        pictures = count * PICTURE * (_picture_pixels(sizes[number:], is_blended) + is_turned * pixels)
        yield _Octave(ends, *sizes[number], gradient, original, pictures)


def _picture_pixels(sizes: Sequence[tuple[int, int]], is_blended: bool) -> int:
    """Return the pixels of all pictures that are there during the first of these octaves: three floats each."""
    pixels = [height * width for height, width in sizes]
    bases = sum(pixels[:-1]) + pixels[-1] * (is_blended or len(sizes) > 1)
    return pixels[-1] + bases + 2 * pixels[0]


def _cannot_be_tiled(network: Network, too_large: list[_Octave], fixed: int, limit: float) -> NotEnoughMemory:
    worst = next(each for each in too_large if smallest_tile(network, each.ends) is None)
    takes = f"takes {size_text(fixed + worst.whole)} of memory, the limit is {size_text(limit)}"
    reason = f"cannot be tiled: {_names(network, worst)} sees all of it"
    return NotEnoughMemory(f"{_size(worst)} {takes}, and {reason}; {_fitting(worst, (limit - fixed) / worst.whole)}")


def _too_little(network: Network, octaves: list[_Octave], fixed: int, limit: float) -> NotEnoughMemory:
    pixels = max(smallest_tile(network, each.ends) or 0 for each in octaves)
    worst = max(octaves, key=lambda each: each.pictures + each.gradient * pixels)
    tile = worst.gradient * pixels
    takes = f"takes at least {size_text(fixed + worst.pictures + tile)} of memory for {_names(network, worst)}"
    share = (limit - fixed - tile) / worst.pictures
    return NotEnoughMemory(f"{_size(worst)} {takes}, the limit is {size_text(limit)}; {_fitting(worst, share)}")


def _fitting(octave: _Octave, share: float) -> str:
    """Say which size, of the same shape, takes this share of the memory; it grows with the pixels."""
    width, height = (int(side * max(share, 0) ** 0.5) for side in (octave.width, octave.height))
    return f"about {width}x{height} would fit" if min(width, height) >= 16 else "no smaller one would fit"


def _size(octave: _Octave) -> str:
    return f"a picture of {octave.width}x{octave.height} pixels"


def _names(network: Network, octave: _Octave) -> str:
    return f"{' and '.join(octave.ends)} of {network.name}"

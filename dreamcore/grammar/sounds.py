"""Schedules that follow a sound: `band(40..120, release=8)`, `beat(1/2)`, `bars(4)`; values from 0 to 1.

What they are at each frame is heard before the first dream, see `dreamcore.sequence.hearing`: until then they have
their text and no values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.kinds import Schedule
from dreamcore.text import number_text, short

HIGHEST = 24_000  # hertz
LONGEST = 10_000  # frames of attack and release
_SPAN = re.compile(r"(\d+\.?\d*|\.\d+)\.\.(\d+\.?\d*|\.\d+)", re.ASCII)
_PART = re.compile(r"(\d{1,4}) */ *(\d{1,4})", re.ASCII)
_MOST = 1024  # beats or bars
_FINEST = Fraction(1, 64)


@dataclass(frozen=True)
class Heard(Schedule):
    """A schedule that follows a sound.

    Parameters
    ----------
    curve : tuple of float, optional
        The values of all frames, once they are known. Two schedules of the same text are equal without it.
    """

    curve: tuple[float, ...] | None = field(default=None, compare=False, repr=False, kw_only=True)
    names: ClassVar[tuple[str, ...]] = ()  # of what stands in the brackets, in order

    def at(self, number: int) -> float:
        if self.curve is None:
            raise DreamError(f"{self} follows a sound, and none is heard yet: frames of a job hear one")
        if number >= len(self.curve):
            raise DreamError(f"{self} is heard for frames 0 to {len(self.curve) - 1}, and asked for frame {number}")
        return self.curve[number]

    def values(self) -> tuple:
        return 0, 1


@dataclass(frozen=True)
class Band(Heard):
    """How loud a sound is between two pitches, 1 where it is loudest.

    Parameters
    ----------
    low, high : float
        Hertz.
    attack, release : float
        Frames in which the value follows two thirds of the way up, and down; 0 follows at once.

    Examples
    --------
    >>> str(Band.read("40..120", release=3)), str(Band.read("2000..8000", 1))
    ('band(40..120, release=3)', 'band(2000..8000, attack=1)')
    """

    low: float
    high: float
    attack: float = 0
    release: float = 8
    names = ("hertz", "attack", "release")

    @classmethod
    def read(cls, hertz: Any = None, attack: float = 0, release: float = 8) -> Band:
        """Make one of what stands in the brackets."""
        match = _SPAN.fullmatch(str(hertz))
        if match is None:
            raise NotAllowed("band is told a span of hertz, such as band(40..120)")
        return cls(float(match[1]), float(match[2]), attack, release)

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= HIGHEST:
            span = f"{number_text(self.low)}..{number_text(self.high)}"
            raise NotAllowed(f"band {short(span)} is not allowed; allowed are 0..{HIGHEST} hertz, the lower one first")
        _check_frames(self.attack, self.release)

    def __str__(self) -> str:
        span = f"{number_text(self.low)}..{number_text(self.high)}"
        return f"band({', '.join([span, *_followed(self)])})"


@dataclass(frozen=True)
class Beat(Heard):
    """1 at each beat, or at each part of one, and falling from there.

    Parameters
    ----------
    every : Fraction
        Beats.
    attack, release : float
        As for `Band`.

    Examples
    --------
    >>> str(Beat.read("1/2")), str(Beat.read(0.25, release=2)), str(Beat.read())
    ('beat(1/2)', 'beat(1/4, release=2)', 'beat(1)')
    """

    every: Fraction
    attack: float = 0
    release: float = 3
    names = ("every", "attack", "release")

    @classmethod
    def read(cls, every: Any = 1, attack: float = 0, release: float = 3) -> Beat:
        """Make one of what stands in the brackets."""
        return cls(_fraction("beat", every), attack, release)

    def __post_init__(self) -> None:
        _check_frames(self.attack, self.release)

    def __str__(self) -> str:
        return f"beat({', '.join([str(self.every), *_followed(self)])})"


@dataclass(frozen=True)
class Bars(Heard):
    """Rising from 0 to 1 during so many bars of four beats, again and again.

    Parameters
    ----------
    count : Fraction

    Examples
    --------
    >>> str(Bars.read(4))
    'bars(4)'
    """

    count: Fraction
    names = ("count",)

    @classmethod
    def read(cls, count: Any = 1) -> Bars:
        """Make one of what stands in the brackets."""
        return cls(_fraction("bars", count))

    def __str__(self) -> str:
        return f"bars({self.count})"


SOUNDS: dict[str, type[Any]] = {"band": Band, "beat": Beat, "bars": Bars}


def _fraction(name: str, value: Any) -> Fraction:
    match = _PART.fullmatch(value) if isinstance(value, str) else None
    if match and int(match[2]):
        number = Fraction(int(match[1]), int(match[2]))
    elif isinstance(value, (int, float)) and abs(value) <= _MOST:
        number = Fraction(value).limit_denominator(_MOST)
    else:
        number = Fraction(0)
    if not _FINEST <= number <= _MOST:
        allowed = f"allowed are {_FINEST} to {_MOST}, such as 1/2 or 4"
        raise NotAllowed(f"{name}({short(str(value))}) is not allowed; {allowed}")
    return number


def _check_frames(attack: Any, release: Any) -> None:
    for name, value in (("attack", attack), ("release", release)):
        if not isinstance(value, (int, float)) or not 0 <= value <= LONGEST:
            raise NotAllowed(f"{name}={short(str(value))} is not allowed; allowed are 0 to {LONGEST} frames")


def _followed(each: Band | Beat) -> list[str]:
    pairs = (("attack", each.attack, type(each).attack), ("release", each.release, type(each).release))
    return [f"{name}={number_text(value)}" for name, value, usual in pairs if value != usual]

"""The order and timing of frames, without pixels: every function takes a list of `Shown` and returns a new one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from wand_tools.errors import AnimationError

DEFAULT_DURATION = Fraction(7, 100)
_FINEST = 10**6  # parts of a second; finer ones are the noise of sums of floats
Number: TypeAlias = "int | float | Fraction"


@dataclass(frozen=True)
class Shown:
    """A frame in its place: which one, for how long, and what it dissolves into.

    Attributes
    ----------
    frame : int
        Number in the source.
    duration : Fraction
        Seconds.
    into : int or None
        The frame it dissolves into.
    weight : Fraction
        How much of `into` is seen, 0 to 1.
    """

    frame: int
    duration: Fraction = DEFAULT_DURATION
    into: int | None = None
    weight: Fraction = Fraction(0)


def in_order(durations: Iterable[Fraction | None]) -> list[Shown]:
    """Show each frame once, for the time that the source says.

    Examples
    --------
    >>> [shown.frame for shown in in_order([None, None])]
    [0, 1]
    """
    return [Shown(number, DEFAULT_DURATION if time is None else time) for number, time in enumerate(durations)]


def trim(shown: list[Shown], first: int | None = None, last: int | None = None, every: int = 1) -> list[Shown]:
    """Keep frames `first` to `last` (numbers from 0, the last included; negative from the end), every `every`-th.

    A frame that `every` leaves out gives its time to the one before it, so that the speed stays the same.

    Examples
    --------
    >>> [s.frame for s in trim(in_order([None] * 10), first=2, last=-2, every=3)]
    [2, 5, 8]
    """
    count = len(shown)
    begin = 0 if first is None else first + count * (first < 0)
    end = count - 1 if last is None else last + count * (last < 0)
    if not 0 <= begin <= end < count:
        raise AnimationError(
            f"frames {first if first is not None else 0} to {last if last is not None else count - 1}:"
            f" there are frames 0 to {count - 1}"
        )
    if every < 1:
        raise AnimationError(f"every {every}: 1 or more is needed")
    part = shown[begin : end + 1]
    return [replace(part[i], duration=total(part[i : i + every])) for i in range(0, len(part), every)]


def total(shown: Iterable[Shown]) -> Fraction:
    """Add up the seconds that frames are shown.

    Examples
    --------
    >>> str(total(in_order([Fraction(1, 2), Fraction(1, 3)])))
    '5/6'
    """
    return sum((s.duration for s in shown), Fraction(0))


def reverse(shown: list[Shown]) -> list[Shown]:
    """Show the last frame first.

    Examples
    --------
    >>> [s.frame for s in reverse(in_order([None] * 3))]
    [2, 1, 0]
    """
    return shown[::-1]


def ping_pong(shown: list[Shown]) -> list[Shown]:
    """Go forward and back without showing an end twice: 2n-2 frames.

    Examples
    --------
    >>> [s.frame for s in ping_pong(in_order([None] * 4))]
    [0, 1, 2, 3, 2, 1]
    """
    return shown + shown[-2:0:-1]


def hold(shown: list[Shown], first: Number = 0, last: Number = 0) -> list[Shown]:
    """Show the first and the last frame some seconds longer.

    Examples
    --------
    >>> [float(s.duration) for s in hold(in_order([None] * 2), last=1)]
    [0.07, 1.07]
    """
    if first < 0 or last < 0:
        raise AnimationError(f"hold {first if first < 0 else last}: seconds, 0 or more")
    longer = list(shown)
    longer[0] = replace(longer[0], duration=longer[0].duration + Fraction(str(first)))
    longer[-1] = replace(longer[-1], duration=longer[-1].duration + Fraction(str(last)))
    return longer


def cross_fade(shown: list[Shown], frames: int) -> list[Shown]:
    """Dissolve the last `frames` frames into the first ones, so that the loop has no seam: n - frames remain.

    Examples
    --------
    >>> [(s.frame, s.into, str(s.weight)) for s in cross_fade(in_order([None] * 5), 2)]
    [(2, None, '0'), (3, 0, '1/3'), (4, 1, '2/3')]
    """
    if not 0 <= frames <= len(shown) // 2:
        raise AnimationError(f"cross_fade {frames}: 0 to {len(shown) // 2} of these {len(shown)} frames")
    if frames == 0:
        return list(shown)
    tail = [
        replace(old, into=new.frame, weight=Fraction(i + 1, frames + 1))
        for i, (old, new) in enumerate(zip(shown[-frames:], shown[:frames], strict=True))
    ]
    return shown[frames:-frames] + tail


def speed(shown: list[Shown], start: Number, end: Number | None = None) -> list[Shown]:
    """Play faster or slower; with `end`, the speed runs evenly from `start` to `end`.

    Examples
    --------
    >>> [str(s.duration) for s in speed(in_order([Fraction(1)] * 3), 1, 2)]
    ['1', '2/3', '1/2']
    """
    first = Fraction(str(start))
    more = (first if end is None else Fraction(str(end))) - first
    if first <= 0 or first + more <= 0:
        raise AnimationError(f"speed {float(min(first, first + more)):g}: more than 0 is needed")
    steps = max(len(shown) - 1, 1)
    return [replace(s, duration=s.duration / (first + more * i / steps)) for i, s in enumerate(shown)]


def at_rate(shown: list[Shown], fps: Number | str) -> list[Shown]:
    """Show a number of frames a second.

    Examples
    --------
    >>> str(at_rate(in_order([None]), "30000/1001")[0].duration)
    '1001/30000'
    """
    try:
        rate = Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        raise AnimationError(f"fps {fps!r}: a number such as 25 or 30000/1001") from None
    if rate <= 0:
        raise AnimationError(f"fps {fps}: more than 0 is needed")
    return [replace(s, duration=1 / rate) for s in shown]


def lasting(shown: list[Shown], seconds: Number) -> list[Shown]:
    """Stretch all times evenly to a total.

    Examples
    --------
    >>> str(sum(s.duration for s in lasting(in_order([None] * 3), 2)))
    '2'
    """
    wanted = Fraction(str(seconds))
    if wanted <= 0:
        raise AnimationError(f"duration {float(wanted):g}: more than 0 seconds is needed")
    factor = wanted / (total(shown) or 1)
    return [replace(s, duration=s.duration * factor) for s in shown]


def monotone(shown: Iterable[Shown]) -> bool:
    """Return whether the frames can be read in one forward pass.

    Examples
    --------
    >>> monotone(in_order([None] * 3)), monotone(reverse(in_order([None] * 3)))
    (True, False)
    """
    wanted = [number for s in shown for number in (s.frame, s.into) if number is not None]
    return all(a <= b for a, b in itertools.pairwise(wanted))


def read_durations(durations: Iterable[Number | None]) -> list[Fraction | None]:
    """Check how many seconds each frame is shown; None leaves that to the source.

    Examples
    --------
    >>> [str(time) for time in read_durations([0.07, 2, None])]
    ['7/100', '2', 'None']
    """
    times = []
    for number, duration in enumerate(durations):
        try:
            time = None if duration is None else Fraction(str(duration)).limit_denominator(_FINEST)
        except (ValueError, ZeroDivisionError):
            time = Fraction(-1)
        if time is not None and time < 0:
            raise AnimationError(f"durations: {duration!r} for frame {number}; seconds, 0 or more")
        times.append(time)
    return times


@dataclass(frozen=True)
class Arrangement:
    """Which frames, in which order, and when: the parameters of `make_animation` of the same names."""

    delay: Number | None = None
    fps: Number | str | None = None
    duration: Number | None = None
    first: int | None = None
    last: int | None = None
    every: int = 1
    reverse: bool = False
    ping_pong: bool = False
    hold_first: Number = 0
    hold_last: Number = 0
    cross_fade: int = 0
    speed: Number | Sequence[Number] | None = None

    def __post_init__(self) -> None:
        if self.delay is not None and self.fps is not None:
            raise AnimationError("delay and fps both say how long a frame is shown: give one of them")
        if self.delay is not None and self.delay < 0:
            raise AnimationError(f"delay {self.delay}: centiseconds, 0 or more")

    def __call__(self, durations: Iterable[Fraction | None]) -> list[Shown]:
        """Arrange the frames of a source, which last this many seconds each."""
        shown = self.timed(in_order(durations))
        shown = trim(shown, self.first, self.last, self.every)
        if self.speed is not None:
            shown = speed(shown, *(self.speed if isinstance(self.speed, Sequence) else [self.speed]))
        shown = cross_fade(reverse(shown) if self.reverse else shown, self.cross_fade)
        shown = ping_pong(shown) if self.ping_pong else shown
        shown = lasting(shown, self.duration) if self.duration is not None else shown
        return hold(shown, self.hold_first, self.hold_last)

    def timed(self, shown: list[Shown]) -> list[Shown]:
        """Show each frame as long as `fps` or `delay` says, unless both are None."""
        if self.fps is not None:
            return at_rate(shown, self.fps)
        if self.delay is not None:
            return [replace(s, duration=Fraction(str(self.delay)) / 100) for s in shown]
        return shown

    @property
    def plain(self) -> bool:
        """Whether frames are shown as they come, whatever their number."""
        return self == Arrangement(delay=self.delay, fps=self.fps)

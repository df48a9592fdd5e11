"""The order and timing of frames, without pixels: every function takes a list of `Shown` and returns a new one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from dreamcore.text import number_text, short
from wand_tools.errors import AnimationError, AnimationNotAllowed

DEFAULT_DURATION = Fraction(7, 100)
_FINEST = 10**6  # parts of a second; finer ones are the noise of sums of floats
_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?)", re.ASCII)
_LONGEST = 60  # characters of a number
_SMALLEST = Fraction(1, 10**9)
_LARGEST = 10**9  # seconds, frames a second: beyond, players and programs count wrongly
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


def exact_number(
    name: str, value: Number | str, form: str = "a number", lowest: Number = 0, where: str = ""
) -> Fraction:
    """Return a number of seconds, frames or the like exactly; refuse what is none, infinite or too small.

    Parameters
    ----------
    name, form, where : str
        Of the parameter, what it takes, and at which place, for the message.
    value : number or str
    lowest : number
        The smallest that is allowed.

    Examples
    --------
    >>> exact_number("fps", "30000/1001"), exact_number("delay", 2.5)
    (Fraction(30000, 1001), Fraction(5, 2))
    >>> exact_number("delay", float("nan"))
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationNotAllowed: delay nan: a number, 0 or more
    """
    text = number_text(value) if isinstance(value, int) else str(value).strip()
    number = None
    if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
        with suppress(ZeroDivisionError):
            number = Fraction(text)
    if number is None or not lowest <= number <= _LARGEST:
        least = "more than 0" if 0 < lowest < 1 else f"{lowest} or more"
        above = f", at most {_LARGEST}" if number is not None and number > _LARGEST else ""
        raise AnimationNotAllowed(f"{name} {short(text)}{where}: {form}, {least}{above}")
    return number


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
        raise AnimationNotAllowed(f"every {every}: 1 or more is needed")
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
    longer = list(shown)
    for place, more in ((0, first), (-1, last)):
        seconds = exact_number("hold", more, "seconds")
        longer[place] = replace(longer[place], duration=longer[place].duration + seconds)
    return longer


def cross_fade(shown: list[Shown], frames: int) -> list[Shown]:
    """Dissolve the last `frames` frames into the first ones, so that the loop has no seam: n - frames remain.

    Examples
    --------
    >>> [(s.frame, s.into, str(s.weight)) for s in cross_fade(in_order([None] * 5), 2)]
    [(2, None, '0'), (3, 0, '1/3'), (4, 1, '2/3')]
    """
    if not 0 <= frames <= len(shown) // 2:
        raise AnimationNotAllowed(f"cross_fade {frames}: 0 to {len(shown) // 2} of these {len(shown)} frames")
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
    first, last = (
        exact_number("speed", value, "a factor", lowest=_SMALLEST) for value in (start, start if end is None else end)
    )
    more = last - first
    steps = max(len(shown) - 1, 1)
    return [replace(s, duration=s.duration / (first + more * i / steps)) for i, s in enumerate(shown)]


def at_rate(shown: list[Shown], fps: Number | str) -> list[Shown]:
    """Show a number of frames a second.

    Examples
    --------
    >>> str(at_rate(in_order([None]), "30000/1001")[0].duration)
    '1001/30000'
    """
    rate = exact_number("fps", fps, "a number such as 25 or 30000/1001", lowest=_SMALLEST)
    return [replace(s, duration=1 / rate) for s in shown]


def lasting(shown: list[Shown], seconds: Number) -> list[Shown]:
    """Stretch all times evenly to a total.

    Examples
    --------
    >>> str(sum(s.duration for s in lasting(in_order([None] * 3), 2)))
    '2'
    """
    wanted = exact_number("duration", seconds, "seconds", lowest=_SMALLEST)
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
    times: list[Fraction | None] = []
    for number, duration in enumerate(durations):
        where = f" for frame {number}"
        exact = None if duration is None else exact_number("durations", duration, "seconds", where=where)
        times.append(None if exact is None else exact.limit_denominator(_FINEST))
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
            raise AnimationNotAllowed("delay and fps both say how long a frame is shown: give one of them")
        one = self.timed([Shown(0)])  # what is no number is said before any frame is read
        hold(one, self.hold_first, self.hold_last)
        if self.speed is not None:
            self._at_speed(one)
        if self.duration is not None:
            lasting(one, self.duration)

    def __call__(self, durations: Iterable[Fraction | None]) -> list[Shown]:
        """Arrange the frames of a source, which last this many seconds each."""
        shown = self.timed(in_order(durations))
        shown = trim(shown, self.first, self.last, self.every)
        if self.speed is not None:
            shown = self._at_speed(shown)
        shown = cross_fade(reverse(shown) if self.reverse else shown, self.cross_fade)
        shown = ping_pong(shown) if self.ping_pong else shown
        shown = lasting(shown, self.duration) if self.duration is not None else shown
        return hold(shown, self.hold_first, self.hold_last)

    def _at_speed(self, shown: list[Shown]) -> list[Shown]:
        ends = self.speed if isinstance(self.speed, (tuple, list)) else (self.speed,)
        if not 1 <= len(ends) <= 2:
            raise AnimationNotAllowed(f"speed {short(str(self.speed))}: a factor, or two for a ramp")
        return speed(shown, *ends)

    def timed(self, shown: list[Shown]) -> list[Shown]:
        """Show each frame as long as `fps` or `delay` says, unless both are None."""
        if self.fps is not None:
            return at_rate(shown, self.fps)
        if self.delay is not None:
            seconds = exact_number("delay", self.delay, "centiseconds") / 100
            return [replace(s, duration=seconds) for s in shown]
        return shown

    @property
    def plain(self) -> bool:
        """Whether frames are shown as they come, whatever their number."""
        return self == Arrangement(delay=self.delay, fps=self.fps)

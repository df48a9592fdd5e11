"""The order and timing of frames: every function takes a list of `Shown` and returns a new one; no pixels here."""

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction

from wand_tools.errors import AnimationError

DEFAULT_DURATION = Fraction(7, 100)


@dataclass(frozen=True)
class Shown:
    """A frame in its place: which, for how long, and what it is blended with.

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


def in_order(durations):
    """Show each frame once, for the time the source gives it.

    Examples
    --------
    >>> [shown.frame for shown in in_order([None, None])]
    [0, 1]
    """
    return [Shown(number, DEFAULT_DURATION if time is None else time) for number, time in enumerate(durations)]


def trim(shown, first=None, last=None, every=1):
    """Keep frames `first` to `last` (numbers from 0, the last included; negative from the end), each `every`-th.

    The time of a frame left out by `every` goes to the one kept before it, so that the speed stays.

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
    return [replace(part[i], duration=sum(s.duration for s in part[i : i + every])) for i in range(0, len(part), every)]


def reverse(shown):
    """Show the last frame first.

    Examples
    --------
    >>> [s.frame for s in reverse(in_order([None] * 3))]
    [2, 1, 0]
    """
    return shown[::-1]


def ping_pong(shown):
    """Go forward and back without showing an end twice: 2n-2 frames.

    Examples
    --------
    >>> [s.frame for s in ping_pong(in_order([None] * 4))]
    [0, 1, 2, 3, 2, 1]
    """
    return shown + shown[-2:0:-1]


def hold(shown, first=0, last=0):
    """Show the first and the last frame longer, by so many seconds.

    Examples
    --------
    >>> [float(s.duration) for s in hold(in_order([None] * 2), last=1)]
    [0.07, 1.07]
    """
    if first < 0 or last < 0:
        raise AnimationError(f"hold {first if first < 0 else last}: seconds, 0 or more")
    held = list(shown)
    held[0] = replace(held[0], duration=held[0].duration + Fraction(str(first)))
    held[-1] = replace(held[-1], duration=held[-1].duration + Fraction(str(last)))
    return held


def cross_fade(shown, frames):
    """Dissolve the last `frames` frames into the first ones, so that the loop has no seam: n - frames remain.

    Examples
    --------
    >>> [(s.frame, s.into, str(s.weight)) for s in cross_fade(in_order([None] * 5), 2)]
    [(2, None, '0'), (3, 0, '1/3'), (4, 1, '2/3')]
    """
    if not 0 <= frames <= len(shown) // 2:
        raise AnimationError(f"cross-fade {frames}: 0 to {len(shown) // 2} of these {len(shown)} frames")
    if frames == 0:
        return list(shown)
    tail = [
        replace(old, into=new.frame, weight=Fraction(i + 1, frames + 1))
        for i, (old, new) in enumerate(zip(shown[-frames:], shown[:frames], strict=True))
    ]
    return shown[frames:-frames] + tail


def speed(shown, start, end=None):
    """Play faster or slower; with `end`, the speed runs evenly from `start` to `end`.

    Examples
    --------
    >>> [str(s.duration) for s in speed(in_order([Fraction(1)] * 3), 1, 2)]
    ['1', '2/3', '1/2']
    """
    start = Fraction(str(start))
    end = start if end is None else Fraction(str(end))
    if start <= 0 or end <= 0:
        raise AnimationError(f"speed {float(min(start, end)):g}: more than 0 is needed")
    steps = max(len(shown) - 1, 1)
    return [replace(s, duration=s.duration / (start + (end - start) * i / steps)) for i, s in enumerate(shown)]


def at_rate(shown, fps):
    """Show so many frames a second.

    Examples
    --------
    >>> str(at_rate(in_order([None]), "30000/1001")[0].duration)
    '1001/30000'
    """
    rate = Fraction(str(fps))
    if rate <= 0:
        raise AnimationError(f"fps {fps}: more than 0 is needed")
    return [replace(s, duration=1 / rate) for s in shown]


def lasting(shown, seconds):
    """Stretch all times evenly to a total.

    Examples
    --------
    >>> str(sum(s.duration for s in lasting(in_order([None] * 3), 2)))
    '2'
    """
    seconds = Fraction(str(seconds))
    if seconds <= 0:
        raise AnimationError(f"duration {float(seconds):g}: more than 0 seconds is needed")
    factor = seconds / (sum(s.duration for s in shown) or 1)
    return [replace(s, duration=s.duration * factor) for s in shown]


def monotone(shown):
    """Tell whether the frames can be read in one pass forward."""
    wanted = [number for s in shown for number in (s.frame, s.into) if number is not None]
    return all(a <= b for a, b in itertools.pairwise(wanted))

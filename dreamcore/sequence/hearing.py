"""What a recipe's schedules hear: a sound becomes curves, one number for each frame, which the recipe keeps.

Kept curves are used again where the sound is the same, or its file is not there: a run is resumed, and a recipe used
elsewhere, without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.grammar.schedules import value_at
from dreamcore.grammar.sounds import Band, Bars, Beat, Heard
from dreamcore.kinds import Schedule
from dreamcore.parameters import Table, Timing
from dreamcore.sequence.changing import exchanged, inner_schedules
from dreamcore.sequence.kept_curves import KeptCurves
from dreamcore.sound.beats import find_beats
from dreamcore.sound.curves import band_curve, bar_curve, beat_curve
from dreamcore.sound.listening import Sound, Span, content_of, listen
from dreamcore.text import number_text, short, value_text

if TYPE_CHECKING:
    from dreamcore.sequence.recipe import Recipe

Value = TypeVar("Value")


def hear(recipe: Recipe, count: int) -> Recipe:
    """Return a recipe whose schedules have heard the sound that they follow.

    Parameters
    ----------
    recipe : Recipe
    count : int
        Frames, from number 0.

    Raises
    ------
    DreamError
        When no sound is named, or it cannot be heard, and no kept curves are of the same frames.

    Examples
    --------
    >>> from dreamcore.sequence.recipe import Recipe
    >>> recipe = hear(Recipe().changed(transform="zoom(0.1*beat(1, release=1))", bpm=120, delay=25), 4)
    >>> recipe.heard.plain()["curves"]
    {'beat(1, release=1)': '1 .368 1 .368'}
    """
    if _heard_in(recipe.timing):
        raise NotAllowed(f"delay={recipe.timing.delay} is not allowed: which frame hears what follows from it")
    sequence, dream = recipe.sequence, recipe.dream
    wanted = {str(each): each for each in (*_heard_in(sequence), *_heard_in(dream))}
    if not wanted:
        if sequence.sound and not Path(sequence.sound).exists():
            warnings.warn(f"the sound {sequence.sound} is not there; nothing that is dreamed follows it", stacklevel=2)
        return replace(recipe, heard=None)
    heard = _kept_or_new(recipe, wanted, count)
    return replace(recipe, sequence=bound(sequence, heard), dream=bound(dream, heard), heard=heard)


def _heard_in(table: Table) -> list[Heard]:
    return [each for each in inner_schedules(table) if isinstance(each, Heard)]


def bound(value: Value, heard: KeptCurves | None) -> Value:
    """Return a table or a term whose schedules have the curves that were heard."""
    curves = dict(heard.curves) if heard else {}

    def bind(schedule: Schedule) -> Schedule:
        return replace(schedule, curve=curves.get(str(schedule))) if isinstance(schedule, Heard) else schedule

    return exchanged(value, bind)


def _kept_or_new(recipe: Recipe, wanted: Mapping[str, Heard], count: int) -> KeptCurves:
    file, kept, bpm = recipe.sequence.sound, recipe.heard, recipe.sequence.bpm
    names = list(wanted)
    if not file and (not bpm or any(isinstance(each, Band) for each in wanted.values())):
        need = "" if any(isinstance(each, Band) for each in wanted.values()) else ", or its tempo with bpm"
        raise NotAllowed(f"{names[0]} follows a sound, and none is named: name one with sound{need}")
    facts = {"bpm": bpm, **_times(recipe.timing, count)}
    if file and kept and not Path(file).exists():
        facts = {"sound": dict(kept.facts).get("sound", ""), **facts}
        if kept.file == Path(file).name and kept.fits(facts, names, count):
            return kept
        other = "other frames or schedules" if kept.file == Path(file).name else f"another, {short(kept.file)}"
        raise DreamError(f"cannot read {file}: it is not there, and what is kept of a sound is of {other}")
    facts = {"sound": content_of(file) if file else "", **facts}
    if kept and kept.fits(facts, names, count):
        return kept
    return KeptCurves(tuple(facts.items()), tuple(_curves(recipe, wanted, count).items()), Path(file).name)


def _times(timing: Timing, count: int) -> dict[str, Any]:
    """Return what decides when the frames are shown; backwards, that is their number as well."""
    delay = timing.delay if isinstance(timing.delay, (int, float)) else value_text(timing.delay)
    return {"delay": delay, "hold_first": timing.hold_first, **({"reverse": count} if timing.reverse else {})}


def frame_edges(timing: Timing, count: int) -> np.ndarray:
    """Return the seconds at which frames begin, in the order in which they are shown, and at which the last one ends.

    Examples
    --------
    >>> from dreamcore.sequence.values import fill
    >>> frame_edges(fill(Timing, {"delay": 10, "hold_first": 1}), 3).tolist()
    [0.0, 1.1, 1.2, 1.3]
    """
    seconds = [value_at(timing.delay, number) / 100 for number in range(count)]
    seconds = seconds[::-1] if timing.reverse else seconds
    seconds[0] += timing.hold_first
    return np.concatenate([[0], np.cumsum(seconds)]).round(9)


def _curves(recipe: Recipe, wanted: Mapping[str, Heard], count: int) -> dict[str, tuple[float, ...]]:
    edges, sequence = frame_edges(recipe.timing, count), recipe.sequence
    bands = dict.fromkeys((each.low, each.high) for each in wanted.values() if isinstance(each, Band))
    sound = Sound(float(edges[-1]), 100.0, {}, np.zeros(1))
    if sequence.sound:
        sound = _listened(sequence.sound, content_of(sequence.sound), tuple(bands))
        _note(sequence.sound, sound, edges)
    counts = any(isinstance(each, (Beat, Bars)) for each in wanted.values())
    beats = find_beats(sound, sequence.bpm) if counts and (sequence.bpm or not sound.is_silent) else None
    curves = {name: _curve(each, sound, beats, edges) for name, each in wanted.items()}
    return {name: curve[::-1] for name, curve in curves.items()} if recipe.timing.reverse else curves


@lru_cache(maxsize=4)
def _listened(file: str, _content: str, spans: tuple[Span, ...]) -> Sound:
    """Listen to a sound, or remember it: in GIMP each layer asks for itself."""
    return listen(file, spans)


def _curve(each: Heard, sound: Sound, beats: np.ndarray | None, edges: np.ndarray) -> tuple[float, ...]:
    if isinstance(each, Band):
        return band_curve(sound.bands[each.low, each.high], sound.rate, edges, each.attack, each.release)
    if beats is None:
        return (0.0,) * (len(edges) - 1)
    edges = np.minimum(edges, sound.seconds)  # no beat comes after the end
    if isinstance(each, Beat):
        return beat_curve(beats, edges, each.every, each.attack, each.release)
    assert isinstance(each, Bars)
    return bar_curve(beats, edges, each.count)


def _note(file: str, sound: Sound, edges: np.ndarray) -> None:
    if sound.is_silent:
        warnings.warn(f"{file} is silent: whatever follows it is 0", stacklevel=2)
        return
    for low, high in (span for span, values in sound.bands.items() if not values.any()):
        warnings.warn(f"{file} has nothing from {number_text(low)} to {number_text(high)} hertz", stacklevel=2)
    frames = len(edges) - 1
    last = int(np.searchsorted(edges, sound.seconds))
    if last < frames:
        warnings.warn(f"{file} lasts {sound.seconds:.3g} s, until frame {last} of {frames}", stacklevel=2)

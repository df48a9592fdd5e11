"""A plot of everything that changes over the frames, a panel for each, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from dreamcore.errors import DreamError
from dreamcore.sequence.changing import Changing, changing_numbers
from dreamcore.sequence.recipe import Recipe
from dreamcore.sheets.lettering import drawable, font
from dreamcore.text import number_text, short

_FINE = 3  # is drawn so many times as large, and then shrunk, for lines without stairs
_WIDTH, _PANEL, _HEAD, _FOOT = 960, 104, 34, 46  # pixels: of the plot, of a panel, above its curve, below the last one
_LEFT, _RIGHT, _TOP = 78, 24, 8
_MOST = 24  # panels
_COLOURS = ("#2f6f9f", "#b5542b", "#4f8a3c", "#8a4f9f", "#a8861d", "#2b8a88")
_INK, _PALE, _GRID, _AXIS = "#22262b", "#6b7280", "#e6e8ec", "#b3b8c2"


def plot_schedules(recipe: Recipe, numbers: Sequence[int]) -> np.ndarray:
    """Draw what each number of a recipe is at each frame.

    Parameters
    ----------
    recipe : Recipe
        Its schedules have heard what they follow.
    numbers : sequence of int
        Of the frames.

    Returns
    -------
    (H, W, 3) ndarray
        uint8.

    Raises
    ------
    DreamError
        When nothing changes with the frame, or a formula has no value at one.

    Examples
    --------
    >>> plot_schedules(Recipe().changed(transform="zoom(0.02 + t/900)", octaves="0:2, 9:4"), range(12)).shape
    (330, 960, 3)
    """
    rows = list(changing_numbers(recipe))
    if not rows:
        raise DreamError("no number changes with the frame, so that there is no schedule to plot")
    return plot_panels([Panel.of(row, numbers) for row in rows[:_MOST]], numbers)


def plot_panels(panels: Sequence[Panel], numbers: Sequence[int]) -> np.ndarray:
    """Draw curves over frames of these numbers, one below the other; (H, W, 3), uint8."""
    step = _PANEL + _HEAD
    plot = _Plot(_TOP + len(panels) * step + _FOOT, numbers)
    for place, panel in enumerate(panels):
        plot.draw(panel, _TOP + place * step + _HEAD, _COLOURS[place % len(_COLOURS)])
    plot.label_frames(_TOP + len(panels) * step)
    return plot.finished()


@dataclass(frozen=True, eq=False)
class Panel:
    """One curve, and what stands beside it."""

    name: str
    text: str
    values: np.ndarray
    is_stepped: bool

    @classmethod
    def of(cls, row: Changing, numbers: Iterable[int]) -> Panel:
        parameter = row.parameter
        unit = f" ({parameter.unit})" if parameter and parameter.unit else ""
        values = np.array([row.at(number) for number in numbers], float)
        is_stepped = parameter is not None and parameter.kind == "whole"
        return cls(row.name + unit, str(row.value), values, is_stepped)

    @cached_property
    def ticks(self) -> list[float]:
        """Where its axis is labelled: round numbers around all of its values."""
        low, high = float(self.values.min()), float(self.values.max())
        if high - low < 1e-9 * max(1, abs(high)):
            low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
        return ticks(low, high, 3)


def ticks(low: float, high: float, count: int) -> list[float]:
    """Return about so many round numbers, evenly spaced, from below `low` to above `high`.

    Examples
    --------
    >>> ticks(0.021, 0.118, 3)
    [0.0, 0.05, 0.1, 0.15]
    """
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(each * unit for each in (1, 2, 2.5, 5, 10) if each * unit >= rough * 0.999)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [round(number * step, 12) for number in range(first, last + 1)]


class _Plot:
    """A picture that grows panel by panel."""

    def __init__(self, height: int, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.image = Image.new("RGB", (_WIDTH * _FINE, height * _FINE), "white")
        self.pen = ImageDraw.Draw(self.image)
        self.fonts = {size: font(size * _FINE) for size in (12, 14)}

    def draw(self, panel: Panel, top: int, colour: str) -> None:
        """Draw a panel whose curve begins at a height."""
        name = self._write(_LEFT, top - 9, panel.name, _INK, 14, "ls")
        self._write(_LEFT + name + 12, top - 9, short(panel.text, 90), _PALE, 12, "ls")
        low, high = panel.ticks[0], panel.ticks[-1]
        bottom = top + _PANEL - 18
        heights = bottom - (panel.values - low) / (high - low) * (bottom - top)
        for tick in panel.ticks:
            y = bottom - (tick - low) / (high - low) * (bottom - top)
            self._line([(_LEFT, y), (_WIDTH - _RIGHT, y)], _GRID, 1)
            self._write(_LEFT - 8, y, number_text(tick), _PALE, 12, "rm")
        self._line([(_LEFT, top), (_LEFT, bottom), (_WIDTH - _RIGHT, bottom)], _AXIS, 1)
        points = [*zip(map(self._x, range(len(heights))), heights.tolist(), strict=True)]
        if panel.is_stepped:
            corners = zip(points, points[1:], strict=False)
            points = [points[0], *(each for before, after in corners for each in ((after[0], before[1]), after))]
        self._line(points if len(points) > 1 else [*points, *points], colour, 2)
        if len(heights) < 2:
            self._dot(*points[0], colour)

    def label_frames(self, top: int) -> None:
        """Draw the axis of the frames."""
        for place in _labelled(len(self.numbers)):
            self._line([(self._x(place), top - 17), (self._x(place), top - 13)], _AXIS, 1)
            self._write(self._x(place), top - 4, str(self.numbers[place]), _PALE, 12, "mm")
        self._write((_LEFT + _WIDTH - _RIGHT) / 2, top + 16, "frame", _INK, 14, "mm")

    def finished(self) -> np.ndarray:
        """Return the picture in its size."""
        return np.asarray(self.image.reduce(_FINE))

    def _x(self, place: int) -> float:
        return _LEFT + (_WIDTH - _RIGHT - _LEFT) * (place / max(1, len(self.numbers) - 1))

    def _line(self, points: Sequence[tuple[float, float]], colour: str, width: int) -> None:
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self.pen.line(scaled, colour, width * _FINE, "curve" if width > 1 else None)

    def _dot(self, x: float, y: float, colour: str) -> None:
        self.pen.circle((x * _FINE, y * _FINE), 4 * _FINE, colour)

    def _write(self, x: float, y: float, text: str, colour: str, size: int, anchor: str) -> float:
        """Write a text and return how wide it is."""
        text, letters = drawable(text), self.fonts[size]
        self.pen.text((x * _FINE, y * _FINE), text, colour, letters, anchor)
        return self.pen.textlength(text, letters) / _FINE


def _labelled(count: int) -> list[int]:
    """Return the places of about ten frames whose numbers are round, and of the last one where there is room."""
    step = max(1, round(ticks(0, max(count - 1, 1), 10)[1]))
    places = [*range(0, count, step)]
    return places if places[-1] == count - 1 or count - 1 - places[-1] < step / 2 else [*places, count - 1]

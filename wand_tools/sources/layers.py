"""Layer stacks as frames, the bottom layer first.

A layer's name may set its time and how it is drawn, as GIMP writes it: `Frame 3 (120ms) (replace)`. Without
`(replace)` a layer is laid over the frame before it. Hidden layers are left out; groups only hold layers together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.pixels import Pixels, Size, opaque_as_rgb, over
from wand_tools.sources.base import HELD, Sequential

_TIME = re.compile(r"\(\s*(\d{1,9})\s*ms\s*\)", re.IGNORECASE | re.ASCII)
_REPLACE = re.compile(r"\(\s*replace\s*\)", re.IGNORECASE)


@dataclass(frozen=True)
class Layer:
    """A layer that can be drawn: where, how strongly, and how to get its pixels."""

    name: str
    read: Callable[[], Pixels]
    left: int = 0
    top: int = 0
    opacity: float = 1.0

    @property
    def duration(self) -> Fraction | None:
        """The seconds that the name says, None where it says nothing."""
        time = _TIME.search(self.name)
        return Fraction(int(time[1]), 1000) if time else None

    @property
    def replaces(self) -> bool:
        """Whether nothing of the frame before stays."""
        return bool(_REPLACE.search(self.name))


class Layers(Sequential):
    """Layers drawn one after the other on a canvas."""

    def __init__(self, size: Size, layers: Sequence[Layer], path: Path) -> None:
        super().__init__(path)
        if not layers:
            raise AnimationError(f"{path}: there is no visible layer")
        magick.check_size(*size, str(path), held=HELD)
        self.size, self.layers = size, layers
        self.durations = [layer.duration for layer in layers]

    def frames(self) -> Generator[Pixels]:
        width, height = self.size
        canvas = np.zeros((height, width, 4), np.uint8)
        for layer in self.layers:
            if layer.replaces:
                canvas = np.zeros_like(canvas)
            canvas = over(canvas, layer.read(), layer.left, layer.top, layer.opacity)
            yield opaque_as_rgb(canvas)

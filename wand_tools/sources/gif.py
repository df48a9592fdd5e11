"""Frames of a GIF. Partial frames come out whole (coalesced)."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError, naming
from wand_tools.gif_blocks import TO_BACKGROUND, TO_PREVIOUS, Block, open_structure, read_structure
from wand_tools.pixels import Pixels
from wand_tools.sources.base import HELD, Sequential

_GREYS = bytes(level for level in range(256) for _ in range(3))  # where a GIF has no palette at all


class Gif(Sequential):
    """A GIF, decoded block by block."""

    indexed = True

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        with open(path, "rb") as file, naming(path):
            structure = read_structure(file, keep_data=False)
        if not structure.blocks:
            raise AnimationError(f"{path}: there is no frame in this GIF")
        self.size = structure.size
        magick.check_size(*self.size, str(path), held=HELD)
        self.durations = [Fraction(block.delay, 100) for block in structure.blocks]
        self.plays = structure.plays

    def frames(self) -> Generator[Pixels]:
        with open(self.path, "rb") as file:
            structure, blocks = open_structure(file)
            width, height = self.size
            canvas = np.zeros((height, width, 4), np.uint8)
            for number, block in enumerate(blocks):
                before = canvas.copy() if block.disposal == TO_PREVIOUS else None
                place = slice(block.top, block.top + block.height), slice(block.left, block.left + block.width)
                name = f"{self.path}: frame {number}"
                magick.check_size(block.width, block.height, name)
                _draw(canvas[place], block, block.palette or structure.palette, name)
                yield canvas[..., :3].copy() if canvas[..., 3].all() else canvas.copy()
                if before is not None:
                    canvas = before
                elif block.disposal == TO_BACKGROUND:
                    canvas[place] = 0


def _draw(part: Pixels, block: Block, palette: bytes | None, name: str) -> None:
    """Lay one image block over its part of the canvas; what reaches beyond the canvas is cut off."""
    table = np.zeros((256, 4), np.uint8)
    colours = np.frombuffer(palette or _GREYS, np.uint8).reshape(-1, 3)
    table[: len(colours), :3] = colours
    table[:, 3] = 255
    indices = magick.decompress(block, name)[: part.shape[0], : part.shape[1]]
    if block.transparent is None:
        part[:] = table[indices]
    else:
        drawn = indices != block.transparent
        part[drawn] = table[indices[drawn]]

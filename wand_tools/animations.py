"""Frames of existing animations: GIF, animated WebP, APNG. Partial frames come out whole (coalesced)."""

from fractions import Fraction

import numpy as np

from wand_tools import magick
from wand_tools.containers import apng_timing, webp_timing
from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import TO_BACKGROUND, TO_PREVIOUS, read_structure, walk_blocks
from wand_tools.references import File
from wand_tools.sources import Sequential


class Gif(Sequential):
    """A GIF, decoded block by block."""

    indexed = True

    def __init__(self, path):
        super().__init__()
        self.path = path
        try:
            with open(path, "rb") as file:
                structure = read_structure(file, keep_data=False)
        except AnimationError as error:
            raise AnimationError(f"{path}: {error}") from None
        if not structure.blocks:
            raise AnimationError(f"{path}: there is no frame in this GIF")
        first = structure.blocks[0]
        self.size = structure.width or first.width, structure.height or first.height
        magick.check_size(*self.size, str(path))
        self.durations = [Fraction(block.delay, 100) for block in structure.blocks]
        self.plays = structure.plays

    def frames(self):
        with open(self.path, "rb") as file:
            blocks = walk_blocks(file)
            structure = next(blocks)
            width, height = self.size
            canvas = np.zeros((height, width, 4), np.uint8)
            for number, block in enumerate(blocks):
                before = canvas.copy() if block.disposal == TO_PREVIOUS else None
                place = slice(block.top, block.top + block.height), slice(block.left, block.left + block.width)
                try:
                    _draw(canvas[place], block, block.palette or structure.palette)
                except magick.wand().exceptions.WandException as error:
                    raise AnimationError(f"{self.path}: frame {number} is broken ({error})") from None
                yield canvas[..., :3].copy() if canvas[..., 3].all() else canvas.copy()
                if before is not None:
                    canvas = before
                elif block.disposal == TO_BACKGROUND:
                    canvas[place] = 0


def _draw(part, block, palette):
    """Lay one image block over its part of the canvas; what reaches beyond the canvas is cut off."""
    magick.check_size(block.width, block.height, "a frame of the GIF")
    table = np.zeros((256, 4), np.uint8)
    colours = np.frombuffer(palette or bytes(range(256)) * 3, np.uint8).reshape(-1, 3)
    table[: len(colours), :3] = colours
    table[:, 3] = 255
    indices = magick.decompress(block)[: part.shape[0], : part.shape[1]]
    if block.transparent is None:
        part[:] = table[indices]
    else:
        drawn = indices != block.transparent
        part[drawn] = table[indices[drawn]]


class PillowAnimation(Sequential):
    """An animated WebP or PNG, decoded by Pillow (ImageMagick 6 reads only their first frame)."""

    def __init__(self, path, kind):
        super().__init__()
        self.path, self.kind = path, kind
        with open(path, "rb") as file:
            timing = (webp_timing if kind == "webp" else apng_timing)(file)
        if timing is None:
            self.durations, self.skip = [None], 0
            height, width = File(path).read().shape[:2]
            self.size = width, height
        else:
            self.size, self.durations, self.plays, self.skip = timing
            magick.check_size(*self.size, str(path))

    def frames(self):
        if self.durations == [None]:
            yield File(self.path).read()
            return
        from PIL import Image

        with Image.open(self.path, formats=[self.kind.upper()]) as image:
            for number in range(len(self.durations)):
                try:
                    image.seek(number + self.skip)
                    frame = np.asarray(image.convert("RGBA"))
                except (OSError, EOFError, SyntaxError, ValueError) as error:
                    raise AnimationError(f"{self.path}: frame {number} is broken ({error})") from None
                yield frame[..., :3] if frame[..., 3].min() == 255 else frame

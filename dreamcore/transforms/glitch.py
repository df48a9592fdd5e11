"""Transforms that break the picture on purpose."""

from __future__ import annotations

import numpy as np

from dreamcore.kinds import FAR, choice, flag, number, whole
from dreamcore.transforms.colour import luminance
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import transform

KEYS = ("luminance", "hue", "red", "green", "blue")


def sort_key(frame: np.ndarray, by: str) -> np.ndarray:
    """Return what pixels are sorted by, (H, W), 0..255."""
    if by == "luminance":
        return luminance(frame)[..., 0]
    if by == "hue":
        red, green, blue = np.moveaxis(frame, 2, 0)
        turn = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
        return turn % (2 * np.pi) * (255 / (2 * np.pi))
    return frame[..., KEYS.index(by) - 2]


@transform(
    "glitch",
    choice("axis", "rows", ("rows", "columns"), "lines along which pixels are sorted"),
    choice("by", "luminance", KEYS, "what decides the order"),
    number("low", 60, 0, 255, "pixels below are left alone and end an interval"),
    number("high", 200, 0, 255, "pixels above are left alone and end an interval"),
    flag("falling", False, "largest first"),
)
def pixel_sort(
    frame: np.ndarray, context: Context, axis: str, by: str, low: float, high: float, falling: bool
) -> np.ndarray:
    """Sort the pixels of each line wherever they lie between two thresholds.

    Notes
    -----
    Neighbours with low <= key <= high form an interval; each interval is sorted by the key, equal keys in their order.

    Examples
    --------
    >>> pixel_sort(axis="columns", by="hue", low=0, high=255)
    pixel_sort(columns, by=hue, low=0, high=255)
    """
    if axis == "columns":
        turned = pixel_sort("rows", by, low, high, falling)(frame.transpose(1, 0, 2), context)
        return np.ascontiguousarray(turned.transpose(1, 0, 2))
    key = np.clip(sort_key(frame, by), 0, 255)
    inside = (key >= low) & (key <= high)
    starts = np.ones(key.shape, bool)
    starts[:, 1:] = ~(inside[:, 1:] & inside[:, :-1])
    order = (key * np.float32(256)).astype(np.int64)
    packed = np.cumsum(starts, axis=1) << 40 | (65535 - order if falling else order) << 24 | np.arange(key.shape[1])
    packed.sort(axis=1)
    return np.take_along_axis(frame, (packed & 0xFFFFFF)[..., None], axis=1)


@transform(
    "glitch",
    whole("count", 8, 0, 1000, "blocks that move on each frame"),
    number("size", 0.15, 0.01, 1, "largest block, as a part of the sides"),
    number("distance", 0.1, 0, 1, "farthest move, as a part of the sides"),
)
def block_shift(frame: np.ndarray, context: Context, count: int, size: float, distance: float) -> np.ndarray:
    """Copy random blocks to places nearby.

    Examples
    --------
    >>> block_shift(20, size=0.1)
    block_shift(20, size=0.1)
    """
    rng = context.rng
    sides = np.array(frame.shape[:2])
    out = frame.copy()
    for part, place, move in zip(*rng.random((3, count, 2)), strict=True):
        block = np.maximum(1, (part * size * sides).astype(int))
        source = (place * (sides - block + 1)).astype(int)
        target = np.clip(source + np.rint((2 * move - 1) * distance * sides).astype(int), 0, sides - block)
        (y, x), (top, left) = source, target
        out[top : top + block[0], left : left + block[1]] = frame[y : y + block[0], x : x + block[1]]
    return out


@transform(
    "glitch",
    number("depth", 0.3, 0, 1, "how much darker the lines are"),
    whole("spacing", 3, 2, None, "rows from one line to the next"),
    whole("thickness", 1, 1, None, "rows of a line"),
    whole("speed", 0, -FAR, FAR, "rows by which the lines move with each frame"),
)
def scan_lines(
    frame: np.ndarray, context: Context, depth: float, spacing: int, thickness: int, speed: int
) -> np.ndarray:
    """Darken every n-th row, like an old screen.

    Examples
    --------
    >>> scan_lines(0.5, spacing=4)
    scan_lines(0.5, spacing=4)
    """
    dark = (np.arange(frame.shape[0]) - speed * context.number) % spacing < thickness
    return frame * np.where(dark, 1 - depth, 1).astype(np.float32)[:, None, None] if depth else frame


@transform(
    "glitch",
    whole("x", 4, -FAR, FAR, "pixels by which red moves right and blue left"),
    whole("y", 0, -FAR, FAR, "pixels by which red moves down and blue up"),
)
def channel_offset(frame: np.ndarray, context: Context, x: int, y: int) -> np.ndarray:
    """Pull the colour channels apart; borders wrap around.

    Examples
    --------
    >>> channel_offset(3, y=1)
    channel_offset(3, y=1)
    """
    return np.stack(
        [np.roll(frame[..., channel], (side * y, side * x), (0, 1)) for channel, side in enumerate((1, 0, -1))], axis=2
    )


@transform(
    "glitch",
    whole("bits", 4, 1, 8, "bits that remain of each channel"),
    whole("pixels", 1, 1, None, "side of the squares that share a colour"),
)
def bit_crush(frame: np.ndarray, context: Context, bits: int, pixels: int) -> np.ndarray:
    """Throw low bits away, and make pixels large.

    Notes
    -----
    The value becomes the middle of its step, so brightness stays; 8 bits leave it as it is. Squares take the colour of
    their middle pixel.

    Examples
    --------
    >>> bit_crush(3, pixels=4)
    bit_crush(3, pixels=4)
    """
    if pixels > 1:
        rows, columns = (
            np.minimum(np.arange(size) // pixels * pixels + pixels // 2, size - 1) for size in frame.shape[:2]
        )
        frame = frame[rows[:, None], columns[None]]
    if bits == 8:
        return frame
    step = np.float32(256 / 2**bits)
    return np.floor(np.clip(frame, 0, 255) / step) * step + np.float32((step - 1) / 2)


@transform(
    "glitch",
    whole("quality", 10, 1, 95, "JPEG quality; low shows blocks"),
    whole("damage", 0, 0, 1000, "bytes of the file that are overwritten at random"),
)
def jpeg(frame: np.ndarray, context: Context, quality: int, damage: int) -> np.ndarray:
    """Send the picture through a JPEG file, if wanted a broken one.

    A file that is too broken to open leaves the picture as the unbroken file gives it.

    Examples
    --------
    >>> jpeg(5, damage=3)
    jpeg(5, damage=3)
    """
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    picture = Image.fromarray(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
    picture.save(file, "JPEG", quality=quality, subsampling=2, restart_marker_blocks=64 if damage else 0)
    whole_file = file.getvalue()
    broken = bytearray(whole_file)
    begin = whole_file.index(b"\xff\xda") + 16
    rng = context.rng
    places = rng.integers(begin, max(begin + 1, len(broken) - 2), damage)
    for place, byte in zip(places, rng.integers(0, 255, damage), strict=True):
        if place < len(broken) - 2 and 0xFF not in broken[place - 1 : place + 1]:
            broken[place] = byte
    for data in (broken, whole_file):
        try:
            return np.asarray(Image.open(BytesIO(data)).convert("RGB"), np.float32)
        except OSError:
            continue
    return frame

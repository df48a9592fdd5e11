"""Transforms that bring another picture in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from dreamcore.grammar.terms import SOME
from dreamcore.kinds import FAR, choice, file, flag, number
from dreamcore.pictures import as_picture, read_mask, to_bytes
from dreamcore.transforms.chains import in_turn, moved, run
from dreamcore.transforms.colour import luminance, original_of
from dreamcore.transforms.context import Context
from dreamcore.transforms.mappings import Mapping, Masked
from dreamcore.transforms.registry import Transform, transform

MODES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "normal": lambda frame, other: other,
    "lighten": np.maximum,
    "darken": np.minimum,
    "difference": lambda frame, other: np.abs(frame - other),
    "screen": lambda frame, other: 255 - (255 - frame) * (255 - other) * np.float32(1 / 255),
    "multiply": lambda frame, other: frame * other * np.float32(1 / 255),
}
SOURCES = ("previous", "original")
SHAPES = ("circle", "bright", "dark")


@lru_cache(maxsize=8)
def picture(path: str, width: int, height: int) -> np.ndarray:
    """Read a picture file in the frame's size, (height, width, 3)."""
    from PIL import Image

    pixels = Image.fromarray(to_bytes(as_picture(path).rgb))
    return np.asarray(pixels.resize((width, height), Image.Resampling.BICUBIC), np.float32)


@transform(
    "mix",
    number("amount", 0.5, 0, 1, "part of the other picture in the result"),
    file("source", "previous", SOURCES, "previous (the frame before), original (the first picture), or a picture file"),
    choice("mode", "normal", MODES, "how the two are put together"),
)
def blend(frame: np.ndarray, context: Context, amount: float, source: str, mode: str) -> np.ndarray:
    """Mix the frame with the one before it, with the first picture, or with a picture from a file.

    A file is brought to the frame's size. The first frame has none before it and stays as it is.

    Notes
    -----
    (1 - amount) * frame + amount * mode(frame, other).

    Examples
    --------
    >>> blend(0.1, source="original")
    blend(0.1, source=original)
    """
    if source == "previous":
        other = frame if context.previous is None else context.previous
    elif source == "original":
        other = original_of(context, "blend(source=original)")
    else:
        other = picture(source, frame.shape[1], frame.shape[0])
    if not amount or (other is frame and mode == "normal"):
        return frame
    return frame + np.float32(amount) * (MODES[mode](frame, other) - frame)


def move_mask(
    shape: tuple[int, int], context: Context, children: tuple[Transform, ...], where: str, inverse: bool, soft: float
) -> Mapping:
    """Return how what is inside `mask` moves."""
    weight = mask_weight(shape, context, where, soft)[..., 0]
    return Masked(1 - weight if inverse else weight, moved(in_turn(children, context), shape))


@transform(
    "mix",
    file("where", "circle", SHAPES, f"{', '.join(SHAPES)} (in the first picture), or a picture file: where they run"),
    flag("inverse", False, "everywhere else instead"),
    number("soft", 0.1, 0, 1, "width of the change at the mask's edge"),
    children=SOME,
    motion=move_mask,
)
def mask(
    frame: np.ndarray, context: Context, children: tuple[Transform, ...], where: str, inverse: bool, soft: float
) -> np.ndarray:
    """Run transforms where a mask is white.

    Notes
    -----
    mask * transformed + (1 - mask) * frame.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> mask("bright", zoom(0.05))
    mask(bright, zoom(0.05))
    """
    weight = mask_weight(frame.shape[:2], context, where, soft)
    if inverse:
        weight = 1 - weight
    return frame + weight * (run(in_turn(children, context), frame) - frame)


def mask_weight(shape: tuple[int, int], context: Context, where: str, soft: float) -> np.ndarray:
    """Return the mask, (H, W, 1), 0..1."""
    height, width = shape
    if where == "circle":
        rows, columns = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        level = 1 - np.hypot(rows * height, columns * width)[..., None] / min(height, width)
    elif where in SHAPES:
        level = luminance(original_of(context, f"mask({where})")) / 255 - 0.5
        level = level if where == "bright" else -level
    else:
        return read_mask(where, (width, height))[..., None]
    return np.clip(level / max(soft, 1e-3) + 0.5, 0, 1).astype(np.float32)


@transform(
    "mix",
    number("amount", 5, 0, 255, "its standard deviation in each colour", "grey levels"),
    number("size", 8, 0, FAR, "of its blots: the standard deviation of a blur; 0 is a grain for each pixel", "pixels"),
)
def noise(frame: np.ndarray, context: Context, amount: float, size: float) -> np.ndarray:
    """Add random colours, soft or grainy: something for a dream to begin with, anew for each frame.

    Examples
    --------
    >>> noise(3, size=12)
    noise(3, size=12)
    """
    from scipy import ndimage

    if not amount:
        return frame
    soft = ndimage.gaussian_filter(context.rng.standard_normal(frame.shape, np.float32), (size, size, 0), mode="wrap")
    return np.clip(frame + np.float32(amount) / max(soft.std(), np.float32(1e-9)) * soft, 0, 255)

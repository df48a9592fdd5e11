"""Transforms of colours; every pixel stays where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.kinds import choice, flag, number, numbers, whole
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import transform

_ALIKE = 8  # grey levels over which one colour of a palette passes into the next
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def luminance(frame: np.ndarray) -> np.ndarray:
    """Return the brightness of each pixel, (H, W, 1): 0.299 red + 0.587 green + 0.114 blue."""
    return (frame @ LUMA)[..., None]


def clipped(frame: np.ndarray) -> np.ndarray:
    return np.clip(frame, 0, 255, out=frame)


def original_of(context: Context, name: str) -> np.ndarray:
    if context.original is None:
        raise DreamError(f"{name} needs the picture that the sequence began with, and there is none here")
    return context.original


@dataclass(frozen=True)
class Turn:
    """All colours turned about the grey axis, by an angle in degrees."""

    angle: float

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        if not self.angle % 360:
            return frame
        cosine, sine = np.cos(np.deg2rad(self.angle)), np.sin(np.deg2rad(self.angle))
        same, after, before = (
            (1 + 2 * cosine) / 3,
            (1 - cosine - np.sqrt(3) * sine) / 3,
            (1 - cosine + np.sqrt(3) * sine) / 3,
        )
        turn = np.array([[same, before, after], [after, same, before], [before, after, same]], np.float32)
        return clipped(frame @ turn)

    def part(self, t: float) -> Turn:
        """Return the turn by a fraction of the angle."""
        return Turn(t * self.angle)


def turn_colours(shape: tuple[int, int], context: Context, angle: float) -> Turn:
    """Return how colours move in `hue_shift`."""
    return Turn(angle)


@transform("colour", number("angle", 10, -360, 360, "degrees; 120 turns red to green"), motion=turn_colours)
def hue_shift(frame: np.ndarray, context: Context, angle: float) -> np.ndarray:
    """Turn all colours about the grey axis.

    Notes
    -----
    A rotation of (red, green, blue) about (1, 1, 1), kept in 0..255; greys and the mean of the channels stay.

    Examples
    --------
    >>> hue_shift(30)
    hue_shift(30)
    """
    return Turn(angle)(frame)


@transform("colour", number("amount", 1.1, 0, 4, "0 grey, 1 as it is, above 1 stronger"))
def saturation(frame: np.ndarray, context: Context, amount: float) -> np.ndarray:
    """Make colours stronger or paler.

    Notes
    -----
    luminance + amount * (frame - luminance), kept in 0..255.

    Examples
    --------
    >>> saturation(1.2)
    saturation(1.2)
    """
    if amount == 1:
        return frame
    grey = luminance(frame)
    return clipped(grey + np.float32(amount) * (frame - grey))


def palette(frame: np.ndarray, colours: int) -> np.ndarray:
    """Return the frame's `colours` main colours by median cut, dark to light, (n, 3)."""
    from PIL import Image

    step = max(1, int(np.sqrt(frame.shape[0] * frame.shape[1]) // 128))
    small = np.ascontiguousarray(frame[::step, ::step])
    picture = Image.fromarray(np.clip(np.rint(small), 0, 255).astype(np.uint8))
    reduced = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    table = np.array(reduced.getpalette(), np.float32).reshape(-1, 3)[: np.asarray(reduced).max() + 1]
    table = np.unique(table, axis=0)
    return table[np.argsort(table @ LUMA, kind="stable")]


def nearest_colours(frame: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the index of the nearest colour of `table` for each pixel, (H, W)."""
    return np.argmax(likeness(frame, table), axis=2)


def likeness(frame: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return minus half of each pixel's squared distance from each colour, but for the pixel's own part, (H, W, n)."""
    return frame @ table.T - 0.5 * (table * table).sum(1)


def palette_weights(frame: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return by how much each pixel is each colour of `table`, (H, W, n); they add up to 1."""
    weights = likeness(frame, table) / np.float32(_ALIKE**2)
    weights -= weights.max(2, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(2, keepdims=True)
    return weights


@transform(
    "colour",
    number("steps", 1, -256, 256, "places by which the palette moves on with each frame; parts mix neighbours"),
    whole("colours", 16, 2, 64, "colours of the palette"),
    number("detail", 1, 0, 1, "how much of each pixel's difference from its palette colour is kept"),
)
def palette_shift(frame: np.ndarray, context: Context, steps: float, colours: int, detail: float) -> np.ndarray:
    """Rotate the palette: each of the frame's main colours becomes the next lighter one, the lightest the darkest.

    Notes
    -----
    frame + palette[(i + steps) mod n] - palette[i], kept in 0..255: a mean over the palette's colours i, weighted by
    exp(-d^2 / 128), d the distance from each. So what is nearly alike stays so, and dark pictures do not crumble.

    Examples
    --------
    >>> palette_shift(2, colours=8)
    palette_shift(2, colours=8)
    """
    table = palette(frame, colours)
    if not steps % len(table) and detail == 1:
        return frame
    places = np.arange(len(table)) + steps
    low = np.floor(places).astype(int)
    part = (places - low).astype(np.float32)[:, None]
    moved = (1 - part) * table[low % len(table)] + part * table[(low + 1) % len(table)]
    change = palette_weights(frame, table) @ (moved - np.float32(detail) * table)
    return clipped(np.float32(detail) * frame + change if detail else change)


@transform(
    "colour",
    whole("colours", 8, 2, 64, "colours that remain"),
    choice("source", "frame", ("frame", "first"), "whose colours: this frame's, or the first picture's"),
    number("mix", 1, 0, 1, "part of the reduced picture in the result"),
)
def palette_flatten(frame: np.ndarray, context: Context, colours: int, source: str, mix: float) -> np.ndarray:
    """Reduce the picture to a few colours.

    Notes
    -----
    The palette comes from median cut; each pixel takes the nearest of its colours.

    Examples
    --------
    >>> palette_flatten(6, source="first")
    palette_flatten(6, source=first)
    """
    if not mix:
        return frame
    table = palette(frame if source == "frame" else original_of(context, "palette_flatten(source=first)"), colours)
    flat = table[nearest_colours(frame, table)]
    return flat if mix == 1 else frame + np.float32(mix) * (flat - frame)


@transform("colour", whole("by", 1, -2, 2, "places by which the channels move on"))
def channel_shift(frame: np.ndarray, context: Context, by: int) -> np.ndarray:
    """Exchange the channels: red becomes green, green blue, blue red.

    Examples
    --------
    >>> channel_shift(1)
    channel_shift(1)
    """
    return np.roll(frame, by, axis=2) if by % 3 else frame


@transform(
    "colour",
    numbers(
        "matrix",
        (1, 0, 0, 0, 1, 0, 0, 0, 1),
        (9, 12),
        "rows for red, green and blue: parts of red, green, blue (and an amount added)",
    ),
)
def colour_matrix(frame: np.ndarray, context: Context, matrix: tuple[float, ...]) -> np.ndarray:
    """Mix the channels by any matrix.

    Notes
    -----
    (r', g', b') = matrix (r, g, b), kept in 0..255.

    Examples
    --------
    >>> colour_matrix([0, 1, 0, 0, 0, 1, 1, 0, 0])
    colour_matrix([0, 1, 0, 0, 0, 1, 1, 0, 0])
    """
    rows = np.reshape(np.asarray(matrix, np.float32), (3, -1))
    out = frame @ rows[:, :3].T
    return clipped(out + rows[:, 3] if rows.shape[1] == 4 else out)


@transform("colour", number("amount", 1.1, 0.05, 20, "exponent; below 1 lighter, above 1 darker"))
def gamma(frame: np.ndarray, context: Context, amount: float) -> np.ndarray:
    """Lighten or darken the middle greys.

    Notes
    -----
    255 * (frame / 255) ^ amount.

    Examples
    --------
    >>> gamma(0.9)
    gamma(0.9)
    """
    if amount == 1:
        return frame
    return np.float32(255) * np.power(np.clip(frame, 0, 255) * np.float32(1 / 255), np.float32(amount))


@transform("colour", whole("levels", 6, 2, 256, "levels of each channel"))
def posterise(frame: np.ndarray, context: Context, levels: int) -> np.ndarray:
    """Reduce each channel to a few evenly spaced levels, 0 and 255 among them.

    Examples
    --------
    >>> posterise(4)
    posterise(4)
    """
    step = np.float32(255 / (levels - 1))
    return np.rint(np.clip(frame, 0, 255) / step) * step


@transform("colour", number("amount", 1, 0, 1, "0 as it is, 0.5 grey, 1 the negative"))
def invert(frame: np.ndarray, context: Context, amount: float) -> np.ndarray:
    """Turn the picture into its negative.

    Notes
    -----
    (1 - amount) * frame + amount * (255 - frame).

    Examples
    --------
    >>> invert(0.2)
    invert(0.2)
    """
    return frame + np.float32(amount) * (255 - 2 * frame) if amount else frame


@transform(
    "colour",
    choice(
        "what",
        "contrast",
        ("mean", "contrast", "colour", "histogram"),
        "the mean; mean and contrast; these of light, with hue balance and saturation; or the whole distribution",
    ),
    number("strength", 1, 0, 1, "how much of the way back"),
    flag("together", False, "one correction for all channels, which leaves tints alone"),
)
def hold(frame: np.ndarray, context: Context, what: str, strength: float, together: bool) -> np.ndarray:
    """Hold the colours to those of the first picture, against the drift to grey of long runs.

    Notes
    -----
    mean: frame - mean + mean0; contrast: (frame - mean) * deviation0 / deviation + mean0, for each channel or for all
    together; colour: the same of the luminance, and of what the channels differ from it by, their means one by one and
    their deviation together; histogram: each value moves to the value of the same rank in the first picture. Kept in
    0..255.

    Examples
    --------
    >>> hold("mean")
    hold(mean)
    """
    original = original_of(context, "hold")
    if not strength:
        return frame
    axes: tuple[int, ...] = (0, 1, 2) if together else (0, 1)
    if what == "histogram":
        held = matched(frame, original, together)
    elif what == "colour":
        grey, wanted = luminance(frame), luminance(original)
        held = spread(grey, wanted, axes, axes) + spread(frame - grey, original - wanted, (0, 1), (0, 1, 2))
    else:
        held = spread(frame, original, axes, axes if what == "contrast" else None)
    return clipped(held if strength == 1 else frame + np.float32(strength) * (held - frame))


def spread(values: np.ndarray, wanted: np.ndarray, axes: tuple[int, ...], over: tuple[int, ...] | None) -> np.ndarray:
    """Return values with the mean along `axes` of others, and their deviation from it over further axes, if any."""
    mean, target = (each.mean(axes, dtype=np.float64, keepdims=True).astype(np.float32) for each in (values, wanted))
    held = values - mean
    if over:
        here, there = (np.sqrt(np.square(each, dtype=np.float64).mean(over)) for each in (held, wanted - target))
        held *= np.where(here > 1e-3, there / np.maximum(here, 1e-3), 1).astype(np.float32)
    return held + target


def matched(frame: np.ndarray, original: np.ndarray, together: bool) -> np.ndarray:
    """Return the frame with the original's histogram, through 1024 bins and straight lines between them."""
    if together:
        return matched_channel(frame, original)
    return np.stack([matched_channel(frame[..., channel], original[..., channel]) for channel in range(3)], axis=2)


def matched_channel(values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    edges = np.linspace(0, 255, 1025, dtype=np.float32)
    here, there = (
        np.concatenate([[0], np.cumsum(np.histogram(np.clip(part, 0, 255), edges)[0])]) / part.size
        for part in (values, wanted)
    )
    rising = np.diff(there) > 0  # where no value lies, a rank has two ends: one for each side of a bin
    first, last = np.append(True, rising), np.append(rising, True)
    begin, end = (np.interp(here, there[kept], edges[kept]).astype(np.float32) for kept in (last, first))
    place = np.clip(values, 0, 255) * np.float32(1024 / 255)
    low = np.minimum(place.astype(np.int16), 1023)
    return begin[low] + (place - low) * np.maximum(end[1:] - begin[:-1], 0)[low]

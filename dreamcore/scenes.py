"""More start pictures that the program draws: a meadow, a city at dusk, a portrait. The sky has a module of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from dreamcore.sky import draw_sky

_FINE = 3  # is drawn so many times as large, and then shrunk, for edges without stairs
_PETALS = ((244, 240, 228), (250, 205, 70), (222, 60, 66), (226, 120, 170), (120, 96, 190), (245, 150, 60))


def draw_meadow(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Draw flowers in the grass below a bright sky, large ones near and small ones far away.

    Parameters
    ----------
    width, height : int
        Pixels.
    seed : int
        Of the flowers and the sky.

    Returns
    -------
    (H, W, 3) ndarray
        float32, 0..255.

    Examples
    --------
    >>> draw_meadow(64, 48).shape
    (48, 64, 3)
    """
    rng = np.random.default_rng(seed)
    horizon = round(0.36 * height)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = 0.7 * draw_sky(width, max(16, 2 * horizon), seed)[:horizon] + 70
    depth = np.linspace(0, 1, height - horizon, dtype=np.float32)[:, None, None]  # 0 far, 1 near
    picture[horizon:] = (1 - depth) * (126, 150, 92) + depth * (38, 74, 30)
    picture += _soft_noise(rng, (height, width), 0.05 * height)[..., None] * 14
    canvas, pen = _canvas(picture)
    count = 9 * width // 4
    for near in np.sort(1.25 * rng.random(count) ** 0.6):  # far ones first: near ones stand before them
        x, foot = rng.random() * width, horizon + near * (height - horizon) * 1.15
        tall = (0.02 + 0.16 * near**1.5) * height
        lean = (rng.random() - 0.5) * 0.4 * tall
        green = np.multiply((70, 120, 48), 0.55 + 0.6 * rng.random())
        stem = [(x * _FINE, foot * _FINE), ((x + lean) * _FINE, (foot - tall) * _FINE)]
        pen.line(stem, _rgb(green), max(1, round(_FINE * 0.012 * tall)))
        if rng.random() < 0.45:
            _flower(pen, rng, x + lean, foot - tall, 0.22 * tall)
    return _finished(canvas, width, height)


def _flower(pen: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, y: float, size: float) -> None:
    colour, petals = _PETALS[rng.integers(len(_PETALS))], int(rng.integers(5, 9))
    turn, flat = rng.random() * 2 * np.pi, 0.5 + 0.5 * rng.random()
    angles = np.linspace(0, 2 * np.pi, 60)
    for part, light in ((1, 0.78), (0.85, 1)):
        reach = size * part * (0.62 + 0.38 * np.abs(np.cos(petals / 2 * (angles - turn))))
        edge = np.stack([x + reach * np.cos(angles), y + flat * reach * np.sin(angles)], axis=1) * _FINE
        pen.polygon([*map(tuple, edge.tolist())], _rgb(np.multiply(colour, light)))
    wide, high = 0.26 * size, 0.26 * size * flat
    pen.ellipse([each * _FINE for each in (x - wide, y - high, x + wide, y + high)], "#5a3c14")


def draw_city(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Draw towers with lit windows at dusk, the far ones in haze, and what they leave on the water.

    Parameters
    ----------
    width, height : int
        Pixels.
    seed : int
        Of the towers and the clouds.

    Returns
    -------
    (H, W, 3) ndarray
        float32, 0..255.

    Examples
    --------
    >>> draw_city(64, 48).shape
    (48, 64, 3)
    """
    rng = np.random.default_rng(seed)
    shore = round(0.68 * height)
    up = np.linspace(1, 0, shore, dtype=np.float32)[:, None, None]
    above = (1 - up) ** 1.5 * (250, 168, 104) + (1 - (1 - up) ** 1.5) * (54, 58, 110)
    clouds = draw_sky(width, shore, seed)
    picture = np.broadcast_to(above, (shore, width, 3)) * (0.75 + 0.4 * clouds / 255)
    canvas, pen = _canvas(picture.astype(np.float32))
    for layer, (haze, tallest) in enumerate(((0.62, 0.62), (0.32, 0.78), (0.06, 0.7))):
        dark = np.multiply((24, 22, 38), 1 - haze) + np.multiply((196, 128, 108), haze)
        x = -0.02 * width
        while x < width:
            wide = (0.03 + 0.06 * rng.random()) * width * (1 + 0.3 * layer)
            tall = (0.2 + 0.8 * rng.random() ** 1.6) * tallest * shore
            _tower(pen, rng, (x, shore - tall, wide, tall), dark, haze)
            x += wide * (0.8 + 0.7 * rng.random())
    city = _finished(canvas, width, shore)
    rows = np.linspace(shore - 1, shore * 0.25, height - shore)
    swing = 0.02 * width * np.linspace(0.1, 1, len(rows)) * rng.random(len(rows))
    waves = (swing * np.sin(1.9 * rows))[:, None]
    columns = np.clip(np.arange(width) + waves, 0, width - 1).astype(int)
    water = city[rows.astype(int)[:, None], columns] * 0.72 + np.multiply((40, 46, 80), 0.18)
    return np.clip(np.concatenate([city, water]), 0, 255).astype(np.float32)


def _tower(
    pen: ImageDraw.ImageDraw, rng: np.random.Generator, box: tuple[float, ...], dark: np.ndarray, haze: float
) -> None:
    left, top, wide, tall = (each * _FINE for each in box)
    pen.rectangle([left, top, left + wide, top + tall], _rgb(dark))
    kind = rng.integers(4)
    if kind == 0:
        pen.polygon([(left, top), (left + wide / 2, top - 0.7 * wide), (left + wide, top)], _rgb(dark))
    elif kind == 1:
        pen.rectangle([left + wide * 0.46, top - 0.9 * wide, left + wide * 0.54, top], _rgb(dark))
    elif kind == 2:
        pen.ellipse([left, top - wide / 2, left + wide, top + wide / 2], _rgb(dark))
    across, down = max(2, round(wide / 9 / _FINE * 2)), max(3, round(tall / 11 / _FINE * 2))
    lit = np.multiply((255, 212, 130), 1 - 0.7 * haze) + np.multiply(dark, 0.7 * haze)
    for column in range(across):
        for row in range(down):
            if rng.random() < 0.34:
                x, y = left + (column + 0.3) * wide / across, top + (row + 0.3) * tall / down
                pen.rectangle([x, y, x + 0.4 * wide / across, y + 0.45 * tall / down], _rgb(lit))


def draw_portrait(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Draw head and shoulders in light from the side, as old painters did, with hardly a face: a dream finds one.

    Parameters
    ----------
    width, height : int
        Pixels.
    seed : int
        Of the light, the clothes and the grain.

    Returns
    -------
    (H, W, 3) ndarray
        float32, 0..255.

    Examples
    --------
    >>> draw_portrait(64, 48).shape
    (48, 64, 3)
    """
    rng = np.random.default_rng(seed)
    side = -1 if rng.random() < 0.5 else 1
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    x = x * width / height * side
    grain = _soft_noise(rng, (height, width), 0.06 * height) + 0.5 * _soft_noise(rng, (height, width), 0.015 * height)
    warm = np.array(((150, 58, 44), (52, 84, 120), (70, 96, 62), (120, 84, 40))[rng.integers(4)], np.float32)
    light = np.exp(-((x - 0.5) ** 2 + (y + 0.3) ** 2) / 0.9)
    picture = np.multiply.outer(26 + 62 * light + 7 * grain, (1.0, 0.86, 0.66))

    def ball(cx: float, cy: float, rx: float, ry: float, colour: tuple[float, ...] | np.ndarray, rough: float) -> None:
        u, v = (x - cx) / rx, (y - cy) / ry
        inside = 1 - u * u - v * v
        depth = np.sqrt(np.maximum(inside, 0))
        shade = np.clip(0.12 + 0.95 * (-0.62 * u - 0.42 * v + 0.66 * depth) + rough * grain, 0.05, 1.25)
        cover = np.clip(inside * 6, 0, 1)[..., None]
        picture[:] += cover * (shade[..., None] * np.asarray(colour, np.float32) - picture)

    ball(0.1, 0.1, 0.5, 0.86, (74, 48, 30), 0.25)  # hair
    ball(0.02, 0.42, 0.19, 0.42, (190, 134, 102), 0.03)  # neck
    ball(0.02, 1.2, 0.98, 0.74, warm, 0.16)  # shoulders
    ball(0.0, -0.08, 0.34, 0.46, (238, 186, 150), 0.03)  # face
    for place in (-0.13, 0.12):
        ball(place, -0.13, 0.09, 0.05, (188, 138, 112), 0.0)
        ball(place - 0.01, -0.125, 0.055, 0.026, (58, 38, 32), 0.0)
    ball(-0.02, 0.03, 0.05, 0.12, (240, 190, 154), 0.0)
    ball(0.0, 0.19, 0.09, 0.028, (184, 92, 82), 0.0)
    ball(0.12, -0.5, 0.42, 0.24, (74, 48, 30), 0.25)  # hair over the forehead
    return np.clip(picture + 2 * rng.standard_normal(picture.shape), 0, 255).astype(np.float32)


SCENES: dict[str, Callable[..., np.ndarray]] = {
    "sky": draw_sky,
    "meadow": draw_meadow,
    "city": draw_city,
    "portrait": draw_portrait,
}


def _soft_noise(rng: np.random.Generator, shape: tuple[int, int], size: float) -> np.ndarray:
    """Return smooth noise of deviation 1 in blots of a size."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.standard_normal(shape, np.float32), size, mode="wrap")
    return field / field.std()


def _canvas(picture: np.ndarray) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    height, width = picture.shape[:2]
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).resize((width * _FINE, height * _FINE))
    return image, ImageDraw.Draw(image)


def _finished(image: Image.Image, width: int, height: int) -> np.ndarray:
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float32)


def _rgb(colour: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(min(255, max(0, each))) for each in colour)
    return red, green, blue

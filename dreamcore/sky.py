"""The first of the start pictures that the program draws: clouds in an evening sky."""

from __future__ import annotations

import numpy as np


def draw_sky(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Draw the start picture: fractal clouds in an evening sky.

    Parameters
    ----------
    width, height : int
        Pixels.
    seed : int
        Of the clouds.

    Returns
    -------
    (H, W, 3) ndarray
        float32, 0..255.

    Notes
    -----
    Clouds are fractional Brownian noise: octaves of smooth random fields, each half as large and a little weaker than
    half as strong (Mandelbrot and Van Ness, 1968), drawn out sideways as clouds are, and warped by another such field.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    rng = np.random.default_rng(seed)
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]

    def clouds(cells: int, octaves: int) -> np.ndarray:
        field = np.zeros((height, width), np.float32)
        for octave in range(octaves):
            rows, columns = cells << octave, max(1, (cells << octave) * width // (2 * height))
            grid = rng.random((rows + 4, columns + 4), np.float32)
            places = np.meshgrid((1 - up[:, 0]) ** 1.3 * rows + 1, across[0] * columns + 1, indexing="ij")
            field += 0.52**octave * (map_coordinates(grid, places, order=3, mode="nearest") - 0.5)
        return field

    detail = int(np.log2(max(height, 32))) - 2
    warp = clouds(2, 3) * height * 0.16
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    body = map_coordinates(clouds(3, detail), [rows + warp, columns + 1.5 * warp], order=1, mode="mirror")
    cover = np.clip(body * 2.4 + 0.45, 0, 1)
    cover = (cover * cover * (3 - 2 * cover))[..., None]
    # Light from the upper left: a cloud is bright where it thins out towards the sun, dark below.
    slope = np.gradient(gaussian_filter(body, height / 160) + 0.25 * body)
    relief = np.clip(0.5 + height / 22 * (0.8 * slope[0] + 0.4 * slope[1]), 0, 1)[..., None]
    zenith, horizon = np.array([52, 96, 168], np.float32), np.array([233, 196, 158], np.float32)
    lit, shaded = np.array([255, 246, 230], np.float32), np.array([122, 124, 150], np.float32)
    blue = horizon + (zenith - horizon) * up[..., None] ** 0.55
    white = shaded + (lit - shaded) * (0.25 + 0.75 * relief)
    white = white * (0.72 + 0.28 * up[..., None]) + horizon * (0.28 * (1 - up[..., None]))
    return np.clip(blue + (white - blue) * cover, 0, 255).astype(np.float32)

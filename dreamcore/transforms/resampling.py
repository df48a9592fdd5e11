"""Take the pixels of a new frame from where a mapping says."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dreamcore.transforms.mappings import Lines, Mapping, Projective

BORDERS = {"mirror": "reflect", "wrap": "grid-wrap", "edge": "nearest", "colour": "grid-constant"}


def resample(
    frame: np.ndarray,
    mapping: Mapping,
    border: str = "mirror",
    colour: tuple[float, ...] = (0, 0, 0),
    order: int = 1,
) -> np.ndarray:
    """Return the frame whose pixels come from where a mapping says.

    Parameters
    ----------
    frame : (H, W, channels) ndarray
    mapping : Mapping
    border : {"mirror", "wrap", "edge", "colour"}
        What fills the places from outside the picture.
    colour : tuple of float
        Red, green and blue of the border that is a colour.
    order : int
        Interpolation: 0 nearest, 1 linear, 3 cubic.
    """
    if isinstance(mapping, Lines):
        return rolled(frame, mapping)
    if isinstance(mapping, Projective) and np.array_equal(mapping.matrix, np.eye(3)):
        return frame
    sample, out = _sampler(mapping, frame.shape[:2]), np.empty_like(frame)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The behavior of affine_transform")  # until SciPy 1.16: in 2016
        for channel in range(frame.shape[2]):
            sample(
                frame[..., channel],
                output=out[..., channel],
                order=order,
                mode=BORDERS[border],
                cval=colour[channel] if border == "colour" else 0.0,
            )
    return np.clip(out, 0, 255, out=out) if order > 1 else out


def _sampler(mapping: Mapping, shape: tuple[int, ...]) -> Callable[..., Any]:
    """Return what samples one channel: the faster function where a mapping is affine."""
    from scipy import ndimage

    if isinstance(mapping, Projective) and mapping.is_affine:
        matrix, offset = mapping.matrix[:2, :2], mapping.matrix[:2, 2]
        if not (matrix[0, 1] or matrix[1, 0]) and (np.diag(matrix) > 0).all():  # faster; SciPy fails in it for others
            matrix = np.diag(matrix)
        return partial(ndimage.affine_transform, matrix=matrix, offset=offset)
    places = np.stack(np.broadcast_arrays(*mapping(*grid(shape)))).astype(np.float32)
    return partial(ndimage.map_coordinates, coordinates=places)


def grid(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows (H, 1) and the columns (1, W) of a frame."""
    return np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]


def rolled(frame: np.ndarray, lines: Lines) -> np.ndarray:
    """Move whole lines: by whole pixels every pixel keeps its value, between them its two neighbours mix.

    Examples
    --------
    >>> frame = np.arange(4.0).reshape(4, 1, 1)
    >>> rolled(frame, Lines(0, np.array([1.5]), 4)).ravel().tolist()
    [2.5, 1.5, 0.5, 1.5]
    """
    if not lines.shifts.any():
        return frame
    whole = np.floor(lines.shifts)
    rest = (lines.shifts - whole).astype(np.float32)
    near = _moved(frame, lines, whole.astype(np.int64))
    if not rest.any():
        return near
    rest = np.expand_dims(rest, lines.axis)[..., None]
    return near + rest * (_moved(frame, lines, whole.astype(np.int64) + 1) - near)


def _moved(frame: np.ndarray, lines: Lines, shifts: np.ndarray) -> np.ndarray:
    along, across = lines.axis, 1 - lines.axis
    length = frame.shape[along]
    source = np.expand_dims(np.arange(length), across) - np.expand_dims(shifts, along)
    if lines.mirrors:
        source %= 2 * length
        source = np.minimum(source, 2 * length - 1 - source)
    else:
        source %= length
    rows, columns = np.ogrid[: frame.shape[0], : frame.shape[1]]
    places = source * frame.shape[1] + columns if along == 0 else rows * frame.shape[1] + source
    return frame.reshape(-1, frame.shape[2])[places]

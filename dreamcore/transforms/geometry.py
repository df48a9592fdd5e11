"""Transforms that move pixels by interpolation.

A pixel of the output at row y, column x is taken from the input at (y', x'); each transform says which.
"""

import numpy as np

from dreamcore.transforms.registry import choice, number, numbers, transform, whole

BORDERS = {"mirror": "reflect", "wrap": "grid-wrap", "edge": "nearest", "colour": "grid-constant"}
X = number("x", 0.5, 0, 1, "centre, as a part of the width")
Y = number("y", 0.5, 0, 1, "centre, as a part of the height")
BORDER = (
    choice("border", "mirror", BORDERS, "what fills the places from outside the picture"),
    numbers("colour", (0, 0, 0), (3,), "red, green and blue (0..255) of border=colour"),
    whole("order", 1, 0, 3, "interpolation: 0 nearest, 1 linear, 3 cubic"),
)


def resample(frame, sample, border, colour, order):
    """Fill a new frame channel by channel with `sample(channel, **options of scipy.ndimage)`."""
    out = np.empty_like(frame)
    for channel in range(frame.shape[2]):
        sample(frame[..., channel], output=out[..., channel], order=order, mode=BORDERS[border],
               cval=colour[channel] if border == "colour" else 0.0)
    return np.clip(out, 0, 255, out=out) if order > 1 else out


def resample_affine(frame, matrix, offset, **options):
    """Take output (y, x) from input matrix @ (y, x) + offset; a matrix of two numbers is a diagonal."""
    from scipy import ndimage
    return resample(frame, lambda channel, **more: ndimage.affine_transform(channel, matrix, offset, **more),
                    **options)


def resample_about(frame, matrix, x, y, shift=(0, 0), **options):
    """An affine map about the point at parts x, y of the frame (0.5, 0.5: exactly the middle)."""
    height, width = frame.shape[:2]
    centre = np.array([y * (height - 1), x * (width - 1)])
    return resample_affine(frame, matrix, centre - matrix @ centre + shift, **options)


def resample_at(frame, rows, columns, **options):
    """Take output (y, x) from input (rows[y, x], columns[y, x])."""
    from scipy import ndimage
    places = np.stack(np.broadcast_arrays(rows, columns)).astype(np.float32)
    return resample(frame, lambda channel, **more: ndimage.map_coordinates(channel, places, **more), **options)


def scale(frame, vertical, horizontal, x, y, **options):
    """in = (1 - amount) * out + amount * centre, with the notebook's centre: half the size, not half the last index."""
    if vertical == horizontal == 0:
        return frame
    height, width = frame.shape[:2]
    return resample_affine(frame, (1 - vertical, 1 - horizontal), (vertical * y * height, horizontal * x * width),
                           **options)


@transform("geometry",
           number("amount", 0.05, -9, 0.99, "part of the picture that is cut away; below 0 goes outwards"),
           X, Y, *BORDER)
def zoom(frame, context, amount, x, y, **options):
    """Go into the picture, or out of it.

    Notes
    -----
    y' = (1 - amount) y + amount * height / 2, and so for x: the line of the 2015 notebook,
    `nd.affine_transform(frame, [1-s, 1-s, 1], [h*s/2, w*s/2, 0], order=1)`.

    Examples
    --------
    >>> zoom(0.02, x=0.3)
    zoom(0.02, x=0.3)
    """
    return scale(frame, amount, amount, x, y, **options)


@transform("geometry",
           number("amount", 0.05, -9, 0.99, "part that is cut away along the axis; below 0 squeezes"),
           choice("axis", "vertical", ("vertical", "horizontal"), "direction in which the picture grows"),
           X, Y, *BORDER)
def stretch(frame, context, amount, axis, x, y, **options):
    """Grow in one direction only.

    Notes
    -----
    The zoom's formula for one axis, the other unchanged.

    Examples
    --------
    >>> stretch(0.03, axis="horizontal")
    stretch(0.03, axis=horizontal)
    """
    vertical = axis == "vertical"
    return scale(frame, amount * vertical, amount * (not vertical), x, y, **options)

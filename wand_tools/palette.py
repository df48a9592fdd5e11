"""Palettes and dithers: a picture becomes at most 256 colours and a number for each pixel.

The palette comes from a histogram with 32 levels a channel (`histogram`): an octree chooses first colours, then
k-means moves every colour to the middle of the pixels that use it.
Histograms of several frames can be added, which is how frames share a palette.
"""

from dataclasses import dataclass

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError

DITHERS = ("none", "smooth", "floyd-steinberg", "riemersma", "ordered", "still")
QUALITIES = ("normal", "best")
_STEPS = [np.arange(256, dtype=np.int32) // 4 << shift for shift in (12, 6, 0)]
_ROUNDS = {"normal": 3, "best": 16}
_BAYER = np.array([[0, 2], [3, 1]])
for _ in range(2):
    _BAYER = np.block([[4 * _BAYER, 4 * _BAYER + 2], [4 * _BAYER + 3, 4 * _BAYER + 1]])


@dataclass(frozen=True)
class Look:
    """How frames are reduced to colours."""

    colours: int = 256
    dither: str = "none"
    quality: str = "normal"
    matte: tuple | None = None  # RGB behind transparent pixels; None cuts alpha at half

    def __post_init__(self):
        if not 2 <= self.colours <= 256:
            raise AnimationError(f"colours {self.colours}: 2 to 256")
        if self.dither not in DITHERS:
            raise AnimationError(f"dither {self.dither!r}: one of {', '.join(DITHERS)}")
        if self.quality not in QUALITIES:
            raise AnimationError(f"quality {self.quality!r}: one of {', '.join(QUALITIES)}")

    @property
    def visible(self):
        """Colours left when one number is kept for transparent pixels."""
        return max(self.colours - 1, 2)


@dataclass
class Reduced:
    """A frame with few colours, and what it was made from."""

    picture: np.ndarray  # uint8 (H, W, 3), the source
    palette: np.ndarray | None  # uint8 (N, 3); None where the colours are not reduced
    indices: np.ndarray  # uint8 (H, W)
    solid: np.ndarray | None  # bool (H, W), None where nothing is transparent

    def colours(self):
        """Give the colours that are seen, uint8 (H, W, 3)."""
        return self.picture if self.palette is None else np.take(self.palette, self.indices, axis=0)


def reduce(picture, look=Look(), palette=None):
    """Reduce a picture to a palette of its own, or to a given one.

    Parameters
    ----------
    picture : uint8 array, (H, W, 3 or 4)
    look : Look
    palette : uint8 array, (N, 3), optional
        Colours to use instead of finding them.

    Returns
    -------
    reduced : Reduced

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((2, 2, 3), np.uint8); picture[0] = 200
    >>> reduced = reduce(picture, Look(colours=3))
    >>> reduced.palette[reduced.indices][:, 0].tolist()
    [[200, 200, 200], [0, 0, 0]]
    """
    picture, solid = without_alpha(picture, look.matte)
    if palette is None:
        palette = _own_palette(picture, solid, look)
    return Reduced(picture, palette, _DITHER[look.dither](picture, palette, look), solid)


def _own_palette(picture, solid, look):
    """Take the colours of a picture that has few, find the best ones otherwise."""
    sums = histogram(picture, solid)
    if np.count_nonzero(sums[:, 0]) <= look.visible:
        pixels = picture.reshape(-1, 3) if solid is None else picture[solid]
        codes = np.unique(pixels.astype(np.int32) @ (1 << 16, 1 << 8, 1))
        if 0 < len(codes) <= look.visible:
            return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)
    return find_palette(sums, look.visible, look.quality)


def without_alpha(picture, matte):
    """Give the colours of a picture and the mask of its solid pixels, None where all are."""
    if picture.shape[2] == 3:
        return picture, None
    colour, alpha = picture[..., :3], picture[..., 3:]
    if matte is None:
        return np.where(alpha < 128, 0, colour), alpha[..., 0] >= 128
    mixed = colour * (alpha / 255) + np.array(matte) * (1 - alpha / 255)
    return np.rint(mixed).astype(np.uint8), None


# -- palettes ---------------------------------------------------------------------------------------------------------


def _cells(picture):
    """Number the cell of the colour cube, 64 levels a channel, that each pixel falls into."""
    red, green, blue = (steps[picture[..., channel]] for channel, steps in enumerate(_STEPS))
    return (red + green + blue).ravel()


def histogram(picture, solid=None):
    """Count a picture's colours: for each of 32**3 cells the number of pixels and their sums of R, G and B.

    Returns
    -------
    sums : float64 array, (32768, 4)
        Histograms of several pictures may be added.
    """
    cells = _cells(picture if solid is None else picture[solid][None])
    counts = np.bincount(cells, minlength=64**3).reshape(64, 64, 64)
    sums = np.empty((32, 32, 32, 4))
    for channel in range(3):
        first, second = {0, 1, 2} - {channel}
        low, high = _halves(sum(_halves(sum(_halves(counts, first)), second)), channel)
        sums[..., 0] = low + high
        begins = np.arange(0, 256, 8).reshape((32,) + (1,) * (2 - channel))
        sums[..., channel + 1] = low * (begins + 1.5) + high * (begins + 5.5)
    return sums.reshape(-1, 4)


def _halves(counts, axis):
    """Give the lower and the upper half of each pair of cells along an axis."""
    pairs = counts.reshape(*counts.shape[:axis], 32, 2, *counts.shape[axis + 1 :])
    return np.moveaxis(pairs, axis + 1, 0)


def find_palette(sums, colours, quality="normal"):
    """Find the colours that stand for a histogram with little squared error.

    Parameters
    ----------
    sums : float64 array, (32768, 4)
        From `histogram`.
    colours : int
        How many at most.
    quality : {"normal", "best"}
        How long k-means goes on.

    Returns
    -------
    palette : uint8 array, (N, 3), N <= colours, at least 1
    """
    used = sums[sums[:, 0] > 0]
    if not len(used):
        return np.zeros((1, 3), np.uint8)
    weights, points = used[:, 0], used[:, 1:] / used[:, :1]
    if len(points) <= colours:
        return np.rint(points).astype(np.uint8)
    centres = _octree(points, weights, colours)
    for _ in range(_ROUNDS[quality]):
        nearest = _nearest(points, centres)
        total = np.bincount(nearest, weights, len(centres))
        kept = total > 0
        for channel in range(3):
            summed = np.bincount(nearest, used[:, 1 + channel], len(centres))
            centres[kept, channel] = summed[kept] / total[kept]
    return np.unique(np.rint(centres).astype(np.uint8), axis=0)


def _octree(points, weights, count):
    """Choose first colours with Pillow's octree, frequent ones counting by the root of their number."""
    from PIL import Image

    times = np.maximum(np.rint(3 * np.sqrt(weights / weights.mean())), 1).astype(int)
    cloud = np.rint(np.repeat(points, times, axis=0)).astype(np.uint8)
    chosen = Image.fromarray(cloud[None]).quantize(count, method=Image.Quantize.FASTOCTREE)
    return np.array(chosen.getpalette(), float).reshape(-1, 3)[:count]


def _nearest(points, palette):
    """Find the nearest colour of each point.

    In quarters of a level every product and sum below is exact in 32 bits, so the result does not depend on how
    the machine multiplies matrices.
    """
    points, palette = ((np.rint(values * 4.0) / 4).astype(np.float32) for values in (points, palette))
    half, across = (palette**2).sum(axis=1) / 2, np.ascontiguousarray(palette.T)
    nearest = np.empty(len(points), np.intp)
    for start in range(0, len(points), 1024):  # as many as stay in the cache
        nearness = points[start : start + 1024] @ across
        nearness -= half
        nearest[start : start + 1024] = nearness.argmax(axis=1)
    return nearest


# -- dithers ----------------------------------------------------------------------------------------------------------


def _plain(picture, palette, look):
    """Give each pixel the nearest colour; 'normal' decides for 64**3 cells at a time, 'best' for each pixel."""
    height, width = picture.shape[:2]
    if look.quality == "best":
        return _nearest(picture.reshape(-1, 3), palette).astype(np.uint8).reshape(height, width)
    cells = _cells(picture)
    used = np.flatnonzero(np.bincount(cells, minlength=64**3))
    middles = np.stack([used >> 12, used >> 6 & 63, used & 63], axis=1) * 4 + 1.5
    table = np.zeros(64**3, np.uint8)
    table[used] = _nearest(middles, palette)
    return table[cells].reshape(height, width)


def _floyd_steinberg(picture, palette, look):
    from PIL import Image

    table = np.vstack([palette, np.repeat(palette[:1], 256 - len(palette), axis=0)])
    swatch = Image.new("P", (1, 1))
    swatch.putpalette(table.tobytes())
    dithered = Image.fromarray(np.ascontiguousarray(picture)).quantize(
        palette=swatch, dither=Image.Dither.FLOYDSTEINBERG
    )
    indices = np.asarray(dithered)
    return np.where(indices < len(palette), indices, 0).astype(np.uint8)


def _riemersma(picture, palette, look):
    image_class = magick.wand().image.Image
    with image_class.from_array(np.ascontiguousarray(picture)) as image:
        with image_class.from_array(np.ascontiguousarray(palette[None])) as swatch:
            image.remap(swatch, method="riemersma")
        colours = magick.pixels(image)
    return _plain(colours, palette, Look(quality="best"))


def _ordered(picture, palette, look):
    """Add a fixed 8x8 pattern as strong as the palette is coarse."""
    if len(palette) < 2:
        return _plain(picture, palette, look)
    apart = ((palette[:, None] - palette.astype(float)) ** 2).sum(axis=2) + np.diag(np.full(len(palette), np.inf))
    gap = np.median(apart.min(axis=1)) ** 0.5 / 3**0.5
    height, width = picture.shape[:2]
    pattern = np.tile((_BAYER + 0.5) / 64 - 0.5, (height // 8 + 1, width // 8 + 1))[:height, :width, None]
    shifted = np.clip(np.rint(picture + gap * pattern), 0, 255).astype(np.uint8)
    return _plain(shifted, palette, look)


def _smooth(picture, palette, look):
    """Dither only where plain colours would show as bands: the mean of an area is off, and no texture hides it."""
    from scipy.ndimage import gaussian_filter, maximum_filter

    plain = _plain(picture, palette, look)
    error = palette[plain].astype(np.float32) - picture
    off = np.max([np.abs(gaussian_filter(error[..., c], 3)) for c in range(3)], axis=0)
    grey = picture.mean(axis=2, dtype=np.float32)
    texture = gaussian_filter((grey - gaussian_filter(grey, 2)) ** 2, 3)
    banded = maximum_filter((off > 2) & (texture < 9), 7)
    return np.where(banded, _floyd_steinberg(picture, palette, look), plain) if banded.any() else plain


_DITHER = {
    "none": _plain,
    "smooth": _smooth,
    "floyd-steinberg": _floyd_steinberg,
    "riemersma": _riemersma,
    "ordered": _ordered,
    "still": _floyd_steinberg,  # what did not change is kept by the writer
}


# -- palettes for several frames --------------------------------------------------------------------------------------

_SAMPLE = 64  # frames that a global palette looks at
_CUT = 0.5  # share of pixels whose coarse colour changes at a cut


class Palettes:
    """Which palette each frame uses: `palettes[number]` is None where the frame finds its own.

    Attributes
    ----------
    shared : bytes or None
        The one palette of all frames, with a place for transparent pixels.
    """

    def __init__(self, runs=()):
        self.runs = list(runs)  # (first frame, palette)
        self.shared = None
        if len(self.runs) == 1:
            self.shared = self.runs[0][1].tobytes() + bytes(3)

    def __getitem__(self, number):
        return next((palette for first, palette in reversed(self.runs) if first <= number), None)


def plan_palettes(mode, frames, look, pool):
    """Find the palettes of an animation before it is written.

    Parameters
    ----------
    mode : {"frame", "global", "scene"}
        One palette a frame, one for all from a sample of frames, or one for each run of frames without a cut.
    frames : list
        Objects whose `read()` gives the pictures.
    look : Look
    pool : Pool

    Returns
    -------
    palettes : Palettes
    """
    if mode == "frame":
        return Palettes()
    if mode == "global":
        step = -(-len(frames) // _SAMPLE)
        frames = frames[::step]
    runs, first, total = [], 0, None
    for number, sums in enumerate(pool.map(_count, ((frame, look) for frame in frames))):
        if mode == "scene" and total is not None and _is_cut(total, sums):
            runs.append((first, find_palette(total, look.visible, look.quality)))
            first, total = number, None
        total = sums if total is None else total + sums
    return Palettes([*runs, (first, find_palette(total, look.visible, look.quality))])


def _count(task):
    frame, look = task
    return histogram(*without_alpha(frame.read(), look.matte))


def _is_cut(total, sums):
    """Tell whether a frame's colours are others than those of the scene before it."""

    def shares(counts):
        coarse = counts[:, 0].reshape(8, 4, 8, 4, 8, 4).sum(axis=(1, 3, 5))
        return coarse / max(coarse.sum(), 1)

    return np.abs(shares(total) - shares(sums)).sum() / 2 > _CUT

"""What became of each pixel from one frame of a clip to the next: where it was, and whether it is the same thing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dreamcore.extras import OPENCV

_LEAST = 12  # pixels a side that the search takes
_MOST = 10**6  # pixels; motion in larger frames is found in smaller copies
_SMOOTH = 1.0  # standard deviations, in pixels: of what noise is smoothed with,
_COARSE = 10.0  # of what counts as light instead of things,
_WINDOW = 1.5  # and of the surroundings in which one motion is compared with another
_SPACING = 4  # pixels between the places that the motion of the camera is fitted to
_ROUNDS = 12  # of reweighted least squares, which settle in fewer
_STANDING = 1.05  # a standing camera leaves at most this many times what the best motion leaves
_FAINT = 4.0  # grey levels: texture that is hardly more than noise
_CHANGED = 1.5  # grey levels: less is no change
_CUT = 0.6  # of the texture: where less of it goes on, another scene has begun
_NONE = np.eye(2, 3)  # the motion of a camera that stands
_REPLICATE = 1  # cv2.BORDER_REPLICATE


class Motion(NamedTuple):
    """From one frame to the next.

    Attributes
    ----------
    places : (H, W, 2) ndarray
        float32: where each pixel was in the frame before, (column, row).
    same : (H, W) ndarray
        float32, 0..1: whether what is there was to be seen in the frame before; 0 where it is new.
    still : (H, W) ndarray
        bool: what is the same, and where it was.
    is_cut : bool
        Whether another scene has begun.
    """

    places: np.ndarray
    same: np.ndarray
    still: np.ndarray
    is_cut: bool


def find_motion(before: np.ndarray, now: np.ndarray) -> Motion:
    """Find what became of each pixel of a frame.

    Parameters
    ----------
    before, now : (H, W, 3) ndarray
        float32, 0..255: two frames of a clip, one after the other.

    Returns
    -------
    Motion

    Raises
    ------
    DreamError
        When OpenCV is not installed.

    Notes
    -----
    Dense inverse search (Kroeger et al., 2016, arXiv 1603.03590), there and back. Where a picture has no texture any
    flow explains it, and noise decides; so of the flows that explain a place the simplest is taken: the camera's, which
    is affine (least squares with the weights of Geman and McClure), none at all, or the dense one. A pixel is the same
    thing when the flow there and back ends where it began (Sundaram et al., 2010, doi 10.1007/978-3-642-15549-9_32),
    and its surroundings resemble those that it came from.
    """
    height, width = now.shape[:2]
    shrink = (_MOST / (height * width)) ** 0.5
    if shrink >= 1:
        return _find(before, now)
    cv, size = opencv(), (max(1, round(width * shrink)), max(1, round(height * shrink)))
    places, same, still, is_cut = _find(*(cv.resize(each, size, interpolation=cv.INTER_AREA) for each in (before, now)))
    scale = np.array([width / size[0], height / size[1]], np.float32)
    flow = cv.resize((places - _grid(*places.shape[:2])) * scale, (width, height), interpolation=cv.INTER_LINEAR)
    same = cv.resize(same, (width, height), interpolation=cv.INTER_LINEAR)
    still = cv.resize(np.uint8(still), (width, height), interpolation=cv.INTER_NEAREST).astype(bool)
    flow[still], same[still] = 0, 1
    return Motion(_grid(height, width) + flow, same, still, is_cut)


def _find(before: np.ndarray, now: np.ndarray) -> Motion:
    pair = _Pair(before, now)
    height, width = pair.shape
    back, forth = pair.flows()
    camera = pair.camera(back)
    back, forth = pair.simplest(back, camera, 1), pair.simplest(forth, _inverse(camera), 0)
    places = _grid(height, width) + back
    returned = pair.cv.remap(forth, places[..., 0], places[..., 1], pair.cv.INTER_LINEAR, borderMode=_REPLICATE)
    length = np.linalg.norm(back, axis=-1) + np.linalg.norm(returned, axis=-1)
    same = _falling(np.linalg.norm(back + returned, axis=-1), 0.5 + 0.05 * length, 1 + 0.1 * length)
    misfit, texture = pair.likeness(places)
    is_inside = (places >= -0.5).all(-1) & (places[..., 0] <= width - 0.5) & (places[..., 1] <= height - 0.5)
    same *= is_inside * _falling(misfit / (texture + _FAINT), 0.5, 0.7)
    still = (back == 0).all(-1) & ((same == 1) | pair.is_unchanged)
    same[still] = 1
    return Motion(places, same, still, bool((texture * same).sum() < _CUT * texture.sum()))


class _Pair:
    """Two frames, and what is asked of them again and again; where a method takes `to`, 1 is now and 0 before."""

    def __init__(self, before: np.ndarray, now: np.ndarray) -> None:
        self.cv, self.shape = opencv(), now.shape[:2]
        unchanged = np.uint8(np.abs(now - before).max(-1) < _CHANGED)  # in blocks: single pixels are so by chance
        self.is_unchanged = self.cv.morphologyEx(unchanged, self.cv.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        # Smoothed: noise is averaged between pixels, which would make every motion look better than none.
        smooth = [self._blurred(each, _SMOOTH) for each in (before, now)]
        self.greys = [self.cv.cvtColor(each, self.cv.COLOR_RGB2GRAY) for each in smooth]
        # As they are; and without their lowest frequencies, so that a change of light is no motion.
        self.views = [smooth, [each - self._blurred(each, _COARSE) for each in smooth]]

    def _blurred(self, picture: np.ndarray, width: float) -> np.ndarray:
        return self.cv.GaussianBlur(picture, (0, 0), width)

    def flows(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the dense flow from now back, and that from before forth: (H, W, 2), right and down."""
        if min(self.shape) < _LEAST:
            return np.zeros((*self.shape, 2), np.float32), np.zeros((*self.shape, 2), np.float32)
        search = self.cv.DISOpticalFlow_create(self.cv.DISOPTICAL_FLOW_PRESET_MEDIUM)
        search.setFinestScale(0)
        before, now = (np.clip(np.rint(each), 0, 255).astype(np.uint8) for each in self.greys)
        return search.calc(now, before, None), search.calc(before, now, None)

    def camera(self, back: np.ndarray) -> np.ndarray:
        """Return the motion of the camera, (2, 3): what it makes of (column, row, 1) is where a pixel was."""
        if not back.any():
            return _NONE
        part = slice(_SPACING // 2, None, _SPACING), slice(_SPACING // 2, None, _SPACING)
        steep = np.hypot(*(self.cv.Sobel(self.greys[1], -1, *axis) for axis in ((1, 0), (0, 1))))[part].ravel() + 1e-3
        here = _grid(*self.shape)
        begins, ends = (each[part].reshape(-1, 2).astype(np.float64) for each in (here, here + back))
        begins = np.column_stack([begins, np.ones(len(begins))])
        weights, scale = steep, 4.0
        for _ in range(_ROUNDS):
            weighted = begins * weights[:, None]
            fitted = np.linalg.solve(begins.T @ weighted + 1e-6 * np.eye(3), weighted.T @ ends).T
            scale = max(scale / 1.5, 0.25)
            weights = steep / (1 + (np.linalg.norm(begins @ fitted.T - ends, axis=1) / scale) ** 2) ** 2
        misfits = (self._misfits(_flow_of(each, self.shape), 1)[1][part].ravel() for each in (fitted, _NONE))
        moved, unmoved = (np.average(each, weights=weights) for each in misfits)
        is_possible = np.linalg.det(fitted[:, :2]) > 0.25  # no camera turns a picture inside out, or into a point
        return fitted if is_possible and unmoved > _STANDING * moved else _NONE

    def _misfits(self, flow: np.ndarray, to: int) -> list[np.ndarray]:
        """Return by how much the surroundings of each pixel of one frame differ from those where a flow leads."""
        places = _grid(*self.shape) + flow
        return [
            self._blurred(np.abs(self._there(view, places, to) - view[to]).mean(-1), _WINDOW) for view in self.views
        ]

    def _there(self, view: list[np.ndarray], places: np.ndarray, to: int) -> np.ndarray:
        other = view[1 - to]
        return self.cv.remap(other, places[..., 0], places[..., 1], self.cv.INTER_CUBIC, borderMode=_REPLICATE)

    def simplest(self, flow: np.ndarray, camera: np.ndarray, to: int) -> np.ndarray:
        """Return at each pixel the simplest flow that explains it: the camera's, none, or the dense one."""
        dense, result = self._misfits(flow, to), flow
        for simple in (np.zeros_like(flow), _flow_of(camera, self.shape)):  # the last one wins
            explained = np.zeros(self.shape, bool) if simple.any() else self.is_unchanged.copy()
            for misfit, least in zip(self._misfits(simple, to), dense, strict=True):
                noise = min(float(np.median(misfit)), _FAINT)
                explained |= misfit <= 1.1 * least + 0.3 + 0.5 * noise
            result = np.where(explained[..., None], simple, result)
        return result

    def likeness(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return by how much each pixel's surroundings differ from those that it came from, and how much there is."""
        view = self.views[1]
        there = self._there(view, places, 1)
        misfit, texture = np.abs(view[1] - there).mean(-1), (np.abs(view[1]) + np.abs(there)).mean(-1)
        return self._blurred(misfit, _WINDOW), self._blurred(texture, _WINDOW)


def carry(picture: np.ndarray, places: np.ndarray, blend: bool = True) -> np.ndarray:
    """Bring the pixels of a picture along: each comes from its place.

    Parameters
    ----------
    picture : (H, W, 3) ndarray
    places : (H, W, 2) ndarray
        float32: (column, row).
    blend : bool
        Between pixels, of four by four of them; otherwise the nearest one, as it is.
    """
    cv = opencv()
    order = cv.INTER_CUBIC if blend else cv.INTER_NEAREST
    return cv.remap(picture, places[..., 0], places[..., 1], order, borderMode=cv.BORDER_REFLECT_101)


def opencv() -> Any:
    """Import OpenCV, which is an extra.

    Raises
    ------
    DreamError
        When it is not installed.
    """
    return OPENCV.load("following a clip, that is any follow but 0,")


def _grid(height: int, width: int) -> np.ndarray:
    """Return the place of each pixel, (H, W, 2): (column, row)."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return np.dstack([columns, rows])


def _flow_of(camera: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if camera is _NONE:
        return np.zeros((*shape, 2), np.float32)
    here = _grid(*shape)
    return np.float32(here @ camera[:, :2].T + camera[:, 2] - here)


def _inverse(camera: np.ndarray) -> np.ndarray:
    if camera is _NONE:
        return camera
    turned = np.linalg.inv(camera[:, :2])
    return np.column_stack([turned, -turned @ camera[:, 2]])


def _falling(values: np.ndarray, high: Any, low: Any) -> np.ndarray:
    """Return 1 up to `high`, 0 from `low` on, and a line between."""
    return np.clip((low - values) / (low - high), 0, 1).astype(np.float32)

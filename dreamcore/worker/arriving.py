"""A clip whose pictures come one at a time, such as the layers of an image: each follows the one before."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dreamcore.sequence.clips import Clip


class Arriving:
    """The picture that came last, and what was dreamed of it.

    Attributes
    ----------
    dream : (H, W, 3) ndarray or None
        float32, 0..255.

    Examples
    --------
    >>> arriving, picture = Arriving(), np.zeros((2, 3, 3), np.float32)
    >>> arriving.clip(picture, 0) is None
    True
    >>> arriving.note(picture, picture + 9)
    >>> clip = arriving.clip(picture + 1, 1)
    >>> len(clip), float(clip.picture(0).rgb.max()), float(clip.picture(1).rgb.max())
    (2, 0.0, 1.0)
    """

    def __init__(self) -> None:
        self._picture: np.ndarray | None = None
        self.dream: np.ndarray | None = None

    def note(self, picture: np.ndarray, dream: np.ndarray) -> None:
        """Note a picture, (H, W, 3 or 4), and its dream."""
        self._picture, self.dream = picture, dream

    def clip(self, picture: np.ndarray, number: int) -> Clip | None:
        """Return a clip that ends with a picture of a number; None where none of its size came before."""
        from dreamcore.sequence.clips import Clip

        if number < 1 or self._picture is None or self._picture.shape[:2] != picture.shape[:2]:
            return None
        return Clip(_Two(self._picture, picture, number))


class _Two:
    """The last two frames of a clip; those before are not asked for."""

    plays: int | None = None

    def __init__(self, before: np.ndarray, now: np.ndarray, number: int) -> None:
        self._before, self._now, self._number = before, now, number
        self.size, self.count = now.shape[1::-1], number + 1
        self.durations: Sequence[Fraction | None] = [None] * self.count

    def read(self, number: int) -> np.ndarray:
        """Return a frame."""
        return self._now if number == self._number else self._before

    def files(self) -> Sequence[str]:
        """Return no file."""
        return ()

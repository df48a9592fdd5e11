"""Motion between dreams and back to the beginning: frames in between, and the pull that closes a loop."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from dreamcore.files import remove_leftovers
from dreamcore.pictures import read_picture, to_bytes, write_picture
from dreamcore.transforms import Context
from dreamcore.transforms.betweens import motionless, on_the_way
from dreamcore.transforms.chains import motion_of

if TYPE_CHECKING:
    from dreamcore.sequence.job import Job

_PLACES = 1 / 15  # of the shorter side: size of the places that pass over to the lap before, one by one
_SOFT = 0.1  # of all places: those that are passing over at a time
_DETAIL = 3  # pixels: size of the surroundings over which a mixture keeps its contrast
_MOST = 2  # times that the contrast of a mixture is raised at the most
_FLAT = 0.5  # grey levels of contrast below which there is nothing to raise


def interleaved(
    job: Job, frames: Iterable[np.ndarray], done: int = 0, last: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield a job's dreamed frames with those in between; so many are there already, `last` the last of them.

    Those in between are made of rounded frames, as in a frame directory, and so are the same there.
    """
    first, before = None, None if last is None else _rounded(last)
    for index, frame in enumerate(frames, done):
        after = _rounded(frame)
        if before is not None:
            yield from in_betweens(job, index - 1, before, after)
        yield frame
        first, before = after if index == 0 else first, after
    if job.recipe.sequence.loop and first is not None and before is not None:
        yield from in_betweens(job, len(job.numbers) - 1, before, first)


def _rounded(frame: np.ndarray) -> np.ndarray:
    return to_bytes(frame).astype(np.float32)


def in_betweens(job: Job, index: int, before: np.ndarray, after: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the frames between the dreamed one at a place, and the next."""
    sequence = job.recipe.sequence
    context = Context(job.numbers[index], sequence.seed, job.picture.rgb)
    motion = motion_of([(sequence.transform, context)], before.shape[:2])
    for place in range(1, sequence.between + 1):
        yield on_the_way(motion, before, after, place / (sequence.between + 1))


def note_motionless(job: Job) -> None:
    """Say which of a job's transforms have no parts, where there are frames in between."""
    if job.recipe.sequence.between:
        names = motionless(job.recipe.sequence.transform, job.picture.rgb.shape[:2])
        if names:
            text = f"in between, frames dissolve: there is no part of {', '.join(names)}"
            warnings.warn(text, stacklevel=3)


# -- loops ------------------------------------------------------------------------------------------------------------


class Lap:
    """The frames of a loop's lap before, in a folder, since they are wanted once more a lap later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, index: int) -> Path:
        """Return the file of a frame."""
        return self.folder / f"{index:04d}.png"

    def paths(self, count: int) -> list[Path]:
        """Return the files of the first frames."""
        return [self.path(index) for index in range(count)]

    def keep(self, index: int, frame: np.ndarray) -> None:
        """Keep a frame."""
        self.folder.mkdir(exist_ok=True)
        write_picture(self.path(index), to_bytes(frame))

    def pull(self, index: int, frame: np.ndarray, weight: float) -> np.ndarray:
        """Return a frame of this lap, pulled towards the one at the same place of the lap before."""
        return mixed(frame, read_picture(self.path(index)).rgb, weight)

    def clear(self, count: int) -> None:
        """Delete the files of the first frames, and the folder."""
        if self.folder.is_dir():
            for path in self.paths(count):
                remove_leftovers(path)
                path.unlink(missing_ok=True)
            with suppress(OSError):  # something else is in there
                self.folder.rmdir()


@contextmanager
def temporary_lap() -> Iterator[Lap]:
    """Keep a lap for as long as the context lasts."""
    with TemporaryDirectory(prefix="dreamcore-") as folder:
        yield Lap(Path(folder))


def pull_weight(index: int, count: int) -> float:
    """Return how much of the lap before is mixed into what becomes a loop's frame: none at first, nearly all at last.

    Examples
    --------
    >>> [round(pull_weight(index, 4), 2) for index in range(4)]
    [0.0, 0.16, 0.5, 0.84]
    """
    part = index / count
    return part * part * (3 - 2 * part)


def mixed(frame: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
    """Mix two frames so that the mixture has as much detail as they have.

    Parameters
    ----------
    frame, other : (H, W, 3) ndarray
        float32, 0..255.
    weight : float
        Of `other`, 0..1.

    Notes
    -----
    A mean of two textures that do not match is flatter than both. So only what is coarse is mixed evenly, colours and
    light. Details pass over in places, one by one; where both are seen, they are raised to the contrast that the
    frames have there.

    Examples
    --------
    >>> one = np.zeros((8, 8, 3), np.float32)
    >>> one[::2] = 200
    >>> bool(mixed(one, one[::-1], 0.5).std() > 0.9 * one.std())
    True
    """
    size = _PLACES * min(frame.shape[:2])
    base, other_base = _blurred(frame, size), _blurred(other, size)
    detail, other_detail = frame - base, other - other_base
    places = in_places(weight, frame.shape[:2], size)
    both = detail + places * (other_detail - detail)
    wanted = (1 - places) * _contrast(detail) + places * _contrast(other_detail)
    gain = np.clip(wanted / np.maximum(_contrast(both), _FLAT), 1, _MOST)
    return np.clip(base + np.float32(weight) * (other_base - base) + both * gain, 0, 255)


def in_places(weight: float, shape: tuple[int, int], size: float) -> np.ndarray:
    """Return a weight as a mask, (H, W, 1): 1 in that part of the frame, 0 in the rest, in places of a size.

    Examples
    --------
    >>> round(float(in_places(0.5, (60, 80), 4).mean()), 2)
    0.5
    """
    noise = np.random.default_rng(0).random((*shape, 1), np.float32)  # for every frame the same: no place returns
    noise = _blurred(noise, size)
    rank = np.empty(noise.size, np.float32)
    rank[noise.argsort(axis=None)] = np.linspace(0, 1, noise.size)
    return np.clip((weight * (1 + _SOFT) - rank) / _SOFT, 0, 1).reshape(noise.shape)


def _blurred(frame: np.ndarray, size: float) -> np.ndarray:
    """Blur by about so many pixels, in a time that does not depend on how many: three boxes are nearly a Gaussian."""
    from scipy import ndimage

    for _ in range(3):
        frame = ndimage.uniform_filter(frame, (2 * round(size) + 1, 2 * round(size) + 1, 1))
    return frame


def _contrast(detail: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(_blurred(detail * detail, _DETAIL), 0))

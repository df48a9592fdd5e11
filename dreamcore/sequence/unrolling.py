"""Take the accumulated shift out of finished frames."""

from __future__ import annotations

import os
import warnings
from itertools import pairwise, tee
from pathlib import Path

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.folders import new_folder
from dreamcore.notes import read_notes
from dreamcore.pictures import read_picture, to_bytes, write_picture
from dreamcore.sequence.hearing import bound
from dreamcore.sequence.kept_curves import KeptCurves
from dreamcore.sequence.resuming import SETTINGS, frame_files, read_settings
from dreamcore.text import json_text
from dreamcore.transforms import as_transform, unroll


def unroll_folder(folder: str | os.PathLike, out: str | os.PathLike) -> int:
    """Shift the frames of a directory back by what their rolls have added up to, into another.

    Parameters
    ----------
    folder : str or Path
        A frame directory.
    out : str or Path
        A new folder, or an empty one.

    Returns
    -------
    int
        The number of frames.

    Raises
    ------
    DreamError
        When `folder` is no frame directory, its transform mirrors, or `out` holds something.
    """
    settings, out = read_settings(folder), Path(out)
    if "transform" not in settings or not isinstance(settings.get("seed"), int):
        raise DreamError(f"{Path(folder) / SETTINGS} says nothing of a transform and a seed; nothing can be unrolled")
    heard = KeptCurves.of(settings["heard"]) if "heard" in settings else None
    transform, files = bound(as_transform(settings["transform"]), heard), frame_files(folder)
    _note_gaps(folder, [number for number, _ in files])
    first, second = tee(read_picture(path) for _, path in files)  # frames are wanted one ahead of their alpha
    frames = (to_bytes(picture.rgb) for picture in first)
    back = unroll(frames, transform, settings["seed"], [number for number, _ in files])
    with new_folder(out) as folder:
        for (_, path), picture, frame in zip(files, second, back, strict=True):
            pixels = np.dstack([frame, *(() if picture.alpha is None else [to_bytes(picture.alpha)])])  # never rolled
            write_picture(folder / path.name, pixels, {**read_notes(path), "unrolled": True}, picture.origin)
        with atomic_write(folder / SETTINGS) as file:
            file.write(json_text({**settings, "unrolled": True}, indent=2).encode())
    return len(files)


def _note_gaps(folder: str | os.PathLike, numbers: list[int]) -> None:
    gaps = [(before + 1, after - 1) for before, after in pairwise(numbers) if after > before + 1]
    if gaps:
        listed = ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in gaps[:8])
        warnings.warn(f"frames are missing in {folder}: {listed}", stacklevel=3)

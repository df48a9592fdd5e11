"""Take the accumulated shift out of finished frames."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.pictures import read_notes, write_picture
from dreamcore.sequence.frames import SETTINGS, frame_files, read_settings
from dreamcore.transforms import parse, unroll


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
    from PIL import Image

    settings, out = read_settings(folder), Path(out)
    if out.exists() and any(out.iterdir()):
        raise DreamError(f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    files = frame_files(folder)
    frames = (np.asarray(Image.open(path))[..., :3] for _, path in files)
    back = unroll(frames, parse(settings["transform"]), settings["seed"], [number for number, _ in files])
    for (_, path), frame in zip(files, back, strict=True):
        alpha = np.asarray(Image.open(path))[..., 3:]  # never rolled
        write_picture(out / path.name, np.dstack([frame, alpha]), {**read_notes(path), "unrolled": True})
    with atomic_write(out / SETTINGS) as file:
        file.write(json.dumps({**settings, "unrolled": True}, indent=2, ensure_ascii=False).encode())
    return len(files)

"""What each recipe makes of a picture, as small as a thumb, kept for pictures that come again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import user_folder
from dreamcore.pictures import as_picture, to_bytes, write_picture

if TYPE_CHECKING:
    from dreamcore.sequence import Job

FRAMES = 3  # whose last one is shown: what moves is seen
FEW, FEWER = {"iterations": 6, "octaves": 3}, {"iterations": 3, "octaves": 2}  # of the first dream, of the others
STILL = {"between": 0, "loop": False, "start": False, "blend_in": 0}
MOST = 1000  # that are kept: about 10 MB


def dream_each(names: Iterable[str], make: Callable[..., Job], progress: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Dream recipes, one after the other; one that does not go with the model or the picture is left out.

    Parameters
    ----------
    names : iterable of str
        Of recipes; empty for none.
    make : callable
        ``make(recipe=name, **parameters)`` makes the job.
    progress : callable
        Called with (steps done, steps in all) of each dream; what it raises ends all of it.

    Yields
    ------
    name : str
    pixels : (H, W, 3) ndarray
        float32, 0..255.
    """
    from dreamcore.sequence import run
    from dreamcore.sequence.looking import thumbnail_job

    dreams: dict[Any, np.ndarray] = {}
    for name in names:
        with suppress(DreamError):
            job = make(recipe=name, frames=FRAMES, **STILL)
            kept = _place(job)
            frame = _read(kept)
            if frame is None:
                *_, frame = run(thumbnail_job(job, dreams, FEW, FEWER), progress=progress)
                _keep(kept, frame)
            yield name, frame


def _place(job: Job) -> Path | None:
    """Return the file of a job's thumbnail; None where the user has no folder."""
    facts = json.dumps([job.settings, job.numbers.stop, FEW, FEWER], sort_keys=True, default=str)
    with suppress(DreamError):
        return user_folder("cache") / "thumbnails" / f"{hashlib.sha256(facts.encode()).hexdigest()}.png"
    return None


def _read(path: Path | None) -> np.ndarray | None:
    if path is None or not path.is_file():
        return None
    with suppress(DreamError, OSError):
        os.utime(path)  # those that were not seen for long go first
        return as_picture(path).rgb
    return None


def _keep(path: Path | None, frame: np.ndarray) -> None:
    """Keep a thumbnail, and let go of the oldest where there are too many; where that cannot be, it is made again."""
    with suppress(DreamError, OSError):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, to_bytes(frame))
            found = sorted(path.parent.glob("*.png"), key=lambda each: each.stat().st_mtime)
            for each in found[:-MOST]:
                each.unlink(missing_ok=True)

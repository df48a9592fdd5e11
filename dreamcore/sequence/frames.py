"""Frame directories: numbered pictures, what made them, and the state from which a stopped run goes on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.large.plan import Plan
from dreamcore.pictures import FORMATS, to_bytes, write_picture
from dreamcore.sequence.job import Job
from dreamcore.sequence.loop import run
from dreamcore.sequence.planning import plan_job
from dreamcore.sequence.values import differences
from dreamcore.text import size_text

SETTINGS = "sequence.json"
STATE = "state.npz"
_USUAL_COLOURS = {"mean": [104.0, 117.0, 123.0], "scale": 1.0, "order": "bgr"}  # where none are noted, as before


class State(NamedTuple):
    """Where a run goes on: how many frames there are, the last of them, and the one before."""

    done: int = 0
    last: np.ndarray | None = None
    previous: np.ndarray | None = None


def write_frames(
    folder: str | os.PathLike,
    job: Job,
    *,
    plan: Plan | None = None,
    memory: int | None = None,
    suffix: str = ".png",
    resume: bool = False,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[tuple[int, Path]]:
    """Dream a job into a frame directory.

    It holds ``0000.png``, ``0001.png``, ...; ``sequence.json``, everything that made them; and ``state.npz``, the last
    frames in full precision. A frame is saved while the next one is dreamed. Killed at any moment, the run loses the
    frame in work at most, and resumed it makes the same files as one that was never stopped.

    Parameters
    ----------
    folder : str or Path
        Made when it is not there.
    job : Job
    plan : Plan, optional
        How it is done, where that is decided already. A resumed run goes by the plan that the directory notes, so that
        its frames are the same whatever memory is free.
    memory : int, optional
        Bytes that the program may take, as for `dreamcore.dream`.
    suffix : str
        ``".png"`` or ``".jpg"``.
    resume : bool
        Go on after the frames that are there.
    progress : callable, optional
        Called with (steps done, steps in all) of the frame in work.

    Yields
    ------
    (int, Path)
        Number and file of each frame when it is safely written.

    Raises
    ------
    DreamError
        When the directory holds frames and `resume` is not given, or it is given with other settings than those the
        frames were made with.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from dreamcore.sequence import make_job
    >>> from dreamcore.sky import draw_sky
    >>> job = make_job(draw_sky(64, 48), frames=2, octaves=1, iterations=1)
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for _, path in write_frames(folder, job)]
    ['0000.png', '0001.png']
    """
    if suffix not in FORMATS:
        raise DreamError(f"frames cannot be {suffix!r} files; allowed are {', '.join(FORMATS)}")
    folder, settings = Path(folder), {**job.settings, "suffix": suffix}
    before, state = _prepare(folder, settings, resume)
    plan = _plan_of(before, memory) or plan or plan_job(job, memory)
    with atomic_write(folder / SETTINGS) as file:
        file.write(_settings_text(settings, job, plan))

    def save(number: int, frame: np.ndarray, previous: np.ndarray | None) -> tuple[int, Path]:
        path = folder / f"{number:04d}{suffix}"
        write_picture(path, to_bytes(frame, job.picture.alpha), {**job.notes(number), "suffix": suffix})
        with atomic_write(folder / STATE) as file:
            np.savez(file, number=number, frame=frame, previous=() if previous is None else previous)
        return number, path

    frames = run(job, plan, done=state.done, last=state.last, previous=state.previous, progress=progress)
    last = state.last
    with ThreadPoolExecutor(1) as saver:  # leaving it, also by Ctrl-C, waits for the frame being saved
        saving = None
        for number, frame in enumerate(frames, state.done):
            if saving:
                yield saving.result()
            saving = saver.submit(save, number, frame, last)
            last = frame
        if saving:
            yield saving.result()


def read_settings(folder: str | os.PathLike) -> dict[str, Any]:
    """Return what `sequence.json` of a frame directory says.

    Raises
    ------
    DreamError
        When the folder is not a frame directory.
    """
    path = Path(folder) / SETTINGS
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DreamError(f"{folder} is not a frame directory: no readable {SETTINGS}") from error


def frame_files(folder: str | os.PathLike) -> list[tuple[int, Path]]:
    """Return the frames of a directory in order: list of (number, Path)."""
    files = [each for each in Path(folder).iterdir() if each.suffix in FORMATS and each.stem.isdecimal()]
    return sorted((int(each.stem), each) for each in files)


def _prepare(folder: Path, settings: dict, resume: bool) -> tuple[dict, State]:
    """Make the directory, or find where to go on: what it notes, and the state."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DreamError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not resume:
        if frame_files(folder) or (folder / STATE).exists():
            raise DreamError(f"{folder} holds frames already; resume to go on with them, or name another folder")
        return {}, State()
    if not (folder / SETTINGS).exists():
        return {}, State()
    before = read_settings(folder)
    _refuse_others(folder, before, settings)
    return before, _read_state(folder / STATE)


def _refuse_others(folder: Path, before: dict, settings: dict) -> None:
    """Raise a DreamError where a directory was made with other settings."""
    before, settings = _comparable(before), _comparable(settings)
    for key, value in settings.items():
        if before.get(key) != value:
            difference = _difference(key, before.get(key), value)
            raise DreamError(f"{folder} was made with another {difference}; use the same, or another folder")


def _comparable(settings: dict) -> dict:
    """Return settings with the pictures' digests in place of their names, which is all that version 0.1.0 noted."""
    pictures = dict(settings.get("pictures", {}))
    guide = settings.get("guide")
    return {"colours": _USUAL_COLOURS, **settings, "guide": pictures.pop(guide, guide), "pictures": pictures}


def _plan_of(before: dict, memory: int | None) -> Plan | None:
    """Return the plan that a directory notes, if that fits into the memory."""
    if "plan" not in before:
        return None
    plan = Plan.from_json(before["plan"])
    if memory is not None and plan.memory > memory:
        wanted = f"the frames there were made with {size_text(plan.memory)} of memory"
        raise DreamError(f"memory is {size_text(memory)}, but {wanted}; allow as much, or use another folder")
    return plan


def _read_state(path: Path) -> State:
    if not path.exists():
        return State()
    try:
        with np.load(path) as state:
            number, frame, previous = int(state["number"]), state["frame"], state["previous"]
    except (OSError, ValueError, KeyError) as error:
        raise DreamError(f"{path} is damaged; start again in another folder") from error
    return State(number + 1, frame, previous if previous.size else None)


def _difference(key: str, before: Any, now: Any) -> str:
    if isinstance(before, dict) and isinstance(now, dict) and key != "pictures":
        inner = next(each for each in now if before.get(each) != now[each])
        return f"{inner}: {before.get(inner)}, now {now[inner]}" if key == "parameters" else f"{inner} of the {key}"
    return key if key in ("guide", "mask", "pictures") else f"{key}: {before}, now {now}"


def _settings_text(settings: dict, job: Job, plan: Plan) -> bytes:
    packages = {}
    for name in ("torch", "numpy", "scipy", "pillow"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "unknown"
    notes = {
        "program": job.notes(0)["program"],
        **settings,
        "frames": job.recipe.sequence.frames,
        "animation": differences(job.recipe.timing),
        "plan": plan.to_json(),
        "versions": {"python": platform.python_version(), **packages},
    }
    return (json.dumps(notes, indent=2, ensure_ascii=False) + "\n").encode()

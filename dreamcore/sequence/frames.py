"""Frame directories: numbered pictures, what made them, and the state from which a stopped run goes on."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from dreamcore.ascent.fatigue import Fatigue
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.files import atomic_write, check_room, write_once
from dreamcore.folders import made_folder
from dreamcore.large.plan import Plan
from dreamcore.locks import only_run
from dreamcore.pictures import FORMATS, to_bytes, write_picture
from dreamcore.sequence.derived import Betweens
from dreamcore.sequence.following import dream_alone
from dreamcore.sequence.job import Job
from dreamcore.sequence.loop import dreams
from dreamcore.sequence.motion import Lap, note_motionless
from dreamcore.sequence.planning import plan_job
from dreamcore.sequence.resuming import (
    SETTINGS,
    STATE,
    State,
    frame_files,
    frame_path,
    holds_frames,
    missing_files,
    missing_frames,
    plan_of,
    read_settings,
    read_state,
    refuse_others,
    refuse_own_pictures,
    write_state,
)
from dreamcore.text import json_text

_OF_CLIPS = ("av", "opencv-python-headless")  # packages that read a clip and follow it
WARM_UP = "warm-up"  # the folder of a loop's lap before, while it is needed
_Made = TypeVar("_Made")


def write_frames(
    folder: str | os.PathLike,
    job: Job,
    *,
    plan: Plan | None = None,
    memory: int | None = None,
    suffix: str = ".png",
    resume: bool = False,
    betweens: bool = True,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[tuple[int, Path]]:
    """Dream a job into a frame directory.

    It holds ``0000.png``, ``0001.png``, ... and, of frames in between, ``0000_1.png``, ...; ``sequence.json``,
    everything that made them; and, unless they stand alone, ``state.npz``, the last frames in full precision. A frame
    is saved while the next one is dreamed. Killed at any moment, the run loses the frame in work at most, and resumed
    it makes the same files as one that was never stopped.

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
    betweens : bool
        Whether to make those in between as well, which `write_run` can make later on.
    progress : callable, optional
        Called with (steps done, steps in all) of the frame in work.

    Yields
    ------
    (int, Path)
        Number and file of each frame when it is safely written; those in between have the number of the one before.

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
    check_suffix(suffix)
    note_motionless(job)
    with made_folder(folder) as folder, only_run(folder):
        plan, state, missing = begin_frames(folder, job, plan=plan, memory=memory, suffix=suffix, resume=resume)
        directory = Directory(folder, job, suffix, betweens)
        if job.stands_alone:
            yield from directory.alone(missing, plan, progress)
            return
        if missing:
            warnings.warn(f"{_listed(missing)} missing in {folder}, made again from the first frame on", stacklevel=2)
            yield from directory.mended(islice(dreams(job, plan, progress=progress), job.warm_up, None), missing)
        count = len(job.numbers)
        yield from directory.betweens.mended(range(min(max(0, state.done - job.warm_up), count)))
        lap = Lap(folder / WARM_UP) if job.warm_up else None
        fatigue = Fatigue(job.recipe.sequence.renew, state.tired or (job.state.tired if job.state else None))
        done, last, previous, _ = state
        frames = dreams(job, plan, done=done, last=last, previous=previous, fatigue=fatigue, lap=lap, progress=progress)
        yield from directory.followed(frames, state, fatigue)
        if lap:
            lap.clear(count)


class Begun(NamedTuple):
    """How a frame directory goes on: by a plan, from a state, and which frames are not there that should be."""

    plan: Plan
    state: State
    missing: list[int]


def begin_frames(
    folder: Path, job: Job, *, plan: Plan | None = None, memory: int | None = None, suffix: str, resume: bool
) -> Begun:
    """Write down in a folder what is dreamed into it; or refuse to, as `write_frames` does."""
    settings = _settings(job, suffix)
    before = _standing(folder, settings, resume)
    state = State() if job.stands_alone or not before else _state(folder, job)
    plan = plan_of(folder, before, memory) or plan or plan_job(job, memory)
    kept = len(job.numbers) if job.stands_alone else max(0, state.done - job.warm_up)
    missing = missing_frames(folder, job.numbers[:kept], suffix, job.picture.size)
    new = [*missing, *job.numbers[kept:]]
    wanted = {frame_path(folder, number, suffix) for number in new}
    refuse_own_pictures(path for _, path in frame_files(folder) if path in wanted)
    _check_room(folder, job, len(new) + max(0, job.warm_up - state.done), suffix)
    Betweens(folder, job, suffix).make_way(before.get("between", 0))
    with atomic_write(folder / SETTINGS) as file:
        file.write(_settings_text(settings, job, plan))
    return Begun(plan, state, missing)


def write_run(
    folder: str | os.PathLike,
    job: Job,
    run: range,
    *,
    memory: int | None = None,
    suffix: str = ".png",
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[tuple[int, Path]]:
    """Dream a run of the frames of a job into a frame directory, which many may fill at a time.

    Together runs make the files that `write_frames` makes. Several may work in one folder, on different runs; each
    makes what is missing.

    Parameters
    ----------
    folder, memory, suffix, progress
        As for `write_frames`. Where the directory notes a plan, it is gone by that.
    job : Job
        One whose frames stand alone (`Job.stands_alone`). Of another one, those frames in between are made that lead
        to frames of the run, which are there.
    run : range
        Numbers of frames.

    Yields
    ------
    (int, Path)
        As `write_frames`.

    Raises
    ------
    DreamError
        As `write_frames`; and when another process works on the same run.
    """
    check_suffix(suffix)
    settings = _settings(job, suffix)
    with made_folder(folder) as folder, only_run(folder, run.start):
        if not _standing(folder, settings, resume=True):
            write_once(folder / SETTINGS, _settings_text(settings, job, plan_job(job, memory)))
        before = read_settings(folder)  # another run may have been first
        refuse_others(folder, before, settings)
        directory = Directory(folder, job, suffix)
        numbers = [number for number in run if number in job.numbers]
        if not job.stands_alone:
            yield from directory.betweens.mended(map(job.numbers.index, numbers))
            return
        missing = missing_frames(folder, numbers, suffix, job.picture.size)
        refuse_own_pictures(path for number, path in frame_files(folder) if number in missing)
        _check_room(folder, job, len(missing), suffix)
        yield from directory.alone(missing, plan_of(folder, before, memory) or plan_job(job, memory), progress)


def _settings(job: Job, suffix: str) -> dict[str, Any]:
    return {**job.settings, **machine(job), "suffix": suffix}


class Directory:
    """A folder that takes a job's frames; each is saved while the next one is dreamed."""

    def __init__(self, folder: Path, job: Job, suffix: str, betweens: bool = True) -> None:
        self.folder, self.job, self.suffix = folder, job, suffix
        self.betweens = Betweens(folder, job, suffix, betweens)

    def alone(
        self, numbers: list[int], plan: Plan, progress: Callable[[int, int], Any] | None
    ) -> Iterator[tuple[int, Path]]:
        """Dream and save frames that stand alone, and no state: nothing follows from them."""
        frames = zip(numbers, dream_alone(self.job, plan, numbers, progress), strict=True)
        yield from _behind(lambda numbered: [self.save(*numbered)], frames)

    def mended(self, frames: Iterator[np.ndarray], missing: list[int]) -> Iterator[tuple[int, Path]]:
        """Save those frames that are missing; the state, which follows later ones, stays."""
        for number, frame in zip(range(self.job.first, missing[-1] + 1), frames):  # noqa: B905  as many as needed
            if number in missing:
                yield self.save(number, frame)

    def followed(self, frames: Iterator[np.ndarray], state: State, fatigue: Fatigue) -> Iterator[tuple[int, Path]]:
        """Save frames that follow a state, with those in between and the state after each."""

        def states() -> Iterator[State]:
            last = state.last
            for done, frame in enumerate(frames, state.done + 1):
                yield State(done, frame, last, fatigue.shares)
                last = frame

        yield from _behind(self._save_with_state, states())

    def save(self, number: int, frame: np.ndarray) -> tuple[int, Path]:
        """Save a frame; return its number and file."""
        path, picture = frame_path(self.folder, number, self.suffix), self.job.picture
        notes = {**self.job.notes(number), "suffix": self.suffix}
        write_picture(path, to_bytes(frame, self.job.alpha(number)), notes, picture.origin)
        return number, path

    def _save_with_state(self, state: State) -> list[tuple[int, Path]]:
        index, saved = state.done - 1 - self.job.warm_up, []
        if index >= 0:
            saved = [self.save(self.job.numbers[index], state.frame)]
        write_state(self.folder / STATE, state)
        return [*self.betweens.before(index), *saved, *self.betweens.closing(index)]


def _behind(save: Callable[[_Made], list[tuple[int, Path]]], made: Iterable[_Made]) -> Iterator[tuple[int, Path]]:
    """Save each of what is made while the next one is."""
    with ThreadPoolExecutor(1) as saver:  # leaving it, also by Ctrl-C, waits for the frame being saved
        saving = None
        for each in made:
            if saving:
                yield from saving.result()
            saving = saver.submit(save, each)
        if saving:
            yield from saving.result()


def check_suffix(suffix: str) -> None:
    """Raise a DreamError where frames cannot be files of a kind."""
    if suffix not in FORMATS:
        raise NotAllowed(f"frames cannot be {suffix!r} files; allowed are {', '.join(FORMATS)}")


def _standing(folder: Path, settings: dict, resume: bool) -> dict[str, Any]:
    """Return what a directory notes, or refuse to write into it."""
    try:
        has_frames, has_settings = holds_frames(folder), (folder / SETTINGS).exists()
    except OSError as error:
        raise DreamError(f"cannot read the folder {folder}: {error.strerror}") from error
    if not resume:
        if has_frames:
            raise DreamError(f"{folder} holds frames already; resume to go on with them, or name another folder")
        return {}
    if not has_settings:
        if has_frames:
            raise DreamError(f"{folder} holds pictures that no {SETTINGS} explains; name another folder")
        return {}
    before = read_settings(folder)
    refuse_others(folder, before, settings)
    return before


def _state(folder: Path, job: Job) -> State:
    """Return where a run goes on in a directory."""
    state = read_state(folder / STATE, job.picture.size)
    is_done = state.done >= job.dreams
    if not is_done and missing_files(Lap(folder / WARM_UP).paths(min(state.done, job.warm_up)), job.picture.size):
        return State()  # the warm-up that the rest leads back to is lost, and with it where the run was
    return state


def _check_room(folder: Path, job: Job, count: int, suffix: str) -> None:
    """Refuse frames for which the disk has no room: two states, and what compressed frames take at the least."""
    width, height = job.picture.size
    state, frame = 24 * width * height, width * height * (1 if suffix == ".png" else 0.2)
    count *= 1 + job.recipe.sequence.between
    check_room(folder, int(2 * state + count * frame) if count else 0)


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:8])) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")
    return f"frame {shown} is" if len(numbers) == 1 else f"frames {shown} are"


def machine(job: Job) -> dict[str, Any]:
    """Return what may change the last digits of a dream without being a setting."""
    import torch

    packages = {}
    for name in ("torch", "numpy", "scipy", "pillow", *(_OF_CLIPS if job.clips.source else ())):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "unknown"
    facts: dict[str, Any] = {"device": job.network.device.type}
    if facts["device"] == "cpu":  # where sums are taken in another order by other instructions, and by more threads
        facts.update(processor=torch.backends.cpu.get_cpu_capability(), threads=torch.get_num_threads())
    return {**facts, "versions": {"python": platform.python_version(), **packages}}


def _settings_text(settings: dict, job: Job, plan: Plan) -> bytes:
    notes = {**job.notes(), **settings, "plan": plan.to_json()}
    return (json_text(notes, indent=2) + "\n").encode()

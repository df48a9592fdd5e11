"""What stands in a frame directory already: its settings, its frames, and the state from which a run goes on."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, check_name
from dreamcore.large.plan import Plan
from dreamcore.notes import SETTINGS, read_notes, read_settings
from dreamcore.parameters import Dream
from dreamcore.pictures import FORMATS, read_picture
from dreamcore.rasters import open_raster
from dreamcore.sequence.values import plain
from dreamcore.text import short, size_text

STATE = "state.npz"
_USUAL_COLOURS = {"mean": [104.0, 117.0, 123.0], "scale": 1.0, "order": "bgr"}  # of directories that note none
_NUMBER = re.compile(r"[0-9]{4,9}")
_HEADER = 1 << 20  # bytes in a state, besides the numbers of a frame
_TIRED = "tired "  # begins the names of what a state keeps of an end
# How whole files begin and end.
_JPEG_ENDS = (b"\xff\xd8", b"\xff\xd9")
_ENDS = {".png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"), ".jpg": _JPEG_ENDS, ".jpeg": _JPEG_ENDS}
_NOTHING = object()  # where a key is missing, which null does not say
_LATER = ("architecture",)  # what directories of before do not note, and may be anything there
_MACHINE = {  # noted, and no reason to refuse
    "device": "the device",
    "processor": "the processor",
    "threads": "the number of threads",
    "versions": "the libraries",
}


class State(NamedTuple):
    """Where a run goes on: how many frames there are, the last of them, the one before, and what has tired."""

    done: int = 0
    last: np.ndarray | None = None
    previous: np.ndarray | None = None
    tired: Mapping[str, np.ndarray] | None = None

    @property
    def frame(self) -> np.ndarray:
        """The last frame, where there is one."""
        assert self.last is not None
        return self.last


def state_at(folder: str | os.PathLike, number: int | None = None) -> tuple[State, bool]:
    """Return where a run stood when it had dreamed a frame, so that another can go on from there.

    Parameters
    ----------
    folder : str or Path
        A frame directory.
    number : int, optional
        Of the frame; the last one by default.

    Returns
    -------
    state : State
    is_exact : bool
        Whether it is the lossless state, which there is of the last frame alone; otherwise it is read of the frames'
        files, rounded.

    Raises
    ------
    DreamError
        When there is no such frame.
    """
    folder, settings = Path(folder), read_settings(folder)
    try:
        width, height = map(int, settings["picture"]["size"])
        before = int((settings.get("from") or {}).get("frame", 0)) - int(settings.get("loop") or 0)
        suffix = next(each for each in FORMATS if each == settings["suffix"])
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        raise DreamError(f"{folder / SETTINGS} does not say what its frames are") from None
    kept, files = read_state(folder / STATE, (width, height)), frame_files(folder)
    if not files:
        raise DreamError(f"{folder} holds no frames")
    number = files[-1][0] if number is None else number
    if kept.done and kept.done - 1 + before == number:
        return kept._replace(done=number + 1), True
    path = frame_path(folder, number, suffix)
    if missing_files([path], (width, height)):
        raise DreamError(f"{folder} has no frame {number}; allowed: {files[0][0]} to {files[-1][0]}")
    earlier = frame_path(folder, number - 1, suffix)
    previous = None if missing_files([earlier], (width, height)) else read_picture(earlier).rgb
    return State(number + 1, read_picture(path).rgb, previous), False


def frame_files(folder: str | os.PathLike) -> list[tuple[int, Path]]:
    """Return the frames of a directory in order: list of (number, Path)."""
    files = [each for each in Path(folder).iterdir() if each.suffix in FORMATS and _NUMBER.fullmatch(each.stem)]
    return sorted((int(each.stem), each) for each in files)


def frame_path(folder: Path, number: int, suffix: str) -> Path:
    """Return the file of a frame."""
    return folder / f"{number:04d}{suffix}"


def holds_frames(folder: Path) -> bool:
    """Tell whether a folder has frames, a state, or pictures that are called as frames are."""
    return bool(frame_files(folder)) or (folder / STATE).exists()


def missing_frames(folder: Path, numbers: Iterable[int], suffix: str, size: tuple[int, int]) -> list[int]:
    """Return which of some frames, of (width, height) pixels, are not there or not whole."""
    return [number for number in numbers if not _is_whole(frame_path(folder, number, suffix), size)]


def missing_files(paths: Iterable[Path], size: tuple[int, int]) -> list[Path]:
    """Return which of some pictures, of (width, height) pixels, are not there or not whole."""
    return [path for path in paths if not _is_whole(path, size)]


def _is_whole(path: Path, size: tuple[int, int]) -> bool:
    head, tail = _ENDS[path.suffix]
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with open(path, "rb") as file:
            begins = file.read(len(head)) == head
            file.seek(-len(tail), os.SEEK_END)
            if not (begins and file.read() == tail):
                return False
        with open_raster(path, decode=False) as image:
            image.verify()  # the sums of a PNG's parts, without decoding them
            return image.size == size
    except (OSError, DreamError):  # not there, empty, or damaged
        return False


def refuse_own_pictures(paths: Iterable[Path]) -> None:
    """Raise a DreamError for a file that would be written over, and is a picture that this program has not made."""
    for path in paths:
        check_name(path)
        if _is_own(path):
            raise DreamError(
                f"{path} is not a frame of this program, and would be overwritten; move it away, or name another folder"
            )


def _is_own(path: Path) -> bool:
    """Tell whether a file is a picture, and carries no notes as frames do."""
    try:
        with open_raster(path, decode=False):
            pass
    except DreamError:  # damaged: nobody loses a picture
        return False
    try:
        return not read_notes(path)
    except DreamError:
        return True


def refuse_others(folder: Path, before: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raise a DreamError where a directory was made with other settings; note where it was on another machine."""
    then, now = _comparable(before), _comparable(settings)
    for key, value in now.items():
        if key not in _MACHINE and then.get(key, value if key in _LATER else None) != value:
            raise DreamError(
                f"{folder} was made with another {_difference(key, then.get(key), value)}; "
                "use the same, or another folder"
            )
    for key, words in _MACHINE.items():
        if key in then and key in now and then[key] != now[key]:
            change = _difference(key, then[key], now[key])
            text = f"{words} changed since the frames in {folder} were made ({change}): new ones may differ slightly"
            warnings.warn(text, stacklevel=2)


def _comparable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as all versions noted them.

    Version 0.1.0 noted pictures by their digests alone, and knew fewer parameters.
    """
    settings = {"colours": _USUAL_COLOURS, **settings}
    if isinstance(settings.get("parameters"), dict):  # there were fewer of them once
        settings["parameters"] = {**plain(Dream()), **settings["parameters"]}
    pictures, guide = settings.get("pictures", {}), settings.get("guide")
    if not isinstance(pictures, dict) or not isinstance(guide, (str, type(None))):
        return dict(settings)
    pictures = dict(pictures)
    return {**settings, "guide": pictures.pop(guide, guide), "pictures": pictures}


def _difference(key: str, before: Any, now: Any) -> str:
    if key in ("guide", "mask", "pictures"):
        return key
    if isinstance(before, dict) and isinstance(now, dict):
        inner = next(each for each in [*now, *before] if each not in before or before[each] != now.get(each, _NOTHING))
        if inner not in now:
            return f"{inner} of the {key}, which this version does not know"
        if (key, inner) == ("picture", "sha256"):
            return key
        return f"{inner} of the {key}" if key == "picture" else _change(inner, before.get(inner), now[inner])
    return _change(key, before, now)


def _change(name: str, before: Any, now: Any) -> str:
    then = "nothing" if before is None else short(str(before)) if isinstance(before, (str, int, float)) else "another"
    return f"{name}: {then}, now {now}"


def plan_of(folder: Path, before: Mapping[str, Any], memory: int | None) -> Plan | None:
    """Return the plan that a directory notes, if that fits into the memory."""
    if "plan" not in before:
        return None
    try:
        plan = Plan.from_json(before["plan"])
    except (DreamError, TypeError) as error:
        raise DreamError(f"{folder / SETTINGS} is damaged: {error}") from None
    if memory is not None and plan.memory > memory:
        wanted = f"the frames there were made with {size_text(plan.memory)} of memory"
        raise DreamError(f"memory is {size_text(memory)}, but {wanted}; allow as much, or use another folder")
    return plan


def write_state(path: Path, state: State) -> None:
    """Write the state of a run, whole or not at all."""
    tired: Any = {f"{_TIRED}{end}": each for end, each in (state.tired or {}).items()}
    previous = () if state.previous is None else state.previous
    with atomic_write(path) as file:
        np.savez(file, number=state.done - 1, frame=state.frame, previous=previous, **tired)


def read_state(path: Path, size: tuple[int, int]) -> State:
    """Read the state of a run on a picture of a size, (width, height).

    Raises
    ------
    DreamError
        When it is damaged, or of another picture.
    """
    if not path.exists():
        return State()
    if not path.is_file():  # a pipe would be waited for
        raise _damaged(path)
    most = 12 * size[0] * size[1] + _HEADER
    try:
        with np.load(path) as state:
            if any(each.file_size > most for each in state.zip.infolist()):  # it may be a thousandth of that on disk
                raise _damaged(path)
            number, frame, previous = state["number"][()].item(), state["frame"], state["previous"]
            tired = {each.removeprefix(_TIRED): state[each] for each in state.files if each.startswith(_TIRED)}
    except Exception as error:  # a damaged archive reaches all corners of zipfile and NumPy
        raise _damaged(path) from error
    if not all(isinstance(each, np.ndarray) for each in (frame, previous, *tired.values())):  # but bytes, of no form
        raise _damaged(path)
    shape = (size[1], size[0], 3)
    arrays = [frame, *([previous] if previous.size else [])]
    is_whole = all(_is_frame(each, shape) for each in arrays)
    is_whole &= all(_is_frame(each, (2, each.size // 2)) for each in tired.values())
    if not (isinstance(number, int) and 0 <= number < 10**9 and is_whole):
        raise _damaged(path)
    return State(number + 1, frame, previous if previous.size else None, tired or None)


def _is_frame(array: np.ndarray, shape: tuple[int, ...]) -> bool:
    return array.shape == shape and array.dtype == np.float32 and bool(np.isfinite(array).all())


def _damaged(path: Path) -> DreamError:
    return DreamError(f"{path} is damaged; delete it, and the frames are made again from the first one")

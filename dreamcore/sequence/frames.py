"""Frame directories: numbered pictures, what made them, and the state from which a stopped run goes on."""

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import dreamcore
from dreamcore.ascent import guide_from, l2
from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, remove_leftovers
from dreamcore.pictures import FORMATS, to_bytes, write_picture
from dreamcore.sequence.loop import dream_sequence
from dreamcore.sequence.parameters import dream_parameters, noted

SETTINGS = "sequence.json"
STATE = "state.npz"


def write_frames(
    folder,
    picture,
    network,
    *,
    frames,
    transform,
    seed=0,
    parameters=None,
    animation=None,
    guide=None,
    mask=None,
    suffix=".png",
    resume=False,
    memory=None,
    progress=None,
):
    """Dream a sequence into a frame directory.

    It holds ``0000.png``, ``0001.png``, ...; ``sequence.json``, everything that made them; and ``state.npz``, the last
    frames in full precision. A frame is saved while the next one is dreamed. Killed at any moment, the run loses the
    frame in work at most, and resumed it makes the same files as one that was never stopped.

    Parameters
    ----------
    folder : str or Path
        Made when it is not there.
    picture : Picture
    network : Network
    frames : int
        How many the directory holds when this is done.
    transform : callable
        Its text, ``str(transform)``, is what `sequence.json` notes.
    seed : int
    parameters : dict, optional
        Dream parameters, see `dreamcore.sequence.parameters`.
    animation : dict, optional
        Animation parameters to note for the tools that follow.
    guide : Picture, optional
        Dream what resembles this picture.
    mask : (H, W) ndarray, optional
        0..1: where the dream may happen.
    suffix : str
        ``".png"`` or ``".jpg"``.
    resume : bool
        Go on after the frames that are there.
    memory : int, optional
        Bytes that the program may take, as for `dreamcore.dream`.
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
    """
    if suffix not in FORMATS:
        raise DreamError(f"frames cannot be {suffix!r} files; allowed are {', '.join(FORMATS)}")
    folder = Path(folder)
    parameters = dream_parameters(parameters or {})
    settings = {
        "picture": {"size": list(picture.size), "sha256": _digest(picture.rgb, picture.alpha)},
        "model": {"name": network.name, "sha256": network.sha256},
        "precision": network.precision,
        "memory": memory,
        "seed": seed,
        "parameters": noted(parameters),
        "transform": str(transform),
        "guide": guide and _digest(guide.rgb),
        "mask": None if mask is None else _digest(mask),
        "suffix": suffix,
    }
    start, last, previous = _prepare(folder, settings, resume)
    with atomic_write(folder / SETTINGS) as file:
        file.write(_settings_text({**settings, "frames": frames, "animation": animation or {}}))
    image = picture.rgb if picture.alpha is None else np.dstack([picture.rgb, picture.alpha])

    def save(number, frame, before):
        path = folder / f"{number:04d}{suffix}"
        pixels = to_bytes(frame[..., :3], picture.alpha)
        write_picture(path, pixels, {"program": _program(), **settings, "frame": number})
        with atomic_write(folder / STATE) as file:
            np.savez(file, number=number, frame=frame[..., :3], previous=() if before is None else before[..., :3])
        return number, path

    loop = dream_sequence(
        image,
        network,
        frames=frames,
        transform=transform,
        seed=seed,
        start=start,
        last=last,
        previous=previous,
        objective=l2 if guide is None else guide_from(guide.rgb),
        mask=mask,
        memory=memory,
        progress=progress,
        **parameters,
    )
    with ThreadPoolExecutor(1) as saver:  # leaving it, also by Ctrl-C, waits for the frame being saved
        saving = None
        for number, frame in enumerate(loop, start):
            if saving:
                yield saving.result()
            saving = saver.submit(save, number, frame, last)
            last = frame
        if saving:
            yield saving.result()


def read_settings(folder):
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


def frame_files(folder):
    """Return the frames of a directory in order: list of (number, Path)."""
    files = [each for each in Path(folder).iterdir() if each.suffix in FORMATS and each.stem.isdecimal()]
    return sorted((int(each.stem), each) for each in files)


def _prepare(folder, settings, resume):
    """Make the directory, or find where to go on: (number of the next frame, last frame, the one before)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DreamError(f"cannot make the folder {folder}: {error.strerror}") from error
    remove_leftovers(folder)
    if not resume:
        if frame_files(folder) or (folder / STATE).exists():
            raise DreamError(f"{folder} holds frames already; add --resume to go on with them, or name another folder")
        return 0, None, None
    if not (folder / SETTINGS).exists():
        return 0, None, None
    before = read_settings(folder)
    for key, value in settings.items():
        if before.get(key) != value:
            difference = _difference(key, before.get(key), value)
            raise DreamError(f"{folder} was made with another {difference}; use the same, or another folder")
    if not (folder / STATE).exists():
        return 0, None, None
    try:
        with np.load(folder / STATE) as state:
            number, frame, previous = int(state["number"]), state["frame"], state["previous"]
    except (OSError, ValueError, KeyError) as error:
        raise DreamError(f"{folder / STATE} is damaged; start again in another folder") from error
    return number + 1, frame, previous if previous.size else None


def _difference(key, before, now):
    if isinstance(before, dict) and isinstance(now, dict):
        inner = next(each for each in now if before.get(each) != now[each])
        return f"{inner}: {before.get(inner)}, now {now[inner]}" if key == "parameters" else f"{inner} of the {key}"
    return key if key in ("guide", "mask") else f"{key}: {before}, now {now}"


def _settings_text(settings):
    packages = {}
    for name in ("torch", "numpy", "scipy", "pillow"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "unknown"
    notes = {"program": _program(), **settings, "versions": {"python": platform.python_version(), **packages}}
    return (json.dumps(notes, indent=2, ensure_ascii=False) + "\n").encode()


def _program():
    return f"dreamcore {dreamcore.__version__}"


def _digest(*arrays):
    digest = sha256()
    for array in arrays:
        if array is not None:
            digest.update(np.ascontiguousarray(array, np.float32).tobytes())
    return digest.hexdigest()

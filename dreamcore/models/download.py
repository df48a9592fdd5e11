"""Download a published model, checked before it gets its name."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.files import check_room, file_hash
from dreamcore.locks import only_run
from dreamcore.models.finding import user_folder
from dreamcore.models.hashing import is_published
from dreamcore.models.known import KNOWN, File, Model
from dreamcore.models.transfer import bring
from dreamcore.models.unpacking import PARTIAL, unpack

_MOST_BYTES = {".prototxt": 1 << 24, "": 1 << 32}  # of a file whose size is not known, by its suffix


def fetch(
    name: str,
    folder: str | os.PathLike | None = None,
    *,
    say: Callable[[str], Any] | None = None,
    bar: bool = False,
    unverified: bool = False,
) -> Path:
    """Download a known model into the user's data folder.

    Files arrive in a hidden folder beside the final one, where one call works at a time; they are checked against
    their published sizes and hashes, read, and get the model's name in one step. What came before a failure stays in
    the hidden folder, and the next call goes on from there. Where a model has several sources, they are asked in turn.

    Parameters
    ----------
    name : str
        One of the known models.
    folder : str or Path, optional
        The folder that holds models' folders; by default the user's data folder.
    say : callable, optional
        Takes a line of text for each thing done.
    bar : bool
        Show a progress bar for each file on stderr.
    unverified : bool
        Fetch also files whose hash nobody published, so that nobody can tell whether they are the right ones.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    DreamError
        For an unknown name, servers that cannot be reached, a file that is not the published one, a full disk, another
        call that fetches the same.

    Examples
    --------
    >>> dreamcore.models.fetch("squeezenet_v1.1")                            # doctest: +SKIP
    PosixPath('/home/you/.local/share/dreamcore/models/squeezenet_v1.1')
    """
    say = say or str
    known = _fetchable(name)
    target = (Path(folder) if folder else user_folder()) / name
    if _is_there(target):
        say(f"{target} is already there")
        return target
    _refuse_unknown_hashes(name, known, unverified)
    partial = target.with_name(f".{name}.part")
    ready = partial / "ready"  # whole files, until all are here
    try:
        ready.mkdir(parents=True, exist_ok=True)
        with only_run(partial):
            if not _is_there(target):  # another call may have brought it meanwhile
                check_room(partial, _still_to_come(known, partial))
                for file in known.files:
                    _fetch_file(file, partial, say, bar)
                _check_readable(ready)
                _make_durable(ready)
                os.replace(ready, target)
    except OSError as error:
        raise DreamError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        for each in (ready, partial):
            with suppress(OSError):
                each.rmdir()  # fails where something waits in there for the next call
    return target


def _fetchable(name: str) -> Model:
    fetchable = [each for each, model in KNOWN.items() if model.files]
    if name not in fetchable:
        raise NotAllowed(f"no known model {name!r}{nearest(name, fetchable)}; known: {', '.join(fetchable)}")
    return KNOWN[name]


def _is_there(target: Path) -> bool:
    try:
        names = os.listdir(target)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DreamError(f"cannot write {target}: {error.strerror or error}") from error
    if names and not any(name.endswith(".caffemodel") for name in names):
        raise DreamError(f"{target} is there and holds no weights: move it away, or fetch into another folder")
    return bool(names)


def _refuse_unknown_hashes(name: str, known: Model, unverified: bool) -> None:
    unknown = [file.name for file in known.files if not file.hash]
    if unknown and not unverified:
        wanted = f"nobody can tell whether what comes is right; --unverified fetches {name} all the same"
        raise DreamError(f"nobody published a hash of {', '.join(unknown)}: {wanted}")


def _still_to_come(known: Model, partial: Path) -> int:
    """Return the bytes that the files which are missing take, an archive and what is in it."""
    missing = [file for file in known.files if not _is_ready(file, partial)]
    wanted = sum(file.size * (2 if file.members else 1) for file in missing)
    return wanted - sum(part.stat().st_size for file in missing if (part := _part(file, partial)).exists())


def _part(file: File, partial: Path) -> Path:
    return partial / f"{file.name}{PARTIAL}"


def _is_ready(file: File, partial: Path) -> bool:
    return all((partial / "ready" / name).exists() for name in file.members.values() or (file.name,))


def _fetch_file(file: File, partial: Path, say: Callable[[str], Any], bar: bool) -> None:
    if _is_ready(file, partial):
        return
    part = _part(file, partial)
    if not file.hash:
        part.unlink(missing_ok=True)  # nobody could tell whether what comes belongs to what is there
    failures = []
    for url in (file.url, *file.mirrors):
        say(f"fetching {url}")
        try:
            _bring_checked(file, url, part, bar)
            break
        except DreamError as error:
            failures.append(f"{url}: {error}")
    else:
        raise DreamError(f"cannot fetch {'; nor '.join(failures)}")
    if not file.hash:
        say(f"no hash is published for {file.name}; what came has sha256 {file_hash(part)}")
    if file.members:
        try:
            unpack(part, file.members, partial / "ready")
        finally:
            part.unlink()
    else:
        part.replace(partial / "ready" / file.name)


def _bring_checked(file: File, url: str, part: Path, bar: bool) -> None:
    """Fetch a file; where what had come before turns out not to be its beginning, fetch it anew."""
    most = file.size or _MOST_BYTES.get(Path(file.name).suffix, _MOST_BYTES[""])
    for had_come in (part.exists(), False):
        bring(url, part, size=file.size, most=most, bar=bar)
        if is_published(part, file) is not False:
            return
        part.unlink()
        if not had_come:
            raise DreamError(f"what it sent is not the published file, which has {file.hash}")


def _check_readable(folder: Path) -> None:
    """Read both files: a server may send a page of regrets with status 200, or end early without saying so."""
    from dreamcore.caffe_format import read_network

    (prototxt,), (caffemodel,) = folder.glob("*.prototxt"), folder.glob("*.caffemodel")
    try:
        read_network(prototxt, caffemodel)
    except DreamError:
        prototxt.unlink()
        caffemodel.unlink()
        raise


def _make_durable(folder: Path) -> None:
    for path in folder.iterdir():
        with open(path, "rb+") as file:
            os.fsync(file.fileno())

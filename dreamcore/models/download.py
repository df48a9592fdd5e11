"""Download a published model, checked before it gets its name."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, nearest
from dreamcore.models.finding import user_folder
from dreamcore.models.known import KNOWN, File


def fetch(
    name: str,
    folder: str | os.PathLike | None = None,
    *,
    say: Callable[[str], Any] | None = None,
    bar: bool = False,
) -> Path:
    """Download a known model into the user's data folder.

    Files arrive in a hidden folder beside the final one, are checked against their published hashes, read, and get
    the model's name in one step. After a failure the files that were whole stay in the hidden folder, so that the next
    call goes on with the others.

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

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    DreamError
        For an unknown name, a server that cannot be reached, a file that is not the published one, a full disk.

    Examples
    --------
    >>> dreamcore.models.fetch("squeezenet_v1.1")                            # doctest: +SKIP
    PosixPath('/home/you/.local/share/dreamcore/models/squeezenet_v1.1')
    """
    say = say or str
    known = KNOWN.get(name)
    fetchable = [each for each, model in KNOWN.items() if model.files]
    if known is None or not known.files:
        raise DreamError(f"no known model {name!r}{nearest(name, fetchable)}; known: {', '.join(fetchable)}")
    target = (Path(folder) if folder else user_folder()) / name
    if any(target.glob("*.caffemodel")):
        say(f"{target} is already there")
        return target
    partial = target.with_name(f".{name}.part")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        for file in known.files:
            _fetch_file(file, partial, say, bar)
        _keep_finished(partial, known.files)
        _check_readable(partial)
        _make_durable(partial)
        os.replace(partial, target)
    except OSError as error:
        raise DreamError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            _keep_finished(partial, known.files)
            partial.rmdir()  # fails where files that came whole wait for the next call
    return target


def _fetch_file(file: File, folder: Path, say: Callable[[str], Any], bar: bool) -> None:
    import pooch

    if all((folder / name).exists() for name in _names(file)):
        return
    say(f"fetching {file.url}")
    _retrieve(file, folder, bar)
    if not file.hash:
        say(f"no hash is published for {file.name}; what came has sha256 {pooch.file_hash(str(folder / file.name))}")
    if file.members:
        _unpack(folder / file.name, file.members)


def _names(file: File) -> tuple[str, ...]:
    return tuple(file.members.values()) or (file.name,)


def _keep_finished(folder: Path, files: Iterable[File]) -> None:
    """Delete archives and what a download, this one or one that was killed, left unfinished."""
    finished = {name for file in files for name in _names(file)}
    for path in folder.iterdir():
        if path.name not in finished:
            path.unlink()


def _retrieve(file: File, folder: Path, bar: bool) -> None:
    import pooch
    from requests.exceptions import HTTPError, RequestException

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16)
    try:
        pooch.retrieve(file.url, file.hash or None, fname=file.name, path=folder, downloader=downloader)
    except HTTPError as error:
        said = f"{error.response.status_code} {error.response.reason}" if error.response is not None else str(error)
        raise DreamError(f"cannot fetch {file.url}: {said}") from error
    except RequestException as error:
        raise DreamError(f"cannot fetch {file.url}: {_reason(error)}") from error
    except ValueError as error:  # pooch's word for another hash
        raise DreamError(f"what {file.url} sent is not the published file, which has {file.hash}") from error


def _reason(error: Exception) -> str:
    """Say in a few words what requests wraps in several layers of exceptions."""
    text = str(error)
    for sign, words in {
        "NameResolution": "no such server, or no network",
        "refused": "the server refuses connections",
        "Incomplete": "the connection was cut",
        "timed out": "the server does not answer",
    }.items():
        if sign in text:
            return words
    return text.splitlines()[0]


def _unpack(archive: Path, members: Mapping[str, str]) -> None:
    """Take the wanted files out of an archive, by their last names."""
    try:
        with tarfile.open(archive) as tar:
            files = {Path(each.name).name: each for each in tar if each.isfile()}
            for member, name in members.items():
                content = tar.extractfile(files[member]) if member in files else None
                if content is None:
                    raise DreamError(f"{archive.name} holds no {member}")
                part = archive.with_name(f"tmp-{name}")
                with content as source, open(part, "wb") as copy:
                    shutil.copyfileobj(source, copy)
                part.rename(archive.with_name(name))
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DreamError(f"{archive.name} is damaged: {error}") from error


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

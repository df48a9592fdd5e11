"""One file over the network: never more of it than there is, never for ever, and on from where it broke off."""

from __future__ import annotations

import http
import threading
import time
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError
from dreamcore.files import check_room
from dreamcore.text import size_text

_LEAST = 1000  # bytes a second, looked at over _WINDOW seconds
_WINDOW = 30.0
_ANSWER = 60.0  # seconds until a server must have answered, redirections included
_CONNECT, _SILENCE = 10.0, 30.0  # seconds
_TRIES = 3  # one after another that bring nothing new
_BLOCK = 1 << 16
_HEADERS = {"Accept-Encoding": "identity"}  # the hashes are those of the files as they are


def bring(url: str, path: Path, *, size: int, most: int, bar: bool = False) -> None:
    """Write what a server sends to a file, going on where that file ends.

    Parameters
    ----------
    url : str
    path : Path
        What is there already is taken for the beginning of it; whether that is so is for the caller to check.
    size : int
        Bytes that it must have; 0 where that is not known.
    most : int
        Bytes that it may have at most.
    bar : bool
        Show a progress bar on stderr.

    Raises
    ------
    DreamError
        When the server cannot be reached, has no such file, has another one by its length, is too slow, or the
        connection breaks again and again.
    OSError
        When the file cannot be written.
    """
    if size and _length(path) > size:
        path.unlink()
    pace, best, failures = _Pace(), _length(path), 0
    first, meter = best, _Meter(bar, size, path.name)
    try:
        while not (size and _length(path) == size):
            try:
                return _receive(url, path, size, most, pace, meter)
            except _Cut as error:
                pace.count(0)
                failures = 0 if _length(path) > best else failures + 1
                best = max(best, _length(path))
                if best == first or failures >= _TRIES:  # nothing has come at all, or nothing more comes
                    raise DreamError(f"{error}") from error
    finally:
        meter.close()


class _Cut(Exception):
    """A connection that failed before everything had come."""


class _Pace:
    """Refuses to wait for what comes too slowly."""

    def __init__(self) -> None:
        self.since, self.bytes = time.monotonic(), 0

    def count(self, more: int) -> None:
        self.bytes += more
        passed = time.monotonic() - self.since
        if passed >= _WINDOW:
            if self.bytes < _LEAST * passed:
                raise DreamError(f"it comes too slowly: {size_text(self.bytes)} in {passed:.0f} seconds")
            self.since, self.bytes = time.monotonic(), 0


class _Meter:
    """A progress bar, or none."""

    def __init__(self, is_shown: bool, size: int, name: str) -> None:
        self.bar: Any = None
        if is_shown:
            from tqdm import tqdm

            self.bar = tqdm(total=size or None, unit="B", unit_scale=True, desc=name)

    def at(self, done: int) -> None:
        if self.bar is not None:
            self.bar.update(done - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receive(url: str, path: Path, size: int, most: int, pace: _Pace, meter: _Meter) -> None:
    have = _length(path)
    with _answer(url, have) as response:
        if have and response.status_code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            path.unlink()
            raise _Cut("the server has less than had come before")
        if response.status_code >= 400:
            raise DreamError(_status(response.status_code))
        done = have if _goes_on(response, have) else 0
        announced = _announced(response)
        wanted = size or (announced and done + announced)
        _refuse_length(done + announced if announced else 0, size, most)
        check_room(path.parent, wanted - done)
        with open(path, "r+b" if done else "wb") as file:
            file.truncate(done)
            file.seek(done)
            for block in _blocks(response):
                done += len(block)
                if done > (size or most):
                    file.truncate(0)
                    raise DreamError(f"it sends more than {size_text(size or most)}, which is all there is, or may be")
                file.write(block)
                pace.count(len(block))
                meter.at(done)
    if done < wanted:
        raise _Cut(f"the connection was cut after {size_text(done)} of {size_text(wanted)}")


def _answer(url: str, have: int) -> Any:
    """Ask for a file, or for the rest of it; give up when the answer, not the file, takes too long."""
    answers: list[Any] = []

    def ask() -> None:
        import requests

        headers = {**_HEADERS, **({"Range": f"bytes={have}-"} if have else {})}
        session = requests.Session()
        session.max_redirects = 10
        try:
            answers.append(session.get(url, stream=True, timeout=(_CONNECT, _SILENCE), headers=headers))
        except Exception as error:  # whatever it is, the one who waits says it
            answers.append(error)

    asking = threading.Thread(target=ask, daemon=True)  # a header that comes letter by letter holds nobody up
    asking.start()
    asking.join(_ANSWER)
    answer = answers[0] if answers else TimeoutError("timed out")
    if isinstance(answer, Exception):
        raise _Cut(_reason(answer)) from answer
    return answer


def _goes_on(response: Any, have: int) -> bool:
    """Tell whether a server sends the rest; one that does not know ranges begins anew."""
    sent = response.headers.get("Content-Range", "")
    return bool(have) and response.status_code == http.HTTPStatus.PARTIAL_CONTENT and sent.startswith(f"bytes {have}-")


def _announced(response: Any) -> int:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _refuse_length(announced: int, size: int, most: int) -> None:
    if announced and size and announced != size:
        raise DreamError(f"it announces {announced} bytes, the published file has {size}")
    if announced > most:
        raise DreamError(f"it announces {size_text(announced)}, such a file has at most {size_text(most)}")


def _blocks(response: Any) -> Any:
    """Yield what comes, as it comes: no block is waited for to be full, so that the pace is seen."""
    from urllib3.exceptions import HTTPError

    try:
        while block := response.raw.read1(_BLOCK, decode_content=False):
            yield block
    except (HTTPError, OSError) as error:
        raise _Cut(_reason(error)) from error


def _status(code: int) -> str:
    known = {each.value: each.phrase for each in http.HTTPStatus}  # not the server's own words, which may be anything
    return f"{code} {known.get(code, '')}".strip()


def _reason(error: Exception) -> str:
    """Say in a few words what is wrapped in several layers of exceptions."""
    text = str(error)
    for sign, words in {
        "NameResolution": "no such server, or no network",
        "refused": "the server refuses connections",
        "Incomplete": "the connection was cut",
        "aborted": "the connection was cut",
        "broken": "the connection was cut",
        "reset": "the connection was cut",
        "timed out": "the server does not answer",
        "certificate": "the server's certificate cannot be trusted",
        "redirects": "the server sends from one address to the next without an end",
    }.items():
        if sign in text:
            return words
    return "".join(each for each in text.partition("\n")[0][:200] if each.isprintable()) or type(error).__name__

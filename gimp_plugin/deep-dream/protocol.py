"""Messages over a pipe, for both of its ends: one line of JSON, then as many raw bytes as its "bytes" says.

docs/worker.md says which messages there are. This file is all that the plug-in and the worker share, and it needs the
standard library only: GIMP's Python has no other.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

VERSION = 2
LONGEST_LINE = 1 << 20
MOST_BYTES = 1 << 36  # that may follow a line
STRIP = 4 << 20  # bytes of a picture that travel at once, so that neither side needs a second copy of a large one
FORMATS = {"RGBA u8": 4, "RGBA float": 16, "Y u8": 1}  # bytes of a pixel


class ProtocolError(Exception):
    """The other side sent something that is no message, or stopped in the middle of one."""


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytearray] | None:
    r"""Return the next message and the bytes that follow it, or None at a clean end of `stream`.

    Raises
    ------
    ProtocolError
        When what comes is no message, or ends in the middle of one.

    Examples
    --------
    >>> import io
    >>> read(io.BytesIO(b'{"do": "hello", "bytes": 2}\nab'))
    ({'do': 'hello', 'bytes': 2}, bytearray(b'ab'))
    """
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    size = message.get("bytes", 0) if isinstance(message, dict) else -1
    if not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
        raise ProtocolError(f"not a message: {line[:80]!r}")
    if not line.endswith(b"\n"):
        raise ProtocolError(f"not a whole message: {line[:80]!r}")
    data = bytearray()  # which grows with what comes, not with what is announced
    while len(data) < size:
        piece = stream.read(min(STRIP, size - len(data)))
        if not piece:
            raise ProtocolError(f"the message ended after {len(data)} of its {size} bytes")
        data += piece
    return message, data


def header(message: dict[str, Any], size: int = 0) -> bytes:
    r"""Return the line of a message that `size` bytes follow.

    Examples
    --------
    >>> header({"do": "dream"}, 3)
    b'{"do": "dream", "bytes": 3}\n'
    """
    return json.dumps({**message, "bytes": size} if size else message).encode() + b"\n"


def write(stream: BinaryIO, message: dict[str, Any], data: Any = b"") -> None:
    r"""Write a message and the bytes-like `data` that belongs to it.

    Examples
    --------
    >>> import io
    >>> stream = io.BytesIO()
    >>> write(stream, {"say": "ok"})
    >>> stream.getvalue()
    b'{"say": "ok"}\n'
    """
    view = memoryview(data).cast("B")
    stream.write(header(message, view.nbytes))
    stream.write(view)
    stream.flush()


def size_of(width: int, height: int, format: str) -> int:
    """Return how many bytes a picture takes; they come row after row.

    Examples
    --------
    >>> size_of(2, 3, "RGBA float")
    96
    """
    return width * height * FORMATS[format]

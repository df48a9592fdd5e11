"""Messages over a pipe: one line of JSON, then as many raw bytes as its "bytes" says.

Pixels travel as "RGBA u8" (0..255), "RGBA float" (0..1, little endian) or "Y u8" (a mask), row after row.
"""

import json

import numpy as np

VERSION = 1
LONGEST_LINE = 1 << 20
FORMATS = {"RGBA u8": (4, np.dtype("u1")), "RGBA float": (4, np.dtype("<f4")), "Y u8": (1, np.dtype("u1"))}


class ProtocolError(Exception):
    """The other side sent something that is no message, or stopped in the middle of one."""


def read(stream):
    """Return the next ``(message, bytes)``, or None at a clean end of ``stream``.

    >>> import io
    >>> read(io.BytesIO(b'{"do": "hello", "bytes": 2}\\nab'))
    ({'do': 'hello', 'bytes': 2}, bytearray(b'ab'))
    """
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    try:
        message = json.loads(line)
        size = int(message.get("bytes", 0))
    except (ValueError, AttributeError, TypeError):
        raise ProtocolError(f"not a message: {line[:80]!r}") from None
    if not line.endswith(b"\n") or size < 0:
        raise ProtocolError(f"not a whole message: {line[:80]!r}")
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        count = stream.readinto(view[got:])
        if not count:
            raise ProtocolError(f"the message ended after {got} of its {size} bytes")
        got += count
    return message, data


def write(stream, message, data=b""):
    """Write ``message``, a dict, and the bytes-like ``data`` that belongs to it.

    >>> import io
    >>> stream = io.BytesIO()
    >>> write(stream, {"say": "ok"})
    >>> stream.getvalue()
    b'{"say": "ok"}\\n'
    """
    data = memoryview(data).cast("B")
    if data.nbytes:
        message = {**message, "bytes": data.nbytes}
    stream.write(json.dumps(message).encode() + b"\n")
    stream.write(data)
    stream.flush()


def unpack(data, width, height, format):
    """Return the pixels in ``data`` as an array (height, width, channels) without a copy."""
    channels, dtype = FORMATS[format]
    return np.frombuffer(data, dtype, width * height * channels).reshape(height, width, channels)


def size_of(width, height, format):
    """Return how many bytes a picture takes.

    >>> size_of(2, 3, "RGBA float")
    96
    """
    channels, dtype = FORMATS[format]
    return width * height * channels * dtype.itemsize

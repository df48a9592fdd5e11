"""MP4 and WebM, through PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationError
from wand_tools.pixels import without_alpha
from wand_tools.workers import Pool
from wand_tools.writers.sound_track import SoundTrack

_CODECS = {"mp4": "libx264", "webm": "libvpx-vp9"}
_RATE_FACTOR = {"mp4": {"normal": 20, "best": 14}, "webm": {"normal": 30, "best": 22}}
_CLOCK = Fraction(1, 90000)
_LONGEST = 20_000  # seconds, whose ticks fit into 31 bits


def write_video(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write an MP4 or WebM; yield the bytes of pictures so far after each frame. Odd sides grow by a pixel."""
    import av  # an extra; the row in formats.py says what to install

    kind, quality = assembly.format, assembly.look.quality
    options = {"crf": str(_RATE_FACTOR[kind][quality])}
    options |= {"preset": "medium"} if kind == "mp4" else {"b": "0", "row-mt": "1", "cpu-used": "4"}
    container = av.open(file.name, "w", format=kind, options={"movflags": "faststart"} if kind == "mp4" else {})
    if assembly.notes:
        container.metadata["comment"] = assembly.notes
    try:
        stream: Any = container.add_stream(_CODECS[kind], options=options, rate=25)
    except (av.FFmpegError, ValueError) as error:
        raise AnimationError(f"this PyAV cannot write {kind} ({error})") from None
    stream.width, stream.height = (side + side % 2 for side in assembly.size)
    stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", _CLOCK, _CLOCK
    with _encoding(kind):
        track = None if assembly.sound is None else SoundTrack(container, assembly.sound, kind)
        elapsed, written = Fraction(0), 0
        lengths: dict[int, int] = {}
        for frame, duration in zip(assembly.frames(), assembly.durations(), strict=False):
            if duration > _LONGEST:
                raise AnimationError(f"a frame lasts {float(duration):g} s: a video's has at most {_LONGEST}")
            picture, _ = without_alpha(frame.read(), assembly.look.matte or (0, 0, 0))
            height, width = picture.shape[:2]
            picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            image = av.VideoFrame.from_ndarray(picture, format="rgb24")
            image.pts, image.time_base = int(elapsed / _CLOCK), _CLOCK
            lengths[image.pts] = int((elapsed + duration) / _CLOCK) - image.pts
            elapsed += duration
            written += _mux(container, stream.encode(image), lengths)
            if track:
                track.play_until(elapsed)
            yield written
        _mux(container, stream.encode(), lengths)
        if track:
            track.end()
        container.close()


@contextmanager
def _encoding(kind: str) -> Iterator[None]:
    """Say in one line what a codec refuses; a full disk is said as for any other file."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise AnimationError(f"this PyAV cannot write such {kind} ({error.strerror})") from error


def _mux(container: Any, packets: Iterable[Any], lengths: dict[int, int]) -> int:
    """Put pictures into the file, as they come out of the encoder; return their bytes."""
    written = 0
    for packet in packets:
        written += packet.size
        packet.duration = lengths.pop(packet.pts, packet.duration)
        container.mux(packet)
    return written

"""The sound of a video, through PyAV: read from any file that has one, cut where the pictures end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from dreamcore.rasters import VIDEO_OPTIONS
from wand_tools.errors import AnimationError

_CODECS = {"mp4": "aac", "webm": "libopus"}
_LAYOUTS = {1: "mono", 2: "stereo"}
_RATE = 48000  # samples a second, which both codecs know
_BITS = 80_000  # a second and channel
_SOUNDS = "wav,w64,flac,mp3,ogg,aac,aiff,au,caf"
_OPTIONS = {**VIDEO_OPTIONS, "format_whitelist": f"{_SOUNDS},{VIDEO_OPTIONS['format_whitelist']}"}


class SoundTrack:
    """The sound of a video that is being written.

    Parameters
    ----------
    container : av.container.OutputContainer
        Nothing has been written to it yet.
    path : Path
        Of the sound.
    kind : {"mp4", "webm"}
    """

    def __init__(self, container: Any, path: Path, kind: str) -> None:
        self.container, self._channels = container, channels_of(path)
        self._stream = container.add_stream(_CODECS[kind], rate=_RATE, layout=_LAYOUTS[self._channels])
        self._stream.bit_rate = _BITS * self._channels
        self._samples = samples(path, self._channels)
        self._waiting = np.zeros((1, 0), np.int16)
        self._written = 0

    def play_until(self, seconds: Fraction) -> None:
        """Write what is heard up to a time."""
        wanted = int(seconds * _RATE) - self._written
        while self._waiting.shape[1] < self._channels * wanted:
            more = next(self._samples, None)
            if more is None:
                break
            self._waiting = np.hstack([self._waiting, more])
        now, self._waiting = np.split(self._waiting, [self._channels * max(wanted, 0)], axis=1)
        if now.shape[1]:
            import av

            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(now), "s16", _LAYOUTS[self._channels])
            frame.sample_rate, frame.pts, frame.time_base = _RATE, self._written, Fraction(1, _RATE)
            self._written += frame.samples
            self.container.mux(self._stream.encode(frame))

    def end(self) -> None:
        """Write what the codec still holds."""
        self.container.mux(self._stream.encode(None))
        self._samples.close()


def channels_of(path: Path) -> int:
    """Return how many channels a sound is played on: 1 or 2.

    Raises
    ------
    AnimationError
        When a file has no sound that can be read.
    """
    with _opened(path) as file:
        first = next(file.decode(audio=0), None)
        if first is None:
            raise AnimationError(f"{path}: there is no sound in this file")
        return min(len(first.layout.channels), 2)


def check_sound(path: Path) -> None:
    """Raise an AnimationError where a file has no sound that can be read, from its beginning to its end."""
    for _ in samples(path, channels_of(path)):
        pass


def samples(path: Path, channels: int) -> Generator[np.ndarray, None, None]:
    """Yield the samples of a sound file, int16 (1, channels * N), those of a moment side by side, 48000 a second."""
    import av  # an extra; the row in formats.py says what to install

    with _opened(path) as file:
        resampler = av.AudioResampler("s16", _LAYOUTS[channels], _RATE)
        for frame in file.decode(audio=0):
            yield from (each.to_ndarray() for each in resampler.resample(frame))
        yield from (each.to_ndarray() for each in resampler.resample(None))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file that has a sound; what is wrong with it, also later, is one line."""
    import av

    if not path.is_file():  # a pipe would be waited for
        raise AnimationError(f"{path}: there is no such file")
    try:
        with av.open(str(path), options=_OPTIONS) as file:
            if not file.streams.audio:
                raise AnimationError(f"{path}: there is no sound in this file")
            yield file
    except (av.FFmpegError, ValueError) as error:
        raise AnimationError(f"{path} is no sound that can be read: {getattr(error, 'strerror', error)}") from None

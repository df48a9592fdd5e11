"""A sound file becomes how loud its bands are, and how much begins, some ninety times a second.

It is read block by block: memory grows by a few numbers for each column, not by the samples.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.extras import SOUNDFILE
from dreamcore.files import file_hash, open_named

Span: TypeAlias = tuple[float, float]  # hertz

_BAND = 0.0929  # seconds of a window that tells 40 Hz from 60: 4096 samples of 44100
_ONSET = 0.0232  # seconds of one that tells when something begins
_HOPS = 8  # columns in the time of a long window
_BLOCK = 1 << 17  # samples
_SHORTEST = 0.1  # seconds
_SLOWEST, _FASTEST = 2000, 400_000  # samples a second
# How files begin that are handed to libsndfile, which knows rarer ones, less well tried.
_BEGINNINGS = (b"RIFF", b"RF64", b"riff", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd")
_LOUDEST = 1e6  # of samples that are usually 1 at most; beyond, their squares leave the range of numbers
_COMPRESSION = 1000  # of magnitudes, so that quiet beginnings count


@dataclass(frozen=True, eq=False)
class Sound:
    """What is heard in a sound.

    Attributes
    ----------
    seconds : float
    rate : float
        Columns a second; column k is around the time k / rate.
    bands : dict of (float, float) to ndarray
        For each span of hertz how loud it is in each column: the root of its power.
    onsets : ndarray
        How much begins in each column.
    """

    seconds: float
    rate: float
    bands: dict[Span, np.ndarray]
    onsets: np.ndarray

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard at all."""
        return not self.onsets.any()


def content_of(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a sound file."""
    open_named(path).close()  # says in one line what hinders
    return file_hash(path)


def listen(path: str | os.PathLike, spans: Iterable[Span]) -> Sound:
    """Listen to a sound file.

    Parameters
    ----------
    path : str or Path
        WAV, FLAC, OGG, MP3, AIFF, CAF or AU. All its channels count alike.
    spans : iterable of (float, float)
        Bands to listen to, in hertz.

    Returns
    -------
    Sound

    Raises
    ------
    DreamError
        When it is no sound, too short, or the package that reads sounds is not there.
    """
    soundfile = SOUNDFILE.load(path)
    with open_named(path) as file:
        _check_beginning(file, path)
    try:
        with soundfile.SoundFile(os.fspath(path)) as sound:  # by its name: what a Python file raises is printed
            if not _SLOWEST <= sound.samplerate <= _FASTEST:
                raise ValueError(f"{sound.samplerate} samples a second are not {_SLOWEST} to {_FASTEST}")
            size = max(1, _BLOCK // sound.channels)
            return _heard(map(_mono, _blocks(sound, size)), sound.samplerate, list(spans), path)
    except (soundfile.SoundFileError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).removeprefix("Error opening ").partition(": ")[2] or str(error)
        raise DreamError(f"{path} is no sound that can be read: {reason}") from None


def _check_beginning(file: BinaryIO, path: str | os.PathLike) -> None:
    head = file.read(4)
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0  # of an MP3 without a title
    if not head.startswith(_BEGINNINGS) and not is_frame:
        raise DreamError(f"{path} is no sound that can be read; allowed are WAV, FLAC, OGG, MP3, AIFF, CAF and AU")


def _blocks(sound: Any, size: int) -> Iterator[np.ndarray]:
    """Yield what comes; soundfile's own blocks are as long as announced, and hold any numbers where a file is cut."""
    while len(block := sound.read(size, dtype="float32", always_2d=True)):
        yield block


def _mono(block: np.ndarray) -> np.ndarray:
    if not (np.abs(block) <= _LOUDEST).all():
        raise ValueError("it holds what is no number, or none of a sound")
    return block.mean(axis=1)


def _heard(blocks: Iterable[np.ndarray], rate: int, spans: Sequence[Span], path: str | os.PathLike) -> Sound:
    long, short = (1 << round(np.log2(max(rate * seconds, 16))) for seconds in (_BAND, _ONSET))
    hop = long // _HOPS
    bands, onsets = Columns(rate, long, hop), Columns(rate, short, hop)
    loud, begun, total = [], [], 0
    before, alike = np.zeros((short // 2 + 1, 1)), _octaves_alike(short // 2 + 1)
    for samples in chain(blocks, [np.zeros(long, np.float32)]):  # an end, for windows around the last samples
        total += len(samples)
        powers = bands.add(samples) ** 2
        loud.append(np.array([np.sqrt(powers[bands.within(span)].sum(axis=0)) for span in spans]))
        magnitudes = np.hstack([before, np.log1p(_COMPRESSION * onsets.add(samples))])
        begun.append(alike @ np.maximum(np.diff(magnitudes), 0))
        before = magnitudes[:, -1:]
    seconds = (total - long) / rate
    if seconds < _SHORTEST:
        raise DreamError(f"{path} lasts {seconds:.2g} s; a sound of {_SHORTEST} s or more is needed")
    count = int(seconds * rate / hop) + 1
    table: Sequence[np.ndarray] = [*np.hstack(loud)[:, :count]] if spans else []
    return Sound(seconds, rate / hop, dict(zip(spans, table, strict=True)), np.concatenate(begun)[:count])


def _octaves_alike(count: int) -> np.ndarray:
    """Return weights of frequencies that let each octave count as much: else the cymbals' many would drown the drum."""
    return np.array([0, *1 / np.arange(1, count)])


class Columns:
    """A short-time Fourier transform of samples that come block by block.

    Parameters
    ----------
    rate : int
        Samples a second.
    window, hop : int
        Samples of a window, and from one to the next. Column k is around sample ``k * hop``.

    Examples
    --------
    >>> columns = Columns(8000, window=64, hop=16)
    >>> tone = np.sin(2 * np.pi * 1000 / 8000 * np.arange(400))
    >>> magnitudes = np.hstack([columns.add(tone[:150]), columns.add(tone[150:])])
    >>> magnitudes.shape, float(magnitudes[:, 9].round(2).max()), int(magnitudes[:, 9].argmax())
    ((33, 24), 0.5, 8)
    """

    def __init__(self, rate: int, window: int, hop: int) -> None:
        self.rate, self.window, self.hop = rate, window, hop
        self._left = np.zeros(window // 2, np.float32)

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Return the magnitudes, (frequencies, columns), of all whole windows up to the end of some more samples."""
        from scipy.signal import stft  # most sequences are silent

        samples = np.concatenate([self._left, samples])
        count = max(0, (len(samples) - self.window) // self.hop + 1)
        self._left = samples[count * self.hop :]
        if not count:
            return np.zeros((self.window // 2 + 1, 0))
        samples = samples[: (count - 1) * self.hop + self.window]
        overlap = self.window - self.hop
        _, _, columns = stft(samples, self.rate, "hann", self.window, overlap, boundary=None, padded=False)
        return np.abs(columns).astype(np.float64)  # whose squares stay numbers

    def within(self, span: Span) -> np.ndarray:
        """Return the numbers of the frequencies within a span; where it is narrower than they lie, the nearest one."""
        frequencies = np.arange(self.window // 2 + 1) * self.rate / self.window
        inside = np.flatnonzero((frequencies >= span[0]) & (frequencies <= span[1]))
        if len(inside) or span[0] > frequencies[-1]:
            return inside
        return np.array([np.abs(frequencies - sum(span) / 2).argmin()])

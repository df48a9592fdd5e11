"""Where the beats of a sound are, from how much begins at each moment.

The tempo is where the onsets are most like themselves a moment later, weighted by how likely people tap so fast; the
beats follow it by dynamic programming, and so go along when the music does not keep time. Both as in D. Ellis, "Beat
Tracking by Dynamic Programming", Journal of New Music Research 36 (2007).
"""

from __future__ import annotations

import numpy as np

from dreamcore.sound.listening import Sound

SLOWEST, FASTEST = 30, 300  # beats a minute
_USUAL = 120  # beats a minute, where people like to tap
_WIDTH = 1.0  # octaves around it
_TIGHTNESS = 100  # how much a beat that comes early or late must be worth
_LOCAL = 1.0  # seconds over which the usual amount of onsets is taken away


def find_tempo(sound: Sound) -> float:
    """Return the beats a minute of a sound; the usual ones where nothing ever begins.

    Examples
    --------
    >>> clicks = np.tile([1.0, *[0.0] * 39], 20)
    >>> find_tempo(Sound(10, 80, {}, clicks))
    120.0
    """
    onsets = _risen(sound)
    lags = np.arange(1, len(onsets))
    alike = _autocorrelation(onsets)[1:]
    with np.errstate(divide="ignore"):
        bpm = 60 * sound.rate / lags
    likely = np.exp(-0.5 * (np.log2(bpm / _USUAL) / _WIDTH) ** 2) * ((bpm >= SLOWEST) & (bpm <= FASTEST))
    score = alike * likely
    if not len(score) or score.max() <= 0:
        return float(_USUAL)
    best = int(score.argmax())
    return float(60 * sound.rate / (lags[best] + _peak(alike, best)))


def find_beats(sound: Sound, bpm: float = 0) -> np.ndarray:
    """Return the seconds of the beats of a sound, from the first one to beyond its end.

    Parameters
    ----------
    sound : Sound
    bpm : float
        Beats a minute where they are known: the beats then stand still at this tempo. 0 finds it and follows it.

    Examples
    --------
    >>> clicks = np.tile([0.0] * 5 + [1.0] + [0.0] * 34, 20)
    >>> find_beats(Sound(10, 80, {}, clicks))[:4].round(2).tolist()
    [0.06, 0.56, 1.06, 1.56]
    """
    onsets = _risen(sound)
    period = 60 / (bpm or find_tempo(sound))
    if bpm or not onsets.any():
        first = _phase(onsets, period * sound.rate) / sound.rate
        return first + period * np.arange(int((sound.seconds + period) / period) + 1)
    beats = _followed(onsets, period * sound.rate) / sound.rate
    step = float(np.median(np.diff(beats))) if len(beats) > 1 else period
    after = beats[-1] + step * np.arange(1, int((sound.seconds - beats[-1]) / step) + 2)
    return np.concatenate([beats, after])


def _risen(sound: Sound) -> np.ndarray:
    """Return onsets above what is usual around them, in units of their spread."""
    from scipy.ndimage import uniform_filter1d  # most sequences are silent

    onsets = np.asarray(sound.onsets, np.float64)
    onsets = np.maximum(onsets - uniform_filter1d(onsets, max(1, round(_LOCAL * sound.rate))), 0)
    spread = onsets.std()
    return onsets / spread if spread > 0 else np.zeros_like(onsets)


def _autocorrelation(values: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(values, 2 * len(values))
    return np.fft.irfft(np.abs(spectrum) ** 2)[: len(values)]


def _peak(values: np.ndarray, at: int) -> float:
    """Return how far the top of the parabola through three neighbours is from the middle one."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = values[at - 1 : at + 2]
    curve = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / curve, -0.5, 0.5)) if curve < 0 else 0.0


def _phase(onsets: np.ndarray, period: float) -> float:
    """Return where beats of one period must begin to meet the most onsets."""
    phases = np.arange(0, period, 0.5)
    columns = np.arange(len(onsets))
    met = [np.interp(np.arange(phase, len(onsets), period), columns, onsets).sum() for phase in phases]
    return float(phases[int(np.argmax(met))])


def _followed(onsets: np.ndarray, period: float) -> np.ndarray:
    """Return the columns of the beats that meet the most onsets at the steadiest steps."""
    from scipy.ndimage import gaussian_filter1d

    local = gaussian_filter1d(onsets, period / 32)
    steps = np.arange(round(period / 2), round(2 * period) + 1)[::-1]
    cost = -_TIGHTNESS * np.log(steps / period) ** 2
    total, previous = np.zeros(len(local)), np.full(len(local), -1)
    for at, here in enumerate(local):
        reached = at - steps
        scores = np.where(reached >= 0, total[np.maximum(reached, 0)], -np.inf) + cost
        best = int(scores.argmax())
        is_first = not scores[best] > 0  # nothing before it is worth a step
        total[at] = here + (0 if is_first else scores[best])
        previous[at] = -1 if is_first else reached[best]
    beats = [int(len(total) - 1 - total[::-1][: max(1, round(period))].argmax())]
    while previous[beats[-1]] >= 0:
        beats.append(int(previous[beats[-1]]))
    return np.array(beats[::-1])

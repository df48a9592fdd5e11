"""Sounds made of formulas, as WAV files that the standard library writes."""

import wave

import numpy as np

RATE = 22050


def write_wav(path, samples, rate=RATE):
    """Write samples in -1..1, (N,) or (N, channels), as a WAV file."""
    samples = np.asarray(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def tone(hertz, seconds, loudness=0.5):
    return loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def clicks(times, seconds, loudness=0.8):
    """Short bursts of noise at some times."""
    samples, rng = np.zeros(int(seconds * RATE)), np.random.default_rng(1)
    for time in times:
        start = int(time * RATE)
        burst = rng.uniform(-1, 1, 400) * np.exp(-np.arange(400) / 80)
        samples[start : start + 400] += loudness * burst[: len(samples) - start]
    return samples

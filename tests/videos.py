"""Videos as cameras and phones write them, made for the tests."""

from fractions import Fraction

import numpy as np
import pytest

CLOCK = Fraction(1, 600)


def write_video(path, frames, seconds=None, *, turned=0, sound=False, pix_fmt="yuv444p", between=2, shape=None):
    """Write an H.264 video, with frames between others unless `between` is 0; skip where that is not possible.

    Parameters
    ----------
    frames : sequence of (H, W, 3) uint8 ndarray
    seconds : sequence of Fraction, optional
        When each frame begins, and the end; 25 frames a second by default.
    turned : int
        Degrees against the clock that a player turns it by, as the flag of a phone says.
    shape : Fraction, optional
        Width of a pixel over its height.
    sound : bool
        Whether a tone of 440 Hz goes with it.
    """
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    times = seconds or [Fraction(number, 25) for number in range(len(frames) + 1)]
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": str(between), "crf": "12", "g": "12"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.time_base, stream.codec_context.time_base = pix_fmt, CLOCK, CLOCK
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        if turned:
            if not hasattr(stream, "set_display_rotation"):
                pytest.skip("this PyAV cannot write the flag of a turned camera")
            stream.set_display_rotation(turned)
        track = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for frame, time in zip(frames, times, strict=False):
            image = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            image.pts, image.time_base = int(time / CLOCK), CLOCK
            container.mux(stream.encode(image))
        container.mux(stream.encode())
        if track is not None:
            _write_tone(av, container, track, times[-1])
    return path


def _write_tone(av, container, track, seconds):
    count = int(seconds * 48000)
    tone = np.float32(0.3 * np.sin(2 * np.pi * 440 * np.arange(count) / 48000))
    for begin in range(0, count, 1024):
        frame = av.AudioFrame.from_ndarray(tone[None, begin : begin + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, begin, Fraction(1, 48000)
        container.mux(track.encode(frame))
    container.mux(track.encode())


def moving_picture(count=6, height=40, width=56, step=2):
    """Frames of a smooth picture that moves to the left, (H, W, 3) uint8."""
    rows, columns = np.mgrid[:height, : width + step * count]
    waves = [np.sin(rows / 3.1 + k) + np.cos(columns / 2.7 - k) + np.sin((rows + columns) / 5.3) for k in range(3)]
    wide = np.uint8(np.clip(127 + 40 * np.dstack(waves), 0, 255))
    return [wide[:, step * number : step * number + width].copy() for number in range(count)]

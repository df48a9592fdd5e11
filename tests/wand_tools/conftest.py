"""Small frames, and other programs to read what was written."""

import json
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageSequence
from scipy.ndimage import gaussian_filter

pytest.importorskip("wand.image", reason="the ImageMagick library is not installed", exc_type=ImportError)


def picture_frames(count, width=40, height=30, step=2):
    """Crops of one smooth coloured noise, moving to the right."""
    noise = gaussian_filter(np.random.default_rng(7).uniform(size=(height, width + step * count, 3)), (3, 3, 0))
    noise = ((noise - noise.min()) / (noise.max() - noise.min()) * 255).astype(np.uint8)
    return [noise[:, i * step : i * step + width].copy() for i in range(count)]


def save_frames(folder, frames, name="{}.png"):
    folder.mkdir(exist_ok=True)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / name.format(number))
    return folder


@pytest.fixture
def frames():
    return picture_frames(8)


@pytest.fixture
def folder(tmp_path, frames):
    return save_frames(tmp_path / "frames", frames)


def decoded(path, mode="RGB"):
    """Decode with Pillow."""
    with Image.open(path) as image:
        return [np.asarray(frame.convert(mode)) for frame in ImageSequence.Iterator(image)]


def by_imagemagick(path, size, mode="rgb"):
    program = shutil.which("convert-im6.q16") or shutil.which("magick") or shutil.which("convert-im6")
    if program is None:
        pytest.skip("ImageMagick's command line is not installed")
    raw = subprocess.run(
        [program, f"gif:{path}", "-coalesce", "-depth", "8", f"{mode}:-"], check=True, capture_output=True
    ).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], len(mode)))


def by_ffmpeg(path, size, mode="rgb24"):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", mode, "-"],
        check=True,
        capture_output=True,
    ).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], {"rgb24": 3, "rgba": 4}[mode]))


def ffprobe_times(path):
    """Seconds of each frame as ffprobe reads them."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-show_packets", "-of", "json", path], check=True, capture_output=True
    ).stdout
    return [Fraction(packet["duration_time"]) for packet in json.loads(text)["packets"]]


def error(got, wanted):
    """The largest mean difference over frames, after checking that there are as many."""
    assert len(got) == len(wanted)
    return max(np.abs(a.astype(int) - b).mean() for a, b in zip(got, wanted, strict=True))

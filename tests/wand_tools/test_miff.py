"""MIFF: nothing is lost on the way to ImageMagick."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from wand_tools import make_animation

PROGRAM = shutil.which("convert") or shutil.which("magick")
OPAQUE, CLEAR = (np.random.default_rng(1).integers(0, 256, (5, 7, channels), np.uint8) for channels in (3, 4))


@pytest.mark.skipif(PROGRAM is None, reason="ImageMagick's command is not installed")
def test_imagemagick_reads_pixels_alpha_times_and_plays(tmp_path):
    path = tmp_path / "a.miff"
    made = make_animation([OPAQUE, CLEAR, OPAQUE], path, durations=[0.035, 0.035, 7000], plays=3, jobs=1)
    assert (made.frames, made.bytes) == (3, path.stat().st_size)
    said = subprocess.run([PROGRAM, path, "-format", "%T ", "info:"], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["3", "4", "700000"]
    subprocess.run([PROGRAM, path, tmp_path / "%d.png"], check=True)
    for number, frame in enumerate([OPAQUE, CLEAR, OPAQUE]):
        with Image.open(tmp_path / f"{number}.png") as image:
            assert np.array_equal(np.asarray(image.convert("RGBA" if frame is CLEAR else "RGB")), frame)


@pytest.mark.skipif(PROGRAM is None, reason="ImageMagick's command is not installed")
def test_nothing_of_a_frame_is_seen_through_the_next(tmp_path):
    make_animation([OPAQUE, CLEAR], tmp_path / "a.miff", jobs=1)
    subprocess.run([PROGRAM, tmp_path / "a.miff", "-coalesce", tmp_path / "%d.png"], check=True)
    with Image.open(tmp_path / "1.png") as image:
        assert np.array_equal(np.asarray(image.convert("RGBA"))[..., 3], CLEAR[..., 3])


def test_a_matte_is_laid_behind_and_a_miff_is_an_animation_to_replace(tmp_path):
    for _ in range(2):
        make_animation([CLEAR], tmp_path / "a.miff", matte="white", jobs=1)
    assert b"matte=False" in (tmp_path / "a.miff").read_bytes()

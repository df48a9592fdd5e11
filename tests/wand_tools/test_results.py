"""Where results go: links, streams, and what may be replaced."""

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from tests.wand_tools.conftest import decoded, save_frames
from wand_tools import make_animation
from wand_tools.errors import AnimationError
from wand_tools.sheet import contact_sheet

GREYS = [np.full((6, 8, 3), 60 * n, np.uint8) for n in range(3)]


def wandgif(*arguments, **options):
    command = [sys.executable, "-m", "wand_tools", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, **options)


def shown(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.n_frames


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_written_through(tmp_path, there):
    link, real = tmp_path / "link.gif", tmp_path / "elsewhere" / "real.gif"
    real.parent.mkdir()
    if there:
        make_animation(GREYS[:2], real, jobs=1)
    link.symlink_to(real)
    make_animation(GREYS, link, jobs=1)
    assert link.is_symlink()
    assert len(decoded(real)) == 3
    assert [path.name for path in real.parent.iterdir()] == ["real.gif"]


@pytest.mark.skipif(os.name == "nt", reason="it has no such names")
@pytest.mark.parametrize(("out", "form", "wanted"), [("-", "gif", "GIF"), ("/dev/stdout", "webp", "WEBP")])
def test_standard_output_is_written_to(tmp_path, out, form, wanted):
    save_frames(tmp_path / "frames", GREYS)
    done = wandgif("make", tmp_path / "frames", out, "--format", form, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert shown(done.stdout) == (wanted, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_standard_input_is_a_source(tmp_path):
    make_animation(GREYS, tmp_path / "a.gif", jobs=1)
    done = wandgif("reverse", "-", tmp_path / "b.gif", "--jobs", 1, input=(tmp_path / "a.gif").read_bytes())
    assert done.returncode == 0, done.stderr
    assert [int(frame[0, 0, 0]) for frame in decoded(tmp_path / "b.gif")] == [120, 60, 0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no named pipes")
def test_a_named_pipe_is_written_to_and_stays(tmp_path):
    pipe, came = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    make_animation(GREYS, pipe, format="apng", jobs=1)
    reader.join()
    assert pipe.is_fifo()
    assert shown(came[0]) == ("PNG", 3)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="it has no full device")
def test_a_full_device_is_one_line(tmp_path):
    with pytest.raises(AnimationError, match="cannot write /dev/full: No space left"):
        make_animation(GREYS, "/dev/full", format="gif", jobs=1)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp"])
def test_a_picture_is_replaced_only_by_force(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    Image.fromarray(GREYS[1]).save(path)
    before = path.read_bytes()
    with pytest.raises(AnimationError, match="is no animation, and would be lost"):
        make_animation(GREYS, path, jobs=1)
    assert path.read_bytes() == before
    make_animation(GREYS, path, jobs=1, force=True)
    assert len(decoded(path)) == 3


@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp"])
@pytest.mark.parametrize("count", [1, 3])
def test_an_animation_is_made_again(tmp_path, suffix, count):
    for _ in range(2):
        make_animation(GREYS[:count], tmp_path / f"a{suffix}", jobs=1)


def test_a_sheet_is_made_again_but_replaces_no_picture(tmp_path):
    for _ in range(2):
        contact_sheet(GREYS, tmp_path / "sheet.png")
    Image.fromarray(GREYS[0]).save(tmp_path / "mine.png")
    with pytest.raises(AnimationError, match="would be lost"):
        contact_sheet(GREYS, tmp_path / "mine.png")

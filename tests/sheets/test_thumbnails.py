"""Thumbnails: kept as long as their frames are the same."""

import os
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.sheets import Entry, keep_thumbnails
from dreamcore.sheets.thumbnails import make_thumbnails, remove_stale
from tests.sheets.cells import picture, write_cells


def opened(data):
    image = Image.open(BytesIO(data))
    image.load()
    return image


def test_the_still_is_the_last_frame_and_the_animation_all_of_them():
    frames = [picture(1, frame, (40, 30)) for frame in range(3)]
    still, moving = map(opened, make_thumbnails(Entry(1, {}, frames, [5, 10, 15])))
    assert still.size == (40, 30) and abs(np.asarray(still, int)[9, 9] - picture(1, 2)[0, 0]).max() < 6
    assert moving.n_frames == 3 and moving.info["loop"] == 0


def test_a_long_sequence_is_thinned_and_takes_as_long():
    frames = [np.full((6, 8, 3), 3 * number, np.uint8) for number in range(80)]
    moving = opened(make_thumbnails(Entry(1, {}, frames, [4] * 80)).moving)
    times = []
    for number in range(moving.n_frames):
        moving.seek(number)
        moving.load()
        times.append(moving.info["duration"])
    assert moving.n_frames == 27 and sum(times) == 80 * 40


def test_one_frame_makes_no_animation(tmp_path):
    assert make_thumbnails(Entry(1, {}, [picture(1, 0)])).moving == b""


def test_thumbnails_are_made_once(tmp_path):
    (entry, *_) = write_cells(tmp_path)
    names = keep_thumbnails(tmp_path / "thumbnails", entry)
    before = [(tmp_path / "thumbnails" / name).stat().st_mtime_ns for name in names]
    assert keep_thumbnails(tmp_path / "thumbnails", entry) == names
    assert [(tmp_path / "thumbnails" / name).stat().st_mtime_ns for name in names] == before


def test_the_same_frames_have_the_same_names_wherever_and_whenever_they_were_written(tmp_path):
    one, other = (write_cells(tmp_path / name)[0] for name in ("one", "other"))
    os.utime(other.frames[0], (0, 0))
    assert keep_thumbnails(tmp_path / "one/thumbnails", one) == keep_thumbnails(tmp_path / "other/thumbnails", other)


def test_a_pixel_that_changes_makes_other_thumbnails(tmp_path):
    (entry, *_) = write_cells(tmp_path, size=(40, 30))
    pixels = np.zeros((30, 40, 3), np.uint8)
    names = set()
    for value in 0, 1:
        pixels[0, 0] = value
        Image.fromarray(pixels).save(entry.frames[0], compress_level=0)  # of the same length
        names.add(keep_thumbnails(tmp_path / "thumbnails", entry).moving)
    assert len(names) == 2


def test_other_frames_make_other_thumbnails_and_the_old_ones_go(tmp_path):
    one, other, *_ = write_cells(tmp_path)
    folder = tmp_path / "thumbnails"
    old, kept = keep_thumbnails(folder, one), keep_thumbnails(folder, other)
    Image.fromarray(picture(3, 1)).save(one.frames[-1], compress_level=0)
    new = keep_thumbnails(folder, one)
    remove_stale(folder, [new])  # which says nothing of the other one
    assert {path.name for path in folder.iterdir()} == {*new, *kept} and not {*new} & {*old}


def test_a_frame_that_is_gone_is_said(tmp_path):
    with pytest.raises(DreamError, match="cannot read .*0001.png: No such file"):
        keep_thumbnails(tmp_path, Entry(1, {}, [tmp_path / "0001.png"]))

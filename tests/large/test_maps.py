"""Pictures in files: the same numbers as in memory, and nothing left behind."""

import os
import sys
from collections import namedtuple
from contextlib import suppress

import numpy as np
import pytest
import torch

from dreamcore import DreamError, dream
from dreamcore.ascent import dreams
from dreamcore.ascent.step import step
from dreamcore.large import maps
from dreamcore.large.memory import PICTURE, bytes_per_pixel, program_bytes

OPTIONS = {"end": "join", "iterations": 2, "jitter": 4, "seed": 1}
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where files of pictures go, and strips of two rows of 50 pixels."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(maps.tempfile, "tempdir", None)
    monkeypatch.setattr(maps, "_STRIP", 100)
    return tmp_path


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(0, 255, (40, 50, 3)).astype("f4")


def little(network, share=0.3):
    """The bytes in which a share of a picture of 40x50 pixels can be one tile."""
    each = bytes_per_pixel(network, ("join",), 40, 50)
    return program_bytes(network) + 40 * 50 * (PICTURE + share * each)


def open_files(folder):
    """How many files this process has mapped from a folder; they have no names there."""
    assert not [*folder.iterdir()]
    with open("/proc/self/maps") as file:
        return sum(str(folder) in line for line in file)


def test_a_mapped_picture_is_a_tensor_of_zeros(folder):
    picture = maps.mapped((3, 4, 5))
    assert torch.equal(picture, torch.zeros(3, 4, 5))
    assert maps.is_mapped(picture)
    assert maps.is_mapped(picture[1:, 2:])
    assert not maps.is_mapped(picture + 1)


def test_what_was_written_is_there_after_letting_go(folder):
    picture = maps.mapped((3, 100, 100))
    picture[:] = torch.arange(30000.0).view(3, 100, 100)
    maps.let_go(picture)
    assert torch.equal(picture, torch.arange(30000.0).view(3, 100, 100))


def test_others_lie_where_the_first_does(folder):
    assert maps.is_mapped(maps.empty_like(maps.mapped((3, 4, 5)), (8, 10)))
    assert maps.empty_like(maps.mapped((3, 4, 5)), (8, 10)).shape == (3, 8, 10)
    assert not maps.is_mapped(maps.empty_like(torch.ones(3, 4, 5)))
    assert maps.is_mapped(maps.zeros_like(maps.mapped((3, 4, 5))))
    assert torch.equal(maps.zeros_like(torch.ones(3, 4, 5)), torch.zeros(3, 4, 5))


def test_strips_of_a_mapped_picture_are_some_rows_and_of_another_all(folder):
    data = torch.zeros(3, 5, 50)
    assert [*maps.strips(data)] == [slice(0, 5)]
    assert [*maps.strips(data, maps.mapped((3, 5, 50)))] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert [*maps.strips(maps.mapped((3, 2, 500)))] == [slice(0, 1), slice(1, 2)]


def test_a_strip_is_let_go_before_the_next(folder, monkeypatch):
    seen, picture = [], maps.mapped((3, 6, 50))
    monkeypatch.setattr(maps, "let_go", lambda *pictures: seen.append("let go"))
    for rows in maps.strips(picture):
        seen.append(rows.start)
    assert seen == [0, "let go", 2, "let go", 4, "let go"]


@linux
def test_a_picture_that_is_let_go_takes_no_memory(folder):
    with open("/proc/self/statm") as file:
        page = os.sysconf("SC_PAGE_SIZE")

        def shared():
            file.seek(0)
            return int(file.read().split()[2]) * page

        picture, before = maps.mapped((3, 1000, 1000)), shared()
        picture.fill_(1)
        assert shared() - before > 11 * 10**6
        maps.let_go(picture)
        assert shared() - before < 10**6


@pytest.mark.parametrize("masked", [False, True])
def test_a_step_on_mapped_pictures_is_the_same(network, folder, masked):
    def on(kind):
        data, mask = kind(3, 9, 50), kind(1, 9, 50)
        rng = torch.Generator().manual_seed(0)
        data.copy_(torch.randn(3, 9, 50, generator=rng) * 50)
        mask.copy_(torch.randint(0, 2, (1, 9, 50), generator=rng))  # whole numbers add up alike in any order

        def gradient_of(*_):
            gradient = maps.empty_like(data)
            return torch.tensor(0.0), gradient.copy_(data.flip(2))

        given = {"step_size": 1.5, "offset": (0, 0), "mask": mask if masked else None, "gradient_of": gradient_of}
        low = torch.full((3, 1, 1), -60.0)
        return step(network, data, ("join",), None, low=low, high=low + 120, **given)[0]

    assert torch.equal(on(lambda *shape: maps.mapped(shape)), on(torch.zeros))


def test_a_dream_with_its_pictures_in_files_is_the_same_dream(network, picture, folder, monkeypatch):
    mapped, given = [], {**OPTIONS, "octaves": 1, "strength": 0.7, "mask": np.tile(np.arange(50) % 2, (40, 1))}
    make = maps.mapped
    monkeypatch.setattr(maps, "mapped", lambda shape: mapped.append(shape) or make(shape))
    in_files = dream(picture, network, **given, memory=little(network))
    assert len(mapped) > 3
    monkeypatch.setattr(maps, "mapped", lambda shape: torch.zeros(shape))
    assert np.array_equal(in_files, dream(picture, network, **given, memory=little(network)))


def test_octaves_with_pictures_in_files_are_the_same_to_rounding(network, picture, folder, monkeypatch):
    in_files = dream(picture, network, **OPTIONS, octaves=3, memory=little(network))
    monkeypatch.setattr(maps, "mapped", lambda shape: torch.zeros(shape))
    in_memory = dream(picture, network, **OPTIONS, octaves=3, memory=little(network))
    assert np.abs(in_files - in_memory).max() < 0.01


def test_alpha_and_uint8_are_kept_with_pictures_in_files(network, picture, folder):
    image = np.dstack([picture, np.full((40, 50), 9)]).astype("u1")
    dreamed = dream(image, network, **OPTIONS, memory=little(network))
    assert np.array_equal(dreamed[..., 3], image[..., 3])
    assert dreamed.dtype == np.float32


def test_a_picture_of_bytes_stays_bytes(picture, network):
    assert dreams._checked_image(picture.astype("u1")).dtype == np.uint8


@linux
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_no_file_is_left(network, picture, folder, error):
    seen = []

    def progress(done, _steps):
        seen.append(open_files(folder))
        if error and done == 2:
            raise error

    with suppress(error or ()):
        dream(picture, network, **OPTIONS, octaves=3, memory=little(network), progress=progress)
    assert min(seen) > 0
    assert open_files(folder) == 0


def test_a_disk_with_too_little_room_is_one_clear_error(network, picture, folder, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(maps.shutil, "disk_usage", lambda _: usage(10, 10, 10))
    monkeypatch.setattr(network, "gradient", None)  # nothing is begun
    with pytest.raises(DreamError, match=r"the picture takes 0 MB in .*, where 0 MB are free; TMPDIR can name another"):
        dream(picture, network, **OPTIONS, memory=little(network))


def test_a_disk_that_fills_up_is_one_clear_error(network, picture, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(DreamError, match="cannot keep a picture in .*: No space left on device; TMPDIR can name"):
        dream(picture, network, **OPTIONS, memory=little(network))

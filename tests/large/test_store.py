"""Pictures on disk: the same numbers as in memory, and nothing left behind."""

import os
import sys
from collections import namedtuple
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch

from dreamcore import DreamError, dream
from dreamcore.ascent.checks import check_image
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.ascent.step import take_step
from dreamcore.large import store
from dreamcore.large.plan import Pyramid, plan_dreams
from dreamcore.large.store import DiskStore, MemoryStore

OPTIONS = {"layer": "join", "iterations": 2, "jitter": 4, "seed": 1}
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where files of pictures go, and strips of two rows of 50 pixels."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(store.tempfile, "tempdir", None)
    monkeypatch.setattr(store, "_STRIP", 100)
    return tmp_path


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(0, 255, (40, 50, 3)).astype("f4")


@pytest.fixture
def little(network, limit):
    """The bytes in which a third of a picture of 40x50 pixels can be one tile."""
    return limit(network, "join", 40, 50, 0.3)


@pytest.fixture
def plan_of(network, little):
    """The plan of a dream within little memory."""

    def plan(octaves, is_blended=False):
        sizes = octave_sizes((40, 50), octaves, 1.4, network, ("join",))
        plan = plan_dreams(network, [Pyramid(("join",), sizes, is_blended)], little)
        assert plan.disk > 0 and plan.tiles > 1
        return plan

    return plan


def open_files(folder):
    """How many files this process has mapped from a folder; they have no names there."""
    assert not [*folder.iterdir()]
    with open("/proc/self/maps") as file:
        return sum(str(folder) in line for line in file)


def test_a_picture_on_disk_is_a_tensor_of_zeros(folder):
    assert torch.equal(DiskStore().empty((3, 4, 5)), torch.zeros(3, 4, 5))
    assert torch.equal(DiskStore().zeros_like(torch.ones(3, 4, 5)), torch.zeros(3, 4, 5))


def test_a_picture_in_memory_has_the_type_of_its_like():
    zeros = MemoryStore().zeros_like(torch.ones(3, 4, 5, dtype=torch.float64))
    assert torch.equal(zeros, torch.zeros(3, 4, 5, dtype=torch.float64))
    assert MemoryStore().empty((3, 4, 5)).dtype == torch.float32


@linux
def test_a_file_is_gone_with_its_picture(folder):
    disk = DiskStore()
    first, second = disk.empty((3, 4, 5)), disk.empty((3, 4, 5))
    part = second[1:, 2:]
    assert open_files(folder) == 2
    del first, second
    assert open_files(folder) == 1
    del part
    assert open_files(folder) == 0


def test_what_was_written_is_there_after_letting_go(folder):
    disk = DiskStore()
    picture = disk.empty((3, 100, 100))
    picture[:] = torch.arange(30000.0).view(3, 100, 100)
    disk.let_go()
    assert torch.equal(picture, torch.arange(30000.0).view(3, 100, 100))


def test_letting_go_touches_no_picture_in_memory(folder):
    disk, elsewhere = DiskStore(), torch.ones(3, 100, 100)
    disk.empty((3, 100, 100)).copy_(elsewhere)
    disk.let_go()
    assert torch.equal(elsewhere, torch.ones(3, 100, 100))


def test_strips_are_some_rows_on_disk_and_all_in_memory(folder):
    data = torch.zeros(3, 5, 50)
    assert [*MemoryStore().strips(data)] == [slice(0, 5)]
    assert [*DiskStore().strips(data, data)] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert [*DiskStore().strips(torch.zeros(3, 2, 500))] == [slice(0, 1), slice(1, 2)]


def test_planes_are_one_channel_on_disk_and_all_in_memory(folder):
    data, other = torch.arange(24.0).view(2, 3, 2, 2), torch.zeros(2, 3, 1, 1)
    assert [[each.shape for each in planes] for planes in MemoryStore().planes(data, other)] == [
        [(2, 3, 2, 2), (2, 3, 1, 1)]
    ]
    on_disk = [*DiskStore().planes(data, other)]
    assert [[each.shape for each in planes] for planes in on_disk] == [[(1, 2, 2), (1, 1, 1)]] * 6
    assert torch.equal(torch.cat([plane for plane, _ in on_disk]), data.flatten(0, 1))


@pytest.mark.parametrize("way", ["strips", "planes"])
def test_one_is_let_go_before_the_next(folder, monkeypatch, way):
    seen, disk = [], DiskStore()
    monkeypatch.setattr(disk, "let_go", lambda: seen.append("let go"))
    for _ in getattr(disk, way)(torch.zeros(3, 6, 50)):
        seen.append("work")
    assert seen == ["work", "let go"] * 3


@linux
def test_a_picture_that_is_let_go_takes_no_memory(folder):
    with open("/proc/self/statm") as file:
        page = os.sysconf("SC_PAGE_SIZE")

        def shared():
            file.seek(0)
            return int(file.read().split()[2]) * page

        disk = DiskStore()
        picture, before = disk.empty((3, 1000, 1000)), shared()
        picture.fill_(1)
        assert shared() - before > 11 * 10**6
        disk.let_go()
        assert shared() - before < 10**6


@pytest.mark.parametrize("masked", [False, True])
def test_a_step_on_disk_is_the_same(folder, masked):
    def on(store):
        data, mask = store.empty((3, 9, 50)), store.empty((1, 9, 50))
        rng = torch.Generator().manual_seed(0)
        data.copy_(torch.randn(3, 9, 50, generator=rng) * 50)
        mask.copy_(torch.randint(0, 2, (1, 9, 50), generator=rng))  # whole numbers add up alike in any order

        def gradient_of(*_):
            return torch.tensor(0.0), store.empty(data.shape).copy_(data.flip(2))

        options = {"step_size": 1.5, "offset": (0, 0), "mask": mask if masked else None, "gradient_of": gradient_of}
        low = torch.full((3, 1, 1), -60.0)
        return take_step(None, data, ("join",), None, low=low, high=low + 120, store=store, **options)[0]

    assert torch.equal(on(DiskStore()), on(MemoryStore()))


def test_a_dream_on_disk_is_the_same_dream(network, picture, folder, plan_of, monkeypatch):
    made, make, plan = [], DiskStore.empty, plan_of(1, is_blended=True)
    monkeypatch.setattr(DiskStore, "empty", lambda self, shape: made.append(shape) or make(self, shape))
    options = {**OPTIONS, "octaves": 1, "strength": 0.7, "mask": np.tile(np.arange(50) % 2, (40, 1))}
    on_disk = dream(picture, network, **options, plan=plan)
    assert len(made) > 3
    assert np.array_equal(on_disk, dream(picture, network, **options, plan=replace(plan, disk=0)))


def test_octaves_on_disk_are_the_same_to_rounding(network, picture, folder, plan_of):
    on_disk, in_memory = (
        dream(picture, network, **OPTIONS, octaves=3, plan=plan) for plan in (plan_of(3), replace(plan_of(3), disk=0))
    )
    assert np.abs(on_disk - in_memory).max() < 0.01


def test_alpha_and_uint8_are_kept_on_disk(network, picture, folder, little):
    image = np.dstack([picture, np.full((40, 50), 9)]).astype("u1")
    dreamed = dream(image, network, **OPTIONS, memory=little)
    assert np.array_equal(dreamed[..., 3], image[..., 3])
    assert dreamed.dtype == np.float32


def test_a_picture_of_bytes_stays_bytes(picture):
    assert check_image(picture.astype("u1")).dtype == np.uint8


@linux
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_no_file_is_left(network, picture, folder, little, error):
    seen = []

    def progress(done, _steps):
        seen.append(open_files(folder))
        if error and done == 2:
            raise error

    with suppress(error or ()):
        dream(picture, network, **OPTIONS, octaves=3, memory=little, progress=progress)
    assert min(seen) > 0
    assert open_files(folder) == 0


def test_a_disk_with_too_little_room_is_one_clear_error(network, picture, folder, little, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: usage(10, 10, 10))
    monkeypatch.setattr(network, "gradient", None)  # nothing is begun
    with pytest.raises(DreamError, match=r"takes .* kB in .*, where 10 bytes are free; TMPDIR can name another"):
        dream(picture, network, **OPTIONS, memory=little)


def test_a_disk_that_fills_up_is_one_clear_error(network, picture, folder, little, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(DreamError, match="cannot keep a picture in .*: No space left on device; TMPDIR can name"):
        dream(picture, network, **OPTIONS, memory=little)

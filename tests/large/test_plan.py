"""A plan is made once: within the memory, the same for every dream that goes by it."""

import numpy as np
import pytest
import torch

from dreamcore import DreamError, dream, load_network
from dreamcore.large import memory, tiles
from dreamcore.large.plan import Plan, Pyramid, plan_dreams
from dreamcore.large.store import DiskStore, MemoryStore

HALVES = [(30, 35), (60, 70)]


@pytest.fixture
def little(deeper, limit):
    """The bytes in which 0.4 of a picture of 60x70 pixels can be one tile."""
    return limit(deeper, "both", 60, 70, 0.4)


def test_too_little_memory_for_a_tile_is_one_clear_error(deeper):
    with pytest.raises(DreamError, match=r"a picture of 70x60 pixels takes at least \d+ MB of memory for both"):
        dream(np.zeros((60, 70, 3)), deeper, layer="both", memory=1e6)


def test_an_end_that_sees_everything_cannot_be_tiled(network):
    with pytest.raises(DreamError, match="cannot be tiled: classes of small sees all of it"):
        dream(np.zeros((60, 70, 3)), network, layer="classes", memory=1e6)


def test_bytes_are_those_of_the_arrays_that_live_together(deeper):
    # The picture (3 floats), its gradient, the 4 channels of conv1 and their gradient, and not many copies of them.
    living = memory.bytes_per_pixel(deeper, ("conv1",), 20, 20) / memory.overhead()
    assert 4 * (2 * 3 + 2 * 4) <= living <= 2 * 4 * (2 * 3 + 2 * 4)


def test_of_what_relus_let_through_a_bit_is_kept_and_gradients_are_let_go_of():
    network = load_network("dreamlet", device="cpu")
    assert memory.bytes_per_pixel(network, ("dream_4c",), 64, 64) / memory.overhead() < 110  # 136 with the values


def test_what_a_pixel_takes_is_remembered_of_networks_that_come_from_files(deeper, monkeypatch):
    kept = {}
    monkeypatch.setattr(memory, "recall", lambda subject: kept)
    monkeypatch.setattr(memory, "remember", lambda subject, key, fact: kept.update({key: fact}))
    monkeypatch.setattr(deeper, "architecture", "hash of a file")
    found = memory._remembered_bytes(deeper, ("both",))
    assert [*kept.values()] == [found]
    kept.update(dict.fromkeys(kept, 7.0))
    assert memory._remembered_bytes(deeper, ("both",)) == 7
    kept.update(dict.fromkeys(kept, "damaged"))
    assert memory._remembered_bytes(deeper, ("both",)) == found
    monkeypatch.setattr(deeper, "architecture", "")  # made in a program
    kept.clear()
    assert memory._remembered_bytes(deeper, ("both",)) == found and not kept


def test_bytes_of_an_end_for_one_size_are_found_at_that_size(network):
    assert memory.bytes_per_pixel(network, ("classes",), 30, 30) > 4 * 7


def test_pictures_that_fit_are_held_in_memory(deeper):
    plan = plan_dreams(deeper, [Pyramid(("both",), [(60, 70)], False)], 10**12)
    held = 3 * memory.PICTURE * 60 * 70  # the caller's, the one that is worked on, its gradient
    each = memory.bytes_per_pixel(deeper, ("both",), 60, 70)
    taken = memory.program_bytes(deeper) + held + int(each * memory.beside_pictures("cpu") * 60 * 70)
    assert plan == Plan(tile_pixels=None, tiles=1, memory=taken, disk=0)
    assert isinstance(plan.store("cpu"), MemoryStore)


def test_of_pictures_on_disk_only_the_callers_counts_as_memory(deeper, little):
    plan = plan_dreams(deeper, [Pyramid(("both",), HALVES, False)], little)
    assert plan.disk >= memory.PICTURE * (30 * 35 + 2 * 60 * 70)
    assert [tiles.tiling(deeper, ("both",), *size, plan.tile_pixels).number > 1 for size in HALVES] == [False, True]
    assert plan.memory <= little
    assert isinstance(plan.store("cpu"), DiskStore)


def test_a_picture_that_is_smoothed_or_turned_takes_one_more(deeper, little):
    asked = Pyramid(("both",), [(60, 70)], False)
    more = memory.PICTURE * 60 * 70
    plain, smoothed, turned = (
        plan_dreams(deeper, [each], little + 2 * more)
        for each in (asked, asked._replace(is_smoothed=True), asked._replace(is_turned=True))
    )
    assert turned.disk == plain.disk + more  # what the network is shown
    assert smoothed.disk == plain.disk
    assert smoothed.tile_pixels < plain.tile_pixels == turned.tile_pixels  # planes in memory leave less for a tile
    assert plan_dreams(deeper, [asked._replace(is_turned=True)], 10**12).memory - more == pytest.approx(
        plan_dreams(deeper, [asked], 10**12).memory
    )


def test_a_gpus_pictures_are_tiled_where_they_are(deeper, monkeypatch):
    monkeypatch.setattr(deeper, "device", torch.device("cuda"))
    pyramid = Pyramid(("both",), HALVES, False)
    whole = plan_dreams(deeper, [pyramid], 10**12).memory
    plan = plan_dreams(deeper, [pyramid], 0.8 * whole)
    assert plan.disk == 0 < 1 < plan.tiles
    assert plan.memory <= 0.8 * whole


def test_several_pictures_at_a_time_take_smaller_tiles(deeper, limit):
    pyramid, enough = Pyramid(("both",), [(60, 70)], False), 2 * limit(deeper, "both", 60, 70, 0.5)
    enough -= memory.program_bytes(deeper)
    one, two = (plan_dreams(deeper, [pyramid], enough, count=count) for count in (1, 2))
    assert one.tiles == 1 < two.tiles
    assert two.memory <= enough


def test_tiles_are_small_enough_for_each_dream_of_a_sequence(deeper, little):
    dreams = [Pyramid((end,), [(60, 70)], False) for end in ("conv1", "both")]
    alone = [plan_dreams(deeper, [each], little).tile_pixels for each in dreams]
    assert alone[0] != alone[1]
    together = plan_dreams(deeper, dreams, little)
    assert together.tile_pixels == min(alone)
    assert together.memory <= little


def test_the_one_dream_of_a_sequence_that_does_not_fit_is_an_error(network, limit):
    fits, does_not = Pyramid(("join",), [(60, 70)], False), Pyramid(("classes",), [(60, 70)], False)
    little = limit(network, "join", 60, 70, 0.3)
    plan_dreams(network, [fits], little)
    with pytest.raises(DreamError, match="a picture of 70x60 pixels .* classes of small sees all of it"):
        plan_dreams(network, [fits, does_not], little)


def test_dreams_by_one_plan_are_the_same_whatever_memory_is_free(deeper, little, monkeypatch):
    image = np.random.default_rng(3).uniform(0, 255, (60, 70, 3)).astype("f4")
    options = {"layer": "both", "iterations": 2, "octaves": 2, "octave_scale": 2, "jitter": 8, "seed": 4}
    plan = plan_dreams(deeper, [Pyramid(("both",), HALVES, False)], little)
    expected = dream(image, deeper, **options, memory=little)
    monkeypatch.setattr(memory, "free_memory", lambda _: 0)
    assert np.array_equal(dream(image, deeper, **options, plan=Plan.from_json(plan.to_json())), expected)


def test_a_plan_with_other_tiles_dreams_in_them(deeper, monkeypatch):
    plan, sizes = Plan(tile_pixels=1500, tiles=1, memory=0, disk=0), []
    gradient = type(deeper).gradient
    monkeypatch.setattr(
        type(deeper), "gradient", lambda self, data, *rest: sizes.append(data[0].numel()) or gradient(self, data, *rest)
    )
    dream(np.zeros((60, 70, 3)), deeper, layer="both", iterations=1, octaves=1, plan=plan)
    assert len(sizes) > 2 and max(sizes) <= 1500


def test_a_plan_reads_back_from_json_as_it_was():
    plan = Plan(tile_pixels=1500, tiles=3, memory=10**9, disk=10**8, seconds=2.5)
    assert plan.to_json() == {"tile_pixels": 1500, "tiles": 3, "memory": 10**9, "disk": 10**8, "seconds": 2.5}
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("values", [{}, {"tile": 3}, {**Plan(None, 1, 1, 0).to_json(), "more": 1}])
def test_other_values_are_no_plan(values):
    with pytest.raises(DreamError, match="cannot be read; needed: tile_pixels, tiles, memory, disk, seconds"):
        Plan.from_json(values)

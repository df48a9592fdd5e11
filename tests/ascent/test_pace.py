"""What a dream will take is said before it begins."""

import pytest
import torch

from dreamcore.ascent import estimate, pace
from dreamcore.ascent.pace import Ascent, with_seconds
from dreamcore.large.memory import PICTURE, bytes_per_pixel, program_bytes
from dreamcore.large.plan import Plan, Pyramid

MEASURED = {600: 1.1, 2400: 2.9}


@pytest.fixture
def measured(monkeypatch):
    """What is asked for when the pace is measured: always the same comes out."""
    asked = []
    monkeypatch.setattr(pace, "_pace", lambda network, *rest: asked.append(rest) or MEASURED)
    return asked


def test_an_estimate_says_time_memory_and_tiles(network):
    options = {"layer": "join", "octaves": 1, "iterations": 2}
    whole = estimate(network, (70, 60), **options)
    share = PICTURE + 0.4 * bytes_per_pixel(network, ("join",), 60, 70)
    little = program_bytes(network) + 60 * 70 * share
    tiled = estimate(network, (70, 60), **options, memory=little)
    assert whole.tiles == 1 < tiled.tiles
    assert tiled.memory <= little < whole.memory
    assert 0 < whole.seconds < tiled.seconds * 10


def test_an_estimate_grows_with_iterations_and_octaves(network, measured):
    options = {"layer": "join", "octave_scale": 2}
    assert estimate(network, (60, 40), **options, iterations=3, octaves=1).seconds == pytest.approx(3 * 2.9)
    assert estimate(network, (60, 40), **options, iterations=1, octaves=2).seconds == pytest.approx(1.1 + 2.9)
    assert estimate(network, (120, 80), **options, iterations=1, octaves=1).seconds == pytest.approx(4 * 2.9)


def test_the_dreams_of_a_sequence_add_up_and_each_end_is_measured_once(network, measured):
    def value(blob):
        return blob.sum()

    small, large = (Pyramid(("join",), sizes, False) for sizes in ([(40, 60)], [(20, 30), (40, 60)]))
    other = Pyramid(("conv1",), [(40, 60)], False)
    plan = Plan(tile_pixels=None, tiles=1, memory=0, disk=0)
    ascents = [Ascent(small, value, 3), Ascent(large, value, 2), Ascent(other, value, 1)]
    assert with_seconds(plan, network, ascents).seconds == pytest.approx(3 * 2.9 + 2 * (1.1 + 2.9) + 2.9)
    assert [ends for ends, *_ in measured] == [("join",), ("conv1",)]


def test_the_pace_is_measured_on_no_more_pixels_than_a_tile_has(network, measured):
    plan = Plan(tile_pixels=900, tiles=4, memory=0, disk=0)
    ascent = Ascent(Pyramid(("join",), [(40, 60)], False), torch.sum, 1)
    with_seconds(plan, network, [ascent])
    ((_, _, (height, width)),) = measured
    assert height * width <= 900

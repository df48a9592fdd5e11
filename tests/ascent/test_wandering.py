"""Crops that wander over pictures larger than a network takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError, dream, estimate
from dreamcore.ascent import FewerOctaves
from dreamcore.ascent.wandering import crops
from dreamcore.large.plan import Pyramid, plan_dreams
from dreamcore.sequence import make_job, run
from tests.network.small import PROTOTXT, SHAPES, load, small_weights

QUICK = {"layer": "classes", "octaves": 1, "jitter": 2, "seed": 3}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A classifier of pictures of 14x12, whose last layer looks through a window that is no square."""
    text = PROTOTXT.replace("pool: AVE global_pooling: true", "kernel_size: 2 stride: 2")
    weights = small_weights({**SHAPES, "classes": [(6, 5 * 3 * 4), (6,)]})
    return load(tmp_path_factory.mktemp("classifier"), text, weights)


def picture(height, width):
    return np.random.default_rng(7).uniform(0, 255, (height, width, 3)).astype("f4")


def test_a_picture_of_the_size_that_it_takes_is_seen_whole_and_a_larger_one_in_parts(network):
    sizes = [network.glance(height, width, "classes") for height, width in ((12, 14), (30, 28), (12, 13))]
    assert sizes == [(12, 14), (12, 14), None]
    assert network.glance(30, 28, "norm") == (30, 28)


@given(st.integers(1, 40), st.integers(0, 200), st.integers(0, 2**32))
def test_crops_lie_in_the_picture_one_after_the_other(shown, more, seed):
    drawn = crops(shown + more, shown, np.random.default_rng(seed))
    starts = [each.start for each in drawn]
    assert starts == sorted(starts) and starts[0] >= 0 and drawn[-1].stop <= shown + more
    assert {each.stop - each.start for each in drawn} == {shown} and len(drawn) == round((shown + more) / shown)


def test_every_pixel_is_seen_before_long():
    rng, seen = np.random.default_rng(1), np.zeros(50, int)
    for each in (each for _ in range(40) for each in crops(50, 20, rng)):
        seen[each.start : each.stop] += 1
    assert seen.min() >= 10


def test_one_step_changes_what_its_crops_show_and_many_steps_all(network):
    start = picture(16, 40)
    moved = [(dream(start, network, iterations=each, **QUICK) != start).any(-1) for each in (1, 30)]
    assert not moved[0].all() and moved[0].any() and moved[1].all()


def test_where_crops_lie_follows_from_the_seed(network):
    first, again, other = (
        dream(picture(16, 40), network, iterations=2, **{**QUICK, "seed": each}) for each in ((1, 2), (1, 2), (1, 3))
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_octaves_go_down_to_the_size_that_the_network_takes(network):
    with pytest.warns(FewerOctaves, match="40x35 pixels are enough for 4 octaves of 5"):
        dream(picture(35, 40), network, **{**QUICK, "octaves": 5, "iterations": 1})


def test_a_picture_smaller_than_that_is_refused_as_before(network):
    with pytest.raises(DreamError, match="takes exactly what one of 14x12 leaves it"):
        dream(picture(12, 13), network, **QUICK)


def test_a_sequence_that_renews_itself_is_dreamed_so_too(network):
    frames = list(run(make_job(picture(16, 40), network, frames=3, iterations=1, renew=10, **QUICK)))
    assert len(frames) == 3 and not np.array_equal(frames[1], frames[2])


def test_memory_and_time_are_foretold_for_crops(network):
    whole, large = (plan_dreams(network, [Pyramid(("classes",), [size], False)]) for size in ((12, 14), (120, 140)))
    assert large.memory - whole.memory < 100 * 120 * 140  # pictures alone, not the network's blobs
    assert estimate(network, (40, 35), layer="classes", octaves=1, iterations=1).seconds > 0

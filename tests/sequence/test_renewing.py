"""What stirs a sequence that only shuffles."""

import numpy as np
import pytest

from dreamcore.sequence.renewing import stirred
from dreamcore.transforms import Context
from dreamcore.transforms.colour import luminance

GREY = np.full((150, 200, 3), 127, "f4")
TOLD = {"octave_scale": 1.4, "octaves": 2}


def test_a_sequence_that_invents_is_left_alone():
    source, told = stirred(GREY, TOLD, 0, Context(5, 1))
    assert source is GREY and told == TOLD


def test_the_more_it_bores_the_more_it_is_stirred():
    little, much = (stirred(GREY, TOLD, each, Context(5, 1)) for each in (0.25, 1))
    assert 4 * (little[0] - GREY).std() == pytest.approx((much[0] - GREY).std(), rel=0.01)
    assert 5 < (much[0] - GREY).std() < 12
    assert 4 * (little[1]["octave_scale"] - 1.4) == pytest.approx(much[1]["octave_scale"] - 1.4)


@pytest.mark.parametrize("colourful", [0, 5, 60])
def test_blots_change_where_colours_are_and_not_how_much_colour_there_is(colourful):
    picture = GREY.copy()
    picture[:70] += np.multiply(colourful, (1, 0, -1))
    blotted = stirred(picture, TOLD, 1, Context(5, 1))[0]
    tints = [each - luminance(each) for each in (picture, blotted)]
    np.testing.assert_allclose(tints[0].mean((0, 1)), tints[1].mean((0, 1)), atol=0.01)
    assert tints[1].std() == pytest.approx(tints[0].std(), rel=0.01, abs=1e-3)
    assert np.abs(blotted - picture).max() > 8


def test_octave_scales_stay_within_what_is_allowed():
    scales = [stirred(GREY, {"octave_scale": 1.05}, 1, Context(each, 1))[1]["octave_scale"] for each in range(20)]
    assert min(scales) == 1.05 and 1.1 < max(scales) < 1.05 * 1.15


def test_it_follows_from_seed_and_number():
    first, again, later, other = (stirred(GREY, TOLD, 1, each) for each in map(Context, (5, 5, 6, 5), (1, 1, 1, 2)))
    assert np.array_equal(first[0], again[0]) and first[1] == again[1]
    assert not np.array_equal(first[0], later[0]) and not np.array_equal(first[0], other[0])

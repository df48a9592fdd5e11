import numpy as np
import pytest

import dreamcore
from dreamcore.pictures import as_picture
from dreamcore.sequence import make_job, run
from dreamcore.sequence.looking import dreamed_part, in_the_small, small_job, thumbnail_job
from dreamcore.sky import draw_sky

PICTURE = draw_sky(240, 160)
QUICK = {"layer": "textures", "iterations": 1}


@pytest.fixture(scope="module")
def network():
    return dreamcore.load_network("dreamlet", device="cpu")


def test_the_small_whole_has_the_size_of_an_octave(network):
    # 240x160 / 1.5 = 160x107, / 1.5 = 107x71: the largest that is not above 120.
    job = make_job(PICTURE, network, octaves=4, octave_scale=1.5, **QUICK)
    picture, mask = in_the_small(job, (160, 240), side=120)
    assert (picture.size, mask) == ((107, 71), None)


def test_a_picture_that_came_smaller_is_brought_to_the_same_size(network):
    job = make_job(PICTURE, network, octaves=4, octave_scale=2, mask=np.ones((160, 240)), **QUICK)
    picture, mask = in_the_small(job, (1600, 2400), side=200)
    assert (picture.size, mask.shape, mask.min()) == ((200, 133), (133, 200), 1)


def test_transparency_is_made_small_with_the_picture(network):
    alpha = np.full((160, 240, 1), 100)
    picture, _ = in_the_small(make_job(np.dstack([PICTURE, alpha]), network, **QUICK), (160, 240), side=100)
    np.testing.assert_allclose(picture.alpha, 100, atol=0.1)


def test_the_small_dream_leaves_out_the_octaves_that_are_larger(network):
    job = make_job(PICTURE, network, octaves=3, octave_scale=1.5, frames=1, **QUICK)
    picture, _ = in_the_small(job, (160, 240), side=120)
    small = make_job(picture, network, octaves=3, octave_scale=1.5, frames=1, **QUICK)
    (frame,) = run(small_job(small, (160, 240)))
    alone = dreamcore.dream(picture.rgb, network, layer="textures", iterations=1, octaves=1, seed=(0, 0))
    np.testing.assert_allclose(frame, alone, atol=0.05)


def test_the_part_is_of_the_first_frame_that_is_dreamed(network):
    told = {"octaves": 1, "strength": "0:0, 1:1", **QUICK}
    pixels, box = as_picture(PICTURE).rgb, (slice(20, 120), slice(20, 140))
    plain, dreamed = (
        dreamed_part(make_job(PICTURE, network, start=start, **told), pixels[box], (20, 20), (160, 240))
        for start in (False, True)
    )
    np.testing.assert_allclose(plain, pixels[box], atol=1e-3)
    assert np.abs(dreamed - pixels[box]).mean() > 1


def test_recipes_that_begin_alike_share_their_first_dream(network):
    dreams, few = {}, {"iterations": 1, "octaves": 1}
    for transform in ("zoom(0.1)", "posterise(4)"):
        job = make_job(PICTURE[:64, :64], network, transform=transform, frames=2, iterations=10)
        assert len([*run(thumbnail_job(job, dreams, few, few))]) == 2
    assert len(dreams) == 3

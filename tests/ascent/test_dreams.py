"""The dream over all octaves."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dreamcore import DreamError, dream
from dreamcore.ascent import FewerOctaves
from dreamcore.ascent.layout import to_data, to_image
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.pictures import Picture
from tests.network.small import load, small_weights


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(0, 255, (40, 50, 3)).astype("f4")


def small(picture, network, **options):
    return dream(
        picture, network, **{"layer": "join", "iterations": 2, "octaves": 2, "jitter": 4, "seed": 1, **options}
    )


def test_gives_float32_of_the_same_shape(picture, network):
    dreamed = small(picture, network)
    assert dreamed.dtype == np.float32
    assert dreamed.shape == picture.shape


def test_takes_uint8(picture, network):
    assert np.array_equal(small(picture.astype("u1"), network), small(picture.astype("u1").astype("f4"), network))


def test_the_input_stays_as_it_is(picture, network):
    before = picture.copy()
    small(picture, network)
    assert np.array_equal(picture, before)


def test_layout_is_bgr_minus_mean_and_back(picture, network):
    data = to_data(picture, network)
    assert np.allclose(data[0].numpy(), picture[..., 2] - network.mean[0])
    assert np.allclose(to_image(data, network), picture, atol=1e-4)


def test_alpha_is_kept(picture, network):
    alpha = np.arange(2000, dtype="f4").reshape(40, 50, 1) % 256
    dreamed = small(np.dstack([picture, alpha]), network)
    assert np.array_equal(dreamed[..., 3:], alpha)
    assert np.array_equal(dreamed[..., :3], small(picture, network))


def test_same_seed_same_dream_and_another_another(picture, network):
    assert np.array_equal(small(picture, network, seed=(1, 2)), small(picture, network, seed=(1, 2)))
    assert not np.array_equal(small(picture, network, seed=(1, 2)), small(picture, network, seed=(1, 3)))


def test_offsets_replace_the_random_ones(picture, network):
    offsets = np.random.default_rng(1).integers(-4, 4, (4, 2), endpoint=True)
    assert np.array_equal(small(picture, network, offsets=offsets), small(picture, network, seed=1))


def test_clip_keeps_to_the_range_of_colours(picture, network):
    clipped, free = (small(picture, network, step_size=90, clip=clip) for clip in (True, False))
    assert clipped.min() >= -1e-3
    assert clipped.max() <= 255 + 1e-3
    assert free.max() > 256


def test_the_objective_rises(picture, network):
    before, after = (network.gradient(to_data(each, network), "join")[0] for each in (picture, small(picture, network)))
    assert float(after) > float(before)


def test_strength_is_the_opacity_of_the_dream(picture, network):
    full, half, none = (small(picture, network, strength=strength) for strength in (1, 0.5, 0))
    assert np.allclose(half, (full + picture) / 2, atol=1e-3)
    assert np.allclose(none, picture, atol=1e-4)


def test_nothing_happens_outside_the_mask(picture, network):
    mask = np.zeros((40, 50))
    mask[10:30, 10:30] = 1
    changed = np.abs(small(picture, network, mask=mask) - picture).max(2) > 1e-3
    assert changed[10:30, 10:30].mean() > 0.9
    assert not changed[mask == 0].any()


def test_soft_edges_of_a_mask_change_less(picture, network):
    mask = np.tile(np.linspace(0, 1, 50), (40, 1))
    change = np.abs(small(picture, network, mask=mask, octaves=1) - picture).mean((0, 2))
    assert change[0] < 1e-3 < change[5:15].mean() < change[35:45].mean()


def test_octave_sizes_round_from_the_previous_one_half_to_even(network):
    sizes = octave_sizes((240, 320), 4, 1.4, network, ("join",))
    assert sizes == [(87, 117), (122, 164), (171, 229), (240, 320)]


def test_a_picture_too_small_for_all_octaves_uses_fewer_and_says_so(network):
    with pytest.warns(FewerOctaves, match="6x6 pixels are enough for 4 octaves of 9"):
        small(np.full((6, 6, 3), 99.0, "f4"), network, octaves=9)


def test_a_picture_too_small_for_the_network_is_an_error(network):
    with pytest.raises(DreamError, match="1x1 pixels is too small for join"):
        small(np.zeros((1, 1, 3), "f4"), network)


def test_a_flat_gradient_gives_the_picture_back(tmp_path):
    weights = {name: [0 * each for each in blobs] for name, blobs in small_weights().items()}
    dreamed = small(np.full((20, 20, 3), 50.0, "f4"), load(tmp_path, weights=weights))
    assert np.allclose(dreamed, 50, atol=1e-4)


def test_progress_counts_every_step(picture, network):
    seen = []
    small(picture, network, progress=lambda done, steps: seen.append((done, steps)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("octaves", 0, "a whole number from 1 to 20"),
        ("octave_scale", 1, "a number from 1.05 to 4"),
        ("strength", 2, "a number from 0 to 1"),
        ("jitter", -1, "a whole number from 0 to 512"),
    ],
)
def test_a_number_out_of_range_is_named(picture, network, name, value, allowed):
    with pytest.raises(DreamError, match=f"{name}={value} is not allowed; allowed: {allowed}"):
        small(picture, network, **{name: value})


def test_wrong_shapes_are_named(picture, network):
    with pytest.raises(DreamError, match=r"picture has shape \(40, 50\)"):
        small(picture[..., 0], network)
    with pytest.raises(DreamError, match=r"mask has shape \(5, 5\)"):
        small(picture, network, mask=np.ones((5, 5)))
    with pytest.raises(DreamError, match=r"needed is \(4, 2\)"):
        small(picture, network, offsets=[(0, 0)])


@given(height=st.integers(4, 40), width=st.integers(4, 40))
def test_any_size_comes_back_finite_and_in_its_shape(network, height, width):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        dreamed = small(np.full((height, width, 3), 128.0, "f4"), network, octaves=3, iterations=1)
    assert dreamed.shape == (height, width, 3)
    assert np.isfinite(dreamed).all()


def test_arrays_pictures_and_files_dream_the_same(network, tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (20, 24, 3), "u1")
    Image.fromarray(pixels).save(tmp_path / "in.png")
    Image.fromarray(np.full((20, 24), 255, "u1")).save(tmp_path / "mask.png")
    quick = {"layer": "join", "iterations": 2, "octaves": 1, "jitter": 3, "seed": 1}
    first = dream(pixels, network, **quick)
    for picture in (pixels.astype("f4"), Picture(pixels.astype("f4")), tmp_path / "in.png", str(tmp_path / "in.png")):
        assert np.array_equal(dream(picture, network, **quick), first)
    assert np.array_equal(dream(pixels, network, mask=tmp_path / "mask.png", **quick), first)
    with pytest.raises(DreamError, match="cannot read nowhere.png"):
        dream("nowhere.png", network, **quick)

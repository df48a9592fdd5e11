"""Bands of a gradient, and its blur."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from dreamcore.ascent.smoothing import blurred, energies, enlarged, equalise, halved, weigh
from dreamcore.large.store import MemoryStore

MEMORY = MemoryStore()
sides = st.tuples(st.integers(1, 40), st.integers(1, 40))


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 1, shape))


def equalised(gradient, amount):
    gradient = gradient.clone()
    equalise(gradient, MEMORY, amount)
    return gradient


def strengths(gradient):
    """The root mean square of each band over all channels."""
    return energies(halved(gradient[None])).mean((0, 1)).sqrt()


def test_halving_weighs_four_pixels_and_doubling_goes_back_to_two():
    row = torch.tensor([[[[0.0, 0, 0, 8, 0, 0, 0, 0]]]])
    fine, coarse, *_ = halved(row)
    assert coarse.flatten().tolist() == [0, 3, 1, 0]
    weigh([fine, coarse], torch.tensor([[[1.0, 0.0]]]))  # what the halving loses
    assert fine.flatten().tolist() == [0, -0.75, -2.25, 5.5, -1.5, -0.75, -0.25, 0]


@given(sides)
def test_the_bands_add_up_to_the_picture(size):
    picture = noise(2, 3, *size)
    sizes = halved(picture.clone())
    weigh(sizes, torch.ones(2, 3, 5, dtype=torch.float64))
    assert torch.allclose(sizes[0], picture)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 1), st.integers(0, 1))
def test_doubling_is_what_interpolation_is_at_every_size(height, width, less_high, less_wide):
    small = torch.arange(2.0 * height * width).square().reshape(1, 2, height, width)
    tall, wide = 2 * height - less_high, 2 * width - less_wide
    expected = functional.interpolate(small, (tall, wide), mode="bilinear")
    assert torch.allclose(enlarged(small, torch.empty(1, 2, tall, wide)), expected, rtol=1e-5)


def test_a_weight_of_one_band_alone_gives_that_band():
    picture, weights = noise(1, 1, 32, 48), torch.zeros(1, 1, 5, dtype=torch.float64)
    total = torch.zeros_like(picture)
    for band in range(5):
        sizes = halved(picture.clone())
        weigh(sizes, weights.index_fill(2, torch.tensor([band]), 1))
        total += sizes[0]
        if band == 0:
            fine, coarse = halved(picture)[:2]
            enlarged = torch.nn.functional.interpolate(coarse, fine.shape[-2:], mode="bilinear")
            assert torch.allclose(sizes[0], fine - enlarged)
    assert torch.allclose(total, picture)


def test_the_last_band_of_a_plain_picture_holds_all_of_it():
    assert torch.allclose(
        energies(halved(torch.full((1, 1, 32, 32), 3.0))), torch.tensor([[[0.0, 0, 0, 0, 9]]]), atol=1e-10
    )


def test_weights_of_equal_bands_are_one_over_their_strength():
    gradient = noise(3, 64, 64) + 20 * torch.nn.functional.interpolate(noise(1, 3, 8, 8), (64, 64), mode="bilinear")[0]
    sizes = halved(gradient[None].clone())
    weigh(sizes, (1 / strengths(gradient)).expand(1, 3, -1))
    ratio = equalised(gradient, 1) / sizes[0][0]
    assert torch.allclose(ratio, ratio.mean().expand_as(ratio), rtol=1e-6)


def test_bands_of_noise_are_nearly_of_one_strength_afterwards():
    """Nearly: a band that is enlarged and made anew loses a little to its neighbours."""
    before, half, after = (strengths(equalised(noise(3, 128, 128), amount)) for amount in (0, 0.5, 1))
    unlike = [float(each.max() / each.min()) for each in (before, half, after)]
    assert unlike[0] > 15 > 8 > unlike[1] > 3 > 2 > unlike[2]


def test_nothing_of_it_is_the_gradient_to_rounding():
    gradient = noise(3, 33, 20)
    assert torch.allclose(equalised(gradient, 0), gradient)


def test_channels_keep_their_share_and_pictures_their_own_bands():
    """Were each channel equalised by itself, the colours of a gradient would turn grey."""
    picture = noise(3, 32, 32)
    picture[1] *= 100
    assert 50 < float(equalised(picture, 1)[1].norm() / equalised(picture, 1)[0].norm()) < 200
    both = torch.stack([picture, picture.flip(1) ** 3])
    both = equalised(both.to(memory_format=torch.channels_last), 1)  # as networks give it
    assert torch.allclose(both[0], equalised(picture, 1))
    assert torch.allclose(both[1], equalised(picture.flip(1) ** 3, 1))


@given(sides, st.floats(0, 1), st.sampled_from([1e-12, 1.0, 1e12]))
def test_what_is_zero_stays_so_and_the_rest_stays_finite(size, amount, scale):
    assert torch.equal(equalised(torch.zeros(3, *size), amount), torch.zeros(3, *size))
    assert equalised((scale * noise(3, *size)).float(), amount).isfinite().all()


def test_a_blur_spreads_a_point_as_a_gaussian_does():
    point = torch.zeros(1, 9, 9, dtype=torch.float64)
    point[0, 4, 4] = 1
    blurred(point, MEMORY, 1)
    assert float(point.sum()) == pytest.approx(1)
    assert float(point[0, 4, 5] / point[0, 4, 4]) == pytest.approx(np.exp(-0.5))
    assert torch.equal(point, point.transpose(1, 2))


@given(sides, st.sampled_from([0.01, 0.5, 3, 8]))
def test_a_blur_keeps_what_is_plain_at_any_size(size, radius):
    plain = torch.full((2, 3, *size), 7.0, dtype=torch.float64)
    blurred(plain, MEMORY, radius)
    assert torch.allclose(plain, torch.full_like(plain, 7))

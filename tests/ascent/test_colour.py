"""Gradients with the colours of natural pictures."""

import numpy as np
import pytest
import torch

from dreamcore.ascent.colour import NATURAL, correlate, correlation
from dreamcore.large.store import MemoryStore


def correlated(gradient, amount):
    gradient = gradient.clone()
    correlate(gradient, MemoryStore(), amount)
    return gradient


def test_white_noise_is_given_the_correlation_of_natural_pictures():
    noise = torch.from_numpy(np.random.default_rng(0).normal(0, 1, (3, 300, 300)))
    assert np.allclose(np.corrcoef(correlated(noise, 1).flatten(1)), NATURAL, atol=0.01)


def test_nothing_of_it_is_the_identity_and_half_of_it_twice_is_all():
    assert np.allclose(correlation(0), np.eye(3))
    assert np.allclose(correlation(0.5) @ correlation(0.5), correlation(1))


def test_its_inverse_takes_the_correlation_away():
    inverse = np.linalg.inv(correlation(1))
    assert np.allclose(inverse @ NATURAL @ inverse, np.eye(3) * np.linalg.eigvalsh(NATURAL)[-1])


def test_lightness_keeps_its_strength_and_what_lies_across_loses_it():
    grey, red_or_blue, green_or_not = (
        torch.tensor(each).view(3, 1, 1) for each in ([1.0, 1, 1], [1.0, 0, -1], [1.0, -2, 1])
    )
    for colour, kept in ((grey, 1), (red_or_blue, 0.25), (green_or_not, 0.12)):
        assert float(correlated(colour, 1).norm() / colour.norm()) == pytest.approx(kept, abs=0.01)


def test_it_is_the_same_for_both_orders_of_colours_and_for_each_of_several_pictures():
    pictures = torch.from_numpy(np.random.default_rng(0).normal(0, 1, (2, 3, 5, 4)))
    changed = correlated(pictures, 1)
    assert torch.allclose(changed.flip(1), correlated(pictures.flip(1), 1))
    assert torch.allclose(changed[1], correlated(pictures[1], 1))


def test_luminance_has_no_colours():
    assert torch.equal(correlated(torch.ones(1, 2, 2), 1), torch.ones(1, 2, 2))

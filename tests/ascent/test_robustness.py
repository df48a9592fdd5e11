"""Gradients through turns."""

from math import pi

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.ascent import robustness
from dreamcore.ascent.robustness import STRAIGHT, Turn, gradient_through, random_turns, turned, turned_back
from dreamcore.large.store import MemoryStore


class Precise(MemoryStore):
    def empty(self, shape):
        return torch.empty(tuple(shape), dtype=torch.float64)


STORE = Precise()
sides = st.integers(1, 24)
turns = st.builds(Turn, st.floats(-0.6, 0.6), st.floats(0.7, 1.3))


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 1, shape))


def test_a_quarter_turn_moves_the_corners_round():
    picture = torch.tensor([[[1.0, 2], [3, 4]]], dtype=torch.float64)
    assert torch.allclose(turned(picture, Turn(pi / 2, 1), STORE), torch.tensor([[[2.0, 4], [1, 3]]]).double())


def test_a_factor_above_one_makes_the_picture_smaller_with_its_mirror_image_around():
    picture = torch.tensor([[[0.0, 1, 2, 3]]], dtype=torch.float64)
    # From the middle, 1.5: places -1.5, 0.5, 2.5, 4.5, of which those outside are 0 (of -0.5 -> 0 ...) in the mirror.
    assert turned(picture, Turn(0, 2), STORE)[0, 0].tolist() == pytest.approx([0.5, 0.5, 2.5, 2.5])


def test_no_turn_leaves_the_picture_as_it_is():
    assert torch.allclose(turned(noise(3, 7, 9), STRAIGHT, STORE), noise(3, 7, 9))
    assert gradient_through(STRAIGHT, max, STORE) is max


@given(sides, sides, turns)
def test_the_way_back_is_the_adjoint(height, width, turn):
    picture, gradient = noise(2, 3, height, width), noise(2, 3, height, width, seed=1)
    there, back = (turned(picture, turn, STORE) * gradient).sum(), (picture * turned_back(gradient, turn, STORE)).sum()
    assert float(there) == pytest.approx(float(back), rel=1e-9, abs=1e-9)


@given(sides, sides, turns)
def test_pieces_make_the_same(height, width, turn):
    picture = noise(3, height, width)
    whole = turned(picture, turn, STORE), turned_back(picture, turn, STORE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(robustness, "_WIDEST", 5)
        patch.setattr(Precise, "strips", lambda self, data: (slice(y, min(y + 3, height)) for y in range(0, height, 3)))
        pieces = turned(picture, turn, STORE), turned_back(picture, turn, STORE)
    for one, other in zip(whole, pieces, strict=True):
        assert torch.allclose(one, other, atol=1e-9)


def test_the_gradient_is_that_of_the_objective_of_the_turned_picture():
    weights, picture, turn = noise(3, 8, 9, seed=1), noise(3, 8, 9).requires_grad_(), Turn(0.2, 1.1)

    def gradient_of(network, data, ends, objective, offset):
        assert offset == (3, 4)
        return (weights * data**2).sum(), 2 * weights * data

    value, gradient = gradient_through(turn, gradient_of, STORE)(None, picture.detach(), (), None, (3, 4))
    small = 1e-6 * noise(3, 8, 9, seed=2)
    moved = gradient_of(None, turned(picture.detach() + small, turn, STORE), (), None, (3, 4))[0]
    assert float(moved - value) == pytest.approx(float((gradient * small).sum()), rel=1e-3)


def test_turns_stay_within_their_degrees_and_hundredths_and_follow_from_the_seed():
    drawn = random_turns(200, 6, (1, 2))
    assert drawn == random_turns(200, 6, (1, 2)) != random_turns(200, 6, (1, 3))
    degrees, hundredths = np.rad2deg([each.angle for each in drawn]), [100 * (each.factor - 1) for each in drawn]
    for values in (degrees, hundredths):
        assert -6 <= min(values) < -5 and 5 < max(values) <= 6
    assert set(random_turns(3, 0, 1)) == {STRAIGHT}

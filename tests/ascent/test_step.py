"""One step of ascent, on a network that is a formula."""

import torch

from dreamcore.ascent.step import take_step


class Weighted:
    """A network whose objective is the sum of weights times pixels, so that its gradient is the weights."""

    def __init__(self, weights):
        self.weights = weights

    def gradient(self, data, ends, objective):
        return (self.weights * data).sum(), self.weights.clone()


def move(weights, data=None, **options):
    data = torch.zeros_like(weights) if data is None else data
    return take_step(Weighted(weights), data, ("end",), None, **{"step_size": 2.0, "offset": (0, 0), **options})[0]


def test_the_mean_move_is_the_step_size():
    moved = move(torch.tensor([[[1.0, -3.0]]]))
    assert moved.tolist() == [[[1.0, -3.0]]]  # weights of mean 2, moved by 2 on the mean


def test_the_offset_shifts_right_and_down_and_back():
    weights = torch.zeros(1, 3, 4)
    weights[0, 2, 3] = 1.0
    assert move(weights, offset=(1, 2), step_size=1 / 12)[0, 0, 2] == 1.0


def test_a_zero_gradient_moves_nothing():
    data = torch.full((1, 2, 2), 7.0)
    assert torch.equal(move(torch.zeros(1, 2, 2), data), data)


def test_clipping_keeps_each_channel_within_its_bounds():
    low = torch.tensor([-1.0, -0.5])[:, None, None]
    moved = move(torch.tensor([[[9.0]], [[-9.0]]]), low=low, high=low + 1.5)
    assert moved.flatten().tolist() == [0.5, -0.5]


def test_a_mask_lets_through_its_share_and_the_rest_moves_as_usual():
    moved = move(torch.tensor([[[4.0, 4.0, 4.0]]]), mask=torch.tensor([[[1.0, 0.5, 0.0]]]))
    # |g| under the mask: 4 + 2 + 0 over a mask of 1.5, mean 4: pace 0.5
    assert moved.tolist() == [[[2.0, 1.0, 0.0]]]


def test_a_mask_that_lets_nothing_through_moves_nothing():
    assert move(torch.ones(1, 2, 2), mask=torch.zeros(1, 2, 2)).abs().sum() == 0

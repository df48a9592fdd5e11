"""How layers go over blobs: ready once for each size, nothing kept in vain, gradients that may be written over."""

import numpy as np
import pytest
import torch

from dreamcore.network import fused
from dreamcore.network.passes import ByAutograd
from tests.network.small import load, picture
from tests.network.test_layers import layer_of


@pytest.fixture
def network(tmp_path):
    return load(tmp_path)


def test_layers_are_made_ready_once_for_each_size(network, bound):
    for _ in range(3):
        network.gradient(picture(40, 56), "left")
    assert bound == ["conv1", "pool1", "left"]
    network.gradient(picture(56, 40), "left")
    assert bound == ["conv1", "pool1", "left"] * 2


def test_another_size_in_between_changes_nothing(network):
    first = network.gradient(picture(40, 56), "norm")[1]
    network.gradient(picture(31, 22), "norm")
    np.testing.assert_array_equal(network.gradient(picture(40, 56), "norm")[1], first)


def test_a_gradient_is_there_even_where_autograd_is_off(network):
    expected = network.gradient(picture(), "mean")[1]
    with torch.no_grad():
        np.testing.assert_array_equal(network.gradient(picture(), "mean")[1], expected)


def test_a_picture_that_autograd_watches_is_left_alone(network):
    data = torch.from_numpy(picture()).requires_grad_()
    value, gradient = network.gradient(data, "norm")
    assert not value.requires_grad and not gradient.requires_grad and data.grad is None


def test_nothing_is_kept_where_there_will_be_no_gradient():
    with torch.no_grad():
        _, kept = ByAutograd(layer_of("TanH"), ()).forward(torch.zeros(1, 2, 3, 3))
    assert kept is None


@pytest.mark.parametrize("kind", ["Eltwise", "Concat"])
def test_gradients_of_several_bottoms_can_be_written_over(kind):
    way = fused.bind(layer_of(kind), (), *(torch.zeros(1, 2, 3, 3) for _ in range(2)))
    (top,), kept = way.forward(*(torch.ones(1, 2, 3, 3) for _ in range(2)))
    one, other = way.backward(kept, torch.ones_like(top))
    one.fill_(7)
    assert (other == 1).all()


def test_a_gradient_that_is_spread_out_can_be_written_over():
    way = fused.bind(layer_of("Reduction"), (), torch.zeros(1, 2, 3, 3))
    (top,), kept = way.forward(torch.ones(1, 2, 3, 3))
    (gradient,) = way.backward(kept, torch.ones_like(top))
    gradient[0, 0, 0, 0] = 7
    assert gradient.sum() == 17 + 7


def test_tops_that_nothing_looks_at_have_no_gradient():
    way = fused.bind(layer_of("Slice", tops=2), (), torch.zeros(1, 4, 1, 1))
    _, kept = way.forward(torch.ones(1, 4, 1, 1))
    (gradient,) = way.backward(kept, None, torch.ones(1, 2, 1, 1))
    assert gradient.flatten().tolist() == [0, 0, 1, 1]

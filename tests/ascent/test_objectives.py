"""Objectives are values: they add, scale, and say what a blob is worth."""

import numpy as np
import pytest
import torch

from dreamcore import DreamError, channels, guide, l2
from dreamcore.ascent import objectives


def value(objective, network, *blobs):
    return float(objective.bind(network)[1](*blobs))


def test_l2_is_half_the_sum_of_squares(network):
    assert value(l2("conv1"), network, torch.tensor([[[1.0, 2.0]], [[0.0, 2.0]]])) == 4.5


def test_sums_look_at_each_end_with_its_weight(network):
    both = 0.5 * l2("conv1") + l2("join") * 2 - l2("left")
    assert both.bind(network)[0] == ("conv1", "join", "left")
    assert value(both, network, torch.ones(2), torch.ones(4), torch.ones(6)) == 0.5 * 1 + 2 * 2 - 3


def test_channels_leave_the_others_out(network):
    blob = torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None]
    assert value(channels("conv1", 1, 3), network, blob) == 0.5 * (4 + 16)


def test_a_channel_that_is_not_there_is_named(network):
    with pytest.raises(DreamError, match="conv1 has no channel 4; allowed are 0 to 3"):
        channels("conv1", 4).bind(network)


def test_a_role_stands_for_its_end(network):
    network.roles = {"parts": "join"}
    assert l2("parts").bind(network)[0] == ("join",)


def test_an_unknown_end_suggests_the_nearest(network):
    with pytest.raises(DreamError, match=r'no layer .conv2.*did you mean "conv1"'):
        l2("conv2").bind(network)


def test_guide_matches_each_place_with_the_best_of_the_guide(network, monkeypatch):
    picture = np.random.default_rng(0).uniform(0, 255, (9, 11, 3)).astype("f4")
    rng = torch.Generator().manual_seed(0)
    blob = torch.randn(5, 6, 7, generator=rng)
    ends, matched = guide(picture, "join").bind(network)
    from dreamcore.ascent.dreams import to_data

    features = network.outputs(to_data(picture, network), *ends)[0].flatten(1)
    products = blob.flatten(1).T @ features
    expected = sum(products[place, products[place].argmax()] for place in range(len(products)))
    assert float(matched(blob)) == pytest.approx(float(expected), rel=1e-5)
    monkeypatch.setattr(objectives, "_BLOCK", 1)  # one place at a time
    assert float(matched(blob)) == pytest.approx(float(expected), rel=1e-5)


def test_the_guides_gradient_is_the_matched_features(network):
    picture = np.random.default_rng(0).uniform(0, 255, (9, 11, 3)).astype("f4")
    (end,), matched = guide(picture, "join").bind(network)
    blob = torch.randn(5, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(matched(blob), blob)
    assert (gradient * blob).sum().item() == pytest.approx(matched(blob).item(), rel=1e-5)

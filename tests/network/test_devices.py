"""The same on every device that this machine has."""

import numpy as np
import pytest
import torch

from dreamcore import channels, dream, guide, l2
from dreamcore.network import l2 as energy
from tests.network.small import load, picture

PRESENT = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


@pytest.fixture(params=PRESENT)
def networks(request, tmp_path):
    """The network on a device, and on the processor."""
    if not PRESENT[request.param]:
        pytest.skip(f"this machine has no {request.param}")
    return load(tmp_path / "there", device=request.param), load(tmp_path / "here")


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_gradients_are_those_of_the_processor(networks):
    (value, found), (expected_value, expected) = (
        network.gradient(picture(40, 56), ("norm", "left"), lambda a, b: energy(a) - 2 * energy(b))
        for network in networks
    )
    assert value == pytest.approx(expected_value, rel=1e-4)
    close(found, expected)


def test_gradients_come_again_the_same(networks):
    network = networks[0]
    first, *others = (network.gradient(picture(40, 56), "norm")[1] for _ in range(4))
    for each in others:
        close(each, first)


def test_several_pictures_at_once_have_the_gradients_of_each(networks):
    network = networks[0]
    stack = np.stack([picture(40, 56), picture(40, 56)[:, ::-1], 2 * picture(40, 56)])
    values, found = network.gradient(stack, "norm")
    assert values.shape == (3,) and found.shape == stack.shape
    for data, value, gradient in zip(stack, values, found, strict=True):
        alone = network.gradient(data, "norm")
        assert value == pytest.approx(alone[0], rel=1e-5)
        close(gradient, alone[1])


def test_what_is_on_the_device_stays_there(networks):
    network = networks[0]
    value, gradient = network.gradient(torch.from_numpy(picture()).to(network.device), "norm")
    assert value.device.type == gradient.device.type == network.device.type


@pytest.mark.parametrize("objective", [l2("norm"), channels("norm", 1, 3), 0.5 * l2("left") + l2("norm")])
def test_dreams_are_those_of_the_processor(networks, objective):
    image = np.random.default_rng(1).uniform(0, 255, (30, 40, 3)).astype("f4")
    found, expected = (
        dream(image, network, objective=objective, iterations=2, octaves=2, jitter=4, seed=1) for network in networks
    )
    assert np.abs(found - expected).max() < 0.05


def test_guided_dreams_are_those_of_the_processor(networks):
    image = np.random.default_rng(1).uniform(0, 255, (30, 40, 3)).astype("f4")
    found, expected = (
        dream(image, network, objective=guide(image[::-1], "norm"), iterations=1, octaves=1, seed=1)
        for network in networks
    )
    assert np.abs(found - expected).max() < 0.05


@pytest.mark.parametrize("options", [{}, {"strength": 0.5, "mask": np.linspace(0, 1, 1200).reshape(30, 40)}])
def test_several_pictures_at_once_dream_as_each_alone(networks, options):
    images = np.random.default_rng(1).uniform(0, 255, (3, 30, 40, 4)).astype("f4")
    options = {"layer": "norm", "iterations": 2, "octaves": 2, "jitter": 4, "seed": 1, **options}
    together = dream(images, networks[0], **options)
    assert together.shape == images.shape
    for image, found in zip(images, together, strict=True):
        assert np.abs(found - dream(image, networks[0], **options)).max() < 0.05

"""The border between a picture and what a network is given, against arrays worked out by hand."""

import numpy as np
import pytest

from dreamcore import DreamError, dream, l2
from dreamcore.ascent.layout import bounds, to_data, to_image
from dreamcore.network import Colours
from tests.network.small import load

ONE_LAYER = """
layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: 1 dim: {0} dim: 8 dim: 8 }} }} }}
layer {{ name: "out" type: "Convolution" bottom: "data" top: "out"
        convolution_param {{ num_output: 1 kernel_size: 1 bias_term: false }} }}
"""
PIXELS = np.array([[[10, 20, 30], [40, 50, 60]]], "f4")  # (1, 2, RGB)


def one_layer(folder, weights, **colours):
    """A network whose only layer weighs the channels of a pixel."""
    kernel = np.array(weights, "f4").reshape(1, -1, 1, 1)
    return load(folder, ONE_LAYER.format(len(weights)), {"out": [kernel]}, colours=Colours(**colours))


def test_caffe_takes_the_mean_off_in_the_networks_order_and_then_scales(tmp_path):
    bgr = one_layer(tmp_path / "bgr", [1, 1, 1], mean=(1.0, 2.0, 3.0), scale=0.5)
    assert to_data(PIXELS, bgr)[:, 0, 0].tolist() == [14.5, 9, 3.5]  # (30 - 1, 20 - 2, 10 - 3) / 2
    rgb = one_layer(tmp_path / "rgb", [1, 1, 1], mean=(1.0, 2.0, 3.0), scale=0.5, order="rgb")
    assert to_data(PIXELS, rgb)[:, 0, 1].tolist() == [19.5, 24, 28.5]  # (40 - 1, 50 - 2, 60 - 3) / 2


@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_the_border_leads_back(tmp_path, order):
    network = one_layer(tmp_path, [1, 1, 1], mean=(104.0, 117.0, 123.0), scale=0.017, order=order)
    np.testing.assert_allclose(to_image(to_data(PIXELS, network), network), PIXELS, atol=1e-4)


def test_bounds_are_black_and_white_in_the_networks_layout(tmp_path):
    network = one_layer(tmp_path, [1, 1, 1], mean=(5.0, 55.0, 255.0), scale=0.1)
    low, high = (each.ravel().tolist() for each in bounds(network))
    assert low == pytest.approx([-0.5, -5.5, -25.5])
    assert high == pytest.approx([25, 20, 0])


def one_step(picture, network, **options):
    return dream(picture, network, layer="out", octaves=1, iterations=1, jitter=0, **options)


def test_a_step_is_of_as_many_grey_levels_whatever_the_scale(tmp_path):
    grey = np.full((8, 8, 3), 140, "f4")
    steps = []
    for number, scale in enumerate((1.0, 0.017)):
        network = one_layer(tmp_path / str(number), [3, 0, 1], mean=(100.0, 100.0, 100.0), scale=scale)
        steps.append(one_step(grey, network, step_size=4) - grey)
        assert np.abs(steps[-1]).mean() == pytest.approx(4, rel=1e-4)
    np.testing.assert_allclose(steps[0], steps[1], atol=1e-3)


def test_the_gradient_reaches_the_channel_it_belongs_to(tmp_path):
    grey = np.full((8, 8, 3), 140, "f4")
    for order, reddened in (("rgb", 0), ("bgr", 2)):  # the weight is that of the network's first channel
        network = one_layer(tmp_path / order, [1, 0, 0], mean=(0.0, 0.0, 0.0), order=order)
        changed = np.abs(one_step(grey, network) - grey).reshape(-1, 3).max(0)
        assert (changed > 1).tolist() == [channel == reddened for channel in range(3)]


def test_a_network_of_one_channel_is_given_the_luminance(tmp_path):
    network = one_layer(tmp_path, [2], mean=(100.0,), scale=0.5)
    data = to_data(np.array([[[255, 0, 0]]], "f4"), network)
    assert data.shape == (1, 1, 1)
    assert data.item() == pytest.approx((0.299 * 255 - 100) / 2, rel=1e-5)


def test_what_it_dreams_is_given_to_all_three_colours(tmp_path):
    network = one_layer(tmp_path, [2], mean=(100.0,), scale=0.5)
    picture = np.random.default_rng(4).uniform(40, 200, (8, 9, 4)).astype("f4")
    dreamed = one_step(picture, network, step_size=5)
    change = dreamed[..., :3] - picture[..., :3]
    np.testing.assert_allclose(change, change[..., :1].repeat(3, -1), atol=1e-3)
    assert np.abs(change).mean() == pytest.approx(5, rel=1e-3)
    luminance = picture[..., :3] @ np.array([0.299, 0.587, 0.114], "f4")
    assert (np.sign(change[..., 0]) == np.sign(luminance - 100)).all()  # up the slope of the square of its distance
    assert np.array_equal(dreamed[..., 3], picture[..., 3])


def test_colours_stay_within_their_range_where_only_the_luminance_is_known_to(tmp_path):
    network = one_layer(tmp_path, [1], mean=(0.0,))
    red = np.zeros((8, 8, 3), "f4")
    red[..., 0] = 250
    assert one_step(red, network, step_size=20).max() == 255
    assert one_step(red, network, step_size=20, clip=False).max() == pytest.approx(270, abs=1e-3)


def test_masks_strength_and_several_pictures_work_on_one_channel(tmp_path):
    network = one_layer(tmp_path, [1], mean=(0.0,))
    pictures = np.full((2, 16, 12, 3), 90, "f4")
    mask = np.zeros((16, 12), "f4")
    mask[:8] = 1
    dreamed = dream(pictures, network, layer="out", octaves=2, iterations=2, jitter=1, seed=1, mask=mask, strength=0.5)
    assert (dreamed[:, :6] > 90.5).all()
    assert np.array_equal(dreamed[:, 10:], pictures[:, 10:])


def test_a_guide_is_given_to_a_network_of_one_channel_as_its_luminance(tmp_path):
    from dreamcore import guide

    network = one_layer(tmp_path, [1], mean=(0.0,))
    picture = np.full((8, 8, 3), 90, "f4")
    assert one_step(picture, network).shape == picture.shape
    dreamed = dream(
        picture, network, layer=guide(np.full((8, 8, 3), 200, "u1"), "out"), octaves=1, iterations=1, jitter=0
    )
    assert (dreamed > picture).all()


def test_a_network_of_four_channels_says_so(tmp_path):
    network = load(tmp_path, ONE_LAYER.format(4), {"out": [np.ones((1, 4, 1, 1), "f4")]}, name="depth")
    with pytest.raises(DreamError, match="depth takes pictures of 4 channels; a dream has 3, or 1 for the luminance"):
        dream(np.zeros((8, 8, 3)), network, layer="out")


def test_activations_and_gradients_are_those_of_the_layout(tmp_path):
    network = one_layer(tmp_path, [2, 0, 1], mean=(10.0, 10.0, 10.0), scale=0.1)
    data = to_data(PIXELS, network)
    np.testing.assert_allclose(network.activations(data, "out")["out"].ravel(), [4, 13], rtol=1e-6)  # 2*2+0, 2*5+3
    value, gradient = network.gradient(data.numpy(), "out", lambda blob: blob.sum())
    assert value == pytest.approx(17)
    assert gradient[:, 0, 0].tolist() == [2, 0, 1]
    assert l2("out").bind(network)[0] == ("out",)

"""What becomes of a picture's colours before a network."""

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.network.colours import Colours, mean_for, usual_mean

PIXELS = np.array([[[10, 20, 30], [40, 50, 60]]], "u1")  # (1, 2, RGB)


def test_planes_are_the_colours_in_the_networks_order():
    assert Colours(order="bgr").planes(PIXELS)[:, 0, 0].tolist() == [30, 20, 10]
    assert Colours(order="rgb").planes(PIXELS)[:, 0, 1].tolist() == [40, 50, 60]


def test_one_channel_is_the_luminance_of_caffes_own_tools():
    planes = Colours((0.0,)).planes(np.array([[[200, 100, 50]]], "f4"))
    assert planes.shape == (1, 1, 1)
    assert planes.item() == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50)


def test_alpha_is_no_colour():
    assert Colours().planes(np.zeros((2, 3, 4))).shape == (3, 2, 3)


def test_one_number_is_the_mean_of_every_channel():
    assert mean_for([7], 3) == (7.0, 7.0, 7.0)
    with pytest.raises(DreamError, match="the mean has 3 numbers; a network of 1 channels takes one number"):
        mean_for([1, 2, 3], 1)


def test_the_usual_mean_of_one_channel_is_the_luminance_of_imagenets():
    assert usual_mean(1) == (pytest.approx(0.114 * 104 + 0.587 * 117 + 0.299 * 123),)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"order": "grb"}, "no channels 'grb'.*allowed: bgr, rgb"),
        ({"mean": (1.0, float("nan"), 2.0)}, "the mean is 1, nan, 2; each number of it is from 0 to 255"),
        ({"mean": (1.0, 2.0, 256.0)}, "from 0 to 255"),
        ({"scale": 0.0}, "the scale is 0; allowed is a number from 1e-06 to 1e[+]06"),
        ({"scale": float("inf")}, "the scale is inf"),
        ({"scale": -1.0}, "the scale is -1"),
    ],
)
def test_what_no_picture_can_have_is_refused(wrong, message):
    with pytest.raises(DreamError, match=message):
        Colours(**wrong)

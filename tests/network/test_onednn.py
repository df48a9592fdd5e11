"""Convolutions whose weights are laid out once: the same numbers, at any size."""

import pytest
import torch
from torch.nn import functional

from dreamcore.network import onednn
from dreamcore.network.layers.convolutions import Convolution

KINDS = [kind for kind in (torch.float32, torch.bfloat16) if onednn._is_there(kind)]


def told(kernel=3, padding=1, kind=torch.float32, **others):
    weight = torch.randn(6, 5, kernel, kernel, generator=torch.Generator().manual_seed(1)).to(kind)
    plain = {"stride": (1, 1), "padding": (padding, padding), "dilation": (1, 1), "group": 1, **others}
    return Convolution(weight, torch.arange(6).to(kind), **plain)


def blob(height, width, kind=torch.float32, channels=5):
    numbers = torch.randn(1, channels, height, width, generator=torch.Generator().manual_seed(2))
    return numbers.to(kind, memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("size", [(8, 12), (3, 5), (30, 21)])
def test_it_convolves_at_any_size(kind, rectified, size):
    convolution = told(kind=kind)
    laid = onednn.Laid(convolution, (1, 5, *size))
    expected = functional.conv2d(blob(*size, kind), *convolution)
    expected = expected.relu() if rectified else expected
    torch.testing.assert_close(laid.forward(blob(*size, kind), rectified), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kernel, padding", [(3, 1), (5, 2), (3, 0), (1, 0), (2, 1)])
def test_its_gradient_is_the_transposed_convolution(kind, kernel, padding):
    convolution = told(kernel, padding, kind)
    height, width = (side + kernel - 1 - 2 * padding for side in (7, 9))
    laid = onednn.Laid(convolution, (1, 5, height, width))
    gradient = blob(7, 9, kind, channels=6)
    expected = functional.conv_transpose2d(gradient, convolution.weight, None, 1, padding)
    torch.testing.assert_close(laid.backward(gradient), expected)


@pytest.mark.skipif(not KINDS, reason="PyTorch has no oneDNN here")
def test_weights_are_laid_out_once_for_each_size(monkeypatch):
    sizes = []
    monkeypatch.setattr(onednn, "_laid", lambda weight, padding, size: sizes.append(size[2:]) or weight.to_mkldnn())
    convolution = told()
    for size in ((8, 12), (16, 24)):
        laid = onednn.Laid(convolution, (1, 5, *size))
        for _ in range(3):
            laid.backward(laid.forward(blob(*size), False))
    assert sizes == [(8, 12), (8, 12), (16, 24), (16, 24)]  # and turned


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_out_does_not_hang_on_the_size_before(kind):
    convolution, x = told(kind=kind), blob(40, 60, kind)
    first = onednn.Laid(convolution, x.shape).forward(x, False)
    onednn.Laid(convolution, (1, 5, 8, 12)).forward(blob(8, 12, kind), False)
    assert torch.equal(onednn.Laid(convolution, x.shape).forward(x, False), first)


@pytest.mark.parametrize(
    "convolution, x",
    [
        (told(stride=(2, 2)), blob(99, 99)),
        (told(dilation=(2, 2)), blob(99, 99)),
        (told(group=5), blob(99, 99)),
        (told(1, 1), blob(99, 99)),  # the border is the bias alone
        (told(kind=torch.float64), blob(99, 99, torch.float64)),
        (told(), blob(99, 99).to("meta")),
        (told(), blob(8, 12)),  # few products
    ],
)
def test_others_are_left_to_pytorch(convolution, x):
    assert not onednn.takes(convolution, x)


@pytest.mark.parametrize("kind", KINDS)
def test_large_ones_are_taken(kind):
    assert onednn.takes(told(kind=kind), blob(99, 99, kind))


@pytest.mark.skipif(not KINDS, reason="PyTorch has no oneDNN here")
def test_both_layouts_of_weights_with_windows_are_counted():
    assert onednn.bytes_laid([torch.zeros(6, 5, 3, 3), torch.zeros(4, 9)]) == 2 * 4 * 6 * 5 * 9

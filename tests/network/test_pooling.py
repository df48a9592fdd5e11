"""Caffe's pooling: sizes rounded up, windows clipped, padding counted by the average and ignored by the maximum."""

from math import ceil

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from dreamcore.errors import DreamError
from tests.network.test_layers import check, functions, layer_of, numbers, run


def size_after(size, kernel, stride, pad):
    """Caffe clips only where there is padding; without, a stride beyond the kernel gives it windows of no pixel."""
    after = ceil((size + 2 * pad - kernel) / stride) + 1
    return after - 1 if (after - 1) * stride >= size + pad else after


def pool(x, method, kernel, stride, pad):
    """Caffe's loops: a window may reach into the padding, but starts before its far end."""
    _, channels, height, width = x.shape
    rows, columns = size_after(height, kernel[0], stride[0], pad[0]), size_after(width, kernel[1], stride[1], pad[1])
    result = np.zeros((1, channels, rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride[0] - pad[0], j * stride[1] - pad[1]
            bottom, right = min(top + kernel[0], height + pad[0]), min(left + kernel[1], width + pad[1])
            area = (bottom - top) * (right - left)
            window = x[0, :, max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
            result[0, :, i, j] = window.max((1, 2)) if method == "MAX" else window.sum((1, 2)) / area
    return result


def pooling(method, kernel, stride, pad):
    names = ("kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w")
    values = " ".join(f"{name}: {value}" for name, value in zip(names, (*kernel, *stride, *pad), strict=True))
    return layer_of("Pooling", f"pooling_param {{ pool: {method} {values} }}")


sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))
kernels = st.tuples(st.integers(1, 5), st.integers(1, 5))


@given(st.sampled_from(["MAX", "AVE"]), sizes, kernels, kernels, kernels)
def test_pooling_is_caffes_at_any_size(method, size, kernel, stride, pad):
    pad = tuple(p % k for p, k in zip(pad, kernel, strict=True))  # Caffe asks for padding below the kernel's size
    assume(all(s + 2 * p >= k for s, p, k in zip(size, pad, kernel, strict=True)))
    x = numbers(1, 2, *size)
    expected = pool(x, method, kernel, stride, pad)
    for function in functions("Pooling"):
        found = run(pooling(method, kernel, stride, pad), [x], function=function)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("method", ["MAX", "AVE"])
@pytest.mark.parametrize(
    ("kernel", "stride", "pad"), [(3, 2, 0), (3, 1, 1), (3, 2, 1), (2, 2, 0), (5, 3, 0), (3, 2, 2)]
)
def test_pooling_and_its_gradient(method, kernel, stride, pad):
    x = numbers(1, 2, 7, 8)
    layer = layer_of("Pooling", f"pooling_param {{ pool: {method} kernel_size: {kernel} stride: {stride} pad: {pad} }}")
    check(layer, [x], pool(x, method, *((each, each) for each in (kernel, stride, pad))))


@pytest.mark.parametrize("method", ["MAX", "AVE"])
def test_global_pooling(method):
    x = numbers(1, 2, 3, 5)
    expected = x.max((2, 3), keepdims=True) if method == "MAX" else x.mean((2, 3), keepdims=True)
    check(layer_of("Pooling", f"pooling_param {{ pool: {method} global_pooling: true }}"), [x], expected)


def test_a_window_that_fits_partly_makes_one_more_row():
    assert run(pooling("MAX", (3, 3), (2, 2), (0, 0)), [numbers(1, 1, 6, 112)]).shape == (1, 1, 3, 56)


@pytest.mark.parametrize("method", ["MAX", "AVE"])
def test_a_window_may_be_larger_than_the_picture(method):
    x = numbers(1, 1, 2, 2)
    expected = x.max() if method == "MAX" else x.mean()
    for function in functions("Pooling"):
        found = run(pooling(method, (3, 3), (2, 2), (0, 0)), [x], function=function)
        np.testing.assert_allclose(found, [[[[expected]]]], rtol=1e-12)


def test_a_picture_in_which_no_window_has_a_place_is_too_small():
    with pytest.raises(DreamError, match="looks through windows of 3x3 at 2x1"):
        run(pooling("MAX", (3, 3), (2, 2), (0, 0)), [numbers(1, 1, 1, 2)])


def test_the_average_counts_padding():
    x = np.ones((1, 1, 3, 3))
    assert run(pooling("AVE", (3, 3), (1, 1), (1, 1)), [x])[0, 0, 0].tolist() == pytest.approx([4 / 9, 6 / 9, 4 / 9])


def test_the_maximum_ignores_padding():
    assert run(pooling("MAX", (3, 3), (1, 1), (1, 1)), [np.full((1, 1, 2, 2), -5.0)]).max() == -5


def test_the_first_maximum_takes_the_gradient_of_ties():
    for function in functions("Pooling"):
        x = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
        function(pooling("MAX", (3, 3), (1, 1), (0, 0)), (), x).sum().backward()
        assert x.grad.flatten().tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_stochastic_pooling_is_an_error():
    with pytest.raises(DreamError, match="stochastic pooling, which is for training"):
        run(layer_of("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"), [numbers(1, 1, 4, 4)])

"""The compiled LRN, max pooling and gradient of a ReLU, against PyTorch's own operators."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from dreamcore.network import kernels

TYPES = {torch.float32: 1e-5, torch.bfloat16: 1e-2}
types = pytest.mark.parametrize("kind", TYPES)


def blob(*shape, seed=0, kind=torch.float32):
    values = torch.from_numpy(np.random.default_rng(seed).normal(0, 50, shape).astype("f4"))
    return values.to(kind).contiguous(memory_format=torch.channels_last)


def close(found, expected, kind):
    assert found.dtype == kind
    error = (found.double() - expected.double()).norm()
    assert error <= TYPES[kind] * expected.double().norm()


@types
@pytest.mark.parametrize(("channels", "size"), [(1, 5), (3, 5), (16, 5), (37, 5), (64, 3), (7, 1), (5, 11)])
@pytest.mark.parametrize("beta", [0.75, 0.5])
@pytest.mark.parametrize("rectified", [False, True])
def test_lrn_and_its_gradient(kind, channels, size, beta, rectified):
    x, above = blob(2, channels, 5, 13, kind=kind), blob(2, channels, 5, 13, seed=1, kind=kind)
    wide = x.double().requires_grad_()
    expected = functional.local_response_norm(wide.relu() if rectified else wide, size, size * 1e-4, beta, 1.5)
    (gradient,) = torch.autograd.grad(expected, wide, above.double())
    constants = size, 1e-4, beta, 1.5, rectified
    close(kernels.lrn(x, *constants), expected, kind)
    close(kernels.lrn_gradient(x, above, *constants), gradient, kind)


@types
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 31, 1, 1), (2, 3, 5, 7), (1, 16, 4, 4), (1, 37, 29, 33)], ids=str)
def test_where_a_relu_let_numbers_through(kind, shape):
    top, above = blob(*shape, kind=kind).relu(), blob(*shape, seed=1, kind=kind)
    found = kernels.positive(top)
    assert found.nbytes <= top.numel() / 8 + 32
    expected = torch.where(top > 0, above, torch.zeros_like(above))
    assert torch.equal(kernels.relu_gradient(above, found), expected)


@settings(max_examples=60)
@given(
    st.sampled_from([*TYPES]),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.booleans(),
)
def test_max_pooling_and_its_gradient(kind, size, kernel, stride, padding, rectified):
    assume(all(p <= k // 2 for p, k in zip(padding, kernel, strict=True)))
    assume(all(s + 2 * p >= k for s, p, k in zip(size, padding, kernel, strict=True)))
    x = blob(2, 3, *size, kind=kind).requires_grad_()
    expected = functional.max_pool2d(x, kernel, stride, padding, ceil_mode=True)
    expected = expected.relu() if rectified else expected
    above = blob(*expected.shape, seed=1, kind=kind)
    (gradient,) = torch.autograd.grad(expected, x, above)
    window = kernel, stride, padding
    top, places = kernels.largest(x, expected.shape[2:], window, rectified)
    assert torch.equal(top, expected)
    close(kernels.largest_gradient(above, places, size, window), gradient, kind)


def test_of_equal_values_the_first_is_the_largest():
    _, places = kernels.largest(torch.zeros(1, 1, 3, 3), (1, 1), ((3, 3), (1, 1), (0, 0)), False)
    assert places.item() == 0


def test_what_relu_takes_away_has_no_place_and_no_gradient():
    window = (1, 1), (1, 1), (0, 0)
    top, places = kernels.largest(torch.tensor([[[[-1.0, 0.0, 2.0]]]]), (1, 3), window, True)
    assert top.flatten().tolist() == [0, 0, 2]
    assert places.flatten().tolist() == [255, 255, 0]
    gradient = kernels.largest_gradient(torch.ones(1, 1, 1, 3), places, (1, 3), window)
    assert gradient.flatten().tolist() == [0, 0, 1]


@pytest.mark.parametrize(("added", "total"), [(1 / 256, 1), (3 / 256, 1 + 4 / 256), (-1 / 256, 1 - 1 / 256)])
def test_what_lies_between_two_numbers_of_bfloat16_goes_to_the_even_one(added, total):
    x = torch.tensor([[[[0.0, 0.0, 9.0, 0.0]]]]).bfloat16()
    window = (1, 3), (1, 1), (0, 0)
    _, places = kernels.largest(x, (1, 2), window, False)  # the third place is the largest of both windows
    gradient = kernels.largest_gradient(torch.tensor([[[[1, added]]]]).bfloat16(), places, (1, 4), window)
    assert gradient.flatten().tolist() == [0, 0, total, 0]


def test_any_layout_is_taken():
    x = torch.randn(2, 3, 4, 5)  # channels first
    constants = 3, 1e-4, 0.75, 1.0
    expected = functional.local_response_norm(x, 3, 3e-4, 0.75, 1.0)
    torch.testing.assert_close(kernels.lrn(x, *constants), expected)


def test_shapes_alone_are_followed():
    x = torch.empty(1, 3, 7, 9, device="meta")
    top, places = kernels.largest(x, (3, 4), ((3, 3), (2, 2), (0, 0)), False)
    assert top.shape == places.shape == (1, 3, 3, 4)
    assert kernels.lrn(x, 5, 1e-4, 0.75, 1.0).shape == x.shape
    assert kernels.relu_gradient(x, kernels.positive(x)).shape == x.shape


@pytest.mark.parametrize(
    ("x", "places", "taken"),
    [
        (torch.zeros(1, 1, 1, 1), 9, True),
        (torch.zeros(1, 1, 1, 1), 255, False),
        (torch.zeros(1, 1, 1, 1, dtype=torch.float64), 9, False),
        (torch.zeros(1, 1), 9, False),
        (torch.zeros(1, 1 << 15, 1, 1), 9, False),
    ],
)
def test_what_is_taken(x, places, taken):
    assert kernels.takes(x, places) == taken


def test_a_brief_dream_does_without_what_is_not_loaded_yet(monkeypatch):
    x = blob(1, 3, 4, 4)
    monkeypatch.setattr(kernels, "_are_loaded", False)
    with kernels.not_loaded():
        assert not kernels.takes(x, 9)
    kernels.largest(x, (2, 2), ((2, 2), (2, 2), (0, 0)), False)
    with kernels.not_loaded():
        assert kernels.takes(x, 9)

import numpy as np
import pytest
from scipy import ndimage

from dreamcore.transforms import Context, laplace, prewitt, scharr, sobel

HERE = Context(0)
FRAME = np.random.default_rng(0).uniform(0, 60, (8, 11, 3)).astype(np.float32)
STEP = np.zeros((4, 4, 3), np.float32)
STEP[:, 2:] = 10


@pytest.mark.parametrize("function, gain, reference", [(sobel, 4, ndimage.sobel), (prewitt, 3, ndimage.prewitt)])
def test_equal_to_scipy_at_its_gain(function, gain, reference):
    down, across = (
        np.stack([reference(FRAME[..., channel], axis=axis) for channel in range(3)], axis=2) for axis in (0, 1)
    )
    assert np.allclose(function(gain)(FRAME, HERE), np.clip(np.hypot(down, across), 0, 255), atol=1e-3)
    assert np.allclose(function(gain, axis="vertical")(FRAME, HERE), np.clip(abs(down), 0, 255), atol=1e-3)
    assert np.allclose(function(gain, axis="horizontal")(FRAME, HERE), np.clip(abs(across), 0, 255), atol=1e-3)


def test_scharr_equals_a_direct_convolution():
    kernel = np.outer([3, 10, 3], [-1, 0, 1]) / 16
    grey = FRAME[..., 0]
    across, down = (ndimage.correlate(grey, each, mode="reflect") for each in (kernel, kernel.T))
    assert np.allclose(scharr(1)(FRAME, HERE)[..., 0], np.hypot(across, down), atol=1e-3)


def test_laplace_equals_scipy():
    expected = [np.clip(abs(ndimage.laplace(FRAME[..., channel])), 0, 255) for channel in range(3)]
    assert np.allclose(laplace(1)(FRAME, HERE), np.stack(expected, axis=2), atol=1e-3)


@pytest.mark.parametrize("function", [sobel, prewitt, scharr])
def test_a_step_gives_its_own_height_on_both_sides_at_gain_1(function):
    assert np.allclose(function(1)(STEP, HERE)[1, :, 0], [0, 10, 10, 0], atol=1e-4)


def test_laplace_of_a_step_by_hand():
    assert laplace(1)(STEP, HERE)[1, :, 0].tolist() == [0, 10, 10, 0]


@pytest.mark.parametrize("function", [sobel, prewitt, scharr, laplace])
def test_a_flat_picture_has_no_edges(function):
    assert not function()(np.full((5, 5, 3), 77, np.float32), HERE).any()


@pytest.mark.parametrize("function", [sobel, prewitt, scharr, laplace])
def test_edges_of_luminance_are_grey(function):
    out = function(1, on="luminance")(FRAME, HERE)
    assert np.array_equal(out[..., 0], out[..., 1]) and np.array_equal(out[..., 0], out[..., 2])


@pytest.mark.parametrize("function", [sobel, laplace])
def test_mix_keeps_part_of_the_picture(function):
    edges = function(1)(FRAME, HERE)
    assert np.allclose(function(1, mix=0.25)(FRAME, HERE), 0.75 * FRAME + 0.25 * edges, atol=1e-3)
    assert np.array_equal(function(mix=0)(FRAME, HERE), FRAME)


@pytest.mark.parametrize("function", [sobel, laplace])
def test_normalised_the_strongest_edge_is_white(function):
    edges = function(1)(FRAME, HERE)
    assert np.allclose(function(normalise=True)(FRAME, HERE), edges * (255 / edges.max()), atol=1e-3)


def after(transform, frames):
    """What is left of noise when edges are taken of edges, without a dream in between."""
    frame = np.random.default_rng(0).normal(100, 20, (40, 40, 3)).clip(0, 255).astype(np.float32)
    for number in range(frames):
        frame = transform(frame, Context(number))
    return frame


@pytest.mark.parametrize("function", [sobel, prewitt, scharr, laplace])
def test_the_default_gain_lets_noise_fade(function):
    assert after(function(), 8).mean() < after(function(), 2).mean()


@pytest.mark.parametrize("scipys", [sobel(4), prewitt(3), laplace(1)])
def test_at_the_scale_of_scipy_noise_takes_everything(scipys):
    assert after(scipys, 5).mean() > 150

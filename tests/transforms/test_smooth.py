import numpy as np
from scipy import ndimage

from dreamcore.transforms import Context, bilateral, destreak, gaussian, median, unsharp

HERE = Context(0)
FRAME = np.random.default_rng(0).uniform(0, 255, (9, 12, 3)).astype(np.float32)
SPECK = np.zeros((5, 5, 3), np.float32)
SPECK[2, 2] = 90


def test_gaussian_equals_scipy():
    expected = ndimage.gaussian_filter(FRAME, (1.5, 1.5, 0), truncate=3)
    assert np.allclose(gaussian(1.5)(FRAME, HERE), expected, atol=1e-3)


def test_gaussian_of_a_speck_by_hand():
    weights = np.exp(-(np.arange(-2, 3) ** 2) / 2 / 0.6**2)
    weights /= weights.sum()
    assert np.allclose(gaussian(0.6)(SPECK, HERE)[..., 0], 90 * np.outer(weights, weights), atol=1e-3)


def test_median_removes_a_speck_and_keeps_an_edge():
    assert not median()(SPECK, HERE).any()
    edge = np.zeros((4, 6, 3), np.float32)
    edge[:, 3:] = 50
    assert np.array_equal(median()(edge, HERE), edge)


def test_median_equals_scipy():
    once = ndimage.median_filter(FRAME, (3, 3, 1), mode="reflect")
    assert np.array_equal(median()(FRAME, HERE), once)
    assert np.array_equal(median(2)(FRAME, HERE), ndimage.median_filter(once, (3, 3, 1), mode="reflect"))


def test_unsharp_adds_the_detail():
    expected = np.clip(FRAME + 0.5 * (FRAME - gaussian(1)(FRAME, HERE)), 0, 255)
    assert np.allclose(unsharp(0.5)(FRAME, HERE), expected, atol=1e-3)


def test_bilateral_equals_its_formula():
    expected = np.zeros_like(FRAME)
    height, width = FRAME.shape[:2]
    for y in range(height):
        for x in range(width):
            total = weights = 0
            for v in range(max(0, y - 2), min(height, y + 3)):
                for u in range(max(0, x - 2), min(width, x + 3)):
                    far = (v - y) ** 2 + (u - x) ** 2
                    if far <= 4:
                        alike = ((FRAME[v, u].astype(float) - FRAME[y, x]) ** 2).sum()
                        weight = np.exp(-far / 8 - alike / 2 / 60**2)
                        total, weights = total + weight * FRAME[v, u], weights + weight
            expected[y, x] = total / weights
    assert np.allclose(bilateral(2, tolerance=60)(FRAME, HERE), expected, atol=1e-2)


def test_bilateral_keeps_an_edge_that_gaussian_blurs():
    edge = np.zeros((6, 6, 3), np.float32)
    edge[:, 3:] = 200
    assert np.abs(bilateral(2)(edge, HERE) - edge).max() < 1e-3
    assert np.abs(gaussian(2)(edge, HERE) - edge).max() > 50


def test_nothing_to_smooth_changes_nothing():
    for step in (gaussian(0), median(0), unsharp(0), bilateral(0)):
        assert np.array_equal(step(FRAME, HERE), FRAME)


STRIPES = np.broadcast_to(np.where(np.arange(40) % 4 < 2, 60, 140)[None, :, None], (60, 40, 3)).astype(np.float32)


def test_destreak_takes_stripes_away_by_its_amount():
    inner = np.s_[:, 10:30]
    assert np.allclose(destreak(1)(STRIPES, HERE)[inner], 100, atol=1)
    assert np.allclose(destreak(0.25)(STRIPES, HERE)[inner], 100 + 0.75 * (STRIPES[inner] - 100), atol=1)


def test_destreak_goes_by_its_axis():
    turned = np.ascontiguousarray(STRIPES.transpose(1, 0, 2))
    out = destreak(0.5, axis="horizontal")(turned, HERE)
    assert np.allclose(out.transpose(1, 0, 2), destreak(0.5)(STRIPES, HERE), atol=1e-3)


def test_destreak_leaves_what_changes_along_the_axis_and_what_is_wide():
    across = STRIPES[:40].transpose(1, 0, 2)[:, :40]  # stripes that lie
    assert np.abs(destreak(1)(across, HERE) - across).max() < 1e-3
    ramp = np.broadcast_to(np.linspace(0, 255, 200)[None, :, None], (30, 200, 3)).astype(np.float32)
    assert np.abs(destreak(1)(ramp, HERE) - ramp)[:, 20:-20].max() < 1e-2

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from tests.wand_tools.conftest import picture_frames
from wand_tools.writers.likeness import shimmer, similarity


def test_a_similarity_is_that_of_all_windows_within():
    source, picture = (frame[:20].astype(float).mean(axis=2) for frame in picture_frames(2, step=3))

    def means(levels):
        return uniform_filter(levels, 7)[3:-3, 3:-3]

    c1, c2 = 2.55**2, 7.65**2
    ma, mb = means(picture), means(source)
    va, vb = means(picture**2) - ma**2, means(source**2) - mb**2
    both = means(picture * source) - ma * mb
    wanted = ((2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean()
    second, first = (frame[:20] for frame in picture_frames(2, step=3)[::-1])
    assert similarity(second, first) == pytest.approx(wanted)


def test_pictures_smaller_than_a_window_are_compared_whole():
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert similarity(picture, picture) == 1
    assert similarity(picture, picture[::-1]) < 1


def test_what_stands_still_in_both_does_not_shimmer():
    first, second = picture_frames(2)
    assert shimmer(first, first, second, second) == 0


def test_a_change_that_the_source_has_not_is_counted_in_levels():
    source = np.zeros((2, 2, 3), np.uint8)
    shown = source.copy()
    shown[0, 0] = 12
    assert shimmer(source, shown, source, source) == 3

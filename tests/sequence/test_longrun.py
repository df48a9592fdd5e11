"""The benchmark of long runs: what it measures, worked out by hand."""

import numpy as np
import pytest

from benchmarks.longrun import colours, longest_stale, measure, strip, table
from dreamcore.ascent.layout import to_data


def test_colours_of_a_frame_of_two():
    frame = np.zeros((2, 2, 3), np.float32)
    frame[0] = 255, 100, 40
    mean, contrast, saturation, clipped, entropy = colours(frame)
    assert mean == pytest.approx(395 / 6) and contrast == pytest.approx(frame.std())
    assert (saturation, entropy) == (107.5, 1)  # half of the pixels 215; two colours, alike often
    assert clipped == pytest.approx(8 / 12)


def test_novelty_is_the_cosine_distance_from_the_frames_before(network):
    frames = np.random.default_rng(0).uniform(0, 255, (4, 20, 24, 3)).astype("f4")
    rows = measure(frames, network, "join")
    pooled = [network.outputs(to_data(each, network), "join")[0].mean((1, 2)).numpy() for each in frames]
    distance = 1 - pooled[3] @ pooled[0] / np.linalg.norm(pooled[3]) / np.linalg.norm(pooled[0])
    assert rows[3, -1] == pytest.approx(distance, abs=1e-5) and np.isnan(rows[2, -1]) and np.isnan(rows[0, -2])
    assert measure([frames[0], frames[0]], network, "join")[1, -2] == pytest.approx(0, abs=1e-6)


def test_frames_that_only_shuffle_are_counted_on_end():
    assert longest_stale(np.array([np.nan, 0.2, 0.04, 0.03, 0.1, 0.01])) == 50
    assert longest_stale(np.array([np.nan, 0.2])) == 0


def test_the_table_leaves_out_what_is_not_known_yet():
    row = np.array([[109.4, 59, 100, 0.0081, 5.451, np.nan, np.nan]])
    assert table([0], row).splitlines()[-1] == "| 0 | 109 | 59 | 100 | 0.008 | 5.45 |  |  |"


def test_a_strip_has_seven_frames_in_a_row():
    assert strip([np.zeros((4, 6, 3), np.float32)] * 8).size == (7 * 9 - 3, 2 * 7 - 3)

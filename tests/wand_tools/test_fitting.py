from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tests.wand_tools.conftest import decoded, picture_frames, save_frames
from wand_tools import AnimationError, AnimationWarning, info, make_animation
from wand_tools.assembly import Assembly
from wand_tools.look import Look
from wand_tools.order import Arrangement
from wand_tools.sources.opening import open_source
from wand_tools.workers import Pool
from wand_tools.writers.fitting import Judged, combinations, judge, lowering, measure_means, write_within


def assembly(folder, **changes):
    settings = {"plays": 0, "look": Look(), "palette": "frame", "lossy": 0, "format": "gif"} | changes
    return Assembly(open_source(folder), Arrangement(), **settings)


def test_a_size_that_fits_at_once_changes_nothing(tmp_path, folder):
    make_animation(folder, tmp_path / "a.gif", jobs=1)
    make_animation(folder, tmp_path / "b.gif", jobs=1, max_size=10**6)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize("share", [0.75, 0.3, 0.1])
def test_the_file_fits_and_the_steps_are_told(tmp_path, share):
    folder = save_frames(tmp_path / "frames", picture_frames(16))
    free = make_animation(folder, tmp_path / "a.gif", jobs=1)
    most = int(free.bytes * share)
    with pytest.warns(AnimationWarning, match="tried the settings asked for: about .*; .*: about"):
        made = make_animation(folder, tmp_path / "b.gif", jobs=1, max_size=most)
    assert made.bytes == (tmp_path / "b.gif").stat().st_size <= most
    assert len(decoded(tmp_path / "b.gif")) == made.frames
    assert info(tmp_path / "b.gif").seconds == pytest.approx(free.seconds)


def test_a_size_out_of_reach_is_one_error_and_no_file(tmp_path, folder):
    with pytest.raises(AnimationError, match=r"max_size 50 bytes cannot be reached; tried .*1/4 of the size"):
        make_animation(folder, tmp_path / "a.gif", jobs=1, max_size=50)
    assert not (tmp_path / "a.gif").exists()


def test_where_files_are_larger_than_estimated_less_is_aimed_at(folder):
    asked = assembly(folder)
    most = judged(asked).size * 9 // 10

    def write(lower):  # a file of three times what is estimated
        return lower if judged(lower, asked).size * 3 <= most else None

    with Pool(1) as pool, pytest.warns(AnimationWarning):
        made = write_within(most, asked, pool, write)
    assert judged(made, asked).size * 3 <= most


def judged(lower, asked=None):
    with Pool(1) as pool:
        return judge(lower, asked or lower, pool)


def test_what_changes_nothing_is_not_measured(folder):
    asked = assembly(folder, look=Look(colours=64), lossy=200)
    with Pool(1) as pool:
        measured = measure_means(judge(asked, asked, pool), asked, pool, 1)
    assert {name: [value for value, _ in levels] for name, levels in measured.items()} == {
        "dither": [],
        "lossy": [],
        "colours": [32],
        "scale": [Fraction(3, 4), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)],
        "every": [2, 3, 5],
    }


def test_what_costs_more_than_is_needed_is_not_measured(folder):
    asked = assembly(folder)
    with Pool(1) as pool:
        now = judge(asked, asked, pool)
        measured = measure_means(now, asked, pool, now.size - 1)
    assert [value for value, _ in measured["lossy"]] == [10]
    assert len(measured["scale"]) <= 1
    assert measured["every"] == []


def test_settings_add_up(folder):
    lower = lowering(assembly(folder, look=Look(dither="ordered")), {"dither": "none", "lossy": 20, "every": 2})
    assert (lower.look.dither, lower.look.colours, lower.lossy, lower.arrangement.every) == ("none", 256, 20, 2)
    assert lowering(lower, {"scale": Fraction(1, 4)}).size == (10, 8)


@pytest.mark.parametrize("lowered", [{"lossy": 140}, {"colours": 32}, {"scale": Fraction(1, 2)}, {"every": 2}])
def test_every_means_saves_and_costs(tmp_path, lowered):
    random = np.random.default_rng(0)
    frames = [gaussian_filter(random.uniform(0, 255, (40, 50, 3)), (0.7, 0.7, 0)).astype(np.uint8) for _ in range(4)]
    asked = assembly(save_frames(tmp_path / "detailed", frames))
    before, after = judged(asked), judged(lowering(asked, lowered), asked)
    assert after.size < before.size
    assert after.cost > before.cost


def test_frames_that_are_left_out_cost_little_where_nothing_moves(tmp_path):
    still = assembly(save_frames(tmp_path / "still", picture_frames(8, step=0)))
    moving = assembly(save_frames(tmp_path / "moving", picture_frames(8, step=3)))
    costs = [judged(lowering(each, {"every": 2}), each).cost - judged(each).cost for each in (still, moving)]
    assert abs(costs[0]) < 0.01 < 0.05 < costs[1]


def test_the_combination_that_should_cost_least_comes_first(folder):
    asked = assembly(folder)
    now = Judged(1000, 0.1)
    measured = {
        "lossy": [(10, Judged(800, 0.2))],
        "colours": [(128, Judged(700, 0.11)), (64, Judged(300, 0.9))],
        "scale": [(Fraction(1, 2), Judged(400, 0.5))],
    }
    with Pool(1) as pool:
        first = next(combinations(now, measured, asked, pool, 600))
    assert first[0] == {"lossy": 10, "colours": 128}
    assert first[1] == judged(lowering(asked, first[0]), asked).size


def test_an_estimate_is_near_the_truth(tmp_path):
    folder = save_frames(tmp_path / "frames", picture_frames(30))
    made = make_animation(folder, tmp_path / "a.gif", jobs=1)
    assert judged(assembly(folder)).size == pytest.approx(made.bytes, rel=0.1)

import pytest

from tests.wand_tools.conftest import decoded, picture_frames, save_frames
from wand_tools import AnimationError, AnimationWarning, info, make_animation
from wand_tools.assembly import Assembly
from wand_tools.look import Look
from wand_tools.order import Arrangement
from wand_tools.sources.opening import open_source
from wand_tools.workers import Pool
from wand_tools.writers.fitting import STEPS, estimate, ladder


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
    with pytest.warns(AnimationWarning, match="tried the settings asked for: about .*; 128 colours: about"):
        made = make_animation(folder, tmp_path / "b.gif", jobs=1, max_size=most)
    assert made.bytes == (tmp_path / "b.gif").stat().st_size <= most
    assert len(decoded(tmp_path / "b.gif")) == made.frames
    assert info(tmp_path / "b.gif").seconds == pytest.approx(free.seconds)


def test_a_size_out_of_reach_is_one_error_and_no_file(tmp_path, folder):
    with pytest.raises(AnimationError, match=r"max_size 50 bytes cannot be reached; tried .*1/4 of the size"):
        make_animation(folder, tmp_path / "a.gif", jobs=1, max_size=50)
    assert not (tmp_path / "a.gif").exists()


def test_steps_that_change_nothing_are_left_out(folder):
    names = [name for name, _ in ladder(assembly(folder, look=Look(colours=64), lossy=50))]
    assert names[1:3] == ["lossy 100", "3/4 of the size"]


def test_steps_add_up(folder):
    last = list(ladder(assembly(folder, look=Look(dither="ordered"))))[-1][1]
    assert (last.look.dither, last.look.colours, last.lossy, last.arrangement.every) == ("none", 32, 100, 5)
    assert last.size == (10, 8)
    assert len(list(ladder(assembly(folder, look=Look(dither="ordered"))))) == len(STEPS) + 1


def test_an_estimate_is_near_the_truth(tmp_path):
    folder = save_frames(tmp_path / "frames", picture_frames(30))
    made = make_animation(folder, tmp_path / "a.gif", jobs=1)
    with Pool(1) as pool:
        assert estimate(assembly(folder), pool) == pytest.approx(made.bytes, rel=0.1)

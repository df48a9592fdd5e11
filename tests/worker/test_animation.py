import numpy as np
import pytest

import wand_tools
from dreamcore.errors import DreamError
from dreamcore.parameters import Writing
from dreamcore.worker import animation
from dreamcore.worker.animation import KeptPictures
from wand_tools import info
from wand_tools.look import DITHERS, PALETTES


def grey(value, size=(8, 9)):
    return np.full((*size, 4), value, "u1")


@pytest.fixture
def kept():
    kept = KeptPictures(wand_tools)
    yield kept
    kept.close()


def nothing(*_):
    pass


def seconds(path):
    return [float(each) for each in info(path).durations]


def test_kept_pictures_become_an_animation_with_their_own_delays(kept, tmp_path):
    for number, delay in enumerate((7, 20)):
        kept.keep(number, grey(90 * number + 70), delay)
    path = tmp_path / "a.gif"
    assert kept.animate(str(path), {"plays": 3}, nothing) == {"path": str(path), "size": path.stat().st_size}
    assert (info(path).size, info(path).plays, seconds(path)) == ((9, 8), 3, [0.07, 0.2])


def test_a_delay_that_is_given_stands_before_those_of_the_pictures(kept, tmp_path):
    for number in range(2):
        kept.keep(number, grey(90 * number), 20)
    kept.animate(str(tmp_path / "a.gif"), {"delay": "5", "plays": ""}, nothing)
    assert seconds(tmp_path / "a.gif") == [0.05, 0.05]


def test_a_picture_without_a_delay_has_that_of_the_table(kept, tmp_path):
    for number in range(2):
        kept.keep(number, grey(90 * number))
    kept.animate(str(tmp_path / "a.gif"), {}, nothing)
    assert seconds(tmp_path / "a.gif") == [0.07, 0.07]


def test_the_order_is_that_of_the_table_of_timing(kept, tmp_path):
    for number, delay in enumerate((10, 20, 30)):
        kept.keep(number, grey(80 * number), delay)
    kept.animate(str(tmp_path / "a.gif"), {"reverse": True, "hold_first": 0.5}, nothing)
    assert seconds(tmp_path / "a.gif") == [0.8, 0.2, 0.1]


def test_number_0_begins_anew_and_an_animation_lets_go(kept, tmp_path):
    for _ in range(2):
        kept.keep(0, grey(10), 10)
    kept.keep(1, grey(90), 10)
    folder = kept._folder.name
    kept.animate(str(tmp_path / "a.gif"), {}, nothing)
    assert len(seconds(tmp_path / "a.gif")) == 2
    assert not (tmp_path / folder).exists()
    with pytest.raises(DreamError, match="no pictures are kept"):
        kept.animate(str(tmp_path / "a.gif"), {}, nothing)


def test_progress_counts_frames(kept, tmp_path):
    counts = []
    for number in range(3):
        kept.keep(number, grey(80 * number))
    kept.animate(str(tmp_path / "a.gif"), {}, lambda done, total: counts.append((done, total)))
    assert counts == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("a.txt", {}, "txt"),
        ("a.gif", {"plays": -1}, "plays=-1 is not allowed"),
        ("a.gif", {"play": 1}, '"plays"'),
        ("a.gif", {"octaves": 1}, "octaves"),
    ],
)
def test_what_is_not_allowed_is_one_sentence_and_keeps_the_pictures(kept, tmp_path, name, parameters, words):
    kept.keep(0, grey(1))
    with pytest.raises(DreamError, match=words):
        kept.animate(str(tmp_path / name), parameters, nothing)
    kept.animate(str(tmp_path / "a.gif"), {}, nothing)


@pytest.mark.parametrize("name", ["a.bmp", "a", "no/a.gif"])
def test_a_file_that_cannot_be_written_is_refused_before_there_are_pictures(kept, tmp_path, name):
    with pytest.raises(DreamError):
        kept.check(str(tmp_path / name), 3, {})
    kept.check(str(tmp_path / "a.gif"), 3, {"ping_pong": True, "max_size": "1MB", "palette": "global"})


def test_a_largest_size_is_for_gif_alone(kept, tmp_path):
    with pytest.raises(DreamError, match="max_size is for .gif"):
        kept.check(str(tmp_path / "a.webp"), 3, {"max_size": "1MB"})


def noise(number, size):
    return np.random.default_rng(number).integers(0, 256, (*size, 4), dtype="u1") | np.uint8([0, 0, 0, 255])


def test_a_look_plays_what_the_file_will_hold_and_keeps_the_pictures(kept):
    for number in range(3):
        kept.keep(number, grey(90 * number, (300, 480)) | np.uint8([0, 0, 0, 255]), 10)
    look = kept.look("a.gif", {"ping_pong": True, "max_size": "9MB"}, nothing)
    assert look.delays == [10.0] * 4
    assert [frame.shape for frame in look.frames] == [(150, 240, 4)] * 4
    assert [int(frame[0, 0, 0]) for frame in look.frames] == [0, 90, 180, 90]
    assert kept.foretell("a.gif", {}, nothing)["exact"]


def test_the_size_of_a_small_animation_is_foretold_to_the_byte(kept, tmp_path):
    for number in range(3):
        kept.keep(number, noise(number, (30, 40)))
    told = kept.foretell("a.gif", {"palette": "global"}, nothing)
    made = kept.animate(str(tmp_path / "a.gif"), {"palette": "global"}, nothing)
    assert told == {"size": made["size"], "exact": True}


def test_the_size_of_a_large_animation_is_foretold_from_a_part(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "_SAMPLE", 3 * 30 * 40)
    for number in range(9):
        kept.keep(number, noise(number, (30, 40)))
    told = kept.foretell("a.gif", {"ping_pong": True}, nothing)
    limited = kept.foretell("a.gif", {"max_size": "5kB"}, nothing)
    made = kept.animate(str(tmp_path / "a.gif"), {"ping_pong": True}, nothing)
    assert not told["exact"] and abs(told["size"] / made["size"] - 1) < 0.1
    assert limited == {"size": 5000, "exact": False}


def test_what_is_written_of_a_gif_is_what_wandgif_writes():
    rows = Writing.parameters()
    assert (rows["palette"].choices, rows["dither"].choices) == (PALETTES, DITHERS)

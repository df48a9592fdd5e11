"""Contact sheets: what is where, in which colours, and how large."""

from itertools import product

import numpy as np
import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.sheets import Entry, contact, write_sheet
from dreamcore.sheets.lettering import drawable, font, wrapped
from tests.sheets.cells import AXES, picture, write_cells


def sheet_of(folder, entries, axes, **options):
    write_sheet(folder / "sheet.png", entries, axes, **options)
    with Image.open(folder / "sheet.png") as image:
        return np.asarray(image)


def places(sheet, colour):
    """Return where a colour is: (top, bottom, left, right)."""
    down, across = np.nonzero((sheet == colour).all(2))
    return down.min(), down.max() + 1, across.min(), across.max() + 1


def test_the_last_frames_stand_in_the_rows_and_columns_of_their_values(tmp_path):
    entries = write_cells(tmp_path)
    sheet = sheet_of(tmp_path, entries, AXES)
    first, second = (places(sheet, picture(number, 2)[0, 0]) for number in (1, 2))
    assert first[:2] == second[:2] and first[3] < second[2]  # two columns of one row
    assert first[1] - first[0] == 6 and first[3] - first[2] == 8  # never enlarged


def test_pictures_of_several_shapes_stand_in_the_middle_of_boxes_that_fit_all(tmp_path):
    entries = [Entry(1, {"a": "1"}, [picture(1, 0, (100, 50))]), Entry(2, {"a": "2"}, [picture(2, 0, (50, 100))])]
    sheet = sheet_of(tmp_path, entries, {"a": ["1", "2"]})
    first, second = (places(sheet, picture(number, 0)[0, 0]) for number in (1, 2))
    assert first[0] + first[1] == second[0] + second[1]
    assert (first[1] - first[0], second[1] - second[0]) == (50, 100)


def test_a_row_is_as_high_as_its_pictures(tmp_path):
    shapes = {"wide": (200, 80), "tall": (80, 200), "small": (20, 10)}
    entries = [
        Entry(n, {"a": a, "shape": shape}, [picture(n, 0, size)])
        for n, (a, (shape, size)) in enumerate(product("12", shapes.items()))
    ]
    sheet = sheet_of(tmp_path, entries, {"a": ["1", "2"], "shape": [*shapes]})
    wide, tall, small, *_ = (places(sheet, picture(n, 0)[0, 0]) for n in range(3))
    assert tall[0] - wide[1] == contact._GAP  # and the small one stands in the middle of a label's height
    assert small[0] - tall[1] == contact._GAP + (contact._LEAST - 10) // 2
    assert (wide[2] + wide[3]) / 2 == (tall[2] + tall[3]) / 2 == (small[2] + small[3]) / 2


def test_a_sheet_says_that_it_is_srgb(tmp_path):
    write_sheet(tmp_path / "sheet.png", [Entry(1, {}, [picture(1, 0)])], {})
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.info["srgb"] == 0


def test_what_failed_and_what_is_not_made_have_a_place_and_a_word(tmp_path):
    entries = write_cells(tmp_path)
    large = [Entry(e.number, e.labels, [picture(1, 0, (200, 150))] * bool(e.frames), (), "", e.error) for e in entries]
    empty = sheet_of(tmp_path, large, AXES)
    silent = sheet_of(tmp_path, [Entry(e.number, e.labels, e.frames) for e in large], AXES)
    assert (empty != silent).any()  # the error is written in the place of "not made yet"
    top, bottom, left, right = places(empty, (217, 133, 108))
    assert bottom - top < 150 and right - left < 200


def test_a_picture_that_cannot_be_read_is_said_on_the_sheet(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    sheet = sheet_of(tmp_path, [Entry(1, {}, [tmp_path / "a.png"]), Entry(2, {}, [picture(2, 0, (200, 150))])], {})
    assert places(sheet, (217, 133, 108))


def test_a_sheet_of_many_is_of_small_pictures_in_a_handy_shape(tmp_path, monkeypatch):
    monkeypatch.setattr(contact, "_MOST_PIXELS", 24 * 100 * 75)
    entries = [Entry(number, {}, [picture(1, 0, (400, 300))]) for number in range(24)]
    sheet = sheet_of(tmp_path, entries, {})
    assert (sheet == picture(1, 0)[0, 0]).all(2).sum() == 24 * 100 * 75
    assert 1 < sheet.shape[1] / sheet.shape[0] < 2


def test_more_than_a_sheet_holds_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(contact, "_MOST", 2)
    entries = [Entry(number, {}, [picture(number, 0, (60, 40))]) for number in (1, 2, 3)]
    sheet = sheet_of(tmp_path, entries, {})
    assert not (sheet == picture(3, 0)[0, 0]).all(2).any()
    assert sheet.shape[0] > sheet_of(tmp_path, entries[:2], {}).shape[0]  # a line says so


def test_a_webp_plays_all_entries_at_a_time(tmp_path):
    entries = [
        Entry(1, {}, [picture(1, frame, (40, 30)) for frame in range(3)], [10, 20, 30]),
        Entry(2, {}, [picture(2, 0)]),
    ]
    write_sheet(tmp_path / "sheet.webp", entries, {})
    with Image.open(tmp_path / "sheet.webp") as image:
        assert image.n_frames == 3
        image.load()
        assert image.info["duration"] == 200  # a third of 60 centiseconds


@pytest.mark.parametrize("name", ["sheet.gif", "sheet"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(DreamError, match="allowed for a sheet are .png, .webp"):
        write_sheet(tmp_path / name, [Entry(1)], {})


def test_no_entry_makes_no_sheet(tmp_path):
    with pytest.raises(DreamError, match="at least one"):
        write_sheet(tmp_path / "sheet.png", [], {})
    assert not list(tmp_path.iterdir())


def test_every_letter_can_be_drawn():
    assert drawable("é Ł\x1b ж — 漢 😀 \udcff") == "é Ł\\x1b ж — \\u6f22 \\U0001f600 \\udcff"


def test_lines_are_no_wider_than_asked_and_say_where_something_is_left_out():
    text = "chain(zoom(0.02), roll(columns, shift=sine(12, wavelength=60))) " + "w" * 90
    lines = wrapped(text, 14, 100, 4)
    assert len(lines) == 4 and lines[-1].endswith("…")
    assert all(font(14).getlength(line) <= 100 for line in lines)


def test_lines_without_a_limit_keep_every_word():
    text = "the quick brown fox jumps over the lazy dog"
    assert " ".join(wrapped(text, 14, 80, 99)) == text


def test_small_pictures_stand_side_by_side_and_a_long_row_is_broken(tmp_path):
    cells = [Entry(n, {"seed": f"{n}"}, [np.full((60, 60, 3), 200, np.uint8)]) for n in range(24)]
    sheet = sheet_of(tmp_path, cells, {"seed": [f"{n}" for n in range(24)]})
    assert sheet.shape[1] < 12 * 80 and sheet.shape[0] > 3 * 60

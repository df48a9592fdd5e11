"""Entries: how axes put them in rows, columns and blocks, and their frames as bytes."""

from itertools import product

import numpy as np
import pytest
from PIL import Image

from dreamcore.pictures import read_picture
from dreamcore.sheets import Entry
from dreamcore.sheets.entries import arranged, pixels_of
from tests.pictures.test_pictures import swapped_profile

PAPER = (24, 25, 27)


def cells(axes, count=None):
    places = list(product(*axes.values()))[:count]
    return [Entry(number, dict(zip(axes, place, strict=True))) for number, place in enumerate(places, 1)]


def test_the_first_axis_runs_across_the_second_down_and_the_others_make_blocks():
    axes = {"layer": ["a", "b"], "octaves": ["3"], "transform": ["x", "y", "z"], "seed": ["1", "2"]}
    table = arranged(cells(axes), axes)
    assert (table.columns, table.rows) == ("layer", "transform")
    assert [shared for shared, _ in table.blocks] == [{"seed": "1"}, {"seed": "2"}]
    assert table.blocks[1][1]["b", "y"].labels == {"layer": "b", "octaves": "3", "transform": "y", "seed": "2"}


def test_a_long_first_axis_runs_down_beside_a_short_one():
    axes = {"seed": [str(number) for number in range(20)], "layer": ["a", "b"]}
    table = arranged(cells(axes), axes)
    assert (table.columns, table.rows) == ("layer", "seed")


def test_one_axis_is_one_row():
    axes = {"seed": ["1", "2", "3"]}
    table = arranged(cells(axes), axes)
    assert (table.columns, table.rows, list(table.blocks[0][1])) == ("seed", "", [("1", ""), ("2", ""), ("3", "")])


@pytest.mark.parametrize(
    "entries",
    [
        [Entry(n, {"layer": str(n), "seed": str(n)}) for n in range(3)],  # two axes that go together
        [Entry(n, {"layer": "0", "seed": "0"}) for n in range(9)],
        [],
    ],
)
def test_what_fills_no_table_makes_none(entries):
    assert arranged(entries, {"layer": ["0", "1", "2"], "seed": ["0", "1", "2"]}) is None


def test_a_table_that_is_too_broad_is_none():
    axes = {"seed": [str(number) for number in range(30)], "layer": [str(number) for number in range(30)]}
    assert arranged(cells(axes), axes) is None


def test_many_values_of_one_axis_flow():
    axes = {"seed": [str(number) for number in range(7)]}
    assert arranged(cells(axes), axes) is None


def test_a_table_may_have_holes():
    axes = {"layer": ["a", "b"], "seed": ["1", "2"]}
    assert len(arranged(cells(axes, 3), axes).blocks[0][1]) == 3


def test_a_picture_with_a_profile_is_shown_in_its_colours(tmp_path):
    Image.new("RGB", (4, 4), (200, 10, 20)).save(tmp_path / "a.png", icc_profile=swapped_profile())
    assert pixels_of(tmp_path / "a.png", 4, PAPER)[0, 0].tolist() == read_picture(tmp_path / "a.png").rgb[0, 0].tolist()
    assert pixels_of(tmp_path / "a.png", 4, PAPER)[0, 0].tolist() != [200, 10, 20]


def test_where_a_picture_is_transparent_the_paper_is_seen():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (200, 100, 0, 255)
    pixels[1, 1] = (255, 255, 255, 51)  # a fifth
    shown = pixels_of(pixels, 2, (0, 100, 200))
    assert shown[0, 0].tolist() == [200, 100, 0] and shown[0, 1].tolist() == [0, 100, 200]
    assert shown[1, 1].tolist() == [51, 131, 211]

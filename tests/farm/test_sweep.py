"""Sweeps: which cells there are, what each of them is, and what no sweep can be."""

import json
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.reading import read_sweep
from dreamcore.farm.sweep import Sweep, make_sweep
from dreamcore.sequence import Recipe, load_recipe


def layers(sweep):
    return [(str(cell.recipe.dream.layer), cell.recipe.sequence.seed) for cell in sweep.cells()]


def test_cells_are_numbered_along_the_first_axis_first(desk):
    sweep = make_sweep("in.png", vary={"layer": "textures,objects", "seed": "1..3"})
    assert len(sweep) == 6
    assert layers(sweep) == [
        ("textures", 1), ("objects", 1), ("textures", 2), ("objects", 2), ("textures", 3), ("objects", 3),
    ]  # fmt: skip
    assert [cell.number for cell in sweep.cells()] == [1, 2, 3, 4, 5, 6]
    assert sweep.cell(4).labels == {"layer": "objects", "seed": "2"}
    assert sweep.cell(4).name == "0004-objects-seed-2"


def test_zip_takes_the_first_values_together_then_the_second_ones(desk):
    sweep = make_sweep("in.png", vary={"layer": "textures,objects", "seed": "1..2", "octaves": "3"}, zipped=True)
    assert layers(sweep) == [("textures", 1), ("objects", 2)]
    assert [cell.recipe.dream.octaves for cell in sweep.cells()] == [3, 3]


def test_zip_of_axes_of_different_lengths_is_refused(desk):
    with pytest.raises(NotAllowed, match="zip takes as many values of each axis, but layer has 2, seed has 3"):
        make_sweep("in.png", vary={"layer": "textures,objects", "seed": "1..3"}, zipped=True)


@pytest.mark.parametrize("zipped", [False, True])
def test_every_picture_gets_all_cells(desk, zipped):
    (desk / "other.png").write_bytes((desk / "in.png").read_bytes())
    sweep = make_sweep(["in.png", "other.png"], vary={"seed": "1..2"}, zipped=zipped)
    assert [(cell.picture, cell.recipe.sequence.seed) for cell in sweep.cells()] == [
        ("in.png", 1), ("in.png", 2), ("other.png", 1), ("other.png", 2),
    ]  # fmt: skip
    assert sweep.cell(3).labels == {"seed": "1", "picture": "other"}


def test_several_recipes_are_an_axis_and_options_override_all_of_them(desk):
    for asked in ({"recipe": ["basic-zoom", "dogesine"]}, {"vary": {"recipe": "basic-zoom,dogesine"}}):
        sweep = make_sweep("in.png", **asked, frames=3)
        assert [cell.labels for cell in sweep.cells()] == [{"recipe": "basic-zoom"}, {"recipe": "dogesine"}]
        assert [cell.recipe.sequence.frames for cell in sweep.cells()] == [3, 3]
        assert sweep.cell(2).recipe.sequence.transform == load_recipe("dogesine").sequence.transform


def test_an_axis_of_one_value_is_no_label(desk):
    sweep = make_sweep("in.png", vary={"layer": "objects", "seed": "5"})
    assert (len(sweep), sweep.axes, sweep.cell(1).name) == (1, {}, "0001")
    assert sweep.cell(1).recipe.sequence.seed == 5


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.booleans())
def test_the_places_of_all_numbers_are_all_combinations(counts, zipped):
    counts = [max(counts)] * len(counts) if zipped else counts
    names = ["seed", "octaves", "iterations", "jitter"]
    vary = {name: tuple(map(str, range(1, count + 1))) for name, count in zip(names, counts, strict=False)}
    sweep = Sweep(("a.png", "b.png"), (Recipe(),), vary, zipped)
    places = [tuple(sweep.places(number).values()) for number in range(1, len(sweep) + 1)]
    assert len({*places}) == len(sweep) == 2 * (max(counts) if zipped else prod(counts))


def test_of_a_million_cells_only_those_asked_for_are_made(desk):
    sweep = make_sweep("in.png", vary={"seed": "1..100000", "octaves": "1..10"})
    assert len(sweep) == 10**6
    assert sweep.cell(10**6).labels == {"seed": "100000", "octaves": "10"}


@pytest.mark.parametrize("number", [0, 3])
def test_a_number_that_no_cell_has_is_refused(desk, number):
    with pytest.raises(NotAllowed, match=f"there is no cell {number}; allowed are 1 to 2"):
        make_sweep("in.png", vary={"seed": "1..2"}).cell(number)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"pictures": []}, "a sweep has no picture; name at least one"),
        ({"pictures": ["in.png", "in.png"]}, "the picture in.png stands twice"),
        ({"pictures": "nowhere.png"}, "cannot read nowhere.png"),
        ({"layer": "objects", "vary": {"layer": "parts"}}, "layer is given and varied as well; do one of them"),
        ({"recipe": "dogesine", "vary": {"recipe": "basic-zoom"}}, "recipe is given and varied as well"),
        ({"recipe": ["dogesin"]}, 'no recipe "dogesin" (did you mean "dogesine"?)'),
        ({"octaves": 99}, "octaves=99 is not allowed"),
        ({"kind": "jpeg"}, "frames cannot be 'jpeg' files"),
    ],
)
def test_what_is_wrong_is_one_clear_line(desk, more, complaint):
    with pytest.raises(DreamError) as error:
        make_sweep(**{"pictures": "in.png", **more})
    assert str(error.value).startswith(complaint)


TOML = """
pictures = ["in.png"]
recipe = ["basic-zoom", "mine.toml"]
frames = 3
guide = "leaf.png"

[vary]
layer = ["textures", "objects"]
seed = "1..2"
transform = "blend(0.5, leaf.png); zoom(0.1)"

[dream]
octaves = 2
"""


def test_a_file_says_the_same_and_names_files_as_it_sees_them(desk):
    inner = desk / "inner"
    inner.mkdir()
    for name in ("in.png", "leaf.png"):
        (inner / name).write_bytes((desk / "in.png").read_bytes())
    (inner / "mine.toml").write_text("[dream]\niterations = 7\n")
    (inner / "many.toml").write_text(TOML)
    sweep = read_sweep("inner/many.toml")
    assert sweep.pictures == ("inner/in.png",)
    assert [recipe.dream.iterations for recipe in sweep.recipes] == [10, 7]
    assert {*sweep.axes} == {"layer", "seed", "transform", "recipe"} and len(sweep) == 16
    cell = sweep.cell(1)
    assert (cell.recipe.sequence.guide, cell.recipe.sequence.frames, cell.recipe.dream.octaves) == (
        "inner/leaf.png",
        3,
        2,
    )
    assert "inner/leaf.png" in str(cell.recipe.sequence.transform)
    assert sweep.axes["layer"] == ["textures", "objects"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('picture = "in.png"', 'many.toml: no key "picture" (did you mean "pictures"?) in a sweep'),
        ("pictures = 3\nzip = 1", "many.toml: zip is 1; allowed: true, false"),
        ('pictures = "in.png"\nvary = "seed=1"', "many.toml: vary is a table: write [vary] and its keys below"),
        ('pictures = "in.png"\n[vary]\nsed = [1]', "many.toml: no parameter 'sed' to vary (did you mean \"seed\"?)"),
        ('pictures = "in.png"\n[vary]\noctaves = [1, 99]', "many.toml: axis octaves: octaves=99 is not allowed"),
        ('pictures = "in.png"\n[dream]\noctave = 1', 'many.toml: no key "octave" (did you mean "octaves"?) in [dream]'),
        ("frames = 3", "many.toml: a sweep has no picture; name at least one"),
        ("frames = ", "many.toml: not a TOML file"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_clear_line(desk, text, complaint):
    (desk / "many.toml").write_text(text)
    with pytest.raises(DreamError) as error:
        read_sweep("many.toml")
    assert str(error.value).startswith(complaint)


def test_a_sweep_is_json_and_back(desk):
    sweep = make_sweep("in.png", ["basic-zoom", "dogesine"], {"layer": "textures,objects"}, zipped=True, kind="jpg")
    again = Sweep.of(json.loads(json.dumps(sweep.plain())))
    assert again.plain() == sweep.plain()
    assert [cell.recipe for cell in again.cells()] == [cell.recipe for cell in sweep.cells()]


@pytest.mark.parametrize("key", ["pictures", "recipes", "vary", "labels", "zip", "format"])
def test_what_is_no_sweep_is_said(desk, key):
    plain = make_sweep("in.png").plain()
    del plain[key]
    with pytest.raises(DreamError, match=f"this is no sweep: '{key}' is wrong or missing in it"):
        Sweep.of(plain)


@pytest.mark.parametrize("change", [{"pictures": []}, {"labels": {"seed": ["1"]}}, {"vary": {"seed": []}}])
def test_a_sweep_whose_axes_are_damaged_is_said(desk, change):
    plain = make_sweep("in.png", vary={"seed": "1..3"}).plain()
    with pytest.raises(DreamError, match="this is no sweep: an axis has no values, or other labels than values"):
        Sweep.of({**plain, **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"asked": ["frames", "nothing"]}, "'nothing' is no parameter"),
        ({"asked": "frames"}, "'a' is no parameter"),
        ({"counts": ["x"]}, "invalid literal"),
    ],
)
def test_a_sweep_whose_values_are_damaged_is_said(desk, change, said):
    with pytest.raises(DreamError, match=said):
        Sweep.of({**make_sweep("in.png").plain(), **change})

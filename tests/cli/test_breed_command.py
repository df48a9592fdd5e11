"""`dreamcore breed`."""

from pathlib import Path

import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.sequence import load_recipe

PARENT = 'frames = 30\ntransform = "zoom(0.1)"\nmodel = "small"\n[dream]\noctaves = 1\niterations = 1\n'


@pytest.fixture
def bred(desk):
    """A family of two, dreamed."""
    (desk / "one.toml").write_text(PARENT)
    Image.new("RGB", (30, 24)).save(desk / "other.png")
    assert main(["breed", "one.toml", "family", "--picture", "in.png", *SMALL]) == 0
    return desk


SMALL = ["--children", "2", "--frames", "2", "--size", "64", "--quiet"]


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*.png")}


def test_children_are_dreamed_on_a_small_picture_and_shown(bred):
    first = bred / "family" / "generation-1"
    assert {path.name for path in first.iterdir()} >= {"0001-1.1", "0002-1.2", "index.html", "sheet.png", "sheet.webp"}
    with Image.open(first / "0002-1.2" / "0001.png") as image:
        assert image.size == (30, 24)
    assert load_recipe(first / "0002-1.2" / "recipe.toml").about.startswith("Child 2 of generation 1, of one;")
    page = (first / "index.html").read_text()
    assert "2 children" in page and "dreamcore breed family --like {}" in page


def test_the_same_command_makes_the_same_children_and_dreams_nothing_twice(bred):
    before = files(bred / "family")
    times = {path: path.stat().st_mtime_ns for path in before if path.parent.name[:4].isdigit()}
    assert main(["breed", "one.toml", "family", "--picture", "in.png", *SMALL]) == 0
    assert files(bred / "family") == before
    assert {path: path.stat().st_mtime_ns for path in times} == times


@pytest.mark.parametrize("asked", [["dogesine"], ["one.toml", "--spread", "0.9"]])
def test_a_generation_of_others_is_said_to_be_one(bred, capsys, asked):
    assert main(["breed", *asked, "family", "--picture", "in.png", *SMALL]) == 1
    assert capsys.readouterr().err.startswith(
        "error: family has a generation 1 of other parents, or with another spread"
    )


def test_those_that_are_liked_have_children(bred):
    assert main(["breed", "family", "--like", "2,1", *SMALL]) == 0
    child = load_recipe(bred / "family" / "generation-2" / "0001-2.1" / "recipe.toml")
    assert child.about.startswith("Child 1 of generation 2, of 1.2 and 1.1;") and child.sequence.frames == 2


def test_they_have_as_many_children_and_frames_as_before_unless_it_is_said(bred):
    assert main(["breed", "family", "--like", "1", "--quiet"]) == 0
    assert [len(files(each)) for each in sorted((bred / "family/generation-2").glob("0*"))] == [2, 2]
    assert main(["breed", "family", "--like", "1", "--children", "1", "--frames", "1", "--quiet"]) == 0
    assert [len(files(each)) for each in sorted((bred / "family/generation-3").glob("0*"))] == [1]


def test_a_folder_alone_goes_on_with_what_is_not_finished(bred):
    before, cell = files(bred / "family"), bred / "family" / "generation-1" / "0001-1.1"
    for path in (cell / "0001.png", cell / "cell.json", cell / "state.npz"):
        path.unlink()
    assert main(["breed", "family", "--quiet"]) == 0
    assert files(bred / "family") == before


def test_several_processes_make_the_same_children_as_one(bred):
    pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")
    assert main(["breed", "one.toml", "other", "--picture", "in.png", *SMALL, "--on", "local"]) == 0
    one, many = (
        {path.relative_to(name): path.read_bytes() for path in Path(name).glob("*/0*/*.png")}
        for name in ("family", "other")
    )
    assert len(one) == 4 and one == many


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nothing holds no generation yet; name recipes for the first one"),
        (["nothing", "--like", "3"], "nothing holds no generation yet"),
        (["one.toml", "family", "--like", "1"], "recipes are named and --like is given"),
        (["family", "--like", "x"], "children 'x' cannot be read; allowed are numbers"),
        (["family", "--like", "7"], "like=7 is not allowed; generation 1 has the children 1 to 2"),
        (["one.toml", "family", "--picture", "other.png"], "has another picture, family/picture.png, already"),
        (["one.toml", "new", "--on", "many"], "no such place to work on: many; allowed: here, local, tcp://HOST"),
        (["one.toml", "new", "--on", "tcp://10.0.0.7:8786"], "whoever reaches tcp://10.0.0.7:8786 can run programs"),
        (["zomm", "family"], 'no recipe "zomm"'),
        (["one.toml", "family", "--spread", "0.5", "--frames", "2"], "family has a generation 1 of other parents"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(bred, capsys, arguments, said):
    assert main(["breed", *arguments]) != 0
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error:") and said in error


def test_without_a_picture_a_sky_is_drawn(desk):
    (desk / "one.toml").write_text(PARENT)
    assert main(["breed", "one.toml", "family", "--children", "1", "--frames", "1", "--size", "64", "--quiet"]) == 0
    with Image.open(desk / "family" / "picture.png") as image:
        assert image.size == (64, 48)


def test_children_that_cannot_be_dreamed_end_it_with_an_error(desk, capsys):
    (desk / "one.toml").write_text(PARENT)
    assert main(["breed", "one.toml", "family", "--picture", "in.png", "--memory", "1kB", *SMALL]) == 33
    assert capsys.readouterr().err.endswith("error: 2 of 2 cells failed; see cell.json in each\n")

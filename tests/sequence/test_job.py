"""The job: where everything that is asked for is put together and checked."""

import dataclasses
import os

import numpy as np
import pytest
from PIL import Image

from dreamcore import DreamError, dream, l2
from dreamcore.pictures import Picture
from dreamcore.sequence import make_job, run
from dreamcore.sequence.recipe import Recipe, load_recipe, recipe_from_notes, recipe_text, save_recipe
from dreamcore.sequence.values import differences
from dreamcore.transforms import invert, parse, zoom

QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).round().astype("f4")


def test_a_recipe_is_merged_with_what_is_given_in_its_place(pixels, network):
    recipe = Recipe(name="mine").changed(octaves=2, transform="zoom(0.1)", seed=4, delay=9)
    job = make_job(pixels, network, recipe, octaves="3", seed=0, layer=None)
    assert differences(job.recipe.dream) == {"octaves": 3}
    assert (job.recipe.sequence.seed, job.recipe.sequence.transform, job.recipe.timing.delay) == (0, zoom(0.1), 9)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"octave": 3}, r"no parameter 'octave' \(did you mean \"octaves\""),
        ({"iterations": 5000}, "iterations=5000 is not allowed; allowed: a whole number from 1 to 1000"),
        ({"octaves": 30}, "octaves=30 is not allowed"),
        ({"seed": -1}, "seed=-1 is not allowed"),
        ({"layer": "jion"}, r'no layer .jion. \(did you mean "join"'),
        ({"layer": "0:join, 7:jion"}, r'no layer .jion. \(did you mean "join"'),
        ({"layer": "0.5*join + channels(conv1, 9)"}, "conv1 has no channel 9; allowed are 0 to 3"),
        ({"transform": "zom"}, 'did you mean "zoom"'),
        ({"transform": 3}, "transform is 3; allowed is a transform"),
        ({"guide": "nowhere.png"}, "cannot read nowhere.png"),
        ({"mask": np.ones((3, 4))}, r"the mask has shape \(3, 4\), the picture \(20, 24\)"),
        ({"recipe": "basic-zom"}, 'did you mean "basic-zoom"'),
    ],
)
def test_whatever_is_wrong_is_said_before_anything_is_dreamed(pixels, network, asked, message):
    with pytest.raises(DreamError, match=message):
        make_job(pixels, network, **{**QUICK, **asked})


def test_a_list_of_layers_becomes_the_one_that_the_network_has(pixels, network):
    job = make_job(pixels, network, layer=["inception_3b/output", "join", "conv1"])
    assert job.recipe.dream.layer == l2("join") and job.settings["parameters"]["layer"] == "join"


def test_a_guide_takes_the_place_of_every_plain_layer(pixels, network):
    job = make_job(pixels, network, layer="join - 0.5*channels(conv1, 1)", guide="first")
    assert str(job.objective) == "guide(first, join) - 0.5*channels(conv1, 1)"
    assert job.settings["guide"] == "first" and job.settings["pictures"] == {"first": job.picture.digest}


def test_a_guide_may_be_a_picture_in_memory(pixels, network):
    given = make_job(pixels, network, guide=pixels + 0, **QUICK)
    first = make_job(pixels, network, guide="first", **QUICK)
    assert given.objective.pictures() == first.objective.pictures()
    assert all(np.array_equal(*pair) for pair in zip(run(given), run(first), strict=True))


def test_pictures_of_a_recipe_are_looked_for_beside_it(pixels, network, tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    Image.fromarray(pixels.astype("u1")).save(tmp_path / "recipes" / "leaf.png")
    (tmp_path / "recipes" / "mine.toml").write_text('[dream]\nlayer = "guide(leaf.png, join)"')
    monkeypatch.chdir(tmp_path)
    (leaf,) = make_job(pixels, network, "recipes/mine.toml").objective.pictures()
    assert np.array_equal(leaf.rgb, pixels) and leaf.name == os.path.join("recipes", "leaf.png")


@pytest.mark.parametrize(
    "recipe",
    [
        'guide = "leaf.png"',
        'transform = "blend(0.5, source=leaf.png)"',
        'transform = ["zoom(0.1)", "mask(leaf.png, zoom(0.1))"]',
        '[dream]\nlayer = "step(0:join, 3:join + guide(leaf.png, join))"',
        '[dream]\nlayer = "map(leaf.png, join, red=0.5*map(leaf.png, guide(leaf.png, join)))"',
    ],
)
def test_names_in_a_recipe_are_beside_it_and_given_ones_are_here(pixels, network, tmp_path, monkeypatch, recipe):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    Image.fromarray(pixels.astype("u1")).save("recipes/leaf.png")
    Image.new("RGB", (9, 9)).save("leaf.png")
    (tmp_path / "recipes/mine.toml").write_text(recipe)
    layer = {} if "layer" in recipe else {"layer": "join"}
    there = make_job(pixels, network, "recipes/mine.toml", **layer)
    assert all(np.array_equal(each.rgb, pixels) for each in there.pictures) and there.pictures
    given = {"guide": "leaf.png", "layer": "guide(leaf.png, join)", "transform": "blend(source=leaf.png)"}
    here = make_job(pixels, network, "recipes/mine.toml", **given)
    assert {each.size for each in here.pictures} == {(9, 9)}
    (tmp_path / "recipes/leaf.png").unlink()
    with pytest.raises(DreamError, match="cannot read recipes.leaf.png"):  # never one of that name elsewhere
        make_job(pixels, network, "recipes/mine.toml", **layer)


def test_a_saved_recipe_names_its_files_as_it_sees_them(pixels, network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saved").mkdir()
    Image.fromarray(pixels.astype("u1")).save("leaf.png")
    job = make_job(pixels, network, layer="join", guide="leaf.png", transform="blend(source=leaf.png)")
    save_recipe(job.recipe, "saved/mine.toml")
    monkeypatch.chdir("saved")
    assert [each.digest for each in make_job(pixels, network, "mine.toml").pictures] == [
        each.digest for each in job.pictures
    ]


def test_a_picture_that_a_transform_brings_in_is_looked_for_before_the_first_dream(pixels, network):
    with pytest.raises(DreamError, match="nowhere.png"):
        make_job(pixels, network, layer="join", transform="blend(source=nowhere.png)")


def test_a_guided_dream_exports_its_guide(pixels, network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(pixels.astype("u1")).save("leaf.png")
    for asked in ({"guide": "leaf.png"}, {"layer": "guide(leaf.png, join)"}):
        job = make_job(pixels, network, **{**QUICK, **asked})
        again = make_job(pixels, network, recipe_from_notes(job.notes(0)))
        assert again.objective == job.objective and again.settings == job.settings
        assert "leaf.png" in recipe_text(recipe_from_notes(job.notes(0)))


def test_notes_of_version_0_1_0_are_read():
    notes = {
        "program": "dreamcore 0.1.0",
        "picture": {"size": [24, 20], "sha256": "abc"},
        "memory": None,
        "seed": 3,
        "parameters": {"layer": "objects", "iterations": 10, "octaves": "linear(0:1, 9:4)", "jitter": 32},
        "transform": "zoom(0.1)",
        "guide": "abc",
    }
    recipe = recipe_from_notes(notes)
    assert (recipe.dream.layer, recipe.sequence.guide, recipe.sequence.seed) == (l2("objects"), "first", 3)


def test_jobs_that_make_the_same_frames_are_equal(pixels, network):
    one, other = (make_job(pixels + 0, network, transform="zoom(0.1)", **QUICK) for _ in range(2))
    assert one == other
    assert one != make_job(pixels, network, transform="zoom(0.2)", **QUICK)
    assert one != make_job(pixels + 1, network, transform="zoom(0.1)", **QUICK)


def test_a_job_cannot_be_changed(pixels, network):
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_job(pixels, network).start = 3


def test_a_job_prints_as_a_recipe_that_makes_it_again(pixels, network):
    job = make_job(pixels, network, "dogesine", layer="2*join", frames=3)
    from dreamcore.sequence.recipe import read_recipe

    assert make_job(pixels, network, read_recipe(recipe_text(job.recipe), "dogesine")).settings == job.settings


def test_weights_that_are_schedules_move_the_dream_over_the_frames(pixels, network):
    quick = {**QUICK, "transform": "chain()"}
    moving = list(run(make_job(pixels, network, frames=3, **{**quick, "layer": "linear(0:1, 2:0)*join + conv1"})))
    last = dream(moving[1], network, seed=(0, 2), **{**QUICK, "layer": "0*join + conv1"})
    assert np.array_equal(moving[2], last)


def test_a_job_may_begin_at_any_number_with_the_picture_itself(pixels, network):
    (frame,) = run(make_job(pixels, network, frames=1, first=7, seed=2, **QUICK))
    assert np.array_equal(frame, dream(pixels, network, seed=(2, 7), **QUICK))


def test_a_transform_may_be_a_text_a_list_or_a_function_of_ones_own(pixels, network):
    from dreamcore import dream_sequence

    def negative(frame, context):
        return 255 - frame

    ways = (["zoom(0.1)", "invert"], parse("chain(zoom(0.1), invert)"), [zoom(0.1), negative], [zoom(0.1), invert()])
    first, *others = ([*dream_sequence(pixels, network, frames=2, transform=way, **QUICK)][1] for way in ways)
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-3)


def test_pictures_come_as_arrays_pictures_and_files(pixels, network, tmp_path):
    Image.fromarray(pixels.astype("u1")).save(tmp_path / "in.png")
    jobs = [
        make_job(each, network, **QUICK) for each in (pixels, pixels.astype("u1"), Picture(pixels), tmp_path / "in.png")
    ]
    assert all(job == jobs[0] for job in jobs)


def test_the_model_of_a_recipe_is_loaded_where_none_is_given(pixels, network):
    asked = []

    def load(model):
        asked.append(model)
        return network

    recipe = Recipe().changed(model="some-model", **QUICK)
    assert make_job(pixels, None, recipe, load=load).network is network
    make_job(pixels, "another", recipe, load=load)
    assert asked == ["some-model", "another"]


def test_every_recipe_of_the_program_makes_a_job(network):
    from dreamcore.sequence.recipe import SHIPPED

    for path in SHIPPED.glob("*.toml"):
        job = make_job(np.zeros((40, 60, 3)), network, load_recipe(path))
        assert job.at(0)["layer"].ends(network)


def test_the_picture_of_a_recipe_is_used_where_none_is_given(tmp_path, network):
    Image.new("RGB", (24, 20), "red").save(tmp_path / "a.png")
    (tmp_path / "mine.toml").write_text('picture = "a.png"\n[dream]\nlayer = "join"')
    job = make_job(None, network, tmp_path / "mine.toml")
    assert job.picture.name == str(tmp_path / "a.png") and job.recipe.picture == ""
    other = make_job(np.zeros((20, 24, 3)), network, tmp_path / "mine.toml")
    assert not other.picture.rgb.any()
    with pytest.raises(DreamError, match="names no picture"):
        make_job(None, network)

"""Breeding: children of recipes, generation after generation, in a family's folder."""

from dataclasses import replace

import pytest
from PIL import Image

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.breeding import Generation, breed, generation_folder, last_generation, liked
from dreamcore.farm.running import run_sweep
from dreamcore.farm.sweep import make_sweep
from dreamcore.sequence.recipe import Recipe, read_recipe, recipe_text

ONE = replace(Recipe().changed(transform="chain(zoom(0.1), rotate(3))", octaves=2, layer="parts"), name="one")
OTHER = replace(Recipe().changed(transform="swirl(5)", iterations=3), name="other")


def test_the_same_generation_has_the_same_children():
    generation = Generation(1, ("one", "other"), 8, 0.4, 3)
    assert breed(generation, [ONE, OTHER]) == breed(generation, [ONE, OTHER])
    assert breed(replace(generation, seed=4), [ONE, OTHER]) != breed(generation, [ONE, OTHER])


def test_fewer_children_are_the_first_ones_of_more():
    assert breed(Generation(1, ("one",), 3), [ONE]) == breed(Generation(1, ("one",), 6), [ONE])[:3]


def test_no_two_children_are_alike_and_none_is_its_parent():
    children = breed(Generation(1, ("one",), 30, 0.05), [ONE])
    texts = {recipe_text(replace(each, about="")) for each in [ONE, *children]}
    assert len(texts) == 31


def test_children_say_where_they_come_from():
    child = breed(Generation(2, ("1.3", "1.8"), 7, 0.25, 9), [ONE, OTHER])[6]
    assert child.name == "2.7"
    assert child.about == "Child 7 of generation 2, of 1.3 and 1.8; spread 0.25, seed 9."
    assert read_recipe(recipe_text(child), "2.7") == child


def test_children_of_two_have_steps_and_numbers_of_both():
    children = breed(Generation(1, ("one", "other"), 40, 0.01), [ONE, OTHER])
    names = ["".join(f"{step.row.name} " for step in each.sequence.transform.children) for each in children]
    assert "zoom rotate swirl " in names and "swirl zoom rotate " in names
    dreams = {(each.dream.octaves, each.dream.iterations) for each in children}
    assert {(2, 3), (4, 10)} & dreams  # which neither parent has: octaves of one, iterations of the other


def test_a_child_that_cannot_be_dreamed_is_made_anew():
    def check(recipe):
        if "zoom" in str(recipe.sequence.transform):
            raise DreamError("no zoom")

    children = breed(Generation(1, ("one", "other"), 6, 0.3), [ONE, OTHER], check)
    assert not any("zoom" in str(each.sequence.transform) for each in children)


def test_where_no_child_can_be_dreamed_the_reason_is_said():
    def check(recipe):
        raise DreamError("no such model")

    with pytest.raises(DreamError, match="no such model"):
        breed(Generation(1, ("one",), 1), [ONE], check)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"children": 0}, "children=0 is not allowed; allowed: a whole number from 1 to 1000"),
        ({"spread": 0}, "spread=0 is not allowed; allowed: a number above 0, to 1"),
        ({"seed": -1}, "seed=-1 is not allowed; allowed: a whole number from 0"),
    ],
)
def test_a_generation_says_what_is_allowed(wrong, said):
    with pytest.raises(NotAllowed, match=said):
        Generation(1, ("one",), **wrong)


@pytest.fixture
def family(desk):
    """A family whose first generation of three has been dreamed."""
    parent = replace(Recipe().changed(model="small", frames=2, octaves=1, iterations=1), name="one")
    children = breed(Generation(1, ("one",), 3), [parent])
    run_sweep(make_sweep(["in.png"], children), generation_folder("family", 1))
    return desk / "family"


def test_those_that_are_liked_are_found_in_the_last_generation(family):
    assert last_generation(family) == 1
    assert [recipe.name for recipe in liked(family, [3, 1, 3])] == ["1.3", "1.1"]


def test_a_child_that_is_not_there_is_said(family):
    with pytest.raises(NotAllowed, match="like=4 is not allowed; generation 1 has the children 1 to 3"):
        liked(family, [4])


def test_only_a_finished_generation_has_children_of_its_own(family):
    (generation_folder(family, 1) / "0002-1.2" / "cell.json").unlink()
    with pytest.raises(NotAllowed, match="generation-1 is not finished; first go on with `dreamcore breed"):
        liked(family, [1])


def test_a_folder_without_generations_has_no_children(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "picture.png")
    with pytest.raises(NotAllowed, match="holds no generation yet"):
        liked(tmp_path, [1])

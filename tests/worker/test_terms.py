"""What a builder shows and what its text says are the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import DreamError
from dreamcore.sequence.recipe import load_recipe, recipe_files
from dreamcore.worker import terms

OBJECTIVES = (
    'map("a b.png", parts, red=0.5*parts + objects)',
    "channels(parts, 3, 4) - 0.5*textures",
    "-parts",
    "guide(a.jpg, parts) + linear(0:1, 20:0)*class(3)",
)


def without_texts(node):
    """Return a term as a client that knows numbers sends it."""
    shown = {
        name: {key: each for key, each in value.items() if key != "text" or len(value) == 1}
        for name, value in node["values"].items()
    }
    return {**node, "values": shown}


@pytest.mark.parametrize("name", recipe_files())
def test_what_a_recipe_says_is_built_and_reads_back_equal(name):
    values = load_recipe(name).values()
    for kind, text in (("transform", values["transform"]), ("objective", values["layer"])):
        said = terms.read(kind, text)
        if said["terms"] is not None:
            assert terms.write(kind, map(without_texts, said["terms"])) == said


@pytest.mark.parametrize("text", OBJECTIVES)
def test_a_sum_of_objectives_reads_back_equal(text):
    said = terms.read("objective", text)
    assert terms.write("objective", map(without_texts, said["terms"])) == said
    assert said["text"] == text


@given(st.floats(-5, 0.9), st.floats(-5, 0.9), st.integers(1, 500))
def test_a_number_that_goes_on_to_another_reads_back_as_its_ends(begin, end, until):
    value = {"from": begin, "to": end, "until": until}
    (term,) = terms.write("transform", [{"name": "zoom", "values": {"amount": value}}])["terms"]
    assert without_texts(term)["values"]["amount"] == value


def test_what_changes_with_the_frames_as_a_whole_has_no_terms():
    assert terms.read("objective", "0:textures, 40:objects")["terms"] is None


def test_terms_inside_of_others_are_a_text():
    said = terms.read("transform", "every(2, zoom(0.1), posterise(4))")
    assert said["terms"][0]["inside"] == "zoom(0.1), posterise(4)"
    assert terms.write("transform", said["terms"]) == said


def test_no_transform_at_all_is_an_empty_chain():
    assert terms.write("transform", [])["text"] == "chain()"


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("objective", [], "add one"),
        ("transform", [{"name": "zom"}], "is no transform"),
        ("transform", [{"name": "zoom", "values": {"amont": {"text": "1"}}}], "no parameter"),
        ("transform", [{"name": "zoom", "values": {"amount": 3}}], "is no value"),
        ("layer", [{}], "allowed: transform, objective"),
        ("layer", [], "allowed: transform, objective"),
    ],
)
def test_what_cannot_be_built_is_said(kind, given, said):
    with pytest.raises(DreamError, match=said):
        terms.write(kind, given)


def test_the_vocabulary_has_what_widgets_need():
    (zoom,) = (row for row in terms.vocabulary()["transform"] if row["name"] == "zoom")
    amount = zoom["parameters"][0]
    assert (amount["kind"], amount["low"] < 0 < amount["high"], amount["needed"]) == ("number", True, False)

"""The atlas: what each layer, or each channel of one, dreams on a picture."""

import numpy as np
import pytest

from dreamcore import DreamError, atlas, channels, dream, l2
from dreamcore.pictures import as_picture
from dreamcore.previews import _chosen
from dreamcore.sequence.drafting import shrunk

QUICK = {"iterations": 2, "octaves": 2, "jitter": 3, "seed": 4}


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).uniform(0, 255, (40, 60, 3)).astype("f4")


def test_every_blob_with_places_is_dreamed_in_the_networks_order(small_network, pixels):
    found = list(atlas(pixels, small_network, size=30, **QUICK))
    assert [str(each.objective) for each in found] == ["conv1", "pool1", "left", "right", "join", "norm"]
    assert [each.number for each in found] == [*range(6)]
    assert {each.pixels.shape for each in found} == {(20, 30, 3)}
    roles = {end: role for role, end in small_network.roles.items()}
    assert all(each.role == roles.get(str(each.objective), "") for each in found)
    assert any(each.label == f"{each.objective} ({each.role})" for each in found)


def test_a_layers_preview_is_its_dream_on_the_small_picture(small_network, pixels):
    small = shrunk(as_picture(pixels), 30).rgb
    *_, last = atlas(pixels, small_network, size=30, **QUICK)
    expected = dream(small, small_network, layer="norm", step_size=2, **QUICK)
    np.testing.assert_array_equal(last.pixels, expected)


def test_channels_that_are_dreamed_together_are_each_as_alone(small_network, pixels):
    found = list(atlas(pixels, small_network, layer="join", channels="strongest:4", size=30, **QUICK))
    small = shrunk(as_picture(pixels), 30).rgb
    assert len(found) == 4
    for each in found:
        alone = dream(small, small_network, objective=channels("join", each.number), step_size=2, **QUICK)
        np.testing.assert_allclose(each.pixels, alone, atol=2e-3)


def test_what_the_picture_excites_most_comes_first(small_network, pixels):
    found = list(atlas(pixels, small_network, layer="join", channels=[0, 1, 4], size=30, **QUICK))
    strengths = [each.excitement for each in found]
    assert strengths == sorted(strengths, reverse=True) and {each.number for each in found} == {0, 1, 4}


def test_progress_tells_how_many_there_are(small_network, pixels):
    told = []
    some = {"layer": "left", "channels": "0..1", "size": 30, **QUICK}
    list(atlas(pixels, small_network, progress=lambda *both: told.append(both), **some))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("strongest:2", [2, 0]),
        ("strongest:9", [2, 0, 3, 1]),
        ("3, 0..1", [0, 3, 1]),
        ([1, 2], [2, 1]),
    ],
)
def test_channels_are_numbers_spans_or_the_strongest(wanted, expected):
    assert _chosen(wanted, np.array([3.0, 0.0, 9.0, 3.0])) == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            "strong:2",
            "channels='strong:2' is not allowed; allowed: numbers and spans such as 0..63, 100, or strongest:24",
        ),
        ("2..9", "no channel 9; allowed are 0 to 3"),
        ("5..3", "channels='5..3' is not allowed"),
        ("", "channels='' is not allowed"),
        ("strongest:0", "channels='strongest:0' is not allowed"),
        ([-1], "no channel -1; allowed are 0 to 3"),
    ],
)
def test_others_are_refused(wanted, message):
    with pytest.raises(DreamError, match=message.replace("..", r"\.\.")):
        _chosen(wanted, np.arange(4.0))


def test_several_objectives_are_one_for_each_picture_at_the_same_layers(small_network, pixels):
    both = np.stack([pixels, pixels])
    with pytest.raises(DreamError, match="3 objectives are given for 2 pictures; give one, or one for each"):
        dream(both, small_network, objective=[l2("join")] * 3, **QUICK)
    with pytest.raises(DreamError, match="the objectives of several pictures look at 2 places; all look at the same"):
        dream(both, small_network, objective=[l2("join"), l2("conv1")], **QUICK)

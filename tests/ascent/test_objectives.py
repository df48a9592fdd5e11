"""Objectives are values: they add, scale, print as their text, and say what a blob is worth."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError, channels, direction, dream, guide, l2, negative, neuron
from dreamcore.ascent import objectives
from dreamcore.ascent.objectives import OBJECTIVES, class_, parse_objective
from dreamcore.grammar.tokens import GrammarError
from dreamcore.pictures import Picture
from dreamcore.transforms import schedule


def value(objective, network, *blobs, windows=None):
    return float(objective.bind(network)[1](*blobs, windows=windows))


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).uniform(0, 255, (9, 11, 3)).astype("f4")


def test_l2_is_half_the_sum_of_squares(network):
    assert value(l2("conv1"), network, torch.tensor([[[1.0, 2.0]], [[0.0, 2.0]]])) == 4.5


def test_sums_look_at_each_end_with_its_weight(network):
    both = 0.5 * l2("conv1") + l2("join") * 2 - l2("left")
    assert both.bind(network)[0] == ("conv1", "join", "left")
    assert value(both, network, torch.ones(2), torch.ones(4), torch.ones(6)) == 0.5 * 1 + 2 * 2 - 3


def test_pythons_sum_adds_objectives():
    assert sum([l2("conv1"), 2 * l2("join")]) == l2("conv1") + 2 * l2("join")


def test_negative_is_minus(network):
    assert negative(l2("conv1")) == -l2("conv1")
    assert value(-l2("conv1"), network, torch.ones(4)) == -2


def test_nothing_else_can_be_added_or_multiplied():
    for wrong in (lambda: l2("a") + 1, lambda: l2("a") * "b", lambda: l2("a") * l2("b"), lambda: l2("a") * True):
        with pytest.raises(TypeError):
            wrong()


def test_channels_leave_the_others_out(network):
    blob = torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None]
    assert value(channels("conv1", 1, 3), network, blob) == 0.5 * (4 + 16)


@pytest.mark.parametrize("make", [lambda: channels("conv1", 4), lambda: neuron("conv1", 4)])
def test_a_channel_that_is_not_there_is_named(network, make):
    with pytest.raises(DreamError, match="conv1 has no channel 4; allowed are 0 to 3"):
        make().bind(network)


def test_a_channel_that_is_not_there_is_named_where_a_layer_is_called_otherwise_than_its_blob(network):
    layer = next(each for each in network.layers if each not in network.blobs)
    with pytest.raises(DreamError, match=f"{layer} has no channel 999"):
        channels(layer, 999).on(network)


def test_channels_need_a_number():
    with pytest.raises(DreamError, match="no numbers is given|channels needs numbers"):
        channels("conv1")


def test_a_neuron_is_in_the_middle_unless_its_place_is_told(network):
    blob = torch.arange(4 * 3 * 5.0).reshape(4, 3, 5)
    assert value(neuron("conv1", 2), network, blob) == blob[2, 1, 2]
    assert value(neuron("conv1", 2, x=1, y=0), network, blob) == blob[2, 0, 4]


def test_a_neuron_is_found_in_the_tile_that_holds_it(network):
    blob = torch.arange(4 * 3 * 5.0).reshape(4, 3, 5)
    inside, outside = (0, 2, 3, 5), (0, 0, 3, 5)  # top, left, and the size of the whole blob
    assert value(neuron("conv1", 2), network, blob[:, :, 2:], windows=[inside]) == blob[2, 1, 2]
    assert value(neuron("conv1", 2), network, blob[:, :, :2], windows=[outside]) == 0


def test_a_direction_is_the_dot_product_with_the_mean_feature(network, pixels):
    from dreamcore.ascent.layout import to_data

    features = network.outputs(to_data(pixels, network), "join")[0]
    mean = features.mean((1, 2))
    blob = torch.ones(5, 2, 3)
    assert value(direction(pixels, "join"), network, blob) == pytest.approx(float(6 * (mean / mean.norm()).sum()), 1e-5)


def test_a_class_is_its_score_before_the_softmax_at_each_place_that_the_network_averages(network):
    data = torch.from_numpy(np.random.default_rng(3).normal(0, 50, (3, 12, 14)).astype("f4"))
    (end,), total = class_(2).bind(network)
    (scores, places) = network.outputs(data, "classes", end)
    assert places.shape == (5, 6, 7) and end == "norm"
    assert float(total(places)) == pytest.approx(float(42 * scores[2]), rel=1e-4)


def test_a_class_that_is_not_there_is_named(network):
    with pytest.raises(DreamError, match="small has no class 6; allowed are 0 to 5"):
        class_(6).on(network)


def test_a_role_stands_for_its_end(network):
    assert l2("objects").bind(network)[0] == (network.roles["objects"],)


def test_an_unknown_end_suggests_the_nearest(network):
    with pytest.raises(DreamError, match=r'no layer .conv2.*did you mean "conv1"'):
        l2("conv2").bind(network)


def test_of_a_list_of_layers_the_first_that_the_network_has_is_taken(network):
    assert l2(["inception_4c/output", "join", "conv1"]).bind(network)[0] == ("join",)


def test_guide_matches_each_place_with_the_best_of_the_guide(network, monkeypatch, pixels):
    rng = torch.Generator().manual_seed(0)
    blob = torch.randn(5, 6, 7, generator=rng)
    ends, matched = guide(pixels, "join").bind(network)
    from dreamcore.ascent.layout import to_data

    features = network.outputs(to_data(pixels, network), *ends)[0].flatten(1)
    products = blob.flatten(1).T @ features
    expected = sum(products[place, products[place].argmax()] for place in range(len(products)))
    assert float(matched(blob)) == pytest.approx(float(expected), rel=1e-5)
    monkeypatch.setattr(objectives, "_BLOCK", 1)  # one place at a time
    assert float(matched(blob)) == pytest.approx(float(expected), rel=1e-5)


def test_the_guides_gradient_is_the_matched_features(network, pixels):
    (end,), matched = guide(pixels, "join").bind(network)
    blob = torch.randn(5, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(matched(blob), blob)
    assert (gradient * blob).sum().item() == pytest.approx(matched(blob).item(), rel=1e-5)


def test_a_guide_may_be_a_picture_an_array_or_a_file(network, pixels, tmp_path):
    from PIL import Image

    Image.fromarray(pixels.round().astype("u1")).save(tmp_path / "guide.png")
    whole = pixels.round()
    blob = torch.ones(5, 2, 2)
    values = {value(guide(each, "join"), network, blob) for each in (whole, Picture(whole), tmp_path / "guide.png")}
    assert len(values) == 1


TEXTS = {
    "objects": l2("objects"),
    "0.3*patterns + guide(leaf.jpg, parts) - channels(objects, 12, 40)": 0.3 * l2("patterns")
    + guide("leaf.jpg", "parts")
    - channels("objects", 12, 40),
    "-patterns + 2*parts": -l2("patterns") + 2 * l2("parts"),
    "neuron(objects, 3, 0.25, 0.5)": neuron("objects", 3, x=0.25),
    "[inception_4c/output, patterns]": l2(["inception_4c/output", "patterns"]),
    "conv-1 - b-2": l2("conv-1") - l2("b-2"),
    '"my layer" + "a+b"': l2("my layer") + l2("a+b"),
    '"140"': l2("140"),
    'direction("my sea.jpg", textures)': direction("my sea.jpg", "textures"),
    "class(107)": class_(107),
    "linear(0:1, 40:0)*patterns": l2("patterns") * schedule("0:1, 40:0"),
    "0.5*sin(period=4, low=0, high=1)*parts": 0.5 * (l2("parts") * schedule("sin(period=4, low=0, high=1)")),
}


@pytest.mark.parametrize("text", TEXTS)
def test_an_objective_prints_as_its_text_which_reads_back_equal(text):
    assert str(TEXTS[text]) == repr(TEXTS[text]) == text
    assert parse_objective(text) == TEXTS[text]


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("2*(a - 0.5*b)", 2 * l2("a") - l2("b")),
        ("patterns*0.3", 0.3 * l2("patterns")),
        ("a+b", l2("a") + l2("b")),
        ("a -0.3*b", l2("a") - 0.3 * l2("b")),
        ("- -a", l2("a")),
        ("negative(a + 2*b)", -l2("a") - 2 * l2("b")),
        ("l2(a)", l2("a")),
        ("1e-3*a", 0.001 * l2("a")),
        ("guide('C:/my leaf.jpg')", guide("C:/my leaf.jpg")),
    ],
)
def test_other_ways_to_write_the_same(text, objective):
    assert parse_objective(text) == objective


def test_objectives_may_follow_one_another():
    changing = parse_objective("0:textures, 40:0.3*patterns + parts")
    assert (changing.at(39), changing.at(40)) == (l2("textures"), 0.3 * l2("patterns") + l2("parts"))
    assert str(changing) == "step(0:textures, 40:0.3*patterns + parts)"
    assert parse_objective(str(changing)) == changing


def test_a_weight_that_is_a_schedule_moves_from_one_layer_to_another():
    moving = parse_objective("linear(0:1, 4:0)*a + linear(0:0, 4:1)*b")
    assert moving.at(1) == 0.75 * l2("a") + 0.25 * l2("b")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "a value is missing here", 0),
        ("0.3*", "a value is missing here", 4),
        ("a b", '"b" is too much here; a name of several words stands in quotes', 2),
        ("class(sea lion)", "found lion; a name of several words stands in quotes", 10),
        ("a*b", "two layers cannot be multiplied", 0),
        ("0.5 + a", "a layer is missing here, such as 0.3[*]patterns", 0),
        ("guide()", "guide needs picture", 0),
        ("2*(patterns + chanels(parts, 1))", 'unknown objective "chanels" .did you mean "channels"', 14),
        ("0.5*(a", '"[)]" is missing here', 6),
        ("0:a, 40", "a keyframe is missing here", 5),
        ("neuron(a, -1)", "channel=-1 is not allowed", 10),
        ("linear(0:1, 4:2)", "a layer is missing here", 0),
        ("channels(a, 1.5)", "numbers=1.5 is not allowed", 12),
    ],
)
def test_a_mistake_is_pointed_at(text, message, place):
    with pytest.raises(GrammarError, match=message) as caught:
        parse_objective(text)
    assert caught.value.position == place


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
weights = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda weight: weight != 0)
summands = st.one_of(
    names.map(l2),
    st.builds(lambda name, numbers: channels(name, *numbers), names, st.lists(st.integers(0, 999), min_size=1)),
    st.builds(guide, names, names),
    st.builds(neuron, names, st.integers(0, 999), st.floats(0, 1), st.floats(0, 1)),
)


@given(st.lists(st.tuples(weights, summands), min_size=1, max_size=4))
def test_any_objective_reads_back_equal(parts):
    objective = sum(weight * summand for weight, summand in parts)
    assert parse_objective(str(objective)) == objective


def test_every_objective_of_the_table_explains_itself():
    assert {"l2", "channels", "neuron", "guide", "direction", "class"} <= set(OBJECTIVES)
    assert all(row.help and "Examples" in row.function.__doc__ for row in OBJECTIVES.values())


def test_a_layer_and_an_objective_that_contradict_each_other_are_refused(network, pixels):
    with pytest.raises(DreamError, match="layer is textures and objective is objects: .*give one of them"):
        dream(pixels, network, layer="textures", objective=l2("objects"))


def test_a_text_an_objective_and_a_layer_dream_the_same(network, pixels):
    quick = {"iterations": 2, "octaves": 1, "jitter": 2, "seed": 1}
    first = dream(pixels, network, layer="2*conv1", **quick)
    assert np.array_equal(first, dream(pixels, network, layer=2 * l2("conv1"), **quick))
    assert np.array_equal(first, dream(pixels, network, objective="2*conv1", **quick))


def test_first_is_the_picture_itself(network, pixels):
    quick = {"iterations": 2, "octaves": 1, "jitter": 2, "seed": 1}
    first = dream(pixels, network, layer="guide(first, join)", **quick)
    assert np.array_equal(first, dream(pixels, network, layer=guide(pixels, "join"), **quick))

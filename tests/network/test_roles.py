"""Ends for networks of which nothing is known."""

import pytest

from dreamcore.network.roles import guess_roles
from tests.network.small import load, parse


def chain(length):
    names = ["data", *(f"c{number}" for number in range(length))]
    rows = zip(names, names[1:], strict=False)
    return parse("".join(f'layer {{ name: "{top}" bottom: "{bottom}" top: "{top}" }}' for bottom, top in rows)).layer


def test_four_roles_go_deeper_and_deeper():
    shapes = {f"c{number}": (8, 20, 20) for number in range(21)}
    assert guess_roles(chain(21), shapes) == {"textures": "c5", "patterns": "c10", "parts": "c13", "objects": "c15"}


def test_a_network_of_one_layer_has_it_for_every_role():
    assert set(guess_roles(chain(1), {"c0": (8, 20, 20)}).values()) == {"c0"}


def test_the_classifier_is_left_out():
    shapes = {f"c{number}": (8, 20, 20) if number < 4 else (10, 1, 1) if number < 6 else (10,) for number in range(9)}
    assert set(guess_roles(chain(9), shapes).values()) <= {"c0", "c1", "c2", "c3"}


def test_branches_are_left_out(tmp_path):
    assert set(load(tmp_path).roles.values()) <= {"conv1", "pool1", "join", "norm"}


def test_a_network_of_nothing_but_branches_still_has_roles():
    layers = parse(
        'layer { name: "a" bottom: "data" top: "a" } layer { name: "b" bottom: "data" top: "b" }'
        'layer { name: "c" bottom: "data" bottom: "a" bottom: "b" top: "c" }'
    ).layer
    assert set(guess_roles(layers, dict.fromkeys("abc", (1, 9, 9)))) == {"textures", "patterns", "parts", "objects"}


def test_no_blob_with_a_height_means_no_roles():
    assert guess_roles(chain(3), {"c0": (5,), "c1": (5, 1, 1)}) == {}


def test_known_roles_win_where_the_network_has_them(tmp_path):
    network = load(tmp_path, roles={"textures": "norm", "parts": "inception_4b/output"})
    assert network.roles["textures"] == "norm"
    assert network.roles["parts"] in network.blobs


@pytest.mark.parametrize("model", ["bvlc_googlenet", "squeezenet_v1.1"])
def test_the_roles_of_known_models_are_ends_of_theirs(shared, model):
    from dreamcore.models import load_network
    from dreamcore.models.known import KNOWN

    network = load_network(shared / "models" / model, device="cpu")
    assert network.roles == KNOWN[model].roles
    layers = [operation.layer for operation in network.graph.operations]
    assert all(network.fits(224, 224, (end,)) for end in guess_roles(layers, network.shapes).values())

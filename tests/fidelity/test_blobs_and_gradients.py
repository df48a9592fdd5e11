"""Blobs and gradients against those of BVLC Caffe 1.0, on real networks."""

import numpy as np
import pytest

from dreamcore.models import load_network

RUNS = {
    "fwd_googlenet_rs0_96x112": "bvlc_googlenet",
    "fwd_googlenet_cat_160x200": "bvlc_googlenet",
    "fwd_squeezenet_rs0_97x131": "squeezenet_v1.1",
}
CLOSE = 1e-4  # relative L2; another BLAS in the same Caffe gives about 1e-6


@pytest.fixture(scope="module", params=RUNS)
def run(request, shared):
    """A network and what real Caffe computed with it."""
    network = load_network(shared / "models" / RUNS[request.param], device="cpu")
    with np.load(shared / f"reference/{request.param}.npz") as file:
        return network, {name: file[name][0] for name in file.files}


def relative(found, expected):
    assert found.shape == expected.shape
    return np.linalg.norm((found - expected).astype("f8")) / np.linalg.norm(expected.astype("f8"))


def named(reference, kind):
    return {name.removeprefix(f"{kind}/"): array for name, array in reference.items() if name.startswith(f"{kind}/")}


def test_the_input_is_the_one_that_caffe_saw(run):
    _, reference = run
    if reference["data"].shape != (3, 160, 200):
        random = np.random.RandomState(0).uniform(-110, 140, (1, *reference["data"].shape))
        np.testing.assert_array_equal(random[0].astype("f4"), reference["data"])


def test_blobs_are_caffes(run):
    network, reference = run
    expected = named(reference, "fwd")
    found = network.activations(reference["data"], *expected)
    assert len(expected) >= 4
    assert {name: relative(found[name], array) < CLOSE for name, array in expected.items()} == dict.fromkeys(
        expected, True
    )


def test_the_values_before_an_in_place_relu_are_caffes(run):
    network, reference = run
    for end, expected in named(reference, "pre").items():
        seen = []
        network.gradient(
            reference["data"], end, lambda blob, seen=seen: seen.append(blob.detach().numpy()) or blob.sum()
        )
        assert relative(seen[0], expected) < CLOSE
        assert (expected < 0).any()


def test_gradients_are_caffes(run):
    network, reference = run
    expected = named(reference, "grad")
    assert len(expected) >= 4
    for end, gradient in expected.items():
        assert relative(network.gradient(reference["data"], end)[1], gradient) < CLOSE, end

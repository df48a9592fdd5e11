"""Networks that compute with fewer bits."""

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.network.precision import find_precision
from tests.network.small import load, picture


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    return {precision: load(folder, precision=precision) for precision in ("float32", "bfloat16")}


def test_auto_is_one_of_the_two():
    assert find_precision("auto", "cpu") in (torch.float32, torch.bfloat16)
    assert find_precision("auto", "mps") == torch.float32


def test_other_names_are_named():
    with pytest.raises(DreamError, match=r"no precision 'bfloat61' \(did you mean \"bfloat16\"\?\)"):
        find_precision("bfloat61", "cpu")


def test_gradients_are_float32_and_nearly_those_of_float32(networks):
    (value, gradient), (coarse_value, coarse) = (
        networks[precision].gradient(picture(40, 50), "norm") for precision in ("float32", "bfloat16")
    )
    assert coarse.dtype == np.float32
    assert coarse_value == pytest.approx(value, rel=0.02)
    assert 0 < np.linalg.norm(coarse - gradient) < 0.05 * np.linalg.norm(gradient)


def test_weights_and_blobs_take_half_the_memory(networks):
    assert networks["bfloat16"].weight_bytes * 2 == networks["float32"].weight_bytes
    seen = []
    for network in networks.values():
        network.gradient(picture(), "norm", lambda blob: seen.append(blob.dtype) or blob.sum())
    assert seen == [torch.float32] * 2  # what an objective sees


def test_activations_are_float32(networks):
    assert networks["bfloat16"].activations(picture(), "join")["join"].dtype == np.float32

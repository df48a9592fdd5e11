"""Gradients in tiles against those of BVLC Caffe 1.0."""

import numpy as np
import pytest
import torch

from dreamcore.ascent.tiles import tiled_gradient, tiles
from dreamcore.network import l2, load_network


@pytest.mark.parametrize("end", ["inception_3b/output", "inception_3b/5x5_reduce"])
def test_tiles_give_caffes_gradient(shared, end):
    network = load_network(shared / "models/bvlc_googlenet", device="cpu")
    with np.load(shared / "reference/fwd_googlenet_cat_160x200.npz") as file:
        data, expected = torch.from_numpy(file["data"][0]), file[f"grad/{end}"][0]
    found = tiles(160, 200, [network.field(end)], 130 * 130)
    assert len(found.rows) * len(found.columns) > 1
    gradient = tiled_gradient(network, data, (end,), l2, (0, 0), tiles=found)[1].numpy()
    assert np.linalg.norm(gradient - expected) < 1e-4 * np.linalg.norm(expected)

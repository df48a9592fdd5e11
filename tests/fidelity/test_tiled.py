"""Gradients in tiles against those of BVLC Caffe 1.0."""

from functools import partial

import numpy as np
import pytest
import torch

from dreamcore.ascent import l2
from dreamcore.ascent.step import shifted_gradient, take_step
from dreamcore.large.store import MemoryStore
from dreamcore.large.tiles import best_tiles, tiled_gradient
from dreamcore.models import load_network


@pytest.mark.parametrize("end", ["inception_3b/output", "inception_3b/5x5_reduce"])
def test_tiles_give_caffes_gradient(shared, end):
    network = load_network(shared / "models/bvlc_googlenet", device="cpu")
    with np.load(shared / "reference/fwd_googlenet_cat_160x200.npz") as file:
        data, expected = torch.from_numpy(file["data"][0]), file[f"grad/{end}"][0]
    cut = best_tiles(160, 200, [network.field(end)], 130 * 130)
    assert len(cut.rows) * len(cut.columns) > 1
    ends, total = l2(end).bind(network)
    gradient = tiled_gradient(network, data, ends, total, (0, 0), tiles=cut, store=MemoryStore())[1].numpy()
    assert np.linalg.norm(gradient - expected) < 1e-4 * np.linalg.norm(expected)


def test_no_seam_can_be_measured_after_ten_steps(shared):
    end = "inception_3b/output"
    network = load_network(shared / "models/bvlc_googlenet", device="cpu")
    with np.load(shared / "reference/fwd_googlenet_cat_160x200.npz") as file:
        start = torch.from_numpy(file["data"][0])
    cut = best_tiles(160, 200, [network.field(end)], 130 * 130)
    energies = []
    ends, total = l2(end).bind(network)
    for gradient_of in (partial(tiled_gradient, tiles=cut, store=MemoryStore()), shifted_gradient):
        data = start
        for _ in range(10):
            data, _ = take_step(network, data, ends, total, step_size=1.5, offset=(0, 0), gradient_of=gradient_of)
        edges = torch.diff(data - start, dim=2).square().mean((0, 1))
        energies.append(np.convolve(edges.numpy(), np.ones(4), "valid"))
    ratio = energies[0] / energies[1]  # rounding grows to a few per cent in ten steps, at borders as elsewhere
    borders = [span.first - 2 for span in cut.columns[1:]]
    assert borders
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    assert np.abs(ratio[borders] - 1).max() < max(0.02, 4 * ratio.std())

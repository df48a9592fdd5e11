"""A network's arithmetic in PyTorch: only what is needed runs, and nothing stays longer than it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch

from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.network.backend import Objective, values_of
from dreamcore.network.fused import run
from dreamcore.network.graph import Graph
from dreamcore.network.graphs import Graphs
from dreamcore.network.layers.registry import Weights
from dreamcore.network.layout import ordered, settled
from dreamcore.network.precision import find_precision
from dreamcore.network.program import Row, build_program
from dreamcore.network.wiring import Value


class TorchBackend:
    """Runs a network in PyTorch; see `dreamcore.network.backend.Backend`.

    Parameters
    ----------
    graph : Graph
    weights : mapping of str to sequence of ndarray
        By layer name: its blobs, in Caffe's order.
    device : torch.device or str
    precision : str
        ``"float32"``, ``"bfloat16"``, or ``"auto"``. What comes in and goes out is float32 in any case.

    Attributes
    ----------
    weights : dict of str to tuple of Tensor
        Those of the layers, on the device.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, Sequence[np.ndarray]],
        *,
        device: torch.device | str = "cpu",
        precision: str = "float32",
    ) -> None:
        self.device = torch.device(device)
        self.dtype = find_precision(precision, self.device)
        self.weights = {layer: tuple(map(self._placed, arrays)) for layer, arrays in weights.items()}
        self.weight_bytes = sum(each.nbytes for blobs in self.weights.values() for each in blobs)
        self._joined: dict[str, Weights] = {}
        self._input = Value(graph.input, 0)
        self._program = lru_cache(64)(lambda wanted: build_program(graph.operations_for(wanted), wanted))
        self._gradient = Graphs(self._compute) if self.device.type == "cuda" else self._compute

    def values(self, data: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Compute values."""
        with torch.no_grad():
            return [_wide(each) for each in self._forward(data, tuple(wanted))]

    def gradient(
        self, data: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute an objective and its gradient."""
        compute = self._compute if data.is_meta else self._gradient
        return compute(data, tuple(wanted), objective)

    def weights_of(self, layer: str) -> Weights:
        """Return the weights of a layer."""
        return self.weights[layer]

    def _compute(
        self, data: torch.Tensor, wanted: tuple[Value, ...], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = data.detach().requires_grad_()  # (N, C, H, W)
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # whose 10 bits a GPU calls float32, too
            blobs = self._forward(x, wanted)
            values = values_of(objective, [_wide(each) for each in blobs])
            if not values.requires_grad:  # nothing of the pictures is in them
                return values, torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(values.sum(), x, allow_unused=True, materialize_grads=True)
        return values.detach(), gradient

    def _forward(self, x: torch.Tensor, wanted: tuple[Value, ...]) -> list[torch.Tensor]:
        x = x.to(self.dtype) if x.dtype == torch.float32 else x
        values = {self._input: x}
        for row in self._program(wanted):
            bottoms = [values[each] for each in row.reads]
            try:
                tops = run(row.layer, self._weights_of(row, x), *bottoms, rectified=row.rectified)
            except RuntimeError as error:
                kind, what = DreamError, "PyTorch cannot run"
                if "memory" in str(error):
                    kind, what = NotEnoughMemory, "not enough memory for"
                size = f"{x.shape[-1]}x{x.shape[-2]} pixels"
                reason = str(error).splitlines()[0]
                raise kind(f"{what} layer {row.layer.name!r} ({row.layer.type}) at {size}: {reason}") from error
            tops = tuple(map(settled, tops if isinstance(tops, tuple) else (tops,)))
            if not bottoms:  # what a layer knows by itself is the same for each picture
                tops = tuple(_repeated(each, len(x)) for each in tops)
            values.update(zip(row.writes, tops, strict=True))
            del bottoms, tops
            for each in row.last_reads:
                del values[each]
        return [_for_each(x, values[each], each) for each in wanted]

    def _weights_of(self, row: Row, x: torch.Tensor) -> Weights:
        name = row.layer.name
        if row.siblings and name not in self._joined:
            each = zip(*(self.weights[sibling] for sibling in row.siblings), strict=True)
            self._joined[name] = tuple(map(_one_after_another, each))
        weights = self._joined[name] if row.siblings else self.weights.get(name, ())
        if x.is_meta or x.dtype != self.dtype:  # shapes alone, or float64 to check gradients
            return tuple(each.to(x.device, x.dtype) for each in weights)
        return weights

    def _placed(self, array: np.ndarray) -> torch.Tensor:
        return ordered(torch.from_numpy(np.ascontiguousarray(array)).to(self.device, self.dtype))


def _one_after_another(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Join weights of convolutions, or their biases, which old files give four axes."""
    if all(each.numel() == each.shape[-1] for each in weights):
        return torch.cat([each.flatten() for each in weights])
    return ordered(torch.cat([*weights]))


def _repeated(blob: torch.Tensor, pictures: int) -> torch.Tensor:
    """Return a blob of one picture for several; one without a pictures' axis as it is."""
    return blob.expand(pictures, *blob.shape[1:]) if blob.shape[:1] == (1,) and blob.numel() > 1 else blob


def _for_each(x: torch.Tensor, blob: torch.Tensor, value: Value) -> torch.Tensor:
    if blob.shape[:1] != x.shape[:1]:
        raise DreamError(f"{value.blob!r} has shape {tuple(blob.shape)}, and so no part for each of {len(x)} pictures")
    return blob


def _wide(blob: torch.Tensor) -> torch.Tensor:
    """Return at least float32: sums over a blob need more than bfloat16's eight bits."""
    return blob.to(torch.promote_types(blob.dtype, torch.float32))

"""A network's arithmetic in PyTorch: only what is needed runs, and nothing stays longer than it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
import torch

from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.network import onednn
from dreamcore.network.backend import Objective, slopes_of
from dreamcore.network.fused import bind
from dreamcore.network.graph import Graph
from dreamcore.network.graphs import Graphs
from dreamcore.network.layers.registry import Weights
from dreamcore.network.layout import ordered, settled
from dreamcore.network.passes import Pass
from dreamcore.network.precision import find_precision
from dreamcore.network.program import Row, build_program
from dreamcore.network.wiring import Value

Trail: TypeAlias = list[tuple[Row, Pass, Any]]  # what ran, in order, and what each keeps for the way back


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
        self.laid_bytes = onednn.bytes_laid(blobs[0] for blobs in self.weights.values() if blobs)
        self._joined: dict[str, Weights] = {}
        self._input = Value(graph.input, 0)
        self._program = lru_cache(64)(lambda wanted: build_program(graph.operations_for(wanted), wanted))
        self._bound = lru_cache(64)(lambda wanted, *kind: _unbound(self._program(wanted)))
        is_cuda = self.device.type == "cuda"
        self._gradient = Graphs(self._compute) if is_cuda else self._compute
        # or a GPU computes with 10 bits what it calls float32
        self._exact = partial(torch.backends.cudnn.flags, enabled=True, allow_tf32=False) if is_cuda else nullcontext

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
        trail: Trail = []
        with self._exact(), torch.enable_grad():
            values, above = _slopes(objective, wanted, self._forward(data.detach(), wanted, trail))
            gradient = self._backward(trail, above)
        return values, torch.zeros_like(data) if gradient is None else gradient.to(data.dtype)

    def _forward(self, data: torch.Tensor, wanted: tuple[Value, ...], trail: Trail | None = None) -> list[torch.Tensor]:
        """Compute values; where there is a trail, note there what goes back over the layers."""
        x = data.to(self.dtype) if data.dtype == torch.float32 else data
        values, (rows, passes) = {self._input: x}, self._bound(wanted, x.shape, x.dtype, x.device)
        for number, row in enumerate(rows):
            bottoms = [values[each] for each in row.reads]
            try:
                way = passes[number] or bind(row.layer, self._weights_of(row, x), *bottoms, rectified=row.rectified)
                tops, kept = way.forward(*bottoms)
            except RuntimeError as error:
                raise _explained(error, row, x) from error
            passes[number] = way
            if trail is not None:
                trail.append((row, way, kept))
            if not bottoms:  # what a layer knows by itself is the same for each picture
                tops = tuple(_repeated(each, len(x)) for each in tops)
            values.update(zip(row.writes, map(settled, tops), strict=True))
            del bottoms, tops, kept
            for each in row.last_reads:
                del values[each]
        return [_for_each(x, values[each], each) for each in wanted]

    def _backward(self, trail: Trail, above: dict[Value, torch.Tensor]) -> torch.Tensor | None:
        """Go back over a trail with the gradients at values, and return that at the pictures, if there is one."""
        while trail:
            _go_back(*trail.pop(), above)
        return above.get(self._input)

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


def _unbound(rows: list[Row]) -> tuple[list[Row], list[Pass | None]]:
    return rows, [None] * len(rows)


def _explained(error: RuntimeError, row: Row, x: torch.Tensor) -> DreamError:
    kind, what = DreamError, "PyTorch cannot run"
    if "memory" in str(error):
        kind, what = NotEnoughMemory, "not enough memory for"
    size, reason = f"{x.shape[-1]}x{x.shape[-2]} pixels", str(error).splitlines()[0]
    return kind(f"{what} layer {row.layer.name!r} ({row.layer.type}) at {size}: {reason}")


def _slopes(
    objective: Objective, wanted: Sequence[Value], blobs: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, dict[Value, torch.Tensor]]:
    """Return what an objective says of blobs, and its gradient at each of the values that they are."""
    values, slopes = slopes_of(objective, [_wide(each) for each in blobs])
    above: dict[Value, torch.Tensor] = {}
    for value, blob, slope in zip(wanted, blobs, slopes, strict=True):
        _add(above, value, ordered(slope.to(blob.dtype)))
    return values, above


def _go_back(row: Row, way: Pass, kept: Any, above: dict[Value, torch.Tensor]) -> None:
    """Take the gradients at a row's tops, and add what they become at its bottoms."""
    gradients = [above.pop(each, None) for each in row.writes]
    if any(each is not None for each in gradients):
        for value, gradient in zip(row.reads, way.backward(kept, *gradients), strict=True):
            if gradient is not None:
                _add(above, value, gradient)


def _add(above: dict[Value, torch.Tensor], value: Value, gradient: torch.Tensor) -> None:
    """Add a gradient to that at a value, or begin with it."""
    if value in above:
        above[value].add_(gradient)
    else:
        above[value] = gradient


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

"""A network's arithmetic by a real Caffe (BVLC Caffe's Python module), where one is installed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from dreamcore.caffe_format import CaffeNet
from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.network.backend import Objective, slopes_of
from dreamcore.network.fields import PIXEL
from dreamcore.network.graph import Graph, Shape
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import Miswired, window
from dreamcore.network.layers.registry import LayerParameter
from dreamcore.network.wiring import Operation, Value
from dreamcore.process.environment import briefly

# Layers that treat each picture by itself, whatever numbers stand in their messages, and those where it depends.
_EACH_BY_ITSELF = {
    "AbsVal", "BNLL", "Clip", "Convolution", "Deconvolution", "Dropout", "ELU", "Eltwise", "Exp", "InnerProduct", "LRN",
    "Log", "PReLU", "Pooling", "Power", "ReLU", "Sigmoid", "Split", "Swish", "TanH",
}  # fmt: skip
_WHERE_CELLS_SEE_WINDOWS = {"BatchNorm", "Concat", "Slice", "Softmax"}


class CaffeBackend:
    """Lets a real Caffe run a network; see `dreamcore.network.backend.Backend`.

    Caffe ends the process where something does not fit; it must therefore be given only what `graph` has found to fit.
    Layers of the types that this program does not know are Caffe's own business, and `graph` learns of them from it.

    Parameters
    ----------
    graph : Graph
    net : CaffeNet
    device : str
        ``"auto"`` and ``"cpu"`` are the CPU, because a Caffe built for the CPU alone ends the process when asked for
        more; ``"cuda"``, ``"cuda:1"`` a GPU. Pictures and results are in the machine's memory in any case.

    Raises
    ------
    DreamError
        When there is no real Caffe, it does not know the device or the type of a layer, or the network's layers do not
        hang together.
    """

    def __init__(self, graph: Graph, net: CaffeNet, *, device: str = "auto") -> None:
        caffe = _import_caffe()
        _choose_device(caffe, device)
        _check_layers(caffe, graph)
        self.device, self.dtype, self.laid_bytes = torch.device("cpu"), torch.float32, 0
        self.weight_bytes = sum(each.nbytes for arrays in net.weights.values() for each in arrays)
        self._graph = graph
        self._net = _with_backward(net.source[0], lambda path: caffe.Net(path, str(net.source[1]), caffe.TEST))
        self._order = [*self._net._layer_names]  # with Caffe's own Split layers
        places = {name: number for number, name in enumerate(self._order)}
        if not places.keys() >= {*graph.layers} or not self._net.blobs.keys() >= {*graph.blobs}:
            raise DreamError(f"Caffe does not call all layers of {net.source[0]} by the names that are read here")
        self._writers = {
            value: places[operation.layer.name] for operation in graph.operations for value in operation.writes
        }
        graph.learn(self._shapes_behind)

    def values(self, data: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Compute values."""
        each = [self._forward(pictures, wanted) for pictures in self._portions(data, wanted)]
        return [torch.cat(blobs) for blobs in zip(*each, strict=True)]  # (N, C, H, W)

    def gradient(
        self, data: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute an objective and its gradient."""
        if data.is_meta:
            return self._follow(data, wanted)
        portions = self._portions(data, wanted)
        objectives = (
            [(each,) for each in objective] if isinstance(objective, tuple) and len(portions) > 1 else repeat(objective)
        )
        pairs = zip(portions, objectives, strict=False)
        values, gradients = zip(*(self._gradient_of(each, wanted, mine) for each, mine in pairs), strict=True)
        return torch.cat(values), torch.cat(gradients)

    def weights_of(self, layer: str) -> tuple[torch.Tensor, ...]:
        """Return the weights of a layer."""
        return tuple(torch.from_numpy(each.data) for each in self._net.params[layer])

    def _portions(self, data: torch.Tensor, wanted: Sequence[Value]) -> Sequence[torch.Tensor]:
        """Return pictures that can go through Caffe together: all, or each by itself where a layer could mix them."""
        layers = (operation.layer for operation in self._graph.operations_for(wanted))
        return [data] if all(map(_treats_each_by_itself, layers)) else data.split(1)

    def _gradient_of(
        self, pictures: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        values, slopes = slopes_of(objective, self._forward(pictures, wanted))
        gradients = [self._backward(each, slope) for each, slope in zip(wanted, slopes, strict=True)]
        return values, torch.stack(gradients).sum(0)

    def _forward(self, pictures: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Run forward to each wanted value, and copy it before a later layer overwrites it."""
        self._take(tuple(pictures.shape))
        self._net.blobs[self._graph.input].data[...] = pictures.detach().numpy()
        copies, begin = {}, 0
        needed = self._needed({value: self._writers.get(value, -1) for value in wanted})
        for number, value in sorted((self._writers.get(value, -1), value) for value in set(wanted)):
            self._run(self._net.forward, [each for each in needed if begin <= each <= number])
            begin = max(begin, number + 1)
            copies[value] = torch.from_numpy(self._net.blobs[value.blob].data.copy())
            if len(copies[value]) != len(pictures):
                raise DreamError(f"{value.blob!r} has no part for each of {len(pictures)} pictures")
        return [copies[value] for value in wanted]

    def _backward(self, value: Value, gradient: torch.Tensor) -> torch.Tensor:
        """Run backward from one value; where Caffe adds up branches, those that did not run must add nothing."""
        if value not in self._writers:  # the pictures themselves
            return gradient
        for blob in self._net.blobs.values():
            blob.diff[...] = 0
        self._net.blobs[value.blob].diff[...] = gradient.detach().numpy()
        self._run(self._net.backward, self._needed({value: self._writers[value]})[::-1])
        return torch.from_numpy(self._net.blobs[self._graph.input].diff.copy())

    def _take(self, shape: Shape) -> None:
        self._net.blobs[self._graph.input].reshape(*shape)

    def _needed(self, writers: Mapping[Value, int]) -> list[int]:
        """Return the places of the layers below values; others could be such as do not take pictures of this size."""
        blobs: set[str] = set()
        needed = []
        for place in range(max(writers.values(), default=-1), -1, -1):
            name = self._order[place]
            blobs.update(value.blob for value, writer in writers.items() if writer == place)
            if blobs.intersection(self._net.top_names[name]):
                blobs.update(self._net.bottom_names[name])
                needed.append(place)
        return needed[::-1]

    def _run(self, do: Callable[..., Any], places: Sequence[int]) -> None:
        """Run layers forward, or backward: those that stand next to each other at once."""
        first = 0
        for end in range(1, len(places) + 1):
            if end == len(places) or abs(places[end] - places[end - 1]) != 1:
                do(start=self._order[places[first]], end=self._order[places[end - 1]])
                first = end

    def _shapes_behind(self, operation: Operation, picture: Shape) -> list[Shape]:
        """Return the shapes of the tops of a layer that only Caffe knows, by letting it run."""
        self._take(picture)
        self._run(self._net.forward, self._needed({each: self._writers[each] for each in operation.writes}))
        return [tuple(self._net.blobs[blob].data.shape) for blob in operation.layer.top]

    def _follow(self, data: torch.Tensor, wanted: Sequence[Value]) -> tuple[torch.Tensor, torch.Tensor]:
        """Make what Caffe keeps of pictures: each blob, its gradient, and the columns of convolutions."""
        shapes = self._graph.value_shapes(data.shape[-2], data.shape[-1], tuple(wanted))
        blobs = {blob: shape for (blob, _), shape in shapes.items()}
        together = len(self._portions(data, wanted)[0])
        kept = [data.new_empty((2, together, *shape)) for shape in blobs.values()]
        for layer, reads, writes in self._graph.operations_for(wanted):
            if layer.type == "Convolution":
                (tall, wide), *_ = window(layer.convolution_param)
                kept.append(data.new_empty((shapes[reads[0]][0] * tall * wide, *shapes[writes[0]][1:])))
        return data.new_empty(len(data)), torch.empty_like(data)


def _treats_each_by_itself(layer: LayerParameter) -> bool:
    if layer.type in _WHERE_CELLS_SEE_WINDOWS:
        return LAYER_TYPES[layer.type].field(layer, PIXEL) is not None
    return layer.type in _EACH_BY_ITSELF or (layer.type == "Scale" and layer.scale_param.axis > 0)


def _check_layers(caffe: ModuleType, graph: Graph) -> None:
    """Raise an error for what Caffe, when it loads a network, would end the process for."""
    for fault in graph.faults.values():
        if isinstance(fault, Miswired):
            raise fault
    known = {*caffe.layer_type_list()}
    for layer in (operation.layer for operation in graph.operations):
        if layer.type not in known:
            hint = nearest(layer.type, known)
            raise DreamError(f"layer {layer.name!r} is of type {layer.type!r}, which this Caffe does not know{hint}")


def _import_caffe() -> ModuleType:
    try:
        with briefly({"GLOG_minloglevel": "2"}):  # or Caffe prints the whole network
            import caffe
    except ImportError as error:
        raise DreamError("backend 'caffe' needs a real Caffe, and there is none; use backend 'torch'") from error
    if not hasattr(caffe, "Net"):
        raise DreamError(f"the module caffe in {caffe.__file__} is not a real Caffe but a placeholder; uninstall it")
    return caffe


def _choose_device(caffe: ModuleType, device: str) -> None:
    kind, _, number = device.partition(":")
    if kind in ("auto", "cpu") and not number:
        caffe.set_mode_cpu()
    elif kind == "cuda" and (number or "0").isdecimal():
        caffe.set_device(int(number or 0))
        caffe.set_mode_gpu()
    else:
        raise NotAllowed(f"no device {device!r} for backend 'caffe'; allowed: auto, cpu, cuda, cuda:N")


def _with_backward(prototxt: str | Path, load: Callable[[str], Any]) -> Any:
    """Load a prototxt that also asks for the gradient at the data, which Caffe otherwise leaves out."""
    text = re.sub(rb"\bforce_backward\s*:\s*\w+", b"", Path(prototxt).read_bytes())  # twice would be an error
    handle, path = tempfile.mkstemp(suffix=".prototxt")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text + b"\nforce_backward: true\n")
        return load(path)
    except RuntimeError as error:
        raise DreamError(f"Caffe cannot load {prototxt}: {error}") from error
    finally:
        with suppress(OSError):
            os.unlink(path)

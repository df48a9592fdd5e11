"""A network's arithmetic by a real Caffe (BVLC Caffe's Python module), where one is installed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from dreamcore.caffe_format import CaffeNet
from dreamcore.errors import DreamError
from dreamcore.network.backend import Objective
from dreamcore.network.graph import Graph, Value
from dreamcore.network.layers.arguments import window
from dreamcore.process.environment import briefly


class CaffeBackend:
    """Lets a real Caffe run a network, one picture after another; see `dreamcore.network.backend.Backend`.

    Caffe ends the process where something does not fit; it must therefore be given only what `graph` has found to fit.

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
        When there is no real Caffe, or it does not know the device.
    """

    def __init__(self, graph: Graph, net: CaffeNet, *, device: str = "auto") -> None:
        caffe = _import_caffe()
        _choose_device(caffe, device)
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self.weight_bytes = sum(each.nbytes for arrays in net.weights.values() for each in arrays)
        self._graph = graph
        self._net = _with_backward(net.source[0], lambda path: caffe.Net(path, str(net.source[1]), caffe.TEST))
        order = {name: number for number, name in enumerate(self._net._layer_names)}  # with Caffe's own Split layers
        self._order = [*order]
        self._writers = {
            value: order[operation.layer.name] for operation in graph.operations for value in operation.writes
        }

    def values(self, data: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Compute values."""
        each = [self._forward(picture, wanted) for picture in data]
        return [torch.stack(blobs) for blobs in zip(*each, strict=True)]  # (N, C, H, W)

    def gradient(
        self, data: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute an objective and its gradient."""
        if data.is_meta:
            return self._follow(data, wanted)
        values, gradients = zip(*(self._gradient_of(picture, wanted, objective) for picture in data), strict=True)
        return torch.stack(values), torch.stack(gradients)

    def _gradient_of(
        self, picture: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        leaves = [blob.requires_grad_() for blob in self._forward(picture, wanted)]  # (C, H, W)
        value = objective(*leaves)
        parts = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
        gradients = [self._backward(each, part) for each, part in zip(wanted, parts, strict=True)]
        return value.detach(), torch.stack(gradients).sum(0)

    def _forward(self, picture: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Run forward to each wanted value, and copy it before a later layer overwrites it."""
        source = self._net.blobs[self._graph.input]
        source.reshape(1, *picture.shape)
        source.data[0] = picture.detach().numpy()
        copies, begin = {}, 0
        for number, value in sorted((self._writers.get(value, -1), value) for value in set(wanted)):
            if number >= begin:
                self._net.forward(start=self._order[begin], end=self._order[number])
                begin = number + 1
            copies[value] = torch.from_numpy(self._net.blobs[value.blob].data[0].copy())
        return [copies[value] for value in wanted]

    def _backward(self, value: Value, gradient: torch.Tensor) -> torch.Tensor:
        """Run backward from one value; where Caffe adds up branches, those that did not run must add nothing."""
        if value not in self._writers:  # the picture itself
            return gradient
        for blob in self._net.blobs.values():
            blob.diff[...] = 0
        self._net.blobs[value.blob].diff[0] = gradient.numpy()
        self._net.backward(start=self._order[self._writers[value]])
        return torch.from_numpy(self._net.blobs[self._graph.input].diff[0].copy())

    def _follow(self, data: torch.Tensor, wanted: Sequence[Value]) -> tuple[torch.Tensor, torch.Tensor]:
        """Make what Caffe keeps of a picture: each blob, its gradient, and the columns of convolutions."""
        shapes = self._graph.value_shapes(data.shape[-2], data.shape[-1], tuple(wanted))
        blobs = {blob: shape for (blob, _), shape in shapes.items()}
        kept = [data.new_empty((2, *shape)) for shape in blobs.values()]
        for layer, reads, writes in self._graph.operations_for(wanted):
            if layer.type == "Convolution":
                (tall, wide), *_ = window(layer.convolution_param)
                kept.append(data.new_empty((shapes[reads[0]][0] * tall * wide, *shapes[writes[0]][1:])))
        return data.new_empty(len(data)), torch.empty_like(data)


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
        raise DreamError(f"no device {device!r} for backend 'caffe'; allowed: auto, cpu, cuda, cuda:N")


def _with_backward(prototxt: str | Path, load: Callable[[str], Any]) -> Any:
    """Load a prototxt that also asks for the gradient at the data, which Caffe otherwise leaves out."""
    text = Path(prototxt).read_text(encoding="utf-8")
    text = re.sub(r"\bforce_backward\s*:\s*\w+", "", text)  # twice would be an error
    handle, path = tempfile.mkstemp(suffix=".prototxt")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{text}\nforce_backward: true\n")
        return load(path)
    except RuntimeError as error:
        raise DreamError(f"Caffe cannot load {prototxt}: {error}") from error
    finally:
        with suppress(OSError):
            os.unlink(path)

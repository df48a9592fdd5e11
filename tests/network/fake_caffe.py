"""A stand-in for Caffe's Python module: its interface and its habits, with the arithmetic of our own layers.

Like Caffe it adds Split layers where a blob is read twice, keeps what an earlier run left in `diff`, writes over blobs
in place, and runs just the layers it is told to. `calls` records what was asked of it.
"""

from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from dreamcore.caffe_format import message_class, read_network
from dreamcore.network.layers import LAYER_TYPES

TEST = 1
MORE_TYPES = {"Halved": lambda x: x[..., ::2, ::2] * 0.5}  # which our program does not know
calls = []


def layer_type_list():
    return ["Input", "Data", "Split", *LAYER_TYPES, *MORE_TYPES]


def set_mode_cpu():
    calls.append("cpu")


def set_mode_gpu():
    calls.append("gpu")


def set_device(number):
    calls.append(f"device {number}")


class Blob:
    def __init__(self):
        self.reshape(1)

    def reshape(self, *shape):
        if not hasattr(self, "data") or self.data.shape != shape:
            self.data = np.zeros(shape, np.float32)
            self.diff = np.full(shape, 1e3, np.float32)  # left over from an earlier run

    def write(self, tensor):
        self.reshape(*tensor.shape)
        self.data[...] = tensor.detach().numpy()


class Net:
    def __init__(self, prototxt, weights, phase):
        text = Path(prototxt).read_text(encoding="utf-8")
        calls.append(SimpleNamespace(prototxt=text, weights=weights, phase=phase, path=prototxt))
        net = read_network(prototxt, weights)
        self._layers = with_splits(net)
        self._weights = {name: tuple(map(torch.from_numpy, blobs)) for name, blobs in net.weights.items()}
        self._layer_names = ["input", *(layer.name for layer in self._layers)]
        tops = [top for layer in self._layers for top in layer.top]
        self.blobs = OrderedDict((name, Blob()) for name in [net.input, *tops])
        self.top_names = {"input": [net.input], **{layer.name: [*layer.top] for layer in self._layers}}
        self.bottom_names = {"input": [], **{layer.name: [*layer.bottom] for layer in self._layers}}

    def forward(self, start=None, end=None):
        first, last = self._layer_names.index(start), self._layer_names.index(end)
        calls.append(("forward", start, end))
        for layer in self._layers[max(first - 1, 0) : last]:
            tops = self._run(layer, [torch.from_numpy(self.blobs[name].data) for name in layer.bottom])
            for name, top in zip(layer.top, tops, strict=True):
                self.blobs[name].write(top)

    def backward(self, start=None, end=None):
        first, last = self._layer_names.index(start), self._layer_names.index(end)
        calls.append(("backward", start, end))
        for layer in reversed(self._layers[max(last - 1, 0) : first]):
            bottoms = [torch.from_numpy(self.blobs[name].data.copy()).requires_grad_() for name in layer.bottom]
            tops = self._run(layer, bottoms)
            diffs = []
            for name, top in zip(layer.top, tops, strict=True):
                self.blobs[name].reshape(*top.shape)
                diffs.append(torch.from_numpy(self.blobs[name].diff))
            for name, gradient in zip(layer.bottom, torch.autograd.grad(tops, bottoms, diffs), strict=True):
                self.blobs[name].diff[...] = gradient.numpy()

    def _run(self, layer, bottoms):
        if layer.type == "Split":
            return [bottoms[0] * 1 for _ in layer.top]
        if layer.type in MORE_TYPES:
            return [MORE_TYPES[layer.type](*bottoms)]
        tops = LAYER_TYPES[layer.type].function(layer, self._weights.get(layer.name, ()), *bottoms)
        return tops if isinstance(tops, tuple) else (tops,)


def with_splits(net):
    """Give each reader of a value that is read more than once a blob of its own, as Caffe does."""
    layers = [message_class("LayerParameter")() for _ in net.layers]
    for copy, layer in zip(layers, net.layers, strict=True):
        copy.CopyFrom(layer)
    maker, readers = {net.input: -1}, {}
    for number, layer in enumerate(layers):
        for place, blob in enumerate(layer.bottom):
            readers.setdefault((maker[blob], blob), []).append((number, place))
        maker.update(dict.fromkeys(layer.top, number))
    result = []
    for number in range(-1, len(layers)):
        result += layers[number : number + 1] if number >= 0 else []
        for (made, blob), places in readers.items():
            if made == number and len(places) > 1:
                split = message_class("LayerParameter")(name=f"{blob}_{made}_split", type="Split", bottom=[blob])
                for each, (reader, place) in enumerate(places):
                    layers[reader].bottom[place] = f"{blob}_{made}_split_{each}"
                    split.top.append(f"{blob}_{made}_split_{each}")
                result.append(split)
    return result

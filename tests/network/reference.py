"""A network as the reference functions of its layers compute it, one after another, in float64 under plain autograd."""

import numpy as np
import torch

from dreamcore.caffe_format import read_network
from dreamcore.network import Graph
from dreamcore.network.fused import bind
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.wiring import Value


class Reference:
    def __init__(self, prototxt, caffemodel, roles=None):
        net = read_network(prototxt, caffemodel)
        self.graph = Graph(net, roles=roles)
        self.weights = {name: tuple(torch.from_numpy(each).double() for each in w) for name, w in net.weights.items()}

    def values(self, x, wanted):
        """The (1, C, H, W) tensors of values for a (1, C, H, W) picture."""
        values = {Value(self.graph.input, 0): x}
        for layer, reads, writes in self.graph.operations_for(wanted):
            bottoms = [values[value] for value in reads]
            tops = LAYER_TYPES[layer.type].function(layer, self.weights.get(layer.name, ()), *bottoms)
            values.update(zip(writes, tops if isinstance(tops, tuple) else (tops,), strict=True))
        return [values[value] for value in wanted]

    def outputs(self, data, *ends):
        """The (C, H, W) arrays of ends for a (C, H, W) picture."""
        values = self.values(torch.from_numpy(data).double()[None], [self.graph.value(end) for end in ends])
        return [value[0].numpy() for value in values]

    def activations(self, data, *blobs):
        values = self.values(torch.from_numpy(data).double()[None], [self.graph.blob_value(blob) for blob in blobs])
        return {blob: value[0].numpy() for blob, value in zip(blobs, values, strict=True)}

    def gradient(self, data, ends, objective):
        ends = (ends,) if isinstance(ends, str) else ends
        x = torch.from_numpy(data).double()[None].requires_grad_()
        value = objective(*(each[0] for each in self.values(x, [self.graph.value(end) for end in ends])))
        return value.item(), torch.autograd.grad(value, x)[0][0].numpy()


class _Passed(torch.autograd.Function):
    """A layer's pass as autograd sees it, so that its gradient can be compared with others."""

    @staticmethod
    def forward(ctx, layer, weights, rectified, *bottoms):
        ctx.way, ctx.bottoms = bind(layer, weights, *bottoms, rectified=rectified), bottoms
        with torch.no_grad():
            return tuple(each.clone() for each in ctx.way.forward(*bottoms)[0])

    @staticmethod
    def backward(ctx, *gradients):
        with torch.enable_grad():  # a pass goes back once, and gradcheck asks more often
            _, kept = ctx.way.forward(*(each.detach() for each in ctx.bottoms))
        return None, None, None, *ctx.way.backward(kept, *(each.clone() for each in gradients))


def passed(layer, weights, *bottoms, rectified=False):
    """The top of a layer as it runs in a network, or all of several."""
    tops = _Passed.apply(layer, weights, rectified, *bottoms)
    return tops if len(tops) > 1 else tops[0]


def assert_close(found, expected, tolerance=1e-4):
    """Compare arrays by their norms."""
    found = found.numpy() if isinstance(found, torch.Tensor) else found
    assert found.shape == expected.shape
    difference = np.linalg.norm(found.astype("f8") - expected)
    assert difference <= tolerance * np.linalg.norm(expected)

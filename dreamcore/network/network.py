"""A Caffe network that runs: activations of its blobs, and the gradient of an objective at its data blob."""

from functools import lru_cache

import numpy as np
import torch

from dreamcore.errors import DreamError, nearest
from dreamcore.network.ends import resolve_end
from dreamcore.network.fields import fields
from dreamcore.network.graphs import Graphs
from dreamcore.network.layers import LAYERS, run
from dreamcore.network.plan import plan
from dreamcore.network.precision import find_precision
from dreamcore.network.roles import guess_roles
from dreamcore.process.heap import keep_blocks
from dreamcore.process.threads import use_what_is_granted

_LARGEST_INPUT = 2**16  # per axis, of the shape that a prototxt declares


def l2(blob):
    """Half the sum of a blob's squares: the objective of the 2015 notebook, whose gradient at the blob is the blob."""
    return 0.5 * (blob * blob).sum()


class Network:
    """A Caffe network on a device.

    An *end* is the name of a layer, and then means that layer's output as it leaves it (so a convolution's name means
    the values before its in-place ReLU, as in the notebook); or the name of a blob, its final value.

    Parameters
    ----------
    net : CaffeNet
        Architecture and weights, from `dreamcore.caffe_format.read_network`.
    mean : sequence of 3 float
        The mean colour (B, G, R) that the network was trained to have taken off.
    roles : dict of str to str
        Ends by role (``textures``, ``patterns``, ``parts``, ``objects``); guessed where there are none.
    device : torch.device
    precision : str
        ``"float32"``, ``"bfloat16"``, or ``"auto"``. Pictures, objectives and gradients are float32 in any case.
    name, sha256 : str
        What the model is called, and the hash of its weights.

    Attributes
    ----------
    blobs, layers : tuple of str
        Names, in order.
    mean : ndarray
        float32 (3,), in B, G, R order.

    Raises
    ------
    DreamError
        When architecture and weights do not fit each other; it names the layer and both shapes.
    """

    def __init__(self, net, *, mean, roles=None, device="cpu", precision="float32", name="", sha256=""):
        keep_blocks()
        use_what_is_granted()
        self.name, self.sha256 = name or net.name, sha256
        self.mean = np.asarray(mean, np.float32)
        self.device = torch.device(device)
        self.dtype = find_precision(precision, self.device)
        self.precision = str(self.dtype).removeprefix("torch.")
        self.input = net.input
        self._layers = net.layers
        self.blobs = tuple(dict.fromkeys([net.input, *(top for layer in net.layers for top in layer.top)]))
        self.layers = tuple(layer.name for layer in net.layers)
        self._weights = {key: tuple(self._placed(each) for each in blobs) for key, blobs in net.weights.items()}
        self._gradients = Graphs(self._compute) if self.device.type == "cuda" else self._compute
        self._plan = lru_cache(64)(self._plan)
        self.fits = lru_cache(256)(self.fits)
        self.shapes = self._check(net)
        known = {role: end for role, end in (roles or {}).items() if end in self.layers or end in self.blobs}
        self.roles = {**guess_roles(net.layers, self.shapes), **known}

    @property
    def weight_bytes(self):
        """The bytes of all weights."""
        return sum(each.nbytes for blobs in self._weights.values() for each in blobs)

    def activations(self, data, *names):
        """Compute blobs; only the layers below the highest one run.

        Parameters
        ----------
        data : ndarray or Tensor
            float32 (3, H, W), B, G, R minus `mean`.
        *names : str
            Blobs (their final values), or layers (their output).

        Returns
        -------
        dict of str to ndarray
            (C, H, W) for each name.

        Raises
        ------
        DreamError
            For an unknown name, or a picture too small for the layers.

        Examples
        --------
        >>> import dreamcore
        >>> network = dreamcore.load_network("dreamlet")
        >>> network.activations(np.zeros((3, 64, 96)), "conv2", "dream_4c")["dream_4c"].shape
        (512, 4, 6)
        """
        wanted = tuple(self._final(name) for name in names)
        with torch.inference_mode():
            values = self._forward(self._on_device(data)[None], wanted)
        return {name: value[0].float().cpu().numpy() for name, value in zip(names, values, strict=True)}

    def gradient(self, data, end, objective=l2):
        """Compute an objective at an end, and its gradient at the data blob.

        Parameters
        ----------
        data : ndarray or Tensor
            float32 (3, H, W), B, G, R minus `mean`; or (N, 3, H, W), several pictures at once, which keeps a GPU busy.
        end : str or tuple of str
            Where the objective looks.
        objective : callable
            Takes the (C, H, W) tensor of each end, returns a scalar tensor.

        Returns
        -------
        value : float or Tensor
            Of several pictures one each.
        gradient : ndarray or Tensor
            Of `data`'s shape. Both are tensors on the network's device when `data` is a tensor, so that nothing waits.

        Raises
        ------
        DreamError
            For an unknown end, or a picture too small for the layers.
        """
        ends = (end,) if isinstance(end, str) else tuple(end)
        x = self._on_device(data, several=True)
        pictures = x if x.ndim == 4 else x[None]
        values, gradient = self._gradients(pictures, ends, objective)
        value, gradient = (values, gradient) if x.ndim == 4 else (values[0], gradient[0])
        if isinstance(data, torch.Tensor):
            return value, gradient
        return value.numpy(force=True) if x.ndim == 4 else float(value), gradient.numpy(force=True)

    def _compute(self, x, ends, objective):
        x = x.detach().requires_grad_()
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # whose 10 bits a GPU calls float32, too
            blobs = self._forward(x, tuple(self._output(name) for name in ends))
            values = [objective(*map(_wide, each)) for each in zip(*(blob.unbind() for blob in blobs), strict=True)]
            (gradient,) = torch.autograd.grad(sum(values), x)
        return torch.stack(values).detach(), gradient

    def outputs(self, data, *ends):
        """Compute ends, without a gradient.

        Parameters
        ----------
        data : ndarray or Tensor
            float32 (3, H, W), B, G, R minus `mean`.
        *ends : str

        Returns
        -------
        list of Tensor
            (C, H, W) each, on the network's device.
        """
        with torch.inference_mode():
            values = self._forward(self._on_device(data)[None], tuple(map(self._output, ends)))
        return [_wide(each[0]) for each in values]

    def field(self, end):
        """Tell what a cell of an end sees, vertically and horizontally, or None: see `dreamcore.network.fields`."""
        blob, version = self._output(end)
        writers = [number for number, layer in enumerate(self._layers, 1) if blob in layer.top]
        return fields(self._layers[: ([0] + writers)[version]], self.input, blob)

    def fits(self, height, width, ends):
        """Tell whether a picture of this size leaves something at each of the ends (a tuple of names)."""
        try:
            values = self._forward(self._blank(3, height, width), tuple(self._output(name) for name in ends))
        except (RuntimeError, DreamError):
            return False
        return all(value.numel() for value in values)

    def follow(self, data, ends):
        """Go through `gradient` on shapes alone, for a tensor on the meta device: nothing is computed."""
        x = data[None].requires_grad_()
        values = self._forward(x, tuple(self._output(name) for name in ends))
        return torch.autograd.grad(sum(map(l2, values)), x)

    def _blank(self, channels, height, width):
        return torch.empty((1, channels, height, width), device="meta")

    def _on_device(self, data, several=False):
        data = torch.as_tensor(data)
        if data.ndim != 3 and not (several and data.ndim == 4):
            raise DreamError(f"data has shape {tuple(data.shape)}; the network takes (channels, height, width)")
        return data.to(self.device, dtype=data.dtype if data.dtype == torch.float64 else torch.float32)

    def _final(self, name):
        if name not in self.blobs:
            return self._output(name)
        return name, sum(name in layer.top for layer in self._layers)

    def _output(self, name):
        name = resolve_end(self, name)
        if name not in self.layers:
            return self._final(name)
        number = self.layers.index(name)
        top = self._layers[number].top[0]
        return top, sum(top in layer.top for layer in self._layers[: number + 1])

    def _plan(self, wanted):
        rows = plan(self._layers, wanted)
        for layer in (row.layer for row in rows if row.layer.type not in LAYERS):
            hint = nearest(layer.type, LAYERS)
            raise DreamError(f"layer {layer.name!r} is of type {layer.type!r}{hint}, unknown here")
        made = {(self.input, 0)}.union(*(row.writes for row in rows))
        for blob, _ in (value for row in rows for value in row.reads if value not in made):
            raise DreamError(
                f"{self.name} has a layer that reads {blob!r}{nearest(blob, self.blobs)}, which none writes"
            )
        for row in rows:
            if row.siblings and row.layer.name not in self._weights:
                each = zip(*(self._weights[name] for name in row.siblings), strict=True)
                with torch.inference_mode(False):  # gradients are taken through them, too
                    self._weights[row.layer.name] = tuple(map(_one_after_another, each))
        return rows

    def _forward(self, x, wanted):
        x = x.to(self.dtype) if x.dtype == torch.float32 else x
        values = {(self.input, 0): x}
        for row in self._plan(wanted):
            layer, bottoms = row.layer, [values[each] for each in row.reads]
            try:
                tops = run(layer, self._weights_of(layer, x), *bottoms, rectified=row.rectified)
            except RuntimeError as error:
                if "memory" in str(error):
                    raise DreamError(f"not enough memory for layer {layer.name!r} at {_size(x)}") from error
                raise DreamError(f"layer {layer.name!r} ({layer.type}) cannot take a picture of {_size(x)}") from error
            tops = tops if isinstance(tops, tuple) else (tops,)
            values.update(zip(row.writes, tops, strict=True))
            del bottoms, tops
            for each in row.last_reads:
                del values[each]
        return [values[each] for each in wanted]

    def _placed(self, array):
        tensor = torch.from_numpy(np.ascontiguousarray(array)).to(self.device, self.dtype)
        return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor

    def _weights_of(self, layer, x):
        weights = self._weights.get(layer.name, ())
        if x.device.type == "meta" or x.dtype != self.dtype:  # shapes alone, or float64 to check gradients
            return tuple(each.to(x.device, x.dtype) for each in weights)
        return weights

    def _check(self, net):
        """Run every layer that can run on shapes alone, at the declared size; return the (C, H, W) of each blob."""
        _, channels, height, width = net.input_shape if len(net.input_shape) == 4 else (1, 3, 224, 224)
        if not all(1 <= size <= _LARGEST_INPUT for size in (channels, height, width)):
            raise DreamError(f"{net.source[0]} declares an input of {tuple(net.input_shape)}")
        values = {net.input: self._blank(channels, height, width)}
        for layer in self._layers:
            if layer.type not in LAYERS or any(blob not in values for blob in layer.bottom):
                for blob in layer.top:
                    values.pop(blob, None)
                continue
            bottoms = [values[blob] for blob in layer.bottom]
            try:
                tops = LAYERS[layer.type](layer, self._weights_of(layer, bottoms[0]), *bottoms)
                values.update(zip(layer.top, tops if isinstance(tops, tuple) else (tops,), strict=True))
            except DreamError as error:
                raise DreamError(f"{net.source[0]} and {net.source[1]} do not fit: {error}") from error
            except (RuntimeError, TypeError, ValueError, IndexError) as error:
                reason = str(error).splitlines()[0]
                raise DreamError(
                    f"{net.source[0]}: layer {layer.name!r} ({layer.type}) cannot run: {reason}"
                ) from error
        return {name: tuple(value.shape[1:]) for name, value in values.items()}


def _one_after_another(weights):
    """Join weights of convolutions, or their biases, which old files give four axes."""
    if all(each.numel() == each.shape[-1] for each in weights):
        return torch.cat([each.flatten() for each in weights])
    return torch.cat(weights).contiguous(memory_format=torch.channels_last)


def _wide(blob):
    """At least float32: sums over a blob need more than bfloat16's eight bits."""
    return blob.to(torch.promote_types(blob.dtype, torch.float32))


def _size(x):
    return f"{x.shape[-1]}x{x.shape[-2]} pixels"

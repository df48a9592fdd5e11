"""The interface of `Network` over a real Caffe (BVLC Caffe's Python module), where one is installed."""

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import torch

from dreamcore.errors import DreamError
from dreamcore.network.network import Network, l2


class CaffeNetwork(Network):
    """A network that a real Caffe runs.

    Names, shapes and what a picture may be are found out as for every `Network`, because Caffe ends the process where
    something does not fit; only the arithmetic is Caffe's.

    Parameters
    ----------
    net, mean, roles, name, sha256
        As for `Network`.
    device : str
        ``"auto"`` and ``"cpu"`` are the CPU, because a Caffe built for the CPU alone ends the process when asked for
        more; ``"cuda"``, ``"cuda:1"`` a GPU.
    """

    def __init__(self, net, *, mean, roles=None, device="auto", name="", sha256=""):
        super().__init__(net, mean=mean, roles=roles, name=name, sha256=sha256)
        self._weights = {key: tuple(each.to("meta") for each in blobs) for key, blobs in self._weights.items()}
        caffe = _import_caffe()
        _choose_device(caffe, device)
        self._net = _with_backward(net.source[0], lambda path: caffe.Net(path, str(net.source[1]), caffe.TEST))
        self._order = [*self._net._layer_names]  # with the Split layers that Caffe adds

    def activations(self, data, *names):
        """Compute blobs, as `Network.activations`."""
        values = self._run(torch.as_tensor(data), tuple(self._final(name) for name in names))
        return dict(zip(names, values, strict=True))

    def gradient(self, data, end, objective=l2):
        """Compute an objective and its gradient, as `Network.gradient`."""
        ends = tuple(self._output(name) for name in ((end,) if isinstance(end, str) else end))
        leaves = [torch.from_numpy(each).requires_grad_() for each in self._run(torch.as_tensor(data), ends)]
        value = objective(*leaves)
        parts = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
        gradient = sum(self._backward(each, part.numpy()) for each, part in zip(ends, parts, strict=True))
        if isinstance(data, torch.Tensor):
            return value.detach().to(data.device), torch.from_numpy(gradient).to(data.device)
        return float(value.detach()), gradient

    def _run(self, data, wanted):
        """Run forward to each wanted value, and copy it before a later layer overwrites it."""
        if data.ndim != 3:
            raise DreamError(f"data has shape {tuple(data.shape)}; the network takes (channels, height, width)")
        self._forward(self._blank(*data.shape), wanted)  # on shapes alone: raises where Caffe would end the process
        source = self._net.blobs[self.input]
        source.reshape(1, *data.shape)
        source.data[0] = data.detach().cpu().numpy()
        found, begin = {}, 0
        for number, value in sorted((self._writer(value), value) for value in set(wanted)):
            if number >= begin:
                self._net.forward(start=self._order[begin], end=self._order[number])
                begin = number + 1
            found[value] = self._net.blobs[value[0]].data[0].copy()
        return [found[value] for value in wanted]

    def _backward(self, value, gradient):
        """Run backward from one value; where Caffe adds up branches, those that did not run must add nothing."""
        if self._writer(value) < 0:
            return gradient
        for blob in self._net.blobs.values():
            blob.diff[...] = 0
        self._net.blobs[value[0]].diff[0] = gradient
        self._net.backward(start=self._order[self._writer(value)])
        return self._net.blobs[self.input].diff[0].copy()

    def _writer(self, value):
        """Return the number, in Caffe's order, of the layer that writes a value; -1 for the input."""
        blob, version = value
        writers = [layer.name for layer in self._layers if blob in layer.top]
        return self._order.index(writers[version - 1]) if version else -1


def _import_caffe():
    os.environ.setdefault("GLOG_minloglevel", "2")  # or Caffe prints the whole network
    try:
        import caffe
    except ImportError as error:
        raise DreamError("backend 'caffe' needs a real Caffe, and there is none; use backend 'torch'") from error
    if not hasattr(caffe, "Net"):
        raise DreamError(f"the module caffe in {caffe.__file__} is not a real Caffe but a placeholder; uninstall it")
    return caffe


def _choose_device(caffe, device):
    kind, _, number = device.partition(":")
    if kind in ("auto", "cpu") and not number:
        caffe.set_mode_cpu()
    elif kind == "cuda" and (number or "0").isdecimal():
        caffe.set_device(int(number or 0))
        caffe.set_mode_gpu()
    else:
        raise DreamError(f"no device {device!r} for backend 'caffe'; allowed: auto, cpu, cuda, cuda:N")


def _with_backward(prototxt, load):
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

"""A Caffe network that runs: activations of its blobs, and the gradient of an objective at its picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from dreamcore.errors import DreamError
from dreamcore.network.backend import Backend, Objective
from dreamcore.network.colours import Colours, usual_mean
from dreamcore.network.fields import Fields
from dreamcore.network.graph import Graph, Shape
from dreamcore.network.heads import score_of
from dreamcore.network.wiring import Value

Data: TypeAlias = "np.ndarray | torch.Tensor"


def l2(blob: torch.Tensor) -> torch.Tensor:
    """Return half the sum of a blob's squares: the objective of the 2015 notebook, whose gradient is the blob.

    Examples
    --------
    >>> l2(torch.tensor([3.0, 4.0]))
    tensor(12.5000)
    """
    return 0.5 * (blob * blob).sum()


class Network:
    """A Caffe network: what its graph says, what a backend computes, and what is known of the model.

    An *end* is the name of a layer, and then means that layer's output as it leaves it (so a convolution's name means
    the values before its in-place ReLU, as in the notebook); or the name of a blob, its final value; or a role.

    Pictures are in the network's layout, as `colours` says: (3, H, W), for a network of one channel (1, H, W), or
    (N, 3, H, W) for several at once, which keeps a GPU busy.

    Parameters
    ----------
    graph : Graph
    backend : Backend
        `TorchBackend`, or `CaffeBackend` for a real Caffe.
    colours : Colours
        The order, mean and scale of the colours that the network was trained with; ImageNet's mean by default.
    said : collection of str
        Which of these (``mean``, ``scale``, ``order``) were said by who loaded it, and so are found nowhere else.
    classes : tuple of tuple of str
        All names of each class that it tells apart, in order; empty where they are not known.
    sha256, architecture : str
        The hashes of the model's weights and of its prototxt.

    Attributes
    ----------
    name, input : str
        What the model is called, and the blob that holds the picture.
    blobs, layers : tuple of str
        Names, in order.
    shapes : dict of str to tuple of int
        The (C, H, W) of each blob at the size that the architecture declares.
    roles : dict of str to str
        Ends by role (``textures``, ``patterns``, ``parts``, ``objects``).
    colours : Colours
    said : tuple of str
    classes : tuple of tuple of str
    device : torch.device
    dtype : torch.dtype
        In which the network computes. Pictures, objectives and gradients are float32 in any case.
    precision : str
        `dtype`'s name.

    Examples
    --------
    >>> import dreamcore
    >>> dreamcore.load_network("dreamlet", device="cpu")
    <Network dreamlet: 83 layers, 4.7 MB, float32 on cpu>
    """

    def __init__(
        self,
        graph: Graph,
        backend: Backend,
        *,
        colours: Colours | None = None,
        said: Collection[str] = (),
        classes: tuple[tuple[str, ...], ...] = (),
        sha256: str = "",
        architecture: str = "",
    ) -> None:
        self.graph, self.backend, self.sha256, self.architecture = graph, backend, sha256, architecture
        self.colours = colours or Colours(usual_mean(graph.size[0]))
        self.said, self.classes = tuple(said), classes
        self.name, self.input = graph.name, graph.input
        self.blobs, self.layers = graph.blobs, graph.layers
        self.shapes, self.roles = graph.shapes, graph.roles
        self.device, self.dtype = backend.device, backend.dtype
        self.precision = str(self.dtype).removeprefix("torch.")

    def __repr__(self) -> str:
        size = f"{len(self.layers)} layers, {self.weight_bytes / 1e6:.1f} MB"
        return f"<{type(self).__name__} {self.name}: {size}, {self.precision} on {self.device}>"

    @property
    def mean(self) -> np.ndarray:
        """The mean of `colours`: float32, a number for each channel, in the network's order."""
        mean = np.array(self.colours.mean, np.float32)
        mean.flags.writeable = False
        return mean

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return self.backend.weight_bytes

    def resolve(self, end: str) -> str:
        """Turn a role into the layer or blob that it stands for; check that any other name is a layer or a blob.

        Raises
        ------
        DreamError
            Naming the nearest of the blobs and roles.
        """
        return self.graph.resolve(end)

    def classifier(self) -> str:
        """Return the blob that holds a score for each class: see `Graph.classifier`."""
        return self.graph.classifier()

    def class_score(self, number: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return the score of a class as a function of the blob, (C, H, W), at the end of `Graph.head`: (H, W)."""
        layer = self.graph.head().layer
        return score_of(layer, self.backend.weights_of(layer.name) if layer else (), number)

    def field(self, end: str) -> Fields | None:
        """Return what a cell of an end sees of the picture, vertically and horizontally: see `Graph.field`."""
        return self.graph.field(end)

    def fits(self, height: int, width: int, ends: str | Sequence[str]) -> bool:
        """Tell whether a picture of this size leaves something at each of the ends."""
        return self.graph.fits(height, width, ends)

    def glance(self, height: int, width: int, ends: str | Sequence[str]) -> tuple[int, int] | None:
        """Return height and width of what the ends can be shown of a picture at a time: see `Graph.glance`."""
        return self.graph.glance(height, width, ends)

    def shapes_at(self, height: int, width: int, ends: str | Sequence[str]) -> tuple[Shape, ...]:
        """Return the (C, H, W) of each end for a picture of this size.

        Raises
        ------
        DreamError
            When a layer cannot take such a picture; it says why.
        """
        return self.graph.shapes_at(height, width, ends)

    def activations(self, data: Data, *names: str) -> dict[str, np.ndarray]:
        """Compute blobs; only the layers below the highest one run.

        Parameters
        ----------
        data : (3, H, W) or (N, 3, H, W) ndarray or Tensor
        *names : str
            Blobs (their final values), or layers (their output).

        Returns
        -------
        dict of str to ndarray
            (C, H, W), or (N, C, H, W), for each name.

        Raises
        ------
        DreamError
            For an unknown name, or a picture that does not fit.

        Examples
        --------
        >>> import dreamcore
        >>> network = dreamcore.load_network("dreamlet")
        >>> network.activations(np.zeros((3, 64, 96)), "conv2", "dream_4c")["dream_4c"].shape
        (512, 4, 6)
        """
        values = self._values(data, [self.graph.blob_value(name) for name in names])
        return {name: _array(value) for name, value in zip(names, values, strict=True)}

    def outputs(self, data: Data, *ends: str) -> list[torch.Tensor]:
        """Compute ends, without a gradient.

        Parameters
        ----------
        data : (3, H, W) or (N, 3, H, W) ndarray or Tensor
        *ends : str

        Returns
        -------
        list of Tensor
            (C, H, W), or (N, C, H, W), for each end, on the network's device.

        Raises
        ------
        DreamError
            As `activations`.

        Examples
        --------
        >>> import dreamcore
        >>> network = dreamcore.load_network("dreamlet")
        >>> network.outputs(np.zeros((3, 64, 96)), "dream_4c")[0].shape
        torch.Size([512, 4, 6])
        """
        return self._values(data, [self.graph.value(end) for end in ends])

    def gradient(
        self, data: Data, ends: str | Sequence[str], objective: Objective = l2
    ) -> tuple[Any, Any]:  # floats and arrays, or tensors
        """Compute an objective at ends, and its gradient at the picture.

        Parameters
        ----------
        data : (3, H, W) or (N, 3, H, W) ndarray or Tensor
        ends : str or sequence of str
            Where the objective looks.
        objective : callable, or tuple of callables
            Takes the (C, H, W) tensor of each end, returns a scalar tensor; or one for each of several pictures.

        Returns
        -------
        value : float or Tensor
            Of several pictures one each, (N,).
        gradient : ndarray or Tensor
            Of `data`'s shape. Both are tensors on the network's device when `data` is a tensor, so that nothing waits.

        Raises
        ------
        DreamError
            For an unknown end, or a picture that does not fit.

        Examples
        --------
        >>> import dreamcore
        >>> network = dreamcore.load_network("dreamlet")
        >>> value, gradient = network.gradient(np.zeros((3, 64, 96)), "dream_4c")
        >>> gradient.shape
        (3, 64, 96)
        """
        pictures = self._pictures(data)
        wanted = tuple(map(self.graph.value, (ends,) if isinstance(ends, str) else ends))
        self._check(pictures, wanted)
        values, gradient = self.backend.gradient(pictures, wanted, objective)
        if np.ndim(data) == 4:
            return (values, gradient) if isinstance(data, torch.Tensor) else (_array(values), _array(gradient))
        value, gradient = values[0], gradient[0]  # (), (C, H, W)
        return (value, gradient) if isinstance(data, torch.Tensor) else (float(value), _array(gradient))

    def follow(self, data: torch.Tensor, ends: Sequence[str]) -> None:
        """Go through `gradient` on shapes alone, making the arrays that it would make, and computing nothing.

        Parameters
        ----------
        data : (3, H, W) or (N, 3, H, W) Tensor
            On the meta device.
        ends : sequence of str

        Raises
        ------
        DreamError
            As `gradient`.
        """
        wanted = tuple(map(self.graph.value, ends))
        self._check(data, wanted)
        self.backend.gradient(data if data.ndim == 4 else data[None], wanted, _sum_of_l2)

    def _values(self, data: Data, wanted: Sequence[Value]) -> list[torch.Tensor]:
        pictures = self._pictures(data)
        self._check(pictures, wanted)
        values = self.backend.values(pictures, wanted)
        return values if np.ndim(data) == 4 else [value[0] for value in values]

    def _check(self, data: torch.Tensor, wanted: Sequence[Value]) -> None:
        """Raise the graph's error where a picture does not fit: a backend would say less, or end the process."""
        given, taken = data.shape[-3], self.graph.size[0]
        if given != taken:
            raise DreamError(f"{self.name} takes pictures of {taken} channel{'s' * (taken > 1)}, not of {given}")
        self.graph.value_shapes(data.shape[-2], data.shape[-1], tuple(wanted))

    def _pictures(self, data: Data) -> torch.Tensor:
        pictures = torch.as_tensor(data)
        channels = self.graph.size[0]
        if pictures.ndim not in (3, 4) or pictures.shape[-3] != channels:
            raise DreamError(
                f"data has shape {tuple(pictures.shape)}; {self.name} takes ({channels}, height, width), or several"
            )
        kind = pictures.dtype if pictures.dtype == torch.float64 else torch.float32
        pictures = pictures.to(self.device, kind)
        return pictures if pictures.ndim == 4 else pictures[None]  # (N, C, H, W)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.numpy(force=True)


def _sum_of_l2(*blobs: torch.Tensor) -> torch.Tensor:
    return torch.stack([l2(blob) for blob in blobs]).sum()

"""What computes a network's values and gradients: the methods that every backend has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import torch

from dreamcore.network.wiring import Value

One: TypeAlias = Callable[..., torch.Tensor]  # takes one (C, H, W) tensor for each end, returns a scalar
Objective: TypeAlias = One | tuple[One, ...]  # of all pictures, or of each


class Backend(Protocol):
    """The arithmetic of a network.

    `values` and `gradient` take pictures that the network's graph has found to fit. `gradient` is also asked for shapes
    alone, with pictures on the meta device: it then makes there the arrays that it would make, and computes nothing.

    Attributes
    ----------
    device : torch.device
        Where pictures are taken and results given.
    dtype : torch.dtype
        In which blobs and weights are stored.
    weight_bytes : int
        Memory that the weights take.
    laid_bytes : int
        Memory that copies of weights take at most, which are laid out for speed.
    """

    device: torch.device
    dtype: torch.dtype
    weight_bytes: int
    laid_bytes: int

    def values(self, data: torch.Tensor, wanted: Sequence[Value]) -> list[torch.Tensor]:
        """Compute values.

        Parameters
        ----------
        data : (N, C, H, W) Tensor
            Pictures in the network's layout, float32, or float64 to check gradients.
        wanted : sequence of Value

        Returns
        -------
        list of Tensor
            (N, C, H, W) each, float32 or wider.
        """
        ...

    def gradient(
        self, data: torch.Tensor, wanted: Sequence[Value], objective: Objective
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute an objective of values for each picture, and its gradient at the pictures.

        Parameters
        ----------
        data : (N, C, H, W) Tensor
        wanted : sequence of Value
        objective : callable, or tuple of callables
            Takes the (C, H, W) tensor of each value, returns a scalar tensor; or one for each picture.

        Returns
        -------
        values : (N,) Tensor
        gradient : (N, C, H, W) Tensor
        """
        ...

    def weights_of(self, layer: str) -> tuple[torch.Tensor, ...]:
        """Return the weights of a layer, in Caffe's order, on the device."""
        ...


def slopes_of(objective: Objective, blobs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, Sequence[torch.Tensor]]:
    """Return what an objective, or that of each picture, says of blobs, and its gradient at each of them.

    Parameters
    ----------
    objective : callable, or tuple of callables
    blobs : sequence of (N, C, H, W) Tensor

    Returns
    -------
    values : (N,) Tensor
    slopes : sequence of (N, C, H, W) Tensor
        Zeros where the objective does not look.
    """
    with torch.enable_grad():
        leaves = [blob.detach().requires_grad_() for blob in blobs]
        pictures = [*zip(*(leaf.unbind() for leaf in leaves), strict=True)]
        objectives = objective if isinstance(objective, tuple) else (objective,) * len(pictures)
        values = torch.stack([each(*picture) for each, picture in zip(objectives, pictures, strict=True)])
        if not values.requires_grad:  # nothing of the pictures is in them
            return values, [torch.zeros_like(leaf) for leaf in leaves]
        return values.detach(), torch.autograd.grad(values.sum(), leaves, allow_unused=True, materialize_grads=True)

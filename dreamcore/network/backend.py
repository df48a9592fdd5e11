"""What computes a network's values and gradients: the methods that every backend has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import torch

from dreamcore.network.graph import Value

Objective: TypeAlias = Callable[..., torch.Tensor]  # takes one (C, H, W) tensor for each end, returns a scalar


class Backend(Protocol):
    """The arithmetic of a network.

    `values` and `gradient` take pictures that the network's graph has found to fit. `gradient` is also asked for shapes alone,
    with pictures on the meta device: it then makes there the arrays that it would make, and computes nothing.

    Attributes
    ----------
    device : torch.device
        Where pictures are taken and results given.
    dtype : torch.dtype
        In which blobs and weights are stored.
    weight_bytes : int
        Memory that the weights take.
    """

    device: torch.device
    dtype: torch.dtype
    weight_bytes: int

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
        objective : callable
            Takes the (C, H, W) tensor of each value, returns a scalar tensor.

        Returns
        -------
        values : (N,) Tensor
        gradient : (N, C, H, W) Tensor
        """
        ...

    def weights_of(self, layer: str) -> tuple[torch.Tensor, ...]:
        """Return the weights of a layer, in Caffe's order, on the device."""
        ...

"""How a layer goes over blobs of one shape: forward, and back with the gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias

import torch

from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.registry import LayerParameter, Weights
from dreamcore.network.layout import ordered

Tensor: TypeAlias = torch.Tensor
Tops: TypeAlias = tuple[Tensor, ...]
Gradients: TypeAlias = "tuple[Tensor | None, ...]"
Rectified: TypeAlias = "bool | tuple[bool, ...]"  # of a Slice for each of its tops


class Pass(Protocol):
    """A layer that is ready for bottoms of one shape: what its message says is read, and its weights are laid out.

    It holds nothing of the pictures, so that several can be under way at a time.
    """

    @property
    def forward(self) -> Callable[..., tuple[Tops, Any]]:
        """``forward(*bottoms)`` computes the tops; it returns them, and what `backward` needs."""
        ...

    @property
    def backward(self) -> Callable[..., Gradients]:
        """``backward(kept, *gradients)`` returns the gradients at the bottoms from those at the tops.

        None stands for no gradient. What is given may be written over, and so may what is returned: no two of them lie
        in the same memory.
        """
        ...


class ByAutograd:
    """Any layer: its function, a ReLU besides where wanted, and their gradient by PyTorch's autograd.

    Parameters
    ----------
    layer : LayerParameter
    weights : tuple of Tensor
    rectified : bool, or tuple of bool
        Whether to do a ReLU besides: before the layer where the type's row says `relu_before`, else behind it.
    """

    def __init__(self, layer: LayerParameter, weights: Weights, rectified: Rectified = False) -> None:
        self.layer, self.weights, self.rectified = layer, weights, rectified

    def forward(self, *bottoms: Tensor) -> tuple[Tops, Any]:
        """Run the function, and let autograd look on where there will be a gradient."""
        if not torch.is_grad_enabled():
            return self._tops(*bottoms), None
        leaves = [each.detach().requires_grad_() for each in bottoms]
        tops = self._tops(*leaves)
        return tuple(each.detach() for each in tops), (leaves, tops)

    def backward(self, kept: Any, *gradients: Tensor | None) -> Gradients:
        """Ask autograd."""
        leaves, tops = kept
        pairs = [pair for pair in zip(tops, gradients, strict=True) if pair[1] is not None and pair[0].requires_grad]
        if not pairs:
            return (None,) * len(leaves)
        tops, gradients = zip(*pairs, strict=True)
        return tuple(_apart(torch.autograd.grad(tops, leaves, gradients, allow_unused=True)))

    def _tops(self, *bottoms: Tensor) -> Tops:
        kind = LAYER_TYPES[self.layer.type]
        if self.rectified and kind.relu_before:
            bottoms = tuple(each.relu() for each in bottoms)
        found = kind.function(self.layer, self.weights, *bottoms)
        tops = found if isinstance(found, tuple) else (found,)
        if not self.rectified or kind.relu_before:
            return tops
        return tuple(each.relu_() if kind.relu_may_overwrite else each.relu() for each in tops)


def _apart(gradients: Iterable[Tensor | None]) -> Iterator[Tensor | None]:
    """Yield gradients that may be written over: none is spread out, or lies in the memory of another."""
    taken = set()
    for each in gradients:
        if each is not None:
            each = ordered(each)
            place = each.untyped_storage()._cdata
            each = each.clone() if place in taken else each
            taken.add(place)
        yield each

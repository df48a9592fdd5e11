"""Convolutions of stride 1 by oneDNN, whose weights are laid out once for each size: PyTorch does so at each call.

For a small picture that takes as long as the arithmetic. PyTorch's compiler uses the same two operators; where they are
not there, or the processor is none that this was tried on, `takes` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from dreamcore.network.layers.convolutions import Convolution

Tensor = torch.Tensor

_ONES = [1, 1]
# Up to so many numbers PyTorch multiplies matrices itself, where windows are small; and up to so many products that is
# faster than to ask oneDNN.
_FEW_NUMBERS, _FEW_PRODUCTS = 20480, 1 << 22
_LAID: Any = WeakTensorKeyDictionary()  # by weight: the size of blobs that it was last laid out for, and both ways


def takes(told: Convolution, x: Tensor) -> bool:
    """Whether a convolution of blobs like this one can be, and is better, computed here."""
    kernel = tuple(told.weight.shape[2:])
    if told.stride != (1, 1) or told.dilation != (1, 1) or told.group > 1 or not _is_there(x.dtype):
        return False
    if x.device.type != "cpu" or any(p >= k for p, k in zip(told.padding, kernel, strict=True)):
        return False
    is_asked = len(x) > 1 or x.numel() > _FEW_NUMBERS or max(kernel) > 3 or x.dtype != torch.float32
    return is_asked or kernel != (1, 1) and told.weight.numel() * x.shape[2] * x.shape[3] > _FEW_PRODUCTS


@cache
def _is_there(kind: torch.dtype) -> bool:
    is_tried = torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability().startswith("AVX")
    if not is_tried or not hasattr(torch.ops.mkldnn, "_convolution_pointwise"):
        return False
    return kind == torch.float32 or kind == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def bytes_laid(weights: Iterable[Tensor]) -> int:
    """Return how much memory both layouts of weights take, where all that have windows are laid out."""
    return sum(2 * each.nbytes for each in weights if each.ndim == 4 and each.is_cpu and _is_there(each.dtype))


class Laid:
    """A convolution over blobs of one size, with weights as oneDNN reads them for that size.

    Parameters
    ----------
    told : Convolution
        One that this module takes.
    size : sequence of int
        Of the blob: (N, C, H, W).
    """

    def __init__(self, told: Convolution, size: Sequence[int]) -> None:
        self.told, self.size, self.padding = told, tuple(size), [*told.padding]
        self.behind = [k - 1 - p for k, p in zip(told.weight.shape[2:], told.padding, strict=True)]

    def forward(self, x: Tensor, rectified: bool) -> Tensor:
        """Convolve, with a ReLU behind it where wanted."""
        weight, _turned = self._weights()
        return _convolved(x, weight, self.told.bias, self.padding, "relu" if rectified else "none")

    def backward(self, gradient: Tensor) -> Tensor:
        """Convolve the other way."""
        _weight, turned = self._weights()
        return _convolved(gradient, turned, None, self.behind, "none")

    def _weights(self) -> tuple[Tensor, Tensor]:
        """Return the weights, laid out, and turned for the gradient.

        The best layout of one size can take twice the time at another, and all sizes of a dream would fill the memory:
        kept is that of the last size, since a dream stays at each for many steps.
        """
        weight = self.told.weight
        size, both = _LAID.get(weight, (None, None))
        if size != self.size:
            count, _channels, *sides = self.size
            kernel = weight.shape[2:]
            top = [n + 2 * p - k + 1 for n, p, k in zip(sides, self.padding, kernel, strict=True)]
            turned = weight.flip(2, 3).transpose(0, 1)
            both = _laid(weight, self.padding, self.size), _laid(turned, self.behind, (count, len(weight), *top))
            _LAID[weight] = self.size, both
        return both


def _laid(weight: Tensor, padding: list[int], size: Sequence[int]) -> Tensor:
    plain = weight.contiguous().to_mkldnn()
    return torch.ops.aten.mkldnn_reorder_conv2d_weight(plain, padding, _ONES, _ONES, 1, [*size])


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None, padding: list[int], behind: str) -> Tensor:
    return torch.ops.mkldnn._convolution_pointwise(x, weight, bias, padding, _ONES, _ONES, 1, behind, [], "")

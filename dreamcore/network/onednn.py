"""Convolutions of stride 1 by oneDNN, whose weights are laid out once: PyTorch lays them out anew at each call.

For a small picture that takes as long as the arithmetic. PyTorch's compiler uses the same two operators; where they are
not there, or the processor is none that this was tried on, `takes` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from dreamcore.network.layers.convolutions import Convolution

Tensor = torch.Tensor

_ONES = [1, 1]
_SIDE = 56  # of the blobs that weights are laid out for, whichever come first: what comes out must not hang on that
# Up to so many numbers PyTorch multiplies matrices itself, where windows are small; and up to so many products that is
# faster than to ask oneDNN.
_FEW_NUMBERS, _FEW_PRODUCTS = 20480, 1 << 22
_LAID: Any = WeakTensorKeyDictionary()  # both ways, by weight


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
    """A convolution's weights as oneDNN reads them, and turned for its gradient.

    Parameters
    ----------
    told : Convolution
        One that this module takes.
    """

    def __init__(self, told: Convolution) -> None:
        self.bias, self.padding = told.bias, [*told.padding]
        self.behind = [k - 1 - p for k, p in zip(told.weight.shape[2:], told.padding, strict=True)]
        if told.weight not in _LAID:
            turned = told.weight.flip(2, 3).transpose(0, 1)
            _LAID[told.weight] = _laid(told.weight, self.padding), _laid(turned, self.behind)
        self.weight, self.turned = _LAID[told.weight]

    def forward(self, x: Tensor, rectified: bool) -> Tensor:
        """Convolve, with a ReLU behind it where wanted."""
        return _convolved(x, self.weight, self.bias, self.padding, "relu" if rectified else "none")

    def backward(self, gradient: Tensor) -> Tensor:
        """Convolve the other way."""
        return _convolved(gradient, self.turned, None, self.behind, "none")


def _laid(weight: Tensor, padding: list[int]) -> Tensor:
    plain = weight.contiguous().to_mkldnn()
    size = [1, weight.shape[1], _SIDE, _SIDE]
    return torch.ops.aten.mkldnn_reorder_conv2d_weight(plain, padding, _ONES, _ONES, 1, size)


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None, padding: list[int], behind: str) -> Tensor:
    return torch.ops.mkldnn._convolution_pointwise(x, weight, bias, padding, _ONES, _ONES, 1, behind, [], "")

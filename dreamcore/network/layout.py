"""In which order of numbers blobs lie on a device."""

from __future__ import annotations

import torch

# PyTorch's operators for Apple's GPUs have open reports of aborts (pooling's gradient) and of silently wrong results
# (convolutions of slices of channels) where blobs lie in another order than the plain one.
_PLAIN_ONLY = ("mps",)


def order_of(device: torch.device) -> torch.memory_format:
    """Return the order of four-dimensional blobs: channels last, which is faster, or the plain one.

    Examples
    --------
    >>> order_of(torch.device("cpu")), order_of(torch.device("mps"))
    (torch.channels_last, torch.contiguous_format)
    """
    return torch.contiguous_format if device.type in _PLAIN_ONLY else torch.channels_last


def ordered(blob: torch.Tensor) -> torch.Tensor:
    """Return a blob in its device's order."""
    return blob.contiguous(memory_format=order_of(blob.device)) if blob.ndim == 4 else blob.contiguous()


def settled(blob: torch.Tensor) -> torch.Tensor:
    """Return a blob that is no slice of another one, where a device takes blobs in the plain order only."""
    return blob.contiguous() if blob.device.type in _PLAIN_ONLY else blob

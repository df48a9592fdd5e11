"""What `dream` is given is checked here, before anything is begun."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dreamcore.errors import DreamError
from dreamcore.images import is_image
from dreamcore.parameters import Dream
from dreamcore.pictures import Picture, as_picture, read_mask

if TYPE_CHECKING:
    import torch

    from dreamcore.network import Network


def check_parameters(**values: float) -> None:
    """Raise a DreamError for a dream parameter out of the range that its table allows."""
    rows = Dream.parameters()
    for name, value in values.items():
        rows[name].check(value)


def check_network(network: Network) -> None:
    """Raise a DreamError for a network that takes something else than the colours, or the luminance, of a picture."""
    channels = network.graph.size[0]
    if channels not in (1, 3):
        raise DreamError(f"{network.name} takes pictures of {channels} channels; a dream has 3, or 1 for the luminance")


def check_image(image: Any) -> np.ndarray:
    """Return a picture or several as an array, bytes as bytes: (H, W, C) or (N, H, W, C) with 3 or 4 channels."""
    if isinstance(image, (str, os.PathLike, Picture)) or is_image(image):
        return as_picture(image).pixels
    image = np.asarray(image)
    shown = f"shape {image.shape}" + (f" and type {image.dtype}" if image.dtype.kind not in "uif" else "")
    if image.ndim not in (3, 4) or image.shape[-1] not in (3, 4) or not image.size or image.dtype.kind not in "uif":
        raise DreamError(f"the picture has {shown}; allowed are (height, width, 3) and (height, width, 4)")
    return image


def check_mask(mask: Any, image: np.ndarray) -> np.ndarray | None:
    """Return a mask as an array of the picture's height and width."""
    if mask is None:
        return None
    height, width = wanted = image.shape[-3:-1]
    mask = read_mask(mask, (width, height))
    if mask.shape != wanted:
        raise DreamError(f"the mask has shape {mask.shape}, the picture {wanted}; they must be the same")
    return mask


def check_offsets(offsets: npt.ArrayLike | None, steps: int, jitter: int, seed: Any) -> list[list[int]]:
    """Return the shift of each step, right and down: random where none are given."""
    if offsets is None:
        offsets = np.random.default_rng(seed).integers(-jitter, jitter, (steps, 2), endpoint=True)
    offsets = np.asarray(offsets)
    if offsets.shape != (steps, 2):
        raise DreamError(f"offsets have shape {offsets.shape}; needed is {(steps, 2)}, a pair for each step")
    return offsets.tolist()


def check_dream(dreamed: np.ndarray, value: torch.Tensor | None, network: Network) -> np.ndarray:
    """Return a dream unless its numbers, or the last value of its objective, left the range of numbers on the way."""
    if (value is None or bool(value.isfinite().all())) and all(np.isfinite(row).all() for row in dreamed):
        return dreamed
    raise DreamError(
        f"the dream holds what is no number: {network.name} gives none for this picture; weights, or the picture's"
        " pixels, are too large"
    )

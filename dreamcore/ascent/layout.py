"""The one border between pictures as people see them and as a network takes them.

Outside, a picture is RGB, (H, W, 3), in 0..255; inside it is planes of blue, green and red, (3, H, W), minus the
model's mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dreamcore.large.store import Store

if TYPE_CHECKING:
    from dreamcore.network import Network


def to_data(image: np.ndarray, network: Network) -> Tensor:
    """Turn RGB into the network's layout, on its device.

    Parameters
    ----------
    image : (H, W, 3) or (H, W, 4) ndarray
        0..255; alpha is left out. Further axes may stand before these.
    network : Network

    Returns
    -------
    (3, H, W) Tensor
    """
    planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(image[..., 2::-1], -1, -3), np.float32))
    return planes.to(network.device) - _mean(network)


def to_image(data: Tensor, network: Network) -> np.ndarray:
    """Undo `to_data`: turn (3, H, W) into RGB (H, W, 3)."""
    planes = data.float().cpu() + torch.from_numpy(network.mean)[:, None, None]
    return np.ascontiguousarray(np.moveaxis(planes.numpy()[..., ::-1, :, :], -3, -1))


def bounds(network: Network) -> tuple[Tensor, Tensor]:
    """Return the least and the greatest number that each channel may be in the network's layout, (3, 1, 1)."""
    low = -_mean(network)
    return low, low + 255


def store_image(image: np.ndarray, network: Network, store: Store) -> Tensor:
    """Put a picture's colours into a store, in the network's layout."""
    data = store.empty((*image.shape[:-3], 3, *image.shape[-3:-1]))  # (3, H, W) or (N, 3, H, W)
    for rows in store.strips(data):
        data[..., rows, :] = to_data(image[..., rows, :, :], network)
    return data


def restore_image(data: Tensor, image: np.ndarray, network: Network, store: Store) -> np.ndarray:
    """Take a picture out of a store; its alpha is that of `image`."""
    result = np.empty(image.shape, np.float32)
    result[..., 3:] = image[..., 3:]
    for rows in store.strips(data):
        result[..., rows, :, :3] = to_image(data[..., rows, :], network)
    return result


def store_mask(mask: np.ndarray, store: Store) -> Tensor:
    """Put a mask, (H, W) in 0..1, into a store: (1, H, W)."""
    weight = store.empty((1, *mask.shape))
    for rows in store.strips(weight):
        weight[0, rows] = torch.from_numpy(np.clip(mask[rows].astype(np.float32), 0, 1))
    return weight


def _mean(network: Network) -> Tensor:
    return torch.from_numpy(network.mean).to(network.device)[:, None, None]  # (3, 1, 1)

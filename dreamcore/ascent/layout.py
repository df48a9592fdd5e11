"""The one border between pictures as people see them and as a network takes them.

Outside, a picture is RGB, (H, W, 3), in 0..255; inside it is what `network.colours` makes of it: planes in the
network's order, (3, H, W), minus the model's mean, times its scale. A network of one channel is given the luminance,
(1, H, W), and what it dreams is added to all three colours alike.
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
    (C, H, W) Tensor
    """
    data = torch.from_numpy(network.colours.planes(image)).to(network.device) - _mean(network)
    return data if network.colours.scale == 1 else data.mul_(network.colours.scale)


def to_image(data: Tensor, network: Network, image: np.ndarray | None = None) -> np.ndarray:
    """Undo `to_data`: turn (C, H, W) into RGB (H, W, 3).

    Parameters
    ----------
    data : (C, H, W) Tensor
    network : Network
    image : (H, W, 3) ndarray, optional
        The colours that a luminance is given: those of this picture, all three lighter or darker by as much as it is.
    """
    colours, planes = network.colours, data.float().cpu()
    if colours.scale != 1:
        planes = planes / colours.scale
    planes = planes + torch.tensor(colours.mean, dtype=torch.float32)[:, None, None]
    seen = np.moveaxis(planes.numpy(), -3, -1)  # (H, W, C)
    if len(colours.mean) == 1:
        change = seen if image is None else seen - np.moveaxis(colours.planes(image), -3, -1)
        return change.repeat(3, -1) if image is None else image[..., :3] + change
    return np.ascontiguousarray(seen[..., ::-1] if colours.order == "bgr" else seen)


def bounds(network: Network) -> tuple[Tensor, Tensor]:
    """Return the least and the greatest number that each channel may be in the network's layout, (C, 1, 1)."""
    mean, scale = _mean(network), network.colours.scale
    return -mean * scale, (255 - mean) * scale


def store_image(image: np.ndarray, network: Network, store: Store) -> Tensor:
    """Put a picture's colours into a store, in the network's layout."""
    channels = len(network.colours.mean)
    data = store.empty((*image.shape[:-3], channels, *image.shape[-3:-1]))  # (C, H, W) or (N, C, H, W)
    for rows in store.strips(data):
        data[..., rows, :] = to_data(image[..., rows, :, :], network)
    return data


def restore_image(data: Tensor, image: np.ndarray, network: Network, store: Store, clip: bool = False) -> np.ndarray:
    """Take a picture out of a store; its alpha, and the colours of a luminance, are those of `image`.

    With `clip`, colours that a luminance has driven out of 0..255 are brought back.
    """
    result = np.empty(image.shape, np.float32)
    result[..., 3:] = image[..., 3:]
    for rows in store.strips(data):
        result[..., rows, :, :3] = to_image(data[..., rows, :], network, image[..., rows, :, :])
    if clip and len(network.colours.mean) == 1:
        np.clip(result[..., :3], 0, 255, out=result[..., :3])
    return result


def store_mask(mask: np.ndarray, store: Store) -> Tensor:
    """Put a mask, (H, W) in 0..1, into a store: (1, H, W)."""
    weight = store.empty((1, *mask.shape))
    for rows in store.strips(weight):
        weight[0, rows] = torch.from_numpy(np.clip(mask[rows].astype(np.float32), 0, 1))
    return weight


def _mean(network: Network) -> Tensor:
    return torch.tensor(network.colours.mean, dtype=torch.float32, device=network.device)[:, None, None]  # (C, 1, 1)

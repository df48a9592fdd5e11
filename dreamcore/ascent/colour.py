"""Gradients whose colours go together as those of natural pictures do.

A network's gradient moves red, green and blue nearly each for itself, and rainbow fringes come from that. In natural
pictures the three rise and fall together, so what lies across is made as much weaker as it is there.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dreamcore.large.store import Store

# Of red, green and blue over the pixels of 1490 photographs, each minus its mean; in B, G, R it is the same.
# `python benchmarks/looks.py --colours` prints it. Its square root is 1, 0.25 and 0.12 long along its axes; that which
# lucid publishes for ImageNet's pictures 1, 0.28 and 0.13.
NATURAL = ((1.0, 0.93, 0.83), (0.93, 1.0, 0.93), (0.83, 0.93, 1.0))


def correlation(amount: float) -> np.ndarray:
    """Return the matrix that correlates the colours of white noise as those of natural pictures are.

    Parameters
    ----------
    amount : float
        0..1: a power of it, from the identity to all of it.

    Returns
    -------
    (3, 3) ndarray
        The square root of `NATURAL`, for amount 1, over its greatest eigenvalue: lightness keeps its strength.

    Examples
    --------
    >>> root = correlation(1)
    >>> natural = root @ root
    >>> np.allclose(natural / natural[0, 0], NATURAL)
    True
    """
    values, axes = np.linalg.eigh(np.array(NATURAL))
    return axes @ np.diag((values / values.max()) ** (amount / 2)) @ axes.T


def correlate(gradient: Tensor, store: Store, amount: float) -> None:
    """Correlate the colours of a gradient, (3, H, W) or (N, 3, H, W), in its place; one of luminance has none."""
    if gradient.shape[-3] == 1:
        return
    matrix = torch.as_tensor(correlation(amount), dtype=gradient.dtype, device=gradient.device)
    for rows in store.strips(gradient):
        part = gradient[..., rows, :]
        part.copy_(torch.einsum("ij,...jhw->...ihw", matrix, part))

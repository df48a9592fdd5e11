"""One iteration of gradient ascent."""

import torch

from dreamcore.ascent import maps


def shifted_gradient(network, data, ends, objective, offset):
    """Take the gradient of a picture that is shifted for it (it wraps around), and shift the gradient back.

    Parameters
    ----------
    network : Network
    data : (3, H, W) Tensor
        The picture in the network's layout.
    ends : tuple of str
    objective : callable
        Takes the tensors of the ends, gives a scalar.
    offset : pair of int
        Pixels right and down.

    Returns
    -------
    value : Tensor
        The objective.
    gradient : (3, H, W) Tensor
        The caller's own.
    """
    right, down = offset
    value, gradient = network.gradient(torch.roll(data, (down, right), (1, 2)), ends, objective)
    return value, torch.roll(gradient, (-down, -right), (1, 2))


def step(
    network,
    data,
    ends,
    objective,
    *,
    step_size,
    offset,
    low=None,
    high=None,
    mask=None,
    gradient_of=shifted_gradient,
):
    """Move a picture up its objective's gradient once.

    The gradient g is taken at the picture shifted by `offset`, ``step_size / mean|g| * g`` added, and the result
    clipped: `make_step` of the 2015 notebook. Where the gradient is zero everywhere the picture stays as it is.

    Parameters
    ----------
    network, data, ends, objective, offset
        As for `shifted_gradient`. `data` is not changed.
    step_size : float
        Mean length of the move, in grey levels.
    low, high : (3, 1, 1) Tensor, optional
        Bounds of each channel.
    mask : (1, H, W) Tensor, optional
        0..1: by how much each pixel may move. The mean of |g| is taken over what it lets through.
    gradient_of : callable
        `shifted_gradient`, or another way to compute the same.

    Returns
    -------
    data : (3, H, W) Tensor
    value : Tensor
        The objective before the move.
    """
    value, gradient = gradient_of(network, data, ends, objective, (int(offset[0]), int(offset[1])))
    # Row by row: no second array for |g|, and no rounding when millions are added up.
    sums, weights = data.new_empty(data.shape[:2]), 0
    for rows in maps.strips(gradient, gradient if mask is None else mask):
        if mask is not None:
            gradient[:, rows].mul_(mask[:, rows])
            weights = weights + mask[:, rows].sum()
        torch.linalg.vector_norm(gradient[:, rows], 1, dim=2, out=sums[:, rows])
    mean = sums.sum() / (gradient.numel() if mask is None else weights * len(data))
    pace = torch.where((mean > 0) & mean.isfinite(), step_size / mean, torch.zeros_like(mean))
    for rows in maps.strips(data, gradient):
        part = gradient[:, rows]
        torch.addcmul(data[:, rows], part, pace, out=part)  # into the memory of the gradient
        if low is not None:
            part.clamp_(low, high)
    return gradient, value

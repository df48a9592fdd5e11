"""One iteration of gradient ascent."""

from math import prod

import torch

from dreamcore.large import maps


def shifted_gradient(network, data, ends, objective, offset):
    """Take the gradient of a picture that is shifted for it (it wraps around), and shift the gradient back.

    Parameters
    ----------
    network : Network
    data : (3, H, W) or (N, 3, H, W) Tensor
        The picture in the network's layout, or several.
    ends : tuple of str
    objective : callable
        Takes the tensors of the ends, gives a scalar.
    offset : pair of int
        Pixels right and down.

    Returns
    -------
    value : Tensor
        The objective, of each picture.
    gradient : Tensor
        Of the shape of `data`; the caller's own.
    """
    right, down = offset
    value, gradient = network.gradient(torch.roll(data, (down, right), (-2, -1)), ends, objective)
    return value, torch.roll(gradient, (-down, -right), (-2, -1))


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
    data : Tensor
    value : Tensor
        The objective before the move.
    """
    value, gradient = gradient_of(network, data, ends, objective, (int(offset[0]), int(offset[1])))
    # Row by row, channel by channel: no second array for |g|, and no rounding when millions are added up.
    sums, weights = data.new_empty(data.shape[:-1]), 0
    for rows in maps.strips(gradient, gradient if mask is None else mask):
        if mask is not None:
            gradient[..., rows, :].mul_(mask[:, rows])
            weights = weights + mask[:, rows].sum()
        for channel in range(data.shape[-3]):
            sums[..., channel, rows] = gradient[..., channel, rows, :].abs().sum(-1)
    mean = sums.sum((-2, -1)) / (prod(data.shape[-3:]) if mask is None else weights * data.shape[-3])
    pace = torch.nan_to_num(step_size / mean, 0.0, 0.0, 0.0)[..., None, None, None]
    for rows in maps.strips(data, gradient):
        part = gradient[..., rows, :]
        torch.addcmul(data[..., rows, :], part, pace, out=part)  # into the memory of the gradient
        if low is not None:
            torch.minimum(torch.maximum(part, low, out=part), high, out=part)
    return gradient, value

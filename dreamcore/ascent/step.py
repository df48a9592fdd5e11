"""One iteration of gradient ascent."""

import torch


def step(network, data, ends, objective, *, step_size, offset, low=None, high=None, mask=None):
    """Move a picture up its objective's gradient once.

    The picture is shifted by `offset` (it wraps around), the gradient g taken there, ``step_size / mean|g| * g`` added,
    the shift undone, and the result clipped: `make_step` of the 2015 notebook. Where the gradient is zero everywhere
    the picture stays as it is.

    Parameters
    ----------
    network : Network
    data : (3, H, W) Tensor
        The picture in the network's layout.
    ends : tuple of str
    objective : callable
        Takes the tensors of the ends, gives a scalar.
    step_size : float
        Mean length of the move, in grey levels.
    offset : pair of int
        Pixels right and down.
    low, high : (3, 1, 1) Tensor, optional
        Bounds of each channel.
    mask : (1, H, W) Tensor, optional
        0..1: by how much each pixel may move. The mean of |g| is taken over what it lets through.

    Returns
    -------
    data : (3, H, W) Tensor
    value : Tensor
        The objective before the move.
    """
    right, down = int(offset[0]), int(offset[1])
    value, gradient = network.gradient(torch.roll(data, (down, right), (1, 2)), ends, objective)
    gradient = torch.roll(gradient, (-down, -right), (1, 2))
    if mask is None:
        mean = gradient.abs().mean()
    else:
        gradient = gradient * mask
        mean = gradient.abs().sum() / (mask.sum() * len(data))
    pace = torch.where((mean > 0) & mean.isfinite(), step_size / mean, torch.zeros_like(mean))
    data = torch.addcmul(data, gradient, pace)
    return data if low is None else torch.clamp(data, low, high), value

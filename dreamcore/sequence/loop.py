"""The loop: dream, give the frame, transform it, dream again."""

import numpy as np

from dreamcore.ascent import dream, l2
from dreamcore.sequence.parameters import at_frame, dream_parameters
from dreamcore.transforms import Context, zoom


def dream_sequence(
    image,
    network,
    *,
    frames,
    transform=None,
    seed=0,
    start=0,
    last=None,
    previous=None,
    objective=l2,
    mask=None,
    memory=None,
    progress=None,
    **parameters,
):
    """Dream a picture again and again, transformed between two dreams.

    Parameters
    ----------
    image : (H, W, 3) or (H, W, 4) ndarray
        RGB or RGBA, 0..255; the same alpha is given to every frame.
    network : Network
    frames : int
        Frame numbers run from `start` to ``frames - 1``.
    transform : callable, optional
        ``transform(frame, context) -> frame``; `zoom(0.05)` by default.
    seed : int
        Everything random in frame n follows from (seed, n).
    start : int
        The first frame to make; when above 0, `last` is frame ``start - 1`` and `previous` the one before (None for
        the first frame), as the loop gave them.
    last, previous : ndarray, optional
    objective, mask, memory, progress
        As for `dreamcore.dream`.
    **parameters
        ``layer`` (or ``end``), ``iterations``, ``octaves``, ``octave_scale``, ``step_size``, ``jitter``, ``strength``:
        numbers, or schedules such as ``"0:2, 30:10"``.

    Yields
    ------
    (H, W, 3) or (H, W, 4) ndarray
        float32. The loop goes on from these numbers, never from rounded ones.

    Examples
    --------
    >>> import dreamcore
    >>> from dreamcore.pictures import sky
    >>> network = dreamcore.load_network(device="cpu")
    >>> frames = dreamcore.dream_sequence(sky(64, 48), network, frames=3, octaves=1, iterations="0:1, 2:3")
    >>> [frame.shape for frame in frames]
    [(48, 64, 3), (48, 64, 3), (48, 64, 3)]
    """
    if "end" in parameters:
        parameters["layer"] = parameters.pop("end")
    parameters = dream_parameters(parameters)
    transform = transform or zoom(0.05)
    image = np.asarray(image).astype(np.float32)
    original, alpha = image[..., :3], image[..., 3:]
    last, previous = (None if each is None else each[..., :3] for each in (last, previous))
    for number in range(start, frames):
        source = original
        if number > 0:
            source = transform(last, Context(number - 1, seed, original, previous))
        frame = dream(
            source,
            network,
            objective=objective,
            mask=mask,
            memory=memory,
            seed=(seed, number),
            progress=progress,
            **at_frame(parameters, number),
        )
        previous, last = last, frame
        yield np.dstack([frame, alpha]) if alpha.size else frame

"""What a dream maximises: values that add and scale."""

from dataclasses import dataclass

import numpy as np
import torch

from dreamcore.errors import DreamError
from dreamcore.network import network as _network
from dreamcore.network.network import resolve_end

# Products of a guide search that are in memory at a time: 64 MiB of them.
_BLOCK = 1 << 24


@dataclass(frozen=True)
class Objective:
    """A weighted sum of objectives, each at its own end.

    Attributes
    ----------
    terms : tuple of (float, str, callable)
        Weight, end (a layer, a blob or a role), and ``make(network, end)``, which gives the function of the end's
        (C, H, W) tensor that is maximised.

    Examples
    --------
    >>> both = 0.3 * l2("inception_3b/output") + l2("inception_4c/output")
    >>> [(weight, end) for weight, end, _ in both.terms]
    [(0.3, 'inception_3b/output'), (1.0, 'inception_4c/output')]
    """

    terms: tuple

    def __add__(self, other):
        return Objective(self.terms + other.terms) if isinstance(other, Objective) else NotImplemented

    def __mul__(self, factor):
        return Objective(tuple((factor * weight, end, make) for weight, end, make in self.terms))

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def bind(self, network):
        """Return the ends and the function of their tensors that `network.gradient` takes."""
        ends = tuple(resolve_end(network, end) for _, end, _ in self.terms)
        return ends, _Total(
            tuple((weight, make(network, end)) for (weight, _, make), end in zip(self.terms, ends, strict=True))
        )


@dataclass(frozen=True)
class _Total:
    """A weighted sum of functions, each of its own blob; equal in two dreams of the same, so that it is known again."""

    parts: tuple

    def __call__(self, *blobs):
        return sum(weight * part(blob) for (weight, part), blob in zip(self.parts, blobs, strict=True))


def l2(end):
    """Maximise everything that an end already sees: half the sum of its squares, as in the 2015 notebook.

    Parameters
    ----------
    end : str
        A layer, a blob or a role.
    """
    return Objective(((1.0, end, lambda network, end: _network.l2),))


def channels(end, *numbers):
    """Maximise chosen channels of an end: half the sum of their squares.

    Parameters
    ----------
    end : str
    *numbers : int
        Channels, counted from 0.
    """

    def make(network, end):
        count = network.shapes[end][0] if end in network.shapes else max(numbers) + 1
        for number in numbers:
            if not 0 <= number < count:
                raise DreamError(f"{end} has no channel {number}; allowed are 0 to {count - 1}")
        chosen = torch.tensor(numbers, device=network.device)  # there already: a recorded gradient copies nothing
        return lambda blob: _network.l2(blob.index_select(0, chosen.to(blob.device)))

    if not numbers:
        raise DreamError("no channel is named; name at least one, such as 12")
    return Objective(((1.0, end, make),))


def guide(picture, end):
    """Maximise what resembles a guide picture.

    Each place of the end's blob is drawn towards the guide's feature vector with which its dot product is greatest
    (the guided dream of the 2015 notebook); the value is the sum of these dot products.

    Parameters
    ----------
    picture : (H, W, 3) ndarray
        RGB, 0..255, of any size that the network can take.
    end : str
    """

    def make(network, end):
        from dreamcore.ascent.dreams import to_data

        features = network.outputs(to_data(picture, network), end)[0].flatten(1)

        def matched(blob):
            places = blob.flatten(1)
            with torch.no_grad():
                block = max(1, _BLOCK // features.shape[1])
                best = torch.cat([(part.T @ features).argmax(1) for part in places.split(block, 1)])
            return (places * features[:, best]).sum()

        return matched

    return Objective(((1.0, end, make),))


def as_objective(objective, end):
    """Accept an Objective, or a function of an end that makes one (`l2`)."""
    return objective if isinstance(objective, Objective) else objective(end)


def guide_from(picture):
    """Make `guide` wait for its end, so that it can be given where `l2` can."""
    picture = np.asarray(picture)
    return lambda end: guide(picture, end)

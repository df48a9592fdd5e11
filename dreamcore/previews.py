"""The atlas of a picture: what each layer of a network, or each channel of a layer, dreams on it, in the small."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.ascent import FewerOctaves, channels, dream, l2
from dreamcore.ascent.layout import to_data
from dreamcore.ascent.weighted import Objective
from dreamcore.errors import NotAllowed
from dreamcore.parameters import PREVIEW
from dreamcore.pictures import as_picture
from dreamcore.sequence.drafting import shrunk
from dreamcore.text import short

if TYPE_CHECKING:
    from dreamcore.network import Network

SIDE = 128  # pixels of a preview's longer side
CHANNELS = "strongest:24"
BATCH = 24  # pictures that go through a network at a time
_SPAN = re.compile(r"(\d{1,9})(?:\.\.(\d{1,9}))?")
_STRONGEST = re.compile(r"strongest:0*([1-9]\d{0,8})")


@dataclass(frozen=True, eq=False)
class Preview:
    """A small dream.

    Attributes
    ----------
    objective : Objective
        What is dreamed; its text is what a layer is given as.
    pixels : (H, W, 3) ndarray
        float32, 0..255.
    number : int
        Of the channel, or of the layer in the network's order.
    role : str
        Of a layer that has one.
    excitement : float
        Of a channel: the mean of its squares on the picture. Where it is 0 there is nothing to begin with.
    """

    objective: Objective
    pixels: np.ndarray
    number: int
    role: str = ""
    excitement: float = 1.0

    @property
    def label(self) -> str:
        """What is said of it."""
        text = str(self.objective)
        return f"{text} ({self.role})" if self.role else text if self.excitement else f"{text}: nothing to see"


def atlas(
    picture: Any,
    network: Network,
    *,
    layer: str | None = None,
    channels: str | Sequence[int] = CHANNELS,
    size: int = SIDE,
    batch: int = BATCH,
    seed: int = 0,
    progress: Callable[[int, int], Any] | None = None,
    **parameters: Any,
) -> Iterator[Preview]:
    """Dream what each layer of a network sees in a picture; or of one layer, what each of its channels sees.

    Parameters
    ----------
    picture : Picture, path, (H, W, 3) or (H, W, 4) array_like, or an image of Pillow or Wand
    network : Network
    layer : str, optional
        A layer, a blob or a role. Without one, all blobs with a height and a width, in the network's order.
    channels : str or sequence of int
        Of the layer: ``"strongest:24"``, those that the picture excites most, or numbers such as ``"0..63, 100"``; the
        most excited ones come first.
    size : int
        Pixels of a preview's longer side.
    batch : int
        How many channels are dreamed at a time, and so come at once.
    seed : int
    progress : callable, optional
        Called with (previews done, previews in all).
    **parameters
        ``iterations``, ``octaves``, ``octave_scale``, ``step_size``, ``jitter``, as for `dream`; by default those of
        `dreamcore.parameters.PREVIEW`.

    Yields
    ------
    Preview
        One after the other; channels come in batches that are dreamed together, each as it would be alone.

    Raises
    ------
    DreamError
        For an unknown layer, a channel that it does not have, or a picture too small for it.

    Examples
    --------
    >>> import dreamcore
    >>> from dreamcore.sky import draw_sky
    >>> network = dreamcore.load_network("dreamlet", device="cpu")
    >>> small = {"size": 48, "iterations": 1, "octaves": 1}
    >>> found = dreamcore.atlas(draw_sky(64, 48), network, layer="parts", channels="6, 36", **small)
    >>> sorted(each.label for each in found)
    ['channels(parts, 36)', 'channels(parts, 6)']
    """
    rgb = shrunk(as_picture(picture), size).rgb
    told: dict[str, Any] = {**PREVIEW, **parameters, "seed": seed}
    found = _layers(rgb, network, told) if layer is None else _channels(rgb, network, layer, channels, batch, told)
    count = next(found)
    for done, preview in enumerate(found, 1):
        if progress is not None:
            progress(done, count)
        yield preview


def _layers(rgb: np.ndarray, network: Network, told: dict[str, Any]) -> Iterator[Any]:
    """Yield how many layers there are, and then a preview of each."""
    roles = {end: role for role, end in network.roles.items()}
    fitting = [name for name in network.blobs[1:] if _has_places(network, name, *rgb.shape[:2])]
    if not fitting:
        size = f"{rgb.shape[1]}x{rgb.shape[0]}"
        raise NotAllowed(f"a picture of {size} pixels is too small for each layer of {network.name}")
    yield len(fitting)
    for number, name in enumerate(fitting):
        yield Preview(l2(name), _dreamed(rgb, network, l2(name), told), number, roles.get(name, ""))


def _has_places(network: Network, name: str, height: int, width: int) -> bool:
    if not network.fits(height, width, name):
        return False
    ((*_, high, wide),) = ((0, 0, *shape) for shape in network.shapes_at(height, width, name))
    return high > 1 and wide > 1


def _channels(
    rgb: np.ndarray, network: Network, layer: str, wanted: str | Sequence[int], count: int, told: dict[str, Any]
) -> Iterator[Any]:
    """Yield how many channels there are, and then a preview of each."""
    (blob,) = network.outputs(to_data(rgb, network), network.resolve(layer))
    excitement = (blob.double() ** 2).flatten(1).mean(1).cpu().numpy()  # (C,)
    chosen = _chosen(wanted, excitement)
    yield len(chosen)
    for start in range(0, len(chosen), count):
        batch = chosen[start : start + count]
        objectives = [channels(layer, number) for number in batch]
        dreamed = _dreamed(np.stack([rgb] * len(batch)), network, objectives, told)
        for number, objective, pixels in zip(batch, objectives, dreamed, strict=True):
            yield Preview(objective, pixels, number, excitement=float(excitement[number]))


def _chosen(wanted: str | Sequence[int], excitement: np.ndarray) -> list[int]:
    """Return the channels that a text or a list means, the most excited first.

    Examples
    --------
    >>> _chosen("strongest:2", np.array([1, 9, 3, 3])), _chosen("0, 2..3", np.array([1, 9, 3, 3]))
    ([1, 2], [2, 3, 0])
    """
    ranked = sorted(range(len(excitement)), key=lambda number: (-excitement[number], number))
    if isinstance(wanted, str):
        if match := _STRONGEST.fullmatch(wanted.strip()):
            return ranked[: int(match[1])]
        spans = [_SPAN.fullmatch(each.strip()) for each in wanted.split(",")]
        ends = [(int(each[1]), int(each[2] or each[1])) for each in spans if each]
        if len(ends) < len(spans) or any(last < first for first, last in ends):
            allowed = "numbers and spans such as 0..63, 100, or strongest:24"
            raise NotAllowed(f"channels={short(wanted)!r} is not allowed; allowed: {allowed}")
        wanted = [each for first, last in ends for each in (*range(first, min(last, len(excitement))), last)]
    for number in wanted:
        if not 0 <= number < len(excitement):
            raise NotAllowed(f"no channel {number}; allowed are 0 to {len(excitement) - 1}")
    return [number for number in ranked if number in set(wanted)]


def _dreamed(pixels: np.ndarray, network: Network, objective: Any, told: dict[str, Any]) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        return dream(pixels, network, objective=objective, **told)

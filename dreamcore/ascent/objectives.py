"""What a dream maximises: the table of objectives, and how their text is read.

An objective is one function `body(network, end, **parameters)` below an `@objective(...)` line: it returns what each
place is worth as a function of the end's blob, (C, H, W), and of the `Window` of cells that the blob is (None: the
whole). The sum over all places is maximised.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from dreamcore.ascent.mask_colours import COLOURS
from dreamcore.ascent.weighted import OBJECTIVES as OBJECTIVES
from dreamcore.ascent.weighted import Mask, Objective, Part, Value, check_channel, check_class, objective
from dreamcore.errors import NotAllowed
from dreamcore.grammar.sums import parse_sum
from dreamcore.kinds import REQUIRED, class_name, layer, number, picture, term, whole, wholes
from dreamcore.parameters import Dream
from dreamcore.pictures import as_picture

if TYPE_CHECKING:
    from torch import Tensor

    from dreamcore.network import Network

# Products of a guide search that are in memory at a time: 64 MiB of them.
_BLOCK = 1 << 24


@objective(layer())
def l2(network: Network, end: str) -> Value:
    """Everything that a layer already sees: half the sum of its squares, as in the 2015 notebook.

    Examples
    --------
    >>> l2("patterns")
    patterns
    """
    return half_squares  # one function for all, so that a recorded gradient is known again


def half_squares(blob: Tensor, window: Any = None) -> Tensor:
    """Return half of a blob's squares, the gradient of whose sum at the blob is the blob."""
    return 0.5 * (blob * blob)


@objective(layer(default=REQUIRED), wholes("numbers", "channels, counted from 0"))
def channels(network: Network, end: str, numbers: tuple[int, ...]) -> Value:
    """Chosen channels of a layer: half the sum of their squares.

    Examples
    --------
    >>> channels("objects", 12, 40)
    channels(objects, 12, 40)
    """
    import torch  # not at the top, where it would cost every command that only reads a recipe a second

    for each in numbers:
        check_channel(network, end, each)
    chosen = torch.tensor(numbers, device=network.device)  # there already: a recorded gradient copies nothing
    return lambda blob, window: half_squares(blob.index_select(0, chosen.to(blob.device)))


@objective(
    layer(default=REQUIRED),
    whole("channel", REQUIRED, 0, None, "counted from 0"),
    number("x", 0.5, 0, 1, "place, as a part of the width"),
    number("y", 0.5, 0, 1, "place, as a part of the height"),
)
def neuron(network: Network, end: str, channel: int, x: float, y: float) -> Value:
    """One channel at one place of a layer, by default in the middle: its value.

    Examples
    --------
    >>> neuron("objects", 12, x=0.25)
    neuron(objects, 12, 0.25, 0.5)
    """
    import torch  # as above

    check_channel(network, end, channel)

    def value(blob: Tensor, window: Any) -> Tensor:
        top, left, height, width = window or (0, 0, *blob.shape[1:])
        row, column = round(y * (height - 1)) - top, round(x * (width - 1)) - left
        here = torch.zeros_like(blob[channel])
        if 0 <= row < blob.shape[1] and 0 <= column < blob.shape[2]:
            here[row, column] = 1
        return here * blob[channel]

    return value


@objective(picture("picture", "what is to be resembled"), layer())
def guide(network: Network, end: str, picture: Any) -> Value:
    """What resembles a guide picture.

    Notes
    -----
    Each place of the layer is drawn towards the guide's feature vector with which its dot product is greatest (the
    guided dream of the 2015 notebook); the value is the sum of these dot products.

    Examples
    --------
    >>> guide("leaf.jpg", "parts")
    guide(leaf.jpg, parts)
    """
    import torch  # as above

    features = _features(network, end, picture)  # (C, places)

    def matched(blob: Tensor, window: Any) -> Tensor:
        places = blob.flatten(1)
        with torch.no_grad():
            block = max(1, _BLOCK // features.shape[1])
            best = torch.cat([(part.T @ features).argmax(1) for part in places.split(block, 1)])
        return (places * features[:, best]).sum(0).reshape(blob.shape[1:])

    return matched


@objective(picture("picture", "towards whose mean feature"), layer())
def direction(network: Network, end: str, picture: Any) -> Value:
    """Towards the mean feature of a picture: its look without its forms.

    Notes
    -----
    The sum over all places of the dot product with the mean of the picture's feature vectors, brought to length 1.

    Examples
    --------
    >>> direction("sea.jpg", "textures")
    direction(sea.jpg, textures)
    """
    import torch  # as above

    mean = _features(network, end, picture).mean(1)
    unit = mean / mean.norm().clamp_min(1e-12)  # (C,)
    return lambda blob, window: torch.tensordot(unit, blob, 1)


@objective(class_name("name", "one of its names, or its number"))
def class_(network: Network, end: str, name: str | int) -> Value:
    """A class of a classifier, by a name or its number: its score before the softmax, at each place.

    Notes
    -----
    A name is any of those in [the table](../dreamcore/models/ilsvrc2012.txt) of ImageNet's 1000 classes, or words of
    one if no other has them; `_` stands for a blank. A network with other classes has numbers, or names in a file
    `labels.txt` beside its weights, one in each line. Where the network averages over the whole picture, each place is
    scored by itself, and where it looks at all of it through fully connected layers, at each place of a picture larger
    than it was made for. A network that takes no other size than its own is shown crops of a larger picture, which
    wander: each step sees others.

    Examples
    --------
    >>> class_("jellyfish")
    class(jellyfish)
    """
    score = network.class_score(check_class(network, end, name))
    return lambda blob, window: score(blob)


@objective(
    picture("picture", "the mask: a picture of up to eight flat colours, with soft edges where they are wanted"),
    *(term("objective")(name, None, f"what is dreamed where the mask is {name}") for name in COLOURS),
    unnamed=3,
)
def map_(network: Network, picture: Any, **objectives: Objective) -> tuple[Part, ...]:
    """Different dreams in different places: an objective for each colour of a mask.

    Notes
    -----
    White and black need no name, in this order; a colour without an objective dreams nothing. The mask may have any
    size, and is laid over the whole picture; where it is transparent it is black, and a pixel between two colours is
    shared by both. There is one gradient: a place of a layer belongs to the colour in the middle of what it sees, so
    that coarse and fine layers meet at the same edge. At the beginning of each octave every area is brought to the same
    strength, whatever is dreamed in it; what stands beside a map in a sum, to that strength times its weight.

    Examples
    --------
    >>> map_("mask.png", channels("parts", 12), l2("patterns"))
    map(mask.png, channels(parts, 12), patterns)
    """
    from dreamcore.ascent.maps import Map  # with torch, as above

    given = {name: each for name, each in objectives.items() if each is not None}
    areas = Map(as_picture(picture), tuple(given), network.device)
    if missing := areas.missing:
        warnings.warn(f"nothing of the mask of map(...) is {' or '.join(missing)}: not dreamed there", stacklevel=2)
    return tuple(
        part._replace(masks=(*part.masks, Mask(areas, place, network.field(part.end))))
        for place, each in enumerate(given.values())
        for part in each.parts(network)
    )


def negative(objective: Objective) -> Objective:
    """Return the opposite of an objective: away from what it dreams.

    Examples
    --------
    >>> negative(l2("patterns"))
    -patterns
    """
    return -objective


def _features(network: Network, end: str, picture: Any) -> Tensor:
    """Return what a layer sees of a picture, (C, places)."""
    from dreamcore.ascent.layout import to_data  # torch, as above

    return network.outputs(to_data(as_picture(picture).rgb, network), end)[0].flatten(1)


def parse_objective(text: str) -> Any:
    """Read an objective.

    Parameters
    ----------
    text : str
        A layer, a blob or a role; a term such as ``channels(objects, 12)``; a weighted sum such as
        ``0.3*patterns + guide(leaf.jpg, parts)``; or objectives at frame numbers, ``0:textures, 40:objects``.

    Returns
    -------
    Objective or Schedule

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.

    Examples
    --------
    >>> parse_objective("2*(patterns + chanels(parts, 1))")
    Traceback (most recent call last):
        ...
    dreamcore.grammar.tokens.GrammarError: unknown objective "chanels" (did you mean "channels"?)
      2*(patterns + chanels(parts, 1))
                    ^
    """
    return parse_sum(text, "objective")


def as_objective(value: Any) -> Any:
    """Return what may stand for an objective as one: an Objective, a schedule of them, a text, or a list of layers."""
    if isinstance(value, str):
        return parse_objective(value)
    return l2(value) if isinstance(value, (list, tuple)) else value


def choose(layer: Any = None, objective: Any = None) -> Any:
    """Return what is to be maximised: one of two that say it, or the default where neither does.

    Raises
    ------
    DreamError
        Where both say it.

    Examples
    --------
    >>> choose(), choose("2*parts"), choose(objective=l2("textures"))
    (objects, 2*parts, textures)
    """
    if layer is not None and objective is not None:
        raise NotAllowed(
            f"layer is {layer} and objective is {objective}: both say what is dreamed, so give one of them"
        )
    row = Dream.parameters()["layer"]
    value = objective if layer is None else layer
    return row.check(as_objective(row.default if value is None else value))

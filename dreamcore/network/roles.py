"""Ends for a network of which nothing is known, so that a recipe that asks for ``patterns`` works with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dreamcore.network.layers.registry import LayerParameter

# How deep in the trunk: what the hand-chosen ends of GoogLeNet come to.
_DEPTHS = {"textures": 0.25, "patterns": 0.5, "parts": 0.65, "objects": 0.75}


def guess_roles(layers: Sequence[LayerParameter], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Choose an end for each role by its depth.

    Only the trunk is looked at: the blobs with a height and a width that everything after them depends on, which are a
    block's output rather than a branch within it.

    Parameters
    ----------
    layers : sequence of LayerParameter
        In order.
    shapes : dict of str to tuple
        The (C, H, W) of each blob.

    Returns
    -------
    dict of str to str
        Role -> blob; empty when no blob has a height and a width.

    Examples
    --------
    >>> from dreamcore.caffe_format import message_class
    >>> layers = [message_class("LayerParameter")(bottom=["data"], top=["conv1"])]
    >>> guess_roles(layers, {"conv1": (64, 56, 56)})["objects"]
    'conv1'
    """
    blobs = dict.fromkeys(top for layer in layers for top in layer.top if len(shapes.get(top, ())) == 3)
    pictures = [blob for blob in blobs if min(shapes[blob][1:]) > 1]
    ends = [blob for blob in _trunk(layers) if blob in pictures] or pictures
    return {role: ends[int(depth * (len(ends) - 1) + 0.5)] for role, depth in _DEPTHS.items()} if ends else {}


def _trunk(layers: Sequence[LayerParameter]) -> Iterable[str]:
    last_read = {blob: number for number, layer in enumerate(layers) for blob in layer.bottom}
    alive: set[str] = set()
    trunk: list[str] = []
    for number, layer in enumerate(layers):
        alive = {blob for blob in alive.union(layer.top) if last_read.get(blob, -1) > number}
        if len(layer.top) == 1 and alive <= set(layer.top):
            trunk.append(layer.top[0])
    return dict.fromkeys(trunk)

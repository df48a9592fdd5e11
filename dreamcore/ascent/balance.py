"""The areas of maps: each is dreamed as strongly as the others, whatever is dreamed in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from dreamcore.ascent.maps import Map, View
from dreamcore.ascent.weighted import Part, Total
from dreamcore.large.store import Store

if TYPE_CHECKING:
    from dreamcore.network import Network


def balanced(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    objective: Any,
    *,
    offset: tuple[int, int],
    gradient_of: Callable[..., tuple[Tensor, Tensor]],
    mask: Tensor | None,
    store: Store,
) -> Any:
    """Weigh the parts of objectives with maps so that the gradient of each area has the same mean size within it.

    What has no mask is brought to that size times its weights. It takes one gradient for each of them.

    Parameters
    ----------
    network, data, ends, offset, gradient_of, mask, store
        As for `dreamcore.ascent.step.take_step`.
    objective : callable, or tuple of callables
        One for all pictures, or one for each.

    Returns
    -------
    callable, or tuple of callables
        The same where there is no map; otherwise one for each of several pictures.
    """
    if not any(isinstance(each, Total) and each.maps for each in _listed(objective)):
        return objective
    if data.ndim == 4:
        each = objective if isinstance(objective, tuple) else (objective,) * len(data)
        pairs = zip(data, each, strict=True)
        return tuple(_balanced(network, one, ends, total, offset, gradient_of, mask, store) for one, total in pairs)
    return _balanced(network, data, ends, objective, offset, gradient_of, mask, store)


def _balanced(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    total: Total,
    offset: tuple[int, int],
    gradient_of: Callable[..., tuple[Tensor, Tensor]],
    mask: Tensor | None,
    store: Store,
) -> Total:
    areas: list[tuple[Map, int] | None] = [(map, place) for map in total.maps for place in range(len(map.planes))]
    for area in [*areas, None] if total.is_everywhere else areas:
        chosen = [number for number, part in enumerate(total.parts) if _is_in(part, area)]
        alone = Total(
            tuple(total.parts[number]._replace(share=1.0) for number in chosen), View(*offset, *data.shape[-2:])
        )
        _, gradient = gradient_of(network, data, tuple(ends[number] for number in chosen), alone, offset)
        wanted = 1.0 if area else sum(abs(total.parts[number].weight) for number in chosen)
        size = _mean_size(gradient, area, mask, store)
        factor = wanted / size if size else 0.0
        parts = [
            part._replace(weight=part.weight * factor) if number in chosen else part
            for number, part in enumerate(total.parts)
        ]
        total = replace(total, parts=tuple(parts))
    return total


def _is_in(part: Part, area: tuple[Map, int] | None) -> bool:
    return area in [(mask.map, mask.place) for mask in part.masks] if area else not part.masks


def _mean_size(gradient: Tensor, area: tuple[Map, int] | None, mask: Tensor | None, store: Store) -> float:
    height, width = gradient.shape[-2:]
    total, weight = 0.0, 0.0
    for rows in store.strips(gradient):
        sizes = gradient[:, rows].abs().mean(0)
        here = area[0].at_pixels(area[1], rows, height, width) if area else torch.ones_like(sizes)
        here = here if mask is None else here * mask[0, rows]
        total, weight = total + float((sizes * here).sum()), weight + float(here.sum())
    return total / weight if weight else 0.0


def covered(objective: Any, rows: slice, height: int, width: int) -> Tensor | None:
    """Return which part of each pixel is dreamed at all, in some rows of a picture; None where all of all pictures is.

    Parameters
    ----------
    objective : callable, or tuple of callables
    rows : slice
    height, width : int
        Of the whole picture.

    Returns
    -------
    (rows, W) or (N, rows, W) Tensor
    """
    parts = [
        sum(map.at_pixels(None, rows, height, width) for map in each.maps).clamp(max=1)  # type: ignore[union-attr]
        if isinstance(each, Total) and each.maps and not each.is_everywhere
        else None
        for each in _listed(objective)
    ]
    known = [each for each in parts if each is not None]
    if not known:
        return None
    return (
        torch.stack([torch.ones_like(known[0]) if each is None else each for each in parts])
        if isinstance(objective, tuple)
        else known[0]
    )


def seen_in(objective: Any, view: View) -> Any:
    """Return an objective, or one for each picture, for the blobs of pictures that are shown so."""
    if isinstance(objective, tuple):
        return tuple(seen_in(each, view) for each in objective)
    return objective.seen_in(view) if isinstance(objective, Total) else objective


def _listed(objective: Any) -> tuple:
    return objective if isinstance(objective, tuple) else (objective,)

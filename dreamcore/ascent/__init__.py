"""Gradient ascent on pictures: objectives, the step, and the dream over all octaves."""

from dreamcore.lazy import exports

_HOMES = {
    "FewerOctaves": "dreams",
    "Objective": "objectives",
    "channels": "objectives",
    "dream": "dreams",
    "estimate": "estimates",
    "guide": "objectives",
    "l2": "objectives",
    "neuron": "objectives",
    "negative": "objectives",
    "direction": "objectives",
}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)

"""Caffe networks that run."""

from dreamcore.lazy import exports

_HOMES = {"Network": "network", "l2": "network"}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)

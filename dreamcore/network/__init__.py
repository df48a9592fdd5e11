"""Networks that run, and where they come from."""

from dreamcore.lazy import exports

_HOMES = {"Network": "network", "l2": "network", "load_network": "zoo", "models": "zoo"}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)

"""Deep dreams with Caffe networks, and the animations they grow into.

Nothing heavy is imported with the package: each public name is loaded at first use.

Examples
--------
>>> import dreamcore
>>> "zoom" in dir(dreamcore)
True
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "DreamError": "errors",
    "Network": "network",
    "load_network": "network",
    "models": "network",
    "l2": "ascent",
    "guide": "ascent",
    "channels": "ascent",
    "Objective": "ascent",
    "dream": "ascent",
    "dream_sequence": "sequence",
    "read_picture": "pictures",
    "zoom": "transforms",
    "chain": "transforms",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'dreamcore' has no attribute {name!r}")
    value = getattr(import_module(f"dreamcore.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_HOMES})

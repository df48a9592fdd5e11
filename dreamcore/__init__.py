"""Deep dreams with Caffe networks, and the animations they grow into.

Examples
--------
>>> import dreamcore
>>> "dream_sequence" in dreamcore.__all__
True
"""

from dreamcore.lazy import exports

__version__ = "0.1.0"

_HOMES = {
    "DreamError": "errors",
    "Network": "network",
    "Objective": "ascent",
    "chain": "transforms",
    "channels": "ascent",
    "dream": "ascent",
    "dream_sequence": "sequence",
    "guide": "ascent",
    "l2": "ascent",
    "neuron": "ascent",
    "negative": "ascent",
    "direction": "ascent",
    "load_network": "models",
    "models": "models",
    "read_picture": "pictures",
    "zoom": "transforms",
}

__all__ = ["__version__", *_HOMES]
__getattr__ = exports(__name__, _HOMES)

"""Deep dreams with Caffe networks, and the animations they grow into.

Examples
--------
>>> import dreamcore
>>> "dream_sequence" in dir(dreamcore)
True
"""

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    from dreamcore.process.environment import short_waits  # at the first use: importing dreamcore stays quick

    with short_waits():
        return _load(name)

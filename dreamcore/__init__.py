"""Deep dreams with Caffe networks, and the animations they grow into.

Examples
--------
>>> import dreamcore
>>> "dream_sequence" in dir(dreamcore)
True
"""

import os
import sys

try:
    _is_started = sys.argv[:1] == ["-m"] and any(part.removeprefix("-m").startswith(__name__) for part in sys.orig_argv)
    if _is_started and sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
        del sys.path[0]  # the current folder, where pictures lie and whatever else came with them
except OSError:  # it has been deleted, and nothing lies there
    pass

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    from dreamcore.process.environment import short_waits  # at the first use: importing dreamcore stays quick

    with short_waits():
        return _load(name)

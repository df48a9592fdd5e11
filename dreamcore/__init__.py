"""Deep dreams with Caffe networks, and the animations they grow into.

Examples
--------
>>> import dreamcore
>>> "dream_sequence" in dir(dreamcore)
True
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

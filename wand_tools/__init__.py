"""Frames or layers become an animation: streamed, in any order, through ImageMagick.

>>> from wand_tools import make_animation, reverse, info, contact_sheet
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

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Frames or layers become an animation: streamed, in any order, through ImageMagick.

>>> from wand_tools import make_animation, reverse, info, contact_sheet
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

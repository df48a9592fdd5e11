"""Frames or layers become an animation: streamed, in any order, through ImageMagick.

>>> from wand_tools import make_animation, reverse, info, contact_sheet
"""

from wand_tools.animation import Made, make_animation, reverse
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.inspect import Info, info
from wand_tools.sheet import contact_sheet

__all__ = ["AnimationError", "AnimationWarning", "Info", "Made", "contact_sheet", "info", "make_animation", "reverse"]

"""Gradient ascent on pictures: objectives, the step, and the dream over all octaves."""

from dreamcore.ascent.objectives import Objective, channels, guide, guide_from, l2
from dreamcore.ascent.octaves import FewerOctaves, dream

__all__ = ["FewerOctaves", "Objective", "channels", "dream", "guide", "guide_from", "l2"]

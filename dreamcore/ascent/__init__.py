"""Gradient ascent on pictures: objectives, the step, and the dream over all octaves."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

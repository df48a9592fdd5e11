"""Sweeps: many sequences, each a cell with a number, on one core or on many machines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Models: known ones, where they are looked for, a download that is checked, and how a name becomes a network."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""What only the owner of a process may change: its heap, its threads, its environment."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

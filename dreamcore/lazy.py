"""Packages whose public names are imported at first use, so that `--help` waits for neither numpy nor torch."""

import sys
from importlib import import_module


def exports(package, homes):
    """Return the ``__getattr__`` of a package whose names live in its submodules.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    homes : dict of str to str
        Public name -> submodule that defines it; a name that is its own home is the submodule itself.
    """

    def get(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{homes[name]}")
        value = getattr(module, name, module)
        setattr(sys.modules[package], name, value)
        return value

    return get

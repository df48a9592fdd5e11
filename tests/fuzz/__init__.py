"""Damaged files and wicked texts for every reader: `harness.py` says what a harness is, `campaign.py` runs them.

`python -m tests.fuzz` tries as many inputs as one likes; `test_readers.py` tries a few of each with the tests.
"""

from importlib import import_module

_MODULES = ("texts", "pictures", "animations", "sounds", "networks", "directories", "messages")  # quick imports first


def all_harnesses():
    """Import every module that has harnesses; return all of them by name."""
    from tests.fuzz.harness import HARNESSES

    for module in _MODULES:
        import_module(f"tests.fuzz.{module}")
    return HARNESSES


def harness_named(name):
    """Return one harness, and import no more than it takes."""
    from tests.fuzz.harness import HARNESSES

    for module in _MODULES:
        import_module(f"tests.fuzz.{module}")
        if name in HARNESSES:
            return HARNESSES[name]
    raise KeyError(name)

"""How many inputs a harness tries: the same few with the tests, others each time where their number is said."""

import os

from hypothesis import HealthCheck, settings

_SAID = os.environ.get("DREAMCORE_FUZZ_EXAMPLES")


def examples(usual):
    """Return hypothesis's settings for so many inputs, or for those that the environment asks for."""
    return settings(
        max_examples=int(_SAID or usual),
        derandomize=not _SAID,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

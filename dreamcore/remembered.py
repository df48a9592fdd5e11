"""What was found out about this machine once, and is kept in the user's cache folder so that it need not be again."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, user_folder


def recall(subject: str) -> dict[str, Any]:
    """Return what is known of a subject; a file that is damaged, or not there, knows nothing."""
    with suppress(OSError, ValueError, RecursionError, DreamError):
        facts = json.loads((user_folder("cache") / f"{subject}.json").read_bytes())
        return facts if isinstance(facts, dict) else {}
    return {}


def remember(subject: str, key: str, fact: Any) -> None:
    """Keep a fact about a subject; where nothing can be kept, it is found out anew next time.

    Parameters
    ----------
    subject : str
        The name of the file, without an ending.
    key : str
        Names everything that the fact depends on.
    fact
        Anything that JSON holds.
    """
    with suppress(OSError, DreamError):
        path = user_folder("cache") / f"{subject}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = {**recall(subject), key: fact}
        with atomic_write(path) as file:
            file.write(json.dumps(facts, indent=1, sort_keys=True).encode())

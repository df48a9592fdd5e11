"""What users see when something goes wrong, or will not look as intended."""

from collections.abc import Iterator
from contextlib import contextmanager

from dreamcore.errors import DreamError


class AnimationError(DreamError):
    """What went wrong in one line: the value, what is allowed, and what to do."""


class AnimationWarning(UserWarning):
    """Something that will not look as intended, though the animation can be made."""


@contextmanager
def naming(what: object) -> Iterator[None]:
    """Begin an error of the block with the file that it is about.

    Examples
    --------
    >>> with naming("a.gif"):
    ...     raise AnimationError("there is no frame")
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationError: a.gif: there is no frame
    """
    try:
        yield
    except AnimationError as error:
        raise AnimationError(f"{what}: {error}") from None

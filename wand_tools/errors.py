"""What users see when something goes wrong, or will not look as intended."""

from collections.abc import Iterator
from contextlib import contextmanager

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.text import short


class AnimationError(DreamError):
    """What went wrong in one line: the value, what is allowed, and what to do."""


class AnimationNotAllowed(AnimationError, NotAllowed):
    """What is asked for can never be, of whatever frames: a value is out of its range, a name is none."""


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
        raise type(error)(f"{what}: {error}") from None


@contextmanager
def decoding(what: object) -> Iterator[None]:
    """Turn whatever the block raises about a damaged file into one error that begins with `what`.

    A damaged file reaches all corners of a decoder, and each raises what it likes.

    Examples
    --------
    >>> with decoding("a.gif: frame 3"):
    ...     (0).to_bytes(1, "little")[7]
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationError: a.gif: frame 3 cannot be read (index out of range)
    """
    try:
        yield
    except (DreamError, MemoryError):
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise AnimationError(f"{what} cannot be read ({short(reason.splitlines()[0], 200)})") from error

"""What users see when something goes wrong, or will not look as intended."""

from dreamcore.errors import DreamError


class AnimationError(DreamError):
    """What went wrong in one line: the value, what is allowed, and what to do."""


class AnimationWarning(UserWarning):
    """Something that will not look as intended, though the animation can be made."""

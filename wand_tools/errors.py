"""The exception that users see."""


class AnimationError(Exception):
    """What went wrong in one line: the value, what is allowed, and what to do."""


class AnimationWarning(UserWarning):
    """Something that will not look as intended, though the animation can be made."""

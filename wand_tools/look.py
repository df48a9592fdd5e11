"""How frames look: the colours of a GIF, and the detail that other formats keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral

from dreamcore.errors import nearest
from dreamcore.text import short
from wand_tools.errors import AnimationNotAllowed

PALETTES = ("frame", "global", "scene")
DITHERS = ("auto", "none", "faint", "smooth", "floyd-steinberg", "riemersma", "ordered", "still")
QUALITIES = ("normal", "best")


@dataclass(frozen=True)
class Look:
    """The parameters of `make_animation` of the same names, checked."""

    colours: int = 256
    dither: str = "auto"
    quality: str = "normal"
    matte: tuple[int, ...] | None = None  # RGB behind transparent pixels; None cuts alpha at half

    def __post_init__(self) -> None:
        if not 2 <= self.colours <= 256:
            raise AnimationNotAllowed(f"colours {self.colours}: 2 to 256")
        check_choice("dither", self.dither, DITHERS)
        check_choice("quality", self.quality, QUALITIES)

    @property
    def dithered(self) -> str:
        """The dither that is meant: by itself none, or faint where it may take longer."""
        if self.dither != "auto":
            return self.dither
        return "faint" if self.quality == "best" else "none"

    @property
    def visible(self) -> int:
        """The colours left when one number is kept for transparent pixels."""
        return max(self.colours - 1, 2)


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is not allowed.

    Examples
    --------
    >>> check_choice("palette", "scene", PALETTES)
    """
    if value not in allowed:
        raise AnimationNotAllowed(f"{name} {value!r}: one of {', '.join(allowed)}{nearest(value, allowed)}")


def read_colour(value: str | Sequence[int]) -> tuple[int, ...]:
    """Return a colour as (red, green, blue), each 0 to 255, from three numbers, `#rrggbb` or a name.

    Examples
    --------
    >>> read_colour("white"), read_colour("#203040"), read_colour([0, 0, 255])
    ((255, 255, 255), (32, 48, 64), (0, 0, 255))
    """
    if isinstance(value, str):
        from PIL import ImageColor  # --help need not wait for Pillow

        try:
            return ImageColor.getrgb(value)[:3]
        except ValueError:
            raise AnimationNotAllowed(f"{value!r}: a colour such as #ffffff or white") from None
    colour = tuple(value) if isinstance(value, Iterable) else ()
    if len(colour) != 3 or not all(isinstance(level, Integral) and 0 <= level <= 255 for level in colour):
        raise AnimationNotAllowed(f"{short(repr(value))}: a colour has red, green and blue, 0 to 255 each")
    return tuple(int(level) for level in colour)

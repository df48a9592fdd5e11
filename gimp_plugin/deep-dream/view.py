"""Where in a picture the preview looks: what part of it, and how large. No GIMP here."""

from __future__ import annotations

from dataclasses import dataclass, replace

ZOOMS = (0.5, 1.0, 2.0, 4.0)  # screen pixels for each pixel of the picture


@dataclass(frozen=True)
class View:
    """A part of a picture that is shown.

    Attributes
    ----------
    size : (int, int)
        Width and height of the picture.
    room : (int, int)
        Width and height on the screen.
    middle : (float, float)
        Of the part, in the picture.
    zoom : float
        One of `ZOOMS`.
    """

    size: tuple[int, int]
    room: tuple[int, int]
    middle: tuple[float, float]
    zoom: float = 1.0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the part, within the picture.

        Examples
        --------
        >>> View((1000, 600), (300, 200), (500, 20)).box
        (350, 0, 300, 200)
        """
        sides = [min(whole, max(1, round(room / self.zoom))) for whole, room in zip(self.size, self.room, strict=True)]
        spans = zip(self.middle, sides, self.size, strict=True)
        left, top = (min(max(0, round(middle - side / 2)), whole - side) for middle, side, whole in spans)
        return left, top, sides[0], sides[1]

    def with_margin(self, margin: int) -> tuple[int, int, int, int]:
        """Return the part with so many pixels more on each side, where the picture has them.

        Examples
        --------
        >>> View((1000, 600), (300, 200), (500, 20)).with_margin(64)
        (286, 0, 428, 264)
        """
        left, top, width, height = self.box
        right, bottom = min(self.size[0], left + width + margin), min(self.size[1], top + height + margin)
        left, top = max(0, left - margin), max(0, top - margin)
        return left, top, right - left, bottom - top

    def moved(self, across: float, down: float) -> View:
        """Return the view after the picture under it was dragged by so many screen pixels.

        Examples
        --------
        >>> View((1000, 600), (300, 200), (500, 300), 2.0).moved(-20, 10).middle
        (510.0, 295.0)
        """
        left, top, width, height = self.box
        x, y = left + width / 2 - across / self.zoom, top + height / 2 - down / self.zoom
        return replace(self, middle=(x, y))

    def zoomed(self, steps: int) -> View:
        """Return the view so many steps of `ZOOMS` closer.

        Examples
        --------
        >>> View((1000, 600), (300, 200), (500, 300)).zoomed(9).zoom
        4.0
        """
        place = ZOOMS.index(self.zoom) + steps
        return replace(self, zoom=ZOOMS[min(max(0, place), len(ZOOMS) - 1)])

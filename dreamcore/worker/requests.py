"""What a client asks for: a message, the pictures that came with it, and whether the answer is still wanted."""

from __future__ import annotations

import threading
from itertools import accumulate
from typing import Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.kinds import FAR
from dreamcore.text import short
from dreamcore.worker.pixels import unpack
from gimp_plugin import protocol  # type: ignore[attr-defined]  # in a folder that is no package, see there

JOB_FIELDS = ("parameters", "recipe", "first", "after")  # of a message: what the engine's job is made of
ROLES = ("picture", "mask", "guide", "part", "part mask")
FIELDS: dict[str, Any] = {
    **{"parameters": dict, "recipe": str, "first": int, "after": int, "pictures": list, "model": str, "seconds": bool},
    "follows": bool,
    **{"number": int, "path": str, "layer": str, "about": str, "seed": int, "spread": (int, float)},
    **{"folder": str, "frames": int, "whole": list, "longest": int, "corner": list, "recipes": list},
    **{"kind": str, "text": str, "terms": list},
}
PAUSE = 0.2  # seconds between two words about progress, and between two looks at whether to go on


class Cancelled(Exception):
    """The client does not want this answer any more."""


class Unheard(Exception):
    """Nobody reads the answers any more."""


class Request:
    """A message being worked on, and whether its answer is still wanted."""

    def __init__(self, message: dict[str, Any], data: bytearray) -> None:
        self.message, self.data = message, data
        self.id, self.do = message.get("id"), message.get("do")
        self.is_unwanted, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def check(self) -> None:
        """Wait while the client wants a pause; raise if the request was cancelled."""
        while not (self.is_unwanted.is_set() or self.may_go_on.wait(PAUSE)):
            pass
        if self.is_unwanted.is_set():
            raise Cancelled

    def field(self, name: str, default: Any = None) -> Any:
        """Return a field of the message, of the type that it must have.

        Raises
        ------
        DreamError
            When it is of another type.
        """
        value = self.message.get(name)
        value = default if value is None else value
        if not isinstance(value, FIELDS[name]) or (isinstance(value, bool) and FIELDS[name] is not bool):
            raise DreamError(f"{name} of a message is {short(repr(value))}, which is of another type than it has")
        return value

    @property
    def job_fields(self) -> dict[str, Any]:
        """Return what the message says about the job."""
        return {name: self.field(name) for name in JOB_FIELDS if self.message.get(name) is not None}

    @property
    def recipe(self) -> tuple[str, dict[str, Any]]:
        """Return the recipe that the message names, and what it gives in place of the recipe's."""
        return self.field("recipe", ""), self.field("parameters", {})

    def pair(self, name: str, least: int = 1) -> tuple[int, int] | None:
        """Return a field that is [across, down], in pixels, as (down, across); None where it is missing."""
        value = self.field(name, [])
        if not value:
            return None
        if len(value) != 2 or not all(type(each) is int and least <= each <= FAR for each in value):
            raise DreamError(f"{name} of a message is {short(repr(value))}; it is two whole numbers, {least} to {FAR}")
        return value[1], value[0]

    def shapes(self) -> dict[str, tuple[int, int, str]]:
        """Return width, height and format of the pictures that belong to the message, by their roles."""
        shapes = dict(map(_shape, self.field("pictures", [])))
        if "picture" not in shapes:
            raise DreamError("a picture is missing in the message")
        return shapes

    def pictures(self) -> dict[str, np.ndarray]:
        """Return the pictures that came with the message, by their roles."""
        shapes = self.shapes()
        sizes = [protocol.size_of(*shape) for shape in shapes.values()]
        if sum(sizes) != len(self.data):
            raise DreamError(f"{sum(sizes)} bytes of pictures are announced, and {len(self.data)} came")
        starts = accumulate(sizes, initial=0)
        data = memoryview(self.data)
        return {role: unpack(data[at:], *shape) for at, (role, shape) in zip(starts, shapes.items(), strict=False)}


def _shape(said: Any) -> tuple[str, tuple[int, int, str]]:
    """Return the role, and width, height and format, of a picture as a message describes it."""
    row = said if isinstance(said, dict) else {}
    role, format, sides = row.get("role"), row.get("format"), [row.get("width"), row.get("height")]
    if not (isinstance(role, str) and role in ROLES and isinstance(format, str) and format in protocol.FORMATS):
        raise DreamError(f"{short(repr(said))} is no picture: it needs a role and a format that are known")
    if not all(type(side) is int and 1 <= side <= FAR for side in sides):
        raise DreamError(f"{short(repr(said))} is no picture: its width and height are pixels, 1 to {FAR}")
    width, height = map(int, sides)  # type: ignore[arg-type]  # whole numbers, as was just seen
    return role, (width, height, format)

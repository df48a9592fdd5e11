"""What is known of published models: the shape of the table in `known.toml`, which names its sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROLES = ("textures", "patterns", "parts", "objects")


@dataclass(frozen=True)
class File:
    """A published file.

    Attributes
    ----------
    name : str
        What it is called in the model's folder.
    url : str
        Where it is served.
    hash : str
        ``"algorithm:digits"``; empty when nobody published one.
    members : dict of str to str
        For an archive: the files wanted of it, by the name they have in there -> in the model's folder.
    size : int
        Bytes; 0 when nobody published it.
    mirrors : tuple of str
        Where else it is served.
    """

    name: str
    url: str
    hash: str = ""
    members: dict = field(default_factory=dict)
    size: int = 0
    mirrors: tuple = ()


@dataclass(frozen=True)
class Model:
    """What is known of a published model.

    Attributes
    ----------
    title, source, licence : str
    mean : tuple of float
        The mean colour of its training pictures, in the network's order.
    scale : float
        What its training pictures were multiplied by.
    order : str
        ``"bgr"`` or ``"rgb"``.
    roles : dict of str to str
        Its ends for ``textures``, ``patterns``, ``parts``, ``objects``, from small and plain to large and figured.
    files : tuple of File
        What makes it up; empty for a model that comes with the program.
    """

    title: str
    source: str
    licence: str
    mean: tuple = (104.0, 117.0, 123.0)
    scale: float = 1.0
    order: str = "bgr"
    roles: dict = field(default_factory=dict)
    files: tuple = ()

    @property
    def size(self) -> int:
        """Bytes of its files; 0 when that of one of them is not known."""
        sizes = [file.size for file in self.files]
        return sum(sizes) if all(sizes) else 0


def _table() -> dict[str, Model]:
    with open(Path(__file__).with_name("known.toml"), "rb") as file:
        rows = tomllib.load(file)
    return {name: _model(**row) for name, row in rows.items()}


def _model(files: Iterable[dict[str, Any]] = (), **facts: Any) -> Model:
    facts = {key: tuple(fact) if isinstance(fact, list) else fact for key, fact in facts.items()}
    return Model(files=tuple(File(**{**each, "mirrors": tuple(each.get("mirrors", ()))}) for each in files), **facts)


# Name of the model's folder -> what is known of it.
KNOWN = _table()

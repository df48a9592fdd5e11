"""The names of a classifier's classes: ImageNet's, or those of a file beside the weights; and which one is meant."""

from __future__ import annotations

import re
from pathlib import Path

from dreamcore.errors import NotAllowed, nearest
from dreamcore.files import read_small
from dreamcore.text import short

Names = tuple[tuple[str, ...], ...]  # of each class, in order: what it is called

FILES = ("labels.txt", "synset_words.txt", "categories*.txt")
_IMAGENET, _OF_IMAGENET = Path(__file__).parent / "ilsvrc2012.txt", 1000
_SYNSET = re.compile(r"n\d{8}\s+")  # before the names, in ImageNet's lists
_PLACE = re.compile(r"/\w/(\S+)(?:\s+\d+)?")  # a line of the lists of Places: /a/airfield 0
_MOST_LISTED = 12


def find_classes(folder: Path, count: int) -> Names:
    """Return the names of a network's classes.

    Parameters
    ----------
    folder : Path
        Of its weights. A file in it that is called as in `FILES` names the classes, one in each line.
    count : int
        How many classes there are. Without a file, 1000 are taken for ImageNet's.

    Returns
    -------
    tuple of tuple of str
        Empty where nothing is known.
    """
    for pattern in FILES:
        for path in sorted(folder.glob(pattern)):
            return read_classes(path)
    return read_classes(_IMAGENET) if count == _OF_IMAGENET else ()


def read_classes(path: Path) -> Names:
    """Read the names of classes: a line each, several with commas between them; ImageNet's and Places' forms, too."""
    lines = read_small(path).decode("utf-8-sig", "replace").splitlines()
    return tuple(_names(line) for line in lines if line.strip() and not line.startswith("#"))


def _names(line: str) -> tuple[str, ...]:
    line = line.strip()
    if place := _PLACE.fullmatch(line):
        line = place[1]
    line = _SYNSET.sub("", line, count=1) if _SYNSET.match(line) else line
    return tuple(name for each in line.split(",") if (name := each.strip())) or ("",)


def find_class(name: str | int, names: Names, count: int, network: str) -> int:
    """Return the number of the class that is meant.

    Parameters
    ----------
    name : str or int
        A number, from 0; or one of the names of a class, or all of them as a line of the table has them, or words of
        one, in whatever case, `_` and `-` for blanks.
    names : tuple of tuple of str
        As `find_classes` returns them.
    count : int
        How many classes the network has.
    network : str
        What it is called.

    Raises
    ------
    DreamError
        Where there is no such class, or there are several, which it lists.

    Examples
    --------
    >>> find_class("Sea-Lion", (("eel",), ("sea lion", "seal")), 2, "small")
    1
    """
    if not isinstance(name, str):
        if not 0 <= name < count:
            raise NotAllowed(f"{network} has no class {name}; allowed are 0 to {count - 1}")
        return name
    if len(names) != count:
        there = (
            f"{len(names)} are named beside its weights" if names else f"no {FILES[0]} beside its weights names them"
        )
        raise NotAllowed(f"class {short(name)!r}: {network} has {count} classes, and {there}; give the number of one")
    wanted = _folded(name)
    folded = [[_folded(each) for each in each_class] for each_class in names]
    for fits in (
        lambda each: each[0] == wanted,
        lambda each: wanted in (*each, ", ".join(each)),
        lambda each: any(f" {wanted} " in f" {one} " for one in each),
    ):
        found = [number for number, each in enumerate(folded) if fits(each)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotAllowed(f"{short(name)!r} is in the names of {len(found)} classes: {_listed(found, names)}")
    every = {one: None for each in names for one in each}
    raise NotAllowed(f"{network} has no class {short(name)!r}{nearest(name, every)}")


def _folded(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", name.strip().lower()))


def _listed(found: list[int], names: Names) -> str:
    shown = [f"{number} {names[number][0]}" for number in found[:_MOST_LISTED]]
    return ", ".join(shown) + (", ..." if len(found) > len(shown) else "") + "; give a whole name, or the number"

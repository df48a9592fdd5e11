"""What an animation file holds, without decoding its pictures."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from dreamcore.text import counted, short
from wand_tools.errors import AnimationError, naming
from wand_tools.formats import format_of
from wand_tools.gif_blocks import read_structure
from wand_tools.sources.files import finding, mode_of
from wand_tools.sources.opening import open_source


@dataclass(frozen=True)
class Info:
    """Facts about an animation.

    Attributes
    ----------
    size : tuple of int
        Width and height.
    durations : tuple of Fraction or None
        Seconds of each frame, None where the file does not say.
    plays : int or None
        0 is for ever, None if the file does not say.
    palettes : tuple of int
        GIF: colours in the table of each frame, 0 if it uses the global one; the last number is that of the global one.
    wasted : int
        GIF: bytes that no player needs: comments, application data, repeated colours, anything after the end.
    """

    path: Path
    format: str
    bytes: int
    size: tuple[int, int]
    durations: tuple[Fraction | None, ...]
    plays: int | None
    palettes: tuple[int, ...] = ()
    wasted: int = 0

    @property
    def frames(self) -> int:
        """The number of frames."""
        return len(self.durations)

    @property
    def seconds(self) -> float:
        """The seconds that one play takes, as far as the file says."""
        return float(sum(time or 0 for time in self.durations))

    def __str__(self) -> str:
        delays = Counter(float(time * 1000) if time is not None else None for time in self.durations)
        most = ", ".join(
            f"{'not said' if time is None else f'{time:g} ms'} ({counted(count, 'frame')})"
            for time, count in delays.most_common(5)
        )
        lines: list[tuple[str, object]] = [
            ("file", f"{self.path}, {self.format}, {self.bytes} bytes"),
            ("frames", self.frames),
            ("size", f"{self.size[0]}x{self.size[1]}"),
            ("duration", f"{self.seconds:g} s"),
            ("delays", most + (", ..." if len(delays) > 5 else "")),
            ("plays", "not said" if self.plays is None else self.plays or "for ever"),
        ]
        if self.format == "gif":
            own = [count for count in self.palettes[:-1] if count]
            spread = f", {min(own)} to {max(own)} colours" if own else ""
            lines += [
                ("palettes", f"{self.palettes[-1] or 'no'} global colours, {len(own)} local palettes{spread}"),
                ("wasted", f"{self.wasted} bytes"),
            ]
        return "\n".join(f"{name:9} {value}" for name, value in lines)


def info(path: str | os.PathLike[str]) -> Info:
    """Look into a GIF, animated WebP, APNG, video or layer stack.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    info : Info
        `str(info)` is what `wandgif info` prints.

    Raises
    ------
    AnimationError
        When there is no such file, or it is not one that `make_animation` reads.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from wand_tools import make_animation
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = make_animation([np.zeros((4, 6, 3), np.uint8)] * 2, f"{folder}/black.gif", plays=3, jobs=1)
    ...     facts = info(f"{folder}/black.gif")
    >>> facts.frames, facts.size, facts.seconds, facts.plays
    (2, (6, 4), 0.14, 3)
    """
    path = Path(path)
    mode = mode_of(path)
    if mode is None or not stat.S_ISREG(mode):
        found = "no such file" if mode is None else "is a directory" if stat.S_ISDIR(mode) else "not a file"
        raise AnimationError(f"{short(str(path), 300)}: {found}")
    with finding(path):
        row = format_of(path)
    if row is not None and row.name == "gif":
        return _gif(path)
    source = open_source(path)
    try:
        return Info(
            path,
            row.coder or row.name if row is not None else path.suffix[1:].lower(),
            path.stat().st_size,
            source.size,
            tuple(source.durations),
            source.plays,
        )
    finally:
        source.close()


def _gif(path: Path) -> Info:
    with open(path, "rb") as file, naming(path):
        structure = read_structure(file, keep_data=False)
    tables = [block.palette or b"" for block in structure.blocks] + [structure.palette or b""]
    unused = structure.palette or b"" if tables[:-1] and all(tables[:-1]) else b""
    wasted = structure.other_bytes + len(unused) + sum(map(_repeated, tables)) - _repeated(unused)
    return Info(
        path,
        "gif",
        path.stat().st_size,
        structure.size if structure.blocks else (structure.width, structure.height),
        tuple(Fraction(block.delay, 100) for block in structure.blocks),
        structure.plays,
        tuple(len(table) // 3 for table in tables),
        wasted,
    )


def _repeated(table: bytes) -> int:
    """Count the bytes of colours that are in the table already."""
    colours = [table[i : i + 3] for i in range(0, len(table), 3)]
    return 3 * (len(colours) - len(set(colours)))

"""Contact sheets: the frames of a source side by side on one picture."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from pathlib import Path

from dreamcore.files import remove_leftovers, scratch_file
from wand_tools import magick
from wand_tools.errors import AnimationNotAllowed
from wand_tools.kinds import check_kinds
from wand_tools.pixels import Size, resized
from wand_tools.results import check_replaced, is_stream, named_input, place_beside, write_result
from wand_tools.sources.base import Source, Spool
from wand_tools.sources.files import check_not_a_source
from wand_tools.sources.opening import Frames, open_source

_MOST = 48
_WIDTH, _HEIGHT = 200, 800
_NOTE = b"tEXtSoftware\0wandgif sheet"  # by which a sheet is known, and may be made again
_HEAD = 33  # bytes of a PNG before its second chunk


def _chunk(content: bytes) -> bytes:
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


def contact_sheet(
    frames: Frames, out: str | os.PathLike[str], *, columns: int | None = None, force: bool = False
) -> list[int]:
    """Lay out small copies of up to 48 evenly spread frames on a PNG.

    Parameters
    ----------
    frames : path-like, str, image, array, or iterable of those
        As for `make_animation`.
    out : path-like
        The PNG.
    columns : int, optional
        By default as many as make the sheet about square.
    force : bool
        Replace a file at `out` even if it is no sheet.

    Returns
    -------
    numbers : list of int
        The frames on the sheet.

    Raises
    ------
    DreamError
        When the frames cannot be read or the file cannot be written.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     contact_sheet([np.full((4, 6, 3), 40 * n, np.uint8) for n in range(3)], f"{folder}/sheet.png")
    [0, 1, 2]
    """
    check_kinds(locals())
    out = Path(out)
    if out.suffix.lower() != ".png" and not is_stream(out):
        raise AnimationNotAllowed(f"{out}: a contact sheet is a .png")
    beside = place_beside(out)
    remove_leftovers(beside)
    with contextlib.ExitStack() as stack:
        source = open_source(stack.enter_context(named_input(frames)), out=out)
        stack.callback(source.close)
        check_not_a_source(out, source.files())
        check_replaced(out, force, _NOTE)
        if source.count is None:
            source = Spool(source, stack.enter_context(scratch_file(beside)))
        count = len(source.durations)
        numbers = sorted({i * (count - 1) // max(min(count, _MOST) - 1, 1) for i in range(min(count, _MOST))})
        data = _montage(source, numbers, columns)
    with write_result(out) as file:
        file.write(data[:_HEAD] + _chunk(_NOTE) + data[_HEAD:])
    return numbers


def _montage(source: Source, numbers: list[int], columns: int | None) -> bytes:
    wand = magick.wand()
    width, height = source.size
    scale = min(_WIDTH / width, _HEIGHT / height, 1)
    small: Size = max(round(width * scale), 1), max(round(height * scale), 1)
    columns = min(columns or max(round((len(numbers) * height / width) ** 0.5), 1), len(numbers))
    with wand.image.Image() as sheet:
        for number in numbers:
            with wand.image.Image.from_array(resized(source.read(number), small)) as image:
                sheet.sequence.append(image)
        sheet.background_color = wand.color.Color("#202020")
        sheet.montage(tile=f"{columns}x", thumbnail=f"{small[0]}x{small[1]}+3+3")
        sheet.format = "png"
        return sheet.make_blob()

"""Contact sheets: the frames of a source side by side on one picture."""

from pathlib import Path

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.files import atomic_write
from wand_tools.references import resized
from wand_tools.sources import open_source

_MOST = 48
_WIDTH = 200


def contact_sheet(source, out, *, columns=None):
    """Lay small copies of up to 48 evenly spread frames out on a PNG.

    Parameters
    ----------
    source : path-like or str
        Anything that `wand_tools.sources.open_source` takes, except arrays.
    out : path-like
        The PNG.
    columns : int, optional
        By default as many as make the sheet about as wide as high.

    Returns
    -------
    numbers : list of int
        The frames on the sheet.
    """
    out = Path(out)
    if out.suffix.lower() != ".png":
        raise AnimationError(f"{out}: a contact sheet is a .png")
    wand = magick.wand()
    opened = open_source(source)
    try:
        count = opened.count
        numbers = sorted({i * (count - 1) // max(min(count, _MOST) - 1, 1) for i in range(min(count, _MOST))})
        width, height = opened.size
        small = min(_WIDTH, width), max(round(min(_WIDTH, width) * height / width), 1)
        columns = columns or max(round((len(numbers) * height / width) ** 0.5), 1)
        with wand.image.Image() as sheet:
            for number in numbers:
                picture = resized(opened.read(number), small)
                with wand.image.Image.from_array(picture) as image:
                    sheet.sequence.append(image)
            sheet.background_color = wand.color.Color("#202020")
            sheet.montage(tile=f"{columns}x", thumbnail=f"{small[0]}x{small[1]}+3+3")
            sheet.format = "png"
            data = sheet.make_blob()
    finally:
        opened.close()
    with atomic_write(out) as file:
        file.write(data)
    return numbers

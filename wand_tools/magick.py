"""ImageMagick through Wand: pictures in, indexed image data out, and its limits in plain words.

Wand is imported at the first use, so that a machine without the ImageMagick library gets one clear line.
Only the formats in `READABLE` ever reach ImageMagick, recognised by their first bytes and handed over as bytes
with the coder named: no file name, delegate or other coder comes into it.
"""

import functools
import io
import struct
import warnings

import numpy as np

from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import TRAILER, Block, frame_bytes, header, read_structure

READABLE = {
    "png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "gif": lambda head: head[:6] in (b"GIF87a", b"GIF89a"),
    "tiff": lambda head: head[:4] in (b"II*\0", b"MM\0*"),
    "webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "psd": lambda head: head.startswith(b"8BPS\0\1"),
    "xcf": lambda head: head.startswith(b"gimp xcf"),
}
BYTES_PER_PIXEL = 8  # four channels of 16 bits; more in builds of ImageMagick 7 with HDRI


@functools.cache
def wand():
    """Import Wand with ImageMagick behind it; say what to install where that fails."""
    try:
        import wand.image
        import wand.resource
        import wand.version
    except ImportError as error:
        raise AnimationError(
            "the ImageMagick library is missing: install libmagickwand-6.q16-6 or libmagickwand-7.q16-10 (Debian, "
            "Ubuntu), ImageMagick-libs (Fedora), imagemagick (Arch, Homebrew, MSYS2), or the installer with DLLs "
            f"(Windows) [{str(error).splitlines()[0]}]"
        ) from None
    wand.resource.limits["thread"] = 1  # frames are made side by side, not parts of one
    return wand


def version():
    """Give ImageMagick's version as a tuple of numbers, (6, 9, 11)."""
    return wand().version.MAGICK_VERSION_INFO[:3]


def format_of(head):
    """Name the format that a file's first bytes show, or None.

    Examples
    --------
    >>> format_of(b"GIF89a...")
    'gif'
    >>> format_of(b"push graphic-context") is None
    True
    """
    return next((name for name, test in READABLE.items() if test(head)), None)


# -- limits -----------------------------------------------------------------------------------------------------------


def limits():
    """Give ImageMagick's limits that matter for pictures: width, height in pixels; memory, map, disk in bytes."""
    found = wand().resource.limits
    return {name: int(found[name]) for name in ("width", "height", "area", "memory", "map", "disk")}


def check_size(width, height, name="the frame"):
    """Refuse a picture that ImageMagick's limits would refuse, and say which limit and what to change."""
    if width < 1 or height < 1:
        raise AnimationError(f"{name}: {width}x{height} pixels is not a picture")
    have = limits()
    for side, pixels in (("width", width), ("height", height)):
        if pixels > have[side]:
            raise AnimationError(
                f"{name}: {side} {pixels} is above ImageMagick's limit of {have[side]}; make the frames smaller, or "
                f"raise '{side}' in ImageMagick's policy.xml (the variable MAGICK_{side.upper()}_LIMIT only lowers it)"
            )
    need, room = width * height * BYTES_PER_PIXEL, have["memory"] + have["map"] + have["disk"]
    if need > room:
        raise AnimationError(
            f"{name}: {width}x{height} needs {need >> 20} MiB in ImageMagick, whose limits leave {room >> 20} MiB "
            "(memory + map + disk); make the frames smaller, or raise these limits in ImageMagick's policy.xml"
        )


# -- reading ----------------------------------------------------------------------------------------------------------


def read_picture(data, name):
    """Decode a picture file into an array.

    Parameters
    ----------
    data : bytes
        The file, in one of the formats of `READABLE`.
    name : str
        What to call it in errors.

    Returns
    -------
    picture : uint8 array, (H, W, 3), or (H, W, 4) where something is transparent
        sRGB.
    """
    kind = format_of(data[:16])
    if kind is None:
        raise AnimationError(f"{name}: not a picture in a known format ({', '.join(READABLE)})")
    if kind == "jpeg" and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise AnimationError(f"{name}: the file is cut off")  # ImageMagick would fill it up with grey
    return _read(name, blob=data, format=kind)


def read_page(kind, path, page, name):
    """Decode one page of a file that is read by its name; the name must hold nothing but plain letters."""
    return _read(name, filename=f"{kind}:{path}[{page}]")


def _read(name, **where):
    image_class = wand().image.Image
    try:
        with warnings.catch_warnings():  # about harmless chunks and tags
            warnings.simplefilter("ignore")
            with image_class.ping(**where) as header:
                check_size(header.width, header.height, name)
            with image_class(**where) as image:
                return pixels(image)
    except (wand().exceptions.WandException, ValueError) as error:
        raise _readable(error, name) from None


def pixels(image):
    """Export a Wand image as a uint8 array in sRGB, with alpha only where something is transparent."""
    if image.colorspace not in ("srgb", "undefined"):
        image.transform_colorspace("srgb")
    image.depth = 8
    channels = 4 if image.alpha_channel else 3
    data = np.frombuffer(image.make_blob("rgba" if channels == 4 else "rgb"), np.uint8)
    data = data.reshape(image.height, image.width, channels)
    return data[..., :3] if channels == 4 and data[..., 3].min() == 255 else data


def _readable(error, name):
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "returns false" in text:
        text = "the file is broken or cut off"
    if "cache resources exhausted" in text or "limit" in text.lower():
        have = limits()
        return AnimationError(
            f"{name}: ImageMagick's limits are reached (memory {have['memory'] >> 20}, map {have['map'] >> 20}, disk "
            f"{have['disk'] >> 20} MiB); make the frames smaller or raise them in policy.xml [{text}]"
        )
    return AnimationError(f"{name}: ImageMagick cannot read it ({text})")


# -- indexed pictures -------------------------------------------------------------------------------------------------


def compress(indices, palette):
    """Let ImageMagick compress an indexed picture the way GIF wants it.

    Parameters
    ----------
    indices : uint8 array, (H, W)
    palette : uint8 array, (N, 3)
        2 to 256 colours.

    Returns
    -------
    data : bytes
        LZW minimum code size, sub-blocks and terminator, for an image descriptor.
    """
    with wand().image.Image(blob=_bitmap(indices, palette), format="bmp") as image:
        blob = image.make_blob("gif")
    return read_structure(io.BytesIO(blob)).blocks[0].data


def decompress(block):
    """Decode one image block of a GIF into its colour numbers, an (H, W) uint8 array."""
    grey = np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes()
    alone = Block(0, 0, block.width, block.height, None, block.data, interlaced=block.interlaced)
    blob = header(block.width, block.height, grey, plays=1) + frame_bytes(alone) + TRAILER
    with wand().image.Image(blob=blob, format="gif") as image:
        image.depth = 8
        return np.frombuffer(image.make_blob("rgb"), np.uint8).reshape(block.height, block.width, 3)[..., 0]


def _bitmap(indices, palette):
    """Write an indexed picture as an uncompressed 8-bit BMP, whose colour order ImageMagick keeps."""
    height, width = indices.shape
    rows = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
    rows[:, :width] = indices[::-1]
    table = np.zeros((len(palette), 4), np.uint8)
    table[:, :3] = palette[:, ::-1]
    start = 54 + table.nbytes
    return b"".join(
        (
            struct.pack("<2sIHHI", b"BM", start + rows.nbytes, 0, 0, start),
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, rows.nbytes, 2835, 2835, len(palette), 0),
            table.tobytes(),
            rows.tobytes(),
        )
    )

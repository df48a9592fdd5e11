"""Harnesses of every picture format that a dream may begin with."""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

from dreamcore.pictures import read_mask, read_picture
from dreamcore.rasters import FORMATS
from tests.fuzz.harness import harness, scratch_file
from tests.fuzz.mutations import bytes_changed, chunks_changed, either, then, with_checksums, with_riff_size

MODES = {
    "PNG": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16"),
    "JPEG": ("RGB", "L", "CMYK"),
    "GIF": ("P", "L"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("RGB", "RGBA", "L", "1", "P", "CMYK", "F", "I;16", "LAB"),
    "BMP": ("RGB", "RGBA", "L", "1", "P"),
    "DIB": ("RGB", "L"),
    "PPM": ("RGB", "L", "1", "I;16"),
    "QOI": ("RGB", "RGBA"),
    "JPEG2000": ("RGB", "RGBA", "L"),
    "AVIF": ("RGB", "RGBA"),
}
MENDED = {
    "PNG": either(chunks_changed, then(bytes_changed, with_checksums)),
    "WEBP": then(bytes_changed, with_riff_size),
}


def picture(mode="RGB"):
    pixels = np.random.default_rng(5).integers(0, 256, (6, 9, 4), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(pixels[..., 0].astype(np.uint16) * 200)
    if mode == "LAB":
        return Image.fromarray(pixels[..., :3].copy(), "LAB")
    if mode in ("LA", "RGBA"):
        return Image.fromarray(pixels).convert(mode)
    return Image.fromarray(pixels[..., :3].copy()).convert(mode)


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def extras(format):
    """What a file says besides its pixels: an orientation, an author, a resolution, a profile."""
    exif = Image.Exif()
    exif.update({0x0112: 6, 0x013B: b"somebody"})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"exif": exif, "icc_profile": profile, "dpi": (72, 72)}
    takes = {"PNG": more, "JPEG": more, "TIFF": {**more, "exif": exif.tobytes()}, "WEBP": more, "AVIF": more}
    takes |= {"JPEG2000": {}, "GIF": {"comment": b"said"}, "BMP": {"dpi": (72, 72)}}
    return takes.get(format, {})


def compressed(format):
    """The same picture in other ways of packing it."""
    ways = {
        "TIFF": [{"compression": each} for each in ("tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg")],
        "JPEG": [{"progressive": True}, {"subsampling": 2}, {"restart_marker_blocks": 1}],
        "WEBP": [{"lossless": True}],
        "PNG": [{"bits": 2}],
        "GIF": [{"interlace": 1}],
        "JPEG2000": [{"irreversible": True}, {"no_jp2": True}],
    }
    image = picture("P" if format in ("PNG", "GIF") else "RGB")
    return [saved(image, format, **options) for options in ways.get(format, [])]


def seeds_of(format):
    if format == "PSD":
        from tests.fuzz.animations import STACKS

        return [(STACKS / "stack.psd").read_bytes()]
    plain = [saved(picture(mode), format) for mode in MODES[format]]
    return [*plain, saved(picture(MODES[format][0]), format, **extras(format)), *compressed(format)]


def read_a_picture(data):
    path = scratch_file("picture", data)
    read = read_picture(path)
    assert read.rgb.dtype == np.float32 and np.isfinite(read.rgb).all()
    assert read.alpha is None or read.alpha.shape == read.rgb.shape[:2]
    mask = read_mask(read, (5, 4))
    assert mask.shape == (4, 5) and np.isfinite(mask).all()


def is_here(format):
    Image.init()
    return format in Image.OPEN and (format in Image.SAVE or format == "PSD")


for _format in filter(is_here, FORMATS):
    _change = either(bytes_changed, MENDED[_format]) if _format in MENDED else bytes_changed
    harness(f"picture: {_format}", functools.partial(seeds_of, _format), _change, 20)(read_a_picture)

"""Harnesses of every file that wand_tools takes frames from. Seeds are made by the project's own writers."""

import functools
import io
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from tests.fuzz.harness import harness, scratch_file
from tests.fuzz.mutations import (
    NUMBERS,
    bytes_changed,
    chunks_changed,
    either,
    members_changed,
    text_changed,
    then,
    with_checksums,
    with_riff_size,
)
from tests.fuzz.pictures import is_here, seeds_of
from wand_tools import info, make_animation
from wand_tools.sources.files import is_animation
from wand_tools.sources.opening import open_source

STACKS = Path(__file__).parent.parent / "data"
MOST_FRAMES = 20


def frames(count=3, channels=3):
    return list(np.random.default_rng(5).integers(0, 256, (count, 6, 9, channels), dtype=np.uint8))


def animation(suffix, channels=3, **options):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"a.{suffix}"
        make_animation(frames(channels=channels), out, jobs=1, **options)
        return out.read_bytes()


def gifs():
    return [animation("gif", plays=2), animation("gif", 4), animation("gif", palette="global", colours=4)]


def webps():
    return [animation("webp", plays=2), animation("webp", 4), *seeds_of("WEBP")]


def avifs():
    return [animation("avif", plays=2), animation("avif", 4), *seeds_of("AVIF")]


def pngs():
    return [animation("png", plays=2), animation("png", 4), *seeds_of("PNG")]


def tiffs():
    pages, stream = [Image.fromarray(frame) for frame in frames()], io.BytesIO()
    named = {285: "back (70ms)", 286: 1.0, 287: 2.0}
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], tiffinfo=named)
    return [stream.getvalue(), (STACKS / "stack.tif").read_bytes(), *seeds_of("TIFF")]


def stack(layers):
    return f'<image w="9" h="6"><stack>{layers}</stack></image>'.encode()


LAYERS = stack('<layer name="a (70ms)" src="d/0.png" x="1" y="-2"/><stack opacity="0.5"><layer src="d/0.png"/></stack>')
XML_WORDS = ("<stack>", "</stack>", "<layer", "/>", "src=", '"d/0.png"', "x=", "y=", "opacity=", '"hidden"')
XML_WORDS += ("visibility=",)
XML_WORDS += ('"/etc/passwd"', '"stack.xml"', "&amp;", "<!DOCTYPE a>", "<!--", "-->", "&#0;", '"(5ms)"', "name=")
XML_WORDS += ("w=", "h=")


def openrasters():
    seeds = []
    for packed in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", packed) as archive:
            archive.writestr("mimetype", "image/openraster")
            archive.writestr("stack.xml", LAYERS)
            archive.writestr("d/0.png", seeds_of("PNG")[0])
        seeds.append(stream.getvalue())
    return seeds


def videos(suffix):
    return [animation(suffix)]


def read_frames(name, data):
    """Read a file as every reader does: its frames, of the size that was said; or, of some files, what is in it."""
    path = scratch_file(name, data)
    if len(data) % 4 == 0:  # which opens it once more
        is_animation(path)
        str(info(path))
    source = open_source(path)
    try:
        for number in range(min(source.count, MOST_FRAMES)):
            frame = source.read(number)
            assert frame.dtype == np.uint8 and frame.shape[:2] == source.size[::-1] and frame.shape[2] in (3, 4)
        assert all(time is None or time >= 0 for time in source.durations)
    finally:
        source.close()


png_changed = either(bytes_changed, chunks_changed, then(bytes_changed, with_checksums))
ora_changed = either(
    bytes_changed, members_changed({".xml": text_changed((*XML_WORDS, *NUMBERS)), ".png": png_changed})
)
READERS = {
    "gif": (gifs, bytes_changed),
    "webp": (webps, either(bytes_changed, then(bytes_changed, with_riff_size))),
    "png": (pngs, png_changed),
    "avif": (avifs, bytes_changed),
    "jpg": (functools.partial(seeds_of, "JPEG"), bytes_changed),
    "tif": (tiffs, bytes_changed),
    "psd": (lambda: [(STACKS / "stack.psd").read_bytes()], bytes_changed),
    "xcf": (lambda: [(STACKS / "stack.xcf").read_bytes()], bytes_changed),
    "ora": (openrasters, ora_changed),
}
if find_spec("av"):
    READERS |= {suffix: (functools.partial(videos, suffix), bytes_changed) for suffix in ("mp4", "webm")}

if not is_here("AVIF"):
    del READERS["avif"]

for _suffix, (_seeds, _change) in READERS.items():
    harness(f"frames: {_suffix}", _seeds, _change, 20)(functools.partial(read_frames, f"a.{_suffix}"))

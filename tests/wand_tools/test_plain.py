"""The plainest PNG is decoded here; everything else is left to others."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from dreamcore.errors import DreamError
from tests.wand_tools.test_facts import chunk
from wand_tools.magick import read_picture, wand
from wand_tools.plain import read_plain

HEAD = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
ROW = zlib.compress(bytes([0, 1, 2, 3, 4, 5, 6]))


def png(*chunks):
    """Put chunks, each kind and content, into a PNG."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


@given(arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(3))), st.data())
def test_rows_of_every_filter_are_decoded_as_pillow_decodes_them(numbers, data):
    height, width = numbers.shape[:2]
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    rows = b"".join(bytes([kind]) + row.tobytes() for kind, row in zip(filters, numbers, strict=True))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file = png((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    assert (read_plain(file, "a.png") == np.asarray(Image.open(io.BytesIO(file)))).all()


def test_a_plain_picture_is_what_imagemagick_reads():
    file = io.BytesIO()
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8).cumsum(axis=1).astype(np.uint8)
    Image.fromarray(picture).save(file, "png")
    with wand().image.Image(blob=file.getvalue(), format="png") as image:
        image.depth = 8
        read = np.frombuffer(image.make_blob("rgb"), np.uint8).reshape(20, 30, 3)
    assert (read == picture).all()
    assert (read_plain(file.getvalue(), "a.png") == picture).all()


PARTS = [(b"IHDR", HEAD), (b"tEXt", b"dreamcore\0{}"), (b"IDAT", ROW[:5]), (b"IDAT", ROW[5:]), (b"IEND", b"")]


def test_texts_and_pieces_do_no_harm():
    assert read_plain(png(*PARTS), "a.png").tolist() == [[[1, 2, 3], [4, 5, 6]]]


def changed(at, *parts):
    return [*PARTS[:at], *parts, *PARTS[at + 1 :]]


@pytest.mark.parametrize(
    "parts",
    [
        changed(1, (b"gAMA", struct.pack(">I", 100000))),
        changed(1, (b"tRNS", bytes(6))),
        changed(1, (b"iCCP", b"a\0\0")),
        changed(1, (b"acTL", bytes(8))),
        changed(1, (b"eXIf", b"MM\0*")),
        changed(1, (b"tEXt", b"exif:Orientation\0003")),
        changed(1, (b"zTXt", b"Raw profile type exif\0\0")),
        changed(0, (b"IHDR", HEAD[:8] + bytes([16, 2, 0, 0, 0]))),
        changed(0, (b"IHDR", HEAD[:8] + bytes([8, 6, 0, 0, 0]))),
        changed(0, (b"IHDR", HEAD[:8] + bytes([8, 2, 0, 0, 1]))),
        changed(0, (b"IHDR", bytes(8) + HEAD[8:])),
        changed(2, PARTS[2], (b"tEXt", b"a\0")),
        changed(3),
        changed(4),
        changed(3, (b"IDAT", ROW[5:] + b"more")),
        changed(3, (b"IDAT", ROW[5:-1] + b"!")),
        [*changed(3)[:2], (b"IDAT", zlib.compress(bytes([5, *range(6)]))), PARTS[4]],
    ],
)
def test_everything_unusual_and_damaged_is_left_to_others(parts):
    assert read_plain(png(*parts), "a.png") is None


def test_a_byte_that_was_changed_is_noticed():
    file = png(*PARTS)
    for at in range(len(file)):
        assert read_plain(file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :], "a.png") is None
        assert read_plain(file[:at], "a.png") is None


def test_a_plain_picture_that_is_too_large_is_refused_before_it_is_decoded():
    head = struct.pack(">IIBBBBB", 12000, 12000, 8, 2, 0, 0, 0)
    with pytest.raises(DreamError, match="12000x12000 pixels"):
        read_picture(png((b"IHDR", head), (b"IDAT", ROW), (b"IEND", b"")), "a.png")

"""A page of a TIFF alone is the page among the others, whatever it is packed with."""

import struct
import time

import numpy as np
import pytest
from PIL import Image

from dreamcore.errors import DreamError
from tests.wand_tools.conftest import picture_frames
from wand_tools import frames

FRAMES = picture_frames(4)


def save(path, images, **options):
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


@pytest.mark.parametrize(
    "packing", ["raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "jpeg", "group4"]
)
def test_every_page_is_as_pillow_reads_it(tmp_path, packing):
    mode = "1" if packing == "group4" else "RGB"
    images = [Image.fromarray(frame).convert(mode) for frame in FRAMES]
    path = save(tmp_path / "a.tif", images, compression=packing)
    got = list(frames(path))
    with Image.open(path) as image:
        wanted = [image.seek(number) or np.asarray(image.convert("RGB")) for number in range(4)]
    assert np.abs(np.array(got, int) - wanted).max() <= (3 if packing == "jpeg" else 0)


def test_pages_in_the_other_order_of_bytes_and_with_many_strips_are_read(tmp_path):
    """Two pages of 3 strips each, written by hand."""
    pixels = np.arange(2 * 6 * 5 * 3, dtype=np.uint8).reshape(2, 6, 5, 3)
    data, places = bytearray(b"MM\0*\0\0\0\0"), []
    for page in pixels:
        strips = []
        for rows in (page[:2], page[2:4], page[4:]):
            strips.append(len(data))
            data += rows.tobytes()
        at = len(data)
        data += struct.pack(">3I3I3H", *strips, 30, 30, 30, 8, 8, 8)
        tags = [(256, 4, 1, 5), (257, 4, 1, 6), (258, 3, 3, at + 24), (262, 3, 1, 2 << 16), (273, 4, 3, at)]
        tags += [(277, 3, 1, 3 << 16), (278, 4, 1, 2), (279, 4, 3, at + 12)]
        places.append(len(data))
        data += struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHII", *tag) for tag in tags) + bytes(4)
    data[4:8] = struct.pack(">I", places[0])
    end = places[0] + 2 + 12 * 8
    data[end : end + 4] = struct.pack(">I", places[1])
    (tmp_path / "a.tif").write_bytes(data)
    assert np.array_equal(np.array(list(frames(tmp_path / "a.tif"))), pixels)


def test_twice_the_pages_take_about_twice_the_time(tmp_path):
    def seconds(count):
        path = save(tmp_path / f"{count}.tif", [Image.new("L", (2, 2), number % 256) for number in range(count)])
        begin = time.process_time()
        assert sum(1 for _ in frames(path)) == count
        return time.process_time() - begin

    seconds(10)
    assert seconds(800) < 4 * seconds(400) + 0.2  # it was the square


@pytest.mark.parametrize("length", [0, 60, 200, 900])
def test_a_file_that_is_cut_off_is_one_line(tmp_path, length):
    path = save(tmp_path / "a.tif", [Image.fromarray(frame) for frame in FRAMES])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DreamError) as caught:
        list(frames(path))
    assert "\n" not in str(caught.value)

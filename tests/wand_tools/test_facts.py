"""What a picture says about itself: which way up, in which colours, how large."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from dreamcore.pictures import read_picture
from wand_tools import frames, magick, make_animation
from wand_tools.errors import AnimationError
from wand_tools.sources.opening import open_source


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_upright(tmp_path, suffix, orientation):
    picture = np.zeros((16, 24, 3), np.uint8)
    picture[:8, 16:] = 255, 40, 40
    image, path = Image.fromarray(picture), tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    with Image.open(path) as opened:
        wanted = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    source = open_source(path)
    assert source.size == wanted.shape[1::-1]
    assert np.abs(source.read(0).astype(int) - wanted).max() <= 6
    listed = open_source([path])  # as one of several files
    assert np.abs(listed.read(0).astype(int) - wanted).max() <= 6


def swapped_profile():
    """An RGB profile whose first colour is green and whose second is red."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    entries = {bytes(data[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_of_a_profile_become_srgb(tmp_path, suffix, mode):
    if (suffix, mode) == ("jpg", "RGBA"):
        pytest.skip("a JPEG has no alpha")
    image = Image.new(mode, (8, 8), (255, 0, 0, 100)[: len(mode)])
    image.save(tmp_path / f"a.{suffix}", icc_profile=swapped_profile())
    pixel = open_source(tmp_path / f"a.{suffix}").read(0)[4, 4].astype(int)
    assert np.abs(pixel[:3] - (0, 255, 0)).max() <= 4
    assert pixel[3:].tolist() == [100][: len(mode) - 3]


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize("side", ["width", "height"])
def test_a_picture_beyond_imagemagicks_limit_is_refused_with_the_limit(tmp_path, side):
    most = magick.limits()[side]
    if most > 1 << 20:
        pytest.skip("this ImageMagick has no such limit")
    size = (most + 1, 1) if side == "width" else (1, most + 1)
    rows = zlib.compress(bytes((size[0] + 1) * size[1]))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    with pytest.raises(AnimationError, match=f"{side} {most + 1} is above ImageMagick's limit of {most}"):
        open_source(path)


def save_grey(path, values):
    """Write a TIFF of one strip, whose numbers are those of an array."""
    height, width = values.shape
    kinds = {"u": 1, "i": 2, "f": 3}
    tags = [
        *((256, width), (257, height), (258, 8 * values.itemsize), (259, 1), (262, 1), (273, 8), (277, 1)),
        *((278, height), (279, values.nbytes), (339, kinds[values.dtype.kind])),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    end = struct.pack("<H", len(tags)) + entries + bytes(4)
    path.write_bytes(b"II*\0" + struct.pack("<I", 8 + values.nbytes) + values.tobytes() + end)
    return path


@pytest.mark.parametrize(
    "kind, white",
    [
        ("u4", 255),
        ("u4", 65535),
        ("u4", 2**32 - 1),
        ("i4", 255),
        ("i4", 65535),
        ("i4", 2**31 - 1),
        ("f4", 1),
        ("f4", 255),
    ],
)
def test_grey_of_32_bits_is_seen_whatever_white_is(tmp_path, kind, white):
    levels = np.linspace(0, 1, 64)[None].repeat(4, 0)
    path = save_grey(tmp_path / "a.tif", (levels * white).astype(kind))
    wanted = np.rint(levels * 255)[..., None].repeat(3, 2)
    (frame,) = frames(path)
    assert np.abs(frame - wanted).max() <= 1
    assert np.abs(read_picture(path).rgb - wanted).max() <= 1
    make_animation([path], tmp_path / "a.png", jobs=1)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png").convert("RGB")), frame)


def test_whole_numbers_below_nothing_are_black(tmp_path):
    values = np.array([[-5, 0, 255, -(2**31)]], np.int32)
    (frame,) = frames(save_grey(tmp_path / "a.tif", values))
    assert frame[0, :, 0].tolist() == [0, 0, 255, 0]

"""Layer stacks, most of them as GIMP 3 writes them (tests/data/make_stacks.py)."""

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.pixels import over
from wand_tools.sources.opening import open_source

DATA = Path(__file__).parent.parent / "data"
RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 200, 40), (40, 40, 200), (250, 250, 10)


def near(pixel, colour):
    return np.abs(np.asarray(pixel, int) - colour).max() <= 1


@pytest.mark.parametrize("name", ["stack.ora", "stack.psd"])
def test_gimp_stacks_are_drawn_from_the_bottom(name):
    source = open_source(DATA / name)
    assert source.size == (16, 12)
    assert source.durations == [Fraction(12, 100), Fraction(8, 100), Fraction(5, 100), Fraction(20, 100), None]
    first, second, third, fourth, fifth = (source.read(number) for number in range(5))
    assert (first == RED).all()
    assert near(second[2, 3], GREEN) and near(second[5, 8], GREEN) and near(second[6, 9], RED)
    assert near(third[0, 0], (120, 40, 120)) and near(third[3, 3], (40, 120, 120)) and near(third[11, 15], RED)
    assert (fourth == YELLOW).all()
    assert near(fifth[7, 10], (130, 130, 10)) and near(fifth[6, 10], YELLOW)


def test_gimp_tiff_pages_keep_their_places():
    source = open_source(DATA / "stack.tif")
    assert source.size == (16, 12)
    assert source.durations[:3] == [Fraction(12, 100), Fraction(8, 100), Fraction(5, 100)]
    source.read(0)
    second = source.read(1)
    assert near(second[2, 3], GREEN) and near(second[1, 3], RED)


def test_xcf_is_read_or_refused_with_the_way_out():
    if magick.version() < (7,):
        with pytest.raises(AnimationError, match="export the image as OpenRaster"):
            open_source(DATA / "stack.xcf")
    else:
        assert open_source(DATA / "stack.xcf").size == (16, 12)


def test_pages_of_a_tiff_are_frames_and_thumbnails_are_not(tmp_path):
    pages = [Image.new("RGB", (8, 6), (n * 50, 0, 0)) for n in range(3)]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    source = open_source(path)
    assert source.count == 3
    assert [int(source.read(n)[0, 0, 0]) for n in range(3)] == [0, 50, 100]
    small = Image.new("RGB", (2, 2))
    pages[0].save(path, save_all=True, append_images=[small], tiffinfo={254: 0})
    assert open_source(path).count == 2
    data = bytearray(path.read_bytes())
    where = data.rindex(b"\xfe\x00\x04\x00\x01\x00\x00\x00") if b"\xfe\x00\x04\x00\x01\x00\x00\x00" in data else None
    if where is None:
        pytest.skip("this Pillow writes no subfile type")
    data[where + 8] = 1
    path.write_bytes(data)
    assert open_source(path).count == 1


def png(colour, size=(4, 3)):
    stream = io.BytesIO()
    Image.new("RGBA", size, colour).save(stream, "PNG")
    return stream.getvalue()


def ora(path, xml, **members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", xml)
        for name, data in members.items():
            archive.writestr(f"data/{name}.png", data, zipfile.ZIP_DEFLATED)
    return path


def stack(*layers, size='w="4" h="3"'):
    return f"<image {size}><stack>{''.join(layers)}</stack></image>"


def test_a_replaced_layer_starts_from_nothing(tmp_path):
    path = ora(
        tmp_path / "a.ora",
        stack('<layer src="data/b.png" x="1" name="two (replace)"/>', '<layer src="data/a.png" name="one"/>'),
        a=png("red"),
        b=png("blue", (1, 1)),
    )
    second = [open_source(path).read(n) for n in range(2)][1]
    assert second[0, 1].tolist() == [0, 0, 255, 255]
    assert second[..., 3].sum() == 255


def test_groups_pass_on_opacity_and_hide_what_is_in_them(tmp_path):
    path = ora(
        tmp_path / "a.ora",
        stack(
            '<stack opacity="0.5"><layer src="data/a.png" opacity="0.5"/></stack>',
            '<stack visibility="hidden"><layer src="data/missing.png"/></stack>',
        ),
        a=png("red"),
    )
    source = open_source(path)
    assert source.count == 1
    assert source.read(0)[0, 0].tolist() == [255, 0, 0, 64]


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (stack('<layer src="../../etc/passwd"/>'), "points outside"),
        (stack('<layer src="/etc/passwd"/>'), "points outside"),
        (stack('<layer src="C:\\x.png"/>'), "points outside"),
        (stack('<layer src="data/none.png"/>'), "missing"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + stack(), "entities"),
        (stack(), "no visible layer"),
        (stack('<layer src="data/a.png"/>', size='w="99999" h="3"'), "limit"),
        ("<image", "cannot be read"),
        (stack('<layer src="data/a.png" x="left"/>'), "cannot be read"),
    ],
)
def test_a_wicked_or_broken_openraster_is_refused(tmp_path, xml, told):
    path = ora(tmp_path / "a.ora", xml, a=png("red"))
    with pytest.raises(AnimationError, match=told):
        open_source(path).read(0)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = ora(tmp_path / "a.ora", stack('<layer src="data/a.png"/>'), a=bytes(50_000_000))
    with pytest.raises(AnimationError, match="no honest layer"):
        open_source(path).read(0)


def test_a_member_that_is_no_png_reaches_no_coder(tmp_path):
    path = ora(tmp_path / "a.ora", stack('<layer src="data/a.png"/>'), a=b"push graphic-context\n")
    with pytest.raises(AnimationError, match="not a picture in a known format"):
        open_source(path).read(0)


def test_over_mixes_by_alpha():
    canvas = np.full((1, 1, 4), (0, 0, 200, 255), np.uint8)
    picture = np.full((1, 1, 4), (200, 0, 0, 51), np.uint8)
    assert over(canvas, picture).tolist() == [[[40, 0, 160, 255]]]


def test_over_cuts_what_is_outside():
    canvas = np.zeros((2, 2, 4), np.uint8)
    white = np.full((2, 2, 3), 255, np.uint8)
    assert over(canvas, white, -1, 1)[..., 3].tolist() == [[0, 0], [255, 0]]
    assert not over(canvas, white, 5, 5).any()

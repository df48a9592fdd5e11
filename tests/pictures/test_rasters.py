"""Only the formats that we mean are opened, and only as large as is allowed."""

import os
import struct

import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.rasters import MAX_DECODED, check_decoded, open_raster


def test_postscript_is_no_picture_whatever_it_is_called(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n%%EOF\n")
    with pytest.raises(DreamError, match="x.jpg is not a picture"), open_raster(tmp_path / "x.jpg"):
        pass


def test_a_picture_larger_than_allowed_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    Image.new("L", (60, 50)).save(tmp_path / "x.png")
    monkeypatch.setenv(MAX_DECODED, "11kB")
    with (
        pytest.raises(DreamError, match="60x50 pixels, 12 kB .* 11 kB.*--max-decoded 12kB"),
        open_raster(tmp_path / "x.png"),
    ):
        pass
    monkeypatch.setenv(MAX_DECODED, "12kB")
    with open_raster(tmp_path / "x.png") as image:
        assert image.size == (60, 50)


def test_a_limit_that_is_no_size_names_the_variable(monkeypatch):
    monkeypatch.setenv(MAX_DECODED, "much")
    with pytest.raises(DreamError, match="DREAMCORE_MAX_DECODED=.much"):
        check_decoded("x", 1, 1)


def test_a_damaged_picture_is_one_clear_error(tmp_path):
    Image.effect_noise((60, 50), 90).save(tmp_path / "x.png")
    (tmp_path / "x.png").write_bytes((tmp_path / "x.png").read_bytes()[:900])
    with pytest.raises(DreamError, match="cannot read .*x.png"), open_raster(tmp_path / "x.png") as image:
        image.load()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(DreamError, match="not a file"), open_raster(tmp_path / "x.png"):
        pass


def test_an_icon_which_is_decoded_while_it_is_opened_is_none_of_the_formats(tmp_path):
    Image.new("RGBA", (16, 16)).save(tmp_path / "x.ico")
    with pytest.raises(DreamError, match="x.ico is not a picture"), open_raster(tmp_path / "x.ico"):
        pass


def test_a_head_that_announces_exabytes_is_damaged_and_no_want_of_memory(tmp_path):
    box = struct.pack(">I4sQ", 1, b"jp2h", 2**62)
    (tmp_path / "x.jp2").write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + box + bytes(40))
    with pytest.raises(DreamError, match="x.jp2"), open_raster(tmp_path / "x.jp2"):
        pass


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "the file is empty"), (b"II*\0\10\0\0\0\0\0", "save it with 8 or 16")]
)
def test_what_is_no_picture_is_said_to_be_what_it_is(tmp_path, content, said):
    (tmp_path / "x.tif").write_bytes(content)
    with (
        pytest.raises(DreamError, match=f"x.tif is not a picture that can be read: .*{said}"),
        open_raster(tmp_path / "x.tif"),
    ):
        pass

"""Notes that are damaged, wicked or another program's: one clear line."""

import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.notes import description_of, read_notes, xmp_of

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>&a;'


def gif(path, comment):
    Image.new("L", (4, 3)).save(path, comment=comment)
    return path


@pytest.mark.parametrize(
    "comment, said",
    [
        (b"made by hand", "carries no parameters"),
        (b"[" * 100_000, "carries no parameters"),
        (b'{"a":' * 100_000, "is damaged: it holds no JSON object"),
        (b'{"seed": NaN}', "is damaged"),
        (b"{\xff\xfe\x00", "is damaged"),
        (b"{" + b" " * (5 << 20) + b"}", "5.24 MB long"),
    ],
)
def test_a_comment_that_is_no_notes_is_one_line(tmp_path, comment, said):
    with pytest.raises(DreamError, match=said) as caught:
        read_notes(gif(tmp_path / "a.gif", comment))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_a_gif_without_a_comment_carries_nothing(tmp_path):
    Image.new("L", (4, 3)).save(tmp_path / "a.gif")
    with pytest.raises(DreamError, match="carries no parameters"):
        read_notes(tmp_path / "a.gif")


@pytest.mark.parametrize("xmp", [b"", b"<x", b"<x/>", b"\0\0", BOMB, BOMB.decode().encode("utf-16"), xmp_of("")])
def test_xmp_that_says_nothing_or_too_much_is_no_description(xmp):
    assert description_of(xmp) == ""


def test_xmp_of_other_programs_may_describe_in_one_word_and_with_padding():
    text = b'<x xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description> sky </dc:description></x>'
    assert description_of(b"\n" + text + b" \n\0") == "sky"


@pytest.mark.parametrize(
    "data", [b"\x1aE\xdf\xa3" + bytes(40), b"\0\0\0\x20ftypisom" + bytes(40), b"\0\0\0\x20ftypavis"]
)
def test_a_broken_video_or_avif_is_one_line(tmp_path, data):
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(DreamError) as caught:
        read_notes(tmp_path / "a.bin")
    assert "\n" not in str(caught.value)

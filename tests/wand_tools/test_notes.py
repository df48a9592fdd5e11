"""What made an animation travels in it, whatever its format, and from one to the next."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from dreamcore.errors import DreamError
from dreamcore.notes import read_notes
from wand_tools import AnimationError, make_animation, reverse

FRAMES = [np.full((8, 10, 3), 60 * number, np.uint8) for number in range(3)]
NOTES = {"program": "dreamcore 9", "guide": "Größe <&> \x01\uffff.png", "transform": "zoom(0.1)" * 60}


def made(path, frames=FRAMES, **options):
    if path.suffix in (".mp4", ".webm"):
        pytest.importorskip("av", reason="PyAV is not installed")
    make_animation(frames, path, jobs=1, **options)
    return path


@pytest.mark.parametrize("format", ["gif", "webp", "apng", "avif", "mp4", "webm"])
def test_notes_of_any_letters_and_length_come_back(tmp_path, format):
    assert read_notes(made(tmp_path / f"a.{format}", notes=NOTES)) == NOTES


@pytest.mark.parametrize("format", ["gif", "webp", "apng", "avif", "mp4", "webm"])
def test_what_is_made_of_one_animation_says_what_that_says(tmp_path, format):
    source = made(tmp_path / f"a.{format}", notes=NOTES)
    again = made(tmp_path / "b.gif", source)
    reverse(again, tmp_path / f"c.{format}", jobs=1)
    assert read_notes(again) == read_notes(tmp_path / f"c.{format}") == NOTES


def test_notes_of_ones_own_take_the_place_of_those_of_the_source(tmp_path):
    source = made(tmp_path / "a.gif", notes=NOTES)
    assert read_notes(made(tmp_path / "b.gif", source, notes={"seed": 1})) == {"seed": 1}


def test_an_animation_of_several_files_takes_notes_from_none(tmp_path):
    for name in ("a", "b"):
        text = PngImagePlugin.PngInfo()
        text.add_text("dreamcore", '{"seed": 1}')
        Image.new("RGB", (8, 8)).save(tmp_path / f"{name}.png", pnginfo=text)
    path = made(tmp_path / "c.gif", [tmp_path / "a.png", tmp_path / "b.png"])
    with pytest.raises(DreamError, match="carries no parameters"):
        read_notes(path)


def test_the_pixels_are_the_same_with_notes_and_without(tmp_path):
    for format in ("gif", "webp", "apng"):
        plain, noted = made(tmp_path / f"a.{format}"), made(tmp_path / f"b.{format}", notes=NOTES)
        with Image.open(plain) as one, Image.open(noted) as other:
            assert one.n_frames == other.n_frames == 3
            for number in range(3):
                one.seek(number)
                other.seek(number)
                assert np.array_equal(np.asarray(one.convert("RGBA")), np.asarray(other.convert("RGBA")))
                assert one.info["duration"] == other.info["duration"]


def test_a_comment_of_another_program_is_not_passed_on(tmp_path):
    images = [Image.fromarray(frame) for frame in FRAMES]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=70, comment=b"made by hand")
    assert b"by hand" not in made(tmp_path / "b.gif", tmp_path / "a.gif").read_bytes()


@pytest.mark.parametrize("notes, said", [("text", "notes 'text': a dict"), ({"a": object()}, "cannot be written")])
def test_notes_that_are_none_are_refused(tmp_path, notes, said):
    with pytest.raises(AnimationError, match=said):
        make_animation(FRAMES, tmp_path / "a.gif", notes=notes)
    assert not [*tmp_path.iterdir()]


def test_a_video_without_pyav_says_what_to_install(tmp_path):
    path = made(tmp_path / "a.mp4", notes=NOTES)
    code = (
        "import sys; sys.modules['av'] = None\n"
        "from dreamcore.notes import read_notes\n"
        f"try: read_notes({str(path)!r})\nexcept Exception as error: print(error)"
    )
    assert "a.mp4 needs PyAV: " in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout

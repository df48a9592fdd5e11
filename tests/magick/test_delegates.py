"""Dreams inside ImageMagick: the delegate in the user's file, and real pictures through it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from dreamcore import DreamError
from dreamcore.cli import main
from dreamcore.magick.delegates import command_line, install, uninstall, user_file, with_delegate, without_delegate

OTHERS = """<?xml version="1.0"?>
<!-- mine -->
<delegatemap>
  <delegate decode="doc" command="mine '%i' '%o'"/>
</delegatemap>
<!-- after -->
"""
CONVERT = shutil.which("convert") or shutil.which("magick")


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """An empty folder of settings, with the delegate in it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))  # where some versions look besides
    monkeypatch.setenv("DREAM", "--layer textures --octaves 1 --iterations 1")
    monkeypatch.delenv("MAGICK_CONFIGURE_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    install()
    pixels = np.random.default_rng(3).integers(0, 256, (24, 32, 4), np.uint8)
    Image.fromarray(pixels).save("in.png")
    return tmp_path


def test_whatever_else_is_in_the_file_stays(tmp_path):
    path = tmp_path / "ImageMagick" / "delegates.xml"
    path.parent.mkdir()
    path.write_text(OTHERS)
    install(path)
    once = path.read_text()
    install(path)
    assert path.read_text() == once != OTHERS and once.count('decode="dream"') == 1
    assert all(line in once for line in OTHERS.splitlines())
    assert uninstall(path) == path and path.read_text() == OTHERS
    assert uninstall(path) is None


def test_a_file_of_our_own_comes_and_goes(tmp_path):
    path = tmp_path / "new" / "delegates.xml"
    install(path)
    assert uninstall(path) == path and not path.exists()


def test_a_file_that_cannot_be_added_to_is_named(tmp_path):
    path = tmp_path / "delegates.xml"
    path.write_text("<delegatemap>")
    with pytest.raises(DreamError, match="delegates.xml: there is no </delegatemap>"):
        install(path)
    assert path.read_text() == "<delegatemap>"


def test_a_program_with_odd_letters_is_one_word_to_the_shell_and_no_property_to_imagemagick():
    text = with_delegate("", command_line("/a b/100%'s \"&py"))
    assert "100%%" in text and "&amp;py" in text
    assert without_delegate(text).count("delegate ") == 0


def test_the_users_folder_is_the_one_that_imagemagick_asks_for(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert user_file() == tmp_path / "ImageMagick" / "delegates.xml"


real = pytest.mark.skipif(CONVERT is None, reason="ImageMagick's command is not installed")


def convert(*arguments):
    return subprocess.run([CONVERT, *arguments], capture_output=True, text=True, check=False)


@real
def test_check_dreams_and_looks(configured, capsys):
    assert main(["magick", "check"]) == 0
    assert "dreamed a picture of 64x48" in capsys.readouterr().out


@real
def test_a_policy_that_forbids_delegates_is_said_so(configured, capsys):
    (configured / "config/ImageMagick/policy.xml").write_text(
        '<policymap><policy domain="delegate" rights="none" pattern="*"/></policymap>'
    )
    assert main(["magick", "check"]) == 1
    assert "policy forbids delegates" in capsys.readouterr().err


@real
def test_without_the_delegate_check_says_how_to_get_it(configured, capsys):
    assert main(["magick", "uninstall"]) == 0
    assert main(["magick", "check"]) == 1
    assert "dreamcore magick install" in capsys.readouterr().err


@real
@pytest.mark.skipif(os.name != "posix", reason="such names cannot be here")
@pytest.mark.parametrize(
    "name", ["a 'b' \"c\".png", "$(touch owned).png", "`touch owned`;touch owned.png", "a\nb.png", "-rf.png", "ä%d.png"]
)
def test_a_name_is_one_argument_whatever_it_holds(configured, name):
    os.rename("in.png", name)
    done = convert(f"dream:{name}".replace("%", "%%") if CONVERT.endswith("magick") else f"dream:{name}", "out.png")
    assert done.returncode == 0, done.stderr
    with Image.open("out.png") as image:
        assert image.size == (32, 24)
    assert not os.path.exists("owned")


@real
def test_frames_come_with_their_delays_and_alpha(configured, monkeypatch):
    monkeypatch.setenv("DREAM", f"{os.environ['DREAM']} --frames 3 --delay 9 --plays 2")
    assert convert("dream:in.png", "out.miff").returncode == 0
    said = convert("out.miff", "-format", "%T %wx%h %A,", "info:").stdout
    assert said.replace("Blend", "True") == "9 32x24 True,9 32x24 True,9 32x24 True,"


def test_frames_in_between_come_with_their_share_of_the_time(configured, monkeypatch):
    monkeypatch.setenv("DREAM", f"{os.environ['DREAM']} --frames 2 --between 1 --delay 8")
    Path("out").touch()
    assert main(["magick", "decode", "in.png", "out"]) == 0
    assert re.findall(rb"\ndelay=(\d+)\n", Path("out").read_bytes()) == [b"4", b"4", b"4"]


@real
def test_the_pixels_are_those_of_a_still(configured):
    assert convert("dream:in.png", "out.png").returncode == 0
    assert main(["still", "in.png", "still.png", *os.environ["DREAM"].split()]) == 0
    with Image.open("out.png") as one, Image.open("still.png") as other:
        assert np.array_equal(np.asarray(one.convert("RGBA")), np.asarray(other))


@real
@pytest.mark.parametrize("asked", ["--save-recipe x.toml", "--resume", "out.png", '"', "--frames 0", "--layer nowhere"])
def test_what_writes_elsewhere_or_is_wrong_is_refused_in_one_line(configured, monkeypatch, asked):
    monkeypatch.setenv("DREAM", asked)
    done = convert("dream:in.png", "out.png")
    assert done.returncode != 0 and len([line for line in done.stderr.splitlines() if line.startswith("error:")]) == 1
    assert sorted(os.listdir()) == ["config", "in.png"]


RECIPE = """
picture = "my photo.png"
frames = 3
transform = "invert"
[dream]
layer = "textures"
octaves = 1
iterations = 1
[animation]
delay = 9
reverse = true
hold_last = 1
"""


def frames_of(path):
    with Image.open(path) as image:
        return [np.asarray(image.seek(number) or image.convert("RGB")) for number in range(image.n_frames)]


@real
def test_a_recipe_that_names_a_picture_beside_it_is_dreamed_whole(configured, monkeypatch, tmp_path):
    (tmp_path / "a folder").mkdir()
    os.rename("in.png", "a folder/my photo.png")
    (tmp_path / "a folder" / "my 'recipe.toml").write_text(RECIPE)
    monkeypatch.delenv("DREAM")
    done = convert("dream:a folder/my 'recipe.toml", "out.miff")
    assert done.returncode == 0, done.stderr
    assert convert("out.miff", "-format", "%T,", "info:").stdout == "9,9,109,"
    monkeypatch.setenv("DREAM", "--no-reverse --hold-last 0 --delay 0:3,2:7")  # what stands there counts more
    assert convert("dream:a folder/my 'recipe.toml", "forward.miff").returncode == 0
    assert convert("forward.miff", "-format", "%T,", "info:").stdout == "3,5,7,"
    assert convert("out.miff", "-reverse", "a.tif").returncode == convert("forward.miff", "b.tif").returncode == 0
    assert all(map(np.array_equal, frames_of("a.tif"), frames_of("b.tif")))


def decoded(path):
    """Ask for what ImageMagick's delegate asks for, and return the frames."""
    assert main(["magick", "decode", path, "out.miff"]) == 0
    assert convert("out.miff", "%d.tif").returncode == 0
    frames = []
    while os.path.exists(f"{len(frames)}.tif"):
        with Image.open(f"{len(frames)}.tif") as image:
            frames.append(np.asarray(image.convert("RGBA")))
    return frames


@real
def test_a_picture_that_carries_a_recipe_is_dreamed_by_it(configured, monkeypatch):
    asked = "--layer patterns --octaves 1 --iterations 2 --seed 5"
    assert main(["still", "in.png", "carrying.png", *asked.split()]) == 0
    assert main(["still", "carrying.png", "wanted.png", *asked.split()]) == 0
    monkeypatch.delenv("DREAM")
    (frame,) = decoded("carrying.png")
    with Image.open("wanted.png") as wanted:
        assert np.array_equal(frame, np.asarray(wanted))


@real
def test_an_animation_that_carries_a_recipe_is_dreamed_with_as_many_frames(configured, monkeypatch):
    Image.open("in.png").convert("RGB").save("plain.png")
    assert main(["animate", "plain.png", "carrying.gif", "-n", "3", *os.environ["DREAM"].split()]) == 0
    monkeypatch.delenv("DREAM")
    assert len(decoded("carrying.gif")) == 3
    monkeypatch.setenv("DREAM", "--frames 2")
    os.remove("2.tif")
    assert len(decoded("carrying.gif")) == 2


@real
def test_a_picture_with_the_comment_of_another_program_is_one_still(configured, monkeypatch):
    Image.open("in.png").convert("RGB").save("commented.jpg", comment=b"made by hand")
    assert len(decoded("commented.jpg")) == 1


@pytest.mark.parametrize(
    "text, said, code",
    [
        ("frames = 2", 'the recipe names no picture; write picture = "photo.jpg" into it', 1),
        ('picture = "nowhere.png"', "cannot read .*nowhere.png", 1),
        ('picture = "mine.toml"', "mine.toml is not a picture", 1),
        ('picture = "/dev/zero"', "/dev/zero is not a file", 1),
        ("picture = 3", "picture=3 is not allowed", 2),
        ('picture = "in.png"\n[dream]\nlayer = "nowhere"', "no layer 'nowhere'", 2),
        ("picture = ", "not a TOML file", 2),
    ],
)
def test_a_recipe_that_cannot_be_dreamed_is_one_line(configured, monkeypatch, capsys, text, said, code):
    monkeypatch.delenv("DREAM")
    (configured / "mine.toml").write_text(text)
    assert main(["magick", "decode", "mine.toml", "out.miff"]) == code
    line = capsys.readouterr().err
    assert line.startswith("error: ") and line.count("\n") == 1 and re.search(said, line)
    assert sorted(os.listdir()) == ["config", "in.png", "mine.toml"]


def test_damaged_notes_of_a_picture_are_one_line(configured, capsys):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("dreamcore", '{"seed": ')
    Image.open("in.png").save("damaged.png", pnginfo=chunks)
    assert main(["magick", "decode", "damaged.png", "out.miff"]) == 1
    assert "damaged.png says about itself is damaged" in capsys.readouterr().err
    assert not os.path.exists("out.miff")


def test_the_file_that_imagemagick_has_made_is_written_to_and_not_replaced(configured):
    Path("out").touch()
    made = os.stat("out").st_ino
    assert main(["magick", "decode", "in.png", "out"]) == 0
    assert (os.stat("out").st_ino, Path("out").read_bytes()[:14]) == (made, b"id=ImageMagick")

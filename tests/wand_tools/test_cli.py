import io
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.wand_tools.conftest import decoded, picture_frames, save_frames
from wand_tools import cli, info, magick


def run(*arguments):
    """Run a command line; return its exit code and what it printed."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = cli.main([str(argument) for argument in arguments])
    return SimpleNamespace(exit_code=code, output=said.getvalue())


@pytest.mark.parametrize("arguments", [["make", "", "a.gif"], ["make", "frames", ""], ["info", ""], ["sheet", "a", ""]])
def test_an_empty_name_is_said_to_be_one(capsys, arguments):
    assert cli.main(arguments) == 2
    assert "a name is empty, which is often a variable that is not set" in capsys.readouterr().err


def test_make_tells_what_it_made(tmp_path, folder):
    result = run("make", folder, tmp_path / "a.gif", "--delay", 5, "--jobs", 1)
    assert result.exit_code == 0
    assert "a.gif: 8 frames, 40x30, 0.4 s" in result.output
    assert "frame 3 of 8" in result.output
    assert "kB expected" in result.output


def test_quiet_says_nothing(tmp_path, folder):
    assert run("make", folder, tmp_path / "a.gif", "--quiet", "--jobs", 1).output == ""


def test_every_option_reaches_the_animation(tmp_path, folder):
    result = run(
        "make",
        folder,
        tmp_path / "a.gif",
        "--fps",
        "20",
        "--first",
        0,
        "--last",
        -1,
        "--every",
        2,
        "--reverse",
        "--ping-pong",
        "--hold-first",
        1,
        "--hold-last",
        0.5,
        "--cross-fade",
        1,
        "--speed",
        "1:2",
        "--fit",
        "--palette",
        "scene",
        "--colors",
        32,
        "--dither",
        "ordered",
        "--quality",
        "best",
        "--matte",
        "white",
        "--lossy",
        10,
        "--plays",
        2,
        "--duration",
        2,
        "--jobs",
        1,
        "--format",
        "gif",
        "--max-size",
        "1MB",
    )
    assert result.exit_code == 0, result.output
    assert info(tmp_path / "a.gif").frames == 4
    assert info(tmp_path / "a.gif").seconds == 3.5
    assert info(tmp_path / "a.gif").plays == 2


def test_reverse(tmp_path, folder):
    run("make", folder, tmp_path / "a.gif", "--jobs", 1)
    assert run("reverse", tmp_path / "a.gif", tmp_path / "b.gif", "--jobs", 1).exit_code == 0
    assert (decoded(tmp_path / "b.gif")[0] == decoded(tmp_path / "a.gif")[-1]).all()


def test_an_error_is_one_line_and_a_code(tmp_path):
    result = run("make", tmp_path / "missing", tmp_path / "a.gif")
    assert result.exit_code == 1
    assert result.output.splitlines() == [f"error: {tmp_path / 'missing'}: no such file or directory"]


def test_debug_shows_the_traceback(tmp_path):
    assert "Traceback" in run("--debug", "make", tmp_path / "missing", tmp_path / "a.gif").output


def test_warnings_are_one_line(tmp_path, folder):
    result = run("make", folder, tmp_path / "a.gif", "--delay", 1, "--jobs", 1, "--quiet")
    assert result.output == "note: frames shown for 1 cs: browsers show frames below 2 cs for 10 cs\n"


@pytest.mark.parametrize(
    "option",
    [
        ("--max-size", "big"),
        ("--max-size", "0"),
        ("--speed", "1:2:3"),
        ("--speed", "x"),
        ("--matte", "nocolour"),
        ("--dither", "bayer"),
        ("--format", "gfi"),
        ("--every", "0"),
        ("--colours", "1"),
        ("--lossy", "-1"),
    ],
)
def test_wrong_values_are_usage_errors(tmp_path, folder, option):
    assert run("make", folder, tmp_path / "a.gif", *option).exit_code == 2


def test_info_counts_everything(tmp_path):
    images = [Image.fromarray(frame).quantize(16) for frame in picture_frames(3)]
    images[0].save(
        tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[70, 70, 200], loop=2, comment=b"hello"
    )
    text = run("info", tmp_path / "a.gif").output
    for line in (
        "frames    3",
        "size      40x30",
        "duration  0.34 s",
        "70 ms (2 frames), 200 ms (1 frame)",
        "plays     3",
    ):
        assert line in text
    assert int(text.split("wasted")[1].split()[0]) >= len("hello")


def test_info_of_a_folder_is_an_error(tmp_path):
    assert "is a directory" in run("info", tmp_path).output


def test_a_contact_sheet_shows_frames_evenly(tmp_path):
    folder = save_frames(tmp_path / "frames", picture_frames(100))
    result = run("sheet", folder, tmp_path / "sheet.png", "--columns", 8)
    assert result.exit_code == 0
    assert "frames 0, 2, 4" in result.output and result.output.rstrip().endswith(", 99")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width == 8 * 46


def test_a_sheet_is_a_png(tmp_path, folder):
    result = run("sheet", folder, tmp_path / "sheet.gif")
    assert result.exit_code == 2 and "a contact sheet is a .png" in result.output


@pytest.mark.parametrize("command", [[], ["make"], ["reverse"], ["info"], ["sheet"]])
def test_help_has_an_example(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "wandgif" in result.output and "Example" in result.output


def test_a_missing_imagemagick_names_the_packages(tmp_path, frames, monkeypatch):
    import builtins

    real = builtins.__import__

    def fails(name, *rest, **more):
        if name == "wand.image":
            raise ImportError("MagickWand shared library not found.\nYou probably had not installed ImageMagick.")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", fails)
    magick.wand.cache_clear()
    try:
        result = run("make", save_frames(tmp_path / "frames", frames, "{}.jpg"), tmp_path / "a.gif")
    finally:
        magick.wand.cache_clear()
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "libmagickwand-6.q16-6" in result.output and "Homebrew" in result.output

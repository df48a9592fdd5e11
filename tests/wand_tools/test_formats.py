"""The table of formats: what is known, what is allowed, what is missing, and how one more is added."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dreamcore.extras import PYAV
from tests.wand_tools.conftest import save_frames
from wand_tools import AnimationError, cli, info, make_animation
from wand_tools.formats import FORMATS, WRITTEN, format_of, format_to_write, sniffed
from wand_tools.sources.opening import open_source

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def without_av(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_every_row_names_functions_that_are_there(row):
    if row.extra is not None:
        pytest.importorskip(row.extra.module, reason=f"{row.extra.title} is not installed")
    assert row.open or row.write
    if row.open:
        assert callable(row.opener(Path("x")))
    if row.write:
        assert callable(row.writer(Path("x")))


def test_no_two_rows_share_a_suffix():
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"GIF87a", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8X", "webp"),
        (b"\x89PNG\r\n\x1a\n", "apng"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"MM\0*", "tiff"),
        (b"8BPS\0\1", "psd"),
        (b"gimp xcf v011", "xcf"),
        (b"PK\3\4", "ora"),
    ],
)
def test_the_first_bytes_tell_the_format(head, name):
    assert sniffed(head).name == name


@pytest.mark.parametrize("head", [b"", b"RIFF\0\0\0\0WAVE", b"<svg", b"8BPS\0\2"])
def test_other_bytes_are_of_no_format(head):
    assert sniffed(head) is None


def test_the_bytes_count_more_than_the_suffix(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"GIF89a")
    assert format_of(tmp_path / "a.mp4").name == "gif"


@pytest.mark.parametrize(
    ("path", "name", "row"),
    [("a.gif", None, "gif"), ("a.PNG", None, "apng"), ("a.gifv", None, "mp4"), ("a.dat", "WebP", "webp")],
)
def test_the_format_to_write_is_the_named_one_or_that_of_the_suffix(path, name, row):
    assert format_to_write(Path(path), name).name == row


@pytest.mark.parametrize(
    ("path", "name", "text"),
    [
        (
            "a.webpp",
            None,
            "format 'webpp' is not one of gif, webp, apng, avif, mp4, webm, miff (did you mean \"webp\"?)",
        ),
        ("a.gif", "png", "format 'png' is not one of gif, webp, apng, avif, mp4, webm, miff (did you mean \"apng\"?)"),
        ("a.psd", None, "format 'psd' is not one of gif, webp, apng, avif, mp4, webm, miff"),
        ("a", None, "no suffix says the format; give one of gif, webp, apng, avif, mp4, webm, miff with --format"),
    ],
)
def test_an_unknown_format_to_write_is_said_with_what_is_allowed(path, name, text):
    with pytest.raises(AnimationError) as caught:
        format_to_write(Path(path), name)
    assert str(caught.value) == f"{path}: {text}"


def test_an_unknown_file_to_read_is_said_with_what_is_allowed(tmp_path):
    (tmp_path / "a.oraa").write_text("nothing")
    with pytest.raises(AnimationError) as caught:
        open_source(tmp_path / "a.oraa")
    text = str(caught.value)
    assert text.startswith(
        f"{tmp_path / 'a.oraa'}: not a source of frames; a directory, a pattern, a .txt list or a file"
    )
    assert ".gif .webp" in text and ".psd .xcf .ora" in text and text.endswith('(did you mean ".ora"?)')
    assert "\n" not in text


@pytest.mark.parametrize("suffix", [".bmp", ".miff"])
def test_a_suffix_that_is_right_is_not_taken_for_a_slip(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_text("nothing")
    with pytest.raises(AnimationError, match=r"\.ora is$"):
        open_source(tmp_path / f"a{suffix}")


def test_a_file_that_is_not_what_its_name_says_is_said_to_be_none(tmp_path):
    (tmp_path / "a.gif").write_text("<html>no such page</html>")
    with pytest.raises(AnimationError, match="a.gif: its first bytes are not those of gif"):
        open_source(tmp_path / "a.gif")


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"")
    with pytest.raises(AnimationError, match="a.gif: the file is empty"):
        open_source(tmp_path / "a.gif")


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mov", ".mkv"])
def test_a_video_without_pyav_says_what_to_install(tmp_path, without_av, suffix):
    (tmp_path / f"a{suffix}").write_bytes(b"video")
    with pytest.raises(AnimationError) as caught:
        open_source(tmp_path / f"a{suffix}")
    name = suffix[1:]
    assert str(caught.value) == f"{tmp_path / f'a{suffix}'}: {name} needs PyAV: {PYAV.command()}"


def test_a_missing_extra_is_said_before_a_frame_is_read(tmp_path, without_av):
    def frames():
        pytest.fail("a frame was read")
        yield

    with pytest.raises(AnimationError, match=r"a\.mp4: mp4 needs PyAV: .*install av$"):
        make_animation(frames(), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_the_command_offers_what_can_be_written():
    option = next(option for option in cli.make.params if option.name == "format")
    assert tuple(option.type.choices) == WRITTEN


@pytest.mark.parametrize("option", [{"lossy": 5}, {"max_size": "1MB"}])
def test_what_only_a_gif_can_do_is_refused_elsewhere(tmp_path, folder, option):
    with pytest.raises(AnimationError, match=f"^{next(iter(option))} is for gif, not webp$"):
        make_animation(folder, tmp_path / "a.webp", **option)


def test_info_names_the_format_by_its_bytes(tmp_path, folder):
    make_animation(folder, tmp_path / "a.png", jobs=1)
    assert info((tmp_path / "a.png").rename(tmp_path / "b.gif")).format == "png"


# -- one more ---------------------------------------------------------------------------------------------------------


def written():
    """The writer and the row that CONTRIBUTING.md shows."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n### An animation format\n")[2]
    return re.findall(r"```python\n(.*?)```", section.partition("\n### ")[0], re.DOTALL)


@pytest.fixture
def extended(tmp_path):
    """A copy of the package with one more format: a row and a writer, and no other change."""
    package = tmp_path / "copy" / "wand_tools"
    shutil.copytree(ROOT / "wand_tools", package, ignore=shutil.ignore_patterns("*.pyc"))
    writer, row = written()
    (package / "writers" / "raw.py").write_text(f"from __future__ import annotations\n\n\n{writer}")
    table = (package / "formats.py").read_text()
    assert table.count(")\n\nWRITTEN") == 1
    (package / "formats.py").write_text(table.replace(")\n\nWRITTEN", f"{row})\n\nWRITTEN"))

    def run(*arguments):
        command = [sys.executable, "-m", "wand_tools.cli", *map(str, arguments)]
        path = os.pathsep.join([str(package.parent), str(ROOT)])
        return subprocess.run(
            command, cwd=package.parent, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
        )

    return run


def test_a_format_is_added_by_a_row_and_a_writer(tmp_path, extended, frames):
    folder = save_frames(tmp_path / "frames", frames)
    result = extended("make", folder, tmp_path / "a.raw", "--reverse", "--first", "6", "--quiet")
    assert result.stderr == ""
    assert (tmp_path / "a.raw").read_bytes() == frames[7].tobytes() + frames[6].tobytes()
    assert extended("make", folder, tmp_path / "a.dat", "--format", "raw", "--quiet").returncode == 0


def test_an_added_format_is_offered_and_named_everywhere(tmp_path, extended):
    assert "avif|mp4|webm|miff|raw" in extended("make", "--help").stdout
    assert "not one of gif, webp, apng, avif, mp4, webm, miff, raw" in extended("make", "x", tmp_path / "a.dat").stderr
    (tmp_path / "a.raw").write_bytes(b"raw")
    assert "not a source of frames" in extended("info", tmp_path / "a.raw").stderr

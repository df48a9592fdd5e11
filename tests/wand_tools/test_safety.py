"""What wandgif never does, whatever it is handed: run foreign code, lose files, take all memory, or be silent."""

import os
import signal
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreamcore import children
from dreamcore.errors import DreamError
from tests.wand_tools.conftest import decoded, picture_frames, save_frames
from wand_tools import AnimationError, AnimationWarning, contact_sheet, magick, make_animation, workers
from wand_tools.cli import main
from wand_tools.sources.opening import open_source

ROOT = Path(__file__).parent.parent.parent


def start(*arguments, cwd, **options):
    """Start ``python -m wand_tools`` somewhere, as an installed program finds its modules."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "wand_tools", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment, stderr=subprocess.PIPE, text=True, **options)


def error_of(capsys, *arguments):
    """Run a command line that fails; return its one line."""
    assert main([str(argument) for argument in arguments]) in (1, 2)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith("error: "), said
    return said[0]


# -- foreign code -----------------------------------------------------------------------------------------------------


def test_modules_that_lie_in_the_current_folder_are_not_imported(tmp_path, folder):
    here = tmp_path / "here ü"
    here.mkdir()
    for module in ("queue", "ast", "click", "numpy", "PIL", "wand", "errors"):
        (here / f"{module}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w').close()\n")
    process = start("make", folder, tmp_path / "a.gif", "--jobs", 2, "--quiet", cwd=here)
    assert process.communicate(timeout=60)[1] == ""
    assert len(decoded(tmp_path / "a.gif")) == 8
    assert not (tmp_path / "executed").exists()


def test_workers_import_from_where_their_parent_does_and_not_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "lib"), *sys.path])
    folders = children.import_folders()
    assert str(tmp_path) not in folders and "" not in folders
    assert str(tmp_path / "lib") in folders and str(ROOT) in folders


def test_a_current_folder_that_pythonpath_names_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert str(tmp_path) in children.import_folders()


# -- files that are lost ----------------------------------------------------------------------------------------------


def test_the_file_that_is_written_is_no_frame_the_next_time(tmp_path, frames):
    save_frames(tmp_path, frames, "f{}.png")
    for _ in range(2):
        make_animation(tmp_path, tmp_path / "loop.webp", jobs=1)
    assert len(decoded(tmp_path / "loop.webp")) == 8


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_an_animation_beside_frames_is_passed_over_with_a_note(tmp_path, frames, suffix):
    save_frames(tmp_path, frames, "f{}.png")
    make_animation(frames, tmp_path / f"old.{suffix}", jobs=1)
    with pytest.warns(AnimationWarning, match=rf"passed over.*old\.{suffix}$"):
        made = make_animation(tmp_path / "*", tmp_path / "new.gif", jobs=1)
    assert made.frames == 8


def test_a_folder_of_animations_alone_is_refused(tmp_path, frames):
    make_animation(frames, tmp_path / "a.gif", jobs=1)
    with pytest.raises(AnimationError, match=r"only animations are there \(a\.gif\)"):
        open_source(tmp_path)


@pytest.mark.parametrize("source", ["f2.png", ".", "f%d.png", "list.txt"])
def test_a_frame_is_never_overwritten(tmp_path, frames, source):
    save_frames(tmp_path, frames, "f{}.png")
    (tmp_path / "list.txt").write_text("f1.png\nf2.png\n")
    before = (tmp_path / "f2.png").read_bytes()
    with pytest.raises(AnimationError, match=r"f2\.png: this is .*lost"):
        make_animation(tmp_path / source, tmp_path / "f2.png", jobs=1)
    assert (tmp_path / "f2.png").read_bytes() == before


def test_a_contact_sheet_is_made_again_beside_its_frames(tmp_path, frames):
    save_frames(tmp_path, frames, "f{}.png")
    assert contact_sheet(tmp_path, tmp_path / "all.png") == contact_sheet(tmp_path, tmp_path / "all.png")


# -- what is left -----------------------------------------------------------------------------------------------------


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 130), ("SIGHUP", 130), ("SIGKILL", -9)])
def test_a_signal_leaves_no_file_and_what_a_kill_leaves_goes_with_the_next_call(tmp_path, name, code):
    save_frames(tmp_path / "frames", picture_frames(30, 160, 120))
    make_animation(tmp_path / "frames", tmp_path / "long.gif", jobs=1)
    process = start("reverse", tmp_path / "long.gif", tmp_path / "a.gif", "--jobs", 2, cwd=tmp_path)
    process.stderr.readline()  # the first progress line
    process.send_signal(getattr(signal, name))
    said = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert not (tmp_path / "a.gif").exists()
    if code > 0:
        assert said.endswith("stopped\n") and hidden(tmp_path) == []
        return
    assert len(hidden(tmp_path)) == 2  # the animation and its frames
    make_animation(tmp_path / "frames", tmp_path / "a.gif", last=1, jobs=1)
    assert hidden(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process are POSIX")
def test_too_few_file_handles_are_one_error_and_no_process_stays(tmp_path, folder):
    import resource

    process = start(
        *("make", folder, tmp_path / "a.gif", "--jobs", 9),
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)),
    )
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert said.startswith("error: cannot start 8 worker processes (Too many open files)")


# -- names, numbers, memory -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_is_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "0.png")
    assert "not a file" in error_of(capsys, "make", tmp_path, tmp_path / "a.gif")
    assert "neither a file" in error_of(capsys, "make", tmp_path / "0.png", tmp_path / "a.gif")
    assert "not a file" in error_of(capsys, "info", tmp_path / "0.png")


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("", "a.gif"),
        ("x" * 400, "a.gif"),
        ("frames", "."),
        ("frames", "frames"),
        ("frames", "none/a.gif"),
        ("frames", "y" * 400 + ".gif"),
        ("frames/%01000d.png", "a.gif"),
        ("no\x1b[2J\nline", "a.gif"),
        ("frames\0", "a.gif"),
        ("\0/*.png", "a.gif"),
    ],
)
def test_a_name_that_cannot_be_is_one_line(tmp_path, folder, capsys, monkeypatch, source, out):
    monkeypatch.chdir(tmp_path)
    said = error_of(capsys, "make", source, out, "--jobs", 1)
    assert said.isprintable()


@pytest.mark.parametrize(
    "option",
    [
        ("--delay", "inf"),
        ("--fps", "1e-99999"),
        ("--fps", "a dozen"),
        ("--duration", "nan"),
        ("--speed", "1:inf"),
        ("--hold-last", "1e300"),
        ("--max-size", "1e999GB"),
        ("--max-decoded", "much"),
        ("--jobs", "1000000"),
        ("--plays", "9" * 5000),
    ],
)
def test_a_number_beyond_reason_is_one_line(tmp_path, folder, capsys, option):
    error_of(capsys, "make", folder, tmp_path / "a.gif", *option)
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize(("suffix", "hold"), [("webp", 20_000), ("png", 70_000), ("gif", 700)])
def test_a_time_that_a_format_cannot_hold_is_one_line(tmp_path, folder, capsys, suffix, hold):
    assert "a frame lasts" in error_of(
        capsys, "make", folder, tmp_path / f"a.{suffix}", "--hold-last", hold, "--jobs", 1, "--quiet"
    )


def test_a_picture_above_the_limit_is_refused_and_can_be_allowed(tmp_path, folder, capsys, monkeypatch):
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "4kB")
    line = error_of(capsys, "make", folder, tmp_path / "a.gif", "--quiet")
    assert "0.png has 40x30 pixels" in line and "--max-decoded" in line
    assert main(["make", str(folder), str(tmp_path / "a.gif"), "--max-decoded", "5kB", "--quiet", "--jobs", "2"]) == 0


def huge(kind, path):
    """Write a small file that says it is 30000 pixels wide."""
    if kind == "ora":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("stack.xml", '<image w="30000" h="9000"><stack><layer src="d"/></stack></image>')
    elif kind == "gif":
        data = magick.compress(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8))
        frame = b"," + struct.pack("<HHHHB", 0, 0, 2, 2, 0) + data
        path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 30000, 9000, 0x80, 0, 0) + bytes(6) + frame + b";")
    elif kind == "frame of a gif":
        frame = b"," + struct.pack("<HHHHB", 0, 0, 30000, 9000, 0) + b"\2\1\0\0"
        path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + bytes(6) + frame + b";")
    elif kind == "psd":
        layer = struct.pack(">iiiiH", 0, 0, 9000, 30000, 0) + b"8BIMnorm" + bytes(4) + bytes(4)
        records = struct.pack(">h", 1) + layer
        head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 8, 8, 8, 3) + bytes(8)
        path.write_bytes(head + struct.pack(">II", len(records) + 4, len(records)) + records + bytes(99))
    elif kind == "webp":
        side = (29999).to_bytes(3, "little")
        extended = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + side + side
        frame = b"ANMF" + struct.pack("<I", 16) + bytes(16)
        path.write_bytes(b"RIFF\0\0\0\0WEBP" + extended + frame)


@pytest.mark.parametrize("kind", ["ora", "gif", "frame of a gif", "psd", "webp"])
def test_a_small_file_that_says_it_is_huge_is_refused_before_it_is_decoded(tmp_path, monkeypatch, kind):
    huge(kind, tmp_path / "a.ora" if kind == "ora" else tmp_path / "a")
    monkeypatch.setattr(magick, "limits", lambda: dict.fromkeys(("width", "height", "memory", "map", "disk"), 1 << 40))
    with pytest.raises(DreamError, match="--max-decoded"):
        source = open_source(tmp_path / "a.ora" if kind == "ora" else tmp_path / "a")
        source.read(0)


def test_no_more_large_frames_are_worked_on_than_fit_into_memory(tmp_path, monkeypatch):
    jobs = []
    monkeypatch.setattr("wand_tools.make.Pool", lambda number: jobs.append(number) or workers.Pool(1))
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "5kB")  # twice that is for two frames of 40x30
    make_animation(picture_frames(8), tmp_path / "a.gif", jobs=20)
    assert jobs == [2]


def test_a_page_with_a_short_name_or_tags_of_odd_kinds_is_read(tmp_path):
    pages = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    pages[0].save(tmp_path / "a.tif", tiffinfo={285: "a"}, save_all=True, append_images=pages[1:])
    data = bytearray((tmp_path / "a.tif").read_bytes())
    at = data.index(struct.pack("<HHI", 285, 2, 2))
    data[at + 2 : at + 4] = struct.pack("<H", 12)  # doubles, of which a name cannot consist
    (tmp_path / "b.tif").write_bytes(data)
    for name in ("a.tif", "b.tif"):
        source = open_source(tmp_path / name)
        assert source.count == 2
        assert (source.read(1)[..., 2] == 255).all()


def test_xml_that_could_grow_is_refused_in_any_encoding(tmp_path):
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><image w="2" h="2">&b;</image>'
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("stack.xml", text.encode("utf-16"))
    with pytest.raises(AnimationError, match="entities"):
        open_source(tmp_path / "a.ora")


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_cannot_be_said_stops_nothing_and_what_cannot_be_printed_is_an_error(tmp_path, folder, unbuffered):
    how = {"cwd": ROOT, "env": os.environ | {"PYTHONUNBUFFERED": unbuffered}}
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "wand_tools"]
        made = subprocess.run([*command, "make", folder, tmp_path / "a.gif"], stderr=full, **how)
        told = subprocess.run(
            [*command, "info", tmp_path / "a.gif"], stdout=full, stderr=subprocess.PIPE, text=True, **how
        )
    assert (made.returncode, told.returncode) == (0, 1)
    assert told.stderr.startswith("error: ") and len(told.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="descriptors are POSIX")
def test_closed_streams_stop_nothing(tmp_path, folder):
    def close():
        for number in range(3):
            os.close(number)

    command = [sys.executable, "-m", "wand_tools", "make", folder, tmp_path / "a.gif", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=ROOT, preexec_fn=close)
    assert process.wait(timeout=60) == 0
    assert len(decoded(tmp_path / "a.gif")) == 8


def test_wand_is_told_which_libraries_there_are_only_while_it_is_imported(monkeypatch):
    monkeypatch.delenv(magick._SUFFIX, raising=False)
    with magick._looking_for("-6.Q16"):
        assert os.environ[magick._SUFFIX] == "-6.Q16"
    assert magick._SUFFIX not in os.environ
    monkeypatch.setenv(magick._SUFFIX, "-mine")
    with magick._looking_for("-6.Q16"):
        assert os.environ[magick._SUFFIX] == "-mine"
    assert os.environ[magick._SUFFIX] == "-mine"

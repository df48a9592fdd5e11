"""make_animation as a whole: every option through real files, read by other programs."""

import os
import subprocess
import sys
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreamcore.errors import DreamError
from tests.wand_tools.conftest import (
    by_ffmpeg,
    by_imagemagick,
    decoded,
    error,
    ffprobe_times,
    picture_frames,
    save_frames,
)
from wand_tools import AnimationError, AnimationWarning, info, make_animation, reverse

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"palette": "global"},
        {"palette": "scene"},
        {"quality": "best"},
        {"colours": 32},
        {"lossy": 20},
        {"dither": "smooth"},
        {"dither": "floyd-steinberg"},
        {"dither": "riemersma"},
        {"dither": "ordered"},
        {"dither": "still"},
        {"matte": (0, 0, 0)},
    ],
    ids=str,
)
def test_three_readers_agree_for_every_look(tmp_path, folder, frames, options):
    out = tmp_path / "a.gif"
    made = make_animation(folder, out, jobs=1, **options)
    assert (made.frames, made.size, made.seconds, made.bytes) == (8, (40, 30), 0.56, out.stat().st_size)
    seen = decoded(out)
    assert error(seen, frames) < (14 if options.get("colours") else 8)
    assert (np.array(seen) == by_imagemagick(out, (40, 30))).all()
    assert (np.array(seen) == by_ffmpeg(out, (40, 30))).all()


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ({"reverse": True}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"ping_pong": True}, [0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1]),
        ({"first": 2, "last": -2}, [2, 3, 4, 5, 6]),
        ({"every": 3}, [0, 3, 6]),
        ({"first": 1, "every": 2, "reverse": True, "ping_pong": True}, [7, 5, 3, 1, 3, 5]),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "arrays", "gif"])
def test_orders_from_every_kind_of_source(tmp_path, folder, frames, options, order, kind):
    if kind == "gif":
        make_animation(folder, tmp_path / "in.gif", jobs=1)
        frames = decoded(tmp_path / "in.gif")
    source = {"folder": folder, "arrays": iter(frames), "gif": tmp_path / "in.gif"}[kind]
    make_animation(source, tmp_path / "a.gif", jobs=1, **options)
    assert error(decoded(tmp_path / "a.gif"), [frames[n] for n in order]) < (8 if kind != "gif" else 0.001)
    assert not list(tmp_path.glob(".wandgif-*"))


@pytest.mark.parametrize(
    ("options", "delays"),
    [
        ({}, [7] * 8),
        ({"delay": 4}, [4] * 8),
        ({"delay": 2.5}, [2, 3] * 4),
        ({"fps": 30}, [3, 3, 4, 3, 3, 4, 3, 3]),
        ({"fps": "24000/1001"}, [4, 4, 4, 4, 4, 5, 4, 4]),
        ({"duration": 1}, [12, 13] * 4),
        ({"hold_first": 1, "hold_last": 0.5}, [107, *[7] * 6, 57]),
        ({"every": 3}, [21, 21, 14]),
        ({"delay": 12, "speed": (1, 2), "every": 4}, [48, 24]),
        ({"delay": 10, "speed": 2}, [5] * 8),
    ],
)
def test_delays_on_the_bytes_and_in_other_readers(tmp_path, folder, options, delays):
    out = tmp_path / "a.gif"
    make_animation(folder, out, jobs=1, **options)
    assert [int(duration * 100) for duration in info(out).durations] == delays
    with Image.open(out) as image:
        assert [image.seek(n) or image.info["duration"] for n in range(image.n_frames)] == [d * 10 for d in delays]
    assert ffprobe_times(out)[:-1] == [Fraction(d, 100) for d in delays[:-1]]


@pytest.mark.parametrize(("plays", "loop"), [(0, 0), (None, 0), (1, None), (2, 1), (9, 8)])
def test_plays_in_another_reader(tmp_path, folder, plays, loop):
    make_animation(folder, tmp_path / "a.gif", plays=plays, jobs=1)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info.get("loop") == loop


def test_times_and_loop_of_a_source_are_kept_unless_changed(tmp_path, folder):
    make_animation(folder, tmp_path / "a.gif", delay=11, plays=3, jobs=1)
    make_animation(tmp_path / "a.gif", tmp_path / "b.gif", jobs=1)
    assert (info(tmp_path / "b.gif").durations, info(tmp_path / "b.gif").plays) == ((Fraction(11, 100),) * 8, 3)
    make_animation(tmp_path / "a.gif", tmp_path / "c.gif", delay=5, plays=0, jobs=1)
    assert (info(tmp_path / "c.gif").durations, info(tmp_path / "c.gif").plays) == ((Fraction(5, 100),) * 8, 0)


@pytest.mark.parametrize("options", [{}, {"palette": "global"}, {"dither": "still"}, {"colours": 16}])
def test_reversing_twice_gives_the_same_pixels(tmp_path, folder, options):
    make_animation(folder, tmp_path / "a.gif", jobs=1, **options)
    reverse(tmp_path / "a.gif", tmp_path / "b.gif", jobs=1)
    reverse(tmp_path / "b.gif", tmp_path / "c.gif", jobs=1)
    assert (np.array(decoded(tmp_path / "b.gif")) == decoded(tmp_path / "a.gif")[::-1]).all()
    assert (np.array(decoded(tmp_path / "c.gif")) == decoded(tmp_path / "a.gif")).all()


def test_cross_fade_mixes_pixels(tmp_path):
    frames = [np.full((4, 4, 3), 40 * n, np.uint8) for n in range(5)]
    make_animation(iter(frames), tmp_path / "a.png", cross_fade=1, jobs=1)
    assert [int(frame[0, 0, 0]) for frame in decoded(tmp_path / "a.png")] == [40, 80, 120, 80]


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_the_file_does_not_depend_on_the_number_of_jobs(tmp_path, folder, suffix):
    for jobs in (1, 2, 3):
        make_animation(folder, tmp_path / f"{jobs}.{suffix}", jobs=jobs, dither="smooth")
    one = (tmp_path / f"1.{suffix}").read_bytes()
    assert (tmp_path / f"2.{suffix}").read_bytes() == (tmp_path / f"3.{suffix}").read_bytes() == one


@pytest.mark.parametrize(("suffix", "mean"), [("webp", 8), ("png", 0)])
def test_webp_and_apng(tmp_path, folder, frames, suffix, mean):
    out = tmp_path / f"a.{suffix}"
    make_animation(folder, out, fps=30, plays=5, ping_pong=True, jobs=1)
    assert error(decoded(out), frames + frames[-2:0:-1]) <= mean
    found = info(out)
    assert found.plays == 5
    assert abs(found.seconds - 14 / 30) < 0.001
    with Image.open(out) as image:
        assert image.info["loop"] == 5


def test_alpha_in_webp_and_apng(tmp_path):
    frames = [np.zeros((8, 9, 4), np.uint8) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame[number : number + 3, :4] = 200, 30, 60, 255
    for suffix in ("webp", "png"):
        make_animation(iter(frames), tmp_path / f"a.{suffix}", jobs=1)
        for got, wanted in zip(decoded(tmp_path / f"a.{suffix}", "RGBA"), frames, strict=True):
            assert (got[..., 3] == wanted[..., 3]).all()


def test_the_suffix_tells_the_format_and_the_option_overrides(tmp_path, folder):
    make_animation(folder, tmp_path / "a.dat", format="gif", jobs=1)
    assert (tmp_path / "a.dat").read_bytes()[:6] == b"GIF89a"
    with pytest.raises(AnimationError, match="format 'dat' is not one of gif, webp, apng, avif, mp4, webm, miff"):
        make_animation(folder, tmp_path / "b.dat")


def test_an_unknown_number_of_arrays_streams_to_the_end(tmp_path, frames):
    told = []
    read = []

    def generated():
        for number, frame in enumerate(frames):
            read.append(number)
            yield frame

    make_animation(generated(), tmp_path / "a.gif", jobs=1, progress=lambda *now: told.append((*now, len(read))))
    assert [(done, total) for done, total, *_ in told] == [(n, None) for n in range(1, 9)]
    assert told[0][2] <= 4  # the first was written before the last was asked for


def test_frames_too_fast_for_browsers_are_warned_about(tmp_path, folder):
    with pytest.warns(AnimationWarning, match="1 cs: browsers"):
        make_animation(folder, tmp_path / "a.gif", delay=1, jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_animation(folder, tmp_path / "a.gif", delay=2, jobs=1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_unreadable_frame_in_the_middle_leaves_nothing_and_keeps_what_was_there(tmp_path, folder, jobs):
    out = tmp_path / "a.gif"
    make_animation(folder, out, first=0, last=2, jobs=1)
    older = out.read_bytes()
    (folder / "4.png").write_bytes(b"")
    with pytest.raises(AnimationError, match=r"4\.png: not a picture"):
        make_animation(folder, out, jobs=jobs)
    assert out.read_bytes() == older
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.gif", "frames"]


@pytest.mark.parametrize(
    "bad",
    [
        {"delay": 5, "fps": 5},
        {"delay": -1},
        {"fps": 0},
        {"plays": -1},
        {"palette": "local"},
        {"dither": "x"},
        {"colours": 1},
        {"lossy": -1},
        {"cross_fade": 5},
        {"every": 0},
        {"first": 8},
        {"speed": 0},
        {"hold_last": -1},
        {"format": "avi"},
        {"format": "webp", "lossy": 5},
    ],
    ids=str,
)
def test_wrong_options_are_one_error_and_no_file(tmp_path, folder, bad):
    with pytest.raises(AnimationError):
        make_animation(folder, tmp_path / "a.gif", jobs=1, **bad)
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames"]


def test_a_missing_folder_for_the_file_is_named(tmp_path, folder):
    with pytest.raises(DreamError, match="there is no folder"):
        make_animation(folder, tmp_path / "no" / "a.gif")


PEAK = """
import sys, tracemalloc
from wand_tools import make_animation
tracemalloc.start()  # NumPy's arrays and Python's own; what ImageMagick holds is bounded by its limits
made = make_animation(sys.argv[1], sys.argv[2], reverse=sys.argv[3] == "reverse", jobs=1)
print(made.frames, tracemalloc.get_traced_memory()[1])
"""
PIXELS = 160 * 120  # of a frame of the long folder
LOW_LIMITS = {"MAGICK_MEMORY_LIMIT": "8MiB", "MAGICK_MAP_LIMIT": "8MiB", "MAGICK_DISK_LIMIT": "16MiB"}


def peak_memory(source, out, order="forward"):
    text = subprocess.run(
        [sys.executable, "-c", PEAK, source, out, order],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | LOW_LIMITS,
    ).stdout
    return tuple(map(int, text.split()))


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory):
    frames = picture_frames(30, 160, 120)
    folder = save_frames(tmp_path_factory.mktemp("long"), frames, "{:04}.png")
    for number in range(30, 300):
        os.link(folder / f"{number % 30:04}.png", folder / f"{number:04}.png")
    return folder


@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_300_frames_under_low_limits_take_no_more_memory_than_30(tmp_path, long_folder, order):
    # uncompressed they are 44 MiB, more than all the limits together
    few, little = peak_memory(f"{long_folder}/00[012]?.png", tmp_path / "few.gif", order)
    many, peak = peak_memory(long_folder, tmp_path / "many.gif", order)
    assert (few, many) == (30, 300)
    assert peak - little < 270 * PIXELS / 2  # not even the indices of the 270 frames between are kept


def test_a_long_gif_is_reversed_in_little_memory(tmp_path, long_folder):
    make_animation(long_folder, tmp_path / "a.gif", colours=16, jobs=2)
    count, peak = peak_memory(tmp_path / "a.gif", tmp_path / "b.gif", "reverse")
    assert count == 300
    assert peak < 300 * PIXELS * 2  # its colours alone take three bytes a pixel


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_leaves_no_file(tmp_path, long_folder):
    import signal

    process = subprocess.Popen(
        [sys.executable, "-m", "wand_tools.cli", "make", long_folder, tmp_path / "a.gif", "--dither", "riemersma"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process.stderr.readline()  # the first progress line
    os.killpg(process.pid, signal.SIGINT)
    assert "stopped" in process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_frames_that_must_be_read_first_are_counted(tmp_path, folder):
    make_animation(folder, tmp_path / "a.gif", jobs=1)
    told = []

    class Watch:
        def reading(self, done, total):
            told.append((done, total))

        def __call__(self, done, total):
            told.append(done)

    make_animation(tmp_path / "a.gif", tmp_path / "b.gif", reverse=True, progress=Watch(), jobs=1)
    assert told == [(n, 8) for n in range(1, 9)] + list(range(1, 9))

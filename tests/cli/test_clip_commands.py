"""Clips, as a person gives them to the commands."""

import os
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from dreamcore.cli import main
from dreamcore.sequence.clips import Clip
from dreamcore.sources import opened
from tests.videos import moving_picture, write_video
from wand_tools import open_source

QUICK = ["--model", "small", "--layer", "join", "--iterations", 1, "--octaves", 1]
ALONE = [*QUICK, "--follow", 0]


@pytest.fixture
def here(desk):
    return desk


def run(capsys, *arguments):
    """Run a command line; return (exit code, standard output, standard error)."""
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def write_gif(path, frames, **more):
    images = [Image.fromarray(each) for each in frames]
    images[0].save(path, save_all=True, append_images=images[1:], **more)


def test_a_gif_stays_one_with_its_times_and_its_number_of_plays(here, capsys):
    write_gif("clip.gif", moving_picture(4), duration=[40, 120, 200, 40], loop=3)
    assert run(capsys, "animate", "clip.gif", "out.gif", *ALONE)[0] == 0
    source, made = open_source("clip.gif"), open_source("out.gif")
    assert (made.durations, made.plays, made.size) == (source.durations, source.plays, source.size)
    assert not np.array_equal(made.read(2), source.read(2))


def test_a_delay_that_is_asked_for_stands(here, capsys):
    write_gif("clip.gif", moving_picture(3), duration=40)
    run(capsys, "animate", "clip.gif", "out.gif", *ALONE, "--delay", 9, "--plays", 2)
    made = open_source("out.gif")
    assert (made.durations, made.plays) == ([Fraction(9, 100)] * 3, 2)


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_video_keeps_its_varying_rate_and_its_sound(here, capsys, suffix):
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    times = [Fraction(each, 100) for each in (0, 4, 8, 20, 30, 40, 80)]
    write_video(here / "clip.mp4", moving_picture(6), times, sound=True)
    assert run(capsys, "animate", "clip.mp4", f"out.{suffix}", *ALONE)[0] == 0
    pairs = zip(open_source(f"out.{suffix}").durations[:5], open_source("clip.mp4").durations[:5], strict=True)
    assert all(abs(one - other) <= Fraction(1, 500) for one, other in pairs)
    with av.open(f"out.{suffix}") as made:
        heard = np.hstack([each.to_ndarray().reshape(-1) for each in made.decode(audio=0)])
        assert np.abs(heard.astype(float)).mean() > 0
        assert float(made.streams.audio[0].duration * made.streams.audio[0].time_base if suffix == "mp4" else 0.8) < 0.9


def test_played_otherwise_a_video_is_silent(here, capsys):
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    write_video(here / "clip.mp4", moving_picture(3), sound=True)
    run(capsys, "animate", "clip.mp4", "out.mp4", *ALONE, "--reverse")
    with av.open("out.mp4") as made:
        assert not made.streams.audio


def test_a_turned_phone_makes_an_upright_dream(here, capsys):
    write_video(here / "clip.mp4", moving_picture(2), turned=90)
    assert run(capsys, "frames", "clip.mp4", "dream", *ALONE)[0] == 0
    assert Image.open("dream/0001.png").size == (40, 56)


def test_a_folder_of_pictures_is_dreamed_and_resumed(here, capsys):
    (here / "source").mkdir()
    for number, frame in enumerate(moving_picture(12)):
        Image.fromarray(frame).save(f"source/{number}.png")
    assert run(capsys, "frames", "source", "dream", *ALONE, "--frames", 2)[1] == "2 new frames in dream\n"
    assert run(capsys, "frames", "source", "dream", *ALONE, "--resume")[1] == "10 new frames in dream\n"


def test_a_layer_stack_is_dreamed_layer_by_layer(here, capsys):
    images = [Image.fromarray(each) for each in moving_picture(3)]
    images[0].save("stack.tif", save_all=True, append_images=images[1:])
    assert run(capsys, "frames", "stack.tif", "dream", *ALONE)[1] == "3 new frames in dream\n"


def test_what_holds_one_frame_is_a_picture(here):
    moving_picture_file = here / "one.tif"
    Image.fromarray(moving_picture(1)[0]).save(moving_picture_file)
    write_gif("one.gif", moving_picture(1))
    assert [opened(name) for name in ("one.tif", "one.gif", "in.png", "nowhere.png", "first", "")] == [
        *("one.tif", "one.gif", "in.png", "nowhere.png", "first", "")
    ]
    (here / "folder").mkdir()
    Image.fromarray(moving_picture(1)[0]).save("folder/only.png")
    assert opened("folder").size == (56, 40)
    assert isinstance(opened(str(here / "*.gif")), Clip) is False


def test_a_mask_and_a_guide_of_several_frames_move(here, capsys):
    write_gif("mask.gif", [np.full((24, 30, 3), level, "u1") for level in (0, 255)])
    write_gif("guide.gif", moving_picture(3))
    more = ["--mask", "mask.gif", "--guide", "guide.gif", "--frames", 2, "--transform", "chain()"]
    assert run(capsys, "frames", "in.png", "dream", *QUICK, *more)[0] == 0
    first, second, source = (np.asarray(Image.open(each)) for each in ("dream/0000.png", "dream/0001.png", "in.png"))
    assert np.array_equal(first, source) and not np.array_equal(second, source)


def test_a_recipe_of_a_clip_keeps_how_it_is_followed(here, capsys):
    write_gif("clip.gif", moving_picture(2))
    run(capsys, "frames", "clip.gif", "dream", *QUICK, "--follow", 0, "--save-recipe", "mine.toml")
    assert "[video]\nfollow = 0\n" in (here / "mine.toml").read_text()
    assert "[video]\nfollow = 0\n" in run(capsys, "info", "dream/0000.png", "--as-recipe")[1]


def no_picture(path):
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    with av.open(path, "w") as container:
        track = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), "f4"), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux([*track.encode(frame), *track.encode()])


def cut_off(path):
    from pathlib import Path

    whole = write_video(Path(path), moving_picture(20), between=0).read_bytes()
    Path(path).write_bytes(whole[: len(whole) // 2])


def two_sizes(path):
    from pathlib import Path

    Path(path).mkdir()
    Image.new("RGB", (30, 24)).save(f"{path}/0.png")
    Image.new("RGB", (24, 30)).save(f"{path}/1.png")


@pytest.mark.parametrize(
    ("make", "name", "more", "complaint"),
    [
        (no_picture, "clip.mp4", [], "clip.mp4: there is no picture in this video"),
        (cut_off, "clip.mp4", [], "clip.mp4: the video is cut off: "),
        (lambda path: open(path, "w").close(), "clip.mp4", [], "clip.mp4: PyAV cannot read it ("),
        (two_sizes, "clip", [], "1.png has 24x30 pixels, clip/0.png has 30x24; the frames of a clip have one size"),
        (lambda path: write_gif(path, moving_picture(2)), "clip.gif", ["--frames", 3], "frames=3 is not allowed"),
        (lambda path: None, "clip.mp4", [], "cannot read clip.mp4"),
        (lambda path: None, "clip/*.png", [], "clip/*.png: no file matches"),
    ],
)
def test_a_clip_that_is_none_is_one_clear_line(here, capsys, make, name, more, complaint):
    pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    make(name)
    code, out, err = run(capsys, "animate", name, "out.gif", *ALONE, *more)
    assert code != 0 and out == ""
    assert complaint in err and err.count("\n") == 1
    assert not (here / "out.gif").exists()


def test_frames_of_a_folder_are_not_decoded_before_they_are_dreamed(here, monkeypatch):
    os.mkdir("frames")
    for number, frame in enumerate(moving_picture(3)):
        Image.fromarray(frame).save(f"frames/{number}.png")
    decoded, load = [], PngImagePlugin.PngImageFile.load
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda image: decoded.append(image) or load(image))
    assert (len(opened("frames")), decoded) == (3, [])

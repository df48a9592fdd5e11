"""Looks before and during the work, and sound, as a person types them."""

import sys

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.extras import SOUNDFILE
from dreamcore.sequence import read_settings
from tests.sound.sounds import clicks, tone, write_wav

pytest.importorskip("wand.image", reason="the ImageMagick library is not installed", exc_type=ImportError)
QUICK = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1"]


@pytest.fixture
def here(desk):
    write_wav(desk / "song.wav", clicks([0, 0.5, 1, 1.5], 2) + tone(80, 2, 0.2))
    return desk


def run(capsys, *arguments):
    """Run a command line; return (exit code, standard output, standard error)."""
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def frames_of(path):
    with Image.open(path) as image:
        return image.n_frames


def test_preview_shows_the_motion_and_dreams_nothing(here, capsys, monkeypatch):
    monkeypatch.setattr("dreamcore.sequence.loop.dream", None)
    code, out, _ = run(capsys, "preview", "in.png", "look.gif", "-n", 4, "--transform", "zoom(0.1)", "--delay", 10)
    assert (code, out) == (0, "look.gif: 4 frames, 30x24, 0.4 s\n")
    assert frames_of("look.gif") == 4 and not [*here.glob("look-frames")]


def test_preview_is_small(here, capsys):
    Image.new("RGB", (800, 600), "red").save("large.png")
    assert run(capsys, "preview", "large.png", "look.gif", "-n", 2, "-q")[0] == 0
    assert Image.open("look.gif").size == (320, 240)
    assert run(capsys, "preview", "large.png", "look.gif", "-n", 2, "--width", 100, "-q")[0] == 0
    assert Image.open("look.gif").size == (100, 75)


def test_preview_takes_recipes_and_timing(here, capsys):
    code, out, _ = run(
        capsys, "preview", "in.png", "a.gif", "-r", "dogesine", "-n", 3, "--ping-pong", "--delay", "0:5, 2:9"
    )
    assert code == 0 and "4 frames" in out and "0.28 s" in out


def test_preview_shows_frames_in_between_and_loops(here, capsys):
    more = ["--loop", "--between", 3, "--delay", 8]
    assert "16 frames, 30x24, 0.32 s" in run(capsys, "preview", "in.png", "look.gif", "-n", 4, *more)[1]
    more[-1] = 7  # for which a GIF has no time, and WebP has
    assert "14 frames, 30x24, 0.28 s" in run(capsys, "preview", "in.png", "look.gif", "-n", 4, *more)[1]
    assert "16 frames, 30x24, 0.28 s" in run(capsys, "preview", "in.png", "look.webp", "-n", 4, *more)[1]


def test_preview_draws_every_schedule(here, capsys):
    more = ["--transform", "zoom(0.05*sin(t/9))", "--iterations", "0:1, 3:9", "--plot", "plot.png"]
    assert run(capsys, "preview", "in.png", "look.gif", "-n", 4, *more)[0] == 0
    assert Image.open("plot.png").size == (960, 330)


@pytest.mark.parametrize(
    "more, refused, message",
    [
        (["look.gif", "--plot", "in.png"], 1, "in.png is what it would be made of"),
        (["look.gif", "--plot", "plot.gif"], 2, "plot.gif"),
        (["look.gif", "--plot", "plot.png"], 1, "no number changes with the frame"),
        (["in.png"], 1, "in.png is what it would be made of"),
        (["look.gfi"], 2, "did you mean"),
        (["look.gif", "--transform", "zom"], 2, 'did you mean "zoom"'),
        (["look.gif", "--transform", "zoom(t)"], 2, "frame 1: amount=1 is not allowed"),
        (["look.gif", "--transform", "zoom(0.1*band(40..90))"], 2, "follows a sound, and none is named"),
    ],
)
def test_what_preview_refuses_is_one_line_and_nothing_is_written(here, capsys, more, refused, message):
    before = {each.name for each in here.iterdir()}
    code, _, err = run(capsys, "preview", "in.png", *more)
    assert code == refused and message in err and "unexpected" not in err
    assert {each.name for each in here.iterdir()} == before


def test_a_draft_says_what_the_real_thing_takes_and_keeps_no_frames(here, capsys):
    code, out, _ = run(capsys, "animate", "in.png", "out.gif", "-n", 3, *QUICK, "--draft")
    assert code == 0 and out.startswith("out.gif: a draft of 3 frames, 30x24; the real thing, 30x24, takes about ")
    assert frames_of("out.gif") == 3 and not (here / "out-frames").exists()


def test_the_growing_animation_is_written_every_few_frames(here, capsys, monkeypatch):
    import wand_tools

    counts, make = [], wand_tools.make_animation

    def counted(*arguments, **options):
        made = make(*arguments, **options)
        counts.append((made.frames, frames_of("out.gif")))
        return made

    monkeypatch.setattr("wand_tools.make_animation", counted)
    more = ["--update-every", 2, "--cross-fade", 2, "--transform", "zoom(0.2)"]
    assert run(capsys, "animate", "in.png", "out.gif", "-n", 6, *QUICK, *more)[0] == 0
    assert counts == [(2, 2), (4, 4), (4, 4)]


def test_a_look_at_what_grows_has_the_frames_in_between(here, capsys, monkeypatch):
    import wand_tools

    shown, real = [], wand_tools.make_animation

    def make(frames, *more, **options):
        shown.append([path.stem for path in frames])
        return real(frames, *more, **options)

    monkeypatch.setattr(wand_tools, "make_animation", make)
    more = ["--update-every", 2, "--between", 1, "--delay", 8]
    assert run(capsys, "animate", "in.png", "out.gif", "-n", 3, *QUICK, *more)[0] == 0
    assert shown == [["0000", "0000_1", "0001"], ["0000", "0000_1", "0001", "0001_1", "0002"]]


def test_a_look_that_fails_does_not_end_the_run(here, capsys):
    assert run(capsys, "animate", "in.png", "out.gif", "-n", 1, *QUICK, "-q")[0] == 0
    (here / "out.gif").unlink()
    (here / "out.gif").mkdir()  # in the way of every look
    code, _, err = run(capsys, "animate", "in.png", "out.gif", "-n", 3, *QUICK, "--resume", "--update-every", 1)
    assert code == 1 and "folder" in err


@pytest.mark.parametrize("command", ["frames", "animate", "preview"])
def test_a_sound_moves_the_frames(here, capsys, command):
    pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
    out = "out" if command == "frames" else "out.gif"
    more = [] if command == "preview" else QUICK
    asked = ["--transform", "zoom(0.3*beat(1))", "--sound", "song.wav", "--bpm", 120, "-n", 3]
    assert run(capsys, command, "in.png", out, *more, *asked)[0] == 0


def test_a_stopped_run_goes_on_without_the_sound(here, capsys):
    pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
    asked = ["--transform", "zoom(0.3*beat(1))", "--sound", "song.wav", "-n", 3, *QUICK]
    assert run(capsys, "frames", "in.png", "d", *asked)[0] == 0
    first = (here / "d/0002.png").read_bytes()
    (here / "d/0002.png").unlink()
    (here / "song.wav").unlink()
    assert run(capsys, "frames", "in.png", "e", *asked) == (1, "", "error: cannot read song.wav: it is not there\n")
    code, _, err = run(capsys, "frames", "in.png", "d", *asked, "--resume")
    assert code == 0, err
    assert (here / "d/0002.png").read_bytes() == first
    assert list(read_settings("d")["heard"]["curves"]) == ["beat(1)"]
    code, _, err = run(capsys, "frames", "in.png", "d", *asked, "-n", 9, "--resume")
    assert code == 1 and "of other frames" in err
    assert run(capsys, "info", "d", "--as-recipe")[1].count("beat(1)") == 2


def test_an_animation_carries_what_was_heard(here, capsys):
    pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
    asked = ["--transform", "zoom(0.3*beat(1))", "--sound", "song.wav", "-n", 3, *QUICK]
    assert run(capsys, "animate", "in.png", "out.gif", *asked)[0] == 0
    (here / "song.wav").unlink()
    assert run(capsys, "frames", "in.png", "again", "--recipe", "out.gif")[0] == 0
    for number in range(3):
        made, again = (np.asarray(Image.open(f"{folder}/000{number}.png")) for folder in ("out-frames", "again"))
        assert np.array_equal(made, again)


def test_a_video_carries_the_sound_and_a_gif_does_not(here, capsys):
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    asked = ["-n", 5, "--delay", 10, "--sound", "song.wav", "-q"]
    assert run(capsys, "preview", "in.png", "a.mp4", *asked) == (0, "", "")
    with av.open("a.mp4") as video:
        samples = np.hstack([each.to_ndarray() for each in video.decode(audio=0)])
    assert samples.shape[1] / 48000 == pytest.approx(0.5, abs=0.05) and np.abs(samples).max() > 0.1
    assert run(capsys, "preview", "in.png", "a.gif", *asked) == (0, "", "")


def test_a_missing_package_is_one_line(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    code, _, err = run(
        capsys, "preview", "in.png", "a.gif", "--transform", "zoom(0.1*band(40..90))", "--sound", "song.wav"
    )
    assert code == 1 and err == f"error: song.wav needs soundfile: {SOUNDFILE.command()}\n"

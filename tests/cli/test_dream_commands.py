"""The commands that dream, as a person types them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import COMMANDS, main
from dreamcore.notes import read_notes
from dreamcore.transforms import parse
from tests.network import fake_caffe

QUICK = ["--layer", "join", "--iterations", "1", "--octaves", "1"]


@pytest.fixture
def here(desk):
    return desk


def run(capsys, *arguments):
    """Run a command line; return (exit code, standard output, standard error)."""
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_still_writes_a_dream_that_knows_how_it_was_made(here, capsys):
    code, out, _ = run(capsys, "still", "in.png", "out.png", "--model", "small", *QUICK)
    assert (code, out) == (0, "out.png\n")
    assert Image.open("out.png").size == (30, 24)
    assert read_notes("out.png")["parameters"]["layer"] == "join"
    assert not np.array_equal(Image.open("out.png"), Image.open("in.png"))


def test_still_with_a_mask_and_a_guide(here, capsys):
    Image.fromarray(np.uint8([[0, 0], [255, 255]])).resize((30, 24), 0).save("mask.png")
    more = ["--mask", "mask.png", "--guide", "in.png", "--strength", "0.5"]
    assert run(capsys, "still", "in.png", "out.png", "--model", "small", *QUICK, *more)[0] == 0
    before, after = (np.asarray(Image.open(each)).astype(int) for each in ("in.png", "out.png"))
    assert np.array_equal(before[:10], after[:10])
    assert not np.array_equal(before, after)


def test_the_look_of_a_dream_is_part_of_its_recipe(here, capsys):
    look = ["--smooth", "0.5", "--blur", "0:0, 9:1", "--colour", "1", "--robustness", "5"]
    assert run(capsys, "still", "in.png", "out.png", "--model", "small", *QUICK, *look)[0] == 0
    assert run(capsys, "still", "in.png", "plain.png", "--model", "small", *QUICK)[0] == 0
    assert not np.array_equal(Image.open("out.png"), Image.open("plain.png"))
    assert run(capsys, "still", "in.png", "again.png", "--recipe", "out.png")[0] == 0
    assert np.array_equal(Image.open("out.png"), Image.open("again.png"))
    code, _, error = run(capsys, "still", "in.png", "out.png", "--model", "small", "--colour", "2")
    assert code != 0 and "colour=2 is not allowed; allowed: a number from 0 to 1\n" in error


def test_an_animation_with_frames_in_between_lasts_as_long_as_without(here, capsys):
    options = ["--model", "small", *QUICK, "--frames", 5, "--loop", "--delay", 8]
    assert "5 frames, 0.4 s" in run(capsys, "animate", "in.png", "a.gif", *options)[1]
    assert "20 frames, 0.4 s" in run(capsys, "animate", "in.png", "b.gif", *options, "--between", 3)[1]
    assert Image.open("b.gif").n_frames == 20


def test_a_gif_leaves_out_frames_for_which_it_has_no_time(here, capsys):
    more = ["--frames", 4, "--loop", "--delay", 7, "--between", 3]
    options = ["--model", "small", *QUICK, *more]
    assert "14 frames, 0.28 s" in run(capsys, "animate", "in.png", "a.gif", *options)[1]
    assert "16 frames, 0.28 s" in run(capsys, "animate", "in.png", "a.webp", *options, "--resume")[1]


def test_a_loop_of_two_frames_is_one_line(here, capsys):
    code, _, said = run(capsys, "frames", "in.png", "a", "--model", "small", "--loop", "--frames", 2)
    assert (code, said) == (2, "error: a loop of 2 frames is not allowed; allowed: 3 frames or more\n")


def test_every_command_that_loads_a_model_can_let_a_caffe_compute(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "caffe", fake_caffe)
    for command in (
        ["still", "in.png", "out.png", "--model", "small", *QUICK],
        ["frames", "in.png", "dream", "--frames", 1, "--model", "small", *QUICK],
        ["animate", "in.png", "out.gif", "--frames", 1, "--model", "small", *QUICK],
        ["layers", "--model", "small"],
        ["models", "check", "small"],
    ):
        fake_caffe.calls.clear()
        assert run(capsys, *command, "--backend", "caffe")[0] == 0
        assert fake_caffe.calls


def test_a_caffe_that_is_not_there_is_one_line(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "caffe", None)
    code, _, said = run(capsys, "still", "in.png", "out.png", "--model", "small", *QUICK, "--backend", "caffe")
    assert code == 1 and said == "error: backend 'caffe' needs a real Caffe, and there is none; use backend 'torch'\n"


def test_frames_makes_a_folder_of_frames(here, capsys):
    code, out, _ = run(capsys, "frames", "in.png", "dream", "--frames", 3, "--model", "small", *QUICK)
    assert (code, out) == (0, "3 new frames in dream\n")
    assert sorted(each.name for each in (here / "dream").glob("*.png")) == ["0000.png", "0001.png", "0002.png"]


def test_animate_takes_a_delay_that_changes_with_the_frame(here, capsys):
    code, _, _ = run(capsys, "animate", "in.png", "out.gif", "-n", 3, "-m", "small", *QUICK, "--delay", "0:4, 2:20")
    assert code == 0
    with Image.open("out.gif") as made:
        durations = [made.seek(number) or made.info["duration"] for number in range(made.n_frames)]
    assert durations == [40, 120, 200]


def test_the_recipe_travels_in_the_animation(here, capsys):
    asked = ["-n", 2, "-m", "small", *QUICK, "-t", "invert", "--delay", "0:4, 2:20", "--seed", 3]
    assert run(capsys, "animate", "in.png", "out.gif", *asked)[0] == 0
    assert run(capsys, "animate", "in.png", "again.gif", "--recipe", "out.gif")[0] == 0
    assert (here / "again.gif").read_bytes() == (here / "out.gif").read_bytes()
    code, text, _ = run(capsys, "info", "out.gif", "--as-recipe")
    (here / "mine.toml").write_text(text)
    assert code == 0 and run(capsys, "recipes", "show", "mine.toml") == run(capsys, "recipes", "show", "out.gif")
    assert '"frames": 2' in run(capsys, "info", "out.gif")[1]


def test_animate_replaces_what_is_no_animation_only_by_force_and_says_so_before_it_dreams(here, capsys):
    asked = ["animate", "in.png", "out.gif", "-n", 1, "--plays", 1, "-m", "small", *QUICK]
    Image.new("L", (4, 3)).save("out.gif")
    code, _, said = run(capsys, *asked)
    assert code == 1 and "out.gif: what is there is no animation" in said and not (here / "out-frames").exists()
    assert run(capsys, *asked, "--force")[0] == 0
    assert run(capsys, *asked, "--resume", "--force")[0] == 0  # a GIF of one frame that is played once is a picture
    assert Image.open("out.gif").size == (30, 24)


def test_frames_chains_transforms(here, capsys):
    run(capsys, "frames", "in.png", "d", "-n", 2, "-m", "small", *QUICK, "-t", "zoom(0.1)", "-t", "invert")
    assert parse(read_notes("d/0001.png")["transform"]) == parse("chain(zoom(0.1), invert)")


def test_frames_refuses_to_overwrite_and_resumes(here, capsys):
    command = ["frames", "in.png", "dream", "--model", "small", *QUICK, "--frames"]
    run(capsys, *command, 2)
    code, _, err = run(capsys, *command, 2)
    assert code == 1
    assert "holds frames already; resume" in err
    code, out, _ = run(capsys, *command, 3, "--resume")
    assert (code, out) == (0, "1 new frame in dream\n")


def test_frames_go_on_from_a_frame_by_the_runs_own_recipe_and_say_how(here, capsys):
    run(capsys, "frames", "in.png", "d", "-n", 3, "-m", "small", *QUICK, "-t", "invert")
    code, out, err = run(capsys, "frames", "in.png", "e", "--from", "d:2", "-n", 2, "--iterations", 2)
    assert (code, out) == (0, "2 new frames in e\n") and "frame 2 of d, from its lossless state" in err
    notes = read_notes("e/0003.png")
    assert (notes["frame"], notes["transform"], notes["parameters"]["iterations"]) == (3, "invert(1)", 2)
    assert "rounded to 8 bits" in run(capsys, "frames", "in.png", "f", "--from", "d:1", "-n", 1)[2]
    code, _, err = run(capsys, "frames", "in.png", "g", "--from", "d:9")
    assert code == 1 and "d has no frame 9; allowed: 0 to 2" in err
    code, _, err = run(capsys, "frames", "in.png", "g", "--from", "d:last")
    assert code == 2 and "frame 'last' of d is not allowed; allowed: a number, from 0" in err


def test_quiet_prints_nothing(here, capsys):
    assert run(capsys, "frames", "in.png", "d", "-n", 1, "-m", "small", *QUICK, "--quiet") == (0, "", "")


def test_info_prints_what_made_a_frame_and_a_folder(here, capsys):
    run(capsys, "frames", "in.png", "dream", "-n", 1, "-m", "small", *QUICK)
    for path in ("dream/0000.png", "dream"):
        code, out, _ = run(capsys, "info", path)
        assert code == 0
        assert '"layer": "join"' in out


def test_layers_lists_blobs_with_their_size_and_roles(here, capsys):
    code, out, _ = run(capsys, "layers", "--model", "small")
    assert code == 0
    assert "textures" in out
    assert "conv1                            4x12x14" in out


def test_sky_draws_the_size_asked_for(here, capsys):
    assert run(capsys, "sky", "sky.png", "--size", "64x48")[0] == 0
    assert Image.open("sky.png").size == (64, 48)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["frmes"], "no command 'frmes' (did you mean \"frames\"?)"),
        (["still", "nowhere.png", "out.png"], "cannot read nowhere.png"),
        (["still", "in.png", "out.bmp"], "out.bmp ends in '.bmp'; allowed are .png, .jpg, .jpeg"),
        (["still", "in.png", "no/out.png"], "there is no folder no"),
        (["still", "in.png", "out.png", "-m", "smal"], "no model 'smal' (did you mean \"small\"?)"),
        (["still", "in.png", "out.png", "-m", "small", "-l", "jion"], "no layer 'jion' (did you mean \"join\"?)"),
        (["still", "in.png", "out.png", "-m", "small", "--octaves", "0"], "octaves=0 is not allowed"),
        (["still", "in.png", "out.png", "-m", "small", "--device", "tpu"], "no device 'tpu' on this machine"),
        (["frames", "in.png", "d", "-m", "small", "-t", "zom(0.1)"], 'did you mean "zoom"?'),
        (["sky", "sky.png", "--size", "big"], "size is 'big'; allowed are 16x16 to 8192x8192"),
        (["info", "in.png"], "in.png carries no parameters"),
    ],
)
def test_a_mistake_is_one_clear_line_and_writes_nothing(here, capsys, command, complaint):
    before = sorted(here.rglob("*"))
    code, out, err = run(capsys, *command)
    assert code != 0
    assert out == ""
    assert complaint in err
    assert "Traceback" not in err
    assert sorted(here.rglob("*")) == before


def test_a_mistake_in_a_transform_points_at_the_character(here, capsys):
    _, _, err = run(capsys, "frames", "in.png", "d", "-m", "small", "-t", "zoom(0.1")
    assert "^" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name, capsys):
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert "Usage: dreamcore" in out
    assert name == "worker" or "Example" in out or "Commands:" in out


def test_help_lists_every_command(capsys):
    _, out, _ = run(capsys, "--help")
    assert all(f"  {name} " in out for name in COMMANDS)


def test_ctrl_c_tells_of_a_frame_that_was_being_saved(here, monkeypatch, capsys):
    def interrupted(folder, job, **how):
        Path(folder).mkdir()
        (Path(folder) / "0000.png").touch()
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("dreamcore.sequence.write_frames", interrupted)
    code, _, said = run(capsys, "frames", "in.png", "dream", "-m", "small", *QUICK)
    assert code == 130
    assert "the finished frames are in dream; to go on: " in said


@pytest.mark.skipif(os.name != "posix", reason="sends the signal that Ctrl-C sends on POSIX")
@pytest.mark.parametrize(
    ("file", "more", "kept"),
    [
        ("0002.png", [], "the finished frames are in dream"),
        ("sequence.json", ["--iterations", "1000"], "no frame is finished yet in dream"),
    ],
)
def test_ctrl_c_keeps_the_finished_frames_and_says_how_to_go_on(here, file, more, kept):
    command = [
        sys.executable,
        "-m",
        "dreamcore",
        "frames",
        "in.png",
        "dream",
        "-n",
        "999",
        "-m",
        "small",
        *QUICK,
        *more,
    ]
    interruptible = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **interruptible) as process:
        while not (here / "dream" / file).exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130
    assert f"{kept}; to go on: dreamcore frames in.png dream" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert not list((here / "dream").glob(".*"))

"""`dreamcore verify`, as a person types it."""

import json

import pytest
from PIL import Image

from dreamcore.cli import main

QUICK = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1", "--frames", "4"]


def run(capsys, *arguments):
    code = main([*arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def spoil(path):
    with Image.open(path) as image:
        spoilt = image.copy()
    spoilt.putpixel((3, 4), (1, 2, 3))
    spoilt.save(path)


def test_frames_that_are_as_they_were_dreamed_agree(desk, capsys):
    run(capsys, "frames", "in.png", "dream", *QUICK, "-q")
    assert run(capsys, "verify", "dream", "in.png")[:2] == (
        0,
        "dream: 2 frames dreamed again, all the same to the byte\n",
    )
    assert "4 frames dreamed again, all" in run(capsys, "verify", "dream", "in.png", "--share", "1")[1]


def test_a_frame_that_is_another_one_ends_it_with_1(desk, capsys):
    run(capsys, "frames", "in.png", "dream", *QUICK, "-q")
    spoil(desk / "dream" / "0003.png")
    code, out, _ = run(capsys, "verify", "dream", "in.png")
    assert code == 1 and out.splitlines()[0].startswith("dream/0003.png: 0.14% of its pixels differ")
    assert out.splitlines()[1] == "dream: 2 frames dreamed again, 1 the same to the byte"


def test_all_cells_of_a_sweep_are_verified_by_a_share_of_1(desk, capsys):
    run(capsys, "sweep", "in.png", "many", "--vary", "seed=1..3", *QUICK, "-q")
    assert "4 frames dreamed again, all" in run(capsys, "verify", "many")[1]
    spoil(desk / "many" / "0002-seed-2" / "0001.png")
    code, out, _ = run(capsys, "verify", "many", "--share", "1")
    assert code == 1 and "many/0002-seed-2/0001.png: " in out
    assert "12 frames dreamed again, 11 the" in out


def test_cells_that_are_not_made_are_said_not_to_be_verified(desk, capsys):
    run(capsys, "sweep", "in.png", "many", "--vary", "seed=1..3", "--cells", "1", *QUICK, "-q")
    assert run(capsys, "verify", "many")[2].startswith("note: 2 cells of 3 not made, and not verified\n")


def test_stills_of_a_sweep_are_verified(desk, capsys):
    run(capsys, "sweep", "in.png", "many", "--still", "--vary", "seed=1..2", *QUICK[:-2], "-q")
    assert "2 frames dreamed again, all" in run(capsys, "verify", "many", "--share", "1")[1]


def test_frames_need_their_picture_named_and_a_sweep_does_not(desk, capsys):
    run(capsys, "frames", "in.png", "dream", *QUICK, "-q")
    code, _, said = run(capsys, "verify", "dream")
    assert code == 2 and "name it, too: dreamcore verify dream IN" in said
    run(capsys, "sweep", "in.png", "many", "--vary", "seed=1", *QUICK, "-q")
    assert "leave in.png out" in run(capsys, "verify", "many", "in.png")[2]


def test_a_sweep_without_a_cell_that_is_made_is_refused(desk, capsys):
    run(capsys, "sweep", "in.png", "many", "--vary", "seed=1", *QUICK, "-q")
    next((desk / "many").glob("*/cell.json")).unlink()
    assert run(capsys, "verify", "many")[::2] == (1, "error: many holds no frames that could be dreamed again\n")


def test_a_folder_without_frames_is_refused(desk, capsys):
    (desk / "empty").mkdir()
    assert run(capsys, "verify", "empty", "in.png") == (
        1,
        "",
        "error: empty is not a frame directory: no readable sequence.json\n",
    )


@pytest.mark.parametrize("threads", [True, -1, 10**30, "many", None])
def test_threads_that_are_no_number_of_threads_are_damage_that_does_not_matter(desk, capsys, threads):
    run(capsys, "frames", "in.png", "dream", *QUICK, "-q")
    settings = json.loads((desk / "dream/sequence.json").read_text())
    (desk / "dream/sequence.json").write_text(json.dumps({**settings, "threads": threads}))
    code, _, said = run(capsys, "verify", "dream", "in.png", "-q")
    assert code == 0 and "unexpected" not in said


def test_a_folder_that_says_it_has_fewer_frames_than_were_dreamed_is_verified(desk, capsys):
    run(capsys, "frames", "in.png", "dream", *QUICK, "-q")
    settings = json.loads((desk / "dream/sequence.json").read_text())
    (desk / "dream/sequence.json").write_text(json.dumps({**settings, "frames": 1}))
    assert "1 frame dreamed again, all" in run(capsys, "verify", "dream", "in.png")[1]

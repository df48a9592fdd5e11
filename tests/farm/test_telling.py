"""How far a sweep is, in the words of those who read it."""

import io
import json
import subprocess
import sys

import pytest

from dreamcore.farm import telling as module
from dreamcore.farm.telling import STYLES, Telling


def dreaming(cell, frame, frames, part):
    return {"cell": cell, "state": "dreaming", "frame": frame, "frames": frames, "part": part}


def outcome(cell, state="made", folder="OUT", error=None):
    return {"cell": cell, "state": state, "error": error, "seconds": 12.3, "folder": folder}


EVENTS = [
    dreaming(1, 1, 2, 0.0),
    dreaming(1, 1, 2, 0.01),
    dreaming(2, 2, 4, 0.25),
    outcome(1),
    outcome(3, "failed", error="the disk is full"),
    outcome(2),
    outcome(4, "there"),
]


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test moves it."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def told(style, events=EVENTS, cells=4, **more):
    with Telling(cells, style, **more) as telling:
        for event in events:
            telling(event)


def test_percent_says_each_whole_percent_once_and_what_is_saved(capsys):
    told("percent")
    assert capsys.readouterr().out.splitlines() == [
        "Progress: 0%",
        "Progress: 6%",
        "Progress: 31%",
        "Saved: OUT",
        "Progress: 56%",
        "Progress: 75%",
        "Saved: OUT",
        "Progress: 100%",
    ]


def test_openjd_reads_its_own_words(capsys):
    told("openjd")
    assert capsys.readouterr().out.splitlines() == [
        "openjd_progress: 0.0",
        "openjd_status: cell 1 at frame 1 of 2",
        "openjd_progress: 0.2",
        "openjd_progress: 6.5",
        "openjd_status: cell 2 at frame 2 of 4",
        "openjd_progress: 31.2",
        "openjd_status: cell 1 made in 12 s",
        "Saved: OUT",
        "openjd_progress: 56.2",
        "openjd_fail: cell 3 failed: the disk is full",
        "openjd_progress: 75.0",
        "openjd_status: cell 2 made in 12 s",
        "Saved: OUT",
        "openjd_progress: 100.0",
        "openjd_status: cell 4 was there",
    ]


def test_json_is_an_object_a_line_and_nothing_else(capsys):
    told("json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [{key: value for key, value in line.items() if key != "done"} for line in lines] == EVENTS
    assert [line["done"] for line in lines] == [0, 0.0025, 0.065, 0.3125, 0.5625, 0.75, 1]


def test_what_is_saved_is_the_last_picture_of_a_cell(tmp_path, capsys):
    for number in range(3):
        (tmp_path / f"{number:04d}.png").touch()
    told("percent", [outcome(1, folder=str(tmp_path))], cells=1)
    assert capsys.readouterr().out.splitlines()[-1] == f"Saved: {tmp_path / '0002.png'}"


@pytest.mark.parametrize("style", STYLES)
def test_a_cell_that_fails_is_said_on_standard_error_even_quietly(capsys, style):
    told(style, quiet=True)
    assert capsys.readouterr() == ("", "cell 3 failed: the disk is full\n")


def test_a_note_that_many_cells_have_is_said_once(capsys):
    noted = [{**outcome(cell), "notes": ["it does not move", f"cell {cell % 2}"]} for cell in (3, 4, 5, 6)]
    told("json", noted)
    assert capsys.readouterr().err.splitlines() == [
        "note: cell 3: it does not move",
        "note: cell 3: cell 1",
        "note: cell 4: cell 0",
    ]
    told("json", noted, quiet=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("style", ["percent", "openjd", "json"])
def test_a_text_never_becomes_two_lines_or_a_command_to_a_terminal(capsys, style):
    told(style, [outcome(1, "failed", error="x\nopenjd_progress: 99\x1b[2J")], cells=1)
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == {"percent": 1, "openjd": 2, "json": 1}[style]
    assert "\x1b" not in said.out + said.err and len(said.err.splitlines()) == 1


def test_plain_lines_come_every_five_seconds_and_at_the_end(clock, capsys):
    with Telling(2) as telling:
        for part in (0.1, 0.2, 0.3):
            telling(dreaming(1, 1, 2, part))
            clock[0] += 3
        telling(outcome(1))
        telling(outcome(2))
    assert capsys.readouterr().err.splitlines() == [
        " 15%  0 of 2 cells, 34 s left: cell 1 at frame 1 of 2",
        "100%  2 of 2 cells, 0 s left",
    ]


def test_what_was_there_before_makes_the_rest_seem_no_faster(clock, capsys):
    with Telling(4) as telling:
        telling(outcome(1, "there"))
        telling(outcome(2, "there"))
        clock[0] += 10
        telling(outcome(3))
    assert capsys.readouterr().err == " 75%  3 of 4 cells, 10 s left\n"


def test_of_many_running_cells_some_are_named(clock, capsys):
    with Telling(99) as telling:
        for cell in range(1, 21):
            clock[0] += cell == 20 and 5
            telling(dreaming(cell, 1, 2, 0.5))
    assert capsys.readouterr().err.endswith("cell 8 at frame 1 of 2, and 12 more\n")


def test_a_terminal_shows_a_bar_for_the_whole_and_one_for_each_running_cell(monkeypatch):
    monkeypatch.setattr("sys.stderr", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    with Telling(2) as telling:
        telling(dreaming(1, 2, 4, 0.5))
        telling(dreaming(2, 1, 2, 0.25))
        bars = telling.bars
        assert "38%" in str(bars.whole) and "0 of 2 cells" in str(bars.whole)
        assert ["cell 1 at frame 2 of 4" in str(bars.of_cells[1]), "25%" in str(bars.of_cells[2])] == [True, True]
        telling(outcome(1))
        assert [*bars.of_cells] == [2] and "1 of 2 cells" in str(bars.whole)
        telling(dreaming(3, 1, 2, 0.5))
        assert bars.of_cells[3].pos == -1  # the place that has become free
        telling(outcome(3, "failed", error="the disk is full"))
    assert "cell 3 failed: the disk is full\n" in sys.stderr.getvalue()


def test_each_line_is_flushed_as_it_is_said():
    code = (
        "import sys; from dreamcore.farm.telling import Telling\n"
        "with Telling(1, 'percent') as telling:\n"
        "    telling({'cell': 1, 'state': 'dreaming', 'frame': 1, 'frames': 2, 'part': 0.5})\n"
        "    sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().split() == [b"Progress:", b"50%"]  # while it still runs
        process.stdin.close()

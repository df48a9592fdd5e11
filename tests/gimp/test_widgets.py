"""Widgets of the dialog, each in a window of its own under Xvfb."""

import json
from pathlib import Path

import pytest

from .gimp import FAKE

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def said(gimp):
    if gimp.root is None:
        pytest.skip("a window is tried in a folder of tools/gimp_root.sh only")
    plugin, result = gimp.install(FAKE), gimp.folder / "widgets.json"
    script = Path(__file__).with_name("widgets.py")
    gimp.run(
        [
            "xvfb-run",
            "-a",
            "-s",
            "-screen 0 1024x700x24",
            "sh",
            "-c",
            f"openbox & sleep 1; python3 {script} {plugin} {result}",
        ]
    )
    assert result.exists(), gimp.log.read_text()
    return json.loads(result.read_text())


def test_a_button_acts_at_once_when_a_key_presses_it(said):
    assert said["pressed"] == 1


def test_a_window_that_would_lie_exactly_over_another_one_goes_aside(said):
    (x, y), other = said["places"]
    assert other == [x + 36, y + 36]


def test_a_sentence_that_comes_below_the_field_with_the_focus_is_scrolled_into_sight(said):
    top, end, seen_from, seen_to = said["sight"]
    assert seen_from <= top < end <= seen_to


def test_details_of_an_error_lie_over_the_window_and_leave_it_as_large_as_it_is(said):
    before, after, is_seen, text = said["details"]
    assert after == before and is_seen
    assert text.count("line") == 40


def test_escape_closes_the_dialog_also_where_an_error_has_the_focus(said):
    assert said["escape"] == [-4]  # what a window manager's button says, too


def test_on_a_small_screen_the_previews_leave_room_for_what_is_said_of_them(said):
    assert said["previews"] <= 430  # what the dialog has beside its recipes there


def test_numbers_in_sentences_are_written_as_in_the_users_country(said):
    assert said["needs"] == "about 12 s, 0,5 GB of memory"

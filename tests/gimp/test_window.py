"""The filter used in GIMP's window, under Xvfb: every run keeps its screenshots beside the log."""

import re

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.gimp
OPEN = ("search Deep Dream", "window ^Deep Dream$", "sleep 2")
SHOTS = ("chosen", "builder", "built")
FRAMES = ("key alt+f", "key ctrl+a")
WRONG = ("key alt+b", "type zooom(0.1", "sleep 1")


@pytest.fixture(scope="module")
def driven(gimp, open_window):
    try:
        return open_window(
            "photo",
            *OPEN,
            *FRAMES,
            "type 2",
            "key Tab",
            "key alt+t",
            "key Down",
            "key Down",
            "key alt+d",
            "window [34] layers",
            "window ^Deep Dream$",
            "shot dialog",
            "window [34] layers",
            "key ctrl+z",
            "window 1 layer[)]",
            "window ^Deep Dream$",
            "key alt+w",
            "key alt+e",
            "key Tab",
            "key Tab",
            "key space",
            "window ^What there is to dream$",
            "sleep 2",
            "shot atlas",
            "key Tab",
            "key space",
            "gone ^What there is to dream$",
            "shot chosen",
            "key alt+e",
            *["key Tab"] * 3,
            "key space",
            "window ^What is dreamed$",
            "sleep 1",
            "key alt+t",
            "key ctrl+a",
            "type 0.5*patterns + map(mask.png, red=parts)",
            "sleep 1",
            "shot builder",
            "key Escape",
            "gone ^What is dreamed$",
            "shot built",
            "key alt+t",
            "key Up",
            "key Up",
            *FRAMES,
            "type 4",
            "key Tab",
            "key alt+d",
            "window 4 layers",
            "shot frames",
            "window ^Deep Dream$",
            *WRONG,
            "shot wrong",
            "key alt+d",
            "sleep 1",
            "key ctrl+a",
            "key BackSpace",
            *FRAMES,
            "type 120",
            "key Tab",
            "sleep 1",
            "key alt+d",
            "window ^Dreaming$",
            "window photo-dream-2.xcf.*[2-9] layers",
            "shot run",
            "window ^Dreaming$",
            "key Escape",
            "key alt+u",
            "shot paused",
            "sleep 1",
            "shot paused-still",
            "window ^Dreaming$",
            "key alt+u",
            "key alt+s",
            "gone ^Dreaming$",
            "window [0-9] layers",
            "shot stopped",
            "window ^Deep Dream$",
            "key alt+d",
            "window ^Dreaming$",
            "window photo-dream-3.xcf.*[2-9] layers",
            "kill worker",
            "window ^Deep Dream$",
            "sleep 1",
            "shot no-worker",
            "key Return",
            "sleep 2",
            "shot worker-again",
            "key alt+d",
            "window ^Dreaming$",
            "kill plug-in",
            "ended worker",
            "shot killed",
            "window GIMP",
            "search Save as GIF",
            "window Save as GIF",
            "sleep 3",
            "shot gif",
            "key alt+e",
            f"file {gimp.folder}/photo-*.gif",
        )
    finally:
        print(gimp.log.read_text())


def seconds(driven, step):
    return float(re.search(rf"^([\d.]+) {re.escape(step)}$", driven, re.M)[1])


def test_the_dialog_shows_a_preview_and_dreams(driven, gimp):
    assert "window 4 layers" in driven
    assert np.asarray(Image.open(gimp.folder / "dialog.png")).std() > 10


def test_the_layer_field_shows_what_each_layer_dreams_and_a_click_chooses(driven, gimp):
    assert "gone ^What there is to dream$" in driven
    assert np.asarray(Image.open(gimp.folder / "atlas.png")).std() > 10


def test_what_is_dreamed_is_built_in_a_window_and_stands_in_the_field_then(driven, gimp):
    assert "gone ^What is dreamed$" in driven
    chosen, builder, built = (np.asarray(Image.open(gimp.folder / f"{each}.png")) for each in SHOTS)
    assert (builder != chosen).mean() > 0.1
    assert 0 < (built != chosen).mean() < 0.1


def test_nothing_in_the_window_fails_silently(driven):
    assert "Traceback" not in driven, driven


def test_one_undo_takes_all_frames_back(driven):
    assert "window 1 layer[)]" in driven


def test_stop_keeps_the_frames(driven):
    assert "gone ^Dreaming$" in driven


def test_the_worker_is_gone_within_a_second_of_the_plug_ins_death(driven):
    assert seconds(driven, "ended worker") < 1


def test_a_gif_is_saved(driven, gimp):
    (path,) = gimp.folder.glob("photo-*.gif")
    assert path.read_bytes()[:6] == b"GIF89a"

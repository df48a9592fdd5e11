"""What the filter does to an image that somebody works on, in GIMP's window under Xvfb."""

import pytest

pytestmark = pytest.mark.gimp
DIALOG, RUN, MAIN = "window ^Deep Dream$", "window ^Dreaming$", "window – GIMP$"
OPEN = ("search Deep Dream", DIALOG, "sleep 2")


def frames(number):
    return "key alt+f", "key ctrl+a", f"type {number}", "key Tab", "sleep 1", "key alt+d"


@pytest.fixture(scope="module")
def driven(gimp, open_window):
    (gimp.folder / "dropped.toml").write_text('transform = "zoom(0.1)"\n')
    try:
        return open_window(
            "leaf",
            *OPEN,
            *("key alt+t", "key Down", *frames(120), RUN, "window 2 layers[)]"),
            *(MAIN, "key ctrl+shift+n", "window ^New Layer$", "key Return", "gone ^New Layer$", "window 3 layers[)]"),
            *(RUN, "key alt+s", "gone ^Dreaming$", MAIN, "key ctrl+z", "window  2 layers[)]"),
            *("shot own-work", MAIN, "sleep 1", "key ctrl+z", "window  1 layer[)]"),
            *(DIALOG, "key alt+t", "key Up", *frames(120), RUN, "window leaf-dream.xcf.* layer"),
            *(MAIN, "key alt+1", "window leaf.*imported", "search Flatten Image", "sleep 2"),
            *(RUN, "key alt+s", "gone ^Dreaming$", "shot flattened"),
            *(DIALOG, *frames(2), "window leaf-dream-2.xcf.* 2 layers", "gone ^Dreaming$"),
            *(
                DIALOG,
                "key Escape",
                "gone ^Deep Dream$",
                MAIN,
                "key ctrl+f",
                "window leaf-dream-2-dream.xcf.* 2 layers",
            ),
            "shot repeated",
            *(*OPEN, f"drop {gimp.folder}/dropped.toml 700 500", "gone ^Files$", "sleep 1", "shot dropped"),
            *(DIALOG, *frames(2), "window dream-dropped.xcf.* 2 layers"),
        )
    finally:
        print(gimp.log.read_text())


def test_one_undo_takes_the_frames_back_and_leaves_what_was_done_meanwhile(driven):
    assert "window  2 layers[)]" in driven and "window  1 layer[)]" in driven


def test_a_run_goes_on_while_the_picture_is_flattened(driven):
    assert "window leaf-dream-2.xcf.* 2 layers" in driven


def test_repeat_shows_its_result_under_a_name_of_its_own(driven):
    assert "window leaf-dream-2-dream.xcf.* 2 layers" in driven


def test_a_recipe_that_is_dropped_onto_the_dialog_is_what_dreams(driven):
    assert "window dream-dropped.xcf.* 2 layers" in driven


def test_nothing_fails_silently(driven):
    assert "Traceback" not in driven and "GimpUI-CRITICAL" not in driven, driven

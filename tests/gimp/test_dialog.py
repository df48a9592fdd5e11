"""The dialog that one stays in, used in GIMP's window under Xvfb; what it kept on disk says what was set."""

import json

import pytest

from dreamcore.sequence.recipe import load_recipe

pytestmark = pytest.mark.gimp
PLUG_IN = "plug-in-deep-dream"
FRAMES = ("key alt+f", "key ctrl+a")
DIALOG = "window ^Deep Dream$"
FAILING_DREAM = ("sleep 1", "key alt+d", "window ^Dreaming$", "gone ^Dreaming$", DIALOG)
SAVING_OWN = (
    "key alt+c",
    "key shift+Tab",
    "key space",
    "sleep 3",
    "key Return",
    "window Save as a recipe",
    "type my-other",
    "key Tab",
)


@pytest.fixture(scope="module")
def driven(gimp, open_window):
    kept, notes = gimp.profile / "deep-dream", gimp.folder / "notes.txt"
    try:
        return open_window(
            "photo",
            "search Deep Dream",
            DIALOG,
            "sleep 3",
            # the recipes are one stop of Tab; arrows move, the space bar chooses
            "key alt+c",
            "key Right",
            "key Right",
            "key space",
            *FRAMES,
            "type 7",
            "key alt+w",
            "key alt+u",
            "key Down",
            "key alt+s",
            f"file {kept}/{PLUG_IN}.saved.json",
            f"copy {kept}/{PLUG_IN}.saved.json first-saved.json",
            # other settings, then those that were saved
            "key alt+c",
            "key Left",
            "key Left",
            "key space",
            *FRAMES,
            "key BackSpace",
            "key alt+u",
            "key Up",
            "key alt+l alt+e n o n e",
            # the recipes are passed on the way to another field, and nothing is chosen
            "key alt+f",
            "key shift+Tab",
            "key shift+Tab",
            "key shift+Tab",
            "key shift+Tab",
            # a dream that fails
            *FAILING_DREAM,
            "shot failed-run",
            *FAILING_DREAM,
            f"copy {kept}/{PLUG_IN}.last.json failed.json",
            "shot settings-kept",
            # and one that does not, in the same window
            "key alt+e",
            "key ctrl+a",
            "key BackSpace",
            "sleep 1",
            "key alt+d",
            "window 7 layers",
            "gone ^Dreaming$",
            DIALOG,
            # what is typed while chance varies what is set
            "key alt+c shift+Tab shift+Tab shift+Tab space alt+f ctrl+a 5",
            "sleep 4",
            "shot varied",
            "key alt+s",
            "sleep 1",
            f"copy {kept}/{PLUG_IN}.saved.json varied.json",
            # another network, then a number that no small picture of a recipe knows
            f"copy {notes} notes-before.txt",
            "key alt+m",
            "type fake",
            "sleep 3",
            *FRAMES,
            "type 6",
            "sleep 3",
            f"copy {notes} notes-after.txt",
            "key alt+m ctrl+a BackSpace",
            # a recipe of one's own
            "sleep 3",
            *SAVING_OWN,
            "type Mine.",
            "key Return",
            "gone Save as a recipe",
            f"file {gimp.folder}/.config/dreamcore/recipes/my-other.toml",
            "sleep 1",
            "shot own-recipe",
            # another of its name, which is not saved after all
            *SAVING_OWN,
            "type Another.",
            "key Return",
            "window Replace the recipe",
            "key Escape",
            "gone Replace the recipe",
            "window Save as a recipe",
            "key Escape",
            "gone Save as a recipe",
            # the images are closed under the dialog
            "window GIMP",
            "key ctrl+w",
            "sleep 1",
            "key ctrl+d",
            "sleep 1",
            "key ctrl+w",
            "sleep 1",
            "key ctrl+d",
            "sleep 1",
            DIALOG,
            "key alt+d",
            "sleep 1",
            "shot closed",
            "gone ^Dreaming$",
            "gone GIMP Message",
            DIALOG,
            "key Escape",
            "gone ^Deep Dream$",
            PATIENCE="60",
            FAKE_NOTES=notes,
        )
    finally:
        print(gimp.log.read_text())


def told(gimp, file):
    return json.loads((gimp.folder / file).read_text())


def test_saved_settings_keep_the_recipe_the_numbers_and_the_guide(driven, gimp):
    saved = told(gimp, "first-saved.json")
    assert (saved["recipe"], saved["frames"], saved["guide"]["layer"]) == ("other", "7", "photo.png")


def test_loaded_settings_are_those_that_were_saved_with_what_was_typed_since_and_a_failed_dream_keeps_them(
    driven, gimp
):
    assert told(gimp, "failed.json") == {**told(gimp, "first-saved.json"), "layer": "none"}


def test_what_is_typed_while_chance_varies_the_rest_stays(driven, gimp):
    varied = told(gimp, "varied.json")
    assert varied["frames"] == "5" and varied["octaves"] in ("5", "6", "7")


def test_a_run_that_fails_leaves_the_dialog_as_it_was_and_it_dreams_again(driven):
    assert "window 7 layers" in driven and "Traceback" not in driven


def test_the_small_pictures_follow_the_network_and_are_made_once_for_it(driven, gimp):
    before, after = ((gimp.folder / f"notes-{which}.txt").read_text() for which in ("before", "after"))
    made = after.removeprefix(before).splitlines()
    assert {line.split("|")[0] for line in made} == {"", "plain", "other"} and len(made) == 3
    assert all(json.loads(line.split("|")[1])["model"] == "fake" for line in made)


def test_a_recipe_of_ones_own_is_saved_and_not_written_over_without_a_question(driven, gimp):
    recipe = load_recipe(gimp.folder / ".config/dreamcore/recipes/my-other.toml")
    assert recipe.about == "Mine."


def test_an_image_that_is_closed_under_the_dialog_brings_no_message_of_gimp(driven, gimp):
    assert "gone GIMP Message" in driven and "gone ^Deep Dream$" in driven
    last = told(gimp, f"profile/deep-dream/{PLUG_IN}.last.json")
    assert (last["recipe"], last["guide"]) == ("my-other", None), "its settings are kept, and its guide was closed, too"

"""Schedules hear a sound, recipes and frame directories keep what was heard."""

import json

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.sequence import make_job, read_settings, run, unroll_folder, write_frames
from dreamcore.sequence.hearing import hear
from dreamcore.sequence.kept_curves import KeptCurves
from dreamcore.sequence.recipe import Recipe, load_recipe, read_recipe, recipe_from_notes, recipe_text, save_recipe
from tests.sound.sounds import clicks, tone, write_wav

pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}


@pytest.fixture
def song(tmp_path):
    """Two seconds: a click each half second, and a low tone in the second half."""
    samples = clicks([0, 0.5, 1, 1.5], 2)
    samples[len(samples) // 2 :] += tone(80, 1, 0.3)
    return str(write_wav(tmp_path / "song.wav", samples))


@pytest.fixture
def pixels():
    return np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).round().astype("f4")


def amounts(recipe):
    transform = recipe.sequence.transform
    return [transform.values(number)["amount"] for number in range(recipe.sequence.frames)]


def test_a_band_follows_the_sound_at_the_frame_rate(song):
    recipe = Recipe().changed(transform="zoom(0.1*band(60..100, release=0))", sound=song, frames=20, delay=10)
    quiet, loud = np.split(np.array(amounts(hear(recipe, 20))), 2)
    assert quiet[:9].max() < 0.03 and loud[1:].min() > 0.09
    faster = hear(recipe.changed(delay=5), 20)
    assert max(amounts(faster)[:18]) < 0.03


def test_a_beat_is_where_the_clicks_are(song):
    recipe = Recipe().changed(transform="zoom(0.5*beat(1, release=0))", sound=song, bpm=120, frames=20, delay=10)
    assert [number for number, amount in enumerate(amounts(hear(recipe, 20))) if amount] == [0, 5, 10, 15]


def test_a_beat_of_a_known_tempo_needs_no_sound():
    recipe = Recipe().changed(transform="zoom(0.5*beat(1/2, release=0) + bars(1)/100)", bpm=60, delay=25, frames=5)
    assert amounts(hear(recipe, 5)) == pytest.approx([0.5, 0.001, 0.501, 0.002, 0.503], abs=1e-3)


def test_a_held_first_frame_delays_all_others(song):
    recipe = Recipe().changed(transform="zoom(0.5*beat(1, release=0))", sound=song, bpm=120, frames=8, delay=10)
    held = hear(recipe.changed(hold_first=0.9), 8)
    assert [number for number, amount in enumerate(amounts(held)) if amount] == [0, 1, 6]


def test_backwards_the_last_frame_hears_the_beginning(song):
    recipe = Recipe().changed(transform="zoom(0.5*beat(1, release=0))", sound=song, bpm=120, frames=8, delay=10)
    back = hear(recipe.changed(reverse=True), 8)
    assert [number for number, amount in enumerate(amounts(back)) if amount] == [2, 7]


def test_weights_and_dream_parameters_hear_as_well(song, pixels, network):
    parameters = {
        **QUICK,
        "layer": "(0.5 + 0.5*beat(1, release=0))*join",
        "iterations": "1 + 2*band(60..100, release=0)",
    }
    job = make_job(pixels, network, sound=song, bpm=120, delay=10, frames=16, **parameters)
    assert [job.at(number)["layer"].terms[0][0] for number in (0, 1, 5)] == [1, 0.5, 1]
    assert [job.at(number)["iterations"] for number in (1, 13)] == [1, 3]


def test_the_text_of_a_recipe_that_has_heard_reads_back_equal(song):
    asked = Recipe().changed(transform="zoom(0.1*band(60..100))", layer="beat(1)*parts", sound=song, frames=9)
    recipe = hear(asked, 9)
    again = read_recipe(recipe_text(recipe))
    assert again == recipe and again.heard == recipe.heard
    assert hear(again, 9) == recipe and amounts(hear(again, 9)) == amounts(recipe)


def test_what_was_heard_is_enough_on_another_machine(song, tmp_path):
    recipe = hear(Recipe().changed(transform="zoom(0.1*band(60..100))", sound=song, frames=9), 9)
    text = recipe_text(recipe).replace(str(tmp_path), "elsewhere")
    assert amounts(hear(read_recipe(text), 9)) == amounts(recipe)
    with pytest.raises(DreamError, match=r"cannot read elsewhere.song.wav: .*of other frames or schedules"):
        hear(read_recipe(text), 10)
    with pytest.raises(DreamError, match="of other frames or schedules"):
        hear(read_recipe(text).changed(delay=8), 9)
    with pytest.raises(DreamError, match="of other frames or schedules"):
        hear(read_recipe(text).changed(transform="zoom(0.1*band(60..101))"), 9)


def test_what_was_heard_of_another_sound_does_not_count(song, tmp_path):
    recipe = hear(Recipe().changed(transform="zoom(0.1*band(60..100))", sound=song, frames=9), 9)
    with pytest.raises(DreamError, match=r"cannot read tune.wav: .*is of another, song.wav"):
        hear(recipe.changed(sound="tune.wav"), 9)


def test_a_kept_curve_is_not_heard_again(song, monkeypatch):
    recipe = hear(Recipe().changed(transform="zoom(0.1*band(60..100))", sound=song, frames=9), 9)
    monkeypatch.setattr("dreamcore.sequence.hearing._listened", None)
    assert hear(recipe, 9) == recipe


def test_a_sound_of_another_content_is_heard_anew(song):
    recipe = hear(Recipe().changed(transform="zoom(0.1*band(60..100))", sound=song, frames=9), 9)
    write_wav(song, tone(80, 2))
    assert hear(recipe, 9).heard != recipe.heard


def test_files_of_a_recipe_are_beside_it(song, tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    recipe = Recipe().changed(transform="zoom(0.1*band(60..100))", sound=song, frames=3)
    monkeypatch.chdir(tmp_path)
    save_recipe(hear(recipe.changed(sound="song.wav"), 3), "recipes/mine.toml")
    assert '"../song.wav"' in (tmp_path / "recipes/mine.toml").read_text()
    assert load_recipe("recipes/mine.toml").sequence.sound == "song.wav"


def directory(folder, job, **more):
    return [path.read_bytes() for _, path in write_frames(folder, job, **more)]


def test_a_run_is_resumed_without_the_sound(song, pixels, network, tmp_path):
    asked = {**QUICK, "transform": "zoom(0.2*beat(1))", "sound": song, "bpm": 120}
    whole = directory(tmp_path / "whole", make_job(pixels, network, frames=6, **asked))
    list(zip(range(3), write_frames(tmp_path / "part", make_job(pixels, network, frames=6, **asked)), strict=False))
    (tmp_path / "song.wav").unlink()
    recipe = recipe_from_notes(read_settings(tmp_path / "part"))
    list(write_frames(tmp_path / "part", make_job(pixels, network, recipe), resume=True))
    assert [path.read_bytes() for path in sorted((tmp_path / "part").glob("*.png"))] == whole


@pytest.mark.parametrize(
    "change, message",
    [
        ({"sound": "other.wav"}, "was made with another sound: "),
        ({"bpm": 90}, "was made with another bpm: 120, now 90"),
        ({"delay": 9}, "was made with another delay: 7, now 9"),
        ({"transform": "zoom(0.2)"}, "was made with another transform"),
    ],
)
def test_another_sound_refuses_to_resume(song, pixels, network, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    write_wav("other.wav", tone(80, 2))
    asked = {**QUICK, "transform": "zoom(0.2*beat(1))", "sound": song, "bpm": 120, "frames": 2}
    directory("part", make_job(pixels, network, **asked))
    with pytest.raises(DreamError, match=message):
        directory("part", make_job(pixels, network, **{**asked, **change}), resume=True)


def test_more_frames_of_the_same_sound_go_on(song, pixels, network, tmp_path):
    asked = {**QUICK, "transform": "zoom(0.2*beat(1))", "sound": song}
    whole = directory(tmp_path / "whole", make_job(pixels, network, frames=5, **asked))
    directory(tmp_path / "part", make_job(pixels, network, frames=2, **asked))
    directory(tmp_path / "part", make_job(pixels, network, frames=5, **asked), resume=True)
    assert [path.read_bytes() for path in sorted((tmp_path / "part").glob("*.png"))][2:] == whole[2:]


def test_settings_hold_short_curves_and_frames_none(song, pixels, network, tmp_path):
    job = make_job(pixels, network, frames=28, transform="zoom(0.2*beat(1))", sound=song, **QUICK)
    list(zip(range(1), write_frames(tmp_path / "d", job), strict=False))
    kept = json.loads((tmp_path / "d/sequence.json").read_text())["heard"]["curves"]
    assert list(kept) == ["beat(1)"] and len(kept["beat(1)"]) < 5 * 28
    assert "heard" not in job.notes(0) and job.notes(0)["sound_file"] == song


def test_rolls_that_follow_a_sound_are_unrolled(song, pixels, network, tmp_path):
    asked = {**QUICK, "transform": "roll(shift=4*beat(1))", "sound": song, "frames": 3}
    directory(tmp_path / "d", make_job(pixels, network, **asked))
    assert unroll_folder(tmp_path / "d", tmp_path / "out") == 3


@pytest.mark.parametrize(
    "asked, message",
    [
        (
            {"transform": "zoom(0.1*band(60..100))"},
            r"band\(60..100\) follows a sound, and none is named: name one with sou",
        ),
        ({"transform": "zoom(0.1*beat(1))"}, r"none is named: name one with sound, or its tempo with bpm"),
        ({"transform": "zoom(0.1*band(60..100))", "bpm": 100}, "none is named"),
        ({"transform": "zoom(0.1*beat(1))", "sound": "nowhere.wav"}, "cannot read nowhere.wav: it is not there"),
        ({"delay": "5 + beat(1)", "bpm": 100}, r"delay=5 \+ beat\(1\) is not allowed: which frame hears what"),
    ],
)
def test_what_cannot_be_heard_is_one_line(pixels, network, asked, message):
    with pytest.raises(DreamError, match=message):
        make_job(pixels, network, **{**QUICK, **asked})


def test_a_silent_sound_is_0_with_a_note(tmp_path):
    silent = str(write_wav(tmp_path / "a.wav", np.zeros(44100)))
    recipe = Recipe().changed(transform="zoom(0.5*beat(1) + 0.3*band(60..100) + 0.1*bars(1))", sound=silent, frames=5)
    with pytest.warns(UserWarning, match=r"a.wav is silent: whatever follows it is 0"):
        assert amounts(hear(recipe, 5)) == [0] * 5


def test_a_sound_that_ends_early_or_lacks_a_band_says_so(song):
    recipe = Recipe().changed(transform="zoom(0.5*band(60..100))", sound=song, frames=40, delay=10)
    with pytest.warns(UserWarning, match=r"song.wav lasts 2 s, until frame 20 of 40"):
        assert max(amounts(hear(recipe, 40))[35:]) < 0.1
    with pytest.warns(UserWarning, match="has nothing from 20000 to 22000 hertz"):
        hear(recipe.changed(transform="zoom(0.5*band(20000..22000))"), 5)


@pytest.mark.parametrize(
    "values, message",
    [
        (3, "heard is a table"),
        ({}, "heard is a table"),
        ({"curves": {"beat(1)": 3}}, "is no list of numbers from 0 to 1"),
        ({"curves": {"beat(1)": "1 2 x"}}, "is no list of numbers from 0 to 1"),
        ({"curves": {"beat(1)": "1 2"}}, "is no list of numbers from 0 to 1"),
        ({"file": 3, "curves": {}}, "file of what was heard is no text"),
        ({"bpm": [], "curves": {}}, "bpm of what was heard is no text and no number"),
    ],
)
def test_damaged_curves_are_refused(values, message):
    with pytest.raises(DreamError, match=message):
        KeptCurves.of(values)


def test_a_recipe_without_schedules_that_hear_keeps_nothing(song):
    recipe = hear(Recipe().changed(transform="zoom(0.1*beat(1))", sound=song, frames=3), 3)
    assert hear(recipe.changed(transform="zoom(0.1)"), 3).heard is None


def test_frames_of_a_heard_job_differ_where_the_sound_does(song, pixels, network):
    job = make_job(pixels, network, transform="zoom(0.5*beat(1, release=0))", sound=song, bpm=120, frames=3, **QUICK)
    plain = make_job(pixels, network, transform="chain()", frames=3, **QUICK)
    heard, still = ([*run(each)] for each in (job, plain))
    assert np.array_equal(heard[0], still[0]) and not np.array_equal(heard[1], still[1])

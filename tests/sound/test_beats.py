"""Tempo and beats of click tracks."""

import numpy as np
import pytest

from dreamcore.sound.beats import find_beats, find_tempo
from dreamcore.sound.listening import Sound, listen
from tests.sound.sounds import clicks, write_wav

pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")


def heard(tmp_path, times, seconds):
    return listen(write_wav(tmp_path / "a.wav", clicks(times, seconds)), [])


def missed(beats, times, within=0.04):
    return [time for time in times if np.abs(beats - time).min() > within]


@pytest.mark.parametrize("bpm", [75, 100, 120, 128, 140, 174])
def test_the_tempo_of_clicks_is_found(tmp_path, bpm):
    sound = heard(tmp_path, np.arange(0.37, 12, 60 / bpm), 12)
    assert find_tempo(sound) == pytest.approx(bpm, rel=0.01)


@pytest.mark.parametrize("bpm", [75, 120, 174])
def test_beats_are_where_the_clicks_are(tmp_path, bpm):
    times = np.arange(0.37, 11.9, 60 / bpm)
    beats = find_beats(heard(tmp_path, times, 12))
    assert not missed(beats, times)
    assert not missed(times, beats[(beats > 0.3) & (beats < times[-1])])


def test_beats_follow_a_tempo_that_does_not_stand_still(tmp_path):
    steps = 0.5 * (1 + 0.05 * np.sin(np.arange(30) / 5))
    times = 0.4 + np.cumsum(steps)
    assert not missed(find_beats(heard(tmp_path, times, times[-1] + 0.5)), times)


def test_a_given_tempo_is_kept_and_meets_the_first_click(tmp_path):
    beats = find_beats(heard(tmp_path, np.arange(0.2, 8, 0.5), 8), bpm=120)
    assert np.diff(beats) == pytest.approx(0.5)
    assert beats[0] == pytest.approx(0.2, abs=0.04) and beats[-1] >= 8


def test_a_given_tempo_needs_no_sound_and_begins_at_once():
    beats = find_beats(Sound(2, 100, {}, np.zeros(1)), bpm=60)
    assert beats.tolist() == [0, 1, 2, 3]


def test_weak_offbeats_do_not_make_it_twice_as_fast(tmp_path):
    samples = clicks(np.arange(0.3, 12, 0.6), 12) + clicks(np.arange(0.6, 12, 0.6), 12, loudness=0.1)
    sound = listen(write_wav(tmp_path / "a.wav", samples), [])
    assert find_tempo(sound) == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("onsets", [np.zeros(1), np.zeros(9), np.zeros(50), np.ones(50), np.eye(1, 50, 7)[0]])
def test_what_has_no_tempo_has_the_usual_one(onsets):
    sound = Sound(len(onsets) / 50, 50, {}, onsets)
    beats = find_beats(sound)
    assert len(beats) >= 2 and (np.diff(beats) > 0).all() and beats[-1] >= sound.seconds

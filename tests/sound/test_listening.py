"""A sound file becomes the loudness of its bands, and what begins in it."""

import sys

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.sound.listening import content_of, listen
from tests.sound.sounds import RATE, clicks, tone, write_wav

soundfile = pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
LOW, HIGH = (40, 120), (2000, 6000)


def test_a_tone_is_heard_in_its_band_and_no_other(tmp_path):
    sound = listen(write_wav(tmp_path / "a.wav", tone(80, 1)), [LOW, HIGH])
    middle = slice(10, -10)
    assert sound.bands[LOW][middle].min() > 100 * sound.bands[HIGH][middle].max()
    assert np.ptp(sound.bands[LOW][middle]) < 0.01 * sound.bands[LOW].max()


def test_a_rising_tone_goes_from_band_to_band(tmp_path):
    seconds = np.arange(2 * RATE) / RATE
    sweep = 0.5 * np.sin(2 * np.pi * 50 * (100 ** (seconds / 2) - 1) * 2 / np.log(100))  # 50 to 5000 Hz
    spans = [(50, 158), (158, 500), (500, 1580), (1580, 5000)]
    sound = listen(write_wav(tmp_path / "a.wav", sweep), spans)
    loudest = [sound.bands[span].argmax() / sound.rate for span in spans]
    assert loudest == sorted(loudest)
    for place, time in enumerate(loudest):
        assert place * 0.5 - 0.1 < time < place * 0.5 + 0.6


def test_twice_the_amplitude_is_twice_as_loud(tmp_path):
    once, twice = (
        listen(write_wav(tmp_path / f"{loud}.wav", tone(80, 1, loud)), [LOW]).bands[LOW][20] for loud in (0.3, 0.6)
    )
    assert twice == pytest.approx(2 * once, rel=1e-3)


def test_a_band_narrower_than_the_frequencies_lie_is_heard_all_the_same(tmp_path):
    sound = listen(write_wav(tmp_path / "a.wav", tone(440, 1)), [(439.9, 440.1)])
    assert sound.bands[439.9, 440.1][20] > 0.1


def test_beginnings_are_where_something_begins(tmp_path):
    times = [0.5, 1.1, 1.6]
    sound = listen(write_wav(tmp_path / "a.wav", clicks(times, 2)), [])
    highest = sorted(np.argsort(sound.onsets)[::-1][:3] / sound.rate)
    assert highest == pytest.approx(times, abs=0.03)


def test_channels_count_alike_and_every_format_sounds_the_same(tmp_path):
    samples = np.stack([tone(80, 1), tone(3000, 1)], axis=1)
    write_wav(tmp_path / "a.wav", samples)
    soundfile.write(tmp_path / "a.flac", samples, RATE)
    soundfile.write(tmp_path / "a.ogg", samples, RATE)
    soundfile.write(tmp_path / "a.mp3", samples, RATE)
    wav, flac, ogg, mp3 = (listen(tmp_path / f"a.{kind}", [LOW, HIGH]) for kind in ("wav", "flac", "ogg", "mp3"))
    assert wav.bands[LOW][30] == pytest.approx(wav.bands[HIGH][30], rel=0.3)
    assert flac.bands[LOW] == pytest.approx(wav.bands[LOW], abs=1e-3)
    assert np.median(mp3.bands[LOW]) == pytest.approx(np.median(wav.bands[LOW]), abs=0.02)
    assert ogg.bands[LOW][10:-10] == pytest.approx(wav.bands[LOW][10:-10], abs=0.02)


def test_a_sound_in_blocks_is_heard_as_in_one(tmp_path, monkeypatch):
    path = write_wav(tmp_path / "a.wav", clicks([0.3, 0.7], 1) + tone(80, 1))
    whole = listen(path, [LOW])
    monkeypatch.setattr("dreamcore.sound.listening._BLOCK", 1000)
    parts = listen(path, [LOW])
    np.testing.assert_allclose(parts.bands[LOW], whole.bands[LOW], atol=1e-6)
    np.testing.assert_allclose(parts.onsets, whole.onsets, atol=1e-3)


def test_its_length_is_that_of_the_file(tmp_path):
    sound = listen(write_wav(tmp_path / "a.wav", tone(80, 1.25)), [LOW])
    assert sound.seconds == pytest.approx(1.25, abs=1e-3)
    assert len(sound.bands[LOW]) == len(sound.onsets) == int(1.25 * sound.rate) + 1


def test_silence_is_known(tmp_path):
    assert listen(write_wav(tmp_path / "a.wav", np.zeros(RATE)), [LOW]).is_silent
    assert not listen(write_wav(tmp_path / "b.wav", tone(80, 1)), [LOW]).is_silent


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("none.wav", None, "cannot read .*none.wav: it is not there"),
        ("text.wav", b"no sound at all", "text.wav is no sound that can be read; allowed are WAV, FLAC, OGG"),
        ("empty.flac", b"", "empty.flac is no sound that can be read; allowed"),
        ("picture.mp3", b"\x89PNG\r\n\x1a\n" + bytes(2000), "picture.mp3 is no sound that can be read; allowed"),
        ("riff.wav", b"RIFF" + bytes(2000), "riff.wav is no sound that can be read: "),
        ("frame.mp3", b"\xff\xfb" + bytes(2000), "frame.mp3 is no sound that can be read: "),
        ("raw.raw", bytes(2000), "raw.raw is no sound that can be read; allowed"),
    ],
)
def test_what_is_no_sound_is_one_line(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DreamError, match=message) as error:
        listen(tmp_path / name, [LOW])
    assert "\n" not in str(error.value)


def test_a_sound_that_was_cut_off_is_one_line(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 2 * RATE), RATE)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:20_000])
    with pytest.raises(DreamError, match="a.flac is no sound that can be read: "):
        listen(tmp_path / "a.flac", [LOW])


def test_a_folder_is_no_sound(tmp_path):
    with pytest.raises(DreamError, match="it is not a file"):
        listen(tmp_path, [LOW])


def test_a_sound_that_is_too_short_says_how_long_it_is(tmp_path):
    with pytest.raises(DreamError, match=r"lasts 0.05 s; a sound of 0.1 s or more is needed"):
        listen(write_wav(tmp_path / "a.wav", tone(80, 0.05)), [LOW])


def test_of_a_file_that_is_cut_what_came_is_heard_and_nothing_else(tmp_path):
    if "MP3" not in soundfile.available_formats():
        pytest.skip("this libsndfile knows no MP3")
    soundfile.write(tmp_path / "a.mp3", tone(80, 2), RATE)
    data = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "b.mp3").write_bytes(data[: len(data) // 2])
    assert 0.5 < listen(tmp_path / "b.mp3", [LOW]).seconds < 1.2


@pytest.mark.parametrize("wrong", [np.nan, -np.inf, 3e38])
def test_samples_that_are_no_numbers_are_refused(tmp_path, wrong):
    samples = tone(80, 1)
    samples[100] = wrong
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    with pytest.raises(DreamError, match="it holds what is no number"):
        listen(tmp_path / "a.wav", [LOW])


def test_a_missing_package_says_what_to_install(tmp_path, monkeypatch):
    path = write_wav(tmp_path / "a.wav", tone(80, 1))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(DreamError, match=r"a.wav needs soundfile: .*install soundfile$"):
        listen(path, [LOW])


def test_the_content_of_a_file_is_known_again(tmp_path):
    one, other = (write_wav(tmp_path / f"{hertz}.wav", tone(hertz, 1)) for hertz in (80, 90))
    assert content_of(one) == content_of(one) != content_of(other)

"""Videos with a sound."""

import numpy as np
import pytest

from tests.sound.sounds import RATE, tone, write_wav
from wand_tools import AnimationError, check_animation, make_animation
from wand_tools.cli import main

av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
FRAMES = [np.full((32, 48, 3), 30 * number, np.uint8) for number in range(8)]


def heard(path):
    """The samples of a video, (2, N) in -1..1, 48000 a second, and the names of its codecs."""
    with av.open(str(path)) as video:
        codecs = [stream.codec_context.name for stream in video.streams]
        blocks = [np.atleast_2d(each.to_ndarray()) for each in video.decode(audio=0)]
    return np.hstack(blocks), codecs


@pytest.mark.parametrize("kind, codecs", [("mp4", ["h264", "aac"]), ("webm", ["vp9", "opus"])])
def test_the_sound_is_cut_where_the_pictures_end(tmp_path, kind, codecs):
    song = write_wav(tmp_path / "song.wav", tone(1000, 3))
    make_animation(FRAMES, tmp_path / f"a.{kind}", delay=10, sound=song, jobs=1)
    samples, names = heard(tmp_path / f"a.{kind}")
    assert [name.removeprefix("lib") for name in names] == codecs
    assert samples.shape[1] / 48000 == pytest.approx(0.8, abs=0.03)
    spectrum = np.abs(np.fft.rfft(samples[0][4800:28800]))
    assert spectrum.argmax() * 48000 / 24000 == pytest.approx(1000, abs=3)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.1)


def test_a_sound_that_is_shorter_ends_earlier(tmp_path):
    song = write_wav(tmp_path / "song.wav", tone(1000, 0.3))
    made = make_animation(FRAMES, tmp_path / "a.mp4", delay=10, sound=song, jobs=1)
    assert heard(tmp_path / "a.mp4")[0].shape[1] / 48000 == pytest.approx(0.3, abs=0.05)
    assert made.seconds == 0.8


def test_no_size_is_told_before_the_encoder_has_given_a_picture(tmp_path):
    class Told(list):
        wrote = list.append

        def __call__(self, done, total):
            pass

    told, song = Told(), write_wav(tmp_path / "song.wav", tone(1000, 3))
    make_animation(FRAMES, tmp_path / "a.mp4", delay=10, sound=song, jobs=1, progress=told)
    assert told == [0] * 8  # x264 keeps some forty pictures


def test_a_sound_begins_with_the_pictures_and_keeps_time(tmp_path):
    samples = tone(1000, 2)
    samples[: int(0.6 * RATE)] = 0
    make_animation(FRAMES, tmp_path / "a.webm", delay=20, sound=write_wav(tmp_path / "song.wav", samples), jobs=1)
    loud = np.abs(heard(tmp_path / "a.webm")[0][0]) > 0.1
    assert loud.argmax() / 48000 == pytest.approx(0.6, abs=0.03)


def test_channels_stay_left_and_right(tmp_path):
    song = write_wav(tmp_path / "song.wav", np.stack([tone(500, 1), 0 * tone(500, 1)], axis=1))
    make_animation(FRAMES, tmp_path / "a.mp4", delay=10, sound=song, jobs=1)
    left, right = np.abs(heard(tmp_path / "a.mp4")[0]).max(axis=1)
    assert left > 0.4 and right < 0.05


def test_the_sound_of_a_video_is_a_sound(tmp_path):
    make_animation(FRAMES, tmp_path / "a.mp4", delay=10, sound=write_wav(tmp_path / "song.wav", tone(500, 1)), jobs=1)
    make_animation(FRAMES, tmp_path / "b.webm", delay=10, sound=tmp_path / "a.mp4", jobs=1)
    assert np.abs(heard(tmp_path / "b.webm")[0]).max() > 0.4


def test_without_a_sound_a_video_has_none(tmp_path):
    make_animation(FRAMES, tmp_path / "a.mp4", jobs=1)
    with av.open(str(tmp_path / "a.mp4")) as video:
        assert not video.streams.audio


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("none.wav", None, "none.wav: there is no such file"),
        ("text.wav", b"no sound at all", "text.wav is no sound that can be read: "),
        ("empty.flac", b"", "empty.flac: there is no sound in this file"),
    ],
)
def test_what_is_no_sound_is_one_line_and_no_file_appears(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for attempt in (
        lambda: make_animation(FRAMES, tmp_path / "a.mp4", sound=tmp_path / name, jobs=1),
        lambda: check_animation(tmp_path / "a.mp4", 3, sound=tmp_path / name),
    ):
        with pytest.raises(AnimationError, match=message) as error:
            attempt()
        assert "\n" not in str(error.value)
    assert not (tmp_path / "a.mp4").exists()


def test_pictures_have_no_sound(tmp_path):
    make_animation(FRAMES, tmp_path / "a.mp4", jobs=1)
    with pytest.raises(AnimationError, match=r"a.mp4: there is no sound in this file"):
        make_animation(FRAMES, tmp_path / "b.mp4", sound=tmp_path / "a.mp4", jobs=1)


def test_formats_without_sound_say_so(tmp_path):
    song = write_wav(tmp_path / "song.wav", tone(500, 1))
    with pytest.raises(AnimationError, match="sound is for mp4, webm, not gif"):
        make_animation(FRAMES, tmp_path / "a.gif", sound=song)
    with pytest.raises(AnimationError, match="sound 3: the name of a sound file"):
        make_animation(FRAMES, tmp_path / "a.mp4", sound=3)


def test_a_sound_is_never_overwritten(tmp_path):
    make_animation(FRAMES, tmp_path / "a.mp4", delay=10, sound=write_wav(tmp_path / "song.wav", tone(500, 1)), jobs=1)
    before = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(Exception, match="is what it would be made of"):
        make_animation(FRAMES, tmp_path / "a.mp4", sound=tmp_path / "a.mp4", jobs=1)
    assert (tmp_path / "a.mp4").read_bytes() == before


def test_a_broken_sound_leaves_no_video_and_is_known_before(tmp_path):
    soundfile = pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")
    soundfile.write(tmp_path / "song.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE), RATE)
    (tmp_path / "song.flac").write_bytes((tmp_path / "song.flac").read_bytes()[:100_000])
    for attempt in (
        lambda: make_animation(FRAMES, tmp_path / "a.mp4", delay=50, sound=tmp_path / "song.flac", jobs=1),
        lambda: check_animation(tmp_path / "a.mp4", 3, sound=tmp_path / "song.flac"),
    ):
        with pytest.raises(AnimationError, match="song.flac is no sound that can be read: "):
            attempt()
    assert [each.name for each in tmp_path.iterdir()] == ["song.flac"]


def test_wandgif_takes_a_sound(tmp_path, capsys):
    make_animation(FRAMES, tmp_path / "a.gif", delay=10, jobs=1)
    song = write_wav(tmp_path / "song.wav", tone(500, 1))
    assert main(["make", str(tmp_path / "a.gif"), str(tmp_path / "a.mp4"), "--sound", str(song), "--jobs", "1"]) == 0
    assert np.abs(heard(tmp_path / "a.mp4")[0]).max() > 0.4

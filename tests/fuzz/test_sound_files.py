"""Damaged sounds: something is heard, or there is one clear error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import DreamError
from dreamcore.sound.beats import find_beats
from dreamcore.sound.listening import listen
from tests.fuzz.examples import examples
from tests.sound.sounds import RATE, clicks, tone

soundfile = pytest.importorskip("soundfile", reason="soundfile, the sound extra, is not installed")

fuzz = examples(40)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sound in each format, as bytes."""
    folder = tmp_path_factory.mktemp("sounds")
    for kind in ("wav", "flac", "ogg", "mp3", "aiff", "caf", "au"):
        soundfile.write(folder / f"a.{kind}", clicks([0.1, 0.4], 0.6) + tone(80, 0.6, 0.1), RATE)
    return folder, {path.suffix: path.read_bytes() for path in sorted(folder.iterdir())}


@fuzz
@given(st.data())
def test_a_damaged_sound_is_heard_or_refused(whole, data):
    folder, sounds = whole
    suffix = data.draw(st.sampled_from([*sounds]))
    content = sounds[suffix]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, min(len(content), data.draw(st.sampled_from([64, 10**6])))))
        more = data.draw(st.binary(max_size=8) | st.just(content[:at]))
        content = content[:at] + more + content[at + data.draw(st.sampled_from([0, 1, 4, 8, 10**6])) :]
    (folder / "damaged").write_bytes(content)
    try:
        sound = listen(folder / "damaged", [(40, 120), (0, 24000)])
    except DreamError as error:
        assert "\n" not in str(error)
    else:
        assert all(np.isfinite(each).all() for each in (*sound.bands.values(), sound.onsets, find_beats(sound)))

"""A harness of the sounds that a sequence follows."""

import io

import numpy as np

from dreamcore.sound.beats import find_beats
from dreamcore.sound.listening import content_of, listen
from tests.fuzz.harness import harness, scratch_file
from tests.fuzz.mutations import bytes_changed

RATE = 8000
KINDS = (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"))
KINDS += (("AIFF", "PCM_16"), ("CAF", "PCM_16"), ("AU", "PCM_16"))


def sounds():
    import soundfile

    samples = 0.1 * np.sin(2 * np.pi * 80 * np.arange(int(0.3 * RATE)) / RATE)
    samples[400:600] += np.random.default_rng(1).uniform(-0.8, 0.8, 200)  # a click
    seeds = []
    for format, subtype in KINDS:
        if subtype in soundfile.available_subtypes(format):
            stream = io.BytesIO()
            soundfile.write(stream, samples, RATE, subtype, format=format)
            seeds.append(stream.getvalue())
    return seeds


@harness("sound", sounds, bytes_changed, 30)
def hear(data):
    path = scratch_file("a.sound", data)
    assert len(content_of(path)) == 64
    sound = listen(path, [(40, 120), (0, 24000)])
    assert sound.seconds > 0 and sound.rate > 0
    assert all(np.isfinite(curve).all() for curve in (*sound.bands.values(), sound.onsets, find_beats(sound)))

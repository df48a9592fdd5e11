"""What is written, as Pillow, ffmpeg and Chromium read it: frames, times, loops, every pixel."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageSequence, features

from dreamcore.notes import read_notes
from tests.wand_tools.browser import PROGRAM, by_chromium
from tests.wand_tools.conftest import by_ffmpeg, decoded, error, ffprobe_times, picture_frames
from wand_tools import make_animation, reverse

CAMERA = picture_frames(5)
TIMES = [0.05, 0.2, 0.07, 0.03, 1]
HUES = np.random.default_rng(4).integers(0, 256, (200, 3), np.uint8)  # few enough for one palette
FLAT = [HUES[(np.arange(1200) * 7 + 13 * number) % 200].reshape(30, 40, 3) for number in range(4)]
HOLES = [np.dstack([frame, np.full((30, 40, 1), 255, np.uint8)]) for frame in FLAT]
for number, frame in enumerate(HOLES):
    frame[5 + number : 15, 3 : 20 + number, 3] = 0
NOTES = {"program": "dreamcore", "about": "x" * 700}
GIF_OPTIONS = {
    "plain": {},
    "best": {"quality": "best"},
    "global": {"palette": "global"},
    "still": {"dither": "still", "colours": 32},
    "lossy": {"lossy": 40},
    "once": {"plays": 1},
    "thrice": {"plays": 3, "notes": NOTES},
}
# Name, without its number -> frames, options; and which of them keep every pixel.
CASES = {
    **{f"{name}.gif": (CAMERA, options) for name, options in GIF_OPTIONS.items()},
    **{f"camera{suffix}": (CAMERA, {"notes": NOTES}) for suffix in (".webp", ".png", ".avif")},
    **{f"twice{suffix}": (CAMERA, {"plays": 2}) for suffix in (".webp", ".png")},
    **{f"flat{suffix}": (FLAT, {}) for suffix in (".gif", ".png")},
    **{f"holes{suffix}": (HOLES, {}) for suffix in (".gif", ".png")},
    **{f"alone{suffix}": (CAMERA[:1], {}) for suffix in (".gif", ".webp", ".png")},
}
EXACT = [name for name in CASES if name.endswith(".png") or name.startswith(("flat", "holes"))]
if not features.check("avif"):
    del CASES["camera.avif"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """All cases as files, and those that run backwards once more."""
    folder = tmp_path_factory.mktemp("written")
    for name, (frames, options) in CASES.items():
        make_animation(frames, folder / name, durations=TIMES[: len(frames)], jobs=1, **options)
    for name in ("flat.gif", "holes.gif"):
        reverse(folder / name, folder / f"reversed-{name}", jobs=1)
    return folder


@pytest.fixture(scope="module")
def seen(written, tmp_path_factory):
    """What Chromium sees, which is started once."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed")
    paths = sorted(written.iterdir())
    return dict(zip([path.name for path in paths], by_chromium(paths, tmp_path_factory.mktemp("page")), strict=True))


def wanted(name):
    frames, options = CASES[name.removeprefix("reversed-")]
    times = [Fraction(str(time)) for time in TIMES[: len(frames)]]
    return (frames[::-1], times[::-1], options) if name.startswith("reversed-") else (frames, times, options)


def rgba(frame):
    """A frame as it is seen: what is clear has no colour."""
    full = np.dstack([frame, np.full((*frame.shape[:2], 1), 255, np.uint8)]) if frame.shape[2] == 3 else frame.copy()
    full[full[..., 3] == 0] = 0
    return full


NAMES = [*CASES, "reversed-flat.gif", "reversed-holes.gif"]


@pytest.mark.parametrize("name", NAMES)
def test_chromium_sees_every_frame_its_time_and_how_often(seen, name):
    frames, times, options = wanted(name)
    assert not isinstance(seen[name], str), seen[name]
    assert len(seen[name].frames) == len(frames)
    if len(frames) > 1:
        plays = options.get("plays", 0)
        assert seen[name].times == times
        assert seen[name].repeats == (None if plays == 0 else plays - 1)


@pytest.mark.parametrize("name", NAMES)
def test_chromium_sees_the_pixels_that_pillow_sees(seen, written, name):
    pillow = [rgba(frame) for frame in decoded(written / name, "RGBA")]
    most = 0.5 if name.endswith(".avif") else 0  # whose colours each decoder rounds in its own way
    assert error([rgba(frame) for frame in seen[name].frames], pillow) <= most


@pytest.mark.parametrize("name", [*EXACT, "reversed-flat.gif", "reversed-holes.gif"])
def test_what_is_exact_is_exact_in_chromium_and_in_pillow(seen, written, name):
    frames = [rgba(frame) for frame in wanted(name)[0]]
    assert error([rgba(frame) for frame in seen[name].frames], frames) == 0
    assert error([rgba(frame) for frame in decoded(written / name, "RGBA")], frames) == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".gif", ".png"))])
def test_ffmpeg_sees_every_frame_its_time_and_the_pixels_that_pillow_sees(written, name):
    frames, times, _ = wanted(name)
    if name.endswith(".png"):
        (written / name).with_suffix(".apng").write_bytes((written / name).read_bytes())
    path = (written / name).with_suffix(".apng") if name.endswith(".png") else written / name
    try:
        got = by_ffmpeg(path, (40, 30), "rgba")
        assert len(frames) == 1 or ffprobe_times(path)[:-1] == times[:-1]  # that of the last is often not told
    finally:
        if path.suffix == ".apng":
            path.unlink()
    assert error([rgba(frame) for frame in got], [rgba(frame) for frame in decoded(written / name, "RGBA")]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_pillow_sees_every_frame_and_its_time(written, name):
    frames, times, _ = wanted(name)
    with Image.open(written / name) as image:
        got = [(frame.load(), frame.info.get("duration"))[1] for frame in ImageSequence.Iterator(image)]
    assert len(got) == len(frames)
    assert len(frames) == 1 or got == [float(time) * 1000 for time in times]


@pytest.mark.parametrize("name", [name for name, (_, options) in CASES.items() if "notes" in options])
def test_notes_change_nothing_that_is_seen_and_are_there(written, name):
    assert read_notes(written / name) == NOTES

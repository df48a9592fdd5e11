"""Colours that stay: from GIF to GIF, plain grounds, pictures with few colours."""

import numpy as np
import pytest
from PIL import Image

from tests.wand_tools.conftest import by_ffmpeg, by_imagemagick, decoded
from wand_tools import info, make_animation, reverse
from wand_tools.gif_blocks import TRAILER, Block, frame_bytes, header
from wand_tools.look import DITHERS
from wand_tools.magick import compress

SIZE = 48, 40


def colours(count, seed):
    codes = np.random.default_rng(seed).permutation(1 << 24)[:count]
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)


def gif(path, *blocks):
    """Write a GIF whose blocks are (left, top, colour numbers, palette), 10 centiseconds each."""
    data = header(*SIZE)
    for left, top, numbers, palette in blocks:
        height, width = numbers.shape
        data += frame_bytes(Block(left, top, width, height, palette.tobytes(), compress(numbers, palette), delay=10))
    path.write_bytes(data + TRAILER)
    return path


def numbered(height, width, count=256):
    return (np.arange(height * width) % count).astype(np.uint8).reshape(height, width)


def changes(kind):
    whole = (0, 0, numbered(40, 48), colours(256, 1))
    return {
        "a part with 256 colours": [whole, (10, 0, numbered(40, 30), colours(256, 2))],
        "all but a few rows": [whole, (0, 0, numbered(36, 48, 200), colours(200, 3))],
        "one row": [whole, (0, 21, numbered(1, 48), colours(256, 4))],
        "the first row": [whole, (0, 0, numbered(1, 48), colours(256, 5))],
        "every quarter with its own palette": [
            whole,
            *((12 * n, 0, numbered(40, 12), colours(256, 6 + n)) for n in range(4)),
        ],
    }[kind]


KINDS = (
    "a part with 256 colours",
    "all but a few rows",
    "one row",
    "the first row",
    "every quarter with its own palette",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_colour_stays_from_gif_to_gif(tmp_path, kind):
    source, made = gif(tmp_path / "a.gif", *changes(kind)), tmp_path / "b.gif"
    make_animation(source, made, jobs=1)
    wanted = np.array(decoded(source))
    for reader in (decoded, lambda p: by_imagemagick(p, SIZE), lambda p: by_ffmpeg(p, SIZE)):
        assert (np.array(reader(made)) == wanted).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_colour_stays_in_a_gif_that_is_reversed(tmp_path, kind):
    source, made = gif(tmp_path / "a.gif", *changes(kind)), tmp_path / "b.gif"
    told = reverse(source, made, jobs=1)
    wanted, got = decoded(source)[::-1], decoded(made)
    following = iter(got)  # frames of more than 256 colours are built in several steps
    assert all(any((step == frame).all() for step in following) for frame in wanted)
    assert told.frames == len(wanted)
    assert info(made).seconds == info(source).seconds


def test_a_frame_that_is_built_in_steps_is_near_from_the_first(tmp_path):
    source, made = gif(tmp_path / "a.gif", *changes("one row")), tmp_path / "b.gif"
    reverse(source, made, jobs=1)
    first, second, _ = (frame.astype(int) for frame in decoded(made))
    assert np.abs(first - second).mean() < 3
    assert [int(time * 100) for time in info(made).durations] == [2, 8, 10]


def test_steps_are_never_too_short_for_browsers(tmp_path):
    whole = (0, 0, numbered(40, 48), colours(256, 1))
    parts = [(12 * n, 0, numbered(40, 12), colours(256, 6 + n)) for n in range(4)]
    source = gif(tmp_path / "a.gif", whole, *parts)
    reverse(source, tmp_path / "b.gif", fps=20, jobs=1)
    times = [int(time * 100) for time in info(tmp_path / "b.gif").durations]
    assert min(times) >= 2
    assert times[:5] == [2] * 5  # 10 of the 5 hundredths that the first frame has


def test_a_gif_without_any_palette_is_grey(tmp_path):
    numbers = numbered(40, 48)
    block = Block(0, 0, 48, 40, None, compress(numbers, colours(256, 1)), delay=10)
    (tmp_path / "a.gif").write_bytes(header(*SIZE) + frame_bytes(block) + TRAILER)
    make_animation(tmp_path / "a.gif", tmp_path / "b.gif", jobs=1)
    assert (decoded(tmp_path / "b.gif")[0] == numbers[..., None]).all()


def test_a_first_frame_larger_than_the_screen_is_whole(tmp_path):
    path = gif(tmp_path / "a.gif", (4, 2, numbered(50, 60), colours(256, 1)))
    make_animation(path, tmp_path / "b.gif", jobs=1)
    assert info(path).size == info(tmp_path / "b.gif").size == (64, 52)
    assert (decoded(tmp_path / "b.gif")[0][2:, 4:] == colours(256, 1)[numbered(50, 60)]).all()


LOOKS = [
    *({"dither": dither} for dither in DITHERS),
    {"quality": "best"},
    {"matte": "red"},
    {"palette": "global"},
    {"palette": "scene"},
    {"palette": "global", "dither": "ordered"},
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_picture_of_256_colours_is_exact_in_every_mode(tmp_path, look):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    make_animation([ramp, ramp[::-1], ramp], tmp_path / "a.gif", jobs=1, **look)
    assert (np.array(decoded(tmp_path / "a.gif")) == [ramp, ramp[::-1], ramp]).all()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_plain_grounds_stay_plain_beside_many_colours(tmp_path, look):
    noise = np.random.default_rng(5).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    grounds = [(255, 255, 255), (0, 0, 0), (3, 130, 77)]
    frames = []
    for ground in grounds:
        frame = np.full((40, 60, 3), ground, np.uint8)
        frame[8:32, 4:28] = noise
        frames.append(frame)
    make_animation(frames, tmp_path / "a.gif", jobs=1, **look)
    for frame, ground in zip(decoded(tmp_path / "a.gif"), grounds, strict=True):
        assert (frame[:6] == ground).all() and (frame[:, 42:] == ground).all()


def test_as_many_colours_as_are_asked_for_are_exact(tmp_path):
    few = colours(16, 1)[numbered(20, 20, 16)]
    Image.fromarray(few).save(tmp_path / "a.png")
    make_animation(tmp_path / "a.png", tmp_path / "a.gif", colours=16, jobs=1)
    assert (decoded(tmp_path / "a.gif")[0] == few).all()

"""The writer on hand-made frames: what is drawn, what is left out, what the bytes say."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.wand_tools.conftest import by_ffmpeg, by_imagemagick, decoded
from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import KEEP, TO_BACKGROUND, read_structure
from wand_tools.look import Look
from wand_tools.sources.gif import Gif
from wand_tools.sources.references import InMemory
from wand_tools.workers import Pool
from wand_tools.writers.gif import encode, write_frames
from wand_tools.writers.gif_changes import differences
from wand_tools.writers.palettes import Palettes
from wand_tools.writers.reduction import Reduced


def written(frames, path=None, look=None, **options):
    """Write frames, exactly by default; give the structure of the file."""
    file = io.BytesIO()
    size = frames[0].shape[1::-1]
    with Pool(1) as pool:
        for _ in write_frames(
            file,
            map(InMemory, frames),
            size=size,
            delays=[7] * len(frames),
            plays=0,
            look=look,
            palettes=Palettes(),
            pool=pool,
            **options,
        ):
            pass
    if path is not None:
        path.write_bytes(file.getvalue())
    file.seek(0)
    return read_structure(file)


def flat(colour, height=20, width=30):
    return np.full((height, width, len(colour)), colour, np.uint8)


def with_spot(colour, spot, top, left, size=2):
    frame = flat(colour)
    frame[top : top + size, left : left + size] = spot
    return frame


def test_only_the_changed_box_is_drawn():
    blocks = written([flat((9, 9, 9)), with_spot((9, 9, 9), (200, 0, 0), 5, 7)]).blocks
    assert [(b.left, b.top, b.width, b.height) for b in blocks] == [(0, 0, 30, 20), (7, 5, 2, 2)]


def test_an_unchanged_frame_is_one_pixel():
    block = written([flat((9, 9, 9))] * 2).blocks[1]
    assert (block.width, block.height) == (1, 1)
    assert block.delay == 7


def test_palettes_hold_only_colours_that_are_drawn():
    blocks = written([flat((9, 9, 9)), with_spot((9, 9, 9), (200, 0, 0), 5, 7)]).blocks
    assert blocks[1].palette[:3] == bytes((200, 0, 0))
    assert len(blocks[1].palette) == 6


def test_a_frame_is_cleared_where_the_next_is_transparent(tmp_path):
    frames = [flat((9, 9, 9, 255)), flat((9, 9, 9, 255)), flat((50, 60, 70, 255))]
    frames[1][3:8, 4:9] = 0
    path = tmp_path / "a.gif"
    blocks = written(frames, path).blocks
    assert [block.disposal for block in blocks] == [TO_BACKGROUND, KEEP, KEEP]
    for got in (decoded(path, "RGBA"), by_imagemagick(path, (30, 20), "rgba"), by_ffmpeg(path, (30, 20), "rgba")):
        for frame, wanted in zip(got, frames, strict=True):
            assert (frame[..., 3] == wanted[..., 3]).all()
            assert (frame[frame[..., 3] > 0] == wanted[frame[..., 3] > 0]).all()


@settings(max_examples=25)
@given(st.lists(arrays(np.uint8, (5, 6, 4), elements=st.sampled_from([0, 255])), min_size=1, max_size=5))
def test_any_frames_with_transparency_come_back(tmp_path_factory, frames):
    for frame in frames:
        frame[frame[..., 3] == 0] = 0
    path = tmp_path_factory.mktemp("any") / "a.gif"
    written(frames, path)
    source = Gif(path)
    for number, frame in enumerate(frames):
        got = source.read(number)
        if got.shape[2] == 3:
            assert frame[..., 3].min() == 255
            frame = frame[..., :3]
        assert (got == frame).all()


def test_three_readers_see_the_same_pixels(tmp_path):
    frames = [with_spot((9, 9, 9), (200, 0, 10 * n), n, 2 * n, 4) for n in range(6)]
    path = tmp_path / "a.gif"
    written(frames, path)
    for reader in (decoded, lambda p: by_imagemagick(p, (30, 20)), lambda p: by_ffmpeg(p, (30, 20))):
        assert (np.array(reader(path)) == frames).all()


def test_256_colours_and_more_are_kept_as_far_as_they_go(tmp_path):
    colours = np.random.default_rng(0).permutation(1 << 24)[:512].astype(np.int32)
    colours = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8)
    first = colours[:256].reshape(16, 16, 3)
    second = first.copy()
    second[:8] = colours[256:384].reshape(8, 16, 3)
    written([first, second, first], tmp_path / "a.gif")
    assert (np.array(decoded(tmp_path / "a.gif")) == [first, second, first]).all()


@pytest.mark.parametrize(
    ("source", "wanted", "palette", "kept"),
    [
        ((100, 100, 100), (104, 100, 100), (109, 100, 100), True),  # what is shown is nearer
        ((103, 100, 100), (103, 100, 100), (104, 100, 100), True),  # the source did not change
        ((100, 100, 100), (104, 100, 100), (104, 100, 100), False),
    ],
)
def test_what_is_shown_is_kept_where_it_will_do(source, wanted, palette, kept):
    old = Reduced(flat(source), np.array([[100, 100, 100]], np.uint8), np.zeros((20, 30), np.uint8), None)
    new = Reduced(flat(wanted), np.array([palette], np.uint8), np.zeros((20, 30), np.uint8), None)
    drawings = list(differences([old, new]))
    assert (drawings[1].indices.shape == (1, 1)) == kept


def test_still_leaves_alone_whatever_a_dither_makes_of_an_unchanged_picture():
    picture = np.tile(np.arange(0, 240, 8, dtype=np.uint8)[:, None], (20, 1, 3))
    moved = picture.copy()
    moved[:4] = 255
    blocks = written([picture, moved], look=Look(colours=8, dither="still")).blocks
    assert (blocks[1].top, blocks[1].height) == (0, 4)


def test_leaving_pixels_out_is_an_offer_not_a_must():
    same = np.zeros((4, 4), bool)
    same[::2, ::2] = True
    drawing = next(
        iter(
            differences(
                [Reduced(flat((1, 2, 3), 4, 4), np.array([[1, 2, 3]], np.uint8), np.zeros((4, 4), np.uint8), None)]
            )
        )
    )
    drawing.same = same
    assert encode(drawing)[0].transparent is None  # a flat block is smaller than one with holes


@pytest.mark.parametrize("lossy", [0, 40])
def test_the_shared_palette_stands_once(lossy):
    palettes = Palettes([(0, np.array([[0, 0, 0], [250, 250, 250], [200, 0, 0]], np.uint8))])
    file = io.BytesIO()
    frames = [InMemory(with_spot((0, 0, 0), (200, 0, 0), n, n)) for n in range(3)]
    with Pool(1) as pool:
        sizes = list(
            write_frames(
                file,
                frames,
                size=(30, 20),
                delays=[7] * 3,
                plays=1,
                look=Look(),
                palettes=palettes,
                pool=pool,
                lossy=lossy,
            )
        )
    file.seek(0)
    structure = read_structure(file)
    assert len(structure.palette) == 12
    assert all(block.palette is None for block in structure.blocks)
    assert sizes[-1] + 1 == len(file.getvalue())


def test_a_damaged_frame_is_said_with_its_file_and_number(tmp_path):
    block = b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\2\1\x44\0"
    (tmp_path / "a.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6) + block + b";")
    with pytest.raises(AnimationError, match="a.gif: frame 0: "):
        [*Gif(tmp_path / "a.gif").frames()]

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.wand_tools.conftest import picture_frames
from wand_tools import magick
from wand_tools.gif_blocks import Block
from wand_tools.writers.cube import nearest_colours
from wand_tools.writers.lossy import compress_lossy
from wand_tools.writers.palettes import visibility
from wand_tools.writers.reduction import reduce


def unpacked(data, indices):
    return magick.decompress(Block(0, 0, *indices.shape[::-1], None, data))


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 15)))
def test_without_loss_the_pixels_come_back(indices):
    table = np.arange(48, dtype=np.uint8).reshape(16, 3)
    assert (unpacked(compress_lossy(indices, table, 0), indices) == indices).all()


@pytest.mark.parametrize("colours", [2, 5, 256])
def test_full_code_tables_are_cleared(colours):
    indices = np.random.default_rng(0).integers(0, colours, (150, 150), dtype=np.uint8)
    table = np.random.default_rng(1).integers(0, 256, (colours, 3), dtype=np.uint8)
    data = compress_lossy(indices, table, 0)
    assert (unpacked(data, indices) == indices).all()
    assert abs(len(data) - len(magick.compress(indices, table))) <= len(data) // 100


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 7)), st.integers(0, 99)
)
def test_transparent_pixels_and_no_others_are_transparent(indices, price):
    table = np.arange(24, dtype=np.uint8).reshape(8, 3)
    got = unpacked(compress_lossy(indices, table, price, clear=7), indices)
    assert ((got == 7) == (indices == 7)).all()


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)), elements=st.integers(0, 40)))
def test_pixels_of_the_sources_colour_are_held(source):
    table = np.arange(48, dtype=np.uint8).reshape(16, 3)
    indices = nearest_colours(source, table)
    got = unpacked(compress_lossy(indices, table, 50, source=source, hold=True), indices)
    own = (table[indices] == source).all(axis=2)
    assert (got[own] == indices[own]).all()


def test_a_pixel_is_no_farther_off_than_the_price_of_some_bits():
    picture = picture_frames(1, 80, 60)[0]
    reduced = reduce(picture)
    got = unpacked(compress_lossy(reduced.indices, reduced.palette, 10, source=picture, hold=True), reduced.indices)
    before, after = (
        ((reduced.palette[numbers].astype(int) - picture) ** 2).sum(axis=2) for numbers in (reduced.indices, got)
    )
    weights = visibility(picture)
    assert ((after - before) * weights / weights.mean()).max() <= 12 * 10 * 1.001


def test_more_loss_is_smaller():
    reduced = reduce(picture_frames(1, 80, 60)[0])
    sizes = [len(compress_lossy(reduced.indices, reduced.palette, lossy)) for lossy in (0, 30, 120)]
    assert sizes[0] > sizes[1] > sizes[2]

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.wand_tools.conftest import picture_frames
from wand_tools import magick
from wand_tools.gif_blocks import Block
from wand_tools.writers.lossy import compress_lossy
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


def test_colours_stay_within_the_bound_and_transparency_where_it_is():
    reduced = reduce(picture_frames(1)[0])
    clear = len(reduced.palette)
    table = np.vstack([reduced.palette, reduced.palette[:1]])
    indices = reduced.indices.copy()
    indices[::3, ::4] = clear
    got = unpacked(compress_lossy(indices, table, 20, clear), indices)
    assert ((got == clear) == (indices == clear)).all()
    assert ((table[got].astype(int) - table[indices]) ** 2).sum(axis=2).max() <= 200


def test_more_loss_is_smaller():
    reduced = reduce(picture_frames(1, 80, 60)[0])
    sizes = [len(compress_lossy(reduced.indices, reduced.palette, lossy)) for lossy in (0, 30, 120)]
    assert sizes[0] > sizes[1] > sizes[2]

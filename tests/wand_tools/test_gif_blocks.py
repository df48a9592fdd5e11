import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wand_tools import gif_blocks
from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import Block


def whole(*blocks, **options):
    return gif_blocks.header(1, 1, **options) + b"".join(map(gif_blocks.frame_bytes, blocks)) + gif_blocks.TRAILER


def read(data):
    return gif_blocks.read_structure(io.BytesIO(data))


PIXEL = b"\x02\x02\x44\x01\x00"  # clear, 0, end


def test_a_file_of_one_pixel_byte_by_byte():
    block = Block(0, 0, 1, 1, b"\xff\x00\x00\x00\xff\x00", PIXEL, delay=0x0107, transparent=1)
    assert whole(block, plays=0) == bytes.fromhex(
        "474946383961"
        "0100 0100 70 00 00"  # signature; size, no global table, 8 bits a colour
        "21ff0b 4e45545343415045322e30 03 01 0000 00"  # repeated without end
        "21f904 05 0701 01 00"  # keep what is drawn, colour 1 is transparent
        "2c 0000 0000 0100 0100 80"
        "ff0000 00ff00"
        "02 02 4401 00"  # local table of two colours
        "3b"
    )


def test_a_global_table_is_filled_up_to_a_power_of_two():
    data = gif_blocks.header(3, 2, b"\x01\x02\x03" * 5, plays=1)
    assert data[10] == 0x80 | 0x70 | 2
    assert data[13:] == b"\x01\x02\x03" * 5 + bytes(9)


@pytest.mark.parametrize(("plays", "repeats"), [(0, b"\0\0"), (2, b"\1\0"), (300, b"\x2b\1"), (65536, b"\xff\xff")])
def test_plays_become_repeats(plays, repeats):
    assert gif_blocks.loop_extension(plays) == b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + repeats + b"\0"


def test_once_needs_no_loop_extension():
    assert gif_blocks.loop_extension(1) == b""


@pytest.mark.parametrize("plays", [-1, 65537])
def test_plays_out_of_range_are_refused(plays):
    with pytest.raises(AnimationError, match=f"plays {plays}"):
        gif_blocks.loop_extension(plays)


@given(st.integers(0, 65536))
def test_plays_are_read_back(plays):
    assert read(whole(plays=plays)).plays == plays


def test_thirty_frames_a_second_are_3_3_4():
    assert list(gif_blocks.centiseconds([Fraction(1, 30)] * 6)) == [3, 3, 4, 3, 3, 4]


@given(st.lists(st.fractions(0, 3), min_size=1, max_size=30))
def test_delays_stay_within_a_centisecond_of_the_truth(durations):
    told = elapsed = 0
    for delay, duration in zip(gif_blocks.centiseconds(durations), durations, strict=True):
        told, elapsed = told + delay, elapsed + duration * 100
        assert 0 <= elapsed - told < 1


def test_a_frame_longer_than_gif_can_say_is_refused():
    with pytest.raises(AnimationError, match=r"655\.35 s"):
        list(gif_blocks.centiseconds([Fraction(700)]))


@given(
    st.lists(
        st.builds(
            Block,
            *[st.integers(0, 65535)] * 4,
            st.one_of(st.none(), st.binary(min_size=6, max_size=6)),
            st.just(PIXEL),
            delay=st.integers(0, 65535),
            disposal=st.integers(0, 3),
            transparent=st.one_of(st.none(), st.integers(0, 255)),
            interlaced=st.booleans(),
        ),
        max_size=4,
    )
)
def test_blocks_are_read_back(blocks):
    assert read(whole(*blocks)).blocks == blocks


def test_comments_and_what_follows_the_end_are_counted():
    comment = b"\x21\xfe\x05hello\x00"
    structure = read(gif_blocks.header(1, 1) + comment + gif_blocks.TRAILER + b"tail")
    assert structure.other_bytes == len(comment) + 4


@pytest.mark.parametrize("length", range(0, 60, 7))
def test_a_cut_file_says_how_many_frames_are_whole(length):
    data = whole(Block(0, 0, 1, 1, None, PIXEL), Block(0, 0, 1, 1, None, PIXEL), palette=bytes(6))
    if length < 6:
        with pytest.raises(AnimationError, match="cut off"):
            read(data[:length])
    else:
        with pytest.raises(AnimationError, match=r"cut off after [012] whole frames"):
            read(data[:length])


def test_another_file_is_refused():
    with pytest.raises(AnimationError, match="not a GIF"):
        read(b"\x89PNG\r\n\x1a\n")


def test_an_unknown_block_is_refused():
    with pytest.raises(AnimationError, match="unknown block 0x99"):
        read(gif_blocks.header(1, 1) + b"\x99")

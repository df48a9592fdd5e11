import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dreamcore.worker import pixels


def test_pictures_are_unpacked_row_after_row():
    assert pixels.unpack(bytes(range(8)), 1, 2, "RGBA u8").tolist() == [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]
    floats = np.float32([0, 0.5, 1, 2])
    assert pixels.unpack(floats.tobytes(), 1, 1, "RGBA float").tolist() == [[[0, 0.5, 1, 2]]]


def test_every_format_of_the_protocol_can_be_unpacked():
    from gimp_plugin import protocol

    for format in protocol.FORMATS:
        size = protocol.size_of(2, 3, format)
        assert pixels.unpack(bytes(size), 2, 3, format).nbytes == size


def test_colours_are_dreamed_from_0_to_255():
    assert pixels.to_dream(np.float32([[[0, 0.5, 0.75, 0.2]]])).tolist() == [[[0, 127.5, 191.25, 51]]]
    assert pixels.to_dream(np.array([[[0, 100, 255, 9]]], "u1")).tolist() == [[[0, 100, 255, 9]]]


def test_an_opaque_picture_is_dreamed_without_alpha():
    assert pixels.to_dream(np.float32([[[0, 0.5, 0.75, 1]]])).tolist() == [[[0, 127.5, 191.25]]]
    assert pixels.to_dream(np.array([[[0, 100, 255, 255]]], "u1")).tolist() == [[[0, 100, 255]]]


def test_light_above_1_is_brought_into_reach_of_a_dream_and_back():
    source = np.float32([[[0, 0.5, 0.8, 1], [1, 4, 40, 1]]])
    dreamed = pixels.to_dream(source)
    assert dreamed.max() == 255 and np.all(np.diff(dreamed.ravel()) > 0)
    assert dreamed[0, 0].tolist() == [0, 127.5, 204]
    np.testing.assert_allclose(pixels.to_travel(dreamed, source), source, rtol=1e-4)


def test_what_a_dream_makes_brighter_than_all_is_as_bright_as_the_brightest():
    back = pixels.to_travel(np.full((1, 1, 3), 300, "f4"), np.float32([[[0, 0, 4, 1]]]))
    np.testing.assert_allclose(back[..., :3], 4, rtol=1e-5)


@given(
    hnp.arrays(np.float32, (2, 3, 4), elements=st.floats(-2, 64, width=32)),
)
def test_any_light_comes_back_as_it_went(source):
    back = pixels.to_travel(pixels.to_dream(source)[..., :3], source)
    np.testing.assert_allclose(back, source, rtol=2e-3, atol=1e-5)


def test_a_mask_becomes_a_weight_from_0_to_1():
    assert pixels.to_weight(np.array([[[0], [51], [255]]], "u1")).tolist() == [[0, np.float32(0.2), 1]]


def test_what_has_travelled_travels_back_unchanged():
    for source in (np.arange(24, dtype="u1").reshape(2, 3, 4), np.float32([[[-0.5, 0.25, 2, 0.5]]])):
        back = pixels.to_travel(pixels.to_dream(source)[..., :3], source)
        assert back.dtype == source.dtype
        np.testing.assert_allclose(back, source, atol=1e-6)
